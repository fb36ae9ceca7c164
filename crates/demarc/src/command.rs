//! One module per command; each returns how it ended and prints nothing else.

mod accept;
mod alert;
mod check;
mod config;
mod demo;
mod discover;
mod doctor;
mod past;
mod service;
mod simulate;
mod snapshots;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};
use demarc_agent::config::Config;
use demarc_agent::config::surroundings::Surroundings;
use demarc_model::id::CameraId;
use demarc_model::site::Site;
use std::path::{Path, PathBuf};

const STATE_DIR: &str = "/var/lib/demarc";

pub(crate) fn run(cli: Cli) -> Result<Exit, Failure> {
    let context = Context {
        config: cli.config,
        state_dir: cli.state_dir.clone().unwrap_or_else(|| STATE_DIR.into()),
        chosen_state_dir: cli.state_dir,
        json: cli.json,
    };
    match cli.command {
        Command::Demo(arguments) => demo::demo(&context, &arguments),
        Command::Discover(arguments) => discover::discover(&context, &arguments),
        Command::Check(arguments) => check::check(&context, arguments.format),
        Command::Run => service::run(&context),
        Command::Status => service::status(&context),
        Command::Explain(arguments) => past::explain(&context, arguments.incident),
        Command::Incidents(arguments) => past::incidents(&context, &arguments),
        Command::History(arguments) => past::history(&context, &arguments),
        Command::Snapshots(arguments) => snapshots::snapshots(&context, &arguments),
        Command::Accept(arguments) => accept::accept(&context, &arguments.camera),
        Command::Alert(crate::cli::Alert::Test { channel }) => alert::test(&context, channel.as_deref()),
        Command::Config(what) => config::config(&context, &what),
        Command::Doctor => doctor::doctor(&context),
        Command::Simulate(arguments) => simulate::simulate(&context, &arguments),
    }
}

/// What every command is given.
pub(crate) struct Context {
    pub(crate) config: PathBuf,
    pub(crate) state_dir: PathBuf,
    /// The state directory, if the user named one.
    pub(crate) chosen_state_dir: Option<PathBuf>,
    pub(crate) json: bool,
}

impl Context {
    fn load(&self) -> Result<Config, Failure> {
        load(&self.config)
    }

    /// The site as configured, for its names; bare when the configuration cannot be read, so that
    /// the past stays readable.
    fn site(&self) -> Site {
        match demarc_agent::config::load(&self.config) {
            Ok(config) => config.site(&Surroundings::look(None, None)),
            Err(_) => bare_site(),
        }
    }

    fn runtime(&self) -> Result<tokio::runtime::Runtime, Failure> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::from)
    }
}

pub(crate) fn load(path: &Path) -> Result<Config, Failure> {
    let config = demarc_agent::config::load(path)
        .map_err(|problems| Failure::said(Exit::Config, problems.to_string().trim_end().to_owned()))?;
    for warning in &config.warnings {
        crate::screen::complain(&format!("warning: {warning}"));
    }
    Ok(config)
}

/// A camera as the user named it.
fn camera(text: &str) -> Result<CameraId, Failure> {
    CameraId::new(text)
        .map_err(|error| Failure::said(Exit::Usage, format!("{text:?} is no camera's id: {error}")))
}

/// A site of which only what the history says is known.
fn bare_site() -> Site {
    Site {
        id: demarc_model::id::SiteId::new("site").expect("`site` is an id"),
        name: "this site".to_owned(),
        language: demarc_model::site::Language::English,
        segments: Vec::new(),
        cameras: Vec::new(),
        controls: Vec::new(),
        resolver_on_gateway: false,
        vendor: None,
    }
}
