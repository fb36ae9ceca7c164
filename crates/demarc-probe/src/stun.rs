//! Whether a STUN or TURN server answers a Binding request, over a connected UDP socket of its own.
//!
//! Connected, because only then does the kernel report a closed port and is nobody else heard.

use crate::tcp::{self, is_exhaustion, is_forbidden, said};
use crate::trace::{Stop, Trace, micros, spoken};
use crate::udp;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_protocol::stun::{self, Answer, StunError, TransactionId};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// After so long the request is sent again, then after twice as long, and so on: RFC 8489 section 6.2.1.
const RETRANSMISSION: Duration = Duration::from_millis(500);
/// Requests sent to one address.
const MOST_REQUESTS: u32 = 7;

/// What came of asking one address.
#[derive(Debug)]
enum Heard {
    Answer(Answer),
    Nothing,
    /// Datagrams that are no answer; the first of them, and why not.
    Garbage(StunError),
}

/// The first of the addresses that answers; when none does, what the first of them did.
pub(crate) async fn ask(addresses: &[IpAddr], port: u16, trace: &mut Trace) -> Result<(), Stop> {
    let (address, answer) = tcp::first(addresses, port, trace, ask_one).await?;
    judge(address, answer, trace)
}

async fn ask_one(address: SocketAddr, trace: &mut Trace) -> Result<Answer, Stop> {
    let mut id = TransactionId::default();
    getrandom::fill(&mut id).map_err(|_| Stop::Missing(MissingReason::Agent))?;
    let began = Instant::now();
    let end = trace.within(trace.limits.connect);
    let heard = exchange(address, &id, trace.via.as_deref(), end).await;
    let took = began.elapsed();
    match heard {
        Ok(Heard::Answer(answer)) => {
            trace.phases.first_byte_us = Some(micros(took));
            Ok(answer)
        }
        Ok(Heard::Nothing) => Err(Stop::failed(
            Phase::FirstByte,
            Symptom::Timeout,
            &format!("{address} did not answer a STUN request within {}", spoken(took)),
        )),
        Ok(Heard::Garbage(why)) => Err(Stop::failed(
            Phase::FirstByte,
            Symptom::Garbage,
            &format!("what {address} sent does not answer a STUN request: {why}"),
        )),
        Err(error) if trace.via.is_some() && is_forbidden(&error) => {
            Err(Stop::Missing(MissingReason::NotPermitted))
        }
        Err(error) => Err(broken(address, &error)),
    }
}

/// A server that turns this request away works, as a web server does that asks for a login.
fn judge(address: SocketAddr, answer: Answer, trace: &mut Trace) -> Result<(), Stop> {
    match answer {
        Answer::Mapped(mapped) => {
            trace.read(Reading::PublicAddress(mapped.ip().to_canonical()));
            Ok(())
        }
        Answer::Error { code, .. } if code < 500 => Ok(()),
        Answer::Error { code, reason } => Err(Stop::failed(
            Phase::Content,
            Symptom::ServerError,
            &format!("the STUN server {address} answered with the error {code} {reason}"),
        )),
    }
}

fn broken(address: SocketAddr, error: &io::Error) -> Stop {
    let failed = |symptom, detail: &str| Stop::failed(Phase::Connect, symptom, detail);
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            failed(Symptom::Refused, &format!("nobody listens at UDP port {address}"))
        }
        _ if is_exhaustion(error) => Stop::Missing(MissingReason::Agent),
        // What is left is this host or a router saying no, as with a TCP connection.
        _ => failed(Symptom::Unreachable, &format!("no way to {address}: {}", said(error))),
    }
}

async fn exchange(
    address: SocketAddr,
    id: &TransactionId,
    via: Option<&str>,
    end: Instant,
) -> io::Result<Heard> {
    let socket = udp::toward(address.ip(), via).await?;
    socket.connect(address).await?;
    let request = stun::binding_request(id);
    let mut garbage = None;
    let mut pause = RETRANSMISSION;
    for sent in 1..=MOST_REQUESTS {
        socket.send(&request).await?;
        let until = if sent == MOST_REQUESTS { end } else { end.min(Instant::now() + pause) };
        if let Ok(answer) = timeout_at(until, receive(&socket, id, &mut garbage)).await {
            return answer.map(Heard::Answer);
        }
        if until >= end {
            break;
        }
        pause *= 2;
    }
    Ok(garbage.map_or(Heard::Nothing, Heard::Garbage))
}

/// The answer to this request. Whatever else arrives is passed over, and the first of it noted.
async fn receive(
    socket: &UdpSocket,
    id: &TransactionId,
    garbage: &mut Option<StunError>,
) -> io::Result<Answer> {
    let mut buffer = [0; 2048];
    loop {
        let length = socket.recv(&mut buffer).await?;
        match stun::read(&buffer[..length], id) {
            Ok(answer) => return Ok(answer),
            Err(why) => *garbage = garbage.or(Some(why)),
        }
    }
}
