//! A branch and the outage of 20 February 2022, as the tests of this crate tell it, and golden files.

use crate::message::{Message, Times};
use demarc_model::fault::{CameraCause, Domain, Fault, LineCause, VendorCause};
use demarc_model::id::{
    CameraId, CapabilityId, ControlId, EndpointId, IncidentId, SegmentId, SiteId, VendorId,
};
use demarc_model::incident::{Incident, OnPage, Step, Transition};
use demarc_model::page::{PageForm, PageState};
use demarc_model::probe::ProbeKind;
use demarc_model::site::{Camera, Capability, Endpoint, Language, NamedBy, Segment, Site, Transport, Vendor};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{
    CameraStanding, Candidate, CapabilityStanding, Explanation, Finding, Overview, PageRelation,
    PageStanding, Rejected, Standing, Undecided, Verdict, Weight, WouldChange, WouldSettle,
};

pub(crate) fn time(text: &str) -> Timestamp {
    format!("2022-02-20T{text}Z").parse().unwrap()
}

pub(crate) fn site() -> Site {
    site_in(Language::English)
}

/// The branch as people of either language name its parts.
pub(crate) fn site_in(language: Language) -> Site {
    let (entrance, till, relay, login) = match language {
        Language::English => ("Entrance", "Till 3", "remote access", "login"),
        Language::German => ("Eingang", "Kasse 3", "Fernzugriff", "Anmeldung"),
    };
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
            transport: Transport::Tcp,
            named_by: NamedBy::Vendor,
        }],
    };
    Site {
        id: SiteId::new("se-mmo-0412").unwrap(),
        name: "Malmö, Södra Förstadsgatan".to_owned(),
        language,
        segments: vec![Segment { id: SegmentId::new("floor-a").unwrap() }],
        cameras: vec![camera("entrance", entrance), camera("till-3", till)],
        controls: vec![ControlId::new("google").unwrap(), ControlId::new("quad9").unwrap()],
        resolver_on_gateway: true,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("axis").unwrap(),
            capabilities: vec![capability("remote-access", relay), capability("login", login)],
        }),
    }
}

pub(crate) fn vendor_outage() -> Finding {
    Finding::Fault(Fault::Vendor {
        vendor: VendorId::new("axis").unwrap(),
        capabilities: ["remote-access", "login"].map(|id| CapabilityId::new(id).unwrap()).into(),
        cause: VendorCause::Outage,
        regions: vec![],
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
        would_settle: vec![WouldSettle::Further(ProbeKind::ControlAddress)],
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

pub(crate) fn cameras_answer() -> Weight {
    Weight {
        decibans: 9.5,
        probe: ProbeKind::CameraReady,
        subjects: vec!["entrance".to_owned()],
        seen: vec![(Symptom::Passed, 6)],
    }
}

/// Speaks a little for the line.
pub(crate) fn portal_slow() -> Weight {
    Weight {
        decibans: -2.4,
        probe: ProbeKind::ControlPortal,
        subjects: vec!["google".to_owned()],
        seen: vec![(Symptom::Slow, 1), (Symptom::Passed, 5)],
    }
}

pub(crate) fn overview() -> Overview {
    overview_in(Language::English)
}

pub(crate) fn overview_in(language: Language) -> Overview {
    let site = site_in(language);
    let services: Vec<String> =
        site.vendor.iter().flat_map(|vendor| &vendor.capabilities).map(|c| c.name.clone()).collect();
    let headline = match language {
        Language::English => "All Systems Operational",
        Language::German => "Alle Systeme in Betrieb",
    };
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
        rivals: Vec::new(),
        portal: None,
        gateway: Standing::Works,
        resolver: Standing::Works,
        controls: ["google", "quad9"].map(|id| (ControlId::new(id).unwrap(), Standing::Works)).into(),
        cameras: vec![
            standing("entrance", Standing::Works, None),
            standing("till-3", Standing::Fails, Some(Symptom::Hung)),
        ],
        capabilities: vec![
            capability("remote-access", &services[0], Symptom::Timeout, 3),
            capability("login", &services[1], Symptom::Busy, 1),
        ],
        page: Some(PageStanding {
            form: PageForm::Data,
            wrong_times: false,
            shared: Vec::new(),
            relation: PageRelation::Stale,
            overall: PageState::Operational,
            headline: DeviceText::clean(headline),
            updated: Some(time("13:42:00")),
            read: time("16:42:00"),
        }),
    }
}

pub(crate) fn incident(finding: Finding) -> Incident {
    incident_in(finding, Language::English)
}

pub(crate) fn incident_in(finding: Finding, language: Language) -> Incident {
    let line = || vec![Fault::Line { cause: LineCause::Down }];
    let explanation = Explanation {
        support: vec![relay_silent(), controls_answer(), cameras_answer()],
        against: vec![portal_slow()],
        rejected: vec![Rejected { faults: line(), decibans: 58.4, because: Some(controls_answer()) }],
        would_change: Some(WouldChange {
            probe: ProbeKind::ControlAddress,
            subjects: vec!["google".to_owned(), "quad9".to_owned()],
            symptom: Symptom::Timeout,
            decibans: 11.8,
            to: line(),
        }),
        masked: vec![Domain::Interception],
        overview: overview_in(language),
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
        page_admitted: None,
        starts: None,
    }
}

pub(crate) fn message(step: Step) -> Message {
    message_in(step, Language::English)
}

pub(crate) fn message_in(step: Step, language: Language) -> Message {
    let mut incident = incident_in(vendor_outage(), language);
    let at = match step {
        Step::Opened => incident.opened,
        Step::Changed => time("16:40:00"),
        Step::Closed => time("18:38:12"),
    };
    incident.changed = (step == Step::Changed).then_some(at);
    incident.closed = (step == Step::Closed).then_some(at);
    let times = Times { sent: time("18:42:12"), first_tried: time("18:41:00") };
    Message::about(Transition { step, at, incident }, site_in(language), times)
}

/// The page that an incident of two hours before opened.
pub(crate) fn again(is_told: bool) -> Option<OnPage> {
    let key = "demarc/se-mmo-0412/5/1645367910000".to_owned();
    let since = time("14:38:30");
    Some(OnPage { key, since, times: 2, others: 0, is_told, stays_open: false })
}

/// Compares with a file of `tests/golden`; `DEMARC_GOLDEN=write` writes it, for review with `git diff`.
pub(crate) fn golden(name: &str, actual: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name);
    if std::env::var_os("DEMARC_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&file, actual).unwrap();
    }
    assert_eq!(actual, std::fs::read_to_string(&file).unwrap(), "{name}");
}
