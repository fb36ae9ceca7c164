//! The one writer: a thread that owns the connection, and the handle through which it is asked.

use crate::error::StoreError;
use crate::history::Recorder;
use crate::open::{self, Opened};
use crate::read::ReadStore;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};
use tokio::sync::{mpsc, oneshot};

/// Jobs that wait for the writer; more and the asker waits.
const QUEUE: usize = 256;
/// Moves the log into the database and empties it.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

type Work = Box<dyn FnOnce(&mut Writer) + Send>;

enum Job {
    Work(Work),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// A handle to the writer; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
    file: PathBuf,
}

/// What the writer thread owns.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) recorder: Recorder,
    file: PathBuf,
    /// Released when the thread ends.
    _lock: File,
}

impl Store {
    /// Opens or makes the database, brings its schema up to date and starts the writer.
    ///
    /// # Errors
    /// The file cannot be opened for this process alone, or was written by a newer program.
    /// A damaged one is no error: it is set aside and reported.
    pub fn open(file: &Path) -> Result<Opened, StoreError> {
        let open::Exclusive { connection, set_aside, lock } = open::exclusive(file)?;
        let recorder = Recorder::default();
        let writer = Writer { connection, recorder, file: file.to_owned(), _lock: lock };
        let (jobs, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|source| StoreError::from_io(file, source))?;
        Ok(Opened { store: Self { jobs, file: file.to_owned() }, set_aside })
    }

    /// A reader of the same database. It does not see history that is not flushed yet.
    pub fn reader(&self) -> ReadStore {
        ReadStore { file: self.file.clone() }
    }

    /// Writes what waits, empties the log and lets go of the file. Later calls on any clone fail.
    ///
    /// # Errors
    /// What waited could not be written.
    pub async fn close(self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job::Close(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `work` on the writer thread, after everything asked before.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |writer| {
            // An asker that went away does not want the answer; the work is done all the same.
            let _ = answer.send(work(writer));
        });
        self.jobs.send(Job::Work(work)).await.map_err(|_| StoreError::Closed)?;
        let result = answered.await.map_err(|_| StoreError::Closed)?;
        result.map_err(|source| StoreError::from_sql(&self.file, source))
    }
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            match job {
                Job::Work(work) => work(&mut self),
                Job::Close(answer) => {
                    let result = self.finish();
                    // The asker may have stopped waiting; there is nobody else to tell.
                    let _ = answer.send(result);
                    return;
                }
            }
        }
        if let Err(error) = self.finish() {
            tracing::error!(%error, "the store did not close cleanly");
        }
    }

    /// Takes the writer apart, so that file and lock are free before anybody hears of it.
    fn finish(mut self) -> Result<(), StoreError> {
        let sql = |source| StoreError::from_sql(&self.file, source);
        self.recorder.flush(&mut self.connection).map_err(sql)?;
        self.connection.query_row(CHECKPOINT, [], |_| Ok(())).map_err(sql)?;
        self.connection.close().map_err(|(_, source)| sql(source))
    }
}
