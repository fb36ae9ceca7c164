//! Whether the picture lives and shows something: two small snapshots a moment apart, compared with
//! each other and with the camera's own past. No picture is kept, unless the user wants evidence.

mod album;

use super::CameraClient;
use super::onvif::{Located, Wanted};
use super::storage::offered;
use super::vapix::open_body;
use super::vendor::Keeping;
use crate::trace::{Stop, Trace};
use album::{Album, Shot};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::snapshot::{CameraSnapshot, Shows};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::session::Session;
use demarc_protocol::picture::{Grid, Habits, Impression, Past};
use demarc_protocol::request::Request;
use demarc_protocol::vapix;
use demarc_protocol::vendor::Vendor;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    past: Past,
    /// The place in [`SIZES`] of what the camera is asked for.
    size: usize,
    /// It has no pictures by VAPIX.
    is_elsewhere: bool,
    /// At the one URL of its snapshots: Hikvision binds a nonce to its URL.
    session: Session,
    album: Album,
}

impl Memory {
    pub(super) const fn session(&mut self) -> &mut Session {
        &mut self.session
    }
}

/// From small to large: the smallest that a camera has will do, and nearly all have the first.
const SIZES: [&str; 4] = ["160x120", "160x90", "320x240", "640x480"];
/// Longer than between two frames of a slow camera.
const APART: Duration = Duration::from_secs(1);

impl CameraClient {
    /// What is usual of the camera's pictures so far.
    pub const fn habits(&self) -> &Habits {
        self.picture.past.habits()
    }

    /// Carries what is usual of the camera's pictures over a restart of the agent. To be called before
    /// the first probe.
    pub fn restore_habits(&mut self, habits: Habits) {
        self.picture.past = Past::of(habits);
    }

    pub(super) async fn look(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let began = Instant::now();
        let (first, shot) = self.snapshot(at, trace).await?;
        sleep_until(began + APART.min(trace.limits.total / 4)).await;
        let (second, next_shot) = self.snapshot(at, trace).await?;
        let failed = |symptom, detail| Err(Stop::failed(Phase::Content, symptom, detail));
        let impression = self.picture.past.judge(&first, second, at.as_millis());
        if let (true, Some(shows)) = (self.spec.keep_snapshots, shows(impression)) {
            self.picture.album.add(shows, [shot, next_shot]);
        }
        match impression {
            Impression::Good => Ok(()),
            Impression::Doubtful => Err(Stop::Missing(MissingReason::Undecided)),
            Impression::Frozen => {
                failed(Symptom::Frozen, "the picture stands still; at most a clock on it goes on")
            }
            Impression::Dark => {
                failed(Symptom::Dark, "the picture shows nothing: it is dark, covered or of one colour")
            }
        }
    }

    /// What is to be kept as evidence since this was asked last; nothing, unless the user wants that.
    pub fn take_snapshots(&mut self) -> Vec<CameraSnapshot> {
        self.picture.album.take(&self.spec.id)
    }

    /// The picture as it is judged, and as it came.
    async fn snapshot(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(Grid, Shot), Stop> {
        if let Some(path) = self.spec.picture_path.clone() {
            let grid = self.snapshot_at(&path, at, trace).await?;
            return grid.ok_or(Stop::Missing(MissingReason::NotOffered));
        }
        if !self.picture.is_elsewhere && !self.is_foreign() {
            return self.snapshot_by_vapix(at, trace).await;
        }
        match self.locate(Wanted::Snapshot, at, trace).await? {
            // To ask for it took as many requests as a camera is sent in a minute.
            Located { is_new: true, .. } => Err(Stop::Missing(MissingReason::Undecided)),
            Located { path, is_new: false } => {
                let grid = self.snapshot_at(&path, at, trace).await?;
                if grid.is_none() {
                    self.misplaced(Wanted::Snapshot, at);
                }
                grid.ok_or(Stop::Missing(MissingReason::NotOffered))
            }
        }
    }

    /// `None` for what is no picture that can be judged.
    async fn snapshot_at(
        &mut self,
        path: &str,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Option<(Grid, Shot)>, Stop> {
        let answer = self.ask_web(Keeping::Pictures, &Request::get(path), at, trace).await?;
        match answer.status {
            400 => Ok(None),
            _ => match offered(&answer, "a snapshot") {
                Ok(body) => Ok(Grid::read(body).ok().map(|grid| (grid, shot(body, at, trace)))),
                Err(Stop::Missing(_)) => Ok(None),
                Err(stop) => Err(stop),
            },
        }
    }

    async fn snapshot_by_vapix(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(Grid, Shot), Stop> {
        let request = vapix::picture_request(SIZES[self.picture.size]);
        let answer = self.ask_vapix(&request, at, trace).await?;
        // One that has not said whose it is may be any vendor's.
        self.picture.is_elsewhere = answer.status == 404 && self.vendor() != Some(Vendor::Axis);
        if answer.status != 400 {
            let body = open_body(&answer, "image.cgi", trace)?.unwrap_or_default();
            if let Ok(grid) = Grid::read(body) {
                return Ok((grid, shot(body, at, trace)));
            }
        }
        // It may not have this size; another one is asked for next time.
        self.picture.size = (self.picture.size + 1) % SIZES.len();
        Err(Stop::Missing(MissingReason::NotOffered))
    }
}

fn shot(jpeg: &[u8], began: Timestamp, trace: &Trace) -> Shot {
    Shot { at: began.plus(trace.elapsed()), jpeg: jpeg.to_vec() }
}

/// What is certain of a picture.
const fn shows(impression: Impression) -> Option<Shows> {
    match impression {
        Impression::Good => Some(Shows::Good),
        Impression::Frozen => Some(Shows::Frozen),
        Impression::Dark => Some(Shows::Dark),
        Impression::Doubtful => None,
    }
}
