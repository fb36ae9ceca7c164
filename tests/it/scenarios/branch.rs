//! The branch that scenarios take place in, and the probes that it has.

use super::format::Scenario;
use demarc_model::id::{CameraId, CapabilityId, ControlId, EndpointId, SiteId, VendorId};
use demarc_model::probe::{ProbeId, ProbeKind as K};
use demarc_model::site::{Camera, Capability, Endpoint, Language, NamedBy, Segment, Site, Transport, Vendor};

const ONCE: [(K, u64); 13] = [
    (K::HostLink, 5),
    (K::HostDisk, 60),
    (K::HostClock, 60),
    (K::HostResources, 60),
    (K::HostTraffic, 15),
    (K::HostAddress, 60),
    (K::GatewayReach, 5),
    (K::ResolverAnswer, 5),
    (K::ResolverSecond, 15),
    (K::LineIpv6, 15),
    (K::LineSecond, 15),
    (K::LineMtu, 60),
    (K::LineHops, 300),
];
const OF_CAMERA: [(K, u64); 12] = [
    (K::CameraTcp, 300),
    (K::CameraReady, 30),
    (K::CameraClock, 60),
    (K::CameraRtsp, 60),
    (K::CameraLogin, 60),
    (K::CameraOnvif, 120),
    (K::CameraIdentity, 300),
    (K::CameraStream, 300),
    (K::CameraPicture, 300),
    (K::CameraStorage, 300),
    (K::CameraCloud, 300),
    (K::CameraNeighbour, 300),
];
/// Probes that a site has only when its story asks for them.
const OPTIONAL: [K; 13] = [
    K::LineHops,
    K::LineMtu,
    K::HostResources,
    K::HostTraffic,
    K::HostAddress,
    K::LineIpv6,
    K::LineSecond,
    K::VendorSecond,
    K::CameraStream,
    K::CameraPicture,
    K::CameraStorage,
    K::CameraCloud,
    K::CameraNeighbour,
];

pub(super) fn site(scenario: &Scenario) -> Site {
    let capability = |id: &str, endpoints: [&str; 2]| Capability {
        id: CapabilityId::new(id).unwrap(),
        name: id.replace('-', " "),
        endpoints: endpoints.map(|e| endpoint(scenario, e)).to_vec(),
    };
    Site {
        id: SiteId::new("se-mmo-0412").unwrap(),
        name: "Malmö".to_owned(),
        language: Language::English,
        cameras: (1..=scenario.cameras).map(|n| camera(scenario, n)).collect(),
        segments: scenario.segments.iter().map(|id| Segment { id: id.clone() }).collect(),
        controls: ["control-a", "control-b"].map(|id| ControlId::new(id).unwrap()).to_vec(),
        resolver_on_gateway: scenario.resolver_on_gateway,
        vendor: Some(Vendor {
            of_cameras: Some(CapabilityId::new("remote-access").unwrap()),
            id: VendorId::new("axis").unwrap(),
            capabilities: vec![
                capability("remote-access", ["relay-1", "relay-2"]),
                capability("login", ["auth", "idp"]),
                capability("device-manager", ["adm-1", "adm-2"]),
                capability("website", ["www", "se"]),
            ],
        }),
    }
}

fn camera(scenario: &Scenario, n: usize) -> Camera {
    let segments = &scenario.segments;
    Camera {
        id: CameraId::new(&format!("cam-{n:02}")).unwrap(),
        name: format!("Camera {n}"),
        segment: (!segments.is_empty()).then(|| segments[n % segments.len()].clone()),
    }
}

fn endpoint(scenario: &Scenario, id: &str) -> Endpoint {
    Endpoint {
        id: EndpointId::new(id).unwrap(),
        host: scenario.hosts.get(id).cloned().unwrap_or_else(|| format!("{id}.example")),
        region: scenario.regions.get(id).cloned(),
        transport: if scenario.udp.iter().any(|e| e == id) { Transport::Udp } else { Transport::Tcp },
        named_by: if scenario.named_by_cameras.iter().any(|e| e == id) {
            NamedBy::Cameras
        } else {
            NamedBy::Vendor
        },
    }
}

/// Every probe of the branch with its cadence in seconds: the shipped one.
pub(super) fn probes(scenario: &Scenario, site: &Site) -> Vec<(ProbeId, u64)> {
    let named = |list: &[String], id: &ProbeId| {
        list.iter().any(|one| *one == id.to_string() || one == id.kind.name())
    };
    let mut out: Vec<(ProbeId, u64)> = Vec::new();
    out.extend(ONCE.map(|(kind, every)| (ProbeId::new(kind, ""), every)));
    out.extend(site.segments.iter().map(|segment| (ProbeId::new(K::SegmentReach, segment.id.as_str()), 5)));
    for control in &site.controls {
        out.push((ProbeId::new(K::ControlName, control.as_str()), 5));
        out.push((ProbeId::new(K::ControlAddress, control.as_str()), 5));
    }
    out.push((ProbeId::new(K::ControlPortal, "portal"), 15));
    for endpoint in site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints) {
        out.push((ProbeId::new(K::VendorName, endpoint.id.as_str()), 15));
        out.push((ProbeId::new(K::VendorSecond, endpoint.id.as_str()), 300));
        let address = ProbeId::new(K::VendorAddress, endpoint.id.as_str());
        if endpoint.id.as_str().starts_with("relay") || named(&scenario.with, &address) {
            out.push((address, 15));
        }
    }
    out.push((ProbeId::new(K::VendorStatus, "axis"), 60));
    for camera in &site.cameras {
        out.extend(OF_CAMERA.map(|(kind, every)| (ProbeId::new(kind, camera.id.as_str()), every)));
    }
    out.retain(|(id, _)| !OPTIONAL.contains(&id.kind) || named(&scenario.with, id));
    out.retain(|(id, _)| !named(&scenario.without, id));
    out
}

/// Whether a probe is meant by a pattern: its text with at most one `*`, and after an `@` the segment
/// or the region of its subject.
pub(super) fn is_meant(pattern: &str, id: &ProbeId, site: &Site) -> bool {
    let (pattern, place) = pattern.split_once('@').map_or((pattern, None), |(p, place)| (p, Some(place)));
    if place.is_some_and(|place| !stands_in(place, id, site)) {
        return false;
    }
    let text = id.to_string();
    match pattern.split_once('*') {
        Some((head, tail)) => {
            text.starts_with(head) && text.ends_with(tail) && text.len() >= head.len() + tail.len()
        }
        None => text == pattern,
    }
}

fn stands_in(place: &str, id: &ProbeId, site: &Site) -> bool {
    let camera = site.cameras.iter().find(|c| c.id.as_str() == &*id.subject);
    let segment = camera.and_then(|c| c.segment.as_ref()).is_some_and(|s| s.as_str() == place);
    let mut endpoints = site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints);
    let endpoint = endpoints.find(|e| e.id.as_str() == &*id.subject);
    segment || endpoint.and_then(|e| e.region.as_ref()).is_some_and(|r| r.as_str() == place)
}
