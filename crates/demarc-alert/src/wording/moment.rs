//! Times and durations as a person reads them.

use demarc_model::site::Language;
use demarc_model::time::Timestamp;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, Zoned};
use std::time::Duration;

/// `16:38:12 UTC`, with the date when it is not the day of `now`.
pub fn clock(at: Timestamp, now: Timestamp, language: Language) -> String {
    let (Some(at), Some(now)) = (utc(at), utc(now)) else { return at.to_string() };
    let form = match (at.date() == now.date(), language) {
        (true, Language::English | Language::German) => "%H:%M:%S UTC",
        (false, Language::English) => "%Y-%m-%d %H:%M:%S UTC",
        (false, Language::German) => "%d.%m.%Y %H:%M:%S UTC",
    };
    at.strftime(form).to_string()
}

/// `4 min ago`; `just now` below five seconds.
pub fn ago(at: Timestamp, now: Timestamp, language: Language) -> String {
    let passed = now.since(at);
    let length = length(passed, language);
    match (is_now(passed), language) {
        (true, Language::English) => "just now".to_owned(),
        (true, Language::German) => "gerade eben".to_owned(),
        (false, Language::English) => format!("{length} ago"),
        (false, Language::German) => format!("vor {}", after_preposition(&length)),
    }
}

/// `since 16:38:12 UTC, 4 min ago`
pub(crate) fn since(at: Timestamp, now: Timestamp, language: Language) -> String {
    let clock = clock(at, now, language);
    match language {
        Language::English => format!("since {clock}, {}", ago(at, now, language)),
        Language::German => format!("seit {clock} ({})", within(at, now)),
    }
}

/// The largest unit that fits, in whole numbers: `45 s`, `4 min`, `3 h`, `2 days`.
pub fn length(duration: Duration, language: Language) -> String {
    let seconds = duration.as_secs();
    match (seconds, language) {
        (0..120, _) => format!("{seconds} s"),
        (120..7_200, _) => format!("{} min", seconds / 60),
        (7_200..172_800, _) => format!("{} h", seconds / 3_600),
        (_, Language::English) => format!("{} days", seconds / 86_400),
        (_, Language::German) => format!("{} Tage", seconds / 86_400),
    }
}

/// For how long already, in German.
fn within(at: Timestamp, now: Timestamp) -> String {
    let passed = now.since(at);
    if is_now(passed) { "gerade eben".to_owned() } else { length(passed, Language::German) }
}

const fn is_now(passed: Duration) -> bool {
    passed.as_secs() < 5
}

/// "vor 2 Tagen", where alone it is "2 Tage".
pub(crate) fn after_preposition(length: &str) -> String {
    if length.ends_with("Tage") { format!("{length}n") } else { length.to_owned() }
}

fn utc(at: Timestamp) -> Option<Zoned> {
    // Only times outside the years -9999 to 9999 have no calendar date.
    Instant::from_millisecond(at.as_millis()).ok().map(|at| at.to_zoned(TimeZone::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_date_only_when_it_is_another_day() {
        let now: Timestamp = "2022-02-20T17:42:00Z".parse().unwrap();
        let cases = [
            ("2022-02-20T16:38:12Z", "16:38:12 UTC", "63 min ago", "16:38:12 UTC", "vor 63 min"),
            ("2022-02-20T17:41:57Z", "17:41:57 UTC", "just now", "17:41:57 UTC", "gerade eben"),
            ("2022-02-20T17:41:00Z", "17:41:00 UTC", "60 s ago", "17:41:00 UTC", "vor 60 s"),
            (
                "2022-02-19T23:59:59Z",
                "2022-02-19 23:59:59 UTC",
                "17 h ago",
                "19.02.2022 23:59:59 UTC",
                "vor 17 h",
            ),
            (
                "2022-02-01T00:00:00Z",
                "2022-02-01 00:00:00 UTC",
                "19 days ago",
                "01.02.2022 00:00:00 UTC",
                "vor 19 Tagen",
            ),
            ("2022-02-20T18:00:00Z", "18:00:00 UTC", "just now", "18:00:00 UTC", "gerade eben"),
        ];
        for (at, english_clock, english_ago, german_clock, german_ago) in cases {
            let at = at.parse().unwrap();
            let said = |language| (clock(at, now, language), ago(at, now, language));
            let (english, german) = (said(Language::English), said(Language::German));
            assert_eq!((english.0.as_str(), english.1.as_str()), (english_clock, english_ago));
            assert_eq!((german.0.as_str(), german.1.as_str()), (german_clock, german_ago));
        }
    }
}
