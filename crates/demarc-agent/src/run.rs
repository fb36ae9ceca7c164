//! The running service: the one place where tasks are spawned, and the loop that feeds the owner.

use crate::cameras::Question;
use crate::channels;
use crate::clock::Clock;
use crate::config::{self, Config, surroundings::Surroundings};
use crate::control;
use crate::dispatch::{Alert, Dispatcher, Ready};
use crate::keeper::{self, Job, Keeper, Progress};
use crate::memory::{self, Remembered};
use crate::owner::{Beginning, Event, Landing, Owner};
use crate::relays::Hearing;
use crate::snapshot::Snapshot;
use crate::status;
use anyhow::Context as _;
use demarc_model::id::CameraId;
use demarc_model::time::Timestamp;
use demarc_probe::net::Net;
use demarc_probe::page::PageReader;
use demarc_probe::spec::{Limits, PathSpec};
use demarc_store::{Store, StoreError};
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

const QUEUE: usize = 1024;
/// A clean stop may take this long; what is not done then is done after the next start.
const STOP: Duration = Duration::from_secs(4);

/// What the service runs with.
pub struct Settings {
    pub config: Config,
    /// Where the configuration came from, for reloading.
    pub config_path: PathBuf,
    pub mode: Mode,
    /// Ends the service from inside the process.
    pub stop: CancellationToken,
    pub snapshots: watch::Sender<Snapshot>,
}

/// How much of the service is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Everything, with its state in this directory.
    Service { state_dir: PathBuf },
    /// Measure and judge only, with what is known of the cameras there: nobody is told, and nothing is
    /// written but that a password was refused.
    Check { state_dir: PathBuf },
}

/// The database in a state directory.
pub fn database(state_dir: &Path) -> PathBuf {
    state_dir.join("demarc.db")
}

/// Runs the service until it is told to stop: by SIGTERM, SIGINT or `settings.stop`.
///
/// # Errors
/// The service could not be set up: another agent uses the state directory, or TLS, signals or the
/// status socket are not to be had. What fails later is reported and survived.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let Settings { config, config_path, mode, stop, snapshots } = settings;
    let clock = Clock::new();
    let surroundings = Surroundings::look(Some(&config.network), mode.own_dir());
    let mut background = Background::begin(&config, &surroundings, (&mode, clock), &snapshots)?;
    let mut owner = Owner::new(Beginning {
        surroundings,
        config,
        clock,
        hearing: std::mem::take(&mut background.hearing),
        remembered: std::mem::take(&mut background.remembered),
        single_look: mode.is_check(),
        jobs: background.jobs.clone(),
        progress: background.progress.clone(),
        snapshots,
        seed: seed()?,
    })?;
    let orders = &mut background.orders;
    let result = drive(&mut owner, &config_path, (&mode, &stop), orders).await;
    drop(owner);
    background.end().await;
    result
}

impl Mode {
    /// The state directory that is written to all the time.
    fn own_dir(&self) -> Option<PathBuf> {
        match self {
            Self::Service { state_dir } => Some(state_dir.clone()),
            Self::Check { .. } => None,
        }
    }

    fn state_dir(&self) -> &Path {
        let (Self::Service { state_dir } | Self::Check { state_dir }) = self;
        state_dir
    }

    const fn is_check(&self) -> bool {
        matches!(self, Self::Check { .. })
    }
}

fn seed() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(anyhow::Error::msg).context("failed to get random numbers")?;
    Ok(u64::from_ne_bytes(bytes))
}

async fn drive(
    owner: &mut Owner,
    config_path: &Path,
    (mode, stop): (&Mode, &CancellationToken),
    orders: &mut mpsc::Receiver<control::Received>,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("failed to listen for SIGHUP")?;
    let mut began = tokio::time::Instant::now();
    let mut watchdog = Watchdog::default();
    info!("watching; `demarc status` tells what is known");
    loop {
        let idle = owner.idle();
        let ends = began + owner.round_length();
        let event = tokio::select! {
            () = stop.cancelled() => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            Some(order) = orders.recv() => Event::Told(order),
            _ = hangup.recv(), if !mode.is_check() => reload(config_path),
            landing = owner.flights().landing() => Event::Landed(landing),
            () = tokio::time::sleep_until(ends) => Event::Round,
            () = tokio::time::sleep(idle) => Event::Due,
        };
        let round = matches!(event, Event::Round);
        if round {
            began = tokio::time::Instant::now();
        }
        owner.handle(event).await?;
        if round {
            watchdog.feed(owner.vital_signs());
        }
    }
    info!("stopping");
    tell_systemd(&[sd_notify::NotifyState::Stopping]);
    Ok(())
}

fn reload(path: &Path) -> Event {
    match config::load(path) {
        Ok(config) => Event::Reload(Box::new(config)),
        Err(problems) => Event::ReloadFailed(format!("the configuration was not reloaded:\n{problems}")),
    }
}

/// Tells systemd that we are ready after the first round, and that we live only while rounds end,
/// probes come back and the keeper answers.
#[derive(Default)]
struct Watchdog {
    ready: bool,
    seen: (u64, u64, u64),
}

impl Watchdog {
    fn feed(&mut self, signs: (u64, u64, u64)) {
        if !self.ready {
            self.ready = true;
            tell_systemd(&[sd_notify::NotifyState::Ready]);
        }
        if signs.0 > self.seen.0 && signs.1 > self.seen.1 && signs.2 > self.seen.2 {
            self.seen = signs;
            tell_systemd(&[sd_notify::NotifyState::Watchdog]);
        }
    }
}

fn tell_systemd(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "systemd could not be told how we are");
    }
}

/// The probes under way.
#[derive(Default)]
pub(crate) struct Flights {
    set: JoinSet<Landing>,
    cameras: HashMap<Id, CameraId>,
}

impl Flights {
    pub(crate) fn len(&self) -> usize {
        self.set.len()
    }

    pub(crate) fn path(&mut self, net: Arc<Net>, spec: PathSpec, at: Timestamp, limits: Limits) {
        self.set.spawn(async move { Landing::Path(demarc_probe::path::run(&net, &spec, at, limits).await) });
    }

    /// The reader goes with the probe and comes back with it.
    pub(crate) fn page(
        &mut self,
        (net, mut reader): (Arc<Net>, Box<PageReader>),
        spec: PathSpec,
        at: Timestamp,
        limits: Limits,
    ) {
        self.set.spawn(async move {
            let observation = demarc_probe::path::run_with(&mut reader, &net, &spec, at, limits).await;
            Landing::Page(reader, observation)
        });
    }

    pub(crate) fn camera(&mut self, question: Question, at: Timestamp) {
        let Question { camera, mut client, kind, limit } = question;
        let task = self.set.spawn(async move {
            let observation = client.probe_within(kind, at, limit).await;
            Landing::Camera(client, observation)
        });
        self.cameras.insert(task.id(), camera);
    }

    /// The next probe to come back; never, while none is under way.
    async fn landing(&mut self) -> Landing {
        match self.set.join_next_with_id().await {
            Some(Ok((id, landing))) => {
                self.cameras.remove(&id);
                landing
            }
            Some(Err(lost)) => Landing::Lost(self.cameras.remove(&lost.id())),
            None => std::future::pending().await,
        }
    }
}

/// The tasks beside the owner, and what the store remembered of the last run.
struct Background {
    remembered: Remembered,
    hearing: Hearing,
    jobs: mpsc::Sender<Job>,
    orders: mpsc::Receiver<control::Received>,
    progress: watch::Receiver<Progress>,
    keeper: JoinHandle<()>,
    dispatcher: JoinHandle<()>,
    /// The tasks behind the two sockets.
    sockets: Vec<JoinHandle<()>>,
}

impl Background {
    fn begin(
        config: &Config,
        surroundings: &Surroundings,
        (mode, clock): (&Mode, Clock),
        snapshots: &watch::Sender<Snapshot>,
    ) -> anyhow::Result<Self> {
        let (progress, seen) = watch::channel(Progress::default());
        let file = database(mode.state_dir());
        let store = match mode {
            Mode::Service { state_dir } => {
                std::fs::create_dir_all(state_dir)
                    .with_context(|| format!("failed to make the state directory {}", state_dir.display()))?;
                open_store(&file, &progress)?
            }
            Mode::Check { .. } => None,
        };
        let remembered = store.as_ref().map(|store| memory::whole(&store.reader())).transpose();
        let mut remembered = remembered.unwrap_or_else(|error| {
            let notice = format!("what the last run knew could not be read: {}", keeper::chain(&error));
            warn!("{notice}");
            progress.send_modify(|p| p.notice = Some(notice));
            None
        });
        if mode.is_check() {
            remembered = Some(memory::for_a_look(&file));
        }
        let mut remembered = remembered.unwrap_or_default();
        let (relays, answered) =
            (std::mem::take(&mut remembered.relays), std::mem::take(&mut remembered.answered));
        let hearing = Hearing::recalled(relays, answered);
        let site = hearing.put_into(config).0.site(surroundings);
        snapshots.send_modify(|snapshot| snapshot.site = site.clone());
        let (alerts, told_alerts) = mpsc::channel::<Alert>(QUEUE);
        let (jobs, work) = mpsc::channel(QUEUE);
        let channels = if mode.is_check() { Vec::new() } else { channels::ready(config)? };
        let keeper = Keeper {
            file,
            clock,
            resolve_after: config.alerting.resolve_after,
            channels: channels.iter().map(|(id, _)| id.clone()).collect(),
            keep: config.store,
            alerts,
            progress,
            unsaved: VecDeque::new(),
            refused: Vec::new(),
            tried: match mode {
                Mode::Service { .. } => clock.now(),
                Mode::Check { .. } => Timestamp::from_millis(i64::MAX),
            },
            store: store.clone(),
        };
        let ready = Ready::new(config, channels, site);
        let dispatcher = Dispatcher { store, ready, clock, memory: Vec::new() };
        let (told, orders) = mpsc::channel(1);
        let sockets = match mode {
            Mode::Service { state_dir } => listen(state_dir, snapshots, told)?,
            Mode::Check { .. } => Vec::new(),
        };
        Ok(Self {
            remembered,
            hearing,
            jobs,
            orders,
            progress: seen,
            keeper: tokio::spawn(keeper.run(work)),
            dispatcher: tokio::spawn(dispatcher.run(told_alerts)),
            sockets,
        })
    }

    /// Lets the keeper finish and close the store; the dispatcher ends with it.
    async fn end(self) {
        drop(self.jobs);
        self.sockets.iter().for_each(JoinHandle::abort);
        let both = async { (self.dispatcher.await, self.keeper.await) };
        if tokio::time::timeout(STOP, both).await.is_err() {
            warn!("stopped before everything was told; it is told after the next start");
        }
    }
}

/// Opens the two local sockets: one that tells what is known, one that is told what to do.
fn listen(
    state_dir: &Path,
    snapshots: &watch::Sender<Snapshot>,
    orders: mpsc::Sender<control::Received>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let failed = |socket: PathBuf| format!("failed to open {}", socket.display());
    let status = status::listen(state_dir).with_context(|| failed(status::socket(state_dir)))?;
    let control = control::listen(state_dir).with_context(|| failed(control::socket(state_dir)))?;
    Ok(vec![
        tokio::spawn(status::serve(status, snapshots.subscribe())),
        tokio::spawn(control::serve(control, orders)),
    ])
}

/// Opens the history. Another agent on the same directory is refused; every other failure is
/// reported and survived, because alerts matter more than history.
fn open_store(file: &Path, progress: &watch::Sender<Progress>) -> anyhow::Result<Option<Store>> {
    match Store::open(file) {
        Ok(opened) => {
            if let Some(aside) = opened.set_aside {
                let notice =
                    format!("the history was damaged and a new one begun; it is kept as {}", aside.display());
                warn!("{notice}");
                progress.send_modify(|p| p.notice = Some(notice));
            }
            Ok(Some(opened.store))
        }
        Err(error @ StoreError::InUse { .. }) => Err(error.into()),
        Err(error) => {
            let trouble = format!("no history is written: {}", keeper::chain(&error));
            warn!("{trouble}");
            progress.send_modify(|p| p.trouble = Some(trouble));
            Ok(None)
        }
    }
}
