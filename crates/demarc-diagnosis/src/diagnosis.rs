//! The engine: takes observations, and round by round says what changed.

mod judge;
mod permission;
mod undetermined;
mod weighing;

use crate::blame::{self, Key};
use crate::cusum::{Known, Lasting, Tests};
use crate::evidence::{Fact, Window};
use crate::flapping::Spells;
use crate::layout::Layout;
use crate::lifecycle::{Open, Recovery, Reference};
use crate::likelihood::Likelihood;
use crate::noise::Pools;
use crate::overview::Latest;
use crate::policy::Policy;
use crate::starts::Starts;
use crate::table::When;
use crate::usual::{Pace, Usual};
use crate::wanted;
use demarc_model::id::IncidentId;
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::observation::{MissingReason, Observation, Outcome};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::Site;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Finding, Overview, Verdict};
use std::time::Duration;

/// What one round brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Incidents that opened, changed or closed, in that order of cause.
    pub transitions: Vec<Transition>,
    /// Probes that should run at once and often, most useful first; empty in quiet time.
    pub wanted: Vec<ProbeId>,
    /// Whether something looks odd that neither an open incident nor a reference out of order explains.
    pub suspicious: bool,
    /// Open incidents of which something became known that is no step in their lives: that the vendor's
    /// status page admits them, or that cameras started anew.
    pub amended: Vec<Incident>,
}

/// More observations in one round are dropped, as if they had not been made.
const MOST_PENDING: usize = 100_000;
/// An observation from further in the future has no time that could be believed.
const TOO_EARLY: Duration = Duration::from_secs(10);

/// Whether a probe could not be made, for a reason that is there again when it is asked for soon.
const fn is_withheld(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Passed | Outcome::Failed { .. } => Some(false),
        Outcome::Missing { reason } => match reason {
            MissingReason::NotPermitted | MissingReason::NotOffered | MissingReason::Budget => Some(true),
            MissingReason::Prerequisite
            | MissingReason::Unpinned
            | MissingReason::Undecided
            | MissingReason::Agent => None,
        },
    }
}

/// The diagnosis of one site.
pub struct Diagnosis {
    layout: Layout,
    likelihood: Likelihood,
    policy: Policy,
    tests: Tests,
    window: Window,
    latest: Latest,
    starts: Starts,
    usual: Vec<Usual>,
    pools: Pools,
    open: Vec<Open>,
    references: Vec<Reference>,
    /// Incidents that were closed lately, in case they come again.
    past: Vec<(Key, Spells)>,
    pending: Vec<Fact>,
    round: u64,
    last_round: Timestamp,
    next: IncidentId,
    /// What the last evaluation would have opened; a verdict needs two that agree.
    leaning: Vec<judge::Claim>,
    tied_since: Option<Timestamp>,
    /// The evidence at which the last evaluation had nothing to say, and its round.
    nothing_new: Option<(f64, u64)>,
    /// Since when nothing has been suspicious.
    quiet_since: Option<Timestamp>,
}

impl Diagnosis {
    /// `probes` are the probes that the site's schedule contains; observations of others are ignored.
    /// `next` is the number of the next incident.
    pub fn new(site: Site, probes: &[ProbeId], policy: Policy, next: IncidentId) -> Self {
        let when = if site.resolver_on_gateway { When::ResolverOnGateway } else { When::ResolverElsewhere };
        let likelihood = Likelihood::new(when, &policy);
        let layout = Layout::new(site, probes, &likelihood, policy.correlation());
        Self {
            tests: Tests::new(&layout),
            latest: Latest::new(&layout),
            starts: Starts::default(),
            usual: vec![Usual::default(); layout.probes.len()],
            pools: Pools::default(),
            window: Window::default(),
            open: Vec::new(),
            references: Vec::new(),
            past: Vec::new(),
            pending: Vec::new(),
            round: 0,
            last_round: Timestamp::from_millis(0),
            leaning: Vec::new(),
            tied_since: None,
            nothing_new: None,
            quiet_since: None,
            layout,
            likelihood,
            policy,
            next,
        }
    }

    /// Takes up an incident that was open when the agent last stopped. Returns whether it still
    /// concerns this site; one about a camera that is no longer configured does not.
    pub fn adopt(&mut self, incident: Incident) -> bool {
        let found = match &incident.verdict.finding {
            Finding::Fault(fault) => blame::known(&self.layout, fault),
            // What was odd then is found anew when it still is.
            Finding::Undetermined { .. } => Some((Key::Undetermined, Vec::new())),
        };
        let Some((key, known)) = found else { return false };
        let faults = known.iter().map(|k| (*k, Recovery::default())).collect();
        let spells = Spells::beginning(incident.verdict.since);
        self.open.push(Open { key, incident, faults, ever: known, spells });
        true
    }

    /// Takes one observation into the current round.
    pub fn observe(&mut self, observation: &Observation) {
        let Some(probe) = self.layout.probe(&observation.probe) else { return };
        if let Some(withheld) = is_withheld(&observation.outcome) {
            self.layout.probes[probe].withheld = withheld;
        }
        let Some(symptom) = observation.symptom() else { return };
        let pace = self.pace(probe, observation);
        let symptom = match (symptom, pace) {
            (Symptom::Passed, Pace::Late) => Symptom::Slow,
            // Repetitions hide what is lost, and it is lost packets that a bad cable is known by.
            (Symptom::Passed, Pace::Repeated) => Symptom::Timeout,
            (symptom, _) => symptom,
        };
        if self.is_mute(probe, symptom) {
            return;
        }
        if self.pending.len() >= MOST_PENDING || !self.latest.is_fresh(probe, observation.at) {
            return;
        }
        self.latest.note(&self.layout, probe, symptom, observation);
        self.starts.note(observation);
        if let Some(connect_us) = observation.phases.connect_us {
            self.usual[probe].learn(connect_us, observation.at);
        }
        // One that was late alone is no sign of health either.
        if pace != Pace::LateOnce || symptom != Symptom::Passed {
            self.pending.push(Fact { probe, at: observation.at, symptom });
        }
    }

    /// A router that has never answered an echo, while what lies behind it has answered, answers none.
    /// A host of the vendor that is asked by UDP and has never answered, while a control has, may well stand
    /// behind a firewall of the branch's own that lets no UDP out: controls are asked by TCP. One that only
    /// cameras name and that has never answered may have gone long ago, or was never the vendor's.
    fn is_mute(&self, probe: usize, symptom: Symptom) -> bool {
        let behind = |p: &usize| {
            matches!(self.layout.kind(*p), ProbeKind::ControlAddress | ProbeKind::ControlName)
                && self.latest.has_passed(*p)
        };
        symptom != Symptom::Passed
            && !self.latest.has_passed(probe)
            && (self.layout.kind(probe) == ProbeKind::GatewayReach
                || self.layout.is_by_udp(probe)
                || self.layout.is_hearsay(probe))
            && (0..self.layout.probes.len()).any(|p| behind(&p))
    }

    /// A connection that took too long although it was made. A lost request for one is repeated after a
    /// second (RFC 6298), a lost echo sooner.
    fn pace(&self, probe: usize, observation: &Observation) -> Pace {
        let Some(us) = observation.phases.connect_us else { return Pace::Usual };
        let took = Duration::from_micros(u64::from(us));
        match observation.probe.kind {
            ProbeKind::ControlName
            | ProbeKind::ControlAddress
            | ProbeKind::LineIpv6
            | ProbeKind::VendorName
            | ProbeKind::VendorAddress => {
                if took > self.policy.slow_connect {
                    return Pace::Late;
                }
                self.usual[probe].pace(us, self.policy.late_connect)
            }
            ProbeKind::SegmentReach if took > self.policy.late_connect => Pace::Repeated,
            kind if kind.is_camera() && took > self.policy.slow_connect => Pace::Repeated,
            _ => Pace::Usual,
        }
    }

    /// Ends a round: weighs what was observed since the last one.
    pub fn assess(&mut self, now: Timestamp) -> Assessment {
        self.round += 1;
        if now < self.last_round {
            // The clock was set back: what was seen since is in no order with what comes.
            self.window.forget_after(now);
        }
        self.last_round = now;
        let mut facts = std::mem::take(&mut self.pending);
        facts.retain(|fact| fact.at <= now.plus(TOO_EARLY));
        // Facts of one moment have no order: what came first must not decide.
        facts.sort_unstable_by_key(|fact| (fact.at, fact.probe, fact.symptom));
        let known = self.known();
        self.window.push(self.round, &facts, now);
        let lasting = self.lasting();
        self.learn(&lasting, now);
        let context = (&self.layout, &self.likelihood, &self.policy);
        self.tests.update(context, &facts, &lasting, (self.round, now));
        let amended = self.amend();
        let mut transitions = self.recover(&facts, &known, now);
        // A round without facts neither opens nor closes anything.
        if !facts.is_empty() {
            transitions.extend(self.judge(now));
        }
        facts.clear();
        self.pending = facts;
        let wanted = self.wanted();
        let suspicious = !wanted.is_empty() && self.nothing_new.is_none();
        Assessment { transitions, wanted, suspicious, amended }
    }

    /// Notes in open incidents that the vendor's page admits them, and when their cameras started; returns
    /// those to which it is new.
    fn amend(&mut self) -> Vec<Incident> {
        let mut amended = Vec::new();
        for open in &mut self.open {
            let Incident { page_admitted, starts, verdict, .. } = &open.incident;
            let admitted = match (open.key, page_admitted) {
                (Key::Vendor, None) => {
                    let known: Vec<Known> = open.known().collect();
                    self.latest.admitting_since(&blame::capabilities(&self.layout, &known))
                }
                (_, before) => *before,
            };
            let started = self.starts.since(verdict.since, open.known(), &self.layout).or(*starts);
            if (admitted, started) != (*page_admitted, *starts) {
                (open.incident.page_admitted, open.incident.starts) = (admitted, started);
                amended.push(open.incident.clone());
            }
        }
        amended
    }

    /// Learns from older facts that no known fault touches how noisy their probes are.
    fn learn(&mut self, lasting: &[Lasting], now: Timestamp) {
        while let Some(fact) = self.window.ripe(now) {
            if lasting.iter().all(|l| !self.layout.reaches(l.known.fault, fact.probe)) {
                let probe = &mut self.layout.probes[fact.probe];
                self.pools.learn(probe.id.kind, &mut probe.noise, fact.symptom);
            }
        }
    }

    /// The incidents that are open now, oldest first.
    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.open.iter().map(|open| &open.incident)
    }

    /// The number that the next incident will get.
    pub fn next_incident(&self) -> IncidentId {
        self.next
    }

    fn lasting(&self) -> Vec<Lasting> {
        let mut out = Vec::new();
        for open in &self.open {
            let since = open.incident.verdict.since;
            out.extend(open.known().map(|known| Lasting { known, since }));
        }
        out.extend(self.references.iter().map(|r| Lasting { known: r.known, since: r.since }));
        out
    }

    fn known(&self) -> Vec<Known> {
        let references = self.references.iter().map(|r| r.known);
        self.open.iter().flat_map(Open::known).chain(references).collect()
    }

    /// The site at a glance.
    pub fn overview(&self, now: Timestamp) -> Overview {
        let failing = |open: &&Open| open.key == Key::Vendor && !open.faults.is_empty();
        let fails = self.open.iter().find(failing).map(|open| {
            let known: Vec<Known> = open.known().collect();
            (open.incident.verdict.since, blame::capabilities(&self.layout, &known))
        });
        let fails = fails.as_ref().map(|(since, failing)| (*since, failing.as_slice()));
        self.latest.overview_with_page(&self.layout, now, fails)
    }

    fn wanted(&self) -> Vec<ProbeId> {
        let mut out = wanted::wanted(&self.layout, &self.likelihood, &self.tests, self.policy.suspect_nats);
        let recovering = self.open.iter().flat_map(|open| &open.faults).filter(|(_, r)| r.is_under_way());
        for (known, _) in recovering {
            // What cameras said while the service was out is asked anew as soon as it answers again.
            let told = self.layout.cameras_word(known.fault);
            for probe in self.layout.touched[known.fault].iter().chain(told) {
                let id = &self.layout.probes[*probe].id;
                if !out.contains(id) {
                    out.push(id.clone());
                }
            }
        }
        out
    }

    /// Takes evidence for health into the open incidents and closes those whose faults are over.
    fn recover(&mut self, facts: &[Fact], known: &[Known], now: Timestamp) -> Vec<Transition> {
        let context = (&self.layout, &self.likelihood, &self.policy);
        let first = facts.first().map_or(now, |fact| fact.at);
        let mut over: Vec<(Known, Timestamp)> = Vec::new();
        let mut flapping = Vec::new();
        for (at, open) in self.open.iter_mut().enumerate() {
            let health = open.update(context, facts, known);
            let was = open.incident.verdict.flapping;
            open.spells.update(health, first);
            open.incident.verdict.flapping = open.spells.flapping();
            if was.is_none() && open.incident.verdict.flapping.is_some() {
                flapping.push(at);
            }
            over.extend(open.over(&self.policy, now));
        }
        for reference in &mut self.references {
            reference.recovery.update(context, facts, known, reference.known);
            if reference.recovery.is_complete(&self.policy, now) {
                over.push((reference.known, reference.recovery.good_since().unwrap_or(now)));
            }
        }
        let mut transitions: Vec<Transition> =
            flapping.into_iter().map(|at| self.revise(at, Step::Changed, now)).collect();
        if !over.is_empty() {
            transitions.extend(self.close(&over, now));
        }
        transitions
    }

    /// Ends the faults that are over, each with the time since which it has been gone.
    fn close(&mut self, over: &[(Known, Timestamp)], now: Timestamp) -> Vec<Transition> {
        for (known, since) in over {
            self.window.forget(&self.layout.touched[known.fault], *since);
            // What cameras say of the service is asked rarely, and is told by it whichever fault it was.
            self.window.forget(self.layout.cameras_word(known.fault), *since);
            self.window.forget(self.layout.gone_astray(known.fault), *since);
        }
        let is_over = |known: &Known| over.iter().any(|(own, _)| own == known);
        self.references.retain(|reference| !is_over(&reference.known));
        let mut transitions = Vec::new();
        for at in (0..self.open.len()).rev() {
            let open = &mut self.open[at];
            let before = open.faults.len();
            open.faults.retain(|(known, _)| !is_over(known));
            if open.faults.len() == before {
                continue;
            }
            let step = if open.faults.is_empty() { Step::Closed } else { Step::Changed };
            transitions.push(self.revise(at, step, now));
        }
        self.replay();
        transitions
    }

    /// Rewrites an incident after its faults changed. A closed one leaves the list.
    fn revise(&mut self, at: usize, step: Step, now: Timestamp) -> Transition {
        let overview = self.overview(now);
        let open = &mut self.open[at];
        open.incident.verdict.explanation.overview = overview;
        let known = match step {
            Step::Closed => {
                open.incident.closed = Some(now);
                std::mem::take(&mut open.ever)
            }
            Step::Opened | Step::Changed => {
                open.incident.changed = Some(now);
                open.known().collect()
            }
        };
        if let Some(finding) = blame::finding(&self.layout, open.key, &known) {
            open.incident.verdict.finding = finding;
        }
        let incident = open.incident.clone();
        if step == Step::Closed {
            let mut closed = self.open.remove(at);
            closed.spells.end(now);
            self.past.push((closed.key, closed.spells));
        }
        Transition { step, at: now, incident }
    }

    /// Weighs the recent past anew after what is known to be broken has changed.
    fn replay(&mut self) {
        let known = self.lasting();
        let facts: Vec<(u64, Fact)> = self.window.since(0).copied().collect();
        self.tests.reset(facts.first().map_or(self.round, |(round, _)| round.saturating_sub(1)));
        for round in facts.chunk_by(|a, b| a.0 == b.0) {
            let own: Vec<Fact> = round.iter().map(|(_, fact)| *fact).collect();
            let context = (&self.layout, &self.likelihood, &self.policy);
            let at = own.iter().map(|fact| fact.at).max().unwrap_or(Timestamp::from_millis(0));
            self.tests.update(context, &own, &known, (round[0].0, at));
        }
        self.leaning.clear();
        self.tied_since = None;
        self.nothing_new = None;
    }

    /// Opens an incident and numbers it.
    fn begin(&mut self, key: Key, known: &[Known], verdict: Verdict, now: Timestamp) -> Transition {
        let incident = Incident {
            id: self.next,
            site: self.layout.site.id.clone(),
            verdict,
            opened: now,
            changed: None,
            closed: None,
            page_admitted: match key {
                Key::Vendor => self.latest.admitting_since(&blame::capabilities(&self.layout, known)),
                _ => None,
            },
            starts: None,
        };
        self.next = IncidentId(self.next.0 + 1);
        let faults = known.iter().map(|k| (*k, Recovery::default())).collect();
        let spells = self.spells(key, incident.verdict.since, now);
        self.open.push(Open { key, incident, faults, ever: known.to_vec(), spells });
        let overview = self.overview(now);
        let open = self.open.last_mut().expect("an incident was just pushed");
        open.incident.verdict.explanation.overview = overview;
        open.incident.verdict.flapping = open.spells.flapping();
        Transition { step: Step::Opened, at: now, incident: open.incident.clone() }
    }

    /// The spells of a fault that begins, with those of the last half hour.
    fn spells(&mut self, key: Key, since: Timestamp, now: Timestamp) -> Spells {
        self.past.retain(|(_, spells)| !spells.is_forgotten(now));
        let known = self.past.iter().position(|(past, _)| *past == key && key != Key::Undetermined);
        let Some(at) = known else { return Spells::beginning(since) };
        let (_, mut spells) = self.past.swap_remove(at);
        spells.again(since);
        spells
    }
}
