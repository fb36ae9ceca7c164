//! Better Stack, <https://betterstack.com/docs/uptime/status-pages/subscribing-to-status-updates/subscribing-to-api>:
//! `GET /index.json`, a JSON:API document of one `status_page` with its resources and reports beside it.

use super::value::{list, text};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage};
use serde_json::Value;

pub(super) fn is(document: &Value) -> bool {
    text(document, "/data/type") == "status_page"
}

pub(super) fn read(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    let included = list(document, "/included")?;
    let of_type = |kind: &'static str| included.iter().filter(move |member| text(member, "/type") == kind);
    let components = of_type("status_page_resource").map(|resource| {
        Component::new(text(resource, "/attributes/public_name"), level(text(resource, "/attributes/status")))
    });
    let open = of_type("status_report").filter(|report| !is_over(report, now_ms)).map(|report| {
        let impact = level(text(report, "/attributes/aggregate_state"));
        let stage = if impact == Level::Maintenance { Stage::UnderWay } else { Stage::Unknown };
        let started = Moment::of(report, &["/attributes/starts_at"], now_ms);
        let updated = Moment::of(report, &["/attributes/updated_at"], now_ms);
        Incident::new(text(report, "/attributes/title"), stage, impact, started, updated)
    });
    let incidents: Vec<Incident> = open.collect();
    let changed = Moment::of(document, &["/data/attributes/updated_at"], now_ms);
    Ok(Page {
        format: Format::BetterStack,
        overall: level(text(document, "/data/attributes/aggregate_state")),
        headline: super::text::plain(text(document, "/data/attributes/announcement")),
        components: components.collect(),
        changed: Page::changed_or_newest(changed, &incidents),
        incidents,
    })
}

/// A report that ended, or that is said to begin only later, is none that is open.
fn is_over(report: &Value, now_ms: i64) -> bool {
    let ended = Moment::of(report, &["/attributes/ends_at"], now_ms).millis().is_some();
    let resolved = text(report, "/attributes/aggregate_state") == "resolved";
    let planned = text(report, "/attributes/report_type") == "maintenance"
        && Moment::of(report, &["/attributes/starts_at"], now_ms) == Moment::Implausible;
    ended || resolved || planned
}

fn level(word: &str) -> Level {
    match word {
        "operational" => Level::Operational,
        "degraded" => Level::Degraded,
        "downtime" => Level::Outage,
        "maintenance" => Level::Maintenance,
        _ => Level::Unknown,
    }
}
