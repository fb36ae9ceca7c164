//! Logins that are not to be tried, remembered so that a restart does not lock an account.

use crate::column::{Ms, Word};
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::{AccountId, CameraId};
use demarc_model::login::LoginPause;
use rusqlite::named_params;

const BREAKERS: &str = "SELECT camera, account, until_ms, rejected FROM breaker ORDER BY camera, account";
const SAVE_BREAKER: &str = "INSERT OR REPLACE INTO breaker (camera, account, until_ms, rejected)
    VALUES (:camera, :account, :until, :rejected)";

/// A login that is not tried for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    pub camera: CameraId,
    pub account: AccountId,
    pub pause: LoginPause,
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
                ":until": Ms(breaker.pause.until),
                ":rejected": breaker.pause.rejected,
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
                Ok(Breaker { camera, account, pause: LoginPause { until, rejected: row.get(3)? } })
            })?;
            rows.collect()
        })
    }
}
