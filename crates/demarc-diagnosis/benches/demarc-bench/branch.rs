//! Branches of all sizes, as they are and as their configuration says they are.

use crate::chance::Chance;
use demarc_model::id::{CameraId, CapabilityId, ControlId, EndpointId, SegmentId, SiteId, VendorId};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Camera, Capability, Endpoint, Language, NamedBy, Segment, Site, Transport, Vendor};

/// Each with two hosts, so that it can be judged at all; relays are also known by address.
pub(crate) const CAPABILITIES: [&str; 4] = ["remote-access", "login", "device-manager", "website"];
pub(crate) const CONTROLS: [&str; 2] = ["control-a", "control-b"];

/// What a probe is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    Site,
    Segment(usize),
    Camera(usize),
    Control(usize),
    /// A capability's host, the first or the second.
    Host(usize, usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) id: ProbeId,
    pub(crate) kind: ProbeKind,
    pub(crate) aim: Aim,
    pub(crate) every_ms: u64,
    /// A camera's questions stand at fixed places of its minute, ten seconds apart.
    pub(crate) place_ms: Option<u64>,
}

pub(crate) struct Branch {
    /// The site as the configuration tells it; a part of the records may be wrong.
    pub(crate) told: Site,
    pub(crate) cameras: usize,
    pub(crate) segments: usize,
    /// The switch that each camera really hangs on.
    pub(crate) hangs_on: Vec<Option<usize>>,
    pub(crate) resolver_on_gateway: bool,
    pub(crate) probes: Vec<Planned>,
}

/// What is drawn when a branch is made up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) least_cameras: usize,
    pub(crate) most_cameras: usize,
    /// The share of cameras whose recorded switch is wrong.
    pub(crate) wrong_records: f64,
}

impl Branch {
    pub(crate) fn draw(shape: Shape, chance: &mut Chance) -> Self {
        let span = shape.most_cameras - shape.least_cameras + 1;
        let cameras = shape.least_cameras + chance.below(span);
        let segments = (cameras / 8).max(1);
        let hangs_on: Vec<Option<usize>> = (0..cameras)
            .map(|n| (n < 2 * segments || !chance.happens(0.15)).then_some(n % segments))
            .collect();
        let recorded: Vec<Option<usize>> = hangs_on
            .iter()
            .map(
                |real| {
                    if chance.happens(shape.wrong_records) { Some(chance.below(segments)) } else { *real }
                },
            )
            .collect();
        let resolver_on_gateway = chance.happens(0.6);
        let managed: Vec<bool> = (0..segments).map(|_| chance.happens(0.5)).collect();
        let told = site(segments, &recorded, resolver_on_gateway);
        let probes = plan(cameras, &managed);
        Self { told, cameras, segments, hangs_on, resolver_on_gateway, probes }
    }
}

pub(crate) fn camera_id(n: usize) -> CameraId {
    CameraId::new(&format!("cam-{n:03}")).unwrap()
}

pub(crate) fn segment_id(n: usize) -> SegmentId {
    SegmentId::new(&format!("switch-{n}")).unwrap()
}

fn host(capability: usize, n: usize) -> String {
    format!("{}-{n}", CAPABILITIES[capability])
}

fn site(segments: usize, recorded: &[Option<usize>], resolver_on_gateway: bool) -> Site {
    let endpoint = |capability, n| Endpoint {
        id: EndpointId::new(&host(capability, n)).unwrap(),
        host: format!("{}.example", host(capability, n)),
        region: None,
        transport: Transport::Tcp,
        named_by: NamedBy::Vendor,
    };
    let capability = |(at, id): (usize, &&str)| Capability {
        id: CapabilityId::new(id).unwrap(),
        name: (*id).to_owned(),
        endpoints: (0..2).map(|n| endpoint(at, n)).collect(),
    };
    let camera = |(n, segment): (usize, &Option<usize>)| Camera {
        id: camera_id(n),
        name: String::new(),
        segment: segment.map(segment_id),
    };
    Site {
        id: SiteId::new("bench").unwrap(),
        name: "bench".to_owned(),
        language: Language::English,
        segments: (0..segments).map(|n| Segment { id: segment_id(n) }).collect(),
        cameras: recorded.iter().enumerate().map(camera).collect(),
        controls: CONTROLS.map(|id| ControlId::new(id).unwrap()).to_vec(),
        resolver_on_gateway,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("axis").unwrap(),
            capabilities: CAPABILITIES.iter().enumerate().map(capability).collect(),
        }),
    }
}

/// The probes and cadences of the shipped configuration.
fn plan(cameras: usize, managed: &[bool]) -> Vec<Planned> {
    use ProbeKind as K;
    let mut out = Vec::new();
    let add = |out: &mut Vec<Planned>, kind, subject: &str, aim, seconds: u64| {
        out.push(Planned {
            id: ProbeId::new(kind, subject),
            kind,
            aim,
            every_ms: seconds * 1000,
            place_ms: None,
        });
    };
    for (kind, seconds) in [
        (K::HostLink, 5),
        (K::HostDisk, 60),
        (K::HostClock, 20),
        (K::GatewayReach, 5),
        (K::ResolverAnswer, 5),
        (K::ResolverSecond, 15),
    ] {
        add(&mut out, kind, "", Aim::Site, seconds);
    }
    for (n, _) in managed.iter().enumerate().filter(|(_, managed)| **managed) {
        add(&mut out, K::SegmentReach, segment_id(n).as_str(), Aim::Segment(n), 5);
    }
    for (n, id) in CONTROLS.iter().enumerate() {
        add(&mut out, K::ControlName, id, Aim::Control(n), 5);
        add(&mut out, K::ControlAddress, id, Aim::Control(n), 5);
    }
    add(&mut out, K::ControlPortal, CONTROLS[0], Aim::Control(0), 15);
    for capability in 0..CAPABILITIES.len() {
        for n in 0..2 {
            add(&mut out, K::VendorName, &host(capability, n), Aim::Host(capability, n), 15);
            if capability == 0 {
                add(&mut out, K::VendorAddress, &host(capability, n), Aim::Host(capability, n), 15);
            }
        }
    }
    add(&mut out, K::VendorStatus, "axis", Aim::Site, 60);
    for n in 0..cameras {
        for (kind, place, seconds) in [
            (K::CameraLogin, 0, 20),
            (K::CameraClock, 10, 60),
            (K::CameraReady, 30, 60),
            (K::CameraRtsp, 50, 300),
            (K::CameraIdentity, 110, 300),
            (K::CameraTcp, 170, 300),
            (K::CameraOnvif, 230, 300),
        ] {
            let id = ProbeId::new(kind, camera_id(n).as_str());
            let (aim, every_ms, place_ms) = (Aim::Camera(n), seconds * 1000, Some(place * 1000));
            out.push(Planned { id, kind, aim, every_ms, place_ms });
        }
    }
    out
}
