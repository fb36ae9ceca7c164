//! RTSP (RFC 2326) as far as it takes to prove that a camera delivers video: requests as bytes, and
//! what arrives as replies and packets.
//!
//! One session and one track. Nothing is decoded, timed or shown, and no report is sent about it.

mod reader;
pub mod rtp;
pub mod sdp;

pub use reader::{Item, Reader};

/// A reply, with its body when it states the length of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub reason: String,
    /// Names in lower case. Values are bytes, because realms are hashed as they were sent.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

/// Why what arrived is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RtspError {
    #[error("the answer does not begin with an RTSP status line")]
    NotRtsp,
    #[error("the header is longer than {LONGEST} bytes or has more than {MOST_HEADERS} lines")]
    TooLong,
    #[error("the body is longer than {LONGEST_BODY} bytes")]
    BodyTooLong,
    #[error("more than {MOST_STRAY} bytes belong neither to a reply nor to a packet")]
    Stray,
}

const LONGEST: usize = 16 * 1024;
const MOST_HEADERS: usize = 100;
const LONGEST_BODY: usize = 64 * 1024;
const MOST_STRAY: usize = 256 * 1024;
/// The id of a session is sent back with every request; none that is honest is longer.
const LONGEST_SESSION: usize = 256;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Options,
    Describe,
    Setup,
    Play,
    Teardown,
}

/// How packets are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Within the connection itself: RTP on channel 0, RTCP on channel 1.
    Interleaved,
    /// To this port and, for RTCP, the next.
    Udp { port: u16 },
}

/// One request of one track's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    pub method: Method,
    /// Absolute and without user or password; it is also what a digest signs.
    pub url: &'a str,
    pub transport: Option<Transport>,
    pub session: Option<&'a str>,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Options => "OPTIONS",
            Self::Describe => "DESCRIBE",
            Self::Setup => "SETUP",
            Self::Play => "PLAY",
            Self::Teardown => "TEARDOWN",
        }
    }
}

impl Transport {
    fn header(self) -> String {
        match self {
            Self::Interleaved => "RTP/AVP/TCP;unicast;interleaved=0-1".to_owned(),
            Self::Udp { port } => format!("RTP/AVP;unicast;client_port={port}-{}", port.saturating_add(1)),
        }
    }
}

impl<'a> Request<'a> {
    pub const fn new(method: Method, url: &'a str) -> Self {
        Self { method, url, transport: None, session: None }
    }

    /// As it goes on the wire. `sequence` rises with every request of a connection.
    pub fn to_bytes(&self, sequence: u32, authorization: Option<&[u8]>) -> Vec<u8> {
        let method = self.method.name();
        let mut out = format!("{method} {} RTSP/1.0\r\nCSeq: {sequence}\r\nUser-Agent: demarc\r\n", self.url)
            .into_bytes();
        let mut add = |name: &str, value: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        };
        match self.method {
            Method::Describe => add("Accept", b"application/sdp"),
            Method::Play => add("Range", b"npt=0.000-"),
            Method::Options | Method::Setup | Method::Teardown => {}
        }
        if let Some(transport) = self.transport {
            add("Transport", transport.header().as_bytes());
        }
        if let Some(session) = self.session {
            add("Session", session.as_bytes());
        }
        if let Some(authorization) = authorization {
            add("Authorization", authorization);
        }
        out.extend_from_slice(b"\r\n");
        out
    }
}

impl Reply {
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_slice())
    }

    /// The first value of that name.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values(name).next().map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The id of the session, without its timeout; `None` when there is none that can be sent back.
    pub fn session(&self) -> Option<String> {
        let value = self.text("session")?;
        let id = value.split(';').next().unwrap_or_default().trim();
        let fits = !id.is_empty() && id.len() <= LONGEST_SESSION && id.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| id.to_owned())
    }

    /// The channel on which RTP comes; servers are free to choose another than the one asked for.
    pub fn channel(&self) -> u8 {
        let transport = self.text("transport").unwrap_or_default();
        let channels = transport.split(';').find_map(|part| part.trim().strip_prefix("interleaved="));
        channels.and_then(|pair| pair.split('-').next()?.trim().parse().ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
