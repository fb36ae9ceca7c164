//! How much history is kept: the oldest observations and snapshots go, by age and by size. Incidents stay.

use crate::column::Ms;
use crate::{Store, StoreError, snapshot};
use demarc_model::time::Timestamp;
use rusqlite::{Connection, named_params};
use std::time::Duration;

/// Rows deleted at once; between batches the writer does what else waits.
const BATCH: u32 = 5_000;

// Snapshots have a bound of their own.
const BYTES: &str = "SELECT (page_count - freelist_count) * page_size
        - (SELECT coalesce(sum(length(jpeg)), 0) FROM snapshot)
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
const DELETE_OLDEST: &str = "DELETE FROM observation WHERE (at_ms, probe) IN (
    SELECT at_ms, probe FROM observation WHERE at_ms < :before ORDER BY at_ms, probe LIMIT :batch)";
// Messages of pages that stand open stay: the last of them is told only where an earlier one was.
const DELETE_TOLD: &str = "DELETE FROM outbox WHERE settled_ms < :before AND page NOT IN (
    SELECT message.page FROM outbox AS message
        JOIN incident_transition ON incident_transition.seq = message.transition
        JOIN incident ON incident.id = incident_transition.incident
    WHERE incident.closed_ms IS NULL OR message.state = 'waiting')";
const GIVE_BACK: &str = "PRAGMA incremental_vacuum";

/// What is kept; whichever limit is reached first holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub days: u32,
    pub bytes: u64,
    /// For snapshots, which do not count in `bytes`.
    pub snapshot_bytes: u64,
}

impl Store {
    /// Deletes what is older than `keep.days`, then the oldest until the rest fits into `keep.bytes` and
    /// `keep.snapshot_bytes`. Tells how many observations went.
    ///
    /// # Errors
    /// The database cannot be written; what was deleted so far is gone.
    pub async fn prune(&self, now: Timestamp, keep: Keep) -> Result<u64, StoreError> {
        let before = now.minus(Duration::from_secs(86_400 * u64::from(keep.days)));
        let mut pruned = 0;
        loop {
            let gone = self.call(move |writer| prune_some(&writer.connection, before, keep.bytes)).await?;
            pruned += u64::from(gone);
            if gone == 0 {
                break;
            }
        }
        self.call(move |writer| {
            writer.connection.execute(DELETE_TOLD, named_params! { ":before": Ms(before) })?;
            snapshot::prune(&writer.connection, before, keep.snapshot_bytes)?;
            writer.connection.execute_batch(GIVE_BACK)
        })
        .await?;
        Ok(pruned)
    }
}

/// Deletes one batch; none when both limits are kept.
fn prune_some(connection: &Connection, before: Timestamp, bytes: u64) -> rusqlite::Result<u32> {
    let gone = delete(connection, before)?;
    let used: i64 = connection.query_row(BYTES, [], |row| row.get(0))?;
    if gone > 0 || u64::try_from(used).unwrap_or(0) <= bytes {
        return Ok(gone);
    }
    delete(connection, Timestamp::from_millis(i64::MAX))
}

fn delete(connection: &Connection, before: Timestamp) -> rusqlite::Result<u32> {
    let values = named_params! { ":before": Ms(before), ":batch": BATCH };
    let gone = connection.prepare_cached(DELETE_OLDEST)?.execute(values)?;
    Ok(u32::try_from(gone).unwrap_or(u32::MAX))
}
