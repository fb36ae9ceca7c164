//! Who means harm, or is badly broken, gets a name for what he does, and no more of our time than anybody.

use super::servers::{
    Authority, Dates, LOCALHOST, Manner, Resolver, a, alias, http, resolve, serve, serve_cut, serve_tls, tcp,
    udp,
};
use super::{End, LIMITS, end, probe};
use crate::net::Net;
use crate::spec::{Check, HostCheck, PageFormat, PathProbe, ReachBy, StatusPage, Trust};
use demarc_model::observation::{Observation, Outcome, Phase, Reading};
use demarc_model::symptom::Symptom;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpListener;

fn check(reach: ReachBy, port: u16, check: Check) -> PathProbe {
    let host = "relay.example".to_owned();
    PathProbe::Host(HostCheck { host, reach, port, check, trust: Trust::Public, issuer: None })
}

/// What comes of a name whose resolver says this, where nobody but 127.0.0.9 listens.
async fn led_by(records: Vec<(&'static str, hickory_proto::rr::RData)>) -> (End, Vec<Reading>, u16) {
    let net = Net::new(None).unwrap();
    let (socket, resolver) = udp().await;
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 9), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let what = check(ReachBy::Name { resolver, private: true }, port, Check::Tcp);
    let seen = probe(&net, what, resolve(socket, Resolver::Records(records))).await;
    (end(&seen), seen.readings, port)
}

fn crowd(of: u8) -> impl Iterator<Item = (&'static str, hickory_proto::rr::RData)> {
    (1..=of).map(|last| ("relay.example.", a([127, 0, 0, last])))
}

#[tokio::test]
async fn names_that_lead_in_circles_or_to_crowds_are_followed_eight_steps() {
    let missing = End::Failed(Phase::Dns, Symptom::NameMissing);
    let circle = vec![
        ("relay.example.", alias("a.example.")),
        ("a.example.", alias("b.example.")),
        ("b.example.", alias("relay.example.")),
    ];
    let names = ["relay.example.", "a.", "b.", "c.", "d.", "e.", "f.", "g.", "h.", "i."];
    let mut long: Vec<_> = names.windows(2).map(|pair| (pair[0], alias(pair[1]))).collect();
    long.push(("i.", a([127, 0, 0, 9])));
    for records in [circle, long] {
        let (end, readings, _) = led_by(records.clone()).await;
        assert_eq!((end, readings), (missing, vec![]), "{records:?}");
    }
    // The ninth address listens; it is not tried.
    let (end, readings, port) = led_by(crowd(100).collect()).await;
    let first = Reading::Peer(SocketAddr::from((LOCALHOST, port)));
    assert_eq!((end, readings), (End::Failed(Phase::Connect, Symptom::Refused), vec![first]));
    let (end, _, _) = led_by(crowd(9).skip(1).collect()).await;
    assert_eq!(end, End::Passed);
}

/// More than a datagram may hold without being asked for: it is no answer.
#[tokio::test]
async fn a_thousand_addresses_for_one_name_are_no_answer() {
    let thousand = (0..4).flat_map(|_| crowd(250)).collect();
    let (end, readings, _) = led_by(thousand).await;
    assert_eq!((end, readings), (End::Failed(Phase::Dns, Symptom::NameSilent), vec![]));
}

#[tokio::test]
async fn certificates_without_end_are_not_taken() {
    let authority = Authority::new("Site CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let ended = |symptom| End::Failed(Phase::Tls, symptom);
    let cases = [
        ("three between", authority.deep_server("relay.example", 3), End::Passed),
        ("100 between", authority.deep_server("relay.example", 100), ended(Symptom::TlsUntrusted)),
        ("a megabyte", authority.long_server("relay.example", 1 << 20), ended(Symptom::Garbage)),
    ];
    for (what, server, expected) in cases {
        let (listener, address) = tcp().await;
        let check = check(ReachBy::Address(address.ip()), address.port(), Check::Tls);
        let seen = probe(&net, check, serve_tls(listener, server, Manner::Says(vec![]))).await;
        assert_eq!(end(&seen), expected, "{what}: {seen:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_stalls_in_any_flight_ends_by_its_own_limit() {
    let authority = Authority::new("Site CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    for bytes in [0, 1, 5, 50, 127, 200, 400, 600] {
        let (listener, address) = tcp().await;
        let server = authority.server("relay.example", Dates::Now);
        let check = check(ReachBy::Address(address.ip()), address.port(), Check::Tls);
        let seen = probe(&net, check, serve_cut(listener, server, bytes)).await;
        assert_eq!(end(&seen), End::Failed(Phase::Tls, Symptom::TlsStall), "{bytes}: {seen:?}");
        let took = Duration::from_micros(seen.phases.total_us.into());
        assert!(LIMITS.tls <= took && took < LIMITS.total, "{bytes}: {seen:?}");
    }
}

#[tokio::test]
async fn alerts_without_end_are_no_handshake() {
    let net = Net::new(None).unwrap();
    let (listener, address) = tcp().await;
    // A warning that the user has cancelled, which may be passed over.
    let warnings = [21, 3, 3, 0, 2, 1, 90].repeat(8_000);
    let check = check(ReachBy::Address(address.ip()), address.port(), Check::Tls);
    let seen = probe(&net, check, serve(listener, vec![Manner::SaysAndWaits(warnings)])).await;
    assert_eq!(end(&seen), End::Failed(Phase::Tls, Symptom::Garbage), "{seen:?}");
}

/// Fault T07 of the table of hostile input. A goodbye that nobody has signed is passed over; what comes after it
/// counts. Where it did not, the handshake once turned in a circle for ever (RUSTSEC-2024-0336).
#[tokio::test]
async fn an_alert_in_mid_handshake_ends_nothing_but_the_handshake() {
    let closes = vec![21, 3, 3, 0, 2, 1, 0];
    let longest = [&[21, 3, 3, 0x40, 0, 2, 40][..], &[0; (1 << 14) - 2]].concat();
    let cases = [
        ("close_notify and silence", Manner::SaysAndWaits(closes.clone()), Symptom::TlsStall),
        ("close_notify and the end", Manner::Says(closes.clone()), Symptom::Refused),
        ("close_notify byte by byte", Manner::Drips(closes.clone()), Symptom::TlsStall),
        ("close_notify and noise", Manner::SaysWithoutEnd(closes.clone()), Symptom::Garbage),
        ("close_notify for ever", Manner::SaysAndWaits(closes.repeat(8_000)), Symptom::Garbage),
        ("an alert of 16 KB", Manner::SaysAndWaits(longest.clone()), Symptom::Garbage),
        ("an alert of 16 KB, byte by byte", Manner::Drips(longest), Symptom::TlsStall),
    ];
    let net = Net::new(None).unwrap();
    for (what, manner, symptom) in cases {
        let (listener, address) = tcp().await;
        let check = check(ReachBy::Address(address.ip()), address.port(), Check::Tls);
        let seen = probe(&net, check, serve(listener, vec![manner])).await;
        assert_eq!(end(&seen), End::Failed(Phase::Tls, symptom), "{what}: {seen:?}");
    }
}

async fn page(answer: Manner) -> Observation {
    let net = Net::new(None).unwrap();
    let (listener, address) = tcp().await;
    let what = PathProbe::StatusPage(StatusPage {
        url: format!("http://{address}/api/v2/summary.json"),
        format: Some(PageFormat::Statuspage),
        components: vec![],
        hosts: vec![],
        resolver: SocketAddr::from((LOCALHOST, 1)),
        private: false,
    });
    probe(&net, what, serve(listener, vec![answer])).await
}

/// Among them fault S01 of the table of hostile input.
#[tokio::test]
async fn a_status_page_that_is_none_is_garbage_and_never_well() {
    let json = |body: &str| Manner::Says(http("200 OK", &["Content-Type: application/json"], body));
    let incidents = |number| format!("{{\"page\":{{}},\"incidents\":[{}{{}}]}}", "{},".repeat(number));
    let types = r#"{"page":[],"status":[],"components":null,"incidents":1e400}"#;
    let html = "<html><body>All Systems Operational</body></html>";
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"page\":\"".to_vec();
    let claims_two_gigabytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n".to_vec();
    let cases = [
        ("without end", Manner::SaysWithoutEnd(head)),
        ("two gigabytes", Manner::SaysWithoutEnd(claims_two_gigabytes)),
        ("600,000 incidents", json(&incidents(600_000))),
        // More than is taken of any page.
        ("a million incidents", json(&incidents(1_000_000))),
        ("100,000 deep", json(&"[".repeat(100_000))),
        ("wrong types", json(types)),
        ("a page for people", json(html)),
        ("nothing", json("")),
    ];
    for (what, answer) in cases {
        let seen = page(answer).await;
        assert_eq!(end(&seen), End::Failed(Phase::Content, Symptom::Garbage), "{what}: {seen:?}");
        let Outcome::Failed { detail, .. } = &seen.outcome else { unreachable!() };
        let told = detail.as_str();
        assert!(told.starts_with("the status page"), "{what}: {told}");
        let claims = seen.readings.iter().any(|reading| matches!(reading, Reading::Page(_)));
        assert!(!claims, "{what}: {seen:?}");
    }
}
