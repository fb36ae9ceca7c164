//! Whether the stories tell of everything that a verdict can say, and of every known signature.

use super::format::{self, Scenario};
use super::{files, finding};
use demarc_model::fault::{
    AgentCause, CameraCause, DnsCause, GatewayCause, InterceptionCause, LanCause, LineCause, SegmentCause,
    VendorCause,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const FEWEST_STORIES: usize = 2;
const SIGNATURES: usize = 30;

/// Every `domain cause` that a verdict can say, doubt included.
fn causes() -> Vec<String> {
    let mut out = vec!["undetermined tie".to_owned(), "undetermined unknown-fault".to_owned()];
    let mut add = |domain: &str, names: Vec<&str>| {
        out.extend(names.into_iter().map(|name| format!("{domain} {name}")));
    };
    add("camera", CameraCause::ALL.iter().map(|c| c.name()).collect());
    add("segment", SegmentCause::ALL.iter().map(|c| c.name()).collect());
    add("lan", LanCause::ALL.iter().map(|c| c.name()).collect());
    add("gateway", GatewayCause::ALL.iter().map(|c| c.name()).collect());
    add("line", LineCause::ALL.iter().map(|c| c.name()).collect());
    add("dns", DnsCause::ALL.iter().map(|c| c.name()).collect());
    add("interception", InterceptionCause::ALL.iter().map(|c| c.name()).collect());
    add("agent", AgentCause::ALL.iter().map(|c| c.name()).collect());
    add("vendor", VendorCause::ALL.iter().map(|c| c.name()).collect());
    out
}

/// The stories by the names of their files, without ending.
fn stories() -> BTreeMap<String, Scenario> {
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files().iter().map(|path| (name(path), format::read(path).unwrap())).collect()
}

/// What a story says, as `domain cause`; `healthy` where nothing may be said.
fn told(scenario: &Scenario) -> BTreeSet<String> {
    let one = |text: &str| text.split(" or ").map(finding::cause).collect::<Vec<_>>();
    let mut out: BTreeSet<String> = scenario.findings().flat_map(one).collect();
    if out.is_empty() {
        out.insert("healthy".to_owned());
    }
    out
}

#[test]
fn every_cause_has_two_stories_one_of_which_tells_it_from_its_neighbour() {
    let stories = stories();
    let mut lacking = Vec::new();
    for cause in causes().into_iter().chain(["healthy".to_owned()]) {
        let own: Vec<&Scenario> = stories.values().filter(|s| told(s).contains(&cause)).collect();
        if own.len() < FEWEST_STORIES {
            lacking.push(format!("{cause}: {} stories", own.len()));
        }
        let told_apart = own.iter().any(|s| told(s).len() == 1 && !s.unlike.is_empty());
        if !told_apart && !cause.starts_with("undetermined") && cause != "healthy" {
            lacking.push(format!("{cause}: no story says what it is `unlike`"));
        }
    }
    assert!(lacking.is_empty(), "write these stories\n  {}", lacking.join("\n  "));
}

#[test]
fn stories_are_unlike_causes_that_exist() {
    let known: BTreeSet<String> = causes().into_iter().collect();
    let wrong: Vec<String> = stories()
        .into_iter()
        .flat_map(|(name, story)| story.unlike.into_iter().map(move |cause| format!("{name}: {cause}")))
        .filter(|line| line.split_once(": ").is_some_and(|(_, cause)| !known.contains(cause)))
        .collect();
    assert!(wrong.is_empty(), "no verdict says this\n  {}", wrong.join("\n  "));
}

#[test]
fn every_signature_is_told_by_the_stories_that_its_row_names() {
    let (rows, stories) = (signatures(), stories());
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=SIGNATURES).collect::<Vec<_>>(), "one row for each signature, in order");
    let wrong: Vec<String> = rows.iter().flat_map(|row| row.wrong(&stories)).collect();
    assert!(wrong.is_empty(), "mend docs/diagnosis-signatures.md or its stories\n  {}", wrong.join("\n  "));
}

/// A row of docs/diagnosis-signatures.md.
struct Signature {
    number: usize,
    stories: Vec<String>,
    verdicts: Vec<String>,
}

impl Signature {
    fn wrong(&self, stories: &BTreeMap<String, Scenario>) -> Vec<String> {
        let missing = self.stories.iter().filter(|name| !stories.contains_key(*name));
        let mut out: Vec<String> =
            missing.map(|name| format!("row {}: no story {name}", self.number)).collect();
        let own = self.stories.iter().filter_map(|name| stories.get(name));
        let said: BTreeSet<String> = own.flat_map(told).collect();
        let unsaid = self.verdicts.iter().filter(|verdict| !said.contains(*verdict));
        out.extend(unsaid.map(|verdict| format!("row {}: its stories never say {verdict}", self.number)));
        if self.stories.is_empty() || self.verdicts.is_empty() {
            out.push(format!("row {}: it needs a story and a verdict", self.number));
        }
        out
    }
}

fn signatures() -> Vec<Signature> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnosis-signatures.md");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(signature).collect()
}

fn signature(line: &str) -> Option<Signature> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [number, _, stories, verdicts, ..] = cells.as_slice() else { return None };
    let link = |rest: &str| Some(rest.split_once(".toml)")?.0.rsplit('/').next()?.to_owned());
    Some(Signature {
        number: number.parse().ok()?,
        stories: stories.split("](").skip(1).filter_map(link).collect(),
        verdicts: verdicts.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
    })
}
