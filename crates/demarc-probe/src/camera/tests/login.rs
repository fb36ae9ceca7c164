use super::AT;
use super::peer::{Peer, Reply, challenge, challenge_of, client, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::{Basic, CameraSpec};
use demarc_model::identity::Identity;
use demarc_model::login::LoginPause;
use demarc_model::observation::Outcome;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
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
    let pause = LoginPause { until: later(30), rejected: true };
    assert_eq!(asked_once.login_pause(), Some(pause));
}

#[tokio::test]
async fn a_new_nonce_at_every_refusal_is_no_way_around() {
    // Whoever calls each of its own nonces too old has not said that the password is wrong.
    for (more, told) in [("", "authentication rejected"), (", stale=true", "missing budget")] {
        let count = Cell::new(0);
        let answer = |_: &str| {
            count.set(count.get() + 1);
            challenge(&format!("n{}", count.get()), more)
        };
        let peer = Peer::new().await;
        let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 2]).await;
        assert_eq!(seen, [format!("{told}: bare n1/1"), "missing budget: ".to_owned()], "{more}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_in_the_middle_of_a_login_blames_no_password() {
    let at = |time: &str| format!("\r\nDate: Sun, 20 Feb 2022 {time} GMT");
    let cases = [
        ("17:00:02", "authentication rejected: bare n1/1"),
        ("18:00:00", "missing budget: bare n1/1"),
        ("16:59:00", "missing budget: bare n1/1"),
    ];
    for (later, expected) in cases {
        let count = Cell::new(0);
        let answer = |_: &str| {
            count.set(count.get() + 1);
            let time = if count.get() == 1 { "17:00:00" } else { later };
            challenge(&format!("n{}", count.get()), &at(time))
        };
        let peer = Peer::new().await;
        let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 2]).await;
        // Refused or not, the password was sent once and is not sent again.
        assert_eq!(seen, [expected, "missing budget: "], "{later}");
    }
}

#[tokio::test]
async fn a_refusal_outlives_a_restart() {
    let peer = Peer::new().await;
    let mut restarted = client(peer.address);
    restarted.restore_login_pause(LoginPause { until: later(10), rejected: true });
    let seen = check(&peer, &mut restarted, |_| groups(), &[(LOGIN, later(9)), (LOGIN, later(10))]).await;
    assert_eq!(seen, ["missing budget: ", "passed: bare"]);
}

#[tokio::test]
async fn a_single_look_repeats_what_was_refused_and_does_not_try_it() {
    let probes = [(ProbeKind::CameraStream, AT), (LOGIN, later(6)), (LOGIN, later(6)), (LOGIN, later(10))];
    for (rejected, told) in [(true, "authentication rejected: "), (false, "missing budget: ")] {
        let peer = Peer::new().await;
        let mut looking = client(peer.address);
        looking.restore_login_pause(LoginPause { until: later(10), rejected });
        looking.recall_rejection();
        let seen = check(&peer, &mut looking, |_| groups(), &probes).await;
        assert_eq!(seen, ["missing budget: ", told, "missing budget: ", "passed: bare"]);
    }
    let peer = Peer::new().await;
    let mut looking = client(peer.address);
    looking.restore_login_pause(LoginPause { until: later(10), rejected: true });
    looking.recall_rejection();
    let Outcome::Failed { detail, .. } = looking.probe(LOGIN, later(6)).await.outcome else { panic!() };
    assert_eq!(detail.as_str(), "the camera refused the password 11 min ago; it is not sent again for 4 min");
}

#[tokio::test]
async fn what_is_not_spoken_gets_no_password() {
    let cases = [
        ("WWW-Authenticate: Basic realm=\"AXIS_ACCC8E000001\"\r\n", "authentication scheme-unknown: bare"),
        ("WWW-Authenticate: NTLM\r\nWWW-Authenticate: Negotiate\r\n", "authentication scheme-unknown: bare"),
        (
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA3-256\r\n",
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

/// As the web server of Axis cameras does after too many requests: it looks at no password then.
#[tokio::test]
async fn a_camera_that_blocks_us_after_many_requests_has_not_judged_the_password() {
    let asked = Cell::new(0);
    let answer = |request: &str| {
        asked.set(asked.get() + 1);
        match proof(request).as_str() {
            _ if (5..8).contains(&asked.get()) => http(403, "", "Forbidden"),
            "bare" => challenge("n", ""),
            _ => groups(),
        }
    };
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let seen = check(&peer, &mut client, answer, &[(LOGIN, AT); 6]).await;
    let expected = [
        "passed: bare n/1",
        "passed: n/2",
        "passed: n/3",
        "content locked-out: n/4 bare",
        "content locked-out: bare",
        "passed: bare n/1",
    ];
    assert_eq!((seen, client.login_pause()), (expected.map(str::to_owned).to_vec(), None));
}

/// Dahua recorders say 403 to a nonce that they have given up.
#[tokio::test]
async fn a_403_to_a_kept_nonce_is_asked_once_more_without_it() {
    let answer = |request: &str| match proof(request).as_str() {
        "a/2" => http(403, "", ""),
        "bare" => challenge("a", ""),
        _ => groups(),
    };
    let peer = Peer::new().await;
    let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 2]).await;
    assert_eq!(seen, ["passed: bare a/1", "passed: a/2 bare a/1"]);
}

#[tokio::test]
async fn a_camera_that_renews_its_nonce_with_each_answer_is_asked_once() {
    let answer = |request: &str| match proof(request).as_str() {
        "bare" => challenge("n0", ""),
        said if said.ends_with("/1") => {
            let number: u32 = said[1..said.len() - 2].parse().unwrap();
            let next = format!("Authentication-Info: nextnonce=\"n{}\"\r\n", number + 1);
            http(200, &next, "viewer\nusers viewer\n")
        }
        _ => challenge("used", ""),
    };
    let peer = Peer::new().await;
    let seen = check(&peer, &mut client(peer.address), answer, &[(LOGIN, AT); 4]).await;
    assert_eq!(seen, ["passed: bare n0/1", "passed: n1/1", "passed: n2/1", "passed: n3/1"]);
}

#[tokio::test]
async fn who_lets_us_in_without_knowing_the_password_is_not_the_camera() {
    let answer = |request: &str| match proof(request).as_str() {
        "bare" => challenge("n", ""),
        _ => http(200, "Authentication-Info: rspauth=\"0\", qop=auth\r\n", "viewer\nusers viewer\n"),
    };
    let peer = Peer::new().await;
    let probes = [(LOGIN, AT), (ProbeKind::CameraOnvif, later(14)), (LOGIN, later(15))];
    let seen = check(&peer, &mut client(peer.address), answer, &probes).await;
    let expected = [
        "authentication identity-changed: bare n/1",
        "missing budget: ",
        "authentication identity-changed: bare n/1",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn another_realm_gets_no_password_until_the_first_one_is_back() {
    let realm = Cell::new("Front door");
    let answer = |request: &str| match proof(request).as_str() {
        "bare" => challenge_of(realm.get(), "n", ""),
        "n/1" => groups(),
        _ => challenge_of(realm.get(), "n", ""),
    };
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let met = check(&peer, &mut client, answer, &[(LOGIN, AT)]).await;
    realm.set("Back door");
    let onvif = (ProbeKind::CameraOnvif, AT);
    let other = check(&peer, &mut client, answer, &[(LOGIN, AT), onvif, (LOGIN, AT)]).await;
    let seen = client.stranger().and_then(|stranger| stranger.realm);
    realm.set("Front door");
    let back = check(&peer, &mut client, answer, &[(LOGIN, AT)]).await;
    assert_eq!(met, ["passed: bare n/1"]);
    assert_eq!(
        other,
        // The first is warm: what it shows is worthless to somebody who did not make the nonce.
        ["content identity-changed: n/2", "missing unpinned: ", "content identity-changed: bare"]
    );
    assert_eq!(seen, Some(DeviceText::clean("Back door")));
    assert_eq!((back, client.stranger()), (vec!["passed: bare n/1".to_owned()], None));
}

#[tokio::test]
async fn who_a_camera_is_outlives_a_restart() {
    let peer = Peer::new().await;
    let answer = |request: &str| match proof(request).as_str() {
        "bare" => challenge("n", ""),
        _ => groups(),
    };
    let mut first = client(peer.address);
    check(&peer, &mut first, answer, &[(LOGIN, AT)]).await;
    let known = first.identity();
    let other = Identity { serial: Some(DeviceText::clean("ACCC8E999999")), ..Identity::default() };

    let mut same = client(peer.address);
    same.restore_identity(&known, None);
    let mut changed = client(peer.address);
    changed.restore_identity(&other, None);
    let mut estranged = client(peer.address);
    estranged.restore_identity(&known, Some(&other));
    let seen = [
        check(&peer, &mut same, answer, &[(LOGIN, AT)]).await,
        check(&peer, &mut changed, answer, &[(LOGIN, AT); 2]).await,
        check(&peer, &mut estranged, answer, &[(LOGIN, AT)]).await,
    ];
    assert_eq!(
        seen.concat(),
        [
            "passed: bare n/1",
            "content identity-changed: bare",
            "missing unpinned: ",
            // Until somebody has seen who is there now.
            "missing unpinned: ",
        ]
    );
    assert_eq!((same.identity(), changed.identity()), (known, other));
}

#[tokio::test]
async fn basic_over_plain_http_is_refused_and_the_way_out_is_named() {
    let peer = Peer::new().await;
    let basic = |_: &str| http(401, "WWW-Authenticate: Basic realm=\"AXIS_ACCC8E000001\"\r\n", "");
    let spec = CameraSpec { basic: Basic::OverPinnedTls, ..spec(peer.address) };
    let mut client = CameraClient::new(spec, super::peer::LIMITS).unwrap();
    let seen = peer.host(basic, client.probe(LOGIN, AT)).await;
    let Outcome::Failed { symptom, detail, .. } = seen.outcome else { panic!("{seen:?}") };
    let text = detail.as_str();
    assert_eq!(symptom, Symptom::SchemeUnknown);
    assert!(text.contains("scheme = \"https\"") && text.ends_with("in its [[camera]]"), "{text}");
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
    client.login.forget();
    let seen = check(&peer, &mut client, answer, &[(LOGIN, AT), (LOGIN, AT), identity]).await;
    assert_eq!(
        seen,
        ["content identity-changed: bare", "missing unpinned: ", "content identity-changed: bare"]
    );

    serial.set("ACCC8E000001");
    let seen = check(&peer, &mut client, answer, &[identity, (LOGIN, AT)]).await;
    assert_eq!(seen, ["passed: bare", "passed: bare n/1"]);
}
