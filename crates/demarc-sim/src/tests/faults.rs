//! Every fault of the catalogue changes exactly what it ought to, and healing it changes it back.

use super::client::{self, Nothing};
use super::sights::{CAM_1, CAM_2, Sights, look};
use super::site;
use crate::layout::Place;
use crate::{Command, FaultKind, PageStage, SimError, SimFault};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

const BEYOND: [&str; 8] =
    ["control-a", "control-b", "relay-1", "relay-2", "auth", "www", "page", "check page"];
const TLS: [&str; 7] = ["control-a", "control-b", "relay-1", "relay-2", "auth", "www", "page"];

fn healthy() -> Sights {
    let camera = |names: [&'static str; 7], serial| {
        names.into_iter().zip(["yes no", "200", "0 min", serial, "video", "live", "writable"])
    };
    let mut all: Vec<(&'static str, &str)> = camera(CAM_1, "B8A44F000001").collect();
    all.extend(camera(CAM_2, "B8A44F000002"));
    all.extend([("gateway", "there"), ("switch", "there")]);
    all.extend([("dns random", "Non-Existent Domain"), ("dns vendor", "1.1")]);
    all.extend([("dns2 random", "Non-Existent Domain"), ("dns2 vendor", "1.1")]);
    all.extend(TLS.map(|name| (name, "200")));
    all.extend([("page", "200 none"), ("check page", "204, 0 min")]);
    all.into_iter().map(|(name, seen)| (name, seen.to_owned())).collect()
}

type Change = Vec<(&'static str, &'static str)>;

fn all(names: &[&'static str], seen: &'static str) -> Change {
    names.iter().map(|name| (*name, seen)).collect()
}

fn join(changes: &[Change]) -> Change {
    changes.concat()
}

/// What differs from health.
fn camera_cases() -> Vec<(&'static str, Change)> {
    const SILENT: &str = "no answer";
    let [ready, login, clock, serial, stream, picture, card] = CAM_1;
    let all_busy = |rtsp: &'static str| {
        let web = all(&[ready, login, clock, serial, picture, card], "503");
        join(&[web, vec![(stream, rtsp)]])
    };
    let behind_a_login = |seen: &'static str| all(&[login, stream, picture, card], seen);
    vec![
        ("camera-dead:cam-01", all(&CAM_1, SILENT)),
        ("camera-hung:cam-01", all(&CAM_1, "hung")),
        ("camera-rebooting:cam-01", join(&[all_busy("503"), vec![(ready, "no no")]])),
        (
            "camera-factory-reset:cam-01",
            vec![
                (ready, "yes yes"),
                (login, "401 setup vapix"),
                (stream, "401"),
                (picture, "401"),
                (card, "401 setup vapix"),
            ],
        ),
        ("camera-password-changed:cam-01", behind_a_login("401")),
        (
            "camera-password-changed:all",
            [&CAM_1, &CAM_2].map(|names| all(&[names[1], names[4], names[5], names[6]], "401")).concat(),
        ),
        ("camera-locked-out:cam-01", behind_a_login("403")),
        ("camera-clock-off:cam-01", vec![(clock, "-37 min")]),
        ("camera-basic-only:cam-01", vec![(login, "401 Basic"), (picture, "401"), (card, "401 Basic")]),
        ("camera-overloaded:cam-01", all_busy("453")),
        ("camera-replaced:cam-01", vec![(serial, "ACCC8E000001")]),
        ("camera-stream-dead:cam-01", vec![(stream, "no video")]),
        ("camera-image-frozen:cam-01", vec![(picture, "frozen")]),
        ("camera-image-dark:cam-01", vec![(picture, "dark")]),
        ("camera-storage-failed:cam-01", vec![(card, "read-only")]),
        ("segment-down:floor-a", join(&[all(&CAM_1, SILENT), all(&["switch"], SILENT)])),
    ]
}

fn path_cases() -> Vec<(&'static str, Change)> {
    const SILENT: &str = "no answer";
    const FAILED: &str = "Server Failure";
    let second = ["dns2 random", "dns2 vendor"];
    let first = ["dns random", "dns vendor"];
    let gone = [all(&BEYOND, SILENT), all(&second, SILENT)].concat();
    let router = all(&["gateway", "dns random", "dns vendor"], SILENT);
    vec![
        (
            "lan-down",
            join(&[
                gone.clone(),
                router.clone(),
                all(&CAM_1, SILENT),
                all(&CAM_2, SILENT),
                all(&["switch"], SILENT),
            ]),
        ),
        ("gateway-down", join(&[gone.clone(), router])),
        ("gateway-no-forwarding", gone.clone()),
        ("line-down", join(&[gone, all(&first, FAILED)])),
        ("line-mtu", all(&TLS, "TLS stalled")),
        ("resolver-silent", all(&first, SILENT)),
        ("resolver-servfail", all(&first, FAILED)),
        ("resolver-wrong", all(&first, "0.80")),
        ("captive-portal", join(&[all(&TLS, "untrusted"), vec![("check page", "302, 0 min")]])),
        ("tls-inspection", all(&TLS, "untrusted")),
        (
            "world-clock-off",
            vec![("cam-01 clock", "47 min"), ("cam-02 clock", "47 min"), ("check page", "204, 47 min")],
        ),
    ]
}

fn vendor_cases() -> Vec<(&'static str, Change)> {
    const VENDOR: [&str; 4] = ["relay-1", "relay-2", "auth", "www"];
    vec![
        ("vendor-cut-off", all(&VENDOR, "no answer")),
        ("vendor-cut-off:website", all(&["www"], "no answer")),
        ("vendor-capability:login", all(&["auth"], "503")),
        ("vendor-capability:remote-access", all(&["relay-1", "relay-2"], "reset")),
        ("vendor-endpoint-dead:relay-1", all(&["relay-1"], "no answer")),
        ("vendor-region-down:eu", all(&["relay-1", "auth"], "no answer")),
        ("vendor-region-down:us", all(&["relay-2", "www"], "no answer")),
        ("vendor-certificate-expired", all(&VENDOR, "expired")),
        ("vendor-dns-gone", all(&["dns vendor", "dns2 vendor"], "Non-Existent Domain")),
        ("status-page-dead", all(&["page"], "no answer")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_does_what_it_says_and_no_more() {
    let site = site(90, 2).await;
    assert_eq!(look(&site).await, healthy());
    let mut seen = HashSet::new();
    for (text, changes) in [camera_cases(), path_cases(), vendor_cases()].concat() {
        let fault: SimFault = text.parse().unwrap();
        let mut expected = healthy();
        expected.extend(changes.into_iter().map(|(name, seen)| (name, seen.to_owned())));
        site.inject(&fault).await.unwrap();
        assert_eq!(look(&site).await, expected, "{text}");
        assert_eq!(site.active(), vec![fault.clone()]);
        site.heal(&fault).await;
        assert_eq!(look(&site).await, healthy(), "after {text}");
        seen.insert(fault.kind);
    }
    let rest = SimFault::catalogue().iter().map(|entry| entry.kind).filter(|kind| !seen.contains(kind));
    assert_eq!(rest.collect::<Vec<_>>(), vec![FaultKind::LineLoss]);
    site.stop().await;
}

#[tokio::test]
async fn a_lossy_line_loses_some_and_not_all() {
    let site = site(94, 1).await;
    let layout = site.layout();
    let control = SocketAddr::from((layout.address(Place::Control(0)), layout.ports.web));
    site.inject(&"line-loss".parse().unwrap()).await.unwrap();
    let (mut lost, mut passed) = (0, 0);
    let both = async {
        while lost == 0 || passed == 0 {
            match client::connect(control).await {
                Err(Nothing::NoAnswer) => lost += 1,
                Err(Nothing::Hung | Nothing::Broken) => panic!("a lost connection is never made"),
                Ok(_) => passed += 1,
            }
        }
    };
    timeout(Duration::from_secs(60), both).await.expect("some connections fail and others work");
    site.stop().await;
}

#[tokio::test]
async fn the_status_page_claims_what_it_is_told() {
    let site = site(98, 2).await;
    let stages = [
        (PageStage::Investigating, "critical"),
        (PageStage::Identified, "critical"),
        (PageStage::Monitoring, "major"),
        (PageStage::Resolved, "none"),
    ];
    for (stage, indicator) in stages {
        site.apply(&[Command::Status(stage)]).await.unwrap();
        assert_eq!(look(&site).await["page"], format!("200 {indicator}"), "{stage:?}");
    }
    let claim = PageStage::Investigating.claim("2022-02-21T15:40:00Z".parse().unwrap());
    site.claim(claim.clone()).await;
    assert_eq!(site.page(), claim);
    let json = claim.to_json("status.axis.example");
    assert_eq!(json["page"]["updated_at"], "2022-02-21T15:40:00.000Z");
    assert_eq!(json["incidents"][0]["status"], "investigating");
    assert_eq!(json["components"][0]["status"], "major_outage");
    site.stop().await;
}

#[tokio::test]
async fn a_fault_of_nothing_is_refused_and_nothing_happens() {
    let site = site(102, 1).await;
    let commands = ["line-down", "camera-dead:cam-07"].map(|text| text.parse::<Command>().unwrap());
    let error = site.apply(&commands).await.unwrap_err();
    assert!(matches!(error, SimError::NoSuchTarget { .. }));
    let text = "the simulated site has no \"cam-07\" that camera-dead could hit; it has cam-01";
    assert_eq!(error.to_string(), text);
    assert_eq!(site.active(), vec![]);
    site.stop().await;
}
