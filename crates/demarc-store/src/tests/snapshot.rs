use super::{at, store};
use crate::retention::Keep;
use crate::snapshot::{SnapshotEntry, SnapshotFilter};
use crate::{ReadStore, Store};
use demarc_model::id::CameraId;
use demarc_model::snapshot::{CameraSnapshot, Shows};

fn snapshot(camera: &str, second: i64) -> CameraSnapshot {
    let camera = CameraId::new(camera).unwrap();
    CameraSnapshot { camera, at: at(second), shows: Shows::Frozen, jpeg: vec![0xff; 1_000] }
}

fn all(reader: &ReadStore) -> Vec<SnapshotEntry> {
    let always = SnapshotFilter { camera: None, from: at(i64::from(i32::MIN)), to: at(i64::from(i32::MAX)) };
    reader.snapshots(&always).unwrap()
}

async fn save(store: &Store, most: u64, all: &[(&str, i64)]) {
    let all = all.iter().map(|(camera, second)| snapshot(camera, *second)).collect();
    store.save_snapshots(all, most).await.unwrap();
}

fn seconds(reader: &ReadStore) -> Vec<i64> {
    all(reader).iter().map(|entry| (entry.at.as_millis() - at(0).as_millis()) / 1_000).collect()
}

#[tokio::test]
async fn the_newest_that_fit_are_kept() {
    let (_directory, store) = store();
    save(&store, 3_500, &[("entrance", 1), ("tills", 2), ("entrance", 3)]).await;
    save(&store, 3_500, &[("tills", 4), ("entrance", 5)]).await;
    let reader = store.reader();
    assert_eq!(seconds(&reader), [3, 4, 5]);
    let keep = |days, snapshot_bytes| Keep { days, bytes: u64::MAX, snapshot_bytes };
    store.prune(at(0), keep(1, 2_000)).await.unwrap();
    assert_eq!(seconds(&reader), [4, 5]);
    store.prune(at(86_400 + 5), keep(1, 2_000)).await.unwrap();
    assert_eq!(seconds(&reader), [5]);
    store.prune(at(0), keep(1, 0)).await.unwrap();
    assert_eq!(seconds(&reader), [0_i64; 0]);
}

#[tokio::test]
async fn what_was_kept_reads_back() {
    let (_directory, store) = store();
    save(&store, u64::MAX, &[("entrance", 1), ("tills", 2)]).await;
    let reader = store.reader();
    let tills = CameraId::new("tills").unwrap();
    let of_one = SnapshotFilter { camera: Some(tills), from: at(0), to: at(9) };
    let [entry] = reader.snapshots(&of_one).unwrap().try_into().unwrap();
    assert_eq!(entry.bytes, 1_000);
    assert_eq!(reader.snapshot(&entry).unwrap(), Some(snapshot("tills", 2)));
    store.save_snapshots(Vec::new(), 0).await.unwrap();
    assert_eq!(reader.snapshot(&entry).unwrap(), None);
}

/// A lot of pictures costs no history.
#[tokio::test]
async fn pictures_do_not_count_as_history() {
    let (_directory, store) = store();
    let seen: Vec<_> = (0..100).map(|second| super::history::ready(second, 200)).collect();
    store.record(seen).await.unwrap();
    let pictures: Vec<_> = (0..2_000).map(|second| ("entrance", second)).collect();
    save(&store, u64::MAX, &pictures).await;
    let keep = Keep { days: 30, bytes: 1024 * 1024, snapshot_bytes: u64::MAX };
    assert_eq!(store.prune(at(0), keep).await.unwrap(), 0);
    assert_eq!(all(&store.reader()).len(), 2_000);
}
