//! What is usual of the cameras' pictures, remembered so that a restart and a single look can judge them.

use crate::column::Word;
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::CameraId;
use rusqlite::named_params;

const PICTURES: &str = "SELECT camera, habits FROM picture ORDER BY camera";
const SAVE: &str = "INSERT OR REPLACE INTO picture (camera, habits) VALUES (:camera, :habits)";

/// A camera and what is usual of its pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Familiar {
    pub camera: CameraId,
    /// As JSON, in the words of whoever judges pictures.
    pub habits: String,
}

impl Store {
    /// Remembers what is usual of these cameras' pictures, in the place of what was remembered of them
    /// before.
    ///
    /// # Errors
    /// The database cannot be written; then nothing of it is.
    pub async fn save_pictures(&self, all: Vec<Familiar>) -> Result<(), StoreError> {
        self.call(move |writer| {
            let transaction = writer.connection.transaction()?;
            for Familiar { camera, habits } in &all {
                transaction.execute(SAVE, named_params! { ":camera": camera.as_str(), ":habits": habits })?;
            }
            transaction.commit()
        })
        .await
    }
}

impl ReadStore {
    /// # Errors
    /// The database cannot be read.
    pub fn pictures(&self) -> Result<Vec<Familiar>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(PICTURES)?;
            let rows = statement.query_map([], |row| {
                let Word(camera) = row.get(0)?;
                Ok(Familiar { camera, habits: row.get(1)? })
            })?;
            rows.collect()
        })
    }
}
