//! Who gets in, who does not, and what the camera counts.

use super::client::{self, Answer, Request, get, post, sign};
use super::site;
use crate::layout::{PASSWORD, Place};
use crate::{Counts, SimFault, SimulatedSite, SiteSpec};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use std::net::SocketAddr;

const TARGET: &str = "/axis-cgi/param.cgi?action=list&group=root.Brand%2CNo.Such";

fn web(site: &SimulatedSite, camera: usize) -> SocketAddr {
    let layout = site.layout();
    SocketAddr::from((layout.address(Place::Camera(camera)), layout.ports.camera_web))
}

async fn ask(address: SocketAddr, authorization: Option<&str>) -> Answer {
    client::http(address, &Request { authorization, ..get(TARGET) }).await.unwrap()
}

fn counts(site: &SimulatedSite, camera: usize) -> Counts {
    site.counts()[camera].1
}

fn is_stale(answer: &Answer) -> bool {
    answer.header("WWW-Authenticate").unwrap().contains("stale=true")
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_is_counted() {
    let site = site(120, 5).await;
    // The fifth camera prefers SHA-256, the others speak MD5.
    for (camera, algorithm) in [(0, "algorithm=MD5"), (4, "algorithm=SHA-256")] {
        let camera_web = web(&site, camera);
        let refusal = ask(camera_web, None).await;
        assert!(refusal.header("WWW-Authenticate").unwrap().contains(algorithm));
        let right = ask(camera_web, Some(&sign(&refusal, ("GET", TARGET), PASSWORD, 1))).await;
        assert_eq!(right.status, "200");
        let wrong = ask(camera_web, Some(&sign(&refusal, ("GET", TARGET), "guess", 2))).await;
        assert_eq!((wrong.status.as_str(), is_stale(&wrong)), ("401", false));
        let expected =
            Counts { connections: 3, requests: 3, stream_requests: 0, logins_ok: 1, logins_failed: 1 };
        assert_eq!(counts(&site, camera), expected);
    }
    let refusal = ask(web(&site, 0), None).await;
    let answer = ask(web(&site, 0), Some(&sign(&refusal, ("GET", TARGET), PASSWORD, 1))).await;
    assert_eq!(
        answer.text(),
        "root.Brand.Brand=AXIS\nroot.Brand.ProdFullName=AXIS P3265-V Network Camera\n\
         root.Brand.ProdNbr=P3265-V\nroot.Brand.ProdShortName=AXIS P3265-V\n\
         root.Brand.ProdType=Network Camera\nroot.Brand.ProdVariant=\n\
         root.Brand.WebURL=http://www.axis.example\n# Error: Error -1 getting param in group 'No.Such'\n"
    );
    site.stop().await;
}

/// Which relays it knows a camera tells its administrators alone.
#[tokio::test]
async fn an_administrator_reads_the_list_of_relays_and_a_viewer_does_not() {
    let site = site(172, 2).await;
    let port = site.layout().ports.tls;
    let own = format!("oneclick relay-1.axis.example:{port},relay-2.axis.example:{port}");
    let steps = [
        ("account viewer", None, None),
        ("account administrator", Some(own.as_str()), Some(own.as_str())),
        ("relays cam-01 192.0.2.7:443", Some("oneclick 192.0.2.7:443"), Some(own.as_str())),
        ("relays all off", Some("no "), Some("no ")),
        ("account viewer", None, None),
    ];
    let target = "/axis-cgi/param.cgi?action=list&group=RemoteService";
    for (command, first, second) in steps {
        site.apply(&[command.parse().unwrap()]).await.unwrap();
        for (camera, expected) in [(0, first), (1, second)] {
            let refusal = client::http(web(&site, camera), &get(target)).await.unwrap();
            let proof = sign(&refusal, ("GET", target), PASSWORD, 1);
            let asked = Request { authorization: Some(&proof), ..get(target) };
            let text = client::http(web(&site, camera), &asked).await.unwrap().text();
            let nothing = "# Error: Error -1 getting param in group 'RemoteService'\n";
            let told = |list: &str| {
                let (mode, servers) = list.split_once(' ').unwrap();
                format!(
                    "root.RemoteService.Enabled={mode}\nroot.RemoteService.ServerList={servers}\n\
                     root.RemoteService.ProxyServer=\n"
                )
            };
            assert_eq!(text, expected.map_or_else(|| nothing.to_owned(), told), "{command}");
        }
    }
    let nobody = site.apply(&["relays cam-09 off".parse().unwrap()]).await.unwrap_err();
    assert!(nobody.to_string().contains("has no \"cam-09\" that relays could hit"), "{nobody}");
    site.stop().await;
}

/// As cameras have it: what everybody may know, and the rest.
#[tokio::test]
async fn some_properties_are_for_everybody_and_the_rest_and_the_interfaces_are_not() {
    let site = site(156, 1).await;
    let cases = [
        ("basicdeviceinfo.cgi", "getAllUnrestrictedProperties", "200"),
        ("basicdeviceinfo.cgi", "getAllProperties", "401"),
        ("apidiscovery.cgi", "getApiList", "401"),
    ];
    for (page, method, expected) in cases {
        let (target, body) = (format!("/axis-cgi/{page}"), format!(r#"{{"method":"{method}"}}"#));
        let answer = client::http(web(&site, 0), &post(&target, &body)).await.unwrap();
        assert_eq!(answer.status, expected, "{method}");
        assert!(!answer.text().contains("SocSerialNumber"));
    }
    site.stop().await;
}

#[tokio::test]
async fn a_challenge_is_answered_with_a_rising_count() {
    let site = site(124, 1).await;
    let camera = web(&site, 0);
    let refusal = ask(camera, None).await;
    for (count, expected) in [(1, "200"), (1, "401"), (5, "200"), (4, "401"), (6, "200")] {
        let answer = ask(camera, Some(&sign(&refusal, ("GET", TARGET), PASSWORD, count))).await;
        assert_eq!(answer.status, expected, "{count}");
        assert!(expected == "200" || !is_stale(&answer));
    }
    let other = sign(&refusal, ("GET", "/axis-cgi/usergroup.cgi"), PASSWORD, 7);
    assert_eq!(ask(camera, Some(&other)).await.status, "401", "a signature is for one target");
    let expected = Counts { connections: 7, requests: 7, stream_requests: 0, logins_ok: 3, logins_failed: 0 };
    assert_eq!(counts(&site, 0), expected);
    site.stop().await;
}

#[tokio::test]
async fn a_challenge_grows_old_with_the_cameras_clock() {
    for (nonce_life_s, expected) in [(60, "401"), (3600, "200")] {
        let spec = SiteSpec { cameras: 1, segments: 1, network: 128, nonce_life_s, ..SiteSpec::default() };
        let site = SimulatedSite::start(&spec).await.unwrap();
        let camera = web(&site, 0);
        let refusal = ask(camera, None).await;
        // 47 minutes pass.
        site.inject(&"world-clock-off".parse().unwrap()).await.unwrap();
        let late = ask(camera, Some(&sign(&refusal, ("GET", TARGET), PASSWORD, 1))).await;
        assert_eq!(late.status, expected);
        if expected == "401" {
            assert!(is_stale(&late));
            let again = ask(camera, Some(&sign(&late, ("GET", TARGET), PASSWORD, 1))).await;
            assert_eq!(again.status, "200");
        }
        assert_eq!(counts(&site, 0).logins_failed, 0);
        site.stop().await;
    }
}

#[tokio::test]
async fn the_challenge_tells_the_cameras_time_as_axis_cameras_do() {
    let site = site(132, 1).await;
    let refusal = ask(web(&site, 0), None).await;
    let challenge = refusal.header("WWW-Authenticate").unwrap();
    let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let time_us = i64::from_le_bytes(STANDARD.decode(&nonce[..12]).unwrap().try_into().unwrap());
    let apart_s = (jiff::Timestamp::now().as_second() - time_us / 1_000_000).abs();
    assert!(apart_s <= 30, "{apart_s}");
    assert_eq!(nonce[12..].len(), 40);
    assert!(challenge.starts_with("Digest realm=\"AXIS_B8A44F000001\""));
    site.stop().await;
}

#[tokio::test]
async fn the_stream_is_described_to_those_who_know_the_password() {
    let site = site(136, 1).await;
    let layout = site.layout();
    let rtsp = SocketAddr::from((layout.address(Place::Camera(0)), layout.ports.camera_rtsp));
    let refusal = client::rtsp(rtsp, "DESCRIBE", None).await.unwrap();
    assert_eq!((refusal.status.as_str(), refusal.header("CSeq")), ("401", Some("7")));
    let target = format!("rtsp://{rtsp}/a");
    let login = sign(&refusal, ("DESCRIBE", &target), PASSWORD, 1);
    let answer = client::rtsp(rtsp, "DESCRIBE", Some(&login)).await.unwrap();
    assert_eq!(answer.status, "200");
    assert!(answer.text().contains("m=video 0 RTP/AVP 96\r\n"));
    let wrong = sign(&refusal, ("DESCRIBE", &target), "guess", 1);
    assert_eq!(client::rtsp(rtsp, "DESCRIBE", Some(&wrong)).await.unwrap().status, "401");
    let expected = Counts { connections: 3, requests: 0, stream_requests: 3, logins_ok: 1, logins_failed: 1 };
    assert_eq!(counts(&site, 0), expected);
    site.stop().await;
}

/// A token made at `offset_s` from now.
fn envelope(nonce: &[u8], password: &str, offset_s: i64) -> String {
    let created = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(offset_s);
    let created = format!("{created:.3}");
    let mut hash = Sha1::new();
    hash.update(nonce);
    hash.update(&created);
    hash.update(password);
    format!(
        "<s:Envelope><s:Header><Security><UsernameToken><Username>demarc</Username>\
         <Password Type=\"d\">{}</Password><Nonce>{}</Nonce><u:Created>{created}</u:Created></UsernameToken>\
         </Security></s:Header><s:Body><GetDeviceInformation/></s:Body></s:Envelope>",
        STANDARD.encode(hash.finalize()),
        STANDARD.encode(nonce),
    )
}

async fn describe(address: SocketAddr, envelope: &str) -> String {
    client::http(address, &post("/onvif/device_service", envelope)).await.unwrap().status
}

#[tokio::test]
async fn tokens_are_good_once_and_near_the_cameras_time() {
    let site = site(140, 3).await;
    // The third camera takes tokens and nothing else.
    let camera = web(&site, 2);
    let bare = "<Envelope><Body><GetDeviceInformation/></Body></Envelope>";
    assert_eq!(describe(camera, bare).await, "400");
    let good = envelope(b"first-nonce-here", PASSWORD, 0);
    assert_eq!(describe(camera, &good).await, "200");
    assert_eq!(describe(camera, &good).await, "400", "a token is good once");
    let cases = [(-290, "200"), (-310, "400"), (290, "200"), (310, "400")];
    for (offset_s, expected) in cases {
        let nonce = format!("nonce at {offset_s}");
        assert_eq!(describe(camera, &envelope(nonce.as_bytes(), PASSWORD, offset_s)).await, expected);
    }
    assert_eq!(describe(camera, &envelope(b"wrong", "guess", 0)).await, "400");
    let slow: SimFault = "camera-clock-off:cam-03".parse().unwrap();
    site.inject(&slow).await.unwrap();
    assert_eq!(describe(camera, &envelope(b"ours", PASSWORD, 0)).await, "400");
    assert_eq!(describe(camera, &envelope(b"theirs", PASSWORD, -37 * 60)).await, "200");
    let expected =
        Counts { connections: 10, requests: 10, stream_requests: 0, logins_ok: 4, logins_failed: 1 };
    assert_eq!(counts(&site, 2), expected);
    site.stop().await;
}

#[tokio::test]
async fn onvif_has_a_challenge_of_its_own() {
    const PATH: &str = "/onvif/device_service";
    let bare = "<Envelope><Body><GetDeviceInformation/></Body></Envelope>";
    let site = site(144, 1).await;
    let camera = web(&site, 0);
    let refusal = client::http(camera, &post(PATH, bare)).await.unwrap();
    let challenge = refusal.header("WWW-Authenticate").unwrap();
    assert!(challenge.starts_with("Digest realm=\"AXIS_WS_B8A44F000001\""), "{challenge}");
    assert!(challenge.ends_with("stale=FALSE"), "{challenge}");
    let login = sign(&refusal, ("POST", PATH), PASSWORD, 1);
    let request = Request { authorization: Some(&login), ..post(PATH, bare) };
    let answer = client::http(camera, &request).await.unwrap();
    assert!(answer.text().contains("<tds:SerialNumber>B8A44F000001</tds:SerialNumber>"));
    site.stop().await;
}

#[tokio::test]
async fn snapshots_are_jpegs_that_change() {
    const SNAPSHOT: &str = "/axis-cgi/jpg/image.cgi?resolution=160x120";
    let site = site(148, 1).await;
    let camera = web(&site, 0);
    let refusal = client::http(camera, &get(SNAPSHOT)).await.unwrap();
    let mut pictures = Vec::new();
    for count in [1, 2] {
        let login = sign(&refusal, ("GET", SNAPSHOT), PASSWORD, count);
        let request = Request { authorization: Some(&login), ..get(SNAPSHOT) };
        let answer = client::http(camera, &request).await.unwrap();
        assert_eq!(answer.header("Content-Type"), Some("image/jpeg"));
        assert!(answer.body.starts_with(&[0xff, 0xd8, 0xff]) && answer.body.ends_with(&[0xff, 0xd9]));
        pictures.push(answer.body);
    }
    assert_ne!(pictures[0], pictures[1]);
    site.stop().await;
}

#[tokio::test]
async fn the_boot_id_changes_with_a_restart_and_with_nothing_else() {
    let site = site(152, 1).await;
    let camera = web(&site, 0);
    let boot_id = async || {
        let request = r#"{"apiVersion":"1.1","context":"c","method":"systemready"}"#;
        let answer = client::http(camera, &post("/axis-cgi/systemready.cgi", request)).await.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(json["context"], "c");
        json["data"]["bootid"].as_str().unwrap().to_owned()
    };
    let before = boot_id().await;
    for (fault, same) in [("camera-dead:cam-01", true), ("camera-rebooting:cam-01", false)] {
        let fault: SimFault = fault.parse().unwrap();
        site.inject(&fault).await.unwrap();
        site.heal(&fault).await;
        assert_eq!(boot_id().await == before, same, "{fault}");
    }
    site.stop().await;
}
