//! Which cameras hang together, as their failures show it: proposals to people, never used by themselves.

use crate::id::{CameraId, SegmentId};
use crate::time::Timestamp;

/// A time in which a camera answered nothing at all.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Silence {
    pub camera: CameraId,
    /// The first look without an answer.
    pub from: Timestamp,
    /// The last one.
    pub until: Timestamp,
}

/// The silences of all cameras in a stretch of the past.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// When the first and the last look at a camera was.
    pub from: Timestamp,
    pub to: Timestamp,
    pub silences: Vec<Silence>,
}

/// Cameras that fell silent together and came back together.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CoFailure {
    pub from: Timestamp,
    pub until: Timestamp,
    /// How many cameras of the site fell.
    pub cameras: usize,
}

/// What the past says about the configured segments.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Proposal {
    pub what: Relation,
    /// How much likelier this is than chance, after all that could have been asked was paid for.
    pub nats: f64,
    pub events: Vec<CoFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Relation {
    /// Cameras without a segment fall with each other.
    Together { cameras: Vec<CameraId> },
    /// Cameras without a segment fall with the cameras of one.
    Joins { segment: SegmentId, cameras: Vec<CameraId> },
    /// A camera falls with the cameras of another segment than its own.
    FallsWith { camera: CameraId, own: SegmentId, other: SegmentId },
    /// A camera answers while the cameras of its segment are silent together.
    StaysUp { camera: CameraId, own: SegmentId },
}
