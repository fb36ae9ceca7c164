//! Reading beside the writer, from any thread or process: one short-lived connection for each question.
//!
//! A reader that lingers keeps the log from being emptied, so every question is cut off after two
//! seconds.

use crate::StoreError;
use crate::open;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MOST: Duration = Duration::from_secs(2);
/// For a person who asked for all of it and waits.
const LEISURE: Duration = Duration::from_secs(120);

const EPOCH: &str = "SELECT value FROM meta WHERE key = 'epoch'";
/// Answers questions about a database that another thread or process may be writing to. All calls block.
#[derive(Debug, Clone)]
pub struct ReadStore {
    pub(crate) file: PathBuf,
}

impl ReadStore {
    /// # Errors
    /// There is no readable database of this program's schema.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        open::read_only(file)?;
        Ok(Self { file: file.to_owned() })
    }

    /// The random name that this database got when it was made.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn epoch(&self) -> Result<String, StoreError> {
        self.query(|connection| connection.query_row(EPOCH, [], |row| row.get(0)))
    }

    pub(crate) fn query<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.within(MOST, question)
    }

    pub(crate) fn query_at_leisure<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.within(LEISURE, question)
    }

    fn within<T>(
        &self,
        most: Duration,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let connection = open::read_only(&self.file)?;
        let answer = open::limit(&connection, most).and_then(|()| question(&connection));
        answer.map_err(|source| StoreError::from_sql(&self.file, source))
    }
}
