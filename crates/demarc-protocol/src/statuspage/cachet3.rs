//! Cachet 3, <https://github.com/cachethq/core>: `GET /api/status` for the whole, and JSON:API lists at
//! `/api/components` and `/api/incidents`. Lists come in pages, of which only the first is read.

use super::value::{code, list, text};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage};
use serde_json::Value;

pub(super) fn is(document: &Value) -> bool {
    let status = document.pointer("/data/status").is_some_and(Value::is_string)
        && document.pointer("/data/message").is_some();
    let member = document.pointer("/data/0");
    let described = member.is_some_and(|member| member.pointer("/attributes/status").is_some());
    let empty = document.pointer("/data").and_then(Value::as_array).is_some_and(Vec::is_empty)
        && document.pointer("/links").is_some();
    status || described || empty
}

pub(super) fn read(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    if document.pointer("/data/status").is_some() {
        return Ok(Page {
            format: Format::Cachet3,
            overall: word(text(document, "/data/status")),
            headline: super::text::plain(text(document, "/data/message")),
            components: Vec::new(),
            incidents: Vec::new(),
            changed: Moment::Untold,
        });
    }
    let members = list(document, "/data")?;
    let (reports, components): (Vec<&Value>, Vec<&Value>) =
        members.into_iter().partition(|member| text(member, "/type").contains("incident"));
    let components: Vec<Component> = components
        .into_iter()
        .map(|component| {
            let level = level(code(component, "/attributes/status/value"));
            Component::new(text(component, "/attributes/name"), level)
        })
        .collect();
    let open = reports.into_iter().filter_map(|report| {
        let stage = stage(code(report, "/attributes/status/value"))?;
        let started = ["/attributes/occurred/string", "/attributes/created/string"];
        let started = Moment::of(report, &started, now_ms);
        let updated = Moment::of(report, &["/attributes/updated/string"], now_ms);
        Some(Incident::new(text(report, "/attributes/name"), stage, Level::Unknown, started, updated))
    });
    let incidents: Vec<Incident> = open.collect();
    Ok(Page {
        format: Format::Cachet3,
        overall: overall(document, &components),
        headline: String::new(),
        changed: Page::changed_or_newest(Moment::Untold, &incidents),
        components,
        incidents,
    })
}

/// A list that goes on elsewhere can tell of trouble, and not that all is well.
fn overall(document: &Value, components: &[Component]) -> Level {
    let more = document.pointer("/links/next").is_some_and(Value::is_string);
    let unread = more.then_some(Level::Unknown);
    Level::of_all(components.iter().map(|component| component.level).chain(unread))
}

fn word(word: &str) -> Level {
    match word {
        "operational" => Level::Operational,
        "partial_outage" => Level::PartialOutage,
        "major_outage" => Level::Outage,
        "under_maintenance" => Level::Maintenance,
        _ => Level::Unknown,
    }
}

fn level(code: Option<i64>) -> Level {
    match code {
        Some(1) => Level::Operational,
        Some(2) => Level::Degraded,
        Some(3) => Level::PartialOutage,
        Some(4) => Level::Outage,
        Some(6) => Level::Maintenance,
        _ => Level::Unknown,
    }
}

fn stage(code: Option<i64>) -> Option<Stage> {
    match code {
        Some(4) => None,
        Some(1) => Some(Stage::Investigating),
        Some(2) => Some(Stage::Identified),
        Some(3) => Some(Stage::Monitoring),
        _ => Some(Stage::Unknown),
    }
}
