//! How well and how fast the fleet finds common causes: `cargo run --release -p demarc-diagnosis
//! --example fleet-bench -- --help`.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and its own memory")]

mod arguments;
mod chance;
mod naive;
mod outage;
mod report;
mod speed;
mod world;
mod years;

use arguments::Arguments;
use chance::Chance;
use demarc_diagnosis::fleet::FleetPolicy;
use outage::{FAULTS, Fault, Outcome};
use std::io::Write as _;
use std::process::ExitCode;
use world::World;
use years::{Background, Tally};

/// The outages of one fault at one share.
pub(crate) struct Cell {
    pub(crate) fault: Fault,
    pub(crate) share: f64,
    pub(crate) outcomes: Vec<Outcome>,
}

pub(crate) struct Results {
    pub(crate) arguments: Arguments,
    pub(crate) cells: Vec<Cell>,
    pub(crate) independent: Tally,
    pub(crate) correlated: Tally,
    pub(crate) speed: speed::Speed,
}

const SHARES: [f64; 4] = [1.0, 0.5, 0.2, 0.05];
/// Seeds of the fleets of one kind of run, apart from those of another.
const YEARS_APART: u64 = 1_000_000;
const YEARS_OF_ONE_FLEET: u64 = 4;

fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(text) => {
            let is_help = text == arguments::HELP;
            // Nothing is left to be done when nobody reads.
            _ = writeln!(std::io::stdout().lock(), "{text}");
            return if is_help { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    let results = measure(arguments);
    let text = if arguments.json { report::json(&results) } else { report::text(&results) };
    _ = writeln!(std::io::stdout().lock(), "{text}");
    let missed = report::missed(&results);
    for line in &missed {
        _ = writeln!(std::io::stderr().lock(), "below the floor: {line}");
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(arguments: Arguments) -> Results {
    let policy = FleetPolicy::default();
    // First, while memory is untouched.
    let speed = speed::measure(policy, arguments.seed);
    let mut cells: Vec<Cell> = FAULTS
        .iter()
        .flat_map(|fault| SHARES.map(|share| Cell { fault: *fault, share, outcomes: Vec::new() }))
        .collect();
    for at in 0..arguments.fleets {
        let mut chance = Chance::new(arguments.seed + at);
        let world = World::new(&mut chance);
        let (fleet, keys) = years::warm(&world, policy, &mut chance);
        for cell in &mut cells {
            for _ in 0..arguments.trials {
                let outcome = outage::run((&world, &fleet, &keys), (cell.fault, cell.share), &mut chance);
                cell.outcomes.push(outcome);
            }
        }
    }
    let mut tallies = [Tally::default(), Tally::default()];
    for (background, tally) in [Background::Independent, Background::Correlated].into_iter().zip(&mut tallies)
    {
        let mut left = match background {
            Background::Independent => arguments.years,
            Background::Correlated => arguments.storms,
        };
        while left > 0 {
            let years = left.min(YEARS_OF_ONE_FLEET);
            left -= years;
            years::watch((background, years as f64), policy, arguments.seed + YEARS_APART + left, tally);
        }
    }
    let [independent, correlated] = tallies;
    Results { arguments, cells, independent, correlated, speed }
}
