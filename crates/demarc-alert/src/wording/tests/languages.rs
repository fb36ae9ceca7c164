//! Every word in every language: there, of its own, well formed, and short enough.

use super::*;
use crate::wording::overview::judgement;
use demarc_model::fault::{
    AgentCause, DnsCause, InterceptionCause, LanCause, LineCause, SegmentCause, VendorCause,
};
use demarc_model::id::{CameraId, SegmentId, VendorId};
use demarc_model::incident::Step;
use demarc_model::observation::MissingReason;
use demarc_model::verdict::{PageRelation, WouldSettle};
use std::collections::BTreeSet;

const LANGUAGES: [Language; 2] = [Language::English, Language::German];

const DOMAINS: [Domain; 11] = [
    Domain::Healthy,
    Domain::Camera,
    Domain::Segment,
    Domain::Lan,
    Domain::Gateway,
    Domain::Line,
    Domain::Dns,
    Domain::Interception,
    Domain::Agent,
    Domain::Vendor,
    Domain::Undetermined,
];

/// Common in English sentences and in ours, and no German words.
const ENGLISH: [&str; 62] = [
    "a",
    "the",
    "and",
    "or",
    "not",
    "no",
    "of",
    "for",
    "from",
    "to",
    "by",
    "on",
    "at",
    "with",
    "without",
    "is",
    "are",
    "it",
    "its",
    "this",
    "that",
    "there",
    "each",
    "every",
    "time",
    "times",
    "since",
    "ago",
    "answer",
    "answers",
    "answered",
    "asked",
    "silent",
    "wrong",
    "off",
    "out",
    "down",
    "line",
    "vendor",
    "camera",
    "cameras",
    "control",
    "controls",
    "address",
    "clock",
    "picture",
    "password",
    "certificate",
    "nothing",
    "something",
    "fails",
    "works",
    "observed",
    "unknown",
    "overloaded",
    "refused",
    "too",
    "slow",
    "open",
    "would",
    "if",
    "do",
];

#[test]
fn every_fault_has_a_title_a_name_and_advice_of_its_own() {
    for language in LANGUAGES {
        let site = site_in(language);
        let (findings, names) = (findings(), Names(&site));
        let titles: Vec<String> = findings.iter().map(|finding| title(finding, &site)).collect();
        well_formed(&titles, 80);
        let shorts: Vec<String> = findings.iter().filter_map(|f| short(f, &names)).collect();
        well_formed(&shorts, 80);
        for finding in &findings {
            let advice = advice::advice(finding, language);
            let sentences = advice.iter().all(|l| l.ends_with(['.', '?']) && l.chars().count() <= 130);
            assert!((1..=3).contains(&advice.len()) && sentences, "{finding:?}: {advice:?}");
            if finding.domain() == Domain::Vendor {
                let nothing =
                    words("Nothing to do at the branch", "In der Filiale ist nichts zu tun").to(language);
                assert!(advice[0].starts_with(nothing), "{advice:?}");
            }
        }
    }
}

#[test]
fn every_word_is_there_of_its_own_and_short_enough() {
    for language in LANGUAGES {
        for (list, longest) in lists(language) {
            well_formed(&list, longest);
        }
    }
}

#[test]
fn what_fits_a_column_is_short() {
    for label in Label::ALL {
        for language in LANGUAGES {
            assert!(label.name(language).chars().count() <= 10, "{label:?} in {language:?}");
        }
    }
}

#[test]
fn every_condition_can_be_read_out() {
    for language in LANGUAGES {
        let site = site_in(language);
        let incident = incident_in(vendor_outage(), language);
        for kind in ProbeKind::ALL {
            for symptom in Symptom::ALL {
                let mut verdict = incident.verdict.clone();
                let to = vec![Fault::Line { cause: LineCause::Down }];
                verdict.explanation.would_change =
                    Some(WouldChange { probe: kind, subjects: vec![], symptom, decibans: 3.0, to });
                let sections = explain(&verdict, &site);
                let line = &sections
                    .iter()
                    .find(|s| s.lines[0].ends_with("of 58 dB.") || s.lines[0].ends_with("von 58 dB."))
                    .unwrap()
                    .lines[0];
                let begins = words("If ", "Wenn ").to(language);
                assert!(line.starts_with(begins) && line.chars().count() <= 170, "{line}");
            }
        }
    }
}

#[test]
fn no_english_word_leaks_into_german() {
    let language = Language::German;
    let site = site_in(language);
    let mut texts: Vec<String> = lists(language).into_iter().flat_map(|(list, _)| list).collect();
    for finding in findings() {
        texts.push(title(&finding, &site));
        texts.extend(advice::advice(&finding, language));
        let mut incident = incident_in(finding, language);
        incident.verdict.flapping = Some(Flapping { period_ms: 32_000, duty_percent: 45, times: 6 });
        texts.push(print(&report(&incident, &site, time("16:42:30"))));
        texts.extend(explain(&incident.verdict, &site).into_iter().flat_map(|section| section.lines));
        incident.closed = Some(time("17:00:00"));
        texts.push(print(&report(&incident, &site, time("18:42:30"))));
    }
    let again = crate::sample::again(true).unwrap();
    texts.push(pattern::came_again(&again, time("16:42:30"), language));
    texts.push(pattern::not_alone(&again, language));
    texts.push(print(&unsettled_report(&Overview::default(), &site, time("16:42:30"))));
    texts.push(print(&test_report(&site, time("16:42:30"))));
    texts.push(frame::service(std::time::Duration::from_secs(200_000), 4_200, 900, language));
    for text in &texts {
        let leaked = text
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '`')
            .find(|word| ENGLISH.contains(word))
            .map(str::to_owned);
        assert_eq!(leaked, None, "{text}");
    }
}

#[test]
fn the_glossary_has_the_german_words() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/glossary.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (_, german) = text.split_once("## In German").unwrap();
    let site = site_in(Language::German);
    let missing: Vec<String> = findings()
        .iter()
        .filter_map(|finding| match finding {
            Finding::Fault(fault) => Some(fault),
            Finding::Undetermined { .. } => None,
        })
        .filter(|fault| {
            let row = german.lines().find(|line| line.starts_with(&format!("| `{}` |", fault.domain())));
            let cause = format!("`{}` {}", fault.cause(), fault::cause(fault, &Names(&site)));
            !row.is_some_and(|row| row.split(['|', '·']).any(|cell| cell.trim() == cause))
        })
        .map(ToString::to_string)
        .collect();
    assert!(missing.is_empty(), "not in docs/glossary.md: {missing:?}");
}

#[test]
fn german_has_its_own_commas_and_quotation_marks() {
    let site = site_in(Language::German);
    let printed = print(&report(&incident_in(undetermined(), Language::German), &site, time("16:42:30")));
    assert!(printed.contains("(52,0 %)") && printed.contains("99,8 %"), "{printed}");
    assert!(printed.contains("„Alle Systeme in Betrieb“") && !printed.contains('"'), "{printed}");
}

/// Non-empty, different from each other, without odd spaces, and no longer than that.
fn well_formed(texts: &[String], longest: usize) {
    let different: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(different.len(), texts.len(), "{texts:?}");
    for text in texts {
        let spaced = text.trim() == text && !text.contains("  ") && !text.contains('\n');
        assert!(!text.is_empty() && spaced && text.chars().count() <= longest, "{text:?}");
    }
}

/// Every list of words, with the longest that may stand in it.
fn lists(language: Language) -> Vec<(Vec<String>, usize)> {
    let all = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let relations = [
        PageRelation::Agrees,
        PageRelation::Stale,
        PageRelation::Lying,
        PageRelation::Premature,
        PageRelation::CriesWolf,
        PageRelation::SaysNothing,
        PageRelation::Silent,
    ];
    let reasons = [
        MissingReason::NotPermitted,
        MissingReason::NotOffered,
        MissingReason::Budget,
        MissingReason::Prerequisite,
        MissingReason::Unpinned,
        MissingReason::Undecided,
        MissingReason::Agent,
    ];
    let settles = |what| {
        let finding =
            Finding::Undetermined { why: Undecided::Tie, candidates: vec![], would_settle: vec![what] };
        advice::advice(&finding, language).remove(1)
    };
    let further = ProbeKind::ALL.into_iter().map(WouldSettle::Further);
    let lacking = [ProbeKind::SegmentReach, ProbeKind::ResolverSecond, ProbeKind::GatewayReach]
        .into_iter()
        .chain([ProbeKind::ControlName, ProbeKind::LineSecond])
        .map(WouldSettle::Lacking);
    let settling = further.chain(lacking).chain([WouldSettle::SecondWitness]).map(settles).collect();
    let clause = |symptom| symptom::clause(ProbeKind::GatewayReach, symptom, language);
    let name = |kind| probe::name(kind, language);
    vec![
        (all(Symptom::ALL.map(|symptom| symptom::phrase(symptom, language)).to_vec()), 36),
        (all(Symptom::ALL.map(clause).to_vec()), 50),
        (all(ProbeKind::ALL.map(name).to_vec()), 40),
        (all(DOMAINS.map(|domain| fault::domain(domain).to(language)).to_vec()), 20),
        (all(Label::ALL.map(|label| label.name(language)).to_vec()), 10),
        (all(relations.map(|relation| judgement(relation).to(language)).to_vec()), 60),
        (all(reasons.map(|reason| frame::missing(reason, language)).to_vec()), 60),
        (all([Step::Opened, Step::Changed, Step::Closed].map(|s| frame::step(s, language)).to_vec()), 8),
        (settling, 130),
        (
            DOMAINS
                .iter()
                .map(|d| whose(*d, language).to_owned())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            44,
        ),
    ]
}

fn short(finding: &Finding, names: &Names<'_>) -> Option<String> {
    match finding {
        Finding::Fault(fault) => Some(fault::short(fault, names)),
        Finding::Undetermined { .. } => None,
    }
}

fn findings() -> Vec<Finding> {
    let camera = CameraId::new("entrance").unwrap();
    let segment = SegmentId::new("floor-a").unwrap();
    let vendor = VendorId::new("axis").unwrap();
    let cameras = CameraCause::ALL.iter().map(|c| Fault::Camera { camera: camera.clone(), cause: *c });
    let segments = SegmentCause::ALL.iter().map(|c| Fault::Segment { segment: segment.clone(), cause: *c });
    let vendors = VendorCause::ALL.iter().map(|c| Fault::Vendor {
        vendor: vendor.clone(),
        capabilities: vec![],
        cause: *c,
        regions: vec![],
    });
    let undecided = [Undecided::Tie, Undecided::UnknownFault].map(|why| Finding::Undetermined {
        why,
        candidates: vec![],
        would_settle: vec![],
    });
    cameras
        .chain(segments)
        .chain(LanCause::ALL.iter().map(|cause| Fault::Lan { cause: *cause }))
        .chain(GatewayCause::ALL.iter().map(|cause| Fault::Gateway { cause: *cause }))
        .chain(LineCause::ALL.iter().map(|cause| Fault::Line { cause: *cause }))
        .chain(DnsCause::ALL.iter().map(|cause| Fault::Dns { cause: *cause }))
        .chain(InterceptionCause::ALL.iter().map(|cause| Fault::Interception { cause: *cause }))
        .chain(AgentCause::ALL.iter().map(|cause| Fault::Agent { cause: *cause }))
        .chain(vendors)
        .map(Finding::Fault)
        .chain(undecided)
        .collect()
}
