//! One trial: a branch, its faults, the engine and its rivals on the same results.

use crate::blame::{self, Blame, Blames};
use crate::branch::{Branch, Shape};
use crate::chance::Chance;
use crate::rival::{History, Rival};
use crate::trouble::{Affliction, Manner, Trouble};
use crate::world::{Conditions, ROUND_MS, World};
use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::fault::CameraCause;
use demarc_model::id::IncidentId;
use demarc_model::incident::Step;
use demarc_model::probe::{ProbeId, ProbeKind as K};
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;

/// What a cell of the campaign varies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) faults: Faults,
    pub(crate) manner: Manner,
    pub(crate) conditions: Conditions,
    pub(crate) shape: Shape,
    /// Seconds between the onsets of several faults.
    pub(crate) stagger: u64,
    pub(crate) perturbation: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Faults {
    Single,
    /// Several at once, each of which leaves traces that the others do not cover.
    Observable(usize),
    /// Two, of which one hides the other.
    Masked,
    /// One that concerns nobody: a control or a status page.
    Harmless,
}

/// What was said at a moment: milliseconds since the first onset, and the blame from then on.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) at_ms: u64,
    pub(crate) blames: Blames,
    pub(crate) undetermined: bool,
}

/// An incident of the trial with its last verdict.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) at_ms: u64,
    pub(crate) since_ms: i64,
    pub(crate) blames: Blames,
    pub(crate) confidence: f64,
    pub(crate) undetermined: bool,
}

pub(crate) struct Outcome {
    pub(crate) truth: Vec<Trouble>,
    /// For masked faults: what can be seen beside the others.
    pub(crate) visible: Blames,
    pub(crate) onsets_ms: Vec<u64>,
    pub(crate) said: Vec<Said>,
    pub(crate) opened: Vec<Opened>,
    pub(crate) rivals: Vec<Vec<Said>>,
    /// What a round cost, in nanoseconds: quiet ones, and those in which something was weighed.
    pub(crate) quiet_ns: Vec<u32>,
    pub(crate) weighed_ns: Vec<u32>,
}

impl Outcome {
    pub(crate) fn blames(&self) -> Blames {
        self.truth.iter().flat_map(|trouble| trouble.blames()).collect()
    }
}

/// How long a trial lasts after its last onset.
pub(crate) const WATCHED_MS: u64 = 66_000;
/// A rival's word counts when it has not changed for this many rounds.
const SETTLED: u32 = 3;

pub(crate) fn run(cell: &Cell, seed: u64, trial: u64) -> Outcome {
    follow(cell, seed, trial, &mut |_| {})
}

/// The same, telling what happens from the first onset on.
pub(crate) fn follow(cell: &Cell, seed: u64, trial: u64, tell: &mut dyn FnMut(String)) -> Outcome {
    let mut chance = Chance::stream(seed, trial);
    loop {
        let branch = Branch::draw(cell.shape, &mut chance);
        let onset = 900_000 + (chance.unit() * 15_000.0) as u64;
        let Some(afflictions) = afflict(cell, &branch, onset, &mut chance) else { continue };
        let world = World::new(&branch, cell.conditions, &afflictions, chance.clone());
        return watch(&branch, &afflictions, world, tell);
    }
}

fn afflict(cell: &Cell, branch: &Branch, onset: u64, chance: &mut Chance) -> Option<Vec<Affliction>> {
    let wanted = match cell.faults {
        Faults::Single | Faults::Harmless => 1,
        Faults::Observable(n) => n,
        Faults::Masked => 2,
    };
    let mut out: Vec<Affliction> = Vec::new();
    while out.len() < wanted {
        let trouble = match cell.faults {
            Faults::Harmless => Trouble::draw_harmless(chance),
            Faults::Single | Faults::Observable(_) | Faults::Masked => Trouble::draw(branch, chance),
        };
        if !Affliction::drawable(trouble, cell.manner) {
            continue;
        }
        let begins = onset + cell.stagger * 1000 * out.len() as u64;
        out.push(Affliction::new(branch, (trouble, cell.manner), begins, cell.perturbation, chance));
    }
    let conflicting = out
        .iter()
        .enumerate()
        .any(|(at, a)| out[at + 1..].iter().any(|b| is_same(a, b) || is_one(branch, a.trouble, b.trouble)));
    let visible = |a: &Affliction| is_visible(branch, a, &out);
    let fits = match cell.faults {
        Faults::Single | Faults::Harmless => true,
        Faults::Observable(_) => out.iter().all(visible),
        Faults::Masked => out.iter().filter(|a| !visible(a)).count() == 1,
    };
    (fits && !conflicting).then_some(out)
}

/// Two faults of one component: one of them at a time is all that can be.
fn is_same(a: &Affliction, b: &Affliction) -> bool {
    !blame::components(&a.trouble.blames()).is_disjoint(&blame::components(&b.trouble.blames()))
}

/// Two faults that together are what a third one is: resolvers that lie and a portal, the only switch
/// and the router, a clock and certificates.
fn is_one(branch: &Branch, a: Trouble, b: Trouble) -> bool {
    let one = |a: Trouble, b: Trouble| match a {
        Trouble::DnsWrong | Trouble::Rewriting => {
            matches!(b, Trouble::Portal | Trouble::Inspection | Trouble::DnsWrong | Trouble::Rewriting)
        }
        Trouble::Segment(_) => branch.segments == 1 && b == Trouble::Gateway,
        Trouble::AgentClock => {
            matches!(b, Trouble::VendorTls | Trouble::Inspection | Trouble::Camera(_, CameraCause::Clock))
        }
        _ => false,
    };
    one(a, b) || one(b, a)
}

/// Whether the others leave alone what tells a fault from its neighbours. A verdict against the vendor
/// needs two hosts of the service and a control.
fn is_visible(branch: &Branch, own: &Affliction, all: &[Affliction]) -> bool {
    let clear = |probe: usize| {
        let others = all.iter().filter(|other| !std::ptr::eq(*other, own));
        others.filter_map(|other| other.effect(probe)).all(|effect| effect.total() < 0.2)
    };
    let shows = |probe: usize| own.effect(probe).is_some_and(|effect| effect.total() >= 0.3);
    let defining = |probe: &crate::branch::Planned| {
        let kind = probe.kind;
        match own.trouble {
            Trouble::AgentLink => kind == K::HostLink,
            Trouble::AgentClock => kind == K::HostClock,
            Trouble::Gateway | Trouble::Lan => kind == K::GatewayReach,
            Trouble::Line | Trouble::NoForwarding => kind == K::ControlAddress,
            Trouble::LineLoss | Trouble::LineLatency | Trouble::LineMtu => kind == K::ControlAddress,
            Trouble::DnsSilent | Trouble::DnsServfail | Trouble::DnsWrong => kind == K::ResolverAnswer,
            Trouble::Rewriting => kind == K::ResolverAnswer || kind == K::ResolverSecond,
            Trouble::Portal => kind == K::ControlPortal || kind == K::ControlAddress,
            Trouble::Inspection => kind == K::ControlAddress,
            _ => true,
        }
    };
    let is_clear =
        |(at, probe): (usize, &crate::branch::Planned)| !defining(probe) || !shows(at) || clear(at);
    let traces = || branch.probes.iter().enumerate().any(|(at, p)| defining(p) && shows(at) && clear(at));
    match own.trouble {
        Trouble::VendorWhole | Trouble::VendorTls | Trouble::VendorDns => {
            (0..crate::branch::CAPABILITIES.len()).all(|c| is_service_visible(branch, c, &shows, &clear))
        }
        Trouble::Capability(at) => is_service_visible(branch, at, &shows, &clear),
        Trouble::Segment(_) | Trouble::Camera(..) => traces(),
        _ => traces() && branch.probes.iter().enumerate().all(is_clear),
    }
}

/// What of a fault can be seen beside the others: of a vendor's, service by service.
fn visible_part(branch: &Branch, own: &Affliction, all: &[Affliction]) -> Blames {
    let clear = |probe: usize| {
        let others = all.iter().filter(|other| !std::ptr::eq(*other, own));
        others.filter_map(|other| other.effect(probe)).all(|effect| effect.total() < 0.2)
    };
    let shows = |probe: usize| own.effect(probe).is_some_and(|effect| effect.total() >= 0.3);
    let seen = |blame: &Blame| match blame {
        Blame::Vendor(capability, _) => is_service_visible(branch, *capability, &shows, &clear),
        _ => is_visible(branch, own, all),
    };
    own.trouble.blames().into_iter().filter(seen).collect()
}

fn is_service_visible(
    branch: &Branch,
    capability: usize,
    shows: &dyn Fn(usize) -> bool,
    clear: &dyn Fn(usize) -> bool,
) -> bool {
    use crate::branch::Aim;
    let probes = || branch.probes.iter().enumerate();
    let host = |n| probes().any(|(at, p)| p.aim == Aim::Host(capability, n) && shows(at) && clear(at));
    let control = |(at, p): (usize, &crate::branch::Planned)| {
        matches!(p.aim, Aim::Control(_)) && p.kind != K::ControlPortal && clear(at)
    };
    host(0) && host(1) && probes().any(control)
}

fn watch(
    branch: &Branch,
    afflictions: &[Affliction],
    mut world: World<'_>,
    tell: &mut dyn FnMut(String),
) -> Outcome {
    let ids: Vec<ProbeId> = branch.probes.iter().map(|p| p.id.clone()).collect();
    let mut diagnosis = Diagnosis::new(branch.told.clone(), &ids, Policy::default(), IncidentId(1));
    let first = afflictions.iter().map(|a| a.onset_ms).min().unwrap_or(0);
    let last = afflictions.iter().map(|a| a.onset_ms).max().unwrap_or(0);
    let mut outcome = Outcome {
        truth: afflictions.iter().map(|a| a.trouble).collect(),
        visible: afflictions.iter().flat_map(|a| visible_part(branch, a, afflictions)).collect(),
        onsets_ms: afflictions.iter().map(|a| a.onset_ms - first).collect(),
        said: Vec::new(),
        opened: Vec::new(),
        rivals: vec![Vec::new(); Rival::ALL.len()],
        quiet_ns: Vec::new(),
        weighed_ns: Vec::new(),
    };
    let mut history = History::new(branch);
    let mut settling = vec![(Blames::new(), 0); Rival::ALL.len()];
    let mut results = Vec::new();
    while world.now_ms < last + WATCHED_MS {
        world.round(&mut results);
        for result in &results {
            history.push(result);
            diagnosis.observe(&world.observation(result));
        }
        let began = spent_ns();
        let assessment = diagnosis.assess(world.now());
        let took = u32::try_from(spent_ns() - began).unwrap_or(u32::MAX);
        if world.now_ms > 60_000 {
            let list = if assessment.suspicious { &mut outcome.weighed_ns } else { &mut outcome.quiet_ns };
            list.push(took);
        }
        if world.now_ms + 20_000 > first {
            let since = (world.now_ms as f64 - first as f64) / 1000.0;
            tell_round(branch, since, &results, &assessment, tell);
        }
        world.hurry(&assessment.wanted);
        if world.now_ms < first {
            // What is said before anything is wrong counts in its own campaign.
            if assessment.transitions.iter().any(|t| t.step == Step::Opened) {
                note(&mut outcome, branch, &diagnosis, &world, first);
            }
            continue;
        }
        if !assessment.transitions.is_empty() {
            note(&mut outcome, branch, &diagnosis, &world, first);
        }
        for (rival, (was, rounds)) in Rival::ALL.into_iter().zip(&mut settling) {
            settle(&mut outcome, rival, rival.blames(branch, &history), (was, rounds), world.now_ms - first);
        }
    }
    for open in diagnosis.open_incidents() {
        let own =
            outcome.opened.iter_mut().find(|o| stamp(open.opened, &world) == o.at_ms as i64 + first as i64);
        if let Some(own) = own {
            own.confidence = open.verdict.confidence;
        }
    }
    outcome
}

fn tell_round(
    branch: &Branch,
    at: f64,
    results: &[crate::world::Result],
    assessment: &demarc_diagnosis::Assessment,
    tell: &mut dyn FnMut(String),
) {
    for result in results {
        tell(format!("{at:6.1}  {} {:?}", branch.probes[result.probe].id, result.seen));
    }
    for transition in &assessment.transitions {
        let verdict = &transition.incident.verdict;
        tell(format!("{at:6.1}  {:?} {:?} {:.3}", transition.step, verdict.finding, verdict.confidence));
    }
    if !assessment.wanted.is_empty() {
        let wanted: Vec<String> = assessment.wanted.iter().take(6).map(ToString::to_string).collect();
        tell(format!("{at:6.1}  wants {} probes: {}", assessment.wanted.len(), wanted.join(" ")));
    }
}

/// The processor time of this thread: other work on the machine does not count.
fn spent_ns() -> i64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.tv_sec * 1_000_000_000 + spent.tv_nsec
}

/// Milliseconds of the trial at which a time was stamped, as the clock stands now.
fn stamp(at: Timestamp, world: &World<'_>) -> i64 {
    world.now_ms as i64 - (world.now().as_millis() - at.as_millis())
}

/// Writes down what Demarc says now.
fn note(outcome: &mut Outcome, branch: &Branch, diagnosis: &Diagnosis, world: &World<'_>, first: u64) {
    let at_ms = world.now_ms.saturating_sub(first);
    let mut all = Blames::new();
    let mut undetermined = false;
    let known = outcome.opened.len();
    for incident in diagnosis.open_incidents() {
        let blames: Blames = match &incident.verdict.finding {
            Finding::Fault(fault) => {
                blame::of_fault(fault, branch.cameras, branch.segments).into_iter().collect()
            }
            Finding::Undetermined { .. } => Blames::new(),
        };
        let is_open = blames.is_empty();
        undetermined |= is_open;
        let changed = incident.changed.unwrap_or(incident.opened);
        if stamp(changed, world) >= world.now_ms as i64 - ROUND_MS as i64 {
            outcome.opened.push(Opened {
                at_ms,
                since_ms: stamp(incident.verdict.since, world) - first as i64,
                blames: blames.clone(),
                confidence: incident.verdict.confidence,
                undetermined: is_open,
            });
        }
        all.extend(blames);
    }
    debug_assert!(outcome.opened.len() >= known);
    let last = outcome.said.last();
    if last.is_none_or(|last| last.blames != all || last.undetermined != undetermined) {
        outcome.said.push(Said { at_ms, blames: all, undetermined });
    }
}

/// A rival speaks when its word has settled.
fn settle(
    outcome: &mut Outcome,
    rival: Rival,
    blames: Blames,
    (was, rounds): (&mut Blames, &mut u32),
    at_ms: u64,
) {
    if *was == blames {
        *rounds += 1;
    } else {
        *was = blames;
        *rounds = 1;
    }
    let own = &mut outcome.rivals[rival as usize];
    let said = own.last().map(|said| &said.blames);
    if *rounds == SETTLED && said.map_or(!was.is_empty(), |said| said != was) {
        own.push(Said { at_ms, blames: was.clone(), undetermined: false });
    }
}
