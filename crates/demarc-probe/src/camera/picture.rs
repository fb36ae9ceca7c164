//! Whether the picture lives and shows something: two small snapshots a moment apart, compared with
//! each other and with the camera's own past. No picture is kept.

use super::CameraClient;
use super::vapix::open_body;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::picture::{Grid, Habits, Impression, Past};
use demarc_protocol::vapix;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    past: Past,
    /// The place in [`SIZES`] of what the camera is asked for.
    size: usize,
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
        let first = self.snapshot(at, trace).await?;
        sleep_until(began + APART.min(trace.limits.total / 4)).await;
        let second = self.snapshot(at, trace).await?;
        let failed = |symptom, detail| Err(Stop::failed(Phase::Content, symptom, detail));
        match self.picture.past.judge(&first, second, at.as_millis()) {
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

    async fn snapshot(&mut self, at: Timestamp, trace: &mut Trace) -> Result<Grid, Stop> {
        let request = vapix::picture_request(SIZES[self.picture.size]);
        let answer = self.ask_vapix(&request, at, trace).await?;
        if answer.status != 400 {
            let body = open_body(&answer, "image.cgi", trace)?.unwrap_or_default();
            if let Ok(grid) = Grid::read(body) {
                return Ok(grid);
            }
        }
        // It may not have this size; another one is asked for next time.
        self.picture.size = (self.picture.size + 1) % SIZES.len();
        Err(Stop::Missing(MissingReason::NotOffered))
    }
}
