//! How long connections take, measured inside the HTTP client.

use crate::trace::micros;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use tokio::time::Instant;
use tower::{Layer, Service};

/// What the client does about its connection during one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialled {
    /// The kept one was used.
    Reused,
    /// A new one was begun and is not there yet, or failed.
    Begun,
    /// A new one was made, in this many microseconds; with HTTPS that includes TLS.
    Made(u32),
}

/// Sits around the connector. One client serves one camera, and one request at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Dial(Arc<AtomicU32>);

const REUSED: u32 = 0;
const BEGUN: u32 = u32::MAX;

impl Dial {
    pub(super) fn reset(&self) {
        self.0.store(REUSED, Ordering::Relaxed);
    }

    pub(super) fn state(&self) -> Dialled {
        match self.0.load(Ordering::Relaxed) {
            REUSED => Dialled::Reused,
            BEGUN => Dialled::Begun,
            us => Dialled::Made(us),
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
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let began = Instant::now();
        let (connecting, state) = (self.inner.call(request), Arc::clone(&self.dial.0));
        state.store(BEGUN, Ordering::Relaxed);
        Box::pin(async move {
            let result = connecting.await;
            if result.is_ok() {
                state.store(micros(began.elapsed()).clamp(1, BEGUN - 1), Ordering::Relaxed);
            }
            result
        })
    }
}
