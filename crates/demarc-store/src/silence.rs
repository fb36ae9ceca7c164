//! The times in which cameras answered nothing at all, from the history of observations.
//!
//! The history is read once, in the order in which it lies on disk, and a week at a time, so that
//! neither memory nor the time that a reader may take grows with it.

use crate::column::{Ms, Word};
use crate::{ReadStore, StoreError};
use demarc_model::id::CameraId;
use demarc_model::probe::ProbeId;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_model::topology::{Past, Silence};
use rusqlite::{Connection, named_params};
use std::collections::HashMap;
use std::time::Duration;

const SLICE: Duration = Duration::from_secs(7 * 86_400);
/// Fewer looks in a row without an answer are lost packets.
const LEAST_LOOKS: u32 = 3;

const PROBES: &str = "SELECT id, name FROM probe WHERE name GLOB 'camera.*'";
const FIRST: &str = "SELECT MIN(at_ms) FROM observation WHERE at_ms >= :from";
const LOOKS: &str = "SELECT at_ms, probe, symptom FROM observation
    WHERE at_ms >= :from AND at_ms < :to AND missing IS NULL ORDER BY at_ms, probe";

impl ReadStore {
    /// When each camera was silent between `from` and `to`, in the order of the beginnings.
    /// Nothing when the history holds no look at a camera.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn silences(&self, from: Timestamp, to: Timestamp) -> Result<Option<Past>, StoreError> {
        let first = self.query(|connection| {
            let from = named_params! { ":from": Ms(from) };
            connection.query_row(FIRST, from, |row| row.get::<_, Option<Ms>>(0))
        })?;
        let Some(Ms(first)) = first else { return Ok(None) };
        let mut fold = Fold { cameras: self.query(cameras)?, ..Fold::default() };
        let mut slice = first;
        while slice < to {
            let end = slice.plus(SLICE).min(to);
            self.query_at_leisure(|connection| read(connection, &mut fold, slice, end))?;
            slice = end;
        }
        Ok(fold.finish())
    }
}

fn cameras(connection: &Connection) -> rusqlite::Result<HashMap<i64, CameraId>> {
    let mut statement = connection.prepare(PROBES)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Word<ProbeId>>(1)?)))?;
    let mut out = HashMap::new();
    for row in rows {
        let (number, Word(probe)) = row?;
        // What is no id any more was written by another version and is no camera of this site.
        out.extend(CameraId::new(&probe.subject).ok().map(|camera| (number, camera)));
    }
    Ok(out)
}

fn read(connection: &Connection, fold: &mut Fold, from: Timestamp, to: Timestamp) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(LOOKS)?;
    let mut rows = statement.query(named_params! { ":from": Ms(from), ":to": Ms(to) })?;
    while let Some(row) = rows.next()? {
        let Some(camera) = fold.cameras.get(&row.get(1)?).cloned() else { continue };
        let Ms(at) = row.get(0)?;
        let symptom: Option<Word<Symptom>> = row.get(2)?;
        let answered = !matches!(symptom, Some(Word(Symptom::Timeout | Symptom::Unreachable)));
        fold.look(camera, at, answered);
    }
    Ok(())
}

#[derive(Default)]
struct Fold {
    cameras: HashMap<i64, CameraId>,
    seen: Option<(Timestamp, Timestamp)>,
    open: HashMap<CameraId, Run>,
    silences: Vec<Silence>,
}

/// Looks in a row without an answer.
struct Run {
    from: Timestamp,
    until: Timestamp,
    looks: u32,
}

impl Fold {
    fn look(&mut self, camera: CameraId, at: Timestamp, answered: bool) {
        self.seen = Some((self.seen.map_or(at, |(first, _)| first), at));
        if answered {
            let ended = self.open.remove(&camera);
            self.silences.extend(ended.and_then(|run| run.silence(camera)));
            return;
        }
        let run = self.open.entry(camera).or_insert(Run { from: at, until: at, looks: 0 });
        run.until = at;
        run.looks += 1;
    }

    fn finish(mut self) -> Option<Past> {
        let (from, to) = self.seen?;
        self.silences.extend(self.open.drain().filter_map(|(camera, run)| run.silence(camera)));
        self.silences.sort_by(|a, b| (a.from, &a.camera).cmp(&(b.from, &b.camera)));
        Some(Past { from, to, silences: self.silences })
    }
}

impl Run {
    fn silence(self, camera: CameraId) -> Option<Silence> {
        (self.looks >= LEAST_LOOKS).then_some(Silence { camera, from: self.from, until: self.until })
    }
}
