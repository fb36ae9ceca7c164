//! Status.io, <https://status.io>: `GET https://api.status.io/1.0/status/<id>`.

use super::value::{code, list, text};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage};
use serde_json::Value;

pub(super) fn is(document: &Value) -> bool {
    document.pointer("/result/status_overall").is_some_and(Value::is_object)
}

pub(super) fn read(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    let components = list(document, "/result/status")?.into_iter();
    let components = components
        .map(|component| Component::new(text(component, "/name"), level(code(component, "/status_code"))));
    let open = list(document, "/result/incidents")?.into_iter();
    let open = open.map(|incident| entry(incident, None, now_ms)).collect::<Result<Vec<_>, _>>()?;
    let maintenance = list(document, "/result/maintenance/active")?.into_iter();
    let maintenance = maintenance.map(|incident| entry(incident, Some(Stage::UnderWay), now_ms));
    let maintenance = maintenance.collect::<Result<Vec<_>, _>>()?;
    let incidents: Vec<Incident> = open.into_iter().chain(maintenance).flatten().collect();
    let changed = Moment::of(document, &["/result/status_overall/updated"], now_ms);
    Ok(Page {
        format: Format::StatusIo,
        overall: level(code(document, "/result/status_overall/status_code")),
        headline: super::text::plain(text(document, "/result/status_overall/status")),
        components: components.collect(),
        changed: Page::changed_or_newest(changed, &incidents),
        incidents,
    })
}

/// An incident as its newest message has it; nothing when that calls it resolved.
fn entry(incident: &Value, stage: Option<Stage>, now_ms: i64) -> Result<Option<Incident>, PageError> {
    let messages = list(incident, "/messages")?;
    let told = |message: &&&Value| Moment::of(message, &["/datetime"], now_ms).millis();
    let newest = messages.iter().max_by_key(told);
    let state = newest.and_then(|message| code(message, "/state"));
    let stage = match (stage, state) {
        (Some(stage), _) => stage,
        (None, Some(400)) => return Ok(None),
        (None, Some(100)) => Stage::Investigating,
        (None, Some(200)) => Stage::Identified,
        (None, Some(300)) => Stage::Monitoring,
        (None, Some(_) | None) => Stage::Unknown,
    };
    let impact = match stage {
        Stage::UnderWay => Level::Maintenance,
        _ => newest.map_or(Level::Unknown, |message| level(code(message, "/status"))),
    };
    let started = Moment::of(incident, &["/datetime_open"], now_ms);
    let updated = newest.map_or(Moment::Untold, |message| Moment::of(message, &["/datetime"], now_ms));
    Ok(Some(Incident::new(text(incident, "/name"), stage, impact, started, updated)))
}

/// A security event says that something was broken into, and with that that something is wrong.
fn level(code: Option<i64>) -> Level {
    match code {
        Some(100) => Level::Operational,
        Some(200) => Level::Maintenance,
        Some(300) => Level::Degraded,
        Some(400) => Level::PartialOutage,
        Some(500 | 600) => Level::Outage,
        _ => Level::Unknown,
    }
}
