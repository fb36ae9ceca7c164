//! The camera's own list of relays: who is asked for it, when, and what becomes of it.

use super::AT;
use super::peer::{LIMITS, Peer, Reply, challenge, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::CameraSpec;
use demarc_model::observation::Reading;
use demarc_model::probe::ProbeKind;
use demarc_model::relay::RelayList;
use std::time::Duration;

const HOUR: u64 = 3_600;
const ADMINISTRATOR: &str = "root\nroot admin operator ptz viewer\n";
const VIEWER: &str = "viewer\nusers viewer\n";
const LIST: &str = "root.RemoteService.Enabled=oneclick\n\
    root.RemoteService.ServerList=relay-1.example:443,relay-1.example:80,198.51.100.7:443\n";
const NOTHING: &str = "# Error: Error -1 getting param in group 'RemoteService'\n";

/// Logs in at these seconds; each result, what was asked for, and the list that was told.
async fn check(groups: &str, answer: impl Fn() -> Reply, seconds: &[u64]) -> Vec<String> {
    let peer = Peer::new().await;
    let spec = CameraSpec { relays_every: Some(Duration::from_secs(HOUR)), ..spec(peer.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let camera = |request: &str| match proof(request).as_str() {
        "bare" | "wrong" => challenge("n", ""),
        _ if request.starts_with("GET /axis-cgi/param.cgi?action=list&group=RemoteService ") => answer(),
        _ => http(200, "", groups),
    };
    let guest = async {
        let mut seen = Vec::new();
        for second in seconds {
            let looked = client.probe(ProbeKind::CameraLogin, AT.plus(Duration::from_secs(*second))).await;
            let asked = peer.take_asked();
            let asked: Vec<_> = asked
                .iter()
                .map(|request| if request.contains("param.cgi") { "list" } else { "login" })
                .collect();
            let told = looked.readings.iter().find_map(list).map(|told| format!(" {}", told.servers.len()));
            seen.push(format!("{}: {}{}", gist(&looked), asked.join(" "), told.unwrap_or_default()));
        }
        seen
    };
    peer.host(camera, guest).await
}

fn list(reading: &Reading) -> Option<&RelayList> {
    match reading {
        Reading::Relays(list) => Some(list),
        _ => None,
    }
}

#[tokio::test]
async fn an_administrators_login_is_once_an_hour_the_question_for_the_list_and_no_request_more() {
    let seen = check(ADMINISTRATOR, || http(200, "", LIST), &[0, 30, 60, 3_600, 3_630, 3_660]).await;
    let (login, list) = ("passed: login", "passed: list 3");
    assert_eq!(seen, ["passed: login login", list, login, login, list, login]);
}

#[tokio::test]
async fn an_account_that_may_not_read_the_list_is_not_asked_for_it() {
    let seen = check(VIEWER, || http(200, "", LIST), &[0, 30, 60]).await;
    assert_eq!(seen, ["passed: login login", "passed: login", "passed: login"]);
}

/// Not told is no fault: the login is asked for all the same.
#[tokio::test]
async fn a_camera_that_tells_no_list_is_logged_in_to_as_ever() {
    for (status, body) in [(200, NOTHING), (200, "<html>"), (404, ""), (403, ""), (500, "")] {
        let seen = check(ADMINISTRATOR, || http(status, "", body), &[0, 30, 60]).await;
        let told = seen[1].strip_prefix("passed: ").unwrap();
        // A 403 to a proof is asked again without it, because some cameras mean its nonce.
        assert!(told.starts_with("list") && told.ends_with(" login"), "{status}: {seen:?}");
        assert_eq!(seen[2], "passed: login", "{status}");
    }
}

#[tokio::test]
async fn a_password_that_is_refused_for_the_list_alone_blames_nobody_and_is_not_tried_there_again() {
    let seen = check(ADMINISTRATOR, || challenge("n", ""), &[0, 30, 960, 8_000]).await;
    assert_eq!(seen, ["passed: login login", "missing budget: list", "passed: login login", "passed: login"]);
}

#[tokio::test]
async fn a_list_has_an_end() {
    let servers: Vec<String> = (0..60).map(|n| format!("relay-{n}.example:443")).collect();
    let body =
        format!("root.RemoteService.Enabled=yes\nroot.RemoteService.ServerList={}\n", servers.join(","));
    let seen = check(ADMINISTRATOR, || http(200, "", &body), &[0, 30]).await;
    assert_eq!(seen[1], format!("passed: list {}", RelayList::MOST));
}
