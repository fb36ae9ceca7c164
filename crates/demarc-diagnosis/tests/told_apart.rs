//! A verdict waits for the one look that tells it from its like, where that look has not been made yet.

#![expect(clippy::unwrap_used, reason = "tests panic to fail")]

#[path = "properties/branch.rs"]
mod branch;

use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::fault::{AgentCause, CameraCause, Fault};
use demarc_model::id::{CameraId, IncidentId};
use demarc_model::observation::{Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;
use std::time::Duration;

const BEGINS: u64 = 60;
const CAMERA: &str = "cam-3";

/// What is said, with the second, when everything passes at first and then shows what `sees` says; a probe of
/// which it says nothing is not made.
fn said(cameras: usize, sees: impl Fn(&ProbeId, u64) -> Option<Symptom>) -> Vec<(u64, Finding)> {
    let site = branch::site(cameras, 4, true);
    let probes = branch::probes(&site);
    let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
    let mut said = Vec::new();
    for second in 0..BEGINS + 30 {
        let at = Timestamp::from_millis(1_645_376_400_000).plus(Duration::from_secs(second));
        for id in &probes {
            let symptom = if second < BEGINS { Some(Symptom::Passed) } else { sees(id, second - BEGINS) };
            let outcome = match symptom {
                None => continue,
                Some(Symptom::Passed) => Outcome::Passed,
                Some(symptom) => {
                    Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() }
                }
            };
            let (probe, phases) = (id.clone(), Phases::default());
            diagnosis.observe(&Observation { probe, at, outcome, phases, readings: Vec::new() });
        }
        let transitions = diagnosis.assess(at).transitions;
        said.extend(transitions.into_iter().map(|t| (second - BEGINS, t.incident.verdict.finding)));
    }
    said
}

#[test]
fn a_camera_that_is_busy_is_asked_whether_it_starts() {
    let said = said(12, |id, second| match (&*id.subject == CAMERA, id.kind) {
        (true, ProbeKind::CameraReady) => (second >= 7).then_some(Symptom::Booting),
        // One thing at a time.
        (true, ProbeKind::CameraLogin) => (second % 2 == 0).then_some(Symptom::Busy),
        (true, ProbeKind::CameraClock) => (second % 2 == 1).then_some(Symptom::Busy),
        (true, _) => None,
        (false, _) => Some(Symptom::Passed),
    });
    let camera = CameraId::new(CAMERA).unwrap();
    let starts = Finding::Fault(Fault::Camera { camera, cause: CameraCause::Rebooting });
    assert!(matches!(&said[..], [(7..10, finding)] if *finding == starts), "{said:?}");
}

#[test]
fn where_all_is_silent_the_own_cable_is_looked_at_first() {
    let said = said(50, |id, second| match id.kind {
        ProbeKind::HostLink => (second >= 7).then_some(Symptom::Unfit),
        ProbeKind::HostDisk | ProbeKind::HostClock => Some(Symptom::Passed),
        ProbeKind::ResolverAnswer
        | ProbeKind::ResolverSecond
        | ProbeKind::ControlName
        | ProbeKind::VendorName
        | ProbeKind::ControlPortal => Some(Symptom::NameSilent),
        // Until the kernel has given up on the hardware address.
        _ if second < 3 => Some(Symptom::Timeout),
        _ => Some(Symptom::Unreachable),
    });
    let cable = Finding::Fault(Fault::Agent { cause: AgentCause::LinkDown });
    assert!(matches!(&said[..], [(7..12, finding)] if *finding == cable), "{said:?}");
}
