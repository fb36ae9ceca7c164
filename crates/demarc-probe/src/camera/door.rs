//! A request that needs the password: by HTTP Digest, or by Basic where the user permits it.

use super::pin::{Pin, Service};
use super::vendor::locked;
use super::web::{Answer, Web, shown};
use crate::spec::{self, Credentials, Scheme};
use crate::trace::{Stop, Trace};
use demarc_model::identity::LoginScheme;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_protocol::auth::basic::Basic;
use demarc_protocol::auth::challenge;
use demarc_protocol::auth::digest::{Login, Request as Target};
use demarc_protocol::auth::session::{Mutual, Next, Session};
use demarc_protocol::clock::http_date_ms;
use demarc_protocol::lockout::{self, Lock};
use demarc_protocol::request::Request;
use http::header::{DATE, HeaderName, WWW_AUTHENTICATE};
use secrecy::ExposeSecret;
use tokio::time::Instant;

const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// What knocking takes.
pub(super) struct Door<'a> {
    pub(super) web: &'a mut Web,
    pub(super) pin: &'a mut Pin,
    pub(super) credentials: &'a Credentials,
    pub(super) service: Service,
    pub(super) handover: Handover,
}

/// Whether the camera may be given the password itself, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handover {
    Permitted,
    /// Without TLS anybody could read it.
    Plain,
    /// The user has not permitted it.
    Unasked,
    /// Nobody knows yet whose key it is: this is the first contact.
    Unpinned,
    /// The camera has been content with less.
    Weakened,
}

/// Why nobody opened.
pub(super) enum Refusal {
    Stop(Stop),
    /// The password is wrong, and what was said of the tries that are left.
    Rejected(Option<Lock>),
    /// A wrong password more, and the camera locks; nothing was sent.
    LastTry,
    /// The password is wrong, or what proved it was too old: it cannot be told, and is not tried again now.
    Unsure,
    /// A 401 that names no way to log in.
    NoScheme,
    /// Another device answers.
    Stranger(Stop),
    /// It let us in, and its proof that it knows the password too is wrong.
    Impostor,
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl Handover {
    /// To be asked before the exchange, whose own handshake would pin the key.
    pub(super) fn of(scheme: Scheme, consent: spec::Basic, pin: &Pin) -> Self {
        match (scheme, consent) {
            (Scheme::Http, _) => Self::Plain,
            (Scheme::Https, spec::Basic::Never) => Self::Unasked,
            (Scheme::Https, spec::Basic::OverPinnedTls) if !pin.has_key() => Self::Unpinned,
            (Scheme::Https, spec::Basic::OverPinnedTls) if pin.took_digest() => Self::Weakened,
            (Scheme::Https, spec::Basic::OverPinnedTls) => Self::Permitted,
        }
    }

    const fn basic(self) -> Basic {
        match self {
            Self::Permitted => Basic::Permitted,
            Self::Plain | Self::Unasked | Self::Unpinned | Self::Weakened => Basic::Refused,
        }
    }
}

impl Door<'_> {
    /// Sends the request and answers the challenges; the answer has any status but 401.
    pub(super) async fn knock(
        &mut self,
        session: &mut Session,
        request: &Request,
        trace: &mut Trace,
    ) -> Result<Answer, Refusal> {
        let target =
            Target { method: request.method.name(), uri: &request.target, body: request.body.as_bytes() };
        let login = Login {
            username: &self.credentials.username,
            password: self.credentials.password.expose_secret(),
            basic: self.handover.basic(),
        };
        let mut authorization = session.authorize(target, login);
        let mut warm = authorization.is_some();
        let mut before = None;
        loop {
            let answer = self.web.exchange(request, authorization.as_deref(), trace).await?;
            match answer.status {
                401 => {}
                200..300 => {
                    let said = answer.values(AUTHENTICATION_INFO);
                    if session.accepted(said, target, login, &answer.body) == Mutual::Wrong {
                        return Err(Refusal::Impostor);
                    }
                    if let Some(header) = &authorization {
                        self.pin.logged_in(scheme_of(header));
                    }
                    return Ok(answer);
                }
                // Dahua recorders answer 403 to a nonce they no longer like; asked without one, a camera
                // that blocks us says 403 again.
                403 if warm => {
                    session.forget();
                    (authorization, warm) = (None, false);
                    continue;
                }
                403 => {
                    session.forget();
                    return Ok(answer);
                }
                _ => return Ok(answer),
            }
            // Some cameras write the password into the query of their snapshots' address.
            answer.refuse_trouble(request.target.split('?').next().unwrap_or_default())?;
            self.recognise(&answer, trace)?;
            let lock = lockout::read(&answer.body);
            if let Some(told) = lock.filter(|lock| lock.locked) {
                session.forget();
                // Unless it was this very password that locked it, somebody else's did.
                let by_us = authorization.is_some() && !warm;
                return Err(if by_us {
                    Refusal::Rejected(lock)
                } else {
                    Refusal::Stop(locked(told.unlock_s))
                });
            }
            warm = false;
            let clock = Clock::of(&answer);
            let was_set = clock.zip(before).is_some_and(|(now, before)| now.was_set_since(before));
            before = clock;
            // Ends: a session answers at most one challenge with a fresh nonce, then it refuses.
            match session.challenged(answer.values(WWW_AUTHENTICATE), target, login, &cnonce()?) {
                Next::Answer(_) if lock.is_some_and(|lock| lock.attempts_left == Some(1)) => {
                    return Err(Refusal::LastTry);
                }
                Next::Answer(header) => authorization = Some(header),
                // A nonce of the time before is too old then, whatever the password, and few cameras say which.
                Next::Rejected if was_set => return Err(Refusal::Unsure),
                Next::Rejected => return Err(Refusal::Rejected(lock)),
                Next::Unsure => return Err(Refusal::Unsure),
                Next::Unsupported { offered } if offered.is_empty() => return Err(Refusal::NoScheme),
                Next::Unsupported { offered } => {
                    return Err(unspoken(&format!("the camera offers only {}", offered.join(", "))));
                }
                Next::BasicOnly => return Err(self.keep_password()),
            }
        }
    }

    /// A password goes only to the camera that was met first.
    fn recognise(&mut self, answer: &Answer, trace: &mut Trace) -> Result<(), Refusal> {
        let Some(realm) = told_realm(answer.values(WWW_AUTHENTICATE), trace) else { return Ok(()) };
        self.pin.meet_realm(self.service, &realm).map_err(Refusal::Stranger)
    }

    /// Only Basic is offered, and the password stays here: why, and what to set.
    fn keep_password(&mut self) -> Refusal {
        match self.handover {
            Handover::Plain => unspoken(
                "the camera offers only Basic, which hands over the password for all to read: set it to \
                 Digest; or speak to it over TLS, with scheme = \"https\" and basic-over-tls = true in its [[camera]]",
            ),
            // Where it is permitted it is answered, so it was refused in the middle of an exchange.
            Handover::Unasked | Handover::Permitted => unspoken(
                "the camera offers only Basic, which hands over the password: set basic-over-tls = true in its \
                 [[camera]] to permit that to its pinned TLS key alone, or set the camera to Digest",
            ),
            Handover::Unpinned => Refusal::Stop(Stop::Missing(MissingReason::Unpinned)),
            Handover::Weakened => Refusal::Stranger(self.pin.weakened()),
        }
    }
}

/// What a camera's clock says in an answer, and when that came.
#[derive(Debug, Clone, Copy)]
struct Clock {
    says_ms: i64,
    at: Instant,
}

/// A date has whole seconds, and a camera may be slow to answer.
const CLOCK_SET_MS: u128 = 5_000;

impl Clock {
    fn of(answer: &Answer) -> Option<Self> {
        let says_ms = answer.text(DATE).and_then(http_date_ms)?;
        Some(Self { says_ms, at: Instant::now() })
    }

    /// Whether somebody set the clock between two answers: it went on by another time than passed.
    fn was_set_since(self, before: Self) -> bool {
        let passed = self.at.duration_since(before.at).as_millis();
        let went_on = i128::from(self.says_ms) - i128::from(before.says_ms);
        went_on.abs_diff(i128::try_from(passed).unwrap_or(i128::MAX)) > CLOCK_SET_MS
    }
}

fn scheme_of(authorization: &[u8]) -> LoginScheme {
    if authorization.starts_with(b"Basic ") { LoginScheme::Basic } else { LoginScheme::Digest }
}

/// The realm that a challenge names, taken down.
pub(super) fn told_realm<'a>(offers: impl Iterator<Item = &'a [u8]>, trace: &mut Trace) -> Option<Vec<u8>> {
    let realm = realm_in(offers)?;
    trace.readings.retain(|reading| !matches!(reading, Reading::Realm(_)));
    trace.read(Reading::Realm(shown(&realm)));
    Some(realm)
}

pub(super) fn realm_of(answer: &Answer) -> Option<Vec<u8>> {
    realm_in(answer.values(WWW_AUTHENTICATE))
}

fn realm_in<'a>(offers: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let challenges = challenge::read(offers);
    challenges.iter().find_map(|challenge| challenge.param("realm")).map(<[u8]>::to_vec)
}

pub(super) fn unspoken(detail: &str) -> Refusal {
    Refusal::Stop(Stop::failed(Phase::Authentication, Symptom::SchemeUnknown, detail))
}

pub(super) fn no_scheme() -> Stop {
    let detail = "HTTP 401 that names no way to log in";
    Stop::failed(Phase::Authentication, Symptom::SchemeUnknown, detail)
}

pub(super) fn cnonce() -> Result<String, Stop> {
    random().map(hex::encode)
}

pub(super) fn random() -> Result<[u8; 16], Stop> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Stop::Missing(MissingReason::Agent))?;
    Ok(bytes)
}
