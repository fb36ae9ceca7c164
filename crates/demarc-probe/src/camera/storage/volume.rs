//! A disk, card or share, whoever made the camera.

use demarc_protocol::vapix::disks::{Disk, DiskState};
use demarc_protocol::{dahua, isapi, reolink, sunapi};

pub(super) struct Volume {
    pub(super) name: String,
    pub(super) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Works,
    /// It is there and nothing can be recorded to it, for this reason.
    Unfit(&'static str),
    /// Nothing is in its place.
    Absent,
    /// Being made ready, asleep, or in words that nobody has written down.
    Unclear,
}

const FAILED: Standing = Standing::Unfit("reports that it failed");
const READ_ONLY: Standing = Standing::Unfit("is read-only: nothing is recorded");

impl Volume {
    /// A full disk is as it should be where the oldest recordings make room.
    pub(super) fn of_axis(disk: &Disk) -> Self {
        let standing = match &disk.state {
            DiskState::Failed => FAILED,
            DiskState::Disconnected => Standing::Absent,
            DiskState::Ok if disk.read_only == Some(true) => READ_ONLY,
            DiskState::Ok if disk.full == Some(true) && disk.cleanup.as_deref() != Some("fifo") => {
                Standing::Unfit("is full, and the camera deletes nothing")
            }
            DiskState::Ok => Standing::Works,
            DiskState::Other(_) => Standing::Unclear,
        };
        Self { name: disk.id.clone(), standing }
    }

    /// How full it is says nothing: whether the oldest makes room is not told.
    pub(super) fn of_hikvision(volume: &isapi::Volume) -> Self {
        let standing = match &volume.state {
            isapi::VolumeState::Failed => FAILED,
            isapi::VolumeState::Offline => Standing::Absent,
            isapi::VolumeState::Ok | isapi::VolumeState::Asleep if volume.read_only == Some(true) => {
                READ_ONLY
            }
            isapi::VolumeState::Ok | isapi::VolumeState::Asleep => Standing::Works,
            isapi::VolumeState::Unformatted
            | isapi::VolumeState::Formatting
            | isapi::VolumeState::Other(_) => Standing::Unclear,
        };
        let place = match volume.place {
            isapi::Place::Device => "disk",
            isapi::Place::Network => "network share",
        };
        Self { name: format!("{place} {}", volume.id), standing }
    }

    pub(super) fn of_dahua(disk: &dahua::Disk) -> Self {
        let standing = match &disk.state {
            dahua::DiskState::Failed => FAILED,
            _ if disk.damaged == Some(true) => Standing::Unfit("reports a damaged partition"),
            dahua::DiskState::Ok | dahua::DiskState::Degraded => Standing::Works,
            // Older firmware says the sizes alone.
            dahua::DiskState::Unsaid if disk.total_bytes > 0 => Standing::Works,
            dahua::DiskState::Unsaid | dahua::DiskState::Other(_) => Standing::Unclear,
        };
        Self { name: disk.name.clone().unwrap_or_else(|| "disk".to_owned()), standing }
    }

    /// An empty slot is an empty list. How full a card is says nothing: the oldest makes room.
    pub(super) fn all_of_reolink(disks: &[reolink::Disk]) -> Vec<Self> {
        let standing = |disk: &reolink::Disk| match (disk.formatted, disk.mounted) {
            (Some(false), _) | (_, None) => Standing::Unclear,
            (_, Some(true)) => Standing::Works,
            (_, Some(false)) => Standing::Absent,
        };
        let standings = disks.iter().map(standing).chain(disks.is_empty().then_some(Standing::Absent));
        let named = |(at, standing)| Self { name: format!("card {}", at + 1), standing };
        standings.enumerate().map(named).collect()
    }

    /// The word for a card that is well is not on record, so a word that is none of the others is taken
    /// for one.
    pub(super) fn of_hanwha(storage: &sunapi::Storage) -> Self {
        let standing = match &storage.state {
            _ if storage.enabled == Some(false) => Standing::Unclear,
            sunapi::StorageState::Failed => FAILED,
            sunapi::StorageState::Empty => Standing::Absent,
            sunapi::StorageState::Formatting => Standing::Unclear,
            sunapi::StorageState::Other(_) => Standing::Works,
        };
        Self { name: storage.kind.clone().unwrap_or_else(|| "storage".to_owned()), standing }
    }
}
