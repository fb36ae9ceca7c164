use super::servers::{LOCALHOST, Resolver, a, resolve, udp};
use super::{AT, End, LIMITS, end, probe};
use crate::net::Net;
use crate::path::run;
use crate::spec::{Check, HostCheck, Limits, PathProbe, PathSpec, ReachBy, Trust};
use demarc_model::observation::{Observation, Outcome, Phase, Reading};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_protocol::stun::TransactionId;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::UdpSocket;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// As the server sees it: 192.0.2.1, port 32853, covered as RFC 5769 section 2.2 has it.
const MAPPED: [u8; 12] = [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];

/// What a server does with a request.
#[derive(Debug, Clone)]
enum Manner {
    Mapped,
    /// Hears so many requests before it answers.
    AnswersAt(u32),
    /// Answers with ERROR-CODE.
    Error(u8, u8),
    Says(Vec<u8>),
    /// Garbage, an answer to somebody else, then the right one.
    Noisy,
    Silent,
}

fn message(kind: u16, id: &[u8], attributes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(attributes.len()).unwrap();
    [&kind.to_be_bytes(), &length.to_be_bytes(), &COOKIE[..], id, attributes].concat()
}

fn replies(request: &[u8], manner: &Manner, count: u32) -> Vec<Vec<u8>> {
    let id = &request[8..20];
    let mapped = message(0x0101, id, &MAPPED);
    match manner {
        Manner::Mapped => vec![mapped],
        Manner::AnswersAt(at) if count < *at => vec![],
        Manner::AnswersAt(_) => vec![mapped],
        Manner::Error(hundreds, rest) => {
            let attribute = [0, 9, 0, 8, 0, 0, *hundreds, *rest, b'B', b'u', b's', b'y'];
            vec![message(0x0111, id, &attribute)]
        }
        Manner::Says(bytes) => vec![bytes.clone()],
        Manner::Noisy => {
            vec![b"\xffgarbage".to_vec(), message(0x0101, &TransactionId::default(), &MAPPED), mapped]
        }
        Manner::Silent => vec![],
    }
}

async fn serve(socket: UdpSocket, manner: &Manner, heard: &AtomicU32) {
    let mut buffer = [0; 512];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        // A header and FINGERPRINT.
        assert_eq!((length, &buffer[..2], &buffer[4..8]), (28, &[0, 1][..], &COOKIE[..]));
        let count = heard.fetch_add(1, Ordering::Relaxed) + 1;
        for packet in replies(&buffer[..length], manner, count) {
            socket.send_to(&packet, peer).await.unwrap();
        }
    }
}

fn check(reach: ReachBy, port: u16) -> PathProbe {
    PathProbe::Host(HostCheck {
        host: "turn.example".to_owned(),
        reach,
        port,
        check: Check::Stun,
        trust: Trust::Public,
        issuer: None,
    })
}

/// What is seen of a server by its address.
async fn ask(manner: &Manner) -> (Observation, SocketAddr) {
    let (socket, server) = udp().await;
    let net = Net::new(None).unwrap();
    let heard = AtomicU32::new(0);
    let what = check(ReachBy::Address(server.ip()), server.port());
    let seen = probe(&net, what, serve(socket, manner, &heard)).await;
    (seen, server)
}

#[tokio::test]
async fn any_answer_but_a_servers_own_error_is_healthy() {
    let garbage = End::Failed(Phase::FirstByte, Symptom::Garbage);
    let error = End::Failed(Phase::Content, Symptom::ServerError);
    let address = Reading::PublicAddress("192.0.2.1".parse().unwrap());
    let cases = [
        (Manner::Mapped, End::Passed, vec![address.clone()], "-"),
        (Manner::Noisy, End::Passed, vec![address], "-"),
        // A server that wants a login for everything, and one that sends elsewhere.
        (Manner::Error(4, 1), End::Passed, vec![], "-"),
        (Manner::Error(3, 0), End::Passed, vec![], "-"),
        (Manner::Error(5, 0), error, vec![], "answered with the error 500 Busy"),
        (Manner::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), garbage, vec![], "not a STUN message"),
        (Manner::Says(vec![]), garbage, vec![], "not a STUN message"),
        (
            Manner::Says(message(0x0101, &TransactionId::default(), &MAPPED)),
            garbage,
            vec![],
            "belongs to another transaction",
        ),
    ];
    for (manner, expected, readings, words) in cases {
        let (seen, server) = ask(&manner).await;
        let readings = [vec![Reading::Peer(server)], readings].concat();
        assert_eq!((end(&seen), &seen.readings), (expected, &readings), "{manner:?}: {seen:?}");
        let phases = seen.phases;
        assert_eq!((phases.dns_us, phases.connect_us, phases.tls_us), (None, None, None));
        assert_eq!(phases.first_byte_us.is_some(), expected != garbage, "{manner:?}");
        if let Outcome::Failed { detail, .. } = &seen.outcome {
            assert!(detail.as_str().contains(words), "{manner:?}: {detail:?}");
        }
    }
}

/// RFC 8489 section 6.2.1: after 500 ms, one second later, two seconds after that; 1.8 s are given here.
#[tokio::test]
async fn a_lost_request_is_sent_again_and_silence_is_a_timeout() {
    let connect = Duration::from_millis(1_800);
    let limits = Limits { connect, tls: connect, total: Duration::from_secs(3) };
    let net = Net::new(None).unwrap();
    let ask = async |manner: Manner| {
        let (socket, server) = udp().await;
        let heard = AtomicU32::new(0);
        let what = check(ReachBy::Address(server.ip()), server.port());
        let spec = PathSpec { id: ProbeId::new(ProbeKind::VendorName, "x"), what, via: None };
        let seen = tokio::select! {
            seen = run(&net, &spec, AT, limits) => seen,
            () = serve(socket, &manner, &heard) => unreachable!(),
        };
        (seen, heard.into_inner())
    };
    let millis = |us: u32| Duration::from_micros(us.into()).as_millis();
    let (seen, asked) = ask(Manner::AnswersAt(3)).await;
    assert_eq!((end(&seen), asked), (End::Passed, 3), "{seen:?}");
    assert!(millis(seen.phases.first_byte_us.unwrap()) >= 1_500, "{seen:?}");
    let (seen, asked) = ask(Manner::Silent).await;
    assert_eq!((end(&seen), asked), (End::Failed(Phase::FirstByte, Symptom::Timeout), 3), "{seen:?}");
    assert!((1_800..2_300).contains(&millis(seen.phases.total_us)), "{seen:?}");
}

#[tokio::test]
async fn a_closed_port_is_known_at_once_and_the_next_address_is_asked() {
    let net = Net::new(None).unwrap();
    let (socket, closed) = udp().await;
    drop(socket);
    let what = check(ReachBy::Address(closed.ip()), closed.port());
    let seen = probe(&net, what, std::future::pending()).await;
    assert_eq!(end(&seen), End::Failed(Phase::Connect, Symptom::Refused), "{seen:?}");
    assert_eq!(seen.readings, [Reading::Peer(closed)]);
    assert!(Duration::from_micros(seen.phases.total_us.into()) < LIMITS.total / 4, "{seen:?}");

    let (socket, server) = udp().await;
    let (names, resolver) = udp().await;
    let turn = |address| ("turn.example.", a(address));
    let records = Resolver::Records(vec![turn([127, 0, 0, 2]), turn([127, 0, 0, 1])]);
    let heard = AtomicU32::new(0);
    let both = async {
        tokio::join!(resolve(names, records), serve(socket, &Manner::Mapped, &heard));
    };
    let what = check(ReachBy::Name { resolver, private: true }, server.port());
    let seen = probe(&net, what, both).await;
    let public: IpAddr = "192.0.2.1".parse().unwrap();
    let readings =
        [Reading::Peer(SocketAddr::from((LOCALHOST, server.port()))), Reading::PublicAddress(public)];
    assert_eq!((end(&seen), &seen.readings[..]), (End::Passed, &readings[..]), "{seen:?}");
    assert!(seen.phases.dns_us.is_some());
}
