//! How right, how fast and how sure the verdicts are, beside the methods that others use.
//!
//! `cargo bench -p demarc-diagnosis --bench demarc-bench -- --help`

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and writes its report")]
#![expect(clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::unwrap_used, reason = "a bench panics to fail")]

mod blame;
mod branch;
mod campaign;
mod chance;
mod healthy;
mod rival;
mod score;
mod trial;
mod trouble;
mod world;

use clap::Parser as _;

/// Held out: no parameter was ever chosen by looking at trials of this seed.
const HELD_OUT: u64 = 20_220_220;

#[derive(clap::Parser)]
#[command(name = "demarc-bench", about = "How right, how fast and how sure Demarc's verdicts are")]
struct Arguments {
    /// Cells to run (all when none is named); `--list` names them.
    cells: Vec<String>,
    #[arg(long)]
    list: bool,
    /// Trials for each cell.
    #[arg(long, default_value_t = 2000)]
    trials: u64,
    #[arg(long, default_value_t = HELD_OUT)]
    seed: u64,
    /// Show what was said instead, so many lines for each cell.
    #[arg(long, default_value_t = 0)]
    mistakes: usize,
    /// Watch healthy branches for so many site-years, at 5 % loss or what `--loss` says, and run no cell.
    #[arg(long, value_name = "YEARS")]
    healthy: Option<f64>,
    #[arg(long, default_value_t = 0.05)]
    loss: f64,
    /// Tell one trial as it happens.
    #[arg(long, value_name = "TRIAL")]
    follow: Option<u64>,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(years) = arguments.healthy {
        let began = std::time::Instant::now();
        let healthy = healthy::run(years, arguments.loss, arguments.seed);
        println!(
            "healthy at {:.0} % loss: {} false incidents in {:.1} site-years, {:.3} a site-year (at most {:.3}); {} undetermined; {:.0} alarms of three in a row a site-year; hurried {:.1} % of rounds; {:.0} s; {:?}",
            100.0 * healthy.loss,
            healthy.false_incidents,
            healthy.site_years,
            healthy.per_site_year(),
            healthy.at_most(),
            healthy.undetermined,
            healthy.monitor_alarms as f64 / healthy.site_years,
            100.0 * healthy.hurried,
            began.elapsed().as_secs_f64(),
            healthy.findings
        );
        return;
    }
    let cells: Vec<_> = campaign::cells()
        .into_iter()
        .filter(|c| arguments.cells.is_empty() || arguments.cells.iter().any(|name| c.name.starts_with(name)))
        .collect();
    for cell in cells {
        if arguments.list {
            println!("{}", cell.name);
            continue;
        }
        if let Some(trial) = arguments.follow {
            let outcome = trial::follow(&cell, arguments.seed, trial, &mut |line| println!("{line}"));
            println!("{:?}", outcome.truth);
            continue;
        }
        let began = std::time::Instant::now();
        let scored = campaign::run(cell, arguments.trials, arguments.seed);
        println!(
            "## {} ({} trials, {:.0} s)",
            cell.name,
            scored.demarc.trials,
            began.elapsed().as_secs_f64()
        );
        let line = |name: &str, f: &score::Figures| {
            println!(
                "{name:<13} exact30 {:6.2} exact60 {:6.2} comp {:6.2} blame {:5.2} partly {:5.2} undet {:5.2} silent {:5.2} | first {:4.1}/{:4.1} full {:4.1}/{:4.1} onset {:4.1} | brier {:.4} ece {:.4}",
                f.exact_30,
                f.exact_60,
                f.component_60,
                f.false_blame,
                f.partly_right,
                f.undetermined,
                f.silent,
                f.first_right_p50,
                f.first_right_p95,
                f.exact_p50,
                f.exact_p95,
                f.onset_error_p50,
                f.brier,
                f.calibration_error
            );
        };
        line("demarc", &scored.demarc);
        for (rival, figures) in &scored.rivals {
            line(rival.name(), figures);
        }
        println!(
            "quiet {:.1}/{:.1} us, weighed {:.1}/{:.1} us",
            scored.quiet_ns.0 / 1e3,
            scored.quiet_ns.1 / 1e3,
            scored.weighed_ns.0 / 1e3,
            scored.weighed_ns.1 / 1e3
        );
        if arguments.mistakes > 0 {
            for (kind, n, exact, p50) in &scored.demarc.kinds {
                println!("  {kind:<24} {n:>5}  {exact:6.2} %  {p50:5.1} s");
            }
        }
        for (what, n) in scored.demarc.mistakes.iter().take(arguments.mistakes) {
            println!("  {n:>4} {what}");
        }
    }
}
