//! Logins that are not to be tried, remembered so that a restart does not lock an account.

use crate::column::{Ms, Word};
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::{AccountId, CameraId};
use demarc_model::time::Timestamp;
use rusqlite::named_params;

const BREAKERS: &str = "SELECT camera, account, until_ms FROM breaker ORDER BY camera, account";
const SAVE_BREAKER: &str =
    "INSERT INTO breaker (camera, account, until_ms) VALUES (:camera, :account, :until)
    ON CONFLICT (camera, account) DO UPDATE SET until_ms = :until";

/// A login that is not tried again before `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    pub camera: CameraId,
    pub account: AccountId,
    pub until: Timestamp,
}

impl Store {
    /// Remembers across restarts that a login is not to be tried.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn save_breaker(&self, breaker: Breaker) -> Result<(), StoreError> {
        self.call(move |writer| {
            let values = named_params! {
                ":camera": breaker.camera.as_str(),
                ":account": breaker.account.as_str(),
                ":until": Ms(breaker.until),
            };
            writer.connection.execute(SAVE_BREAKER, values).map(drop)
        })
        .await
    }
}

impl ReadStore {
    /// # Errors
    /// The database cannot be read.
    pub fn breakers(&self) -> Result<Vec<Breaker>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(BREAKERS)?;
            let rows = statement.query_map([], |row| {
                let (Word(camera), Word(account), Ms(until)) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Breaker { camera, account, until })
            })?;
            rows.collect()
        })
    }
}
