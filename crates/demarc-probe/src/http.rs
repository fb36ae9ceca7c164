//! One HTTP/1.1 GET over a connection that is already made, within bounds.
//!
//! Follows nothing, decodes nothing, keeps nothing: at most 100 headers and 64 KiB of head, and as
//! much body as was asked for.

use crate::tcp::said;
use crate::trace::{Stop, Trace, micros, spoken};
use bytes::Bytes;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::future::pending;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

const MOST_HEADERS: usize = 100;
const LONGEST_HEAD: usize = 64 << 10;
/// A longer entity tag is not kept and sent back.
const LONGEST_MARK: usize = 512;
const USER_AGENT: &str = concat!("demarc/", env!("CARGO_PKG_VERSION"));

/// What to ask for.
#[derive(Debug)]
pub(crate) struct Get<'a> {
    /// The value of `Host`.
    pub(crate) authority: &'a str,
    pub(crate) path: &'a str,
    pub(crate) take: Take<'a>,
}

/// How much of the answer is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Take<'a> {
    Head,
    /// The body, unless it is longer than this many bytes.
    Body(usize),
    /// The same, for whom `Authorization` shows.
    Private(usize, &'a HeaderValue),
    /// As `Body`, and only when it is another than the one that these marks came with.
    News(usize, &'a Marks),
}

/// What a server gives an answer to know it by, RFC 9110 section 8.8.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Marks {
    pub(crate) fn of(response: &Response) -> Self {
        let mark = |name| {
            response.headers.get(name).filter(|value: &&HeaderValue| value.len() <= LONGEST_MARK).cloned()
        };
        Self { etag: mark(header::ETAG), modified: mark(header::LAST_MODIFIED) }
    }

    fn headers(&self) -> impl Iterator<Item = (header::HeaderName, &HeaderValue)> {
        let etag = self.etag.iter().map(|value| (header::IF_NONE_MATCH, value));
        etag.chain(self.modified.iter().map(|value| (header::IF_MODIFIED_SINCE, value)))
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Absent when it was not asked for or is too long.
    pub(crate) body: Option<Vec<u8>>,
}

pub(crate) async fn get<S>(stream: S, get: &Get<'_>, trace: &mut Trace) -> Result<Response, Stop>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Hosts and paths are checked with the configuration: what cannot be asked was not measured.
    let mut request = Request::get(get.path)
        .header(header::HOST, get.authority)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close");
    if let Take::News(_, marks) = get.take {
        request = marks.headers().fold(request, |request, (name, value)| request.header(name, value));
    }
    if let Take::Private(_, login) = get.take {
        request = request.header(header::AUTHORIZATION, login);
    }
    let Ok(request) = request.body(Empty::<Bytes>::new()) else {
        return Err(Stop::Missing(MissingReason::Agent));
    };
    let client = http1::Builder::new()
        .title_case_headers(true)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LONGEST_HEAD)
        .handshake(TokioIo::new(stream));
    let (mut sender, connection) = client.await.map_err(|error| broken(&error, Phase::FirstByte))?;
    let driver = async {
        // Its error reaches the exchange as well, which tells what it means.
        let _ended = connection.await;
        pending::<Infallible>().await
    };
    tokio::select! {
        response = exchange(&mut sender, request, get.take, trace) => response,
        never = driver => match never {},
    }
}

async fn exchange(
    sender: &mut http1::SendRequest<Empty<Bytes>>,
    request: Request<Empty<Bytes>>,
    take: Take<'_>,
    trace: &mut Trace,
) -> Result<Response, Stop> {
    let began = Instant::now();
    let answer = timeout_at(trace.deadline(), sender.send_request(request)).await;
    let answer = answer.map_err(|_| silent(Phase::FirstByte, began.elapsed()))?;
    let answer = answer.map_err(|error| broken(&error, Phase::FirstByte))?;
    trace.phases.first_byte_us = Some(micros(began.elapsed()));
    let (head, body) = answer.into_parts();
    trace.read(Reading::HttpStatus(head.status.as_u16()));
    let body = match take {
        Take::Head => None,
        Take::Body(most) | Take::Private(most, _) | Take::News(most, _) => {
            timeout_at(trace.deadline(), collect(body, most))
                .await
                .map_err(|_| silent(Phase::Body, began.elapsed()))?
                .map_err(|error| broken(&error, Phase::Body))?
        }
    };
    Ok(Response { status: head.status, headers: head.headers, body })
}

async fn collect(mut body: Incoming, most: usize) -> Result<Option<Vec<u8>>, hyper::Error> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame?.into_data() else { continue };
        if chunk.len() > most - whole.len() {
            return Ok(None);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Some(whole))
}

/// The server's word that it cannot serve, for any service that is not a camera.
pub(crate) fn server_error(response: &Response) -> Result<(), Stop> {
    if response.status.is_server_error() {
        let detail = format!("the server answered {}", response.status);
        return Err(Stop::failed(Phase::Content, Symptom::ServerError, &detail));
    }
    Ok(())
}

fn silent(phase: Phase, took: Duration) -> Stop {
    let what = if phase == Phase::Body { "did not finish its answer" } else { "did not answer" };
    let detail = format!("the server took the request and {what} within {}", spoken(took));
    Stop::failed(phase, Symptom::Hung, &detail)
}

fn broken(error: &hyper::Error, phase: Phase) -> Stop {
    if error.is_parse() {
        let detail = format!("the answer is not proper HTTP: {error}");
        return Stop::failed(phase, Symptom::Garbage, &detail);
    }
    let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let detail = match cause {
        Some(cause) => format!("the server broke the connection: {}", said(cause)),
        None => "the server closed the connection without a whole answer".to_owned(),
    };
    Stop::failed(phase, Symptom::Hung, &detail)
}
