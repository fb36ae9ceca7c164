use super::*;
use demarc_alert::message::{Message, Times};
use demarc_model::fault::{Fault, LineCause, VendorCause};
use demarc_model::id::{CapabilityId, IncidentId, SiteId, VendorId};
use demarc_model::incident::{Step, Transition};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::verdict::{
    Explanation, Finding, Flapping, Overview, Rejected, Verdict, Weight, WouldChange,
};

fn at(text: &str) -> Timestamp {
    format!("2022-02-20T{text}Z").parse().unwrap()
}

fn site(language: Language) -> Site {
    Site {
        id: SiteId::new("se-mmo-0412").unwrap(),
        name: "Malmö".to_owned(),
        language,
        segments: vec![],
        cameras: vec![],
        controls: vec![],
        resolver_on_gateway: false,
        vendor: None,
    }
}

fn incident() -> Incident {
    let weight =
        |decibans, probe, symptom| Weight { decibans, probe, subjects: vec![], seen: vec![(symptom, 12)] };
    let line = || vec![Fault::Line { cause: LineCause::Down }];
    let finding = Finding::Fault(Fault::Vendor {
        vendor: VendorId::new("axis").unwrap(),
        capabilities: vec![CapabilityId::new("relay").unwrap()],
        cause: VendorCause::Outage,
        regions: vec![],
    });
    let controls = weight(31.2, ProbeKind::ControlAddress, Symptom::Passed);
    let explanation = Explanation {
        support: vec![weight(44.0, ProbeKind::VendorName, Symptom::Timeout), controls.clone()],
        against: vec![weight(-2.0, ProbeKind::VendorStatus, Symptom::Passed)],
        rejected: vec![Rejected { faults: line(), decibans: 58.0, because: Some(controls) }],
        would_change: Some(WouldChange {
            probe: ProbeKind::ControlAddress,
            subjects: vec![],
            symptom: Symptom::Timeout,
            decibans: 11.6,
            to: line(),
        }),
        masked: vec![Domain::Interception],
        overview: Overview::default(),
    };
    let verdict = Verdict {
        finding,
        since: at("16:38:12"),
        detected: at("16:38:40"),
        confidence: 0.998,
        flapping: Some(Flapping { period_ms: 32_000, duty_percent: 45, times: 6 }),
        explanation,
    };
    let opened = at("16:38:40");
    Incident {
        id: IncidentId(7),
        site: site(Language::English).id,
        verdict,
        opened,
        changed: None,
        closed: None,
        page_admitted: None,
        starts: None,
    }
}

/// Text without the terminal's columns and line breaks.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn the_terminal_says_what_messages_say() {
    for language in [Language::English, Language::German] {
        let now = at("16:42:30");
        let transition = Transition { step: Step::Opened, at: now, incident: incident() };
        let times = Times { sent: now, first_tried: now };
        let message = Message::about(transition, site(language), times).report();
        let mut said = vec![message.title.clone(), message.headline.clone()];
        let mut above = None;
        for (label, text) in message.all_rows() {
            if above != Some(label) {
                said.push(label.name(language).to_owned());
            }
            above = Some(label);
            said.push(text.to_owned());
        }
        let own = wording::report(&incident(), &site(language), now);
        let printed = anstream::adapter::strip_str(&report(&own, Domain::Vendor, 0)).to_string();
        assert_eq!(words(&printed), words(&said.join(" ")));
        assert!(printed.lines().all(|line| line.chars().count() <= screen::width()), "{printed}");
    }
}

#[test]
fn explain_has_every_reason_of_the_report() {
    for language in [Language::English, Language::German] {
        let site = site(language);
        let reasons = wording::report(&incident(), &site, at("16:42:30")).reasons;
        let explained = wording::explain(&incident().verdict, &site);
        let printed = anstream::adapter::strip_str(&sections(&explained)).to_string();
        let flat = words(&printed).join(" ");
        // What is hidden is one line in a report and a list under a heading in an explanation.
        for reason in reasons.iter().filter(|row| row.label != wording::Label::Masked) {
            assert!(flat.contains(&reason.text), "{} in\n{printed}", reason.text);
        }
    }
}
