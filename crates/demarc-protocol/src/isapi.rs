//! Hikvision cameras: ISAPI, read-only, with HTTP Digest.
//!
//! Refused: the verification code that stands in the answer about the cloud, and everything that
//! changes a device.

use crate::clock;
use crate::hardware;
use crate::request::Request;
use crate::xml::{self, Element, XmlError};

/// `/ISAPI/System/deviceInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    pub name: Option<String>,
    pub model: Option<String>,
    /// The model, a date and the number in one; `None` when it is said twice and differently.
    pub serial: Option<String>,
    /// Twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
    pub firmware: Option<String>,
    pub build: Option<String>,
    /// `IPCamera`, `NVR` and the like.
    pub device_type: Option<String>,
}

/// `/ISAPI/System/time`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    pub source: TimeSource,
    /// In milliseconds since 1970; `None` without an offset in the time: what the zone says about
    /// summer time is not POSIX, though it looks so.
    pub utc_ms: Option<i64>,
    /// What the device's own wall shows, as if it were UTC.
    pub local_ms: Option<i64>,
    pub zone: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeSource {
    Ntp,
    Manual,
    Other,
}

/// A disk, card or network share of `/ISAPI/ContentMgmt/Storage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    pub id: String,
    pub place: Place,
    pub name: Option<String>,
    pub state: VolumeState,
    /// In mebibytes.
    pub capacity_mib: Option<u64>,
    pub free_mib: Option<u64>,
    pub read_only: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Device,
    Network,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeState {
    Ok,
    /// At rest until it is needed.
    Asleep,
    Unformatted,
    Formatting,
    Failed,
    Offline,
    /// In the device's words.
    Other(String),
}

/// The device's own word on its cloud: `/ISAPI/System/Network/EZVIZ`, and the same for ISUP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    pub enabled: Option<bool>,
    /// Whether it is registered there now.
    pub registered: Option<bool>,
    /// Whether an account has taken it over.
    pub bound: Option<bool>,
    pub host: Option<String>,
}

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum IsapiError {
    /// The device understood and declined.
    #[error("the device reports {code}, {reason}")]
    Refused { code: u32, reason: String },
    #[error("not an ISAPI answer")]
    Xml(#[from] XmlError),
    #[error("another ISAPI answer than the one asked for")]
    Unexpected,
}

/// A recorder has no more.
const MOST: usize = 64;

pub fn device_info_request() -> Request {
    Request::get("/ISAPI/System/deviceInfo")
}

pub fn time_request() -> Request {
    Request::get("/ISAPI/System/time")
}

pub fn storage_request() -> Request {
    Request::get("/ISAPI/ContentMgmt/Storage")
}

pub fn cloud_request() -> Request {
    Request::get("/ISAPI/System/Network/EZVIZ")
}

/// For devices that register with a platform of their owner (EHome, ISUP).
pub fn platform_request() -> Request {
    Request::get("/ISAPI/System/Network/Ehome")
}

/// The least that proves a password. A refusal says how many tries are left: see [`crate::lockout`].
pub fn login_request() -> Request {
    Request::get("/ISAPI/Security/userCheck")
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_device_info(bytes: &[u8]) -> Result<DeviceInfo, IsapiError> {
    let info = read(bytes, "DeviceInfo")?;
    let text = |name| info.text_of(name).map(str::to_owned);
    Ok(DeviceInfo {
        name: text("deviceName"),
        model: text("model"),
        serial: info.identity("serialNumber").map(str::to_owned),
        mac: info.text_of("macAddress").and_then(hardware::mac),
        firmware: text("firmwareVersion"),
        build: text("firmwareReleasedDate"),
        device_type: text("deviceType"),
    })
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_time(bytes: &[u8]) -> Result<Time, IsapiError> {
    let time = read(bytes, "Time")?;
    let written = time.text_of("localTime").unwrap_or_default();
    Ok(Time {
        source: match time.text_of("timeMode") {
            Some("NTP") => TimeSource::Ntp,
            Some("manual") => TimeSource::Manual,
            Some(_) | None => TimeSource::Other,
        },
        utc_ms: clock::rfc3339_ms(written),
        local_ms: written.get(..19).and_then(clock::written_ms),
        zone: time.text_of("timeZone").map(str::to_owned),
    })
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_storage(bytes: &[u8]) -> Result<Vec<Volume>, IsapiError> {
    let root = xml::read(bytes)?;
    refuse(&root)?;
    // Recorders spell the list of disks in three ways; an empty list is a camera without a card.
    if !["storage", "Storage", "hddList", "HDDList"].contains(&root.name.as_str()) {
        return Err(IsapiError::Unexpected);
    }
    let kinds = [("hdd", Place::Device), ("HDD", Place::Device), ("nas", Place::Network)];
    let found = kinds
        .iter()
        .flat_map(|(name, place)| root.all(name).into_iter().filter_map(|volume| of_volume(volume, *place)));
    Ok(found.take(MOST).collect())
}

fn of_volume(volume: &Element, place: Place) -> Option<Volume> {
    let name = volume.text_of("hddName").or_else(|| volume.text_of("path"));
    Some(Volume {
        id: volume.text_of("id")?.to_owned(),
        place,
        name: name.map(str::to_owned),
        state: VolumeState::of(volume.text_of("status").unwrap_or_default()),
        capacity_mib: volume.number("capacity"),
        free_mib: volume.number("freeSpace"),
        read_only: match volume.text_of("property") {
            Some("RW") => Some(false),
            Some("RO") => Some(true),
            Some(_) | None => None,
        },
    })
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_cloud(bytes: &[u8]) -> Result<Cloud, IsapiError> {
    let root = xml::read(bytes)?;
    refuse(&root)?;
    if !["EZVIZ", "Ehome", "EHome"].contains(&root.name.as_str()) {
        return Err(IsapiError::Unexpected);
    }
    let host = ["hostName", "ipAddress"].iter().find_map(|name| root.text_of(name));
    Ok(Cloud {
        enabled: root.flag("enabled"),
        registered: root.flag("registerStatus"),
        bound: root.flag("bindStatus"),
        host: host.map(str::to_owned),
    })
}

/// Whether the answer to [`login_request`] takes the password.
///
/// # Errors
/// The bytes are no such answer.
pub fn parse_login(bytes: &[u8]) -> Result<bool, IsapiError> {
    let check = read(bytes, "userCheck")?;
    check.number::<u16>("statusValue").map(|status| status == 200).ok_or(IsapiError::Unexpected)
}

fn read(bytes: &[u8], name: &str) -> Result<Element, IsapiError> {
    let root = xml::read(bytes)?;
    refuse(&root)?;
    if root.name == name { Ok(root) } else { Err(IsapiError::Unexpected) }
}

/// `ResponseStatus` says no, in the place of any answer.
fn refuse(root: &Element) -> Result<(), IsapiError> {
    if root.name != "ResponseStatus" {
        return Ok(());
    }
    let reason = root.text_of("subStatusCode").or_else(|| root.text_of("statusString"));
    let code = root.number("statusCode").unwrap_or_default();
    Err(IsapiError::Refused { code, reason: reason.unwrap_or_default().to_owned() })
}

impl VolumeState {
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "ok" | "normal" => Self::Ok,
            "sleeping" | "idle" => Self::Asleep,
            "unformatted" => Self::Unformatted,
            "formatting" => Self::Formatting,
            "error" | "abnormal" | "smartfailed" => Self::Failed,
            "offline" | "notexist" => Self::Offline,
            _ => Self::Other(word.to_owned()),
        }
    }
}
