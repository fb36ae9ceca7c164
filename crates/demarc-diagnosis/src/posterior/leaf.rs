//! One leaf, its own faults summed over in closed form.

use super::{MOST_MEMBERS, Model, NOBODY, WORTHLESS, ln_sum_exp};
use crate::cusum::Known;
use crate::likelihood::Hypothesis;

/// A leaf's own fault that adds less than this to the sum is not computed.
const NEGLIGIBLE: f64 = -7.0;

/// A leaf's own fault that could matter.
pub(super) struct Choice {
    pub(super) known: Known,
    pub(super) prior: f64,
    gain: f64,
}

pub(super) struct Own {
    pub(super) choices: Vec<Choice>,
    /// The leaf's probes that saw anything.
    pub(super) seen: Vec<usize>,
    /// The log likelihood ratio that nothing can exceed.
    pub(super) most: f64,
    /// The sum when no shared fault is there.
    pub(super) healthy: f64,
}

/// What does not depend on the set that is weighed.
pub(super) struct Ground {
    pub(super) leaves: Vec<Own>,
    /// The probes that belong to no leaf and saw anything.
    pub(super) loose: Vec<usize>,
    /// For every probe, the log likelihood ratio that nothing can exceed.
    pub(super) most: Vec<f64>,
}

impl Ground {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let all = 0..model.layout.probes.len();
        let seen = |p: usize| model.evidence.of(p);
        let most: Vec<f64> =
            all.clone().map(|p| model.likelihood.most(model.layout.look(p), seen(p))).collect();
        let loose = all.filter(|p| model.layout.probes[*p].leaf.is_none() && !seen(*p).is_empty()).collect();
        let leaves = model.layout.leaves.iter().zip(&model.layout.own).map(|(leaf, own)| {
            let seen: Vec<usize> = leaf.probes.iter().copied().filter(|p| !seen(*p).is_empty()).collect();
            let choices = if seen.is_empty() { Vec::new() } else { choices(model, own.clone()) };
            let terms: Vec<f64> =
                std::iter::once(0.0).chain(choices.iter().map(|c| c.gain + c.prior)).collect();
            Own { most: seen.iter().map(|p| most[*p]).sum(), healthy: ln_sum_exp(&terms), choices, seen }
        });
        Self { leaves: leaves.collect(), loose, most }
    }
}

pub(super) fn choices(model: &Model<'_>, own: std::ops::Range<usize>) -> Vec<Choice> {
    let mut out = Vec::new();
    for fault in own {
        for hypothesis in Hypothesis::all(model.layout.faults[fault].kind) {
            let known = Known { fault, severity: hypothesis.severity };
            let prior = model.prior(known);
            let gain: f64 = model.layout.touched[fault].iter().map(|p| model.probe(*p, &[known])).sum();
            if gain + prior > WORTHLESS {
                out.push(Choice { known, prior, gain });
            }
        }
    }
    out
}

impl Model<'_> {
    /// Log likelihood ratio of a leaf's probes under shared faults that alone reach `plain`, its own
    /// fault summed over.
    pub(super) fn leaf(&self, leaf: &Own, plain: f64, shared: &[Known]) -> f64 {
        let room = leaf.most - plain;
        let mut terms = [plain; 1 + 64];
        let mut count = 1;
        for choice in &leaf.choices {
            if room.min(choice.gain.max(0.0)) + choice.prior < NEGLIGIBLE || count == terms.len() {
                continue;
            }
            terms[count] = self.leaf_with(leaf, shared, Some(choice.known)) + choice.prior;
            count += 1;
        }
        if count == 1 { plain } else { ln_sum_exp(&terms[..count]) }
    }

    pub(super) fn leaf_with(&self, leaf: &Own, shared: &[Known], own: Option<Known>) -> f64 {
        let mut set = [NOBODY; MOST_MEMBERS];
        let mut count = 0;
        for known in shared.iter().copied().chain(own).take(MOST_MEMBERS) {
            set[count] = known;
            count += 1;
        }
        leaf.seen.iter().map(|p| self.probe(*p, &set[..count])).sum()
    }
}
