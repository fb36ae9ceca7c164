//! Databases that cannot be used, and what the user is told.

use super::{AT_ONCE, at, channels, directory, store, transition};
use crate::{ReadStore, Store, StoreError};
use demarc_model::incident::Step;
use rusqlite::Connection;
use std::fs;
use std::path::Path;

#[tokio::test]
async fn a_second_agent_is_refused_until_the_first_has_closed() {
    let (_directory, file) = directory();
    let first = Store::open(&file).unwrap().store;
    let error = Store::open(&file).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "{} is in use by another Demarc; stop it, or give this one its own --state-dir",
            file.display()
        )
    );
    let clone = first.clone();
    first.close().await.unwrap();
    assert!(matches!(clone.due(at(0), 1).await, Err(StoreError::Closed)));
    Store::open(&file).unwrap();
}

#[tokio::test]
async fn dropping_every_handle_writes_what_was_gathered_and_lets_go() {
    let (_directory, file) = directory();
    let store = Store::open(&file).unwrap().store;
    let commit = store.commit_transition(transition(1, Step::Opened, 10), vec![], AT_ONCE);
    commit.await.unwrap();
    drop(store);
    // The thread ends by itself; the lock says when.
    let lock = fs::File::open(format!("{}.lock", file.display())).unwrap();
    lock.lock().unwrap();
    drop(lock);
    assert_eq!(ReadStore::open(&file).unwrap().open_incidents().unwrap().len(), 1);
}

#[tokio::test]
async fn a_lock_held_by_another_program_is_named_and_nothing_is_lost_after_it() {
    let (_directory, file) = directory();
    let store = Store::open(&file).unwrap().store;
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let first = transition(1, Step::Opened, 10);
    let error = store.commit_transition(first.clone(), channels(&["noc"]), AT_ONCE).await.unwrap_err();
    assert!(matches!(&error, StoreError::Locked { file: named } if *named == file), "{error:?}");
    other.execute_batch("ROLLBACK").unwrap();
    store.commit_transition(first.clone(), channels(&["noc"]), AT_ONCE).await.unwrap();
    assert_eq!(store.reader().open_incidents().unwrap(), [first.incident]);
}

#[tokio::test]
async fn a_full_disk_is_named_and_writing_goes_on_when_there_is_room() {
    let (_directory, store) = store();
    // SQLite's own limit on pages fails exactly as a full disk does.
    let limit = |pages: &'static str| store.call(move |w| w.connection.query_row(pages, [], |_| Ok(())));
    limit("PRAGMA max_page_count = 1").await.unwrap();
    let all: Vec<_> = (1..200).map(|id| transition(id, Step::Opened, 10)).collect();
    let mut refused = None;
    for one in &all {
        if let Err(error) = store.commit_transition(one.clone(), vec![], AT_ONCE).await {
            refused = Some((one.clone(), error));
            break;
        }
    }
    let (one, error) = refused.expect("one page is soon full");
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    limit("PRAGMA max_page_count = 100000").await.unwrap();
    store.commit_transition(one.clone(), vec![], AT_ONCE).await.unwrap();
    let expected: Vec<_> = all.iter().take_while(|t| t.incident.id <= one.incident.id).collect();
    let found = store.reader().open_incidents().unwrap();
    assert_eq!(found, expected.iter().map(|t| t.incident.clone()).collect::<Vec<_>>());
}

#[test]
fn a_place_that_cannot_hold_a_database_is_refused_with_the_reason() {
    let (directory, file) = directory();
    fs::write(&file, "").unwrap();
    let below_a_file = file.join("demarc.db");
    let missing = directory.path().join("missing/demarc.db");
    for place in [below_a_file.as_path(), &missing] {
        let error = Store::open(place).unwrap_err();
        assert!(matches!(error, StoreError::CannotOpen { .. }), "{error:?}");
    }
    // Nobody may create files there, not even root, whom modes do not stop.
    let error = Store::open(Path::new("/sys/demarc.db")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    let error = Store::open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Disk { .. }), "{error:?}");
}

#[test]
fn a_database_that_turns_read_only_is_named_so() {
    let (_directory, file) = directory();
    drop(Store::open(&file).unwrap());
    let connection = crate::open::read_only(&file).unwrap();
    let source = connection.execute_batch("DELETE FROM meta").unwrap_err();
    let error = StoreError::from_sql(&file, source);
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let (_directory, file) = directory();
    let store = Store::open(&file).unwrap().store;
    let newer = "PRAGMA user_version = 9999";
    store.call(move |writer| writer.connection.execute_batch(newer)).await.unwrap();
    store.close().await.unwrap();
    let before = fs::read(&file).unwrap();
    for error in [Store::open(&file).unwrap_err(), ReadStore::open(&file).unwrap_err()] {
        let text = format!(
            "{} was written by a newer Demarc (schema 9999, this one knows 7); install that version again",
            file.display()
        );
        assert_eq!(error.to_string(), text);
    }
    assert!(fs::read(&file).unwrap() == before, "untouched");
}

#[tokio::test]
async fn the_writer_is_set_to_survive_a_power_cut() {
    let (_directory, store) = store();
    let settings = store
        .call(|writer| {
            let one = |sql: &str| writer.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
            let mode: String = writer.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            let limit = one("PRAGMA journal_size_limit")?;
            Ok((mode, one("PRAGMA synchronous")?, one("PRAGMA foreign_keys")?, limit))
        })
        .await
        .unwrap();
    assert_eq!(settings, ("wal".to_owned(), 2, 1, 16 << 20));
}

#[tokio::test]
async fn a_slow_question_is_cut_off() {
    let (_directory, store) = store();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let answer = store.reader().query(|c| c.query_row(endless, [], |row| row.get::<_, i64>(0)));
    assert!(matches!(answer, Err(StoreError::TooSlow { .. })), "{answer:?}");
}
