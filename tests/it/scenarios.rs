//! Scenario files: what the probes of a branch see over time, and which transitions must come of it.
//!
//! A scenario is a closed loop: probes run at the shipped cadence, those that diagnosis wants run
//! every two seconds, and what each sees comes from the file. Everything not named passes.

mod branch;
mod coverage;
mod finding;
mod format;
mod play;

use demarc_alert::wording;
use demarc_model::fault::Domain;
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::site::{Language, Site};
use format::{Expect, Open, Scenario};
use play::{Moment, Played, play};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

fn check(path: &Path, phase: u64) -> Result<(), String> {
    let scenario = format::read(path)?;
    let played = play(&scenario, phase);
    let mut wrong = Vec::new();
    wrong.extend(wrong_steps(&scenario, &played));
    wrong.extend(scenario.open.iter().zip(&played.moments).flat_map(|(o, m)| wrong_moment(o, m)));
    wrong.extend(wrong_words(&scenario, &played));
    wrong.extend(told_otherwise_from_the_store(&scenario, &played));
    if wrong.is_empty() {
        return Ok(());
    }
    let mut report = format!("{}:\n", path.file_name().unwrap().display());
    for one in wrong {
        writeln!(report, "  {one}").unwrap();
    }
    report.push_str("  what was said\n");
    for step in &played.transitions {
        writeln!(report, "    {}", line(step)).unwrap();
    }
    Err(report)
}

fn line((t, transition): &(u64, Transition)) -> String {
    let verdict = &transition.incident.verdict;
    let page = verdict.explanation.overview.page.as_ref().map(|p| p.relation);
    let (id, step, sure) = (transition.incident.id, transition.step, verdict.confidence);
    let (finding, since) = (finding::text(&verdict.finding), play::seconds(verdict.since));
    let flaps = if verdict.flapping.is_some() { ", flapping" } else { "" };
    format!("{t:>4} s {id} {step:?} {finding} (since {since} s, {sure:.3}, page {page:?}{flaps})")
}

/// Where every transition is foretold: whether they are those.
fn wrong_steps(scenario: &Scenario, played: &Played) -> Option<String> {
    let wanted = scenario.expect.as_ref()?;
    let got = &played.transitions;
    if got.len() == wanted.len() && wanted.iter().zip(got).all(|(e, g)| is_step(e, g)) {
        return None;
    }
    let wanted: Vec<String> = wanted.iter().map(|e| format!("\n    {e:?}")).collect();
    Some(format!("the steps are not those foretold{}", wanted.concat()))
}

fn is_step(expected: &Expect, (t, transition): &(u64, Transition)) -> bool {
    let verdict = &transition.incident.verdict;
    let page = verdict.explanation.overview.page.as_ref().map(|p| p.relation);
    expected.step == transition.step
        && finding::fits(&expected.finding, &verdict.finding)
        && (expected.between.0..=expected.between.1).contains(t)
        && (expected.page.is_none() || expected.page == page)
        && expected.flapping.is_none_or(|flaps| flaps == verdict.flapping.is_some())
        && expected.since.is_none_or(|(at, within)| play::seconds(verdict.since).abs_diff(at) <= within)
}

/// Whether what is open in a second is what the story says.
fn wrong_moment(expected: &Open, moment: &Moment) -> Vec<String> {
    let at = expected.at;
    let said = |flapping_only: bool| {
        let open = moment.open.iter().map(|i| &i.verdict);
        open.filter(move |v| !flapping_only || v.flapping.is_some()).map(|v| &v.finding)
    };
    let differ = |wanted: &[String], got: Vec<&demarc_model::verdict::Finding>| {
        let fits = |w: &String| got.iter().any(|g| finding::fits(w, g));
        let text: Vec<String> = got.iter().map(|g| finding::text(g)).collect();
        (wanted.len() != got.len() || !wanted.iter().all(fits)).then_some(text)
    };
    let mut out = Vec::new();
    if let Some(got) = differ(&expected.findings, said(false).collect()) {
        out.push(format!("at {at} s {:?} should be open, and are {got:?}", expected.findings));
    }
    if let Some(flapping) = &expected.flapping
        && let Some(got) = differ(flapping, said(true).collect())
    {
        out.push(format!("at {at} s {flapping:?} should come and go, and do {got:?}"));
    }
    if let Some(masked) = &expected.masked {
        let got = moment.open.iter().flat_map(|i| &i.verdict.explanation.masked).copied();
        let got: BTreeSet<Domain> = got.collect();
        if got != masked.iter().copied().collect() {
            out.push(format!("at {at} s {masked:?} should be hidden, and are {got:?}"));
        }
    }
    if expected.page.is_some() && expected.page != moment.page {
        out.push(format!("at {at} s the page should be {:?}, and is {:?}", expected.page, moment.page));
    }
    out
}

/// What was said and never may be.
fn wrong_words(scenario: &Scenario, played: &Played) -> Vec<String> {
    let said = || played.transitions.iter().map(|(_, t)| (t.step, &t.incident.verdict.finding));
    let mut out = Vec::new();
    let confused = said().map(|(_, f)| finding::cause(&finding::text(f)));
    for neighbour in confused.filter(|cause| scenario.unlike.contains(cause)).collect::<BTreeSet<_>>() {
        out.push(format!("it was taken for {neighbour}"));
    }
    if scenario.expect.is_none() {
        let allowed: Vec<&str> = scenario.findings().chain(scenario.may.iter().map(String::as_str)).collect();
        let strange = said().filter(|(_, f)| !allowed.iter().any(|a| finding::fits(a, f)));
        out.extend(
            strange
                .map(|(step, f)| format!("nobody foretold {step:?} {}", finding::text(f)))
                .collect::<BTreeSet<_>>(),
        );
    }
    let opened = said().filter(|(step, _)| *step == Step::Opened).count();
    if scenario.most_incidents.is_some_and(|most| opened > most) {
        out.push(format!("{opened} incidents are too many"));
    }
    out
}

/// What reads differently once it has been written down: people are told later from what was stored.
fn told_otherwise_from_the_store(scenario: &Scenario, played: &Played) -> Vec<String> {
    let site = branch::site(scenario);
    let told = |incident: &Incident, language: Language| {
        let (verdict, site) = (&incident.verdict, Site { language, ..site.clone() });
        let report = wording::report(incident, &site, verdict.detected);
        format!("{report:?} {:?}", wording::explain(verdict, &site))
    };
    let differs = |transition: &Transition| {
        let incident = &transition.incident;
        let stored = serde_json::to_vec(incident).unwrap();
        let stored: Incident = serde_json::from_slice(&stored).unwrap();
        [Language::English, Language::German].into_iter().any(|l| told(incident, l) != told(&stored, l))
    };
    let different = played.transitions.iter().filter(|(_, transition)| differs(transition));
    different.map(|step| format!("is told otherwise from the store: {}", line(step))).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

/// Checks files on all processors; the failures come in the order of the files.
fn failures(files: &[PathBuf], phase: u64) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let take = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        files.get(at).map(|file| (at, file))
    };
    let work = || -> Vec<(usize, String)> {
        let checked = std::iter::from_fn(take).map(|(at, file)| (at, check(file, phase)));
        checked.filter_map(|(at, result)| Some((at, result.err()?))).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<(usize, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    all.sort();
    all.into_iter().map(|(_, report)| report).collect()
}

#[test]
fn every_scenario_ends_in_its_verdicts() {
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let wanted: Vec<PathBuf> =
        files().into_iter().filter(|f| f.file_name().unwrap().to_string_lossy().contains(&only)).collect();
    let phase = std::env::var("PHASE").map_or(0, |phase| phase.parse().expect("PHASE is a number"));
    let failures = failures(&wanted, phase);
    assert!(failures.is_empty(), "{} scenarios fail\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_scenario_gives_the_same_transitions_twice() {
    let file = files().into_iter().next().expect("there are scenarios");
    let scenario = format::read(&file).unwrap();
    assert_eq!(play(&scenario, 0), play(&scenario, 0));
}
