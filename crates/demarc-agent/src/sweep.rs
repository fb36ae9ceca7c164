//! The first look at everything after a start, and whether it is over.

use demarc_model::observation::{MissingReason, Observation, Outcome};
use demarc_model::probe::{ProbeId, ProbeKind};
use std::collections::HashMap;

/// What fails on the way or at the vendor is looked at so often: a single failure beside something
/// that answers is not odd enough to be pursued, and a look must not end with it.
const LOOKS: u8 = 3;

pub(crate) struct Sweep {
    /// How often each probe that is not done with has failed.
    left: HashMap<ProbeId, u8>,
}

impl Sweep {
    pub(crate) fn new(probes: impl Iterator<Item = ProbeId>) -> Self {
        Self { left: probes.map(|probe| (probe, 0)).collect() }
    }

    /// Takes what a probe saw. Returns whether it should be looked at again soon.
    pub(crate) fn note(&mut self, seen: &Observation) -> bool {
        let Some(failures) = self.left.get_mut(&seen.probe) else { return false };
        let failed = matches!(seen.outcome, Outcome::Failed { .. });
        if seen.outcome == (Outcome::Missing { reason: MissingReason::Undecided }) && *failures == 0 {
            // The owner looks once more by itself, and the sweep waits for that.
            *failures = 1;
            return false;
        }
        *failures += u8::from(failed);
        // A camera is asked one thing at a time, and status pages ask not to be read so often.
        let patient = seen.probe.kind.is_camera() || seen.probe.kind == ProbeKind::VendorStatus;
        let again = failed && !patient && *failures < LOOKS;
        if !again {
            self.left.remove(&seen.probe);
        }
        again
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::observation::{Phase, Phases};
    use demarc_model::symptom::Symptom;
    use demarc_model::text::DeviceText;
    use demarc_model::time::Timestamp;

    fn saw(probe: &ProbeId, symptom: Symptom) -> Observation {
        let failed = Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() };
        let outcome = if symptom == Symptom::Passed { Outcome::Passed } else { failed };
        let (at, phases) = (Timestamp::from_millis(0), Phases::default());
        Observation { probe: probe.clone(), at, outcome, phases, readings: Vec::new() }
    }

    #[test]
    fn what_fails_beyond_the_cameras_is_looked_at_again_before_the_look_is_over() {
        let relay = ProbeId::new(ProbeKind::VendorName, "relay-1");
        let camera = ProbeId::new(ProbeKind::CameraReady, "entrance");
        let link = ProbeId::new(ProbeKind::HostLink, "");
        let mut sweep = Sweep::new([relay.clone(), camera.clone(), link.clone()].into_iter());
        assert!(!sweep.note(&saw(&link, Symptom::Passed)));
        assert!(!sweep.note(&saw(&camera, Symptom::Timeout)));
        assert!(sweep.note(&saw(&relay, Symptom::Timeout)));
        assert!(sweep.note(&saw(&relay, Symptom::Timeout)));
        assert!(!sweep.is_complete());
        assert!(!sweep.note(&saw(&relay, Symptom::Timeout)));
        assert!(sweep.is_complete());
    }

    #[test]
    fn the_look_is_not_over_before_what_proved_nothing_was_seen_twice() {
        let picture = ProbeId::new(ProbeKind::CameraPicture, "entrance");
        let mut sweep = Sweep::new([picture.clone()].into_iter());
        let reason = MissingReason::Undecided;
        let doubtful = Observation { outcome: Outcome::Missing { reason }, ..saw(&picture, Symptom::Passed) };
        assert!(!sweep.note(&doubtful));
        assert!(!sweep.is_complete());
        assert!(!sweep.note(&doubtful));
        assert!(sweep.is_complete());
    }

    #[test]
    fn what_answers_at_last_is_done_with() {
        let relay = ProbeId::new(ProbeKind::VendorName, "relay-1");
        let mut sweep = Sweep::new([relay.clone()].into_iter());
        assert!(sweep.note(&saw(&relay, Symptom::Timeout)));
        assert!(!sweep.note(&saw(&relay, Symptom::Passed)));
        assert!(sweep.is_complete());
    }
}
