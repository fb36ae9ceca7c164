//! How a camera is at the moment of a request.

use super::Camera;
use crate::clock;
use crate::fault::FaultKind;
use crate::layout::PASSWORD;
use crate::world::World;
use demarc_model::time::Timestamp;
use std::fmt;

/// Taken from the world once per request, so that one answer does not contradict itself.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) condition: Condition,
    pub(crate) access: Access,
    pub(crate) streaming: Streaming,
    pub(crate) sensor: Sensor,
    pub(crate) card: Card,
    pub(crate) role: Role,
    pub(crate) remote: Remote,
    pub(crate) serial: String,
    pub(crate) password: &'static str,
    /// The camera's own clock.
    pub(crate) time: Timestamp,
    pub(crate) booted: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Well,
    Booting,
    Overloaded,
}

/// The memory card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Card {
    Writable,
    ReadOnly,
}

/// What the account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Viewer,
    Administrator,
}

/// The camera's connection to its vendor's relays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// Waits for its button, and knows these.
    OneClick(String),
    Off,
}

impl Remote {
    /// As a command says it: `host:port,host:port`, or `off`.
    pub(crate) fn told(text: &str) -> Self {
        if text == "off" { Self::Off } else { Self::OneClick(text.to_owned()) }
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneClick(list) => f.write_str(list),
            Self::Off => f.write_str("off"),
        }
    }
}

/// What becomes of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Normal,
    /// Nobody is known.
    NoUsers,
    /// Refused before it is looked at.
    Locked,
    /// The web server wants the password in the clear.
    BasicOnly,
}

/// What comes of a stream that plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Streaming {
    Flowing,
    /// It plays, and no packet comes.
    Dead,
}

/// What a camera's snapshots come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sensor {
    Live,
    /// It delivers its last picture; the clock on it goes on.
    Frozen,
    /// It lives, and sees nothing.
    Dark,
}

impl State {
    pub(crate) fn of(camera: &Camera, world: &World) -> Self {
        let hit = |kind| world.camera_hit(kind, camera.index);
        let now = clock::now();
        let changed = hit(FaultKind::CameraPasswordChanged);
        Self {
            condition: condition(hit),
            access: access(hit),
            streaming: if hit(FaultKind::CameraStreamDead) { Streaming::Dead } else { Streaming::Flowing },
            sensor: sensor(hit),
            card: if hit(FaultKind::CameraStorageFailed) { Card::ReadOnly } else { Card::Writable },
            role: world.role,
            remote: world.remotes[camera.index].clone(),
            serial: if hit(FaultKind::CameraReplaced) {
                camera.plan.serial.replace("B8A44F", "ACCC8E")
            } else {
                camera.plan.serial.clone()
            },
            password: if changed { "staple" } else { PASSWORD },
            time: world.camera_time(camera.index, now),
            booted: world.booted[camera.index],
        }
    }

    /// Whether its clock shows the time.
    pub(crate) fn is_in_step(&self) -> bool {
        self.time.as_millis().abs_diff(clock::now().as_millis()) < 1_000
    }

    pub(crate) fn uptime_s(&self) -> u64 {
        clock::now().since(self.booted).as_secs()
    }
}

fn sensor(hit: impl Fn(FaultKind) -> bool) -> Sensor {
    if hit(FaultKind::CameraImageFrozen) {
        Sensor::Frozen
    } else if hit(FaultKind::CameraImageDark) {
        Sensor::Dark
    } else {
        Sensor::Live
    }
}

fn condition(hit: impl Fn(FaultKind) -> bool) -> Condition {
    if hit(FaultKind::CameraOverloaded) {
        Condition::Overloaded
    } else if hit(FaultKind::CameraRebooting) {
        Condition::Booting
    } else {
        Condition::Well
    }
}

fn access(hit: impl Fn(FaultKind) -> bool) -> Access {
    if hit(FaultKind::CameraFactoryReset) {
        Access::NoUsers
    } else if hit(FaultKind::CameraLockedOut) {
        Access::Locked
    } else if hit(FaultKind::CameraBasicOnly) {
        Access::BasicOnly
    } else {
        Access::Normal
    }
}
