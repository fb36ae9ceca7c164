//! How much evidence separates two faults: directed Kullback-Leibler divergences over the tables.

use crate::identify::LEAST_NATS;
use crate::identify::candidate::{Candidate, Trial};
use crate::layout::Place;
use crate::likelihood::{Hypothesis, Likelihood, Look, Prediction};
use crate::noise::Level;
use crate::policy::Policy;
use crate::table::{FaultKind, When, is_conclusive};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use std::time::Duration;

const KINDS: usize = FaultKind::COUNT + 1;

/// What separates two faults, in nats: the smaller of the two directions. Where `without_strongest`
/// exceeds what is enough, all numbers are what is known at least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Distance {
    pub(super) per_round: f64,
    pub(super) per_minute: f64,
    /// The probe that contributes most.
    pub(super) strongest: Option<usize>,
    /// What is left of `per_round` without it.
    pub(super) without_strongest: f64,
}

/// The divergence of every two kinds of fault for every kind of probe, for one site.
pub(super) struct Tables {
    as_is: Vec<Divergence>,
    /// The same if the resolver ran on the gateway, where it does not.
    on_gateway: Option<Vec<Divergence>>,
    /// One over the design effect of the probes of each kind.
    weights: [Weight; ProbeKind::COUNT],
    /// How often a kind of probe is carried out in a minute.
    per_minute: Vec<f64>,
}

impl Tables {
    pub(super) fn new(trial: &Trial, every: &dyn Fn(ProbeKind) -> Duration, policy: &Policy) -> Self {
        let weights = ProbeKind::ALL.map(|kind| {
            let others = trial.real_probes(kind).saturating_sub(1) as f64;
            let weight = |symptom| 1.0 / (1.0 + policy.correlation().between(kind, symptom) * others);
            Weight { conclusive: weight(Symptom::Offline), other: weight(Symptom::Timeout) }
        });
        let compile = |site: When| divergences(&Likelihood::new(site, policy));
        Self {
            weights,
            as_is: compile(trial.when),
            on_gateway: (trial.when != When::ResolverOnGateway).then(|| compile(When::ResolverOnGateway)),
            per_minute: ProbeKind::ALL.map(|kind| 60.0 / every(kind).as_secs_f64().max(0.001)).to_vec(),
        }
    }

    /// What separates two faults, or a fault and "all is well", with the probes of the site and those
    /// that a change would add.
    pub(super) fn distance(
        &self,
        trial: &Trial,
        (a, b): (Option<usize>, Option<usize>),
        with: Option<&Candidate>,
    ) -> Distance {
        let moved = with.filter(|candidate| candidate.moves_resolver()).and(self.on_gateway.as_ref());
        let table = moved.unwrap_or(&self.as_is);
        let layout = &trial.layout;
        let kind = |fault: Option<usize>, probe: usize| {
            fault.filter(|fault| layout.reaches(*fault, probe)).map(|fault| layout.faults[fault].kind)
        };
        // A leaf's own evidence is no sample of many, as everywhere.
        let of_leaf = |fault: usize| matches!(layout.faults[fault].place, Place::Leaf(_));
        let is_of_leaf = [a, b].into_iter().flatten().any(of_leaf);
        let touched =
            |fault: Option<usize>| fault.into_iter().flat_map(|f| layout.touched[f].iter().copied());
        let by_first = |probe: usize| a.is_some_and(|fault| layout.reaches(fault, probe));
        let probes = touched(a).chain(touched(b).filter(|probe| !by_first(*probe)));
        let mut sides = [Sum::default(); 2];
        for probe in probes.filter(|probe| trial.has(*probe, with)) {
            let (here, there) = (kind(a, probe), kind(b, probe));
            let on = layout.kind(probe);
            let weight = if is_of_leaf { Weight::WHOLE } else { self.weights[on as usize] };
            for (side, at) in sides.iter_mut().zip([cell(here, there, on), cell(there, here, on)]) {
                side.add(probe, table[at].weighted(weight), self.per_minute[on as usize]);
            }
            // Of what is far enough apart nobody asks how far.
            if sides.iter().all(|side| side.without_strongest() >= LEAST_NATS) {
                break;
            }
        }
        let [forth, back] = sides;
        let weaker = if back.without_strongest() < forth.without_strongest() { back } else { forth };
        Distance {
            per_round: forth.per_round.min(back.per_round),
            per_minute: forth.per_minute.min(back.per_minute),
            strongest: weaker.strongest.map(|(probe, _)| probe),
            without_strongest: weaker.without_strongest(),
        }
    }
}

/// The evidence of several probes in one direction.
#[derive(Clone, Copy, Default)]
struct Sum {
    per_round: f64,
    per_minute: f64,
    strongest: Option<(usize, f64)>,
}

impl Sum {
    fn add(&mut self, probe: usize, nats: f64, times_a_minute: f64) {
        self.per_round += nats;
        self.per_minute += nats * times_a_minute;
        if self.strongest.is_none_or(|(_, most)| nats > most) {
            self.strongest = Some((probe, nats));
        }
    }

    fn without_strongest(&self) -> f64 {
        self.strongest.map_or(0.0, |(_, most)| (self.per_round - most).max(0.0))
    }
}

fn cell(a: Option<FaultKind>, b: Option<FaultKind>, probe: ProbeKind) -> usize {
    let at = |kind: Option<FaultKind>| kind.map_or(KINDS - 1, |kind| kind as usize);
    (at(a) * KINDS + at(b)) * ProbeKind::COUNT + probe as usize
}

/// The evidence for one fault against another that one look yields on average when the one is the case.
#[derive(Clone, Copy)]
struct Divergence {
    /// From what a device says.
    conclusive: f64,
    /// From what packet loss could have shown as well.
    other: f64,
}

impl Divergence {
    fn of(a: &Prediction, b: &Prediction) -> Self {
        let mut this = Self { conclusive: 0.0, other: 0.0 };
        for symptom in Symptom::ALL {
            let (p, q) = (a.of(symptom), b.of(symptom));
            let nats = p * (p.max(f64::MIN_POSITIVE) / q.max(f64::MIN_POSITIVE)).ln();
            if is_conclusive(symptom) { this.conclusive += nats } else { this.other += nats }
        }
        this
    }

    fn weighted(self, weight: Weight) -> f64 {
        (weight.conclusive * self.conclusive + weight.other * self.other).max(0.0)
    }
}

/// How much one look of many alike counts.
#[derive(Clone, Copy)]
struct Weight {
    /// What a device says: of itself in full, of what is beyond it as one of many.
    conclusive: f64,
    other: f64,
}

impl Weight {
    const WHOLE: Self = Self { conclusive: 1.0, other: 1.0 };
}

fn divergences(likelihood: &Likelihood) -> Vec<Divergence> {
    let kinds = || FaultKind::ALL.into_iter().map(Some).chain([None]);
    let predictions: Vec<[Prediction; ProbeKind::COUNT]> = kinds()
        .map(|kind| {
            let hypothesis = kind.map(|kind| Hypothesis { kind, severity: 0 });
            ProbeKind::ALL
                .map(|probe| likelihood.prediction(hypothesis, Look { kind: probe, level: Level::default() }))
        })
        .collect();
    let all = predictions.iter().flat_map(|a| predictions.iter().map(move |b| (a, b)));
    all.flat_map(|(a, b)| ProbeKind::ALL.map(|on| Divergence::of(&a[on as usize], &b[on as usize]))).collect()
}
