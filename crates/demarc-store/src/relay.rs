//! The relays that cameras say they connect to, remembered so that a restart asks the same.

use crate::column::{Json, Ms, Word, json};
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::CameraId;
use demarc_model::relay::RelayList;
use demarc_model::time::Timestamp;
use rusqlite::named_params;

const RELAYS: &str = "SELECT camera, since_ms, list FROM relay ORDER BY camera";
const SAVE: &str = "INSERT OR REPLACE INTO relay (camera, since_ms, list) VALUES (:camera, :since, :list)";

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
}
