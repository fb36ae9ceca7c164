//! How long connections take, measured inside the HTTP client: TCP first, then TLS.
//!
//! The client dials and shakes hands in one step. Where the one ends and the other begins is told by
//! TLS itself, which asks its store of sessions for a hint before it says hello.

use rustls::NamedGroup;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore};
use rustls::client::{Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;
use std::future::{Future, pending};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tower::{BoxError, Layer, Service};

/// For the one server that a camera is.
const MOST_TICKETS: usize = 8;

/// What the client does about its connection during one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialled {
    /// The kept one was used.
    Reused,
    /// A new one was begun, and TCP is not there yet or failed.
    Begun,
    /// TCP took this many microseconds, and TLS is not done yet or failed.
    Shaking { connect_us: u32 },
    /// A new one was made.
    Made { connect_us: u32, tls_us: Option<u32> },
}

/// Sits around the connector and in the TLS configuration. One client serves one camera, and one
/// request at a time.
#[derive(Debug, Clone)]
pub(super) struct Dial {
    moments: Arc<Moments>,
    /// How long TCP alone may take.
    connect: Duration,
}

/// In microseconds after `base`; zero for what has not happened.
#[derive(Debug)]
struct Moments {
    base: Instant,
    begun: AtomicU64,
    greeted: AtomicU64,
    made: AtomicU64,
}

impl Moments {
    fn mark(&self, moment: &AtomicU64) {
        let us = u64::try_from(self.base.elapsed().as_micros()).unwrap_or(u64::MAX);
        moment.store(us.max(1), Ordering::Relaxed);
    }
}

impl Dial {
    pub(super) fn new(connect: Duration) -> Self {
        let moments = Moments {
            base: Instant::now(),
            begun: AtomicU64::new(0),
            greeted: AtomicU64::new(0),
            made: AtomicU64::new(0),
        };
        Self { moments: Arc::new(moments), connect }
    }

    pub(super) fn reset(&self) {
        for moment in [&self.moments.begun, &self.moments.greeted, &self.moments.made] {
            moment.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn state(&self) -> Dialled {
        let at = |moment: &AtomicU64| moment.load(Ordering::Relaxed);
        let span = |from: u64, to: u64| u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
        match (at(&self.moments.begun), at(&self.moments.greeted), at(&self.moments.made)) {
            (0, _, _) => Dialled::Reused,
            (_, 0, 0) => Dialled::Begun,
            (begun, greeted, 0) => Dialled::Shaking { connect_us: span(begun, greeted) },
            (begun, 0, made) => Dialled::Made { connect_us: span(begun, made), tls_us: None },
            (begun, greeted, made) => {
                Dialled::Made { connect_us: span(begun, greeted), tls_us: Some(span(greeted, made)) }
            }
        }
    }

    /// The sessions to resume with the camera, which notice when TLS begins.
    pub(super) fn sessions(&self) -> Arc<Sessions> {
        Arc::new(Sessions { kept: ClientSessionMemoryCache::new(MOST_TICKETS), dial: self.clone() })
    }

    async fn overslept(self) {
        sleep(self.connect).await;
        if self.state() != Dialled::Begun {
            pending::<()>().await;
        }
    }
}

impl<S> Layer<S> for Dial {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner, dial: self.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Timed<S> {
    inner: S,
    dial: Dial,
}

impl<S, R> Service<R> for Timed<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Send,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let dial = self.dial.clone();
        dial.reset();
        dial.moments.mark(&dial.moments.begun);
        let connecting = self.inner.call(request);
        Box::pin(async move {
            let made = tokio::select! {
                biased;
                result = connecting => result?,
                () = dial.clone().overslept() => return Err(io::Error::from(ErrorKind::TimedOut).into()),
            };
            dial.moments.mark(&dial.moments.made);
            Ok(made)
        })
    }
}

/// TLS asks for the group it used last exactly when it says hello, over a connection that is there.
#[derive(Debug)]
pub(super) struct Sessions {
    kept: ClientSessionMemoryCache,
    dial: Dial,
}

impl ClientSessionStore for Sessions {
    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.dial.moments.mark(&self.dial.moments.greeted);
        self.kept.kx_hint(name)
    }

    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.kept.set_kx_hint(name, group);
    }

    fn set_tls12_session(&self, name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.kept.set_tls12_session(name, value);
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept.tls12_session(name)
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        self.kept.remove_tls12_session(name);
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.kept.insert_tls13_ticket(name, value);
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.kept.take_tls13_ticket(name)
    }
}
