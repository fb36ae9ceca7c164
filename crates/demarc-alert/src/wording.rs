//! Verdicts in plain words: the one place for terminal, mail and web, so that all say the same.
//!
//! Pure: no clock, no colour, no line breaks. Whoever prints wraps and paints.

mod advice;
pub mod evidence;
pub mod lint;
pub mod moment;
mod names;
mod overview;

use crate::wording::evidence::{Section, percent};
use crate::wording::names::Names;
use demarc_model::fault::{Domain, Fault};
use demarc_model::incident::Incident;
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Finding, Overview, Verdict, Weight};

/// A verdict as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `VENDOR OUTAGE · axis · remote access, login`
    pub title: String,
    /// `since 16:38:12 UTC, 4 min ago · it is the vendor · 99.8 %`
    pub headline: String,
    pub rows: Vec<Row>,
    pub advice: Vec<String>,
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
    Cameras,
    Line,
    Vendor,
    Status,
    Candidates,
    Masked,
}

impl Label {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cameras => "cameras",
            Self::Line => "line",
            Self::Vendor => "vendor",
            Self::Status => "status",
            Self::Candidates => "either",
            Self::Masked => "hidden",
        }
    }
}

/// The report of an incident, open or closed.
pub fn report(incident: &Incident, site: &Site, now: Timestamp) -> Report {
    let mut report = verdict_report(&incident.verdict, site, now);
    if let Some(closed) = incident.closed {
        report.title = format!("OVER: {}", report.title);
        report.headline = format!(
            "lasted {}, from {} to {}",
            moment::length(closed.since(incident.verdict.since)),
            moment::clock(incident.verdict.since, now),
            moment::clock(closed, now)
        );
        report.rows.retain(|row| row.label != Label::Masked);
        report.advice = vec!["Nothing more to do.".to_owned()];
    }
    report
}

/// The report of a verdict that is not yet, or not at all, an incident.
pub fn verdict_report(verdict: &Verdict, site: &Site, now: Timestamp) -> Report {
    let names = Names(site);
    let Verdict { finding, since, confidence, explanation, .. } = verdict;
    let mut rows = overview::rows(&explanation.overview, &names, now);
    if let Finding::Undetermined { candidates, .. } = finding {
        let one = |c: &demarc_model::verdict::Candidate| {
            format!("{} ({})", names.faults(&c.faults), percent(c.probability))
        };
        let text = candidates.iter().map(one).collect::<Vec<_>>().join(" · ");
        rows.push(Row { label: Label::Candidates, text });
    }
    if !explanation.masked.is_empty() {
        let text = explanation.masked.iter().map(|domain| domain.name()).collect::<Vec<_>>().join(", ");
        rows.push(Row { label: Label::Masked, text: format!("{text} cannot be judged while this lasts") });
    }
    Report {
        title: title(finding, site),
        headline: format!(
            "since {}, {} · {} · {}",
            moment::clock(*since, now),
            moment::ago(*since, now),
            whose(finding.domain()),
            percent(*confidence)
        ),
        rows,
        advice: advice::advice(finding),
    }
}

/// The report of a site at which nothing is wrong.
pub fn healthy_report(overview: &Overview, site: &Site, now: Timestamp) -> Report {
    let names = Names(site);
    Report {
        title: format!("HEALTHY · {}", names.site()),
        headline: format!("at {}", moment::clock(now, now)),
        rows: overview::rows(overview, &names, now),
        advice: vec![],
    }
}

/// What a test message says.
pub(crate) fn test_report(site: &Site, now: Timestamp) -> Report {
    Report {
        title: format!("TEST · {}", Names(site).site()),
        headline: format!("at {}", moment::clock(now, now)),
        rows: vec![],
        advice: vec!["Nothing is wrong: somebody tested whether Demarc's messages arrive here.".to_owned()],
    }
}

/// Whom a finding blames, on one line.
pub fn title(finding: &Finding, site: &Site) -> String {
    let names = Names(site);
    let Finding::Fault(fault) = finding else { return "UNDETERMINED".to_owned() };
    match fault {
        Fault::Camera { camera, cause } => {
            format!("CAMERA {} · {}", shout(cause.name()), names.camera(camera))
        }
        Fault::Segment { segment, cause } => format!("SWITCH {} · {segment}", shout(cause.name())),
        Fault::Vendor { vendor, capabilities, cause } => {
            let what = capabilities.iter().map(|id| names.capability(id)).collect::<Vec<_>>();
            format!("VENDOR {} · {vendor} · {}", shout(cause.name()), what.join(", "))
        }
        Fault::Lan { cause } => format!("SITE NETWORK {}", shout(cause.name())),
        Fault::Gateway { cause } => format!("ROUTER {}", shout(cause.name())),
        Fault::Line { cause } => format!("LINE {}", shout(cause.name())),
        Fault::Dns { cause } => format!("DNS {}", shout(cause.name())),
        Fault::Interception { cause } => format!("INTERCEPTION {}", shout(cause.name())),
        Fault::Agent { cause } => format!("THIS COMPUTER {}", shout(cause.name())),
    }
}

/// Whose it is, ours or theirs, in a few words.
pub const fn whose(domain: Domain) -> &'static str {
    match domain {
        Domain::Healthy => "all is well",
        Domain::Camera | Domain::Segment | Domain::Lan | Domain::Gateway | Domain::Agent => "it is ours",
        Domain::Dns => "it is the resolver, not the line",
        Domain::Interception => "it is something between us and the vendor",
        Domain::Line => "it is the line's operator",
        Domain::Vendor => "it is the vendor",
        Domain::Undetermined => "not yet known whose",
    }
}

/// One piece of evidence in a sentence.
pub fn evidence_line(weight: &Weight, site: &Site) -> String {
    evidence::evidence_line(weight, &Names(site))
}

/// Everything that was weighed for a verdict, under headings.
pub fn explain(verdict: &Verdict, site: &Site) -> Vec<Section> {
    evidence::sections(verdict, &Names(site))
}

fn shout(cause: &str) -> String {
    cause.replace('-', " ").to_uppercase()
}

#[cfg(test)]
mod tests;
