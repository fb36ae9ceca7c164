//! When a site counts as silent: phi-accrual on its heartbeats.
//!
//! The intervals of each site are taken as normal with their own mean and deviation, so the moment at
//! which suspicion passes the threshold is known at each heartbeat, and a wheel of seconds waits for it.

use super::registry::NOWHERE;
use demarc_model::time::Timestamp;

/// What is expected before a site has shown its own rhythm.
const INTERVAL_MS: f32 = 15_000.0;
const DEVIATION_MS: f32 = 2_000.0;
/// Lower deviations are not believed: a retransmission takes that long.
const LEAST_DEVIATION_MS: f32 = 2_000.0;
/// How much the newest interval counts.
const LEARNING: f32 = 1.0 / 32.0;
const SLOTS: i64 = 256;

#[derive(Debug, Clone, Copy)]
struct Pulse {
    last: Option<i64>,
    mean_ms: f32,
    variance: f32,
    /// The next site in the same slot of the wheel.
    next: u32,
    /// Whether the site is in the wheel, where it stays until its slot comes by.
    waits: bool,
}

const FRESH: Pulse = Pulse {
    last: None,
    mean_ms: INTERVAL_MS,
    variance: DEVIATION_MS * DEVIATION_MS,
    next: NOWHERE,
    waits: false,
};

#[derive(Debug, Clone)]
pub(crate) struct Heartbeats {
    pulses: Vec<Pulse>,
    slots: Vec<u32>,
    second: i64,
    waiting: u32,
    /// Standard deviations above the mean at which suspicion passes the threshold.
    reach: f32,
}

impl Heartbeats {
    pub(crate) fn new(sites: usize, phi: f64, now: Timestamp) -> Self {
        Self {
            pulses: vec![FRESH; sites],
            slots: vec![NOWHERE; SLOTS as usize],
            second: now.as_millis().div_euclid(1_000),
            waiting: 0,
            reach: deviations(phi) as f32,
        }
    }

    /// Takes a heartbeat; one that is not newer than the last changes nothing.
    pub(crate) fn beat(&mut self, site: u32, now: Timestamp) {
        let now = now.as_millis();
        let pulse = &mut self.pulses[site as usize];
        if let Some(last) = pulse.last {
            if now <= last {
                return;
            }
            // An interval that made the site silent was an outage, not its habit.
            let interval = (now - last) as f32;
            let off = interval - pulse.mean_ms;
            if interval <= patience(pulse, self.reach) {
                pulse.mean_ms += LEARNING * off;
                pulse.variance += LEARNING * (off * off - pulse.variance);
            }
        }
        pulse.last = Some(now);
        if !pulse.waits {
            self.wait(site);
        }
    }

    pub(crate) fn forget(&mut self, site: u32) {
        let Pulse { next, waits, .. } = self.pulses[site as usize];
        self.pulses[site as usize] = Pulse { next, waits, ..FRESH };
    }

    /// Moves on, and tells which sites have become silent, with the time of their last heartbeat.
    pub(crate) fn advance(&mut self, now: Timestamp, mut silent: impl FnMut(u32, Timestamp)) {
        let target = now.as_millis().div_euclid(1_000);
        if target - self.second > SLOTS {
            self.second = target - SLOTS;
        }
        while self.second < target && self.waiting > 0 {
            self.second += 1;
            let slot = self.second.rem_euclid(SLOTS) as usize;
            let mut site = std::mem::replace(&mut self.slots[slot], NOWHERE);
            while site != NOWHERE {
                let next = self.pulses[site as usize].next;
                self.pulses[site as usize].waits = false;
                self.waiting -= 1;
                let pulse = self.pulses[site as usize];
                if let Some(last) = pulse.last {
                    if self.deadline(&pulse, last) > self.second {
                        self.wait(site);
                    } else {
                        silent(site, Timestamp::from_millis(last));
                    }
                }
                site = next;
            }
        }
        self.second = self.second.max(target);
    }

    /// The first full second after suspicion passes the threshold.
    fn deadline(&self, pulse: &Pulse, last: i64) -> i64 {
        (last + patience(pulse, self.reach) as i64).div_euclid(1_000) + 1
    }

    fn wait(&mut self, site: u32) {
        let pulse = self.pulses[site as usize];
        let Some(last) = pulse.last else { return };
        let due = self.deadline(&pulse, last).clamp(self.second + 1, self.second + SLOTS - 1);
        let slot = due.rem_euclid(SLOTS) as usize;
        let next = std::mem::replace(&mut self.slots[slot], site);
        let pulse = &mut self.pulses[site as usize];
        (pulse.next, pulse.waits) = (next, true);
        self.waiting += 1;
    }
}

/// How long a site may be silent, in milliseconds.
fn patience(pulse: &Pulse, reach: f32) -> f32 {
    pulse.mean_ms + reach * pulse.variance.sqrt().max(LEAST_DEVIATION_MS)
}

/// The standard normal quantile that is exceeded with probability 10^-phi, by bisection of the
/// bound `exp(-z²/2) / (z √2π)` on its tail.
fn deviations(phi: f64) -> f64 {
    let tail = |z: f64| z * z / 2.0 + (z * (2.0 * std::f64::consts::PI).sqrt()).ln();
    let wanted = phi * std::f64::consts::LN_10;
    let (mut low, mut high) = (0.5, 40.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if tail(middle) < wanted { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000;

    /// The second at which each of two sites is called silent, and its last heartbeat.
    fn silences(beats: &[(u32, i64)], until_s: i64) -> Vec<(i64, u32, i64)> {
        let mut hearts = Heartbeats::new(2, 8.0, Timestamp::from_millis(0));
        let mut out = Vec::new();
        for second in 0..until_s {
            for (site, at) in beats.iter().filter(|(_, at)| at.div_euclid(SECOND) == second) {
                hearts.beat(*site, Timestamp::from_millis(*at));
            }
            let now = Timestamp::from_millis(second * SECOND);
            hearts.advance(now, |site, last| out.push((second, site, last.as_millis())));
        }
        out
    }

    fn regular(site: u32, every_ms: i64, times: i64) -> Vec<(u32, i64)> {
        (0..times).map(|n| (site, n * every_ms)).collect()
    }

    #[test]
    fn a_site_is_called_silent_by_its_own_rhythm() {
        assert_eq!(silences(&[(0, 0)], 60), [(27, 0, 0)]);
        assert_eq!(silences(&regular(0, 5_000, 100), 640), [(513, 0, 495_000)]);
        assert_eq!(silences(&regular(0, 15_000, 40), 640), [(612, 0, 585_000)]);
    }

    #[test]
    fn a_site_that_was_never_heard_is_not_called_silent() {
        assert_eq!(silences(&regular(1, 15_000, 20), 290), []);
    }

    #[test]
    fn a_late_or_repeated_heartbeat_is_no_news() {
        let mut twice = regular(0, 15_000, 10);
        twice.extend(regular(0, 15_000, 10));
        assert_eq!(silences(&twice, 400), silences(&regular(0, 15_000, 10), 400));
    }

    #[test]
    fn a_site_that_returns_and_falls_silent_again_is_called_twice() {
        let beats = [regular(0, 15_000, 10), vec![(0, 400_000)]].concat();
        let found = silences(&beats, 500);
        assert_eq!(found.iter().map(|(_, _, last)| *last).collect::<Vec<_>>(), [135_000, 400_000]);
    }
}
