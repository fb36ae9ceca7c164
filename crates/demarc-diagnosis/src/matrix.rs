//! The matrix of an incident: each service of the vendor, from each vantage point, over time.

use demarc_model::incident::Incident;
use demarc_model::matrix::{Matrix, Row, Seen, Span, Tally, Vantage};
use demarc_model::page::{PageClaim, PageState};
use demarc_model::probe::ProbeKind;
use demarc_model::site::{Capability, Site};
use demarc_model::time::Timestamp;
use std::time::Duration;

/// As many as a terminal of 80 columns has room for beside the names.
const MOST_CELLS: u128 = 44;
/// So much of the time around an incident is shown, as one part of its length.
const AROUND: u32 = 8;
/// Lengths of a cell that people can count in, in seconds. The shortest is one round of the vendor's probes.
const STEPS: [u64; 15] =
    [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400];
/// The probes whose results [`matrix`] counts.
pub const COUNTED: [ProbeKind; 4] =
    [ProbeKind::VendorName, ProbeKind::VendorAddress, ProbeKind::VendorSecond, ProbeKind::CameraCloud];
const OF_HOSTS: [(Vantage, ProbeKind); 3] = [
    (Vantage::Name, ProbeKind::VendorName),
    (Vantage::Address, ProbeKind::VendorAddress),
    (Vantage::SecondLine, ProbeKind::VendorSecond),
];
/// Below this an incident's surroundings are too short to be seen in.
const LEAST_AROUND: Duration = Duration::from_secs(60);

/// The time of an incident and a little before and after it, up to `now`.
pub fn span(incident: &Incident, now: Timestamp) -> Span {
    let (since, until) = (incident.verdict.since, incident.closed.unwrap_or(now));
    let around = (until.since(since) / AROUND).max(LEAST_AROUND);
    let (from, to) = (since.minus(around), until.plus(around).min(now));
    let length = to.since(from);
    let cells = |step: u64| length.as_millis().div_ceil(u128::from(step) * 1000);
    let step = STEPS.into_iter().find(|step| cells(*step) <= MOST_CELLS);
    let step = step.unwrap_or_else(|| length.as_secs() / MOST_CELLS as u64 + 1);
    Span { from, step: Duration::from_secs(step), cells: cells(step).max(1) as usize }
}

/// What the probes and the vendor's page said in a span. Rows in which nobody saw anything are left out.
pub fn matrix(site: &Site, span: Span, tallies: &[Tally], claims: &[(Timestamp, PageClaim)]) -> Matrix {
    let capabilities = site.vendor.iter().flat_map(|vendor| &vendor.capabilities);
    let rows = capabilities.flat_map(|capability| {
        let seen = OF_HOSTS.map(|(vantage, kind)| Row {
            capability: Some(capability.id.clone()),
            vantage,
            cells: hosts(capability, kind, span, tallies),
        });
        let page = Row {
            capability: Some(capability.id.clone()),
            vantage: Vantage::StatusPage,
            cells: page(capability, span, claims),
        };
        seen.into_iter().chain([page])
    });
    let cameras = |tally: &Tally| tally.probe.kind == ProbeKind::CameraCloud;
    let cameras = Row { capability: None, vantage: Vantage::Cameras, cells: sum(span, tallies, cameras) };
    let is_seen = |row: &Row| row.cells.iter().any(|cell| *cell != Seen::default());
    Matrix {
        from: span.from,
        step_ms: u64::try_from(span.step.as_millis()).unwrap_or(u64::MAX),
        rows: rows.chain([cameras]).filter(is_seen).collect(),
    }
}

fn hosts(capability: &Capability, kind: ProbeKind, span: Span, tallies: &[Tally]) -> Vec<Seen> {
    let own = |tally: &Tally| {
        let subject = &*tally.probe.subject;
        tally.probe.kind == kind && capability.endpoints.iter().any(|e| e.id.as_str() == subject)
    };
    sum(span, tallies, own)
}

fn sum(span: Span, tallies: &[Tally], own: impl Fn(&Tally) -> bool) -> Vec<Seen> {
    let mut cells = vec![Seen::default(); span.cells];
    for tally in tallies.iter().filter(|tally| own(tally)) {
        if let Some(cell) = cells.get_mut(tally.cell) {
            cell.passed += tally.seen.passed;
            cell.failed += tally.seen.failed;
        }
    }
    cells
}

fn page(capability: &Capability, span: Span, claims: &[(Timestamp, PageClaim)]) -> Vec<Seen> {
    let mut cells = vec![Seen::default(); span.cells];
    for (at, claim) in claims {
        let Some(cell) = span.cell(*at) else { continue };
        match claim.word_on(&capability.id) {
            _ if claim.admits(&capability.id) => cells[cell].failed += 1,
            PageState::Operational => cells[cell].passed += 1,
            _ => {}
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::id::{CapabilityId, EndpointId, IncidentId, SiteId, VendorId};
    use demarc_model::page::PageForm;
    use demarc_model::probe::ProbeId;
    use demarc_model::site::{Endpoint, Language, NamedBy, Transport, Vendor};
    use demarc_model::text::DeviceText;
    use demarc_model::verdict::{Explanation, Finding, Undecided, Verdict};

    const ONSET: Timestamp = Timestamp::from_millis(1_645_376_400_000);

    fn incident(lasted: Option<u64>) -> Incident {
        let finding = Finding::Undetermined { why: Undecided::Tie, candidates: vec![], would_settle: vec![] };
        let verdict = Verdict {
            finding,
            since: ONSET,
            detected: ONSET,
            confidence: 1.0,
            flapping: None,
            explanation: Explanation::default(),
        };
        Incident {
            id: IncidentId(1),
            site: SiteId::new("b").unwrap(),
            verdict,
            opened: ONSET,
            changed: None,
            closed: lasted.map(|seconds| ONSET.plus(Duration::from_secs(seconds))),
            page_admitted: None,
            starts: None,
        }
    }

    #[test]
    fn a_span_holds_the_incident_and_fits_a_terminal() {
        let days = |n: u64| n * 86_400;
        let cases = [
            (Some(30), 15, 150),
            (Some(600), 30, 750),
            (Some(3_600), 120, 4_500),
            (Some(days(5)), 14_400, days(5) / 4 + days(5)),
            (Some(days(200)), days(200) * 5 / 4 / 44 + 1, days(200) * 5 / 4),
        ];
        for (lasted, step, length) in cases {
            let span = span(&incident(lasted), ONSET.plus(Duration::from_secs(days(400))));
            assert_eq!(span.step.as_secs(), step, "{lasted:?}");
            assert!(span.cells <= 44 && span.step.as_secs() * span.cells as u64 >= length, "{span:?}");
            assert!(span.from < ONSET && span.to() > ONSET.plus(Duration::from_secs(lasted.unwrap())));
        }
        let open = span(&incident(None), ONSET.plus(Duration::from_secs(10)));
        assert_eq!((open.cells, open.from), (5, ONSET.minus(LEAST_AROUND)), "nothing is known of the future");
    }

    fn site() -> Site {
        let endpoint = |id: &str| Endpoint {
            id: EndpointId::new(id).unwrap(),
            host: id.to_owned(),
            region: None,
            transport: Transport::Tcp,
            named_by: NamedBy::Vendor,
        };
        let capability = |id: &str, endpoints: &[&str]| Capability {
            id: CapabilityId::new(id).unwrap(),
            name: id.to_owned(),
            endpoints: endpoints.iter().map(|id| endpoint(id)).collect(),
        };
        Site {
            id: SiteId::new("b").unwrap(),
            name: "B".to_owned(),
            language: Language::English,
            cameras: vec![],
            segments: vec![],
            controls: vec![],
            resolver_on_gateway: false,
            vendor: Some(Vendor {
                of_cameras: None,
                id: VendorId::new("axis").unwrap(),
                capabilities: vec![capability("relay", &["one", "two"]), capability("login", &["auth"])],
            }),
        }
    }

    #[test]
    fn each_service_is_counted_from_each_vantage_point_and_the_page_is_held_beside() {
        let span = Span { from: ONSET, step: Duration::from_secs(15), cells: 3 };
        let tally = |kind, subject: &str, cell, passed, failed| Tally {
            probe: ProbeId::new(kind, subject),
            cell,
            seen: Seen { passed, failed },
        };
        let tallies = [
            tally(ProbeKind::VendorName, "one", 0, 1, 0),
            tally(ProbeKind::VendorName, "two", 0, 0, 1),
            tally(ProbeKind::VendorName, "one", 2, 0, 2),
            tally(ProbeKind::VendorSecond, "two", 2, 3, 0),
            tally(ProbeKind::VendorName, "stranger", 1, 9, 9),
            tally(ProbeKind::CameraCloud, "cam-1", 1, 0, 1),
            tally(ProbeKind::VendorAddress, "auth", 7, 1, 1),
        ];
        let claim = PageClaim {
            form: PageForm::Data,
            overall: PageState::Operational,
            headline: DeviceText::default(),
            capabilities: vec![(CapabilityId::new("relay").unwrap(), PageState::Outage)],
            incidents: vec![],
            updated: None,
            age_s: 0,
            wrong_times: false,
            shared: vec![],
        };
        let claims = [(ONSET.plus(Duration::from_secs(20)), claim)];
        let seen = |cells: [(u32, u32); 3]| cells.map(|(passed, failed)| Seen { passed, failed }).to_vec();
        let row = |capability: Option<&str>, vantage, cells| Row {
            capability: capability.map(|id| CapabilityId::new(id).unwrap()),
            vantage,
            cells: seen(cells),
        };
        let rows = [
            row(Some("relay"), Vantage::Name, [(1, 1), (0, 0), (0, 2)]),
            row(Some("relay"), Vantage::SecondLine, [(0, 0), (0, 0), (3, 0)]),
            row(Some("relay"), Vantage::StatusPage, [(0, 0), (0, 1), (0, 0)]),
            row(Some("login"), Vantage::StatusPage, [(0, 0), (1, 0), (0, 0)]),
            row(None, Vantage::Cameras, [(0, 0), (0, 1), (0, 0)]),
        ];
        assert_eq!(matrix(&site(), span, &tallies, &claims).rows, rows);
    }
}
