//! What still has to be told, per channel, in order.
//!
//! Messages of one page on one channel are told in order: only the oldest undelivered one is due, so that
//! an end is never told before its beginning; where the beginning was given up, the end is not told at all.
//!
//! An incident that opens has a page of its own, unless one stands under which it goes on: that of the same
//! component, or one that others of its kin opened for what began at the same time. A page stands while an
//! incident under it is open, and while its end is held back; that end is then never told. Only the last
//! incident's end is the page's, and only it is held back. An end that may have reached the receiver is not
//! held back any more, whatever the clock says.

use crate::column::{Json, Ms, Word};
use crate::incident::number;
use crate::{Store, StoreError};
use demarc_model::id::ChannelId;
use demarc_model::incident::{Incident, OnPage, Step, Transition};
use demarc_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params};
use std::time::Duration;

const ENQUEUE: &str = "INSERT INTO outbox
        (channel, transition, page, step, created_ms, next_ms, held, component, kin, since_ms)
    VALUES (:channel, :transition, :page, :step, :at, :next, :held, :component, :kin, :since)";
// What began within two minutes began together: the rarer looks at cameras are half a minute apart.
const STANDING: &str = "SELECT message.page FROM outbox AS message
    WHERE message.channel = :channel AND (:component IN (message.component, message.held)
        OR (message.kin = :kin AND ABS(message.since_ms - :since) <= 120000))
    AND (EXISTS (SELECT 1 FROM outbox AS ending
            WHERE ending.page = message.page AND ending.channel = message.channel
            AND ending.held IS NOT NULL AND ending.state = 'waiting' AND ending.next_ms > :at)
        OR EXISTS (SELECT 1 FROM open_under_page AS other
            WHERE other.page = message.page AND other.channel = message.channel
            AND other.component IS NOT :component))
    ORDER BY message.id DESC LIMIT 1";
const WITHDRAW: &str = "UPDATE outbox
    SET state = 'dead', held = NULL, settled_ms = :at, error = 'the page goes on'
    WHERE channel = :channel AND page = :page AND held IS NOT NULL AND state = 'waiting' AND next_ms > :at";
const IS_OPEN: &str =
    "SELECT EXISTS (SELECT 1 FROM open_under_page WHERE page = :page AND channel = :channel)";
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
        message.step, message.page = incident_transition.incident, opener.payload,
        (SELECT COUNT(*) FROM outbox AS spell
            WHERE spell.page = message.page AND spell.channel = message.channel
            AND spell.component IS message.component AND spell.step = 'opened' AND spell.id <= message.id),
        (SELECT COUNT(DISTINCT other.incident) FROM open_under_page AS other
            WHERE other.page = message.page AND other.channel = message.channel
            AND other.incident <> incident_transition.incident
            AND other.component IS NOT message.component),
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
    /// The page under which it is told; none for an incident that has a page for itself.
    pub page: Option<OnPage>,
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

/// Adds one message per channel for the transition that was inserted last. The end of a page is told after
/// `hold`, unless the page goes on until then.
pub(crate) fn enqueue(
    tx: &Transaction<'_>,
    transition: &Transition,
    channels: &[ChannelId],
    hold: Duration,
) -> rusqlite::Result<()> {
    let sequence = tx.last_insert_rowid();
    let Transition { step, at, incident } = transition;
    let (own, finding) = (number(incident.id), &incident.verdict.finding);
    let component = finding.component();
    let mut statement = tx.prepare_cached(ENQUEUE)?;
    for channel in channels {
        let page = match step {
            Step::Opened => standing(tx, channel, transition)?,
            Step::Changed | Step::Closed => page(tx, channel, own)?,
        };
        let (page, is_opener) = (page.unwrap_or(own), *step == Step::Opened && page.is_none());
        let is_over = *step == Step::Closed && !is_open(tx, channel, page)?;
        let held = component.as_deref().filter(|_| is_over && !hold.is_zero());
        statement.execute(named_params! {
            ":channel": channel.as_str(),
            ":transition": sequence,
            ":page": page,
            ":step": Word(if *step == Step::Closed && !is_over { Step::Changed } else { *step }),
            ":at": Ms(*at),
            ":next": Ms(if held.is_some() { at.plus(hold) } else { *at }),
            ":held": held,
            ":component": component,
            ":kin": finding.kin().filter(|_| is_opener),
            ":since": is_opener.then_some(Ms(incident.verdict.since)),
        })?;
    }
    Ok(())
}

/// The page under which what opens now goes on, if one stands; its end is then taken back.
fn standing(
    tx: &Transaction<'_>,
    channel: &ChannelId,
    Transition { at, incident, .. }: &Transition,
) -> rusqlite::Result<Option<i64>> {
    let finding = &incident.verdict.finding;
    let page: Option<i64> = tx
        .prepare_cached(STANDING)?
        .query_row(
            named_params! {
                ":channel": channel.as_str(),
                ":component": finding.component(),
                ":kin": finding.kin(),
                ":since": Ms(incident.verdict.since),
                ":at": Ms(*at),
            },
            |row| row.get(0),
        )
        .optional()?;
    if let Some(page) = page {
        let values = named_params! { ":channel": channel.as_str(), ":page": page, ":at": Ms(*at) };
        tx.prepare_cached(WITHDRAW)?.execute(values)?;
    }
    Ok(page)
}

/// Whether an incident under the page is open.
fn is_open(tx: &Transaction<'_>, channel: &ChannelId, page: i64) -> rusqlite::Result<bool> {
    let values = named_params! { ":channel": channel.as_str(), ":page": page };
    tx.prepare_cached(IS_OPEN)?.query_row(values, |row| row.get(0))
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
    let Json(transition): Json<Transition> = row.get(5)?;
    let (Word(step), is_own): (Word<Step>, bool) = (row.get(6)?, row.get(7)?);
    // Where it cannot be read, the incident has a page of its own: one too many, and none too few.
    let opener: Option<Json<Incident>> = row.get(8).ok();
    let (times, others, is_told) = (row.get(9)?, row.get(10)?, row.get(11)?);
    let stays_open = step != Step::Closed;
    let is_alone = is_own && others == 0 && (step == transition.step);
    let page = opener.filter(|_| !is_alone).map(|Json(opener)| OnPage {
        key: opener.dedup_key(),
        since: opener.verdict.since,
        times,
        others,
        is_told,
        stays_open,
    });
    Ok(Pending {
        id: OutboxId(row.get(0)?),
        channel,
        transition,
        page,
        attempts: row.get(2)?,
        created,
        first_tried: first_tried.map(|Ms(at)| at),
    })
}
