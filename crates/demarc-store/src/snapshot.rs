//! Snapshots of cameras, kept as evidence within a bound: the oldest go first.

use crate::column::{Ms, Word};
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::CameraId;
use demarc_model::snapshot::{CameraSnapshot, Shows};
use demarc_model::time::Timestamp;
use rusqlite::{Connection, named_params};

const SAVE: &str = "INSERT OR REPLACE INTO snapshot (camera, at_ms, shows, jpeg)
    VALUES (:camera, :at, :shows, :jpeg)";
const DELETE_OLD: &str = "DELETE FROM snapshot WHERE at_ms < :before";
const DELETE_BEYOND: &str = "DELETE FROM snapshot WHERE rowid IN (
    SELECT id FROM (
        SELECT rowid AS id, sum(length(jpeg)) OVER (ORDER BY at_ms DESC, rowid DESC) AS bytes FROM snapshot
    ) WHERE bytes > :most)";
const FIND: &str = "SELECT camera, at_ms, shows, length(jpeg) FROM snapshot
    WHERE (:camera IS NULL OR camera = :camera) AND at_ms BETWEEN :from AND :to
    ORDER BY at_ms, camera";
const READ: &str = "SELECT shows, jpeg FROM snapshot WHERE camera = :camera AND at_ms = :at";

/// Which snapshots; both ends of the time are included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFilter {
    pub camera: Option<CameraId>,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A snapshot without its picture.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SnapshotEntry {
    pub camera: CameraId,
    pub at: Timestamp,
    pub shows: Shows,
    pub bytes: u32,
}

impl Store {
    /// Keeps these snapshots, and of all that are kept the newest that fit into `most` bytes.
    ///
    /// # Errors
    /// The database cannot be written; then nothing of it is.
    pub async fn save_snapshots(&self, all: Vec<CameraSnapshot>, most: u64) -> Result<(), StoreError> {
        self.call(move |writer| {
            let transaction = writer.connection.transaction()?;
            for CameraSnapshot { camera, at, shows, jpeg } in &all {
                let values = named_params! {
                    ":camera": camera.as_str(),
                    ":at": Ms(*at),
                    ":shows": Word(shows),
                    ":jpeg": jpeg,
                };
                transaction.execute(SAVE, values)?;
            }
            delete_beyond(&transaction, most)?;
            transaction.commit()
        })
        .await
    }
}

impl ReadStore {
    /// Oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn snapshots(&self, filter: &SnapshotFilter) -> Result<Vec<SnapshotEntry>, StoreError> {
        let values = named_params! {
            ":camera": filter.camera.as_ref().map(CameraId::as_str),
            ":from": Ms(filter.from),
            ":to": Ms(filter.to),
        };
        self.query(|connection| {
            let mut statement = connection.prepare(FIND)?;
            let rows = statement.query_map(values, |row| {
                let (Word(camera), Ms(at), Word(shows)) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(SnapshotEntry { camera, at, shows, bytes: row.get(3)? })
            })?;
            rows.collect()
        })
    }

    /// One with its picture; nothing when it has made room for others meanwhile.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn snapshot(&self, entry: &SnapshotEntry) -> Result<Option<CameraSnapshot>, StoreError> {
        let SnapshotEntry { camera, at, .. } = entry.clone();
        let values = named_params! { ":camera": entry.camera.as_str(), ":at": Ms(at) };
        self.query(|connection| {
            let mut statement = connection.prepare(READ)?;
            let mut rows = statement.query_map(values, |row| {
                let Word(shows) = row.get(0)?;
                Ok(CameraSnapshot { camera: camera.clone(), at, shows, jpeg: row.get(1)? })
            })?;
            rows.next().transpose()
        })
    }
}

/// Deletes what is older, then the oldest until the rest fits.
pub(crate) fn prune(connection: &Connection, before: Timestamp, most: u64) -> rusqlite::Result<()> {
    connection.execute(DELETE_OLD, named_params! { ":before": Ms(before) })?;
    delete_beyond(connection, most)
}

fn delete_beyond(connection: &Connection, most: u64) -> rusqlite::Result<()> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    connection.execute(DELETE_BEYOND, named_params! { ":most": most }).map(drop)
}
