//! What explains the evidence: the posterior over sets of faults.
//!
//! Sets of up to two shared faults are enumerated (a third is tried on the best of them); given such
//! a set, each leaf's own fault is summed over in closed form, so any number of dead cameras or dead
//! vendor services is exact.
//! The log likelihood is submodular: a fault never gains more beside others than alone. Faults and
//! pairs that cannot reach the best set are therefore left out. Where evidence speaks against a fault and
//! its credit is shared, a bound can be short by one or two nats, for which [`HOPELESS`] leaves room.

mod leaf;
#[cfg(test)]
mod tests;

use crate::cusum::Known;
use crate::evidence::Evidence;
use crate::layout::{Layout, Place};
use crate::likelihood::{Hypothesis, Likelihood};
use crate::table::FaultKind;
use leaf::{Choice, Ground};

/// A fault that gains less than this, prior included, cannot matter.
const WORTHLESS: f64 = -10.0;
/// A set this far below the best one has no weight.
const HOPELESS: f64 = 10.0;
/// A degree of a fault this far below the best degree of the same fault joins no pair.
const OUTDONE: f64 = 8.0;
/// The prior probability of a fault that is already known.
const KNOWN_PRIOR: f64 = 0.5;
/// On so many pairs a third fault is tried.
const MOST_BASES: usize = 4;
/// From so many segments on, their failing together is weighed as a whole; of fewer, each is weighed.
const MANY_SEGMENTS: usize = 3;
/// The probability that a further segment fails beside one that failed: the power of a site's switches,
/// and what feeds them, is often one.
const ALSO_FAILS: f64 = 0.05;

/// Three shared faults and one of the leaf's own.
const MOST_MEMBERS: usize = 4;
const NOBODY: Known = Known { fault: 0, severity: 0 };
const UNUSED: Hypothesis = Hypothesis { kind: FaultKind::AgentLink, severity: 0 };

/// One explanation: shared faults, with the leaves' own faults summed over.
#[derive(Debug, Clone)]
pub(crate) struct Scored {
    pub(crate) shared: Vec<Known>,
    score: f64,
    pub(crate) weight: f64,
}

pub(crate) struct Posterior {
    /// Explanations, most probable first; weights sum to one.
    pub(crate) sets: Vec<Scored>,
    /// The probability of every fault, summed over all explanations.
    pub(crate) marginal: Vec<f64>,
    /// The severity at which a leaf's fault fits best under the best explanation.
    severity: Vec<u8>,
}

impl Posterior {
    /// The faults of the most probable explanation: its shared set, and each leaf's own fault where
    /// that is more probable than not.
    pub(crate) fn best(&self, layout: &Layout) -> Vec<Known> {
        let mut out = self.sets.first().map_or_else(Vec::new, |set| set.shared.clone());
        for range in &layout.own {
            let total: f64 = self.marginal[range.clone()].iter().sum();
            let likeliest = range.clone().max_by(|a, b| self.marginal[*a].total_cmp(&self.marginal[*b]));
            if let Some(fault) = likeliest.filter(|_| total > 0.5) {
                out.push(Known { fault, severity: self.severity[fault] });
            }
        }
        out
    }
}

pub(crate) struct Model<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) likelihood: &'a Likelihood,
    pub(crate) evidence: &'a Evidence,
    /// Faults whose presence is no news.
    pub(crate) settled: &'a [usize],
    /// Faults of open incidents: what others add beside them gets little credit.
    pub(crate) established: &'a [usize],
    /// The vendor faults that the vendor's own page admits, and what that adds to each, in nats.
    pub(crate) admitted: &'a [(usize, f64)],
}

/// A set of shared faults with its log likelihood ratio on every probe and leaf.
#[derive(Clone)]
struct Partial {
    members: Vec<Known>,
    prior: f64,
    /// On every probe, leaves' own faults aside.
    probes: Vec<f64>,
    /// On every leaf, its own faults summed over.
    leaves: Vec<f64>,
    score: f64,
}

/// A shared fault at one degree, alone.
struct Single {
    partial: Partial,
    /// The most it can add to any set, prior included.
    gain: f64,
    /// What it can add on each leaf.
    on_leaf: Vec<f64>,
    outdone: bool,
}

impl Model<'_> {
    pub(crate) fn posterior(&self) -> Posterior {
        let ground = Ground::new(self);
        let nothing = self.nothing(&ground);
        let mut singles = self.singles(&nothing, &ground);
        let best = singles.iter().map(|s| s.partial.score).fold(nothing.score, f64::max);
        mark_outdone(&mut singles);
        let pairs = self.pairs(&singles, &ground, best);
        let third = self.third(&pairs, &singles, &ground, best);
        let segments = self.segments(&nothing, &singles, &ground);
        let alone = singles.into_iter().map(|s| s.partial);
        let sets = std::iter::once(nothing).chain(alone).chain(pairs).chain(third).chain(segments);
        self.normalise(sets.collect(), &ground)
    }

    fn nothing(&self, ground: &Ground) -> Partial {
        let leaves: Vec<f64> = ground.leaves.iter().map(|leaf| leaf.healthy).collect();
        let score = leaves.iter().sum();
        Partial {
            members: Vec::new(),
            prior: 0.0,
            probes: vec![0.0; self.layout.probes.len()],
            leaves,
            score,
        }
    }

    /// Shared faults that could be part of the answer.
    fn singles(&self, nothing: &Partial, ground: &Ground) -> Vec<Single> {
        let mut out = Vec::new();
        for fault in 0..self.layout.shared {
            for hypothesis in Hypothesis::all(self.layout.faults[fault].kind) {
                let known = Known { fault, severity: hypothesis.severity };
                let prior = self.prior(known);
                let evidence: f64 = self.layout.touched[fault].iter().map(|p| self.probe(*p, &[known])).sum();
                if evidence + prior <= WORTHLESS {
                    continue;
                }
                let partial = self.extend(nothing, known, ground);
                let on_leaf = self
                    .layout
                    .leaves
                    .iter()
                    .map(|leaf| leaf.probes.iter().map(|p| partial.probes[*p]).sum());
                let on_leaf = on_leaf.collect();
                out.push(Single { gain: evidence + prior, on_leaf, partial, outdone: false });
            }
        }
        out
    }

    fn pairs(&self, singles: &[Single], ground: &Ground, mut best: f64) -> Vec<Partial> {
        let mut pairs = Vec::new();
        for (i, a) in singles.iter().enumerate().filter(|(_, s)| !s.outdone) {
            for b in singles[i + 1..].iter().filter(|s| !s.outdone) {
                let rough = f64::min(a.partial.score + b.gain, b.partial.score + a.gain);
                let same = self.layout.same_component(a.partial.members[0].fault, b.partial.members[0].fault);
                if same || rough < best - HOPELESS || self.bound(&a.partial, a, b, ground) < best - HOPELESS {
                    continue;
                }
                let pair = self.extend(&a.partial, b.partial.members[0], ground);
                best = best.max(pair.score);
                pairs.push(pair);
            }
        }
        pairs
    }

    /// The most that `base` and one more fault can score.
    fn bound(&self, base: &Partial, a: &Single, b: &Single, ground: &Ground) -> f64 {
        let mut most = base.prior + b.partial.prior;
        for probe in &ground.loose {
            let (old, new) = (base.probes[*probe], b.partial.probes[*probe]);
            most += if old == 0.0 || new == 0.0 {
                old + new
            } else {
                self.likelihood.most_beyond(old.max(new), ground.most[*probe])
            };
        }
        for leaf in 0..ground.leaves.len() {
            let either =
                f64::min(base.leaves[leaf] + b.on_leaf[leaf], b.partial.leaves[leaf] + a.on_leaf[leaf]);
            most += either.min(ground.leaves[leaf].most.max(base.leaves[leaf]));
        }
        most
    }

    /// The best pairs with one more fault, where that helps.
    fn third(&self, pairs: &[Partial], singles: &[Single], ground: &Ground, best: f64) -> Vec<Partial> {
        let mut best = pairs.iter().map(|p| p.score).fold(best, f64::max);
        let mut bases: Vec<&Partial> = pairs.iter().filter(|p| p.score > best - HOPELESS).collect();
        bases.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut out: Vec<Partial> = Vec::new();
        for base in bases.into_iter().take(MOST_BASES) {
            for single in singles.iter().filter(|s| !s.outdone && s.gain > 0.0) {
                let own = single.partial.members[0];
                let fresh = base.members.iter().all(|m| !self.layout.same_component(m.fault, own.fault));
                if !fresh || base.score + self.left_for(base, single, ground) < best - HOPELESS {
                    continue;
                }
                let set = self.extend(base, own, ground);
                let known = out.iter().any(|other| same_members(&other.members, &set.members));
                best = best.max(set.score);
                if !known {
                    out.push(set);
                }
            }
        }
        out
    }

    /// The most that a fault can add to a set.
    fn left_for(&self, base: &Partial, single: &Single, ground: &Ground) -> f64 {
        let mut most = single.partial.prior;
        for probe in &ground.loose {
            let (old, new) = (base.probes[*probe], single.partial.probes[*probe]);
            let beyond = self.likelihood.most_beyond(old.max(new), ground.most[*probe]) - old;
            most += if old == 0.0 { new } else { beyond.min(new) };
        }
        for (at, leaf) in ground.leaves.iter().enumerate() {
            most += single.on_leaf[at].min((leaf.most - base.leaves[at]).max(0.0));
        }
        most
    }

    /// All segments that seem to fail, where they are many: as one event, and not as so many accidents.
    fn segments(&self, nothing: &Partial, singles: &[Single], ground: &Ground) -> Option<Partial> {
        let mut worst: Vec<&Single> = Vec::new();
        for single in singles.iter().filter(|s| s.gain > 0.0) {
            let place = |s: &Single| self.layout.faults[s.partial.members[0].fault].place;
            if !matches!(place(single), Place::Segment(_)) {
                continue;
            }
            match worst.iter_mut().find(|other| place(other) == place(single)) {
                Some(other) if other.gain < single.gain => *other = single,
                Some(_) => {}
                None => worst.push(single),
            }
        }
        if worst.len() < MANY_SEGMENTS {
            return None;
        }
        let each = worst.iter().map(|single| single.partial.prior);
        let chance =
            each.clone().fold(f64::NEG_INFINITY, f64::max) + (worst.len() - 1) as f64 * ALSO_FAILS.ln();
        let mut set = nothing.clone();
        for single in &worst {
            set = self.extend(&set, single.partial.members[0], ground);
        }
        let relief = chance - each.sum::<f64>();
        set.prior += relief;
        set.score += relief;
        Some(set)
    }

    fn prior(&self, known: Known) -> f64 {
        let own = known.hypothesis(self.layout);
        let page =
            self.admitted.iter().find(|(fault, _)| *fault == known.fault).map_or(0.0, |(_, nats)| *nats);
        if self.settled.contains(&known.fault) {
            return own.ln_prior() - own.kind.prior().ln() + KNOWN_PRIOR.ln();
        }
        own.ln_prior() + page
    }

    /// Log likelihood ratio of one probe under a set of faults.
    fn probe(&self, probe: usize, set: &[Known]) -> f64 {
        let seen = self.evidence.of(probe);
        if seen.is_empty() {
            return 0.0;
        }
        let mut old = [UNUSED; MOST_MEMBERS];
        let mut new = [UNUSED; MOST_MEMBERS];
        let (mut olds, mut news) = (0, 0);
        for known in set.iter().filter(|k| self.layout.reaches(k.fault, probe)).take(MOST_MEMBERS) {
            let hypothesis = known.hypothesis(self.layout);
            if self.established.contains(&known.fault) {
                old[olds] = hypothesis;
                olds += 1;
            } else {
                new[news] = hypothesis;
                news += 1;
            }
        }
        self.likelihood.beyond(&old[..olds], &new[..news], self.layout.look(probe), seen)
    }

    fn extend(&self, base: &Partial, with: Known, ground: &Ground) -> Partial {
        let mut out = base.clone();
        out.members.push(with);
        out.prior += self.prior(with);
        for probe in &self.layout.touched[with.fault] {
            out.probes[*probe] = self.probe(*probe, &out.members);
        }
        for (at, leaf) in ground.leaves.iter().enumerate() {
            if leaf.seen.iter().any(|p| self.layout.reaches(with.fault, *p)) {
                let plain: f64 = leaf.seen.iter().map(|p| out.probes[*p]).sum();
                out.leaves[at] = self.leaf(leaf, plain, &out.members);
            }
        }
        let loose: f64 = ground.loose.iter().map(|p| out.probes[*p]).sum();
        out.score = loose + out.prior + out.leaves.iter().sum::<f64>();
        out
    }

    fn normalise(&self, all: Vec<Partial>, ground: &Ground) -> Posterior {
        let scores: Vec<f64> = all.iter().map(|set| set.score).collect();
        let total = ln_sum_exp(&scores);
        let mut sets: Vec<(Scored, Vec<f64>)> = all
            .into_iter()
            .map(|set| {
                let weight = (set.score - total).exp();
                (Scored { weight, shared: set.members, score: set.score }, set.leaves)
            })
            .filter(|(set, _)| set.weight > 1e-6)
            .collect();
        sets.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
        let mut marginal = vec![0.0; self.layout.faults.len()];
        let mut severity = vec![0; self.layout.faults.len()];
        for (rank, (set, totals)) in sets.iter().enumerate().filter(|(_, (set, _))| set.weight > 1e-3) {
            set.shared.iter().for_each(|known| marginal[known.fault] += set.weight);
            for (leaf, total) in ground.leaves.iter().zip(totals) {
                let mut best: Vec<(usize, f64)> = Vec::new();
                for Choice { known, prior, .. } in &leaf.choices {
                    let term = self.leaf_with(leaf, &set.shared, Some(*known)) + prior;
                    marginal[known.fault] += set.weight * (term - total).exp();
                    if rank == 0 && best.iter().all(|(fault, most)| *fault != known.fault || term > *most) {
                        best.push((known.fault, term));
                        severity[known.fault] = known.severity;
                    }
                }
            }
        }
        Posterior { sets: sets.into_iter().map(|(set, _)| set).collect(), marginal, severity }
    }
}

/// Marks the degrees of each fault that another degree of it beats by far.
fn mark_outdone(singles: &mut [Single]) {
    for at in 0..singles.len() {
        let own = &singles[at].partial;
        let rival = |s: &Single| {
            s.partial.members[0].fault == own.members[0].fault && s.partial.score > own.score + OUTDONE
        };
        singles[at].outdone = singles.iter().any(rival);
    }
}

fn same_members(a: &[Known], b: &[Known]) -> bool {
    a.len() == b.len() && a.iter().all(|known| b.contains(known))
}

fn ln_sum_exp(terms: &[f64]) -> f64 {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + terms.iter().map(|t| (t - most).exp()).sum::<f64>().ln()
}
