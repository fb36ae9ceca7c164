//! The camera's clock against ours.

use super::CameraClient;
use super::door::realm_of;
use super::web::{Answer, shown};
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::challenge;
use demarc_protocol::clock;
use demarc_protocol::onvif::{self, FaultKind, OnvifError, Reply};
use reqwest::header::{DATE, WWW_AUTHENTICATE};
use std::time::Duration;

/// More than any network delay, less than what breaks a login.
const LARGEST_OFFSET_MS: i64 = 60_000;
/// The device's answer has no parts of a second.
const HALF_SECOND_MS: i64 = 500;

impl CameraClient {
    pub(super) async fn tell_time(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let offset_ms = self.measure_offset(at, trace).await?;
        trace.read(Reading::ClockOffsetMs(offset_ms));
        if offset_ms.abs() <= LARGEST_OFFSET_MS {
            return Ok(());
        }
        let direction = if offset_ms > 0 { "ahead" } else { "behind" };
        let detail = format!("the camera's clock is {} {direction}", span(offset_ms.unsigned_abs() / 1000));
        Err(Stop::failed(Phase::Content, Symptom::Clock, &detail))
    }

    /// The camera's clock less ours, remembered for signing.
    pub(super) async fn measure_offset(&mut self, at: Timestamp, trace: &mut Trace) -> Result<i64, Stop> {
        let request = onvif::clock_request(&self.spec.onvif_path);
        let sent = trace.elapsed();
        let answer = self.web.exchange(&request, None, trace).await?;
        let ours = at.plus((sent + trace.elapsed()) / 2).as_millis();
        let theirs = read_clock(&answer, trace)?;
        let offset_ms = theirs.saturating_sub(ours);
        self.onvif.offset_ms = Some(offset_ms);
        Ok(offset_ms)
    }
}

/// From the SOAP answer; failing that from the nonce of a 401 or the `Date` header, which every answer has.
fn read_clock(answer: &Answer, trace: &mut Trace) -> Result<i64, Stop> {
    let soap = onvif::parse_clock(&answer.body);
    answer.refuse_gate("GetSystemDateAndTime")?;
    if soap.is_err() {
        answer.refuse_trouble("GetSystemDateAndTime")?;
    }
    trace.readings.extend(realm_of(answer).map(|realm| Reading::Realm(shown(&realm))));
    let fallback = nonce_ms(answer).or_else(|| date_ms(answer));
    let unknown = || Stop::Missing(MissingReason::NotOffered);
    match soap {
        Ok(Reply::Answer(clock)) => {
            clock.utc_ms.map(|ms| ms + HALF_SECOND_MS).or(fallback).ok_or_else(unknown)
        }
        Ok(Reply::Fault(fault)) => match fault.kind {
            FaultKind::NotAuthorized | FaultKind::NotSupported | FaultKind::Other => {
                fallback.ok_or_else(unknown)
            }
            FaultKind::Unwell => Err(super::onvif::unwell(&fault)),
        },
        Err(OnvifError::Xml(_) | OnvifError::Unexpected) => match answer.status {
            401 => fallback.ok_or_else(unknown),
            404 | 405 | 410 => Err(unknown()),
            _ => Err(answer.nonsense("GetSystemDateAndTime", "not the SOAP answer expected")),
        },
    }
}

fn nonce_ms(answer: &Answer) -> Option<i64> {
    let challenges = challenge::read(answer.values(WWW_AUTHENTICATE));
    let nonces = challenges.iter().filter_map(|challenge| challenge.param("nonce"));
    nonces.filter_map(|nonce| std::str::from_utf8(nonce).ok()).find_map(clock::axis_nonce_ms)
}

fn date_ms(answer: &Answer) -> Option<i64> {
    answer.text(DATE).and_then(clock::http_date_ms).map(|ms| ms + HALF_SECOND_MS)
}

/// `3 h 2 min`, `4 days`: two units at most.
fn span(seconds: u64) -> String {
    let duration = Duration::from_secs(seconds);
    match duration.as_secs() {
        s if s >= 2 * 86_400 => format!("{} days", s / 86_400),
        s if s >= 3_600 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        s => format!("{} min {} s", s / 60, s % 60),
    }
}
