//! What the evidence since the first sign of trouble says: the posterior, and what follows from it.

use super::Diagnosis;
use crate::blame::{self, Key};
use crate::cusum::Known;
use crate::evidence::{Evidence, Fact};
use crate::layout::Place;
use crate::lifecycle::Open;
use crate::likelihood::{Hypothesis, SEVERITIES};
use crate::posterior::{Model, Posterior};
use crate::table::FaultKind;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use std::collections::HashSet;
use std::time::Duration;

/// An incident younger than this may turn out to be part of a larger one.
pub(super) const YOUNG: Duration = Duration::from_secs(60);
/// The rounds before the present one in which everything fails when a fault is complete now.
const LATELY: u64 = 2;
/// So many results in a row, in so many rounds at most, show the same: of a switch that loses three answers of five
/// four in a row are common.
const ENOUGH: usize = 12;
const AT_MOST: u64 = 60;

/// One evaluation of the posterior.
pub(super) struct Evaluation {
    pub(super) evidence: Evidence,
    pub(super) posterior: Posterior,
    pub(super) best: Vec<Known>,
    /// The first round of the evidence.
    pub(super) from: u64,
    /// The first sign of what is weighed, and how long ago it was.
    pub(super) since: Timestamp,
    pub(super) lasts: Duration,
}

impl Diagnosis {
    /// Weighs what was seen since the first sign of the leading fault; what was on its way then says
    /// nothing about it.
    pub(super) fn evaluate(&self, leading: usize, onset: u64, now: Timestamp) -> Evaluation {
        let since = || self.window.since(onset + 1).map(|(_, fact)| fact);
        let sign = |fact: &&Fact| fact.symptom != Symptom::Passed && self.layout.reaches(leading, fact.probe);
        let first = since().filter(sign).map(|fact| fact.at).min();
        let facts = since().filter(|fact| first.is_none_or(|first| fact.at >= first));
        let evidence = Evidence::gather(&self.layout, facts, self.policy.correlation());
        let old = |open: &&Open| now.since(open.incident.opened) >= YOUNG;
        let open = self.open.iter().filter(old).flat_map(Open::known);
        let references = self.references.iter().map(|reference| reference.known);
        let settled: Vec<usize> = open.chain(references).map(|known| known.fault).collect();
        let established: Vec<usize> = self.known().iter().map(|known| known.fault).collect();
        let since = first.unwrap_or(now);
        let evaluation = self.weigh(evidence, &settled, &established, onset + 1);
        Evaluation { since, lasts: now.since(since), ..evaluation }
    }

    fn weigh(&self, evidence: Evidence, settled: &[usize], established: &[usize], from: u64) -> Evaluation {
        let (layout, likelihood) = (&self.layout, &self.likelihood);
        let (admitted, nats) = self.latest.admitted_now(layout, self.last_round);
        let admits = |fault: &usize| admitted.iter().any(|c| blame::concerns(layout, *fault, *c));
        let admitted: Vec<(usize, f64)> =
            (0..layout.faults.len()).filter(admits).map(|fault| (fault, nats)).collect();
        let model =
            Model { layout, likelihood, evidence: &evidence, settled, established, admitted: &admitted };
        let posterior = model.posterior();
        let mut best = posterior.best(&self.layout);
        let all = self.known();
        let tunnel = |k: &Known| self.layout.faults[k.fault].kind == FaultKind::CameraTunnel;
        let wider = |k: &Known| {
            matches!(
                blame::key(&self.layout, k.fault),
                Some(Key::Vendor | Key::Line | Key::Gateway | Key::Lan)
            )
        };
        // A camera's lost tunnel is then a matter of the line or the vendor.
        if best.iter().chain(&all).any(wider) {
            best.retain(|k| !tunnel(k));
        }
        for known in &mut best {
            if self.is_complete_by_now(known.fault) {
                known.severity = 0;
            } else if self.layout.faults[known.fault].kind == FaultKind::Segment {
                // A switch that passes anything on is not down.
                known.severity = (SEVERITIES.len() - 1) as u8;
            }
        }
        let since = Timestamp::from_millis(0);
        Evaluation { evidence, posterior, best, from, since, lasts: Duration::ZERO }
    }

    /// Whether everything that a fault touches has failed of late. Answers that were on their way when
    /// it began make a fault look partial that is not.
    pub(super) fn is_complete_by_now(&self, fault: usize) -> bool {
        let run = self.failed(fault, AT_MOST).into_iter().rev().take_while(|failed| *failed).count();
        run >= ENOUGH && !self.passes_by_now(fault)
    }

    /// Whether anything of what a fault makes fail has passed of late.
    pub(super) fn passes_by_now(&self, fault: usize) -> bool {
        self.failed(fault, LATELY).contains(&false)
    }

    /// What came of the probes that a fault makes fail, in so many rounds before the present one: whether each
    /// failed, oldest first. A camera that answers all the time does not hang on the switch that fails, whatever
    /// the records say.
    fn failed(&self, fault: usize, rounds: u64) -> Vec<bool> {
        // What cameras say of the way beyond them is asked rarely, and was true a while ago.
        let fails = |probe: usize| {
            let hypothesis = Hypothesis { kind: self.layout.faults[fault].kind, severity: 0 };
            self.layout.kind(probe) != ProbeKind::CameraCloud
                && self.likelihood.prediction(Some(hypothesis), self.layout.look(probe)).fails()
        };
        let own = |rounds: u64| {
            let recent = self.window.since(self.round.saturating_sub(rounds)).map(|(_, fact)| fact);
            recent.filter(|fact| self.layout.reaches(fault, fact.probe) && fails(fact.probe))
        };
        let leaf = |fact: &Fact| self.layout.probes[fact.probe].leaf;
        let is_of_switch = matches!(self.layout.faults[fault].place, Place::Segment(_));
        let hit: HashSet<Option<usize>> =
            own(AT_MOST).filter(|fact| fact.symptom != Symptom::Passed).map(leaf).collect();
        let told = own(rounds).filter(|fact| !is_of_switch || hit.contains(&leaf(fact)));
        told.map(|fact| fact.symptom != Symptom::Passed).collect()
    }

    /// The posterior over everything that was seen since an incident began, as if nothing were known.
    pub(super) fn evaluate_anew(&self, open: &Open) -> Evaluation {
        let since = open.incident.verdict.since;
        let facts = self.window.since(0).map(|(_, fact)| fact).filter(|fact| fact.at >= since);
        self.weigh(Evidence::gather(&self.layout, facts, self.policy.correlation()), &[], &[], 0)
    }

    /// The probability of a leaf's fault, or that a wider vendor fault takes the same capability down.
    pub(super) fn probability(&self, evaluation: &Evaluation, fault: usize) -> f64 {
        let marginal = &evaluation.posterior.marginal;
        let capability = (0..self.vendor_size()).find(|at| {
            blame::concerns(&self.layout, fault, *at)
                && self.layout.faults[fault].kind.of_one_capability().is_none()
        });
        let Some(at) = capability else { return marginal[fault] };
        (0..marginal.len()).filter(|f| blame::concerns(&self.layout, *f, at)).map(|f| marginal[f]).sum()
    }

    fn vendor_size(&self) -> usize {
        self.layout.site.vendor.as_ref().map_or(0, |vendor| vendor.capabilities.len())
    }

    /// The probability that anything is wrong with what a key stands for.
    pub(super) fn key_probability(&self, evaluation: &Evaluation, key: Key) -> f64 {
        let marginal = &evaluation.posterior.marginal;
        let own = |f: &usize| blame::key(&self.layout, *f) == Some(key);
        let sum: f64 = (0..marginal.len()).filter(own).map(|f| marginal[f]).sum();
        sum.min(1.0)
    }

    /// The probability that a key's thing is broken in the way that a finding says.
    pub(super) fn cause_probability(&self, evaluation: &Evaluation, key: Key, known: &[Known]) -> f64 {
        let says = blame::finding(&self.layout, key, known);
        let parts: Vec<FaultKind> = known.iter().map(|k| self.layout.faults[k.fault].kind).collect();
        let alike = |fault: usize| {
            let whole = self.layout.faults[fault].kind.of_one_camera();
            whole.is_some_and(|part| parts.contains(&part))
                || blame::key(&self.layout, fault) == Some(key)
                    && (0..SEVERITIES.len()).any(|severity| {
                        let one = Known { fault, severity: severity as u8 };
                        blame::finding(&self.layout, key, &[one]) == says
                    })
        };
        let marginal = &evaluation.posterior.marginal;
        let sum: f64 =
            (0..marginal.len()).filter(|f| marginal[*f] > 0.0 && alike(*f)).map(|f| marginal[f]).sum();
        sum.min(1.0)
    }

    /// A vendor that fails as a whole is said and followed capability by capability, the one that cameras
    /// connect to with what they say of it, and what befell all cameras at once camera by camera.
    pub(super) fn spread(&self, evaluation: &Evaluation) -> Vec<Known> {
        let mut out = Vec::new();
        for known in &evaluation.best {
            let kind = self.layout.faults[known.fault].kind;
            match kind.of_one_capability().or(kind.of_one_camera()) {
                Some(part) => out.extend(self.parts(evaluation, *known, part)),
                None => out.push(*known),
            }
        }
        for known in &mut out {
            known.fault = self.layout.with_cameras(known.fault);
        }
        out.sort_by_key(|k| k.fault);
        out.dedup_by_key(|k| k.fault);
        out
    }

    /// The leaves that a fault of all of them has reached and that nothing else explains.
    fn parts(&self, evaluation: &Evaluation, shared: Known, part: FaultKind) -> Vec<Known> {
        let failed = |p: &usize| {
            self.layout.reaches(shared.fault, *p)
                && evaluation.evidence.counts(*p).iter().any(|(s, _)| *s != Symptom::Passed)
        };
        let own = |leaf: usize| {
            let range = &self.layout.own[leaf];
            evaluation.best.iter().any(|k| range.contains(&k.fault))
        };
        let leaves = self.layout.leaves.iter().enumerate();
        let hit = leaves.filter(|(at, leaf)| !own(*at) && leaf.probes.iter().any(failed));
        hit.filter_map(|(at, _)| {
            let fault = self.layout.fault(part, Place::Leaf(at))?;
            Some(Known { fault, severity: shared.severity })
        })
        .collect()
    }
}
