//! Which snapshots are worth keeping as evidence.

use demarc_model::id::CameraId;
use demarc_model::snapshot::{CameraSnapshot, Shows};
use demarc_model::time::Timestamp;

/// Larger ones are judged and not kept; what is asked for is a few kilobytes.
const MOST_BYTES: usize = 256 * 1024;

/// A picture and when it was taken.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub(super) at: Timestamp,
    pub(super) jpeg: Vec<u8>,
}

/// The snapshots around each change between a good picture and a bad one.
#[derive(Debug, Default)]
pub(super) struct Album {
    last_good: Option<Shot>,
    /// What the pictures show since when they last changed; good until they first do.
    bad: Option<Shows>,
    kept: Vec<(Shows, Shot)>,
}

impl Album {
    /// Takes the two pictures of a look. Those that show what the look before showed are no news.
    pub(super) fn add(&mut self, shows: Shows, [first, second]: [Shot; 2]) {
        let bad = (shows != Shows::Good).then_some(shows);
        if std::mem::replace(&mut self.bad, bad) == bad {
            self.last_good = if bad.is_none() { Some(second) } else { self.last_good.take() };
            return;
        }
        match bad {
            Some(_) => {
                let before = self.last_good.take().map(|shot| (Shows::Good, shot));
                self.keep(before.into_iter().chain([(shows, first), (shows, second)]));
            }
            None => {
                self.keep([(shows, second.clone())]);
                self.last_good = Some(second);
            }
        }
    }

    fn keep(&mut self, shots: impl IntoIterator<Item = (Shows, Shot)>) {
        self.kept.extend(shots.into_iter().filter(|(_, shot)| shot.jpeg.len() <= MOST_BYTES));
    }

    /// What is to be kept and was not handed out yet.
    pub(super) fn take(&mut self, camera: &CameraId) -> Vec<CameraSnapshot> {
        let named = |(shows, Shot { at, jpeg })| CameraSnapshot { camera: camera.clone(), at, shows, jpeg };
        std::mem::take(&mut self.kept).into_iter().map(named).collect()
    }
}
