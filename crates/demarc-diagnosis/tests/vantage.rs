//! Cameras that tell of the way to the vendor, of which many say the same of one outage.

#![expect(clippy::unwrap_used, reason = "tests panic to fail")]

#[path = "properties/branch.rs"]
mod branch;

use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::fault::{Domain, Fault};
use demarc_model::id::{CapabilityId, IncidentId};
use demarc_model::incident::Step;
use demarc_model::observation::{Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;
use std::time::Duration;

const OUT_FROM: u64 = 12;
/// When the hosts of each service answer again, in seconds.
const BACK: [(&str, u64); 3] = [("login", 34), ("relay", 50), ("website", 64)];
const LENGTH: u64 = 100;
/// Cameras are asked again after so long while something is suspicious, as the agent does.
const ASKED_EVERY: u64 = 10;

/// A number in 0..1 that depends on its arguments only.
fn chance(seed: u64, probe: usize, second: u64) -> f64 {
    let mut hash = (seed << 40 ^ (probe as u64) << 20 ^ second).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((hash ^ (hash >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// What is lost of all at once while this computer has no time.
fn stalled(seed: u64, second: u64) -> f64 {
    if chance(seed, usize::MAX >> 8, second / 3) < 0.06 { 0.5 } else { 0.0 }
}

fn is_out(service: &str, second: u64) -> bool {
    let back = BACK.iter().find(|(id, _)| service.starts_with(id));
    back.is_some_and(|(_, back)| (OUT_FROM..*back).contains(&second))
}

/// A vendor that comes back service by service.
#[derive(Debug, Clone, Copy)]
struct Story {
    seed: u64,
    /// The share of what is asked beyond the router that is lost.
    lost: f64,
    /// For how many seconds longer cameras say that they do not get through, where they are asked.
    late: Option<u64>,
}

fn sees(Story { seed, lost, late }: Story, id: &ProbeId, place: usize, second: u64) -> Symptom {
    match id.kind {
        ProbeKind::VendorName | ProbeKind::VendorAddress if is_out(&id.subject, second) => Symptom::Timeout,
        ProbeKind::CameraCloud
            if is_out("relay", second) || is_out("relay", second.saturating_sub(late.unwrap_or(0))) =>
        {
            Symptom::Offline
        }
        ProbeKind::ControlName
        | ProbeKind::ControlAddress
        | ProbeKind::VendorName
        | ProbeKind::VendorAddress
            if chance(seed, place, second) < lost.max(stalled(seed, second)) =>
        {
            Symptom::Timeout
        }
        _ => Symptom::Passed,
    }
}

fn observation(id: &ProbeId, at: Timestamp, symptom: Symptom) -> Observation {
    let failed = Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() };
    let outcome = if symptom == Symptom::Passed { Outcome::Passed } else { failed };
    Observation { probe: id.clone(), at, outcome, phases: Phases::default(), readings: Vec::new() }
}

/// What was said in a story that is nobody's fault but the vendor's.
fn said(story: Story) -> Vec<(u64, Finding)> {
    let mut site = branch::site(12, 2, true);
    site.controls.truncate(2);
    site.vendor.as_mut().unwrap().of_cameras = Some(CapabilityId::new("relay").unwrap());
    let mut probes = branch::probes(&site);
    let asked = site.cameras.iter().filter(|_| story.late.is_some());
    probes.extend(asked.map(|c| ProbeId::new(ProbeKind::CameraCloud, c.id.as_str())));
    let policy = Policy { close_after: Duration::from_secs(4), ..Policy::default() };
    let mut diagnosis = Diagnosis::new(site, &probes, policy, IncidentId(1));
    let mut said = Vec::new();
    let mut asked = vec![0; probes.len()];
    let mut wanted: Vec<ProbeId> = Vec::new();
    for second in 1..LENGTH {
        let at = Timestamp::from_millis(1_645_376_400_000).plus(Duration::from_secs(second));
        for (place, id) in probes.iter().enumerate() {
            let due = match id.kind {
                ProbeKind::CameraCloud => {
                    second == 1 + place as u64 % ASKED_EVERY
                        || wanted.contains(id) && second >= asked[place] + ASKED_EVERY
                }
                _ => true,
            };
            if due {
                asked[place] = second;
                diagnosis.observe(&observation(id, at, sees(story, id, place, second)));
            }
        }
        let assessment = diagnosis.assess(at);
        wanted = assessment.wanted;
        let new = assessment.transitions.into_iter().filter(|t| t.step != Step::Closed);
        said.extend(new.map(|t| (second, t.incident.verdict.finding)));
    }
    said
}

/// Those that were blamed besides the vendor.
fn blamed(story: Story) -> Vec<Domain> {
    let domains = said(story).into_iter().map(|(_, finding)| finding.domain());
    domains.filter(|domain| *domain != Domain::Vendor).collect()
}

#[test]
fn what_cameras_say_blames_nobody_who_is_not_blamed_without_it() {
    for (seed, lost) in (0..8).flat_map(|seed| [(seed, 0.0), (seed, 0.05)]) {
        let without = blamed(Story { seed, lost, late: None });
        for late in [0, 3, 9] {
            let with = blamed(Story { seed, lost, late: Some(late) });
            let new: Vec<&Domain> = with.iter().filter(|domain| !without.contains(domain)).collect();
            assert!(new.is_empty(), "seed {seed}, {lost} lost, {late} s late: {new:?}");
        }
    }
}

#[test]
fn a_vendor_that_comes_back_by_and_by_is_followed_where_cameras_tell_of_it() {
    let said = said(Story { seed: 7, lost: 0.0, late: Some(3) });
    let left = said.iter().map(|(_, finding)| match finding {
        Finding::Fault(Fault::Vendor { capabilities, .. }) => {
            capabilities.iter().map(CapabilityId::as_str).collect()
        }
        other => vec![if let Finding::Fault(_) = other { "a fault" } else { "undetermined" }],
    });
    let left: Vec<Vec<&str>> = left.collect();
    assert_eq!(left, [vec!["relay", "login", "website"], vec!["relay", "website"], vec!["website"]]);
}
