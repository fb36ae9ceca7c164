//! What a camera says of its storage, and what becomes of it.

use super::AT;
use super::peer::{Peer, Reply, challenge, client, gist, http, proof};
use demarc_model::probe::ProbeKind;

const STORAGE: ProbeKind = ProbeKind::CameraStorage;
const WELL: &str = r#"status="OK" full="no" readonly="no" cleanuppolicy="fifo""#;

fn list(state: &str) -> String {
    format!(r#"<root><disks numberofdisks="1"><disk diskid="SD_DISK" totalsize="1" {state}/></disks></root>"#)
}

fn wear(percent: &str) -> String {
    format!(
        r#"<HealthStatusResponse><HealthStatusSuccess><HealthStatus diskid="SD_DISK" wear="{percent}"/></HealthStatusSuccess></HealthStatusResponse>"#
    )
}

/// The results of asking a camera that lists its disk so, in turn.
async fn seen(turns: &[(&str, Reply)]) -> Vec<String> {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let mut results = Vec::new();
    for (state, health) in turns {
        let answer = |request: &str| {
            if proof(request) == "bare" {
                challenge("n", "")
            } else if request.contains("/axis-cgi/disks/list.cgi") {
                http(200, "", &list(state))
            } else {
                again(health)
            }
        };
        results.push(gist(&peer.host(answer, client.probe(STORAGE, AT)).await));
    }
    results
}

fn again(reply: &Reply) -> Reply {
    match reply {
        Reply::Say(bytes) => Reply::Say(bytes.clone()),
        _ => unreachable!("health is always said"),
    }
}

fn worn(percent: &str) -> Reply {
    http(200, "", &wear(percent))
}

#[tokio::test]
async fn says_what_keeps_a_camera_from_recording() {
    let cases = [
        (WELL, worn("25"), "passed"),
        (WELL, worn("-1"), "passed"),
        (WELL, worn("100"), "content unfit"),
        (WELL, http(404, "", "<html>"), "passed"),
        (r#"status="failed""#, worn("25"), "content unfit"),
        (r#"status="OK" readonly="yes""#, worn("25"), "content unfit"),
        (r#"status="OK" full="yes" cleanuppolicy="none""#, worn("25"), "content unfit"),
        (r#"status="OK" full="yes" cleanuppolicy="fifo""#, worn("25"), "passed"),
        (r#"status="disconnected""#, worn("25"), "missing not-offered"),
        (r#"status="formatting""#, worn("25"), "missing not-offered"),
    ];
    for (state, health, expected) in cases {
        assert_eq!(seen(&[(state, health)]).await, [expected], "{state}");
    }
}

#[tokio::test]
async fn only_a_card_that_was_there_is_missed() {
    let turns = [
        (r#"status="disconnected""#, worn("1")),
        (WELL, worn("1")),
        (r#"status="disconnected""#, worn("1")),
        (WELL, worn("1")),
    ];
    let expected = ["missing not-offered", "passed", "content unfit", "passed"];
    assert_eq!(seen(&turns).await, expected);
}

#[tokio::test]
async fn an_account_without_the_right_blames_nobody() {
    let cases = [
        (403, "missing not-offered"),
        (404, "missing not-offered"),
        (503, "content busy"),
        (500, "content server-error"),
        (200, "content garbage"),
    ];
    for (status, expected) in cases {
        let peer = Peer::new().await;
        let answer = |request: &str| match proof(request).as_str() {
            "bare" => challenge("n", ""),
            _ => http(status, "", "<html>no</html>"),
        };
        let mut client = client(peer.address);
        let result = peer.host(answer, client.probe(STORAGE, AT)).await;
        assert_eq!(gist(&result), expected, "{status}");
    }
}
