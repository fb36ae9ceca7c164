//! What must hold of the engine whatever it is told.

#![expect(clippy::unwrap_used, reason = "tests panic to fail")]

#[path = "properties/branch.rs"]
mod branch;
#[path = "properties/hostile.rs"]
mod hostile;
#[path = "properties/story.rs"]
mod story;

use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::observation::Observation;
use demarc_model::verdict::Finding;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use story::{Story, Watch, chance, cut_off, missing, story};

const ROUNDS: u64 = 120;
/// Two hours: a fault that comes and goes is waited for up to an hour.
const HEALING_ROUNDS: u64 = 3600;

fn transitions(watch: &mut Watch, rounds: &[Vec<Observation>]) -> Vec<Transition> {
    let rounds = rounds.iter().enumerate();
    rounds.flat_map(|(round, seen)| watch.end(round as u64, seen).transitions).collect()
}

fn played(story: &Story) -> (Watch, Vec<Vec<Observation>>) {
    let watch = Watch::new(story);
    let rounds = (0..story.rounds).map(|round| story.seen(&watch, round)).collect();
    (watch, rounds)
}

/// Some order that depends on the seed only.
fn shuffled(seen: &[Observation], seed: u64, round: u64) -> Vec<Observation> {
    let mut keyed: Vec<(u64, &Observation)> =
        seen.iter().enumerate().map(|(at, o)| (chance(seed, at as u64, round), o)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().rev().map(|(_, o)| o.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 0, rng_seed: RngSeed::Fixed(412), ..ProptestConfig::with_cases(16) })]

    #[test]
    fn the_same_stream_gives_the_same_assessments(story in story(ROUNDS)) {
        let ((mut one, rounds), (mut other, _)) = (played(&story), played(&story));
        for (round, seen) in rounds.iter().enumerate() {
            prop_assert_eq!(one.end(round as u64, seen), other.end(round as u64, seen));
        }
    }

    #[test]
    fn the_order_within_a_round_does_not_matter(story in story(ROUNDS), seed in any::<u64>()) {
        let ((mut one, rounds), (mut other, _)) = (played(&story), played(&story));
        let mixed: Vec<Vec<Observation>> =
            rounds.iter().enumerate().map(|(round, seen)| shuffled(seen, seed, round as u64)).collect();
        prop_assert_eq!(transitions(&mut one, &rounds), transitions(&mut other, &mixed));
    }

    #[test]
    fn duplicates_change_nothing(story in story(ROUNDS), seed in any::<u64>()) {
        let ((mut one, rounds), (mut other, _)) = (played(&story), played(&story));
        let twice: Vec<Vec<Observation>> = rounds
            .iter()
            .enumerate()
            .map(|(round, seen)| [seen.clone(), shuffled(seen, seed, round as u64)].concat())
            .collect();
        prop_assert_eq!(transitions(&mut one, &rounds), transitions(&mut other, &twice));
    }

    /// Nothing is known from what was not seen, neither of a healthy site nor of a broken one.
    #[test]
    fn absence_opens_nothing_and_closes_nothing(story in story(ROUNDS), at_all in any::<bool>()) {
        let story = lasting(story);
        let (mut watch, rounds) = played(&story);
        transitions(&mut watch, &rounds);
        for round in ROUNDS..ROUNDS + 600 {
            let seen = story.seen(&watch, round).into_iter().map(missing);
            let seen: Vec<Observation> = if at_all { seen.collect() } else { Vec::new() };
            let steps: Vec<Step> = watch.end(round, &seen).transitions.iter().map(|t| t.step).collect();
            prop_assert!(steps.is_empty(), "{steps:?} in round {round}");
        }
    }

    /// Once something broken is named, seeing more of the same neither takes it back nor adds to it.
    #[test]
    fn more_evidence_for_the_truth_never_lowers_its_rank(story in cut_off()) {
        let (mut watch, rounds) = played(&story);
        transitions(&mut watch, &rounds);
        let named = findings(&watch);
        prop_assert!(!named.is_empty(), "nothing is said of {:?}", story.troubles);
        for round in ROUNDS..ROUNDS + 900 {
            let seen = story.seen(&watch, round);
            watch.end(round, &seen);
            prop_assert_eq!(&findings(&watch), &named, "in round {}", round);
        }
    }

    #[test]
    fn healing_closes_everything(story in story(ROUNDS)) {
        let (mut watch, rounds) = played(&story);
        transitions(&mut watch, &rounds);
        let healthy = Story { troubles: Vec::new(), ..story };
        heal(&mut watch, &healthy, ROUNDS);
        let open: Vec<&Incident> = watch.diagnosis.open_incidents().collect();
        prop_assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn incidents_outlive_a_restart_until_they_are_healed(story in story(ROUNDS)) {
        let story = lasting(story);
        let (mut watch, rounds) = played(&story);
        transitions(&mut watch, &rounds);
        let known = |incident: &&Incident| matches!(incident.verdict.finding, Finding::Fault(_));
        prop_assume!(watch.open() > 0 && watch.diagnosis.open_incidents().all(|i| known(&i)));
        let mut after = watch.restarted();
        prop_assert_eq!(after.open(), watch.open());
        for round in ROUNDS..ROUNDS + 10 {
            let seen = story.seen(&after, round);
            let closed = after.end(round, &seen).transitions.into_iter().filter(|t| t.step == Step::Closed);
            prop_assert_eq!(closed.count(), 0, "in round {}", round);
        }
        heal(&mut after, &Story { troubles: Vec::new(), ..story }, ROUNDS + 10);
        prop_assert_eq!(after.open(), 0);
    }
}

fn findings(watch: &Watch) -> Vec<Finding> {
    watch.diagnosis.open_incidents().map(|incident| incident.verdict.finding.clone()).collect()
}

/// The same story with what breaks broken for good.
fn lasting(mut story: Story) -> Story {
    for trouble in &mut story.troubles {
        (trouble.until, trouble.period, trouble.percent) = (u64::MAX, 0, 100);
        trouble.from = trouble.from.min(20);
    }
    story
}

/// Feeds what a healthy site shows until everything is closed, two hours at most.
fn heal(watch: &mut Watch, healthy: &Story, from: u64) {
    for round in from..from + HEALING_ROUNDS {
        if watch.open() == 0 {
            return;
        }
        let seen = healthy.seen(watch, round);
        watch.end(round, &seen);
    }
}
