//! Stories made up at random: what breaks, for how long, and what each probe sees of it, round by round.

use crate::branch;
use demarc_diagnosis::{Assessment, Diagnosis, Policy};
use demarc_model::id::IncidentId;
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind as K};
use demarc_model::site::Site;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use proptest::prelude::*;

pub(crate) const ROUND_MS: u64 = 2000;
/// Every probe runs once in so many rounds.
const CADENCE: u64 = 4;
const START: u64 = 1_645_376_400_000;

/// Which probes a trouble concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Camera(usize),
    Segment(usize),
    Lan,
    Line,
    Vendor,
    Names,
    Probe(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) scope: Scope,
    pub(crate) symptom: Symptom,
    pub(crate) from: u64,
    pub(crate) until: u64,
    /// Of a hundred attempts, so many fail.
    pub(crate) percent: u64,
    /// It comes and goes with this period in rounds, half of it each; zero stays.
    pub(crate) period: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) cameras: usize,
    pub(crate) segments: usize,
    pub(crate) resolver_on_gateway: bool,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) rounds: u64,
    pub(crate) seed: u64,
}

pub(crate) fn symptom() -> impl Strategy<Value = Symptom> {
    (0..Symptom::COUNT).prop_map(|at| Symptom::ALL[at])
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        (0..6_usize).prop_map(Scope::Camera),
        (0..3_usize).prop_map(Scope::Segment),
        Just(Scope::Lan),
        Just(Scope::Line),
        Just(Scope::Vendor),
        Just(Scope::Names),
        (0..60_usize).prop_map(Scope::Probe),
    ]
}

fn trouble(rounds: u64) -> impl Strategy<Value = Trouble> {
    let period = prop_oneof![3 => Just(0_u64), 1 => 10..60_u64];
    (scope(), symptom(), 10..rounds, 5..rounds, 20..=100_u64, period).prop_map(
        |(scope, symptom, from, lasts, percent, period)| Trouble {
            scope,
            symptom,
            from,
            until: from + lasts,
            percent,
            period,
        },
    )
}

pub(crate) fn story(rounds: u64) -> impl Strategy<Value = Story> {
    let troubles = proptest::collection::vec(trouble(rounds), 0..4);
    (1..7_usize, 0..4_usize, any::<bool>(), troubles, any::<u64>()).prop_map(
        move |(cameras, segments, resolver_on_gateway, troubles, seed)| Story {
            cameras,
            segments,
            resolver_on_gateway,
            troubles,
            rounds,
            seed,
        },
    )
}

/// One thing of a site gives no answer any more, for good.
pub(crate) fn cut_off() -> impl Strategy<Value = Story> {
    let silence = prop::sample::select(vec![Symptom::Timeout, Symptom::Unreachable]);
    let scope = scope().prop_filter("a probe is no thing of the site", |s| !matches!(s, Scope::Probe(_)));
    (story(120), scope, silence, 10..30_u64).prop_map(|(story, scope, symptom, from)| {
        let scope = match scope {
            Scope::Segment(at) if story.segments == 0 => Scope::Camera(at),
            scope => scope,
        };
        let trouble = Trouble { scope, symptom, from, until: u64::MAX, percent: 100, period: 0 };
        Story { troubles: vec![trouble], ..story }
    })
}

/// A story being watched.
pub(crate) struct Watch {
    pub(crate) site: Site,
    pub(crate) probes: Vec<ProbeId>,
    pub(crate) diagnosis: Diagnosis,
}

impl Watch {
    pub(crate) fn new(story: &Story) -> Self {
        let site = branch::site(story.cameras, story.segments, story.resolver_on_gateway);
        let probes = branch::probes(&site);
        let diagnosis = Diagnosis::new(site.clone(), &probes, Policy::default(), IncidentId(1));
        Self { site, probes, diagnosis }
    }

    /// The same site after a restart of the agent, incidents taken up.
    pub(crate) fn restarted(&self) -> Self {
        let (site, probes) = (self.site.clone(), self.probes.clone());
        let next = self.diagnosis.next_incident();
        let mut diagnosis = Diagnosis::new(site.clone(), &probes, Policy::default(), next);
        for incident in self.diagnosis.open_incidents() {
            assert!(diagnosis.adopt(incident.clone()), "{incident:?}");
        }
        Self { site, probes, diagnosis }
    }

    pub(crate) fn end(&mut self, round: u64, seen: &[Observation]) -> Assessment {
        seen.iter().for_each(|observation| self.diagnosis.observe(observation));
        self.diagnosis.assess(at(round, ROUND_MS))
    }

    pub(crate) fn open(&self) -> usize {
        self.diagnosis.open_incidents().count()
    }
}

pub(crate) fn at(round: u64, millis: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(START + round * ROUND_MS + millis).unwrap())
}

pub(crate) fn observation(probe: &ProbeId, at: Timestamp, symptom: Symptom) -> Observation {
    let outcome = match symptom {
        Symptom::Passed => Outcome::Passed,
        symptom => Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() },
    };
    let phases = Phases { connect_us: Some(12_000), total_us: 20_000, ..Phases::default() };
    Observation { probe: probe.clone(), at, outcome, phases, readings: Vec::new() }
}

pub(crate) fn missing(mut observation: Observation) -> Observation {
    observation.outcome = Outcome::Missing { reason: MissingReason::Budget };
    observation
}

impl Story {
    /// What the probes that are due in a round see of the troubles.
    pub(crate) fn seen(&self, watch: &Watch, round: u64) -> Vec<Observation> {
        let due = watch.probes.iter().enumerate();
        let due = due.filter(|(place, _)| (*place as u64 + round).is_multiple_of(CADENCE));
        due.map(|(place, probe)| {
            let symptom = self.symptom(&watch.site, (place, probe), round);
            observation(probe, at(round, 10 * place as u64), symptom)
        })
        .collect()
    }

    fn symptom(&self, site: &Site, (place, probe): (usize, &ProbeId), round: u64) -> Symptom {
        let holds = |trouble: &&Trouble| {
            let phase = (round.saturating_sub(trouble.from)).checked_rem(trouble.period).unwrap_or(0);
            (trouble.from..trouble.until).contains(&round)
                && (trouble.period == 0 || phase < trouble.period / 2)
                && trouble.scope.concerns(site, place, probe)
                && chance(self.seed, place as u64, round) < trouble.percent
        };
        self.troubles.iter().find(holds).map_or(Symptom::Passed, |trouble| trouble.seen_by(probe.kind))
    }
}

impl Trouble {
    /// Who gets no answer to a name asks no further.
    fn seen_by(&self, kind: K) -> Symptom {
        let by_name = matches!(
            kind,
            K::ResolverAnswer | K::ResolverSecond | K::ControlName | K::VendorName | K::ControlPortal
        );
        match (self.scope, self.symptom) {
            (Scope::Lan | Scope::Line | Scope::Names, Symptom::Timeout | Symptom::Unreachable) if by_name => {
                Symptom::NameSilent
            }
            (_, symptom) => symptom,
        }
    }
}

impl Scope {
    fn concerns(self, site: &Site, place: usize, probe: &ProbeId) -> bool {
        let camera = site.cameras.iter().position(|c| c.id.as_str() == &*probe.subject);
        let camera = camera.filter(|_| probe.kind.is_camera());
        match self {
            Self::Camera(own) => camera == Some(own % site.cameras.len()),
            Self::Segment(own) => {
                let Some(own) = own.checked_rem(site.segments.len()) else { return false };
                camera.is_some_and(|at| at % site.segments.len() == own)
                    || probe.kind == K::SegmentReach && *probe.subject == *site.segments[own].id.as_str()
            }
            Self::Lan => !matches!(probe.kind, K::HostLink | K::HostDisk | K::HostClock),
            Self::Line => matches!(
                probe.kind,
                K::ResolverAnswer
                    | K::ResolverSecond
                    | K::ControlName
                    | K::ControlAddress
                    | K::ControlPortal
                    | K::VendorName
                    | K::VendorAddress
            ),
            Self::Vendor => matches!(probe.kind, K::VendorName | K::VendorAddress),
            Self::Names => matches!(probe.kind, K::ResolverAnswer | K::ControlName | K::VendorName),
            Self::Probe(own) => place == own,
        }
    }
}

/// A number below a hundred that depends on the seed, the probe and the round only.
pub(crate) fn chance(seed: u64, place: u64, round: u64) -> u64 {
    let mut hash = (seed ^ place.rotate_left(32) ^ round).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 29)) % 100
}
