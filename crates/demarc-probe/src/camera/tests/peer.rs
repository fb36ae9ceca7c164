//! Cameras on loopback, good and bad. They are futures that run beside the probe, not tasks.

use crate::camera::CameraClient;
use crate::spec::{Basic, CameraSpec, Credentials, Limits, Scheme, VideoChecks};
use demarc_model::id::{AccountId, CameraId};
use demarc_model::observation::{Observation, Outcome};
use demarc_protocol::auth::challenge;
use demarc_protocol::auth::digest::{Login, Offer, Request, Turn};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::cell::RefCell;
use std::future::{Future, pending};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(super) const PASSWORD: &str = "pass word";
pub(super) const LIMITS: Limits = Limits {
    connect: Duration::from_millis(300),
    tls: Duration::from_millis(300),
    total: Duration::from_millis(600),
};

/// What a camera does with a request.
pub(super) enum Reply {
    /// Says this and keeps the connection.
    Say(Vec<u8>),
    /// Says this and closes the connection.
    Close(Vec<u8>),
    /// One byte a second.
    Drip(Vec<u8>),
    /// The first part once, the second for ever.
    Flood(Vec<u8>, &'static [u8]),
    Silence,
}

/// A listener and what it was asked.
pub(super) struct Peer {
    listener: TcpListener,
    pub(super) address: SocketAddr,
    asked: RefCell<Vec<String>>,
    /// How long it takes to begin with TLS.
    tls_pause: Duration,
}

impl Peer {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address, asked: RefCell::default(), tls_pause: Duration::ZERO }
    }

    pub(super) fn with_slow_tls(self, tls_pause: Duration) -> Self {
        Self { tls_pause, ..self }
    }

    /// The requests since the last call: head and body as text.
    pub(super) fn take_asked(&self) -> Vec<String> {
        self.asked.take()
    }

    /// Answers while `guest` runs.
    pub(super) async fn host<T>(&self, answer: impl Fn(&str) -> Reply, guest: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            done = guest => done,
            () = self.serve(&answer, None) => unreachable!("a server goes on"),
        }
    }

    pub(super) async fn host_tls<T>(
        &self,
        tls: &TlsAcceptor,
        answer: impl Fn(&str) -> Reply,
        guest: impl Future<Output = T>,
    ) -> T {
        tokio::select! {
            biased;
            done = guest => done,
            () = self.serve(&answer, Some(tls)) => unreachable!("a server goes on"),
        }
    }

    async fn serve(&self, answer: &impl Fn(&str) -> Reply, tls: Option<&TlsAcceptor>) {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let stream = accepted.unwrap().0;
                    open.push(async move {
                        match tls {
                            Some(tls) => {
                                tokio::time::sleep(self.tls_pause).await;
                                if let Ok(stream) = tls.accept(stream).await {
                                    self.converse(stream, answer).await;
                                }
                            }
                            None => self.converse(stream, answer).await,
                        }
                    });
                }
                Some(()) = open.next() => {}
            }
        }
    }

    async fn converse(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        answer: &impl Fn(&str) -> Reply,
    ) {
        while let Some(request) = read_request(&mut stream).await {
            self.asked.borrow_mut().push(request.clone());
            let sent = match answer(&request) {
                Reply::Say(bytes) => stream.write_all(&bytes).await,
                Reply::Close(bytes) => return stream.write_all(&bytes).await.unwrap_or_default(),
                Reply::Silence => pending().await,
                Reply::Drip(bytes) => drip(&mut stream, &bytes).await,
                Reply::Flood(first, again) => flood(&mut stream, &first, again).await,
            };
            if sent.is_err() {
                return;
            }
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

async fn drip(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

async fn flood(stream: &mut (impl AsyncWrite + Unpin), first: &[u8], again: &[u8]) -> std::io::Result<()> {
    stream.write_all(first).await?;
    loop {
        stream.write_all(again).await?;
    }
}

pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

pub(super) fn http(status: u16, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Say(
        format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes(),
    )
}

pub(super) fn challenge(nonce: &str, more: &str) -> Reply {
    challenge_of("AXIS_ACCC8E000001", nonce, more)
}

pub(super) fn challenge_of(realm: &str, nonce: &str, more: &str) -> Reply {
    let header = format!(
        "WWW-Authenticate: Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"{more}\r\n"
    );
    http(401, &header, "denied")
}

/// The nonce and counter that a request proves the password with; `bare` without, `wrong` if it does not.
pub(super) fn proof(request: &str) -> String {
    let Some(sent) = header(request, "authorization") else { return "bare".to_owned() };
    if let Some(pair) = sent.strip_prefix("Basic ") {
        // `demarc` and the password.
        return if pair == "ZGVtYXJjOnBhc3Mgd29yZA==" { "basic" } else { "wrong" }.to_owned();
    }
    let parsed = challenge::read([sent.as_bytes()]).remove(0);
    let param = |name| parsed.param(name).map(|value| String::from_utf8_lossy(value).into_owned());
    let mut line = request.split(' ');
    let (method, uri) = (line.next().unwrap(), line.next().unwrap());
    let offer = Offer::from_challenge(&parsed).unwrap();
    let cnonce = param("cnonce").unwrap();
    let count = u32::from_str_radix(&param("nc").unwrap(), 16).unwrap();
    let login = Login { username: "demarc", password: PASSWORD, basic: Default::default() };
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body).as_bytes();
    let right = offer.answer(Request { method, uri, body }, login, Turn { cnonce: &cnonce, count });
    if right != sent.as_bytes() {
        return "wrong".to_owned();
    }
    format!("{}/{count}", param("nonce").unwrap())
}

pub(super) fn spec(address: SocketAddr) -> CameraSpec {
    let credentials = Credentials {
        account: AccountId::new("cameras").unwrap(),
        username: "demarc".to_owned(),
        password: PASSWORD.into(),
    };
    CameraSpec {
        id: CameraId::new("entrance").unwrap(),
        address: address.ip(),
        scheme: Scheme::Http,
        port: address.port(),
        rtsp_port: address.port(),
        onvif_port: None,
        onvif_path: "/onvif/device_service".to_owned(),
        stream_path: None,
        picture_path: None,
        video: VideoChecks::Both,
        credentials: Some(credentials),
        basic: Basic::Never,
        cloud: None,
        relays_every: None,
        keep_snapshots: false,
        clock_tolerance: Duration::from_mins(1),
    }
}

pub(super) fn client(address: SocketAddr) -> CameraClient {
    CameraClient::new(spec(address), LIMITS).unwrap()
}

/// The result in a few words, as its JSON names it.
pub(super) fn gist(observation: &Observation) -> String {
    let name = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let json = |outcome: &Outcome, key: &str| name(serde_json::to_value(outcome).unwrap()[key].clone());
    match &observation.outcome {
        Outcome::Passed => "passed".to_owned(),
        outcome @ Outcome::Failed { .. } => {
            format!("{} {}", json(outcome, "phase"), json(outcome, "symptom"))
        }
        outcome @ Outcome::Missing { .. } => format!("missing {}", json(outcome, "reason")),
    }
}
