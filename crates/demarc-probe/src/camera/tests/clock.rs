//! Why an Axis camera's clock is wrong, as the camera says itself.

use super::AT;
use super::peer::{LIMITS, Peer, Reply, challenge, client, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::CameraSpec;
use demarc_model::observation::{Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
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

#[tokio::test]
async fn a_clock_is_wrong_from_the_users_tolerance_on_and_breaks_logins_from_five_minutes_on() {
    const EVIDENCE: &str = "behind, which spoils recordings as evidence";
    const LOGINS: &str =
        "behind, which spoils recordings as evidence and logins that are signed with the time";
    let cases = [(5, 4, ""), (5, 7, EVIDENCE), (60, 58, ""), (60, 63, EVIDENCE), (60, 310, LOGINS)];
    for (tolerance, seconds, expected) in cases {
        let peer = Peer::new().await;
        let clock_tolerance = Duration::from_secs(tolerance);
        let spec = CameraSpec { clock_tolerance, ..spec(peer.address) };
        let mut client = CameraClient::new(spec, LIMITS).unwrap();
        let noon = |_: &str| http(401, "Date: Sun, 20 Feb 2022 12:00:00 GMT\r\n", "");
        let at = Timestamp::from_millis(1_645_358_400_000).plus(Duration::from_secs(seconds));
        let seen = peer.host(noon, client.probe(CLOCK, at)).await;
        let told = match &seen.outcome {
            Outcome::Failed { detail, .. } => detail.as_str(),
            _ => "",
        };
        assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{seconds} s: {told:?}");
        assert_eq!(told.contains("logins"), expected == LOGINS, "{seconds} s: {told:?}");
    }
}

/// What is asked, after how many minutes, and how the answer is dated.
type Dated = (ProbeKind, u64, &'static str);

/// Looks, and what is said of the date of each answer.
type Looks = (&'static str, &'static [Dated], &'static [Option<i64>]);

/// How many seconds the date of each answer was said to be off by.
async fn doubts(looks: &[Dated]) -> Vec<Option<i64>> {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let mut seen = Vec::new();
    for (kind, minutes, date) in looks {
        let at = AT.plus(Duration::from_mins(*minutes));
        let dated = format!("Date: Sun, 20 Feb 2022 {date} GMT\r\n");
        let camera = |request: &str| match proof(request).as_str() {
            _ if request.contains("GetSystemDateAndTime") => http(401, &dated, ""),
            _ => http(200, &dated, "viewer\nusers viewer\n"),
        };
        let looked = peer.host(camera, client.probe(*kind, at)).await;
        seen.push(looked.readings.iter().find_map(|reading| match reading {
            Reading::ClockOffsetMs(ms) => Some(ms.div_euclid(1_000)),
            _ => None,
        }));
    }
    seen
}

/// The date of every answer is looked at, and a camera that dates its answers wrongly for ever costs one
/// question in a quarter of an hour.
#[tokio::test]
async fn the_date_of_any_answer_is_a_reason_to_ask_for_the_clock_now_and_then() {
    const AHEAD: Option<i64> = Some(3_600);
    const BEHIND: Option<i64> = Some(-3_600);
    let cases: [Looks; 4] = [
        ("right", &[(LOGIN, 0, "17:00:00"), (LOGIN, 1, "17:01:40"), (LOGIN, 2, "17:01:10")], &[None; 3]),
        (
            "wrong in the date alone",
            &[
                (LOGIN, 0, "18:00:00"),
                (CLOCK, 0, "17:00:00"),
                (LOGIN, 1, "18:01:00"),
                (LOGIN, 14, "18:14:00"),
                (LOGIN, 15, "18:15:00"),
            ],
            &[AHEAD, Some(0), None, None, AHEAD],
        ),
        (
            "found to be wrong",
            &[(CLOCK, 0, "16:00:00"), (LOGIN, 1, "16:01:00"), (CLOCK, 2, "17:02:00"), (LOGIN, 3, "16:03:00")],
            &[BEHIND, None, Some(0), BEHIND],
        ),
        ("undated", &[(LOGIN, 0, "when it rained")], &[None]),
    ];
    for (name, looks, expected) in cases {
        assert_eq!(doubts(looks).await, expected, "{name}");
    }
}
