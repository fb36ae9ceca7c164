//! Axis cameras: the read-only VAPIX requests that show whether one is alive, who it is, whether it
//! knows our password, and how it does.
//!
//! Refused: everything that changes a camera, and `oak.cgi`, which hands out the owner's key.

pub mod boot;
pub mod discover;
pub mod disks;
pub mod network;
mod params;
pub mod remote;
pub mod temperature;
pub mod time;
pub mod vantage;

pub use params::{Params, param_list_request, parse_params};

use crate::json::{self, JsonError};
use crate::request::Request;
use crate::xml::XmlError;
use serde::de::DeserializeOwned;

/// A header of this name is sent by a camera in factory state: it has no users.
pub const SETUP_HEADER: &str = "axis-setup";

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum VapixError {
    /// The camera understood and declined.
    #[error("the camera reports error {code}: {message}")]
    Refused { code: i64, message: String },
    #[error("not a VAPIX answer")]
    Json(#[from] JsonError),
    #[error("neither data nor an error in the answer")]
    Empty,
    #[error("{0:?} is neither yes nor no")]
    Word(String),
    #[error("not a list of a user and its groups")]
    Groups,
    #[error("not a list of parameters")]
    Params,
    #[error("not the XML of a VAPIX answer")]
    Xml(#[from] XmlError),
    #[error("not the text of a VAPIX answer")]
    Text,
}

/// `systemready.cgi`, which needs no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemReady {
    pub readiness: Readiness,
    pub setup: Setup,
    /// Absent before AXIS OS 11.
    pub uptime_s: Option<u64>,
    /// Changes with every start.
    pub boot_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    Starting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    Done,
    /// The camera has no users.
    Needed,
}

/// `basicdeviceinfo.cgi`, which needs no password unless the administrator says so.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// The hardware address without colons.
    pub serial_number: Option<String>,
    pub brand: Option<String>,
    pub prod_nbr: Option<String>,
    pub prod_full_name: Option<String>,
    /// Of the firmware.
    pub version: Option<String>,
    #[serde(rename = "HardwareID")]
    pub hardware_id: Option<String>,
}

/// `usergroup.cgi`: the least privileged request that proves a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGroups {
    pub user: String,
    pub groups: Vec<String>,
}

/// The camera may hold the answer for `hold_s` seconds while it starts.
pub fn system_ready_request(hold_s: u8) -> Request {
    let body = format!(
        r#"{{"apiVersion":"1.1","context":"demarc","method":"systemready","params":{{"timeout":{hold_s}}}}}"#
    );
    Request::post("/axis-cgi/systemready.cgi", "application/json", body)
}

pub fn identity_request() -> Request {
    let body = r#"{"apiVersion":"1.0","context":"demarc","method":"getAllUnrestrictedProperties"}"#;
    Request::post("/axis-cgi/basicdeviceinfo.cgi", "application/json", body.to_owned())
}

pub fn login_request() -> Request {
    Request::get("/axis-cgi/usergroup.cgi")
}

/// A snapshot of about this size, compressed so little that the sensor's noise is left in it.
///
/// A camera has the sizes of its `Properties.Image.Resolution`, and answers others with a text.
pub fn picture_request(size: &str) -> Request {
    Request::get(&format!("/axis-cgi/jpg/image.cgi?resolution={size}&compression=10"))
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_system_ready(bytes: &[u8]) -> Result<SystemReady, VapixError> {
    let data: wire::SystemReady = parse_envelope(bytes)?;
    Ok(SystemReady {
        readiness: if is_yes(&data.systemready)? { Readiness::Ready } else { Readiness::Starting },
        setup: if data.needsetup.as_deref().map_or(Ok(false), is_yes)? { Setup::Needed } else { Setup::Done },
        uptime_s: data.uptime.and_then(|text| text.trim().parse().ok()),
        boot_id: data.bootid,
    })
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_identity(bytes: &[u8]) -> Result<Identity, VapixError> {
    parse_envelope::<wire::PropertyList>(bytes).map(|data| data.property_list)
}

/// # Errors
/// The bytes are not a line with a name and a line with groups.
pub fn parse_user_groups(bytes: &[u8]) -> Result<UserGroups, VapixError> {
    let text = std::str::from_utf8(bytes).map_err(|_| VapixError::Groups)?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(user), Some(groups), None) = (lines.next(), lines.next(), lines.next()) else {
        return Err(VapixError::Groups);
    };
    if text.contains('<') || user.contains(' ') {
        return Err(VapixError::Groups);
    }
    let groups = groups.split_whitespace().map(str::to_owned).collect();
    Ok(UserGroups { user: user.to_owned(), groups })
}

fn parse_envelope<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, VapixError> {
    let envelope: wire::Envelope<T> = json::read(bytes)?;
    match envelope {
        wire::Envelope { error: Some(error), .. } => {
            Err(VapixError::Refused { code: error.code, message: error.message })
        }
        wire::Envelope { data: Some(data), .. } => Ok(data),
        wire::Envelope { .. } => Err(VapixError::Empty),
    }
}

fn is_yes(word: &str) -> Result<bool, VapixError> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(VapixError::Word(word.to_owned())),
    }
}

/// Every field of the envelope is optional: cameras leave out `method` and `context` as they please.
mod wire {
    #[derive(serde::Deserialize)]
    pub(super) struct Envelope<T> {
        pub(super) data: Option<T>,
        pub(super) error: Option<Error>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Error {
        pub(super) code: i64,
        #[serde(default)]
        pub(super) message: String,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct SystemReady {
        pub(super) systemready: String,
        pub(super) needsetup: Option<String>,
        pub(super) uptime: Option<String>,
        pub(super) bootid: Option<String>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct PropertyList {
        pub(super) property_list: super::Identity,
    }
}

#[cfg(test)]
mod tests;
