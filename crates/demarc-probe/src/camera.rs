//! One camera, asked by one client: what the agent hands to a task and gets back.
//!
//! The client is a careful guest. It keeps at most one connection, and makes a second one only to see
//! whether a camera that fell silent on the first still takes any, or for a question to ONVIF at a port of
//! its own. It follows no redirect, reads no
//! more than it must, and sends a password only to the device it met first, at most once in fifteen
//! minutes after that password was refused.

mod boot;
mod clock;
mod cloud;
mod door;
mod neighbour;
mod onvif;
mod picture;
mod pin;
mod relays;
mod reolink;
mod rtsp;
mod storage;
mod stream;
mod vapix;
mod vendor;
mod web;

use crate::spec::{CameraSpec, Limits, Scheme};
use crate::tcp;
use crate::trace::{Stop, Trace, micros};
use demarc_model::identity::Identity;
use demarc_model::login::LoginPause;
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::session::Session;
use demarc_protocol::lockout::Lock;
pub use demarc_protocol::picture::Habits;
use door::{Refusal, no_scheme};
use pin::{Pin, Service};
use std::net::SocketAddr;
use std::time::Duration;
use vapix::unpinned;
use web::Web;
pub use web::sends_unchanged;

/// Cameras lock an account after a handful of failures; Hikvision does after five.
const LOGIN_PAUSE: Duration = Duration::from_mins(15);

#[derive(Debug)]
pub struct CameraClient {
    spec: CameraSpec,
    limits: Limits,
    web: Web,
    /// Where ONVIF has a port of its own.
    onvif_web: Option<Web>,
    pin: Pin,
    /// At VAPIX, or at the one URL of another vendor that logins are tried at: Hikvision binds a nonce to
    /// its URL, so ONVIF has its own.
    login: Session,
    /// At other URLs of other vendors.
    aside: Session,
    onvif: onvif::Memory,
    boot: boot::Memory,
    clock: clock::Memory,
    stream: stream::Memory,
    picture: picture::Memory,
    storage: storage::Memory,
    neighbour: neighbour::Memory,
    reolink: reolink::Memory,
    relays: relays::Memory,
    cloud: cloud::Memory,
    login_pause: Option<LoginPause>,
    /// A password that an earlier run saw refused; told once.
    recall: bool,
}

/// Why there can be no client for a camera.
#[derive(Debug, thiserror::Error)]
pub enum CameraClientError {
    #[error("the camera's address or ONVIF path makes no URL")]
    Url,
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

impl CameraClient {
    /// # Errors
    /// The specification makes no URL, or TLS cannot be set up.
    pub fn new(spec: CameraSpec, limits: Limits) -> Result<Self, CameraClientError> {
        let pin = Pin::default();
        let web = Web::new(&spec, &pin)?;
        let onvif_peer = spec.onvif_port.map(|port| SocketAddr::new(spec.address, port));
        let onvif_web = onvif_peer.map(|peer| Web::at(peer, Scheme::Http, &pin)).transpose()?;
        Ok(Self {
            spec,
            limits,
            web,
            onvif_web,
            pin,
            login: Session::default(),
            aside: Session::cold(),
            onvif: onvif::Memory::default(),
            boot: boot::Memory::default(),
            clock: clock::Memory::default(),
            stream: stream::Memory::default(),
            picture: picture::Memory::default(),
            storage: storage::Memory::default(),
            neighbour: neighbour::Memory::default(),
            reolink: reolink::Memory::default(),
            relays: relays::Memory::default(),
            cloud: cloud::Memory::default(),
            login_pause: None,
            recall: false,
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
            Some(stop) => Err(stop),
            None => self.run(kind, at, &mut trace).await,
        };
        trace.phases.total_us = micros(trace.elapsed());
        if kind != ProbeKind::CameraClock {
            self.doubt_clock(at, &mut trace);
        }
        Observation {
            probe: ProbeId::new(kind, self.spec.id.as_str()),
            at,
            outcome: result.map_or_else(Outcome::from, |()| Outcome::Passed),
            phases: trace.phases,
            readings: trace.readings,
        }
    }

    /// How many requests the camera's web server was sent in all, ONVIF at a port of its own included.
    pub fn requests(&self) -> u64 {
        self.web.sent + self.onvif_web.as_ref().map_or(0, |web| web.sent)
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

    /// When no password is sent, after the last one was refused.
    pub const fn login_pause(&self) -> Option<LoginPause> {
        self.login_pause
    }

    /// Carries a refusal over a restart of the agent.
    pub const fn restore_login_pause(&mut self, pause: LoginPause) {
        self.login_pause = Some(pause);
    }

    /// Lets the first login say what an earlier run saw, while the password may not be tried: for a single
    /// look, which has no open incident to go on from.
    pub const fn recall_rejection(&mut self) {
        self.recall = true;
    }

    /// Why a password may not be sent now.
    fn excuse(&mut self, kind: ProbeKind, at: Timestamp) -> Option<Stop> {
        if !kind.is_authenticated() {
            return None;
        }
        if self.spec.credentials.is_none() {
            return Some(Stop::Missing(MissingReason::NotOffered));
        }
        let strange = match kind {
            ProbeKind::CameraOnvif => self.pin.is_stranger(Service::Onvif),
            // A stream has no TLS and a realm of its own: it cannot show that the known device is back.
            ProbeKind::CameraStream => self.pin.stranger().is_some(),
            _ => self.pin.is_stranger(Service::Web),
        };
        if strange {
            return Some(Stop::Missing(MissingReason::Unpinned));
        }
        let pause = self.login_pause.filter(|pause| at < pause.until)?;
        let is_login = matches!(kind, ProbeKind::CameraLogin | ProbeKind::CameraOnvif);
        if is_login && pause.rejected && std::mem::take(&mut self.recall) {
            return Some(refused_before(pause.until, at));
        }
        Some(Stop::Missing(MissingReason::Budget))
    }

    async fn run(&mut self, kind: ProbeKind, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        match kind {
            ProbeKind::CameraTcp => tcp::connect(&[self.spec.address], self.spec.port, trace).await.map(drop),
            ProbeKind::CameraReady => self.ready(at, trace).await,
            ProbeKind::CameraIdentity => self.identify(trace).await,
            ProbeKind::CameraLogin => self.log_in(at, trace).await,
            ProbeKind::CameraClock => self.tell_time(at, trace).await,
            ProbeKind::CameraOnvif => self.describe(at, trace).await,
            ProbeKind::CameraStorage => self.inspect_storage(at, trace).await,
            ProbeKind::CameraRtsp => rtsp::probe(self.spec.address, self.spec.rtsp_port, trace).await,
            ProbeKind::CameraStream => self.watch_stream(at, trace).await,
            ProbeKind::CameraPicture => self.look(at, trace).await,
            ProbeKind::CameraCloud => self.ask_for_cloud(at, trace).await,
            ProbeKind::CameraNeighbour => self.ask_who(at, trace).await,
            ProbeKind::HostLink
            | ProbeKind::HostDisk
            | ProbeKind::HostClock
            | ProbeKind::HostResources
            | ProbeKind::HostTraffic
            | ProbeKind::HostAddress
            | ProbeKind::GatewayReach
            | ProbeKind::SegmentReach
            | ProbeKind::ResolverAnswer
            | ProbeKind::ResolverSecond
            | ProbeKind::ControlName
            | ProbeKind::ControlAddress
            | ProbeKind::ControlPortal
            | ProbeKind::LineHops
            | ProbeKind::LineMtu
            | ProbeKind::LineIpv6
            | ProbeKind::LineSecond
            | ProbeKind::VendorName
            | ProbeKind::VendorAddress
            | ProbeKind::VendorSecond
            | ProbeKind::VendorStatus => Err(Stop::Missing(MissingReason::Agent)),
        }
    }

    /// What it means that a login came to nothing.
    fn turn_away(&mut self, refusal: Refusal, at: Timestamp) -> Stop {
        match refusal {
            Refusal::Rejected(lock) => self.refuse_login(lock, at),
            // The password may have been refused: it is not sent for a while, and nobody is blamed.
            Refusal::Unsure => {
                self.pause_login(at, false);
                Stop::Missing(MissingReason::Budget)
            }
            // A wrong password more would lock the account.
            Refusal::LastTry => {
                self.pause_login(at, false);
                Stop::Missing(MissingReason::Budget)
            }
            Refusal::NoScheme => no_scheme(),
            Refusal::Stranger(stop) => {
                self.login.forget();
                stop
            }
            Refusal::Impostor => {
                self.pause_login(at, false);
                let detail = "what answers let us in and does not know the password itself (its rspauth is \
                              wrong); no password is sent for 15 minutes";
                Stop::failed(Phase::Authentication, Symptom::IdentityChanged, detail)
            }
            Refusal::Stop(stop) => unpinned(stop),
        }
    }

    /// No password is sent for a while, neither here nor at ONVIF.
    fn pause_login(&mut self, at: Timestamp, rejected: bool) {
        self.login_pause = Some(LoginPause { until: at.plus(LOGIN_PAUSE), rejected });
        self.login.forget();
        self.aside.forget();
        self.onvif.forget();
    }

    /// The password was refused; the camera may have said how many tries are left.
    fn refuse_login(&mut self, lock: Option<Lock>, at: Timestamp) -> Stop {
        self.pause_login(at, true);
        let left = lock.and_then(|lock| lock.attempts_left);
        let left = left
            .map_or_else(String::new, |left| format!(", which it does {left} more times before it locks"));
        let detail = format!("the camera refused the password{left}; it is not sent again for 15 minutes");
        Stop::failed(Phase::Authentication, Symptom::Rejected, &detail)
    }
}

/// What an earlier run of this program saw of a login that may not be repeated yet.
fn refused_before(until: Timestamp, at: Timestamp) -> Stop {
    let minutes = |duration: Duration| duration.as_secs().div_ceil(60);
    let left = until.since(at);
    let detail = format!(
        "the camera refused the password {} min ago; it is not sent again for {} min",
        minutes(LOGIN_PAUSE.saturating_sub(left)),
        minutes(left)
    );
    Stop::failed(Phase::Authentication, Symptom::Rejected, &detail)
}

#[cfg(test)]
mod tests;
