//! When cameras started, as they say themselves: whether one lost its power while it did not answer, or only
//! its network.

use crate::cusum::Known;
use crate::layout::Layout;
use demarc_model::incident::CameraStarts;
use demarc_model::observation::{Observation, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Starts that are remembered of each camera.
const MOST: usize = 32;
/// A start is told in whole seconds, after a way that takes time.
const SAME: Duration = Duration::from_secs(10);
/// An onset lies between two looks, and a camera that restarts by itself begins with its start.
const BEFORE_ONSET: Duration = Duration::from_secs(30);

/// By the camera's id.
#[derive(Debug, Default)]
pub(crate) struct Starts(BTreeMap<Box<str>, Told>);

#[derive(Debug)]
struct Told {
    /// Oldest first.
    starts: VecDeque<Timestamp>,
    /// When it was last said.
    at: Timestamp,
}

impl Starts {
    pub(crate) fn note(&mut self, observation: &Observation) {
        let told = observation.readings.iter().find_map(|reading| match reading {
            Reading::StartedAt(start) => Some(*start),
            _ => None,
        });
        let Some(start) = told else { return };
        let of = self.0.entry(observation.probe.subject.clone());
        let of = of.or_insert_with(|| Told { starts: VecDeque::new(), at: observation.at });
        of.at = observation.at;
        if of.starts.back().is_none_or(|last| start > last.plus(SAME)) {
            of.starts.push_back(start);
        }
        if of.starts.len() > MOST {
            of.starts.pop_front();
        }
    }

    /// What the cameras that these faults concern said since their onset; nothing when none said anything.
    pub(crate) fn since(
        &self,
        onset: Timestamp,
        known: impl Iterator<Item = Known>,
        layout: &Layout,
    ) -> Option<CameraStarts> {
        let touched = known.flat_map(|known| layout.touched[known.fault].iter());
        let asked = touched.filter(|probe| layout.kind(**probe) == ProbeKind::CameraReady);
        let cameras: BTreeSet<&str> = asked.map(|probe| &*layout.probes[*probe].id.subject).collect();
        let told = cameras.into_iter().filter_map(|camera| self.0.get(camera));
        let mut sum = CameraStarts::default();
        for told in told.filter(|told| told.at >= onset) {
            let anew = told.starts.iter().filter(|start| **start >= onset.minus(BEFORE_ONSET));
            let times = anew.clone().count() as u32;
            *(if times > 0 { &mut sum.anew } else { &mut sum.ran }) += 1;
            sum.times += times;
            sum.last = sum.last.max(anew.max().copied());
        }
        (sum != CameraStarts::default()).then_some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::observation::{Outcome, Phases};
    use demarc_model::probe::ProbeId;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_start_that_is_told_again_is_one_start_however_many_are_remembered() {
        let mut starts = Starts::default();
        for (said, started) in [(10, 5), (20, 5), (30, 6), (100, 80), (110, 79), (120, 80)] {
            starts.note(&Observation {
                probe: ProbeId::new(ProbeKind::CameraReady, "entrance"),
                at: at(said),
                outcome: Outcome::Passed,
                phases: Phases::default(),
                readings: vec![Reading::StartedAt(at(started))],
            });
        }
        let told = &starts.0["entrance"];
        assert_eq!(
            (told.starts.iter().copied().collect::<Vec<_>>(), told.at),
            (vec![at(5), at(80)], at(120))
        );
    }
}
