use super::*;
use crate::sample::{
    camera_fault, controls_answer, incident, overview, relay_silent, site, time, undetermined, vendor_outage,
};
use demarc_model::fault::{
    AgentCause, CameraCause, DnsCause, GatewayCause, InterceptionCause, LanCause, LineCause, SegmentCause,
    VendorCause,
};
use demarc_model::id::{CameraId, SegmentId, VendorId};
use demarc_model::probe::ProbeKind;

/// A report as the terminal would print it without colours.
fn print(report: &Report) -> String {
    let rows = report.rows.iter().map(|row| format!("  {:8} {}", row.label.name(), row.text));
    let advice = report.advice.iter().map(|line| format!("  do       {line}"));
    [report.title.clone(), report.headline.clone()]
        .into_iter()
        .chain(rows)
        .chain(advice)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn says_whose_it_is_with_what_works_and_what_to_leave_alone() {
    let report = report(&incident(vendor_outage()), &site(), time("16:42:30"));
    assert_eq!(
        print(&report),
        "\
VENDOR OUTAGE · axis · remote access, login
since 16:38:12 UTC, 4 min ago · it is the vendor · 99.8 %
  cameras  1 of 2 answer on the LAN · Till 3: connected, then silent
  line     router answers, both controls answer, resolver answers
  vendor   remote access: no answer (0 of 3 answer) · login: overloaded (503) (0 of 1 answer)
  status   the vendor's page says \"All Systems Operational\" (its last change: 3 h ago): it disagrees, and has not changed since before this began
  hidden   interception cannot be judged while this lasts
  do       Nothing to do at the branch. View and export locally.
  do       Do not restart cameras, router or recorder: it repairs nothing and may lose what still works.
  do       Hold firmware updates, and do not re-enter passwords, until the vendor explains."
    );
}

#[test]
fn says_what_would_settle_what_is_undetermined() {
    let mut incident = incident(undetermined());
    incident.verdict.explanation.overview = Overview::default();
    incident.verdict.explanation.masked.clear();
    assert_eq!(
        print(&report(&incident, &site(), time("16:42:30"))),
        "\
UNDETERMINED
since 16:38:12 UTC, 4 min ago · not yet known whose · 99.8 %
  line     router not observed, no control was observed, resolver not observed
  either   vendor axis outage: remote access, login (52.0 %) · line loss (41.0 %)
  do       Change nothing yet: the evidence does not separate the candidates.
  do       It would settle it: another round of the controls by address."
    );
}

#[test]
fn says_how_long_it_lasted_when_it_is_over() {
    let mut incident = incident(camera_fault(CameraCause::Hung));
    incident.closed = Some(time("18:38:12"));
    let report = report(&incident, &site(), time("18:40:00"));
    assert_eq!(
        (report.title.as_str(), report.headline.as_str(), report.advice),
        (
            "OVER: CAMERA HUNG · Entrance",
            "lasted 2 h, from 16:38:12 UTC to 18:38:12 UTC",
            vec!["Nothing more to do.".to_owned()]
        )
    );
}

#[test]
fn says_so_when_nothing_is_wrong() {
    let report = healthy_report(&Overview::default(), &site(), time("16:42:30"));
    assert_eq!(
        (report.title.as_str(), report.headline.as_str()),
        ("HEALTHY · Malmö, Södra Förstadsgatan", "at 16:42:30 UTC")
    );
}

#[test]
fn shows_each_piece_of_evidence_with_its_weight() {
    let cases = [
        (controls_answer(), "controls by address (google, quad9): answers 24 of 24 (+31 dB)"),
        (relay_silent(), "vendor by name (4 asked): no answer 11 of 12, overloaded (503) 1 of 12 (+44 dB)"),
        (
            Weight {
                decibans: -0.4,
                probe: ProbeKind::CameraLogin,
                subjects: vec!["till-3".to_owned()],
                seen: vec![],
            },
            "cameras' login (Till 3): nothing seen (+0 dB)",
        ),
    ];
    for (weight, expected) in cases {
        assert_eq!(evidence_line(&weight, &site()), expected);
    }
}

#[test]
fn explains_what_spoke_for_it_and_what_was_rejected() {
    let explained = explain(&incident(vendor_outage()).verdict, &site());
    let printed: Vec<String> =
        explained.iter().map(|s| format!("{}: {}", s.heading, s.lines.join(" | "))).collect();
    assert_eq!(
        printed,
        [
            "for it: vendor by name (4 asked): no answer 11 of 12, overloaded (503) 1 of 12 (+44 dB) | \
             controls by address (google, quad9): answers 24 of 24 (+31 dB)",
            "rejected: line down: 58 dB less likely, because controls by address (google, quad9): \
             answers 24 of 24 (+31 dB)",
            "cannot be judged while this lasts: interception",
        ]
    );
}

#[test]
fn names_from_the_configuration_cannot_break_a_line() {
    let mut site = site();
    site.cameras[0].name = "Entrance\r\nBcc: x@example.com\u{202e}".to_owned();
    assert_eq!(title(&camera_fault(CameraCause::Hung), &site), "CAMERA HUNG · Entrance Bcc: x@example.com");
}

#[test]
fn many_failing_cameras_are_counted() {
    let mut overview = overview();
    let failing = overview.cameras[1].clone();
    overview.cameras.extend(std::iter::repeat_n(failing, 11));
    overview.cameras[0].standing = demarc_model::verdict::Standing::Unobserved;
    let report = healthy_report(&overview, &site(), time("16:42:30"));
    assert_eq!(
        report.rows[0].text,
        "0 of 13 answer on the LAN · Till 3: connected, then silent · Till 3: connected, then silent · \
         Till 3: connected, then silent · Till 3: connected, then silent · 8 more fail · 1 not seen lately"
    );
}

#[test]
fn every_fault_has_its_own_title_and_advice() {
    let camera = CameraId::new("entrance").unwrap();
    let segment = SegmentId::new("floor-a").unwrap();
    let vendor = VendorId::new("axis").unwrap();
    let cameras = CameraCause::ALL.iter().map(|c| Fault::Camera { camera: camera.clone(), cause: *c });
    let segments = SegmentCause::ALL.iter().map(|c| Fault::Segment { segment: segment.clone(), cause: *c });
    let vendors = VendorCause::ALL.iter().map(|c| Fault::Vendor {
        vendor: vendor.clone(),
        capabilities: vec![],
        cause: *c,
    });
    let all: Vec<Finding> = cameras
        .chain(segments)
        .chain(LanCause::ALL.iter().map(|cause| Fault::Lan { cause: *cause }))
        .chain(GatewayCause::ALL.iter().map(|cause| Fault::Gateway { cause: *cause }))
        .chain(LineCause::ALL.iter().map(|cause| Fault::Line { cause: *cause }))
        .chain(DnsCause::ALL.iter().map(|cause| Fault::Dns { cause: *cause }))
        .chain(InterceptionCause::ALL.iter().map(|cause| Fault::Interception { cause: *cause }))
        .chain(AgentCause::ALL.iter().map(|cause| Fault::Agent { cause: *cause }))
        .chain(vendors)
        .map(Finding::Fault)
        .collect();
    let titles: std::collections::BTreeSet<String> = all.iter().map(|f| title(f, &site())).collect();
    assert_eq!(titles.len(), all.len());
    for finding in &all {
        let advice = advice::advice(finding);
        let sentences = advice.iter().all(|line| line.ends_with(['.', '?']) && line.len() <= 130);
        assert!((1..=3).contains(&advice.len()) && sentences, "{finding:?}: {advice:?}");
        if finding.domain() == Domain::Vendor {
            assert!(advice[0].starts_with("Nothing to do at the branch"), "{advice:?}");
        }
    }
}
