//! This host's clock against the `Date` of a web server.
//!
//! A server that cannot be reached says nothing about the clock.

use crate::fetch::{self, Lookup};
use crate::http::Take;
use crate::net::Net;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::clock::http_date_ms;
use std::time::Duration;

const MOST_OFFSET_MS: i64 = 60_000;

pub(crate) async fn examine(net: &Net, url: &str, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
    let url = fetch::parse(url)?;
    let response =
        fetch::get(net, &url, Lookup::Host, Take::Head, trace).await.map_err(|stop| match stop {
            Stop::Failed { .. } => Stop::Missing(MissingReason::Prerequisite),
            Stop::Missing(reason) => Stop::Missing(reason),
        })?;
    let now = at.plus(trace.elapsed());
    let date = response.headers.get(::http::header::DATE).and_then(|value| value.to_str().ok());
    let Some(theirs_ms) = date.and_then(http_date_ms) else {
        return Err(Stop::Missing(MissingReason::Prerequisite));
    };
    let offset_ms = theirs_ms - now.as_millis();
    trace.read(Reading::ClockOffsetMs(offset_ms));
    if offset_ms.abs() <= MOST_OFFSET_MS {
        return Ok(());
    }
    let apart = Duration::from_millis(offset_ms.unsigned_abs()).as_secs();
    let side = if offset_ms > 0 { "behind" } else { "ahead" };
    let detail = format!("this host's clock is {apart} s {side} of the web's");
    Err(Stop::failed(Phase::Content, Symptom::Clock, &detail))
}
