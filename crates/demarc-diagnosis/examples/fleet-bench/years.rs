//! Years in which nothing is wrong beyond single sites, and years with weather and planned works.
//!
//! A finding that names no cause, or more than the cause, is false.

use crate::chance::Chance;
use crate::naive::Naive;
use crate::world::{SITES, World, YEAR_S, per_year};
use demarc_diagnosis::fleet::{
    Blamed, Change, Class, Finding, FindingId, Fleet, FleetPolicy, Group, Kind, Report, SiteKey, Step,
};
use demarc_model::time::Timestamp;
use std::collections::BTreeMap;

/// How long the service learns before findings count.
pub(crate) const WARM_UP_S: f64 = 60.0 * 86_400.0;
const DAY_S: f64 = 86_400.0;
/// A finding belongs to a cause until so long after its end.
const AFTERMATH_S: f64 = 1_800.0;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Background {
    /// Every onset for itself.
    Independent,
    /// Besides: each night from 2 to 4 one site in thirty restarts; sixty storms a year over a city for
    /// two hours; a hundred planned works a year on an operator's sites in a city for twenty minutes.
    Correlated,
}

/// Something that happened to many sites.
struct Cause {
    group: Group,
    from: f64,
    until: f64,
    is_named: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Right,
    Part,
    False,
}

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) years: f64,
    pub(crate) events: u64,
    /// Findings that name a cause, or a part of it.
    pub(crate) right: u32,
    pub(crate) part: u32,
    pub(crate) false_groups: u32,
    /// False ones while the service was still learning.
    pub(crate) false_while_learning: u32,
    pub(crate) naive_false: u32,
    pub(crate) storms: (u32, u32),
    pub(crate) works: (u32, u32),
    pub(crate) wrong: Vec<String>,
    /// How each finding of the fleet that is watched was counted.
    noted: BTreeMap<FindingId, Verdict>,
}

#[derive(Clone, Copy)]
pub(crate) struct Event {
    pub(crate) at: f64,
    pub(crate) site: usize,
    pub(crate) class: Class,
    pub(crate) change: Change,
}

pub(crate) fn time(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1_000.0) as i64)
}

/// A service that has watched a quiet fleet for the time of the warm-up.
pub(crate) fn warm(world: &World, policy: FleetPolicy, chance: &mut Chance) -> (Fleet, Vec<SiteKey>) {
    let (mut fleet, keys) = world.fleet(policy, time(0.0));
    // What ends later stays out: the clock of the service must not run ahead of the outages to come.
    for event in independent(0.0, WARM_UP_S, chance).into_iter().filter(|event| event.at < WARM_UP_S) {
        deliver(&mut fleet, &keys, event);
        fleet.assess(time(event.at));
    }
    (fleet, keys)
}

pub(crate) fn deliver(fleet: &mut Fleet, keys: &[SiteKey], event: Event) {
    let at = time(event.at);
    let report = Report { site: keys[event.site], class: event.class, change: event.change, at };
    fleet.report(&report, at);
}

/// One fleet for so many years after the warm-up, added to the tally.
pub(crate) fn watch(
    (background, years): (Background, f64),
    policy: FleetPolicy,
    seed: u64,
    tally: &mut Tally,
) {
    tally.noted.clear();
    let mut chance = Chance::new(seed);
    let world = World::new(&mut chance);
    let (mut fleet, keys) = world.fleet(policy, time(0.0));
    let mut naive = Naive::new(&world);
    let end = WARM_UP_S + years * YEAR_S;
    let mut events = Vec::new();
    let mut causes = Vec::new();
    let mut from = 0.0;
    let mut clock = 0.0;
    while from < end {
        let until = (from + 30.0 * DAY_S).min(end);
        events.extend(independent(from, until, &mut chance));
        if background == Background::Correlated {
            correlate(&world, (from, until), &mut events, &mut causes, &mut chance);
        }
        events.sort_by(|a, b| a.at.total_cmp(&b.at));
        let due = events.partition_point(|event| event.at < until);
        for event in events.drain(..due) {
            let step = |at: f64, fleet: &mut Fleet, tally: &mut Tally, causes: &mut Vec<Cause>| {
                for step in fleet.assess(time(at)) {
                    if let Step::Opened(finding) | Step::Changed(finding) = step {
                        note(&world, &finding, at, causes, tally);
                    }
                }
            };
            // What waits to be clear is said within some seconds; what is open is followed to its end.
            if event.at - clock > 11.0 {
                step(clock + 11.0, &mut fleet, tally, &mut causes);
            }
            while fleet.open().next().is_some() && clock + 60.0 < event.at {
                clock += 60.0;
                step(clock, &mut fleet, tally, &mut causes);
            }
            clock = event.at;
            deliver(&mut fleet, &keys, event);
            step(clock, &mut fleet, tally, &mut causes);
            tally.events += u64::from(clock > WARM_UP_S);
            if event.change == Change::Began && background == Background::Independent {
                let fired = naive.take(event.class, event.at, event.site).is_some();
                tally.naive_false += u32::from(fired && clock > WARM_UP_S);
            }
        }
        from = until;
    }
    tally.years += years;
    for cause in causes.iter().filter(|cause| cause.from > WARM_UP_S) {
        let count = if cause.group.kind() == Kind::City { &mut tally.storms } else { &mut tally.works };
        count.0 += u32::from(cause.is_named);
        count.1 += 1;
    }
}

fn note(world: &World, finding: &Finding, at: f64, causes: &mut [Cause], tally: &mut Tally) {
    let group = match &finding.blamed {
        Blamed::Hub => Group::All,
        Blamed::Group(group) => group.clone(),
    };
    let live = causes.iter_mut().filter(|cause| cause.from <= at && at <= cause.until + AFTERMATH_S);
    let mut found = (false, false);
    for cause in live {
        let same = world.is_same(&group, &cause.group);
        found.0 |= same;
        found.1 |= !same && world.is_within(&group, &cause.group);
        cause.is_named |= same;
    }
    let verdict = match found {
        (true, _) => Verdict::Right,
        (false, true) => Verdict::Part,
        (false, false) => Verdict::False,
    };
    // A finding counts once, and again only when it becomes worse.
    if tally.noted.get(&finding.id).is_some_and(|before| verdict <= *before) {
        return;
    }
    tally.noted.insert(finding.id, verdict);
    match verdict {
        Verdict::False if at <= WARM_UP_S => tally.false_while_learning += 1,
        Verdict::Right | Verdict::Part if at <= WARM_UP_S => {}
        Verdict::Right => tally.right += 1,
        Verdict::Part => tally.part += 1,
        Verdict::False => {
            tally.false_groups += 1;
            if tally.wrong.len() < 40 {
                let (day, class) = (at / DAY_S, finding.class.name());
                tally.wrong.push(format!("day {day:.3} {class} {finding}, {:.1} nats", finding.nats));
            }
        }
    }
}

/// The onsets and ends of single sites.
pub(crate) fn independent(from: f64, until: f64, chance: &mut Chance) -> Vec<Event> {
    let mut out = Vec::new();
    for class in Class::ALL {
        let rate = per_year(class) * SITES as f64 / YEAR_S;
        let mut at = from + chance.waiting() / rate;
        while at < until {
            let site = chance.below(SITES);
            fail(&mut out, (at, chance.lognormal(600.0, 1.0)), site, &[class]);
            at += chance.waiting() / rate;
        }
    }
    out.sort_by(|a, b| a.at.total_cmp(&b.at));
    out
}

fn fail(out: &mut Vec<Event>, (at, lasts): (f64, f64), site: usize, classes: &[Class]) {
    for class in classes {
        out.push(Event { at, site, class: *class, change: Change::Began });
        out.push(Event { at: at + lasts, site, class: *class, change: Change::Ended });
    }
}

fn correlate(
    world: &World,
    (from, until): (f64, f64),
    events: &mut Vec<Event>,
    causes: &mut Vec<Cause>,
    chance: &mut Chance,
) {
    let days = ((until - from) / DAY_S) as usize;
    for day in 0..days {
        let night = from + day as f64 * DAY_S + 7_200.0;
        for site in 0..SITES {
            if chance.strikes(1.0 / 30.0) {
                let when = (night + chance.between(0.0, 7_200.0), chance.between(180.0, 300.0));
                fail(events, when, site, &[Class::Silent, Class::Line, Class::Agent]);
            }
        }
    }
    let years = (until - from) / YEAR_S;
    let mut happen = |kind: Kind, per_year: f64, lasts: f64, classes: &[Class]| {
        let mut at = from + chance.waiting() * YEAR_S / per_year;
        while at < from + years * YEAR_S {
            let group = world.some_group(kind, 5, chance);
            let reach = if kind == Kind::City { chance.between(0.05, 0.5) } else { chance.between(0.3, 1.0) };
            for site in world.members(&group) {
                if chance.strikes(reach) {
                    // A storm takes its sites one after the other, works take them all at once.
                    let begins = if kind == Kind::City {
                        chance.between(0.0, lasts)
                    } else {
                        chance.between(0.0, 10.0)
                    };
                    let ends = if kind == Kind::City { chance.lognormal(1_800.0, 0.7) } else { lasts };
                    fail(events, (at + begins, ends), site, classes);
                }
            }
            causes.push(Cause { group, from: at, until: at + lasts, is_named: false });
            at += chance.waiting() * YEAR_S / per_year;
        }
    };
    happen(Kind::City, 60.0, 7_200.0, &[Class::Silent, Class::Line, Class::Gateway]);
    happen(Kind::OperatorCity, 100.0, 1_200.0, &[Class::Silent, Class::Line]);
}
