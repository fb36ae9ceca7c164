use super::{AT_ONCE, at, channels, store, transition};
use crate::history::HistoryFilter;
use crate::retention::Keep;
use demarc_model::incident::Step;
use demarc_model::matrix::{Seen, Span, Tally};
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases, Reading};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;

fn passed(kind: ProbeKind, subject: &str, seconds: i64, readings: Vec<Reading>) -> Observation {
    Observation {
        probe: ProbeId::new(kind, subject),
        at: at(seconds),
        outcome: Outcome::Passed,
        phases: Phases { connect_us: Some(400), total_us: 2_100, ..Phases::default() },
        readings,
    }
}

pub(super) fn ready(seconds: i64, status: u16) -> Observation {
    passed(ProbeKind::CameraReady, "entrance", seconds, vec![Reading::HttpStatus(status)])
}

fn everything() -> HistoryFilter {
    HistoryFilter { kind: None, subject: None, from: at(-100_000), to: at(100_000), most: 100_000 }
}

fn round() -> Vec<Observation> {
    let failed = Observation {
        outcome: Outcome::Failed {
            phase: Phase::Authentication,
            symptom: Symptom::Rejected,
            detail: DeviceText::clean("401 to a fresh nonce"),
        },
        ..passed(ProbeKind::CameraLogin, "entrance", 2, vec![])
    };
    let missing = Observation {
        outcome: Outcome::Missing { reason: MissingReason::Budget },
        phases: Phases::default(),
        ..passed(ProbeKind::CameraLogin, "till-3", 3, vec![])
    };
    let link = passed(ProbeKind::HostLink, "", 1, vec![]);
    // The third and fourth reading are not written again; the fifth is, more than an hour later.
    let answers = [(4, 200), (5, 503), (6, 503), (7, 503), (5_000, 503)];
    [link, failed, missing].into_iter().chain(answers.map(|(s, status)| ready(s, status))).collect()
}

#[tokio::test]
async fn observations_come_back_as_they_went_in() {
    let (_directory, store) = store();
    store.record(round()).await.unwrap();
    assert_eq!(store.reader().history(&everything()).unwrap(), [], "still gathered");
    store.flush().await.unwrap();
    let all = round();
    let cases = [
        (everything(), all.clone()),
        (HistoryFilter { kind: Some(ProbeKind::CameraLogin), ..everything() }, all[1..3].to_vec()),
        (HistoryFilter { kind: Some(ProbeKind::HostLink), ..everything() }, all[..1].to_vec()),
        (HistoryFilter { subject: Some("till-3".to_owned()), ..everything() }, all[2..3].to_vec()),
        (HistoryFilter { from: at(2), to: at(4), ..everything() }, all[1..3].to_vec()),
        (HistoryFilter { from: at(7), to: at(8), ..everything() }, all[6..7].to_vec()),
        (HistoryFilter { most: 3, ..everything() }, all[5..].to_vec()),
    ];
    for (filter, expected) in cases {
        assert_eq!(store.reader().history(&filter).unwrap(), expected, "{filter:?}");
    }
    let latest = [all[1].clone(), all[2].clone(), all[7].clone(), all[0].clone()];
    assert_eq!(store.reader().latest(at(0)).unwrap(), latest);
    assert_eq!(store.reader().latest(at(8)).unwrap(), [all[7].clone()]);
}

#[tokio::test]
async fn readings_that_stay_the_same_are_written_once_an_hour() {
    let (_directory, store) = store();
    store.record(round()).await.unwrap();
    store.flush().await.unwrap();
    let written: i64 = store
        .call(|writer| {
            let count = "SELECT count(readings) FROM observation WHERE readings <> '[]'";
            writer.connection.query_row(count, [], |row| row.get(0))
        })
        .await
        .unwrap();
    assert_eq!(written, 3);
}

#[tokio::test]
async fn a_clock_that_was_set_back_loses_no_readings() {
    let (_directory, store) = store();
    let observations = vec![ready(100, 200), ready(101, 200), ready(50, 200), ready(51, 200)];
    store.record(observations.clone()).await.unwrap();
    store.flush().await.unwrap();
    let found = store.reader().history(&HistoryFilter { to: at(60), ..everything() }).unwrap();
    assert_eq!(found, observations[2..]);
}

#[tokio::test]
async fn history_that_a_full_disk_refuses_is_written_when_there_is_room() {
    let (_directory, store) = store();
    let limit = |pages: &'static str| store.call(move |w| w.connection.query_row(pages, [], |_| Ok(())));
    limit("PRAGMA max_page_count = 1").await.unwrap();
    store.record(many(40)).await.unwrap();
    let refused = store.flush().await.unwrap_err();
    assert!(matches!(refused, crate::StoreError::Full { .. }), "{refused:?}");
    limit("PRAGMA max_page_count = 100000").await.unwrap();
    store.record(vec![ready(41, 200)]).await.unwrap();
    store.flush().await.unwrap();
    let expected: Vec<_> = many(40).into_iter().chain([ready(41, 200)]).collect();
    assert!(store.reader().history(&everything()).unwrap() == expected);
}

/// One round a second of ten probes, as a camera site makes it.
fn many(rounds: i64) -> Vec<Observation> {
    let subjects: Vec<String> = (0..10).map(|n| format!("camera-{n}")).collect();
    let round = |second| {
        subjects.iter().map(move |subject| {
            passed(ProbeKind::CameraReady, subject, second, vec![Reading::HttpStatus(200)])
        })
    };
    (0..rounds).flat_map(round).collect()
}

#[tokio::test]
async fn one_probe_costs_less_than_a_kibibyte_on_disk() {
    let (directory, store) = store();
    let size = |name: &str| std::fs::metadata(directory.path().join(name)).unwrap().len();
    store.reader().epoch().unwrap();
    let before = size("demarc.db-wal") + size("demarc.db");
    // Gathered as in operation: ten seconds at a time.
    for chunk in many(600).chunks(100) {
        store.record(chunk.to_vec()).await.unwrap();
        store.flush().await.unwrap();
    }
    // The log holds every page as often as it was written; each is written once more into the database.
    let written = 2 * (size("demarc.db-wal") + size("demarc.db") - before);
    assert!(written / 6_000 <= 1_024, "{} bytes per probe", written / 6_000);
}

#[tokio::test]
async fn the_oldest_history_goes_by_age_and_by_size_and_incidents_stay() {
    let day = 86_400;
    let (directory, store) = store();
    store
        .commit_transition(transition(1, Step::Opened, -9 * day), channels(&["noc"]), AT_ONCE)
        .await
        .unwrap();
    let old = (0..20).map(|n| ready(-9 * day + n, 200));
    for chunk in old.chain(many(1_000)).collect::<Vec<_>>().chunks(5_000) {
        store.record(chunk.to_vec()).await.unwrap();
    }
    store.flush().await.unwrap();

    let plenty = u64::MAX;
    assert_eq!(store.prune(at(0), Keep { days: 10, bytes: plenty, snapshot_bytes: 0 }).await.unwrap(), 0);
    assert_eq!(store.prune(at(0), Keep { days: 8, bytes: plenty, snapshot_bytes: 0 }).await.unwrap(), 20);
    let half = 500_000;
    let gone = store.prune(at(0), Keep { days: 8, bytes: half, snapshot_bytes: 0 }).await.unwrap();
    let left = store.reader().history(&everything()).unwrap();
    assert_eq!(u64::try_from(left.len()).unwrap() + gone, 10_000);
    assert_eq!(left.last(), many(1_000).get(9_999));
    assert!(left.len() > 1_000, "no more than needed goes: {}", left.len());
    store.clone().close().await.unwrap();
    let bytes = std::fs::metadata(directory.path().join("demarc.db")).unwrap().len();
    assert!(bytes <= half + 4_096, "the room is given back: {bytes}");
    drop(store);

    let store = crate::Store::open(&directory.path().join("demarc.db")).unwrap().store;
    assert_eq!(store.reader().open_incidents().unwrap().len(), 1);
    assert_eq!(store.due(at(0), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_told_of_closed_incidents_goes_with_its_age() {
    let day = 86_400;
    let (_directory, store) = store();
    for (id, step) in [(1, Step::Opened), (1, Step::Closed), (2, Step::Opened)] {
        store.commit_transition(transition(id, step, 0), channels(&["noc"]), AT_ONCE).await.unwrap();
        let due = store.due(at(1), 10).await.unwrap();
        store.delivered(due[0].id, at(1)).await.unwrap();
    }
    store.prune(at(9 * day), Keep { days: 8, bytes: u64::MAX, snapshot_bytes: 0 }).await.unwrap();
    // The end of the second incident is still told: its beginning was.
    store.commit_transition(transition(2, Step::Closed, 9 * day), channels(&["noc"]), AT_ONCE).await.unwrap();
    assert_eq!(store.due(at(9 * day), 10).await.unwrap().len(), 1);
    let left: i64 = store
        .call(|writer| writer.connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(left, 2);
}

#[tokio::test]
async fn what_probes_saw_is_counted_over_time() {
    let (_directory, store) = store();
    let seen = |kind, subject: &str, seconds, symptom: Option<Symptom>| Observation {
        outcome: symptom.map_or(Outcome::Passed, |symptom| Outcome::Failed {
            phase: Phase::Connect,
            symptom,
            detail: DeviceText::default(),
        }),
        ..passed(kind, subject, seconds, vec![])
    };
    let unmeasured = Observation {
        outcome: Outcome::Missing { reason: MissingReason::Agent },
        ..passed(ProbeKind::VendorName, "relay-1", 31, vec![])
    };
    let observations = vec![
        seen(ProbeKind::VendorName, "relay-1", -1, None),
        seen(ProbeKind::VendorName, "relay-1", 0, None),
        seen(ProbeKind::VendorName, "relay-1", 9, Some(Symptom::Timeout)),
        seen(ProbeKind::VendorName, "relay-1", 10, Some(Symptom::Refused)),
        seen(ProbeKind::VendorAddress, "relay-1", 11, None),
        seen(ProbeKind::CameraReady, "entrance", 12, Some(Symptom::Timeout)),
        unmeasured,
        seen(ProbeKind::VendorName, "relay-2", 40, None),
    ];
    store.record(observations).await.unwrap();
    store.flush().await.unwrap();
    let span = Span { from: at(0), step: std::time::Duration::from_secs(10), cells: 4 };
    let tallies = store.reader().tallies(&[ProbeKind::VendorName, ProbeKind::VendorAddress], span).unwrap();
    let tally = |kind, cell, passed, failed| Tally {
        probe: ProbeId::new(kind, "relay-1"),
        cell,
        seen: Seen { passed, failed },
    };
    let expected = [
        tally(ProbeKind::VendorName, 0, 1, 1),
        tally(ProbeKind::VendorName, 1, 0, 1),
        tally(ProbeKind::VendorName, 3, 0, 0),
        tally(ProbeKind::VendorAddress, 1, 1, 0),
    ];
    assert_eq!(tallies, expected);
}
