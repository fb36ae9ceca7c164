//! The probability of what a probe saw, given what is broken.
//!
//! A probe is a chain of stages and shows the earliest stage that fails. Independent faults combine
//! by that rule: the survival functions of their symptom distributions multiply.

use crate::policy::Policy;
use crate::table::{FaultKind, When, is_conclusive};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;

const SYMPTOMS: usize = Symptom::COUNT;
const PROBES: usize = ProbeKind::COUNT;

/// How strongly a fault shows: fully, mostly, or on about half of the attempts.
pub(crate) const SEVERITIES: [f64; 3] = [1.0, 0.8, 0.45];
const SEVERITY_LN_PRIOR: [f64; 3] = [-0.51, -1.6, -1.6];

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
        self.kind.prior().ln() + SEVERITY_LN_PRIOR[usize::from(self.severity)]
    }

    fn index(self) -> usize {
        self.kind as usize * SEVERITIES.len() + usize::from(self.severity)
    }
}

/// `survival[s]` is the probability that a probe gets past the stage of symptom `s`.
type Survival = [f64; SYMPTOMS];

/// The tables of [`crate::table`], compiled for one site.
pub(crate) struct Likelihood {
    touched: Vec<bool>,
    survival: Vec<Survival>,
    noise: Vec<Survival>,
    /// Log probability of each symptom when all is well.
    null: Vec<[f64; SYMPTOMS]>,
    /// Log likelihood ratio of each single hypothesis to "all is well".
    single: Vec<[f64; SYMPTOMS]>,
    explained_credit: f64,
}

impl Likelihood {
    pub(crate) fn new(site: When, policy: &Policy) -> Self {
        let noise: Vec<Survival> =
            ProbeKind::ALL.into_iter().map(|p| survival(&noise(p, policy.noise))).collect();
        let null = noise.iter().map(|n| Symptom::ALL.map(|s| probability(&[n], s).ln())).collect();
        let cells = FaultKind::COUNT * SEVERITIES.len() * PROBES;
        let mut this = Self {
            touched: vec![false; FaultKind::COUNT * PROBES],
            survival: Vec::with_capacity(cells),
            noise,
            null,
            single: Vec::with_capacity(cells),
            explained_credit: policy.explained_credit,
        };
        for kind in FaultKind::ALL {
            for severity in SEVERITIES {
                for probe in ProbeKind::ALL {
                    this.compile(kind, severity, probe, site);
                }
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
            shows[*symptom as usize] = p * severity;
        }
        let own = survival(&shows);
        let noise = &self.noise[probe as usize];
        let null = &self.null[probe as usize];
        self.single.push(Symptom::ALL.map(|s| probability(&[noise, &own], s).ln() - null[s as usize]));
        self.survival.push(own);
    }

    pub(crate) fn touches(&self, kind: FaultKind, probe: ProbeKind) -> bool {
        self.touched[kind as usize * PROBES + probe as usize]
    }

    /// Log likelihood ratio of one hypothesis to "all is well" for one symptom.
    pub(crate) fn single(&self, hypothesis: Hypothesis, probe: ProbeKind, symptom: Symptom) -> f64 {
        self.single[hypothesis.index() * PROBES + probe as usize][symptom as usize]
    }

    /// Log likelihood ratio of several faults on one probe to "all is well".
    fn joint(&self, hypotheses: &[Hypothesis], probe: ProbeKind, symptom: Symptom) -> f64 {
        let mut before = before(&self.noise[probe as usize], symptom);
        let mut after = self.noise[probe as usize][symptom as usize];
        for hypothesis in hypotheses {
            let own = &self.survival[hypothesis.index() * PROBES + probe as usize];
            before *= self::before(own, symptom);
            after *= own[symptom as usize];
        }
        (before - after).max(f64::MIN_POSITIVE).ln() - self.null[probe as usize][symptom as usize]
    }

    /// Log likelihood ratio of a set of faults for everything that one probe saw.
    ///
    /// A further fault gets little credit for what one of the others explains already: real faults
    /// never match their tables, and over many rounds the misfit would "prove" a second fault.
    pub(crate) fn of_set(&self, set: &[Hypothesis], probe: ProbeKind, seen: &[(Symptom, f64)]) -> f64 {
        let total = |one: &dyn Fn(Symptom) -> f64| seen.iter().map(|(s, n)| n * one(*s)).sum::<f64>();
        match set {
            [] => 0.0,
            [only] => total(&|s| self.single(*only, probe, s)),
            several => {
                let alone = several.iter().map(|h| total(&|s| self.single(*h, probe, s)));
                let best = alone.fold(f64::NEG_INFINITY, f64::max);
                let joint = total(&|s| self.joint(several, probe, s));
                if joint <= best { joint } else { best + self.explained_credit * (joint - best) }
            }
        }
    }

    /// The same for faults beside others that are established: on a probe that those explain already,
    /// what the new ones improve gets little credit, what they make worse counts in full.
    pub(crate) fn beyond(
        &self,
        established: &[Hypothesis],
        new: &[Hypothesis],
        probe: ProbeKind,
        seen: &[(Symptom, f64)],
    ) -> f64 {
        if established.is_empty() || new.is_empty() {
            return self.of_set(if new.is_empty() { established } else { new }, probe, seen);
        }
        let base = self.of_set(established, probe, seen);
        let all: Vec<Hypothesis> = established.iter().chain(new).copied().collect();
        let joint: f64 = seen.iter().map(|(s, n)| n * self.joint(&all, probe, *s)).sum();
        if joint <= base { joint } else { base + self.explained_credit * (joint - base) }
    }

    /// What a probe is predicted to see under a hypothesis, or when all is well.
    pub(crate) fn prediction(&self, hypothesis: Option<Hypothesis>, probe: ProbeKind) -> Prediction {
        let null = &self.null[probe as usize];
        Prediction(
            Symptom::ALL
                .map(|s| (null[s as usize] + hypothesis.map_or(0.0, |h| self.single(h, probe, s))).exp()),
        )
    }

    /// How differently two hypotheses (or "all is well") predict a probe: total variation, 0 to 1.
    pub(crate) fn distance(&self, a: Option<Hypothesis>, b: Option<Hypothesis>, probe: ProbeKind) -> f64 {
        self.prediction(a, probe).distance(&self.prediction(b, probe))
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

    /// Total variation: 0 for equal predictions, 1 for predictions that share nothing.
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0
    }
}

/// What a probe of each kind shows when nothing is wrong: lost packets, busy moments.
fn noise(probe: ProbeKind, loss: f64) -> [f64; SYMPTOMS] {
    use ProbeKind as P;
    let mut p = Symptom::ALL.map(|s| match s {
        s if is_conclusive(s) => 1e-9,
        // A device's own word as well, but one that a minute later is no longer true.
        Symptom::Booting => 1e-6,
        _ => 5e-4,
    });
    let mut add = |symptom: Symptom, by: f64| p[symptom as usize] += by;
    match probe {
        P::HostLink | P::HostDisk | P::HostClock | P::HostResources | P::HostTraffic => {}
        P::ResolverAnswer | P::ResolverSecond => add(Symptom::NameSilent, loss),
        P::ControlName | P::VendorName | P::VendorStatus | P::ControlPortal | P::LineSecond => {
            add(Symptom::NameSilent, 0.35 * loss);
            add(Symptom::Timeout, 0.65 * loss);
            add(Symptom::ServerError, 2e-3);
        }
        P::GatewayReach
        | P::SegmentReach
        | P::ControlAddress
        | P::VendorAddress
        | P::CameraTcp
        | P::CameraNeighbour => {
            add(Symptom::Timeout, loss);
        }
        P::CameraReady
        | P::CameraIdentity
        | P::CameraLogin
        | P::CameraClock
        | P::CameraOnvif
        | P::CameraRtsp
        | P::CameraStream
        | P::CameraPicture
        | P::CameraStorage
        | P::CameraCloud => {
            add(Symptom::Timeout, loss);
            add(Symptom::Hung, 2e-3);
            add(Symptom::ServerError, 2e-3);
        }
    }
    p[Symptom::Passed as usize] = 0.0;
    p
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

    fn likelihood() -> Likelihood {
        Likelihood::new(When::ResolverOnGateway, &Policy::default())
    }

    fn full(kind: FaultKind) -> Hypothesis {
        Hypothesis { kind, severity: 0 }
    }

    #[test]
    fn every_prediction_is_a_distribution() {
        let l = likelihood();
        for probe in ProbeKind::ALL {
            for kind in FaultKind::ALL {
                let p =
                    |s: Symptom| (l.null[probe as usize][s as usize] + l.single(full(kind), probe, s)).exp();
                let sum: f64 = Symptom::ALL.into_iter().map(p).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{kind:?} on {probe}: {sum}");
            }
        }
    }

    #[test]
    fn the_earliest_failing_stage_wins() {
        let l = likelihood();
        let both = [full(FaultKind::DnsSilent), full(FaultKind::CapabilityOutage)];
        let p = |s| {
            (l.null[ProbeKind::VendorName as usize][s as usize] + l.joint(&both, ProbeKind::VendorName, s))
                .exp()
        };
        assert!(p(Symptom::NameSilent) > 0.94, "a silent resolver hides what is behind it");
        assert!(p(Symptom::Timeout) < 0.05);
    }

    #[test]
    fn a_second_fault_gets_little_credit_for_what_the_first_explains() {
        let l = likelihood();
        let seen = [(Symptom::Timeout, 20.0), (Symptom::Passed, 4.0)];
        let one =
            l.of_set(&[Hypothesis { kind: FaultKind::Line, severity: 1 }], ProbeKind::ControlAddress, &seen);
        let two = [
            Hypothesis { kind: FaultKind::Line, severity: 1 },
            Hypothesis { kind: FaultKind::ControlOut, severity: 2 },
        ];
        let gain = l.of_set(&two, ProbeKind::ControlAddress, &seen) - one;
        assert!(gain < 2.0, "gain {gain}");
    }
}
