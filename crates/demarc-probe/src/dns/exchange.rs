//! A question and its reply: by UDP, and by TCP when the reply was cut to fit a datagram (RFC 7766).
//!
//! The UDP socket is connected, because only then does the kernel report a closed port.
//! The question is sent again after a third of the time: one lost packet is not a silent resolver.

use crate::tcp::{self, said};
use crate::trace::spoken;
use crate::udp;
use hickory_proto::op::{Message, MessageType, ResponseCode};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// Why there is no reply.
#[derive(Debug)]
pub(super) struct Silence {
    way: Way,
    /// None when the time was up.
    pub(super) error: Option<io::Error>,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Udp,
    /// Only after a reply by UDP that was cut off.
    Tcp,
}

/// Asks over one interface if one is given, until `end` at the latest.
pub(super) async fn ask(
    resolver: SocketAddr,
    query: &Message,
    via: Option<&str>,
    end: Instant,
) -> Result<Message, Silence> {
    let by = |way| move |error| Silence { way, error };
    let wire = query.to_vec().map_err(|error| by(Way::Udp)(Some(io::Error::other(error))))?;
    let heard = by_udp(resolver, query, &wire, (via, end)).await;
    match heard.map_err(|error| by(Way::Udp)(Some(error)))? {
        Some(Heard::Reply(reply)) => Ok(*reply),
        Some(Heard::Cut) => match timeout_at(end, by_tcp(resolver, query, &wire, via)).await {
            Ok(reply) => reply.map_err(|error| by(Way::Tcp)(Some(error))),
            Err(_) => Err(by(Way::Tcp)(None)),
        },
        None => Err(by(Way::Udp)(None)),
    }
}

#[derive(Debug)]
enum Heard {
    Reply(Box<Message>),
    /// There is more than fits into a datagram, and what did fit is not to be used (RFC 2181 section 9).
    Cut,
}

async fn by_udp(
    resolver: SocketAddr,
    query: &Message,
    wire: &[u8],
    (via, end): (Option<&str>, Instant),
) -> io::Result<Option<Heard>> {
    let now = Instant::now();
    let again = now + end.saturating_duration_since(now) / 3;
    let socket = udp::toward(resolver.ip(), via).await?;
    socket.connect(resolver).await?;
    for until in [again, end] {
        socket.send(wire).await?;
        if let Ok(heard) = timeout_at(until, receive(&socket, query)).await {
            return heard.map(Some);
        }
    }
    Ok(None)
}

/// What is said to this query; whatever else arrives is passed over.
async fn receive(socket: &UdpSocket, query: &Message) -> io::Result<Heard> {
    let mut buffer = [0; 2048];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let datagram = &buffer[..length];
        if is_cut(datagram, query) {
            return Ok(Heard::Cut);
        }
        if let Some(reply) = reply_to(query, datagram) {
            return Ok(Heard::Reply(Box::new(reply)));
        }
    }
}

/// Looks at the header alone: some servers cut in the middle of a record.
fn is_cut(datagram: &[u8], query: &Message) -> bool {
    const RESPONSE: u8 = 0x80;
    const TRUNCATED: u8 = 0x02;
    let both = RESPONSE | TRUNCATED;
    datagram.get(..2) == Some(&query.metadata.id.to_be_bytes())
        && datagram.get(2).is_some_and(|flags| flags & both == both)
}

/// The first message counts, whatever it is: there is one question on this connection.
async fn by_tcp(
    resolver: SocketAddr,
    query: &Message,
    wire: &[u8],
    via: Option<&str>,
) -> io::Result<Message> {
    let mut stream = tcp::open(resolver, via).await?;
    let length = u16::try_from(wire.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], wire].concat()).await?;
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    let reply = reply_to(query, &message).filter(|reply| !reply.metadata.truncation);
    reply.ok_or_else(|| ErrorKind::InvalidData.into())
}

pub(super) fn reply_to(query: &Message, bytes: &[u8]) -> Option<Message> {
    let reply = Message::from_vec(bytes).ok()?;
    // Some servers leave the question out of a refusal.
    let same_question = reply.queries == query.queries
        || reply.queries.is_empty() && reply.metadata.response_code != ResponseCode::NoError;
    let ours = reply.metadata.id == query.metadata.id && reply.metadata.message_type == MessageType::Response;
    (ours && same_question).then_some(reply)
}

impl Silence {
    /// In a sentence.
    pub(super) fn of(&self, resolver: SocketAddr, took: Duration) -> String {
        let why = self.error.as_ref().map(|error| match error.kind() {
            ErrorKind::UnexpectedEof => "it closed the connection".to_owned(),
            ErrorKind::InvalidData => "what came is no answer".to_owned(),
            _ => said(error),
        });
        let took = spoken(took);
        match (self.way, why) {
            (Way::Udp, None) => format!("the resolver {resolver} did not answer within {took}"),
            (Way::Udp, Some(why)) => format!("the resolver {resolver} cannot be asked: {why}"),
            (Way::Tcp, None) => {
                format!("the resolver {resolver} cut its answer off, and gave none by TCP within {took}")
            }
            (Way::Tcp, Some(why)) => {
                format!("the resolver {resolver} cut its answer off, and cannot be asked by TCP: {why}")
            }
        }
    }
}
