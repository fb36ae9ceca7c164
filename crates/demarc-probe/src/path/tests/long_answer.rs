//! Resolvers whose answer does not fit into a datagram, good and bad.

use super::servers::{a, answered, udp, wire};
use super::{End, LIMITS, end, probe};
use crate::net::Net;
use crate::spec::{Check, HostCheck, PathProbe, ReachBy, Trust};
use demarc_model::observation::{Observation, Outcome, Phase, Reading};
use demarc_model::symptom::Symptom;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Name;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// Only this one listens.
const SERVICE: [u8; 4] = [127, 0, 0, 9];

/// What the datagram holds that says that it was cut.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// An address, which is not to be used.
    Whole,
    MidRecord,
    Header,
}

/// What becomes of the question by TCP.
#[derive(Debug, Clone, Copy)]
enum Tcp {
    /// An answer that ends with the right address, after so many of other names.
    Answers(usize),
    /// The same, a few bytes at a time.
    AnswersSlowly,
    NoSuchName,
    Fails,
    Refuses,
    IsSilent,
    Closes,
    /// Says half of it and closes.
    ClosesEarly,
    /// Says half of it and waits.
    Stalls,
    /// 65,535 bytes of nothing.
    Garbage,
    /// 65,535 bytes are promised and one comes every 100 ms.
    Drips,
    AnswersAnotherQuestion,
    SaysNothing,
}

fn cut(query: &Message, how: Cut) -> Vec<u8> {
    let mut reply = answered(query, &[("relay.example.", a([127, 0, 0, 66]))]);
    reply.metadata.truncation = true;
    let mut bytes = wire(&reply);
    bytes.truncate(match how {
        Cut::Whole => bytes.len(),
        Cut::MidRecord => bytes.len() - 2,
        Cut::Header => 12,
    });
    bytes
}

fn long(query: &Message, before: usize) -> Vec<u8> {
    let others = (0..before).map(|_| ("other.example.", a([127, 0, 0, 67])));
    wire(&answered(query, &others.chain([("relay.example.", a(SERVICE))]).collect::<Vec<_>>()))
}

fn prefixed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

async fn by_udp(socket: &UdpSocket, how: Cut) {
    let mut buffer = [0; 2048];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        socket.send_to(&cut(&query, how), peer).await.unwrap();
    }
}

async fn by_tcp(listener: &TcpListener, manner: Tcp) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let length = stream.read_u16().await.unwrap();
        let mut query = vec![0; length.into()];
        stream.read_exact(&mut query).await.unwrap();
        reply(&mut stream, &Message::from_vec(&query).unwrap(), manner).await;
    }
}

/// The client may be gone at any moment.
async fn reply(stream: &mut TcpStream, query: &Message, manner: Tcp) {
    let coded = |code| {
        let mut reply = answered(query, &[]);
        reply.metadata.response_code = code;
        prefixed(&wire(&reply))
    };
    let mut other = query.clone();
    other.queries[0].set_name(Name::from_ascii("other.example.").unwrap());
    let good = prefixed(&long(query, 0));
    let (said, every_ms) = match manner {
        Tcp::Answers(before) => (prefixed(&long(query, before)), None),
        Tcp::AnswersSlowly => (good, Some(2)),
        Tcp::NoSuchName => (coded(ResponseCode::NXDomain), None),
        Tcp::Fails => (coded(ResponseCode::ServFail), None),
        Tcp::ClosesEarly | Tcp::Stalls => (good[..good.len() / 2].to_vec(), None),
        Tcp::Garbage => (prefixed(&[0xff; 65_535]), None),
        Tcp::Drips => (prefixed(&[0; 65_535]), Some(100)),
        Tcp::AnswersAnotherQuestion => (prefixed(&long(&other, 0)), None),
        Tcp::SaysNothing => (prefixed(&[]), None),
        Tcp::Refuses | Tcp::IsSilent | Tcp::Closes => (vec![], None),
    };
    match every_ms {
        None => drop(stream.write_all(&said).await),
        Some(ms) => {
            for byte in said {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                if stream.write_all(&[byte]).await.is_err() {
                    break;
                }
            }
        }
    }
    if matches!(manner, Tcp::Stalls | Tcp::IsSilent) {
        pending::<()>().await;
    }
}

/// A datagram socket and a listener with one port.
async fn both() -> (UdpSocket, TcpListener, SocketAddr) {
    loop {
        let (socket, address) = udp().await;
        if let Ok(listener) = TcpListener::bind(address).await {
            return (socket, listener, address);
        }
    }
}

async fn check(how: Cut, manner: Tcp) -> (Observation, SocketAddr) {
    let (socket, listener, resolver) = both().await;
    let service = TcpListener::bind((Ipv4Addr::from(SERVICE), 0)).await.unwrap();
    let check = HostCheck {
        host: "relay.example".to_owned(),
        reach: ReachBy::Name { resolver, private: true },
        port: service.local_addr().unwrap().port(),
        check: Check::Tcp,
        trust: Trust::Public,
        issuer: None,
    };
    let serve = async move {
        match manner {
            Tcp::Refuses => {
                drop(listener);
                by_udp(&socket, how).await;
            }
            _ => drop(tokio::join!(by_udp(&socket, how), by_tcp(&listener, manner))),
        }
    };
    let seen = probe(&Net::new(None).unwrap(), PathProbe::Host(check), serve).await;
    (seen, resolver)
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_again_over_tcp_and_what_was_in_it_is_not_used() {
    let missing = End::Failed(Phase::Dns, Symptom::NameMissing);
    let servfail = End::Failed(Phase::Dns, Symptom::NameServfail);
    let cases = [
        (Cut::Whole, Tcp::Answers(0), End::Passed),
        (Cut::MidRecord, Tcp::Answers(0), End::Passed),
        (Cut::Header, Tcp::Answers(100), End::Passed),
        (Cut::Whole, Tcp::Answers(2_000), End::Passed),
        (Cut::Whole, Tcp::AnswersSlowly, End::Passed),
        (Cut::Whole, Tcp::NoSuchName, missing),
        (Cut::Whole, Tcp::Fails, servfail),
    ];
    for (how, manner, expected) in cases {
        let (seen, _) = check(how, manner).await;
        assert_eq!(end(&seen), expected, "{how:?} {manner:?}: {seen:?}");
        let peer = seen.readings.iter().find_map(|reading| match reading {
            Reading::Peer(peer) => Some(peer.ip()),
            _ => None,
        });
        let expected = (expected == End::Passed).then(|| Ipv4Addr::from(SERVICE).into());
        assert_eq!(peer, expected, "{how:?} {manner:?}");
    }
}

#[tokio::test]
async fn whoever_cuts_an_answer_and_gives_none_by_tcp_is_told_what_he_did() {
    const CANNOT: &str = "cannot be asked by TCP: ";
    let cases = [
        (Tcp::Refuses, CANNOT.to_owned() + "Connection refused"),
        (Tcp::IsSilent, "gave none by TCP within ".to_owned()),
        (Tcp::Stalls, "gave none by TCP within ".to_owned()),
        (Tcp::Drips, "gave none by TCP within ".to_owned()),
        (Tcp::Closes, CANNOT.to_owned() + "it closed the connection"),
        (Tcp::ClosesEarly, CANNOT.to_owned() + "it closed the connection"),
        (Tcp::Garbage, CANNOT.to_owned() + "what came is no answer"),
        (Tcp::AnswersAnotherQuestion, CANNOT.to_owned() + "what came is no answer"),
        (Tcp::SaysNothing, CANNOT.to_owned() + "what came is no answer"),
        // More than a message can hold, so that it is cut again.
        (Tcp::Answers(4_000), CANNOT.to_owned() + "what came is no answer"),
    ];
    for (manner, why) in cases {
        let (seen, resolver) = check(Cut::Whole, manner).await;
        let Outcome::Failed { phase: Phase::Dns, symptom: Symptom::NameSilent, detail } = &seen.outcome
        else {
            panic!("{manner:?}: {seen:?}");
        };
        let expected = format!("the resolver {resolver} cut its answer off, and {why}");
        assert!(detail.as_str().starts_with(&expected), "{manner:?}: {detail:?}");
        let took = Duration::from_micros(seen.phases.total_us.into());
        assert!(
            took < LIMITS.connect * 2,
            "{manner:?}: a question has one limit, however it is asked: {seen:?}"
        );
    }
}
