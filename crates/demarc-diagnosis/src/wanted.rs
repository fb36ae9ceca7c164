//! Which probes would separate the leading candidates, most useful first.

use crate::cusum::Tests;
use crate::layout::Layout;
use crate::likelihood::{Hypothesis, Likelihood, Look, Prediction};
use crate::noise::Level;
use demarc_model::probe::{ProbeId, ProbeKind};

/// More candidates than this are not told apart at once.
const CANDIDATES: usize = 6;
/// More probes than this are not hurried at once: cameras are weak.
const MOST: usize = 32;
/// Predictions closer than this (in total variation) separate nothing.
const LEAST_DISTANCE: f64 = 0.25;

pub(crate) fn wanted(layout: &Layout, likelihood: &Likelihood, tests: &Tests, suspect: f64) -> Vec<ProbeId> {
    let leading: Vec<Candidate> = tests
        .above(suspect)
        .into_iter()
        .take(CANDIDATES)
        .map(|(fault, _)| {
            let hypothesis = Hypothesis { kind: layout.faults[fault].kind, severity: tests.severity(fault) };
            Candidate {
                fault,
                predicts: ProbeKind::ALL.map(|kind| likelihood.prediction(Some(hypothesis), usual(kind))),
            }
        })
        .collect();
    if leading.is_empty() {
        return Vec::new();
    }
    let health = ProbeKind::ALL.map(|kind| likelihood.prediction(None, usual(kind)));
    let mut ranked: Vec<(usize, f64)> = (0..layout.probes.len())
        .map(|probe| (probe, separation(layout, &leading, &health, probe)))
        .filter(|(_, separation)| *separation >= LEAST_DISTANCE)
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.into_iter().take(MOST).map(|(probe, _)| layout.probes[probe].id.clone()).collect()
}

fn usual(kind: ProbeKind) -> Look {
    Look { kind, level: Level::default() }
}

/// A fault that leads, with what it predicts for every kind of probe.
struct Candidate {
    fault: usize,
    predicts: [Prediction; ProbeKind::COUNT],
}

/// How far apart the candidates and health are in what they predict for a probe, summed over all pairs.
fn separation(
    layout: &Layout,
    leading: &[Candidate],
    health: &[Prediction; ProbeKind::COUNT],
    probe: usize,
) -> f64 {
    let kind = layout.kind(probe) as usize;
    let predicts = |c: &Candidate| layout.reaches(c.fault, probe);
    let touching: Vec<&Prediction> =
        leading.iter().filter(|c| predicts(c)).map(|c| &c.predicts[kind]).collect();
    let silent = leading.len() - touching.len();
    let mut total = 0.0;
    for (at, a) in touching.iter().enumerate() {
        total += (1 + silent) as f64 * a.distance(&health[kind]);
        total += touching[at + 1..].iter().map(|b| a.distance(b)).sum::<f64>();
    }
    total
}
