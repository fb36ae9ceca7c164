//! Atlassian Statuspage, <https://www.atlassian.com/software/statuspage>: `GET /api/v2/summary.json`,
//! or `status.json` and `components.json` beside it. Rootly writes `/api/v1/status.json` in the same shape.

use super::value::{list, text};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage};
use serde_json::Value;

pub(super) fn is(document: &Value) -> bool {
    let page = document.get("page").is_some_and(Value::is_object);
    let components = document.get("components").is_some() && document.pointer("/page/status").is_none();
    page && (document.pointer("/status/indicator").is_some() || components)
}

pub(super) fn read(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    let components = list(document, "/components")?.into_iter();
    let components = components
        .map(|component| Component::new(text(component, "/name"), level(text(component, "/status"))));
    let open = list(document, "/incidents")?.into_iter().filter_map(|incident| {
        let times = &["/started_at", "/created_at"];
        Some(entry(incident, stage(text(incident, "/status"))?, times, now_ms))
    });
    let maintenance = list(document, "/scheduled_maintenances")?.into_iter().filter(is_under_way);
    let maintenance =
        maintenance.map(|incident| entry(incident, Stage::UnderWay, &["/scheduled_for"], now_ms));
    let incidents: Vec<Incident> = open.chain(maintenance).collect();
    let changed = Moment::of(document, &["/page/updated_at"], now_ms);
    Ok(Page {
        format: Format::Statuspage,
        overall: impact(text(document, "/status/indicator"), Level::Operational),
        headline: super::text::plain(text(document, "/status/description")),
        components: components.collect(),
        changed: Page::changed_or_newest(changed, &incidents),
        incidents,
    })
}

fn entry(incident: &Value, stage: Stage, started: &[&str], now_ms: i64) -> Incident {
    let impact = impact(text(incident, "/impact"), Level::Unknown);
    let started = Moment::of(incident, started, now_ms);
    let updated = Moment::of(incident, &["/updated_at"], now_ms);
    Incident::new(text(incident, "/name"), stage, impact, started, updated)
}

/// Indicators and impacts have the same words; only `none` differs: a page with no trouble is
/// operational, an incident without impact is of unknown weight.
fn impact(word: &str, none: Level) -> Level {
    match word {
        "none" => none,
        "minor" => Level::Degraded,
        "major" => Level::PartialOutage,
        "critical" => Level::Outage,
        "maintenance" => Level::Maintenance,
        _ => Level::Unknown,
    }
}

fn level(word: &str) -> Level {
    match word {
        "operational" => Level::Operational,
        "degraded_performance" => Level::Degraded,
        "partial_outage" => Level::PartialOutage,
        "major_outage" => Level::Outage,
        "under_maintenance" => Level::Maintenance,
        _ => Level::Unknown,
    }
}

/// Nothing for an incident that is over.
fn stage(word: &str) -> Option<Stage> {
    match word {
        "resolved" | "postmortem" | "completed" => None,
        "investigating" => Some(Stage::Investigating),
        "identified" => Some(Stage::Identified),
        "monitoring" => Some(Stage::Monitoring),
        _ => Some(Stage::Unknown),
    }
}

fn is_under_way(maintenance: &&Value) -> bool {
    matches!(text(maintenance, "/status"), "in_progress" | "verifying")
}
