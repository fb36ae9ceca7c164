use super::AT;
use super::peer::{Peer, Reply, challenge, challenge_of, client, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::CameraSpec;
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use std::cell::Cell;
use std::time::Duration;

const LOGIN: ProbeKind = ProbeKind::CameraLogin;

type Bare = fn() -> Reply;

fn groups() -> Reply {
    http(200, "", "viewer\nusers viewer\n")
}

/// Probes in turn; each result and the proofs that were sent for it.
async fn check(
    peer: &Peer,
    client: &mut CameraClient,
    answer: impl Fn(&str) -> Reply,
    probes: &[(ProbeKind, Timestamp)],
) -> Vec<String> {
    let guest = async {
        let mut seen = Vec::new();
        for (kind, at) in probes {
            let result = gist(&client.probe(*kind, *at).await);
            let asked: Vec<_> = peer.take_asked().iter().map(|request| proof(request)).collect();
            seen.push(format!("{result}: {}", asked.join(" ")));
        }
        seen
    };
    peer.host(answer, guest).await
}

fn later(minutes: u64) -> Timestamp {
    AT.plus(Duration::from_mins(minutes))
}

#[tokio::test]
async fn a_warm_login_is_one_request() {
    let peer = Peer::new().await;
    let answer = |request: &str| match proof(request).as_str() {
        "bare" | "wrong" => challenge("n", ""),
        _ => groups(),
    };
    let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 4]).await;
    assert_eq!(seen, ["passed: bare n/1", "passed: n/2", "passed: n/3", "passed: n/4"]);
}

#[tokio::test]
async fn an_expired_nonce_costs_one_more_request() {
    // A realm that is not Axis': only Apache is known to mark every expired nonce.
    let other = |nonce: &str, more: &str| challenge_of("IP Camera", nonce, more);
    let answer = |request: &str| match proof(request).as_str() {
        "a/1" | "b/1" | "b/2" => groups(),
        "a/2" => other("b", ", stale=true"),
        "b/3" => other("a", ""),
        _ => other("a", ""),
    };
    let peer = Peer::new().await;
    let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 3]).await;
    assert_eq!(seen, ["passed: bare a/1", "passed: a/2 b/1", "passed: b/2"]);
}

/// The answer that is refused may be a failed login: the next one waits, and then begins cold each time.
#[tokio::test]
async fn a_nonce_that_expires_unmarked_pauses_the_login_and_blames_nobody() {
    let other = |nonce: &str| challenge_of("IP Camera", nonce, "");
    let answer = |request: &str| match proof(request).as_str() {
        "a/1" => groups(),
        _ => other("a"),
    };
    let renewed = |request: &str| match proof(request).as_str() {
        "a/2" => other("b"),
        "b/1" => groups(),
        "bare" => other("b"),
        _ => answer(request),
    };
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let warm = check(&peer, &mut client, answer, &[(LOGIN, AT)]).await;
    let probes = [(LOGIN, AT), (LOGIN, later(14)), (LOGIN, later(15)), (LOGIN, later(16))];
    let seen = check(&peer, &mut client, renewed, &probes).await;
    assert_eq!(warm, ["passed: bare a/1"]);
    assert_eq!(seen, ["missing budget: a/2", "missing budget: ", "passed: bare b/1", "passed: bare b/1"]);
}

#[tokio::test]
async fn a_password_changed_at_an_axis_camera_costs_one_failed_login() {
    let answer = |request: &str| match proof(request).as_str() {
        "a/1" => groups(),
        "a/2" => challenge("b", ""),
        _ => challenge("a", ""),
    };
    let peer = Peer::new().await;
    let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 3]).await;
    assert_eq!(seen, ["passed: bare a/1", "authentication rejected: a/2", "missing budget: "]);
}

#[tokio::test]
async fn a_refused_password_is_sent_once_in_fifteen_minutes() {
    let probes = [
        (LOGIN, AT),
        (LOGIN, later(1)),
        (ProbeKind::CameraOnvif, later(14)),
        (ProbeKind::CameraOnvif, later(15)),
        (LOGIN, later(29)),
    ];
    let expected = [
        "authentication rejected: bare n/1",
        "missing budget: ",
        "missing budget: ",
        "authentication rejected: bare n/1",
        "missing budget: ",
    ];
    let peer = Peer::new().await;
    let mut asked_once = client(peer.address);
    let seen = check(&peer, &mut asked_once, |_| challenge("n", ""), &probes).await;
    assert_eq!(seen, expected);
    assert_eq!(asked_once.breaker(), Some(later(30)));
}

#[tokio::test]
async fn a_new_nonce_at_every_refusal_is_no_way_around() {
    for more in ["", ", stale=true"] {
        let count = Cell::new(0);
        let answer = |_: &str| {
            count.set(count.get() + 1);
            challenge(&format!("n{}", count.get()), more)
        };
        let peer = Peer::new().await;
        let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 2]).await;
        assert_eq!(seen, ["authentication rejected: bare n1/1", "missing budget: "], "{more}");
    }
}

#[tokio::test]
async fn a_refusal_outlives_a_restart() {
    let peer = Peer::new().await;
    let mut restarted = client(peer.address);
    restarted.restore_breaker(later(10));
    let seen = check(&peer, &mut restarted, |_| groups(), &[(LOGIN, later(9)), (LOGIN, later(10))]).await;
    assert_eq!(seen, ["missing budget: ", "passed: bare"]);
}

#[tokio::test]
async fn what_is_not_spoken_gets_no_password() {
    let cases = [
        ("WWW-Authenticate: Basic realm=\"AXIS_ACCC8E000001\"\r\n", "authentication scheme-unknown: bare"),
        ("WWW-Authenticate: NTLM\r\nWWW-Authenticate: Negotiate\r\n", "authentication scheme-unknown: bare"),
        (
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"\r\n",
            "authentication scheme-unknown: bare",
        ),
        ("", "authentication scheme-unknown: bare"),
        (
            "Axis-Setup: vapix\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
            "content factory-reset: bare",
        ),
    ];
    for (headers, expected) in cases {
        let peer = Peer::new().await;
        let seen = check(&peer, &mut client(peer.address), |_| http(401, headers, ""), &[(LOGIN, AT)]).await;
        assert_eq!(seen, [expected], "{headers}");
    }
}

#[tokio::test]
async fn other_answers_to_a_login_have_their_own_symptoms() {
    let cases: [(Bare, &str); 5] = [
        (|| http(403, "", ""), "content locked-out: bare"),
        (|| http(503, "", ""), "content busy: bare"),
        (|| http(404, "", ""), "missing not-offered: bare"),
        (|| http(200, "", "<html>hello</html>"), "content garbage: bare"),
        (groups, "passed: bare"),
    ];
    for (answer, expected) in cases {
        let peer = Peer::new().await;
        let seen = check(&peer, &mut client(peer.address), |_| answer(), &[(LOGIN, AT)]).await;
        assert_eq!(seen, [expected]);
    }
}

#[tokio::test]
async fn without_an_account_nobody_is_asked() {
    let peer = Peer::new().await;
    let spec = CameraSpec { credentials: None, ..spec(peer.address) };
    let mut client = CameraClient::new(spec, super::peer::LIMITS).unwrap();
    let probes = [(LOGIN, AT), (ProbeKind::CameraOnvif, AT)];
    let seen = check(&peer, &mut client, |_| groups(), &probes).await;
    assert_eq!(seen, ["missing not-offered: ", "missing not-offered: "]);
}

#[tokio::test]
async fn another_camera_at_the_address_gets_no_password() {
    let serial = Cell::new("ACCC8E000001");
    let answer = |request: &str| {
        let serial = serial.get();
        if request.starts_with("POST /axis-cgi/basicdeviceinfo.cgi") {
            return http(200, "", &format!(r#"{{"data":{{"propertyList":{{"SerialNumber":"{serial}"}}}}}}"#));
        }
        let realm =
            format!("WWW-Authenticate: Digest realm=\"AXIS_{serial}\", nonce=\"n\", qop=\"auth\"\r\n");
        if proof(request) == "bare" { http(401, &realm, "") } else { groups() }
    };
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let identity = (ProbeKind::CameraIdentity, AT);
    let seen = check(&peer, &mut client, answer, &[identity, (LOGIN, AT)]).await;
    assert_eq!(seen, ["passed: bare", "passed: bare n/1"]);

    serial.set("ACCC8E000002");
    client.vapix.forget();
    let seen = check(&peer, &mut client, answer, &[(LOGIN, AT), (LOGIN, AT), identity]).await;
    assert_eq!(
        seen,
        ["content identity-changed: bare", "missing unpinned: ", "content identity-changed: bare"]
    );

    serial.set("ACCC8E000001");
    let seen = check(&peer, &mut client, answer, &[identity, (LOGIN, AT)]).await;
    assert_eq!(seen, ["passed: bare", "passed: bare n/1"]);
}
