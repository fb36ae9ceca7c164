//! Reolink cameras: a session for each look, begun with the password itself and ended at once.
//!
//! The password is handed over on the terms of Basic: with the user's consent, over TLS, to the key that was
//! met first. Sessions are few, so one is begun at most every two minutes for each kind of look.

use super::CameraClient;
use super::door::Handover;
use super::storage::offered;
use super::vapix::unpinned;
use super::vendor::locked;
use super::web::Answer;
use crate::trace::{Stop, Trace};
use demarc_model::identity::LoginScheme;
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::reolink::{
    self, Command, Disk, Refusal, ReolinkError, login_request, logout_request, parse_disks, parse_login,
};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::time::Duration;

const BETWEEN_SESSIONS: Duration = Duration::from_mins(2);

/// Whether it is one, and when it was last asked for a session.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By how it declines a question that needs a session; nothing before it was asked.
    pub(super) is_one: Option<bool>,
    begun: BTreeMap<ProbeKind, Timestamp>,
}

impl CameraClient {
    /// Whether a camera that does not know VAPIX says that it is one: asked once, without a password.
    pub(super) async fn says_reolink(&mut self, trace: &mut Trace) -> Result<bool, Stop> {
        if let Some(is_one) = self.reolink.is_one {
            return Ok(is_one);
        }
        let request = reolink::request(Command::DeviceInfo, "");
        let answer = self.web.exchange(&request, None, trace).await.map_err(unpinned)?;
        let said = reolink::parse_device_info(&answer.body);
        let is_one = matches!(said, Err(ReolinkError::Refused { why: Refusal::Session, .. }));
        // One that is out of resources has not said anything.
        if answer.status < 500 {
            self.reolink.is_one = Some(is_one);
        }
        Ok(is_one)
    }

    /// `handover` is what was permitted before anything was exchanged in this look.
    pub(super) async fn log_in_to_reolink(
        &mut self,
        handover: Handover,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<(), Stop> {
        let token = self.begin_session(ProbeKind::CameraLogin, handover, at, trace).await?;
        self.end_session(&token, trace).await;
        Ok(())
    }

    pub(super) async fn list_reolink_disks(
        &mut self,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Vec<Disk>, Stop> {
        let handover = Handover::of(self.spec.scheme, self.spec.basic, &self.pin);
        let token = self.begin_session(ProbeKind::CameraStorage, handover, at, trace).await?;
        let answer = self.web.exchange(&reolink::request(Command::Disks, &token), None, trace).await;
        self.end_session(&token, trace).await;
        let answer = answer.map_err(unpinned)?;
        let body = offered(&answer, "Reolink GetHddInfo")?;
        parse_disks(body).map_err(|error| declined(&error, &answer, "Reolink GetHddInfo"))
    }

    async fn begin_session(
        &mut self,
        kind: ProbeKind,
        handover: Handover,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<String, Stop> {
        let missing = |reason| Err(Stop::Missing(reason));
        match handover {
            Handover::Permitted => {}
            Handover::Unpinned => return missing(MissingReason::Unpinned),
            // Its other services show whether it answers, and ONVIF whether it knows the password.
            Handover::Plain | Handover::Unasked | Handover::Weakened => {
                return missing(MissingReason::NotOffered);
            }
        }
        let Some(credentials) = &self.spec.credentials else { return missing(MissingReason::NotOffered) };
        if self.reolink.begun.get(&kind).is_some_and(|begun| at < begun.plus(BETWEEN_SESSIONS)) {
            return missing(MissingReason::Budget);
        }
        self.reolink.begun.insert(kind, at);
        let request = login_request(&credentials.username, credentials.password.expose_secret());
        let answer = self.web.exchange(&request, None, trace).await.map_err(unpinned)?;
        match parse_login(offered(&answer, "Reolink Login")?) {
            Ok(session) if session.token.is_empty() => Err(answer.nonsense("Reolink Login", "no token")),
            Ok(session) => {
                self.pin.logged_in(LoginScheme::Basic);
                Ok(session.token)
            }
            Err(ReolinkError::Refused { why: Refusal::Password, .. }) => Err(self.refuse_login(None, at)),
            Err(ReolinkError::Refused { why: Refusal::Locked, .. }) => {
                self.pause_login(at, false);
                Err(locked(None))
            }
            Err(error) => Err(declined(&error, &answer, "Reolink Login")),
        }
    }

    /// What the camera says to it is no matter: a session that is not ended ends by itself.
    async fn end_session(&mut self, token: &str, trace: &Trace) {
        let _ = self.web.exchange(&logout_request(token), None, &mut trace.rest()).await;
    }
}

fn declined(error: &ReolinkError, answer: &Answer, asked: &str) -> Stop {
    let failed = |symptom, detail: &str| Stop::failed(Phase::Content, symptom, detail);
    match error {
        ReolinkError::Refused { why: Refusal::NotOffered, .. } => Stop::Missing(MissingReason::NotOffered),
        ReolinkError::Refused { why: Refusal::Crowded, .. } => {
            failed(Symptom::Busy, "the camera says that all its sessions are taken")
        }
        // That the session ended between two requests, or a right that the account lacks, blames nobody.
        ReolinkError::Refused {
            why: Refusal::Session | Refusal::Password | Refusal::Locked | Refusal::Other,
            ..
        } => Stop::Missing(MissingReason::Undecided),
        ReolinkError::Json(_) | ReolinkError::Unexpected => answer.nonsense(asked, &error.to_string()),
    }
}
