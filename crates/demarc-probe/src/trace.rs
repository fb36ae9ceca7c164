//! A probe under way: its deadline, and what it measured so far.
//!
//! Every stage of a probe takes its time limit from here, so that no peer can make one last longer.

use crate::spec::Limits;
use demarc_model::observation::{MissingReason, Outcome, Phase, Phases, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Trace {
    began: Instant,
    /// The interface that every socket is bound to; without one the routing table chooses.
    pub(crate) via: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) phases: Phases,
    pub(crate) readings: Vec<Reading>,
    /// The `Date` of the last answer in milliseconds since 1970, and when in the probe that came.
    pub(crate) dated: Option<(i64, Duration)>,
}

impl Trace {
    pub(crate) fn begin(limits: Limits) -> Self {
        Self {
            began: Instant::now(),
            via: None,
            limits,
            phases: Phases::default(),
            readings: Vec::new(),
            dated: None,
        }
    }

    /// The same over one interface.
    pub(crate) fn over(self, via: Option<&str>) -> Self {
        Self { via: via.map(str::to_owned), ..self }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.began + self.limits.total
    }

    /// When a stage that begins now and may take this long has to end.
    pub(crate) fn within(&self, limit: Duration) -> Instant {
        self.deadline().min(Instant::now() + limit)
    }

    /// For what is asked beside the probe, in the time that it has left: what is measured there is not the
    /// probe's.
    pub(crate) fn rest(&self) -> Self {
        let total = self.deadline().saturating_duration_since(Instant::now());
        Self::begin(Limits { total, ..self.limits }).over(self.via.as_deref())
    }

    pub(crate) fn read(&mut self, reading: Reading) {
        self.readings.push(reading);
    }
}

/// Why a probe ended short of passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    Failed { phase: Phase, symptom: Symptom, detail: DeviceText },
    Missing(MissingReason),
}

impl Stop {
    pub(crate) fn failed(phase: Phase, symptom: Symptom, detail: &str) -> Self {
        Self::Failed { phase, symptom, detail: DeviceText::clean(detail) }
    }
}

impl From<Stop> for Outcome {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed { phase, symptom, detail } => Self::Failed { phase, symptom, detail },
            Stop::Missing(reason) => Self::Missing { reason },
        }
    }
}

pub(crate) fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// A duration as a person says it: `350 ms`, `2.5 s`.
pub(crate) fn spoken(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    format!("{:.1} s", duration.as_secs_f64())
}
