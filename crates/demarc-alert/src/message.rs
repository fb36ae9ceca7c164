//! What is sent, before a channel gives it its form.

use crate::wording::{self, Report, Row};
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::site::{Language, Site};
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

    /// What the message says, on every channel.
    pub fn report(&self) -> Report {
        match &self.incident {
            Some(incident) => wording::report(incident, &self.site, self.times.sent),
            None => wording::test_report(&self.site, self.times.sent),
        }
    }
}

/// A report as lines of text, less its title and its advice.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    [facts(report), reasons(report)].concat()
}

/// How the site stands.
pub(crate) fn facts(report: &Report) -> Vec<String> {
    let mut lines = vec![report.headline.clone()];
    lines.extend(labelled(&report.rows, report.language));
    lines
}

/// Why that is believed.
pub(crate) fn reasons(report: &Report) -> Vec<String> {
    labelled(&report.reasons, report.language).collect()
}

fn labelled(rows: &[Row], language: Language) -> impl Iterator<Item = String> {
    rows.iter().map(move |row| format!("{}: {}", row.label.name(language), row.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::message_in;
    use crate::{smtp, webhook};

    #[test]
    fn mail_and_webhook_say_the_same() {
        for (step, language) in [
            (Step::Opened, Language::English),
            (Step::Opened, Language::German),
            (Step::Closed, Language::German),
        ] {
            let message = message_in(step, language);
            let report = message.report();
            let title = vec![report.title.clone()];
            let (facts, reasons) = (facts(&report), reasons(&report));
            let body: serde_json::Value = serde_json::from_slice(&webhook::body(&message).unwrap()).unwrap();
            let posted = ["title", "text", "advice"].map(|name| body[name].clone());
            let expected = serde_json::json!([report.title, lines(&report), report.advice]);
            assert_eq!(serde_json::json!(posted), expected);
            let mail = smtp::text(&message);
            let mailed = mail.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>();
            assert_eq!(mailed[..mailed.len() - 1], [title, facts, report.advice, reasons].concat());
        }
    }
}
