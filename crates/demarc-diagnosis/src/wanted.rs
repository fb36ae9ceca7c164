//! Which probes would separate the leading candidates, most useful first.

use crate::cusum::Tests;
use crate::layout::Layout;
use crate::likelihood::{Hypothesis, Likelihood};
use demarc_model::probe::ProbeId;

/// More candidates than this are not told apart at once.
const CANDIDATES: usize = 6;
/// More probes than this are not hurried at once: cameras are weak.
const MOST: usize = 32;
/// Predictions closer than this (in total variation) separate nothing.
const LEAST_DISTANCE: f64 = 0.25;

pub(crate) fn wanted(layout: &Layout, likelihood: &Likelihood, tests: &Tests, suspect: f64) -> Vec<ProbeId> {
    let leading: Vec<(usize, Hypothesis)> = tests
        .above(suspect)
        .into_iter()
        .take(CANDIDATES)
        .map(|(fault, _)| {
            (fault, Hypothesis { kind: layout.faults[fault].kind, severity: tests.severity(fault) })
        })
        .collect();
    let mut ranked: Vec<(usize, f64)> = (0..layout.probes.len())
        .map(|probe| (probe, separation(layout, likelihood, &leading, probe)))
        .filter(|(_, separation)| *separation >= LEAST_DISTANCE)
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.into_iter().take(MOST).map(|(probe, _)| layout.probes[probe].id.clone()).collect()
}

/// The largest difference between what two candidates, or a candidate and health, predict for a probe.
fn separation(
    layout: &Layout,
    likelihood: &Likelihood,
    leading: &[(usize, Hypothesis)],
    probe: usize,
) -> f64 {
    let predicts =
        |(fault, hypothesis): &(usize, Hypothesis)| layout.reaches(*fault, probe).then_some(*hypothesis);
    let kind = layout.kind(probe);
    let mut total = 0.0;
    for (at, a) in leading.iter().enumerate() {
        let a = predicts(a);
        total += likelihood.distance(a, None, kind);
        for b in &leading[at + 1..] {
            total += likelihood.distance(a, predicts(b), kind);
        }
    }
    total
}
