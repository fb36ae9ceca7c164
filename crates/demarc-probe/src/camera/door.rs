//! A request that needs the password, by HTTP Digest.

use super::pin::{Pin, serial_in_realm};
use super::web::{Answer, Web, shown};
use crate::spec::Credentials;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_protocol::auth::challenge;
use demarc_protocol::auth::digest::{Login, Request as Target};
use demarc_protocol::auth::session::{DigestSession, Next};
use demarc_protocol::request::Request;
use reqwest::header::WWW_AUTHENTICATE;
use secrecy::ExposeSecret;

/// What knocking takes.
pub(super) struct Door<'a> {
    pub(super) web: &'a Web,
    pub(super) pin: &'a mut Pin,
    pub(super) credentials: &'a Credentials,
}

/// Why nobody opened.
pub(super) enum Refusal {
    Stop(Stop),
    /// The password is wrong.
    Rejected,
    /// The password is wrong, or what proved it was too old: it cannot be told, and is not tried again now.
    Unsure,
    /// A 401 that names no way to log in.
    NoScheme,
    /// Another device answers.
    Stranger(Stop),
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl Door<'_> {
    /// Sends the request and answers the challenges; the answer has any status but 401.
    pub(super) async fn knock(
        &mut self,
        session: &mut DigestSession,
        request: &Request,
        trace: &mut Trace,
    ) -> Result<Answer, Refusal> {
        let target = Target { method: request.method.name(), uri: &request.target };
        let login = Login {
            username: &self.credentials.username,
            password: self.credentials.password.expose_secret(),
        };
        let mut authorization = session.authorize(target, login);
        loop {
            let answer = self.web.exchange(request, authorization.as_deref(), trace).await?;
            if answer.status != 401 {
                settle(session, answer.status);
                return Ok(answer);
            }
            answer.refuse_trouble(&request.target)?;
            recognise(answer.values(WWW_AUTHENTICATE), self.pin, trace)?;
            // Ends: a session answers at most one challenge with a fresh nonce, then it refuses.
            match session.challenged(answer.values(WWW_AUTHENTICATE), target, login, &cnonce()?) {
                Next::Answer(header) => authorization = Some(header),
                Next::Rejected => return Err(Refusal::Rejected),
                Next::Unsure => return Err(Refusal::Unsure),
                Next::Unsupported { offered } if offered.is_empty() => return Err(Refusal::NoScheme),
                Next::Unsupported { offered } => {
                    return Err(unspoken(&format!("the camera offers only {}", offered.join(", "))));
                }
                Next::BasicOnly => {
                    return Err(unspoken("the camera offers only Basic, which would hand over the password"));
                }
            }
        }
    }
}

/// A password goes only to the camera that was met first.
pub(super) fn recognise<'a>(
    offers: impl Iterator<Item = &'a [u8]>,
    pin: &mut Pin,
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let Some(realm) = realm_in(offers) else { return Ok(()) };
    trace.readings.retain(|reading| !matches!(reading, Reading::Realm(_)));
    trace.read(Reading::Realm(shown(&realm)));
    let realm = String::from_utf8_lossy(&realm);
    let met = serial_in_realm(&realm).map_or(Ok(()), |serial| pin.meet(serial));
    met.map_err(Refusal::Stranger)
}

pub(super) fn realm_of(answer: &Answer) -> Option<Vec<u8>> {
    realm_in(answer.values(WWW_AUTHENTICATE))
}

fn realm_in<'a>(offers: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let challenges = challenge::read(offers);
    challenges.iter().find_map(|challenge| challenge.param("realm")).map(<[u8]>::to_vec)
}

fn settle(session: &mut DigestSession, status: u16) {
    match status {
        200..300 => session.accepted(),
        // Dahua recorders answer 403 to a nonce they no longer like.
        403 => session.forget(),
        _ => {}
    }
}

pub(super) fn unspoken(detail: &str) -> Refusal {
    Refusal::Stop(Stop::failed(Phase::Authentication, Symptom::SchemeUnknown, detail))
}

pub(super) fn no_scheme() -> Stop {
    let detail = "HTTP 401 that names no way to log in";
    Stop::failed(Phase::Authentication, Symptom::SchemeUnknown, detail)
}

pub(super) fn cnonce() -> Result<String, Stop> {
    Ok(random()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub(super) fn random() -> Result<[u8; 16], Stop> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Stop::Missing(MissingReason::Agent))?;
    Ok(bytes)
}
