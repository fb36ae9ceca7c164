//! The VAPIX probes: is it ready, who is it, does it know our password.

use super::CameraClient;
use super::door::{Handover, realm_of};
use super::vendor::Keeping;
use super::web::{Answer, shown};
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::request::Request;
use demarc_protocol::vapix::{self, Readiness, Setup, SystemReady, VapixError};
use demarc_protocol::vendor::Vendor;

impl CameraClient {
    pub(super) async fn ready(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        if self.is_foreign() {
            return Err(Stop::Missing(MissingReason::NotOffered));
        }
        let request = vapix::system_ready_request(0);
        let answer = self.web.exchange(&request, None, trace).await?;
        let Some(body) = open_body(&answer, "systemready.cgi", trace)? else { return Ok(()) };
        let state =
            vapix::parse_system_ready(body).map_err(|error| misread(&answer, "systemready.cgi", &error))?;
        trace.readings.extend(state.uptime_s.map(Reading::UptimeS));
        trace.readings.extend(self.boot.note(&state, at.plus(trace.elapsed())).map(Reading::StartedAt));
        trace.readings.extend(state.boot_id.as_deref().map(|id| Reading::BootId(DeviceText::clean(id))));
        judge_ready(&state)
    }

    pub(super) async fn identify(&mut self, trace: &mut Trace) -> Result<(), Stop> {
        if self.is_foreign() {
            return Err(Stop::Missing(MissingReason::NotOffered));
        }
        let answer = self.web.exchange(&vapix::identity_request(), None, trace).await?;
        let Some(body) = open_body(&answer, "basicdeviceinfo.cgi", trace)? else { return Ok(()) };
        let identity =
            vapix::parse_identity(body).map_err(|error| misread(&answer, "basicdeviceinfo.cgi", &error))?;
        let clean = |text: &Option<String>| text.as_deref().map(DeviceText::clean);
        trace.readings.extend(clean(&identity.serial_number).map(Reading::Serial));
        trace.readings.extend(clean(&identity.prod_full_name).map(Reading::Model));
        trace.readings.extend(clean(&identity.version).map(Reading::Firmware));
        identity.serial_number.as_deref().map_or(Ok(()), |serial| self.pin.meet(serial))
    }

    pub(super) async fn log_in(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        if let Some(vendor) = self.vendor().filter(|vendor| *vendor != Vendor::Axis) {
            return self.log_in_elsewhere(vendor, at, trace).await;
        }
        if self.tell_relays(at, trace).await? {
            return Ok(());
        }
        let handover = Handover::of(self.spec.scheme, self.spec.basic, &self.pin);
        let answer = self.ask_vapix(&vapix::login_request(), at, trace).await?;
        // Only one that may be given the password itself can be logged in to.
        if answer.status == 404 && handover == Handover::Permitted && self.says_reolink(trace).await? {
            return self.log_in_to_reolink(handover, at, trace).await;
        }
        let Some(body) = open_body(&answer, "usergroup.cgi", trace)? else { return Ok(()) };
        let account =
            vapix::parse_user_groups(body).map_err(|error| misread(&answer, "usergroup.cgi", &error))?;
        self.relays.learn(&account);
        self.ask_for_time_source(at, trace).await;
        Ok(())
    }

    /// A request to VAPIX that needs the password; the answer has any status but 401.
    pub(super) async fn ask_vapix(
        &mut self,
        request: &Request,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Answer, Stop> {
        if self.is_foreign() {
            return Err(Stop::Missing(MissingReason::NotOffered));
        }
        self.ask_web(Keeping::Warm, request, at, trace).await
    }
}

fn judge_ready(state: &SystemReady) -> Result<(), Stop> {
    let failed = |symptom, detail| Err(Stop::failed(Phase::Content, symptom, detail));
    match (state.setup, state.readiness) {
        (_, Readiness::Starting) => failed(Symptom::Booting, "the camera says that it is still starting"),
        (Setup::Needed, Readiness::Ready) => {
            failed(Symptom::FactoryReset, "the camera says that it has no users and waits to be set up")
        }
        (Setup::Done, Readiness::Ready) => Ok(()),
    }
}

/// The body of a 200; `None` for a 401, which proves the camera alive and its anonymous access off.
pub(super) fn open_body<'a>(
    answer: &'a Answer,
    asked: &str,
    trace: &mut Trace,
) -> Result<Option<&'a [u8]>, Stop> {
    answer.refuse_trouble(asked)?;
    match answer.status {
        200 => Ok(Some(&answer.body)),
        401 => {
            trace.readings.extend(realm_of(answer).map(|realm| Reading::Realm(shown(&realm))));
            Ok(None)
        }
        404 | 405 | 410 => Err(Stop::Missing(MissingReason::NotOffered)),
        _ => Err(answer.nonsense(asked, "not a status this request can have")),
    }
}

pub(super) fn misread(answer: &Answer, asked: &str, error: &VapixError) -> Stop {
    match error {
        VapixError::Refused { code: 1000 | 8000, message } => {
            let detail = format!("{asked} reports an internal error: {message}");
            Stop::failed(Phase::Content, Symptom::ServerError, &detail)
        }
        VapixError::Refused { .. } => Stop::Missing(MissingReason::NotOffered),
        VapixError::Json(_)
        | VapixError::Empty
        | VapixError::Word(_)
        | VapixError::Groups
        | VapixError::Params
        | VapixError::Xml(_)
        | VapixError::Text => answer.nonsense(asked, &error.to_string()),
    }
}

/// Another key in TLS ends the connection before a password is sent: nothing was measured.
pub(super) fn unpinned(stop: Stop) -> Stop {
    match stop {
        Stop::Failed { symptom: Symptom::IdentityChanged, .. } => Stop::Missing(MissingReason::Unpinned),
        Stop::Failed { .. } | Stop::Missing(_) => stop,
    }
}
