use super::servers::{Authority, Dates, Manner, black_hole, closed, http, serve, serve_tls, tcp};
use super::{End, LIMITS, end, probe};
use crate::net::{Net, NetError};
use crate::spec::{Check, HostCheck, PathProbe, ReachBy, Trust};
use demarc_model::observation::{Observation, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use std::future::pending;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::NamedTempFile;

fn by_address(address: SocketAddr, check: Check, trust: Trust) -> PathProbe {
    PathProbe::Host(HostCheck {
        host: "relay.example".to_owned(),
        reach: ReachBy::Address(address.ip()),
        port: address.port(),
        check,
        trust,
        issuer: None,
    })
}

fn https() -> Check {
    Check::Https { path: "/health?deep=1".to_owned() }
}

#[tokio::test]
async fn a_tcp_check_tells_accepted_refused_and_silent_apart() {
    let (_listener, open) = tcp().await;
    let ((_kept, refusing), hole) = (closed(), black_hole());
    let cases = [
        (open, End::Passed),
        (refusing, End::Failed(Phase::Connect, Symptom::Refused)),
        (hole.address, End::Failed(Phase::Connect, Symptom::Timeout)),
        // The kernel itself refuses TCP to the broadcast address; nothing is sent.
        (SocketAddr::from(([255, 255, 255, 255], 9)), End::Failed(Phase::Connect, Symptom::Unreachable)),
    ];
    let net = Net::new(None).unwrap();
    for (address, expected) in cases {
        let seen = probe(&net, by_address(address, Check::Tcp, Trust::Public), pending()).await;
        assert_eq!((end(&seen), &seen.readings), (expected, &vec![Reading::Peer(address)]), "{seen:?}");
        assert_eq!(seen.phases.connect_us.is_some(), expected == End::Passed);
    }
}

/// A good certificate, and a check that believes its authority.
async fn check_https(manner: Manner) -> Observation {
    let authority = Authority::new("Site CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let (listener, address) = tcp().await;
    let server = serve_tls(listener, authority.server("relay.example", Dates::Now), manner);
    probe(&net, by_address(address, https(), Trust::Public), server).await
}

#[tokio::test]
async fn any_proper_answer_below_500_is_healthy() {
    let cases = [
        ("200 OK", End::Passed),
        ("302 Found", End::Passed),
        ("401 Unauthorized", End::Passed),
        ("404 Not Found", End::Passed),
        ("426 Upgrade Required", End::Passed),
        ("500 Internal Server Error", End::Failed(Phase::Content, Symptom::ServerError)),
        ("503 Service Unavailable", End::Failed(Phase::Content, Symptom::ServerError)),
    ];
    for (status, expected) in cases {
        let seen = check_https(Manner::Says(http(status, &[], "x"))).await;
        assert_eq!(end(&seen), expected, "{seen:?}");
        let status: u16 = status[..3].parse().unwrap();
        assert_eq!(seen.readings.last(), Some(&Reading::HttpStatus(status)));
        let phases = seen.phases;
        let measured = [phases.connect_us, phases.tls_us, phases.first_byte_us];
        assert!(phases.dns_us.is_none() && measured.iter().all(Option::is_some), "{phases:?}");
        assert!(measured.into_iter().flatten().sum::<u32>() <= phases.total_us, "{phases:?}");
    }
}

#[tokio::test]
async fn a_server_that_misbehaves_after_tls_costs_no_more_than_the_deadline() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let many_headers = [head.clone(), b"A: b\r\n".repeat(101), b"\r\n".to_vec()].concat();
    let hung = End::Failed(Phase::FirstByte, Symptom::Hung);
    let garbage = End::Failed(Phase::FirstByte, Symptom::Garbage);
    let cases = [
        ("silence", Manner::SaysAndWaits(vec![]), hung),
        ("closed", Manner::Says(vec![]), hung),
        ("half a head", Manner::SaysAndWaits(head.clone()), hung),
        ("dripping head", Manner::Drips(head.clone()), hung),
        ("interim answers only", Manner::SaysAndWaits(b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50)), hung),
        ("another protocol", Manner::Says(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), garbage),
        ("binary", Manner::Says(vec![0xff; 300]), garbage),
        ("too many headers", Manner::Says(many_headers), garbage),
        ("endless header", Manner::SaysWithoutEnd([&head[..], b"A: "].concat()), garbage),
        ("endless body", Manner::SaysWithoutEnd([&head[..], b"\r\n"].concat()), End::Passed),
    ];
    for (name, manner, expected) in cases {
        let seen = check_https(manner).await;
        assert_eq!(end(&seen), expected, "{name}: {seen:?}");
    }
}

#[tokio::test]
async fn certificates_are_believed_only_for_the_name_the_dates_and_the_authority() {
    let site = Authority::new("Site CA");
    let stranger = Authority::new("Proxy\u{202e} Inspection");
    let ended = |symptom| End::Failed(Phase::Tls, symptom);
    let cases = [
        (&site, "relay.example", Dates::Now, Trust::Public, End::Passed, "CN=Site CA"),
        (&site, "relay.example", Dates::Past, Trust::Public, ended(Symptom::TlsExpired), "CN=Site CA"),
        (&site, "relay.example", Dates::Future, Trust::Public, ended(Symptom::TlsExpired), "CN=Site CA"),
        (&site, "portal.example", Dates::Now, Trust::Public, ended(Symptom::TlsUntrusted), "CN=Site CA"),
        (
            &stranger,
            "relay.example",
            Dates::Now,
            Trust::Public,
            ended(Symptom::TlsUntrusted),
            "CN=Proxy Inspection",
        ),
        (&stranger, "portal.example", Dates::Past, Trust::Any, End::Passed, "CN=Proxy Inspection"),
    ];
    let net = Net::new(Some(site.file.path())).unwrap();
    for (authority, name, dates, trust, expected, issuer) in cases {
        let (listener, address) = tcp().await;
        let server = serve_tls(listener, authority.server(name, dates), Manner::Says(vec![]));
        let seen = probe(&net, by_address(address, Check::Tls, trust), server).await;
        let not_after = match dates {
            Dates::Past => "2021-01-01T00:00:00Z",
            Dates::Now | Dates::Future => "2120-01-01T00:00:00Z",
        };
        let readings = vec![
            Reading::Peer(address),
            Reading::TlsIssuer(DeviceText::clean(issuer)),
            Reading::TlsNotAfter(not_after.parse::<Timestamp>().unwrap()),
        ];
        assert_eq!((end(&seen), &seen.readings), (expected, &readings), "{seen:?}");
        assert_eq!(seen.phases.tls_us.is_some(), expected == End::Passed);
    }
}

/// The authority of a firewall on the way may be one that this host trusts, or any may pass.
#[tokio::test]
async fn another_issuer_than_the_expected_one_is_a_stranger_even_where_it_is_trusted() {
    let authority = Authority::new("Site CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let stranger = End::Failed(Phase::Tls, Symptom::TlsUntrusted);
    let cases = [("site ca", End::Passed), ("CN=Site", End::Passed), ("Vendor Root", stranger)];
    for (expected, ended) in cases {
        for trust in [Trust::Public, Trust::Any] {
            for (check, ends) in [(Check::Tls, ended), (https(), ended)] {
                let (listener, address) = tcp().await;
                let server = authority.server("relay.example", Dates::Now);
                let says = Manner::Says(http("200 OK", &[], "x"));
                let server = serve_tls(listener, server, says);
                let PathProbe::Host(host) = by_address(address, check, trust) else { unreachable!() };
                let what = PathProbe::Host(HostCheck { issuer: Some(expected.to_owned()), ..host });
                let seen = probe(&net, what, server).await;
                assert_eq!(end(&seen), ends, "{expected}: {seen:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_handshake_that_fails_says_how() {
    let alert = |code| vec![21, 3, 3, 0, 2, 2, code];
    let server_hello = {
        let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0x2f, 0]);
        hello
    };
    let cases = [
        ("stalls after the client's hello", Manner::SaysAndWaits(vec![]), Symptom::TlsStall),
        ("drips", Manner::Drips(server_hello.clone()), Symptom::TlsStall),
        ("closes", Manner::Says(vec![]), Symptom::Refused),
        ("resets", Manner::Resets, Symptom::Refused),
        ("only TLS 1.0", Manner::SaysAndWaits(server_hello), Symptom::TlsOld),
        ("protocol_version", Manner::Says(alert(70)), Symptom::TlsOld),
        ("handshake_failure", Manner::Says(alert(40)), Symptom::TlsOld),
        ("unrecognized_name", Manner::Says(alert(112)), Symptom::TlsUntrusted),
        ("internal_error", Manner::Says(alert(80)), Symptom::Refused),
        ("speaks plain HTTP", Manner::Says(http("400 Bad Request", &[], "")), Symptom::Garbage),
        ("garbage without end", Manner::SaysWithoutEnd(vec![]), Symptom::Garbage),
    ];
    let net = Net::new(None).unwrap();
    for (name, manner, symptom) in cases {
        let (listener, address) = tcp().await;
        let server = serve(listener, vec![manner]);
        let seen = probe(&net, by_address(address, Check::Tls, Trust::Any), server).await;
        assert_eq!(end(&seen), End::Failed(Phase::Tls, symptom), "{name}: {seen:?}");
    }
}

#[tokio::test]
async fn a_stalled_handshake_ends_by_its_own_limit() {
    let net = Net::new(None).unwrap();
    let (listener, address) = tcp().await;
    let server = serve(listener, vec![Manner::SaysAndWaits(vec![])]);
    let seen = probe(&net, by_address(address, Check::Tls, Trust::Public), server).await;
    let took = Duration::from_micros(seen.phases.total_us.into());
    assert!(LIMITS.tls <= took && took < LIMITS.total, "{seen:?}");
}

#[tokio::test]
async fn asks_with_the_name_and_says_who_asks() {
    let authority = Authority::new("Site CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let (listener, address) = tcp().await;
    let acceptor = tokio_rustls::TlsAcceptor::from(authority.server("relay.example", Dates::Now));
    let heard = std::sync::OnceLock::new();
    let server = async {
        let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let mut buffer = vec![0; 4096];
        let length = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await.unwrap();
        heard.set(String::from_utf8(buffer[..length].to_vec()).unwrap()).unwrap();
    };
    probe(&net, by_address(address, https(), Trust::Public), server).await;
    let expected = format!(
        "GET /health?deep=1 HTTP/1.1\r\nHost: relay.example:{}\r\nUser-Agent: demarc/{}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        address.port(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(heard.get(), Some(&expected));
}

#[test]
fn a_ca_file_that_cannot_serve_is_an_error() {
    let file = |text: &str| {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let (empty, broken) = (file(""), file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    let missing = std::path::Path::new("/nonexistent/ca.pem");
    assert!(matches!(Net::new(Some(missing)), Err(NetError::Read { .. })));
    assert!(matches!(Net::new(Some(empty.path())), Err(NetError::NoCertificate { .. })));
    assert!(matches!(Net::new(Some(broken.path())), Err(NetError::Authority { .. })));
}
