//! A device in the place of a camera, accepted by a person: told to the running service, or written down
//! for the next start.

use crate::config::Config;
use crate::control::{self, ControlError, Order, Reply};
use crate::run::database;
use demarc_model::id::CameraId;
use demarc_model::identity::Identity;
use demarc_store::identity::Met;
use demarc_store::{Store, StoreError};
use std::path::Path;

/// Who a camera was, and who it is from now on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Accepted {
    pub camera: CameraId,
    pub before: Identity,
    pub now: Identity,
}

/// Why nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error("there is no camera `{camera}`; configured are: {}", list(known))]
    UnknownCamera { camera: String, known: Vec<CameraId> },
    #[error(
        "there is nothing to accept at `{camera}`: no other device was seen at its address; \
         `demarc history {camera}` lists what was"
    )]
    Nothing { camera: CameraId },
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(known: &[CameraId]) -> String {
    known.iter().map(CameraId::as_str).collect::<Vec<_>>().join(", ")
}

/// Tells the running service that the device at a camera's address is the camera.
///
/// # Errors
/// No service runs ([`ControlError::NotRunning`]), there is no such camera, or no other device was seen.
pub fn tell(state_dir: &Path, camera: &CameraId) -> Result<Accepted, AcceptError> {
    let camera = camera.clone();
    match control::tell(state_dir, &Order::Accept(camera.clone()))? {
        Reply::Accepted { before, now } => Ok(Accepted { camera, before, now }),
        Reply::NothingToAccept => Err(AcceptError::Nothing { camera }),
        Reply::UnknownCamera { known } => {
            Err(AcceptError::UnknownCamera { camera: camera.to_string(), known })
        }
    }
}

/// Writes down, while no service runs, that the device last seen at a camera's address is the camera.
///
/// # Errors
/// There is no such camera, no other device was seen, or the history cannot be written.
pub async fn write_down(
    config: &Config,
    state_dir: &Path,
    camera: &CameraId,
) -> Result<Accepted, AcceptError> {
    if !config.cameras.iter().any(|own| own.id == *camera) {
        let known = config.cameras.iter().map(|own| own.id.clone()).collect();
        return Err(AcceptError::UnknownCamera { camera: camera.to_string(), known });
    }
    let nothing = || AcceptError::Nothing { camera: camera.clone() };
    let file = database(state_dir);
    if !file.exists() {
        return Err(nothing());
    }
    let store = Store::open(&file)?.store;
    let met = store.reader().identities()?.into_iter().find(|met| met.camera == *camera);
    let (before, stranger) = met.and_then(|met| Some((met.pinned, met.stranger?))).ok_or_else(nothing)?;
    let now = before.accepting(&stranger);
    let saved = Met { camera: camera.clone(), pinned: now.clone(), stranger: None };
    store.save_identities(vec![saved]).await?;
    store.close().await?;
    Ok(Accepted { camera: camera.clone(), before, now })
}
