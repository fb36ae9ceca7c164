//! One outage of a known group in a fleet that also has its usual troubles: what is said, and when.

use crate::chance::Chance;
use crate::naive::Naive;
use crate::world::{SITES, World, YEAR_S, per_year};
use crate::years::{WARM_UP_S, time};
use demarc_diagnosis::fleet::{Change, Class, Finding, Fleet, Group, Kind, Report, SiteKey, Step};

/// Before the outage: the longest window, so that its background is complete.
const BEFORE_S: f64 = 1_900.0;
/// After it.
const AFTER_S: f64 = 180.0;
/// Sites of an outage are hit within so many seconds.
const SPREAD_S: f64 = 10.0;
/// When heartbeats begin to be simulated, before the outage.
const HEARTBEATS_S: f64 = 300.0;
const HEARTBEAT_S: f64 = 15.0;

/// What goes wrong, and how sites see it.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) class: Class,
}

pub(crate) const FAULTS: [Fault; 6] = [
    Fault { name: "vendor region", kind: Kind::VendorRegion, class: Class::Vendor },
    Fault { name: "firmware", kind: Kind::Firmware, class: Class::CameraRelease },
    Fault { name: "vendor everywhere", kind: Kind::All, class: Class::Vendor },
    Fault { name: "operator x region", kind: Kind::OperatorRegion, class: Class::Vendor },
    Fault { name: "operator", kind: Kind::Operator, class: Class::Silent },
    Fault { name: "operator x city", kind: Kind::OperatorCity, class: Class::Silent },
];

/// What came of one outage. Times are seconds after it began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) size: usize,
    /// Sites that were hit.
    pub(crate) hit: usize,
    /// The first finding of its class, whatever it names.
    pub(crate) spoken: Option<f64>,
    /// The finding that names the right group in the end, since it does.
    pub(crate) named: Option<f64>,
    /// In the end nothing else is named.
    pub(crate) is_alone: bool,
    /// The right group is not named, but stands among the alternatives.
    pub(crate) is_alternative: bool,
    /// Something else was named at some time.
    pub(crate) was_wrong: bool,
    pub(crate) naive: Option<bool>,
}

/// What happens, in order of time.
#[derive(Clone, Copy)]
enum Happening {
    Beat { site: usize },
    Begins { class: Class, site: usize, since: f64 },
}

pub(crate) fn run(
    (world, fleet, keys): (&World, &Fleet, &[SiteKey]),
    (fault, share): (Fault, f64),
    chance: &mut Chance,
) -> Outcome {
    let group = world.some_group(fault.kind, 10, chance);
    let start = WARM_UP_S + BEFORE_S + chance.between(0.0, 6.0 * 3_600.0);
    let members: Vec<usize> = world.members(&group).collect();
    let struck: Vec<usize> = members.iter().copied().filter(|_| chance.strikes(share)).collect();
    let happenings = happenings(fault, start, &struck, chance);
    let mut outcome = Outcome { size: members.len(), hit: struck.len(), ..Outcome::default() };
    outcome.naive = naive(world, &happenings, fault, &group, start);
    let mut fleet = fleet.clone();
    let mut next = 0;
    let mut second = start - BEFORE_S;
    while second < start + AFTER_S {
        second += 1.0;
        while let Some((at, happening)) = happenings.get(next).filter(|(at, _)| *at <= second) {
            deliver(&mut fleet, keys, *at, *happening);
            next += 1;
        }
        for step in fleet.assess(time(second)) {
            if let Step::Opened(finding) | Step::Changed(finding) = step {
                note(&mut outcome, (world, &group, fault), &finding, second - start);
            }
        }
    }
    conclude(&mut outcome, (world, &group, fault), &fleet);
    outcome
}

fn deliver(fleet: &mut Fleet, keys: &[SiteKey], at: f64, happening: Happening) {
    match happening {
        Happening::Beat { site } => fleet.heartbeat(keys[site], time(at)),
        Happening::Begins { class, site, since } => {
            let report = Report { site: keys[site], class, change: Change::Began, at: time(since) };
            fleet.report(&report, time(at));
        }
    }
}

fn names(world: &World, finding: &Finding, group: &Group) -> bool {
    finding.names(group)
        || world
            .sites
            .iter()
            .flat_map(|s| &s.groups)
            .any(|other| finding.names(other) && world.is_same(other, group))
}

fn note(outcome: &mut Outcome, (world, group, fault): (&World, &Group, Fault), finding: &Finding, at: f64) {
    if finding.class != fault.class {
        return;
    }
    outcome.spoken = outcome.spoken.or(Some(at));
    if finding.names(group) || names(world, finding, group) {
        outcome.named = outcome.named.or(Some(at));
    } else {
        outcome.was_wrong = true;
    }
}

fn conclude(outcome: &mut Outcome, (world, group, fault): (&World, &Group, Fault), fleet: &Fleet) {
    let mut right = 0;
    let mut all = 0;
    for finding in fleet.open().filter(|finding| finding.class == fault.class) {
        all += 1;
        right += u32::from(names(world, finding, group));
        outcome.is_alternative |= finding.alternatives.iter().any(|other| world.is_same(&other.group, group));
    }
    if right == 0 {
        outcome.named = None;
    }
    outcome.is_alone = right == 1 && all == 1;
    outcome.is_alternative &= right == 0;
}

fn happenings(fault: Fault, start: f64, struck: &[usize], chance: &mut Chance) -> Vec<(f64, Happening)> {
    let mut out = Vec::new();
    let mut down_from = vec![f64::MAX; SITES];
    let until = start + AFTER_S;
    let mut at = start - BEFORE_S;
    let rate = per_year(fault.class) * SITES as f64 / YEAR_S;
    loop {
        at += chance.waiting() / rate;
        if at >= until {
            break;
        }
        let site = chance.below(SITES);
        down_from[site] = at;
        if fault.class != Class::Silent || at < start - HEARTBEATS_S {
            out.push((at, Happening::Begins { class: fault.class, site, since: at }));
        }
    }
    for site in struck {
        let begins = start + chance.between(0.0, SPREAD_S);
        down_from[*site] = down_from[*site].min(begins);
        if fault.class != Class::Silent {
            // A site's diagnosis needs 12 s in the median, and dates the onset by some seconds.
            let said = begins + 1.0 + chance.lognormal(11.0, 0.4);
            let since = (begins + 4.0 * chance.normal()).min(said);
            out.push((said, Happening::Begins { class: fault.class, site: *site, since }));
        }
    }
    if fault.class == Class::Silent {
        beat(&mut out, start, until, &down_from, chance);
    }
    out.sort_by(|a, b| a.0.total_cmp(&b.0));
    out
}

/// Heartbeats of all sites, half a second early or late and one in a hundred later by a second, until they are down.
fn beat(out: &mut Vec<(f64, Happening)>, start: f64, until: f64, down_from: &[f64], chance: &mut Chance) {
    for (site, down) in down_from.iter().enumerate() {
        let mut due = start - HEARTBEATS_S + chance.between(0.0, HEARTBEAT_S);
        while due < until.min(*down) {
            let late = if chance.strikes(0.01) { chance.waiting() } else { 0.0 };
            out.push((due + 0.5 * chance.normal().abs() + late, Happening::Beat { site }));
            due += HEARTBEAT_S;
        }
    }
}

/// Whether the naive rule named the right group, if it named any after the outage began.
fn naive(
    world: &World,
    happenings: &[(f64, Happening)],
    fault: Fault,
    group: &Group,
    start: f64,
) -> Option<bool> {
    let mut naive = Naive::new(world);
    let mut last_beat: Vec<Option<f64>> = vec![None; SITES];
    let mut onsets: Vec<(f64, usize)> = Vec::new();
    for (at, happening) in happenings {
        match happening {
            Happening::Beat { site } => last_beat[*site] = Some(*at),
            Happening::Begins { site, .. } => onsets.push((*at, *site)),
        }
    }
    let silent =
        last_beat.iter().enumerate().filter_map(|(site, last)| Some(((*last)? + 2.0 * HEARTBEAT_S, site)));
    onsets.extend(silent.filter(|(at, _)| *at < start + AFTER_S - 2.0));
    onsets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let fired = onsets.iter().filter_map(|(at, site)| {
        let named = naive.take(fault.class, *at, *site)?;
        (*at >= start).then(|| world.is_same(named, group))
    });
    fired.into_iter().next()
}
