//! The camera client's login against web servers that others wrote.

#![expect(clippy::disallowed_methods, reason = "starts real servers")]

mod server;

use demarc_model::id::{AccountId, CameraId};
use demarc_model::observation::{MissingReason, Outcome};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::{CameraSpec, Credentials, Limits, Scheme, VideoChecks};
use server::Server;
use std::net::SocketAddr;
use std::time::Duration;

const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);

fn client(address: SocketAddr, password: &str) -> CameraClient {
    let credentials = Credentials {
        account: AccountId::new("cameras").unwrap(),
        username: "demarc".to_owned(),
        password: password.into(),
    };
    let spec = CameraSpec {
        id: CameraId::new("entrance").unwrap(),
        address: address.ip(),
        scheme: Scheme::Http,
        port: address.port(),
        rtsp_port: 554,
        onvif_path: "/onvif/device_service".to_owned(),
        stream_path: "/axis-media/media.amp".to_owned(),
        video: VideoChecks::None,
        credentials: Some(credentials),
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
