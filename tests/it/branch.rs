//! A simulated branch and the shipped program beside it.

#![expect(clippy::disallowed_methods, reason = "starts the program under test")]

use demarc_agent::config::surroundings::Surroundings;
use demarc_agent::snapshot::Snapshot;
use demarc_model::incident::Incident;
use demarc_sim::{Command as SimCommand, Counts, Pace, SimulatedSite, SiteSpec};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// `DEMARC_TEST_PACE=real` runs the agents at the shipped cadence, for measuring; waits are then longer.
fn pace() -> (Pace, u64) {
    match std::env::var("DEMARC_TEST_PACE").as_deref() {
        Ok("real") => (Pace::Real, 6),
        _ => (Pace::Demo, 1),
    }
}

const POLL: Duration = Duration::from_millis(50);

pub(crate) struct Branch {
    runtime: Runtime,
    site: SimulatedSite,
    pub(crate) folder: TempDir,
    pub(crate) config: PathBuf,
}

impl Branch {
    /// A branch whose agent is paced for impatient tests.
    pub(crate) fn start(cameras: u16) -> Self {
        Self::simulate(&SiteSpec { cameras, segments: cameras.min(2), ..SiteSpec::default() })
    }

    pub(crate) fn simulate(spec: &SiteSpec) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let site = runtime.block_on(SimulatedSite::start(spec)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = site.write_configuration(folder.path(), pace().0).unwrap();
        Self { runtime, site, folder, config }
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Gives the simulated site one command: a fault's name, `heal …`, `status …`.
    pub(crate) fn tell(&self, command: &str) {
        let command: SimCommand = command.parse().unwrap_or_else(|e| panic!("{command}: {e}"));
        self.runtime.block_on(self.site.apply(&[command])).unwrap();
    }

    pub(crate) fn counts(&self, camera: &str) -> Counts {
        let all = self.site.counts();
        all.into_iter().find(|(id, _)| id == camera).unwrap_or_else(|| panic!("there is no {camera}")).1
    }

    /// Appends to the configuration.
    pub(crate) fn configure(&self, toml: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        std::fs::write(&self.config, format!("{text}\n{toml}")).unwrap();
    }

    /// Runs a command of the program to its end.
    pub(crate) fn demarc(&self, arguments: &[&str]) -> Output {
        demarc(&self.config, &self.state_dir(), arguments)
    }

    pub(crate) fn agent(&self) -> Agent {
        Agent::start(&self.config, &self.state_dir())
    }
}

pub(crate) fn demarc(config: &Path, state_dir: &Path, arguments: &[&str]) -> Output {
    program(config, state_dir).args(arguments).output().unwrap()
}

fn program(config: &Path, state_dir: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_demarc"));
    program.env_remove("RUST_LOG").env_remove("NOTIFY_SOCKET");
    program.arg("--config").arg(config).arg("--state-dir").arg(state_dir);
    program
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A running `demarc run`, killed when the test ends.
pub(crate) struct Agent {
    child: Child,
    state_dir: PathBuf,
}

impl Agent {
    pub(crate) fn start(config: &Path, state_dir: &Path) -> Self {
        Self::start_with(config, state_dir, &[])
    }

    pub(crate) fn start_with(config: &Path, state_dir: &Path, env: &[(&str, &str)]) -> Self {
        let log = std::fs::File::create(config.with_extension("log")).unwrap();
        let child = program(config, state_dir)
            .arg("run")
            .envs(env.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, state_dir: state_dir.to_owned() }
    }

    /// Waits until the snapshot fits, and returns it.
    pub(crate) fn wait(&mut self, what: &str, seconds: u64, fits: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let start = Instant::now();
        let seconds = seconds * pace().1;
        let mut last = None;
        while start.elapsed() < Duration::from_secs(seconds) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the agent ended with {status} while waiting for {what}");
            }
            last = demarc_agent::status::ask(&self.state_dir).ok().or(last);
            if let Some(snapshot) = last.take_if(|snapshot| fits(snapshot)) {
                return snapshot;
            }
            std::thread::sleep(POLL);
        }
        let open: Vec<String> = last.iter().flat_map(|s| &s.incidents).map(said).collect();
        panic!("waited {seconds} s for {what}; open are {open:?}");
    }

    /// Waits until everything was looked at and nothing is wrong.
    pub(crate) fn wait_until_well(&mut self) {
        self.wait("a first sweep without findings", 30, |s| {
            s.swept && s.incidents.is_empty() && !s.suspicious && s.rounds > 8
        });
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end; its exit code, or none when a signal ended it.
    pub(crate) fn end(&mut self, seconds: u64) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(seconds) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(POLL);
        }
        panic!("the agent did not end within {seconds} s");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `vendor axis outage: login`, `undetermined`.
pub(crate) fn said(incident: &Incident) -> String {
    match &incident.verdict.finding {
        demarc_model::verdict::Finding::Fault(fault) => fault.to_string(),
        demarc_model::verdict::Finding::Undetermined { .. } => "undetermined".to_owned(),
    }
}

/// Where a test's agent would look around; nothing of it is used when the configuration says all.
pub(crate) fn surroundings() -> Surroundings {
    Surroundings::default()
}
