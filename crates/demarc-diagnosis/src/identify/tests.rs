//! Which shortcomings a site has, row by row.

use super::*;
use demarc_model::id::{CapabilityId, ControlId, EndpointId, SiteId, VendorId};
use demarc_model::site::{Camera, Endpoint, Language, NamedBy, Segment, Transport, Vendor};

use ProbeKind as P;

const OPEN: [ProbeKind; 5] = [P::CameraReady, P::CameraClock, P::CameraRtsp, P::CameraIdentity, P::CameraTcp];
const WITH_PASSWORD: [ProbeKind; 3] = [P::CameraLogin, P::CameraOnvif, P::CameraStorage];
const NAMED: [ProbeKind; 5] =
    [P::ResolverAnswer, P::ControlName, P::VendorName, P::VendorStatus, P::ControlPortal];

/// What stays as it is at every site: nothing else shows these, or nothing shows them yet.
const ALWAYS: [&str; 9] = [
    "unmade camera.picture: camera * image-frozen ~ all well; camera * image-dark ~ all well",
    "unmade camera.stream: camera * stream ~ all well",
    "unmade camera.cloud: camera * tunnel ~ all well",
    "unmade host.resources: agent descriptors ~ all well",
    "unmade host.address: agent address-conflict ~ all well",
    "nothing, by camera.clock: camera * clock ~ all well",
    "nothing, by camera.storage: camera * storage ~ all well",
    "nothing, by gateway.reach: line down ~ gateway down",
    "nothing, by host.disk: agent disk ~ all well",
];

/// A change to a good site, the probes that it loses, and what is then said beside [`ALWAYS`].
type Case = (fn(&mut Site), &'static [ProbeKind], &'static [&'static str]);

const REWRITING: &str = "nothing, by resolver.second: interception dns-rewriting ~ dns wrong-answers";

const CASES: &[Case] = &[
    (|_| {}, &[], &[REWRITING]),
    (
        |site| site.resolver_on_gateway = false,
        &[],
        &[REWRITING, "resolver-on-gateway: line down ~ gateway no-forwarding"],
    ),
    (|_| {}, &[P::ResolverSecond], &["second-resolver: interception dns-rewriting ~ dns wrong-answers"]),
    (
        |site| site.cameras.truncate(5),
        &[P::SegmentReach],
        &[REWRITING, "switch floor-b: segment floor-b down ~ camera cam-4 unreachable"],
    ),
    (
        |site| site.cameras.truncate(5),
        &[],
        &[REWRITING, "nothing, by segment.reach: segment floor-b down ~ camera cam-4 unreachable"],
    ),
    (
        |site| site.cameras.truncate(4),
        &[P::SegmentReach],
        &[REWRITING, "switch floor-b: segment floor-b down ~ all well"],
    ),
    (
        |_| {},
        &WITH_PASSWORD,
        &[
            REWRITING,
            "account of 8: camera * credentials ~ all well; camera * locked-out ~ all well; camera * auth-scheme ~ all well; camera * storage ~ all well",
            "account of 8, by camera.ready: camera * factory-reset ~ all well",
            "account of 8, by camera.identity: camera * identity-changed ~ all well",
        ],
    ),
    (|site| site.controls.truncate(1), &[], &[REWRITING, "control: one control a"]),
    (|site| site.vendor = None, &[], &[REWRITING, "vendor: no vendor"]),
    (
        |site| site.cameras.iter_mut().skip(6).for_each(|camera| camera.segment = None),
        &[],
        &[REWRITING, "segment of 2: no segment"],
    ),
    (|site| site.cameras.iter_mut().take(1).for_each(|camera| camera.segment = None), &[], &[REWRITING]),
    (
        |site| hosts(site).for_each(|endpoint| endpoint.host = "one.example".to_owned()),
        &[],
        &[REWRITING, "host for relay: one host", "host for login: one host"],
    ),
];

fn hosts(site: &mut Site) -> impl Iterator<Item = &mut Endpoint> {
    site.vendor.iter_mut().flat_map(|v| &mut v.capabilities).flat_map(|c| &mut c.endpoints)
}

#[test]
fn every_shortcoming_is_found_with_its_cheapest_remedy() {
    for (at, (change, lost, expected)) in CASES.iter().enumerate() {
        let mut site = site();
        change(&mut site);
        let probes: Vec<ProbeId> = probes(&site).into_iter().filter(|p| !lost.contains(&p.kind)).collect();
        let told = told(&site, &probes);
        let kept = |line: &&String| !(ALWAYS.contains(&line.as_str()));
        let mut found: Vec<&str> = told.iter().filter(kept).map(String::as_str).collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "case {at}");
    }
}

#[test]
fn what_can_be_set_comes_first() {
    let mut site = site();
    site.controls.truncate(1);
    let probes: Vec<ProbeId> = probes(&site).into_iter().filter(|p| p.kind != P::ResolverSecond).collect();
    let found = found(&site, &probes);
    let settings = found.iter().take_while(|insight| insight.remedy.is_setting()).count();
    assert_eq!(settings, 2);
    assert!(found[settings..].iter().all(|insight| !insight.remedy.is_setting()));
}

#[test]
fn without_router_or_resolver_those_are_asked_for() {
    let site = site();
    for (lost, remedy) in [(&[P::GatewayReach][..], Remedy::Gateway), (&NAMED, Remedy::Resolver)] {
        let probes: Vec<ProbeId> = probes(&site).into_iter().filter(|p| !lost.contains(&p.kind)).collect();
        assert_eq!(found(&site, &probes)[0].remedy, remedy);
    }
}

#[test]
fn two_thousand_cameras_say_no_more_than_eight() {
    let small = site();
    let mut large = site();
    let camera = large.cameras[0].clone();
    large.cameras.extend((0..1_992).map(|n| {
        let id = CameraId::new(&format!("more-{n}")).unwrap();
        Camera { id, ..camera.clone() }
    }));
    assert_eq!(told(&small, &probes(&small)), told(&large, &probes(&large)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(8))]

    /// More probes never make two faults look more alike, and the order of the two does not matter.
    #[test]
    fn a_change_only_ever_separates(kept in proptest::collection::vec(proptest::bool::ANY, 96), on in 0_usize..200, off in 0_usize..200) {
        let site = site();
        let some: Vec<ProbeId> =
            probes(&site).into_iter().zip(kept.iter().cycle()).filter(|(_, kept)| **kept).map(|(id, _)| id).collect();
        let plan = Plan { site: &site, probes: &some, every: &|_| Duration::from_secs(5) };
        let policy = Policy::default();
        let trial = Trial::new(plan, &classes(plan), &policy);
        let tables = Tables::new(&trial, plan.every, &policy);
        let faults = trial.layout.faults.len();
        let (a, b) = (Some(on % faults), Some(off % faults));
        let nats = |faults, with| {
            let distance = tables.distance(&trial, faults, with);
            [distance.per_round, distance.without_strongest].map(|nats| nats.min(LEAST_NATS))
        };
        let as_is = nats((a, b), None);
        let back = nats((b, a), None);
        proptest::prop_assert!(as_is.iter().zip(back).all(|(one, other)| (one - other).abs() < 1e-9));
        proptest::prop_assert!(as_is[1] <= as_is[0] + 1e-9);
        for candidate in &trial.candidates {
            let then = nats((a, b), Some(candidate));
            // The resolver's place is another site, not another probe.
            let separates = candidate.moves_resolver() || as_is.iter().zip(then).all(|(one, other)| other >= one - 1e-9);
            proptest::prop_assert!(separates, "{:?}", candidate.remedy);
        }
    }
}

fn found(site: &Site, probes: &[ProbeId]) -> Vec<Insight> {
    insights(Plan { site, probes, every: &|_| Duration::from_secs(5) }, &Policy::default())
}

fn told(site: &Site, probes: &[ProbeId]) -> Vec<String> {
    found(site, probes).iter().map(line).collect()
}

/// An insight on one line; a camera that stands for several is a star.
fn line(insight: &Insight) -> String {
    let state = |state: &State, alike: usize| match state {
        State::AllWell => "all well".to_owned(),
        State::Fault { fault: Fault::Camera { cause, .. } } if alike > 1 => {
            format!("camera * {}", cause.name())
        }
        State::Fault { fault } => fault.to_string(),
        other => format!("{other:?}"),
    };
    let pairs = |pairs: &[Pair]| {
        let one = |p: &Pair| format!("{} ~ {}", state(&p.one, p.alike.len()), state(&p.other, p.alike.len()));
        pairs.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let remedy = match &insight.remedy {
        Remedy::SwitchAddress { segment } => format!("switch {segment}"),
        Remedy::Account { cameras } => format!("account of {}", cameras.len()),
        Remedy::Segment { cameras } => format!("segment of {}", cameras.len()),
        Remedy::Host { capability, .. } => format!("host for {capability}"),
        Remedy::EndpointAddress { endpoint, .. } => format!("address of {endpoint}"),
        Remedy::Unmade { probe } => format!("unmade {probe}"),
        Remedy::ResolverOnGateway => "resolver-on-gateway".to_owned(),
        Remedy::SecondResolver => "second-resolver".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    match &insight.shortcoming {
        Shortcoming::Inseparable { pairs: both } => format!("{remedy}: {}", pairs(both)),
        Shortcoming::OneProbe { probe, pairs: both } => format!("{remedy}, by {probe}: {}", pairs(both)),
        Shortcoming::OneControl { control } => format!("{remedy}: one control {control}"),
        Shortcoming::OneHost { .. } => format!("{remedy}: one host"),
        Shortcoming::NoSegment { .. } => format!("{remedy}: no segment"),
        Shortcoming::NoVendor => format!("{remedy}: no vendor"),
    }
}

fn site() -> Site {
    let camera = |n: usize| Camera {
        id: CameraId::new(&format!("cam-{n}")).unwrap(),
        name: String::new(),
        segment: Some(SegmentId::new(if n < 4 { "floor-a" } else { "floor-b" }).unwrap()),
    };
    Site {
        id: SiteId::new("b").unwrap(),
        name: "B".to_owned(),
        language: Language::English,
        segments: ["floor-a", "floor-b"].map(|id| Segment { id: SegmentId::new(id).unwrap() }).to_vec(),
        cameras: (0..8).map(camera).collect(),
        controls: ["a", "b"].map(|id| ControlId::new(id).unwrap()).to_vec(),
        resolver_on_gateway: true,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("acme").unwrap(),
            capabilities: ["relay", "login"]
                .map(|id| Capability {
                    id: CapabilityId::new(id).unwrap(),
                    name: id.to_owned(),
                    endpoints: [1, 2]
                        .map(|n| Endpoint {
                            id: EndpointId::new(&format!("{id}-{n}")).unwrap(),
                            host: format!("{id}-{n}.example"),
                            region: None,
                            transport: Transport::Tcp,
                            named_by: NamedBy::Vendor,
                        })
                        .to_vec(),
                })
                .to_vec(),
        }),
    }
}

fn probes(site: &Site) -> Vec<ProbeId> {
    let mut out: Vec<ProbeId> =
        [P::HostLink, P::HostDisk, P::HostClock, P::GatewayReach, P::ResolverAnswer, P::ResolverSecond]
            .map(|kind| ProbeId::new(kind, ""))
            .to_vec();
    for control in &site.controls {
        out.extend([P::ControlName, P::ControlAddress].map(|kind| ProbeId::new(kind, control.as_str())));
    }
    out.push(ProbeId::new(P::ControlPortal, site.controls[0].as_str()));
    if let Some(vendor) = &site.vendor {
        let endpoints = vendor.capabilities.iter().flat_map(|c| &c.endpoints);
        out.extend(endpoints.map(|e| ProbeId::new(P::VendorName, e.id.as_str())));
        out.push(ProbeId::new(P::VendorStatus, vendor.id.as_str()));
    }
    out.extend(site.segments.iter().map(|s| ProbeId::new(P::SegmentReach, s.id.as_str())));
    for camera in &site.cameras {
        let kinds = OPEN.into_iter().chain(WITH_PASSWORD);
        out.extend(kinds.map(|kind| ProbeId::new(kind, camera.id.as_str())));
    }
    out
}
