//! Dahua cameras and those built on them (Amcrest, CP Plus): CGI with lines of text, read-only, with
//! HTTP Digest.

use crate::clock;
use crate::pairs::{self, Pairs};
use crate::request::Request;

/// `getSystemInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemInfo {
    /// `IPC-HDW5831R-ZE`; some firmware gives a number here and the name in `updateSerial`.
    pub device_type: Option<String>,
    pub update_serial: Option<String>,
    pub serial: Option<String>,
    pub hardware: Option<String>,
}

/// `getSoftwareVersion`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    pub version: String,
    /// The day on which it was built.
    pub build: Option<String>,
}

/// One disk or card of `getDeviceAllInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disk {
    pub name: Option<String>,
    pub state: DiskState,
    /// Whether one of its partitions reports an error.
    pub damaged: Option<bool>,
    /// Of all partitions together.
    pub total_bytes: u64,
    pub used_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DiskState {
    #[default]
    Unsaid,
    Ok,
    Degraded,
    Failed,
    /// In the device's words.
    Other(String),
}

/// Why an answer tells nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DahuaError {
    /// The device understood and declined, or does not know the call.
    #[error("the device reports {0:?}")]
    Refused(String),
    #[error("not an answer of lines")]
    Lines,
    #[error("another answer than the one asked for")]
    Unexpected,
}

const MOST_DISKS: usize = 64;

pub fn system_info_request() -> Request {
    Request::get("/cgi-bin/magicBox.cgi?action=getSystemInfo")
}

pub fn software_request() -> Request {
    Request::get("/cgi-bin/magicBox.cgi?action=getSoftwareVersion")
}

pub fn name_request() -> Request {
    Request::get("/cgi-bin/magicBox.cgi?action=getMachineName")
}

pub fn time_request() -> Request {
    Request::get("/cgi-bin/global.cgi?action=getCurrentTime")
}

pub fn storage_request() -> Request {
    Request::get("/cgi-bin/storageDevice.cgi?action=getDeviceAllInfo")
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_system_info(bytes: &[u8]) -> Result<SystemInfo, DahuaError> {
    let pairs = read(bytes)?;
    let text = |name| pairs.get(name).map(str::to_owned);
    let info = SystemInfo {
        device_type: text("deviceType"),
        update_serial: text("updateSerial"),
        serial: text("serialNumber"),
        hardware: text("hardwareVersion"),
    };
    let nothing = info.device_type.is_none() && info.update_serial.is_none() && info.serial.is_none();
    if nothing { Err(DahuaError::Unexpected) } else { Ok(info) }
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_software(bytes: &[u8]) -> Result<Software, DahuaError> {
    let pairs = read(bytes)?;
    let text = pairs.get("version").ok_or(DahuaError::Unexpected)?;
    let (version, build) = text.split_once(",build:").map_or((text, None), |(v, b)| (v, Some(b)));
    Ok(Software { version: version.trim().to_owned(), build: build.map(|day| day.trim().to_owned()) })
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_name(bytes: &[u8]) -> Result<String, DahuaError> {
    read(bytes)?.get("name").map(str::to_owned).ok_or(DahuaError::Unexpected)
}

/// What the device's own wall shows, as if it were UTC, in milliseconds since 1970; it does not say
/// in which zone. `None` for a time that cannot be.
///
/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_time(bytes: &[u8]) -> Result<Option<i64>, DahuaError> {
    read(bytes)?.get("result").map(clock::written_ms).ok_or(DahuaError::Unexpected)
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_storage(bytes: &[u8]) -> Result<Vec<Disk>, DahuaError> {
    let pairs = read(bytes)?;
    let mut disks: Vec<(usize, Disk)> = Vec::new();
    for (name, value) in &pairs.values {
        let Some((at, field)) = disk_field(name) else { continue };
        let known = disks.iter().position(|(number, _)| *number == at);
        let index = match known {
            Some(index) => index,
            None if disks.len() >= MOST_DISKS => continue,
            None => {
                disks.push((at, Disk::default()));
                disks.len() - 1
            }
        };
        if let Some((_, disk)) = disks.get_mut(index) {
            disk.take(field, value);
        }
    }
    if disks.is_empty() && !pairs.values.iter().any(|(name, _)| name == "list.info") {
        return Err(DahuaError::Unexpected);
    }
    Ok(disks.into_iter().map(|(_, disk)| disk).collect())
}

/// `list.info[0].Detail[1].TotalBytes` belongs to disk 0 and says `TotalBytes`.
fn disk_field(name: &str) -> Option<(usize, &str)> {
    let rest = name.strip_prefix("list.info[").or_else(|| name.strip_prefix("info["))?;
    let (number, rest) = rest.split_once(']')?;
    Some((number.parse().ok()?, rest.rsplit('.').next()?))
}

impl Disk {
    fn take(&mut self, field: &str, value: &str) {
        match field {
            "Name" => self.name = Some(value.to_owned()),
            "State" => self.state = DiskState::of(value),
            "TotalBytes" => self.total_bytes = self.total_bytes.saturating_add(bytes_of(value)),
            "UsedBytes" => self.used_bytes = self.used_bytes.saturating_add(bytes_of(value)),
            "IsError" => {
                let damaged = value.eq_ignore_ascii_case("true");
                self.damaged = Some(damaged || self.damaged == Some(true));
            }
            _ => {}
        }
    }
}

/// Whole bytes of `495636709376.000000`.
fn bytes_of(value: &str) -> u64 {
    value.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0)
}

impl DiskState {
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "success" | "normal" | "running" | "active" | "sleeping" | "ok" => Self::Ok,
            "degraded" => Self::Degraded,
            "failure" | "error" | "abnormal" => Self::Failed,
            _ => Self::Other(word.to_owned()),
        }
    }
}

fn read(bytes: &[u8]) -> Result<Pairs, DahuaError> {
    let pairs = pairs::read(bytes).ok_or(DahuaError::Lines)?;
    match pairs.other.first() {
        Some(line) if line.starts_with("Error") => Err(DahuaError::Refused(pairs.other.join(" "))),
        Some(_) if pairs.values.is_empty() => Err(DahuaError::Unexpected),
        Some(_) | None => Ok(pairs),
    }
}
