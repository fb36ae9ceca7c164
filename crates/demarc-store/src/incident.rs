//! Incidents and every step in their lives, sealed in a chain so that a changed row shows.

use crate::column::{Json, Ms, Word, json};
use crate::outbox;
use crate::writer::Store;
use crate::{ReadStore, StoreError};
use demarc_model::id::{ChannelId, IncidentId};
use demarc_model::incident::{Incident, Transition};
use demarc_model::time::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};
use sha2::{Digest, Sha256};
use std::time::Duration;

const UPSERT_INCIDENT: &str = "INSERT INTO incident (id, opened_ms, closed_ms, domain, payload)
    VALUES (:id, :opened, :closed, :domain, :payload)
    ON CONFLICT (id) DO UPDATE SET closed_ms = :closed, domain = :domain, payload = :payload";
const LAST_SEAL: &str = "SELECT seal FROM incident_transition ORDER BY seq DESC LIMIT 1";
const INSERT_TRANSITION: &str = "INSERT INTO incident_transition (incident, step, at_ms, payload, seal)
    VALUES (:incident, :step, :at, :payload, :seal)";
const AMEND_INCIDENT: &str = "UPDATE incident SET payload = :payload WHERE id = :id AND closed_ms IS NULL";
const INCIDENTS: &str = "SELECT payload FROM incident
    WHERE (:state = 'all' OR (:state = 'open') = (closed_ms IS NULL))
    AND opened_ms >= :from ORDER BY id DESC LIMIT :most";
const INCIDENT: &str = "SELECT payload FROM incident WHERE id = :id";
const OPEN_INCIDENTS: &str = "SELECT payload FROM incident WHERE closed_ms IS NULL ORDER BY id";
const NEXT_INCIDENT: &str = "SELECT COALESCE(MAX(id), 0) + 1 FROM incident";
const TRANSITIONS: &str = "SELECT payload FROM incident_transition WHERE incident = :id ORDER BY seq";
const CHAIN: &str = "SELECT seq, payload, seal FROM incident_transition ORDER BY seq";

/// Which incidents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncidentFilter {
    pub state: IncidentState,
    /// Opened at this time or later.
    pub from: Timestamp,
    pub most: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentState {
    All,
    Open,
    Closed,
}

/// What a walk along the chain of seals found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Rows whose seal fits, from the first on.
    pub sound: u64,
    /// The sequence number of the first row whose seal does not fit.
    pub broken_at: Option<i64>,
}

impl Store {
    /// Commits one step of an incident together with one message for each channel; that of an end is held
    /// back for so long. When this returns, all of it survives a power cut.
    ///
    /// # Errors
    /// Nothing of it was written.
    pub async fn commit_transition(
        &self,
        transition: Transition,
        channels: Vec<ChannelId>,
        hold: Duration,
    ) -> Result<(), StoreError> {
        self.call(move |writer| commit(&mut writer.connection, &transition, &channels, hold)).await
    }

    /// Notes what became known of an open incident beside its verdict. That is no step in its life: it
    /// is sealed with the next one. An incident that is not open is left as it is.
    ///
    /// # Errors
    /// Nothing was written.
    pub async fn amend_incident(&self, incident: Incident) -> Result<(), StoreError> {
        self.call(move |writer| {
            let values = named_params! { ":id": number(incident.id), ":payload": json(&incident)? };
            writer.connection.prepare_cached(AMEND_INCIDENT)?.execute(values).map(drop)
        })
        .await
    }
}

impl ReadStore {
    /// Newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn incidents(&self, filter: IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        let state = match filter.state {
            IncidentState::All => "all",
            IncidentState::Open => "open",
            IncidentState::Closed => "closed",
        };
        self.query(|connection| {
            let values = named_params! { ":state": state, ":from": Ms(filter.from), ":most": filter.most };
            payloads(connection, INCIDENTS, values)
        })
    }

    /// # Errors
    /// The database cannot be read.
    pub fn incident(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        self.query(|connection| {
            let found = connection.query_row(INCIDENT, named_params! { ":id": number(id) }, first);
            Ok(found.optional()?.map(|Json(incident)| incident))
        })
    }

    /// Every step of one incident, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn transitions(&self, id: IncidentId) -> Result<Vec<Transition>, StoreError> {
        self.query(|connection| payloads(connection, TRANSITIONS, named_params! { ":id": number(id) }))
    }

    /// All incidents that a restarted agent takes up again, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn open_incidents(&self) -> Result<Vec<Incident>, StoreError> {
        self.query(|connection| payloads(connection, OPEN_INCIDENTS, []))
    }

    /// One more than the highest number ever used.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn next_incident_id(&self) -> Result<IncidentId, StoreError> {
        let next = self.query(|connection| connection.query_row(NEXT_INCIDENT, [], first::<i64>))?;
        Ok(IncidentId(u64::try_from(next).unwrap_or(1)))
    }

    /// Recomputes the seals of all steps.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        self.query_at_leisure(verify)
    }
}

fn commit(
    connection: &mut Connection,
    transition: &Transition,
    channels: &[ChannelId],
    hold: Duration,
) -> rusqlite::Result<()> {
    let Transition { step, at, incident } = transition;
    let tx = connection.transaction()?;
    tx.prepare_cached(UPSERT_INCIDENT)?.execute(named_params! {
        ":id": number(incident.id),
        ":opened": Ms(incident.opened),
        ":closed": incident.closed.map(Ms),
        ":domain": incident.verdict.finding.domain().name(),
        ":payload": json(incident)?,
    })?;
    let last: Option<Vec<u8>> = tx.query_row(LAST_SEAL, [], first).optional()?;
    let payload = json(transition)?;
    tx.prepare_cached(INSERT_TRANSITION)?.execute(named_params! {
        ":incident": number(incident.id),
        ":step": Word(*step),
        ":at": Ms(*at),
        ":payload": payload,
        ":seal": seal(last.as_deref(), &payload),
    })?;
    outbox::enqueue(&tx, transition, channels, hold)?;
    tx.commit()
}

fn verify(connection: &Connection) -> rusqlite::Result<Verified> {
    let mut statement = connection.prepare(CHAIN)?;
    let mut rows = statement.query([])?;
    let mut verified = Verified { sound: 0, broken_at: None };
    let mut last: Option<Vec<u8>> = None;
    while let Some(row) = rows.next()? {
        let stored: Vec<u8> = row.get(2)?;
        // Bytes, not text: a flipped bit may leave text that is no longer UTF-8.
        let payload = row.get_ref(1)?.as_bytes().unwrap_or_default().to_vec();
        if seal_bytes(last.as_deref(), &payload) != stored {
            verified.broken_at = Some(row.get(0)?);
            break;
        }
        verified.sound += 1;
        last = Some(stored);
    }
    Ok(verified)
}

fn seal(last: Option<&[u8]>, payload: &str) -> Vec<u8> {
    seal_bytes(last, payload.as_bytes())
}

fn seal_bytes(last: Option<&[u8]>, payload: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(last.unwrap_or_default());
    hash.update(payload);
    hash.finalize().to_vec()
}

/// SQLite counts to 2^63; no site has that many incidents.
pub(crate) fn number(id: IncidentId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn first<T: FromSql>(row: &Row<'_>) -> rusqlite::Result<T> {
    row.get(0)
}

fn payloads<T: serde::de::DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(values, first)?;
    rows.map(|row| row.map(|Json(value)| value)).collect()
}
