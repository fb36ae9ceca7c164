//! `demarc incidents`, `demarc history` and `demarc explain`: what the store remembers.

use super::Context;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::{screen, view};
use demarc_agent::clock::Clock;
use demarc_agent::past::{
    HistoryFilter, IncidentFilter, IncidentState, ReadStore, SnapshotFilter, StoreError, matrix, open,
};
use demarc_alert::wording::{self, Report, frame};
use demarc_model::fault::{CameraCause, Domain, Fault};
use demarc_model::id::IncidentId;
use demarc_model::incident::Incident;
use demarc_model::observation::Outcome;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;
use std::time::Duration;

/// The last good picture before an incident is not older.
const BEFORE: Duration = Duration::from_hours(1);

pub(super) fn store(context: &Context) -> Result<ReadStore, Failure> {
    open(&context.state_dir).map_err(failed)
}

pub(super) fn failed(error: StoreError) -> Failure {
    Failure::new(Exit::Io, error)
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(Exit::Software, error))?;
    Ok(screen::line(&text)?)
}

pub(crate) fn incidents(context: &Context, arguments: &cli::Incidents) -> Result<Exit, Failure> {
    let state = if arguments.open { IncidentState::Open } else { IncidentState::All };
    let filter = IncidentFilter { state, from: Timestamp::default(), most: arguments.most };
    let incidents = store(context)?.incidents(filter).map_err(failed)?;
    if context.json {
        json(&incidents)?;
        return Ok(Exit::Healthy);
    }
    let site = context.site();
    if incidents.is_empty() {
        screen::line(frame::no_incidents(site.language))?;
    }
    for incident in &incidents {
        screen::print(&view::incident_line(incident, &site))?;
    }
    Ok(Exit::Healthy)
}

pub(crate) fn explain(context: &Context, number: Option<u64>) -> Result<Exit, Failure> {
    let store = store(context)?;
    let found = match number {
        Some(number) => store.incident(IncidentId(number)).map_err(failed)?,
        None => {
            let newest = IncidentFilter { state: IncidentState::All, from: Timestamp::default(), most: 1 };
            store.incidents(newest).map_err(failed)?.into_iter().next()
        }
    };
    let Some(incident) = found else { return nothing(context, number) };
    let transitions = store.transitions(incident.id).map_err(failed)?;
    let site = context.site();
    let matrix = match incident.verdict.finding.domain() {
        // Nothing of the vendor's is in question.
        Domain::Camera | Domain::Segment | Domain::Lan | Domain::Agent | Domain::Healthy => None,
        Domain::Gateway
        | Domain::Line
        | Domain::Dns
        | Domain::Interception
        | Domain::Vendor
        | Domain::Undetermined => Some(matrix(&store, &site, &incident, Clock::new().now()).map_err(failed)?),
    };
    if context.json {
        json(&serde_json::json!({ "incident": incident, "transitions": transitions, "matrix": matrix }))?;
        return Ok(Exit::Healthy);
    }
    screen::print(&explanation(&incident, &site))?;
    if let Some(line) = evidence(&store, &incident, &site)? {
        screen::line(&format!("  {line}"))?;
    }
    if let Some(matrix) = &matrix {
        screen::print(&view::matrix(matrix, &site))?;
    }
    screen::line(&format!("\n  {}", frame::life(site.language)))?;
    for transition in &transitions {
        let step = frame::step(transition.step, site.language);
        let title = wording::title(&transition.incident.verdict.finding, &site);
        let when = format!("{}  {step:<8} ", view::day_and_time(transition.at));
        screen::print(&screen::labelled(&when, &title, 4, when.chars().count()))?;
    }
    Ok(Exit::Healthy)
}

/// Where the pictures are that show what an incident is about.
fn evidence(store: &ReadStore, incident: &Incident, site: &Site) -> Result<Option<String>, Failure> {
    let Finding::Fault(Fault::Camera { camera, cause }) = &incident.verdict.finding else { return Ok(None) };
    if !matches!(cause, CameraCause::ImageFrozen | CameraCause::ImageDark) {
        return Ok(None);
    }
    let from = incident.verdict.since.minus(BEFORE);
    let to = incident.closed.unwrap_or(Clock::new().now());
    let filter = SnapshotFilter { camera: Some(camera.clone()), from, to };
    let kept = store.snapshots(&filter).map_err(failed)?.len();
    Ok((kept > 0).then(|| frame::snapshots_kept(kept, camera, site.language)))
}

/// No such incident is the caller's mistake; none at all is good news.
fn nothing(context: &Context, number: Option<u64>) -> Result<Exit, Failure> {
    match number {
        Some(number) => {
            let text = format!("there is no incident #{number}; `demarc incidents` lists them");
            Err(Failure::said(Exit::Usage, text))
        }
        None if context.json => json(&serde_json::Value::Null).map(|()| Exit::Healthy),
        None => Ok(screen::line("No incidents.").map(|()| Exit::Healthy)?),
    }
}

fn explanation(incident: &Incident, site: &Site) -> String {
    // The sections say all of what the report says in short.
    let report = wording::report(incident, site, Clock::new().now());
    let title = format!("{} {}", incident.id, report.title);
    let report = Report { title, reasons: Vec::new(), ..report };
    let block = view::report(&report, incident.verdict.finding.domain(), 0);
    let sections = view::sections(&wording::explain(&incident.verdict, site));
    let detected = frame::detected(&incident.verdict, site.language);
    let lag = frame::page_lag(incident, site.language).map(|lag| format!("  {lag}\n")).unwrap_or_default();
    format!("{block}\n{sections}  {detected}\n{lag}")
}

pub(crate) fn history(context: &Context, arguments: &cli::History) -> Result<Exit, Failure> {
    let now = Clock::new().now();
    let back = span(&arguments.since)?;
    let (kind, subject) = about(arguments.about.as_deref());
    let filter = HistoryFilter { kind, subject, from: now.minus(back), to: now, most: arguments.most };
    let mut observations = store(context)?.history(&filter).map_err(failed)?;
    if arguments.failed {
        observations.retain(|o| matches!(o.outcome, Outcome::Failed { .. }));
    }
    if context.json {
        json(&observations)?;
        return Ok(Exit::Healthy);
    }
    let language = context.site().language;
    if observations.is_empty() {
        if arguments.failed {
            screen::line("Nothing failed in that time; --since looks further back.")?;
        } else {
            screen::line(frame::nothing_observed(language))?;
        }
    }
    for observation in &observations {
        screen::print(&view::observation_line(observation, language))?;
    }
    Ok(Exit::Healthy)
}

/// A probe, a kind of probe, or the subject of probes.
fn about(text: Option<&str>) -> (Option<ProbeKind>, Option<String>) {
    let Some(text) = text else { return (None, None) };
    if let Ok(probe) = text.parse::<ProbeId>() {
        let subject = (!probe.subject.is_empty()).then(|| probe.subject.to_string());
        return (Some(probe.kind), subject);
    }
    match ProbeKind::ALL.into_iter().find(|kind| kind.name() == text) {
        Some(kind) => (Some(kind), None),
        None => (None, Some(text.to_owned())),
    }
}

pub(super) fn span(text: &str) -> Result<Duration, Failure> {
    read_span(text)
        .ok_or_else(|| Failure::said(Exit::Usage, format!("{text:?} is no time; write 30m, 12h or 7d")))
}

fn read_span(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}
