//! Why a verdict says what it says, one sentence for each piece of evidence.
//!
//! The short form, for reports, and the whole of it are made of the same sentences.

use crate::wording::names::Names;
use crate::wording::number::{percent, signed_decibans, whole};
use crate::wording::probe::Subject;
use crate::wording::words::{Words, quoted, words};
use crate::wording::{Label, Row, fault, probe, symptom};
use demarc_model::probe::ProbeKind;
use demarc_model::site::Language;
use demarc_model::symptom::Symptom;
use demarc_model::verdict::{Candidate, Explanation, Finding, Rejected, Verdict, Weight, WouldChange};

/// A report gives so many lines for the finding, and one against it.
const MOST_FOR: usize = 3;

/// A headed list of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub heading: &'static str,
    pub lines: Vec<String>,
}

/// Everything that was weighed; headings without lines are left out. Candidates stand in the report.
pub(crate) fn sections(verdict: &Verdict, names: &Names<'_>) -> Vec<Section> {
    let Explanation { support, against, rejected, would_change, masked, overview: _ } = &verdict.explanation;
    let language = names.language();
    let weights = |weights: &[Weight]| weights.iter().map(|w| evidence_line(w, names)).collect();
    let turn = would_change.iter().map(|change| would_change_line(change, rejected, names)).collect();
    let hidden = masked.iter().map(|domain| fault::domain(*domain).to(language).to_owned()).collect();
    let all: [(Words, Vec<String>); 5] = [
        (support_heading(&verdict.finding), weights(support)),
        (words("against it", "dagegen"), weights(against)),
        (words("rejected", "verworfen"), rejected.iter().map(|r| rejected_line(r, names)).collect()),
        (words("what would change it", "was es ändern würde"), turn),
        (words("cannot be judged while this lasts", "nicht zu beurteilen, solange dies anhält"), hidden),
    ];
    let headed = all.into_iter().map(|(heading, lines)| Section { heading: heading.to(language), lines });
    headed.filter(|section| !section.lines.is_empty()).collect()
}

/// The short form: the three strongest lines for the finding, the strongest against it, the best
/// rejected explanation, and what would turn the verdict.
pub(crate) fn rows(verdict: &Verdict, names: &Names<'_>) -> Vec<Row> {
    let Explanation { support, against, rejected, would_change, masked: _, overview: _ } =
        &verdict.explanation;
    let label = match verdict.finding {
        Finding::Fault(_) => Label::For,
        Finding::Undetermined { .. } => Label::Odd,
    };
    let row = |label, text| Row { label, text };
    let mut rows: Vec<Row> =
        support.iter().take(MOST_FOR).map(|weight| row(label, evidence_line(weight, names))).collect();
    rows.extend(against.iter().take(1).map(|weight| row(Label::Against, evidence_line(weight, names))));
    rows.extend(rejected.iter().take(1).map(|best| row(Label::Rejected, rejected_line(best, names))));
    let turn = would_change.iter().map(|change| would_change_line(change, rejected, names));
    rows.extend(turn.map(|text| row(Label::WouldChange, text)));
    rows
}

/// What an undetermined finding may be.
pub(crate) fn candidates_row(finding: &Finding, names: &Names<'_>) -> Option<Row> {
    let Finding::Undetermined { candidates, .. } = finding else { return None };
    let all = candidates.iter().map(|c| candidate(c, names)).collect::<Vec<_>>();
    (!all.is_empty()).then(|| Row { label: Label::Candidates, text: all.join(" · ") })
}

/// `controls by address (google, quad9): answers 24 of 24 (+31 dB)`
pub(crate) fn evidence_line(weight: &Weight, names: &Names<'_>) -> String {
    let about = names.in_brackets(weight.probe, &weight.subjects);
    let seen = seen(weight, names.language());
    let decibans = signed_decibans(weight.decibans).map(|text| format!(" ({text})")).unwrap_or_default();
    format!("{}{about}: {seen}{decibans}", probe::name(weight.probe, names.language()))
}

const fn support_heading(finding: &Finding) -> Words {
    match finding {
        Finding::Fault(_) => words("for it", "dafür"),
        Finding::Undetermined { .. } => words("what is odd", "was auffällt"),
    }
}

fn candidate(candidate: &Candidate, names: &Names<'_>) -> String {
    let probability = percent(candidate.probability, names.language());
    format!("{} ({probability})", fault::short_all(&candidate.faults, names))
}

fn rejected_line(rejected: &Rejected, names: &Names<'_>) -> String {
    let name = fault::short_all(&rejected.faults, names);
    let decibans = whole(rejected.decibans);
    let because = rejected.because.as_ref().map(|weight| evidence_line(weight, names));
    match (names.language(), because) {
        (Language::English, None) => format!("{name}: {decibans} dB less likely"),
        (Language::English, Some(why)) => format!("{name}: {decibans} dB less likely, because {why}"),
        (Language::German, None) => format!("{name}: {decibans} dB unwahrscheinlicher"),
        (Language::German, Some(why)) => format!("{name}: {decibans} dB unwahrscheinlicher, denn {why}"),
    }
}

/// `If the router did not answer, it would be "router down": each time takes 12 of 58 dB.`
fn would_change_line(change: &WouldChange, rejected: &[Rejected], names: &Names<'_>) -> String {
    let language = names.language();
    let to = quoted(&fault::short_all(&change.to, names), language);
    let each = whole(change.decibans);
    let lead = rejected.iter().find(|rejected| rejected.faults == change.to);
    let lead = lead.map(|rejected| whole(rejected.decibans));
    let condition = condition(change, names);
    match (language, lead) {
        (Language::English, Some(lead)) if each >= lead => {
            format!("{condition}, it would be {to}: once is enough, {each} against {lead} dB.")
        }
        (Language::German, Some(lead)) if each >= lead => {
            format!("{condition}, hieße es {to}: Ein Mal genügt, {each} gegen {lead} dB.")
        }
        (Language::English, Some(lead)) => {
            format!("{condition}, it would be {to}: each time takes {each} of {lead} dB.")
        }
        (Language::English, None) => format!("{condition}, it would be {to}: each time takes {each} dB."),
        (Language::German, Some(lead)) => {
            format!("{condition}, hieße es {to}: Jedes Mal kostet {each} von {lead} dB.")
        }
        (Language::German, None) => format!("{condition}, hieße es {to}: Jedes Mal kostet {each} dB."),
    }
}

/// `If the router did not answer`
fn condition(change: &WouldChange, names: &Names<'_>) -> String {
    let language = names.language();
    let about = names.in_brackets(change.probe, &change.subjects);
    let clause = symptom::clause(change.probe, change.symptom, language);
    let (subject, would) = match probe::subject(change.probe) {
        Subject::One(words) => (words.to(language), "würde"),
        Subject::Several(words) => (words.to(language), "würden"),
    };
    match language {
        Language::English => format!("If {subject}{about} {clause}"),
        Language::German => format!("Wenn {subject}{about} {clause} {would}"),
    }
}

/// `no answer 11 of 12, overloaded (503) 1 of 12`
fn seen(weight: &Weight, language: Language) -> String {
    let counts = counted(&weight.seen);
    if counts.is_empty() {
        return words("nothing seen", "nichts beobachtet").to(language).to_owned();
    }
    let total: u32 = counts.iter().map(|(_, n)| n).sum();
    let one = |(symptom, n): &(Symptom, u32)| count(weight.probe, *symptom, (*n, total), language);
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn count(kind: ProbeKind, symptom: Symptom, (n, total): (u32, u32), language: Language) -> String {
    let phrase = symptom::phrase_of(kind, symptom, language);
    match language {
        Language::English => format!("{phrase} {n} of {total}"),
        Language::German => format!("{phrase} {n} von {total}"),
    }
}

/// Each symptom once: evidence about several subjects may list one for each.
fn counted(seen: &[(Symptom, u32)]) -> Vec<(Symptom, u32)> {
    let mut counts: Vec<(Symptom, u32)> = Vec::new();
    for (symptom, n) in seen {
        match counts.iter_mut().find(|(known, _)| known == symptom) {
            Some((_, total)) => *total += n,
            None => counts.push((*symptom, *n)),
        }
    }
    counts
}
