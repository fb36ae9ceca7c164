//! How long a connection to a host takes when nothing is in its way.
//!
//! The shortest time of a day or two: a line that is often full is no faster for it, and one that was
//! moved to another way is known by its new time the day after.

use demarc_model::time::Timestamp;
use std::time::Duration;

const LEARNT_FOR: Duration = Duration::from_secs(24 * 3600);
/// A time is trusted when so many connections have not been faster.
const EXPERIENCE: u32 = 5;

/// Of one probe. Times are in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usual {
    today: Option<u32>,
    before: Option<u32>,
    since: Option<Timestamp>,
    last: Option<u32>,
    connections: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    Usual,
    /// It alone, which may have been unlucky: it tells nothing.
    LateOnce,
    /// As the one before it.
    Late,
    /// On the site's own network, where nothing takes so long: the first packet was lost, and only its
    /// repetition answered.
    Repeated,
}

impl Usual {
    pub(crate) fn learn(&mut self, connect_us: u32, at: Timestamp) {
        let since = *self.since.get_or_insert(at);
        if at.since(since) > LEARNT_FOR {
            (self.before, self.today, self.since) = (self.today, None, Some(at));
        }
        self.today = Some(self.today.map_or(connect_us, |best| best.min(connect_us)));
        self.last = Some(connect_us);
        self.connections = self.connections.saturating_add(1);
    }

    /// Whether a connection took so much longer than it usually does.
    pub(crate) fn pace(&self, connect_us: u32, by: Duration) -> Pace {
        let late = |us: u32| self.connect().is_some_and(|usual| micros(us) > usual + by);
        match (late(connect_us), self.last.is_some_and(late)) {
            (false, _) => Pace::Usual,
            (true, false) => Pace::LateOnce,
            (true, true) => Pace::Late,
        }
    }

    /// `None` until there is some experience.
    fn connect(&self) -> Option<Duration> {
        let best = self.today.into_iter().chain(self.before).min()?;
        (self.connections >= EXPERIENCE).then(|| micros(best))
    }
}

fn micros(us: u32) -> Duration {
    Duration::from_micros(u64::from(us))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_shortest_time_counts_once_there_are_some() {
        let mut usual = Usual::default();
        for (second, connect_us) in [(0, 40_000), (15, 12_000), (30, 900_000), (45, 13_000)] {
            usual.learn(connect_us, at(second));
            assert_eq!(usual.connect(), None);
        }
        usual.learn(50_000, at(60));
        assert_eq!(usual.connect(), Some(Duration::from_millis(12)));
    }

    #[test]
    fn two_late_ones_are_late_and_one_is_bad_luck() {
        let mut usual = Usual::default();
        let by = Duration::from_millis(300);
        (0..10).for_each(|n| usual.learn(10_000, at(n)));
        assert_eq!(usual.pace(400_000, by), Pace::LateOnce);
        usual.learn(400_000, at(15));
        assert_eq!(usual.pace(400_000, by), Pace::Late);
        assert_eq!(usual.pace(12_000, by), Pace::Usual);
        usual.learn(12_000, at(30));
        assert_eq!(usual.pace(400_000, by), Pace::LateOnce);
    }

    #[test]
    fn a_line_on_another_way_is_known_by_its_new_time_after_two_days() {
        let mut usual = Usual::default();
        (0..10).for_each(|n| usual.learn(10_000, at(n)));
        let hours = |hours: i64| at(hours * 3_600);
        (0..40).for_each(|hour| usual.learn(500_000, hours(hour)));
        assert_eq!(usual.connect(), Some(Duration::from_millis(10)));
        (40..60).for_each(|hour| usual.learn(500_000, hours(hour)));
        assert_eq!(usual.connect(), Some(Duration::from_millis(500)));
    }
}
