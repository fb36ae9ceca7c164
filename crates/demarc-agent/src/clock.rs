//! The one clock of the agent: monotonic between two looks at the wall clock.

use demarc_model::time::Timestamp;
use std::time::{Duration, Instant, SystemTime};

/// The wall clock may differ from ours by this much before we follow it.
const TOLERATED: Duration = Duration::from_secs(2);

/// Wall time that advances with the monotonic clock, so that setting the wall clock neither ages nor
/// rejuvenates evidence.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    anchor: Instant,
    wall: Timestamp,
}

impl Clock {
    #[expect(clippy::new_without_default, reason = "reading the time is no empty value")]
    pub fn new() -> Self {
        Self { anchor: Instant::now(), wall: wall() }
    }

    /// A clock that was made before the wall clock was set forward.
    #[cfg(test)]
    pub(crate) fn slow_by(by: Duration) -> Self {
        Self { anchor: Instant::now(), wall: wall().minus(by) }
    }

    pub fn now(&self) -> Timestamp {
        self.wall.plus(self.anchor.elapsed())
    }

    /// How long until a point in time; zero when it has passed.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.since(self.now())
    }

    /// Follows the wall clock when it was set or when this host slept. Returns the jump in milliseconds.
    pub fn follow(&mut self) -> Option<i64> {
        let jump = wall().as_millis() - self.now().as_millis();
        if jump.unsigned_abs() < TOLERATED.as_millis() as u64 {
            return None;
        }
        *self = Self::new();
        Some(jump)
    }
}

/// The wall clock, before 1970 taken as 1970.
fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
