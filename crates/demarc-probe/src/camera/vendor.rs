//! Cameras of other vendors: asked in their own language, which is chosen by what the camera says it is.
//! Every call only reads.

use super::CameraClient;
use super::door::{Door, Handover, Refusal};
use super::pin::Service;
use super::storage::offered;
use super::web::Answer;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::request::Request;
use demarc_protocol::vendor::{Signs, Vendor, recognise};
use demarc_protocol::{dahua, isapi, sunapi};
use std::fmt::Display;

/// One question, and what it is called where its answer is told of.
pub(super) struct Call {
    pub(super) request: Request,
    pub(super) name: &'static str,
    pub(super) keeping: Keeping,
}

impl CameraClient {
    /// Whose camera it is, as far as it has said; VAPIX is tried while it is unknown.
    pub(super) fn vendor(&self) -> Option<Vendor> {
        let (manufacturer, name) = (self.onvif.manufacturer.as_deref(), self.onvif.announced_name());
        let named = recognise(Signs { manufacturer, realm: self.pin.realm(), name });
        named.or((self.reolink.is_one == Some(true)).then_some(Vendor::Reolink))
    }

    /// Whether VAPIX would be asked in vain.
    pub(super) fn is_foreign(&self) -> bool {
        self.vendor().is_some_and(|vendor| vendor != Vendor::Axis)
    }

    /// The least that proves the password, in the camera's own language.
    pub(super) async fn log_in_elsewhere(
        &mut self,
        vendor: Vendor,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<(), Stop> {
        // Always the same URL, to which Hikvision binds its nonces: one request while it is warm.
        let call = |request, name| Call { request, name, keeping: Keeping::Warm };
        match vendor {
            Vendor::Hikvision => {
                let call = call(isapi::login_request(), "ISAPI userCheck");
                let taken = self.call(call, at, trace, isapi::parse_login).await?;
                if taken { Ok(()) } else { Err(self.refuse_login(None, at)) }
            }
            Vendor::Dahua => {
                let call = call(dahua::system_info_request(), "magicBox.cgi");
                self.call(call, at, trace, dahua::parse_system_info).await.map(drop)
            }
            Vendor::Hanwha => {
                let call = call(sunapi::device_info_request(), "SUNAPI deviceinfo");
                self.call(call, at, trace, sunapi::parse_device_info).await.map(drop)
            }
            Vendor::Reolink => {
                let handover = Handover::of(self.spec.scheme, self.spec.basic, &self.pin);
                self.log_in_to_reolink(handover, at, trace).await
            }
            // It speaks VAPIX.
            Vendor::Axis => Err(Stop::Missing(MissingReason::NotOffered)),
        }
    }

    /// Asks one thing and reads the answer.
    pub(super) async fn call<T, E: Declines>(
        &mut self,
        call: Call,
        at: Timestamp,
        trace: &mut Trace,
        parse: fn(&[u8]) -> Result<T, E>,
    ) -> Result<T, Stop> {
        let answer = self.ask_web(call.keeping, &call.request, at, trace).await?;
        let body = offered(&answer, call.name)?;
        parse(body).map_err(|error| match error.declines() {
            true => Stop::Missing(MissingReason::NotOffered),
            false => answer.nonsense(call.name, &error.to_string()),
        })
    }

    /// A request that needs the password; the answer has any status but 401.
    pub(super) async fn ask_web(
        &mut self,
        keeping: Keeping,
        request: &Request,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Answer, Stop> {
        let answer = self.knock(keeping, request, trace).await;
        answer.map_err(|refusal| self.turn_away(refusal, at))
    }

    /// The same, with what a refusal means left to the caller.
    pub(super) async fn knock(
        &mut self,
        keeping: Keeping,
        request: &Request,
        trace: &mut Trace,
    ) -> Result<Answer, Refusal> {
        let Some(credentials) = &self.spec.credentials else {
            return Err(Stop::Missing(MissingReason::NotOffered).into());
        };
        let handover = Handover::of(self.spec.scheme, self.spec.basic, &self.pin);
        let (web, pin, service) = (&mut self.web, &mut self.pin, Service::Web);
        let mut door = Door { web, pin, credentials, service, handover };
        let session = match keeping {
            Keeping::Warm => &mut self.login,
            Keeping::Cold => &mut self.aside,
            Keeping::Pictures => self.picture.session(),
        };
        door.knock(session, request, trace).await
    }
}

/// How the proof of the password is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// One request while the nonce lasts.
    Warm,
    /// Two requests, and no refusal in doubt: for URLs that are asked rarely.
    Cold,
    /// Warm, for the one URL of the snapshots.
    Pictures,
}

/// Whether a device has understood a question and says that it has no answer to it.
pub(super) trait Declines: Display {
    fn declines(&self) -> bool;
}

impl Declines for isapi::IsapiError {
    fn declines(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

impl Declines for dahua::DahuaError {
    fn declines(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl Declines for sunapi::SunapiError {
    fn declines(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// A camera that says that it looks at no password now.
pub(super) fn locked(unlock_s: Option<u32>) -> Stop {
    let until =
        unlock_s.map_or_else(String::new, |seconds| format!(", for {} min more", seconds.div_ceil(60)));
    let detail = format!("the camera says that it has locked logins from here after wrong passwords{until}");
    Stop::failed(Phase::Content, Symptom::LockedOut, &detail)
}
