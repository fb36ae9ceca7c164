//! One page for what comes again while its end is held back and for what began together, and never fewer
//! pages than that.

use super::{AT_ONCE, at, channel, channels, store, transition};
use crate::Store;
use crate::outbox::Pending;
use crate::retention::Keep;
use demarc_model::fault::{CameraCause, Fault, LineCause, SegmentCause};
use demarc_model::id::{CameraId, SegmentId};
use demarc_model::incident::{Step, Transition};
use demarc_model::verdict::{Finding, Undecided};
use std::time::Duration;

const HOLD: Duration = Duration::from_secs(120);

fn blaming(finding: Finding, (id, step, seconds): (u64, Step, i64)) -> Transition {
    let mut transition = transition(id, step, seconds);
    transition.incident.verdict.finding = finding;
    // Each began a quarter of an hour after the one before.
    transition.incident.verdict.since = at(900 * i64::try_from(id).unwrap());
    transition
}

/// Of incidents that began at once.
fn together(finding: Finding, step: (u64, Step, i64)) -> Transition {
    let mut transition = blaming(finding, step);
    transition.incident.verdict.since = at(1 + i64::try_from(step.0).unwrap());
    transition
}

fn line(cause: LineCause) -> Finding {
    Finding::Fault(Fault::Line { cause })
}

fn camera(id: &str) -> Finding {
    Finding::Fault(Fault::Camera { camera: CameraId::new(id).unwrap(), cause: CameraCause::Unreachable })
}

fn segment(id: &str) -> Finding {
    Finding::Fault(Fault::Segment { segment: SegmentId::new(id).unwrap(), cause: SegmentCause::Down })
}

fn unknown() -> Finding {
    Finding::Undetermined { why: Undecided::UnknownFault, candidates: vec![], would_settle: vec![] }
}

async fn commit(store: &Store, finding: Finding, step: (u64, Step, i64)) {
    store.commit_transition(blaming(finding, step), channels(&["noc"]), HOLD).await.unwrap();
}

/// `channel incident step`, and the page where the incident does not have it for itself: `(1, 2.)` the second
/// time, with `+3` where three others go on, `new` where the receiver has not heard of the page, and `open`
/// where it stays open after an end.
fn said(message: &Pending) -> String {
    let transition = &message.transition;
    let own = format!("{} {} {:?}", message.channel, transition.incident.id.0, transition.step);
    let Some(page) = &message.page else { return own };
    let opener = page.key.split('/').nth(2).unwrap();
    let others = if page.others > 0 { format!(" +{}", page.others) } else { String::new() };
    let new = if page.is_told { "" } else { ", new" };
    let open = if transition.step == Step::Closed && page.stays_open { ", open" } else { "" };
    format!("{own} ({opener}, {}.{others}{new}{open})", page.times)
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
    let opened = blaming(line(LineCause::Down), (1, Step::Opened, 10)).incident;
    let page = end.page.unwrap();
    assert_eq!((page.key, page.since), (opened.dedup_key(), opened.verdict.since));
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

/// A cabinet without power: four dead switches are one page, and end with the last of them.
#[tokio::test]
async fn what_begins_together_and_is_of_one_kin_is_one_page() {
    let (_directory, store) = store();
    for (n, step, told) in [
        ("a", (1, Step::Opened, 10), "noc 1 Opened"),
        ("b", (2, Step::Opened, 10), "noc 2 Opened (1, 1. +1)"),
        ("c", (3, Step::Opened, 20), "noc 3 Opened (1, 1. +2)"),
        ("a", (1, Step::Changed, 21), "noc 1 Changed (1, 1. +2)"),
        ("a", (1, Step::Closed, 30), "noc 1 Closed (1, 1. +2, open)"),
        // It comes again, under the page that stands, and not as the first one did.
        ("a", (4, Step::Opened, 40), "noc 4 Opened (1, 2. +2)"),
        ("b", (2, Step::Closed, 50), "noc 2 Closed (1, 1. +2, open)"),
        ("a", (4, Step::Closed, 50), "noc 4 Closed (1, 2. +1, open)"),
        ("c", (3, Step::Closed, 60), ""),
        // The page's end is held back, for whichever of them.
        ("b", (5, Step::Opened, 100), "noc 5 Opened (1, 2.)"),
        ("b", (5, Step::Closed, 110), ""),
    ] {
        let transition = together(segment(n), step);
        store.commit_transition(transition, channels(&["noc"]), HOLD).await.unwrap();
        assert_eq!(tell(&store, step.2).await.join(", "), told, "{step:?}");
    }
    assert_eq!(tell(&store, 229).await, Vec::<String>::new());
    assert_eq!(tell(&store, 230).await, ["noc 5 Closed (1, 2.)"]);
    store
        .commit_transition(together(segment("c"), (6, Step::Opened, 240)), channels(&["noc"]), HOLD)
        .await
        .unwrap();
    assert_eq!(tell(&store, 240).await, ["noc 6 Opened"]);
}

/// A receiver that was away is told all of it, in order, and its page ends once.
#[tokio::test]
async fn a_page_of_several_that_is_over_before_it_could_be_told_ends_with_its_last() {
    let (_directory, store) = store();
    for (n, step) in [
        ("a", (1, Step::Opened, 10)),
        ("b", (2, Step::Opened, 10)),
        ("b", (2, Step::Closed, 30)),
        ("a", (1, Step::Closed, 40)),
    ] {
        store.commit_transition(together(segment(n), step), channels(&["noc"]), HOLD).await.unwrap();
    }
    let told = ["noc 1 Opened", "noc 2 Opened (1, 1.)", "noc 2 Closed (1, 1., open)", "noc 1 Closed"];
    assert_eq!(tell(&store, 200).await, told);
}

#[tokio::test]
async fn only_what_is_wrong_in_the_same_way_since_the_same_time_shares_a_page() {
    let credentials = |id: &str| {
        let camera = CameraId::new(id).unwrap();
        Finding::Fault(Fault::Camera { camera, cause: CameraCause::Credentials })
    };
    // What fails first and then, how long after it, and whether the first is over by then.
    let cases = [
        (camera("yard"), camera("till"), 120, false, "noc 2 Opened (1, 1. +1)"),
        (camera("yard"), camera("till"), 120, true, "noc 2 Opened (1, 1.)"),
        (camera("yard"), camera("till"), 121, false, "noc 2 Opened"),
        (camera("yard"), credentials("till"), 0, false, "noc 2 Opened"),
        (credentials("yard"), credentials("till"), 0, false, "noc 2 Opened (1, 1. +1)"),
        (segment("a"), camera("till"), 0, false, "noc 2 Opened"),
        (line(LineCause::Down), line(LineCause::Ipv6), 0, false, "noc 2 Opened"),
        (unknown(), unknown(), 0, false, "noc 2 Opened"),
    ];
    for (first, second, after, is_over, expected) in cases {
        let (_directory, store) = store();
        commit(&store, first.clone(), (1, Step::Opened, 10)).await;
        if is_over {
            commit(&store, first.clone(), (1, Step::Closed, 40)).await;
        }
        tell(&store, 40).await;
        let mut transition = blaming(second.clone(), (2, Step::Opened, 50));
        transition.incident.verdict.since = at(900 + after);
        store.commit_transition(transition, channels(&["noc"]), HOLD).await.unwrap();
        assert_eq!(tell(&store, 50).await, [expected], "{first:?} {second:?} {after}");
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
