//! What probes saw, counted over time: for a picture of hours and days, of which no row is to be read twice.

use crate::column::{Ms, Word};
use crate::{ReadStore, StoreError};
use demarc_model::matrix::{Seen, Span, Tally};
use demarc_model::probe::ProbeKind;
use rusqlite::{Connection, Row, named_params};

const TALLIES: &str = "SELECT probe.name, (at_ms - :from) / :step AS cell,
        SUM(missing IS NULL AND symptom IS NULL), SUM(symptom IS NOT NULL)
    FROM observation JOIN probe ON probe.id = observation.probe
    WHERE at_ms >= :from AND at_ms < :to
    AND (probe.name = :kind OR probe.name GLOB :kind || '/*')
    GROUP BY probe, cell ORDER BY cell, probe.name";

impl ReadStore {
    /// What probes of these kinds saw in each cell of a span. Cells in which a probe saw nothing are left out.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn tallies(&self, kinds: &[ProbeKind], span: Span) -> Result<Vec<Tally>, StoreError> {
        self.query_at_leisure(|connection| {
            let mut out = Vec::new();
            for kind in kinds {
                out.extend(of_kind(connection, *kind, span)?);
            }
            Ok(out)
        })
    }
}

fn of_kind(connection: &Connection, kind: ProbeKind, span: Span) -> rusqlite::Result<Vec<Tally>> {
    let mut statement = connection.prepare_cached(TALLIES)?;
    let values = named_params! {
        ":from": Ms(span.from),
        ":to": Ms(span.to()),
        ":step": i64::try_from(span.step.as_millis()).unwrap_or(i64::MAX).max(1),
        ":kind": kind.name(),
    };
    statement.query_map(values, read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Tally> {
    let Word(probe) = row.get(0)?;
    let seen = Seen { passed: row.get(2)?, failed: row.get(3)? };
    let cell: u32 = row.get(1)?;
    Ok(Tally { probe, cell: cell as usize, seen })
}
