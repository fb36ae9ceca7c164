//! Cachet 2: `GET /api/v1/components` and `/api/v1/incidents`. Lists come in pages of twenty, of which
//! only the first is read.

use super::value::{code, list, text};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage};
use serde_json::Value;

pub(super) fn is(document: &Value) -> bool {
    let listed = document.get("data").is_some_and(Value::is_array);
    listed && document.pointer("/meta/pagination").is_some()
}

pub(super) fn read(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    let members = list(document, "/data")?;
    let (components, reports): (Vec<&Value>, Vec<&Value>) =
        members.into_iter().partition(|member| member.get("status_name").is_some());
    let components: Vec<Component> = components
        .into_iter()
        .map(|component| Component::new(text(component, "/name"), level(code(component, "/status"))))
        .collect();
    let open = reports.into_iter().filter_map(|report| {
        let stage = stage(code(report, "/status"))?;
        let started = Moment::of(report, &["/occurred_at", "/created_at"], now_ms);
        let updated = Moment::of(report, &["/updated_at"], now_ms);
        Some(Incident::new(text(report, "/name"), stage, Level::Unknown, started, updated))
    });
    let incidents: Vec<Incident> = open.collect();
    Ok(Page {
        format: Format::Cachet2,
        overall: overall(document, &components),
        headline: String::new(),
        changed: Page::changed_or_newest(Moment::Untold, &incidents),
        components,
        incidents,
    })
}

/// A list that goes on elsewhere can tell of trouble, and not that all is well.
fn overall(document: &Value, components: &[Component]) -> Level {
    let complete = code(document, "/meta/pagination/total_pages").is_some_and(|pages| pages <= 1);
    let unread = (!complete).then_some(Level::Unknown);
    Level::of_all(components.iter().map(|component| component.level).chain(unread))
}

fn level(code: Option<i64>) -> Level {
    match code {
        Some(1) => Level::Operational,
        Some(2) => Level::Degraded,
        Some(3) => Level::PartialOutage,
        Some(4) => Level::Outage,
        _ => Level::Unknown,
    }
}

/// Nothing for what is fixed and for maintenance that is only planned.
fn stage(code: Option<i64>) -> Option<Stage> {
    match code {
        Some(0 | 4) => None,
        Some(1) => Some(Stage::Investigating),
        Some(2) => Some(Stage::Identified),
        Some(3) => Some(Stage::Monitoring),
        _ => Some(Stage::Unknown),
    }
}
