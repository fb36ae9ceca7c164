//! What explains the evidence: the posterior over sets of faults.
//!
//! Sets of up to two shared faults are enumerated (a third is tried on the best of them); given such
//! a set, each leaf's own fault is summed over in closed form, so any number of dead cameras or dead
//! vendor services is exact.
//! The log likelihood is submodular: a fault never gains more beside others than alone. Faults that
//! cannot reach the best set are therefore left out without changing the answer.

use crate::cusum::Known;
use crate::evidence::Evidence;
use crate::layout::Layout;
use crate::likelihood::{Hypothesis, Likelihood};
use crate::table::FaultKind;

/// A fault that gains less than this, prior included, cannot matter.
const WORTHLESS: f64 = -10.0;
/// A set this far below the best one has no weight.
const HOPELESS: f64 = 12.0;
/// The prior probability of a fault that is already known.
const KNOWN_PRIOR: f64 = 0.5;

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
}

/// A leaf's own fault that could matter.
#[derive(Clone, Copy)]
struct Choice {
    known: Known,
    prior: f64,
}

/// A set with what each leaf contributes under it.
struct Partial {
    members: Vec<Known>,
    leaves: Vec<f64>,
    score: f64,
}

impl Model<'_> {
    pub(crate) fn posterior(&self) -> Posterior {
        let choices: Vec<Vec<Choice>> =
            self.layout.own.iter().map(|range| self.choices(range.clone())).collect();
        let nothing: Vec<f64> =
            (0..self.layout.leaves.len()).map(|leaf| self.leaf(leaf, &[], &choices[leaf])).collect();
        let healthy = Partial { members: Vec::new(), score: nothing.iter().sum(), leaves: nothing };
        let candidates = self.candidates();
        let singles: Vec<Partial> =
            candidates.iter().map(|c| self.extend(&healthy, c.known, &choices)).collect();
        let mut best = singles.iter().map(|s| s.score).fold(healthy.score, f64::max);
        let mut pairs = Vec::new();
        for (i, a) in candidates.iter().enumerate() {
            for (j, b) in candidates.iter().enumerate().skip(i + 1) {
                let bound = f64::min(singles[i].score + b.gain, singles[j].score + a.gain);
                let same = self.layout.same_component(a.known.fault, b.known.fault);
                if same || bound < best - HOPELESS {
                    continue;
                }
                let pair = self.extend(&singles[i], b.known, &choices);
                best = best.max(pair.score);
                pairs.push(pair);
            }
        }
        let third = self.third(&pairs, &candidates, &choices);
        let all: Vec<Partial> = std::iter::once(healthy).chain(singles).chain(pairs).chain(third).collect();
        self.normalise(all, &choices)
    }

    /// The best pair with one more fault, where that helps.
    fn third(&self, pairs: &[Partial], candidates: &[Candidate], choices: &[Vec<Choice>]) -> Vec<Partial> {
        let Some(best) = pairs.iter().max_by(|a, b| a.score.total_cmp(&b.score)) else { return Vec::new() };
        let fresh = candidates.iter().filter(|c| {
            best.members.iter().all(|m| !self.layout.same_component(m.fault, c.known.fault)) && c.gain > 0.0
        });
        fresh.map(|c| self.extend(best, c.known, choices)).collect()
    }

    /// Shared hypotheses that could be part of the answer.
    fn candidates(&self) -> Vec<Candidate> {
        let mut out = Vec::new();
        for fault in 0..self.layout.shared {
            for hypothesis in Hypothesis::all(self.layout.faults[fault].kind) {
                let known = Known { fault, severity: hypothesis.severity };
                let evidence: f64 = self.layout.touched[fault].iter().map(|p| self.probe(*p, &[known])).sum();
                let gain = evidence + self.prior(known);
                if gain > WORTHLESS {
                    out.push(Candidate { known, gain });
                }
            }
        }
        out
    }

    fn choices(&self, own: std::ops::Range<usize>) -> Vec<Choice> {
        let mut out = Vec::new();
        for fault in own {
            for hypothesis in Hypothesis::all(self.layout.faults[fault].kind) {
                let known = Known { fault, severity: hypothesis.severity };
                let prior = self.prior(known);
                let evidence: f64 = self.layout.touched[fault].iter().map(|p| self.probe(*p, &[known])).sum();
                if evidence + prior > WORTHLESS {
                    out.push(Choice { known, prior });
                }
            }
        }
        out
    }

    fn prior(&self, known: Known) -> f64 {
        let own = known.hypothesis(self.layout);
        if self.settled.contains(&known.fault) {
            return own.ln_prior() - own.kind.prior().ln() + KNOWN_PRIOR.ln();
        }
        own.ln_prior()
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
        self.likelihood.beyond(&old[..olds], &new[..news], self.layout.kind(probe), seen)
    }

    /// Log likelihood ratio of a leaf's probes under shared faults, its own fault summed over.
    fn leaf(&self, leaf: usize, shared: &[Known], choices: &[Choice]) -> f64 {
        let mut terms = vec![self.leaf_with(leaf, shared, None)];
        terms.extend(choices.iter().map(|c| self.leaf_with(leaf, shared, Some(c.known)) + c.prior));
        ln_sum_exp(&terms)
    }

    fn leaf_with(&self, leaf: usize, shared: &[Known], own: Option<Known>) -> f64 {
        let mut set = [NOBODY; MOST_MEMBERS];
        let mut count = 0;
        for known in shared.iter().copied().chain(own).take(MOST_MEMBERS) {
            set[count] = known;
            count += 1;
        }
        self.layout.leaves[leaf].probes.iter().map(|p| self.probe(*p, &set[..count])).sum()
    }

    fn extend(&self, base: &Partial, with: Known, choices: &[Vec<Choice>]) -> Partial {
        let mut members = base.members.clone();
        members.push(with);
        let mut leaves = base.leaves.clone();
        for (at, leaf) in self.layout.leaves.iter().enumerate() {
            if leaf.probes.iter().any(|p| self.layout.reaches(with.fault, *p)) {
                leaves[at] = self.leaf(at, &members, &choices[at]);
            }
        }
        let alone = (0..self.layout.probes.len()).filter(|p| self.layout.probes[*p].leaf.is_none());
        let site: f64 = alone.map(|p| self.probe(p, &members)).sum();
        let prior: f64 = members.iter().map(|m| self.prior(*m)).sum();
        let score = site + prior + leaves.iter().sum::<f64>();
        Partial { members, leaves, score }
    }

    fn normalise(&self, all: Vec<Partial>, choices: &[Vec<Choice>]) -> Posterior {
        let scores: Vec<f64> = all.iter().map(|set| set.score).collect();
        let total = ln_sum_exp(&scores);
        let mut sets: Vec<Scored> = all
            .into_iter()
            .map(|set| Scored { weight: (set.score - total).exp(), shared: set.members, score: set.score })
            .filter(|set| set.weight > 1e-6)
            .collect();
        sets.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut marginal = vec![0.0; self.layout.faults.len()];
        let mut severity = vec![0; self.layout.faults.len()];
        for (rank, set) in sets.iter().enumerate().filter(|(_, set)| set.weight > 1e-3) {
            set.shared.iter().for_each(|known| marginal[known.fault] += set.weight);
            for (leaf, own) in choices.iter().enumerate().filter(|(_, own)| !own.is_empty()) {
                self.share(leaf, own, set, &mut marginal);
                if rank == 0 {
                    self.fit(leaf, own, set, &mut severity);
                }
            }
        }
        Posterior { sets, marginal, severity }
    }

    /// Adds a set's share of a leaf's own faults to their probabilities.
    fn share(&self, leaf: usize, own: &[Choice], set: &Scored, marginal: &mut [f64]) {
        let total = self.leaf(leaf, &set.shared, own);
        for choice in own {
            let term = self.leaf_with(leaf, &set.shared, Some(choice.known)) + choice.prior;
            marginal[choice.known.fault] += set.weight * (term - total).exp();
        }
    }

    fn fit(&self, leaf: usize, own: &[Choice], set: &Scored, severity: &mut [u8]) {
        let mut best = vec![f64::NEG_INFINITY; severity.len()];
        for choice in own {
            let term = self.leaf_with(leaf, &set.shared, Some(choice.known)) + choice.prior;
            if term > best[choice.known.fault] {
                best[choice.known.fault] = term;
                severity[choice.known.fault] = choice.known.severity;
            }
        }
    }
}

/// A shared hypothesis with the most it can gain, prior included.
struct Candidate {
    known: Known,
    gain: f64,
}

fn ln_sum_exp(terms: &[f64]) -> f64 {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + terms.iter().map(|t| (t - most).exp()).sum::<f64>().ln()
}
