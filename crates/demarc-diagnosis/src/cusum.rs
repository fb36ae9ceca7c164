//! When there is something to explain: one capped CUSUM test per single hypothesis.
//!
//! A test accumulates the evidence for its fault against what is already known to be broken, falls
//! back to zero when the evidence turns, and so dates the onset by its last zero.

use crate::evidence::Fact;
use crate::layout::{Fault, Layout, Place};
use crate::likelihood::{Hypothesis, Likelihood, SEVERITIES};
use crate::policy::Policy;
use crate::table::{FaultKind, is_conclusive};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;

/// The most that a round adds when a device itself says what is wrong.
const CONCLUSIVE_CAP: f64 = 20.0;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Test {
    pub(crate) nats: f64,
    /// The round after which the evidence began to rise.
    pub(crate) onset: u64,
    /// Rounds since then that added evidence.
    pub(crate) agreed: u32,
    pub(crate) conclusive: bool,
}

impl Test {
    pub(crate) fn passes(&self, policy: &Policy) -> bool {
        self.nats >= policy.open_nats && (self.conclusive || self.agreed >= policy.open_rounds)
    }
}

/// A fault that is known, at the severity at which it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) fault: usize,
    pub(crate) severity: u8,
}

impl Known {
    pub(crate) fn hypothesis(self, layout: &Layout) -> Hypothesis {
        Hypothesis { kind: layout.faults[self.fault].kind, severity: self.severity }
    }
}

/// A known fault and its onset: what was seen before is not its doing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lasting {
    pub(crate) known: Known,
    pub(crate) since: Timestamp,
}

pub(crate) struct Tests {
    tests: Vec<[Test; SEVERITIES.len()]>,
    increments: Vec<[f64; SEVERITIES.len()]>,
    conclusive: Vec<bool>,
    changed: Vec<usize>,
}

impl Tests {
    pub(crate) fn new(layout: &Layout) -> Self {
        let faults = layout.faults.len();
        Self {
            tests: vec![Default::default(); faults],
            increments: vec![Default::default(); faults],
            conclusive: vec![false; faults],
            changed: Vec::new(),
        }
    }

    pub(crate) fn reset(&mut self, round: u64) {
        let fresh = Test { onset: round, ..Test::default() };
        self.tests.iter_mut().for_each(|tests| *tests = [fresh; SEVERITIES.len()]);
    }

    /// Takes one round's facts, given what is known to be broken.
    pub(crate) fn update(
        &mut self,
        (layout, likelihood, policy): (&Layout, &Likelihood, &Policy),
        facts: &[Fact],
        known: &[Lasting],
        round: u64,
    ) {
        for fact in facts {
            let holds = |k: &&Lasting| layout.reaches(k.known.fault, fact.probe) && k.since <= fact.at;
            let here: Vec<Known> = known.iter().filter(holds).map(|k| k.known).collect();
            for fault in &layout.touching[fact.probe] {
                if !self.changed.contains(fault) {
                    self.changed.push(*fault);
                }
                for severity in 0..SEVERITIES.len() {
                    let candidate = Known { fault: *fault, severity: severity as u8 };
                    let gain = gain((layout, likelihood), candidate, &here, fact);
                    self.increments[*fault][severity] += gain;
                    self.conclusive[*fault] |= gain > 0.0 && is_own_word(layout, *fault, fact);
                }
            }
        }
        for fault in std::mem::take(&mut self.changed) {
            let cap = if self.conclusive[fault] { CONCLUSIVE_CAP } else { policy.round_cap_nats };
            for severity in 0..SEVERITIES.len() {
                let gain = self.increments[fault][severity].min(cap);
                advance(&mut self.tests[fault][severity], gain, self.conclusive[fault], round);
            }
            self.increments[fault] = Default::default();
            self.conclusive[fault] = false;
        }
    }

    /// The strongest test of a fault over its severities.
    pub(crate) fn of(&self, fault: usize) -> Test {
        let [first, rest @ ..] = self.tests[fault];
        rest.into_iter().fold(first, |best, test| if test.nats > best.nats { test } else { best })
    }

    /// All faults with at least this much evidence, strongest first.
    pub(crate) fn above(&self, nats: f64) -> Vec<(usize, Test)> {
        let tests = (0..self.tests.len()).map(|fault| (fault, self.of(fault)));
        let mut out: Vec<_> = tests.filter(|(_, test)| test.nats >= nats).collect();
        out.sort_by(|a, b| b.1.nats.total_cmp(&a.1.nats));
        out
    }

    /// The severity at which a fault fits best.
    pub(crate) fn severity(&self, fault: usize) -> u8 {
        let nats = self.tests[fault].map(|test| test.nats);
        (0..SEVERITIES.len()).max_by(|a, b| nats[*a].total_cmp(&nats[*b])).unwrap_or(0) as u8
    }
}

/// Whether the faulty thing itself says so: a camera, a server's certificate, this host, or the
/// clocks that ours is compared with.
fn is_own_word(layout: &Layout, fault: usize, fact: &Fact) -> bool {
    let Fault { kind, place } = layout.faults[fault];
    let host = matches!(
        layout.kind(fact.probe),
        ProbeKind::HostLink | ProbeKind::HostDisk | ProbeKind::HostResources | ProbeKind::HostTraffic
    );
    let clock = kind == FaultKind::AgentClock && fact.symptom == Symptom::Clock;
    is_conclusive(fact.symptom) && (host || clock || matches!(place, Place::Leaf(_)))
}

fn advance(test: &mut Test, gain: f64, conclusive: bool, round: u64) {
    let nats = test.nats + gain;
    if nats <= 0.0 {
        *test = Test { onset: round, ..Test::default() };
        return;
    }
    test.nats = nats;
    test.agreed += u32::from(gain > 0.0);
    test.conclusive |= conclusive && gain > 0.0;
}

/// What a candidate adds to the explanation of one fact, beyond the faults known at its probe.
/// A fault of the same component takes the known one's place.
fn gain((layout, likelihood): (&Layout, &Likelihood), candidate: Known, known: &[Known], fact: &Fact) -> f64 {
    let kind = layout.kind(fact.probe);
    // A leaf's own evidence is no sample of many: only what is shared is correlated across the site.
    let weight = match layout.faults[candidate.fault].place {
        Place::Leaf(_) => 1.0,
        Place::Site | Place::Segment(_) | Place::Region(_) => {
            layout.probes[fact.probe].weight_of(fact.symptom)
        }
    };
    let own = candidate.hypothesis(layout);
    if known.is_empty() {
        return weight * likelihood.single(own, kind, fact.symptom);
    }
    if known.contains(&candidate) {
        return 0.0;
    }
    let seen = [(fact.symptom, weight)];
    let now: Vec<Hypothesis> = known.iter().map(|k| k.hypothesis(layout)).collect();
    let kept = known.iter().filter(|k| !layout.same_component(k.fault, candidate.fault));
    let kept: Vec<Hypothesis> = kept.map(|k| k.hypothesis(layout)).collect();
    likelihood.beyond(&kept, &[own], kind, &seen) - likelihood.of_set(&now, kind, &seen)
}
