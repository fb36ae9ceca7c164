//! Two sockets for each attachment, one per language, and the questions that leave through them.

use super::{Attachment, Failed};
use demarc_protocol::discovery::{mdns, ws};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::sleep;

/// Everything is asked twice: a lost packet is not an absent camera.
const ROUNDS: usize = 2;
const BETWEEN_ROUNDS: Duration = Duration::from_millis(250);
/// Cameras take a while over each question, and some lose one that comes too soon.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);
/// Longer answers are cut, and are then no answers.
const LONGEST_ANSWER: usize = 16 * 1024;
/// Room for the answers of some hundred cameras at once.
const RECEIVE_BUFFER: usize = 1024 * 1024;

/// One attachment, asked in one language.
pub(super) struct Asking {
    pub(super) attachment: Attachment,
    pub(super) language: Language,
    socket: UdpSocket,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    WsDiscovery,
    Mdns,
}

pub(super) struct Datagram<'a> {
    pub(super) asking: &'a Asking,
    pub(super) from: Ipv4Addr,
    pub(super) bytes: Vec<u8>,
}

impl Language {
    const ALL: [Self; 2] = [Self::WsDiscovery, Self::Mdns];

    const fn group(self) -> SocketAddr {
        SocketAddr::V4(match self {
            Self::WsDiscovery => SocketAddrV4::new(ws::GROUP, ws::PORT),
            Self::Mdns => SocketAddrV4::new(mdns::GROUP, mdns::PORT),
        })
    }

    fn questions(self) -> Result<Vec<Vec<u8>>, getrandom::Error> {
        match self {
            Self::WsDiscovery => {
                let probe = |wanted| Ok(ws::probe(wanted, &uuid()?).into_bytes());
                ws::Wanted::ALL.into_iter().map(probe).collect()
            }
            Self::Mdns => Ok(vec![mdns::query()]),
        }
    }
}

impl Asking {
    fn open(attachment: &Attachment, language: Language) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        // Both are for the better and may be refused: the address alone binds well enough.
        let _ = socket.bind_device(Some(attachment.interface.as_bytes()));
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        socket.set_multicast_if_v4(&attachment.address)?;
        socket.set_multicast_ttl_v4(1)?;
        socket.set_multicast_loop_v4(false)?;
        socket.bind(&SocketAddr::from((attachment.address, 0)).into())?;
        socket.set_nonblocking(true)?;
        Ok(Self { attachment: attachment.clone(), language, socket: UdpSocket::from_std(socket.into())? })
    }

    /// The next datagram; `None` when nothing more comes from this socket.
    pub(super) async fn receive(&self) -> Option<Datagram<'_>> {
        let mut bytes = vec![0; LONGEST_ANSWER];
        let (length, from) = self.socket.recv_from(&mut bytes).await.ok()?;
        bytes.truncate(length);
        match from.ip() {
            IpAddr::V4(from) => Some(Datagram { asking: self, from, bytes }),
            IpAddr::V6(_) => None,
        }
    }

    async fn ask(&self) -> io::Result<()> {
        for question in self.language.questions()? {
            self.socket.send_to(&question, self.language.group()).await?;
            sleep(BETWEEN_QUESTIONS).await;
        }
        Ok(())
    }
}

/// What can be opened, and what cannot.
pub(super) fn open(attachments: &[Attachment]) -> (Vec<Asking>, Vec<Failed>) {
    let (mut asking, mut failed) = (Vec::new(), Vec::new());
    for attachment in attachments {
        let both: io::Result<Vec<Asking>> =
            Language::ALL.into_iter().map(|language| Asking::open(attachment, language)).collect();
        match both {
            Ok(both) => asking.extend(both),
            Err(error) => failed.push(Failed { attachment: attachment.clone(), error }),
        }
    }
    (asking, failed)
}

/// Sends every question on every socket, twice; the attachments on which that failed.
pub(super) async fn ask(asking: &[Asking]) -> Vec<Failed> {
    let mut failed: Vec<Failed> = Vec::new();
    for round in 0..ROUNDS {
        if round > 0 {
            sleep(BETWEEN_ROUNDS).await;
        }
        let sent = futures_util::future::join_all(asking.iter().map(Asking::ask)).await;
        for (asking, sent) in asking.iter().zip(sent) {
            let known = failed.iter().any(|failed| failed.attachment == asking.attachment);
            if let (Err(error), false) = (sent, known) {
                failed.push(Failed { attachment: asking.attachment.clone(), error });
            }
        }
    }
    failed
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_of_ws_discovery_has_a_name_of_its_own() {
        let mut questions = Language::WsDiscovery.questions().unwrap();
        questions.extend(Language::WsDiscovery.questions().unwrap());
        let names: std::collections::BTreeSet<Vec<u8>> = questions
            .iter()
            .map(|question| {
                let at = question.windows(9).position(|nine| nine == b"urn:uuid:").unwrap();
                question[at + 9..at + 45].to_vec()
            })
            .collect();
        assert_eq!(names.len(), 6);
        let fits = |name: &Vec<u8>| name[14] == b'4' && [8, 13, 18, 23].iter().all(|at| name[*at] == b'-');
        assert!(names.iter().all(fits), "{names:?}");
    }
}
