//! What a site can and cannot tell apart as it is configured, before anything has failed.
//!
//! For every two faults that blame different things, and for every fault and "all is well", the tables
//! say how much evidence one round of the site's probes is expected to yield: the smaller of the two
//! directed Kullback-Leibler divergences. Where that is too little, or comes from one probe alone, the
//! changes that the configuration permits are tried, cheapest first.
//!
//! Only full severity is looked at: what cannot be told apart then can never be.

mod candidate;
mod distance;

use crate::blame::{self, Key};
use crate::cusum::Known;
use crate::identify::candidate::{Candidate, Trial};
use crate::identify::distance::{Distance, Tables};
use crate::layout::{Layout, Place, Subject};
use crate::policy::Policy;
use crate::table::FaultKind;
use demarc_model::fault::{CameraCause, Fault};
use demarc_model::id::{CameraId, SegmentId};
use demarc_model::lint::{Insight, Pair, Remedy, Shortcoming, State};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Capability, Site};
use demarc_model::verdict::Finding;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Less expected evidence than this in a full round tells nothing apart in time.
///
/// A suspicion is looked at every two seconds, and after 60 s its verdict becomes `undetermined`: 30
/// rounds, which [`Policy::round_correlation`] lets count as 16. At this rate they yield 11.2 nats,
/// with a standard deviation of 4.7; nine in ten end above 5.2 nats, which is what a posterior of 0.9
/// takes against a rival that the priors favour twentyfold.
pub const LEAST_NATS: f64 = 0.7;

/// The probes of a site and how often each kind is carried out.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub site: &'a Site,
    pub probes: &'a [ProbeId],
    pub every: &'a dyn Fn(ProbeKind) -> Duration,
}

/// Everything that could be better, the most valuable first.
pub fn insights(plan: Plan<'_>, policy: &Policy) -> Vec<Insight> {
    let classes = classes(plan);
    let rules = rules(plan.site);
    let mut trial = Trial::new(plan, &classes, policy);
    // What is advised anyway costs nothing more.
    trial.candidates.sort_by_key(|own| !rules.iter().any(|(_, insight)| insight.remedy == own.remedy));
    let study = Study { tables: Tables::new(&trial, plan.every, policy), trial, classes };
    let mut found = study.weak_pairs();
    found.extend(rules);
    found.sort_by(|(a, one), (b, other)| {
        other.remedy.is_setting().cmp(&one.remedy.is_setting()).then(b.total_cmp(a))
    });
    found.into_iter().map(|(_, insight)| insight).collect()
}

/// Cameras that no probe and no fault distinguishes but by their names.
struct Class {
    segment: Option<SegmentId>,
    kinds: BTreeSet<ProbeKind>,
    cameras: Vec<CameraId>,
}

fn classes(plan: Plan<'_>) -> Vec<Class> {
    let mut kinds: BTreeMap<&str, BTreeSet<ProbeKind>> = BTreeMap::new();
    for probe in plan.probes.iter().filter(|probe| probe.kind.is_camera()) {
        kinds.entry(&probe.subject).or_default().insert(probe.kind);
    }
    let mut classes: Vec<Class> = Vec::new();
    for camera in &plan.site.cameras {
        let own = kinds.remove(camera.id.as_str()).unwrap_or_default();
        let same = classes.iter_mut().find(|class| class.segment == camera.segment && class.kinds == own);
        match same {
            Some(class) => class.cameras.push(camera.id.clone()),
            None => classes.push(Class {
                segment: camera.segment.clone(),
                kinds: own,
                cameras: vec![camera.id.clone()],
            }),
        }
    }
    classes
}

struct Study {
    trial: Trial,
    tables: Tables,
    classes: Vec<Class>,
}

/// A state of the site and the faults that may bring it about; none for "all is well".
struct Cause {
    state: State,
    key: Option<Key>,
    faults: Vec<usize>,
    /// The prior of the likeliest of them.
    prior: f64,
    alike: Vec<CameraId>,
}

/// What is wrong with pairs of states that have the same remedy.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Complaint {
    single: Option<ProbeKind>,
    remedy: Remedy,
    /// Keeps apart what has no remedy in common.
    about: Option<State>,
}

impl Study {
    fn layout(&self) -> &Layout {
        &self.trial.layout
    }

    /// The pairs that are too close or rest on one probe, with their remedies, and how often they matter.
    fn weak_pairs(&self) -> Vec<(f64, Insight)> {
        let causes = self.causes();
        let mut complaints: BTreeMap<Complaint, (f64, Vec<Pair>)> = BTreeMap::new();
        let mut unseen: BTreeSet<&State> = BTreeSet::new();
        for (at, one) in causes.iter().enumerate() {
            for other in causes[at + 1..].iter().filter(|other| self.must_differ(one, other)) {
                // What looks like nothing at all is told once, and not against every other fault.
                if unseen.contains(&one.state) || unseen.contains(&other.state) {
                    continue;
                }
                let (distance, faults) = self.between(one, other);
                if one.state == State::AllWell && distance.per_round < LEAST_NATS {
                    unseen.insert(&other.state);
                }
                let unreported = one.state == State::AllWell && other.key.is_none();
                let enough = if unreported { distance.per_round } else { distance.without_strongest };
                // This computer's own routing table is always there to be read.
                let by_own_link = distance.per_round >= LEAST_NATS
                    && distance.strongest.is_some_and(|p| self.layout().kind(p) == ProbeKind::HostLink);
                if enough >= LEAST_NATS || by_own_link {
                    continue;
                }
                let complaint = self.complaint(&distance, faults, one, other);
                let (value, pairs) = complaints.entry(complaint).or_default();
                let alike = if one.alike.is_empty() { &other.alike } else { &one.alike };
                *value += one.prior.min(other.prior) * alike.len().max(1) as f64;
                add(pairs, pair(one, other, distance, alike));
            }
        }
        let insights = complaints.into_iter().map(|(Complaint { single, remedy, .. }, (value, pairs))| {
            let shortcoming = match single {
                Some(probe) => Shortcoming::OneProbe { probe, pairs },
                None => Shortcoming::Inseparable { pairs },
            };
            (value, Insight { shortcoming, remedy })
        });
        insights.collect()
    }

    /// "All is well" first, then every state that a fault of the site as it is can bring about.
    fn causes(&self) -> Vec<Cause> {
        let layout = self.layout();
        let mut states: BTreeMap<State, Cause> = BTreeMap::new();
        for fault in (0..layout.faults.len()).filter(|fault| self.trial.can_happen(*fault)) {
            let Some(state) = state(layout, fault) else { continue };
            let Some(alike) = self.alike(fault) else { continue };
            let prior = layout.faults[fault].kind.prior();
            let key = blame::key(layout, fault);
            let fresh = Cause { state: state.clone(), key, faults: Vec::new(), prior: 0.0, alike };
            let cause = states.entry(state).or_insert(fresh);
            cause.faults.push(fault);
            cause.prior = cause.prior.max(prior);
        }
        let well = Cause { state: State::AllWell, key: None, faults: Vec::new(), prior: 1.0, alike: vec![] };
        std::iter::once(well).chain(states.into_values()).collect()
    }

    /// The cameras of which what is true of this fault's camera is true; `None` for a fault of a
    /// camera that another one stands for.
    fn alike(&self, fault: usize) -> Option<Vec<CameraId>> {
        let Some(camera) = self.camera(fault) else { return Some(Vec::new()) };
        let class = self.classes.iter().find(|class| class.cameras.first() == Some(camera));
        class.map(|class| class.cameras.clone())
    }

    fn camera(&self, fault: usize) -> Option<&CameraId> {
        let Place::Leaf(leaf) = self.layout().faults[fault].place else { return None };
        let Subject::Camera(at) = self.layout().leaves[leaf].subject else { return None };
        Some(&self.layout().site.cameras[at].id)
    }

    /// Two states of one thing need no telling apart; those of two leaves share no probe, so that what
    /// tells each from "all is well" tells them from each other.
    fn must_differ(&self, one: &Cause, other: &Cause) -> bool {
        let is_leaf = |cause: &Cause| {
            let place = cause.faults.first().map(|fault| self.layout().faults[*fault].place);
            matches!(place, Some(Place::Leaf(_)))
        };
        let same_thing = one.key.is_some() && one.key == other.key;
        !(same_thing || is_leaf(one) && is_leaf(other))
    }

    /// The distance of the closest two faults.
    fn between(&self, one: &Cause, other: &Cause) -> (Distance, Faults) {
        let options = |cause: &Cause| -> Vec<Option<usize>> {
            if cause.faults.is_empty() {
                vec![None]
            } else {
                cause.faults.iter().copied().map(Some).collect()
            }
        };
        let others = options(other);
        let all = options(one).into_iter().flat_map(|a| others.iter().map(move |b| (a, *b)));
        let measured = all.map(|faults| (self.tables.distance(&self.trial, faults, None), faults));
        let closest = |a: &(Distance, Faults), b: &(Distance, Faults)| {
            let both = a.0.without_strongest.total_cmp(&b.0.without_strongest);
            a.0.per_round.min(LEAST_NATS).total_cmp(&b.0.per_round.min(LEAST_NATS)).then(both)
        };
        measured.min_by(closest).expect("a cause has at least one option")
    }

    fn complaint(&self, distance: &Distance, faults: Faults, one: &Cause, other: &Cause) -> Complaint {
        let single = (distance.per_round >= LEAST_NATS)
            .then(|| distance.strongest.map(|probe| self.layout().kind(probe)))
            .flatten();
        let is_enough = |with: &Candidate| {
            let then = self.tables.distance(&self.trial, faults, Some(with));
            if single.is_some() { then.without_strongest >= LEAST_NATS } else { then.per_round >= LEAST_NATS }
        };
        let remedy = self.trial.candidates.iter().find(|candidate| is_enough(candidate));
        let remedy = remedy.map_or(Remedy::Nothing, |candidate| candidate.remedy.clone());
        let apart = single.is_none() && matches!(remedy, Remedy::Nothing | Remedy::ResolverOnGateway);
        let state = if one.state == State::AllWell { &other.state } else { &one.state };
        Complaint { single, remedy, about: apart.then(|| state.clone()) }
    }
}

type Faults = (Option<usize>, Option<usize>);

fn pair(one: &Cause, other: &Cause, distance: Distance, alike: &[CameraId]) -> Pair {
    Pair {
        one: other.state.clone(),
        other: one.state.clone(),
        nats_per_round: distance.per_round,
        nats_per_minute: distance.per_minute,
        alike: alike.to_vec(),
    }
}

/// Adds a pair, or its cameras to a pair that says the same of other cameras.
fn add(pairs: &mut Vec<Pair>, new: Pair) {
    let same = pairs.iter_mut().find(|old| {
        let one = without_camera(&old.one) == without_camera(&new.one);
        let other = without_camera(&old.other) == without_camera(&new.other);
        one && other && old.nats_per_round == new.nats_per_round
    });
    match same {
        Some(old) => old.alike.extend(new.alike),
        None => pairs.push(new),
    }
}

fn without_camera(state: &State) -> (Option<CameraCause>, Option<&State>) {
    match state {
        State::Fault { fault: Fault::Camera { cause, .. } } => (Some(*cause), None),
        other => (None, Some(other)),
    }
}

/// What a fault is reported as, or what it explains without being reported.
fn state(layout: &Layout, fault: usize) -> Option<State> {
    if let Some(key) = blame::key(layout, fault) {
        let known = Known { fault, severity: 0 };
        return match blame::finding(layout, key, &[known])? {
            Finding::Fault(fault) => Some(State::Fault { fault }),
            Finding::Undetermined { .. } => None,
        };
    }
    let Place::Leaf(leaf) = layout.faults[fault].place else { return None };
    match layout.leaves[leaf].subject {
        Subject::Control(at) => Some(State::ControlOut { control: layout.site.controls[at].clone() }),
        Subject::SecondResolver => Some(State::SecondResolverOut),
        Subject::PortalCheck => Some(State::PortalCheckOut),
        Subject::Page => Some(State::StatusPageOut),
        Subject::Camera(_) | Subject::Capability(_) => None,
    }
}

/// What no table shows, because it is a matter of the policy or of what is not described at all; and
/// how often it matters.
fn rules(site: &Site) -> Vec<(f64, Insight)> {
    let mut out = Vec::new();
    let mut add = |kind: FaultKind, times: usize, shortcoming, remedy| {
        out.push((kind.prior() * times as f64, Insight { shortcoming, remedy }));
    };
    if let [control] = site.controls.as_slice() {
        let shortcoming = Shortcoming::OneControl { control: control.clone() };
        add(FaultKind::ControlOut, 1, shortcoming, Remedy::Control);
    }
    if site.vendor.is_none() {
        add(FaultKind::VendorWhole, 1, Shortcoming::NoVendor, Remedy::Vendor);
    }
    if let Some(vendor) = &site.vendor {
        for own in vendor.capabilities.iter().filter(|own| hosts(own) < 2) {
            let endpoints = own.endpoints.iter().map(|endpoint| endpoint.id.clone()).collect();
            let (vendor, capability) = (vendor.id.clone(), own.id.clone());
            let remedy = Remedy::Host { vendor: vendor.clone(), capability: capability.clone() };
            let shortcoming = Shortcoming::OneHost { vendor, capability, endpoints };
            add(FaultKind::CapabilityOutage, 1, shortcoming, remedy);
        }
    }
    let loose = site.cameras.iter().filter(|camera| camera.segment.is_none());
    let cameras: Vec<CameraId> = loose.map(|camera| camera.id.clone()).collect();
    if cameras.len() > 1 {
        let shortcoming = Shortcoming::NoSegment { cameras: cameras.clone() };
        add(FaultKind::Segment, cameras.len(), shortcoming, Remedy::Segment { cameras });
    }
    out
}

/// Endpoints that share a host are one witness.
fn hosts(capability: &Capability) -> usize {
    capability.endpoints.iter().map(|endpoint| endpoint.host.as_str()).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests;
