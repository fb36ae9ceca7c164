//! Why a verdict says what it says, one sentence for each piece of evidence.

use crate::wording::names::Names;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::verdict::{Explanation, Finding, Rejected, Verdict, Weight};

/// The explanation of a verdict, as headed lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub heading: &'static str,
    pub lines: Vec<String>,
}

/// Everything that was weighed; headings without lines are left out.
pub(crate) fn sections(verdict: &Verdict, names: &Names<'_>) -> Vec<Section> {
    let Explanation { support, against, rejected, would_change: _, masked, overview: _ } =
        &verdict.explanation;
    let weights = |weights: &[Weight]| weights.iter().map(|w| evidence_line(w, names)).collect();
    let all = [
        Section { heading: "candidates", lines: candidates(&verdict.finding, names) },
        Section { heading: "for it", lines: weights(support) },
        Section { heading: "against it", lines: weights(against) },
        Section { heading: "rejected", lines: rejected.iter().map(|r| rejected_line(r, names)).collect() },
        Section {
            heading: "cannot be judged while this lasts",
            lines: masked.iter().map(|domain| domain.name().to_owned()).collect(),
        },
    ];
    all.into_iter().filter(|section| !section.lines.is_empty()).collect()
}

/// `controls by address (google, quad9): answers 24 of 24 (+31 dB)`.
pub(crate) fn evidence_line(weight: &Weight, names: &Names<'_>) -> String {
    let subjects = names.subjects(weight.probe, &weight.subjects);
    let about = if subjects.is_empty() { String::new() } else { format!(" ({subjects})") };
    format!("{}{about}: {} ({:+.0} dB)", what(weight.probe), seen(&weight.seen), whole(weight.decibans))
}

fn candidates(finding: &Finding, names: &Names<'_>) -> Vec<String> {
    match finding {
        Finding::Fault(_) => Vec::new(),
        Finding::Undetermined { candidates, .. } => candidates
            .iter()
            .map(|c| format!("{}: {}", names.faults(&c.faults), percent(c.probability)))
            .collect(),
    }
}

fn rejected_line(rejected: &Rejected, names: &Names<'_>) -> String {
    let name = names.faults(&rejected.faults);
    let less = format!("{name}: {:.0} dB less likely", whole(rejected.decibans.abs()));
    match &rejected.because {
        Some(weight) => format!("{less}, because {}", evidence_line(weight, names)),
        None => less,
    }
}

/// Never "100 %": nothing is that certain.
pub(crate) fn percent(probability: f64) -> String {
    format!("{:.1} %", (probability * 100.0).clamp(0.0, 99.9))
}

/// Rounded, and never a negative zero.
fn whole(decibans: f64) -> f64 {
    decibans.round() + 0.0
}

fn seen(seen: &[(Symptom, u32)]) -> String {
    let total: u32 = seen.iter().map(|(_, n)| n).sum();
    let one = |(symptom, n): &(Symptom, u32)| format!("{} {n} of {total}", symptom.phrase());
    if seen.is_empty() {
        "nothing seen".to_owned()
    } else {
        seen.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

const fn what(kind: ProbeKind) -> &'static str {
    match kind {
        ProbeKind::HostLink => "this computer's network link",
        ProbeKind::HostDisk => "this computer's disk",
        ProbeKind::HostClock => "this computer's clock",
        ProbeKind::HostResources => "this computer's file descriptors",
        ProbeKind::HostTraffic => "broadcasts on the wire",
        ProbeKind::GatewayReach => "router",
        ProbeKind::SegmentReach => "switches",
        ProbeKind::ResolverAnswer => "the site's resolver",
        ProbeKind::ResolverSecond => "a resolver outside",
        ProbeKind::ControlName => "controls by name",
        ProbeKind::ControlAddress => "controls by address",
        ProbeKind::ControlPortal => "plain web page",
        ProbeKind::LineSecond => "the second line",
        ProbeKind::VendorName => "vendor by name",
        ProbeKind::VendorAddress => "vendor by address",
        ProbeKind::VendorStatus => "vendor's status page",
        ProbeKind::CameraTcp => "cameras' web port",
        ProbeKind::CameraReady => "cameras' readiness",
        ProbeKind::CameraIdentity => "cameras' identity",
        ProbeKind::CameraLogin => "cameras' login",
        ProbeKind::CameraClock => "cameras' clock",
        ProbeKind::CameraOnvif => "cameras' ONVIF login",
        ProbeKind::CameraRtsp => "cameras' video service",
        ProbeKind::CameraStream => "cameras' streams",
        ProbeKind::CameraPicture => "cameras' pictures",
        ProbeKind::CameraStorage => "cameras' storage",
        ProbeKind::CameraCloud => "cameras' own connection to their cloud",
        ProbeKind::CameraNeighbour => "cameras' hardware addresses",
    }
}
