//! Logins at httpbin: both qualities of protection, and nonces that it says have grown stale.

use super::{AT, client};
use crate::peers::{self, Peer};
use demarc_model::observation::{MissingReason, Outcome};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

const SERVER: &str = include_str!("httpbin_server.py");

/// httpbin with this quality of protection, algorithm, and requests a nonce is good for.
fn start(arguments: [&str; 3]) -> (Peer, SocketAddr) {
    let mut command = Command::new(peers::python());
    command.args(["-c", SERVER]).args(arguments).args(["demarc", "pass word"]);
    let (peer, port) = Peer::start(command);
    (peer, SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap())))
}

/// Ten logins and a wrong password, which is tried once; what httpbin answered to them.
async fn log_in(kind: ProbeKind, arguments: [&str; 3]) -> Vec<String> {
    let (peer, address) = start(arguments);
    let mut right = client(address, "pass word");
    for count in 0..10 {
        let seen = right.probe(kind, AT).await;
        assert_eq!(seen.outcome, Outcome::Passed, "{arguments:?}: login {count}");
    }
    let mut wrong = client(address, "password");
    assert_eq!(wrong.probe(kind, AT).await.symptom(), Some(Symptom::Rejected), "{arguments:?}");
    let spared = wrong.probe(kind, AT.plus(Duration::from_mins(14))).await;
    assert_eq!(spared.outcome, Outcome::Missing { reason: MissingReason::Budget });
    peer.stop()
}

#[tokio::test]
async fn logs_in_at_httpbin_with_either_quality_of_protection() {
    for quality in ["auth", "auth-int"] {
        let (right, wrong) = (format!("200 {quality}"), format!("401 {quality}"));
        for algorithm in ["MD5", "SHA-256"] {
            let answers = log_in(ProbeKind::CameraLogin, [quality, algorithm, "never"]).await;
            let expected = [&["401"], &[right.as_str(); 10][..], &["401", &wrong]].concat();
            assert_eq!(answers, expected, "{quality} {algorithm}");
        }
    }
}

/// What is signed with `auth-int` is the body too, and ONVIF's requests have one. Two requests each:
/// a nonce is used once there. One question more follows the first login.
#[tokio::test]
async fn the_body_of_a_request_is_signed_as_httpbin_wants_it() {
    for algorithm in ["MD5", "SHA-256"] {
        let answers = log_in(ProbeKind::CameraOnvif, ["auth-int", algorithm, "never"]).await;
        let expected = [&["401", "200 auth-int"].repeat(11)[..], &["401", "401 auth-int"]].concat();
        assert_eq!(answers, expected, "{algorithm}");
    }
}

#[tokio::test]
async fn a_nonce_that_httpbin_calls_stale_costs_one_request_and_no_failure() {
    let answers = log_in(ProbeKind::CameraLogin, ["auth", "MD5", "3"]).await;
    let (right, stale) = ("200 auth", "401 auth");
    let first = ["401", right, right, right];
    let later = [stale, right, right, right].repeat(2);
    let expected = [&first, &later[..], &[stale, right], &["401", "401 auth"]].concat();
    assert_eq!(answers, expected);
}
