//! `demarc demo`: the real agent against a simulated branch, told as a time line.
//!
//! The script moves the simulated world; what the time line says about it comes from the agent's
//! probes and verdicts alone.

mod narrator;

use super::Context;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::screen;
use anyhow::Context as _;
use demarc_agent::clock::Clock;
use demarc_agent::config::surroundings::Surroundings;
use demarc_agent::run::{Mode, Settings};
use demarc_agent::snapshot::Snapshot;
use demarc_sim::{Pace, SHIPPED, Script, SimulatedSite, SiteSpec};
use narrator::Narrator;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// How long the story may take to end well after its last step.
const AFTERMATH: Duration = Duration::from_secs(40);

pub(crate) fn demo(context: &Context, arguments: &cli::Demo) -> Result<Exit, Failure> {
    if arguments.list_scenarios {
        return list(context);
    }
    let name = &arguments.scenario;
    let source = read(name)?;
    if arguments.print_scenario {
        screen::print(&source)?;
        return Ok(Exit::Healthy);
    }
    let script = Script::parse(&source)
        .with_context(|| format!("failed to understand the scenario {name}"))
        .map_err(|error| Failure { exit: Exit::Config, error })?;
    let folder = folder(context);
    let runtime = context.runtime()?;
    runtime.block_on(play(&script, &folder)).map_err(|error| Failure { exit: Exit::Software, error })
}

/// The script of a shipped story, or of a file.
fn read(name: &str) -> Result<String, Failure> {
    if let Some(shipped) = SHIPPED.iter().find(|shipped| shipped.name == name) {
        return Ok(shipped.text.to_owned());
    }
    let read = std::fs::read_to_string(name).with_context(|| {
        format!(
            "{name:?} is no shipped story and cannot be read as a file; `demarc demo --list-scenarios` lists the stories"
        )
    });
    read.map_err(|error| Failure { exit: Exit::Io, error })
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let mut stories = Vec::new();
    for shipped in SHIPPED {
        let script = Script::parse(shipped.text).context(shipped.name);
        let script = script.map_err(|error| Failure { exit: Exit::Software, error })?;
        stories.push((shipped.name, script));
    }
    if context.json {
        let one = |(name, script): &(&str, Script)| {
            let seconds = script.length().as_secs();
            serde_json::json!({ "name": name, "title": script.title, "seconds": seconds })
        };
        let all: Vec<_> = stories.iter().map(one).collect();
        screen::line(&format!("{:#}", serde_json::Value::from(all)))?;
        return Ok(Exit::Healthy);
    }
    for (name, script) in &stories {
        let (title, seconds) = (&script.title, script.length().as_secs());
        screen::print(&screen::labelled(name, &format!("{title} ({seconds} s)"), 0, 21))?;
    }
    Ok(Exit::Healthy)
}

/// Where this run's history goes: a folder of its own, so that no run overwrites another.
fn folder(context: &Context) -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    let state = || std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
    let base = context.chosen_state_dir.clone().or_else(state).unwrap_or_else(std::env::temp_dir);
    let stamp: String =
        Clock::new().now().to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    // Two may be begun in the same second.
    base.join(format!("demarc-demo-{stamp}-{}", std::process::id()))
}

async fn play(script: &Script, folder: &Path) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    let site =
        SimulatedSite::start(&SiteSpec::default()).await.context("failed to start the simulated branch")?;
    let path = site.write_configuration(folder, Pace::Demo)?;
    let config = demarc_agent::config::load(&path)?;
    let surroundings = Surroundings::look(Some(&config.network), Some(folder.to_owned()));
    let (snapshots, mut seen) = watch::channel(Snapshot::new(config.site(&surroundings), Clock::new().now()));
    let stop = CancellationToken::new();
    let settings = Settings {
        config,
        config_path: path,
        mode: Mode::Service { state_dir: folder.to_owned() },
        stop: stop.clone(),
        snapshots,
    };
    let mut narrator = Narrator::new(script);
    narrator.greet(&site)?;
    let agent = demarc_agent::run::run(settings);
    let story = async {
        let told = tell(script, &site, &mut narrator, &mut seen, &stop).await;
        stop.cancel();
        told
    };
    let (ran, told) = tokio::join!(agent, story);
    ran?;
    let finished = told?;
    site.stop().await;
    narrator.take_leave(&seen.borrow(), folder, finished)?;
    Ok(Exit::Healthy)
}

/// Plays the script and prints what the agent finds. Returns whether the story came to its end.
async fn tell(
    script: &Script,
    site: &SimulatedSite,
    narrator: &mut Narrator<'_>,
    seen: &mut watch::Receiver<Snapshot>,
    stop: &CancellationToken,
) -> anyhow::Result<bool> {
    let start = narrator.start();
    for step in &script.steps {
        let due = sleep_until(start + step.at);
        tokio::pin!(due);
        loop {
            tokio::select! {
                () = &mut due => break,
                () = stop.cancelled() => return Ok(false),
                _ = tokio::signal::ctrl_c() => return Ok(false),
                changed = seen.changed() => {
                    // The agent ends before the story only with an error, which its caller reports.
                    if changed.is_err() {
                        return Ok(false);
                    }
                    narrator.follow(&seen.borrow_and_update())?;
                }
            }
        }
        site.apply(&step.commands).await?;
        narrator.happen(step)?;
    }
    let well = async {
        while seen.changed().await.is_ok() {
            let snapshot = seen.borrow_and_update().clone();
            narrator.follow(&snapshot)?;
            if snapshot.incidents.is_empty() && !snapshot.suspicious {
                return anyhow::Ok(());
            }
        }
        Ok(())
    };
    let end = Instant::now() + AFTERMATH;
    tokio::select! {
        ended = timeout(end.duration_since(Instant::now()), well) => match ended {
            Ok(result) => result.map(|()| true),
            Err(_) => Ok(true),
        },
        _ = tokio::signal::ctrl_c() => Ok(false),
    }
}
