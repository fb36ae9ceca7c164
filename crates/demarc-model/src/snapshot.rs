//! Snapshots of cameras that are kept as evidence.

use crate::id::CameraId;
use crate::time::Timestamp;

/// One picture, as the camera sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraSnapshot {
    pub camera: CameraId,
    pub at: Timestamp,
    pub shows: Shows,
    pub jpeg: Vec<u8>,
}

/// What was found when a camera's picture was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    Good,
    Frozen,
    Dark,
}

impl Shows {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Frozen => "frozen",
            Self::Dark => "dark",
        }
    }
}
