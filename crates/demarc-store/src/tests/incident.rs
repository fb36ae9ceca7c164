use super::{AT_ONCE, at, channels, store, transition};
use crate::Store;
use crate::breaker::Breaker;
use crate::incident::{IncidentFilter, IncidentState, Verified};
use demarc_model::id::{AccountId, CameraId, IncidentId};
use demarc_model::incident::{CameraStarts, Incident, Step};
use demarc_model::login::LoginPause;

async fn three_incidents(store: &Store) {
    for (id, step, seconds) in [
        (1, Step::Opened, 10),
        (2, Step::Opened, 20),
        (1, Step::Changed, 30),
        (1, Step::Closed, 40),
        (3, Step::Opened, 50),
    ] {
        store.commit_transition(transition(id, step, seconds), vec![], AT_ONCE).await.unwrap();
    }
}

#[tokio::test]
async fn incidents_come_back_as_they_stand_and_by_their_state() {
    let (_directory, store) = store();
    three_incidents(&store).await;
    let reader = store.reader();
    let cases = [
        (IncidentState::All, at(0), 10, vec![3, 2, 1]),
        (IncidentState::Open, at(0), 10, vec![3, 2]),
        (IncidentState::Closed, at(0), 10, vec![1]),
        (IncidentState::All, at(2), 10, vec![3, 2]),
        (IncidentState::All, at(0), 1, vec![3]),
    ];
    for (state, from, most, expected) in cases {
        let found = reader.incidents(IncidentFilter { state, from, most }).unwrap();
        assert_eq!(found.iter().map(|incident| incident.id.0).collect::<Vec<_>>(), expected, "{state:?}");
    }
    assert_eq!(reader.incident(IncidentId(1)).unwrap(), Some(transition(1, Step::Closed, 40).incident));
    assert_eq!(reader.incident(IncidentId(4)).unwrap(), None);
    let open: Vec<_> = [(2, 20), (3, 50)].map(|(id, s)| transition(id, Step::Opened, s).incident).into();
    assert_eq!(reader.open_incidents().unwrap(), open);
    assert_eq!(reader.next_incident_id().unwrap(), IncidentId(4));
    assert_eq!(
        reader.transitions(IncidentId(1)).unwrap(),
        [(Step::Opened, 10), (Step::Changed, 30), (Step::Closed, 40)].map(|(step, s)| transition(1, step, s))
    );
}

#[tokio::test]
async fn what_is_noted_of_an_open_incident_is_no_step_and_breaks_no_seal() {
    let (_directory, store) = store();
    three_incidents(&store).await;
    let steps = store.reader().transitions(IncidentId(3)).unwrap();
    let noted = |id, step, seconds| Incident {
        page_admitted: Some(at(60)),
        starts: Some(CameraStarts { anew: 1, ran: 0, times: 2, last: Some(at(70)) }),
        ..transition(id, step, seconds).incident
    };
    store.amend_incident(noted(3, Step::Opened, 50)).await.unwrap();
    store.amend_incident(noted(1, Step::Opened, 10)).await.unwrap();
    store.amend_incident(noted(9, Step::Opened, 90)).await.unwrap();
    let reader = store.reader();
    assert_eq!(reader.incident(IncidentId(3)).unwrap(), Some(noted(3, Step::Opened, 50)));
    assert_eq!(reader.incident(IncidentId(1)).unwrap(), Some(transition(1, Step::Closed, 40).incident));
    assert_eq!(reader.incident(IncidentId(9)).unwrap(), None);
    assert_eq!(reader.transitions(IncidentId(3)).unwrap(), steps);
    assert_eq!(reader.verify().unwrap(), Verified { sound: 5, broken_at: None });
}

#[tokio::test]
async fn a_step_and_its_messages_are_written_together_or_not_at_all() {
    let (_directory, store) = store();
    // One channel twice: the second message is refused after incident and step were written.
    let twice = channels(&["noc", "noc"]);
    store.commit_transition(transition(1, Step::Opened, 10), twice, AT_ONCE).await.unwrap_err();
    let reader = store.reader();
    assert_eq!(reader.open_incidents().unwrap(), []);
    assert_eq!(reader.transitions(IncidentId(1)).unwrap(), []);
    assert_eq!(store.due(at(99), 10).await.unwrap(), []);
    store.commit_transition(transition(1, Step::Opened, 10), channels(&["noc"]), AT_ONCE).await.unwrap();
    assert_eq!(store.due(at(99), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_or_missing_step_breaks_the_chain_of_seals() {
    let cases = [
        ("", Verified { sound: 5, broken_at: None }),
        (
            "UPDATE incident_transition SET payload = replace(payload, '0.998', '0.898') WHERE seq = 3",
            Verified { sound: 2, broken_at: Some(3) },
        ),
        ("DELETE FROM incident_transition WHERE seq = 2", Verified { sound: 1, broken_at: Some(3) }),
        (
            "UPDATE incident_transition SET seal = zeroblob(32) WHERE seq = 5",
            Verified { sound: 4, broken_at: Some(5) },
        ),
    ];
    for (tampering, expected) in cases {
        let (_directory, store) = store();
        three_incidents(&store).await;
        store.call(move |writer| writer.connection.execute_batch(tampering)).await.unwrap();
        assert_eq!(store.reader().verify().unwrap(), expected, "{tampering}");
    }
}

#[tokio::test]
async fn breakers_and_the_epoch_outlive_a_restart() {
    let (directory, store) = store();
    let epoch = store.reader().epoch().unwrap();
    let breaker = |seconds| Breaker {
        camera: CameraId::new("entrance").unwrap(),
        account: AccountId::new("cameras").unwrap(),
        pause: LoginPause { until: at(seconds), rejected: true },
    };
    store.save_breaker(breaker(1)).await.unwrap();
    store.save_breaker(breaker(900)).await.unwrap();
    store.close().await.unwrap();
    let reader = Store::open(&directory.path().join("demarc.db")).unwrap().store.reader();
    assert_eq!(reader.breakers().unwrap(), [breaker(900)]);
    assert_eq!(reader.epoch().unwrap(), epoch);
    assert_ne!(super::store().1.reader().epoch().unwrap(), epoch);
}
