//! One camera, asked by one client: what the agent hands to a task and gets back.
//!
//! The client is a careful guest. It keeps at most one connection, and makes a second one only to see
//! whether a camera that fell silent on the first still takes any. It follows no redirect, reads no
//! more than it must, and sends a password only to the device it met first, at most once in fifteen
//! minutes after that password was refused.

mod clock;
mod dial;
mod door;
mod onvif;
mod picture;
mod pin;
mod rtsp;
mod storage;
mod stream;
mod vapix;
mod web;

use crate::spec::{CameraSpec, Limits};
use crate::tcp;
use crate::trace::{Stop, Trace, micros};
use demarc_model::identity::Identity;
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::session::Session;
use door::{Refusal, no_scheme};
use pin::{Pin, Service};
use std::time::Duration;
use vapix::unpinned;
use web::Web;

/// Cameras lock an account after a handful of failures; Hikvision does after five.
const LOGIN_PAUSE: Duration = Duration::from_mins(15);

#[derive(Debug)]
pub struct CameraClient {
    spec: CameraSpec,
    limits: Limits,
    web: Web,
    pin: Pin,
    /// At VAPIX. Hikvision binds a nonce to its URL, so ONVIF has its own.
    vapix: Session,
    onvif: onvif::Memory,
    stream: stream::Memory,
    picture: picture::Memory,
    storage: storage::Memory,
    closed_until: Option<Timestamp>,
}

/// Why there can be no client for a camera.
#[derive(Debug, thiserror::Error)]
pub enum CameraClientError {
    #[error("the camera's address or ONVIF path makes no URL")]
    Url,
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

impl CameraClient {
    /// # Errors
    /// The specification makes no URL, or the HTTP client cannot be built.
    pub fn new(spec: CameraSpec, limits: Limits) -> Result<Self, CameraClientError> {
        let pin = Pin::default();
        let web = Web::new(&spec, limits, &pin)?;
        Ok(Self {
            spec,
            limits,
            web,
            pin,
            vapix: Session::default(),
            onvif: onvif::Memory::default(),
            stream: stream::Memory::default(),
            picture: picture::Memory::default(),
            storage: storage::Memory::default(),
            closed_until: None,
        })
    }

    /// Carries out one probe; `at` is the wall time at which it begins.
    pub async fn probe(&mut self, kind: ProbeKind, at: Timestamp) -> Observation {
        self.probe_within(kind, at, self.limits.total).await
    }

    /// The same with a shorter limit, for a camera that is asked often because it seems to hang.
    pub async fn probe_within(&mut self, kind: ProbeKind, at: Timestamp, limit: Duration) -> Observation {
        let mut trace = Trace::begin(Limits { total: limit.min(self.limits.total), ..self.limits });
        let result = match self.excuse(kind, at) {
            Some(reason) => Err(Stop::Missing(reason)),
            None => self.run(kind, at, &mut trace).await,
        };
        trace.phases.total_us = micros(trace.elapsed());
        Observation {
            probe: ProbeId::new(kind, self.spec.id.as_str()),
            at,
            outcome: result.map_or_else(Outcome::from, |()| Outcome::Passed),
            phases: trace.phases,
            readings: trace.readings,
        }
    }

    /// Whom the client takes the camera to be: what it showed first.
    pub fn identity(&self) -> Identity {
        self.pin.identity()
    }

    /// What was seen last of a device that is not the camera; `None` while the camera itself answers.
    pub fn stranger(&self) -> Option<Identity> {
        self.pin.stranger()
    }

    /// Carries what is known of the camera over a restart of the agent. To be called before the first probe.
    pub fn restore_identity(&mut self, pinned: &Identity, stranger: Option<&Identity>) {
        self.pin.restore(pinned, stranger);
    }

    /// Until when no password is sent, after the last one was refused.
    pub const fn breaker(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// Carries a refusal over a restart of the agent.
    pub const fn restore_breaker(&mut self, until: Timestamp) {
        self.closed_until = Some(until);
    }

    /// Why a password may not be sent now.
    fn excuse(&self, kind: ProbeKind, at: Timestamp) -> Option<MissingReason> {
        if !kind.is_authenticated() {
            return None;
        }
        if self.spec.credentials.is_none() {
            return Some(MissingReason::NotOffered);
        }
        let strange = match kind {
            ProbeKind::CameraOnvif => self.pin.is_stranger(Service::Onvif),
            // A stream has no TLS and a realm of its own: it cannot show that the known device is back.
            ProbeKind::CameraStream => self.pin.stranger().is_some(),
            _ => self.pin.is_stranger(Service::Web),
        };
        if strange {
            return Some(MissingReason::Unpinned);
        }
        self.closed_until.filter(|until| at < *until).map(|_| MissingReason::Budget)
    }

    async fn run(&mut self, kind: ProbeKind, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        match kind {
            ProbeKind::CameraTcp => tcp::connect(&[self.spec.address], self.spec.port, trace).await.map(drop),
            ProbeKind::CameraReady => self.ready(trace).await,
            ProbeKind::CameraIdentity => self.identify(trace).await,
            ProbeKind::CameraLogin => self.log_in(at, trace).await,
            ProbeKind::CameraClock => self.tell_time(at, trace).await,
            ProbeKind::CameraOnvif => self.describe(at, trace).await,
            ProbeKind::CameraStorage => self.inspect_storage(at, trace).await,
            ProbeKind::CameraRtsp => rtsp::probe(self.spec.address, self.spec.rtsp_port, trace).await,
            ProbeKind::CameraStream => self.watch_stream(at, trace).await,
            ProbeKind::CameraPicture => self.look(at, trace).await,
            ProbeKind::HostLink
            | ProbeKind::HostDisk
            | ProbeKind::HostClock
            | ProbeKind::HostResources
            | ProbeKind::HostTraffic
            | ProbeKind::GatewayReach
            | ProbeKind::SegmentReach
            | ProbeKind::ResolverAnswer
            | ProbeKind::ResolverSecond
            | ProbeKind::ControlName
            | ProbeKind::ControlAddress
            | ProbeKind::ControlPortal
            | ProbeKind::LineHops
            | ProbeKind::LineMtu
            | ProbeKind::LineSecond
            | ProbeKind::VendorName
            | ProbeKind::VendorAddress
            | ProbeKind::VendorStatus
            | ProbeKind::CameraCloud
            | ProbeKind::CameraNeighbour => Err(Stop::Missing(MissingReason::Agent)),
        }
    }

    /// What it means that a login came to nothing.
    fn turn_away(&mut self, refusal: Refusal, at: Timestamp) -> Stop {
        match refusal {
            Refusal::Rejected => self.refuse_login(at),
            // The password may have been refused: it is not sent for a while, and nobody is blamed.
            Refusal::Unsure => {
                self.pause_login(at);
                Stop::Missing(MissingReason::Budget)
            }
            Refusal::NoScheme => no_scheme(),
            Refusal::Stranger(stop) => {
                self.vapix.forget();
                stop
            }
            Refusal::Impostor => {
                self.pause_login(at);
                let detail = "what answers let us in and does not know the password itself (its rspauth is \
                              wrong); no password is sent for 15 minutes";
                Stop::failed(Phase::Authentication, Symptom::IdentityChanged, detail)
            }
            Refusal::Stop(stop) => unpinned(stop),
        }
    }

    /// No password is sent for a while, neither here nor at ONVIF.
    fn pause_login(&mut self, at: Timestamp) {
        self.closed_until = Some(at.plus(LOGIN_PAUSE));
        self.vapix.forget();
        self.onvif.forget();
    }

    /// The password was refused.
    fn refuse_login(&mut self, at: Timestamp) -> Stop {
        self.pause_login(at);
        let detail = "the camera refused the password; it is not sent again for 15 minutes";
        Stop::failed(Phase::Authentication, Symptom::Rejected, detail)
    }
}

#[cfg(test)]
mod tests;
