//! Durations as people write them: `500ms`, `5s`, `2m`, `1h`, `30d`.

use std::time::Duration;

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A whole number and one unit; nothing else.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, unit_ms) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(unit_ms).map(Duration::from_millis)
}

/// In the largest unit that loses nothing.
pub fn text(ms: u64) -> String {
    let (name, unit_ms) = UNITS
        .into_iter()
        .find(|(_, unit_ms)| ms >= *unit_ms && ms.is_multiple_of(*unit_ms))
        .unwrap_or(("ms", 1));
    format!("{}{name}", ms / unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_number_with_one_unit() {
        let cases = [
            ("500ms", Some(500)),
            ("5s", Some(5_000)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("30d", Some(2_592_000_000)),
            ("0s", Some(0)),
            ("5", None),
            ("-5s", None),
            ("1.5s", None),
            ("5 s", None),
            ("5s5s", None),
            ("s", None),
            ("", None),
            ("99999999999999999999d", None),
            ("999999999999999d", None),
        ];
        for (written, ms) in cases {
            assert_eq!(parse(written), ms.map(Duration::from_millis), "{written:?}");
        }
    }

    #[test]
    fn writes_the_largest_unit_that_fits() {
        for (ms, written) in
            [(0, "0ms"), (100, "100ms"), (1_500, "1500ms"), (90_000, "90s"), (86_400_000, "1d")]
        {
            assert_eq!(text(ms), written);
        }
    }
}
