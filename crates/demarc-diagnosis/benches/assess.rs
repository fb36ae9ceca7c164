//! How long a round takes: `cargo bench -p demarc-diagnosis`.
//!
//! A site of N cameras is watched for two minutes at one round a second with every probe observed
//! every fifth round, as on suspicion; what is timed is `assess` alone.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![expect(clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::unwrap_used, reason = "a bench panics to fail")]

use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::{
    CameraId, CapabilityId, ControlId, EndpointId, IncidentId, SegmentId, SiteId, VendorId,
};
use demarc_model::observation::{Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Camera, Capability, Endpoint, Language, NamedBy, Segment, Site, Transport, Vendor};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use std::time::{Duration, Instant};

const ROUNDS: u64 = 120;
const BREAKS_AT: u64 = 40;

fn site(cameras: usize) -> Site {
    let segments = cameras.div_ceil(8);
    let segment = |n: usize| SegmentId::new(&format!("switch-{}", n % segments)).unwrap();
    Site {
        id: SiteId::new("bench").unwrap(),
        name: "bench".to_owned(),
        language: Language::English,
        segments: (0..segments).map(|n| Segment { id: segment(n) }).collect(),
        cameras: (0..cameras)
            .map(|n| Camera {
                id: CameraId::new(&format!("cam-{n}")).unwrap(),
                name: String::new(),
                segment: Some(segment(n)),
            })
            .collect(),
        controls: ["a", "b"].map(|id| ControlId::new(id).unwrap()).to_vec(),
        resolver_on_gateway: true,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("axis").unwrap(),
            capabilities: ["relay", "login", "manager", "website"]
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
    use ProbeKind as K;
    let mut out: Vec<ProbeId> =
        [K::HostLink, K::HostDisk, K::HostClock, K::GatewayReach, K::ResolverAnswer, K::ResolverSecond]
            .map(|kind| ProbeId::new(kind, ""))
            .to_vec();
    out.extend(site.segments.iter().map(|s| ProbeId::new(K::SegmentReach, s.id.as_str())));
    for control in &site.controls {
        out.extend([K::ControlName, K::ControlAddress].map(|kind| ProbeId::new(kind, control.as_str())));
    }
    out.push(ProbeId::new(K::ControlPortal, "a"));
    for endpoint in site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints) {
        out.extend([K::VendorName, K::VendorAddress].map(|kind| ProbeId::new(kind, endpoint.id.as_str())));
    }
    for camera in &site.cameras {
        let kinds = ProbeKind::ALL.into_iter().filter(|kind| kind.is_camera());
        out.extend(kinds.map(|kind| ProbeId::new(kind, camera.id.as_str())));
    }
    out
}

/// The times of `assess` in one story, sorted.
fn run(cameras: usize, breaks: &dyn Fn(&ProbeId) -> bool) -> Vec<Duration> {
    let site = site(cameras);
    let probes = probes(&site);
    let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let at = Timestamp::from_millis(i64::try_from(round).unwrap() * 1000);
        for (place, probe) in probes.iter().enumerate() {
            if !(place as u64 + round).is_multiple_of(5) {
                continue;
            }
            let outcome = if round >= BREAKS_AT && breaks(probe) {
                Outcome::Failed {
                    phase: Phase::Connect,
                    symptom: Symptom::Timeout,
                    detail: DeviceText::default(),
                }
            } else {
                Outcome::Passed
            };
            let (probe, phases, readings) = (probe.clone(), Phases::default(), Vec::new());
            diagnosis.observe(&Observation { probe, at, outcome, phases, readings });
        }
        let start = Instant::now();
        let assessment = diagnosis.assess(at);
        times.push(start.elapsed());
        std::hint::black_box(assessment);
    }
    times.sort();
    times
}

type Story = (&'static str, fn(&ProbeId) -> bool);

fn main() {
    let stories: [Story; 4] = [
        ("quiet", |_| false),
        ("one camera dead", |p| p.kind.is_camera() && &*p.subject == "cam-0"),
        ("vendor gone", |p| matches!(p.kind, ProbeKind::VendorName | ProbeKind::VendorAddress)),
        ("network down", |p| !matches!(p.kind, ProbeKind::HostLink | ProbeKind::HostDisk)),
    ];
    println!("{:>8}  {:<16} {:>10} {:>10} {:>10}", "cameras", "story", "median", "p95", "max");
    for cameras in [4, 12, 50, 200] {
        for (name, breaks) in stories {
            let times = run(cameras, &breaks);
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
            let (median, p95, max) = (at(0.5), at(0.95), at(1.0));
            println!("{cameras:>8}  {name:<16} {median:>10.1?} {p95:>10.1?} {max:>10.1?}");
        }
    }
}
