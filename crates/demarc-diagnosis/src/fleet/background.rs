//! For one class: how often sites of each group report it when nothing is wrong beyond the site.
//!
//! Onsets are counted when they leave the longest window without having been explained, so that
//! nothing is compared with itself and no outage becomes usual. The exception is the hour of the day:
//! what most days bring at the same hour is usual then, explained or not.

use super::onsets::{Counts, WINDOWS};
use super::policy::FleetPolicy;
use super::registry::Registry;
use demarc_model::time::Timestamp;

const YEAR_S: f64 = 31_557_600.0;
const HOUR_MS: i64 = 3_600_000;
const HOUR_S: f64 = 3_600.0;
const HOURS: usize = 24;
/// A group's own history outweighs that of the class after this many onsets.
const GROUP_STRENGTH: f64 = 5.0;
/// The history of a class outweighs what it began with after this many.
const CLASS_STRENGTH: f64 = 20.0;
/// Days over which an hour of the day is compared with itself.
const DAYS: usize = 7;
/// How far an hour of the day may exceed the mean; none is believed to be quieter.
const HOUR_RANGE: (f64, f64) = (1.0, 100.0);
/// No site is believed to fail by itself more often than in every second window.
const CERTAIN: f64 = 0.5;

/// Onsets per time at risk, both fading.
#[derive(Debug, Clone, Copy, Default)]
struct History {
    onsets: f32,
    /// Site-seconds.
    exposure: f32,
}

impl History {
    /// The mean of a Gamma distribution: `strength` onsets at the rate `usual` were seen beforehand.
    fn rate(self, strength: f64, usual: f64) -> f64 {
        (f64::from(self.onsets) + strength) / (f64::from(self.exposure) + strength / usual)
    }

    fn fade(&mut self, share: f32) {
        self.onsets *= share;
        self.exposure *= share;
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Background {
    groups: Vec<History>,
    /// Onsets per site and second, as of the last full hour.
    rates: Vec<f32>,
    /// Of all sites.
    class: History,
    /// Onsets of all sites, explained or not, by hour of the day (UTC) on the last days.
    hours: [[u32; DAYS]; HOURS],
    this_hour: u32,
    /// How the hours that each window touches differ from the mean.
    factors: [f64; WINDOWS.len()],
    hour: i64,
    margin: f64,
    floor: f64,
    initial: f64,
    memory_s: f64,
}

impl Background {
    pub(crate) fn new(groups: usize, policy: &FleetPolicy, now: Timestamp) -> Self {
        let initial = policy.initial_per_year / YEAR_S;
        Self {
            groups: vec![History::default(); groups],
            rates: vec![initial as f32; groups],
            class: History::default(),
            hours: [[0; DAYS]; HOURS],
            this_hour: 0,
            factors: [1.0; WINDOWS.len()],
            hour: now.as_millis().div_euclid(HOUR_MS),
            margin: policy.rate_margin,
            floor: policy.floor_per_year / YEAR_S,
            initial,
            memory_s: policy.memory.as_secs_f64(),
        }
    }

    /// Takes an onset, whatever is behind it: what happens every night is usual at that hour.
    pub(crate) fn see(&mut self) {
        self.this_hour = self.this_hour.saturating_add(1);
    }

    /// Takes an onset that nothing beyond its site explains.
    pub(crate) fn learn(&mut self, groups: &[u32]) {
        for group in groups {
            if let Some(history) = self.groups.get_mut(*group as usize) {
                history.onsets += 1.0;
            }
        }
        self.class.onsets += 1.0;
    }

    /// Forgets a group whose place is given up.
    pub(crate) fn forget(&mut self, group: u32) {
        self.groups[group as usize] = History::default();
        self.rates[group as usize] = self.initial as f32;
    }

    /// Whether a new hour has begun, and with it [`Background::fold`] is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        now.as_millis().div_euclid(HOUR_MS) > self.hour
    }

    /// Ends an hour: time at risk is added, old history fades, and the rates are worked out anew.
    ///
    /// After a pause of the hub only one hour counts as watched.
    pub(crate) fn fold(&mut self, registry: &Registry, now: Timestamp) {
        let sites = f64::from(registry.members(super::registry::ALL_SITES));
        let share = (-HOUR_S / self.memory_s).exp() as f32;
        self.class.fade(share);
        self.class.exposure += (sites * HOUR_S) as f32;
        let usual = self.class.rate(CLASS_STRENGTH, self.initial);
        let day = self.hour.div_euclid(HOURS as i64).rem_euclid(DAYS as i64) as usize;
        self.hours[hour_of_day(self.hour)][day] = std::mem::take(&mut self.this_hour);
        self.hour = now.as_millis().div_euclid(HOUR_MS);
        for group in registry.group_places().filter(|group| registry.group(*group).is_some()) {
            let history = &mut self.groups[group as usize];
            history.fade(share);
            history.exposure += registry.members(group) as f32 * HOUR_S as f32;
            self.rates[group as usize] = history.rate(GROUP_STRENGTH, usual).max(self.floor) as f32;
        }
        let expected = usual * sites * HOUR_S;
        let factor = |hour: i64| {
            let mut days = self.hours[hour_of_day(hour)];
            days.sort_unstable();
            let factor = (f64::from(days[DAYS / 2]) + 1.0) / (expected + 1.0);
            factor.clamp(HOUR_RANGE.0, HOUR_RANGE.1)
        };
        // A window may reach back into the hour before.
        self.factors = WINDOWS.map(|_| factor(self.hour).max(factor(self.hour - 1)));
    }

    /// The probability that a site of the group reports within a window by itself.
    pub(crate) fn chance(&self, group: u32, window: usize) -> f64 {
        let rate = f64::from(self.rates[group as usize]) * self.margin * self.factors[window];
        (rate * WINDOWS[window] as f64).min(CERTAIN)
    }

    /// How surprising it is that `affected` of `members` sites report within one of the windows:
    /// the best of the windows, in nats.
    pub(crate) fn surprise(&self, group: u32, affected: Counts, members: u32, least: u32) -> f64 {
        let of = |window: usize| {
            let affected = affected[window];
            if affected < least {
                return 0.0;
            }
            log_likelihood_ratio(affected, members, self.chance(group, window))
        };
        (0..WINDOWS.len()).map(of).fold(0.0, f64::max)
    }
}

fn hour_of_day(hour: i64) -> usize {
    hour.rem_euclid(HOURS as i64) as usize
}

/// The logarithm of how much better a common cause with the best-fitting share explains `affected` of
/// `members` than each site's own `chance`; zero when fewer are affected than by chance.
fn log_likelihood_ratio(affected: u32, members: u32, chance: f64) -> f64 {
    let (x, n) = (f64::from(affected), f64::from(members));
    let share = x / n;
    if share <= chance {
        return 0.0;
    }
    let rest = n - x;
    let spared = if rest > 0.0 { rest * ((1.0 - share) / (1.0 - chance)).ln() } else { 0.0 };
    x * (share / chance).ln() + spared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprise_grows_with_the_share_and_vanishes_at_chance() {
        let rows =
            [((1, 100), 0.01, 0.0), ((10, 100), 0.01, 14.448), ((3, 3), 1e-4, 27.631), ((0, 9), 0.1, 0.0)];
        for ((affected, members), chance, expected) in rows {
            let nats = log_likelihood_ratio(affected, members, chance);
            assert!((nats - expected).abs() < 1e-2, "{affected} of {members}: {nats}");
        }
    }
}
