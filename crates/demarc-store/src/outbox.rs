//! What still has to be told, per channel, in order.
//!
//! Of one incident on one channel only the oldest undelivered message is due, so that an end is never
//! told before its beginning; where the beginning was given up, the end is not told at all.

use crate::column::{Json, Ms, Word};
use crate::incident::number;
use crate::{Store, StoreError};
use demarc_model::id::ChannelId;
use demarc_model::incident::Transition;
use demarc_model::time::Timestamp;
use rusqlite::{Connection, Row, Transaction, named_params};

const ENQUEUE: &str = "INSERT INTO outbox (channel, transition, incident, step, created_ms, next_ms)
    VALUES (:channel, :transition, :incident, :step, :at, :at)";
const SETTLE_LONE_ENDS: &str = "UPDATE outbox
    SET state = 'dead', settled_ms = :now, error = 'nothing was told of this incident here'
    WHERE state = 'waiting' AND step = 'closed' AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE earlier.incident = outbox.incident AND earlier.channel = outbox.channel
        AND earlier.id < outbox.id AND earlier.state IN ('waiting', 'delivered'))";
const DUE: &str = "SELECT message.id, message.channel, message.attempts, message.created_ms,
        message.first_tried_ms, incident_transition.payload
    FROM outbox AS message JOIN incident_transition ON incident_transition.seq = message.transition
    WHERE message.state = 'waiting' AND message.next_ms <= :now AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE earlier.incident = message.incident AND earlier.channel = message.channel
        AND earlier.state = 'waiting' AND earlier.id < message.id)
    ORDER BY message.id LIMIT :most";
const NEXT_DUE: &str = "SELECT MIN(message.next_ms) FROM outbox AS message
    WHERE message.state = 'waiting' AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE earlier.incident = message.incident AND earlier.channel = message.channel
        AND earlier.state = 'waiting' AND earlier.id < message.id)";
const DELIVERED: &str = "UPDATE outbox SET state = 'delivered', settled_ms = :at, error = NULL WHERE id = :id AND state = 'waiting'";
const RETRY: &str = "UPDATE outbox SET attempts = attempts + 1, next_ms = :next, error = :error,
    first_tried_ms = COALESCE(first_tried_ms, :at) WHERE id = :id AND state = 'waiting'";
const DEAD: &str =
    "UPDATE outbox SET state = 'dead', attempts = attempts + 1, settled_ms = :at, error = :error,
    first_tried_ms = COALESCE(first_tried_ms, :at) WHERE id = :id AND state = 'waiting'";

/// A message's number in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxId(pub(crate) i64);

/// A message that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub id: OutboxId,
    pub channel: ChannelId,
    /// What to tell.
    pub transition: Transition,
    /// Failed deliveries so far.
    pub attempts: u32,
    pub created: Timestamp,
    /// When delivery first failed.
    pub first_tried: Option<Timestamp>,
}

impl Store {
    /// The messages to deliver now, oldest first; at most one per incident and channel.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<Pending>, StoreError> {
        self.call(move |writer| due(&writer.connection, now, most)).await
    }

    /// When the next message may become due; nothing while none waits.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.call(|writer| {
            let next: Option<Ms> = writer.connection.query_row(NEXT_DUE, [], |row| row.get(0))?;
            Ok(next.map(|Ms(at)| at))
        })
        .await
    }

    /// # Errors
    /// The database cannot be written; the message will be due again.
    pub async fn delivered(&self, id: OutboxId, at: Timestamp) -> Result<(), StoreError> {
        self.call(move |writer| {
            writer.connection.execute(DELIVERED, named_params! { ":id": id.0, ":at": Ms(at) }).map(drop)
        })
        .await
    }

    /// Notes a failed delivery at `at`; the message is due again at `next`.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn retry(
        &self,
        id: OutboxId,
        at: Timestamp,
        next: Timestamp,
        error: String,
    ) -> Result<(), StoreError> {
        self.call(move |writer| {
            let values = named_params! { ":id": id.0, ":at": Ms(at), ":next": Ms(next), ":error": error };
            writer.connection.execute(RETRY, values).map(drop)
        })
        .await
    }

    /// Gives a message up. Those after it on the same channel become due, except the incident's end
    /// where nothing else was told of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn dead(&self, id: OutboxId, at: Timestamp, error: String) -> Result<(), StoreError> {
        self.call(move |writer| give_up(&writer.connection, id, at, &error)).await
    }
}

/// Adds one message per channel for the transition that was inserted last.
pub(crate) fn enqueue(
    tx: &Transaction<'_>,
    transition: &Transition,
    channels: &[ChannelId],
) -> rusqlite::Result<()> {
    let sequence = tx.last_insert_rowid();
    let mut statement = tx.prepare_cached(ENQUEUE)?;
    for channel in channels {
        statement.execute(named_params! {
            ":channel": channel.as_str(),
            ":transition": sequence,
            ":incident": number(transition.incident.id),
            ":step": Word(transition.step),
            ":at": Ms(transition.at),
        })?;
    }
    Ok(())
}

fn due(connection: &Connection, now: Timestamp, most: u32) -> rusqlite::Result<Vec<Pending>> {
    connection.prepare_cached(SETTLE_LONE_ENDS)?.execute(named_params! { ":now": Ms(now) })?;
    let mut statement = connection.prepare_cached(DUE)?;
    let mut rows = statement.query(named_params! { ":now": Ms(now), ":most": most })?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(message) => pending.push(message),
            // A row that cannot be read must not hold up all others.
            Err(error @ rusqlite::Error::FromSqlConversionFailure(..)) => {
                tracing::error!(%error, "an unreadable message is given up");
                give_up(connection, OutboxId(row.get(0)?), now, "unreadable")?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(pending)
}

fn give_up(connection: &Connection, id: OutboxId, at: Timestamp, error: &str) -> rusqlite::Result<()> {
    connection.execute(DEAD, named_params! { ":id": id.0, ":at": Ms(at), ":error": error }).map(drop)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Pending> {
    let Word(channel) = row.get(1)?;
    let Ms(created) = row.get(3)?;
    let first_tried: Option<Ms> = row.get(4)?;
    let Json(transition) = row.get(5)?;
    Ok(Pending {
        id: OutboxId(row.get(0)?),
        channel,
        transition,
        attempts: row.get(2)?,
        created,
        first_tried: first_tried.map(|Ms(at)| at),
    })
}
