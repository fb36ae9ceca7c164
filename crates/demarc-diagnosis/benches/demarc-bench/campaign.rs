//! Which cells there are, and running them on all cores.

use crate::branch::Shape;
use crate::score::{self, Figures, Scored};
use crate::trial::{self, Cell, Faults, Outcome};
use crate::trouble::Manner;
use crate::world::Conditions;
use std::sync::atomic::{AtomicU64, Ordering};

const USUAL: Shape = Shape { least_cameras: 4, most_cameras: 50, wrong_records: 0.0 };

fn cell(name: &'static str, faults: Faults, manner: Manner, loss: f64) -> Cell {
    let conditions = Conditions::with_loss(loss);
    Cell { name, faults, manner, conditions, shape: USUAL, stagger: 0, perturbation: 1.0 }
}

/// How unlike the tables faults are made for the curve; one is usual.
pub(crate) const STRENGTHS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// A cell's figures at each of [`STRENGTHS`].
pub(crate) type Curve = (&'static str, [(f64, Figures); STRENGTHS.len()]);

/// Every cell of the benchmark by name.
pub(crate) fn cells() -> Vec<Cell> {
    use Faults::{Harmless, Masked, Observable, Single};
    use Manner::{Flapping, Grey, Hard, Partial};
    let with = |name, base: Cell| Cell { name, ..base };
    let single = cell("single", Single, Hard, 0.02);
    vec![
        cell("single-0", Single, Hard, 0.0),
        cell("single-1", Single, Hard, 0.01),
        with("single-2", single),
        cell("single-5", Single, Hard, 0.05),
        cell("single-10", Single, Hard, 0.10),
        cell("double-1", Observable(2), Hard, 0.01),
        cell("double-5", Observable(2), Hard, 0.05),
        cell("masked-1", Masked, Hard, 0.01),
        cell("masked-5", Masked, Hard, 0.05),
        cell("triple-2", Observable(3), Hard, 0.02),
        Cell { stagger: 20, ..cell("staggered-2", Observable(2), Hard, 0.02) },
        cell("grey-2", Single, Grey, 0.02),
        cell("partial-2", Single, Partial, 0.02),
        cell("flapping-2", Single, Flapping, 0.02),
        cell("harmless-2", Harmless, Hard, 0.02),
        with("wrong-records-3", Cell { shape: Shape { wrong_records: 0.03, ..USUAL }, ..single }),
        with("wrong-records-10", Cell { shape: Shape { wrong_records: 0.10, ..USUAL }, ..single }),
        with(
            "missing-40",
            Cell { conditions: Conditions { missing: 0.4, ..Conditions::with_loss(0.02) }, ..single },
        ),
        with("perturbed-x1.8", Cell { perturbation: 1.8, ..single }),
        with(
            "stalls-and-jumps",
            Cell {
                conditions: Conditions {
                    stalls_per_hour: 60.0,
                    clock_jumps_per_hour: 20.0,
                    ..Conditions::with_loss(0.02)
                },
                ..single
            },
        ),
        with(
            "large-200",
            Cell { shape: Shape { least_cameras: 200, most_cameras: 200, wrong_records: 0.0 }, ..single },
        ),
        with(
            "size-50",
            Cell { shape: Shape { least_cameras: 50, most_cameras: 50, wrong_records: 0.0 }, ..single },
        ),
    ]
}

/// Runs a cell's trials on all cores; the result does not depend on how many there are.
pub(crate) fn run(cell: Cell, trials: u64, seed: u64) -> Scored {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicU64::new(0);
    let work = || {
        let mut own: Vec<(u64, Outcome)> = Vec::new();
        loop {
            let trial = next.fetch_add(1, Ordering::Relaxed);
            if trial >= trials {
                return own;
            }
            own.push((trial, trial::run(&cell, seed, trial)));
        }
    };
    let mut all: Vec<(u64, Outcome)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().expect("a trial does not panic")).collect()
    });
    all.sort_by_key(|(trial, _)| *trial);
    let outcomes: Vec<Outcome> = all.into_iter().map(|(_, outcome)| outcome).collect();
    score::score(cell, &outcomes)
}
