//! The REST interfaces of AXIS OS 11 and later: which there are (`/config/discover`), and whether the
//! camera tells strangers who it is.

use super::VapixError;
use crate::json;
use crate::request::Request;

/// One version of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    pub name: String,
    /// `v1`, `v2beta`.
    pub generation: String,
    pub state: Option<String>,
    pub version: Option<String>,
    /// Where it is asked.
    pub path: Option<String>,
}

const MOST: usize = 512;

pub fn discover_request() -> Request {
    Request::get("/config/discover")
}

/// Who may ask for the identity; needs a login itself.
pub fn anonymous_identity_request() -> Request {
    Request::get("/config/rest/basic-device-info/v2")
}

/// In the order of their names.
///
/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_discover(bytes: &[u8]) -> Result<Vec<Api>, VapixError> {
    let answer: wire::Discover = json::read(bytes)?;
    let apis = match (answer.apis, answer.error) {
        (Some(apis), _) => apis,
        (None, Some(error)) => return Err(error.into()),
        (None, None) => return Err(VapixError::Empty),
    };
    let all = apis.into_iter().flat_map(|(name, generations)| {
        generations.into_iter().map(move |(generation, api)| Api {
            name: name.clone(),
            generation,
            state: api.state,
            version: api.version,
            path: api.rest_api,
        })
    });
    Ok(all.take(MOST).collect())
}

/// Whether `basicdeviceinfo.cgi` answers without a password.
///
/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_anonymous_identity(bytes: &[u8]) -> Result<bool, VapixError> {
    let answer: wire::Rest<wire::Anonymous> = json::read(bytes)?;
    match (answer.data, answer.error) {
        (_, Some(error)) => Err(error.into()),
        (Some(data), None) => Ok(data.allow_anonymous),
        (None, None) => Err(VapixError::Empty),
    }
}

impl From<wire::Error> for VapixError {
    fn from(error: wire::Error) -> Self {
        Self::Refused { code: error.code, message: error.message }
    }
}

mod wire {
    use std::collections::BTreeMap;

    #[derive(serde::Deserialize)]
    pub(super) struct Discover {
        pub(super) apis: Option<BTreeMap<String, BTreeMap<String, Api>>>,
        pub(super) error: Option<Error>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Api {
        pub(super) rest_api: Option<String>,
        pub(super) state: Option<String>,
        pub(super) version: Option<String>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Rest<T> {
        pub(super) data: Option<T>,
        pub(super) error: Option<Error>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Anonymous {
        pub(super) allow_anonymous: bool,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Error {
        #[serde(default)]
        pub(super) code: i64,
        #[serde(default)]
        pub(super) message: String,
    }
}
