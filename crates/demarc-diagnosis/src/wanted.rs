//! Which probes to run next: those whose answers are expected to tell most, within what a camera bears.

use crate::cusum::Tests;
use crate::layout::Layout;
use crate::likelihood::{Hypothesis, Likelihood};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;

/// More candidates than this are not told apart at once.
const CANDIDATES: usize = 6;
/// More probes than this are not hurried at once.
const MOST: usize = 32;
/// Cameras are weak, and asked one thing at a time: more of their probes only stand in line.
const MOST_OF_ONE_CAMERA: usize = 4;
/// Answers that are expected to tell less than this, in nats, are not worth asking for.
const LEAST_NATS: f64 = 0.05;

/// The probes with the greatest expected information gain (the mutual information of the answer and
/// the explanation), most useful first. "All is well" and the leading candidates are held equally
/// likely: the evidence so far is what is to be put to the test.
pub(crate) fn wanted(layout: &Layout, likelihood: &Likelihood, tests: &Tests, suspect: f64) -> Vec<ProbeId> {
    let leading: Vec<(usize, Hypothesis)> = tests
        .above(suspect)
        .into_iter()
        .take(CANDIDATES)
        .map(|(fault, _)| {
            (fault, Hypothesis { kind: layout.faults[fault].kind, severity: tests.severity(fault) })
        })
        .collect();
    if leading.is_empty() {
        return Vec::new();
    }
    // Probes of one kind that the same candidates touch are expected to tell the same.
    let mut known: Vec<((ProbeKind, u8), f64)> = Vec::new();
    let mut ranked: Vec<(usize, f64)> = Vec::new();
    for probe in (0..layout.probes.len()).filter(|probe| !layout.probes[*probe].withheld) {
        let touched = (0..leading.len()).filter(|at| layout.reaches(leading[*at].0, probe));
        let touched = touched.fold(0_u8, |all, at| all | 1 << at);
        if touched == 0 {
            continue;
        }
        let key = (layout.kind(probe), touched);
        let gain = known.iter().find(|(k, _)| *k == key).map(|(_, gain)| *gain).unwrap_or_else(|| {
            let gain = expected_gain(likelihood, &leading, key);
            known.push((key, gain));
            gain
        });
        if gain >= LEAST_NATS {
            ranked.push((probe, gain));
        }
    }
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    within_budget(layout, &ranked)
}

fn within_budget(layout: &Layout, ranked: &[(usize, f64)]) -> Vec<ProbeId> {
    let mut asked = vec![0; layout.leaves.len()];
    let mut out = Vec::new();
    for (probe, _) in ranked {
        let id = &layout.probes[*probe].id;
        if let Some(leaf) = layout.probes[*probe].leaf.filter(|_| id.kind.is_camera()) {
            asked[leaf] += 1;
            if asked[leaf] > MOST_OF_ONE_CAMERA {
                continue;
            }
        }
        out.push(id.clone());
        if out.len() == MOST {
            break;
        }
    }
    out
}

/// The entropy of the answer less its mean entropy under each explanation.
fn expected_gain(
    likelihood: &Likelihood,
    leading: &[(usize, Hypothesis)],
    (kind, touched): (ProbeKind, u8),
) -> f64 {
    let explanations = leading
        .iter()
        .enumerate()
        .map(|(at, (_, hypothesis))| likelihood.usual((touched >> at & 1 == 1).then_some(*hypothesis), kind));
    let mut mean = [0.0; Symptom::COUNT];
    let mut within = 0.0;
    let share = 1.0 / (leading.len() + 1) as f64;
    for prediction in explanations.chain([likelihood.usual(None, kind)]) {
        within += share * f64::from(prediction.entropy);
        mean.iter_mut().zip(prediction.probabilities).for_each(|(sum, p)| *sum += share * f64::from(p));
    }
    entropy(mean.into_iter()) - within
}

fn entropy(distribution: impl Iterator<Item = f64>) -> f64 {
    distribution.filter(|p| *p > 1e-6).map(|p| -p * p.ln()).sum()
}
