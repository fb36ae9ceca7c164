//! Branches at which nothing is wrong, for years: what is said all the same.

use crate::branch::{Branch, Shape};
use crate::chance::Chance;
use crate::rival::History;
use crate::world::{Conditions, World};
use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::IncidentId;
use demarc_model::incident::Step;
use demarc_model::probe::ProbeId;
use demarc_model::verdict::Finding;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Each branch is watched for so long; then another one is drawn.
const DAYS: u64 = 10;
const YEAR: f64 = 365.25;

#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Healthy {
    pub(crate) loss: f64,
    pub(crate) site_years: f64,
    /// Incidents that blame somebody, and those that only say that something is odd.
    pub(crate) false_incidents: usize,
    pub(crate) undetermined: usize,
    /// Times that a monitor with three failures in a row would have raised an alarm.
    pub(crate) monitor_alarms: usize,
    /// The share of rounds in which probes were hurried.
    pub(crate) hurried: f64,
    pub(crate) findings: BTreeMap<String, usize>,
}

impl Healthy {
    pub(crate) fn per_site_year(&self) -> f64 {
        self.false_incidents as f64 / self.site_years
    }

    /// The upper end of the exact 95 % interval of the rate (chi-square by Wilson and Hilferty).
    pub(crate) fn at_most(&self) -> f64 {
        let degrees = 2.0 * (self.false_incidents as f64 + 1.0);
        let quantile =
            degrees * (1.0 - 2.0 / (9.0 * degrees) + 1.96 * (2.0 / (9.0 * degrees)).sqrt()).powi(3);
        quantile / 2.0 / self.site_years
    }
}

pub(crate) fn run(years: f64, loss: f64, seed: u64) -> Healthy {
    let sites = (years * YEAR / DAYS as f64).ceil() as u64;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicU64::new(0);
    let work = || {
        let mut own = Vec::new();
        loop {
            let site = next.fetch_add(1, Ordering::Relaxed);
            if site >= sites {
                return own;
            }
            own.push(watch(loss, seed, site));
        }
    };
    let all: Vec<Healthy> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().expect("a branch does not panic")).collect()
    });
    let mut sum = Healthy { loss, ..Healthy::default() };
    for one in all {
        sum.site_years += one.site_years;
        sum.false_incidents += one.false_incidents;
        sum.undetermined += one.undetermined;
        sum.monitor_alarms += one.monitor_alarms;
        sum.hurried += one.hurried / sites as f64;
        for (finding, n) in one.findings {
            *sum.findings.entry(finding).or_default() += n;
        }
    }
    sum
}

fn watch(loss: f64, seed: u64, site: u64) -> Healthy {
    let mut chance = Chance::stream(seed ^ 0x5eed, site);
    let shape = Shape { least_cameras: 4, most_cameras: 24, wrong_records: 0.0 };
    let branch = Branch::draw(shape, &mut chance);
    let mut world = World::new(&branch, Conditions::with_loss(loss), &[], chance);
    let ids: Vec<ProbeId> = branch.probes.iter().map(|p| p.id.clone()).collect();
    let mut diagnosis = Diagnosis::new(branch.told.clone(), &ids, Policy::default(), IncidentId(1));
    let mut history = History::new(&branch);
    let mut out = Healthy { site_years: DAYS as f64 / YEAR, ..Healthy::default() };
    let (mut results, mut rounds, mut hurried, mut alarmed) = (Vec::new(), 0_u64, 0_u64, false);
    while world.now_ms < DAYS * 86_400_000 {
        world.round(&mut results);
        for result in &results {
            history.push(result);
            diagnosis.observe(&world.observation(result));
        }
        let alarm = results.iter().any(|r| history.is_down(r.probe));
        out.monitor_alarms += usize::from(alarm && !alarmed);
        alarmed = alarm;
        let assessment = diagnosis.assess(world.now());
        rounds += 1;
        hurried += u64::from(!assessment.wanted.is_empty());
        world.hurry(&assessment.wanted);
        for transition in assessment.transitions.iter().filter(|t| t.step == Step::Opened) {
            let finding = &transition.incident.verdict.finding;
            let text = match finding {
                Finding::Fault(fault) => format!("{} {}", fault.domain(), fault.cause()),
                Finding::Undetermined { why, .. } => format!("undetermined {why:?}"),
            };
            let counted = matches!(finding, Finding::Fault(_));
            *(if counted { &mut out.false_incidents } else { &mut out.undetermined }) += 1;
            *out.findings.entry(text).or_default() += 1;
        }
    }
    out.hurried = hurried as f64 / rounds as f64;
    out
}
