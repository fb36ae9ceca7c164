//! The owner of all state: every event passes through here, one at a time.

use crate::cameras::{Cameras, Learnt, NotAccepted, doubts_clock};
use crate::channels;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::surroundings::Surroundings;
use crate::control::{Order, Received, Reply};
use crate::dispatch::Ready;
use crate::keeper::{Job, Progress, Record};
use crate::memory::Remembered;
use crate::pending::Pending;
use crate::plan::plan;
use crate::relays::Hearing;
use crate::run::Flights;
use crate::schedule::Schedule;
use crate::snapshot::Snapshot;
use crate::sweep::Sweep;
use anyhow::Context as _;
use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::CameraId;
use demarc_model::incident::Incident;
use demarc_model::observation::{MissingReason, Observation, Outcome};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::Site;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::net::Net;
use demarc_probe::page::PageReader;
use demarc_probe::spec::{PathProbe, PathSpec};
use demarc_store::breaker::Breaker;
use demarc_store::identity::Met;
use demarc_store::relay::Told;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

/// Probes in flight at once.
const MOST_FLIGHTS: usize = 256;
/// A round that comes this much late says that this host stalled.
const STALL: Duration = Duration::from_millis(1500);
/// Longer than cameras give out one picture again and again.
const SECOND_LOOK: Duration = Duration::from_secs(10);
/// A login that was refused is not shown to the vendor again for so long.
const REFUSED_FOR: Duration = Duration::from_secs(900);
/// A status page that could be read so often in a row answers.
const STEADY: u32 = 4;
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// How a probe comes back.
pub(crate) enum Landing {
    Path(Observation),
    Camera(Box<CameraClient>, Observation),
    Page(Box<PageReader>, Observation),
    /// The task was lost; its camera needs a new client.
    Lost(Option<CameraId>),
}

/// Everything that can happen to the agent.
pub(crate) enum Event {
    Landed(Landing),
    /// A probe or a camera's pause is due.
    Due,
    /// A round has ended.
    Round,
    Reload(Box<Config>),
    ReloadFailed(String),
    /// Somebody told the service to do something.
    Told(Received),
}

pub(crate) struct Owner {
    /// What the files say.
    configured: Config,
    /// The same with the relays that cameras tell: what is in force.
    config: Config,
    hearing: Hearing,
    single_look: bool,
    clock: Clock,
    net: Arc<Net>,
    paths: BTreeMap<ProbeId, PathSpec>,
    /// The relay check whose login was refused last, and when.
    refused: Option<(PathSpec, Timestamp)>,
    cameras: Cameras,
    /// What is remembered of the status page; absent while it is being read.
    page: Option<Box<PageReader>>,
    /// How often in a row the status page could be read.
    page_reads: u32,
    schedule: Schedule,
    diagnosis: Diagnosis,
    flights: Flights,
    jobs: mpsc::Sender<Job>,
    progress: watch::Receiver<Progress>,
    snapshots: watch::Sender<Snapshot>,
    surroundings: Surroundings,
    pending: Pending,
    sweep: Sweep,
    /// What proved nothing when it was looked at last.
    undecided: BTreeSet<ProbeId>,
    last_round: Timestamp,
    /// Failures of probes that began before this are not to be trusted: the host stalled.
    stalled_until: Timestamp,
    pruned: Timestamp,
    suspicious: bool,
    /// Whether something has failed since the last round.
    alarmed: bool,
    reload_trouble: Option<String>,
    seed: u64,
}

/// What the owner is given at the start.
pub(crate) struct Beginning {
    pub(crate) config: Config,
    pub(crate) surroundings: Surroundings,
    pub(crate) clock: Clock,
    pub(crate) remembered: Remembered,
    pub(crate) hearing: Hearing,
    /// Whether this is a single look and nobody goes on from its incidents.
    pub(crate) single_look: bool,
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) snapshots: watch::Sender<Snapshot>,
    pub(crate) seed: u64,
}

impl Owner {
    pub(crate) fn new(beginning: Beginning) -> anyhow::Result<Self> {
        let Beginning {
            config,
            surroundings,
            clock,
            remembered,
            mut hearing,
            single_look,
            jobs,
            progress,
            snapshots,
            seed,
        } = beginning;
        let now = clock.now();
        let net = Net::new(config.network.ca_file.as_deref()).context("failed to set up TLS")?;
        let mut cameras = Cameras::new(&config, now).context("failed to set up a camera's client")?;
        let Remembered { open, next, breakers, identities, pictures, relays: _, answered: _ } = remembered;
        let (configured, (config, heard)) = (config.clone(), hearing.put_into(&config));
        hearing.note(&heard);
        breakers.iter().for_each(|breaker| cameras.restore_breaker(breaker));
        identities.into_iter().for_each(|met| cameras.restore_identity(met));
        pictures.iter().for_each(|familiar| cameras.restore_pictures(familiar));
        if single_look {
            cameras.recall_rejections();
        }
        let paths = config.path_specs(&surroundings);
        let planned = plan(&paths, &config.camera_specs(), &surroundings, &config.probing);
        let ids: Vec<ProbeId> = planned.iter().map(|p| p.id.clone()).collect();
        let mut diagnosis = Diagnosis::new(config.site(&surroundings), &ids, policy(&config), next);
        for incident in open {
            let id = incident.id;
            if !diagnosis.adopt(incident) {
                warn!(incident = %id, "an open incident concerns something that is no longer configured");
            }
        }
        Ok(Self {
            schedule: Schedule::new(planned, config.probing.suspicion_interval, seed, now),
            sweep: Sweep::new(ids.into_iter()),
            paths: paths.into_iter().map(|spec| (spec.id.clone(), spec)).collect(),
            net: Arc::new(net),
            flights: Flights::default(),
            refused: None,
            page: Some(Box::default()),
            page_reads: 0,
            pending: Pending::default(),
            undecided: BTreeSet::new(),
            last_round: now,
            stalled_until: now,
            pruned: now,
            suspicious: false,
            alarmed: false,
            reload_trouble: None,
            configured,
            config,
            hearing,
            single_look,
            clock,
            cameras,
            diagnosis,
            jobs,
            progress,
            snapshots,
            surroundings,
            seed,
        })
    }

    pub(crate) fn flights(&mut self) -> &mut Flights {
        &mut self.flights
    }

    /// Rounds are twice as frequent while anything is suspicious, and one in which something fails ends as early.
    pub(crate) fn round_length(&self) -> Duration {
        let quiet = self.config.probing.suspicion_interval;
        if self.suspicious || self.alarmed { quiet / 2 } else { quiet }
    }

    /// How long nothing is due.
    pub(crate) fn idle(&self) -> Duration {
        if self.flights.len() >= MOST_FLIGHTS {
            return self.round_length();
        }
        let next = self.schedule.next().into_iter().chain(self.cameras.next()).min();
        next.map_or(self.round_length(), |at| self.clock.until(at)).max(Duration::from_millis(1))
    }

    pub(crate) async fn handle(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Landed(landing) => self.landed(landing)?,
            Event::Due => self.launch(),
            Event::Round => {
                self.round().await;
                self.heed_cameras().await;
            }
            Event::Reload(config) => match self.reload(*config) {
                Ok(ready) => self.hand(Job::Ready(Box::new(ready))).await,
                Err(error) => self.refused(format!("the configuration was not reloaded: {error:#}")),
            },
            Event::ReloadFailed(trouble) => self.refused(trouble),
            Event::Told((Order::Accept(camera), answer)) => {
                let reply = self.accept(&camera).await;
                // Who does not wait for the reply reads it in the status.
                let _ = answer.send(reply);
            }
        }
        Ok(())
    }

    fn refused(&mut self, trouble: String) {
        warn!("the configuration was not reloaded; the last good one stays in force");
        self.reload_trouble = Some(trouble);
    }

    /// Takes the device at a camera's address for the camera, and looks at it at once.
    async fn accept(&mut self, camera: &CameraId) -> Reply {
        let now = self.clock.now();
        match self.cameras.accept(camera, now) {
            Ok((before, accepted)) => {
                info!(%camera, "another device was accepted as this camera");
                let met = Met { camera: camera.clone(), pinned: accepted.clone(), stranger: None };
                self.pending.forget(camera);
                self.hand(Job::Write(Record::Identities(vec![met]))).await;
                for kind in [ProbeKind::CameraIdentity, ProbeKind::CameraReady, ProbeKind::CameraLogin] {
                    self.schedule.again(&ProbeId::new(kind, camera.as_str()), now);
                }
                Reply::Accepted { before, now: accepted }
            }
            Err(NotAccepted::Nothing) => Reply::NothingToAccept,
            Err(NotAccepted::Unknown) => {
                Reply::UnknownCamera { known: self.cameras.ids().cloned().collect() }
            }
        }
    }

    fn launch(&mut self) {
        let now = self.clock.now();
        for id in self.schedule.due(now) {
            match self.paths.get(&id) {
                Some(spec) if self.is_refused(spec, now) => {
                    debug!("the relay check's login was refused lately")
                }
                Some(spec) => {
                    let (net, limits) = (Arc::clone(&self.net), self.config.probing.limits);
                    let page = matches!(spec.what, PathProbe::StatusPage(_));
                    match self.page.take_if(|_| page) {
                        Some(reader) => self.flights.page((net, reader), spec.clone(), now, limits),
                        None if page => debug!("the status page is still being read"),
                        None => self.flights.path(net, spec.clone(), now, limits),
                    }
                }
                None => self.cameras.enqueue(&id),
            }
        }
        if self.flights.len() < MOST_FLIGHTS {
            for question in self.cameras.ready(now) {
                self.flights.camera(question, now);
            }
        }
    }

    fn landed(&mut self, landing: Landing) -> anyhow::Result<()> {
        let now = self.clock.now();
        match landing {
            Landing::Path(observation) => {
                self.heed_refusal(&observation);
                self.observed(observation);
            }
            Landing::Camera(client, observation) => {
                let learnt = self.cameras.land(client, &observation, now);
                let Learnt { met, breaker, pictures, relays, snapshots } = learnt;
                met.into_iter().for_each(|met| self.pending.meet(met));
                pictures.into_iter().for_each(|known| self.pending.see(known));
                breaker.into_iter().for_each(|breaker| self.guard(breaker));
                relays.into_iter().for_each(|told| self.hear(told, now));
                self.pending.snapshots.extend(snapshots);
                self.observed(observation);
            }
            Landing::Page(reader, observation) => {
                self.page = Some(reader);
                let read = observation.outcome == Outcome::Passed;
                self.page_reads = if read { self.page_reads.saturating_add(1) } else { 0 };
                self.observed(observation);
            }
            Landing::Lost(camera) => {
                warn!("a probe's task was lost");
                self.page.get_or_insert_default();
                if let Some(camera) = camera {
                    self.cameras.rebuild(&camera, now).context("failed to renew a camera's client")?;
                }
            }
        }
        Ok(())
    }

    /// Whether the vendor refused this very login a short while ago. With another one it is tried at once.
    fn is_refused(&self, spec: &PathSpec, now: Timestamp) -> bool {
        self.refused.as_ref().is_some_and(|(refused, at)| refused == spec && now.since(*at) < REFUSED_FOR)
    }

    /// Vendors shut accounts that are tried again and again.
    fn heed_refusal(&mut self, seen: &Observation) {
        let Some(spec) = self.paths.get(&seen.probe) else { return };
        let has_login = matches!(&spec.what, PathProbe::Relay(check) if check.login.is_some());
        if has_login && matches!(seen.symptom(), Some(Symptom::Rejected | Symptom::LockedOut)) {
            self.refused = Some((spec.clone(), seen.at));
        }
    }

    /// Writes down that a password is not to be tried for a while, so that a restart does not try it at once.
    fn guard(&self, breaker: Breaker) {
        let camera = breaker.camera.clone();
        if self.jobs.try_send(Job::Breaker(breaker)).is_err() {
            warn!(%camera, "the keeper is behind; a refused login is remembered in memory only");
        }
    }

    /// Writes down which relays a camera names, when they are others than before.
    fn hear(&mut self, told: Told, now: Timestamp) {
        if self.hearing.learn(&told, now)
            && let Err(error) = self.jobs.try_send(Job::Write(Record::Relays(told)))
        {
            debug!(%error, "which relays a camera names is remembered in memory only");
        }
    }

    /// Puts into force what cameras tell of their relays, where it comes to others than before.
    async fn heed_cameras(&mut self) {
        let now = self.clock.now();
        if self.single_look || !self.hearing.is_ripe(now, self.config.probing.login_interval) {
            return;
        }
        let (config, heard) = self.hearing.put_into(&self.configured);
        self.hearing.note(&heard);
        if config.vendor == self.config.vendor {
            return;
        }
        self.hearing.heed(now);
        match self.plan_anew() {
            Ok(ready) => {
                info!(relays = heard.taken.len(), "the relays that cameras name are watched from now on");
                self.hand(Job::Ready(Box::new(ready))).await;
            }
            Err(error) => warn!(%error, "the relays that cameras name could not be put into force"),
        }
    }

    fn observed(&mut self, mut observation: Observation) {
        debug!(probe = %observation.probe, outcome = ?observation.outcome, "probe ended");
        let failed = matches!(observation.outcome, Outcome::Failed { .. });
        if failed && observation.at < self.stalled_until {
            observation.outcome = Outcome::Missing { reason: MissingReason::Agent };
            self.schedule.again(&observation.probe, self.clock.now());
        } else if self.sweep.note(&observation) {
            let soon = self.clock.now().plus(self.config.probing.suspicion_interval / 2);
            self.schedule.again(&observation.probe, soon);
        } else {
            self.look_again(&observation);
        }
        if observation.outcome == Outcome::Passed
            && let Some(answered) = self.hearing.note_answer(&observation.probe, &self.config)
            && let Err(error) = self.jobs.try_send(Job::Write(Record::Answered(answered)))
        {
            debug!(%error, "that a relay answered is remembered in memory only");
        }
        self.doubt_clock(&observation);
        self.alarmed |= matches!(observation.outcome, Outcome::Failed { .. });
        self.diagnosis.observe(&observation);
        self.pending.observations.push(observation);
        self.snapshots.send_if_modified(|snapshot| {
            snapshot.probes += 1;
            false
        });
    }

    /// A camera whose answer is dated wrongly is asked for its clock at once.
    fn doubt_clock(&mut self, seen: &Observation) {
        if doubts_clock(seen) {
            let clock = ProbeId::new(ProbeKind::CameraClock, &seen.probe.subject);
            self.schedule.again(&clock, self.clock.now());
        }
    }

    /// After a look that proved nothing comes another one before its time, once.
    fn look_again(&mut self, seen: &Observation) {
        if seen.outcome != (Outcome::Missing { reason: MissingReason::Undecided }) {
            self.undecided.remove(&seen.probe);
        } else if self.undecided.insert(seen.probe.clone()) {
            self.schedule.again(&seen.probe, self.clock.now().plus(SECOND_LOOK));
        }
    }

    async fn round(&mut self) {
        self.notice_stalls();
        let now = self.clock.now();
        let assessment = self.diagnosis.assess(now);
        // What an answering page says does not change by the second, and all agents of the vendor's
        // customers are suspicious in the same minute. Video through its relay is not for us to hurry.
        let page = |probe: &ProbeId| self.page_reads >= STEADY && probe.kind == ProbeKind::VendorStatus;
        let relay = |probe: &ProbeId| {
            matches!(self.paths.get(probe), Some(PathSpec { what: PathProbe::Relay(_), .. }))
        };
        let spared = |probe: &ProbeId| page(probe) || relay(probe);
        let rests = |probe: &ProbeId| self.diagnosis.open_incidents().any(|open| rests_on(open, probe));
        self.schedule.watch(|probe| !spared(probe) && rests(probe));
        let wanted: Vec<ProbeId> = assessment.wanted.iter().filter(|p| !spared(p)).cloned().collect();
        self.schedule.hurry(&wanted, now);
        (self.suspicious, self.alarmed) = (!assessment.wanted.is_empty(), false);
        self.cameras.attend(self.schedule.hurried(now));
        for transition in &assessment.transitions {
            let (id, step, domain) =
                (transition.incident.id, transition.step, transition.incident.verdict.finding.domain());
            info!(incident = %id, ?step, %domain, "incident");
        }
        for record in self.pending.records() {
            self.hand(Job::Write(record)).await;
        }
        for incident in assessment.amended {
            self.hand(Job::Write(Record::Amended(Box::new(incident)))).await;
        }
        if !assessment.transitions.is_empty() {
            self.hand(Job::Transitions(assessment.transitions.clone())).await;
        }
        if now.since(self.pruned) >= PRUNE_EVERY {
            self.pruned = now;
            self.hand(Job::Prune).await;
        }
        let beat = self.snapshots.borrow().rounds + 1;
        self.hand(Job::Beat(beat)).await;
        let warnings = self.warnings();
        let incidents: Vec<Incident> = self.diagnosis.open_incidents().cloned().collect();
        let overview = self.diagnosis.overview(now);
        self.snapshots.send_modify(|snapshot| {
            snapshot.at = now;
            snapshot.rounds += 1;
            snapshot.incidents = incidents;
            snapshot.suspicious = assessment.suspicious;
            snapshot.overview = overview;
            snapshot.swept = self.sweep.is_complete();
            snapshot.warnings = warnings;
            snapshot.remember(&assessment.transitions);
        });
    }

    /// The keeper's queue is bounded; when the disk is slow the owner waits rather than forgets.
    async fn hand(&self, job: Job) {
        if self.jobs.send(job).await.is_err() {
            warn!("the keeper has stopped; nothing more is written down");
        }
    }

    fn notice_stalls(&mut self) {
        if let Some(jump_ms) = self.clock.follow() {
            warn!(
                jump_ms,
                "the wall clock was set, or this host slept; failures of that time are not counted"
            );
            self.stalled_until = self.clock.now();
        }
        let now = self.clock.now();
        if now.since(self.last_round) > self.round_length() + STALL {
            self.stalled_until = now;
        }
        self.last_round = now;
    }

    fn warnings(&self) -> Vec<String> {
        let Progress { notice, trouble, .. } = self.progress.borrow().clone();
        let expired = self.cameras.warning(self.clock.now());
        self.reload_trouble.iter().cloned().chain(notice).chain(trouble).chain(expired).collect()
    }

    /// Whether the agent gets on: rounds end, probes end, and the keeper answers.
    pub(crate) fn vital_signs(&self) -> (u64, u64, u64) {
        let snapshot = self.snapshots.borrow();
        (snapshot.rounds, snapshot.probes, self.progress.borrow().beat)
    }

    /// Takes a new configuration as a whole; incidents, refused passwords and who the cameras are stay.
    fn reload(&mut self, config: Config) -> anyhow::Result<Ready> {
        let channels = channels::ready(&config)?;
        let surroundings = Surroundings::look(Some(&config.network), self.surroundings.state_dir.clone());
        let mut fresh = self.successor(config, surroundings)?;
        fresh.cameras.inherit(&self.cameras);
        let site = self.give_way(fresh);
        info!("the configuration was reloaded");
        Ok(Ready::new(&self.config, channels, site))
    }

    /// Goes on with another plan of the same configuration; the cameras notice nothing.
    fn plan_anew(&mut self) -> anyhow::Result<Ready> {
        let channels = channels::ready(&self.configured)?;
        let mut fresh = self.successor(self.configured.clone(), self.surroundings.clone())?;
        std::mem::swap(&mut fresh.cameras, &mut self.cameras);
        std::mem::swap(&mut fresh.flights, &mut self.flights);
        std::mem::swap(&mut fresh.page, &mut self.page);
        fresh.page_reads = self.page_reads;
        fresh.reload_trouble = self.reload_trouble.take();
        let site = self.give_way(fresh);
        Ok(Ready::new(&self.config, channels, site))
    }

    /// An owner that goes on from this one's incidents.
    fn successor(&self, config: Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        Self::new(Beginning {
            config,
            surroundings,
            clock: self.clock,
            remembered: Remembered {
                open: self.diagnosis.open_incidents().cloned().collect(),
                next: self.diagnosis.next_incident(),
                ..Remembered::default()
            },
            hearing: self.hearing.clone(),
            single_look: false,
            jobs: self.jobs.clone(),
            progress: self.progress.clone(),
            snapshots: watch::channel(self.snapshots.borrow().clone()).0,
            seed: self.seed,
        })
    }

    /// Leaves the place to a successor. Yields the site as that one sees it.
    fn give_way(&mut self, mut fresh: Self) -> Site {
        fresh.refused = self.refused.take();
        fresh.pending = std::mem::take(&mut self.pending);
        std::mem::swap(&mut fresh.snapshots, &mut self.snapshots);
        *self = fresh;
        let site = self.config.site(&self.surroundings);
        self.snapshots.send_modify(|snapshot| {
            snapshot.site = site.clone();
            snapshot.swept = false;
        });
        site
    }
}

/// Whether the probe is part of the evidence for an incident. Where that is a login, so is whose
/// device it is: a stranger is asked for no login until its identity is right again.
fn rests_on(incident: &Incident, probe: &ProbeId) -> bool {
    let asked = |subjects: &[String]| {
        (subjects.is_empty() && probe.subject.is_empty())
            || subjects.iter().any(|s| s.as_str() == &*probe.subject)
    };
    let support = &incident.verdict.explanation.support;
    let told_by = |kind: ProbeKind| {
        kind == probe.kind || (kind.is_authenticated() && probe.kind == ProbeKind::CameraIdentity)
    };
    support.iter().any(|weight| told_by(weight.probe) && asked(&weight.subjects))
}

pub(crate) fn policy(config: &Config) -> Policy {
    Policy {
        close_after: config.diagnosis.close_after,
        cap_renewed_in: config.probing.suspicion_interval,
        undetermined_after: config.diagnosis.undetermined_after,
        ..Policy::default()
    }
}
