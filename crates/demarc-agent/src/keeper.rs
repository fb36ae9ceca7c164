//! Writes down what happened before anything is said about it.
//!
//! One task holds the store. When the disk fails, transitions go on to the channels from memory and
//! are written when the disk is back; history of the meantime is lost, and the snapshot says so.

use crate::clock::Clock;
use crate::config;
use crate::dispatch::{Alert, Ready};
use demarc_model::id::ChannelId;
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::observation::Observation;
use demarc_model::snapshot::CameraSnapshot;
use demarc_model::time::Timestamp;
use demarc_store::breaker::Breaker;
use demarc_store::identity::Met;
use demarc_store::picture::Familiar;
use demarc_store::relay::Told;
use demarc_store::retention::Keep;
use demarc_store::{Store, StoreError};
use std::collections::{BTreeSet, VecDeque};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

/// How often a store that could not be opened is tried again.
const REOPEN: Duration = Duration::from_secs(60);
/// Transitions that wait for a failed disk.
const MOST_UNSAVED: usize = 10_000;

#[derive(Debug)]
pub(crate) enum Job {
    Write(Record),
    Transitions(Vec<Transition>),
    Breaker(Breaker),
    /// The configuration was reloaded.
    Ready(Box<Ready>),
    /// Drop what is older than the configuration keeps.
    Prune,
    /// Answer on the progress channel; the watchdog wants to know that this task lives.
    Beat(u64),
}

/// What is written down and waits for no disk that fails.
#[derive(Debug)]
pub(crate) enum Record {
    Observations(Vec<Observation>),
    /// Something became known of an open incident that is no step in its life.
    Amended(Box<Incident>),
    /// Who cameras are.
    Identities(Vec<Met>),
    /// What is usual of cameras' pictures.
    Pictures(Vec<Familiar>),
    /// Evidence.
    Snapshots(Vec<CameraSnapshot>),
    /// Which relays a camera names.
    Relays(Told),
    /// Which of the relays that only cameras name have answered.
    Answered(BTreeSet<String>),
}

/// What the owner can see of the keeper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) beat: u64,
    /// What is wrong with the store, for the operator.
    pub(crate) trouble: Option<String>,
    /// What became of the history at the start, if it was not simply taken up.
    pub(crate) notice: Option<String>,
}

pub(crate) struct Keeper {
    pub(crate) file: PathBuf,
    pub(crate) store: Option<Store>,
    pub(crate) clock: Clock,
    pub(crate) channels: Vec<ChannelId>,
    /// How long the end of an incident is held back, in case that it comes again.
    pub(crate) resolve_after: Duration,
    pub(crate) keep: config::probing::Store,
    pub(crate) alerts: mpsc::Sender<Alert>,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) unsaved: VecDeque<Transition>,
    /// Refused logins that could not be written down.
    pub(crate) refused: Vec<Breaker>,
    pub(crate) tried: Timestamp,
}

impl Keeper {
    /// Works until the owner has gone, then closes the store.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.recv().await {
            self.reopen().await;
            self.take(job).await;
        }
        if !self.refused.is_empty() {
            self.save_refused().await;
        }
        if let Some(store) = self.store.take()
            && let Err(error) = store.close().await
        {
            error!(error = %chain(&error), "the history could not be closed cleanly");
        }
    }

    async fn take(&mut self, job: Job) {
        match job {
            Job::Write(record) => self.write(record).await,
            Job::Transitions(transitions) => {
                for transition in transitions {
                    self.commit(transition).await;
                }
            }
            Job::Breaker(breaker) => {
                let result = match &self.store {
                    Some(store) => Some(store.save_breaker(breaker.clone()).await),
                    None => None,
                };
                if !matches!(result, Some(Ok(()))) {
                    // Only the last one of a camera counts, however long the disk is away.
                    self.refused.retain(|earlier| earlier.camera != breaker.camera);
                    self.refused.push(breaker);
                }
                result.into_iter().for_each(|result| self.note(result));
            }
            Job::Ready(ready) => {
                self.channels = ready.channels.iter().map(|(id, _)| id.clone()).collect();
                self.resolve_after = ready.resolve_after;
                self.keep = ready.keep;
                self.tell(Alert::Ready(ready)).await;
                self.prune().await;
            }
            Job::Prune => self.prune().await,
            Job::Beat(beat) => {
                self.progress.send_if_modified(|p| std::mem::replace(&mut p.beat, beat) != beat);
            }
        }
    }

    async fn write(&mut self, record: Record) {
        let Some(store) = &self.store else { return };
        let result = match record {
            Record::Observations(observations) => store.record(observations).await,
            Record::Amended(incident) => store.amend_incident(*incident).await,
            Record::Identities(all) => store.save_identities(all).await,
            Record::Pictures(all) => store.save_pictures(all).await,
            Record::Snapshots(all) => store.save_snapshots(all, self.keep().snapshot_bytes).await,
            Record::Relays(told) => store.save_relays(vec![told]).await,
            Record::Answered(servers) => store.save_answered(servers).await,
        };
        self.note(result);
    }

    /// Commits a transition with its messages; if that fails, the channels hear of it all the same.
    async fn commit(&mut self, transition: Transition) {
        let committed = match &self.store {
            Some(store) => {
                let channels = self.channels.clone();
                Some(store.commit_transition(transition.clone(), channels, self.resolve_after).await)
            }
            None => None,
        };
        let alert = match committed {
            Some(Ok(())) => Alert::Stored,
            Some(Err(error)) => {
                self.note(Err(error));
                self.hold(transition.clone());
                Alert::Direct(Box::new(transition))
            }
            None => {
                self.hold(transition.clone());
                Alert::Direct(Box::new(transition))
            }
        };
        self.tell(alert).await;
    }

    async fn tell(&self, alert: Alert) {
        if self.alerts.send(alert).await.is_err() {
            warn!("an incident changed while the agent was stopping; it is told after the next start");
        }
    }

    fn hold(&mut self, transition: Transition) {
        if self.unsaved.len() < MOST_UNSAVED {
            self.unsaved.push_back(transition);
        }
    }

    /// Tries again to open a store that failed, and writes down what waited for it. What waited has
    /// been told already, so it is written without messages; but for an end, which was told of the
    /// incident alone, and the page may be that of an earlier one.
    async fn reopen(&mut self) {
        let now = self.clock.now();
        let idle = self.store.is_some() && self.unsaved.is_empty();
        if idle || now.since(self.tried) < REOPEN {
            return;
        }
        self.tried = now;
        if self.store.is_none() {
            match Store::open(&self.file) {
                Ok(opened) => {
                    info!(file = %self.file.display(), "history is written again");
                    self.store = Some(opened.store);
                    self.progress.send_modify(|p| p.trouble = None);
                }
                Err(error) => self.note(Err(error)),
            }
        }
        while let (Some(store), Some(transition)) = (&self.store, self.unsaved.front()) {
            let is_end = transition.step == Step::Closed;
            let channels = if is_end { self.channels.clone() } else { Vec::new() };
            match store.commit_transition(transition.clone(), channels, Duration::ZERO).await {
                Ok(()) => {
                    self.unsaved.pop_front();
                }
                Err(error) => {
                    self.note(Err(error));
                    return;
                }
            }
        }
    }

    /// Writes down at the end which passwords were refused: also after a single look, which holds no
    /// store, so that one look after the other does not lock an account.
    async fn save_refused(&mut self) {
        let result = match self.store.take().map_or_else(|| self.open_for_refused(), |store| Ok(Some(store)))
        {
            Ok(Some(store)) => {
                let mut result = Ok(());
                for breaker in std::mem::take(&mut self.refused) {
                    result = result.and(store.save_breaker(breaker).await);
                }
                self.store = Some(store);
                result
            }
            Ok(None) => return,
            Err(error) => Err(error),
        };
        match result {
            // The service that has it open finds out by itself.
            Ok(()) | Err(StoreError::InUse { .. }) => {}
            Err(error) => warn!(
                error = %chain(&error),
                "a refused password could not be written down; another look within 15 minutes will send it \
                 again, and cameras lock an account after a few refusals"
            ),
        }
    }

    /// No database is made in a directory of somebody else, who could not write to it afterwards.
    fn open_for_refused(&self) -> Result<Option<Store>, StoreError> {
        let owner = |path: &Path| std::fs::metadata(path).ok().map(|found| found.uid());
        let own = self.file.parent().and_then(owner) == owner(Path::new("/proc/self"));
        let there = self.file.exists();
        if there || own { Store::open(&self.file).map(|opened| Some(opened.store)) } else { Ok(None) }
    }

    async fn prune(&mut self) {
        let Some(store) = &self.store else { return };
        let result = store.prune(self.clock.now(), self.keep()).await;
        self.note(result.map(drop));
    }

    fn keep(&self) -> Keep {
        let bytes = |megabytes| u64::from(megabytes) * 1024 * 1024;
        Keep {
            days: self.keep.history_days,
            bytes: bytes(self.keep.history_megabytes),
            snapshot_bytes: bytes(self.keep.snapshot_megabytes),
        }
    }

    /// Reports trouble once, and its end once.
    fn note(&mut self, result: Result<(), StoreError>) {
        let trouble = result.err().map(|error| format!("no history is written: {}", chain(&error)));
        self.progress.send_if_modified(|progress| {
            if progress.trouble == trouble {
                return false;
            }
            match &trouble {
                Some(text) => error!("{text}"),
                None => info!("history is written again"),
            }
            progress.trouble = trouble;
            true
        });
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// It was told from memory, under a key of its own that no page has.
    #[tokio::test]
    async fn an_end_that_could_not_be_written_down_ends_the_page_when_the_disk_is_back() {
        let (folder, store) = sample::store();
        let clock = Clock::new();
        let now = clock.now();
        let hold = Duration::from_secs(60);
        for (id, step) in [(1, Step::Opened), (1, Step::Closed), (2, Step::Opened)] {
            let transition = sample::transition(id, step, now);
            store.commit_transition(transition, sample::channels(), hold).await.unwrap();
            for message in store.due(now, 9).await.unwrap() {
                store.delivered(message.id, now).await.unwrap();
            }
        }
        let mut keeper = Keeper {
            file: folder.path().join("demarc.db"),
            store: Some(store.clone()),
            clock,
            channels: sample::channels(),
            resolve_after: hold,
            keep: sample::keep(),
            alerts: mpsc::channel(1).0,
            progress: watch::channel(Progress::default()).0,
            unsaved: VecDeque::from([sample::transition(2, Step::Closed, now)]),
            refused: Vec::new(),
            tried: now.minus(REOPEN),
        };
        keeper.reopen().await;
        let [end] = store.due(now, 9).await.unwrap().try_into().unwrap();
        let page = sample::transition(1, Step::Opened, now).incident.dedup_key();
        assert_eq!((end.transition.step, end.page.map(|page| page.key)), (Step::Closed, Some(page)));
    }
}
