//! A branch and the outage of 20 February 2022, as the tests of this crate tell it, and golden files.

use crate::message::{Message, Times};
use demarc_model::fault::{CameraCause, Domain, Fault, LineCause, VendorCause};
use demarc_model::id::{
    CameraId, CapabilityId, ControlId, EndpointId, IncidentId, SegmentId, SiteId, VendorId,
};
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::page::PageState;
use demarc_model::probe::ProbeKind;
use demarc_model::site::{Camera, Capability, Endpoint, Language, Segment, Site, Vendor};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{
    CameraStanding, Candidate, CapabilityStanding, Explanation, Finding, Overview, PageRelation,
    PageStanding, Rejected, Standing, Undecided, Verdict, Weight,
};

pub(crate) fn time(text: &str) -> Timestamp {
    format!("2022-02-20T{text}Z").parse().unwrap()
}

pub(crate) fn site() -> Site {
    let camera = |id: &str, name: &str| Camera {
        id: CameraId::new(id).unwrap(),
        name: name.to_owned(),
        segment: Some(SegmentId::new("floor-a").unwrap()),
    };
    let capability = |id: &str, name: &str| Capability {
        id: CapabilityId::new(id).unwrap(),
        name: name.to_owned(),
        endpoints: vec![Endpoint {
            id: EndpointId::new(&format!("{id}-1")).unwrap(),
            host: format!("{id}-1.example"),
            region: None,
        }],
    };
    Site {
        id: SiteId::new("se-mmo-0412").unwrap(),
        name: "Malmö, Södra Förstadsgatan".to_owned(),
        language: Language::English,
        segments: vec![Segment { id: SegmentId::new("floor-a").unwrap() }],
        cameras: vec![camera("entrance", "Entrance"), camera("till-3", "Till 3")],
        controls: vec![ControlId::new("google").unwrap(), ControlId::new("quad9").unwrap()],
        resolver_on_gateway: true,
        vendor: Some(Vendor {
            id: VendorId::new("axis").unwrap(),
            capabilities: vec![capability("remote-access", "remote access"), capability("login", "login")],
        }),
    }
}

pub(crate) fn vendor_outage() -> Finding {
    Finding::Fault(Fault::Vendor {
        vendor: VendorId::new("axis").unwrap(),
        capabilities: ["remote-access", "login"].map(|id| CapabilityId::new(id).unwrap()).into(),
        cause: VendorCause::Outage,
    })
}

pub(crate) fn camera_fault(cause: CameraCause) -> Finding {
    Finding::Fault(Fault::Camera { camera: CameraId::new("entrance").unwrap(), cause })
}

pub(crate) fn undetermined() -> Finding {
    let candidate = |fault, probability| Candidate { faults: vec![fault], probability };
    let Finding::Fault(vendor) = vendor_outage() else { unreachable!("a fault") };
    Finding::Undetermined {
        candidates: vec![candidate(vendor, 0.52), candidate(Fault::Line { cause: LineCause::Loss }, 0.41)],
        why: Undecided::Tie,
        would_settle: vec!["another round of the controls by address".to_owned()],
    }
}

pub(crate) fn controls_answer() -> Weight {
    Weight {
        decibans: 31.2,
        probe: ProbeKind::ControlAddress,
        subjects: vec!["google".to_owned(), "quad9".to_owned()],
        seen: vec![(Symptom::Passed, 24)],
    }
}

pub(crate) fn relay_silent() -> Weight {
    Weight {
        decibans: 44.0,
        probe: ProbeKind::VendorName,
        subjects: ["relay-1", "relay-2", "relay-3", "login-1"].map(str::to_owned).into(),
        seen: vec![(Symptom::Timeout, 11), (Symptom::Busy, 1)],
    }
}

pub(crate) fn overview() -> Overview {
    let standing = |id: &str, standing, symptom| CameraStanding {
        camera: CameraId::new(id).unwrap(),
        standing,
        symptom,
    };
    let capability = |id: &str, name: &str, symptom, observed| CapabilityStanding {
        capability: CapabilityId::new(id).unwrap(),
        name: name.to_owned(),
        standing: Standing::Fails,
        answering: 0,
        observed,
        symptom: Some(symptom),
    };
    Overview {
        link: Standing::Works,
        gateway: Standing::Works,
        resolver: Standing::Works,
        controls: ["google", "quad9"].map(|id| (ControlId::new(id).unwrap(), Standing::Works)).into(),
        cameras: vec![
            standing("entrance", Standing::Works, None),
            standing("till-3", Standing::Fails, Some(Symptom::Hung)),
        ],
        capabilities: vec![
            capability("remote-access", "remote access", Symptom::Timeout, 3),
            capability("login", "login", Symptom::Busy, 1),
        ],
        page: Some(PageStanding {
            relation: PageRelation::Stale,
            overall: PageState::Operational,
            headline: DeviceText::clean("All Systems Operational"),
            updated: Some(time("13:42:00")),
            read: time("16:42:00"),
        }),
    }
}

pub(crate) fn incident(finding: Finding) -> Incident {
    let explanation = Explanation {
        support: vec![relay_silent(), controls_answer()],
        against: vec![],
        rejected: vec![Rejected {
            faults: vec![Fault::Line { cause: LineCause::Down }],
            decibans: 58.4,
            because: Some(controls_answer()),
        }],
        would_change: None,
        masked: vec![Domain::Interception],
        overview: overview(),
    };
    let verdict = Verdict {
        finding,
        since: time("16:38:12"),
        detected: time("16:38:40"),
        confidence: 0.998_4,
        flapping: None,
        explanation,
    };
    Incident {
        id: IncidentId(7),
        site: site().id,
        verdict,
        opened: time("16:38:40"),
        changed: None,
        closed: None,
    }
}

pub(crate) fn message(step: Step) -> Message {
    let mut incident = incident(vendor_outage());
    let at = match step {
        Step::Opened => incident.opened,
        Step::Changed => time("16:40:00"),
        Step::Closed => time("18:38:12"),
    };
    incident.changed = (step == Step::Changed).then_some(at);
    incident.closed = (step == Step::Closed).then_some(at);
    let times = Times { sent: time("18:42:12"), first_tried: time("18:41:00") };
    Message::about(Transition { step, at, incident }, site(), times)
}

/// Compares with a file of `tests/golden`; `DEMARC_GOLDEN=write` writes it, for review with `git diff`.
pub(crate) fn golden(name: &str, actual: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name);
    if std::env::var_os("DEMARC_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&file, actual).unwrap();
    }
    assert_eq!(actual, std::fs::read_to_string(&file).unwrap(), "{name}");
}
