use super::*;
use crate::likelihood::Likelihood;
use crate::policy::Policy;
use crate::table::When;
use demarc_model::id::{CameraId, EndpointId, SegmentId, SiteId, VendorId};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Camera, Capability, Endpoint, Language, NamedBy, Segment, Site, Transport};

/// Two of everything of which a site can have several.
fn layout() -> Layout {
    let segment = |n: usize| SegmentId::new(&format!("floor-{n}")).unwrap();
    let camera = |n: usize| Camera {
        id: CameraId::new(&format!("cam-{n}")).unwrap(),
        name: String::new(),
        segment: Some(segment(n % 2)),
    };
    let capability = |id: &str| Capability {
        id: CapabilityId::new(id).unwrap(),
        name: id.to_owned(),
        endpoints: vec![Endpoint {
            id: EndpointId::new(id).unwrap(),
            host: format!("{id}.example"),
            region: Some(RegionId::new(&format!("{id}-region")).unwrap()),
            transport: Transport::Tcp,
            named_by: NamedBy::Vendor,
        }],
    };
    let site = Site {
        id: SiteId::new("site").unwrap(),
        name: "Site".to_owned(),
        language: Language::English,
        segments: (0..2).map(|n| Segment { id: segment(n) }).collect(),
        cameras: (0..4).map(camera).collect(),
        controls: Vec::new(),
        resolver_on_gateway: false,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("axis").unwrap(),
            capabilities: ["relay", "login"].map(capability).to_vec(),
        }),
    };
    let probes: Vec<ProbeId> = ProbeKind::ALL
        .into_iter()
        .flat_map(|kind| {
            let subjects: &[&str] = match kind {
                kind if kind.is_camera() => &["cam-0", "cam-1", "cam-2", "cam-3"],
                kind if kind.is_endpoint() => &["relay", "login"],
                ProbeKind::SegmentReach => &["floor-0", "floor-1"],
                _ => &[""],
            };
            subjects.iter().map(move |subject| ProbeId::new(kind, subject))
        })
        .collect();
    let policy = Policy::default();
    let likelihood = Likelihood::new(When::ResolverElsewhere, &policy);
    Layout::new(site, &probes, &likelihood, policy.correlation())
}

/// What an incident is about here is the component by which the outbox knows it again.
#[test]
fn at_most_one_incident_is_open_for_each_component() {
    let layout = layout();
    let of = |fault: usize| {
        let key = key(&layout, fault)?;
        let component = finding(&layout, key, &[Known { fault, severity: 0 }])?.component()?;
        Some((key, component))
    };
    let all: Vec<(Key, String)> = (0..layout.faults.len()).filter_map(of).collect();
    let keys: std::collections::BTreeSet<Key> = all.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys.len(), 4 + 2 + 14, "every key but those of what nobody can name: {keys:?}");
    for (key, component) in &all {
        for (other_key, other) in &all {
            assert_eq!(key == other_key, component == other, "{key:?} {component}, {other_key:?} {other}");
        }
    }
}
