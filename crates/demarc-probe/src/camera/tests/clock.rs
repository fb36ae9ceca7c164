//! Why an Axis camera's clock is wrong, as the camera says itself.

use super::AT;
use super::peer::{Peer, Reply, challenge, client, gist, http, proof};
use demarc_model::observation::Outcome;
use demarc_model::probe::ProbeKind;
use std::time::Duration;

const CLOCK: ProbeKind = ProbeKind::CameraClock;
const LOGIN: ProbeKind = ProbeKind::CameraLogin;

/// Looks after so many minutes; the end of what the clock is said to be, or what was asked for a login.
async fn check(ntp: impl Fn() -> Reply, looks: &[(ProbeKind, u64)]) -> Vec<String> {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let camera = |request: &str| match proof(request).as_str() {
        _ if request.contains("GetSystemDateAndTime") => {
            http(401, "Date: Sun, 20 Feb 2022 07:00:00 GMT\r\n", "")
        }
        "bare" | "wrong" => challenge("n", ""),
        _ if request.starts_with("POST /axis-cgi/ntp.cgi ") => ntp(),
        _ => http(200, "", "viewer\nusers viewer\n"),
    };
    let mut seen = Vec::new();
    for (kind, minutes) in looks {
        let at = AT.plus(Duration::from_mins(*minutes));
        let looked = peer.host(camera, client.probe(*kind, at)).await;
        let asked = peer.take_asked().iter().filter(|request| request.contains("ntp.cgi")).count();
        seen.push(match &looked.outcome {
            Outcome::Failed { detail, .. } => {
                detail.as_str().split_once(';').map_or("", |(_, source)| source).trim().to_owned()
            }
            _ => format!("{} {asked}", gist(&looked)),
        });
        assert_eq!(client.login_pause(), None);
    }
    seen
}

#[tokio::test]
async fn a_camera_is_asked_once_after_its_login() {
    let client = |more: &str| format!(r#"{{"data":{{"client":{{"enabled":true,{more}}}}}}}"#);
    let cases = [
        (
            client(r#""serversSource":"static","staticServers":["10.0.0.9"],"synced":false"#),
            "it gets no time from 10.0.0.9",
        ),
        (
            client(
                r#""serversSource":"DHCP","advertisedServers":["10.0.0.9","10.0.0.8","10.0.0.7"],"synced":true"#,
            ),
            "it says that it is in step with 10.0.0.9 and 10.0.0.8",
        ),
        (client(r#""serversSource":"static""#), "no time server is set in it"),
        (client(r#""serversSource":"static","staticServers":["10.0.0.9"]"#), "its time server is 10.0.0.9"),
    ];
    for (body, expected) in cases {
        let looks = [(LOGIN, 0), (CLOCK, 1), (LOGIN, 2), (CLOCK, 3), (LOGIN, 4)];
        let seen = check(|| http(200, "", &body), &looks).await;
        assert_eq!(seen, ["passed 0", "", "passed 1", expected, "passed 0"]);
    }
}

#[tokio::test]
async fn one_that_does_not_say_is_asked_again_after_an_hour_and_its_refusal_is_not_the_passwords() {
    for (status, requests) in [(404, 1), (401, 1)] {
        let refuse = || if status == 401 { challenge("n", "") } else { http(status, "", "") };
        let looks = [(LOGIN, 0), (CLOCK, 1), (LOGIN, 2), (LOGIN, 61), (LOGIN, 62)];
        let seen = check(refuse, &looks).await;
        let asked = format!("passed {requests}");
        assert_eq!(seen, ["passed 0", "", &asked, "passed 0", &asked], "{status}");
    }
}
