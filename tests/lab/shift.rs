//! A day at the branch: one fault after the other, and what the service made of each.

use super::act::Hit;
use super::catalogue::{self, Fault};
use super::site::{Borne, Site};
use super::stack::{self, Stack};
use crate::branch::said;
use demarc_alert::wording;
use demarc_model::verdict::PageRelation;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(200);
/// A right verdict has to stay right for so long.
const HOLDS: Duration = Duration::from_secs(10);
/// How long it may take until the verdict follows what changes.
const STAGE: Duration = Duration::from_secs(180);
/// Between two faults.
const REST: Duration = Duration::from_secs(5);
/// What a camera's web server is asked in a minute at most, while nothing is the matter; looks that are rare may
/// fall together in one.
const QUIET_REQUESTS: f64 = 6.0;
const UNDETERMINED: &str = "undetermined";

/// How a fault was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Judgement {
    Right,
    /// Something was seen, and nobody blamed.
    Undetermined,
    /// Nothing was seen in the time that it had.
    Missed,
    /// Somebody was blamed who is innocent, if only for a moment.
    Wrong,
}

impl Judgement {
    const fn of(wrong: &[String], is_right: bool, is_undetermined: bool) -> Self {
        match (wrong, is_right, is_undetermined) {
            ([_, ..], _, _) => Self::Wrong,
            ([], true, _) => Self::Right,
            ([], false, true) => Self::Undetermined,
            ([], false, false) => Self::Missed,
        }
    }
}

/// One fault and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) fault: String,
    pub(crate) cameras: usize,
    pub(crate) seed: u64,
    pub(crate) judgement: Judgement,
    /// Everything that was said, with the seconds from the beginning.
    pub(crate) said: Vec<(String, f64)>,
    /// Who was blamed wrongly, before the end of the fault or after it.
    pub(crate) wrong: Vec<String>,
    /// What was weighed for that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) weighed: Vec<String>,
    /// From the beginning to all of the truth.
    pub(crate) right_s: Option<f64>,
    /// From the end of the fault to the last closing; `None` when it was not waited for.
    pub(crate) closed_s: Option<f64>,
    /// What had to close and did not.
    pub(crate) stays_open: Vec<String>,
    /// What it cost somebody more than it may: a page too many, a request too many.
    pub(crate) too_much: Vec<String>,
    pub(crate) pages: usize,
    /// What the usual stack paged meanwhile, and after how many seconds it first did; `None` where it
    /// does not run.
    pub(crate) stack: Option<Peer>,
    /// The most that one camera was asked in a minute, and the passwords that it refused.
    pub(crate) requests_a_minute: f64,
    pub(crate) logins_failed: u64,
    /// Of the service: seconds of processor time a minute, and MiB at most.
    pub(crate) cpu_s_a_minute: f64,
    pub(crate) memory_mib: f64,
}

/// What the usual stack made of a fault.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Peer {
    pub(crate) pages: usize,
    pub(crate) first_s: Option<f64>,
    /// All jobs and instances that it named.
    pub(crate) named: BTreeSet<String>,
}

/// What was said while something was waited for.
#[derive(Default)]
struct Heard {
    first: BTreeMap<String, f64>,
    /// What was weighed for each at first.
    weighed: BTreeMap<String, Vec<String>>,
    /// How many pages of the usual stack are older than the fault.
    old_pages: usize,
    peer: Peer,
}

impl Heard {
    fn listen(&mut self, site: &Site, begun: Instant) -> Vec<String> {
        let snapshot = site.look();
        let mut open = Vec::new();
        for (incident, branch) in snapshot.iter().flat_map(|s| s.incidents.iter().map(|i| (i, &s.site))) {
            let word = said(incident);
            if !self.first.contains_key(&word) {
                let sections = wording::explain(&incident.verdict, branch).into_iter();
                let lines = sections.flat_map(|section| section.lines);
                self.weighed.insert(word.clone(), lines.collect());
                self.first.insert(word.clone(), begun.elapsed().as_secs_f64());
            }
            open.push(word);
        }
        let pages = Stack::said(site);
        let pages = pages[self.old_pages.min(pages.len())..].iter();
        let firing: Vec<&str> = pages.filter_map(|page| page.strip_prefix("firing ")).collect();
        if firing.len() > self.peer.pages {
            self.peer.first_s.get_or_insert(begun.elapsed().as_secs_f64());
            self.peer.pages = firing.len();
            self.peer.named = firing.iter().flat_map(|page| page.split(", ")).map(str::to_owned).collect();
        }
        open
    }
}

/// The truth of a fault, with the names of what it hits.
struct Truth {
    must: Vec<Vec<String>>,
    may: Vec<String>,
}

impl Truth {
    fn of(truth: catalogue::Truth, fault: &Fault, (site, hit): (&Site, Hit)) -> Self {
        let fill = |text: &str| hit.fill(site, text);
        let must = truth.iter().flat_map(|forms| catalogue::each(site, forms));
        Self {
            must: must.map(|forms| forms.iter().map(|text| fill(text)).collect()).collect(),
            may: fault.may.iter().map(|text| fill(text)).collect(),
        }
    }

    fn is_told(&self, open: &[String]) -> bool {
        self.must.iter().all(|forms| forms.iter().any(|form| open.contains(form)))
    }

    fn allows(&self, word: &str) -> bool {
        word == UNDETERMINED || self.must.iter().flatten().chain(&self.may).any(|form| form == word)
    }
}

/// Brings a fault about, waits for the verdict, ends it and waits for the end.
pub(crate) fn run(site: &mut Site, fault: &Fault, hit: Hit, seed: u64) -> Run {
    let truth = Truth::of(fault.truth, fault, (site, hit));
    let (before, (cpu, _)) = (site.borne(), site.costs());
    let pages = site.told().len();
    let mut heard = Heard { old_pages: Stack::said(site).len(), ..Heard::default() };
    let begun = Instant::now();
    let right_s = suffer(site, fault, hit, &truth, &mut heard);
    let mut stages = vec![truth];
    let mut follows = right_s.is_some();
    for (act, truth) in fault.then {
        if !follows {
            break;
        }
        act.begin(site, hit);
        let truth = Truth::of(truth, fault, (site, hit));
        follows = follow(site, &truth, &mut heard, begun);
        stages.push(truth);
    }
    let nobody = fault.truth.is_empty();
    let page = fault.page.filter(|_| follows || nobody);
    let page_is_seen = page.is_none_or(|relation| follow_page(site, relation, &mut heard, begun));
    let right_s = right_s.filter(|_| follows && page_is_seen);
    let mut last = heard.listen(site, begun);
    if nobody {
        // At no time.
        last.extend(heard.first.keys().cloned());
    }
    for act in fault.acts {
        act.end(site, hit);
    }
    let patience = Duration::from_secs(fault.closes_s.unwrap_or(0));
    let closed_s = follow_end(site, patience, &mut heard, begun);
    std::thread::sleep(REST);
    let open = heard.listen(site, begun);
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    let wrong: Vec<String> =
        heard.first.keys().filter(|word| !stages.iter().any(|truth| truth.allows(word))).cloned().collect();
    let is_undetermined = last.iter().any(|word| word == UNDETERMINED);
    let is_right = right_s.is_some() || (nobody && page_is_seen && !is_undetermined);
    let judgement = Judgement::of(&wrong, is_right, is_undetermined);
    let asked = Asked::since(&before, &site.borne());
    let (cpu_now, memory_mib) = site.costs();
    let pages = site.told()[pages..].iter().filter(|line| line.starts_with("trigger ")).count();
    let too_much = [
        pages_beyond(pages, fault.causes(site, hit)),
        asked.refusals_beyond(),
        asked.requests_beyond(minutes).filter(|_| nobody),
    ];
    let weighed = wrong.iter().filter_map(|word| heard.weighed.remove(word)).flatten().collect();
    let mut told: Vec<(String, f64)> = heard.first.into_iter().collect();
    told.sort_by(|a, b| a.1.total_cmp(&b.1));
    Run {
        fault: fault.name.to_owned(),
        cameras: site.cameras.len(),
        seed,
        judgement,
        said: told,
        wrong,
        weighed,
        right_s,
        closed_s,
        stack: site.stack.is_some().then_some(heard.peer),
        stays_open: if fault.closes_s.is_some() { open } else { Vec::new() },
        too_much: too_much.into_iter().flatten().collect(),
        pages,
        requests_a_minute: asked.requests as f64 / minutes,
        logins_failed: asked.refused,
        cpu_s_a_minute: (cpu_now - cpu) / minutes,
        memory_mib,
    }
}

/// The most that one camera was asked in a run.
struct Asked {
    requests: u64,
    refused: u64,
}

impl Asked {
    fn since(before: &[Borne], after: &[Borne]) -> Self {
        let most = |of: fn(&Borne) -> u64| {
            after.iter().zip(before).map(|(now, then)| of(now) - of(then)).max().unwrap_or(0)
        };
        Self { requests: most(|borne| borne.requests), refused: most(|borne| borne.logins_failed) }
    }

    fn refusals_beyond(&self) -> Option<String> {
        (self.refused > 1).then(|| format!("one camera refused {} passwords", self.refused))
    }

    /// For a camera with which nothing is the matter.
    fn requests_beyond(&self, minutes: f64) -> Option<String> {
        let requests = self.requests as f64;
        (requests > QUIET_REQUESTS * (minutes + 1.0))
            .then(|| format!("{requests} requests in {minutes:.1} minutes to a camera that is well"))
    }
}

/// There is one page for each root cause.
fn pages_beyond(pages: usize, causes: usize) -> Option<String> {
    (pages > causes).then(|| format!("{pages} pages for {causes} causes"))
}

/// Waits until nothing is open any more.
fn follow_end(site: &Site, patience: Duration, heard: &mut Heard, begun: Instant) -> Option<f64> {
    let since = Instant::now();
    while since.elapsed() < patience {
        if heard.listen(site, begun).is_empty() {
            return Some(since.elapsed().as_secs_f64());
        }
        std::thread::sleep(POLL);
    }
    None
}

/// Waits until the status page is said to stand like this to what is seen.
fn follow_page(site: &Site, relation: PageRelation, heard: &mut Heard, begun: Instant) -> bool {
    let since = Instant::now();
    while since.elapsed() < STAGE {
        heard.listen(site, begun);
        let page = site.look().and_then(|snapshot| snapshot.overview.page);
        if page.is_some_and(|page| page.relation == relation) {
            return true;
        }
        std::thread::sleep(POLL);
    }
    false
}

/// Waits until exactly this is told.
fn follow(site: &Site, truth: &Truth, heard: &mut Heard, begun: Instant) -> bool {
    let since = Instant::now();
    while since.elapsed() < STAGE {
        let open = heard.listen(site, begun);
        if truth.is_told(&open) && open.len() == truth.must.len() {
            return true;
        }
        std::thread::sleep(POLL);
    }
    false
}

/// Brings it about until all of the truth is told and has stayed, or patience ends. Then it is in force.
fn suffer(site: &mut Site, fault: &Fault, hit: Hit, truth: &Truth, heard: &mut Heard) -> Option<f64> {
    let begun = Instant::now();
    let least = if site.stack.is_some() { stack::SPEAKS_WITHIN } else { Duration::ZERO };
    let patience = Duration::from_secs(fault.patience_s).max(least);
    let (mut out, mut turned) = (false, begun);
    let mut right: Option<Instant> = None;
    loop {
        let due = fault.flaps_s.is_none_or(|seconds| turned.elapsed() >= Duration::from_secs(seconds));
        if !out && (due || begun == turned) {
            fault.acts.iter().for_each(|act| act.begin(site, hit));
            (out, turned) = (true, Instant::now());
        } else if out && due && fault.flaps_s.is_some() {
            fault.acts.iter().for_each(|act| act.end(site, hit));
            (out, turned) = (false, Instant::now());
        }
        let open = heard.listen(site, begun);
        let told = !truth.must.is_empty() && truth.is_told(&open);
        right = match (told, fault.flaps_s) {
            (true, _) => right.or_else(|| Some(Instant::now())),
            // Between its spells it may be closed.
            (false, Some(_)) => right,
            (false, None) => None,
        };
        let holds = fault.flaps_s.is_none() && right.is_some_and(|since| since.elapsed() >= HOLDS);
        if out && (holds && begun.elapsed() >= least || begun.elapsed() >= patience) {
            return right.map(|since| since.duration_since(begun).as_secs_f64());
        }
        std::thread::sleep(POLL);
    }
}
