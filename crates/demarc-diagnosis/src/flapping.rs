//! A fault that comes and goes: its spells, and when they are one incident.

use demarc_model::time::Timestamp;
use demarc_model::verdict::Flapping;
use std::collections::VecDeque;
use std::time::Duration;

/// Spells that began longer ago do not count.
const MEMORY: Duration = Duration::from_secs(1800);
/// So many beginnings in that time are flapping.
const BEGINNINGS: usize = 3;
/// A shorter time between two spells is none.
const PAUSE: Duration = Duration::from_secs(15);
const MOST_SPELLS: usize = 64;
/// Evidence in nats, for or against the fault, at which a spell ends or begins.
const TURN: f64 = 4.0;
/// The most that one round adds to it.
const ROUND: f64 = 4.5;
/// A flapping fault is over when it has been gone for so many of its periods, but not longer than an hour.
const PERIODS: f64 = 1.5;
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone, Copy)]
struct Spell {
    began: Timestamp,
    ended: Option<Timestamp>,
}

/// When a fault was there, as far back as it matters.
#[derive(Debug, Clone)]
pub(crate) struct Spells {
    list: VecDeque<Spell>,
    balance: f64,
    /// When the evidence began to turn.
    turning: Option<Timestamp>,
}

impl Spells {
    pub(crate) fn beginning(at: Timestamp) -> Self {
        Self { list: VecDeque::from([Spell { began: at, ended: None }]), balance: -TURN, turning: None }
    }

    /// The fault is back after its incident was closed.
    pub(crate) fn again(&mut self, at: Timestamp) {
        self.end(at);
        self.list.push_back(Spell { began: at, ended: None });
        self.balance = -TURN;
        self.turning = None;
        self.trim(at);
    }

    /// The incident is closed: the fault has been gone since `at`.
    pub(crate) fn end(&mut self, at: Timestamp) {
        if let Some(last) = self.list.back_mut() {
            last.ended.get_or_insert(at);
        }
    }

    /// Takes one round's evidence for health, in nats, first seen at `at`.
    pub(crate) fn update(&mut self, health: f64, at: Timestamp) {
        if health == 0.0 {
            return;
        }
        let there = self.list.back().is_some_and(|spell| spell.ended.is_none());
        let turns = (health > 0.0) == there;
        if turns {
            self.turning.get_or_insert(at);
        }
        self.balance = (self.balance + health.clamp(-ROUND, ROUND)).clamp(-TURN, TURN);
        let resting = if there { -TURN } else { TURN };
        if self.balance == resting {
            self.turning = None;
        }
        if self.balance == -resting {
            let since = self.turning.take().unwrap_or(at);
            if there {
                self.end(since)
            } else {
                self.begin(since)
            }
            self.trim(at);
        }
    }

    /// The fault is back. Hardly gone, it was not gone: services come up one after the other.
    fn begin(&mut self, at: Timestamp) {
        let last = self.list.back_mut().filter(|s| s.ended.is_some_and(|ended| at.since(ended) < PAUSE));
        match last {
            Some(spell) => spell.ended = None,
            None => self.list.push_back(Spell { began: at, ended: None }),
        }
    }

    fn trim(&mut self, now: Timestamp) {
        let old = |spell: &Spell| now.since(spell.began) > MEMORY && spell.ended.is_some();
        while self.list.len() > MOST_SPELLS || self.list.front().is_some_and(old) {
            self.list.pop_front();
        }
    }

    /// Whether all this is too long ago to matter.
    pub(crate) fn is_forgotten(&self, now: Timestamp) -> bool {
        self.list.back().is_none_or(|spell| spell.ended.is_some_and(|ended| now.since(ended) > MEMORY))
    }

    /// How the fault comes and goes, when it does.
    pub(crate) fn flapping(&self) -> Option<Flapping> {
        let (first, last) = (self.list.front()?, self.list.back()?);
        let turns = self.list.len() - 1;
        if self.list.len() < BEGINNINGS {
            return None;
        }
        let cycle = last.began.since(first.began);
        let there: Duration =
            self.list.iter().take(turns).filter_map(|s| s.ended.map(|ended| ended.since(s.began))).sum();
        let period = cycle / u32::try_from(turns).unwrap_or(u32::MAX);
        let duty = 100.0 * there.as_secs_f64() / cycle.as_secs_f64().max(0.001);
        Some(Flapping {
            period_ms: u64::try_from(period.as_millis()).unwrap_or(u64::MAX),
            duty_percent: duty.clamp(1.0, 99.0) as u8,
            times: u32::try_from(self.list.len()).unwrap_or(u32::MAX),
        })
    }

    /// Whether the fault has been gone for long enough to be over: for some of its periods, when it
    /// comes and goes.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let Some(flapping) = self.flapping() else { return true };
        let wait = Duration::from_millis(flapping.period_ms).mul_f64(PERIODS).min(LONGEST_WAIT);
        let ended = self.list.back().and_then(|spell| spell.ended);
        ended.is_some_and(|ended| now.since(ended) >= wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_millis(0).plus(Duration::from_secs(second))
    }

    /// Rounds of two seconds in which the fault is there and gone in turn.
    fn watched(there: u64, gone: u64, seconds: u64) -> Spells {
        let mut spells = Spells::beginning(at(0));
        for second in (0..seconds).step_by(2) {
            let health = if second % (there + gone) < there { -10.0 } else { 10.0 };
            spells.update(health, at(second));
        }
        spells
    }

    #[test]
    fn three_beginnings_are_flapping_with_period_and_duty() {
        assert_eq!(watched(20, 40, 100).flapping(), None, "began twice");
        let flapping = watched(20, 40, 400).flapping().unwrap();
        assert_eq!((flapping.period_ms, flapping.duty_percent, flapping.times), (60_000, 33, 7));
    }

    #[test]
    fn a_moment_of_health_ends_no_spell() {
        let mut spells = Spells::beginning(at(0));
        for second in (0..600).step_by(2) {
            spells.update(if second % 30 == 0 { 3.0 } else { -4.0 }, at(second));
        }
        assert_eq!(spells.flapping(), None);
    }

    #[test]
    fn what_came_back_every_ten_minutes_is_waited_for() {
        let mut spells = Spells::beginning(at(0));
        for n in 1..3 {
            spells.end(at(n * 600 - 300));
            spells.again(at(n * 600));
        }
        assert_eq!(spells.flapping().unwrap().times, 3);
        spells.end(at(1500));
        assert!(!spells.is_over(at(2300)));
        assert!(spells.is_over(at(2400)));
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let mut spells = Spells::beginning(at(0));
        spells.end(at(10));
        assert!(!spells.is_forgotten(at(1000)));
        assert!(spells.is_forgotten(at(2000)));
    }
}
