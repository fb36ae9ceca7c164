//! When there is something to explain: one capped CUSUM test per single hypothesis.
//!
//! A test accumulates the evidence for its fault against what is already known to be broken, falls
//! back to zero when the evidence turns, and so dates the onset by its last zero.

use crate::evidence::Fact;
use crate::layout::{Fault, Layout, Place, Subject};
use crate::likelihood::{Hypothesis, Likelihood, SEVERITIES};
use crate::policy::Policy;
use crate::table::{FaultKind, is_conclusive, is_loss_like};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;

/// The most that a round adds when a device itself says what is wrong.
const CONCLUSIVE_CAP: f64 = 20.0;
/// A test rises no further, so that health is found again in time.
const MOST_NATS: f64 = 60.0;
/// More known faults than this are not told apart on one probe.
const MOST_KNOWN: usize = 8;
const NOBODY: Known = Known { fault: 0, severity: 0 };

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
    /// For every fault, the evidence at its best severity.
    most: Vec<f64>,
    rising: Vec<Rising>,
    changed: Vec<usize>,
    /// The faults for which there is any evidence.
    risen: Vec<usize>,
}

/// What the facts of one round add to a fault's tests: what packet loss could have made, what it could
/// not, and what speaks against the fault.
#[derive(Debug, Clone, Copy)]
struct Rising {
    round: u64,
    lossy: [f64; SEVERITIES.len()],
    firm: [f64; SEVERITIES.len()],
    against: [f64; SEVERITIES.len()],
    sure: bool,
    /// How much of the allowance for loss-like evidence was used up, and when.
    used: [f64; SEVERITIES.len()],
    /// The same of the allowance for passes that speak against a fault which comes and goes.
    calm: f64,
    used_at: Timestamp,
}

impl Rising {
    const NOTHING: Self = Self {
        round: 0,
        lossy: [0.0; SEVERITIES.len()],
        firm: [0.0; SEVERITIES.len()],
        against: [0.0; SEVERITIES.len()],
        sure: false,
        used: [0.0; SEVERITIES.len()],
        calm: 0.0,
        used_at: Timestamp::from_millis(0),
    };

    fn begin(&mut self, round: u64) {
        *self = Self { round, used: self.used, calm: self.calm, used_at: self.used_at, ..Self::NOTHING };
    }
}

impl Tests {
    pub(crate) fn new(layout: &Layout) -> Self {
        let faults = layout.faults.len();
        Self {
            tests: vec![Default::default(); faults],
            most: vec![0.0; faults],
            rising: vec![Rising::NOTHING; faults],
            changed: Vec::with_capacity(faults),
            risen: Vec::with_capacity(faults),
        }
    }

    pub(crate) fn reset(&mut self, round: u64) {
        self.rising.fill(Rising::NOTHING);
        self.most.fill(0.0);
        self.risen.clear();
        let fresh = Test { onset: round, ..Test::default() };
        self.tests.iter_mut().for_each(|tests| *tests = [fresh; SEVERITIES.len()]);
    }

    /// Takes one round's facts, given what is known to be broken.
    pub(crate) fn update(
        &mut self,
        (layout, likelihood, policy): (&Layout, &Likelihood, &Policy),
        facts: &[Fact],
        known: &[Lasting],
        (round, now): (u64, Timestamp),
    ) {
        // A probe that passes only takes evidence away: that concerns the faults which have some.
        let (passed, failed) =
            (|f: &&Fact| f.symptom == Symptom::Passed, |f: &&Fact| f.symptom != Symptom::Passed);
        for at in 0..self.risen.len() {
            let fault = self.risen[at];
            self.rising[fault].begin(round);
            self.changed.push(fault);
        }
        for fact in facts.iter().filter(failed).chain(facts.iter().filter(passed)) {
            let mut here = [NOBODY; MOST_KNOWN];
            let mut count = 0;
            for lasting in known.iter().filter(|k| k.since <= fact.at) {
                if count < MOST_KNOWN && layout.reaches(lasting.known.fault, fact.probe) {
                    here[count] = lasting.known;
                    count += 1;
                }
            }
            self.weigh((layout, likelihood), fact, &here[..count], round);
        }
        for at in 0..self.changed.len() {
            let fault = self.changed[at];
            self.advance(fault, is_of_a_service(layout, fault), policy, (round, now));
        }
        self.changed.clear();
        let most = &self.most;
        self.risen.retain(|fault| most[*fault] > 0.0);
    }

    /// Adds what one fact says of the faults that could touch its probe.
    fn weigh(&mut self, context: (&Layout, &Likelihood), fact: &Fact, known: &[Known], round: u64) {
        let layout = context.0;
        if fact.symptom != Symptom::Passed || !known.is_empty() {
            for fault in &layout.touching[fact.probe] {
                self.weigh_for((*fault, round), context, fact, known);
            }
            return;
        }
        for at in 0..self.changed.len() {
            let fault = self.changed[at];
            if layout.reaches(fault, fact.probe) {
                self.weigh_for((fault, round), context, fact, known);
            }
        }
    }

    /// Adds what one fact says of one fault.
    fn weigh_for(
        &mut self,
        (fault, round): (usize, u64),
        (layout, likelihood): (&Layout, &Likelihood),
        fact: &Fact,
        known: &[Known],
    ) {
        let own = &mut self.rising[fault];
        if own.round != round {
            own.begin(round);
            self.changed.push(fault);
        }
        // A leaf's own evidence is no sample of many: only what is shared is correlated across the site.
        let weight = match layout.faults[fault].place {
            Place::Leaf(_) => 1.0,
            Place::Site | Place::Kind(_) | Place::Segment(_) | Place::Region(_) | Place::Service(_) => {
                layout.weight_of(fault, fact.probe, fact.symptom)
            }
        };
        let gains = if known.is_empty() {
            let row = likelihood.row(layout.look(fact.probe), fact.symptom);
            row.of(layout.faults[fault].kind).map(|gain| weight * f64::from(gain))
        } else {
            std::array::from_fn(|severity| {
                let candidate = Known { fault, severity: severity as u8 };
                gain((layout, likelihood), candidate, known, fact) * weight
            })
        };
        own.sure |= is_conclusive(fact.symptom) && gains[0] > 0.0 && is_own_word(layout, fault, fact);
        for (severity, gain) in gains.into_iter().enumerate() {
            let list = match (gain > 0.0, is_loss_like(fact.symptom)) {
                (true, true) => &mut own.lossy,
                (true, false) => &mut own.firm,
                (false, _) => &mut own.against,
            };
            list[severity] += gain;
        }
    }

    /// Losses come in bursts: what they can have made counts up to an allowance that is renewed in
    /// [`Policy::cap_renewed_in`]. So do the good moments of a service that comes and goes, which counts for the
    /// severity that lets some attempts through. Only there: what touches many probes is cleared by those
    /// that pass, not by one that passes again.
    fn advance(&mut self, fault: usize, of_a_service: bool, policy: &Policy, (round, now): (u64, Timestamp)) {
        let Rising { lossy, firm, against, sure, mut used, mut calm, used_at, .. } = self.rising[fault];
        let renewed = now.since(used_at).as_secs_f64() / policy.cap_renewed_in.as_secs_f64();
        for severity in 0..SEVERITIES.len() {
            let most = if sure { CONCLUSIVE_CAP } else { policy.cap_nats };
            used[severity] = (used[severity] - most * renewed).max(0.0);
            let against = if of_a_service && severity == SEVERITIES.len() - 1 {
                calm = (calm - policy.calm_nats * renewed).max(0.0);
                let counted = against[severity].max(calm - policy.calm_nats);
                calm -= counted;
                counted
            } else {
                against[severity]
            };
            let gain = lossy[severity] + firm[severity] + against;
            let firm = if sure { 0.0 } else { firm[severity].min(policy.firm_nats) };
            let counted = gain.min((most - used[severity]).max(0.0) + firm);
            used[severity] += (counted - firm).clamp(0.0, most);
            advance(&mut self.tests[fault][severity], counted, sure, round);
        }
        self.rising[fault].used = used;
        self.rising[fault].calm = calm;
        self.rising[fault].used_at = now;
        let before = self.most[fault];
        self.most[fault] = self.of(fault).nats;
        if before == 0.0 && self.most[fault] > 0.0 {
            self.risen.push(fault);
        }
    }

    /// The strongest test of a fault over its severities.
    pub(crate) fn of(&self, fault: usize) -> Test {
        let [first, rest @ ..] = self.tests[fault];
        rest.into_iter().fold(first, |best, test| if test.nats > best.nats { test } else { best })
    }

    /// The test of a fault at the highest severity that passes: of all, it dates the onset best.
    pub(crate) fn sharpest(&self, fault: usize, policy: &Policy) -> Test {
        let passing = self.tests[fault].into_iter().find(|test| test.passes(policy));
        passing.unwrap_or_else(|| self.of(fault))
    }

    /// All faults with at least this much evidence, strongest first.
    pub(crate) fn above(&self, nats: f64) -> Vec<(usize, Test)> {
        let above = self.risen.iter().filter(|fault| self.most[**fault] >= nats);
        let mut out: Vec<_> = above.map(|fault| (*fault, self.of(*fault))).collect();
        out.sort_unstable_by_key(|(fault, _)| *fault);
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
        ProbeKind::HostLink
            | ProbeKind::HostDisk
            | ProbeKind::HostResources
            | ProbeKind::HostTraffic
            | ProbeKind::HostAddress
    );
    let clock = kind == FaultKind::AgentClock && fact.symptom == Symptom::Clock;
    is_conclusive(fact.symptom) && (host || clock || matches!(place, Place::Leaf(_)))
}

/// Whether a fault is that of one service of the vendor alone: a handful of probes.
fn is_of_a_service(layout: &Layout, fault: usize) -> bool {
    match layout.faults[fault].place {
        Place::Leaf(leaf) => matches!(layout.leaves[leaf].subject, Subject::Capability(_)),
        Place::Service(_) => true,
        Place::Site | Place::Kind(_) | Place::Segment(_) | Place::Region(_) => false,
    }
}

fn advance(test: &mut Test, gain: f64, conclusive: bool, round: u64) {
    if test.nats == 0.0 {
        test.onset = round.saturating_sub(1);
    }
    let nats = test.nats + gain;
    if nats <= 0.0 {
        *test = Test { onset: round, ..Test::default() };
        return;
    }
    test.nats = nats.min(MOST_NATS);
    test.agreed += u32::from(gain > 0.0);
    test.conclusive |= conclusive && gain > 0.0;
}

/// What a candidate adds to the explanation of one fact, beyond the faults known at its probe.
/// A fault of the same component takes the known one's place.
fn gain((layout, likelihood): (&Layout, &Likelihood), candidate: Known, known: &[Known], fact: &Fact) -> f64 {
    if known.contains(&candidate) {
        return 0.0;
    }
    let (own, look) = (candidate.hypothesis(layout), layout.look(fact.probe));
    let seen = [(fact.symptom, 1.0)];
    let mut now = [own; MOST_KNOWN];
    let mut kept = [own; MOST_KNOWN];
    let mut keeps = 0;
    for (at, other) in known.iter().enumerate() {
        now[at] = other.hypothesis(layout);
        if !layout.same_component(other.fault, candidate.fault) {
            kept[keeps] = now[at];
            keeps += 1;
        }
    }
    likelihood.beyond(&kept[..keeps], &[own], look, &seen)
        - likelihood.of_set(&now[..known.len()], look, &seen)
}
