//! What is sent, before a channel gives it its form.

use crate::wording::{self, Report};
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::site::Site;
use demarc_model::time::Timestamp;

/// One message about one step of an incident, or a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub event: Event,
    pub site: Site,
    /// What happened; nothing in a test message.
    pub incident: Option<Incident>,
    /// When the step was taken.
    pub at: Timestamp,
    pub times: Times,
}

/// What a message says. The names are JSON values and those that paging services use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    Trigger,
    Update,
    Resolve,
    Test,
}

impl Event {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Update => "update",
            Self::Resolve => "resolve",
            Self::Test => "test",
        }
    }
}

/// When a message is sent, and when that was first tried: a receiver sees what was late and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub sent: Timestamp,
    pub first_tried: Timestamp,
}

impl Message {
    pub fn about(transition: Transition, site: Site, times: Times) -> Self {
        let event = match transition.step {
            Step::Opened => Event::Trigger,
            Step::Changed => Event::Update,
            Step::Closed => Event::Resolve,
        };
        Self { event, site, incident: Some(transition.incident), at: transition.at, times }
    }

    /// Proves that a channel works.
    pub fn test(site: Site, now: Timestamp) -> Self {
        let times = Times { sent: now, first_tried: now };
        Self { event: Event::Test, site, incident: None, at: now, times }
    }

    /// The same for all messages about one incident.
    pub fn dedup_key(&self) -> String {
        match &self.incident {
            Some(incident) => incident.dedup_key(),
            None => format!("demarc/{}/test/{}", self.site.id, self.at.as_millis()),
        }
    }

    /// The same each time this message is tried, and different from that of any other.
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}/{}", self.dedup_key(), self.event.name(), self.at.as_millis())
    }

    pub(crate) fn report(&self) -> Report {
        match &self.incident {
            Some(incident) => wording::report(incident, &self.site, self.times.sent),
            None => wording::test_report(&self.site, self.times.sent),
        }
    }
}

/// A report as lines of text.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    let rows = report.rows.iter().map(|row| format!("{}: {}", row.label.name(), row.text));
    [report.headline.clone()].into_iter().chain(rows).collect()
}
