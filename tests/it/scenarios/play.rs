//! Plays a story: probes run at their cadence or as diagnosis wants them, and see what the file says.

use super::branch;
use super::format::{During, Scenario};
use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::IncidentId;
use demarc_model::incident::{Incident, Transition};
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases, Reading};
use demarc_model::page::{PageClaim, PageForm, PageState};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::Site;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{PageRelation, PageStanding};
use std::time::Duration;

/// So many things a camera can be asked, one a round when it is hurried.
const CAMERA_PROBES: u64 = 4;
const START: i64 = 1_645_376_400_000;
const ROUND: u64 = 2;
/// As the agent's schedule does: logins are hurried less, and nothing for longer than this.
const LOGIN_HURRY: u64 = 10;
const LONGEST_HURRY: u64 = 120;
/// Everything is looked at once in the first two rounds after a start.
const FIRST_ROUNDS: u64 = 2;

/// What came of a story.
#[derive(Debug, PartialEq)]
pub(super) struct Played {
    /// Every transition with the second in which it came.
    pub(super) transitions: Vec<(u64, Transition)>,
    /// For every moment that the story asks for, in its order.
    pub(super) moments: Vec<Moment>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    pub(super) open: Vec<Incident>,
    pub(super) page: Option<PageRelation>,
}

/// The second of the story that a point in time lies in, as long as nobody sets the clock.
pub(super) fn seconds(at: Timestamp) -> u64 {
    at.since(Timestamp::from_millis(START)).as_secs()
}

/// `phase` shifts when probes run and which of them are lost by chance: a story must end the same in all.
pub(super) fn play(scenario: &Scenario, phase: u64) -> Played {
    let site = branch::site(scenario);
    let schedule = branch::probes(scenario, &site);
    let ids: Vec<ProbeId> = schedule.iter().map(|(id, _)| id.clone()).collect();
    let affects: Vec<Vec<&During>> = ids.iter().map(|id| affecting(scenario, id, &site)).collect();
    let mut diagnosis = Diagnosis::new(site.clone(), &ids, Policy::default(), IncidentId(1));
    let mut hurries: Vec<Hurry> = vec![Hurry::default(); ids.len()];
    let mut played = Played { transitions: Vec::new(), moments: Vec::new() };
    let mut moments: Vec<Option<Moment>> = vec![None; scenario.open.len()];
    let mut started = 0;
    for t in (0..scenario.seconds).step_by(ROUND as usize) {
        if scenario.restarts.iter().any(|at| (t..t + ROUND).contains(at)) {
            diagnosis = started_anew(&diagnosis, &site, &ids);
            started = t;
        }
        for (place, (id, every)) in schedule.iter().enumerate() {
            let offset = (place as u64 * 7 + phase * 11) % every;
            let first = (t - started) / ROUND == place as u64 % FIRST_ROUNDS;
            let due = first || (t..t + ROUND).any(|s| s % every == offset);
            // A camera is asked one thing at a time.
            let turn = !id.kind.is_camera() || (t / ROUND + place as u64).is_multiple_of(CAMERA_PROBES);
            if due || (turn && hurries[place].is_due(id, t)) {
                hurries[place].last = Some(t);
                let look = Look { id, t, turn: t / ROUND + place as u64 + phase, phase };
                diagnosis.observe(&observe(scenario, id, t, look.sees(&affects[place])));
            }
        }
        let end = t + ROUND;
        let assessment = diagnosis.assess(second(scenario, end));
        for (hurry, id) in hurries.iter_mut().zip(&ids) {
            hurry.note(assessment.wanted.contains(id), end);
        }
        played.transitions.extend(assessment.transitions.into_iter().map(|transition| (end, transition)));
        for (check, moment) in scenario.open.iter().zip(&mut moments) {
            if moment.is_none() && check.at <= end {
                let overview = diagnosis.overview(second(scenario, end));
                let page = overview.page.as_ref().map(|p: &PageStanding| p.relation);
                *moment = Some(Moment { open: diagnosis.open_incidents().cloned().collect(), page });
            }
        }
    }
    played.moments = moments.into_iter().map(|m| m.expect("every moment lies within the story")).collect();
    played
}

/// The parts of a story that a probe can feel, later ones first.
fn affecting<'a>(scenario: &'a Scenario, id: &ProbeId, site: &Site) -> Vec<&'a During> {
    let means = |d: &&During| d.probes.iter().any(|pattern| branch::is_meant(pattern, id, site));
    scenario.during.iter().rev().filter(means).collect()
}

fn started_anew(old: &Diagnosis, site: &Site, ids: &[ProbeId]) -> Diagnosis {
    let mut new = Diagnosis::new(site.clone(), ids, Policy::default(), old.next_incident());
    for incident in old.open_incidents() {
        new.adopt(incident.clone());
    }
    new
}

/// Since when diagnosis wants a probe, and when it last ran.
#[derive(Debug, Clone, Copy, Default)]
struct Hurry {
    since: Option<u64>,
    last: Option<u64>,
}

impl Hurry {
    fn note(&mut self, is_wanted: bool, now: u64) {
        self.since = is_wanted.then(|| self.since.unwrap_or(now));
    }

    fn is_due(&self, id: &ProbeId, now: u64) -> bool {
        let pause = if id.kind.is_authenticated() { LOGIN_HURRY } else { ROUND };
        let rested = self.last.is_none_or(|last| now - last >= pause);
        rested && self.since.is_some_and(|since| now - since <= LONGEST_HURRY)
    }
}

/// The time on the host's clock.
fn second(scenario: &Scenario, t: u64) -> Timestamp {
    let set: i64 = scenario.clock.iter().filter(|jump| jump.at <= t).map(|jump| jump.by).sum();
    Timestamp::from_millis(START + 1000 * set).plus(Duration::from_secs(t))
}

/// One probe in one second of a story.
struct Look<'a> {
    id: &'a ProbeId,
    t: u64,
    turn: u64,
    phase: u64,
}

impl Look<'_> {
    fn sees<'a>(&self, affecting: &[&'a During]) -> Option<&'a str> {
        let hit = affecting.iter().find(|d| d.holds(self.t) && self.chance() < d.share)?;
        Some(hit.see[self.turn as usize % hit.see.len()].as_str())
    }

    /// A number in 0..1 that depends on the probe, the second and the phase only.
    fn chance(&self) -> f64 {
        let mut hash = (self.t + 100_000 * self.phase).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in self.id.to_string().bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((hash ^ (hash >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn observe(scenario: &Scenario, id: &ProbeId, t: u64, seen: Option<&str>) -> Observation {
    let mut observation = Observation {
        probe: id.clone(),
        at: second(scenario, t),
        outcome: Outcome::Passed,
        phases: Phases { connect_us: Some(12_000), total_us: 20_000, ..Phases::default() },
        readings: Vec::new(),
    };
    match seen {
        None | Some("passed") => {}
        Some("missing") => observation.outcome = Outcome::Missing { reason: MissingReason::Budget },
        Some("slow") if is_across_the_line(id.kind) => observation.phases.connect_us = Some(2_000_000),
        Some("repeated") => observation.phases.connect_us = Some(1_012_000),
        Some("late") if is_across_the_line(id.kind) => observation.phases.connect_us = Some(420_000),
        Some(text) => {
            let symptom: Symptom = serde_json::from_value(text.into()).unwrap();
            observation.outcome =
                Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() };
        }
    }
    if id.kind == ProbeKind::VendorStatus && observation.outcome == Outcome::Passed {
        observation.readings.push(Reading::Page(page(scenario, t)));
    }
    observation
}

fn is_across_the_line(kind: ProbeKind) -> bool {
    use ProbeKind as K;
    matches!(kind, K::ControlName | K::ControlAddress | K::VendorName | K::VendorAddress | K::VendorStatus)
}

fn page(scenario: &Scenario, t: u64) -> PageClaim {
    let page = scenario.page.iter().rfind(|p| p.from <= t);
    PageClaim {
        form: page.map_or(PageForm::Data, |p| p.form),
        overall: page.map_or(PageState::Operational, |p| p.says),
        headline: DeviceText::clean("as the page says"),
        capabilities: page.iter().flat_map(|p| &p.services).map(|(id, state)| (id.clone(), *state)).collect(),
        incidents: page.iter().flat_map(|p| &p.incidents).map(|text| DeviceText::clean(text)).collect(),
        updated: Some(Timestamp::from_millis(START + 1000 * page.map_or(0, |p| p.updated))),
        age_s: page.map_or(0, |p| p.age),
        wrong_times: false,
        shared: Vec::new(),
    }
}
