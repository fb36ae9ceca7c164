//! A fault that comes and goes, in a sentence.

use crate::wording::moment::{length, since};
use demarc_model::incident::OnPage;
use demarc_model::site::Language;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Flapping;
use std::time::Duration;

/// `comes and goes: every 32 s or so, there 45 % of the time, 6 times so far`
pub(crate) fn goes_on(flapping: &Flapping, language: Language) -> String {
    let Numbers { period, duty, times } = numbers(flapping, language);
    match language {
        Language::English => {
            format!("comes and goes: every {period} or so, there {duty} of the time, {times} so far")
        }
        Language::German => {
            format!("kommt und geht: etwa alle {period}, {duty} der Zeit vorhanden, bisher {times}")
        }
    }
}

/// `came and went: every 32 s or so, there 45 % of the time, 6 times in all`
pub(crate) fn is_over(flapping: &Flapping, language: Language) -> String {
    let Numbers { period, duty, times } = numbers(flapping, language);
    match language {
        Language::English => {
            format!("came and went: every {period} or so, there {duty} of the time, {times} in all")
        }
        Language::German => {
            format!("kam und ging: etwa alle {period}, {duty} der Zeit vorhanden, insgesamt {times}")
        }
    }
}

/// `came again: 2 times since 16:38:12 UTC, 4 min ago`
pub(crate) fn came_again(page: &OnPage, now: Timestamp, language: Language) -> String {
    let (times, since) = (times(page.times, language), since(page.since, now, language));
    match language {
        Language::English => format!("came again: {times} {since}"),
        Language::German => format!("kam wieder: {times} {since}"),
    }
}

/// `not the only one under this page: 3 more go on`
pub(crate) fn not_alone(page: &OnPage, language: Language) -> String {
    let others = page.others;
    match language {
        Language::English if others == 1 => "not the only one under this page: 1 more goes on".to_owned(),
        Language::English => format!("not the only one under this page: {others} more go on"),
        Language::German => format!("nicht allein unter dieser Meldung: {others}-mal dauert Gleiches an"),
    }
}

struct Numbers {
    period: String,
    duty: String,
    times: String,
}

fn numbers(flapping: &Flapping, language: Language) -> Numbers {
    let Flapping { period_ms, duty_percent, times } = *flapping;
    Numbers {
        period: length(Duration::from_millis(period_ms), language),
        duty: format!("{duty_percent} %"),
        times: self::times(times, language),
    }
}

fn times(times: u32, language: Language) -> String {
    match (times, language) {
        (1, Language::English) => "once".to_owned(),
        (times, Language::English) => format!("{times} times"),
        (times, Language::German) => format!("{times}-mal"),
    }
}
