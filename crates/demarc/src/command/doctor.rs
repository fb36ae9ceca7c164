//! `demarc doctor`: what can be measured here, what not, and what would help.

use super::Context;
use crate::exit::{Exit, Failure};
use crate::screen;
use demarc_agent::clock::Clock;
use demarc_agent::config::duration;
use demarc_agent::doctor::{self, Check, Examination, Row, State, Works};
use owo_colors::OwoColorize as _;

/// The column in which what was found begins, and that of the table of probes.
const ABOUT: usize = 18;
const PROBE: usize = 19;
const EVERY: usize = 7;
const WORKS: usize = 8;

pub(crate) fn doctor(context: &Context) -> Result<Exit, Failure> {
    let loaded = demarc_agent::config::load(&context.config);
    let looking = doctor::examine(loaded.as_ref(), &context.config, &context.state_dir, Clock::new().now());
    let seen =
        context.runtime()?.block_on(looking).map_err(|error| Failure { exit: Exit::Software, error })?;
    let text = if context.json {
        let json = serde_json::to_string_pretty(&seen).map_err(|e| Failure::new(Exit::Software, e))?;
        format!("{json}\n")
    } else {
        text(&seen)
    };
    screen::print(&text)?;
    Ok(match (loaded.is_ok(), seen.is_complete()) {
        (false, _) => Exit::Config,
        (true, false) => Exit::Local,
        (true, true) => Exit::Healthy,
    })
}

fn text(seen: &Examination) -> String {
    let mut out = summary(seen);
    if seen.root {
        out.push_str(&screen::labelled(
            "",
            "This holds for root. The service is another user: sudo -u demarc demarc doctor",
            0,
            0,
        ));
    }
    out.push_str(&format!("\n{}\n", "What measuring rests on".bold()));
    out.extend(seen.checks.iter().map(check));
    if !seen.probes.is_empty() {
        out.push_str(&format!("\n{}\n", "Every probe".bold()));
        let head = format!("  {:<PROBE$}{:<EVERY$}{:<WORKS$}sends", "probe", "every", "works");
        out.push_str(&format!("{}\n", head.dimmed()));
        out.extend(seen.probes.iter().map(row));
    }
    out
}

fn summary(seen: &Examination) -> String {
    match seen.checks.iter().filter(|check| check.state == State::Limited).count() {
        0 => "Everything that is configured can be measured here.\n".to_owned(),
        1 => "One thing limits what can be measured here.\n".to_owned(),
        n => format!("{n} things limit what can be measured here.\n"),
    }
}

fn check(check: &Check) -> String {
    let mark = match check.state {
        State::Good => "ok".green().to_string(),
        State::Limited => "!!".yellow().to_string(),
        State::Unused => "--".dimmed().to_string(),
    };
    let told = screen::labelled(check.about, &check.found, 5, ABOUT);
    let mut out = format!("  {mark} {}", told.trim_start());
    if let Some(remedy) = &check.remedy {
        out.push_str(&screen::labelled("", &format!("do  {remedy}"), 5, ABOUT));
    }
    out
}

fn row(row: &Row) -> String {
    let works = match row.works {
        Works::Yes => "yes",
        Works::Partly => "partly",
        Works::No => "no",
    };
    let every = row.every_ms.map_or_else(|| "-".to_owned(), duration::text);
    let label = format!("{:<PROBE$}{every:<EVERY$}{works:<WORKS$}", row.probe.name());
    let mut what = row.sends.to_owned();
    if !row.asks.is_empty() {
        what.push_str(&format!(": {}", row.asked()));
    }
    if !row.why.is_empty() {
        what = match row.works {
            Works::No => row.why.clone(),
            Works::Yes | Works::Partly => format!("{what}; {}", row.why),
        };
    }
    screen::labelled(&label, &what, 2, PROBE + EVERY + WORKS)
}
