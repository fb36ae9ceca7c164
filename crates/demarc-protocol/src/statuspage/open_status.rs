//! OpenStatus, <https://www.openstatus.dev>: `GET https://api.openstatus.dev/public/status/<slug>`, one
//! word for the whole page and nothing else.

use super::value::text;
use super::{Format, Level, Moment, Page, PageError};
use serde_json::Value;

/// Any interface might answer with a `status`: only the words of this one tell.
pub(super) fn is(document: &Value) -> bool {
    let others = ["page", "data", "result", "components"];
    let word = text(document, "/status");
    others.iter().all(|member| document.get(member).is_none())
        && (word == "unknown" || level(word) != Level::Unknown)
}

#[expect(clippy::unnecessary_wraps, reason = "all readers have one signature")]
pub(super) fn read(document: &Value, _now_ms: i64) -> Result<Page, PageError> {
    let word = text(document, "/status");
    Ok(Page {
        format: Format::OpenStatus,
        overall: level(word),
        headline: super::text::plain(word),
        components: Vec::new(),
        incidents: Vec::new(),
        changed: Moment::Untold,
    })
}

/// `incident` says that there is one and not how bad it is: at least something is degraded.
fn level(word: &str) -> Level {
    match word {
        "operational" => Level::Operational,
        "degraded_performance" | "incident" => Level::Degraded,
        "partial_outage" => Level::PartialOutage,
        "major_outage" => Level::Outage,
        "under_maintenance" => Level::Maintenance,
        _ => Level::Unknown,
    }
}
