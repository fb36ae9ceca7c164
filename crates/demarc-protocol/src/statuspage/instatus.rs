//! Instatus, <https://instatus.com>: `GET /summary.json`, and the components in `/v2/components.json`.
//! Lists that are empty are left out.

use super::value::{list, text};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage};
use serde_json::Value;

pub(super) fn is(document: &Value) -> bool {
    let summary = document.pointer("/page/status").is_some_and(Value::is_string);
    let components =
        document.get("page").is_none() && document.get("components").is_some_and(Value::is_array);
    document.get("status").is_none() && (summary || components)
}

pub(super) fn read(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    let components = list(document, "/components")?;
    let children = components.iter().map(|component| list(component, "/children"));
    let children = children.collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
    let components: Vec<Component> = components
        .iter()
        .copied()
        .chain(children)
        .map(|component| Component::new(text(component, "/name"), level(text(component, "/status"))))
        .collect();
    let open = list(document, "/activeIncidents")?.into_iter().filter_map(|incident| {
        let stage = stage(text(incident, "/status"))?;
        Some(entry(incident, stage, level(text(incident, "/impact")), "/started", now_ms))
    });
    let maintenance = list(document, "/activeMaintenances")?.into_iter();
    let maintenance = maintenance
        .filter(|maintenance| text(maintenance, "/status") == "INPROGRESS")
        .map(|maintenance| entry(maintenance, Stage::UnderWay, Level::Maintenance, "/start", now_ms));
    let incidents: Vec<Incident> = open.chain(maintenance).collect();
    Ok(Page {
        format: Format::Instatus,
        overall: overall(document, &components, &incidents),
        headline: incidents.first().map(|incident| incident.name.clone()).unwrap_or_default(),
        changed: Page::changed_or_newest(Moment::Untold, &incidents),
        components,
        incidents,
    })
}

/// `HASISSUES` says that there is trouble and not how much: as much as the incidents say, and at least some.
fn overall(document: &Value, components: &[Component], incidents: &[Incident]) -> Level {
    match document.pointer("/page/status").and_then(Value::as_str) {
        Some("UP") => Level::Operational,
        Some("UNDERMAINTENANCE") => Level::Maintenance,
        Some("HASISSUES") => {
            let admitted = Level::of_all(incidents.iter().map(|incident| incident.impact));
            match admitted {
                Level::PartialOutage | Level::Outage => admitted,
                Level::Operational | Level::Maintenance | Level::Degraded | Level::Unknown => Level::Degraded,
            }
        }
        Some(_) => Level::Unknown,
        None => Level::of_all(components.iter().map(|component| component.level)),
    }
}

fn entry(incident: &Value, stage: Stage, impact: Level, started: &str, now_ms: i64) -> Incident {
    let started = Moment::of(incident, &[started], now_ms);
    let updated = Moment::of(incident, &["/updatedAt"], now_ms);
    Incident::new(text(incident, "/name"), stage, impact, started, updated)
}

fn level(word: &str) -> Level {
    match word {
        "OPERATIONAL" => Level::Operational,
        "DEGRADEDPERFORMANCE" => Level::Degraded,
        "PARTIALOUTAGE" => Level::PartialOutage,
        "MAJOROUTAGE" => Level::Outage,
        "UNDERMAINTENANCE" => Level::Maintenance,
        _ => Level::Unknown,
    }
}

fn stage(word: &str) -> Option<Stage> {
    match word {
        "RESOLVED" => None,
        "INVESTIGATING" => Some(Stage::Investigating),
        "IDENTIFIED" => Some(Stage::Identified),
        "MONITORING" => Some(Stage::Monitoring),
        _ => Some(Stage::Unknown),
    }
}
