//! When to try a delivery again, and when to give it up.

use demarc_model::time::Timestamp;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// A line may be down for a long weekend; who is told after a week is told too late.
const GIVE_UP: Duration = Duration::from_secs(7 * 86_400);

/// How long to wait after `attempts` failed deliveries: full jitter, so that a thousand branches do not
/// come back in the same second. `random` is in 0..1.
pub fn backoff(attempts: u32, random: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(random.clamp(0.0, 1.0))
}

/// Whether a message that was first tried at `first_tried` is given up.
pub fn is_over(first_tried: Timestamp, now: Timestamp) -> bool {
    now.since(first_tried) >= GIVE_UP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_five_minutes_and_spreads_over_all_of_it() {
        let cases = [
            (1, 1.0, 1_000),
            (1, 0.0, 0),
            (2, 0.5, 1_000),
            (9, 1.0, 256_000),
            (10, 1.0, 300_000),
            (10, 0.25, 75_000),
            (u32::MAX, 1.0, 300_000),
            (0, 1.0, 1_000),
        ];
        for (attempts, random, expected_ms) in cases {
            assert_eq!(backoff(attempts, random).as_millis(), expected_ms, "{attempts} {random}");
        }
    }

    #[test]
    fn gives_up_after_a_week() {
        let first: Timestamp = "2022-02-20T17:00:00Z".parse().unwrap();
        for (now, expected) in [("2022-02-27T16:59:59Z", false), ("2022-02-27T17:00:00Z", true)] {
            assert_eq!(is_over(first, now.parse().unwrap()), expected, "{now}");
        }
    }
}
