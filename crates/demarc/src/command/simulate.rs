//! `demarc simulate`: the simulated site alone, with faults on command.

use super::Context;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::screen;
use anyhow::Context as _;
use demarc_model::fault::Domain;
use demarc_sim::{Command, Entry, Pace, Part, Ports, SimFault, SimulatedSite, SiteSpec};
use owo_colors::OwoColorize as _;
use std::io::BufRead as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

const HELP: &str = "Commands: a fault's name to begin it, `heal FAULT`, `heal-all`, `status green|investigating|identified|monitoring|resolved`, `status-software statuspage|instatus|feed`, `account administrator|viewer`, `relays CAMERA|all LIST|off`, `active`, `counts`, `faults`, `quit`.";

pub(crate) fn simulate(context: &Context, arguments: &cli::Simulate) -> Result<Exit, Failure> {
    if arguments.list_faults {
        return list(context);
    }
    let faults =
        arguments.faults.iter().map(|text| text.parse::<Command>()).collect::<Result<Vec<_>, _>>().map_err(
            |error| {
                Failure::said(Exit::Usage, format!("{error}; `demarc simulate --list-faults` lists them"))
            },
        )?;
    let runtime = context.runtime()?;
    runtime.block_on(serve(arguments, faults)).map_err(|error| Failure { exit: Exit::Io, error })
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let entries = SimFault::catalogue();
    if context.json {
        let one = |e: &Entry| {
            serde_json::json!({ "name": e.name, "example": e.example(), "does": e.does,
                "verdict": { "domain": e.blames.domain, "cause": e.blames.cause } })
        };
        let all: Vec<_> = entries.iter().map(one).collect();
        screen::line(&format!("{:#}", serde_json::Value::from(all)))?;
        return Ok(Exit::Healthy);
    }
    for entry in entries {
        let verdict = match entry.blames.domain {
            Domain::Healthy => "nobody is blamed".to_owned(),
            domain => format!("{domain} {}", entry.blames.cause),
        };
        screen::line(&format!(
            "{}  {}",
            entry.example().bold(),
            format!("-> {}", verdict.trim_end()).dimmed()
        ))?;
        for line in screen::wrap(entry.does, screen::width() - 4) {
            screen::line(&format!("    {line}"))?;
        }
    }
    Ok(Exit::Healthy)
}

async fn serve(arguments: &cli::Simulate, faults: Vec<Command>) -> anyhow::Result<Exit> {
    let folder = &arguments.write;
    let spec = SiteSpec {
        cameras: arguments.cameras,
        ports: Ports::From(arguments.port),
        part: arguments.only.unwrap_or(Part::Whole),
        ..SiteSpec::default()
    };
    let spec = SiteSpec { segments: spec.segments.min(spec.cameras), ..spec };
    let site = SimulatedSite::start(&spec).await.with_context(|| {
        format!("failed to simulate a branch on ports {} and up; --port chooses others", arguments.port)
    })?;
    std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    let config = site.write_configuration(folder, Pace::Real)?;
    site.apply(&faults).await?;
    screen::print(&format!(
        "A branch with {} cameras is simulated on 127.0.0.0/8. In another terminal:\n\
         \n  demarc --config {config} check\
         \n  demarc --config {config} --state-dir {folder}/state run\n\n{help}\n",
        arguments.cameras,
        config = config.display(),
        folder = folder.display(),
        help = help()
    ))?;
    listen(&site).await?;
    site.stop().await;
    Ok(Exit::Healthy)
}

/// Carries out what is typed until `quit` or a signal. Without a terminal it just keeps simulating.
async fn listen(site: &SimulatedSite) -> anyhow::Result<()> {
    let (lines, mut typed) = mpsc::channel::<String>(16);
    // Standard input blocks its thread for good, so it has one of its own and is left behind at the end.
    let _reader = std::thread::Builder::new().name("stdin".into()).spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    })?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut open = true;
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            line = typed.recv(), if open => match line.as_deref().map(str::trim) {
                None => open = false,
                Some("") => {}
                Some("quit" | "exit") => return Ok(()),
                Some(line) => answer(site, line).await?,
            }
        }
    }
}

async fn answer(site: &SimulatedSite, line: &str) -> anyhow::Result<()> {
    match line {
        "help" | "?" => screen::line(&help())?,
        "faults" => {
            for entry in SimFault::catalogue() {
                screen::line(&entry.example())?;
            }
        }
        "active" => screen::line(&active(site))?,
        "counts" => {
            for (camera, counts) in site.counts() {
                screen::line(&format!("{camera}: {counts}"))?;
            }
        }
        line => match line.parse::<Command>() {
            Err(error) => screen::line(&format!("{error}.\n{}", help()))?,
            Ok(command) => match site.apply(&[command]).await {
                Ok(()) => screen::line(&active(site))?,
                Err(error) => screen::line(&error.to_string())?,
            },
        },
    }
    Ok(())
}

fn help() -> String {
    screen::wrap(HELP, screen::width()).join("\n")
}

fn active(site: &SimulatedSite) -> String {
    let faults: Vec<String> = site.active().iter().map(ToString::to_string).collect();
    if faults.is_empty() { "all well".to_owned() } else { format!("in force: {}", faults.join(", ")) }
}
