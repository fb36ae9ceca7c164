//! An ONVIF service by gSOAP, the engine in many cameras: HTTP Digest as the standard shows it, tokens that
//! are taken once and in time only, and where its stream and its snapshots are.

#![expect(clippy::disallowed_methods, reason = "starts a real server, whose clock is that of this computer")]

use crate::digest_interop::client;
use crate::peers::{self, Peer};
use crate::video::gstreamer_with;
use demarc_model::observation::{MissingReason, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::onvif::{self, Dialect, Question, UsernameToken};
use jpeg_encoder::{ColorType, Encoder};
use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Years from the server's clock, so that only a token by that clock is in time.
const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);
const CLOCK: &str = "GetSystemDateAndTime 200";

/// The service with this way to log in; it says what it is asked, and its answer's status.
fn start(way: &str) -> (Peer, SocketAddr) {
    start_with(way, ["/nowhere"; 2])
}

/// With snapshots from two files.
fn start_with(way: &str, pictures: [impl AsRef<OsStr>; 2]) -> (Peer, SocketAddr) {
    let mut command = Command::new(peers::onvif_gsoap());
    command.args([way, "demarc", "pass word"]).args(pictures);
    let (peer, port) = Peer::start(command);
    (peer, SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap())))
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

fn asked(statuses: &[u16]) -> Vec<String> {
    told("GetDeviceInformation", statuses)
}

fn told(operation: &str, statuses: &[u16]) -> Vec<String> {
    statuses.iter().map(|status| format!("{operation} {status}")).collect()
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
        let once = asked(&[401, 200]);
        let aside = |operation| told(operation, &[401, 200]);
        // Two things more are asked once a day, one after each of the first two logins.
        let first = [once.clone(), aside("GetScopes"), once.clone(), aside("GetNetworkInterfaces")];
        let expected = [first.concat(), asked(&[401, 200].repeat(8)), asked(&[401, 401])].concat();
        assert_eq!(log_in(way).await, expected, "{way}");
    }
}

#[tokio::test]
async fn gsoap_takes_tokens_by_its_own_clock() {
    let clock = || vec![CLOCK.to_owned()];
    let aside = ["GetScopes", "GetNetworkInterfaces"].map(|operation| told(operation, &[200]));
    let [scopes, interfaces] = aside;
    let right = [asked(&[400]), clock(), asked(&[200]), scopes, asked(&[200]), interfaces, asked(&[200; 8])];
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

/// The simplest picture that lives: shades from dark to bright, with noise of its own for every seed.
fn jpeg(seed: u32) -> Vec<u8> {
    let mut random = seed.wrapping_mul(2_654_435_761) | 1;
    let mut noise = || {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random % 4
    };
    let pixels: Vec<u8> = (0..320 * 240).map(|at| u8::try_from(40 + at % 160 + noise()).unwrap()).collect();
    let mut out = Vec::new();
    Encoder::new(&mut out, 80).encode(&pixels, 320, 240, ColorType::Luma).unwrap();
    out
}

/// It advertises addresses that are not reached from here, and its snapshots by Digest whatever the way in.
#[tokio::test]
async fn the_snapshots_of_gsoap_are_found_and_looked_at() {
    for (way, found) in [("md5", vec![401, 200]), ("sha-256", vec![401, 200]), ("token", vec![200])] {
        let folder = tempfile::tempdir().unwrap();
        let files = ["a.jpg", "b.jpg"].map(|name| folder.path().join(name));
        for (seed, file) in (1..).zip(&files) {
            std::fs::write(file, jpeg(seed)).unwrap();
        }
        let (peer, address) = start_with(way, files);
        let mut client = client(address, "pass word");
        let mut looks = Vec::new();
        for kind in [
            ProbeKind::CameraOnvif,
            ProbeKind::CameraPicture,
            ProbeKind::CameraPicture,
            ProbeKind::CameraPicture,
        ] {
            looks.push(client.probe(kind, AT).await.outcome);
        }
        let missing = |reason| Outcome::Missing { reason };
        // Not an Axis camera's, then found, then looked at.
        let expected = [
            Outcome::Passed,
            missing(MissingReason::NotOffered),
            missing(MissingReason::Undecided),
            Outcome::Passed,
        ];
        assert_eq!(looks, expected, "{way}");
        let said = peer.stop();
        let from = said.iter().position(|line| line.starts_with("/axis-cgi")).unwrap();
        let expected = [
            told("/axis-cgi/jpg/image.cgi?resolution=160x120&compression=10", &[404]),
            told("GetServices", &[200]),
            told("GetProfiles", &found),
            told("GetSnapshotUri small", &found),
            told("snapshot", &[401, 200, 200]),
        ];
        assert_eq!(said[from..], expected.concat(), "{way}");
    }
}

/// GStreamer plays what gSOAP advertises.
#[tokio::test]
async fn the_stream_that_gsoap_advertises_is_watched() {
    let (_web, address) = start("md5");
    let (streams, rtsp_port) = gstreamer_with(&["/live/small"]);
    let mut client = crate::video::client_of(address.port(), rtsp_port, None, "pass word");
    for (kind, expected) in [
        // It is not where Axis cameras have theirs.
        (ProbeKind::CameraStream, Outcome::Missing { reason: MissingReason::NotOffered }),
        (ProbeKind::CameraOnvif, Outcome::Passed),
        (ProbeKind::CameraStream, Outcome::Passed),
    ] {
        assert_eq!(client.probe(kind, AT).await.outcome, expected, "{kind:?}");
    }
    assert_eq!(streams.stop(), ["PLAY", "TEARDOWN"]);
}

#[tokio::test]
async fn gsoap_tells_where_a_wrong_clock_takes_the_time_from() {
    for way in ["md5", "token"] {
        let (_peer, address) = start(way);
        let mut client = client(address, "pass word");
        let mut details = Vec::new();
        for kind in
            [ProbeKind::CameraClock, ProbeKind::CameraOnvif, ProbeKind::CameraOnvif, ProbeKind::CameraClock]
        {
            if let Outcome::Failed { detail, .. } = client.probe(kind, AT).await.outcome {
                details.push(detail.as_str().split_once(';').map(|(_, source)| source.to_owned()));
            }
        }
        assert_eq!(details, [None, Some(" its time server is time.example".to_owned())], "{way}");
    }
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
        let request = onvif::request(
            Question::DeviceInformation,
            "/onvif/device_service",
            Dialect::default(),
            Some(token),
        );
        let url = format!("http://{address}{}", request.target);
        let sent =
            http.post(url).header("content-type", request.content_type.unwrap().as_ref()).body(request.body);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{nonce} {seconds}");
    }
}
