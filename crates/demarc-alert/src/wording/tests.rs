use super::*;
use crate::sample::{
    camera_fault, controls_answer, golden, incident, incident_in, overview, relay_silent, site, site_in,
    time, undetermined, vendor_outage,
};
use demarc_model::fault::{CameraCause, Fault, GatewayCause};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::verdict::{Explanation, Flapping, Undecided, Weight, WouldChange};

mod languages;
mod page;
mod starts;

/// A report as the terminal would print it without colours.
fn print(report: &Report) -> String {
    let rows = report.all_rows();
    let rows = rows.map(|(label, text)| format!("  {:11}{text}", label.name(report.language)));
    [report.title.clone(), report.headline.clone()].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn evidence_line(weight: &Weight, language: Language) -> String {
    evidence::evidence_line(weight, &Names(&site_in(language)))
}

#[test]
fn says_whose_it_is_why_and_what_to_leave_alone() {
    let report = report(&incident(vendor_outage()), &site(), time("16:42:30"));
    assert_eq!(
        print(&report),
        "\
VENDOR OUTAGE · axis · remote access, login
since 16:38:12 UTC, 4 min ago · it is the vendor · 99.8 %
  cameras    1 of 2 answers on the LAN · Till 3: connected, then silent
  line       router answers, both controls answer, resolver answers
  vendor     remote access: no answer (0 of 3 answer) · login: overloaded (503) (0 of 1 answer)
  status     the vendor's page says \"All Systems Operational\" (its last change: 3 h ago): it disagrees, and has not changed since before this began
  do         Nothing to do at the branch. View and export locally.
  do         Do not restart cameras, router or recorder: it repairs nothing and may lose what still works.
  do         Hold firmware updates, and do not re-enter passwords, until the vendor explains.
  for        vendor by name (4 asked): no answer 11 of 12, overloaded (503) 1 of 12 (+44 dB)
  for        controls by address (google, quad9): answers 24 of 24 (+31 dB)
  for        cameras' readiness (Entrance): in order 6 of 6 (+10 dB)
  against    plain web page (google): far too slow 1 of 6, answers 5 of 6 (-2 dB)
  not        line down: 58 dB less likely, because controls by address (google, quad9): answers 24 of 24 (+31 dB)
  what if    If the controls by address (google, quad9) did not answer, it would be \"line down\": each time takes 12 of 58 dB.
  hidden     cannot be judged while this lasts: interception"
    );
}

#[test]
fn says_the_same_in_german() {
    let incident = incident_in(vendor_outage(), Language::German);
    let report = report(&incident, &site_in(Language::German), time("16:42:30"));
    assert_eq!(
        print(&report),
        "\
ANBIETER-CLOUD AUSGEFALLEN · axis · Fernzugriff, Anmeldung
seit 16:38:12 UTC (4 min) · liegt beim Cloud-Anbieter · 99,8 %
  Kameras    1 von 2 antwortet im LAN · Kasse 3: verbunden, dann stumm
  Leitung    Router antwortet, beide Vergleichsziele antworten, Resolver antwortet
  Anbieter   Fernzugriff: keine Antwort (0 von 3 antworten) · Anmeldung: überlastet (503) (0 von 1 antworten)
  Status     die Statusseite sagt „Alle Systeme in Betrieb“ (letzte Änderung: vor 3 h): das passt nicht, und sie ist älter als die Störung
  tun        In der Filiale ist nichts zu tun. Bilder vor Ort ansehen und exportieren.
  tun        Nichts neu starten, weder Kameras noch Router noch Rekorder: Es hilft nicht und kann schaden.
  tun        Keine Firmware aktualisieren und keine Passwörter neu eingeben, bis der Anbieter sich erklärt.
  dafür      Anbieter-Cloud per Name (4 gefragt): keine Antwort 11 von 12, überlastet (503) 1 von 12 (+44 dB)
  dafür      Vergleichsziele per Adresse (google, quad9): antwortet 24 von 24 (+31 dB)
  dafür      Bereitschaft der Kameras (Eingang): in Ordnung 6 von 6 (+10 dB)
  dagegen    unverschlüsselte Webseite (google): viel zu langsam 1 von 6, antwortet 5 von 6 (-2 dB)
  nicht      Leitung ausgefallen: 58 dB unwahrscheinlicher, denn Vergleichsziele per Adresse (google, quad9): antwortet 24 von 24 (+31 dB)
  Gegenprobe Wenn die Vergleichsziele per Adresse (google, quad9) nicht antworten würden, hieße es „Leitung ausgefallen“: Jedes Mal kostet 12 von 58 dB.
  verdeckt   nicht zu beurteilen, solange dies anhält: Eingriffe unterwegs"
    );
}

#[test]
fn says_what_would_settle_what_is_undetermined() {
    let mut incident = incident(undetermined());
    incident.verdict.explanation = Explanation { support: vec![odd()], ..Explanation::default() };
    assert_eq!(
        print(&report(&incident, &site(), time("16:42:30"))),
        "\
UNDETERMINED
since 16:38:12 UTC, 4 min ago · not yet known whose · 99.8 %
  line       router not observed, no control was observed, resolver not observed
  either     vendor axis outage: remote access, login (52.0 %) · line loses packets (41.0 %)
  do         Change nothing yet: the evidence does not separate the candidates.
  do         It would settle it: further results of: controls by address.
  odd        cameras' streams (Entrance, Till 3): plays, and no packets come 4 of 9, in order 5 of 9"
    );
}

/// As the engine lists it: without a weight, each camera's counts after the other's.
fn odd() -> Weight {
    Weight {
        decibans: 0.0,
        probe: ProbeKind::CameraStream,
        subjects: vec!["entrance".to_owned(), "till-3".to_owned()],
        seen: vec![(Symptom::NoVideo, 1), (Symptom::Passed, 5), (Symptom::NoVideo, 3)],
    }
}

#[test]
fn says_so_when_it_knows_no_such_fault() {
    let unknown = |language| {
        let finding =
            Finding::Undetermined { why: Undecided::UnknownFault, candidates: vec![], would_settle: vec![] };
        let mut incident = incident_in(finding, language);
        incident.verdict.explanation = Explanation { support: vec![odd()], ..Explanation::default() };
        print(&report(&incident, &site_in(language), time("16:42:30")))
    };
    assert_eq!(
        unknown(Language::English),
        "\
UNKNOWN FAULT
since 16:38:12 UTC, 4 min ago · not yet known whose · 99.8 %
  line       router not observed, no control was observed, resolver not observed
  do         Change nothing yet: something is wrong that Demarc does not know.
  do         Ask what was changed here lately, and pass on what is odd.
  odd        cameras' streams (Entrance, Till 3): plays, and no packets come 4 of 9, in order 5 of 9"
    );
    assert_eq!(
        unknown(Language::German),
        "\
UNBEKANNTE STÖRUNG
seit 16:38:12 UTC (4 min) · noch unklar, wessen Störung · 99,8 %
  Leitung    Router nicht beobachtet, kein Vergleichsziel beobachtet, Resolver nicht beobachtet
  tun        Noch nichts ändern: Es liegt eine Störung vor, die Demarc nicht kennt.
  tun        Nachfragen, was hier zuletzt geändert wurde, und weitergeben, was auffällt.
  auffällig  Videoströme der Kameras (Eingang, Kasse 3): spielt, aber es kommt kein Bild 4 von 9, in Ordnung 5 von 9"
    );
}

#[test]
fn says_how_a_fault_comes_and_goes() {
    let said = |language, closed, times| {
        let mut incident = incident_in(vendor_outage(), language);
        incident.verdict.flapping = Some(Flapping { period_ms: 32_400, duty_percent: 45, times });
        incident.closed = closed;
        report(&incident, &site_in(language), time("19:00:00")).rows[0].text.clone()
    };
    let closed = Some(time("18:38:12"));
    let cases = [
        (
            Language::English,
            None,
            6,
            "comes and goes: every 32 s or so, there 45 % of the time, 6 times so far",
        ),
        (Language::German, None, 6, "kommt und geht: etwa alle 32 s, 45 % der Zeit vorhanden, bisher 6-mal"),
        (
            Language::English,
            closed,
            1,
            "came and went: every 32 s or so, there 45 % of the time, once in all",
        ),
        (
            Language::German,
            closed,
            1,
            "kam und ging: etwa alle 32 s, 45 % der Zeit vorhanden, insgesamt 1-mal",
        ),
    ];
    for (language, closed, times, expected) in cases {
        assert_eq!(said(language, closed, times), expected);
    }
}

#[test]
fn says_what_would_turn_the_verdict() {
    let said = |to: Vec<Fault>, language| {
        let mut incident = incident_in(vendor_outage(), language);
        incident.verdict.explanation.would_change = Some(WouldChange {
            probe: ProbeKind::GatewayReach,
            subjects: vec![],
            symptom: Symptom::Timeout,
            decibans: 11.8,
            to,
        });
        let report = report(&incident, &site_in(language), time("16:42:30"));
        report.reasons.into_iter().find(|row| row.label == Label::WouldChange).unwrap().text
    };
    let router = || vec![Fault::Gateway { cause: GatewayCause::Down }];
    let cases = [
        (
            router(),
            Language::English,
            "If the router did not answer, it would be \"router down\": each time takes 12 dB.",
        ),
        (
            router(),
            Language::German,
            "Wenn der Router nicht antworten würde, hieße es „Router ausgefallen“: Jedes Mal kostet 12 dB.",
        ),
        (
            vec![],
            Language::English,
            "If the router did not answer, it would be \"nothing is wrong\": each time takes 12 dB.",
        ),
    ];
    for (to, language, expected) in cases {
        assert_eq!(said(to, language), expected);
    }
}

#[test]
fn says_how_long_it_lasted_when_it_is_over() {
    let over = |language| {
        let mut incident = incident_in(camera_fault(CameraCause::Hung), language);
        incident.closed = Some(time("18:38:12"));
        print(&report(&incident, &site_in(language), time("18:40:00")))
    };
    assert_eq!(
        over(Language::English).lines().take(2).collect::<Vec<_>>(),
        ["OVER: CAMERA HUNG · Entrance", "lasted 2 h, from 16:38:12 UTC to 18:38:12 UTC"]
    );
    let german = over(Language::German);
    let lines: Vec<&str> = german.lines().collect();
    assert_eq!(
        lines[..2],
        ["VORBEI: KAMERA HÄNGT · Eingang", "dauerte 2 h, von 16:38:12 UTC bis 18:38:12 UTC"]
    );
    assert_eq!((lines.len(), lines.last()), (7, Some(&"  tun        Nichts mehr zu tun.")));
}

#[test]
fn says_so_when_nothing_is_wrong() {
    let said = |language| {
        let report = healthy_report(&Overview::default(), &site_in(language), time("16:42:30"));
        (report.title, report.headline)
    };
    let name = "Malmö, Södra Förstadsgatan";
    let english = (format!("HEALTHY · {name}"), "at 16:42:30 UTC".to_owned());
    let german = (format!("ALLES IN ORDNUNG · {name}"), "um 16:42:30 UTC".to_owned());
    assert_eq!((said(Language::English), said(Language::German)), (english, german));
}

#[test]
fn shows_each_piece_of_evidence_with_its_weight() {
    let nothing = Weight {
        decibans: -0.4,
        probe: ProbeKind::CameraLogin,
        subjects: vec!["till-3".to_owned()],
        seen: vec![],
    };
    let cases = [
        (controls_answer(), "controls by address (google, quad9): answers 24 of 24 (+31 dB)"),
        (relay_silent(), "vendor by name (4 asked): no answer 11 of 12, overloaded (503) 1 of 12 (+44 dB)"),
        (nothing.clone(), "cameras' login (Till 3): nothing seen"),
    ];
    for (weight, expected) in cases {
        assert_eq!(evidence_line(&weight, Language::English), expected);
    }
    let german = "Anmeldung an den Kameras (Kasse 3): nichts beobachtet";
    assert_eq!(evidence_line(&nothing, Language::German), german);
}

#[test]
fn says_when_one_more_answer_would_be_enough() {
    let down = vec![Fault::Gateway { cause: GatewayCause::Down }];
    let mut incident = incident_in(vendor_outage(), Language::English);
    let explanation = &mut incident.verdict.explanation;
    explanation.rejected =
        vec![demarc_model::verdict::Rejected { faults: down.clone(), decibans: 11.8, because: None }];
    explanation.would_change = Some(WouldChange {
        probe: ProbeKind::GatewayReach,
        subjects: vec![],
        symptom: Symptom::Timeout,
        decibans: 30.0,
        to: down,
    });
    let report = report(&incident, &site_in(Language::English), time("16:42:30"));
    let said = report.reasons.into_iter().find(|row| row.label == Label::WouldChange).unwrap().text;
    let expected =
        "If the router did not answer, it would be \"router down\": once is enough, 30 against 12 dB.";
    assert_eq!(said, expected);
}

#[test]
fn explains_everything_that_was_weighed() {
    for (language, file) in [(Language::English, "explain.txt"), (Language::German, "explain.de.txt")] {
        let site = site_in(language);
        let mut incident = incident_in(vendor_outage(), language);
        incident.verdict.explanation.rejected.push(demarc_model::verdict::Rejected {
            faults: vec![Fault::Gateway { cause: GatewayCause::NoForwarding }],
            decibans: 71.0,
            because: None,
        });
        let report = report(&incident, &site, time("16:42:30"));
        let mut text = print(&Report { reasons: vec![], ..report }) + "\n\n";
        for section in explain(&incident.verdict, &site) {
            text += &format!("  {}\n", section.heading);
            text += &section.lines.iter().map(|line| format!("    - {line}\n")).collect::<String>();
        }
        text += &format!("  {}\n", frame::detected(&incident.verdict, language));
        golden(file, &text);
    }
}

#[test]
fn names_from_the_configuration_cannot_break_a_line() {
    let mut site = site();
    site.cameras[0].name = "Entrance\r\nBcc: x@example.com\u{202e}".to_owned();
    assert_eq!(title(&camera_fault(CameraCause::Hung), &site), "CAMERA HUNG · Entrance Bcc: x@example.com");
}

#[test]
fn what_the_network_says_of_this_computers_address_and_of_a_portal_stands_with_the_line() {
    let mut overview = overview();
    overview.rivals = vec![DeviceText::clean("020000000066")];
    overview.portal = Some(DeviceText::clean("https://portal.example/api"));
    let told = |language| {
        let report = healthy_report(&overview, &site_in(language), time("16:42:30"));
        report.rows[1].text.clone()
    };
    assert_eq!(
        told(Language::English),
        "this computer's address also used by 020000000066, the network names a captive portal, \
         https://portal.example/api, router answers, both controls answer, resolver answers"
    );
    assert_eq!(
        told(Language::German),
        "Adresse dieses Rechners auch bei 020000000066, das Netz nennt eine Anmeldeseite, \
         https://portal.example/api, Router antwortet, beide Vergleichsziele antworten, Resolver antwortet"
    );
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
