//! ONVIF: the clock, which needs no password, and what an account of level `User` may read.
//!
//! Values are taken from the SOAP body alone: some devices echo the caller's login in the header.
//! Elements are known by their local names: devices use prefixes they never bind.
//! Nothing here changes a device or reads what only an administrator may.

pub mod address;
pub mod media;
pub mod network;
mod question;
pub mod services;
mod token;

pub use question::{Dialect, Media, Question, request};
pub use token::UsernameToken;

use crate::clock;
use crate::xml::{self, Element, XmlError};

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T> {
    Answer(T),
    /// The device lives and declines.
    Fault(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Its reason in the device's words.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    NotAuthorized,
    NotSupported,
    /// Out of memory, or in need of a reset: the device says so itself.
    Unwell,
    Other,
}

/// The device's clock, in whole seconds (`GetSystemDateAndTime`; Core specification 8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceClock {
    /// In milliseconds since 1970. `None` when it gives no UTC time or one that cannot be.
    pub utc_ms: Option<i64>,
    /// What the device's own wall shows, as if it were UTC.
    pub local_ms: Option<i64>,
    /// POSIX, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub time_zone: Option<String>,
    pub source: ClockSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSource {
    Manual,
    Ntp,
    Unsaid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInformation {
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub firmware: Option<String>,
    /// `None` also when it says two different ones, or one that arrived damaged.
    pub serial: Option<String>,
    pub hardware: Option<String>,
}

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum OnvifError {
    #[error("not a SOAP answer")]
    Xml(#[from] XmlError),
    #[error("the SOAP body holds neither the answer nor a fault")]
    Unexpected,
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_clock(bytes: &[u8]) -> Result<Reply<DeviceClock>, OnvifError> {
    parse(bytes, "GetSystemDateAndTimeResponse", |answer| DeviceClock {
        utc_ms: answer.find("UTCDateTime").and_then(civil_ms),
        local_ms: answer.find("LocalDateTime").and_then(civil_ms),
        time_zone: answer.text_of("TZ").map(str::to_owned),
        source: match answer.text_of("DateTimeType") {
            Some("NTP") => ClockSource::Ntp,
            Some("Manual") => ClockSource::Manual,
            Some(_) | None => ClockSource::Unsaid,
        },
    })
}

impl DeviceClock {
    /// UTC as the device gives it or, where it leaves that out, worked out from its local time and zone:
    /// some firmware (HiKam, GWellTimes) gives only those.
    pub fn best_utc_ms(&self) -> Option<i64> {
        self.utc_ms.or_else(|| clock::utc_ms(self.local_ms?, self.time_zone.as_deref()?))
    }
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_information(bytes: &[u8]) -> Result<Reply<DeviceInformation>, OnvifError> {
    parse(bytes, "GetDeviceInformationResponse", |answer| {
        let text = |name| answer.text_of(name).map(str::to_owned);
        DeviceInformation {
            manufacturer: text("Manufacturer"),
            model: text("Model"),
            firmware: text("FirmwareVersion"),
            serial: answer.identity("SerialNumber").map(str::to_owned),
            hardware: text("HardwareId"),
        }
    })
}

fn parse<T>(bytes: &[u8], name: &str, take: impl FnOnce(&Element) -> T) -> Result<Reply<T>, OnvifError> {
    let envelope = xml::read(bytes)?;
    let body = envelope.child("Body").ok_or(OnvifError::Unexpected)?;
    if let Some(fault) = body.child("Fault") {
        return Ok(Reply::Fault(Fault::from_element(fault)));
    }
    body.child(name).map(|answer| Reply::Answer(take(answer))).ok_or(OnvifError::Unexpected)
}

/// The fault in an answer to any question; `None` for one that tells what was asked.
///
/// # Errors
/// The bytes are no SOAP answer.
pub fn parse_fault(bytes: &[u8]) -> Result<Option<Fault>, OnvifError> {
    let envelope = xml::read(bytes)?;
    let body = envelope.child("Body").ok_or(OnvifError::Unexpected)?;
    match body.child("Fault") {
        Some(fault) => Ok(Some(Fault::from_element(fault))),
        None if body.children.iter().any(|child| child.name.ends_with("Response")) => Ok(None),
        None => Err(OnvifError::Unexpected),
    }
}

fn civil_ms(time: &Element) -> Option<i64> {
    let field = |group: &str, name: &str| time.child(group)?.text_of(name)?.parse::<i64>().ok();
    let date = [field("Date", "Year")?, field("Date", "Month")?, field("Date", "Day")?];
    let clock = [field("Time", "Hour")?, field("Time", "Minute")?, field("Time", "Second")?];
    clock::civil_ms(date, clock)
}

impl Fault {
    fn from_element(fault: &Element) -> Self {
        let mut codes = Vec::new();
        fault.texts("Value", &mut codes);
        fault.texts("faultcode", &mut codes);
        let text = fault.text_of("Text").or_else(|| fault.text_of("faultstring")).unwrap_or_default();
        // Prefixes in codes are often unbound or misspelt; the local part is what devices agree on.
        let kinds =
            codes.iter().map(|code| FaultKind::from_code(code.rsplit(':').next().unwrap_or_default()));
        let named = kinds.reduce(|kept, next| if kept == FaultKind::Other { next } else { kept });
        let kind = match named.unwrap_or(FaultKind::Other) {
            FaultKind::Other if speaks_of_login(text) => FaultKind::NotAuthorized,
            kind => kind,
        };
        Self { kind, text: text.to_owned() }
    }
}

impl FaultKind {
    fn from_code(code: &str) -> Self {
        match code {
            "NotAuthorized" | "FailedAuthentication" | "InvalidSecurity" => Self::NotAuthorized,
            "ActionNotSupported" | "UnknownAction" => Self::NotSupported,
            "OutofMemory" | "CriticalError" => Self::Unwell,
            _ => Self::Other,
        }
    }
}

/// "Sender not Authorized", "Authority failure", "Invalid username or password!".
fn speaks_of_login(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("authori") || text.contains("password")
}

#[cfg(test)]
mod tests;
