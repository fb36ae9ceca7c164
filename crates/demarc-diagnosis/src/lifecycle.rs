//! An open incident and the evidence that its fault is over.

use crate::blame::Key;
use crate::cusum::Known;
use crate::evidence::Fact;
use crate::flapping::Spells;
use crate::layout::Layout;
use crate::likelihood::{Hypothesis, Likelihood};
use crate::policy::Policy;
use demarc_model::incident::Incident;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;

pub(crate) struct Open {
    pub(crate) key: Key,
    pub(crate) incident: Incident,
    /// The faults that it stands for, each with its way back to health.
    pub(crate) faults: Vec<(Known, Recovery)>,
    /// All that it ever stood for: what a closed incident is remembered by.
    pub(crate) ever: Vec<Known>,
    pub(crate) spells: Spells,
}

/// A control, a check page or a status page that is itself out of order: known, and never reported.
pub(crate) struct Reference {
    pub(crate) known: Known,
    pub(crate) since: Timestamp,
    pub(crate) recovery: Recovery,
}

/// The mirror image of the opening test: evidence that a fault is gone.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recovery {
    nats: f64,
    rounds: u32,
    good_since: Option<Timestamp>,
}

impl Open {
    pub(crate) fn known(&self) -> impl Iterator<Item = Known> + '_ {
        self.faults.iter().map(|(known, _)| *known)
    }

    /// The faults that are over, each with the time since which it has been gone. While others of the same incident are on their way back, those that
    /// are over wait for them a little, so that a vendor that returns is told once.
    pub(crate) fn over(&self, policy: &Policy, now: Timestamp) -> Vec<(Known, Timestamp)> {
        let complete = |r: &Recovery| r.is_complete(policy, now) && self.spells.is_over(now);
        let pending = self.faults.iter().any(|(_, r)| r.is_under_way() && !complete(r));
        let patient =
            |r: &Recovery| r.good_since.is_some_and(|since| now.since(since) < 2 * policy.close_after);
        let over = self.faults.iter().filter(|(_, r)| complete(r) && !(pending && patient(r)));
        over.map(|(known, recovery)| (*known, recovery.good_since.unwrap_or(now))).collect()
    }

    /// Takes one round's facts, and returns the evidence for health that they hold.
    pub(crate) fn update(
        &mut self,
        context: (&Layout, &Likelihood, &Policy),
        facts: &[Fact],
        all: &[Known],
    ) -> f64 {
        let parts = self.faults.iter_mut().map(|(own, recovery)| {
            let gain = recovery.update(context, facts, all, *own);
            (gain, recovery.is_under_way())
        });
        health(parts)
    }

    pub(crate) fn replace(&mut self, known: &[Known]) {
        let kept: Vec<(Known, Recovery)> = std::mem::take(&mut self.faults);
        let old = |k: &Known| kept.iter().find(|(known, _)| known == k).map(|(_, recovery)| *recovery);
        self.faults = known.iter().map(|k| (*k, old(k).unwrap_or_default())).collect();
        self.ever.retain(|e| known.iter().all(|k| k.fault != e.fault));
        self.ever.extend(known);
        self.ever.sort_by_key(|k| k.fault);
    }
}

/// What stands for several faults is there as long as one of them is. They are looked at in turn: that
/// one is gone counts when all that the others showed last was health.
fn health(parts: impl Iterator<Item = (f64, bool)>) -> f64 {
    let (mut least, mut most, mut all) = (0.0_f64, 0.0_f64, true);
    for (gain, recovers) in parts {
        least = least.min(gain);
        most = most.max(gain);
        all &= recovers;
    }
    match (least < 0.0, all) {
        (true, _) => least,
        (false, true) => most,
        (false, false) => 0.0,
    }
}

impl Recovery {
    pub(crate) fn is_under_way(&self) -> bool {
        self.nats > 0.0
    }

    pub(crate) fn good_since(&self) -> Option<Timestamp> {
        self.good_since
    }

    pub(crate) fn is_complete(&self, policy: &Policy, now: Timestamp) -> bool {
        self.nats >= policy.close_nats
            && self.rounds >= policy.close_rounds
            && self.good_since.is_some_and(|since| now.since(since) >= policy.close_after)
    }

    /// Takes one round's facts, and returns the evidence for health that they hold. `all` is everything
    /// known to be broken, `own` among it.
    pub(crate) fn update(
        &mut self,
        (layout, likelihood, policy): (&Layout, &Likelihood, &Policy),
        facts: &[Fact],
        all: &[Known],
        own: Known,
    ) -> f64 {
        let mut gain = 0.0;
        let mut good = None;
        for fact in facts.iter().filter(|fact| layout.reaches(own.fault, fact.probe)) {
            let here = || all.iter().filter(|k| layout.reaches(k.fault, fact.probe));
            let with: Vec<Hypothesis> = here().map(|k| k.hypothesis(layout)).collect();
            let without: Vec<Hypothesis> =
                here().filter(|k| **k != own).map(|k| k.hypothesis(layout)).collect();
            // One camera that finds back late, or that never lost its way, says little of the service.
            let weight = match layout.kind(fact.probe) {
                ProbeKind::CameraCloud => layout.weight_of(own.fault, fact.probe, fact.symptom),
                _ => 1.0,
            };
            let (look, seen) = (layout.look(fact.probe), [(fact.symptom, weight)]);
            gain += likelihood.of_set(&without, look, &seen) - likelihood.of_set(&with, look, &seen);
            if fact.symptom == Symptom::Passed {
                good = good.or(Some(fact.at));
            }
        }
        let most = policy.close_nats + 2.0 * policy.cap_nats;
        self.nats = (self.nats + gain.clamp(-policy.close_nats, policy.cap_nats)).clamp(0.0, most);
        if self.nats == 0.0 {
            *self = Self::default();
        } else if gain > 0.0 {
            self.rounds += 1;
            self.good_since = self.good_since.or(good);
        }
        gain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_looked_at_in_turn_are_gone_together_when_none_of_them_is_left() {
        let of = |parts: &[(f64, bool)]| health(parts.iter().copied());
        assert_eq!(of(&[(3.0, true), (0.0, true)]), 3.0, "the other one was seen healthy before");
        assert_eq!(of(&[(3.0, true), (0.0, false)]), 0.0, "the other one may still be there");
        assert_eq!(of(&[(3.0, true), (-2.0, true)]), -2.0, "the other one is back");
        assert_eq!(of(&[(0.0, false)]), 0.0);
    }
}
