//! A site compiled for inference: which fault can touch which probe.

use crate::blame::concerns;
use crate::evidence::Correlation;
use crate::likelihood::{Likelihood, Look};
use crate::noise::Noise;
use crate::table::FaultKind;
use demarc_model::id::RegionId;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Endpoint, NamedBy, Segment, Site, Transport};
use demarc_model::symptom::Symptom;
use std::collections::HashMap;

/// A fault that may touch many probes, or one leaf's own fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) place: Place,
}

/// Where a fault sits. Numbers are positions in the site's lists and in [`Layout::leaves`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    Site,
    Segment(usize),
    /// All probes of one kind.
    Kind(ProbeKind),
    /// A region of the vendor's, by its position in [`Layout::regions`].
    Region(usize),
    /// A capability with what cameras say of it.
    Service(usize),
    Leaf(usize),
}

/// A component whose own faults touch only its own probes, so that they can be summed over in closed form.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) subject: Subject,
    pub(crate) kinds: &'static [FaultKind],
    pub(crate) probes: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Subject {
    Camera(usize),
    Capability(usize),
    Control(usize),
    SecondResolver,
    PortalCheck,
    Page,
}

#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) id: ProbeId,
    pub(crate) leaf: Option<usize>,
    /// The segment whose fault the probe shares.
    segment: Option<usize>,
    /// The region of the endpoint that it asks.
    region: Option<usize>,
    /// The capability that it tells about: by its own host, or by what a camera says.
    service: Option<usize>,
    /// How many probes of this kind the site has besides, and how many of them its segment.
    others: f64,
    others_of_segment: f64,
    /// How often it fails for no reason.
    pub(crate) noise: Noise,
    /// Whether it cannot be made for the present, as its last attempt has shown.
    pub(crate) withheld: bool,
}

impl Probe {
    /// How much one observation counts for what is shared: one over the design effect of all probes of this
    /// kind that share it, which is those of the segment or those of the site.
    fn weight_of(&self, place: Place, symptom: Symptom, correlation: Correlation) -> f64 {
        let others = if matches!(place, Place::Segment(_)) { self.others_of_segment } else { self.others };
        1.0 / (1.0 + correlation.between(self.id.kind, symptom) * others)
    }
}

pub(crate) struct Layout {
    pub(crate) site: Site,
    pub(crate) probes: Vec<Probe>,
    pub(crate) leaves: Vec<Leaf>,
    /// The vendor's regions, when there is more than one to tell apart.
    pub(crate) regions: Vec<RegionId>,
    /// All faults: shared ones first, then the leaves' own.
    pub(crate) faults: Vec<Fault>,
    pub(crate) shared: usize,
    /// For every probe, the positions in `faults` that touch it.
    pub(crate) touching: Vec<Vec<usize>>,
    /// The same table the other way round.
    pub(crate) touched: Vec<Vec<usize>>,
    /// For every leaf, where its own faults begin in `faults`.
    pub(crate) own: Vec<std::ops::Range<usize>>,
    correlation: Correlation,
    index: HashMap<ProbeId, usize>,
    /// Whether a fault touches a probe, row by row of `faults`.
    reach: Vec<bool>,
}

impl Layout {
    pub(crate) fn new(
        site: Site,
        ids: &[ProbeId],
        likelihood: &Likelihood,
        correlation: Correlation,
    ) -> Self {
        let mut leaves = leaves(&site);
        let regions = regions(&site);
        let mut probes: Vec<Probe> = Vec::with_capacity(ids.len());
        for id in ids {
            let subject = subject(&site, id);
            let leaf = subject.and_then(|subject| leaves.iter().position(|leaf| leaf.subject == subject));
            if let Some(leaf) = leaf {
                leaves[leaf].probes.push(probes.len());
            }
            let (segment, region) = (segment(&site, id), region(&site, &regions, id));
            let service = match subject {
                Some(Subject::Capability(at)) => Some(at),
                _ => of_cameras(&site).filter(|_| id.kind == ProbeKind::CameraCloud),
            };
            probes.push(Probe {
                id: id.clone(),
                leaf,
                segment,
                region,
                service,
                others: 0.0,
                others_of_segment: 0.0,
                noise: Noise::default(),
                withheld: false,
            });
        }
        count_others(&mut probes);
        let (faults, own) = faults(&site, &leaves, (regions.len(), ids));
        let shared = own.first().map_or(faults.len(), |first| first.start);
        let index = ids.iter().cloned().enumerate().map(|(at, id)| (id, at)).collect();
        let mut touching = vec![Vec::new(); probes.len()];
        let mut touched = vec![Vec::new(); faults.len()];
        let mut reach = vec![false; faults.len() * probes.len()];
        for (at, fault) in faults.iter().enumerate() {
            for (on, probe) in probes.iter().enumerate().filter(|(_, p)| touches(likelihood, fault, p)) {
                touching[on].push(at);
                touched[at].push(on);
                reach[at * probes.len() + on] = true;
                debug_assert!(probe.leaf.is_some() || !matches!(fault.place, Place::Leaf(_)));
            }
        }
        Self {
            site,
            probes,
            leaves,
            regions,
            faults,
            shared,
            touching,
            touched,
            own,
            correlation,
            index,
            reach,
        }
    }

    /// How much one observation counts for a fault that is shared.
    pub(crate) fn weight_of(&self, fault: usize, probe: usize, symptom: Symptom) -> f64 {
        self.probes[probe].weight_of(self.faults[fault].place, symptom, self.correlation)
    }

    pub(crate) fn look(&self, probe: usize) -> Look {
        let Probe { id, noise, .. } = &self.probes[probe];
        Look { kind: id.kind, level: noise.level() }
    }

    /// Whether a capability has a host in a region.
    pub(crate) fn serves_from(&self, capability: usize, region: usize) -> bool {
        let all = self.site.vendor.as_ref().map_or(&[][..], |vendor| &vendor.capabilities);
        let own = all.get(capability).into_iter().flat_map(|c| &c.endpoints);
        own.filter_map(|e| e.region.as_ref()).any(|r| *r == self.regions[region])
    }

    pub(crate) fn reaches(&self, fault: usize, probe: usize) -> bool {
        self.reach[fault * self.probes.len() + probe]
    }

    /// Whether two faults are two ways in which the same thing can be broken, so that one replaces the other.
    pub(crate) fn same_component(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.faults[a], &self.faults[b]);
        if matches!(a.place, Place::Service(_)) || matches!(b.place, Place::Service(_)) {
            return self.service(a.place).is_some() && self.service(a.place) == self.service(b.place);
        }
        a.place == b.place && (matches!(a.place, Place::Leaf(_)) || family(a.kind) == family(b.kind))
    }

    /// The probes by which cameras tell of a service that a fault takes down, alone or with others.
    pub(crate) fn cameras_word(&self, fault: usize) -> &[usize] {
        let relays = self.faults.iter().position(|fault| fault.kind == FaultKind::VendorRelays);
        let Some((relays, Place::Service(service))) = relays.map(|at| (at, self.faults[at].place)) else {
            return &[];
        };
        if concerns(self, fault, service) { &self.touched[relays] } else { &[] }
    }

    /// The probes whose answers may go to another device while it has this computer's address.
    pub(crate) fn gone_astray(&self, fault: usize) -> &[usize] {
        let lossy = self.fault(FaultKind::AgentAddressLossy, Place::Site);
        match lossy.filter(|_| self.faults[fault].kind == FaultKind::AgentAddress) {
            Some(lossy) => &self.touched[lossy],
            None => &[],
        }
    }

    /// The outage of the service that cameras connect to, as they see it as well: what they say of it is
    /// then explained. Every other fault is itself.
    pub(crate) fn with_cameras(&self, fault: usize) -> usize {
        let Fault { kind, place } = self.faults[fault];
        let service = self.service(place).filter(|_| kind == FaultKind::CapabilityOutage);
        let seen = service.and_then(|at| self.fault(FaultKind::VendorRelays, Place::Service(at)));
        seen.unwrap_or(fault)
    }

    /// The capability that a fault is about alone.
    fn service(&self, place: Place) -> Option<usize> {
        match place {
            Place::Service(service) => Some(service),
            Place::Leaf(leaf) => match self.leaves[leaf].subject {
                Subject::Capability(at) => Some(at),
                _ => None,
            },
            Place::Site | Place::Segment(_) | Place::Kind(_) | Place::Region(_) => None,
        }
    }

    pub(crate) fn probe(&self, id: &ProbeId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The host behind an endpoint of the vendor: two endpoints of one host are one witness.
    pub(crate) fn host(&self, endpoint: &str) -> Option<&str> {
        let mut all = self.site.vendor.as_ref()?.capabilities.iter().flat_map(|c| &c.endpoints);
        all.find(|e| e.id.as_str() == endpoint).map(|e| e.host.as_str())
    }

    /// Whether a probe asks one of the vendor's hosts by UDP.
    pub(crate) fn is_by_udp(&self, probe: usize) -> bool {
        self.endpoint(probe).is_some_and(|endpoint| endpoint.transport == Transport::Udp)
    }

    /// Whether a probe asks a host of which only cameras say that it is the vendor's.
    pub(crate) fn is_hearsay(&self, probe: usize) -> bool {
        self.endpoint(probe).is_some_and(|endpoint| endpoint.named_by == NamedBy::Cameras)
    }

    fn endpoint(&self, probe: usize) -> Option<&Endpoint> {
        let id = &self.probes[probe].id;
        let mut all = self.site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints);
        all.find(|endpoint| id.kind.is_endpoint() && endpoint.id.as_str() == &*id.subject)
    }

    pub(crate) fn kind(&self, probe: usize) -> ProbeKind {
        self.probes[probe].id.kind
    }

    pub(crate) fn leaf(&self, subject: Subject) -> Option<usize> {
        self.leaves.iter().position(|leaf| leaf.subject == subject)
    }

    /// The position of a fault in `faults`.
    pub(crate) fn fault(&self, kind: FaultKind, place: Place) -> Option<usize> {
        self.faults.iter().position(|fault| *fault == Fault { kind, place })
    }
}

/// Counts the probes of each kind, at the site and in each segment.
fn count_others(probes: &mut [Probe]) {
    let mut counts: HashMap<(ProbeKind, Option<usize>), usize> = HashMap::new();
    for probe in probes.iter() {
        *counts.entry((probe.id.kind, None)).or_default() += 1;
        if probe.segment.is_some() {
            *counts.entry((probe.id.kind, probe.segment)).or_default() += 1;
        }
    }
    for probe in probes {
        let others = |of: Option<usize>| (counts[&(probe.id.kind, of)] - 1) as f64;
        (probe.others, probe.others_of_segment) = (others(None), others(probe.segment));
    }
}

/// Shared faults of one component share a family; every other kind is its own.
fn family(kind: FaultKind) -> FaultKind {
    match kind {
        FaultKind::LanLoop => FaultKind::Lan,
        FaultKind::SegmentPorts => FaultKind::Segment,
        FaultKind::AgentRoute => FaultKind::AgentLink,
        FaultKind::AgentAddressLossy => FaultKind::AgentAddress,
        FaultKind::AgentClockFar => FaultKind::AgentClock,
        FaultKind::GatewayServfail
        | FaultKind::GatewayNoForwarding
        | FaultKind::GatewayNoForwardingServfail => FaultKind::Gateway,
        FaultKind::LineServfail
        | FaultKind::LineLoss
        | FaultKind::LineLossLate
        | FaultKind::LineMtu
        | FaultKind::LineLatency => FaultKind::Line,
        FaultKind::DnsServfail
        | FaultKind::DnsWrong
        | FaultKind::DnsWrongStranger
        | FaultKind::DnsWrongNowhere => FaultKind::DnsSilent,
        FaultKind::InterceptionPortalBlocking
        | FaultKind::InterceptionTls
        | FaultKind::InterceptionTlsStalling
        | FaultKind::InterceptionDns
        | FaultKind::InterceptionDnsStranger => FaultKind::InterceptionPortal,
        FaultKind::VendorWholeTls
        | FaultKind::VendorWholeTlsUntrusted
        | FaultKind::VendorWholeDns
        | FaultKind::VendorWholeSlow
        | FaultKind::VendorWholeDnsServfail => FaultKind::VendorWhole,
        other => other,
    }
}

fn leaves(site: &Site) -> Vec<Leaf> {
    let leaf = |subject, kinds| Leaf { subject, kinds, probes: Vec::new() };
    let mut out = Vec::new();
    out.extend((0..site.cameras.len()).map(|i| leaf(Subject::Camera(i), &FaultKind::CAMERA)));
    let capabilities = site.vendor.as_ref().map_or(0, |vendor| vendor.capabilities.len());
    out.extend((0..capabilities).map(|i| leaf(Subject::Capability(i), &FaultKind::CAPABILITY)));
    out.extend((0..site.controls.len()).map(|i| leaf(Subject::Control(i), &[FaultKind::ControlOut])));
    out.push(leaf(Subject::SecondResolver, &[FaultKind::SecondResolverOut]));
    out.push(leaf(Subject::PortalCheck, &[FaultKind::PortalCheckOut]));
    out.push(leaf(Subject::Page, &[FaultKind::PageOut]));
    out
}

/// Whether the site has a kind that a fault rests on. A site without it is laid out as if there were no
/// such kind, so that what was measured without it holds for it.
fn has(ids: &[ProbeId], rests_on: ProbeKind) -> bool {
    let not_everywhere = matches!(
        rests_on,
        ProbeKind::LineHops
            | ProbeKind::LineMtu
            | ProbeKind::LineIpv6
            | ProbeKind::LineSecond
            | ProbeKind::VendorSecond
    );
    !not_everywhere || ids.iter().any(|id| id.kind == rests_on)
}

/// The segments with at least so many cameras.
fn segments(site: &Site, least: usize) -> impl Iterator<Item = Place> {
    let cameras = |own: &Segment| site.cameras.iter().filter(|c| c.segment.as_ref() == Some(&own.id)).count();
    site.segments
        .iter()
        .enumerate()
        .filter(move |(_, own)| cameras(own) >= least)
        .map(|(at, _)| Place::Segment(at))
}

fn faults(
    site: &Site,
    leaves: &[Leaf],
    (regions, ids): (usize, &[ProbeId]),
) -> (Vec<Fault>, Vec<std::ops::Range<usize>>) {
    let mut faults = Vec::new();
    for kind in FaultKind::SHARED {
        match kind {
            FaultKind::Segment => faults.extend(segments(site, 0).map(|place| Fault { kind, place })),
            // Of one camera alone it is the camera's own port.
            FaultKind::SegmentPorts => {
                faults.extend(segments(site, 2).map(|place| Fault { kind, place }));
            }
            FaultKind::KindOdd => {
                let kinds = ProbeKind::ALL.into_iter().filter(|probes| has(ids, *probes));
                faults.extend(kinds.map(|probes| Fault { kind, place: Place::Kind(probes) }));
            }
            FaultKind::VendorRegion => {
                faults.extend((0..regions).map(|i| Fault { kind, place: Place::Region(i) }));
            }
            FaultKind::VendorRelays => {
                faults
                    .extend(asked_of_cameras(site, ids).map(|at| Fault { kind, place: Place::Service(at) }));
            }
            FaultKind::AgentBlocked if asked_of_cameras(site, ids).is_none() => {}
            FaultKind::InterceptionTlsStalling if !has(ids, ProbeKind::LineMtu) => {}
            FaultKind::LineIpv6 if !has(ids, ProbeKind::LineIpv6) => {}
            FaultKind::LineRoute if !has(ids, ProbeKind::VendorSecond) => {}
            FaultKind::AgentAddress | FaultKind::AgentAddressLossy if !has(ids, ProbeKind::HostAddress) => {}
            FaultKind::AgentSecondLine if !has(ids, ProbeKind::LineSecond) => {}
            kind if kind.of_one_capability().is_some() && site.vendor.is_none() => {}
            _ => faults.push(Fault { kind, place: Place::Site }),
        }
    }
    let mut own = Vec::with_capacity(leaves.len());
    for (at, leaf) in leaves.iter().enumerate() {
        let start = faults.len();
        faults.extend(leaf.kinds.iter().map(|kind| Fault { kind: *kind, place: Place::Leaf(at) }));
        own.push(start..faults.len());
    }
    (faults, own)
}

fn subject(site: &Site, id: &ProbeId) -> Option<Subject> {
    let name = &*id.subject;
    match id.kind {
        kind if kind.is_camera() => {
            site.cameras.iter().position(|c| c.id.as_str() == name).map(Subject::Camera)
        }
        kind if kind.is_endpoint() => {
            let capabilities = &site.vendor.as_ref()?.capabilities;
            let serves =
                |c: &demarc_model::site::Capability| c.endpoints.iter().any(|e| e.id.as_str() == name);
            capabilities.iter().position(serves).map(Subject::Capability)
        }
        ProbeKind::ControlName | ProbeKind::ControlAddress => {
            site.controls.iter().position(|c| c.as_str() == name).map(Subject::Control)
        }
        ProbeKind::ResolverSecond => Some(Subject::SecondResolver),
        ProbeKind::ControlPortal => Some(Subject::PortalCheck),
        ProbeKind::VendorStatus => Some(Subject::Page),
        _ => None,
    }
}

/// The same where cameras are asked whether they do.
fn asked_of_cameras(site: &Site, ids: &[ProbeId]) -> Option<usize> {
    of_cameras(site).filter(|_| ids.iter().any(|id| id.kind == ProbeKind::CameraCloud))
}

/// The capability that cameras connect to.
fn of_cameras(site: &Site) -> Option<usize> {
    let vendor = site.vendor.as_ref()?;
    let id = vendor.of_cameras.as_ref()?;
    vendor.capabilities.iter().position(|capability| capability.id == *id)
}

/// The regions of the vendor's hosts; none when all hosts stand in the same one.
fn regions(site: &Site) -> Vec<RegionId> {
    let endpoints = || site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints);
    let mut out: Vec<RegionId> = endpoints().filter_map(|e| e.region.clone()).collect();
    out.sort();
    out.dedup();
    let elsewhere = endpoints().any(|e| e.region.as_ref() != out.first());
    if elsewhere { out } else { Vec::new() }
}

fn region(site: &Site, regions: &[RegionId], id: &ProbeId) -> Option<usize> {
    if !id.kind.is_endpoint() {
        return None;
    }
    let mut endpoints = site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints);
    let own = endpoints.find(|e| e.id.as_str() == &*id.subject)?.region.as_ref()?;
    regions.iter().position(|region| region == own)
}

fn segment(site: &Site, id: &ProbeId) -> Option<usize> {
    let wanted = match id.kind {
        ProbeKind::SegmentReach => &*id.subject,
        kind if kind.is_camera() => {
            let camera = site.cameras.iter().find(|c| c.id.as_str() == &*id.subject)?;
            camera.segment.as_ref()?.as_str()
        }
        _ => return None,
    };
    site.segments.iter().position(|s| s.id.as_str() == wanted)
}

fn touches(likelihood: &Likelihood, fault: &Fault, probe: &Probe) -> bool {
    let here = match fault.place {
        Place::Site => true,
        Place::Segment(segment) => probe.segment == Some(segment),
        Place::Region(region) => probe.region == Some(region),
        Place::Service(service) => probe.service == Some(service),
        Place::Kind(kind) => probe.id.kind == kind,
        Place::Leaf(leaf) => probe.leaf == Some(leaf),
    };
    here && likelihood.touches(fault.kind, probe.id.kind)
}
