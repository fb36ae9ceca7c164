//! Files that are not a sound database.

use super::{AT_ONCE, at, channels, directory, transition};
use crate::{Store, StoreError};
use demarc_model::incident::Step;
use std::fs;
use std::path::Path;

async fn fill(file: &Path) {
    let store = Store::open(file).unwrap().store;
    for id in 1..200 {
        store.commit_transition(transition(id, Step::Opened, 10), channels(&["noc"]), AT_ONCE).await.unwrap();
    }
    store.close().await.unwrap();
}

type Damage = fn(&mut Vec<u8>);

fn overwrite(bytes: &mut [u8], from: usize, with: u8) {
    bytes[from..from + 512].fill(with);
}

#[tokio::test]
async fn a_damaged_database_is_set_aside_and_a_new_one_begun() {
    // SQLite keeps the version of the schema there (<https://sqlite.org/fileformat.html>).
    const VERSION: usize = 60;
    let cases: [(&str, Damage); 6] = [
        ("another kind of file", |bytes| *bytes = b"not a database at all, just some text\n".repeat(200)),
        ("a garbled header", |bytes| overwrite(bytes, 0, 0xaa)),
        ("a garbled page in the middle", |bytes| {
            let page = bytes.len() / 4_096 / 2 * 4_096;
            overwrite(bytes, page, 0xff);
        }),
        ("cut off in the middle", |bytes| bytes.truncate(bytes.len() / 2)),
        ("a version of the schema that cannot be", |bytes| bytes[VERSION..VERSION + 4].fill(0xff)),
        ("tables, and no version of their schema", |bytes| bytes[VERSION..VERSION + 4].fill(0)),
    ];
    for (name, damage) in cases {
        let (_directory, file) = directory();
        fill(&file).await;
        let mut bytes = fs::read(&file).unwrap();
        damage(&mut bytes);
        fs::write(&file, &bytes).unwrap();

        let opened = Store::open(&file).unwrap();
        let aside = opened.set_aside.expect(name);
        assert!(fs::read(&aside).unwrap() == bytes, "{name}: kept as it was");
        let prefix = format!("{}.corrupt-", file.display());
        assert!(aside.display().to_string().starts_with(&prefix), "{}", aside.display());
        assert_eq!(opened.store.reader().open_incidents().unwrap(), [], "{name}");
        let first = transition(1, Step::Opened, 10);
        opened.store.commit_transition(first.clone(), vec![], AT_ONCE).await.unwrap();
        assert_eq!(opened.store.reader().open_incidents().unwrap(), [first.incident], "{name}");
    }
}

#[tokio::test]
async fn a_log_that_was_left_behind_is_read_and_one_that_was_lost_is_no_damage() {
    for lost in [&[][..], &["demarc.db-shm"], &["demarc.db-wal", "demarc.db-shm"]] {
        let (directory, file) = directory();
        let store = Store::open(&file).unwrap().store;
        let committed = transition(1, Step::Opened, 10);
        store.commit_transition(committed.clone(), vec![], AT_ONCE).await.unwrap();
        // As after a power cut: the files as they are while the store is open.
        let copy = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(directory.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        for name in lost {
            fs::remove_file(copy.path().join(name)).unwrap();
        }
        let opened = Store::open(&copy.path().join("demarc.db")).unwrap();
        assert_eq!(opened.set_aside, None, "{lost:?}");
        let expected = if lost.contains(&"demarc.db-wal") { vec![] } else { vec![committed.incident] };
        assert_eq!(opened.store.reader().open_incidents().unwrap(), expected, "{lost:?}");
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let (_directory, file) = directory();
    fs::write(&file, "").unwrap();
    let opened = Store::open(&file).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.store.due(at(0), 1).await.unwrap(), []);
}

#[tokio::test]
async fn damage_that_shows_later_is_an_error_with_a_remedy() {
    let (_directory, file) = directory();
    let store = Store::open(&file).unwrap().store;
    let source =
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None);
    let error = store.call(move |_| Err::<(), _>(source)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Damaged { file: named } if *named == file), "{error:?}");
}
