//! Sites to watch, with every probe that they can have.

use demarc_model::id::{CameraId, CapabilityId, ControlId, EndpointId, SegmentId, SiteId, VendorId};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Camera, Capability, Endpoint, Language, NamedBy, Segment, Site, Transport, Vendor};

pub(crate) fn site(cameras: usize, segments: usize, resolver_on_gateway: bool) -> Site {
    let segment = |n: usize| SegmentId::new(&format!("switch-{n}")).unwrap();
    let camera = |n: usize| Camera {
        id: CameraId::new(&format!("cam-{n}")).unwrap(),
        name: String::new(),
        segment: n.checked_rem(segments).map(segment),
    };
    let endpoint = |id: &str, n: usize| Endpoint {
        id: EndpointId::new(&format!("{id}-{n}")).unwrap(),
        host: format!("{id}-{n}.example"),
        region: None,
        transport: Transport::Tcp,
        named_by: NamedBy::Vendor,
    };
    let capability = |id: &str| Capability {
        id: CapabilityId::new(id).unwrap(),
        name: id.to_owned(),
        endpoints: (0..2).map(|n| endpoint(id, n)).collect(),
    };
    Site {
        id: SiteId::new("branch").unwrap(),
        name: "branch".to_owned(),
        language: Language::English,
        segments: (0..segments).map(|n| Segment { id: segment(n) }).collect(),
        cameras: (0..cameras).map(camera).collect(),
        controls: ["a", "b", "c"].map(|id| ControlId::new(id).unwrap()).to_vec(),
        resolver_on_gateway,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("axis").unwrap(),
            capabilities: ["relay", "login", "website"].map(capability).to_vec(),
        }),
    }
}

pub(crate) fn probes(site: &Site) -> Vec<ProbeId> {
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
    let kinds = [K::CameraTcp, K::CameraReady, K::CameraLogin, K::CameraClock, K::CameraStream];
    for camera in &site.cameras {
        out.extend(kinds.map(|kind| ProbeId::new(kind, camera.id.as_str())));
    }
    out
}
