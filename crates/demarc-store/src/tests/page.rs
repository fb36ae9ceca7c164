//! One page for what comes again while its end is held back, and never fewer pages than that.

use super::{AT_ONCE, at, channel, channels, store, transition};
use crate::Store;
use crate::outbox::Pending;
use crate::retention::Keep;
use demarc_model::fault::{CameraCause, Fault, LineCause};
use demarc_model::id::CameraId;
use demarc_model::incident::{Step, Transition};
use demarc_model::verdict::{Finding, Undecided};
use std::time::Duration;

const HOLD: Duration = Duration::from_secs(120);

fn blaming(finding: Finding, (id, step, seconds): (u64, Step, i64)) -> Transition {
    let mut transition = transition(id, step, seconds);
    transition.incident.verdict.finding = finding;
    transition
}

fn line(cause: LineCause) -> Finding {
    Finding::Fault(Fault::Line { cause })
}

fn camera(id: &str) -> Finding {
    Finding::Fault(Fault::Camera { camera: CameraId::new(id).unwrap(), cause: CameraCause::Unreachable })
}

fn unknown() -> Finding {
    Finding::Undetermined { why: Undecided::UnknownFault, candidates: vec![], would_settle: vec![] }
}

async fn commit(store: &Store, finding: Finding, step: (u64, Step, i64)) {
    store.commit_transition(blaming(finding, step), channels(&["noc"]), HOLD).await.unwrap();
}

/// `channel incident step`, and the page where it is that of another incident: `(1, 2nd)`, or `(1, 2nd, new)`
/// where the receiver has not heard of it.
fn said(message: &Pending) -> String {
    let transition = &message.transition;
    let own = format!("{} {} {:?}", message.channel, transition.incident.id.0, transition.step);
    let Some(again) = &message.again else { return own };
    let page = again.page.split('/').nth(2).unwrap();
    let new = if again.is_told { "" } else { ", new" };
    format!("{own} ({page}, {}.{new})", again.times)
}

/// Delivers all that is due, as long as anything is.
async fn tell(store: &Store, seconds: i64) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let due = store.due(at(seconds), 100).await.unwrap();
        if due.is_empty() {
            return told;
        }
        for message in due {
            told.push(said(&message));
            store.delivered(message.id, at(seconds)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_comes_again_before_its_end_is_told_goes_on_under_the_same_page() {
    let (_directory, store) = store();
    for (step, told) in [
        ((1, Step::Opened, 10), "noc 1 Opened"),
        ((1, Step::Closed, 40), ""),
        ((2, Step::Opened, 70), "noc 2 Opened (1, 2.)"),
        ((2, Step::Changed, 80), "noc 2 Changed (1, 2.)"),
        ((2, Step::Closed, 100), ""),
        ((3, Step::Opened, 219), "noc 3 Opened (1, 3.)"),
        ((3, Step::Closed, 300), ""),
    ] {
        // The line is blamed each time, with another cause.
        let cause = [LineCause::Down, LineCause::Loss][usize::from(step.0 == 2)];
        commit(&store, line(cause), step).await;
        assert_eq!(tell(&store, step.2).await.join(", "), told, "{step:?}");
    }
    assert_eq!(tell(&store, 419).await, Vec::<String>::new());
    assert_eq!(store.next_due().await.unwrap(), Some(at(420)));
    let [end] = store.due(at(420), 9).await.unwrap().try_into().unwrap();
    assert_eq!(said(&end), "noc 3 Closed (1, 3.)");
    let opened = transition(1, Step::Opened, 10).incident;
    let again = end.again.unwrap();
    assert_eq!((again.page, again.since), (opened.dedup_key(), opened.verdict.since));
}

#[tokio::test]
async fn what_comes_again_later_or_elsewhere_has_a_page_of_its_own() {
    let other = Fault::Line { cause: LineCause::Route };
    let cases = [
        (line(LineCause::Down), line(LineCause::Down), 160, "noc 1 Closed, noc 2 Opened"),
        (line(LineCause::Down), Finding::Fault(other), 50, "noc 2 Opened"),
        (camera("yard"), camera("till"), 50, "noc 2 Opened"),
        (camera("yard"), line(LineCause::Down), 50, "noc 2 Opened"),
        (camera("yard"), unknown(), 50, "noc 2 Opened"),
        (camera("yard"), camera("yard"), 50, "noc 2 Opened (1, 2.)"),
    ];
    for (first, second, seconds, expected) in cases {
        let (_directory, store) = store();
        commit(&store, first.clone(), (1, Step::Opened, 10)).await;
        commit(&store, first.clone(), (1, Step::Closed, 40)).await;
        tell(&store, 40).await;
        commit(&store, second.clone(), (2, Step::Opened, seconds)).await;
        assert_eq!(tell(&store, seconds).await.join(", "), expected, "{first:?} {second:?}");
    }
}

/// Nobody knows whether it is the same that comes again.
#[tokio::test]
async fn the_end_of_what_nobody_could_name_is_told_at_once() {
    let (_directory, store) = store();
    commit(&store, unknown(), (1, Step::Opened, 10)).await;
    commit(&store, unknown(), (1, Step::Closed, 40)).await;
    commit(&store, unknown(), (2, Step::Opened, 50)).await;
    assert_eq!(tell(&store, 50).await, ["noc 1 Opened", "noc 2 Opened", "noc 1 Closed"]);
}

#[tokio::test]
async fn of_what_is_not_held_back_nothing_is_taken_back() {
    let (_directory, store) = store();
    for step in [(1, Step::Opened, 10), (1, Step::Closed, 40), (2, Step::Opened, 40)] {
        store
            .commit_transition(transition(step.0, step.1, step.2), channels(&["noc"]), AT_ONCE)
            .await
            .unwrap();
    }
    assert_eq!(tell(&store, 40).await, ["noc 1 Opened", "noc 2 Opened", "noc 1 Closed"]);
}

/// The end may be on its way when the clock is set back.
#[tokio::test]
async fn an_end_that_was_handed_out_is_not_taken_back_whatever_the_clock_says() {
    let (_directory, store) = store();
    commit(&store, camera("yard"), (1, Step::Opened, 10)).await;
    tell(&store, 10).await;
    commit(&store, camera("yard"), (1, Step::Closed, 40)).await;
    let [end] = store.due(at(160), 9).await.unwrap().try_into().unwrap();
    commit(&store, camera("yard"), (2, Step::Opened, 50)).await;
    store.delivered(end.id, at(51)).await.unwrap();
    assert_eq!(tell(&store, 51).await, ["noc 2 Opened"]);
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_hold_an_end_for_ever() {
    let (_directory, store) = store();
    commit(&store, camera("yard"), (1, Step::Opened, 1_000_000)).await;
    commit(&store, camera("yard"), (1, Step::Closed, 1_000_030)).await;
    // The beginning has to wait for its time: it was committed with it.
    tell(&store, 1_000_000).await;
    assert_eq!(tell(&store, 100).await, ["noc 1 Closed"]);
}

#[tokio::test]
async fn an_end_that_is_held_back_outlives_a_restart() {
    for (seconds, expected) in
        [(100, &["noc 2 Opened (1, 2.)"][..]), (200, &["noc 1 Closed", "noc 2 Opened"])]
    {
        let (directory, store) = store();
        commit(&store, camera("yard"), (1, Step::Opened, 10)).await;
        commit(&store, camera("yard"), (1, Step::Closed, 40)).await;
        assert_eq!(tell(&store, 41).await, ["noc 1 Opened"]);
        store.close().await.unwrap();
        let store = Store::open(&directory.path().join("demarc.db")).unwrap().store;
        let mut told = tell(&store, seconds).await;
        commit(&store, camera("yard"), (2, Step::Opened, seconds)).await;
        told.extend(tell(&store, seconds).await);
        assert_eq!(told, expected, "{seconds}");
    }
}

#[tokio::test]
async fn each_channel_has_its_own_pages() {
    let (_directory, store) = store();
    commit(&store, camera("yard"), (1, Step::Opened, 10)).await;
    commit(&store, camera("yard"), (1, Step::Closed, 40)).await;
    tell(&store, 41).await;
    let second = blaming(camera("yard"), (2, Step::Opened, 60));
    store.commit_transition(second, channels(&["mail", "noc"]), HOLD).await.unwrap();
    assert_eq!(tell(&store, 60).await, ["mail 2 Opened", "noc 2 Opened (1, 2.)"]);
    let end = blaming(camera("yard"), (2, Step::Closed, 90));
    store.commit_transition(end, channels(&["mail", "noc"]), HOLD).await.unwrap();
    assert_eq!(tell(&store, 210).await, ["mail 2 Closed", "noc 2 Closed (1, 2.)"]);
}

#[tokio::test]
async fn a_page_whose_beginning_was_given_up_begins_when_it_comes_again() {
    let (_directory, store) = store();
    commit(&store, camera("yard"), (1, Step::Opened, 10)).await;
    commit(&store, camera("yard"), (1, Step::Closed, 40)).await;
    commit(&store, camera("yard"), (2, Step::Opened, 60)).await;
    let [first] = store.due(at(60), 9).await.unwrap().try_into().unwrap();
    assert_eq!((said(&first).as_str(), &first.channel), ("noc 1 Opened", &channel("noc")));
    store.dead(first.id, at(60), "HTTP 400".to_owned()).await.unwrap();
    assert_eq!(tell(&store, 60).await, ["noc 2 Opened (1, 2., new)"]);
    commit(&store, camera("yard"), (2, Step::Closed, 90)).await;
    assert_eq!(tell(&store, 300).await, ["noc 2 Closed (1, 2.)"]);
}

#[tokio::test]
async fn a_page_whose_first_incident_cannot_be_read_is_no_page_to_go_on_under() {
    let (_directory, store) = store();
    commit(&store, camera("yard"), (1, Step::Opened, 10)).await;
    commit(&store, camera("yard"), (1, Step::Closed, 40)).await;
    commit(&store, camera("yard"), (2, Step::Opened, 60)).await;
    let garble = "UPDATE incident SET payload = '{' WHERE id = 1";
    store.call(move |writer| writer.connection.execute_batch(garble)).await.unwrap();
    assert_eq!(tell(&store, 60).await, ["noc 1 Opened", "noc 2 Opened"]);
}

#[tokio::test]
async fn messages_of_a_page_stay_until_its_last_incident_has_ended() {
    let day = 86_400;
    let (_directory, store) = store();
    for step in [(1, Step::Opened, 10), (1, Step::Closed, 40), (2, Step::Opened, 60)] {
        commit(&store, camera("yard"), step).await;
        tell(&store, step.2).await;
    }
    let keep = Keep { days: 8, bytes: u64::MAX, snapshot_bytes: 0 };
    store.prune(at(9 * day), keep).await.unwrap();
    commit(&store, camera("yard"), (2, Step::Closed, 9 * day)).await;
    assert_eq!(tell(&store, 10 * day).await, ["noc 2 Closed (1, 2.)"]);
    store.prune(at(30 * day), keep).await.unwrap();
    let left = |sql: &'static str| store.call(move |w| w.connection.query_row(sql, [], |row| row.get(0)));
    let left: i64 = left("SELECT COUNT(*) FROM outbox").await.unwrap();
    assert_eq!(left, 0);
}
