//! When the evidence does not separate the candidates: saying so, with what would.

use super::Diagnosis;
use super::weighing::Evaluation;
use crate::blame::{self, Key};
use crate::cusum::Known;
use crate::evidence::Mending;
use crate::layout::Place;
use crate::lifecycle::Open;
use crate::likelihood::{Hypothesis, Look};
use crate::noise::Level;
use demarc_model::fault::Fault;
use demarc_model::incident::{Step, Transition};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Candidate, Explanation, Finding, Undecided, Verdict, Weight, WouldSettle};

const MOST_CANDIDATES: usize = 4;
const LEAST_PROBABILITY: f64 = 0.02;
const MOST_SUGGESTIONS: usize = 3;
/// Predictions further apart than this (in total variation) settle a tie within a few rounds.
const SETTLING_DISTANCE: f64 = 0.5;

impl Diagnosis {
    /// Says `undetermined` when something is wrong and the candidates have tied for too long.
    pub(super) fn tie(&mut self, evaluation: &Evaluation, now: Timestamp) -> Option<Transition> {
        if !self.leaning.is_empty() || self.is_explained(evaluation) {
            self.tied_since = None;
            return None;
        }
        let since = *self.tied_since.get_or_insert(now);
        let already = self.open.iter().any(|open| open.key == Key::Undetermined);
        if already || now.since(since) < self.policy.undetermined_after {
            return None;
        }
        let candidates = self.candidates(evaluation);
        let all: Vec<usize> = (0..self.layout.probes.len()).collect();
        let verdict = Verdict {
            confidence: candidates.first().map_or(0.0, |c| c.probability),
            since: self.window.onset(&all, evaluation.from).unwrap_or(since),
            detected: now,
            finding: Finding::Undetermined {
                why: Undecided::Tie,
                would_settle: self.would_settle(evaluation),
                candidates,
            },
            flapping: None,
            explanation: Explanation { support: self.anomalies(evaluation), ..Explanation::default() },
        };
        Some(self.begin(Key::Undetermined, &[], verdict, now))
    }

    /// Closes an undetermined incident once nothing has been suspicious for a while.
    pub(super) fn close_undetermined(&mut self, now: Timestamp) -> Vec<Transition> {
        if !self.tests.above(self.policy.suspect_nats).is_empty() {
            self.quiet_since = None;
            return Vec::new();
        }
        let since = *self.quiet_since.get_or_insert(now);
        let at = self.open.iter().position(|open| open.key == Key::Undetermined);
        match at.filter(|_| now.since(since) >= self.policy.close_after) {
            Some(at) => vec![self.revise(at, Step::Closed, now)],
            None => Vec::new(),
        }
    }

    /// Closes an undetermined incident once what was odd has been in order for a while. The tests take
    /// long to see that: a mild fault that made all this by chance dies slowly, although nothing is left of it.
    pub(super) fn close_mended(&mut self, now: Timestamp) -> Option<Transition> {
        let at = self.open.iter().position(|open| open.key == Key::Undetermined)?;
        let since = self.open[at].incident.verdict.since;
        let explained = |probe: usize| {
            let known = self.open.iter().flat_map(Open::known);
            let known = known.chain(self.references.iter().map(|reference| reference.known));
            known.into_iter().any(|k| self.layout.reaches(k.fault, probe))
        };
        let mut odd = self.window.mending(self.layout.probes.len(), since);
        odd.retain(|own| own.failures > 1 && !explained(own.probe));
        let quiet = |own: &Mending| now.since(own.last_failure) >= self.policy.close_after;
        let each = |own: &Mending| quiet(own) && own.nats() >= self.policy.suspect_nats;
        let all: f64 = odd.iter().map(Mending::nats).sum();
        if !odd.iter().all(each) || all < self.policy.close_nats {
            return None;
        }
        let probes: Vec<usize> = odd.iter().map(|own| own.probe).collect();
        self.window.forget(&probes, now);
        self.replay();
        Some(self.revise(at, Step::Closed, now))
    }

    /// Whether the best explanation names nothing that is not said already.
    fn is_explained(&self, evaluation: &Evaluation) -> bool {
        let open = |key: Key| self.open.iter().any(|open| open.key == key);
        let news = evaluation.best.iter().filter(|k| !self.goes_astray(k.fault, evaluation));
        let mut keys = news.filter_map(|k| blame::key(&self.layout, k.fault));
        let weight: f64 = evaluation.posterior.sets.iter().take(1).map(|set| set.weight).sum();
        keys.all(open) && weight >= 0.5
    }

    fn candidates(&self, evaluation: &Evaluation) -> Vec<Candidate> {
        let leaves = |known: &&Known| matches!(self.layout.faults[known.fault].place, Place::Leaf(_));
        let own: Vec<Known> = evaluation.best.iter().filter(leaves).copied().collect();
        let mut out: Vec<Candidate> = Vec::new();
        for set in &evaluation.posterior.sets {
            let members: Vec<Known> = set.shared.iter().chain(&own).copied().collect();
            let faults = self.faults(&members);
            match out.iter_mut().find(|c| c.faults == faults) {
                Some(same) => same.probability += set.weight,
                None => out.push(Candidate { faults, probability: set.weight }),
            }
        }
        out.retain(|c| c.probability >= LEAST_PROBABILITY);
        out.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        out.truncate(MOST_CANDIDATES);
        out
    }

    fn faults(&self, known: &[Known]) -> Vec<Fault> {
        let mut keys: Vec<Key> = known.iter().filter_map(|k| blame::key(&self.layout, k.fault)).collect();
        keys.sort_unstable();
        keys.dedup();
        let of = |key: Key| {
            let own = known.iter().filter(|k| blame::key(&self.layout, k.fault) == Some(key));
            match blame::finding(&self.layout, key, &own.copied().collect::<Vec<_>>()) {
                Some(Finding::Fault(fault)) => Some(fault),
                Some(Finding::Undetermined { .. }) | None => None,
            }
        };
        keys.into_iter().filter_map(of).collect()
    }

    /// Probes that the two leading candidates predict differently, as advice.
    fn would_settle(&self, evaluation: &Evaluation) -> Vec<WouldSettle> {
        let vendor = |k: &Known| blame::key(&self.layout, k.fault) == Some(Key::Vendor);
        if evaluation.best.iter().any(vendor) {
            return vec![WouldSettle::SecondWitness];
        }
        let mut sets = evaluation.posterior.sets.iter();
        let (Some(first), Some(second)) = (sets.next(), sets.next()) else { return Vec::new() };
        let hypothesis = |set: &[Known]| set.first().map(|k| k.hypothesis(&self.layout));
        let (a, b) = (hypothesis(&first.shared), hypothesis(&second.shared));
        let mut ranked: Vec<(ProbeKind, f64)> = ProbeKind::ALL
            .into_iter()
            .map(|kind| (kind, self.distance(a, b, kind)))
            .filter(|(_, distance)| *distance >= SETTLING_DISTANCE)
            .collect();
        ranked.sort_by(|x, y| y.1.total_cmp(&x.1));
        ranked.into_iter().take(MOST_SUGGESTIONS).map(|(kind, _)| self.suggestion(kind)).collect()
    }

    /// How differently two hypotheses predict a probe that is as noisy as is assumed at first.
    fn distance(&self, a: Option<Hypothesis>, b: Option<Hypothesis>, kind: ProbeKind) -> f64 {
        let look = Look { kind, level: Level::default() };
        self.likelihood.prediction(a, look).distance(&self.likelihood.prediction(b, look))
    }

    fn suggestion(&self, kind: ProbeKind) -> WouldSettle {
        if self.layout.probes.iter().any(|probe| probe.id.kind == kind) {
            WouldSettle::Further(kind)
        } else {
            WouldSettle::Lacking(kind)
        }
    }

    /// What is odd, by kind of probe, without a claim why.
    fn anomalies(&self, evaluation: &Evaluation) -> Vec<Weight> {
        let mut out: Vec<Weight> = Vec::new();
        for (at, probe) in self.layout.probes.iter().enumerate() {
            let counts = evaluation.evidence.counts(at);
            if counts.iter().all(|(symptom, _)| *symptom == Symptom::Passed) {
                continue;
            }
            let subject = (!probe.id.subject.is_empty()).then(|| probe.id.subject.to_string());
            match out.iter_mut().find(|weight| weight.probe == probe.id.kind) {
                Some(same) => {
                    same.subjects.extend(subject);
                    same.seen.extend(counts);
                }
                None => out.push(Weight {
                    decibans: 0.0,
                    probe: probe.id.kind,
                    subjects: subject.into_iter().collect(),
                    seen: counts.to_vec(),
                }),
            }
        }
        out
    }
}
