//! The history of observations: many, small, and the only thing here that may lose its last seconds.
//!
//! A disk page is 4 KiB; written one by one, observations would wear out the small computers this runs
//! on. They are gathered for ten seconds, and what a probe read is not repeated while it stays the same.

use crate::column::{Json, Ms, Word, json};
use crate::{ReadStore, Store, StoreError};
use demarc_model::observation::{Observation, Outcome, Phases, Reading};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// How long observations are gathered before they are written together.
const GATHER: Duration = Duration::from_secs(10);
/// So many are written at once without waiting longer.
const BATCH: usize = 512;
/// So many are kept while the disk refuses them.
const MOST_WAITING: usize = 10_000;
/// Unchanged readings are written out again after this.
const READINGS_EVERY: Duration = Duration::from_secs(3_600);

const INTERN: &str = "INSERT INTO probe (name) VALUES (:name) ON CONFLICT (name) DO UPDATE SET name = :name
    RETURNING id";
const INSERT: &str = "INSERT OR REPLACE INTO observation (at_ms, probe, missing, phase, symptom, detail,
        dns_us, connect_us, tls_us, first_byte_us, total_us, readings)
    VALUES (:at, :probe, :missing, :phase, :symptom, :detail,
        :dns, :connect, :tls, :first_byte, :total, :readings)";
const HISTORY: &str = "SELECT probe.name, at_ms, missing, phase, symptom, detail,
        dns_us, connect_us, tls_us, first_byte_us, total_us, readings
    FROM observation JOIN probe ON probe.id = observation.probe
    WHERE at_ms >= :from AND at_ms < :to
    AND (:kind IS NULL OR probe.name = :kind OR probe.name GLOB :kind || '/*')
    AND (:subject IS NULL OR substr(probe.name, instr(probe.name, '/') + 1) = :subject)
    ORDER BY at_ms DESC LIMIT :most";
const LATEST: &str = "SELECT probe.name, MAX(at_ms), missing, phase, symptom, detail,
        dns_us, connect_us, tls_us, first_byte_us, total_us, readings
    FROM observation JOIN probe ON probe.id = observation.probe
    WHERE at_ms >= :from GROUP BY probe ORDER BY probe.name";
const READINGS_BEFORE: &str = "SELECT readings FROM observation JOIN probe ON probe.id = observation.probe
    WHERE at_ms < :at AND at_ms >= :oldest AND probe.name = :name AND readings IS NOT NULL
    ORDER BY at_ms DESC LIMIT 1";

/// Which observations are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFilter {
    pub kind: Option<ProbeKind>,
    /// The id of a camera, segment, control or endpoint.
    pub subject: Option<String>,
    pub from: Timestamp,
    /// Not included.
    pub to: Timestamp,
    /// The newest so many.
    pub most: u32,
}

impl Store {
    /// Takes observations into the history. They are on disk some seconds later.
    ///
    /// # Errors
    /// The disk refuses what was gathered. The last ten thousand are kept and tried again with the next.
    pub async fn record(&self, observations: Vec<Observation>) -> Result<(), StoreError> {
        self.call(move |writer| {
            writer.recorder.add(observations);
            if writer.recorder.is_ripe() { writer.recorder.flush(&mut writer.connection) } else { Ok(()) }
        })
        .await
    }

    /// Writes what was gathered.
    ///
    /// # Errors
    /// The disk refuses it.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.call(|writer| writer.recorder.flush(&mut writer.connection)).await
    }
}

impl ReadStore {
    /// Oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn history(&self, filter: &HistoryFilter) -> Result<Vec<Observation>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(HISTORY)?;
            let rows = statement.query_map(
                named_params! {
                    ":from": Ms(filter.from),
                    ":to": Ms(filter.to),
                    ":kind": filter.kind.map(ProbeKind::name),
                    ":subject": filter.subject,
                    ":most": filter.most,
                },
                read,
            )?;
            let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
            rows.reverse();
            fill_in(connection, rows)
        })
    }

    /// The last thing each probe saw since `from`, in the order of the probes' names.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn latest(&self, from: Timestamp) -> Result<Vec<Observation>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(LATEST)?;
            let rows = statement.query_map(named_params! { ":from": Ms(from) }, read)?;
            fill_in(connection, rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}

/// Observations on their way to disk.
#[derive(Default)]
pub(crate) struct Recorder {
    waiting: VecDeque<Observation>,
    since: Option<Instant>,
    known: HashMap<ProbeId, Known>,
}

/// What the history already holds of a probe.
struct Known {
    id: i64,
    readings: String,
    written: Timestamp,
}

impl Recorder {
    fn add(&mut self, observations: Vec<Observation>) {
        self.since.get_or_insert_with(Instant::now);
        self.waiting.extend(observations);
        let over = self.waiting.len().saturating_sub(MOST_WAITING);
        if over > 0 {
            tracing::warn!(lost = over, "history that cannot be written is dropped");
            self.waiting.drain(..over);
        }
    }

    fn is_ripe(&self) -> bool {
        self.waiting.len() >= BATCH || self.since.is_some_and(|since| since.elapsed() >= GATHER)
    }

    pub(crate) fn flush(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let result = self.write(connection);
        if result.is_ok() {
            self.waiting.clear();
            self.since = None;
        } else {
            // Numbers given out in a transaction that failed are void.
            self.known.clear();
        }
        result
    }

    fn write(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let tx = connection.transaction()?;
        for observation in &self.waiting {
            insert(&tx, &mut self.known, observation)?;
        }
        tx.commit()
    }
}

fn insert(
    tx: &Transaction<'_>,
    known: &mut HashMap<ProbeId, Known>,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let (probe, readings) = news(tx, known, observation)?;
    let (missing, failure) = match &observation.outcome {
        Outcome::Passed => (None, None),
        Outcome::Failed { phase, symptom, detail } => (None, Some((*phase, *symptom, detail.as_str()))),
        Outcome::Missing { reason } => (Some(Word(*reason)), None),
    };
    let Phases { dns_us, connect_us, tls_us, first_byte_us, total_us } = observation.phases;
    tx.prepare_cached(INSERT)?.execute(named_params! {
        ":at": Ms(observation.at),
        ":probe": probe,
        ":missing": missing,
        ":phase": failure.map(|(phase, _, _)| Word(phase)),
        ":symptom": failure.map(|(_, symptom, _)| Word(symptom)),
        ":detail": failure.map(|(_, _, detail)| detail),
        ":dns": dns_us,
        ":connect": connect_us,
        ":tls": tls_us,
        ":first_byte": first_byte_us,
        ":total": total_us,
        ":readings": readings,
    })?;
    Ok(())
}

/// The probe's number, and its readings unless they are what was written last.
fn news(
    tx: &Transaction<'_>,
    known: &mut HashMap<ProbeId, Known>,
    observation: &Observation,
) -> rusqlite::Result<(i64, Option<String>)> {
    let (at, readings) = (observation.at, json(&observation.readings)?);
    let Some(known) = known.get_mut(&observation.probe) else {
        let name = observation.probe.to_string();
        let id = tx.prepare_cached(INTERN)?.query_row(named_params! { ":name": name }, |row| row.get(0))?;
        known.insert(observation.probe.clone(), Known { id, readings: readings.clone(), written: at });
        return Ok((id, Some(readings)));
    };
    // A clock that was set back must not make a row rely on one that comes after it.
    let fresh = at > known.written && at.since(known.written) < READINGS_EVERY;
    if fresh && readings == known.readings {
        return Ok((known.id, None));
    }
    known.readings.clone_from(&readings);
    known.written = at;
    Ok((known.id, Some(readings)))
}

/// An observation whose readings, when absent, are those of an earlier row.
struct Stored {
    observation: Observation,
    readings: Option<Vec<Reading>>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let Word(probe) = row.get(0)?;
    let Ms(at) = row.get(1)?;
    let readings: Option<Json<Vec<Reading>>> = row.get(11)?;
    let phases = Phases {
        dns_us: row.get(6)?,
        connect_us: row.get(7)?,
        tls_us: row.get(8)?,
        first_byte_us: row.get(9)?,
        total_us: row.get(10)?,
    };
    let observation = Observation { probe, at, outcome: outcome(row)?, phases, readings: Vec::new() };
    Ok(Stored { observation, readings: readings.map(|Json(readings)| readings) })
}

fn outcome(row: &Row<'_>) -> rusqlite::Result<Outcome> {
    if let Some(Word(reason)) = row.get(2)? {
        return Ok(Outcome::Missing { reason });
    }
    let Some(Word(phase)) = row.get(3)? else { return Ok(Outcome::Passed) };
    let Word(symptom) = row.get(4)?;
    let detail: Option<String> = row.get(5)?;
    Ok(Outcome::Failed { phase, symptom, detail: DeviceText::clean(&detail.unwrap_or_default()) })
}

/// Puts the readings back that were not repeated.
fn fill_in(connection: &Connection, rows: Vec<Stored>) -> rusqlite::Result<Vec<Observation>> {
    let mut last: HashMap<ProbeId, Vec<Reading>> = HashMap::new();
    let mut out = Vec::with_capacity(rows.len());
    for Stored { mut observation, readings } in rows {
        observation.readings = match (readings, last.get(&observation.probe)) {
            (Some(readings), _) => readings,
            (None, Some(readings)) => readings.clone(),
            (None, None) => readings_before(connection, &observation)?,
        };
        last.insert(observation.probe.clone(), observation.readings.clone());
        out.push(observation);
    }
    Ok(out)
}

fn readings_before(connection: &Connection, observation: &Observation) -> rusqlite::Result<Vec<Reading>> {
    let values = named_params! {
        ":at": Ms(observation.at),
        ":oldest": Ms(observation.at.minus(READINGS_EVERY)),
        ":name": observation.probe.to_string(),
    };
    let found = connection.prepare_cached(READINGS_BEFORE)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(found.map(|Json(readings)| readings).unwrap_or_default())
}
