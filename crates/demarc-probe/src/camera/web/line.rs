//! One connection to a camera: made step by step, kept, and driven while somebody waits for an answer.
//!
//! Nothing runs between two requests: that the camera closed the connection in the meantime is seen when
//! it is wanted again.

use super::failure;
use crate::tcp;
use crate::trace::{Stop, Trace, micros};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::{CertificateDer, ServerName};
use socket2::{SockRef, TcpKeepalive};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

pub(super) type Message = http::Request<Full<Bytes>>;

pub(super) struct Line {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Moves the bytes whenever it is polled; gone when the connection has ended.
    driver: Option<Driver>,
    /// What the camera showed in TLS.
    pub(super) certificate: Option<CertificateDer<'static>>,
    resting_since: Instant,
}

type Driver = Pin<Box<dyn Future<Output = Result<(), hyper::Error>> + Send + Sync>>;

/// One that was left alone for longer is given back to the camera.
const LONGEST_REST: Duration = Duration::from_secs(90);
/// A kept connection whose camera lost its power is found out while it rests.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
const ALIVE_TRIES: u32 = 3;
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

impl Line {
    /// TCP has its own limit, and TLS what is left of both.
    pub(super) async fn dial(
        peer: SocketAddr,
        tls: Option<&Arc<ClientConfig>>,
        trace: &mut Trace,
    ) -> Result<Self, Stop> {
        let shaken = trace.within(trace.limits.connect + trace.limits.tls);
        let stream = tcp::connect_one(peer, trace).await?;
        // Without these settings it serves as well.
        let _ = settle(&stream);
        let Some(tls) = tls else { return Self::over(stream, None).await };
        let began = Instant::now();
        let tls = TlsConnector::from(Arc::clone(tls));
        let shaking = tls.connect(ServerName::IpAddress(peer.ip().into()), stream);
        let stream = timeout_at(shaken, shaking).await.map_err(|_| failure::stalled())?;
        let stream = stream.map_err(|error| failure::unshaken(&error))?;
        trace.phases.tls_us = Some(micros(began.elapsed()));
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = shown.cloned().map(CertificateDer::into_owned);
        Self::over(stream, certificate).await
    }

    async fn over<S>(stream: S, certificate: Option<CertificateDer<'static>>) -> Result<Self, Stop>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
    {
        // It takes 100 headers at most; to say so would have it allocate the room for them each time.
        let client = http1::Builder::new().title_case_headers(true).handshake(TokioIo::new(stream));
        let (sender, connection) = client.await.map_err(|error| failure::explain(&error))?;
        Ok(Self { sender, driver: Some(Box::pin(connection)), certificate, resting_since: Instant::now() })
    }

    pub(super) async fn ask(&mut self, message: Message) -> Result<http::Response<Incoming>, hyper::Error> {
        let heard = self.sender.send_request(message);
        self.drive(heard).await
    }

    /// Waits for what comes over the connection and from nowhere else.
    pub(super) async fn drive<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        let mut awaited = pin!(awaited);
        poll_fn(|context| {
            // Only when nothing is left to do is anybody to be woken: what is awaited and the connection
            // would wake this very task for what they hand to each other.
            for waker in [Waker::noop(), context.waker()] {
                self.turn(&mut Context::from_waker(waker));
                let heard = awaited.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                if heard.is_ready() {
                    return heard;
                }
            }
            Poll::Pending
        })
        .await
    }

    /// After the whole answer: the connection, if it takes another request.
    pub(super) fn rest(self) -> Option<Self> {
        let resting = Self { resting_since: Instant::now(), ..self };
        resting.open()
    }

    /// After a rest: the connection, unless the camera closed it or has had it for long.
    pub(super) fn still_open(self) -> Option<Self> {
        if self.resting_since.elapsed() > LONGEST_REST { None } else { self.open() }
    }

    fn open(mut self) -> Option<Self> {
        // Nobody waits yet who could be woken.
        self.turn(&mut Context::from_waker(Waker::noop()));
        self.sender.is_ready().then_some(self)
    }

    /// How the connection ended reaches who awaits an answer on it.
    fn turn(&mut self, context: &mut Context<'_>) {
        self.driver.take_if(|driver| driver.as_mut().poll(context).is_ready());
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

fn settle(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let alive =
        TcpKeepalive::new().with_time(ALIVE_EVERY).with_interval(ALIVE_EVERY).with_retries(ALIVE_TRIES);
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&alive)?;
    socket.set_tcp_user_timeout(Some(LONGEST_SILENCE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Limits;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_connection_that_was_left_alone_for_long_is_not_used_again() {
        let camera = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let second = Duration::from_secs(1);
        let mut trace = Trace::begin(Limits { connect: second, tls: second, total: 2 * second });
        let line = Line::dial(camera.local_addr().unwrap(), None, &mut trace).await.unwrap();
        let line = line.rest().and_then(Line::still_open).unwrap();
        let long_ago = line.resting_since.checked_sub(LONGEST_REST + second).unwrap();
        assert!(Line { resting_since: long_ago, ..line }.still_open().is_none());
    }
}
