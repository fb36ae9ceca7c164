//! A device's clock, read from what it says anyway.

use base64::Engine as _;

/// 2000-01-01 and 2100-01-01: outside, a number is no date that somebody set.
const PLAUSIBLE_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// An HTTP `Date` header, in milliseconds since 1970.
pub fn http_date_ms(value: &str) -> Option<i64> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    let ms = parser.parse_timestamp(value.trim()).ok()?.as_millisecond();
    PLAUSIBLE_MS.contains(&ms).then_some(ms)
}

/// The time at which an Axis camera made this nonce, in milliseconds since 1970.
///
/// Its web server writes eight little-endian bytes of microseconds in base64, then 40 hex digits of SHA-1.
pub fn axis_nonce_ms(nonce: &str) -> Option<i64> {
    let (time, hash) = nonce.split_at_checked(12)?;
    if hash.len() != 40 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(time).ok()?;
    let micros = i64::from_le_bytes(bytes.try_into().ok()?);
    let ms = micros.div_euclid(1000);
    PLAUSIBLE_MS.contains(&ms).then_some(ms)
}

/// Date and time of day as a device states them, field by field, in milliseconds since 1970.
///
/// Devices say `00:61:16` and the 31st of June: a time of day carries over, a day is cut to its month.
/// A month or year that cannot be is no time at all.
pub(crate) fn civil_ms(date: [i64; 3], time: [i64; 3]) -> Option<i64> {
    let [year, month, day] = date;
    let first = jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    let day = i8::try_from(day.clamp(1, i64::from(first.days_in_month()))).ok()?;
    let midnight = first.with().day(day).build().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let [hour, minute, second] = time;
    if [hour, minute, second].iter().any(|part| !(0..=99).contains(part)) {
        return None;
    }
    let ms = midnight.timestamp().as_millisecond() + (hour * 3600 + minute * 60 + second) * 1000;
    PLAUSIBLE_MS.contains(&ms).then_some(ms)
}

/// A local time (as if it were UTC) in a POSIX time zone, as UTC; both in milliseconds since 1970.
pub(crate) fn utc_ms(local_ms: i64, zone: &str) -> Option<i64> {
    let zone = jiff::tz::TimeZone::posix(zone.trim()).ok()?;
    let local = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::from_millisecond(local_ms).ok()?);
    let ms = local.to_zoned(zone).ok()?.timestamp().as_millisecond();
    PLAUSIBLE_MS.contains(&ms).then_some(ms)
}

/// A time of RFC 3339 with its offset, in milliseconds since 1970.
pub(crate) fn rfc3339_ms(text: &str) -> Option<i64> {
    let ms = text.trim().parse::<jiff::Timestamp>().ok()?.as_millisecond();
    PLAUSIBLE_MS.contains(&ms).then_some(ms)
}

/// `2026-07-02 19:09:25`, also with `T` and with single digits, as if it were UTC.
pub(crate) fn written_ms(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_once([' ', 'T'])?;
    civil_ms(three(date, '-')?, three(time.trim(), ':')?)
}

fn three(text: &str, by: char) -> Option<[i64; 3]> {
    let mut parts = text.split(by).map(|part| part.trim().parse::<i64>().ok());
    let all = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_clock_in_an_axis_nonce() {
        let cases = [
            ("WuZJmDxdBgA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc", Some(1_791_364_694_664)),
            ("000057c3Y810622bff50b36005eb5efeae118626a161bf", None),
            ("AAAAAAAAAAA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc", None),
            ("//////////8=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc", None),
            ("WuZJmDxdBgA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5d", None),
            ("ééééééééé", None),
            ("", None),
        ];
        for (nonce, expected) in cases {
            assert_eq!(axis_nonce_ms(nonce), expected, "{nonce}");
        }
    }

    #[test]
    fn reads_http_dates() {
        let cases = [
            ("Wed, 07 Oct 2026 09:18:14 GMT", Some(1_791_364_694_000)),
            (" Wed, 07 Oct 2026 09:18:14 GMT", Some(1_791_364_694_000)),
            ("Thu, 01 Jan 1970 00:00:10 GMT", None),
            ("yesterday", None),
        ];
        for (value, expected) in cases {
            assert_eq!(http_date_ms(value), expected, "{value}");
        }
    }

    #[test]
    fn forgives_times_that_run_over_and_no_others() {
        let noon = 1_655_726_400_000; // 2022-06-20T12:00:00Z
        let cases = [
            ([2022, 6, 20], [12, 0, 0], Some(noon)),
            ([2022, 6, 20], [11, 59, 60], Some(noon)),
            ([2022, 6, 20], [10, 61, 3540], None),
            ([2022, 6, 20], [11, 60, 0], Some(noon)),
            ([2022, 6, 31], [0, 0, 0], Some(1_656_547_200_000)), // 30 June
            ([2022, 6, 0], [0, 0, 0], Some(1_654_041_600_000)),  // 1 June
            ([2022, 13, 1], [0, 0, 0], None),
            ([1970, 1, 1], [0, 0, 0], None),
            ([99_999, 1, 1], [0, 0, 0], None),
            ([i64::MAX, i64::MIN, i64::MAX], [i64::MIN, 0, i64::MAX], None),
            ([2022, 6, 20], [-1, 0, 0], None),
        ];
        for (date, time, expected) in cases {
            assert_eq!(civil_ms(date, time), expected, "{date:?} {time:?}");
        }
    }
}
