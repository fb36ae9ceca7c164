//! A quiet round costs no allocation: most rounds of most sites are quiet.

#![expect(clippy::unwrap_used, reason = "tests panic to fail")]

#[path = "properties/branch.rs"]
mod branch;

use allocation_counter::measure;
use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::IncidentId;
use demarc_model::observation::{Observation, Outcome, Phases};
use demarc_model::probe::ProbeId;
use demarc_model::time::Timestamp;

const CAMERAS: usize = 50;
const WARM_UP: u64 = 500;
const MEASURED: u64 = 200;
/// Every probe is observed once in so many rounds, its own turn after its neighbour's.
const TURNS: u64 = 5;

/// What one round of a healthy site brings.
fn round(probes: &[ProbeId], round: u64, at: Timestamp) -> Vec<Observation> {
    let due = probes.iter().enumerate().filter(|(place, _)| (*place as u64 + round).is_multiple_of(TURNS));
    let passed = |probe: &ProbeId| Observation {
        probe: probe.clone(),
        at,
        outcome: Outcome::Passed,
        phases: Phases { connect_us: Some(12_000), total_us: 20_000, ..Phases::default() },
        readings: Vec::new(),
    };
    due.map(|(_, probe)| passed(probe)).collect()
}

#[test]
fn a_quiet_round_allocates_nothing_once_warm() {
    let site = branch::site(CAMERAS, 7, true);
    let probes = branch::probes(&site);
    let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
    for number in 0..WARM_UP + MEASURED {
        let at = Timestamp::from_millis(i64::try_from(number).unwrap() * 2000);
        let seen = round(&probes, number, at);
        let mut suspicious = true;
        let taken = measure(|| seen.iter().for_each(|observation| diagnosis.observe(observation)));
        let assessed = measure(|| suspicious = diagnosis.assess(at).suspicious);
        assert!(!suspicious, "round {number} is quiet");
        if number >= WARM_UP {
            let counts = (taken.count_total, assessed.count_total);
            assert_eq!(counts, (0, 0), "allocations of observe and assess in round {number}");
        }
    }
}

/// A test that cannot fail is none: the counter sees what a suspicious round allocates.
#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1]))).count_total, 1);
}
