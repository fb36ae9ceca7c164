//! The camera's own storage: `disks/list.cgi` and `disks/gethealth.cgi`.

use super::VapixError;
use crate::request::Request;
use crate::xml::{self, Element};

/// One place to record to; a camera lists its slot and its network share also while they are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// `SD_DISK`, `NetworkShare` and the like.
    pub id: String,
    pub state: DiskState,
    /// In kibibytes; zero while nothing is connected.
    pub total_kib: Option<u64>,
    pub free_kib: Option<u64>,
    pub full: Option<bool>,
    pub read_only: Option<bool>,
    pub locked: Option<bool>,
    pub filesystem: Option<String>,
    /// What the camera does when room runs short: `fifo` deletes the oldest.
    pub cleanup: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskState {
    Ok,
    /// No card, or a share that does not answer.
    Disconnected,
    Failed,
    /// In the camera's words.
    Other(String),
}

/// What the camera knows of a disk's age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskHealth {
    pub id: String,
    /// Of its expected life, in percent; can exceed 100. `None` for other than the vendor's own cards.
    pub wear_percent: Option<u32>,
    /// In degrees Celsius.
    pub temperature_c: Option<i32>,
    /// As it is given: 1 on the one healthy disk on record.
    pub overall_health: Option<i32>,
}

/// No camera has more.
const MOST: usize = 64;

pub fn disk_list_request() -> Request {
    Request::get("/axis-cgi/disks/list.cgi?diskid=all")
}

pub fn disk_health_request() -> Request {
    Request::get("/axis-cgi/disks/gethealth.cgi")
}

/// # Errors
/// The camera reports an error, or the bytes are no list of disks.
pub fn parse_disk_list(bytes: &[u8]) -> Result<Vec<Disk>, VapixError> {
    let root = read(bytes)?;
    let disks = root.find("disks").ok_or(VapixError::Empty)?;
    Ok(disks.all("disk").into_iter().take(MOST).filter_map(of_list).collect())
}

/// # Errors
/// The camera reports an error, or the bytes are no report of health.
pub fn parse_disk_health(bytes: &[u8]) -> Result<Vec<DiskHealth>, VapixError> {
    let root = read(bytes)?;
    let success = root.find("HealthStatusSuccess").ok_or(VapixError::Empty)?;
    Ok(success.all("HealthStatus").into_iter().take(MOST).filter_map(of_health).collect())
}

fn read(bytes: &[u8]) -> Result<Element, VapixError> {
    let root = xml::read(bytes)?;
    let Some(error) = root.find("GeneralError") else { return Ok(root) };
    Err(VapixError::Refused {
        code: error.number("ErrorCode").unwrap_or_default(),
        message: error.text_of("ErrorDescription").unwrap_or_default().to_owned(),
    })
}

fn of_list(disk: &Element) -> Option<Disk> {
    let text = |name| disk.attribute(name).map(str::to_owned);
    let number = |name| disk.attribute(name)?.parse().ok();
    // Documented in lower and seen in upper case.
    let yes = |name| match disk.attribute(name)?.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    };
    Some(Disk {
        id: text("diskid")?,
        state: DiskState::of(disk.attribute("status").unwrap_or_default()),
        total_kib: number("totalsize"),
        free_kib: number("freesize"),
        full: yes("full"),
        read_only: yes("readonly"),
        locked: yes("locked"),
        filesystem: text("filesystem"),
        cleanup: text("cleanuppolicy"),
    })
}

fn of_health(disk: &Element) -> Option<DiskHealth> {
    let number = |name| disk.attribute(name)?.parse::<i32>().ok();
    // Negative numbers say that there is no number.
    let measured = |name| number(name).filter(|number| *number >= 0);
    Some(DiskHealth {
        id: disk.attribute("diskid")?.to_owned(),
        wear_percent: number("wear").and_then(|wear| u32::try_from(wear).ok()),
        temperature_c: measured("temperature").map(|kelvin| kelvin - 273),
        overall_health: measured("overallhealth"),
    })
}

impl DiskState {
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "ok" => Self::Ok,
            "disconnected" => Self::Disconnected,
            "failed" => Self::Failed,
            _ => Self::Other(word.to_owned()),
        }
    }
}
