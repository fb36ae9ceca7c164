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
    match echo(address, end).await {
        Ok(true) => Ping::Answered,
        Ok(false) => Ping::Silent,
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

async fn echo(address: Ipv4Addr, end: Instant) -> io::Result<bool> {
    let (socket, framing) = open()?;
    socket.set_nonblocking(true)?;
    socket.connect(&SocketAddr::from((address, 0)).into())?;
    // tokio asks of a datagram socket only that it can be polled, sent to and received from.
    let socket = UdpSocket::from_std(socket.into())?;
    let token = getrandom::u64()?.to_ne_bytes();
    let now = Instant::now();
    let again = now + end.saturating_duration_since(now) / 3;
    for (sequence, until) in [(1, again), (2, end)] {
        socket.send(&request(sequence, token)).await?;
        if let Ok(answered) = timeout_at(until, answer(&socket, framing, token)).await {
            return answered.map(|()| true);
        }
    }
    Ok(false)
}

pub(crate) fn open() -> io::Result<(Socket, Framing)> {
    let unprivileged = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4));
    if let Ok(socket) = unprivileged {
        return Ok((socket, Framing::Bare));
    }
    let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
    Ok((raw, Framing::IpHeader))
}

async fn answer(socket: &UdpSocket, framing: Framing, token: [u8; TOKEN]) -> io::Result<()> {
    let mut buffer = [0; 256];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if is_answer(&buffer[..length], framing, token) {
            return Ok(());
        }
    }
}

fn is_answer(packet: &[u8], framing: Framing, token: [u8; TOKEN]) -> bool {
    let message = match framing {
        Framing::Bare => Some(packet),
        Framing::IpHeader => packet.first().and_then(|first| packet.get(usize::from(first & 0x0f) * 4..)),
    };
    message.is_some_and(|message| {
        message.first() == Some(&ECHO_REPLY) && message.get(HEADER..HEADER + TOKEN) == Some(&token[..])
    })
}

fn request(sequence: u8, token: [u8; TOKEN]) -> [u8; HEADER + TOKEN] {
    let mut packet = [0; HEADER + TOKEN];
    packet[0] = ECHO_REQUEST;
    packet[7] = sequence;
    packet[HEADER..].copy_from_slice(&token);
    // The kernel fills in the identifier of a datagram socket and the checksum over it.
    let checksum = checksum(&packet);
    packet[2..4].copy_from_slice(&checksum.to_be_bytes());
    packet
}

/// RFC 1071, for an even number of bytes.
fn checksum(packet: &[u8; HEADER + TOKEN]) -> u16 {
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
        let packet = request(1, TOKEN);
        assert_eq!((packet[0], checksum(&packet)), (ECHO_REQUEST, 0));
    }

    #[test]
    fn only_the_reply_to_the_own_request_is_an_answer() {
        let bare = [&[0; 8][..], &TOKEN].concat();
        let with_header = [&[0x45][..], &[0; 19], &bare].concat();
        let others = [&[0; 8][..], b"strange!"].concat();
        let own_request = request(1, TOKEN);
        let cases: [(&[u8], Framing, bool); 8] = [
            (&bare, Framing::Bare, true),
            (&with_header, Framing::IpHeader, true),
            (&others, Framing::Bare, false),
            (&own_request, Framing::Bare, false),
            (&bare[..15], Framing::Bare, false),
            (&with_header[..30], Framing::IpHeader, false),
            (&[0x4f], Framing::IpHeader, false),
            (&[], Framing::IpHeader, false),
        ];
        for (packet, framing, expected) in cases {
            assert_eq!(is_answer(packet, framing, TOKEN), expected, "{packet:?} {framing:?}");
        }
    }
}
