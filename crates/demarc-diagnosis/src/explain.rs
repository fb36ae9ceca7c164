//! Why a finding holds: what each group of probes contributed, and why the next best explanations fell.

use crate::blame::{self, Key};
use crate::cusum::Known;
use crate::evidence::Evidence;
use crate::layout::Layout;
use crate::likelihood::{Hypothesis, Likelihood};
use crate::table::FaultKind;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::verdict::{Finding, Rejected, Weight, WouldChange};
use std::collections::BTreeMap;

/// Ten times the decimal logarithm of e: nats to decibans.
const DECIBANS_PER_NAT: f64 = std::f64::consts::LOG10_E * 10.0;
const MOST_SUPPORT: usize = 5;
const MOST_AGAINST: usize = 2;
const MOST_REJECTED: usize = 3;
/// An answer this probable is one that an explanation expects.
const LIKELY: f64 = 0.3;
/// Groups that contributed less are not worth a line.
const LEAST_DECIBANS: f64 = 0.5;

/// The evidence, and the whole explanation of which a finding is part.
pub(crate) struct Case<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) likelihood: &'a Likelihood,
    pub(crate) evidence: &'a Evidence,
    /// Everything that is held to be broken.
    pub(crate) set: &'a [Known],
    /// The part of it that the finding is about.
    pub(crate) own: &'a [Known],
}

impl Case<'_> {
    fn without_own(&self) -> Vec<Known> {
        self.set.iter().copied().filter(|k| !self.own.contains(k)).collect()
    }

    fn of_probe(&self, probe: usize, set: &[Known]) -> f64 {
        let here = set.iter().filter(|k| self.layout.reaches(k.fault, probe));
        let here: Vec<Hypothesis> = here.map(|k| k.hypothesis(self.layout)).collect();
        self.likelihood.of_set(&here, self.layout.look(probe), self.evidence.of(probe))
    }

    /// What speaks for the finding and what against, compared with everything else being as it is.
    pub(crate) fn weights(&self) -> (Vec<Weight>, Vec<Weight>) {
        let groups = self.groups(&self.without_own());
        let (mut support, mut against): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|weight| weight.decibans > 0.0);
        support.sort_by(|a, b| b.decibans.total_cmp(&a.decibans));
        against.sort_by(|a, b| a.decibans.total_cmp(&b.decibans));
        support.truncate(MOST_SUPPORT);
        against.truncate(MOST_AGAINST);
        (support, against)
    }

    /// The explanations that come closest without being the finding, and what would turn it into the
    /// first of them.
    pub(crate) fn rejected(&self, key: Key) -> (Vec<Rejected>, Option<WouldChange>) {
        let rest = self.without_own();
        let prior = |known: &[Known]| known.iter().map(|k| k.hypothesis(self.layout).ln_prior()).sum::<f64>();
        let mut out: Vec<(Rejected, Known)> = Vec::new();
        for rival in self.rivals(key) {
            let mut other = rest.clone();
            other.push(rival);
            let groups = self.groups(&other);
            let evidence: f64 = groups.iter().map(|g| g.decibans).sum();
            let decibans = evidence + DECIBANS_PER_NAT * (prior(self.own) - prior(&[rival]));
            let because = groups.into_iter().max_by(|a, b| a.decibans.total_cmp(&b.decibans));
            let Some(Finding::Fault(fault)) =
                blame::key(self.layout, rival.fault).and_then(|k| blame::finding(self.layout, k, &[rival]))
            else {
                continue;
            };
            out.push((Rejected { faults: vec![fault], decibans: round(decibans), because }, rival));
        }
        out.sort_by(|a, b| a.0.decibans.total_cmp(&b.0.decibans));
        out.dedup_by(|a, b| a.0.faults == b.0.faults);
        out.truncate(MOST_REJECTED);
        let turn = out.first().and_then(|(rejected, rival)| self.would_change(rejected, *rival));
        (out.into_iter().map(|(rejected, _)| rejected).collect(), turn)
    }

    /// The answer that would speak most strongly for a rejected explanation, of those that it makes likely.
    fn would_change(&self, rejected: &Rejected, rival: Known) -> Option<WouldChange> {
        let rest = self.without_own();
        let other: Vec<Known> = rest.iter().copied().chain([rival]).collect();
        let answers = (0..self.layout.probes.len()).flat_map(|p| Symptom::ALL.map(|s| (p, s)));
        let (probe, symptom, nats) = answers
            .filter(|(p, s)| self.predicted(*p, &other, *s) >= LIKELY)
            .map(|(p, s)| (p, s, self.ln_of(p, &other, s) - self.ln_of(p, self.set, s)))
            .max_by(|a, b| a.2.total_cmp(&b.2))?;
        let kind = self.layout.kind(probe);
        let alike = |p: &usize| {
            self.layout.kind(*p) == kind
                && self.layout.reaches(rival.fault, *p) == self.layout.reaches(rival.fault, probe)
        };
        let own = (0..self.layout.probes.len()).filter(alike).map(|p| &self.layout.probes[p].id.subject);
        let decibans = round(DECIBANS_PER_NAT * nats);
        (decibans >= LEAST_DECIBANS).then(|| WouldChange {
            probe: kind,
            subjects: own.filter(|s| !s.is_empty()).map(ToString::to_string).collect(),
            symptom,
            decibans,
            to: rejected.faults.clone(),
        })
    }

    fn ln_of(&self, probe: usize, set: &[Known], symptom: Symptom) -> f64 {
        let here = set.iter().filter(|k| self.layout.reaches(k.fault, probe));
        let here: Vec<Hypothesis> = here.map(|k| k.hypothesis(self.layout)).collect();
        self.likelihood.of_set(&here, self.layout.look(probe), &[(symptom, 1.0)])
    }

    fn predicted(&self, probe: usize, set: &[Known], symptom: Symptom) -> f64 {
        let null = self.likelihood.prediction(None, self.layout.look(probe));
        null.probability(symptom) * self.ln_of(probe, set, symptom).exp()
    }

    /// Faults of another component that touch something the finding explains.
    fn rivals(&self, key: Key) -> Vec<Known> {
        let failing: Vec<usize> = (0..self.layout.probes.len())
            .filter(|p| self.own.iter().any(|k| self.layout.reaches(k.fault, *p)))
            .filter(|p| self.evidence.counts(*p).iter().any(|(s, _)| *s != Symptom::Passed))
            .collect();
        let rival = |fault: &usize| {
            let other = blame::key(self.layout, *fault);
            let kind = self.layout.faults[*fault].kind;
            other.is_some_and(|other| other != key)
                && kind != FaultKind::AgentDisk
                && failing.iter().any(|p| self.layout.reaches(*fault, *p))
                && self.set.iter().all(|k| k.fault != *fault)
        };
        (0..self.layout.faults.len()).filter(rival).map(|fault| Known { fault, severity: 0 }).collect()
    }

    /// Contributions to "the explanation as it is" against `other`, by kind of probe.
    fn groups(&self, other: &[Known]) -> Vec<Weight> {
        let mut groups: BTreeMap<ProbeKind, Weight> = BTreeMap::new();
        for (at, probe) in self.layout.probes.iter().enumerate() {
            if self.evidence.counts(at).is_empty() {
                continue;
            }
            let nats = self.of_probe(at, self.set) - self.of_probe(at, other);
            if nats == 0.0 {
                continue;
            }
            let group = groups.entry(probe.id.kind).or_insert_with(|| Weight {
                decibans: 0.0,
                probe: probe.id.kind,
                subjects: Vec::new(),
                seen: Vec::new(),
            });
            group.decibans += DECIBANS_PER_NAT * nats;
            if !probe.id.subject.is_empty() {
                group.subjects.push(probe.id.subject.to_string());
            }
            for (symptom, n) in self.evidence.counts(at) {
                match group.seen.iter_mut().find(|(s, _)| s == symptom) {
                    Some((_, total)) => *total += n,
                    None => group.seen.push((*symptom, *n)),
                }
            }
        }
        let mut out: Vec<Weight> = groups.into_values().collect();
        out.iter_mut().for_each(|group| group.decibans = round(group.decibans));
        out.retain(|group| group.decibans.abs() >= LEAST_DECIBANS);
        out
    }
}

fn round(decibans: f64) -> f64 {
    (decibans * 10.0).round() / 10.0
}
