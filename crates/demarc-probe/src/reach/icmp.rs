//! One ICMP echo, without `unsafe` and where possible without privileges.
//!
//! The datagram socket needs `net.ipv4.ping_group_range` to include us, the raw one `CAP_NET_RAW`.

use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;
const HEADER: usize = 8;
const TOKEN: usize = 8;

#[derive(Debug)]
pub(super) enum Ping {
    Answered,
    Silent,
    NotPermitted,
    Error(io::Error),
}

/// Asks, and asks again after a third of the time: one lost packet is not a dead device.
pub(super) async fn ping(address: Ipv4Addr, end: Instant) -> Ping {
    match echo(address, TOKEN, end).await {
        Ok(Some(_)) => Ping::Answered,
        Ok(None) => Ping::Silent,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ping::NotPermitted,
        Err(error) => Ping::Error(error),
    }
}

/// What the socket puts before the ICMP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Bare,
    IpHeader,
}

/// What came back for an echo request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Echo {
    /// Some hosts send less back than they were sent.
    pub(crate) payload: usize,
    /// What this host knows of the largest packet that gets there, in bytes.
    pub(crate) path_mtu: Option<u32>,
}

/// Sends a payload of at least eight bytes and waits for it; again after a third of the time.
///
/// As TCP does, the kernel forbids routers to divide a packet, learns from those that say what they
/// can take, and divides the next one itself.
pub(crate) async fn echo(address: Ipv4Addr, payload: usize, end: Instant) -> io::Result<Option<Echo>> {
    let (socket, framing) = open()?;
    socket.set_nonblocking(true)?;
    socket.connect(&SocketAddr::from((address, 0)).into())?;
    // tokio asks of a datagram socket only that it can be polled, sent to and received from.
    let socket = UdpSocket::from_std(socket.into())?;
    let token = getrandom::u64()?.to_ne_bytes();
    let now = Instant::now();
    let again = now + end.saturating_duration_since(now) / 3;
    for (sequence, until) in [(1, again), (2, end)] {
        socket.send(&request(sequence, token, payload)).await?;
        if let Ok(answered) = timeout_at(until, answer(&socket, framing, token)).await {
            let path_mtu = rustix::net::sockopt::ip_mtu(&socket).ok();
            return answered.map(|payload| Some(Echo { payload, path_mtu }));
        }
    }
    Ok(None)
}

pub(crate) fn open() -> io::Result<(Socket, Framing)> {
    let unprivileged = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4));
    if let Ok(socket) = unprivileged {
        return Ok((socket, Framing::Bare));
    }
    let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
    Ok((raw, Framing::IpHeader))
}

async fn answer(socket: &UdpSocket, framing: Framing, token: [u8; TOKEN]) -> io::Result<usize> {
    let mut buffer = [0; 2048];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if let Some(payload) = reply(&buffer[..length], framing, token) {
            return Ok(payload);
        }
    }
}

/// How long the payload of the answer to our request is; nothing for other packets.
fn reply(packet: &[u8], framing: Framing, token: [u8; TOKEN]) -> Option<usize> {
    let message = match framing {
        Framing::Bare => Some(packet),
        Framing::IpHeader => packet.first().and_then(|first| packet.get(usize::from(first & 0x0f) * 4..)),
    };
    let message = message?;
    let ours =
        message.first() == Some(&ECHO_REPLY) && message.get(HEADER..HEADER + TOKEN) == Some(&token[..]);
    ours.then(|| message.len() - HEADER)
}

fn request(sequence: u8, token: [u8; TOKEN], payload: usize) -> Vec<u8> {
    let mut packet = vec![0; HEADER + payload.max(TOKEN)];
    packet[0] = ECHO_REQUEST;
    packet[7] = sequence;
    packet[HEADER..HEADER + TOKEN].copy_from_slice(&token);
    // The kernel fills in the identifier of a datagram socket and the checksum over it.
    let checksum = checksum(&packet);
    packet[2..4].copy_from_slice(&checksum.to_be_bytes());
    packet
}

/// RFC 1071, for an even number of bytes.
fn checksum(packet: &[u8]) -> u16 {
    let (words, _) = packet.as_chunks::<2>();
    let mut sum: u32 = words.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).expect("folded to sixteen bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: [u8; 8] = *b"\x01demarc\xff";

    #[test]
    fn a_request_sums_to_nothing() {
        for payload in [8, 56, 1472] {
            let packet = request(1, TOKEN, payload);
            assert_eq!((packet.len(), packet[0], checksum(&packet)), (8 + payload, ECHO_REQUEST, 0));
        }
    }

    #[test]
    fn only_the_reply_to_the_own_request_is_an_answer() {
        let bare = [&[0; 8][..], &TOKEN].concat();
        let with_header = [&[0x45][..], &[0; 19], &bare].concat();
        let others = [&[0; 8][..], b"strange!"].concat();
        let own_request = request(1, TOKEN, 8);
        let large = [&bare[..], &[0; 1464]].concat();
        let cases: [(&[u8], Framing, Option<usize>); 9] = [
            (&bare, Framing::Bare, Some(8)),
            (&large, Framing::Bare, Some(1472)),
            (&with_header, Framing::IpHeader, Some(8)),
            (&others, Framing::Bare, None),
            (&own_request, Framing::Bare, None),
            (&bare[..15], Framing::Bare, None),
            (&with_header[..30], Framing::IpHeader, None),
            (&[0x4f], Framing::IpHeader, None),
            (&[], Framing::IpHeader, None),
        ];
        for (packet, framing, expected) in cases {
            assert_eq!(reply(packet, framing, TOKEN), expected, "{packet:?} {framing:?}");
        }
    }
}
