//! Times and durations as a person reads them.

use demarc_model::time::Timestamp;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, Zoned};
use std::time::Duration;

/// `16:38:12 UTC`, with the date when it is not the day of `now`.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let (Some(at), Some(now)) = (utc(at), utc(now)) else { return at.to_string() };
    let form = if at.date() == now.date() { "%H:%M:%S UTC" } else { "%Y-%m-%d %H:%M:%S UTC" };
    at.strftime(form).to_string()
}

/// `4 min ago`; `just now` below five seconds.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let passed = now.since(at);
    if passed < Duration::from_secs(5) { "just now".to_owned() } else { format!("{} ago", length(passed)) }
}

/// The largest unit that fits, in whole numbers: `45 s`, `4 min`, `3 h`, `2 days`.
pub fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
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
            ("2022-02-20T16:38:12Z", "16:38:12 UTC", "63 min ago"),
            ("2022-02-20T17:41:57Z", "17:41:57 UTC", "just now"),
            ("2022-02-20T17:41:00Z", "17:41:00 UTC", "60 s ago"),
            ("2022-02-19T23:59:59Z", "2022-02-19 23:59:59 UTC", "17 h ago"),
            ("2022-02-01T00:00:00Z", "2022-02-01 00:00:00 UTC", "19 days ago"),
            ("2022-02-20T18:00:00Z", "18:00:00 UTC", "just now"),
        ];
        for (at, expected_clock, expected_ago) in cases {
            let at = at.parse().unwrap();
            assert_eq!((clock(at, now), ago(at, now)), (expected_clock.to_owned(), expected_ago.to_owned()));
        }
    }
}
