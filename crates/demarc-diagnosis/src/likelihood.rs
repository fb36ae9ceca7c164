//! The probability of what a probe saw, given what is broken.
//!
//! A probe is a chain of stages and shows the earliest stage that fails. Independent faults combine
//! by that rule: the survival functions of their symptom distributions multiply.

use crate::noise::{self, LEVELS, Level};
use crate::policy::Policy;
use crate::table::{FaultKind, When, is_loss_like};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;

const SYMPTOMS: usize = Symptom::COUNT;
const PROBES: usize = ProbeKind::COUNT;
const HYPOTHESES: usize = FaultKind::COUNT * SEVERITIES.len();

/// How strongly a fault shows: fully, mostly, or on about half of the attempts.
pub(crate) const SEVERITIES: [f64; 3] = [1.0, 0.8, 0.45];
/// What fails less than this keeps its address known most of the time.
const MOSTLY: f64 = 0.5;
/// The share of what would be unreachable that runs out of time then.
const LATE: f64 = 0.5;
/// A fault that lets less than this share of a probe's attempts through hides what is behind it.
const HIDDEN: f64 = 0.1;
const SEVERITY_LN_PRIOR: [f64; 3] = [-0.51, -1.6, -1.6];
/// The same of a switch and of a service that fails for others as well: one that mostly fails is called an outage, and a few
/// requests of a service of which half fail often look so. What is overloaded is commoner.
const SERVICE_LN_PRIOR: [f64; 3] = [-0.51, -3.0, -1.1];

/// A kind of fault at one severity (an index into [`SEVERITIES`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Hypothesis {
    pub(crate) kind: FaultKind,
    pub(crate) severity: u8,
}

impl Hypothesis {
    pub(crate) fn all(kind: FaultKind) -> impl Iterator<Item = Self> {
        let degrees = if kind.can_be_partial() { SEVERITIES.len() } else { SEVERITIES.len() - 1 };
        (0..degrees).map(move |severity| Self { kind, severity: severity as u8 })
    }

    pub(crate) fn ln_prior(self) -> f64 {
        let of_severity = match self.kind {
            FaultKind::VendorWhole
            | FaultKind::VendorRelays
            | FaultKind::CapabilityOutage
            | FaultKind::Segment
            | FaultKind::SegmentPorts => SERVICE_LN_PRIOR,
            _ => SEVERITY_LN_PRIOR,
        };
        self.kind.prior().ln() + of_severity[usize::from(self.severity)]
    }

    fn index(self) -> usize {
        self.kind as usize * SEVERITIES.len() + usize::from(self.severity)
    }
}

/// A kind of probe, and how often one that is healthy fails for no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) kind: ProbeKind,
    pub(crate) level: Level,
}

/// `survival[s]` is the probability that a probe gets past the stage of symptom `s`.
type Survival = [f64; SYMPTOMS];

/// The tables of [`crate::table`], compiled for one site.
pub(crate) struct Likelihood {
    touched: Vec<bool>,
    survival: Vec<Survival>,
    by_level: Vec<AtLevel>,
    /// Probabilities of the symptoms at the assumed noise: hypothesis by hypothesis, "all is well" last,
    /// each kind by kind.
    predicted: Vec<Usual>,
    explained_credit: f64,
}

/// What depends on how noisy a probe is.
struct AtLevel {
    noise: Vec<Survival>,
    /// Log probability of each symptom when all is well.
    null: Vec<[f64; SYMPTOMS]>,
    /// Log likelihood ratio to "all is well", hypothesis by hypothesis, for one kind and symptom after the other.
    single: Vec<f32>,
}

impl Likelihood {
    pub(crate) fn new(site: When, policy: &Policy) -> Self {
        let mut this = Self {
            touched: vec![false; FaultKind::COUNT * PROBES],
            survival: Vec::with_capacity(HYPOTHESES * PROBES),
            by_level: Vec::new(),
            predicted: Vec::new(),
            explained_credit: policy.explained_credit,
        };
        for kind in FaultKind::ALL {
            for severity in SEVERITIES {
                for probe in ProbeKind::ALL {
                    this.compile(kind, severity, probe, site);
                }
            }
        }
        this.by_level = LEVELS.map(|loss| this.at_level(loss)).into();
        let hypotheses = FaultKind::ALL.into_iter().flat_map(|kind| {
            (0..SEVERITIES.len()).map(move |severity| Some(Hypothesis { kind, severity: severity as u8 }))
        });
        for hypothesis in hypotheses.chain([None]) {
            for kind in ProbeKind::ALL {
                let usual = Look { kind, level: Level::default() };
                let prediction = this.prediction(hypothesis, usual);
                this.predicted.push(Usual::new(&prediction));
            }
        }
        this
    }

    fn compile(&mut self, kind: FaultKind, severity: f64, probe: ProbeKind, site: When) {
        let mut rows = kind.rows().iter().filter(|row| row.when == When::Always || row.when == site);
        let row = rows.find(|row| row.probes.contains(&probe));
        self.touched[kind as usize * PROBES + probe as usize] = row.is_some();
        let mut shows = [0.0; SYMPTOMS];
        for (symptom, p) in row.map_or(&[][..], |row| row.shows) {
            let late = if severity < MOSTLY && *symptom == Symptom::Unreachable { LATE } else { 0.0 };
            shows[Symptom::Timeout as usize] += late * p * severity;
            shows[*symptom as usize] += (1.0 - late) * p * severity;
        }
        self.survival.push(survival(&shows));
    }

    fn at_level(&self, loss: f64) -> AtLevel {
        let noise: Vec<Survival> =
            ProbeKind::ALL.into_iter().map(|p| survival(&noise::distribution(p, loss))).collect();
        let null: Vec<[f64; SYMPTOMS]> =
            noise.iter().map(|n| Symptom::ALL.map(|s| probability(&[n], s).ln())).collect();
        let mut single = Vec::with_capacity(PROBES * SYMPTOMS * HYPOTHESES);
        for probe in 0..PROBES {
            for symptom in Symptom::ALL {
                let ratio = |hypothesis: usize| {
                    let own = &self.survival[hypothesis * PROBES + probe];
                    (probability(&[&noise[probe], own], symptom).ln() - null[probe][symptom as usize]) as f32
                };
                single.extend((0..HYPOTHESES).map(ratio));
            }
        }
        AtLevel { noise, null, single }
    }

    pub(crate) fn touches(&self, kind: FaultKind, probe: ProbeKind) -> bool {
        self.touched[kind as usize * PROBES + probe as usize]
    }

    /// The log likelihood ratios of all single hypotheses to "all is well" for one symptom.
    pub(crate) fn row(&self, look: Look, symptom: Symptom) -> Row<'_> {
        let start = (look.kind as usize * SYMPTOMS + symptom as usize) * HYPOTHESES;
        Row(&self.by_level[usize::from(look.level.0)].single[start..start + HYPOTHESES])
    }

    /// Log likelihood ratio of one hypothesis to "all is well" for one symptom.
    pub(crate) fn single(&self, hypothesis: Hypothesis, look: Look, symptom: Symptom) -> f64 {
        f64::from(self.row(look, symptom).0[hypothesis.index()])
    }

    /// The log likelihood ratio that nothing can exceed: what was seen was bound to be seen.
    pub(crate) fn most(&self, look: Look, seen: &[(Symptom, f64)]) -> f64 {
        let null = &self.by_level[usize::from(look.level.0)].null[look.kind as usize];
        seen.iter().map(|(s, n)| -n * null[*s as usize]).sum()
    }

    /// Log likelihood ratio of several faults on one probe to "all is well".
    fn joint(&self, sets: [&[Hypothesis]; 2], look: Look, symptom: Symptom) -> f64 {
        let at = &self.by_level[usize::from(look.level.0)];
        let mut before = before(&at.noise[look.kind as usize], symptom);
        let mut after = at.noise[look.kind as usize][symptom as usize];
        for hypothesis in sets.into_iter().flatten() {
            let own = &self.survival[hypothesis.index() * PROBES + look.kind as usize];
            before *= self::before(own, symptom);
            after *= own[symptom as usize];
        }
        (before - after).max(f64::MIN_POSITIVE).ln() - at.null[look.kind as usize][symptom as usize]
    }

    /// Log likelihood ratio of a set of faults for everything that one probe saw.
    ///
    /// A further fault gets little credit for what one of the others explains already: real faults
    /// never match their tables, and over many rounds the misfit would "prove" a second fault.
    pub(crate) fn of_set(&self, set: &[Hypothesis], look: Look, seen: &[(Symptom, f64)]) -> f64 {
        let alone = |h: &Hypothesis| seen.iter().map(|(s, n)| n * self.single(*h, look, *s)).sum::<f64>();
        match set {
            [] => 0.0,
            [only] => alone(only),
            several => {
                let best = several.iter().map(alone).fold(f64::NEG_INFINITY, f64::max);
                let joint: f64 = seen.iter().map(|(s, n)| n * self.joint([several, &[]], look, *s)).sum();
                self.credited(best, joint)
            }
        }
    }

    /// The same for faults beside others that are established: on a probe that those explain already,
    /// what the new ones improve gets little credit, what they make worse counts in full.
    pub(crate) fn beyond(
        &self,
        established: &[Hypothesis],
        new: &[Hypothesis],
        look: Look,
        seen: &[(Symptom, f64)],
    ) -> f64 {
        if established.is_empty() || new.is_empty() {
            return self.of_set(if new.is_empty() { established } else { new }, look, seen);
        }
        let base = self.of_set(established, look, seen);
        let hidden = established.iter().any(|h| self.hides(*h, look.kind));
        let of = |symptom: Symptom| {
            let joint = self.joint([established, new], look, symptom);
            if hidden && is_loss_like(symptom) {
                joint.min(self.joint([established, &[]], look, symptom))
            } else {
                joint
            }
        };
        self.credited(base, seen.iter().map(|(s, n)| n * of(*s)).sum())
    }

    /// Whether nothing gets through to what a kind of probe asks while a fault lasts: that it then gets
    /// no answer, in whatever way, is no sign of a further fault.
    fn hides(&self, hypothesis: Hypothesis, probe: ProbeKind) -> bool {
        let passes = self.survival[hypothesis.index() * PROBES + probe as usize][Symptom::Slow as usize];
        hypothesis.severity == 0 && passes < HIDDEN
    }

    fn credited(&self, base: f64, joint: f64) -> f64 {
        if joint <= base { joint } else { base + self.explained_credit * (joint - base) }
    }

    /// The most that faults can gain on a probe on which one of them gains `base` alone.
    pub(crate) fn most_beyond(&self, base: f64, most: f64) -> f64 {
        base + self.explained_credit * (most - base).max(0.0)
    }

    /// The probabilities of all symptoms of a kind of probe under a hypothesis, or when all is well, for
    /// a probe that is as noisy as is assumed at first.
    pub(crate) fn usual(&self, hypothesis: Option<Hypothesis>, probe: ProbeKind) -> &Usual {
        let at = hypothesis.map_or(HYPOTHESES, Hypothesis::index);
        &self.predicted[at * PROBES + probe as usize]
    }

    /// What a probe is predicted to see under a hypothesis, or when all is well.
    pub(crate) fn prediction(&self, hypothesis: Option<Hypothesis>, look: Look) -> Prediction {
        let null = &self.by_level[usize::from(look.level.0)].null[look.kind as usize];
        Prediction(
            Symptom::ALL
                .map(|s| (null[s as usize] + hypothesis.map_or(0.0, |h| self.single(h, look, s))).exp()),
        )
    }
}

/// What a usual probe is predicted to see.
pub(crate) struct Usual {
    pub(crate) probabilities: [f32; SYMPTOMS],
    /// In nats.
    pub(crate) entropy: f32,
}

impl Usual {
    fn new(prediction: &Prediction) -> Self {
        let entropy: f64 = prediction.0.iter().filter(|p| **p > 1e-6).map(|p| -p * p.ln()).sum();
        Self { probabilities: prediction.0.map(|p| p as f32), entropy: entropy as f32 }
    }
}

/// One symptom's log likelihood ratios, for all hypotheses.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a>(&'a [f32]);

impl Row<'_> {
    /// Those of one kind of fault, severity by severity.
    pub(crate) fn of(self, kind: FaultKind) -> [f32; SEVERITIES.len()] {
        let start = kind as usize * SEVERITIES.len();
        std::array::from_fn(|severity| self.0[start + severity])
    }
}

/// A distribution over symptoms.
#[derive(Debug, Clone)]
pub(crate) struct Prediction([f64; SYMPTOMS]);

impl Prediction {
    pub(crate) fn of(&self, symptom: Symptom) -> f64 {
        self.0[symptom as usize]
    }

    /// Whether the probe is more likely to fail than to pass.
    pub(crate) fn fails(&self) -> bool {
        self.0[Symptom::Passed as usize] < 0.5
    }

    pub(crate) fn probability(&self, symptom: Symptom) -> f64 {
        self.0[symptom as usize]
    }

    /// Total variation: 0 for equal predictions, 1 for predictions that share nothing.
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0
    }
}

fn survival(shows: &[f64; SYMPTOMS]) -> Survival {
    let mut left = 1.0;
    let mut out = [0.0; SYMPTOMS];
    for (symptom, p) in shows.iter().enumerate() {
        left -= p;
        out[symptom] = f64::max(left, 1e-12);
    }
    out[Symptom::Passed as usize] = 0.0;
    out
}

fn before(survival: &Survival, symptom: Symptom) -> f64 {
    (symptom as usize).checked_sub(1).map_or(1.0, |previous| survival[previous])
}

fn probability(processes: &[&Survival], symptom: Symptom) -> f64 {
    let reached: f64 = processes.iter().map(|s| before(s, symptom)).product();
    let passed: f64 = processes.iter().map(|s| s[symptom as usize]).product();
    (reached - passed).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn likelihood() -> Likelihood {
        Likelihood::new(When::ResolverOnGateway, &Policy::default())
    }

    fn full(kind: FaultKind) -> Hypothesis {
        Hypothesis { kind, severity: 0 }
    }

    fn look(kind: ProbeKind) -> Look {
        Look { kind, level: Level::default() }
    }

    #[test]
    fn every_prediction_is_a_distribution() {
        let l = likelihood();
        for probe in ProbeKind::ALL {
            for kind in FaultKind::ALL {
                let p = l.prediction(Some(full(kind)), look(probe));
                let sum: f64 = Symptom::ALL.into_iter().map(|s| p.probability(s)).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{kind:?} on {probe}: {sum}");
            }
        }
    }

    #[test]
    fn the_earliest_failing_stage_wins() {
        let l = likelihood();
        let both = [full(FaultKind::DnsSilent), full(FaultKind::CapabilityOutage)];
        let null = l.prediction(None, look(ProbeKind::VendorName));
        let p = |s| null.probability(s) * l.joint([&both, &[]], look(ProbeKind::VendorName), s).exp();
        assert!(p(Symptom::NameSilent) > 0.94, "a silent resolver hides what is behind it");
        assert!(p(Symptom::Timeout) < 0.05);
    }

    #[test]
    fn a_second_fault_gets_little_credit_for_what_the_first_explains() {
        let l = likelihood();
        let seen = [(Symptom::Timeout, 20.0), (Symptom::Passed, 4.0)];
        let look = look(ProbeKind::ControlAddress);
        let one = l.of_set(&[Hypothesis { kind: FaultKind::LineLoss, severity: 1 }], look, &seen);
        let two = [
            Hypothesis { kind: FaultKind::LineLoss, severity: 1 },
            Hypothesis { kind: FaultKind::ControlOut, severity: 2 },
        ];
        let gain = l.of_set(&two, look, &seen) - one;
        assert!(gain < 2.5, "gain {gain}");
    }

    fn any_hypothesis() -> impl Strategy<Value = Hypothesis> {
        (0..FaultKind::COUNT, 0..SEVERITIES.len())
            .prop_map(|(kind, severity)| Hypothesis { kind: FaultKind::ALL[kind], severity: severity as u8 })
    }

    proptest! {
        /// The bounds of the posterior rest on this. Without the discount. What is allowed for is
        /// what gets lost when one in a thousand million is the difference of two survivals.
        #[test]
        fn a_fault_never_gains_more_beside_others_than_alone(
            others in proptest::collection::vec(any_hypothesis(), 0..4),
            further in any_hypothesis(),
            probe in 0..PROBES,
            level in 0..LEVELS.len(),
            seen in proptest::collection::vec((0..SYMPTOMS, 0.0..20.0_f64), 1..5),
        ) {
            static COMPILED: LazyLock<Likelihood> = LazyLock::new(likelihood);
            let look = Look { kind: ProbeKind::ALL[probe], level: Level(level as u8) };
            let of = |set: [&[Hypothesis]; 2]| {
                seen.iter().map(|(s, n)| n * COMPILED.joint(set, look, Symptom::ALL[*s])).sum::<f64>()
            };
            let beside = of([&others, &[further]]) - of([&others, &[]]);
            let alone = of([&[], &[further]]);
            prop_assert!(beside <= alone + 1e-5, "{beside} beside {others:?}, {alone} alone");
        }
    }
}
