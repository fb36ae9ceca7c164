//! Reolink cameras: JSON commands over HTTP, read-only, within a session.
//!
//! A session begins with the password itself, so it is for TLS alone, and a camera has few of them:
//! whoever begins one has to end it.

use crate::clock;
use crate::hardware;
use crate::json::{self, JsonError};
use crate::request::Request;
use serde::de::DeserializeOwned;

/// What is asked within a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    DeviceInfo,
    Disks,
    Link,
    Time,
    Ntp,
    /// Remote access by way of the vendor.
    P2p,
    Performance,
}

/// A session: its token, and how long it lasts without use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub token: String,
    pub lease_s: u32,
}

/// `GetDevInfo`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct DeviceInfo {
    pub model: Option<String>,
    pub name: Option<String>,
    /// Zeroes on many cameras.
    pub serial: Option<String>,
    #[serde(rename = "firmVer")]
    pub firmware: Option<String>,
    #[serde(rename = "hardVer")]
    pub hardware: Option<String>,
    #[serde(rename = "diskNum")]
    pub disks: Option<u32>,
}

/// A card or disk of `GetHddInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// In mebibytes.
    pub capacity_mib: Option<u64>,
    /// As clients of others take `size`: what is left, in mebibytes.
    pub free_mib: Option<u64>,
    pub mounted: Option<bool>,
    pub formatted: Option<bool>,
}

/// `GetTime`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// What the camera's own wall shows, as if it were UTC, in milliseconds since 1970; summer time is
    /// in it when the camera observes that. `None` for a time that cannot be.
    pub local_ms: Option<i64>,
    /// Its zone in winter, east of Greenwich.
    pub zone_offset_s: Option<i64>,
}

/// `GetNtp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ntp {
    pub enabled: Option<bool>,
    pub server: Option<String>,
}

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReolinkError {
    /// The camera understood and declined.
    #[error("the camera reports {code}: {detail}")]
    Refused { why: Refusal, code: i64, detail: String },
    #[error("not a Reolink answer")]
    Json(#[from] JsonError),
    #[error("another answer than the one asked for")]
    Unexpected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Password,
    /// Too many wrong passwords: none is looked at for a while.
    Locked,
    /// The session is over.
    Session,
    /// All its sessions are taken.
    Crowded,
    NotOffered,
    Other,
}

const MOST: usize = 64;

/// Begins a session. The password stands in the body: for TLS alone.
pub fn login_request(username: &str, password: &str) -> Request {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (username, password) = (quoted(username), quoted(password));
    post("Login", "", &format!(r#"{{"User":{{"userName":{username},"password":{password}}}}}"#))
}

/// Ends a session.
pub fn logout_request(token: &str) -> Request {
    post("Logout", token, "{}")
}

pub fn request(command: Command, token: &str) -> Request {
    post(command.name(), token, "{}")
}

fn post(name: &str, token: &str, param: &str) -> Request {
    let token = if token.is_empty() { String::new() } else { format!("&token={}", word(token)) };
    let body = format!(r#"[{{"cmd":"{name}","action":0,"param":{param}}}]"#);
    Request::post(&format!("/cgi-bin/api.cgi?cmd={name}{token}"), "application/json", body)
}

/// Tokens are letters and digits; nothing else gets into the query.
fn word(token: &str) -> String {
    token.chars().filter(char::is_ascii_alphanumeric).take(128).collect()
}

impl Command {
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeviceInfo => "GetDevInfo",
            Self::Disks => "GetHddInfo",
            Self::Link => "GetLocalLink",
            Self::Time => "GetTime",
            Self::Ntp => "GetNtp",
            Self::P2p => "GetP2p",
            Self::Performance => "GetPerformance",
        }
    }
}

/// # Errors
/// The camera refuses the login, or the bytes are no such answer.
pub fn parse_login(bytes: &[u8]) -> Result<Session, ReolinkError> {
    let wire::Login { token } = read(bytes)?;
    Ok(Session { token: token.name, lease_s: token.lease_time.unwrap_or(0) })
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_device_info(bytes: &[u8]) -> Result<DeviceInfo, ReolinkError> {
    read::<wire::DevInfo>(bytes).map(|value| value.info)
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_disks(bytes: &[u8]) -> Result<Vec<Disk>, ReolinkError> {
    let value: wire::HddInfo = read(bytes)?;
    let disk = |disk: wire::Disk| Disk {
        capacity_mib: disk.capacity.and_then(whole),
        free_mib: disk.size.and_then(whole),
        mounted: disk.mount.map(|mount| mount != 0),
        formatted: disk.format.map(|format| format != 0),
    };
    Ok(value.disks.into_iter().take(MOST).map(disk).collect())
}

/// Twelve hexadecimal digits in upper case; `None` when there are none such.
///
/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_link(bytes: &[u8]) -> Result<Option<String>, ReolinkError> {
    read::<wire::Link>(bytes).map(|value| value.link.mac.as_deref().and_then(hardware::mac))
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_time(bytes: &[u8]) -> Result<Time, ReolinkError> {
    let wire::TimeValue { time } = read(bytes)?;
    Ok(Time {
        local_ms: clock::civil_ms([time.year, time.mon, time.day], [time.hour, time.min, time.sec]),
        // West is positive here.
        zone_offset_s: time.time_zone.and_then(i64::checked_neg),
    })
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_ntp(bytes: &[u8]) -> Result<Ntp, ReolinkError> {
    let wire::NtpValue { ntp } = read(bytes)?;
    Ok(Ntp { enabled: ntp.enable.map(|enable| enable != 0), server: ntp.server })
}

/// Whether remote access by way of the vendor is switched on; `None` where it is not said.
///
/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_p2p(bytes: &[u8]) -> Result<Option<bool>, ReolinkError> {
    read::<wire::P2pValue>(bytes).map(|value| value.p2p.enable.map(|enable| enable != 0))
}

/// Cards are given in mebibytes, sometimes with a fraction.
fn whole(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (0.0..1e12).contains(&number).then_some(number as u64)
}

/// The first answer of the list; an error counts also beside the code for success.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReolinkError> {
    let answers: Vec<wire::Answer> = json::read(bytes)?;
    let answer = answers.into_iter().next().ok_or(ReolinkError::Unexpected)?;
    match (answer.error, answer.value) {
        (Some(error), _) => Err(Refusal::explain(error)),
        (None, Some(value)) => serde_json::from_value(value).map_err(|_| ReolinkError::Unexpected),
        (None, None) => Err(ReolinkError::Unexpected),
    }
}

impl Refusal {
    fn explain(error: wire::Error) -> ReolinkError {
        let detail = error.detail.to_ascii_lowercase();
        let says = |text: &str| detail.contains(text);
        let why = if says("locked") {
            Self::Locked
        } else if says("max session") {
            Self::Crowded
        } else if says("please login first") {
            Self::Session
        } else if says("password wrong") || says("login failed") {
            Self::Password
        } else if says("not support") {
            Self::NotOffered
        } else {
            Self::Other
        };
        ReolinkError::Refused { why, code: error.rsp_code, detail: error.detail }
    }
}

mod wire {
    #[derive(serde::Deserialize)]
    pub(super) struct Answer {
        pub(super) value: Option<serde_json::Value>,
        pub(super) error: Option<Error>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Error {
        #[serde(default, rename = "rspCode")]
        pub(super) rsp_code: i64,
        #[serde(default)]
        pub(super) detail: String,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Login {
        #[serde(rename = "Token")]
        pub(super) token: Token,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Token {
        pub(super) name: String,
        #[serde(rename = "leaseTime")]
        pub(super) lease_time: Option<u32>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct DevInfo {
        #[serde(rename = "DevInfo")]
        pub(super) info: super::DeviceInfo,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct HddInfo {
        #[serde(rename = "HddInfo")]
        pub(super) disks: Vec<Disk>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Disk {
        pub(super) capacity: Option<f64>,
        pub(super) size: Option<f64>,
        pub(super) mount: Option<i64>,
        pub(super) format: Option<i64>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Link {
        #[serde(rename = "LocalLink")]
        pub(super) link: Mac,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Mac {
        pub(super) mac: Option<String>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct TimeValue {
        #[serde(rename = "Time")]
        pub(super) time: Time,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Time {
        pub(super) year: i64,
        pub(super) mon: i64,
        pub(super) day: i64,
        pub(super) hour: i64,
        pub(super) min: i64,
        pub(super) sec: i64,
        #[serde(rename = "timeZone")]
        pub(super) time_zone: Option<i64>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct NtpValue {
        #[serde(rename = "Ntp")]
        pub(super) ntp: Ntp,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Ntp {
        pub(super) enable: Option<i64>,
        pub(super) server: Option<String>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct P2pValue {
        #[serde(rename = "P2p")]
        pub(super) p2p: P2p,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct P2p {
        pub(super) enable: Option<i64>,
    }
}
