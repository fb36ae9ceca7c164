//! What a camera has had to bear.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Of one camera, since the site was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub connections: u64,
    /// Over HTTP.
    pub requests: u64,
    /// Over RTSP, of which one look at the stream is several.
    pub stream_requests: u64,
    /// Requests with the right password.
    pub logins_ok: u64,
    /// Requests with a wrong one.
    pub logins_failed: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, requests, stream_requests, logins_ok, logins_failed } = self;
        write!(
            f,
            "{connections} connections, {requests} requests, {stream_requests} for video, {logins_ok} logins, {logins_failed} refused"
        )
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    connections: AtomicU64,
    requests: AtomicU64,
    stream_requests: AtomicU64,
    logins_ok: AtomicU64,
    logins_failed: AtomicU64,
}

impl Tally {
    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn requested(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn requested_video(&self) {
        self.stream_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn logged_in(&self) {
        self.logins_ok.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.logins_failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Counts {
        Counts {
            connections: self.connections.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            stream_requests: self.stream_requests.load(Ordering::Relaxed),
            logins_ok: self.logins_ok.load(Ordering::Relaxed),
            logins_failed: self.logins_failed.load(Ordering::Relaxed),
        }
    }
}
