//! `demarc run` and `demarc status`.

use super::Context;
use crate::exit::{Exit, Failure};
use crate::{screen, view};
use demarc_agent::clock::Clock;
use demarc_agent::config::surroundings::Surroundings;
use demarc_agent::run::{Mode, Settings};
use demarc_agent::snapshot::Snapshot;
use demarc_agent::status::{self, StatusError};
use demarc_alert::wording::{self, frame};
use demarc_model::fault::Domain;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.load()?;
    let surroundings = Surroundings::look(Some(&config.network), Some(context.state_dir.clone()));
    let (snapshots, _) = watch::channel(Snapshot::new(config.site(&surroundings), Clock::new().now()));
    let settings = Settings {
        config,
        config_path: context.config.clone(),
        mode: Mode::Service { state_dir: context.state_dir.clone() },
        stop: CancellationToken::new(),
        snapshots,
    };
    let runtime = context.runtime()?;
    runtime.block_on(demarc_agent::run::run(settings)).map_err(|error| Failure { exit: Exit::Io, error })?;
    Ok(Exit::Healthy)
}

pub(crate) fn status(context: &Context) -> Result<Exit, Failure> {
    let snapshot = status::ask(&context.state_dir).map_err(|error| match error {
        StatusError::NotRunning { .. } | StatusError::NoAnswer { .. } => {
            Failure::new(Exit::Unavailable, error)
        }
        StatusError::Foreign(_) => Failure::new(Exit::Software, error),
    })?;
    let domain = snapshot.incidents.iter().map(|i| i.verdict.finding.domain()).min();
    if context.json {
        let json = serde_json::to_string_pretty(&snapshot).map_err(|e| Failure::new(Exit::Software, e))?;
        screen::line(&json)?;
    } else {
        screen::print(&text(&snapshot))?;
    }
    Ok(domain.unwrap_or(Domain::Healthy).into())
}

/// Why health cannot be claimed although nothing is blamed.
fn pending(snapshot: &Snapshot) -> Option<&'static str> {
    match (snapshot.swept, snapshot.suspicious) {
        (_, true) => Some("something is odd and is being looked at"),
        (false, false) => Some("the first look is under way"),
        (true, false) => None,
    }
}

fn text(snapshot: &Snapshot) -> String {
    let mut parts: Vec<String> = snapshot
        .incidents
        .iter()
        .map(|incident| {
            let report = wording::report(incident, &snapshot.site, snapshot.at);
            format!("{} {}", incident.id, view::report(&report, incident.verdict.finding.domain(), 0))
        })
        .collect();
    if parts.is_empty() {
        let report = wording::healthy_report(&snapshot.overview, &snapshot.site, snapshot.at);
        parts.push(match pending(snapshot) {
            None => view::report(&report, Domain::Healthy, 0),
            Some(why) => {
                let report = wording::Report { title: format!("NO VERDICT YET · {why}"), ..report };
                view::report(&report, Domain::Undetermined, 0)
            }
        });
    }
    let (up, language) = (snapshot.at.since(snapshot.started), snapshot.site.language);
    parts.push(frame::service(up, snapshot.probes, snapshot.rounds, language) + "\n");
    let warning = frame::warning(language);
    parts.extend(snapshot.warnings.iter().map(|text| format!("{warning}: {text}\n")));
    parts.join("\n")
}
