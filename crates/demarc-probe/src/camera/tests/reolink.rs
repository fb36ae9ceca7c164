//! Reolink cameras: the password goes to the pinned key alone, and every session is given back.

use super::AT;
use super::peer::{LIMITS, Peer, Reply, gist, http, spec};
use super::tls::{acceptor, consenting};
use crate::camera::CameraClient;
use crate::spec::{CameraSpec, Scheme};
use demarc_model::observation::Outcome;
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use std::cell::RefCell;
use std::time::Duration;

const READY: ProbeKind = ProbeKind::CameraReady;
const LOGIN: ProbeKind = ProbeKind::CameraLogin;
const STORAGE: ProbeKind = ProbeKind::CameraStorage;
const ONVIF: ProbeKind = ProbeKind::CameraOnvif;
const CARD: &str = r#"{"HddInfo":[{"capacity":29000,"format":1,"id":0,"mount":1,"size":0}]}"#;

fn value(command: &str, value: &str) -> Reply {
    http(200, "", &format!(r#"[{{"cmd":"{command}","code":0,"value":{value}}}]"#))
}

fn error(command: &str, code: i32, detail: &str) -> Reply {
    http(
        200,
        "",
        &format!(r#"[{{"cmd":"{command}","code":1,"error":{{"rspCode":{code},"detail":"{detail}"}}}}]"#),
    )
}

/// One that counts its sessions, answers only within one, and takes one account.
struct Reolink {
    sessions: RefCell<Vec<String>>,
    begun: RefCell<u32>,
    password: &'static str,
    refusal: (i32, &'static str),
    disks: RefCell<&'static str>,
}

impl Default for Reolink {
    fn default() -> Self {
        let refusal = (-7, "login failed");
        Self {
            sessions: RefCell::default(),
            begun: RefCell::default(),
            password: "pass word",
            refusal,
            disks: RefCell::new(CARD),
        }
    }
}

impl Reolink {
    fn answer(&self, request: &str) -> Reply {
        let target = request.split(' ').nth(1).unwrap();
        let Some(query) = target.strip_prefix("/cgi-bin/api.cgi?cmd=") else {
            return http(404, "", "<html>404 Not Found</html>");
        };
        let (command, token) = query.split_once("&token=").unwrap_or((query, ""));
        let body: serde_json::Value =
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(body[0]["cmd"], command);
        if command == "Login" {
            let user = &body[0]["param"]["User"];
            if (&user["userName"], &user["password"]) != (&"demarc".into(), &self.password.into()) {
                return error(command, self.refusal.0, self.refusal.1);
            }
            *self.begun.borrow_mut() += 1;
            let token = format!("token{}", self.begun.borrow());
            let told = value(command, &format!(r#"{{"Token":{{"leaseTime":3600,"name":"{token}"}}}}"#));
            self.sessions.borrow_mut().push(token);
            return told;
        }
        if !self.sessions.borrow().iter().any(|own| own == token) {
            return error(command, -6, "please login first");
        }
        match command {
            "Logout" => {
                self.sessions.borrow_mut().retain(|own| own != token);
                value(command, r#"{"rspCode":200}"#)
            }
            "GetHddInfo" => value(command, *self.disks.borrow()),
            _ => error(command, -9, "not support"),
        }
    }
}

fn later(minutes: u64) -> Timestamp {
    AT.plus(Duration::from_mins(minutes))
}

/// The commands and pages that were asked for since the last call.
fn asked(peer: &Peer) -> String {
    let name = |request: &String| {
        let target = request.split(' ').nth(1).unwrap();
        match target.split_once("cmd=") {
            Some((_, query)) => query.split('&').next().unwrap().to_owned(),
            None => target.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned(),
        }
    };
    peer.take_asked().iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What each of these probes comes to, and what it asks for.
async fn seen(
    peer: &Peer,
    client: &mut CameraClient,
    camera: &Reolink,
    probes: &[(ProbeKind, Timestamp)],
) -> Vec<String> {
    let tls = acceptor();
    let guest = async {
        let mut seen = Vec::new();
        for (kind, at) in probes {
            let result = gist(&client.probe(*kind, *at).await);
            seen.push(format!("{result}: {}", asked(peer)));
        }
        seen
    };
    peer.host_tls(&tls, |request| camera.answer(request), guest).await
}

#[tokio::test]
async fn a_camera_that_says_it_is_a_reolink_is_logged_in_to_and_every_session_is_given_back() {
    let (peer, camera) = (Peer::new().await, Reolink::default());
    let mut client = consenting(peer.address);
    let probes = [
        (LOGIN, AT),
        (LOGIN, AT),
        (STORAGE, AT),
        (LOGIN, later(1)),
        (STORAGE, later(1)),
        (LOGIN, later(2)),
        (READY, AT),
    ];
    let expected = [
        // The key is met first.
        "missing not-offered: usergroup.cgi",
        "passed: usergroup.cgi, GetDevInfo, Login, Logout",
        "passed: Login, GetHddInfo, Logout",
        "missing budget: ",
        "missing budget: ",
        "passed: Login, Logout",
        "missing not-offered: ",
    ];
    assert_eq!(seen(&peer, &mut client, &camera, &probes).await, expected);
    assert_eq!((camera.sessions.borrow().len(), *camera.begun.borrow()), (0, 3));
}

#[tokio::test]
async fn without_consent_the_password_stays_here() {
    let (peer, camera) = (Peer::new().await, Reolink::default());
    let mut client =
        CameraClient::new(CameraSpec { scheme: Scheme::Https, ..spec(peer.address) }, LIMITS).unwrap();
    let seen = seen(&peer, &mut client, &camera, &[(LOGIN, AT), (LOGIN, AT), (STORAGE, AT)]).await;
    let expected = [
        "missing not-offered: usergroup.cgi",
        "missing not-offered: usergroup.cgi",
        "missing not-offered: list.cgi",
    ];
    assert_eq!(seen, expected);
    assert_eq!(*camera.begun.borrow(), 0);
}

#[tokio::test]
async fn a_refused_password_is_sent_once_in_a_quarter_of_an_hour_whatever_asks_for_it() {
    let cases = [
        ((-7, "login failed"), "authentication rejected", true),
        ((-7, "password wrong"), "authentication rejected", true),
        ((-7, "Login has been locked"), "content locked-out", true),
        ((-5, "max session"), "content busy", false),
        ((-8, "timeout"), "missing undecided", false),
    ];
    for (refusal, expected, pauses) in cases {
        let (peer, camera) =
            (Peer::new().await, Reolink { password: "another", refusal, ..Reolink::default() });
        let mut client = consenting(peer.address);
        let probes = [(LOGIN, AT), (LOGIN, AT), (STORAGE, later(3)), (LOGIN, later(14)), (LOGIN, later(16))];
        let seen = seen(&peer, &mut client, &camera, &probes).await;
        let login = format!("{expected}: Login");
        let between = if pauses { "missing budget: " } else { &login };
        let first = format!("{expected}: usergroup.cgi, GetDevInfo, Login");
        assert_eq!(seen[1..], [&first, between, between, &login], "{refusal:?}");
    }
}

#[tokio::test]
async fn a_card_that_was_taken_out_of_a_reolink_is_missed() {
    const NONE: &str = r#"{"HddInfo":[]}"#;
    const UNMOUNTED: &str = r#"{"HddInfo":[{"capacity":29000,"format":1,"mount":0,"size":0}]}"#;
    const UNFORMATTED: &str = r#"{"HddInfo":[{"capacity":29000,"format":0,"mount":0,"size":0}]}"#;
    const NO_LIST: &str = "{}";
    let (peer, camera) = (Peer::new().await, Reolink::default());
    let (tls, mut client) = (acceptor(), consenting(peer.address));
    let guest = async {
        let mut results = Vec::new();
        // The first meets the key.
        for _ in 0..2 {
            client.probe(LOGIN, AT).await;
        }
        for (turn, disks) in [NONE, CARD, NONE, CARD, UNMOUNTED, UNFORMATTED, NO_LIST].into_iter().enumerate()
        {
            *camera.disks.borrow_mut() = disks;
            let seen = client.probe(STORAGE, later(2 * turn as u64)).await;
            let told = match &seen.outcome {
                Outcome::Failed { detail, .. } => format!(", {detail}"),
                Outcome::Passed | Outcome::Missing { .. } => String::new(),
            };
            results.push(gist(&seen) + &told);
        }
        results
    };
    let results = peer.host_tls(&tls, |request| camera.answer(request), guest).await;
    let gone = "content unfit, the camera's card 1 is gone; it was there before";
    let expected = ["missing not-offered", "passed", gone, "passed", gone, "passed"];
    assert_eq!(results[..6], expected);
    assert!(results[6].starts_with("content garbage"), "{results:?}");
    assert_eq!(camera.sessions.borrow().len(), 0);
}

/// ONVIF's word counts as well, and no question is needed then.
#[tokio::test]
async fn a_camera_that_names_its_maker_in_onvif_is_not_asked_whose_it_is() {
    let (peer, camera) = (Peer::new().await, Reolink::default());
    let mut client = consenting(peer.address);
    let information = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>\
        <t:GetDeviceInformationResponse xmlns:t=\"http://www.onvif.org/ver10/device/wsdl\">\
        <t:Manufacturer>Reolink</t:Manufacturer></t:GetDeviceInformationResponse></s:Body></s:Envelope>";
    let answer = |request: &str| match request.contains("/onvif/") {
        true => http(200, "", information),
        false => camera.answer(request),
    };
    let tls = acceptor();
    let guest = async {
        let mut seen = Vec::new();
        for kind in [ONVIF, LOGIN] {
            let result = gist(&client.probe(kind, AT).await);
            seen.push(format!("{result}: {}", asked(&peer)));
        }
        seen
    };
    let seen = peer.host_tls(&tls, answer, guest).await;
    assert_eq!(seen[1], "passed: Login, Logout");
}
