//! A client of its own: raw HTTP and RTSP over TCP, and digests computed by hand.

use md5::{Digest, Md5};
use sha2::Sha256;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What comes back over loopback comes back within this, also on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_millis(800);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nothing {
    NoAnswer,
    Hung,
    Broken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(super) async fn connect(address: SocketAddr) -> Result<TcpStream, Nothing> {
    match timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(_)) => Err(Nothing::Broken),
        Err(_) => Err(Nothing::NoAnswer),
    }
}

/// Sends one request that asks for the connection to be closed, and reads to the end.
pub(super) async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &str,
) -> Result<Answer, Nothing> {
    let mut received = Vec::new();
    let talk = async {
        stream.write_all(request.as_bytes()).await.map_err(|_| Nothing::Broken)?;
        stream.flush().await.map_err(|_| Nothing::Broken)?;
        // A TLS peer may close without saying goodbye.
        let _end = stream.read_to_end(&mut received).await;
        Ok(())
    };
    timeout(PATIENCE, talk).await.unwrap_or(Err(Nothing::Hung))?;
    parse(&received).ok_or(Nothing::Broken)
}

fn parse(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(received[..end].to_vec()).ok()?;
    let status = head.split(' ').nth(1)?.to_owned();
    Some(Answer { status, head, body: received[end + 4..].to_vec() })
}

pub(super) async fn http(address: SocketAddr, request: &Request<'_>) -> Result<Answer, Nothing> {
    exchange(connect(address).await?, &request.text()).await
}

/// One RTSP request; the connection stays open, so the answer ends with its head or stated body.
pub(super) async fn rtsp(
    address: SocketAddr,
    method: &str,
    authorization: Option<&str>,
) -> Result<Answer, Nothing> {
    let mut stream = connect(address).await?;
    let login = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
    let request = format!("{method} rtsp://{address}/a RTSP/1.0\r\nCSeq: 7\r\n{login}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|_| Nothing::Broken)?;
    let mut received = Vec::new();
    let read = async {
        loop {
            if let Some(answer) = parse(&received).filter(is_whole) {
                return Ok(answer);
            }
            match stream.read_buf(&mut received).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(Nothing::Broken),
            }
        }
    };
    timeout(PATIENCE, read).await.unwrap_or(Err(Nothing::Hung))
}

/// Sets up a session over one connection and plays it: `video` when a packet comes, `no video` when
/// none does, or the status of what was refused.
pub(super) async fn play(address: SocketAddr, password: &str) -> Result<String, Nothing> {
    let mut stream = connect(address).await?;
    let url = format!("rtsp://{address}/a");
    let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
    let hello = rtsp_on(&mut stream, ("OPTIONS", &url), "").await?;
    if hello.status != "200" {
        return Ok(hello.status);
    }
    let refusal = rtsp_on(&mut stream, ("SETUP", &url), transport).await?;
    if refusal.status != "401" {
        return Ok(refusal.status);
    }
    let signed = |method: &str, more: &str| {
        let login = sign(&refusal, (method, &url), password, 1);
        format!("Authorization: {login}\r\n{more}")
    };
    let setup = rtsp_on(&mut stream, ("SETUP", &url), &signed("SETUP", transport)).await?;
    let Some(session) = setup.header("Session") else { return Ok(setup.status) };
    let session = format!("Session: {}\r\n", session.split(';').next().unwrap());
    let play = rtsp_on(&mut stream, ("PLAY", &url), &signed("PLAY", &session)).await?;
    if play.status != "200" {
        return Ok(play.status);
    }
    let came = timeout(PATIENCE, stream.read_u8()).await;
    Ok(if matches!(came, Ok(Ok(b'$'))) { "video" } else { "no video" }.to_owned())
}

/// One request, and its answer without a body.
async fn rtsp_on(
    stream: &mut TcpStream,
    (method, url): (&str, &str),
    headers: &str,
) -> Result<Answer, Nothing> {
    let request = format!("{method} {url} RTSP/1.0\r\nCSeq: 1\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|_| Nothing::Broken)?;
    let mut received = Vec::new();
    let read = async {
        // Byte by byte, so that packets that follow stay for whoever wants them.
        while !received.ends_with(b"\r\n\r\n") {
            received.push(stream.read_u8().await.map_err(|_| Nothing::Broken)?);
        }
        parse(&received).ok_or(Nothing::Broken)
    };
    timeout(PATIENCE, read).await.unwrap_or(Err(Nothing::Hung))
}

fn is_whole(answer: &Answer) -> bool {
    let length = answer.header("Content-Length").map_or(0, |length| length.parse().unwrap());
    answer.body.len() >= length
}

#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) authorization: Option<&'a str>,
    pub(super) body: &'a str,
}

pub(super) const fn get(target: &str) -> Request<'_> {
    Request { method: "GET", target, authorization: None, body: "" }
}

pub(super) const fn post<'a>(target: &'a str, body: &'a str) -> Request<'a> {
    Request { method: "POST", target, authorization: None, body }
}

impl Request<'_> {
    pub(super) fn text(&self) -> String {
        let login = self.authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        format!(
            "{} {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{login}Content-Length: {}\r\n\r\n{}",
            self.method,
            self.target,
            self.body.len(),
            self.body
        )
    }
}

/// The answer to the first challenge of a 401.
pub(super) fn sign(refusal: &Answer, method_and_target: (&str, &str), password: &str, count: u32) -> String {
    let challenge = refusal.header("WWW-Authenticate").unwrap();
    let value = |name: &str| {
        let rest = challenge.split_once(&format!("{name}=")).map(|(_, rest)| rest)?;
        rest.split(',').next().map(|value| value.trim_matches('"').to_owned())
    };
    let hash = |text: String| match value("algorithm").as_deref() {
        Some("SHA-256") => hex::encode(Sha256::digest(text)),
        _ => hex::encode(Md5::digest(text)),
    };
    let (method, target) = method_and_target;
    let (realm, nonce) = (value("realm").unwrap(), value("nonce").unwrap());
    let secret = hash(format!("demarc:{realm}:{password}"));
    let request = hash(format!("{method}:{target}"));
    let common = format!(r#"Digest username="demarc", realm="{realm}", nonce="{nonce}", uri="{target}""#);
    if value("qop").is_none() {
        let response = hash(format!("{secret}:{nonce}:{request}"));
        return format!(r#"{common}, response="{response}""#);
    }
    let algorithm = value("algorithm").unwrap();
    let response = hash(format!("{secret}:{nonce}:{count:08x}:c:auth:{request}"));
    format!(r#"{common}, algorithm={algorithm}, qop=auth, nc={count:08x}, cnonce="c", response="{response}""#)
}
