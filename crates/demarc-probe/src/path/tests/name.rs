use super::servers::{LOCALHOST, Resolver, a, aaaa, alias, answered, resolve, tcp, udp, wire};
use super::{End, LIMITS, end, probe};
use crate::net::Net;
use crate::spec::{Check, HostCheck, PathProbe, ReachBy, Trust};
use demarc_model::observation::{Outcome, Phase, Reading};
use demarc_model::symptom::Symptom;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;
use tokio::net::UdpSocket;

const fn dns(symptom: Symptom) -> End {
    End::Failed(Phase::Dns, symptom)
}

#[tokio::test]
async fn a_resolver_is_judged_by_its_answer_to_a_name_that_does_not_exist() {
    let cases = [
        (Resolver::Code(ResponseCode::NXDomain), End::Passed),
        (Resolver::Records(vec![]), End::Passed),
        (Resolver::LosesOne, End::Passed),
        (Resolver::Noisy, End::Passed),
        (Resolver::Code(ResponseCode::ServFail), dns(Symptom::NameServfail)),
        (Resolver::Code(ResponseCode::Refused), dns(Symptom::NameServfail)),
        (Resolver::CodeAlone(ResponseCode::Refused), dns(Symptom::NameServfail)),
        (Resolver::Silent, dns(Symptom::NameSilent)),
    ];
    let net = Net::new(None).unwrap();
    for (manner, expected) in cases {
        let (socket, server) = udp().await;
        let what = PathProbe::Resolver { server, zone: "example".to_owned() };
        let seen = probe(&net, what, resolve(socket, manner.clone())).await;
        assert_eq!(end(&seen), expected, "{manner:?}: {seen:?}");
        assert_eq!(seen.phases.dns_us.is_some(), expected == End::Passed, "{manner:?}");
    }
}

#[tokio::test]
async fn an_address_for_any_name_is_rewriting() {
    let net = Net::new(None).unwrap();
    let (socket, server) = udp().await;
    let rewriter = async {
        let mut buffer = [0; 512];
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let mut reply = buffer[..length].to_vec();
        // One answer: pointer to the question, A, IN, 60 s, four bytes.
        (reply[2], reply[3], reply[7]) = (0x81, 0x80, 1);
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]);
        socket.send_to(&reply, peer).await.unwrap();
    };
    let what = PathProbe::Resolver { server, zone: "example".to_owned() };
    let seen = probe(&net, what, rewriter).await;
    assert_eq!(end(&seen), dns(Symptom::NameWrong), "{seen:?}");
}

#[tokio::test]
async fn a_closed_resolver_port_is_known_at_once() {
    let (socket, server) = udp().await;
    drop(socket);
    let net = Net::new(None).unwrap();
    let what = PathProbe::Resolver { server, zone: "example".to_owned() };
    let seen = probe(&net, what, pending()).await;
    assert_eq!(end(&seen), dns(Symptom::NameSilent));
    assert!(Duration::from_micros(seen.phases.total_us.into()) < LIMITS.total / 4, "{seen:?}");
}

/// A TCP check of `relay.example` at a port that only 127.0.0.1 listens at.
async fn check_name(resolver: Resolver, private: bool) -> (End, Vec<Reading>, u16) {
    let net = Net::new(None).unwrap();
    let (socket, server) = udp().await;
    let (_listener, service) = tcp().await;
    let check = HostCheck {
        host: "relay.example".to_owned(),
        reach: ReachBy::Name { resolver: server, private },
        port: service.port(),
        check: Check::Tcp,
        trust: Trust::Public,
        issuer: None,
    };
    let seen = probe(&net, PathProbe::Host(check), resolve(socket, resolver)).await;
    (end(&seen), seen.readings, service.port())
}

fn relay(addresses: &[[u8; 4]]) -> Resolver {
    Resolver::Records(addresses.iter().map(|address| ("relay.example.", a(*address))).collect())
}

#[tokio::test]
async fn connects_to_the_first_address_of_the_name_that_accepts() {
    let aliases = |count: u32| -> Resolver {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let mut records: Vec<(&'static str, RData)> = vec![("relay.example.", alias("a."))];
        records.extend(names.windows(2).take(count as usize - 1).map(|pair| (pair[0], alias(pair[1]))));
        records.push((names[count as usize - 1], a([127, 0, 0, 1])));
        Resolver::Records(records)
    };
    for resolver in [relay(&[[127, 0, 0, 1]]), relay(&[[127, 0, 0, 2], [127, 0, 0, 1]]), aliases(8)] {
        let (end, readings, port) = check_name(resolver.clone(), true).await;
        let peer = SocketAddr::from((LOCALHOST, port));
        assert_eq!((end, readings), (End::Passed, vec![Reading::Peer(peer)]), "{resolver:?}");
    }
}

#[tokio::test]
async fn tells_apart_why_a_name_yields_no_address() {
    let cases = [
        (Resolver::Code(ResponseCode::NXDomain), Symptom::NameMissing),
        (Resolver::Records(vec![]), Symptom::NameMissing),
        (Resolver::Records(vec![("other.example.", a([127, 0, 0, 1]))]), Symptom::NameMissing),
        (Resolver::Records(vec![("relay.example.", alias("relay.example."))]), Symptom::NameMissing),
        (Resolver::Code(ResponseCode::ServFail), Symptom::NameServfail),
        (Resolver::Silent, Symptom::NameSilent),
        (relay(&[[127, 0, 0, 1]]), Symptom::NameWrong),
        (relay(&[[192, 0, 2, 1], [10, 0, 0, 1]]), Symptom::NameWrong),
        (Resolver::Records(vec![("relay.example.", aaaa("fd00::1"))]), Symptom::NameWrong),
    ];
    for (resolver, symptom) in cases {
        let (end, readings, _) = check_name(resolver.clone(), false).await;
        assert_eq!((end, readings), (dns(symptom), vec![]), "{resolver:?}");
    }
}

/// Knows `relay.example` by both families, notes what it is asked, and loses all questions but those for IPv4.
async fn by_half(socket: &UdpSocket, asked: &Mutex<Vec<RecordType>>) {
    let both = [("relay.example.", a([127, 0, 0, 1])), ("relay.example.", aaaa("2001:db8::1"))];
    let mut buffer = [0; 2048];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        let kind = query.queries[0].query_type();
        asked.lock().unwrap().push(kind);
        if kind == RecordType::A {
            socket.send_to(&wire(&answered(&query, &both)), peer).await.unwrap();
        }
    }
}

/// Fault N03 of the table of hostile input: a name has addresses of both families, and the way by IPv6 or the
/// questions for it are dead. Nobody waits for either, because IPv6 is asked for only where there is no IPv4.
#[tokio::test]
async fn a_name_with_an_ipv4_address_is_reached_whatever_becomes_of_ipv6() {
    let both = vec![("relay.example.", aaaa("2001:db8::1")), ("relay.example.", a([127, 0, 0, 1]))];
    let (end_by_both, readings, port) = check_name(Resolver::Records(both), true).await;
    let peer = Reading::Peer(SocketAddr::from((LOCALHOST, port)));
    assert_eq!((end_by_both, readings), (End::Passed, vec![peer]));

    let net = Net::new(None).unwrap();
    let (socket, server) = udp().await;
    let (_listener, service) = tcp().await;
    let (asked, reach) = (Mutex::default(), ReachBy::Name { resolver: server, private: true });
    let (host, check) = ("relay.example".to_owned(), Check::Tcp);
    let check = HostCheck { host, reach, port: service.port(), check, trust: Trust::Public, issuer: None };
    let seen = probe(&net, PathProbe::Host(check), by_half(&socket, &asked)).await;
    assert_eq!((end(&seen), &seen.readings), (End::Passed, &vec![Reading::Peer(service)]), "{seen:?}");
    assert_eq!(asked.into_inner().unwrap(), [RecordType::A]);
}

/// Answers with one address, which is good for so many seconds.
async fn lasting(socket: &UdpSocket, address: [u8; 4], ttl: u32) {
    let mut buffer = [0; 2048];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        let mut reply = answered(&query, &[("relay.example.", a(address))]);
        reply.answers.iter_mut().for_each(|record| record.ttl = ttl);
        socket.send_to(&wire(&reply), peer).await.unwrap();
    }
}

/// Fault N06 of the table of hostile input: answers that are good for no time, or for a lifetime. Nothing
/// here keeps an answer, so that neither makes a probe ask more or less often, or believe what is over.
#[tokio::test]
async fn for_how_long_an_answer_says_that_it_is_good_changes_nothing() {
    let net = Net::new(None).unwrap();
    for ttl in [0, 1, 1 << 31, u32::MAX] {
        let (socket, server) = udp().await;
        let (_listener, service) = tcp().await;
        let reach = ReachBy::Name { resolver: server, private: true };
        let (host, check) = ("relay.example".to_owned(), Check::Tcp);
        let check =
            HostCheck { host, reach, port: service.port(), check, trust: Trust::Public, issuer: None };
        let what = || PathProbe::Host(check.clone());
        let seen = probe(&net, what(), lasting(&socket, [127, 0, 0, 1], ttl)).await;
        assert_eq!(end(&seen), End::Passed, "{ttl}: {seen:?}");
        let seen = probe(&net, what(), lasting(&socket, [127, 0, 0, 2], ttl)).await;
        let other = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), service.port()));
        assert_eq!(seen.readings, [Reading::Peer(other)], "{ttl}: the address that is now true is tried");
    }
}

/// Fault N07 of the table of hostile input: two resolvers disagree. What each says is written down by
/// itself; what it means is a matter for the stories of `tests/scenarios`.
#[tokio::test]
async fn two_resolvers_that_disagree_are_two_observations() {
    let net = Net::new(None).unwrap();
    let honest = Resolver::Code(ResponseCode::NXDomain);
    let (socket, server) = udp().await;
    let what = PathProbe::Resolver { server, zone: "example".to_owned() };
    let seen = probe(&net, what, resolve(socket, honest)).await;
    assert_eq!(end(&seen), End::Passed);
    let (socket, server) = udp().await;
    let liar = async {
        let mut buffer = [0; 512];
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        let name = query.queries[0].name().to_ascii();
        let mut reply = answered(&query, &[("x.", a([192, 0, 2, 66]))]);
        reply.answers[0].name = Name::from_ascii(&name).unwrap();
        socket.send_to(&wire(&reply), peer).await.unwrap();
    };
    let what = PathProbe::Resolver { server, zone: "example".to_owned() };
    let seen = probe(&net, what, liar).await;
    let Outcome::Failed { symptom: Symptom::NameWrong, detail, .. } = &seen.outcome else {
        panic!("{seen:?}");
    };
    let told = detail.as_str();
    assert!(told.starts_with(&server.to_string()) && told.ends_with("is 192.0.2.66"), "{told}");
}

#[tokio::test]
async fn when_no_address_accepts_the_first_one_is_reported() {
    let (end, readings, port) = check_name(relay(&[[127, 0, 0, 3], [127, 0, 0, 2]]), true).await;
    let first = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 3), port));
    assert_eq!((end, readings), (End::Failed(Phase::Connect, Symptom::Refused), vec![Reading::Peer(first)]));
}
