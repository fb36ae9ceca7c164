//! What still has to be told, per channel, in order.
//!
//! Messages of one page on one channel are told in order: only the oldest undelivered one is due, so that
//! an end is never told before its beginning; where the beginning was given up, the end is not told at all.
//!
//! An incident that opens has a page of its own, unless one of the same component has closed and its end
//! is held back: then that end is never told, and the new incident goes on under the page. An end that
//! may have reached the receiver is not held back any more, whatever the clock says.

use crate::column::{Json, Ms, Word};
use crate::incident::number;
use crate::{Store, StoreError};
use demarc_model::id::ChannelId;
use demarc_model::incident::{Again, Incident, Step, Transition};
use demarc_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params};
use std::time::Duration;

const ENQUEUE: &str = "INSERT INTO outbox (channel, transition, page, step, created_ms, next_ms, held)
    VALUES (:channel, :transition, :page, :step, :at, :next, :held)";
const WITHDRAW: &str = "UPDATE outbox
    SET state = 'dead', held = NULL, settled_ms = :at, error = 'it came again, and the page goes on'
    WHERE id = (SELECT MAX(id) FROM outbox
        WHERE channel = :channel AND held = :component AND state = 'waiting' AND next_ms > :at)
    RETURNING page";
const PAGE: &str = "SELECT message.page
    FROM outbox AS message JOIN incident_transition ON incident_transition.seq = message.transition
    WHERE message.channel = :channel AND incident_transition.incident = :incident
    ORDER BY message.id DESC LIMIT 1";
// An end from the future was held back before the clock was set back, and that may be for years.
const LET_GO: &str = "UPDATE outbox SET held = NULL, next_ms = MIN(next_ms, :now)
    WHERE held IS NOT NULL AND (next_ms <= :now OR created_ms > :now + 60000)";
const SETTLE_LONE_ENDS: &str = "UPDATE outbox
    SET state = 'dead', held = NULL, settled_ms = :now, error = 'nothing was told of this incident here'
    WHERE state = 'waiting' AND step = 'closed' AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE earlier.page = outbox.page AND earlier.channel = outbox.channel
        AND earlier.id < outbox.id AND earlier.state IN ('waiting', 'delivered'))";
const DUE: &str = "SELECT message.id, message.channel, message.attempts, message.created_ms,
        message.first_tried_ms, incident_transition.payload,
        CASE WHEN message.page <> incident_transition.incident THEN opener.payload END,
        (SELECT COUNT(*) FROM outbox AS spell
            WHERE spell.page = message.page AND spell.channel = message.channel
            AND spell.step = 'opened' AND spell.id <= message.id),
        EXISTS (SELECT 1 FROM outbox AS earlier
            WHERE earlier.page = message.page AND earlier.channel = message.channel
            AND earlier.state = 'delivered' AND earlier.id < message.id)
    FROM outbox AS message JOIN incident_transition ON incident_transition.seq = message.transition
        JOIN incident AS opener ON opener.id = message.page
    WHERE message.state = 'waiting' AND message.next_ms <= :now AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE earlier.page = message.page AND earlier.channel = message.channel
        AND earlier.state = 'waiting' AND earlier.id < message.id)
    ORDER BY message.id LIMIT :most";
const NEXT_DUE: &str = "SELECT MIN(message.next_ms) FROM outbox AS message
    WHERE message.state = 'waiting' AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE earlier.page = message.page AND earlier.channel = message.channel
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
    /// The page under which it goes on; none for an incident with a page of its own.
    pub again: Option<Again>,
    /// Failed deliveries so far.
    pub attempts: u32,
    pub created: Timestamp,
    /// When delivery first failed.
    pub first_tried: Option<Timestamp>,
}

impl Store {
    /// The messages to deliver now, oldest first; at most one per page and channel.
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

/// Adds one message per channel for the transition that was inserted last. The end of an incident is
/// told after `hold`, unless the same comes again until then.
pub(crate) fn enqueue(
    tx: &Transaction<'_>,
    transition: &Transition,
    channels: &[ChannelId],
    hold: Duration,
) -> rusqlite::Result<()> {
    let sequence = tx.last_insert_rowid();
    let Transition { step, at, incident } = transition;
    let component = incident.verdict.finding.component();
    let held = component.as_deref().filter(|_| *step == Step::Closed && !hold.is_zero());
    let next = if held.is_some() { at.plus(hold) } else { *at };
    let mut statement = tx.prepare_cached(ENQUEUE)?;
    for channel in channels {
        let page = match step {
            Step::Opened => withdraw_end(tx, channel, component.as_deref(), *at)?,
            Step::Changed | Step::Closed => page(tx, channel, number(incident.id))?,
        };
        statement.execute(named_params! {
            ":channel": channel.as_str(),
            ":transition": sequence,
            ":page": page.unwrap_or(number(incident.id)),
            ":step": Word(*step),
            ":at": Ms(*at),
            ":next": Ms(next),
            ":held": held,
        })?;
    }
    Ok(())
}

/// Takes back the end of the page that is about this component, if one is held back. Yields the page.
fn withdraw_end(
    tx: &Transaction<'_>,
    channel: &ChannelId,
    component: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<Option<i64>> {
    let values = named_params! { ":channel": channel.as_str(), ":component": component, ":at": Ms(at) };
    tx.prepare_cached(WITHDRAW)?.query_row(values, |row| row.get(0)).optional()
}

/// The page under which an incident is told so far.
fn page(tx: &Transaction<'_>, channel: &ChannelId, incident: i64) -> rusqlite::Result<Option<i64>> {
    let values = named_params! { ":channel": channel.as_str(), ":incident": incident };
    tx.prepare_cached(PAGE)?.query_row(values, |row| row.get(0)).optional()
}

fn due(connection: &Connection, now: Timestamp, most: u32) -> rusqlite::Result<Vec<Pending>> {
    for settle in [LET_GO, SETTLE_LONE_ENDS] {
        connection.prepare_cached(settle)?.execute(named_params! { ":now": Ms(now) })?;
    }
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
    // Where it cannot be read, the incident has a page of its own: one too many, and none too few.
    let opener: Option<Json<Incident>> = row.get(6).unwrap_or_default();
    let (times, is_told) = (row.get(7)?, row.get(8)?);
    let again = opener.map(|Json(opener)| Again {
        page: opener.dedup_key(),
        since: opener.verdict.since,
        times,
        is_told,
    });
    Ok(Pending {
        id: OutboxId(row.get(0)?),
        channel,
        transition,
        again,
        attempts: row.get(2)?,
        created,
        first_tried: first_tried.map(|Ms(at)| at),
    })
}
