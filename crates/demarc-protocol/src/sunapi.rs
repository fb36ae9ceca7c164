//! Hanwha cameras: SUNAPI, read-only, with HTTP Digest.
//!
//! An answer is lines of text, or JSON where that is asked for. What storage says beyond its state, and
//! the call for the time, are not known well enough to be read.

use crate::hardware;
use crate::json::{self, JsonError};
use crate::pairs;
use crate::request::Request;

/// `deviceinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    pub model: Option<String>,
    pub serial: Option<String>,
    pub firmware: Option<String>,
    pub device_type: Option<String>,
    pub name: Option<String>,
    /// Twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
}

/// One entry of `storageinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    pub enabled: Option<bool>,
    pub kind: Option<String>,
    pub state: StorageState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageState {
    /// Nothing in the slot, or the state is not said.
    Empty,
    Failed,
    Formatting,
    /// In the device's words; the words for a healthy card are not on record.
    Other(String),
}

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum SunapiError {
    /// The device understood and declined.
    #[error("the device reports error {code}: {message}")]
    Refused { code: i64, message: String },
    #[error("not a SUNAPI answer")]
    Json(#[from] JsonError),
    #[error("another answer than the one asked for")]
    Unexpected,
}

const MOST: usize = 64;

pub fn device_info_request() -> Request {
    in_json("/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view")
}

pub fn storage_request() -> Request {
    in_json("/stw-cgi/system.cgi?msubmenu=storageinfo&action=view")
}

fn in_json(target: &str) -> Request {
    let headers = vec![("accept", "application/json".to_owned())];
    Request { headers, ..Request::get(target) }
}

/// Reads both forms: some firmware answers in lines whatever it is asked for.
///
/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_device_info(bytes: &[u8]) -> Result<DeviceInfo, SunapiError> {
    let info = if bytes.trim_ascii_start().starts_with(b"{") {
        let answer: wire::DeviceInfo = json::read(bytes)?;
        refuse(answer.error)?;
        DeviceInfo {
            model: answer.model,
            serial: answer.serial_number,
            firmware: answer.firmware_version,
            device_type: answer.device_type,
            name: answer.device_name,
            mac: answer.connected_mac.as_deref().and_then(hardware::mac),
        }
    } else {
        lines(bytes)?
    };
    let nothing = info.model.is_none() && info.serial.is_none();
    if nothing { Err(SunapiError::Unexpected) } else { Ok(info) }
}

fn lines(bytes: &[u8]) -> Result<DeviceInfo, SunapiError> {
    let pairs = pairs::read(bytes).ok_or(SunapiError::Unexpected)?;
    let text = |name| pairs.get(name).map(str::to_owned);
    Ok(DeviceInfo {
        model: text("Model"),
        serial: text("SerialNumber"),
        firmware: text("FirmwareVersion"),
        device_type: text("DeviceType"),
        name: text("DeviceName"),
        mac: pairs.get("ConnectedMACAddress").and_then(hardware::mac),
    })
}

/// # Errors
/// The device reports an error, or the bytes are no such answer.
pub fn parse_storage(bytes: &[u8]) -> Result<Vec<Storage>, SunapiError> {
    let answer: wire::Storages = json::read(bytes)?;
    refuse(answer.error)?;
    let storages = answer.storages.ok_or(SunapiError::Unexpected)?;
    Ok(storages.into_iter().take(MOST).map(Storage::from_wire).collect())
}

fn refuse(error: Option<wire::Error>) -> Result<(), SunapiError> {
    match error {
        Some(error) => Err(SunapiError::Refused { code: error.code, message: error.details }),
        None => Ok(()),
    }
}

impl Storage {
    fn from_wire(storage: wire::Storage) -> Self {
        let word = storage.status.unwrap_or_default();
        let state = match word.trim() {
            "" => StorageState::Empty,
            "Error" => StorageState::Failed,
            "Formatting" => StorageState::Formatting,
            word => StorageState::Other(word.to_owned()),
        };
        Self { enabled: storage.enable, kind: storage.kind, state }
    }
}

mod wire {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct DeviceInfo {
        pub(super) model: Option<String>,
        pub(super) serial_number: Option<String>,
        pub(super) firmware_version: Option<String>,
        pub(super) device_type: Option<String>,
        pub(super) device_name: Option<String>,
        #[serde(rename = "ConnectedMACAddress")]
        pub(super) connected_mac: Option<String>,
        pub(super) error: Option<Error>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct Storages {
        pub(super) storages: Option<Vec<Storage>>,
        pub(super) error: Option<Error>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct Storage {
        pub(super) enable: Option<bool>,
        #[serde(rename = "Storage", alias = "Type")]
        pub(super) kind: Option<String>,
        pub(super) status: Option<String>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct Error {
        #[serde(default)]
        pub(super) code: i64,
        #[serde(default)]
        pub(super) details: String,
    }
}
