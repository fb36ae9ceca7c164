//! How right, how fast and how sure the verdicts are, beside the methods that others use.
//!
//! `cargo bench -p demarc-diagnosis --bench demarc-bench -- --help`

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and writes its report")]
#![expect(clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::print_stderr, reason = "a bench tells how far it is")]
#![expect(clippy::unwrap_used, reason = "a bench panics to fail")]

mod blame;
mod branch;
mod campaign;
mod chance;
mod healthy;
mod plot;
mod report;
mod rival;
mod score;
mod trial;
mod trouble;
mod world;

use clap::Parser as _;
use score::Scored;
use std::path::{Path, PathBuf};

/// Held out: no table or parameter was chosen by looking at trials of this seed. Tuning used 7.
const HELD_OUT: u64 = 20_220_220;
const SHORT_TRIALS: u64 = 300;

/// How right, how fast and how sure Demarc's verdicts are, in branches that are made up.
///
/// Each trial draws a branch, injects its faults and feeds the same results to Demarc and to five
/// other methods. Without arguments every cell runs with 2,000 trials.
#[derive(clap::Parser)]
#[command(name = "demarc-bench")]
struct Arguments {
    /// Cells to run, by the beginning of their name; `--list` names them.
    cells: Vec<String>,
    #[arg(long)]
    list: bool,
    /// Trials for each cell.
    #[arg(long, default_value_t = 2000)]
    trials: u64,
    #[arg(long, default_value_t = HELD_OUT)]
    seed: u64,
    /// The cells that have floors, with few trials; ends with 1 when a floor is broken.
    #[arg(long)]
    short: bool,
    /// Watch healthy branches for so many site-years instead.
    #[arg(long, value_name = "YEARS")]
    healthy: Option<f64>,
    /// The share of probes that are lost there.
    #[arg(long, default_value_t = 0.05)]
    loss: f64,
    /// Write all figures as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the figures into a folder.
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// Run each cell at several strengths of what makes faults unlike the tables, from none to the usual.
    #[arg(long)]
    curve: bool,
    /// Show what was said instead of the truth, so many lines for each cell.
    #[arg(long, default_value_t = 0)]
    mistakes: usize,
    /// Tell one trial of the first cell as it happens.
    #[arg(long, value_name = "TRIAL")]
    follow: Option<u64>,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let named = |name: &str| arguments.cells.iter().any(|wanted| name.starts_with(wanted));
    let floored = |name: &str| report::FLOORS.iter().any(|(floor, ..)| *floor == name);
    let wanted = |name: &str| match arguments.short {
        true => floored(name),
        false => arguments.cells.is_empty() || named(name),
    };
    let cells: Vec<_> = campaign::cells().into_iter().filter(|cell| wanted(cell.name)).collect();
    if arguments.list {
        cells.iter().for_each(|cell| println!("{}", cell.name));
        return std::process::ExitCode::SUCCESS;
    }
    if let Some((trial, cell)) = arguments.follow.zip(cells.first()) {
        let outcome = trial::follow(cell, arguments.seed, trial, &mut |line| println!("{line}"));
        println!("{:?}", outcome.truth);
        return std::process::ExitCode::SUCCESS;
    }
    println!("seed {}", arguments.seed);
    if let Some(years) = arguments.healthy {
        let healthy = healthy::run(years, arguments.loss, arguments.seed);
        println!("{}", report::healthy(&healthy));
        write_json(&arguments, &report::json(arguments.seed, &[], Some(&healthy)));
        return std::process::ExitCode::SUCCESS;
    }
    let trials = if arguments.short { SHORT_TRIALS } else { arguments.trials };
    if arguments.curve {
        curve(&arguments, cells);
        return std::process::ExitCode::SUCCESS;
    }
    let scored: Vec<Scored> = cells
        .into_iter()
        .map(|cell| {
            let began = std::time::Instant::now();
            let scored = campaign::run(cell, trials, arguments.seed);
            eprintln!("{}: {trials} trials in {:.0} s", cell.name, began.elapsed().as_secs_f64());
            scored
        })
        .collect();
    print!("\n{}\n{}", report::table(&scored), report::cost(&scored));
    if arguments.mistakes > 0 {
        scored.iter().for_each(|cell| tell_mistakes(cell, arguments.mistakes));
    }
    write_json(&arguments, &report::json(arguments.seed, &scored, None));
    if let Some(folder) = &arguments.plots {
        draw(folder, &scored);
    }
    let broken = report::broken(&scored);
    broken.iter().for_each(|floor| println!("BELOW THE FLOOR: {floor}"));
    if arguments.short && !broken.is_empty() {
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::SUCCESS
}

/// How much of what is missed is missed because the tables are not the world.
fn curve(arguments: &Arguments, cells: Vec<trial::Cell>) {
    let mut curves = Vec::new();
    for cell in cells {
        let run = |strength: f64| {
            let perturbation = cell.perturbation * strength;
            let scored =
                campaign::run(trial::Cell { perturbation, ..cell }, arguments.trials, arguments.seed);
            eprintln!("{} at {strength}: exact in {:.2} %", cell.name, scored.demarc.exact_60);
            (strength, scored.demarc)
        };
        curves.push((cell.name, campaign::STRENGTHS.map(run)));
    }
    print!("\n{}", report::curve(&curves));
    if let Some(folder) = &arguments.plots {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("unlike-the-tables.svg"), plot::curve(&curves)).unwrap();
    }
}

fn tell_mistakes(cell: &Scored, most: usize) {
    println!("\n{}\n\n{}", cell.cell.name, report::kinds(&cell.demarc));
    for (what, n) in cell.demarc.mistakes.iter().take(most) {
        println!("{n:>5} {what}");
    }
}

fn write_json(arguments: &Arguments, figures: &serde_json::Value) {
    if let Some(file) = &arguments.json {
        std::fs::write(file, format!("{figures:#}\n")).unwrap();
    }
}

fn draw(folder: &Path, scored: &[Scored]) {
    std::fs::create_dir_all(folder).unwrap();
    let cell = |name: &'static str| scored.iter().filter(move |s| s.cell.name == name);
    for name in ["single-2", "double-1"] {
        for one in cell(name) {
            std::fs::write(folder.join(format!("over-time-{name}.svg")), plot::over_time(one)).unwrap();
        }
    }
    let all: Vec<&Scored> = scored.iter().filter(|s| !s.demarc.calibration.is_empty()).collect();
    std::fs::write(folder.join("reliability.svg"), plot::reliability(&all)).unwrap();
    let kinds = ["single-2", "single-5", "double-1", "triple-2", "grey-2", "partial-2", "flapping-2"];
    let some: Vec<&Scored> = kinds.into_iter().flat_map(cell).collect();
    std::fs::write(folder.join("time-to-verdict.svg"), plot::time_to_verdict(&some)).unwrap();
}
