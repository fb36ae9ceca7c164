//! The camera's clock and what sets it: `time.cgi` and `ntp.cgi`, which any user may ask.

use super::{VapixError, parse_envelope};
use crate::clock;
use crate::request::Request;

/// `getDateTimeInfo` of `time.cgi`, deprecated in AXIS OS 13.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTime {
    /// In milliseconds since 1970, in whole seconds; `None` for a time that cannot be.
    pub utc_ms: Option<i64>,
    /// POSIX, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub posix_zone: Option<String>,
}

/// `getNTPInfo` of `ntp.cgi`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ntp {
    pub enabled: Option<bool>,
    /// Whether the camera follows a server now.
    pub synced: Option<bool>,
    /// The camera's clock against the server's as the camera estimates it, in microseconds.
    pub offset_us: Option<i64>,
    /// The servers in force: those of DHCP or those set by hand.
    pub servers: Vec<String>,
    pub next_sync_s: Option<u64>,
}

pub fn date_time_request() -> Request {
    let body = r#"{"apiVersion":"1.0","context":"demarc","method":"getDateTimeInfo"}"#;
    Request::post("/axis-cgi/time.cgi", "application/json", body.to_owned())
}

pub fn ntp_request() -> Request {
    let body = r#"{"apiVersion":"1.0","context":"demarc","method":"getNTPInfo"}"#;
    Request::post("/axis-cgi/ntp.cgi", "application/json", body.to_owned())
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_date_time(bytes: &[u8]) -> Result<DateTime, VapixError> {
    let data: wire::DateTime = parse_envelope(bytes)?;
    Ok(DateTime {
        utc_ms: data.date_time.as_deref().and_then(clock::rfc3339_ms),
        posix_zone: data.posix_time_zone.filter(|zone| !zone.is_empty()),
    })
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_ntp(bytes: &[u8]) -> Result<Ntp, VapixError> {
    let wire::Ntp { client } = parse_envelope(bytes)?;
    let by_hand = client.servers_source.as_deref() == Some("static");
    Ok(Ntp {
        enabled: client.enabled,
        synced: client.synced,
        offset_us: client.time_offset.and_then(micros),
        servers: if by_hand { client.static_servers } else { client.advertised_servers },
        next_sync_s: client.time_to_next_sync.and_then(|seconds| u64::try_from(seconds).ok()),
    })
}

/// An offset of more than 68 years is none.
fn micros(seconds: f64) -> Option<i64> {
    let micros = (seconds * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (micros.abs() < 2.2e15).then_some(micros as i64)
}

mod wire {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct DateTime {
        pub(super) date_time: Option<String>,
        pub(super) posix_time_zone: Option<String>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Ntp {
        pub(super) client: Client,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Client {
        pub(super) enabled: Option<bool>,
        pub(super) servers_source: Option<String>,
        #[serde(default)]
        pub(super) static_servers: Vec<String>,
        #[serde(default)]
        pub(super) advertised_servers: Vec<String>,
        pub(super) synced: Option<bool>,
        pub(super) time_to_next_sync: Option<i64>,
        pub(super) time_offset: Option<f64>,
    }
}
