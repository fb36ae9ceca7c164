//! Reports as they stand on the terminal.

use crate::screen;
use demarc_alert::wording::{self, Report, evidence::Section};
use demarc_model::fault::Domain;
use demarc_model::incident::Incident;
use demarc_model::matrix::Matrix;
use demarc_model::observation::{Observation, Outcome};
use demarc_model::site::{Language, Site};
use demarc_model::time::Timestamp;
use owo_colors::{OwoColorize as _, Style};
use std::fmt::Write as _;

const LABEL: usize = 11;
const INDENT: usize = 2;
/// Names of services are cut to this, so that the matrix fits 80 columns.
const SERVICE: usize = 18;

fn style(domain: Domain) -> Style {
    match domain {
        Domain::Healthy => Style::new().green().bold(),
        Domain::Vendor => Style::new().magenta().bold(),
        Domain::Undetermined => Style::new().yellow().bold(),
        Domain::Camera
        | Domain::Segment
        | Domain::Lan
        | Domain::Gateway
        | Domain::Line
        | Domain::Dns
        | Domain::Interception
        | Domain::Agent => Style::new().red().bold(),
    }
}

/// A verdict with its rows and what to do.
pub(crate) fn report(report: &Report, domain: Domain, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    for line in screen::wrap(&report.title, screen::width() - indent) {
        out.push_str(&format!("{pad}{}\n", line.style(style(domain))));
    }
    out.push_str(&screen::labelled("", &report.headline, indent + INDENT, 0));
    let mut above = None;
    for (label, text) in report.all_rows() {
        let name = if above == Some(label) { "" } else { label.name(report.language) };
        above = Some(label);
        out.push_str(&screen::labelled(name, text, indent + INDENT, LABEL));
    }
    out
}

/// The sections of an explanation.
pub(crate) fn sections(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        out.push_str(&format!("  {}\n", section.heading.bold()));
        for line in &section.lines {
            out.push_str(&screen::labelled("-", line, 2 * INDENT, 2));
        }
    }
    out
}

/// How the vendor's services stood over time; empty when nobody saw anything.
pub(crate) fn matrix(matrix: &Matrix, site: &Site) -> String {
    let Some(picture) = wording::matrix::picture(matrix, site) else { return String::new() };
    let wide = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max();
    let service = wide(&mut picture.rows.iter().map(|row| row.service.as_str())).unwrap_or(0).min(SERVICE);
    let vantage = wide(&mut picture.rows.iter().map(|row| row.vantage)).unwrap_or(0);
    let pad = " ".repeat(2 * INDENT);
    let mut out = format!("  {}\n", picture.heading.bold());
    let (from, until) = (day_and_time(matrix.from), day_and_time(matrix.until()));
    for row in &picture.rows {
        let name: String = row.service.chars().take(service).collect();
        out.push_str(&format!("{pad}{name:<service$} {:<vantage$} {}\n", row.vantage, row.signs.trim_end()));
    }
    let margin = " ".repeat(service + vantage + 2);
    out.push_str(&format!("{pad}{margin}{from} .. {until}\n"));
    out.push_str(&screen::labelled("", &picture.legend, 2 * INDENT, 0));
    out
}

/// One incident: number, time, duration, title, which is wrapped under itself.
pub(crate) fn incident_line(incident: &Incident, site: &Site) -> String {
    let opened = day_and_time(incident.verdict.since);
    let state = wording::frame::state(incident, site.language);
    let title = wording::title(&incident.verdict.finding, site);
    let number = incident.id.to_string();
    let before = format!("{number:>5}  {opened}  {state:>10}  ");
    let margin = before.chars().count();
    let style = style(incident.verdict.finding.domain());
    let mut out = String::new();
    for (at, line) in screen::wrap(&title, screen::width().saturating_sub(margin)).iter().enumerate() {
        let before = if at == 0 { before.clone() } else { " ".repeat(margin) };
        out.push_str(&format!("{before}{}\n", line.style(style)));
    }
    out
}

/// `2022-02-20 17:00:12`
pub(crate) fn day_and_time(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or(text.clone(), |head| head.replace('T', " "))
}

/// One observation on one line.
pub(crate) fn observation_line(observation: &Observation, language: Language) -> String {
    let mut out = String::new();
    let (at, probe) = (day_and_time(observation.at), observation.probe.to_string());
    let millis = f64::from(observation.phases.total_us) / 1000.0;
    let end = match &observation.outcome {
        Outcome::Passed => format!("{} {millis:.1} ms", "ok".green()),
        Outcome::Failed { symptom, detail, .. } => {
            format!("{} {detail}", wording::symptom::phrase(*symptom, language).red())
        }
        Outcome::Missing { reason } => {
            let not_measured = format!("{}:", wording::frame::not_measured(language));
            format!("{} {}", not_measured.dimmed(), wording::frame::missing(*reason, language))
        }
    };
    writeln!(out, "{at}  {probe:<34} {end}").expect("writing to a string cannot fail");
    out
}

#[cfg(test)]
mod tests;
