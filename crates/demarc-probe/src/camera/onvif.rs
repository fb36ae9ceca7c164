//! ONVIF, logged in by HTTP Digest or by WS-UsernameToken, whichever the service took last time.
//!
//! What is asked for is `GetDeviceInformation`. When the device has let us in, one question more may
//! follow: what is missing in what is known of it, and no more often than once a day.

mod aside;
mod media;

use super::CameraClient;
use super::door::{Door, Handover, Refusal, random};
use super::pin::Service;
use super::vapix::unpinned;
use super::web::{Answer, Web};
use crate::spec::Scheme;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::challenge;
use demarc_protocol::auth::session::Session;
use demarc_protocol::lockout;
use demarc_protocol::onvif::{
    self, DeviceInformation, Dialect, Fault, FaultKind, OnvifError, Question, Reply, UsernameToken,
};
use demarc_protocol::request::Request;
use http::header::WWW_AUTHENTICATE;
pub(super) use media::{Located, Wanted};
use secrecy::ExposeSecret;
use std::time::Duration;

/// What was learnt about the device and about logging in.
#[derive(Debug, Default)]
pub(super) struct Memory {
    device: Way,
    media: Option<Way>,
    speech: Speech,
    /// Whether the device has told what it is, and so takes the password or wants none.
    is_known: bool,
    /// The camera's clock less ours, from the last time it was asked.
    pub(super) offset_ms: Option<i64>,
    /// Who made the camera, in its own words.
    pub(super) manufacturer: Option<String>,
    aside: aside::Memory,
    places: media::Places,
}

/// How a service was logged in to last.
#[derive(Debug)]
struct Way {
    /// Cold: a refused nonce that had worked may be an expired one or a failed login, few cameras say
    /// which at ONVIF, and asking is rare enough for a request more.
    session: Session,
    proof: Proof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Proof {
    /// Also when nothing is known yet: ONVIF wants HTTP's own way tried first.
    #[default]
    Digest,
    Token,
}

/// Which dialect of SOAP the device takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Speech {
    #[default]
    Untried,
    Found(Dialect),
    /// None that we speak, when it was tried last.
    Lost(Timestamp),
}

/// A service of the device, each with its own way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Device,
    Media,
}

/// A question, the service that it goes to, and the path of that service.
#[derive(Clone, Copy)]
struct Ask<'a> {
    question: Question<'a>,
    to: To,
    path: &'a str,
}

/// Devices accept five seconds of difference at the least.
const CLOCK_MOVED_MS: u64 = 5_000;
/// Between two searches for a dialect that a device takes.
const SPEECH_RETRY: Duration = Duration::from_hours(1);

impl Default for Way {
    fn default() -> Self {
        Self::of(Proof::default())
    }
}

impl Way {
    fn of(proof: Proof) -> Self {
        Self { session: Session::cold(), proof }
    }
}

impl Memory {
    pub(super) fn forget(&mut self) {
        (self.device, self.media) = (Way::default(), None);
    }

    /// A service that was never logged in to is taken to be like the device's own.
    fn way(&mut self, to: To) -> &mut Way {
        match to {
            To::Device => &mut self.device,
            To::Media => self.media.get_or_insert_with(|| Way::of(self.device.proof)),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.speech {
            Speech::Found(dialect) => dialect,
            Speech::Untried | Speech::Lost(_) => Dialect::default(),
        }
    }

    /// Learns from the answer to a question that everybody may ask. Yields the dialect to ask it in again,
    /// where this one was not understood and another one may be.
    pub(super) fn hear(&mut self, used: Dialect, answer: &Answer, at: Timestamp) -> Option<Dialect> {
        match self.speech {
            Speech::Found(_) => return None,
            Speech::Lost(since) if at.since(since) < SPEECH_RETRY => return None,
            Speech::Lost(_) | Speech::Untried => {}
        }
        let next = used.after(answer.status, &answer.body);
        if next.is_none() {
            self.speech = match onvif::parse_fault(&answer.body) {
                Ok(_) => Speech::Found(used),
                Err(_) if used == Dialect::default() => Speech::Untried,
                Err(_) => Speech::Lost(at),
            };
        }
        next
    }
}

impl CameraClient {
    pub(super) async fn describe(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let path = self.spec.onvif_path.clone();
        let ask = Ask { question: Question::DeviceInformation, to: To::Device, path: &path };
        let answer = self.ask_onvif(ask, at, trace).await;
        let answer = answer.map_err(|refusal| self.turn_away(refusal, at))?;
        let parsed = onvif::parse_information(&answer.body);
        let Some(information) = judge(&answer, ask.question.name(), parsed)? else { return Ok(()) };
        note(&information, trace);
        self.onvif.manufacturer = information.manufacturer.or(self.onvif.manufacturer.take());
        self.onvif.is_known = true;
        self.ask_aside(&path, at, trace).await;
        Ok(())
    }

    /// The answer to a question, once the password was taken where it was wanted.
    async fn ask_onvif(&mut self, ask: Ask<'_>, at: Timestamp, trace: &mut Trace) -> Result<Answer, Refusal> {
        match self.onvif.way(ask.to).proof {
            Proof::Digest => self.ask_by_digest(ask, at, trace).await,
            Proof::Token => self.ask_by_token(ask, at, trace).await,
        }
    }

    async fn ask_by_digest(
        &mut self,
        ask: Ask<'_>,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Answer, Refusal> {
        let request = self.worded(ask, None);
        let Some(credentials) = &self.spec.credentials else {
            return Err(Stop::Missing(MissingReason::NotOffered).into());
        };
        let (web, scheme) = match &mut self.onvif_web {
            Some(web) => (web, Scheme::Http),
            None => (&mut self.web, self.spec.scheme),
        };
        let handover = Handover::of(scheme, self.spec.basic, &self.pin);
        let mut door = Door { web, pin: &mut self.pin, credentials, service: Service::Onvif, handover };
        let answer = door.knock(&mut self.onvif.way(ask.to).session, &request, trace).await;
        self.leave_onvif_port();
        match answer {
            Ok(answer) if wants_token(&answer) => self.ask_by_token(ask, at, trace).await,
            Err(Refusal::NoScheme) => self.ask_by_token(ask, at, trace).await,
            answer => answer,
        }
    }

    /// Signs with the camera's own clock, so that a clock that is off is not taken for a wrong password.
    async fn ask_by_token(
        &mut self,
        ask: Ask<'_>,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Answer, Refusal> {
        let took_tokens = self.onvif.way(ask.to).proof == Proof::Token;
        let remembered = self.onvif.offset_ms.filter(|_| took_tokens);
        let offset_ms = match remembered {
            Some(offset_ms) => offset_ms,
            None => self.offset_or_ours(at, trace).await?,
        };
        let mut answer = self.send_signed(ask, at, offset_ms, trace).await?;
        if is_refused(&answer) {
            let now_ms = self.offset_or_ours(at, trace).await?;
            match now_ms.abs_diff(offset_ms) > CLOCK_MOVED_MS {
                true if remembered.is_some() => answer = self.send_signed(ask, at, now_ms, trace).await?,
                // Set in the middle of this very login: what was refused may have been the time.
                true => return Err(Refusal::Unsure),
                false => {}
            }
        }
        if is_refused(&answer) && took_tokens && offers_digest(&answer) {
            // It took tokens and now wants Digest: its settings have changed, not its password.
            self.onvif.forget();
            return Err(Stop::Missing(MissingReason::Prerequisite).into());
        }
        if is_refused(&answer) {
            return Err(Refusal::Rejected(lockout::read(&answer.body)));
        }
        if onvif::parse_fault(&answer.body).is_ok() {
            self.onvif.way(ask.to).proof = Proof::Token;
        }
        Ok(answer)
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
        ask: Ask<'_>,
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
        let request = self.worded(ask, Some(token));
        self.ask_onvif_port(&request, trace).await.map_err(unpinned)
    }

    /// A request without HTTP's own login, at the port that ONVIF has.
    pub(super) async fn ask_onvif_port(
        &mut self,
        request: &Request,
        trace: &mut Trace,
    ) -> Result<Answer, Stop> {
        let web = self.onvif_web.as_mut().unwrap_or(&mut self.web);
        let answer = web.exchange(request, None, trace).await;
        self.leave_onvif_port();
        answer
    }

    /// A camera has one connection of ours that stays: that to its web service.
    fn leave_onvif_port(&mut self) {
        self.onvif_web.iter_mut().for_each(Web::hang_up);
    }

    fn worded(&self, ask: Ask<'_>, token: Option<UsernameToken<'_>>) -> Request {
        onvif::request(ask.question, ask.path, self.onvif.dialect(), token)
    }
}

/// A 400 without an answer is how some say that a token is missing.
fn wants_token(answer: &Answer) -> bool {
    refuses(answer, 400)
}

fn is_refused(answer: &Answer) -> bool {
    refuses(answer, 401)
}

fn refuses(answer: &Answer, status: u16) -> bool {
    match onvif::parse_fault(&answer.body) {
        Ok(Some(fault)) => fault.kind == FaultKind::NotAuthorized,
        Ok(None) => false,
        Err(_) => answer.status == status,
    }
}

fn offers_digest(answer: &Answer) -> bool {
    let challenges = challenge::read(answer.values(WWW_AUTHENTICATE));
    answer.status == 401 && challenges.iter().any(|challenge| challenge.is("Digest"))
}

/// A fault proves the device alive, whatever the HTTP status it comes with: `None`.
fn judge<T>(answer: &Answer, asked: &str, parsed: Result<Reply<T>, OnvifError>) -> Result<Option<T>, Stop> {
    answer.refuse_gate(asked)?;
    match parsed {
        Ok(Reply::Answer(told)) => Ok(Some(told)),
        Ok(Reply::Fault(fault)) => match fault.kind {
            FaultKind::NotSupported => Err(Stop::Missing(MissingReason::NotOffered)),
            FaultKind::Unwell => Err(unwell(&fault)),
            FaultKind::NotAuthorized | FaultKind::Other => Ok(None),
        },
        Err(error) => {
            answer.refuse_trouble(asked)?;
            match answer.status {
                404 | 405 | 410 => Err(Stop::Missing(MissingReason::NotOffered)),
                _ => Err(answer.nonsense(asked, &error.to_string())),
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
