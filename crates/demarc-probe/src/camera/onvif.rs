//! ONVIF `GetDeviceInformation`, logged in by HTTP Digest or by WS-UsernameToken, whichever the
//! camera took last time.

use super::CameraClient;
use super::door::{Door, Handover, Refusal, random};
use super::pin::Service;
use super::vapix::unpinned;
use super::web::Answer;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::challenge;
use demarc_protocol::auth::session::Session;
use demarc_protocol::lockout;
use demarc_protocol::onvif::{self, DeviceInformation, Fault, FaultKind, Reply, UsernameToken};
use reqwest::header::WWW_AUTHENTICATE;
use secrecy::ExposeSecret;

/// What was learnt about logging in.
#[derive(Debug)]
pub(super) struct Memory {
    /// Cold: a refused nonce that had worked may be an expired one or a failed login, few cameras say
    /// which at ONVIF, and asking is rare enough for a request more.
    session: Session,
    proof: Proof,
    /// The camera's clock less ours, from the last time it was asked.
    pub(super) offset_ms: Option<i64>,
    /// Who made the camera, in its own words.
    pub(super) manufacturer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Proof {
    /// Also when nothing is known yet: ONVIF wants HTTP's own way tried first.
    #[default]
    Digest,
    Token,
}

/// Devices accept five seconds of difference at the least.
const CLOCK_MOVED_MS: u64 = 5_000;
const ASKED: &str = "GetDeviceInformation";

impl Default for Memory {
    fn default() -> Self {
        Self { session: Session::cold(), proof: Proof::default(), offset_ms: None, manufacturer: None }
    }
}

impl Memory {
    pub(super) fn forget(&mut self) {
        self.session.forget();
        self.proof = Proof::Digest;
    }
}

impl CameraClient {
    pub(super) async fn describe(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        match self.onvif.proof {
            Proof::Digest => self.describe_by_digest(at, trace).await,
            Proof::Token => self.describe_by_token(at, trace).await,
        }
    }

    async fn describe_by_digest(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let Some(credentials) = &self.spec.credentials else {
            return Err(Stop::Missing(MissingReason::NotOffered));
        };
        let request = onvif::information_request(&self.spec.onvif_path, None);
        let handover = Handover::of(self.spec.scheme, self.spec.basic, &self.pin);
        let (web, pin, service) = (&self.web, &mut self.pin, Service::Onvif);
        let mut door = Door { web, pin, credentials, service, handover };
        let answer = match door.knock(&mut self.onvif.session, &request, trace).await {
            Ok(answer) => answer,
            Err(Refusal::NoScheme) => return self.describe_by_token(at, trace).await,
            Err(refusal) => return Err(self.turn_away(refusal, at)),
        };
        if wants_token(&answer) {
            return self.describe_by_token(at, trace).await;
        }
        self.take_information(&answer, trace)
    }

    /// Signs with the camera's own clock, so that a clock that is off is not taken for a wrong password.
    async fn describe_by_token(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let remembered = self.onvif.offset_ms.filter(|_| self.onvif.proof == Proof::Token);
        let offset_ms = match remembered {
            Some(offset_ms) => offset_ms,
            None => self.offset_or_ours(at, trace).await?,
        };
        let mut answer = self.send_signed(at, offset_ms, trace).await?;
        if is_refused(&answer) {
            let now_ms = self.offset_or_ours(at, trace).await?;
            match now_ms.abs_diff(offset_ms) > CLOCK_MOVED_MS {
                true if remembered.is_some() => answer = self.send_signed(at, now_ms, trace).await?,
                // Set in the middle of this very login: what was refused may have been the time.
                true => return Err(self.turn_away(Refusal::Unsure, at)),
                false => {}
            }
        }
        if is_refused(&answer) && self.onvif.proof == Proof::Token && offers_digest(&answer) {
            // It took tokens and now wants Digest: its settings have changed, not its password.
            self.onvif.forget();
            return Err(Stop::Missing(MissingReason::Prerequisite));
        }
        if is_refused(&answer) {
            return Err(self.refuse_login(lockout::read(&answer.body), at));
        }
        self.take_information(&answer, trace)?;
        self.onvif.proof = Proof::Token;
        Ok(())
    }

    fn take_information(&mut self, answer: &Answer, trace: &mut Trace) -> Result<(), Stop> {
        let Some(information) = judge(answer)? else { return Ok(()) };
        note(&information, trace);
        self.onvif.manufacturer = information.manufacturer.or(self.onvif.manufacturer.take());
        Ok(())
    }

    /// A camera that does not tell its time is taken to share ours.
    async fn offset_or_ours(&mut self, at: Timestamp, trace: &mut Trace) -> Result<i64, Stop> {
        match self.measure_offset(at, trace).await {
            Ok(offset_ms) => Ok(offset_ms),
            Err(Stop::Missing(MissingReason::NotOffered)) => Ok(0),
            Err(stop) => Err(unpinned(stop)),
        }
    }

    async fn send_signed(
        &mut self,
        at: Timestamp,
        offset_ms: i64,
        trace: &mut Trace,
    ) -> Result<Answer, Stop> {
        let Some(credentials) = &self.spec.credentials else {
            return Err(Stop::Missing(MissingReason::NotOffered));
        };
        let token = UsernameToken {
            username: &credentials.username,
            password: credentials.password.expose_secret(),
            nonce: random()?,
            created_ms: at.plus(trace.elapsed()).as_millis().saturating_add(offset_ms),
        };
        let request = onvif::information_request(&self.spec.onvif_path, Some(token));
        self.web.exchange(&request, None, trace).await.map_err(unpinned)
    }
}

fn wants_token(answer: &Answer) -> bool {
    match onvif::parse_information(&answer.body) {
        Ok(Reply::Fault(fault)) => fault.kind == FaultKind::NotAuthorized,
        Ok(Reply::Answer(_)) => false,
        Err(_) => answer.status == 400,
    }
}

fn is_refused(answer: &Answer) -> bool {
    match onvif::parse_information(&answer.body) {
        Ok(Reply::Fault(fault)) => fault.kind == FaultKind::NotAuthorized,
        Ok(Reply::Answer(_)) => false,
        Err(_) => answer.status == 401,
    }
}

fn offers_digest(answer: &Answer) -> bool {
    let challenges = challenge::read(answer.values(WWW_AUTHENTICATE));
    answer.status == 401 && challenges.iter().any(|challenge| challenge.is("Digest"))
}

/// A fault proves the device alive, whatever the HTTP status it comes with.
fn judge(answer: &Answer) -> Result<Option<DeviceInformation>, Stop> {
    answer.refuse_gate(ASKED)?;
    match onvif::parse_information(&answer.body) {
        Ok(Reply::Answer(information)) => Ok(Some(information)),
        Ok(Reply::Fault(fault)) => match fault.kind {
            FaultKind::NotSupported => Err(Stop::Missing(MissingReason::NotOffered)),
            FaultKind::Unwell => Err(unwell(&fault)),
            FaultKind::NotAuthorized | FaultKind::Other => Ok(None),
        },
        Err(error) => {
            answer.refuse_trouble(ASKED)?;
            match answer.status {
                404 | 405 | 410 => Err(Stop::Missing(MissingReason::NotOffered)),
                _ => Err(answer.nonsense(ASKED, &error.to_string())),
            }
        }
    }
}

pub(super) fn unwell(fault: &Fault) -> Stop {
    let detail = format!("the camera reports that it is in trouble: {}", fault.text);
    Stop::failed(Phase::Content, Symptom::ServerError, &detail)
}

fn note(information: &DeviceInformation, trace: &mut Trace) {
    let clean = |text: &Option<String>| text.as_deref().map(DeviceText::clean);
    trace.readings.extend(clean(&information.serial).map(Reading::Serial));
    trace.readings.extend(clean(&information.model).map(Reading::Model));
    trace.readings.extend(clean(&information.firmware).map(Reading::Firmware));
}
