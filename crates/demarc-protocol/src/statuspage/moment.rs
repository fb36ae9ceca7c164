//! The times that a page gives, of which some cannot be.

use serde_json::Value;

/// A time as a page gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The page does not say, or not in a form that names a zone.
    Untold,
    /// In milliseconds since 1970.
    At(i64),
    /// Before 2000, or in the future, or after what follows it: good for nothing but a remark.
    Implausible,
}

const YEAR_2000_MS: i64 = 946_684_800_000;
/// Clocks differ.
const FUTURE_MS: i64 = 600_000;
/// A longer text is no time; parsers of dates have been made to work for hours (RUSTSEC-2026-0009).
const LONGEST: usize = 64;

impl Moment {
    /// A time in the form of RFC 3339 or RFC 2822.
    pub(super) fn read(text: &str, now_ms: i64) -> Self {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST {
            return Self::Untold;
        }
        let read = text.parse::<jiff::Timestamp>().ok();
        let read = read.or_else(|| RFC_2822.parse_timestamp(text).ok());
        match read.map(jiff::Timestamp::as_millisecond) {
            None => Self::Untold,
            Some(ms) if (YEAR_2000_MS..=now_ms.saturating_add(FUTURE_MS)).contains(&ms) => Self::At(ms),
            Some(_) => Self::Implausible,
        }
    }

    /// The first of these members that tells a time.
    pub(super) fn of(object: &Value, names: &[&str], now_ms: i64) -> Self {
        let told = names.iter().filter_map(|name| object.pointer(name)?.as_str());
        told.map(|text| Self::read(text, now_ms)).find(|m| *m != Self::Untold).unwrap_or(Self::Untold)
    }

    /// The time, when it can be one.
    pub const fn millis(self) -> Option<i64> {
        match self {
            Self::At(ms) => Some(ms),
            Self::Untold | Self::Implausible => None,
        }
    }
}

const RFC_2822: jiff::fmt::rfc2822::DateTimeParser =
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_cannot_be_is_told_from_none() {
        let now = 1_645_376_400_000;
        let cases = [
            ("2022-02-20T17:00:00Z", Moment::At(now)),
            ("2022-02-20T18:00:00.000+01:00", Moment::At(now)),
            ("Sun, 20 Feb 2022 17:00:00 GMT", Moment::At(now)),
            ("Mon, 20 Feb 2022 17:00:00 +0000", Moment::At(now)),
            ("2022-02-20T17:10:00Z", Moment::At(now + 600_000)),
            ("2022-02-20T17:10:01Z", Moment::Implausible),
            ("2099-01-01T00:00:00Z", Moment::Implausible),
            ("1970-01-01T00:00:00Z", Moment::Implausible),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Moment::Implausible),
            ("2022-02-20 17:00:00", Moment::Untold),
            ("yesterday", Moment::Untold),
            ("", Moment::Untold),
        ];
        for (text, expected) in cases {
            assert_eq!(Moment::read(text, now), expected, "{text}");
        }
        let bomb = format!("{}Sun, 20 Feb 2022 17:00:00 GMT", "(".repeat(100_000));
        assert_eq!(Moment::read(&bomb, now), Moment::Untold);
    }
}
