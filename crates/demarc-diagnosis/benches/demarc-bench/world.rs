//! Time passes: probes run at their cadence, one conversation with a camera at a time, failures take
//! as long as they really take to be noticed, packets get lost in bursts, the agent stalls.

use crate::branch::{Aim, Branch, Planned};
use crate::chance::Chance;
use crate::trouble::Affliction;
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

/// The shipped `suspicion-interval`, which is also the length of a round; half of it while anything is
/// suspicious.
pub(crate) const ROUND_MS: u64 = 2_000;
const LONGEST_HURRY_MS: u64 = 120_000;
const LOGIN_HURRY_MS: u64 = 10_000;
/// Between two conversations with one camera.
const PAUSE_MS: u64 = 1_000;
/// A probe that yielded nothing is tried again after this long.
const RETRY_MS: u64 = 3_000;
/// How long a refused password is not sent again.
const LOGIN_PAUSE_MS: u64 = 900_000;

/// How well measuring goes at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    /// The share of probes that fail for no reason.
    pub(crate) loss: f64,
    /// The share that yields nothing: budget, prerequisites, a busy host.
    pub(crate) missing: f64,
    /// The share of rounds in which half of everything beyond the LAN is lost; half as often, of
    /// everything.
    pub(crate) bursts: f64,
    /// How often per hour this host stalls for some seconds, and how often its clock is set.
    pub(crate) stalls_per_hour: f64,
    pub(crate) clock_jumps_per_hour: f64,
}

impl Conditions {
    pub(crate) const fn with_loss(loss: f64) -> Self {
        Self { loss, missing: 0.1, bursts: 0.002, stalls_per_hour: 2.0, clock_jumps_per_hour: 0.2 }
    }
}

/// What came back from a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    Saw(Symptom),
    Missing,
}

/// A probe's result: when it began, in milliseconds of the trial, and what it saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Result {
    pub(crate) probe: usize,
    pub(crate) began_ms: u64,
    pub(crate) seen: Seen,
}

struct Camera {
    queue: VecDeque<usize>,
    free_ms: u64,
    login_from_ms: u64,
    /// When the minute begins in which it is asked one thing every ten seconds.
    origin_ms: u64,
}

pub(crate) struct World<'a> {
    branch: &'a Branch,
    conditions: Conditions,
    afflictions: &'a [Affliction],
    chance: Chance,
    index: HashMap<&'a ProbeId, usize>,
    next_ms: Vec<u64>,
    last_ms: Vec<Option<u64>>,
    hurried_ms: Vec<Option<u64>>,
    cameras: Vec<Camera>,
    landing: BinaryHeap<Reverse<(u64, usize, u64, Seen)>>,
    pub(crate) now_ms: u64,
    stalled_until_ms: u64,
    is_hurried: bool,
    /// Whether a burst of losses goes on beyond the LAN and on it, and until when.
    burst: (bool, bool),
    burst_ends_ms: u64,
    /// What the wall clock shows beyond the time that passed.
    offset_ms: i64,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        branch: &'a Branch,
        conditions: Conditions,
        afflictions: &'a [Affliction],
        mut chance: Chance,
    ) -> Self {
        let origins: Vec<u64> = (0..branch.cameras).map(|_| (chance.unit() * 60_000.0) as u64).collect();
        let first = |p: &Planned| match (p.aim, p.place_ms) {
            (Aim::Camera(camera), Some(place)) => (origins[camera] + place) % p.every_ms,
            _ => (chance.unit() * p.every_ms as f64) as u64,
        };
        let next_ms = branch.probes.iter().map(first).collect();
        let camera =
            |n: usize| Camera { queue: VecDeque::new(), free_ms: 0, login_from_ms: 0, origin_ms: origins[n] };
        Self {
            index: branch.probes.iter().enumerate().map(|(at, p)| (&p.id, at)).collect(),
            last_ms: vec![None; branch.probes.len()],
            hurried_ms: vec![None; branch.probes.len()],
            cameras: (0..branch.cameras).map(camera).collect(),
            landing: BinaryHeap::new(),
            now_ms: 0,
            stalled_until_ms: 0,
            is_hurried: false,
            burst: (false, false),
            burst_ends_ms: 0,
            offset_ms: 0,
            branch,
            conditions,
            afflictions,
            next_ms,
            chance,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.stamp(self.now_ms)
    }

    fn stamp(&self, ms: u64) -> Timestamp {
        const START: i64 = 1_645_376_400_000;
        Timestamp::from_millis(START + i64::try_from(ms).unwrap() + self.offset_ms)
    }

    /// Lets one round pass and gives every result that came back in it.
    pub(crate) fn round(&mut self, results: &mut Vec<Result>) {
        results.clear();
        let length = if self.is_hurried { ROUND_MS / 2 } else { ROUND_MS };
        let until = self.now_ms + length;
        let hours = length as f64 / 3_600_000.0;
        if self.chance.happens(self.conditions.clock_jumps_per_hour * hours) {
            self.offset_ms += self.chance.between(-60_000.0, 60_000.0) as i64;
        }
        if self.chance.happens(self.conditions.stalls_per_hour * hours) {
            self.stalled_until_ms = until + self.chance.between(2_000.0, 6_000.0) as u64;
        }
        if self.now_ms >= self.burst_ends_ms {
            let share = length as f64 / ROUND_MS as f64;
            self.burst.0 = self.chance.happens(self.conditions.bursts * share);
            self.burst.1 = self.chance.happens(self.conditions.bursts / 2.0 * share);
            if self.burst != (false, false) {
                self.burst_ends_ms = self.now_ms + ROUND_MS;
            }
        }
        let (wan, lan) = self.burst;
        for probe in 0..self.next_ms.len() {
            while self.next_ms[probe] < until {
                let at = self.next_ms[probe].max(self.now_ms);
                self.last_ms[probe] = Some(at);
                self.next_ms[probe] = self.following(probe, at);
                match self.branch.probes[probe].aim {
                    Aim::Camera(camera) => {
                        let queue = &mut self.cameras[camera].queue;
                        if !queue.contains(&probe) {
                            queue.push_back(probe);
                        }
                    }
                    Aim::Site | Aim::Segment(_) | Aim::Control(_) | Aim::Host(..) => {
                        self.launch(probe, at, (wan, lan));
                    }
                }
            }
        }
        for camera in 0..self.cameras.len() {
            self.talk(camera, until, (wan, lan));
        }
        self.now_ms = until;
        while self.landing.peek().is_some_and(|Reverse((at, ..))| *at < until) {
            let Some(Reverse((_, probe, began_ms, seen))) = self.landing.pop() else { break };
            let failed = !matches!(seen, Seen::Saw(Symptom::Passed | Symptom::Slow));
            let seen = if failed && began_ms < self.stalled_until_ms { Seen::Missing } else { seen };
            if seen == Seen::Missing && !self.is_barred(probe) {
                self.next_ms[probe] = self.next_ms[probe].min(until + RETRY_MS);
            }
            results.push(Result { probe, began_ms, seen });
        }
    }

    /// Whether a password must not be sent for a while.
    fn is_barred(&self, probe: usize) -> bool {
        let planned = &self.branch.probes[probe];
        match planned.aim {
            Aim::Camera(n) => planned.kind.is_authenticated() && self.now_ms < self.cameras[n].login_from_ms,
            Aim::Site | Aim::Segment(_) | Aim::Control(_) | Aim::Host(..) => false,
        }
    }

    /// When a probe is due again: a camera's on its place in the camera's minute, others with jitter.
    fn following(&mut self, probe: usize, at: u64) -> u64 {
        let planned = &self.branch.probes[probe];
        match planned.place_ms {
            Some(place) => {
                let Aim::Camera(camera) = planned.aim else { return at + planned.every_ms };
                let origin = self.cameras[camera].origin_ms + place;
                let rounds = (at + PAUSE_MS).saturating_sub(origin) / planned.every_ms + 1;
                let due = origin + rounds * planned.every_ms;
                if at + PAUSE_MS < origin { origin } else { due }
            }
            None => at + (planned.every_ms as f64 * self.chance.between(0.9, 1.1)) as u64,
        }
    }

    /// Asks a camera what is in its queue, one thing after the other.
    fn talk(&mut self, camera: usize, until: u64, bursts: (bool, bool)) {
        while self.cameras[camera].free_ms < until {
            let Some(probe) = self.cameras[camera].queue.pop_front() else { return };
            let at = self.cameras[camera].free_ms.max(self.now_ms);
            let kind = self.branch.probes[probe].kind;
            if kind.is_authenticated() && at < self.cameras[camera].login_from_ms {
                self.landing.push(Reverse((at, probe, at, Seen::Missing)));
                continue;
            }
            let (took, seen) = self.launch(probe, at, bursts);
            self.cameras[camera].free_ms = at + took + PAUSE_MS;
            if seen == Seen::Saw(Symptom::Rejected) {
                self.cameras[camera].login_from_ms = at + LOGIN_PAUSE_MS;
            }
        }
    }

    fn launch(&mut self, probe: usize, at: u64, (wan, lan): (bool, bool)) -> (u64, Seen) {
        let kind = self.branch.probes[probe].kind;
        let mut symptom = noise(kind, self.conditions.loss, &mut self.chance);
        let on_host = matches!(kind, ProbeKind::HostLink | ProbeKind::HostDisk | ProbeKind::HostClock);
        let near =
            on_host || kind.is_camera() || matches!(kind, ProbeKind::GatewayReach | ProbeKind::SegmentReach);
        if ((wan && !near) || (lan && !on_host)) && self.chance.happens(0.5) {
            symptom = symptom.min(Symptom::Timeout);
        }
        for affliction in self.afflictions {
            if let Some(own) = affliction.sample(probe, at, &mut self.chance) {
                symptom = symptom.min(own);
            }
        }
        let clockless = kind == ProbeKind::HostClock && symptom < Symptom::Clock;
        let missing = clockless || self.chance.happens(self.conditions.missing);
        let seen = if missing { Seen::Missing } else { Seen::Saw(symptom) };
        let hurried = self.hurried_ms[probe].is_some();
        let took = if missing { 0 } else { duration(symptom, kind, hurried, &mut self.chance) };
        self.landing.push(Reverse((at + took, probe, at, seen)));
        (took, seen)
    }

    /// Brings forward what diagnosis asks for.
    pub(crate) fn hurry(&mut self, wanted: &[ProbeId]) {
        if wanted.is_empty() && !self.is_hurried {
            return;
        }
        self.is_hurried = !wanted.is_empty();
        let mut asked = vec![false; self.next_ms.len()];
        for id in wanted {
            asked[self.index[id]] = true;
        }
        for (probe, asked) in asked.into_iter().enumerate() {
            if !asked {
                self.hurried_ms[probe] = None;
                continue;
            }
            let since = *self.hurried_ms[probe].get_or_insert(self.now_ms);
            if self.now_ms - since > LONGEST_HURRY_MS {
                continue;
            }
            let planned = &self.branch.probes[probe];
            let pause = if planned.kind.is_authenticated() { LOGIN_HURRY_MS } else { ROUND_MS };
            let soonest = self.last_ms[probe].map_or(self.now_ms, |last| last + pause.min(planned.every_ms));
            self.next_ms[probe] = self.next_ms[probe].min(soonest);
        }
    }

    /// The result as the agent hands it to diagnosis.
    pub(crate) fn observation(&self, result: &Result) -> Observation {
        let mut phases = Phases { connect_us: Some(12_000), total_us: 20_000, ..Phases::default() };
        let outcome = match result.seen {
            Seen::Missing => Outcome::Missing { reason: MissingReason::Budget },
            Seen::Saw(Symptom::Passed) => Outcome::Passed,
            Seen::Saw(Symptom::Slow) => {
                phases.connect_us = Some(1_900_000);
                Outcome::Passed
            }
            Seen::Saw(symptom) => {
                Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() }
            }
        };
        Observation {
            probe: self.branch.probes[result.probe].id.clone(),
            at: self.stamp(result.began_ms),
            outcome,
            phases,
            readings: Vec::new(),
        }
    }
}

/// What a healthy probe sees when packets get lost and devices have moments.
fn noise(kind: ProbeKind, loss: f64, chance: &mut Chance) -> Symptom {
    use ProbeKind as K;
    let draw = chance.unit();
    let lost = match kind {
        K::HostLink | K::HostDisk | K::HostClock => 0.0,
        _ => loss,
    };
    if draw < lost {
        return match kind {
            K::ResolverAnswer | K::ResolverSecond => Symptom::NameSilent,
            K::ControlName | K::VendorName | K::VendorStatus | K::ControlPortal if draw < 0.35 * lost => {
                Symptom::NameSilent
            }
            _ => Symptom::Timeout,
        };
    }
    let moody = matches!(
        kind,
        K::VendorName
            | K::VendorAddress
            | K::VendorStatus
            | K::ControlName
            | K::CameraReady
            | K::CameraIdentity
            | K::CameraLogin
            | K::CameraClock
            | K::CameraOnvif
    );
    if moody && draw < lost + 0.003 {
        return if draw < lost + 0.002 { Symptom::ServerError } else { Symptom::Refused };
    }
    Symptom::Passed
}

/// How long it takes until a probe knows, with the shipped limits.
fn duration(symptom: Symptom, kind: ProbeKind, hurried: bool, chance: &mut Chance) -> u64 {
    let limits = match kind.is_camera() {
        // A camera that is asked on suspicion gets less time.
        true if hurried => [1_500, 2_000, 2_000],
        true => [1_500, 5_000, 5_000],
        false => [2_000, 5_000, 10_000],
    };
    match symptom {
        Symptom::NameSilent => 2_000,
        Symptom::Timeout => limits[0],
        Symptom::TlsStall => limits[1],
        Symptom::Hung => limits[2],
        Symptom::Slow => 2_500,
        _ => chance.between(10.0, 250.0) as u64,
    }
}
