//! One connection to a streaming server: requests go out, replies and packets come in, within bounds.

use crate::tcp;
use crate::trace::{Stop, Trace};
use demarc_model::observation::Phase;
use demarc_model::symptom::Symptom;
use demarc_protocol::rtsp::{Item, Reader, Reply, Request, RtspError};
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

#[derive(Debug)]
pub(in crate::camera) struct Line {
    stream: TcpStream,
    peer: SocketAddr,
    reader: Reader,
    sequence: u32,
    /// Packets that came before the reply they were to follow.
    early: Vec<(u8, Vec<u8>)>,
    /// How many bytes of packets may come before a reply.
    most_before_reply: usize,
}

/// Why nothing more comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::camera) enum Trouble {
    Closed,
    Late,
    Nonsense(RtspError),
    /// Packets without end where a reply belongs.
    Flood,
}

/// What may come before the reply that is waited for.
const MOST_BEFORE_REPLY: usize = 256 * 1024;
/// Packets on their way when the session ends are not worth more.
const MOST_BEFORE_END: usize = 8 * 1024;
const EARLY: usize = 64;
const READ: usize = 4096;

impl Line {
    pub(in crate::camera) async fn connect(peer: SocketAddr, trace: &mut Trace) -> Result<Self, Stop> {
        let stream = tcp::connect(&[peer.ip()], peer.port(), trace).await?;
        Ok(Self {
            stream,
            peer,
            reader: Reader::default(),
            sequence: 0,
            early: Vec::new(),
            most_before_reply: MOST_BEFORE_REPLY,
        })
    }

    /// The camera as it stands in URLs.
    pub(in crate::camera) fn authority(&self) -> String {
        self.peer.to_string()
    }

    pub(in crate::camera) fn peer_ip(&self) -> IpAddr {
        self.peer.ip()
    }

    /// Our end of the connection.
    pub(in crate::camera) fn local_ip(&self) -> Option<IpAddr> {
        self.stream.local_addr().ok().map(|address| address.ip())
    }

    /// Sends one request and waits for its reply. Whatever number the reply carries, it is taken for
    /// this one's: some cameras repeat an old number, and there is never more than one request open.
    pub(in crate::camera) async fn exchange(
        &mut self,
        request: &Request<'_>,
        authorization: Option<&[u8]>,
        until: Instant,
    ) -> Result<Reply, Trouble> {
        self.sequence += 1;
        let bytes = request.to_bytes(self.sequence, authorization);
        let sent = timeout_at(until, self.stream.write_all(&bytes)).await.map_err(|_| Trouble::Late)?;
        sent.map_err(|_| Trouble::Closed)?;
        let mut before = 0;
        loop {
            match self.item(until).await? {
                Item::Reply(reply) => return Ok(reply),
                Item::Packet { channel, bytes } => {
                    before += bytes.len();
                    if before > self.most_before_reply {
                        return Err(Trouble::Flood);
                    }
                    if self.early.len() < EARLY {
                        self.early.push((channel, bytes));
                    }
                }
            }
        }
    }

    /// What is still on its way is not worth more than this: the session ends.
    pub(in crate::camera) fn wind_up(&mut self) {
        self.most_before_reply = MOST_BEFORE_END;
    }

    /// The next packet of the session that plays.
    pub(in crate::camera) async fn packet(&mut self, until: Instant) -> Result<(u8, Vec<u8>), Trouble> {
        if !self.early.is_empty() {
            return Ok(self.early.remove(0));
        }
        loop {
            if let Item::Packet { channel, bytes } = self.item(until).await? {
                return Ok((channel, bytes));
            }
        }
    }

    async fn item(&mut self, until: Instant) -> Result<Item, Trouble> {
        loop {
            if let Some(item) = self.reader.take().map_err(Trouble::Nonsense)? {
                return Ok(item);
            }
            let mut piece = [0; READ];
            let read = timeout_at(until, self.stream.read(&mut piece)).await.map_err(|_| Trouble::Late)?;
            match read {
                Ok(length @ 1..) => self.reader.feed(&piece[..length]),
                Ok(0) | Err(_) => return Err(Trouble::Closed),
            }
        }
    }
}

impl Trouble {
    /// What it says about the camera that no reply came to `asked`.
    pub(in crate::camera) fn explain(&self, asked: &str) -> Stop {
        let hung = |what: &str| {
            Stop::failed(Phase::FirstByte, Symptom::Hung, &format!("the streaming server {what} {asked}"))
        };
        match self {
            Self::Closed => hung("closed the connection without an answer to"),
            Self::Late => hung("took the connection and did not answer in time to"),
            Self::Nonsense(RtspError::NotRtsp) => {
                let detail = "what answers at the streaming port does not speak RTSP";
                Stop::failed(Phase::FirstByte, Symptom::Garbage, detail)
            }
            Self::Nonsense(error) => {
                Stop::failed(Phase::FirstByte, Symptom::Garbage, &format!("{error}, asked for {asked}"))
            }
            Self::Flood => {
                let detail =
                    format!("the streaming server sends packets without end and no answer to {asked}");
                Stop::failed(Phase::FirstByte, Symptom::Garbage, &detail)
            }
        }
    }
}
