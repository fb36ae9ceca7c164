//! From tests and posterior to incidents: what is claimed, what is allowed to be said, what it replaces.

use super::Diagnosis;
use crate::blame::{self, Key};
use crate::cusum::{Known, Test};
use crate::evidence::Evidence;
use crate::explain::Case;
use crate::layout::{Place, Subject};
use crate::lifecycle::Open;
use crate::likelihood::Hypothesis;
use crate::posterior::{Model, Posterior};
use demarc_model::incident::{Step, Transition};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Explanation, Overview, Verdict};
use std::collections::HashSet;
use std::time::Duration;

/// An incident younger than this may turn out to be part of a larger one.
const YOUNG: Duration = Duration::from_secs(60);
/// A young incident less probable than this gives way to a better explanation.
const DISPROVED: f64 = 0.1;
/// When everything was explained, the posterior is weighed again once the leading evidence has grown
/// by this factor, or after this many rounds.
const NEWS: f64 = 1.5;
const PATIENCE: u64 = 5;
/// The rounds before the present one, and the results in them, that show how complete a fault is now.
const LATELY: u64 = 2;
const ENOUGH: usize = 4;

/// A finding that the posterior supports.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim {
    key: Key,
    known: Vec<Known>,
    confidence: f64,
}

/// One evaluation of the posterior.
pub(super) struct Evaluation {
    pub(super) evidence: Evidence,
    pub(super) posterior: Posterior,
    pub(super) best: Vec<Known>,
    /// The first round of the evidence.
    pub(super) from: u64,
}

impl Diagnosis {
    /// Explains what the tests have found, if they have found enough.
    pub(super) fn judge(&mut self, now: Timestamp) -> Vec<Transition> {
        let passing: Vec<(usize, Test)> = self
            .tests
            .above(self.policy.open_nats)
            .into_iter()
            .filter(|(_, test)| test.passes(&self.policy))
            .collect();
        let Some((_, leading)) = passing.first() else {
            self.leaning.clear();
            self.tied_since = None;
            return self.close_undetermined(now);
        };
        if self
            .nothing_new
            .is_some_and(|(nats, round)| leading.nats < nats * NEWS && self.round < round + PATIENCE)
        {
            return Vec::new();
        }
        let evaluation = self.evaluate(leading.onset, now);
        let claims = self.claims(&evaluation, &passing);
        let agreed: Vec<Claim> = claims
            .iter()
            .filter(|c| self.leaning.iter().any(|l| l.key == c.key && faults(&l.known) == faults(&c.known)))
            .cloned()
            .collect();
        self.leaning = claims;
        if agreed.is_empty() {
            let tie = self.tie(&evaluation, now);
            let explained = self.leaning.is_empty() && self.tied_since.is_none();
            self.nothing_new = explained.then_some((leading.nats, self.round));
            return tie.into_iter().collect();
        }
        self.nothing_new = None;
        let mut transitions: Vec<Transition> = Vec::new();
        for claim in &agreed {
            transitions.extend(self.take(claim, &evaluation, now));
        }
        transitions.extend(self.absorb(&agreed, now));
        self.replay();
        transitions
    }

    fn evaluate(&self, onset: u64, now: Timestamp) -> Evaluation {
        let facts = self.window.since(onset + 1).map(|(_, fact)| fact);
        let evidence = Evidence::gather(&self.layout, facts, self.policy.round_correlation);
        let old = |open: &&Open| now.since(open.incident.opened) >= YOUNG;
        let settled: Vec<usize> =
            self.open.iter().filter(old).flat_map(Open::known).map(|known| known.fault).collect();
        let established: Vec<usize> = self.known().iter().map(|known| known.fault).collect();
        self.weigh(evidence, &settled, &established, onset + 1)
    }

    fn weigh(&self, evidence: Evidence, settled: &[usize], established: &[usize], from: u64) -> Evaluation {
        let (layout, likelihood) = (&self.layout, &self.likelihood);
        let model = Model { layout, likelihood, evidence: &evidence, settled, established };
        let posterior = model.posterior();
        let mut best = posterior.best(&self.layout);
        for known in best.iter_mut().filter(|known| self.is_complete_by_now(known.fault)) {
            known.severity = 0;
        }
        Evaluation { evidence, posterior, best, from }
    }

    /// Whether everything that a fault touches has failed of late. Answers that were on their way when
    /// it began make a fault look partial that is not.
    fn is_complete_by_now(&self, fault: usize) -> bool {
        let recent = self.window.since(self.round.saturating_sub(LATELY)).map(|(_, fact)| fact);
        let fails = |probe: usize| {
            let hypothesis = Hypothesis { kind: self.layout.faults[fault].kind, severity: 0 };
            self.likelihood.prediction(Some(hypothesis), self.layout.kind(probe)).fails()
        };
        let own: Vec<Symptom> = recent
            .filter(|fact| self.layout.reaches(fault, fact.probe) && fails(fact.probe))
            .map(|fact| fact.symptom)
            .collect();
        own.len() >= ENOUGH && own.iter().all(|symptom| *symptom != Symptom::Passed)
    }

    /// The posterior over everything that was seen since an incident began, as if nothing were known.
    fn evaluate_anew(&self, open: &Open) -> Evaluation {
        let since = open.incident.verdict.since;
        let facts = self.window.since(0).map(|(_, fact)| fact).filter(|fact| fact.at >= since);
        self.weigh(Evidence::gather(&self.layout, facts, self.policy.round_correlation), &[], &[], 0)
    }

    /// The findings that are probable enough and not yet said.
    fn claims(&self, evaluation: &Evaluation, passing: &[(usize, Test)]) -> Vec<Claim> {
        let mut by_key: Vec<(Key, Vec<Known>)> = Vec::new();
        for known in self.spread_vendor(evaluation) {
            let Some(key) = blame::key(&self.layout, known.fault) else { continue };
            match by_key.iter_mut().find(|(k, _)| *k == key) {
                Some((_, list)) => list.push(known),
                None => by_key.push((key, vec![known])),
            }
        }
        let tested = |key: Key| passing.iter().any(|(f, _)| blame::key(&self.layout, *f) == Some(key));
        by_key
            .into_iter()
            .filter_map(|(key, known)| self.claim(evaluation, key, known))
            .filter(|claim| tested(claim.key) && claim.confidence >= self.policy.open_posterior)
            .filter(|claim| self.is_news(claim) && self.is_permitted(claim, evaluation))
            .collect()
    }

    fn claim(&self, evaluation: &Evaluation, key: Key, known: Vec<Known>) -> Option<Claim> {
        let probable = |k: &&Known| self.probability(evaluation, k.fault) >= self.policy.open_posterior;
        let whole: f64 = self.key_probability(evaluation, key);
        let kept: Vec<Known> = match key {
            Key::Vendor => known.iter().filter(probable).copied().collect(),
            _ => known,
        };
        (!kept.is_empty()).then_some(Claim { key, known: kept, confidence: whole.min(1.0) })
    }

    /// The probability of a leaf's fault, or that a wider vendor fault takes the same capability down.
    fn probability(&self, evaluation: &Evaluation, fault: usize) -> f64 {
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
    fn key_probability(&self, evaluation: &Evaluation, key: Key) -> f64 {
        let marginal = &evaluation.posterior.marginal;
        let own = |f: &usize| blame::key(&self.layout, *f) == Some(key);
        let sum: f64 = (0..marginal.len()).filter(own).map(|f| marginal[f]).sum();
        sum.min(1.0)
    }

    /// A vendor that fails as a whole is said and followed capability by capability.
    pub(super) fn spread_vendor(&self, evaluation: &Evaluation) -> Vec<Known> {
        let part = |k: &Known| self.layout.faults[k.fault].kind.of_one_capability();
        let Some((shared, kind)) = evaluation.best.iter().find_map(|k| Some((*k, part(k)?))) else {
            return evaluation.best.clone();
        };
        let mut out: Vec<Known> = evaluation.best.iter().filter(|k| part(k).is_none()).copied().collect();
        for (at, leaf) in self.layout.leaves.iter().enumerate() {
            let Subject::Capability(capability) = leaf.subject else { continue };
            let failed =
                |p: &usize| evaluation.evidence.counts(*p).iter().any(|(s, _)| *s != Symptom::Passed);
            if out.iter().any(|k| blame::concerns(&self.layout, k.fault, capability))
                || !leaf.probes.iter().any(failed)
            {
                continue;
            }
            let own = self.layout.fault(kind, Place::Leaf(at));
            out.extend(own.map(|fault| Known { fault, severity: shared.severity }));
        }
        out
    }

    /// Whether a claim says more than the incident that is open for the same thing. An incident whose
    /// fault is on its way out does not change its cause: what is seen then is a mixture.
    fn is_news(&self, claim: &Claim) -> bool {
        let Some(at) = self.open.iter().position(|open| open.key == claim.key) else { return true };
        let open = &self.open[at];
        let recovering = |fault: usize| {
            let same = |k: &Known| self.layout.same_component(k.fault, fault);
            open.faults.iter().any(|(known, recovery)| same(known) && recovery.is_under_way())
        };
        let had: Vec<Known> = open.known().collect();
        let fresh = |k: &Known| {
            !had.contains(k) && !recovering(k.fault) && self.tests.of(k.fault).passes(&self.policy)
        };
        let says = blame::finding(&self.layout, claim.key, &self.merged(at, claim).known);
        claim.known.iter().any(fresh) && says.as_ref() != Some(&open.incident.verdict.finding)
    }

    /// A verdict against the vendor needs two hosts that fail and a control that answers.
    fn is_permitted(&self, claim: &Claim, evaluation: &Evaluation) -> bool {
        if claim.key != Key::Vendor {
            return true;
        }
        let saw = |probe: usize, wanted: &dyn Fn(Symptom) -> bool| {
            evaluation.evidence.counts(probe).iter().any(|(symptom, _)| wanted(*symptom))
        };
        let vendor =
            |p: &usize| matches!(self.layout.kind(*p), ProbeKind::VendorName | ProbeKind::VendorAddress);
        let silent = |p: &usize| saw(*p, &|s| s != Symptom::Passed) && !saw(*p, &|s| s == Symptom::Passed);
        let failing: HashSet<&str> = (0..self.layout.probes.len())
            .filter(vendor)
            .filter(silent)
            .filter_map(|p| self.layout.host(&self.layout.probes[p].id.subject))
            .collect();
        let control =
            |p: &usize| matches!(self.layout.kind(*p), ProbeKind::ControlName | ProbeKind::ControlAddress);
        let controlled =
            (0..self.layout.probes.len()).filter(control).any(|p| saw(p, &|s| s == Symptom::Passed));
        failing.len() >= 2 && controlled
    }

    /// Opens an incident for a claim, or rewrites the one that it continues.
    fn take(&mut self, claim: &Claim, evaluation: &Evaluation, now: Timestamp) -> Option<Transition> {
        let own = self.open.iter().position(|open| open.key == claim.key);
        let continued = own.or_else(|| self.successor(claim, now));
        let claim = continued.map_or_else(|| claim.clone(), |at| self.merged(at, claim));
        let verdict = self.verdict(&claim, evaluation, now)?;
        let Some(at) = continued else {
            return Some(self.begin(claim.key, &claim.known, verdict, now));
        };
        let open = &mut self.open[at];
        open.key = claim.key;
        open.replace(&claim.known);
        let since = verdict.since.min(open.incident.verdict.since);
        open.incident.verdict = Verdict { since, ..verdict };
        Some(self.revise(at, Step::Changed, now))
    }

    /// A claim together with what the incident stands for already: further capabilities join a vendor's.
    fn merged(&self, at: usize, claim: &Claim) -> Claim {
        let mut claim = claim.clone();
        if claim.key == Key::Vendor && self.open[at].key == Key::Vendor {
            let replaced =
                |h: &Known| claim.known.iter().any(|k| self.layout.same_component(k.fault, h.fault));
            let kept: Vec<Known> = self.open[at].known().filter(|h| !replaced(h)).collect();
            claim.known.extend(kept);
            claim.known.sort_by_key(|k| k.fault);
        }
        claim
    }

    /// The open incident that a claim turns into: an undetermined one, or a young one that the
    /// claim's wider fault disproves.
    fn successor(&self, claim: &Claim, now: Timestamp) -> Option<usize> {
        let undetermined = self.open.iter().position(|open| open.key == Key::Undetermined);
        let others = || self.open.iter().enumerate().filter(|(_, open)| open.key != claim.key);
        undetermined
            .or_else(|| others().find(|(_, o)| self.is_disproved(o, &claim.known, now)).map(|(at, _)| at))
    }

    /// Whether `wider` faults explain all that a young incident rests on, so that it need not be.
    fn is_disproved(&self, open: &Open, wider: &[Known], now: Timestamp) -> bool {
        if open.key == Key::Undetermined || now.since(open.incident.opened) >= YOUNG {
            return false;
        }
        let covered = |p: &usize| wider.iter().any(|k| self.layout.reaches(k.fault, *p));
        let mut own = open.known().flat_map(|k| self.layout.touched[k.fault].iter());
        let wide_enough = own.all(covered) && open.known().all(|k| wider.iter().all(|w| w.fault != k.fault));
        wide_enough && self.key_probability(&self.evaluate_anew(open), open.key) < DISPROVED
    }

    /// Closes young incidents that a wider fault has turned out to explain.
    fn absorb(&mut self, claims: &[Claim], now: Timestamp) -> Vec<Transition> {
        let wider: Vec<Known> = claims.iter().flat_map(|c| &c.known).copied().collect();
        let mut out = Vec::new();
        for at in (0..self.open.len()).rev() {
            if self.is_disproved(&self.open[at], &wider, now) {
                out.push(self.revise(at, Step::Closed, now));
            }
        }
        out
    }

    fn verdict(&self, claim: &Claim, evaluation: &Evaluation, now: Timestamp) -> Option<Verdict> {
        let (key, known) = (claim.key, &claim.known);
        let finding = blame::finding(&self.layout, key, known)?;
        let mut set: Vec<Known> = self.spread_vendor(evaluation);
        set.retain(|k| known.iter().all(|own| !self.layout.same_component(own.fault, k.fault)));
        set.extend(known);
        let case = Case {
            layout: &self.layout,
            likelihood: &self.likelihood,
            evidence: &evaluation.evidence,
            set: &set,
            own: known,
        };
        let (support, against) = case.weights();
        let rejected = case.rejected(key);
        let onset = known
            .iter()
            .filter_map(|k| self.window.onset(&self.layout.touched[k.fault], evaluation.from))
            .min();
        Some(Verdict {
            finding,
            since: onset.unwrap_or(now),
            detected: now,
            confidence: claim.confidence,
            flapping: None,
            explanation: Explanation {
                support,
                against,
                rejected,
                would_change: None,
                masked: blame::masked(key),
                overview: Overview::default(),
            },
        })
    }
}

fn faults(known: &[Known]) -> Vec<usize> {
    known.iter().map(|k| k.fault).collect()
}
