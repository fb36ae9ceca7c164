//! The camera client's login against web servers that others wrote.

#![expect(clippy::disallowed_methods, reason = "starts real servers")]

mod httpbin;
pub(crate) mod server;

use demarc_model::id::{AccountId, CameraId};
use demarc_model::observation::{MissingReason, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::{Basic, CameraSpec, Credentials, Limits, Scheme, VideoChecks};
use server::Server;
use std::net::SocketAddr;
use std::time::Duration;

const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);

pub(crate) fn client(address: SocketAddr, password: &str) -> CameraClient {
    client_over(address, password, (Scheme::Http, Basic::Never))
}

fn client_over(address: SocketAddr, password: &str, (scheme, basic): (Scheme, Basic)) -> CameraClient {
    let credentials = Credentials {
        account: AccountId::new("cameras").unwrap(),
        username: "demarc".to_owned(),
        password: password.into(),
    };
    let spec = CameraSpec {
        id: CameraId::new("entrance").unwrap(),
        address: address.ip(),
        scheme,
        port: address.port(),
        rtsp_port: 554,
        onvif_port: None,
        onvif_path: "/onvif/device_service".to_owned(),
        stream_path: None,
        picture_path: None,
        video: VideoChecks::None,
        credentials: Some(credentials),
        basic,
        cloud: None,
        relays_every: None,
        keep_snapshots: false,
        clock_tolerance: Duration::from_mins(1),
    };
    let second = Duration::from_secs(5);
    CameraClient::new(spec, Limits { connect: second, tls: second, total: second }).unwrap()
}

/// Ten logins with the right password are eleven requests, and a wrong password is tried once.
async fn check(server: Server) {
    let mut right = client(server.address, "pass word");
    for count in 0..10 {
        let seen = right.probe(ProbeKind::CameraLogin, AT).await;
        assert_eq!(seen.outcome, Outcome::Passed, "login {count}");
    }
    let mut wrong = client(server.address, "password");
    let refused = wrong.probe(ProbeKind::CameraLogin, AT).await;
    assert_eq!(refused.symptom(), Some(Symptom::Rejected));
    let spared = wrong.probe(ProbeKind::CameraLogin, AT.plus(Duration::from_mins(14))).await;
    assert_eq!(spared.outcome, Outcome::Missing { reason: MissingReason::Budget });

    let mut expected = vec!["401"];
    expected.extend(["200"; 10]);
    expected.extend(["401"; 2]);
    assert_eq!(server.stop(), expected);
}

#[tokio::test]
async fn logs_in_at_lighttpd_with_md5() {
    check(server::lighttpd("MD5")).await;
}

#[tokio::test]
async fn logs_in_at_lighttpd_with_sha_256() {
    check(server::lighttpd("SHA-256")).await;
}

#[tokio::test]
async fn logs_in_at_apache() {
    check(server::apache()).await;
}

/// Its web library, libmicrohttpd, writes the algorithm in small letters. It has no page of cameras and
/// says so with a 200, but only to who may know.
#[tokio::test]
async fn logs_in_at_motion_which_writes_md5_small() {
    let server = server::motion();
    let mut right = client(server.address, "pass word");
    for count in 0..10 {
        let seen = right.probe(ProbeKind::CameraLogin, AT).await;
        assert!(seen.readings.contains(&Reading::HttpStatus(200)), "login {count}: {seen:?}");
        assert!(seen.readings.contains(&Reading::Realm(DeviceText::clean("Motion"))) == (count == 0));
    }
    let mut wrong = client(server.address, "password");
    assert_eq!(wrong.probe(ProbeKind::CameraLogin, AT).await.symptom(), Some(Symptom::Rejected));
    assert_eq!(wrong.probe(ProbeKind::CameraLogin, AT).await.symptom(), None);
    let refusals = server.complaints().into_iter().filter(|line| line.contains("Failed authentication"));
    assert_eq!(refusals.count(), 1);
}

/// The policy of current Axis cameras over TLS. The key is pinned by a look that needs no password; that
/// its certificate has expired is told and stops nothing.
#[tokio::test]
async fn hands_over_the_password_to_apache_over_tls_once_it_is_known_and_permitted() {
    let server = server::apache_with_basic_over_tls();
    let tls = |basic| (Scheme::Https, basic);
    let mut unasked = client_over(server.address, "pass word", tls(Basic::Never));
    let refused = unasked.probe(ProbeKind::CameraLogin, AT).await;
    assert_eq!(refused.symptom(), Some(Symptom::SchemeUnknown));

    let mut right = client_over(server.address, "pass word", tls(Basic::OverPinnedTls));
    let met = right.probe(ProbeKind::CameraReady, AT).await;
    let expired = Reading::TlsNotAfter(Timestamp::from_millis(1_609_459_200_000));
    assert_eq!((&met.outcome, met.readings.contains(&expired)), (&Outcome::Passed, true), "{met:?}");
    for count in 0..10 {
        let seen = right.probe(ProbeKind::CameraLogin, AT).await;
        assert_eq!(seen.outcome, Outcome::Passed, "login {count}");
    }
    let mut wrong = client_over(server.address, "password", tls(Basic::OverPinnedTls));
    assert_eq!(wrong.probe(ProbeKind::CameraReady, AT).await.outcome, Outcome::Passed);
    for expected in [Some(Symptom::Rejected), None] {
        assert_eq!(wrong.probe(ProbeKind::CameraLogin, AT).await.symptom(), expected);
    }

    let mut expected = vec!["401"; 3];
    expected.extend(["200"; 10]);
    expected.extend(["401"; 3]);
    assert_eq!(server.stop(), expected);
}
