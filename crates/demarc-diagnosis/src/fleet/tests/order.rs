//! What must hold for every story: order, repetition and delay of reports change nothing.

use super::{Change, Class, FindingId, LIMITS, Stage, Step, at, attributes, id};
use crate::fleet::{Fleet, FleetPolicy, Report};
use proptest::prelude::*;

/// A site, a class, a change, and how many seconds before now it happened.
type Told = (usize, Class, Change, i64);

fn told() -> impl Strategy<Value = Told> {
    let class = prop::sample::select(vec![Class::Line, Class::Vendor]);
    let change = prop::sample::select(vec![Change::Began, Change::Began, Change::Began, Change::Ended]);
    // Few sites, so that several reports are about the same one, and some are older than all windows.
    ((0usize..40).prop_map(|n| n * 4 % 160), class, change, 0i64..2_400)
}

/// What is said once all reports have come in.
fn says(reports: &[Told]) -> Vec<Step> {
    let mut stage = Stage::new();
    for (site, class, change, ago) in reports {
        stage.report(*site, *class, *change, stage.second - ago);
    }
    stage.wait(70);
    stage.steps.into_iter().map(|(_, step)| step).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_reports_changes_nothing(
        (told, shuffled) in prop::collection::vec(told(), 0..60)
            .prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))
    ) {
        prop_assert_eq!(says(&told), says(&shuffled));
    }

    #[test]
    fn repetition_changes_nothing(
        told in prop::collection::vec(told(), 0..60),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut twice = told.clone();
        if !told.is_empty() {
            twice.extend(again.iter().map(|index| told[index.index(told.len())]));
        }
        prop_assert_eq!(says(&told), says(&twice));
    }

    #[test]
    fn nothing_closes_while_no_site_says_that_it_is_well(
        told in prop::collection::vec(told(), 0..60),
        hours in 1i64..48,
    ) {
        let began: Vec<Told> = told.into_iter().filter(|(_, _, change, _)| *change == Change::Began).collect();
        let mut stage = Stage::new();
        for (site, class, change, ago) in began {
            stage.report(site, class, change, stage.second - ago);
        }
        stage.wait(70);
        let open = stage.fleet.open().count();
        for _ in 0..hours {
            stage.second += 3_599;
            stage.wait(1);
        }
        prop_assert_eq!(stage.fleet.open().count(), open);
        let closed = stage.steps.iter().any(|(_, step)| matches!(step, Step::Closed { .. }));
        prop_assert!(!closed);
    }

    #[test]
    fn the_order_of_joining_changes_nothing(
        order in Just((0..160).collect::<Vec<usize>>()).prop_shuffle(),
        struck in prop::collection::vec(0usize..160, 0..40),
    ) {
        let says = |order: &[usize]| {
            let mut fleet = Fleet::new(FleetPolicy::default(), LIMITS, at(0), FindingId(1));
            for site in order {
                fleet.join(&id(*site), &attributes(*site)).unwrap();
            }
            for site in &struck {
                let site = fleet.key(&id(*site)).unwrap();
                let report = Report { site, class: Class::Line, change: Change::Began, at: at(90) };
                fleet.report(&report, at(100));
            }
            (fleet.assess(at(101)), fleet.assess(at(120)))
        };
        let sorted: Vec<usize> = (0..160).collect();
        prop_assert_eq!(says(&sorted), says(&order));
    }

    #[test]
    fn whoever_comes_and_goes_leaves_no_trace(
        moves in prop::collection::vec((0usize..40, any::<bool>(), 0i64..2_000), 0..80)
    ) {
        let mut stage = Stage::new();
        for (site, leaves, pause) in moves {
            let site = site * 10;
            if leaves {
                stage.fleet.leave(stage.keys[site]);
            } else {
                stage.keys[site] = stage.fleet.join(&id(site), &attributes(site + 1)).unwrap();
                stage.begin(Class::Dns, [site]);
            }
            stage.second += pause;
            stage.wait(1);
        }
        for key in &stage.keys {
            stage.fleet.leave(*key);
        }
        stage.second += 10_000;
        stage.wait(40);
        let counted = stage.fleet.watches.iter().flat_map(|watch| watch.onsets.counts());
        prop_assert!(counted.copied().all(|counts| counts == [0; 3]));
        prop_assert_eq!(stage.fleet.open().count(), 0);
    }
}
