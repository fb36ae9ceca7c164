//! HTTP to one camera: one request, one bounded answer, no redirect, and what its failure means.

mod failure;

use super::CameraClientError;
use super::dial::{Dial, Dialled};
use super::pin::{Keys, Pin};
use crate::spec::{CameraSpec, Limits, Scheme};
use crate::tcp;
use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_protocol::request::{Method, Request};
use demarc_protocol::vapix;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use rustls::client::Resumption;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use tokio::time::{Instant, timeout, timeout_at};

#[derive(Debug)]
pub(super) struct Web {
    client: reqwest::Client,
    dial: Dial,
    keys: Arc<Keys>,
    peer: SocketAddr,
    /// Without a path.
    origin: url::Url,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What became of a request that was sent.
enum Sent {
    Heard(Result<reqwest::Response, reqwest::Error>),
    /// The kept connection was silent, and no new one could be made.
    Dead(Stop),
}

const LONGEST_BODY: usize = 1024 * 1024;
const LONGEST_HEADERS: usize = 64 * 1024;
const MOST_HEADERS: usize = 100;

impl Web {
    pub(super) fn new(spec: &CameraSpec, limits: Limits, pin: &Pin) -> Result<Self, CameraClientError> {
        let dial = Dial::new(limits.connect);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config(pin, &dial)?)
            .tls_info(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .http1_title_case_headers()
            .http1_max_headers(MOST_HEADERS)
            .user_agent(concat!("demarc/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect + limits.tls)
            .pool_max_idle_per_host(1)
            .connector_layer(dial.clone())
            .build()
            .map_err(CameraClientError::Http)?;
        let peer = SocketAddr::new(spec.address, spec.port);
        let scheme = match spec.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let origin = url::Url::parse(&format!("{scheme}://{peer}")).map_err(|_| CameraClientError::Url)?;
        let web = Self { client, dial, keys: pin.keys(), peer, origin };
        if web.sends_unchanged(&spec.onvif_path) { Ok(web) } else { Err(CameraClientError::Url) }
    }

    /// Whether a path and query go on the wire as they are: what is signed has to be what is asked for.
    pub(super) fn sends_unchanged(&self, target: &str) -> bool {
        let url = self.url(target);
        target.starts_with('/') && &url[url::Position::BeforePath..] == target
    }

    fn url(&self, target: &str) -> url::Url {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut url = self.origin.clone();
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// Sends one request and reads its whole answer, whatever its status.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        authorization: Option<&[u8]>,
        trace: &mut Trace,
    ) -> Result<Answer, Stop> {
        let request = self.build(request, authorization)?;
        note_once(trace, Reading::Peer(self.peer));
        let mut response = self.send(request, trace).await?;
        self.keys.answered();
        let status = response.status().as_u16();
        trace.readings.retain(|reading| !matches!(reading, Reading::HttpStatus(_)));
        trace.read(Reading::HttpStatus(status));
        note_certificate(&response, trace);
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
        let body = read_body(response, trace).await?;
        Ok(Answer { status, headers, body })
    }

    fn build(&self, request: &Request, authorization: Option<&[u8]>) -> Result<reqwest::Request, Stop> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let url = self.url(&request.target);
        let mut built = reqwest::Request::new(method, url);
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Stop::Missing(MissingReason::Agent));
        if let Some(kind) = &request.content_type {
            built.headers_mut().insert(CONTENT_TYPE, value(kind)?);
            *built.body_mut() = Some(request.body.clone().into());
        }
        for (name, text) in &request.headers {
            built.headers_mut().insert(HeaderName::from_static(name), value(text)?);
        }
        if let Some(value) = authorization {
            let mut value = HeaderValue::from_bytes(value).map_err(|_| unsendable())?;
            value.set_sensitive(true);
            built.headers_mut().insert(AUTHORIZATION, value);
        }
        Ok(built)
    }

    /// Cameras close kept connections without a word, so a request that failed on one is sent once
    /// more on a new one; every request here only reads.
    async fn send(&self, request: reqwest::Request, trace: &mut Trace) -> Result<reqwest::Response, Stop> {
        let again = request.try_clone();
        let first = self.send_once(request, trace).await?;
        match (first, again) {
            (Err(_), Some(again)) if self.dial.state() == Dialled::Reused => {
                match self.send_once(again, trace).await? {
                    Ok(response) => Ok(response),
                    Err(error) => Err(failure::explain(&error, self.peer, self.dial.state())),
                }
            }
            (Err(error), _) => Err(failure::explain(&error, self.peer, self.dial.state())),
            (Ok(response), _) => Ok(response),
        }
    }

    async fn send_once(
        &self,
        request: reqwest::Request,
        trace: &mut Trace,
    ) -> Result<Result<reqwest::Response, reqwest::Error>, Stop> {
        self.dial.reset();
        let began = Instant::now();
        let sent = timeout_at(trace.deadline(), self.execute(request, trace.limits)).await;
        let took = micros(began.elapsed());
        let dialled = self.dial.state();
        let dialling_us = note_phases(dialled, trace);
        let result = match sent {
            Err(_) => return Err(failure::out_of_time(self.peer, dialled)),
            Ok(Sent::Dead(stop)) => return Err(stop),
            Ok(Sent::Heard(result)) => result,
        };
        if result.is_ok() {
            trace.phases.first_byte_us = Some(took.saturating_sub(dialling_us));
        }
        Ok(result)
    }

    /// Silence on a kept connection looks the same from a hung camera and from one without power.
    /// When it lasts, a second connection is tried: the request itself is never sent twice.
    async fn execute(&self, request: reqwest::Request, limits: Limits) -> Sent {
        // Leaves the second connection the time that it may take.
        let patience = limits.connect.min(limits.total.saturating_sub(limits.connect) / 2);
        let mut heard = pin!(self.client.execute(request));
        match timeout(patience, &mut heard).await {
            Ok(result) => return Sent::Heard(result),
            Err(_) if self.dial.state() != Dialled::Reused => return Sent::Heard(heard.await),
            Err(_) => {}
        }
        let mut aside = Trace::begin(limits);
        let dead = async {
            match tcp::connect(&[self.peer.ip()], self.peer.port(), &mut aside).await {
                Err(stop) => stop,
                Ok(_) => pending().await,
            }
        };
        tokio::select! {
            biased;
            result = heard => Sent::Heard(result),
            stop = dead => Sent::Dead(stop),
        }
    }
}

/// Notes how long the connection took; yields what is spent on it before a request can be sent.
fn note_phases(dialled: Dialled, trace: &mut Trace) -> u32 {
    match dialled {
        Dialled::Reused | Dialled::Begun => 0,
        Dialled::Shaking { connect_us } => {
            trace.phases.connect_us = Some(connect_us);
            0
        }
        Dialled::Made { connect_us, tls_us } => {
            trace.phases.connect_us = Some(connect_us);
            trace.phases.tls_us = tls_us;
            connect_us.saturating_add(tls_us.unwrap_or(0))
        }
    }
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

fn tls_config(pin: &Pin, dial: &Dial) -> Result<rustls::ClientConfig, CameraClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(CameraClientError::Tls)?;
    let verifier = pin.verifier(provider);
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = Resumption::store(dial.sessions());
    Ok(config)
}

async fn read_body(mut response: reqwest::Response, trace: &Trace) -> Result<Vec<u8>, Stop> {
    let mut body = Vec::new();
    loop {
        let chunk = timeout_at(trace.deadline(), response.chunk()).await.map_err(|_| failure::slow_body())?;
        let Some(chunk) = chunk.map_err(|error| failure::broken_body(&error))? else { return Ok(body) };
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(Stop::failed(Phase::Body, Symptom::Garbage, "the answer exceeds 1 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
}

fn note_certificate(response: &reqwest::Response, trace: &mut Trace) {
    if trace.readings.iter().any(|reading| matches!(reading, Reading::TlsNotAfter(_))) {
        return;
    }
    let info = response.extensions().get::<reqwest::tls::TlsInfo>();
    if let Some(certificate) = info.and_then(reqwest::tls::TlsInfo::peer_certificate) {
        crate::tls::note(&certificate.into(), trace);
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
    use std::time::Duration;

    /// Fault T06 of the table of hostile input.
    #[test]
    fn no_camera_is_told_that_its_certificate_may_come_compressed() {
        let config = tls_config(&Pin::default(), &Dial::new(Duration::from_secs(1))).unwrap();
        assert!(config.cert_decompressors.is_empty(), "{:?}", config.cert_decompressors);
    }
}
