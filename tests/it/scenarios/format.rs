//! The format of scenario files, which docs/diagnosis.md describes.

use demarc_model::fault::Domain;
use demarc_model::id::{CapabilityId, RegionId, SegmentId};
use demarc_model::incident::Step;
use demarc_model::page::{PageForm, PageState};
use demarc_model::verdict::PageRelation;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Scenario {
    /// What happens, in one sentence.
    #[expect(dead_code, reason = "read by people")]
    tells: String,
    /// How long it is watched, in seconds.
    pub(super) seconds: u64,
    #[serde(default = "twelve")]
    pub(super) cameras: usize,
    /// The switches that the cameras hang on, in turn; without any they hang on the site's network.
    #[serde(default = "two_floors")]
    pub(super) segments: Vec<SegmentId>,
    /// Probes that the site has beyond the usual ones, or lacks: kinds, or kind/subject.
    #[serde(default)]
    pub(super) with: Vec<String>,
    #[serde(default)]
    pub(super) without: Vec<String>,
    /// The regions that endpoints stand in.
    #[serde(default)]
    pub(super) regions: BTreeMap<String, RegionId>,
    /// Hosts of endpoints that share one.
    #[serde(default)]
    pub(super) hosts: BTreeMap<String, String>,
    /// Endpoints that are asked by UDP.
    #[serde(default)]
    pub(super) udp: Vec<String>,
    /// Endpoints that only cameras name.
    #[serde(default)]
    pub(super) named_by_cameras: Vec<String>,
    #[serde(default = "yes")]
    pub(super) resolver_on_gateway: bool,
    #[serde(default)]
    pub(super) during: Vec<During>,
    #[serde(default)]
    pub(super) page: Vec<Page>,
    /// The host's clock is set.
    #[serde(default)]
    pub(super) clock: Vec<Jump>,
    /// The seconds in which the agent is started anew.
    #[serde(default)]
    pub(super) restarts: Vec<u64>,
    /// Every transition, in order; when left out, only what `open` and `may` name may be said.
    pub(super) expect: Option<Vec<Expect>>,
    #[serde(default)]
    pub(super) open: Vec<Open>,
    /// What may be said on the way.
    #[serde(default)]
    pub(super) may: Vec<String>,
    /// The neighbours that this story is told from, as `domain cause`: never said, at no time.
    #[serde(default)]
    pub(super) unlike: Vec<String>,
    /// How many incidents there may be in all.
    pub(super) most_incidents: Option<usize>,
}

fn twelve() -> usize {
    12
}

fn two_floors() -> Vec<SegmentId> {
    ["floor-a", "floor-b"].map(|id| SegmentId::new(id).unwrap()).to_vec()
}

fn yes() -> bool {
    true
}

/// From `from` to `until` (seconds), these probes see these symptoms in turn.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct During {
    pub(super) from: u64,
    #[serde(default = "end")]
    pub(super) until: u64,
    /// It comes back every so many seconds, and lasts so many of them.
    pub(super) each: Option<u64>,
    #[serde(default)]
    pub(super) lasts: u64,
    pub(super) probes: Vec<String>,
    /// Symptoms, `missing`, or `slow` (across the line: passes after two seconds).
    pub(super) see: Vec<String>,
    /// The share of probes that see it, by a fixed pseudo-random choice; the others pass.
    #[serde(default = "all")]
    pub(super) share: f64,
}

fn all() -> f64 {
    1.0
}

fn end() -> u64 {
    u64::MAX
}

impl During {
    pub(super) fn holds(&self, t: u64) -> bool {
        let inside = (self.from..self.until).contains(&t);
        inside && self.each.is_none_or(|each| (t - self.from) % each < self.lasts)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) from: u64,
    pub(super) says: PageState,
    /// The second of its last change, as the page states it; negative before the story begins.
    #[serde(default)]
    pub(super) updated: i64,
    /// How it says it.
    #[serde(default)]
    pub(super) form: PageForm,
    /// How old the copy is that a cache hands out, in seconds.
    #[serde(default)]
    pub(super) age: u32,
    /// Its words for single services.
    #[serde(default)]
    pub(super) services: BTreeMap<CapabilityId, PageState>,
    /// The incidents that it lists.
    #[serde(default)]
    pub(super) incidents: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Jump {
    pub(super) at: u64,
    /// Seconds, back when negative.
    pub(super) by: i64,
}

#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    pub(super) step: Step,
    /// The finding as [`super::finding::fits`] reads it.
    pub(super) finding: String,
    /// Seconds between which the step must come.
    pub(super) between: (u64, u64),
    #[serde(default)]
    pub(super) page: Option<PageRelation>,
    /// The onset must be told within this many seconds of this second.
    #[serde(default)]
    pub(super) since: Option<(u64, u64)>,
    /// Whether the verdict must say that the fault comes and goes.
    #[serde(default)]
    pub(super) flapping: Option<bool>,
}

/// What is open in a second: exactly these findings.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) at: u64,
    pub(super) findings: Vec<String>,
    /// The domains that the open verdicts name as not to be judged.
    #[serde(default)]
    pub(super) masked: Option<Vec<Domain>>,
    /// Those of the findings that come and go.
    #[serde(default)]
    pub(super) flapping: Option<Vec<String>>,
    /// How the status page relates to what is known.
    #[serde(default)]
    pub(super) page: Option<PageRelation>,
}

pub(super) fn read(path: &Path) -> Result<Scenario, String> {
    let source = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let scenario: Scenario = toml::from_str(&source).map_err(|e| format!("{}: {e}", path.display()))?;
    if scenario.expect.is_none() && scenario.open.is_empty() {
        return Err(format!("{}: it expects nothing: say `expect = []`, or what is open", path.display()));
    }
    if let Some(late) = scenario.open.iter().find(|open| open.at > scenario.seconds) {
        return Err(format!("{}: second {} lies behind its end", path.display(), late.at));
    }
    Ok(scenario)
}

impl Scenario {
    /// All findings that the story ends in or passes through, without those that merely may come.
    pub(super) fn findings(&self) -> impl Iterator<Item = &str> {
        let steps = self.expect.iter().flatten().map(|e| e.finding.as_str());
        steps.chain(self.open.iter().flat_map(|o| &o.findings).map(String::as_str))
    }
}
