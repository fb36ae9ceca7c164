//! Logins at an ONVIF service by gSOAP, the engine in many cameras: HTTP Digest as the standard shows it,
//! and tokens that are taken once and in time only.

#![expect(clippy::disallowed_methods, reason = "starts a real server, whose clock is that of this computer")]

use crate::digest_interop::client;
use crate::peers::{self, Peer};
use demarc_model::observation::{MissingReason, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::onvif::{UsernameToken, information_request};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Years from the server's clock, so that only a token by that clock is in time.
const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);
const CLOCK: &str = "GetSystemDateAndTime 200";

/// The service with this way to log in; it says what it is asked, and its answer's status.
fn start(way: &str) -> (Peer, SocketAddr) {
    let mut command = Command::new(peers::onvif_gsoap());
    command.args([way, "demarc", "pass word"]);
    let (peer, port) = Peer::start(command);
    (peer, SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap())))
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

fn asked(statuses: &[u16]) -> Vec<String> {
    statuses.iter().map(|status| format!("GetDeviceInformation {status}")).collect()
}

/// Ten logins and a wrong password, which is tried once; what the service answered to them.
async fn log_in(way: &str) -> Vec<String> {
    let (peer, address) = start(way);
    let mut right = client(address, "pass word");
    for count in 0..10 {
        let seen = right.probe(ProbeKind::CameraOnvif, AT).await;
        assert_eq!(seen.outcome, Outcome::Passed, "{way}: login {count}");
        assert!(seen.readings.contains(&Reading::Model(DeviceText::clean("device"))), "{seen:?}");
    }
    let mut wrong = client(address, "password");
    assert_eq!(wrong.probe(ProbeKind::CameraOnvif, AT).await.symptom(), Some(Symptom::Rejected), "{way}");
    let spared = wrong.probe(ProbeKind::CameraOnvif, AT.plus(Duration::from_mins(14))).await;
    assert_eq!(spared.outcome, Outcome::Missing { reason: MissingReason::Budget });
    peer.stop()
}

#[tokio::test]
async fn gsoap_takes_logins_by_digest() {
    for way in ["md5", "sha-256"] {
        let expected = asked(&[&[401, 200].repeat(10)[..], &[401, 401]].concat());
        assert_eq!(log_in(way).await, expected, "{way}");
    }
}

#[tokio::test]
async fn gsoap_takes_tokens_by_its_own_clock() {
    let clock = || vec![CLOCK.to_owned()];
    let right = [asked(&[400]), clock(), asked(&[200; 10])];
    // The clock is read again before the password is blamed.
    let wrong = [asked(&[400]), clock(), asked(&[400]), clock()];
    assert_eq!(log_in("token").await, [&right[..], &wrong].concat().concat());
}

#[tokio::test]
async fn the_clock_of_gsoap_is_read() {
    let (_peer, address) = start("md5");
    let mut client = client(address, "pass word");
    let ahead = client.probe(ProbeKind::CameraClock, AT).await;
    assert_eq!(ahead.symptom(), Some(Symptom::Clock));
    let now = client.probe(ProbeKind::CameraClock, Timestamp::from_millis(now_ms())).await;
    assert_eq!(now.outcome, Outcome::Passed);
}

/// What the tests above are worth: how exact gSOAP is.
#[tokio::test]
async fn gsoap_takes_no_token_twice_and_none_out_of_time() {
    let (_peer, address) = start("token");
    let now_ms = now_ms();
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    // A nonce, seconds from now, and the status.
    let cases =
        [(1, 0, 200), (1, 0, 400), (2, 270, 200), (3, 330, 400), (4, -510, 200), (5, -570, 400), (6, 0, 200)];
    for (nonce, seconds, status) in cases {
        let created_ms = now_ms + seconds * 1000;
        let token =
            UsernameToken { username: "demarc", password: "pass word", nonce: [nonce; 16], created_ms };
        let request = information_request("/onvif/device_service", Some(token));
        let url = format!("http://{address}{}", request.target);
        let sent =
            http.post(url).header("content-type", request.content_type.unwrap().as_ref()).body(request.body);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{nonce} {seconds}");
    }
}
