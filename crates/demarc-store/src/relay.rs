//! The relays that cameras say they connect to and which of those have answered, remembered so that a
//! restart asks the same and believes the same.

use crate::column::{Json, Ms, Word, json};
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::CameraId;
use demarc_model::relay::RelayList;
use demarc_model::time::Timestamp;
use rusqlite::named_params;
use std::collections::BTreeSet;

const RELAYS: &str = "SELECT camera, since_ms, list FROM relay ORDER BY camera";
const SAVE: &str = "INSERT OR REPLACE INTO relay (camera, since_ms, list) VALUES (:camera, :since, :list)";

const ANSWERED: &str = "SELECT server FROM relay_answer ORDER BY server";
const FORGET_ANSWERED: &str = "DELETE FROM relay_answer";
const SAVE_ANSWERED: &str = "INSERT INTO relay_answer (server) VALUES (:server)";

/// A camera and the list that it told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub camera: CameraId,
    /// Since when it tells this one.
    pub since: Timestamp,
    pub list: RelayList,
}

impl Store {
    /// Remembers what these cameras told, in the place of what each told before.
    ///
    /// # Errors
    /// The database cannot be written; then nothing of it is.
    pub async fn save_relays(&self, all: Vec<Told>) -> Result<(), StoreError> {
        self.call(move |writer| {
            let transaction = writer.connection.transaction()?;
            for Told { camera, since, list } in &all {
                let values = named_params! {
                    ":camera": camera.as_str(),
                    ":since": Ms(*since),
                    ":list": json(list)?,
                };
                transaction.execute(SAVE, values)?;
            }
            transaction.commit()
        })
        .await
    }

    /// Remembers that these servers have answered, each as its name or address and its port, and forgets all
    /// others.
    ///
    /// # Errors
    /// The database cannot be written; then nothing of it is.
    pub async fn save_answered(&self, servers: BTreeSet<String>) -> Result<(), StoreError> {
        self.call(move |writer| {
            let transaction = writer.connection.transaction()?;
            transaction.execute(FORGET_ANSWERED, [])?;
            for server in &servers {
                transaction.execute(SAVE_ANSWERED, named_params! { ":server": server })?;
            }
            transaction.commit()
        })
        .await
    }
}

impl ReadStore {
    /// # Errors
    /// The database cannot be read.
    pub fn relays(&self) -> Result<Vec<Told>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(RELAYS)?;
            let rows = statement.query_map([], |row| {
                let (Word(camera), Ms(since), Json(list)) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Told { camera, since, list })
            })?;
            rows.collect()
        })
    }

    /// # Errors
    /// The database cannot be read.
    pub fn answered(&self) -> Result<BTreeSet<String>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(ANSWERED)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        })
    }
}
