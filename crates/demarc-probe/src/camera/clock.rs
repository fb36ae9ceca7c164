//! The camera's clock against ours.

use super::CameraClient;
use super::door::realm_of;
use super::vendor::Keeping;
use super::web::{Answer, shown};
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::challenge;
use demarc_protocol::clock;
use demarc_protocol::onvif::{self, FaultKind, OnvifError, Question, Reply};
use demarc_protocol::vapix::time::{self, Ntp};
use http::header::{DATE, WWW_AUTHENTICATE};
use std::time::Duration;

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    is_off: bool,
    source: Option<TimeSource>,
    /// When the camera was asked, in its own language, where it takes the time from.
    asked: Option<Timestamp>,
    /// When the `Date` of an answer last gave reason to doubt it.
    doubted: Option<Timestamp>,
}

/// Where a camera takes the time from, as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeSource {
    pub(super) servers: Vec<String>,
    /// They were named by DHCP, not by hand.
    pub(super) by_dhcp: bool,
    /// Whether it follows them now; few cameras say.
    pub(super) in_step: Option<bool>,
}

/// The widest window in which ONVIF devices were seen to take a token that is signed with a time of one's
/// own (gSOAP's; others take 5 s): further off, whoever does not ask for the camera's time is not let in.
const BREAKS_LOGINS: Duration = Duration::from_mins(5);
/// The device's answer has no parts of a second.
const HALF_SECOND_MS: i64 = 500;

/// A clock that stays wrong is asked about this often.
const SOURCE_EVERY: Duration = Duration::from_hours(1);
const MOST_SERVERS: usize = 2;
/// The `Date` of an answer gives reason to doubt a clock this often: that of some cameras is wrong for ever.
const DOUBT_EVERY: Duration = Duration::from_mins(15);

impl Memory {
    /// Whether the clock is wrong, and why is not known.
    pub(super) const fn wants_source(&self) -> bool {
        self.is_off && self.source.is_none()
    }

    pub(super) fn learn(&mut self, source: TimeSource) {
        self.source = Some(source);
    }

    fn see(&mut self, offset: Duration, tolerance: Duration) {
        self.is_off = offset > tolerance;
        if !self.is_off {
            (self.source, self.asked) = (None, None);
        }
    }
}

impl TimeSource {
    /// The end of a sentence about a clock that is wrong.
    fn told(&self) -> String {
        let servers = &self.servers[..self.servers.len().min(MOST_SERVERS)];
        let named = servers.join(" and ");
        let by = if self.by_dhcp { ", which DHCP named" } else { "" };
        match (servers, self.in_step) {
            ([], _) => "; no time server is set in it".to_owned(),
            (_, Some(true)) => format!("; it says that it is in step with {named}{by}"),
            (_, Some(false)) => format!("; it gets no time from {named}{by}"),
            (_, None) => format!("; its time server is {named}{by}"),
        }
    }
}

impl CameraClient {
    pub(super) async fn tell_time(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let offset_ms = self.measure_offset(at, trace).await?;
        trace.read(Reading::ClockOffsetMs(offset_ms));
        let offset = Duration::from_millis(offset_ms.unsigned_abs());
        self.clock.see(offset, self.spec.clock_tolerance);
        if !self.clock.is_off {
            return Ok(());
        }
        let direction = if offset_ms > 0 { "ahead" } else { "behind" };
        let source = self.clock.source.as_ref().map_or_else(String::new, TimeSource::told);
        let detail = format!("the camera's clock is {} {direction}{}{source}", span(offset), harm(offset));
        Err(Stop::failed(Phase::Content, Symptom::Clock, &detail))
    }

    /// Asks an Axis camera whose clock is wrong where it takes the time from. To be called when it has just
    /// taken the password: a refusal is about the right to this one thing.
    pub(super) async fn ask_for_time_source(&mut self, at: Timestamp, trace: &Trace) {
        let is_due = self.clock.asked.is_none_or(|asked| at.since(asked) >= SOURCE_EVERY);
        if !self.clock.wants_source() || !is_due {
            return;
        }
        self.clock.asked = Some(at);
        let answer = self.knock(Keeping::Warm, &time::ntp_request(), &mut trace.rest()).await;
        let told = answer.ok().and_then(|answer| time::parse_ntp(&answer.body).ok());
        if let Some(Ntp { enabled, synced, servers, .. }) = told {
            let servers = if enabled == Some(false) { Vec::new() } else { servers };
            self.clock.learn(TimeSource { servers, by_dhcp: false, in_step: synced });
        }
    }

    /// Takes down how far the `Date` of an answer to something else was off, where that is a reason to ask
    /// for the clock before its turn. By itself it proves nothing: what the camera shows and stamps is what
    /// it says by ONVIF.
    pub(super) fn doubt_clock(&mut self, at: Timestamp, trace: &mut Trace) {
        let Some((says_ms, after)) = trace.dated else { return };
        let offset_ms = says_ms.saturating_sub(at.plus(after).as_millis());
        let is_off = Duration::from_millis(offset_ms.unsigned_abs()) > self.spec.clock_tolerance;
        let is_due = self.clock.doubted.is_none_or(|doubted| at.since(doubted) >= DOUBT_EVERY);
        if is_off && is_due && !self.clock.is_off {
            self.clock.doubted = Some(at);
            trace.read(Reading::ClockOffsetMs(offset_ms));
        }
    }

    /// The camera's clock less ours, remembered for signing.
    pub(super) async fn measure_offset(&mut self, at: Timestamp, trace: &mut Trace) -> Result<i64, Stop> {
        let mut dialect = self.onvif.dialect();
        loop {
            let request = onvif::request(Question::SystemDateAndTime, &self.spec.onvif_path, dialect, None);
            let sent = trace.elapsed();
            let answer = self.ask_onvif_port(&request, trace).await?;
            if let Some(next) = self.onvif.hear(dialect, &answer, at) {
                dialect = next;
                continue;
            }
            let ours = at.plus((sent + trace.elapsed()) / 2).as_millis();
            let theirs = read_clock(&answer, trace)?;
            let offset_ms = theirs.saturating_sub(ours);
            self.onvif.offset_ms = Some(offset_ms);
            return Ok(offset_ms);
        }
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
            clock.best_utc_ms().map(|ms| ms + HALF_SECOND_MS).or(fallback).ok_or_else(unknown)
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

pub(super) fn date_ms(answer: &Answer) -> Option<i64> {
    answer.text(DATE).and_then(clock::http_date_ms).map(|ms| ms + HALF_SECOND_MS)
}

/// What such a clock spoils besides what it stamps on recordings.
const fn harm(offset: Duration) -> &'static str {
    if offset.as_millis() > BREAKS_LOGINS.as_millis() {
        ", which spoils recordings as evidence and logins that are signed with the time (ONVIF)"
    } else {
        ", which spoils recordings as evidence"
    }
}

/// `3 h 2 min`, `4 days`: two units at most.
fn span(duration: Duration) -> String {
    match duration.as_secs() {
        s if s >= 2 * 86_400 => format!("{} days", s / 86_400),
        s if s >= 3_600 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        s => format!("{} min {} s", s / 60, s % 60),
    }
}
