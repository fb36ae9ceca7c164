use super::{AT_ONCE, at, channel, channels, store, transition};
use crate::Store;
use crate::outbox::{OutboxId, Pending};
use demarc_model::incident::Step;

/// What is due, as `channel incident step`.
async fn due(store: &Store, seconds: i64) -> Vec<(OutboxId, String)> {
    let line = |p: &Pending| format!("{} {} {:?}", p.channel, p.transition.incident.id.0, p.transition.step);
    store.due(at(seconds), 100).await.unwrap().iter().map(|p| (p.id, line(p))).collect()
}

async fn lines(store: &Store, seconds: i64) -> Vec<String> {
    due(store, seconds).await.into_iter().map(|(_, line)| line).collect()
}

async fn id(store: &Store, seconds: i64, line: &str) -> OutboxId {
    due(store, seconds).await.into_iter().find(|(_, found)| found == line).unwrap().0
}

async fn commit(store: &Store, steps: &[(u64, Step, i64)], names: &[&str]) {
    for (id, step, seconds) in steps {
        store.commit_transition(transition(*id, *step, *seconds), channels(names), AT_ONCE).await.unwrap();
    }
}

const WHOLE_LIFE: [(u64, Step, i64); 3] =
    [(1, Step::Opened, 10), (1, Step::Changed, 20), (1, Step::Closed, 30)];

#[tokio::test]
async fn a_message_comes_back_whole() {
    let (_directory, store) = store();
    commit(&store, &[(1, Step::Opened, 10)], &["noc"]).await;
    let expected = |attempts, first_tried| Pending {
        id: OutboxId(1),
        channel: channel("noc"),
        transition: transition(1, Step::Opened, 10),
        page: None,
        attempts,
        created: at(10),
        first_tried,
    };
    assert_eq!(store.due(at(10), 10).await.unwrap(), [expected(0, None)]);
    store.retry(OutboxId(1), at(11), at(15), "refused".to_owned()).await.unwrap();
    store.retry(OutboxId(1), at(15), at(25), "refused".to_owned()).await.unwrap();
    assert_eq!(store.due(at(24), 10).await.unwrap(), []);
    assert_eq!(store.next_due().await.unwrap(), Some(at(25)));
    assert_eq!(store.due(at(25), 10).await.unwrap(), [expected(2, Some(at(11)))]);
    store.delivered(OutboxId(1), at(26)).await.unwrap();
    assert_eq!(store.due(at(99), 10).await.unwrap(), []);
    assert_eq!(store.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn an_incident_is_told_in_order_on_each_channel_by_itself() {
    let (_directory, store) = store();
    commit(&store, &WHOLE_LIFE, &["noc", "mail"]).await;
    commit(&store, &[(2, Step::Opened, 40)], &["noc"]).await;
    assert_eq!(lines(&store, 50).await, ["noc 1 Opened", "mail 1 Opened", "noc 2 Opened"]);

    let opened = id(&store, 50, "noc 1 Opened").await;
    store.retry(opened, at(50), at(100), "no answer".to_owned()).await.unwrap();
    assert_eq!(lines(&store, 60).await, ["mail 1 Opened", "noc 2 Opened"], "the trigger is waited for");

    for step in ["Opened", "Changed", "Closed"] {
        let line = format!("noc 1 {step}");
        let mut found = lines(&store, 100).await;
        found.sort();
        assert_eq!(found, ["mail 1 Opened", &line, "noc 2 Opened"]);
        store.delivered(id(&store, 100, &line).await, at(100)).await.unwrap();
    }
    assert_eq!(lines(&store, 100).await, ["mail 1 Opened", "noc 2 Opened"]);
}

#[tokio::test]
async fn an_end_is_not_told_where_nothing_was_told_before() {
    let cases: [(&[&str], &[&str]); 3] =
        [(&["Opened", "Changed"], &[]), (&["Opened"], &["noc 1 Closed"]), (&["Changed"], &["noc 1 Closed"])];
    for (given_up, expected) in cases {
        let (_directory, store) = store();
        commit(&store, &WHOLE_LIFE, &["noc"]).await;
        for step in ["Opened", "Changed"] {
            let id = id(&store, 50, &format!("noc 1 {step}")).await;
            if given_up.contains(&step) {
                store.dead(id, at(50), "HTTP 400".to_owned()).await.unwrap();
            } else {
                store.delivered(id, at(50)).await.unwrap();
            }
        }
        assert_eq!(lines(&store, 60).await, expected, "given up: {given_up:?}");
    }
}

#[tokio::test]
async fn an_end_is_not_told_on_a_channel_that_came_later() {
    let (_directory, store) = store();
    commit(&store, &[(1, Step::Opened, 10)], &["noc"]).await;
    commit(&store, &[(1, Step::Closed, 30)], &["noc", "mail"]).await;
    assert_eq!(lines(&store, 50).await, ["noc 1 Opened"]);
}

#[tokio::test]
async fn an_unreadable_message_does_not_hold_up_the_others() {
    let (_directory, store) = store();
    commit(&store, &[(1, Step::Opened, 10), (2, Step::Opened, 20)], &["noc"]).await;
    let garble = "UPDATE incident_transition SET payload = '{' WHERE seq = 1";
    store.call(move |writer| writer.connection.execute_batch(garble)).await.unwrap();
    assert_eq!(lines(&store, 50).await, ["noc 2 Opened"]);
    assert_eq!(lines(&store, 50).await, ["noc 2 Opened"]);
}

#[tokio::test]
async fn messages_outlive_a_restart() {
    let (directory, store) = store();
    commit(&store, &WHOLE_LIFE, &["noc"]).await;
    store.close().await.unwrap();
    let store = Store::open(&directory.path().join("demarc.db")).unwrap().store;
    assert_eq!(lines(&store, 50).await, ["noc 1 Opened"]);
}
