//! Scenario files: what the probes of a branch see over time, and which transitions must come of it.
//!
//! A scenario is a closed loop: probes run at the shipped cadence, those that diagnosis wants run
//! every two seconds, and what each sees comes from the file. Everything not named passes.

use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::{CapabilityId, ControlId, EndpointId, IncidentId, SegmentId, SiteId, VendorId};
use demarc_model::incident::{Step, Transition};
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases, Reading};
use demarc_model::page::{PageClaim, PageState};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Camera, Capability, Endpoint, Language, Segment, Site, Vendor};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Finding, PageRelation};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Scenario {
    /// What happens, in one sentence.
    #[expect(dead_code, reason = "read by people")]
    tells: String,
    /// How long it is watched, in seconds.
    seconds: u64,
    #[serde(default = "twelve")]
    cameras: usize,
    /// Probes that the site does not have: kinds, or kind/subject.
    #[serde(default)]
    without: Vec<String>,
    #[serde(default = "yes")]
    resolver_on_gateway: bool,
    #[serde(default)]
    during: Vec<During>,
    #[serde(default)]
    page: Vec<Page>,
    expect: Vec<Expect>,
}

fn twelve() -> usize {
    12
}

fn yes() -> bool {
    true
}

/// From `from` to `until` (seconds), these probes see these symptoms in turn.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct During {
    from: u64,
    #[serde(default = "end")]
    until: u64,
    probes: Vec<String>,
    /// Symptoms, `missing`, or `slow` (passes after two seconds).
    see: Vec<String>,
    /// The share of probes that see it, by a fixed pseudo-random choice; the others pass.
    #[serde(default = "all")]
    share: f64,
}

fn all() -> f64 {
    1.0
}

/// A number in 0..1 that depends on the probe and the second only.
fn chance(id: &ProbeId, t: u64) -> f64 {
    let mut hash = t.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in id.to_string().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((hash ^ (hash >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn end() -> u64 {
    u64::MAX
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    from: u64,
    says: PageState,
}

#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    step: Step,
    /// The fault as text; `undetermined: a | b` for candidates.
    finding: String,
    /// Seconds between which the step must come.
    between: (u64, u64),
    #[serde(default)]
    page: Option<PageRelation>,
    /// The onset must be told within this many seconds of this second.
    #[serde(default)]
    since: Option<(u64, u64)>,
}

/// The branch that all scenarios take place in.
fn site(cameras: usize, resolver_on_gateway: bool) -> Site {
    let segments = ["floor-a", "floor-b"].map(|id| Segment { id: SegmentId::new(id).unwrap() });
    let camera = |n: usize| Camera {
        id: format!("cam-{n:02}").try_into().map(|id: demarc_model::id::CameraId| id).unwrap(),
        name: format!("Camera {n}"),
        segment: Some(segments[n % 2].id.clone()),
    };
    let capability = |id: &str, endpoints: &[&str]| Capability {
        id: CapabilityId::new(id).unwrap(),
        name: id.replace('-', " "),
        endpoints: endpoints
            .iter()
            .map(|e| Endpoint { id: EndpointId::new(e).unwrap(), host: format!("{e}.example"), region: None })
            .collect(),
    };
    Site {
        id: SiteId::new("se-mmo-0412").unwrap(),
        name: "Malmö".to_owned(),
        language: Language::English,
        cameras: (1..=cameras).map(camera).collect(),
        segments: segments.to_vec(),
        controls: ["control-a", "control-b"].map(|id| ControlId::new(id).unwrap()).to_vec(),
        resolver_on_gateway,
        vendor: Some(Vendor {
            id: VendorId::new("axis").unwrap(),
            capabilities: vec![
                capability("remote-access", &["relay-1", "relay-2"]),
                capability("login", &["auth", "idp"]),
                capability("device-manager", &["adm-1", "adm-2"]),
                capability("website", &["www", "se"]),
            ],
        }),
    }
}

/// Every probe of the branch with its cadence in seconds.
fn probes(site: &Site, without: &[String]) -> Vec<(ProbeId, u64)> {
    use ProbeKind as K;
    let mut out: Vec<(ProbeId, u64)> = Vec::new();
    for (kind, every) in [
        (K::HostLink, 5),
        (K::HostDisk, 60),
        (K::HostClock, 60),
        (K::GatewayReach, 5),
        (K::ResolverAnswer, 5),
        (K::ResolverSecond, 15),
    ] {
        out.push((ProbeId::new(kind, ""), every));
    }
    for segment in &site.segments {
        out.push((ProbeId::new(K::SegmentReach, segment.id.as_str()), 5));
    }
    for control in &site.controls {
        out.push((ProbeId::new(K::ControlName, control.as_str()), 5));
        out.push((ProbeId::new(K::ControlAddress, control.as_str()), 5));
    }
    out.push((ProbeId::new(K::ControlPortal, "portal"), 15));
    let vendor = site.vendor.as_ref().unwrap();
    for endpoint in vendor.capabilities.iter().flat_map(|c| &c.endpoints) {
        out.push((ProbeId::new(K::VendorName, endpoint.id.as_str()), 15));
        if endpoint.id.as_str().starts_with("relay") {
            out.push((ProbeId::new(K::VendorAddress, endpoint.id.as_str()), 15));
        }
    }
    out.push((ProbeId::new(K::VendorStatus, "axis"), 60));
    for camera in &site.cameras {
        for (kind, every) in [
            (K::CameraTcp, 300),
            (K::CameraReady, 30),
            (K::CameraClock, 60),
            (K::CameraRtsp, 60),
            (K::CameraLogin, 60),
            (K::CameraOnvif, 120),
            (K::CameraIdentity, 300),
        ] {
            out.push((ProbeId::new(kind, camera.id.as_str()), every));
        }
    }
    out.retain(|(id, _)| !without.iter().any(|w| *w == id.to_string() || w == id.kind.name()));
    out
}

const START: i64 = 1_645_376_400_000;
const ROUND: u64 = 2;

fn second(t: u64) -> Timestamp {
    Timestamp::from_millis(START).plus(Duration::from_secs(t))
}

fn matches(pattern: &str, id: &ProbeId) -> bool {
    let text = id.to_string();
    match pattern.split_once('*') {
        Some((head, tail)) => {
            text.starts_with(head) && text.ends_with(tail) && text.len() >= head.len() + tail.len()
        }
        None => text == pattern,
    }
}

fn observe(scenario: &Scenario, id: &ProbeId, t: u64, turn: usize) -> Observation {
    let hit = |d: &&During| {
        (d.from..d.until).contains(&t) && d.probes.iter().any(|p| matches(p, id)) && chance(id, t) < d.share
    };
    let seen = scenario.during.iter().rev().find(hit).map(|d| d.see[turn % d.see.len()].as_str());
    let mut observation = Observation {
        probe: id.clone(),
        at: second(t),
        outcome: Outcome::Passed,
        phases: Phases { connect_us: Some(12_000), total_us: 20_000, ..Phases::default() },
        readings: Vec::new(),
    };
    match seen {
        None | Some("passed") => {}
        Some("missing") => observation.outcome = Outcome::Missing { reason: MissingReason::Budget },
        Some("slow") => observation.phases.connect_us = Some(2_000_000),
        Some(text) => {
            let symptom: Symptom = serde_json::from_value(text.into()).unwrap();
            observation.outcome =
                Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::default() };
        }
    }
    if id.kind == ProbeKind::VendorStatus && observation.outcome == Outcome::Passed {
        observation.readings.push(Reading::Page(page(scenario, t)));
    }
    observation
}

fn page(scenario: &Scenario, t: u64) -> PageClaim {
    let says = scenario.page.iter().rfind(|p| p.from <= t).map_or(PageState::Operational, |p| p.says);
    PageClaim {
        overall: says,
        headline: DeviceText::clean("as the page says"),
        capabilities: Vec::new(),
        incidents: Vec::new(),
        updated: Some(Timestamp::from_millis(START)),
    }
}

fn text(finding: &Finding) -> String {
    match finding {
        Finding::Fault(fault) => fault.to_string(),
        Finding::Undetermined { candidates, .. } => {
            let one = |c: &demarc_model::verdict::Candidate| {
                c.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
            };
            let all: Vec<String> = candidates.iter().map(one).collect();
            format!("undetermined: {}", all.join(" | "))
        }
    }
}

/// Runs a scenario and returns every transition with the second in which it came.
fn run(scenario: &Scenario) -> Vec<(u64, Transition)> {
    let site = site(scenario.cameras, scenario.resolver_on_gateway);
    let schedule = probes(&site, &scenario.without);
    let ids: Vec<ProbeId> = schedule.iter().map(|(id, _)| id.clone()).collect();
    let mut diagnosis = Diagnosis::new(site, &ids, Policy::default(), IncidentId(1));
    let mut hurried: HashSet<ProbeId> = HashSet::new();
    let mut out = Vec::new();
    for t in (0..scenario.seconds).step_by(usize::try_from(ROUND).unwrap()) {
        for (place, (id, every)) in schedule.iter().enumerate() {
            let offset = (place as u64 * 7) % every;
            let due = (t..t + ROUND).any(|s| s % every == offset);
            let hurry = hurried.contains(id) && !id.kind.is_authenticated();
            if due || hurry {
                diagnosis.observe(&observe(scenario, id, t, (t / ROUND) as usize + place));
            }
        }
        let assessment = diagnosis.assess(second(t + ROUND));
        hurried = assessment.wanted.into_iter().collect();
        out.extend(assessment.transitions.into_iter().map(|transition| (t + ROUND, transition)));
    }
    out
}

fn check(path: &Path) -> Result<(), String> {
    let source = std::fs::read_to_string(path).unwrap();
    let scenario: Scenario = toml::from_str(&source).map_err(|e| format!("{}: {e}", path.display()))?;
    let got = run(&scenario);
    let fits = |e: &Expect, (t, transition): &(u64, Transition)| {
        let verdict = &transition.incident.verdict;
        e.step == transition.step
            && e.finding == text(&verdict.finding)
            && (e.between.0..=e.between.1).contains(t)
            && e.page
                .is_none_or(|p| verdict.explanation.overview.page.as_ref().is_some_and(|s| s.relation == p))
            && e.since.is_none_or(|(at, within)| {
                let since = verdict.since.since(Timestamp::from_millis(START)).as_secs();
                since.abs_diff(at) <= within
            })
    };
    let all = got.len() == scenario.expect.len() && scenario.expect.iter().zip(&got).all(|(e, g)| fits(e, g));
    if all {
        return Ok(());
    }
    let mut report = format!("{}:\n  expected\n", path.file_name().unwrap().display());
    for e in &scenario.expect {
        writeln!(report, "    {e:?}").unwrap();
    }
    report.push_str("  got\n");
    for (t, transition) in &got {
        let verdict = &transition.incident.verdict;
        let since = verdict.since.since(Timestamp::from_millis(START)).as_secs();
        let relation = verdict.explanation.overview.page.as_ref().map(|p| p.relation);
        let finding = text(&verdict.finding);
        let (id, step, sure) = (transition.incident.id, transition.step, verdict.confidence);
        writeln!(
            report,
            "    {t:>4} s {id} {step:?} {finding} (since {since} s, {sure:.3}, page {relation:?})"
        )
        .unwrap();
    }
    Err(report)
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

#[test]
fn every_scenario_ends_in_its_verdicts() {
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let wanted = files().into_iter().filter(|f| f.to_string_lossy().contains(&only));
    let failures: Vec<String> = wanted.filter_map(|file| check(&file).err()).collect();
    assert!(failures.is_empty(), "{} scenarios fail\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_scenario_gives_the_same_transitions_twice() {
    let file = files().into_iter().next().expect("there are scenarios");
    let scenario: Scenario = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(run(&scenario), run(&scenario));
}
