//! Opening the database: exclusive, sound, of a schema that this program knows; otherwise a clear refusal.
//!
//! A damaged file is set aside, never repaired and never deleted: it may be evidence.

use crate::error::StoreError;
use crate::writer::Store;
use demarc_model::time::Timestamp;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One file for each version of the schema, in order. A released one is never edited: databases that it
/// made are not made anew.
const MIGRATIONS: &[M<'_>] = &[
    M::up(include_str!("../../../migrations/agent/V1__init.sql")),
    M::up(include_str!("../../../migrations/agent/V2__identity.sql")),
    M::up(include_str!("../../../migrations/agent/V3__picture.sql")),
    M::up(include_str!("../../../migrations/agent/V4__relay.sql")),
    M::up(include_str!("../../../migrations/agent/V5__page.sql")),
    M::up(include_str!("../../../migrations/agent/V6__snapshot.sql")),
    M::up(include_str!("../../../migrations/agent/V7__together.sql")),
];

/// How long to wait for another program that holds the database.
const BUSY: Duration = Duration::from_secs(5);
/// How long the structure is checked at start; a history of gigabytes is checked only so far.
const CHECK: Duration = Duration::from_secs(2);
/// The first SQLite whose write-ahead log does not lose pages (<https://sqlite.org/wal.html#walresetbug>).
const OLDEST_SQLITE: i32 = 3_051_003;

const SCHEMA_VERSION: &str = "PRAGMA user_version";
const TABLES: &str = "SELECT count(*) FROM sqlite_schema";
// Only before the first table; later it would need the whole file written anew.
const GIVE_ROOM_BACK: &str = "PRAGMA auto_vacuum = INCREMENTAL";
// FULL: with NORMAL a power cut takes acknowledged alerts with it.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = 16777216";
const QUICK_CHECK: &str = "PRAGMA quick_check(1)";
const PROVE_WRITABLE: &str = "BEGIN IMMEDIATE; ROLLBACK";

/// An open store, and what became of the file that was there.
#[derive(Debug)]
pub struct Opened {
    pub store: Store,
    /// Where a damaged database was moved, when there was one. What it held is not in the new one.
    pub set_aside: Option<PathBuf>,
}

/// A database that only this process writes to.
pub(crate) struct Exclusive {
    pub(crate) connection: Connection,
    pub(crate) set_aside: Option<PathBuf>,
    /// Held as long as the connection, so that a second agent is told instead of mixed in.
    pub(crate) lock: File,
}

pub(crate) fn exclusive(file: &Path) -> Result<Exclusive, StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite { found: rusqlite::version() });
    }
    let lock = lock(file)?;
    match connect(file) {
        Ok(connection) => Ok(Exclusive { connection, set_aside: None, lock }),
        Err(StoreError::Damaged { .. }) => {
            let aside =
                set_aside(file).map_err(|source| StoreError::SetAside { file: file.to_owned(), source })?;
            Ok(Exclusive { connection: connect(file)?, set_aside: Some(aside), lock })
        }
        Err(error) => Err(error),
    }
}

/// A connection that cannot write, to a database of this program's schema.
pub(crate) fn read_only(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = |source| StoreError::from_sql(file, source);
    let connection = Connection::open_with_flags(file, flags).map_err(sql)?;
    connection.busy_timeout(BUSY).map_err(sql)?;
    check_schema(&connection, file)?;
    Ok(connection)
}

/// Interrupts what the connection does when it takes longer than `most`.
pub(crate) fn limit(connection: &Connection, most: Duration) -> rusqlite::Result<()> {
    let end = Instant::now() + most;
    connection.progress_handler(1_000, Some(move || Instant::now() > end))
}

fn lock(file: &Path) -> Result<File, StoreError> {
    let path = beside(file, ".lock");
    let lock = File::options().create(true).write(true).truncate(false).open(&path);
    let lock = lock.map_err(|source| StoreError::from_io(&path, source))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { file: file.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::from_io(&path, source)),
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    let sql = |source| StoreError::from_sql(file, source);
    let holds_something = std::fs::metadata(file).is_ok_and(|found| found.len() > 0);
    if holds_something {
        // Read-only first: what a newer Demarc wrote and what is damaged is left as it was found.
        check_structure(&read_only(file)?, file)?;
    }
    let mut connection = Connection::open(file).map_err(sql)?;
    connection.busy_timeout(BUSY).map_err(sql)?;
    if !holds_something {
        connection.execute_batch(GIVE_ROOM_BACK).map_err(sql)?;
    }
    connection.execute_batch(PRAGMAS).map_err(sql)?;
    Migrations::from_slice(MIGRATIONS)
        .to_latest(&mut connection)
        .map_err(|source| StoreError::from_migration(file, source))?;
    connection.execute_batch(PROVE_WRITABLE).map_err(sql)?;
    Ok(connection)
}

fn check_structure(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let sql = |source| StoreError::from_sql(file, source);
    limit(connection, CHECK).map_err(sql)?;
    let answer = connection.query_row(QUICK_CHECK, [], |row| row.get::<_, String>(0));
    match answer.map_err(sql) {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(_) => Err(StoreError::Damaged { file: file.to_owned() }),
        Err(StoreError::TooSlow { .. }) => {
            tracing::info!("the database is too large to be checked whole at start");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Refuses what a newer program wrote.
fn check_schema(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let sql = |source| StoreError::from_sql(file, source);
    let found = connection.query_row(SCHEMA_VERSION, [], |row| row.get::<_, i64>(0)).map_err(sql)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let holds_tables = connection.query_row(TABLES, [], |row| row.get::<_, i64>(0)).map_err(sql)? > 0;
    if found < 0 || (found == 0 && holds_tables) {
        return Err(StoreError::Damaged { file: file.to_owned() });
    }
    if found > known {
        return Err(StoreError::NewerSchema { file: file.to_owned(), found, known });
    }
    Ok(())
}

/// Moves a damaged database and its log away, and says where.
fn set_aside(file: &Path) -> std::io::Result<PathBuf> {
    // "2022-02-20T17:00:00.042Z" without what some file systems and shells dislike.
    let stamp = now().to_string().replace(':', "");
    let aside = beside(file, &format!(".corrupt-{stamp}"));
    std::fs::rename(file, &aside)?;
    for tail in ["-wal", "-shm"] {
        match std::fs::rename(beside(file, tail), beside(&aside, tail)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}

fn beside(file: &Path, tail: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(tail);
    name.into()
}

fn now() -> Timestamp {
    Timestamp::default().plus(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
