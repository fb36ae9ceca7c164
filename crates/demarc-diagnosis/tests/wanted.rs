//! What diagnosis asks for when a camera refuses its password and no login may be tried for a while.

#![expect(clippy::unwrap_used, reason = "tests panic to fail")]

#[path = "properties/branch.rs"]
mod branch;

use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::fault::{CameraCause, Fault};
use demarc_model::id::{CameraId, IncidentId};
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;
use std::time::Duration;

const CAMERA: &str = "cam-3";
const REFUSES_AT: u64 = 60;
/// What needs a password at this camera.
const LOGINS: [ProbeKind; 6] = [
    ProbeKind::CameraLogin,
    ProbeKind::CameraOnvif,
    ProbeKind::CameraStream,
    ProbeKind::CameraPicture,
    ProbeKind::CameraStorage,
    ProbeKind::CameraCloud,
];

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_645_376_400_000).plus(Duration::from_secs(second))
}

fn observation(probe: &ProbeId, second: u64, outcome: Outcome) -> Observation {
    let phases = Phases::default();
    Observation { probe: probe.clone(), at: at(second), outcome, phases, readings: Vec::new() }
}

#[test]
fn what_cannot_be_asked_takes_nobodys_place_among_what_is_wanted() {
    let mut site = branch::site(12, 2, true);
    site.vendor.as_mut().unwrap().of_cameras = None;
    let mut probes = branch::probes(&site);
    let rare = LOGINS.iter().filter(|kind| !matches!(kind, ProbeKind::CameraLogin | ProbeKind::CameraStream));
    probes.extend(rare.map(|kind| ProbeId::new(*kind, CAMERA)));
    let ready = ProbeId::new(ProbeKind::CameraReady, CAMERA);
    let login = |id: &ProbeId| &*id.subject == CAMERA && LOGINS.contains(&id.kind);
    let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
    let mut wanted: Vec<ProbeId> = Vec::new();
    let mut found = Vec::new();
    for second in 0..REFUSES_AT + 10 {
        for id in &probes {
            let outcome = match second {
                REFUSES_AT if login(id) && id.kind == ProbeKind::CameraLogin => Outcome::Failed {
                    phase: Phase::Authentication,
                    symptom: Symptom::Rejected,
                    detail: DeviceText::default(),
                },
                REFUSES_AT.. if login(id) => Outcome::Missing { reason: MissingReason::Budget },
                // Of the camera only what is wanted is asked from now on.
                REFUSES_AT.. if &*id.subject == CAMERA && !wanted.contains(id) => continue,
                _ => Outcome::Passed,
            };
            diagnosis.observe(&observation(id, second, outcome));
        }
        let assessment = diagnosis.assess(at(second));
        wanted = assessment.wanted;
        found.extend(assessment.transitions.into_iter().map(|t| (second, t.incident.verdict.finding)));
        if second == REFUSES_AT {
            assert!(wanted.contains(&ready), "it is not asked whether it was reset: {wanted:?}");
        }
        assert!(
            second < REFUSES_AT || !wanted.iter().any(|id| login(id) && id.kind != ProbeKind::CameraLogin)
        );
    }
    let camera = CameraId::new(CAMERA).unwrap();
    let refused = Finding::Fault(Fault::Camera { camera, cause: CameraCause::Credentials });
    let expected = (REFUSES_AT..REFUSES_AT + 4).map(|second| (second, refused.clone()));
    assert!(expected.into_iter().any(|one| found == [one]), "{found:?}");
}
