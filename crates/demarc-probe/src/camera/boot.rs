//! When a camera started: by its uptime, which its boot id holds to the same start.

use demarc_model::time::Timestamp;
use demarc_protocol::vapix::SystemReady;
use demarc_protocol::vapix::boot::{Restart, restarted};
use std::time::Duration;

/// What it said last.
#[derive(Debug, Default)]
pub(super) struct Memory(Option<Said>);

#[derive(Debug)]
struct Said {
    state: SystemReady,
    at: Timestamp,
    started: Option<Timestamp>,
}

impl Memory {
    /// When the camera started, where that is known.
    pub(super) fn note(&mut self, state: &SystemReady, at: Timestamp) -> Option<Timestamp> {
        let by_uptime = state.uptime_s.map(|seconds| at.minus(Duration::from_secs(seconds)));
        let started = match &self.0 {
            None => by_uptime,
            Some(last) => match restarted(&last.state, state, at.since(last.at).as_secs()) {
                Restart::No => last.started.or(by_uptime),
                // One that does not say for how long it has been up started since it said so last.
                Restart::Yes => by_uptime.map(|start| start.max(last.at)).or(Some(at)),
                Restart::Unknown => by_uptime,
            },
        };
        self.0 = Some(Said { state: state.clone(), at, started });
        started
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_protocol::vapix::{Readiness, Setup};

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000).plus(Duration::from_secs(seconds))
    }

    /// When it started, by each of its answers: when it was given, boot id and uptime.
    fn told(answers: &[(u64, Option<&str>, Option<u64>)]) -> Vec<Option<Timestamp>> {
        let mut memory = Memory::default();
        let mut note = |(seconds, id, uptime_s): &(u64, Option<&str>, Option<u64>)| {
            let boot_id = id.map(str::to_owned);
            let (readiness, setup) = (Readiness::Ready, Setup::Done);
            memory.note(&SystemReady { readiness, setup, uptime_s: *uptime_s, boot_id }, at(*seconds))
        };
        answers.iter().map(&mut note).collect()
    }

    #[test]
    fn a_start_is_dated_by_uptime_and_held_by_its_id() {
        let started = |seconds: &[u64]| seconds.iter().map(|s| Some(at(*s))).collect::<Vec<_>>();
        // The clock that the uptime is counted by was set.
        let set = [(100, Some("a"), Some(60)), (115, Some("a"), Some(9_999)), (130, Some("a"), Some(90))];
        assert_eq!(told(&set), started(&[40, 40, 40]));
        let again = [(100, Some("a"), Some(60)), (160, Some("b"), Some(20)), (175, Some("b"), Some(35))];
        assert_eq!(told(&again), started(&[40, 140, 140]));
        let without_id = [(100, None, Some(60)), (160, None, Some(20))];
        assert_eq!(told(&without_id), started(&[40, 140]));
        let older = told(&[(100, Some("a"), None), (160, Some("b"), None), (175, Some("b"), None)]);
        assert_eq!(older, [None, Some(at(160)), Some(at(160))]);
        assert_eq!(told(&[(100, None, None), (160, None, None)]), [None, None]);
    }
}
