//! Who the cameras are, and databases of the schema before there was a place for that.

use super::{AT_ONCE, at, channels, directory, store, transition};
use crate::Store;
use crate::breaker::Breaker;
use crate::identity::Met;
use crate::picture::Familiar;
use crate::relay::Told;
use demarc_model::id::{AccountId, CameraId};
use demarc_model::identity::{Identity, KeyHash, LoginScheme};
use demarc_model::incident::Step;
use demarc_model::login::LoginPause;
use demarc_model::relay::{RelayList, RelayMode, RelayServer};
use demarc_model::text::DeviceText;
use rusqlite::Connection;
use std::collections::BTreeSet;

fn met(camera: &str, pinned: Identity, stranger: Option<Identity>) -> Met {
    Met { camera: CameraId::new(camera).unwrap(), pinned, stranger }
}

fn serial(text: &str) -> Identity {
    Identity { serial: Some(DeviceText::clean(text)), ..Identity::default() }
}

fn whole() -> Identity {
    Identity {
        key: Some(KeyHash([7; 32])),
        realm: Some(DeviceText::clean("AXIS_ACCC8E000001")),
        onvif_realm: Some(DeviceText::clean("Entrée")),
        login: Some(LoginScheme::Basic),
        ..serial("ACCC8E000001")
    }
}

#[tokio::test]
async fn who_a_camera_is_comes_back_as_it_was_saved_last() {
    let (_directory, store) = store();
    let yard = met("yard", Identity::default(), Some(whole()));
    let at_first = vec![met("entrance", serial("A"), Some(serial("B"))), yard.clone()];
    store.save_identities(at_first).await.unwrap();
    store.save_identities(vec![met("entrance", whole(), None)]).await.unwrap();
    assert_eq!(store.reader().identities().unwrap(), [met("entrance", whole(), None), yard]);
}

#[tokio::test]
async fn what_is_usual_of_pictures_and_that_a_password_was_refused_come_back() {
    let (_directory, store) = store();
    let camera = CameraId::new("entrance").unwrap();
    let mut familiar = Familiar { camera: camera.clone(), habits: "{}".to_owned() };
    let yard = Familiar { camera: CameraId::new("yard").unwrap(), habits: "[]".to_owned() };
    store.save_pictures(vec![familiar.clone(), yard.clone()]).await.unwrap();
    familiar.habits = r#"{"looks":4}"#.to_owned();
    store.save_pictures(vec![familiar.clone()]).await.unwrap();
    assert_eq!(store.reader().pictures().unwrap(), [familiar, yard]);
    for rejected in [false, true] {
        let (account, pause) = (AccountId::new("cameras").unwrap(), LoginPause { until: at(900), rejected });
        let breaker = Breaker { camera: camera.clone(), account, pause };
        store.save_breaker(breaker.clone()).await.unwrap();
        assert_eq!(store.reader().breakers().unwrap(), [breaker]);
    }
}

#[tokio::test]
async fn the_list_that_a_camera_told_last_comes_back() {
    let (_directory, store) = store();
    let told = |camera: &str, since: i64, mode, host: &str| {
        let server = RelayServer { host: DeviceText::clean(host), port: 443 };
        let list = RelayList::new(mode, [server]);
        Told { camera: CameraId::new(camera).unwrap(), since: at(since), list }
    };
    let yard = told("yard", 1, RelayMode::Off, "relay.example");
    let before = told("entrance", 1, RelayMode::OneClick, "relay.example");
    store.save_relays(vec![before, yard.clone()]).await.unwrap();
    let after = told("entrance", 2, RelayMode::On, "198.51.100.7");
    store.save_relays(vec![after.clone()]).await.unwrap();
    assert_eq!(store.reader().relays().unwrap(), [after, yard]);
    for servers in [&["relay.example:443", "198.51.100.7:80"][..], &["relay.example:443"], &[]] {
        let servers: BTreeSet<String> = servers.iter().map(|server| (*server).to_owned()).collect();
        store.save_answered(servers.clone()).await.unwrap();
        assert_eq!(store.reader().answered().unwrap(), servers);
    }
}

/// What a release wrote is kept by the next one.
#[tokio::test]
async fn a_database_of_the_first_schema_is_brought_up_to_date_with_all_it_holds() {
    let (_directory, file) = directory();
    let store = Store::open(&file).unwrap().store;
    let first = transition(1, Step::Opened, 10);
    store.commit_transition(first.clone(), channels(&["noc"]), AT_ONCE).await.unwrap();
    let breaker = Breaker {
        camera: CameraId::new("entrance").unwrap(),
        account: AccountId::new("cameras").unwrap(),
        pause: LoginPause { until: at(900), rejected: false },
    };
    store.save_breaker(breaker.clone()).await.unwrap();
    let epoch = store.reader().epoch().unwrap();
    store.close().await.unwrap();
    let back = Connection::open(&file).unwrap();
    back.execute_batch(
        "DROP VIEW open_under_page; ALTER TABLE outbox DROP COLUMN component;
        ALTER TABLE outbox DROP COLUMN kin; ALTER TABLE outbox DROP COLUMN since_ms;
        DROP INDEX outbox_held; ALTER TABLE outbox DROP COLUMN held;
        ALTER TABLE outbox RENAME COLUMN page TO incident;
        DROP TABLE identity; DROP TABLE picture; DROP TABLE relay; DROP TABLE relay_answer; DROP TABLE snapshot;
        ALTER TABLE breaker DROP COLUMN rejected;
        PRAGMA user_version = 1",
    )
    .unwrap();
    drop(back);

    let opened = Store::open(&file).unwrap();
    assert_eq!(opened.set_aside, None);
    let store = opened.store;
    store.save_identities(vec![met("entrance", whole(), None)]).await.unwrap();
    let reader = store.reader();
    assert_eq!(reader.relays().unwrap(), []);
    assert_eq!(reader.epoch().unwrap(), epoch);
    assert_eq!(reader.open_incidents().unwrap(), [first.incident]);
    assert_eq!(reader.breakers().unwrap(), [breaker]);
    assert_eq!(store.due(at(20), 9).await.unwrap().len(), 1);
    assert_eq!(reader.identities().unwrap(), [met("entrance", whole(), None)]);
}
