//! Cameras of other vendors: asked in their own language, and never one time too often.

use super::AT;
use super::peer::{LIMITS, Peer, Reply, challenge_of, client, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::{CameraCloud, CameraSpec, Relay};
use demarc_model::observation::{Observation, Outcome};
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use std::time::Duration;

const LOGIN: ProbeKind = ProbeKind::CameraLogin;
const STORAGE: ProbeKind = ProbeKind::CameraStorage;
const HIKVISION: &str = "IP Camera(C1214)";
const DAHUA: &str = "Login to 4K01FD2PAJ6E3FF";
const HANWHA: &str = "iPolis";

fn later(minutes: u64) -> Timestamp {
    AT.plus(Duration::from_mins(minutes))
}

/// The first line of each request without its version, and whether it proved the password.
fn asked(peer: &Peer) -> Vec<String> {
    let line = |request: &String| {
        let target = request.split(' ').nth(1).unwrap().to_owned();
        format!("{target} {}", proof(request))
    };
    peer.take_asked().iter().map(line).collect()
}

/// A camera that wants Digest with this realm and answers one URL; what it is refused with is its own.
fn camera(realm: &str, url: &str, body: &str, refusal: &str) -> impl Fn(&str) -> Reply {
    let refused = match challenge_of(realm, "n", "") {
        Reply::Say(bytes) => String::from_utf8(bytes).unwrap(),
        _ => unreachable!("a challenge is said"),
    };
    let head = refused.split_once("Content-Length").unwrap().0;
    let refused = format!("{head}Content-Length: {}\r\n\r\n{refusal}", refusal.len());
    move |request| match proof(request).as_str() {
        "bare" | "wrong" => Reply::Say(refused.clone().into_bytes()),
        _ if request.split(' ').nth(1) == Some(url) => http(200, "", body),
        _ => http(404, "", "<html>no such page</html>"),
    }
}

async fn probe(
    peer: &Peer,
    client: &mut CameraClient,
    camera: &impl Fn(&str) -> Reply,
    (kind, at): (ProbeKind, Timestamp),
) -> Observation {
    peer.host(camera, client.probe(kind, at)).await
}

/// What each of these probes comes to, and what it asks for.
async fn seen(camera: impl Fn(&str) -> Reply, probes: &[(ProbeKind, Timestamp)]) -> Vec<String> {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let mut seen = Vec::new();
    for one in probes {
        let result = gist(&probe(&peer, &mut client, &camera, *one).await);
        seen.push(format!("{result}: {}", asked(&peer).join(", ")));
    }
    seen
}

#[tokio::test]
async fn a_camera_is_asked_in_the_language_of_its_vendor_once_it_has_said_whose_it_is() {
    let check = r#"<userCheck version="2.0"><statusValue>200</statusValue><statusString>OK</statusString></userCheck>"#;
    let url = "/ISAPI/Security/userCheck";
    let probes = [(LOGIN, AT), (LOGIN, AT), (LOGIN, AT), (ProbeKind::CameraReady, AT)];
    let expected = [
        "missing not-offered: /axis-cgi/usergroup.cgi bare, /axis-cgi/usergroup.cgi n/1".to_owned(),
        // The nonce of one URL is not used at another.
        format!("passed: {url} bare, {url} n/1"),
        format!("passed: {url} n/2"),
        "missing not-offered: ".to_owned(),
    ];
    assert_eq!(seen(camera(HIKVISION, url, check, "denied"), &probes).await, expected);
}

#[tokio::test]
async fn a_camera_that_declines_the_question_is_not_called_broken() {
    let declined = "<ResponseStatus><statusCode>4</statusCode><subStatusCode>notSupport</subStatusCode></ResponseStatus>";
    let cases = [
        (HIKVISION, "/ISAPI/Security/userCheck", declined, "missing not-offered"),
        (DAHUA, "/cgi-bin/magicBox.cgi?action=getSystemInfo", "Error\r\nNo Authority", "missing not-offered"),
        (DAHUA, "/cgi-bin/magicBox.cgi?action=getSystemInfo", "<html>hello</html>", "content garbage"),
    ];
    for (realm, url, body, expected) in cases {
        let seen = seen(camera(realm, url, body, "denied"), &[(LOGIN, AT), (LOGIN, AT)]).await;
        assert_eq!(seen[1], format!("{expected}: {url} bare, {url} n/1"), "{body}");
    }
}

#[tokio::test]
async fn storage_of_every_vendor_is_judged_alike() {
    let hikvision = |status: &str, property: &str| {
        format!(
            "<storage><hddList><hdd><id>1</id><hddName>hdda</hddName><hddType>SATA</hddType><status>{status}</status>\
             <capacity>30436</capacity><freeSpace>0</freeSpace><property>{property}</property></hdd></hddList></storage>"
        )
    };
    let dahua = |state: &str, error: bool| {
        format!(
            "list.info[0].Name=/dev/mmc0\r\nlist.info[0].State={state}\r\nlist.info[0].Detail[0].IsError={error}\r\n\
             list.info[0].Detail[0].TotalBytes=31914983424.000000\r\n"
        )
    };
    let hanwha =
        |status: &str| format!(r#"{{"Storages":[{{"Storage":"SD","Enable":true,"Status":"{status}"}}]}}"#);
    let (isapi, cgi, sunapi) = (
        "/ISAPI/ContentMgmt/Storage",
        "/cgi-bin/storageDevice.cgi?action=getDeviceAllInfo",
        "/stw-cgi/system.cgi?msubmenu=storageinfo&action=view",
    );
    let cases = [
        (HIKVISION, isapi, hikvision("ok", "RW"), "passed"),
        (HIKVISION, isapi, hikvision("error", "RW"), "content unfit"),
        (HIKVISION, isapi, hikvision("ok", "RO"), "content unfit"),
        (HIKVISION, isapi, hikvision("unformatted", "RW"), "missing not-offered"),
        (HIKVISION, isapi, "<storage></storage>".to_owned(), "missing not-offered"),
        (HIKVISION, isapi, "<html>hello</html>".to_owned(), "content garbage"),
        (DAHUA, cgi, dahua("Success", false), "passed"),
        (DAHUA, cgi, dahua("Error", false), "content unfit"),
        (DAHUA, cgi, dahua("Success", true), "content unfit"),
        (HANWHA, sunapi, hanwha("Normal"), "passed"),
        (HANWHA, sunapi, hanwha("Error"), "content unfit"),
        (HANWHA, sunapi, hanwha(""), "missing not-offered"),
    ];
    for (realm, url, body, expected) in cases {
        // The first question shows the realm.
        let seen = seen(camera(realm, url, &body, "denied"), &[(LOGIN, AT), (STORAGE, AT)]).await;
        assert_eq!(seen[1], format!("{expected}: {url} bare, {url} n/1"), "{body}");
    }
}

#[tokio::test]
async fn a_card_that_was_taken_out_of_any_camera_is_missed() {
    let url = "/stw-cgi/system.cgi?msubmenu=storageinfo&action=view";
    let body =
        |status: &str| format!(r#"{{"Storages":[{{"Storage":"SD","Enable":true,"Status":"{status}"}}]}}"#);
    let (with, without) = (body("Normal"), body(""));
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let mut results = Vec::new();
    for (kind, body) in [(LOGIN, &with), (STORAGE, &without), (STORAGE, &with), (STORAGE, &without)] {
        results
            .push(gist(&probe(&peer, &mut client, &camera(HANWHA, url, body, "denied"), (kind, AT)).await));
    }
    assert_eq!(results[1..], ["missing not-offered", "passed", "content unfit"]);
}

fn user_check(lock: &str) -> String {
    format!(
        "<userCheck version=\"2.0\"><statusValue>401</statusValue><statusString>Unauthorized</statusString>{lock}</userCheck>"
    )
}

#[tokio::test]
async fn a_camera_that_says_it_is_locked_gets_no_password() {
    let refusal = user_check("<lockStatus>lock</lockStatus><unlockTime>1790</unlockTime>");
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let camera = camera(HIKVISION, "/none", "", &refusal);
    for _ in 0..2 {
        let seen = probe(&peer, &mut client, &camera, (LOGIN, AT)).await;
        assert_eq!(gist(&seen), "content locked-out");
        let Outcome::Failed { detail, .. } = seen.outcome else { unreachable!("seen above") };
        let told =
            "the camera says that it has locked logins from here after wrong passwords, for 30 min more";
        assert_eq!(detail.as_str(), told);
        assert!(asked(&peer).iter().all(|request| request.ends_with("bare")));
    }
    assert_eq!(client.login_pause(), None);
}

#[tokio::test]
async fn the_last_try_before_a_lock_is_left_to_people() {
    let left = |tries: &str| {
        user_check(&format!("<lockStatus>unlock</lockStatus><retryLoginTime>{tries}</retryLoginTime>"))
    };
    let probes = [(LOGIN, AT), (LOGIN, later(1))];
    let url = "/axis-cgi/usergroup.cgi";
    let told = seen(camera(HIKVISION, "/none", "", &left("1")), &probes).await;
    assert_eq!(told, [format!("missing budget: {url} bare"), "missing budget: ".to_owned()]);
}

#[tokio::test]
async fn a_refusal_tells_how_many_tries_are_left() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let answer = |request: &str| match proof(request).as_str() {
        "bare" => challenge_of(DAHUA, "n", ""),
        _ => http(
            401,
            "WWW-Authenticate: Digest realm=\"Login to 4K01FD2PAJ6E3FF\", nonce=\"n\", qop=\"auth\"\r\n",
            "Error: You still have 4 attempt(s)",
        ),
    };
    let seen = probe(&peer, &mut client, &answer, (LOGIN, AT)).await;
    assert_eq!(gist(&seen), "authentication rejected");
    let Outcome::Failed { detail, .. } = seen.outcome else { unreachable!("seen above") };
    let told = "the camera refused the password, which it does 4 more times before it locks; it is not sent again for \
                15 minutes";
    assert_eq!(detail.as_str(), told);
}

#[tokio::test]
async fn a_camera_that_lost_its_registration_is_offline_and_one_that_never_had_any_is_not() {
    let url = "/ISAPI/System/Network/EZVIZ";
    let state = |enabled: bool, registered: bool, bound: bool| {
        format!(
            "<EZVIZ><enabled>{enabled}</enabled><registerStatus>{registered}</registerStatus>\
             <hostName>litedev.hik-connect.com</hostName><bindStatus>{bound}</bindStatus></EZVIZ>"
        )
    };
    let cases = [
        (vec![(true, true, true)], "passed"),
        (vec![(true, false, true)], "content offline"),
        (vec![(true, false, false)], "missing not-offered"),
        (vec![(true, true, false), (true, false, false)], "content offline"),
        (vec![(false, false, true)], "missing not-offered"),
    ];
    for (states, expected) in cases {
        let peer = Peer::new().await;
        let spec = CameraSpec { cloud: Some(CameraCloud::Ezviz), ..spec(peer.address) };
        let mut client = CameraClient::new(spec, LIMITS).unwrap();
        probe(&peer, &mut client, &camera(HIKVISION, url, "", "denied"), (LOGIN, AT)).await;
        let mut last = String::new();
        for (enabled, registered, bound) in &states {
            let body = state(*enabled, *registered, *bound);
            let camera = camera(HIKVISION, url, &body, "denied");
            last = gist(&probe(&peer, &mut client, &camera, (ProbeKind::CameraCloud, AT)).await);
        }
        assert_eq!(last, expected, "{states:?}");
    }
    let body = state(true, false, true);
    let unasked = seen(camera(HIKVISION, url, &body, "denied"), &[(ProbeKind::CameraCloud, AT)]).await;
    assert_eq!(unasked, ["missing not-offered: "]);
}

fn relays(hosts: &[&str]) -> Vec<Relay> {
    hosts.iter().map(|host| Relay { host: (*host).to_owned(), port: 443 }).collect()
}

/// Looks of an Axis camera whose test of a connection is answered like this, one after the other.
async fn connect(answers: &[fn() -> Reply]) -> Vec<String> {
    let peer = Peer::new().await;
    let cloud = CameraCloud::TcpTest(relays(&["198.51.100.7"]));
    let spec = CameraSpec { cloud: Some(cloud), ..spec(peer.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let known = |request: &str| match proof(request).as_str() {
        "bare" => challenge_of("AXIS_B8A44F000001", "n", ""),
        _ => http(200, "", "viewer\nusers viewer\n"),
    };
    probe(&peer, &mut client, &known, (LOGIN, AT)).await;
    let mut seen = Vec::new();
    for answer in answers {
        peer.take_asked();
        let camera = |request: &str| match request.split(' ').nth(1) {
            Some("/axis-cgi/tcptest.cgi?address=198.51.100.7&port=443") => answer(),
            Some("/axis-cgi/pingtest.cgi?ip=198.51.100.7") => answer(),
            _ => http(200, "", r#"{"data":{"systemready":"yes","needsetup":"no"}}"#),
        };
        seen.push(gist(&probe(&peer, &mut client, &camera, (ProbeKind::CameraCloud, AT)).await));
    }
    seen
}

#[tokio::test]
async fn an_axis_camera_that_reached_a_relay_and_does_not_any_more_is_offline() {
    let well = || http(200, "", "Test successful.\n");
    let failed = || http(200, "", "Test failed: connection refused\n");
    let silent = || Reply::Silence;
    assert_eq!(connect(&[failed, silent]).await, ["missing not-offered", "missing not-offered"]);
    assert_eq!(connect(&[well, failed, well]).await, ["passed", "content offline", "passed"]);
    // It waits for the relay, and answers everything else.
    assert_eq!(connect(&[well, silent]).await, ["passed", "content offline"]);
    let older: [fn() -> Reply; 2] = [|| http(404, "", ""), || http(403, "", "")];
    assert_eq!(connect(&older).await, ["missing not-offered"; 2]);
    assert_eq!(connect(&[|| http(200, "", "<html>hello")]).await, ["missing not-offered"]);
    // One without the test of connections is asked for an echo from the next look on.
    let echoes: [fn() -> Reply; 3] = [
        || http(404, "", ""),
        || http(200, "", "got response from 198.51.100.7\n"),
        || http(200, "", "no response from 198.51.100.7\n"),
    ];
    assert_eq!(connect(&echoes).await, ["missing not-offered", "passed", "content offline"]);
    assert_eq!(
        connect(&[echoes[1], echoes[0], echoes[2]]).await,
        ["passed", "missing not-offered", "content offline"]
    );
}

#[tokio::test]
async fn a_camera_that_hangs_itself_is_not_offline() {
    let peer = Peer::new().await;
    let cloud = CameraCloud::TcpTest(relays(&["198.51.100.7"]));
    let spec = CameraSpec { cloud: Some(cloud), ..spec(peer.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let camera = |request: &str| match proof(request).as_str() {
        "bare" => challenge_of("AXIS_B8A44F000001", "n", ""),
        _ if request.contains("tcptest.cgi") => http(200, "", "Test successful."),
        _ => http(200, "", "viewer\nusers viewer\n"),
    };
    for (kind, expected) in [(LOGIN, "passed"), (ProbeKind::CameraCloud, "passed")] {
        assert_eq!(gist(&probe(&peer, &mut client, &camera, (kind, AT)).await), expected);
    }
    let hung = probe(&peer, &mut client, &|_: &str| Reply::Silence, (ProbeKind::CameraCloud, AT)).await;
    assert_eq!(gist(&hung), "first-byte hung");
}

#[tokio::test]
async fn a_camera_that_reaches_one_of_the_relays_is_not_offline() {
    let peer = Peer::new().await;
    let cloud = CameraCloud::TcpTest(relays(&["198.51.100.7", "198.51.100.8"]));
    let spec = CameraSpec { cloud: Some(cloud), ..spec(peer.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    // Which relay answers, if any; the first is silent, as behind a firewall.
    let mut seen = Vec::new();
    for (kind, up) in [(LOGIN, ""), (ProbeKind::CameraCloud, ".8:"), (ProbeKind::CameraCloud, "none")] {
        let camera = |request: &str| match proof(request).as_str() {
            _ if request.contains("systemready") => {
                http(200, "", r#"{"data":{"systemready":"yes","needsetup":"no"}}"#)
            }
            "bare" => challenge_of("AXIS_B8A44F000001", "n", ""),
            _ if request.contains("address=198.51.100.7&") => Reply::Silence,
            _ if request.contains("tcptest.cgi") && up == ".8:" => http(200, "", "Test successful."),
            _ if request.contains("tcptest.cgi") => http(200, "", "Test failed."),
            _ => http(200, "", "viewer\nusers viewer\n"),
        };
        seen.push(gist(&probe(&peer, &mut client, &camera, (kind, AT)).await));
    }
    assert_eq!(seen, ["passed", "passed", "content offline"]);
}
