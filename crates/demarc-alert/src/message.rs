//! What is sent, before a channel gives it its form.

use crate::wording::{self, Report, Row};
use demarc_model::incident::{Incident, OnPage, Step, Transition};
use demarc_model::site::{Language, Site};
use demarc_model::time::Timestamp;

/// One message about one step of an incident, or a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The step that was taken; none in a test message.
    pub step: Option<Step>,
    pub site: Site,
    /// What happened; nothing in a test message.
    pub incident: Option<Incident>,
    /// The page under which the incident is told, where it has none for itself.
    pub page: Option<OnPage>,
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
        let Transition { step, at, incident } = transition;
        Self { step: Some(step), site, incident: Some(incident), page: None, at, times }
    }

    /// Proves that a channel works.
    pub fn test(site: Site, now: Timestamp) -> Self {
        let times = Times { sent: now, first_tried: now };
        Self { step: None, site, incident: None, page: None, at: now, times }
    }

    /// What the message says to its receiver, who may have the page already.
    pub fn event(&self) -> Event {
        match (self.own_event(), &self.page) {
            (Event::Trigger, Some(page)) if page.is_told => Event::Update,
            (Event::Resolve, Some(page)) if page.stays_open => Event::Update,
            (event, _) => event,
        }
    }

    /// What it says of the incident alone.
    const fn own_event(&self) -> Event {
        match self.step {
            Some(Step::Opened) => Event::Trigger,
            Some(Step::Changed) => Event::Update,
            Some(Step::Closed) => Event::Resolve,
            None => Event::Test,
        }
    }

    /// The same for all messages of one page.
    pub fn dedup_key(&self) -> String {
        match &self.page {
            Some(page) => page.key.clone(),
            None => self.own_key(),
        }
    }

    fn own_key(&self) -> String {
        match &self.incident {
            Some(incident) => incident.dedup_key(),
            None => format!("demarc/{}/test/{}", self.site.id, self.at.as_millis()),
        }
    }

    /// The same each time this message is tried, and different from that of any other.
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}/{}", self.own_key(), self.own_event().name(), self.at.as_millis())
    }

    /// What the message says, on every channel.
    pub fn report(&self) -> Report {
        match &self.incident {
            Some(incident) => {
                wording::report_on_page(incident, self.page.as_ref(), &self.site, self.times.sent)
            }
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
    use crate::sample::{again, message, message_in};
    use crate::{smtp, webhook};
    use demarc_model::verdict::Flapping;

    #[test]
    fn what_comes_again_goes_on_under_the_page_that_is_open() {
        let page = "demarc/se-mmo-0412/5/1645367910000";
        let cases = [
            (Step::Opened, true, true, Event::Update),
            (Step::Opened, false, true, Event::Trigger),
            (Step::Changed, true, true, Event::Update),
            (Step::Closed, true, true, Event::Update),
            (Step::Closed, true, false, Event::Resolve),
        ];
        for (step, is_told, stays_open, event) in cases {
            let alone = message(step);
            let on_page = again(is_told).map(|page| OnPage { stays_open, ..page });
            let message = Message { page: on_page, ..alone.clone() };
            assert_eq!((message.event(), message.dedup_key().as_str()), (event, page), "{step:?} {is_told}");
            assert_ne!(alone.dedup_key(), page);
            assert_eq!(message.idempotency_key(), alone.idempotency_key(), "{step:?} {is_told}");
        }
    }

    #[test]
    fn says_that_it_came_again_where_no_other_words_do() {
        let said = |step, language, flapping| {
            let mut message = Message { page: again(true), ..message_in(step, language) };
            message.incident.as_mut().unwrap().verdict.flapping = flapping;
            message.report().rows[0].text.clone()
        };
        let english = "came again: 2 times since 14:38:30 UTC, 4 h ago";
        assert_eq!(said(Step::Opened, Language::English, None), english);
        assert_eq!(said(Step::Closed, Language::English, None), english);
        let german = "kam wieder: 2-mal seit 14:38:30 UTC (4 h)";
        assert_eq!(said(Step::Opened, Language::German, None), german);
        let flapping = Some(Flapping { period_ms: 60_000, duty_percent: 50, times: 3 });
        let pattern = "comes and goes: every 60 s or so, there 50 % of the time, 3 times so far";
        assert_eq!(said(Step::Opened, Language::English, flapping), pattern);
    }

    #[test]
    fn says_that_others_under_the_page_go_on() {
        let said = |step, language, others| {
            let page = again(true).map(|page| OnPage { times: 1, others, ..page });
            let report = Message { page, ..message_in(step, language) }.report();
            (report.rows[0].text.clone(), report.advice[0].clone())
        };
        let goes_on = said(Step::Opened, Language::English, 3);
        assert_eq!(goes_on.0, "not the only one under this page: 3 more go on");
        assert_eq!(goes_on.1, message(Step::Opened).report().advice[0]);
        let is_over = said(Step::Closed, Language::English, 1);
        assert_eq!(is_over.0, "not the only one under this page: 1 more goes on");
        assert_eq!(is_over.1, "Nothing more to do here; see to the rest.");
        let german = said(Step::Closed, Language::German, 2);
        assert_eq!(german.0, "nicht allein unter dieser Meldung: 2-mal dauert Gleiches an");
        assert_ne!(said(Step::Closed, Language::English, 0).0, is_over.0);
    }

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
