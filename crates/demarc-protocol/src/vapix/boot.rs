//! Whether a camera has started again, from what it says without a password.

use super::SystemReady;

/// What two answers of `systemready.cgi` say about the time between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    No,
    Yes,
    /// Firmware before AXIS OS 11 says neither when nor which time it started.
    Unknown,
}

/// More than a camera's clock drifts between two looks, less than any camera takes to start.
const SLACK_S: u64 = 10;

/// Compares two answers, the second `after_s` seconds after the first.
///
/// The id of the start decides; without it a camera that has been up for less than the time between has
/// started again.
pub fn restarted(before: &SystemReady, now: &SystemReady, after_s: u64) -> Restart {
    match (&before.boot_id, &now.boot_id, before.uptime_s, now.uptime_s) {
        (Some(before), Some(now), _, _) if before == now => Restart::No,
        (Some(_), Some(_), _, _) => Restart::Yes,
        (_, _, Some(before), Some(now)) if now.saturating_add(SLACK_S) < before.saturating_add(after_s) => {
            Restart::Yes
        }
        (_, _, Some(_), Some(_)) => Restart::No,
        (_, _, _, _) => Restart::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Readiness, Setup};
    use super::*;

    fn ready(boot_id: Option<&str>, uptime_s: Option<u64>) -> SystemReady {
        let boot_id = boot_id.map(str::to_owned);
        SystemReady { readiness: Readiness::Ready, setup: Setup::Done, uptime_s, boot_id }
    }

    #[test]
    fn tells_a_restart_by_its_id_or_its_age() {
        let cases = [
            (ready(Some("a"), Some(100)), ready(Some("a"), Some(160)), Restart::No),
            (ready(Some("a"), Some(100)), ready(Some("b"), Some(30)), Restart::Yes),
            (ready(Some("a"), None), ready(Some("b"), None), Restart::Yes),
            // The id decides, also when the uptime was set back by an update of the clock.
            (ready(Some("a"), Some(100)), ready(Some("a"), Some(2)), Restart::No),
            (ready(None, Some(100)), ready(None, Some(161)), Restart::No),
            (ready(None, Some(100)), ready(None, Some(152)), Restart::No),
            (ready(None, Some(100)), ready(None, Some(40)), Restart::Yes),
            (ready(Some("a"), Some(100)), ready(None, Some(5)), Restart::Yes),
            (ready(None, None), ready(None, Some(5)), Restart::Unknown),
            (ready(None, None), ready(None, None), Restart::Unknown),
            (ready(None, Some(u64::MAX)), ready(None, Some(u64::MAX)), Restart::No),
        ];
        for (before, now, expected) in cases {
            assert_eq!(restarted(&before, &now, 60), expected, "{before:?} {now:?}");
        }
    }
}
