//! HTTP to one camera: one request, one bounded answer, no redirect, and what its failure means.

mod failure;
mod line;

use super::CameraClientError;
use super::clock::date_ms;
use super::pin::{Keys, Pin};
use crate::spec::{CameraSpec, Scheme};
use crate::tcp;
use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_protocol::request::{Method, Request};
use demarc_protocol::vapix;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, USER_AGENT,
};
use http::uri::{PathAndQuery, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use line::{Line, Message};
use rustls::ClientConfig;
use rustls::client::Resumption;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

#[derive(Debug)]
pub(super) struct Web {
    peer: SocketAddr,
    /// The value of `Host`.
    host: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
    keys: Arc<Keys>,
    /// The one connection, while nothing is asked over it.
    kept: Option<Line>,
    /// Requests so far.
    pub(super) sent: u64,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// A connection and the answer that begins on it.
type Heard = (Line, http::Response<Incoming>);

const LONGEST_BODY: usize = 1024 * 1024;
const LONGEST_HEADERS: usize = 64 * 1024;
/// For the one server that a camera is.
const MOST_TICKETS: usize = 8;
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const DEMARC: HeaderValue = HeaderValue::from_static(concat!("demarc/", env!("CARGO_PKG_VERSION")));

impl Web {
    pub(super) fn new(spec: &CameraSpec, pin: &Pin) -> Result<Self, CameraClientError> {
        if !sends_unchanged(&spec.onvif_path) {
            return Err(CameraClientError::Url);
        }
        Self::at(SocketAddr::new(spec.address, spec.port), spec.scheme, pin)
    }

    /// The service of a port.
    pub(super) fn at(peer: SocketAddr, scheme: Scheme, pin: &Pin) -> Result<Self, CameraClientError> {
        let (tls, usual_port) = match scheme {
            Scheme::Http => (None, ":80"),
            Scheme::Https => (Some(Arc::new(tls_config(pin)?)), ":443"),
        };
        let named = peer.to_string();
        let host = named.strip_suffix(usual_port).unwrap_or(&named);
        let host = HeaderValue::from_str(host).map_err(|_| CameraClientError::Url)?;
        Ok(Self { peer, host, tls, keys: pin.keys(), kept: None, sent: 0 })
    }

    /// Sends one request and reads its whole answer, whatever its status.
    pub(super) async fn exchange(
        &mut self,
        request: &Request,
        authorization: Option<&[u8]>,
        trace: &mut Trace,
    ) -> Result<Answer, Stop> {
        let message = self.build(request, authorization)?;
        note_once(trace, Reading::Peer(self.peer));
        self.sent += 1;
        let (mut line, mut response) = match self.kept.take().and_then(Line::still_open) {
            None => self.ask_anew(message, trace).await?,
            Some(line) => match self.ask_kept(line, message, trace).await? {
                Some(heard) => heard,
                // Cameras close kept connections without a word, so a request that failed on one is sent
                // once more on a new one; every request here only reads.
                None => {
                    self.sent += 1;
                    self.ask_anew(self.build(request, authorization)?, trace).await?
                }
            },
        };
        self.keys.answered();
        let status = response.status().as_u16();
        trace.readings.retain(|reading| !matches!(reading, Reading::HttpStatus(_)));
        trace.read(Reading::HttpStatus(status));
        note_certificate(&line, trace);
        let headers = std::mem::take(response.headers_mut());
        if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
            > LONGEST_HEADERS
        {
            return Err(Stop::failed(
                Phase::FirstByte,
                Symptom::Garbage,
                "the headers of the answer exceed 64 KiB",
            ));
        }
        let body = timeout_at(trace.deadline(), line.drive(read_body(response.into_body()))).await;
        let body = body.map_err(|_| failure::slow_body())??;
        self.kept = line.rest();
        let answer = Answer { status, headers, body };
        trace.dated = date_ms(&answer).map(|date| (date, trace.elapsed()));
        Ok(answer)
    }

    /// Gives back the connection that is kept.
    pub(super) fn hang_up(&mut self) {
        self.kept = None;
    }

    fn build(&self, request: &Request, authorization: Option<&[u8]>) -> Result<Message, Stop> {
        let missing = Stop::Missing(MissingReason::Agent);
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| missing.clone());
        let target = PathAndQuery::try_from(request.target.as_str()).ok();
        let target = target.filter(|target| *target == *request.target).ok_or_else(|| missing.clone())?;
        let mut message = Message::default();
        *message.method_mut() = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        *message.uri_mut() = Uri::from(target);
        let headers = message.headers_mut();
        if let Some(kind) = &request.content_type {
            headers.insert(CONTENT_TYPE, value(kind)?);
        }
        for (name, text) in &request.headers {
            headers.insert(HeaderName::from_static(name), value(text)?);
        }
        if let Some(value) = authorization {
            let mut value = HeaderValue::from_bytes(value).map_err(|_| unsendable())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        headers.insert(ACCEPT, ANYTHING);
        headers.insert(USER_AGENT, DEMARC);
        headers.insert(HOST, self.host.clone());
        if request.content_type.is_some() {
            *message.body_mut() = Full::from(request.body.clone());
        }
        Ok(message)
    }

    async fn ask_anew(&self, message: Message, trace: &mut Trace) -> Result<Heard, Stop> {
        let mut line = Line::dial(self.peer, self.tls.as_ref(), trace).await?;
        let began = Instant::now();
        let answer = timeout_at(trace.deadline(), line.ask(message)).await;
        let answer = answer.map_err(|_| failure::silent())?.map_err(|error| failure::explain(&error))?;
        trace.phases.first_byte_us = Some(micros(began.elapsed()));
        Ok((line, answer))
    }

    /// `None` when the connection turns out to be closed.
    ///
    /// Silence on a kept connection looks the same from a hung camera and from one without power.
    /// When it lasts, a second connection is tried: the request itself is never sent twice.
    async fn ask_kept(
        &self,
        mut line: Line,
        message: Message,
        trace: &mut Trace,
    ) -> Result<Option<Heard>, Stop> {
        let limits = trace.limits;
        // Leaves the second connection the time that it may take.
        let patience = limits.connect.min(limits.total.saturating_sub(limits.connect) / 2);
        let began = Instant::now();
        let heard = {
            let mut heard = pin!(line.ask(message));
            match timeout_at(trace.within(patience), &mut heard).await {
                Ok(heard) => heard,
                Err(_) if Instant::now() >= trace.deadline() => return Err(failure::silent()),
                Err(_) => {
                    let either = async {
                        tokio::select! {
                            biased;
                            heard = heard => Ok(heard),
                            stop = self.unreachable(Trace::begin(limits)) => Err(stop),
                        }
                    };
                    timeout_at(trace.deadline(), either).await.map_err(|_| failure::silent())??
                }
            }
        };
        let Ok(answer) = heard else { return Ok(None) };
        trace.phases.first_byte_us = Some(micros(began.elapsed()));
        Ok(Some((line, answer)))
    }

    /// Ends only if no second connection can be made.
    async fn unreachable(&self, mut aside: Trace) -> Stop {
        match tcp::connect(&[self.peer.ip()], self.peer.port(), &mut aside).await {
            Err(stop) => stop,
            Ok(_) => pending().await,
        }
    }
}

/// Whether a path and query go on the wire to a camera as they are: what is signed has to be what is asked
/// for.
pub fn sends_unchanged(target: &str) -> bool {
    let Ok(mut url) = url::Url::parse("http://camera") else { return false };
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    url.set_path(path);
    url.set_query(query);
    target.starts_with('/') && &url[url::Position::BeforePath..] == target
}

impl Answer {
    pub(super) fn values(&self, name: HeaderName) -> impl Iterator<Item = &[u8]> {
        self.headers.get_all(name).into_iter().map(HeaderValue::as_bytes)
    }

    pub(super) fn text(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Statuses that mean the same wherever they come from.
    pub(super) fn refuse_trouble(&self, asked: &str) -> Result<(), Stop> {
        self.refuse_gate(asked)?;
        match self.status {
            500..600 => {
                let detail = format!("HTTP {} to {asked}", self.status);
                Err(Stop::failed(Phase::Content, Symptom::ServerError, &detail))
            }
            _ => Ok(()),
        }
    }

    /// The same without server errors, which also carry SOAP faults.
    pub(super) fn refuse_gate(&self, asked: &str) -> Result<(), Stop> {
        let failed = |symptom, detail: &str| Err(Stop::failed(Phase::Content, symptom, detail));
        if self.headers.contains_key(vapix::SETUP_HEADER) {
            return failed(Symptom::FactoryReset, "the camera has no users and waits to be set up");
        }
        match self.status {
            300..400 => {
                let target = self.text(LOCATION).unwrap_or("nowhere");
                failed(Symptom::Redirected, &format!("HTTP {} to {asked} redirects to {target}", self.status))
            }
            403 => failed(Symptom::LockedOut, &format!("HTTP 403 to {asked}: blocked, or not allowed")),
            503 => failed(Symptom::Busy, &format!("HTTP 503 to {asked}: out of resources")),
            _ => Ok(()),
        }
    }

    /// For a status that no device should answer with.
    pub(super) fn nonsense(&self, asked: &str, why: &str) -> Stop {
        Stop::failed(Phase::Content, Symptom::Garbage, &format!("HTTP {} to {asked}: {why}", self.status))
    }
}

fn tls_config(pin: &Pin) -> Result<ClientConfig, CameraClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(CameraClientError::Tls)?;
    let verifier = pin.verifier(provider);
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(MOST_TICKETS);
    Ok(config)
}

async fn read_body(mut body: Incoming) -> Result<Vec<u8>, Stop> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure::broken_body(&error))?;
        let Ok(chunk) = frame.into_data() else { continue };
        if read.len() + chunk.len() > LONGEST_BODY {
            return Err(Stop::failed(Phase::Body, Symptom::Garbage, "the answer exceeds 1 MiB"));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

fn note_certificate(line: &Line, trace: &mut Trace) {
    let Some(certificate) = &line.certificate else { return };
    if !trace.readings.iter().any(|reading| matches!(reading, Reading::TlsNotAfter(_))) {
        crate::tls::note(certificate, trace);
    }
}

fn note_once(trace: &mut Trace, reading: Reading) {
    if !trace.readings.contains(&reading) {
        trace.read(reading);
    }
}

fn unsendable() -> Stop {
    let detail = "the camera's challenge holds characters that cannot be sent back";
    Stop::failed(Phase::Authentication, Symptom::SchemeUnknown, detail)
}

/// A realm and the like, for a reading.
pub(super) fn shown(bytes: &[u8]) -> DeviceText {
    DeviceText::clean(&String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault T06 of the table of hostile input.
    #[test]
    fn no_camera_is_told_that_its_certificate_may_come_compressed() {
        let config = tls_config(&Pin::default()).unwrap();
        assert!(config.cert_decompressors.is_empty(), "{:?}", config.cert_decompressors);
    }
}
