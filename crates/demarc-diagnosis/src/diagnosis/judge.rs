//! From what is probable to incidents: what is claimed, and what it replaces.

use super::Diagnosis;
use super::weighing::{Evaluation, YOUNG};
use crate::blame::{self, Key};
use crate::cusum::{Known, Test};
use crate::explain::Case;
use crate::layout::Layout;
use crate::lifecycle::{Open, Recovery, Reference};
use crate::table::{FaultKind, is_conclusive};
use demarc_model::fault::Domain;
use demarc_model::incident::{Step, Transition};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Explanation, Overview, Verdict};

/// A young incident less probable than this gives way to a better explanation.
const DISPROVED: f64 = 0.1;
/// When everything was explained, the posterior is weighed again once the leading evidence has grown
/// by this factor, or after this many rounds.
const NEWS: f64 = 1.5;
const PATIENCE: u64 = 5;

/// A finding that the posterior supports.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim {
    pub(super) key: Key,
    pub(super) known: Vec<Known>,
    confidence: f64,
}

impl Claim {
    pub(super) fn is(&self, layout: &Layout, kind: FaultKind) -> bool {
        self.known.iter().any(|known| layout.faults[known.fault].kind == kind)
    }
}

impl Diagnosis {
    /// Explains what the tests have found, if they have found enough.
    pub(super) fn judge(&mut self, now: Timestamp) -> Vec<Transition> {
        if let Some(closed) = self.close_mended(now) {
            return vec![closed];
        }
        let passing: Vec<(usize, Test)> = self
            .tests
            .above(self.policy.open_nats)
            .into_iter()
            .filter(|(fault, test)| test.passes(&self.policy) && self.is_beyond_chance(*fault, test))
            .collect();
        let Some((fault, leading)) = passing.first() else {
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
        let onset = self.tests.sharpest(*fault, &self.policy).onset;
        let evaluation = self.evaluate(*fault, onset, now);
        if self.note_references(&evaluation, &passing) {
            self.replay();
            return Vec::new();
        }
        let claims = self.claims(&evaluation, &passing);
        let agreed: Vec<Claim> = claims
            .iter()
            .filter(|c| {
                let same = |l: &Claim| l.key == c.key && faults(&l.known) == faults(&c.known);
                c.confidence >= self.policy.at_once_posterior || self.leaning.iter().any(same)
            })
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

    /// There are many cameras, and each has its chance of losing packet after packet.
    fn is_beyond_chance(&self, fault: usize, test: &Test) -> bool {
        let camera = matches!(blame::key(&self.layout, fault), Some(Key::Camera(_)));
        !camera || test.conclusive || test.nats >= self.policy.camera_nats
    }

    /// Takes note of references that are out of order, so that they explain what they show from then on.
    fn note_references(&mut self, evaluation: &Evaluation, passing: &[(usize, Test)]) -> bool {
        let known = self.known();
        let fresh = |k: &&Known| {
            let kind = self.layout.faults[k.fault].kind;
            blame::key(&self.layout, k.fault).is_none()
                && kind.of_one_camera().is_none()
                && known.iter().all(|old| old.fault != k.fault)
                && evaluation.posterior.marginal[k.fault] >= self.policy.open_posterior
                && passing.iter().any(|(fault, _)| *fault == k.fault)
        };
        let found: Vec<Known> = evaluation.best.iter().filter(fresh).copied().collect();
        for known in &found {
            let since = self.window.onset(&self.layout.touched[known.fault], evaluation.from);
            let since = since.unwrap_or(evaluation.since);
            self.references.push(Reference { known: *known, since, recovery: Recovery::default() });
        }
        !found.is_empty()
    }

    /// The findings that are probable enough and not yet said.
    fn claims(&self, evaluation: &Evaluation, passing: &[(usize, Test)]) -> Vec<Claim> {
        let mut by_key: Vec<(Key, Vec<Known>)> = Vec::new();
        for known in self.spread(evaluation) {
            let Some(key) = blame::key(&self.layout, known.fault) else { continue };
            match by_key.iter_mut().find(|(k, _)| *k == key) {
                Some((_, list)) => list.push(known),
                None => by_key.push((key, vec![known])),
            }
        }
        let tested = |key: Key| {
            let own = |(f, _): &&(usize, Test)| blame::key(&self.layout, *f) == Some(key);
            passing.iter().filter(own).any(|(f, test)| self.is_seen_twice(evaluation, *f, test))
        };
        by_key
            .into_iter()
            .filter_map(|(key, known)| self.claim(evaluation, key, known))
            .filter(|claim| tested(claim.key) && self.is_sure(claim, evaluation))
            .filter(|claim| self.is_news(claim, evaluation) && self.is_permitted(claim, evaluation))
            .collect()
    }

    /// A fault that a single probe shows could be that probe's own: it needs more evidence.
    fn is_seen_twice(&self, evaluation: &Evaluation, fault: usize, test: &Test) -> bool {
        let failed = |p: &&usize| evaluation.evidence.counts(**p).iter().any(|(s, _)| *s != Symptom::Passed);
        test.conclusive
            || test.nats >= self.policy.single_probe_nats
            || self.layout.touched[fault].iter().filter(failed).nth(1).is_some()
    }

    /// Whether a finding is probable enough. When it is certain what is broken and only its cause is
    /// not, the likeliest cause is said after a while.
    fn is_sure(&self, claim: &Claim, evaluation: &Evaluation) -> bool {
        let waited = evaluation.lasts >= self.policy.cause_patience;
        let known = || self.key_probability(evaluation, claim.key) >= self.policy.at_once_posterior;
        claim.confidence >= self.policy.open_posterior || (waited && claim.confidence >= 0.5 && known())
    }

    fn claim(&self, evaluation: &Evaluation, key: Key, known: Vec<Known>) -> Option<Claim> {
        let probable = |k: &&Known| self.probability(evaluation, k.fault) >= self.policy.open_posterior;
        let kept: Vec<Known> = match key {
            Key::Vendor => known.iter().filter(probable).copied().collect(),
            _ => known,
        };
        let confidence = match key {
            Key::Vendor => self.key_probability(evaluation, key),
            _ => self.cause_probability(evaluation, key, &kept),
        };
        (!kept.is_empty()).then_some(Claim { key, known: kept, confidence })
    }

    /// Whether a claim says more than the incident that is open for the same thing. An incident whose
    /// fault is on its way out does not change its cause: what is seen then is a mixture.
    fn is_news(&self, claim: &Claim, evaluation: &Evaluation) -> bool {
        let Some(at) = self.open.iter().position(|open| open.key == claim.key) else { return true };
        let open = &self.open[at];
        let recovering = |fault: usize| {
            let same = |k: &Known| self.layout.same_component(k.fault, fault);
            open.faults.iter().any(|(known, recovery)| same(known) && recovery.is_under_way())
        };
        let comes_and_goes = open.incident.verdict.flapping.is_some();
        let had: Vec<Known> = open.known().collect();
        let fresh = |k: &Known| {
            !had.contains(k)
                && (!(recovering(k.fault) || comes_and_goes) || self.speaks_for_itself(k.fault, evaluation))
                && self.tests.of(k.fault).passes(&self.policy)
        };
        let says = blame::finding(&self.layout, claim.key, &self.merged(at, claim).known);
        !self.is_still_told(open, claim)
            && claim.known.iter().any(fresh)
            && says.as_ref() != Some(&open.incident.verdict.finding)
    }

    /// Whether what an incident rests on still says so itself, and a claim does not explain that.
    fn is_still_told(&self, open: &Open, claim: &Claim) -> bool {
        let shows = |k: &Known, probe: usize, symptom: Symptom| {
            let prediction =
                self.likelihood.prediction(Some(k.hypothesis(&self.layout)), self.layout.look(probe));
            self.layout.reaches(k.fault, probe) && prediction.probability(symptom) > 0.2
        };
        let told = |own: &Known, probe: &usize| {
            let last = self.latest.last(*probe).filter(|s| is_conclusive(*s));
            last.is_some_and(|symptom| {
                shows(own, *probe, symptom) && !claim.known.iter().any(|k| shows(k, *probe, symptom))
            })
        };
        open.known().any(|own| self.layout.touched[own.fault].iter().any(|probe| told(&own, probe)))
    }

    /// Whether the faulty thing itself says what is wrong with it.
    pub(super) fn speaks_for_itself(&self, fault: usize, evaluation: &Evaluation) -> bool {
        let own = |s: Symptom| is_conclusive(s) || s == Symptom::Booting;
        let mut counts = self.layout.touched[fault].iter().flat_map(|p| evaluation.evidence.counts(*p));
        counts.any(|(symptom, _)| own(*symptom))
    }

    /// The domains that cannot be judged while a fault lasts. What a second line shows is not hidden by
    /// what is wrong with the first.
    fn masked(&self, key: Key) -> Vec<Domain> {
        let mut masked = blame::masked(key);
        let of_kind = |kind| (0..self.layout.probes.len()).filter(move |p| self.layout.kind(*p) == kind);
        let carries = of_kind(ProbeKind::LineSecond).any(|p| self.latest.last(p) == Some(Symptom::Passed));
        if carries && of_kind(ProbeKind::VendorSecond).next().is_some() {
            masked.retain(|domain| *domain != Domain::Vendor);
        }
        masked
    }

    /// Whether another fault of the same explanation makes a probe fail.
    pub(super) fn is_explained_otherwise(
        &self,
        probe: usize,
        claim: &Claim,
        evaluation: &Evaluation,
    ) -> bool {
        let other = |k: &&Known| {
            !claim.known.contains(k)
                && self.layout.reaches(k.fault, probe)
                && self.layout.faults[k.fault].kind != FaultKind::ControlOut
        };
        evaluation.best.iter().any(|k| other(&k))
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
        if self.open[at].key == claim.key && claim.key != Key::Vendor {
            // What was seen under the cause that held before says nothing about the one that holds now.
            let old: Vec<Known> = self.open[at].known().collect();
            for known in claim.known.iter().chain(&old) {
                self.window.forget(&self.layout.touched[known.fault], evaluation.since);
            }
        }
        let open = &mut self.open[at];
        open.key = claim.key;
        open.replace(&claim.known);
        let since = verdict.since.min(open.incident.verdict.since);
        open.incident.verdict = Verdict { since, flapping: open.spells.flapping(), ..verdict };
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
        let vague = |open: &Open| matches!(open.key, Key::Undetermined | Key::Unknown);
        let undetermined = self.open.iter().position(vague).filter(|_| claim.key != Key::Unknown);
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
        let mut set: Vec<Known> = self.spread(evaluation);
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
        let (rejected, would_change) = case.rejected(key);
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
                would_change,
                masked: self.masked(key),
                overview: Overview::default(),
            },
        })
    }
}

fn faults(known: &[Known]) -> Vec<usize> {
    known.iter().map(|k| k.fault).collect()
}
