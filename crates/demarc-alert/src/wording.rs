//! Verdicts in plain words: the one place for terminal, mail and web, so that all say the same.
//!
//! Pure: no clock, no colour, no line breaks. Whoever prints wraps and paints.
//! Single words stand side by side in all languages; sentences are made in functions that match on the
//! language, so that the compiler asks for each of them.

mod advice;
pub mod evidence;
mod fault;
pub mod frame;
pub mod lint;
pub mod matrix;
pub mod moment;
mod names;
mod number;
mod overview;
mod pattern;
mod probe;
mod starts;
pub mod symptom;
mod words;

use crate::wording::evidence::Section;
use crate::wording::names::Names;
use crate::wording::number::percent;
use crate::wording::words::{Words, words};
use demarc_model::fault::Domain;
use demarc_model::incident::{Incident, OnPage};
use demarc_model::site::{Language, Site};
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Finding, Overview, Verdict};

/// A verdict as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub language: Language,
    /// `VENDOR OUTAGE · axis · remote access, login`
    pub title: String,
    /// `since 16:38:12 UTC, 4 min ago · it is the vendor · 99.8 %`
    pub headline: String,
    /// What works and what does not.
    pub rows: Vec<Row>,
    pub advice: Vec<String>,
    /// Why the verdict is what it is, in short; [`explain`] says all of it.
    pub reasons: Vec<Row>,
}

/// One labelled line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub label: Label,
    pub text: String,
}

/// What a row of a report is about, in the order in which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    Pattern,
    Cameras,
    Line,
    Vendor,
    Status,
    Candidates,
    Advice,
    Odd,
    For,
    Against,
    Rejected,
    WouldChange,
    Masked,
}

impl Label {
    pub const ALL: [Self; 13] = [
        Self::Pattern,
        Self::Cameras,
        Self::Line,
        Self::Vendor,
        Self::Status,
        Self::Candidates,
        Self::Advice,
        Self::Odd,
        Self::For,
        Self::Against,
        Self::Rejected,
        Self::WouldChange,
        Self::Masked,
    ];

    pub const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Pattern => words("pattern", "Muster"),
            Self::Cameras => words("cameras", "Kameras"),
            Self::Line => words("line", "Leitung"),
            Self::Vendor => words("vendor", "Anbieter"),
            Self::Status => words("status", "Status"),
            Self::Candidates => words("either", "entweder"),
            Self::Advice => words("do", "tun"),
            Self::Odd => words("odd", "auffällig"),
            Self::For => words("for", "dafür"),
            Self::Against => words("against", "dagegen"),
            Self::Rejected => words("not", "nicht"),
            Self::WouldChange => words("what if", "Gegenprobe"),
            Self::Masked => words("hidden", "verdeckt"),
        }
        .to(language)
    }
}

impl Report {
    /// Every row in the order in which it is read: what is, what to do, and why.
    pub fn all_rows(&self) -> impl Iterator<Item = (Label, &str)> {
        let advice = self.advice.iter().map(|line| (Label::Advice, line.as_str()));
        self.rows.iter().map(Row::parts).chain(advice).chain(self.reasons.iter().map(Row::parts))
    }
}

impl Row {
    fn parts(&self) -> (Label, &str) {
        (self.label, &self.text)
    }
}

/// The report of an incident, open or closed.
pub fn report(incident: &Incident, site: &Site, now: Timestamp) -> Report {
    let mut open = verdict_report(&incident.verdict, site, now);
    open.rows.extend(starts::row(incident, now, site.language));
    open.rows.sort_by_key(|row| row.label as u8);
    let Some(closed) = incident.closed else { return open };
    let (language, mut report) = (site.language, open);
    // Whoever reads that it is over has nothing to decide.
    report.reasons.clear();
    report.rows.retain(|row| row.label != Label::Candidates);
    report.title = format!("{}: {}", words("OVER", "VORBEI").to(language), report.title);
    report.headline = lasted(incident.verdict.since, closed, now, language);
    for row in report.rows.iter_mut().filter(|row| row.label == Label::Pattern) {
        row.text = incident.verdict.flapping.map(|f| pattern::is_over(&f, language)).unwrap_or_default();
    }
    report.advice = vec![words("Nothing more to do.", "Nichts mehr zu tun.").to(language).to_owned()];
    report
}

/// The report of an incident that may not have its page for itself.
pub(crate) fn report_on_page(
    incident: &Incident,
    page: Option<&OnPage>,
    site: &Site,
    now: Timestamp,
) -> Report {
    let mut report = report(incident, site, now);
    let Some(page) = page else { return report };
    let mut said = Vec::new();
    // How it comes and goes says it already.
    if page.times > 1 && incident.verdict.flapping.is_none() {
        said.push(pattern::came_again(page, now, site.language));
    }
    if page.others > 0 {
        said.push(pattern::not_alone(page, site.language));
        if incident.closed.is_some() {
            let rest = words(
                "Nothing more to do here; see to the rest.",
                "Hier nichts mehr zu tun, beim Rest schon.",
            );
            report.advice = vec![rest.to(site.language).to_owned()];
        }
    }
    report.rows.splice(0..0, said.into_iter().map(|text| Row { label: Label::Pattern, text }));
    report
}

/// The report of a verdict that is not yet, or not at all, an incident.
pub fn verdict_report(verdict: &Verdict, site: &Site, now: Timestamp) -> Report {
    let (names, language) = (Names(site), site.language);
    let Verdict { finding, since, confidence, flapping, explanation, .. } = verdict;
    let pattern = flapping.map(|f| Row { label: Label::Pattern, text: pattern::goes_on(&f, language) });
    let mut rows: Vec<Row> = pattern.into_iter().collect();
    rows.extend(overview::rows(&explanation.overview, &names, now));
    rows.extend(evidence::candidates_row(finding, &names));
    let mut reasons = evidence::rows(verdict, &names);
    reasons.extend(hidden(&explanation.masked, language));
    Report {
        language,
        title: title(finding, site),
        headline: format!(
            "{} · {} · {}",
            moment::since(*since, now, language),
            whose(finding.domain(), language),
            percent(*confidence, language)
        ),
        rows,
        advice: advice::advice(finding, language),
        reasons,
    }
}

/// The report of a site at which nothing is wrong.
pub fn healthy_report(overview: &Overview, site: &Site, now: Timestamp) -> Report {
    plain_report(words("HEALTHY", "ALLES IN ORDNUNG"), overview::rows(overview, &Names(site), now), site, now)
}

/// The report of a look that ended while something was still being weighed.
pub fn unsettled_report(overview: &Overview, site: &Site, now: Timestamp) -> Report {
    let advice = words(
        "Look again, or run the service: it keeps weighing.",
        "Noch einmal prüfen, oder den Dienst laufen lassen: Er wägt weiter ab.",
    );
    let title = words(
        "UNDETERMINED · something is odd and did not settle in this look",
        "UNGEKLÄRT · etwas fällt auf und hat sich bei dieser Prüfung nicht geklärt",
    );
    Report {
        title: title.to(site.language).to_owned(),
        advice: vec![advice.to(site.language).to_owned()],
        ..healthy_report(overview, site, now)
    }
}

/// What a test message says.
pub(crate) fn test_report(site: &Site, now: Timestamp) -> Report {
    let advice = words(
        "Nothing is wrong: somebody tested whether Demarc's messages arrive here.",
        "Keine Störung: Jemand hat geprüft, ob Meldungen von Demarc hier ankommen.",
    );
    Report {
        advice: vec![advice.to(site.language).to_owned()],
        ..plain_report(words("TEST", "TEST"), vec![], site, now)
    }
}

/// Whom a finding blames, on one line.
pub fn title(finding: &Finding, site: &Site) -> String {
    fault::title(finding, &Names(site))
}

/// Whose it is, ours or theirs, in a few words.
pub const fn whose(domain: Domain, language: Language) -> &'static str {
    fault::whose(domain).to(language)
}

/// Everything that was weighed for a verdict, under headings.
pub fn explain(verdict: &Verdict, site: &Site) -> Vec<Section> {
    evidence::sections(verdict, &Names(site))
}

fn plain_report(title: Words, rows: Vec<Row>, site: &Site, now: Timestamp) -> Report {
    let language = site.language;
    let clock = moment::clock(now, now, language);
    Report {
        language,
        title: format!("{} · {}", title.to(language), Names(site).site()),
        headline: format!("{} {clock}", words("at", "um").to(language)),
        rows,
        advice: vec![],
        reasons: vec![],
    }
}

fn lasted(since: Timestamp, closed: Timestamp, now: Timestamp, language: Language) -> String {
    let length = moment::length(closed.since(since), language);
    let (from, to) = (moment::clock(since, now, language), moment::clock(closed, now, language));
    match language {
        Language::English => format!("lasted {length}, from {from} to {to}"),
        Language::German => format!("dauerte {length}, von {from} bis {to}"),
    }
}

fn hidden(masked: &[Domain], language: Language) -> Option<Row> {
    let text = masked.iter().map(|domain| fault::domain(*domain).to(language)).collect::<Vec<_>>().join(", ");
    let text = match language {
        Language::English => format!("cannot be judged while this lasts: {text}"),
        Language::German => format!("nicht zu beurteilen, solange dies anhält: {text}"),
    };
    (!masked.is_empty()).then_some(Row { label: Label::Masked, text })
}

#[cfg(test)]
mod tests;
