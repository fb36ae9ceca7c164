//! The lab's words: a line for each run, a table for all.

use super::catalogue::FAULTS;
use super::shift::{Judgement, Peer, Run};
use std::collections::{BTreeMap, BTreeSet};

const MOST_NAMED: usize = 6;

impl Judgement {
    const fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Undetermined => "undetermined",
            Self::Missed => "missed",
            Self::Wrong => "WRONG",
        }
    }
}

fn seconds(time: Option<f64>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{time:.0} s"))
}

/// One run in one line.
pub(crate) fn line(run: &Run) -> String {
    let said: Vec<String> = run.said.iter().map(|(word, at)| format!("{word} ({at:.0} s)")).collect();
    let open = if run.stays_open.is_empty() {
        String::new()
    } else {
        format!(" · STAYS OPEN: {}", run.stays_open.join(", "))
    };
    let too_much = if run.too_much.is_empty() {
        String::new()
    } else {
        format!(" · TOO MUCH: {}", run.too_much.join(", "))
    };
    let innocent =
        if run.wrong.is_empty() { String::new() } else { format!(" · innocent: {}", run.wrong.join(", ")) };
    format!(
        "{:<22} {} cameras, seed {} · {:<12} after {:<6} closed {:<6} pages {} · {:.1} requests a minute, {} refused, {:.1} s CPU a minute, {:.0} MiB{open}{too_much} · {}{innocent}",
        run.fault,
        run.cameras,
        run.seed,
        run.judgement.word(),
        seconds(run.right_s),
        seconds(run.closed_s),
        run.pages,
        run.requests_a_minute,
        run.logins_failed,
        run.cpu_s_a_minute,
        run.memory_mib,
        said.join(", "),
    ) + &run.stack.as_ref().map_or_else(String::new, peer)
        + &run.weighed.iter().map(|line| format!("\n    {line}")).collect::<String>()
}

/// What the usual stack made of it.
fn peer(peer: &Peer) -> String {
    let named: Vec<&str> = peer.named.iter().map(String::as_str).collect();
    format!(" · the usual stack: {} pages, first {}: {}", peer.pages, seconds(peer.first_s), named.join(", "))
}

/// What the usual stack made of the same fault, at its worst.
fn beside(runs: &[&Run]) -> String {
    let peers = || runs.iter().filter_map(|run| run.stack.as_ref());
    if peers().next().is_none() {
        return "–".to_owned();
    }
    let pages = peers().map(|peer| peer.pages).max().unwrap_or(0);
    let first = peers().filter_map(|peer| peer.first_s).fold(0.0, f64::max);
    let named: BTreeSet<&str> = peers().flat_map(|peer| peer.named.iter().map(String::as_str)).collect();
    let most = named.iter().copied().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    let rest = named.len().saturating_sub(MOST_NAMED);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    if pages == 0 { "nothing".to_owned() } else { format!("{pages}, {first:.0} s, {most}{rest}") }
}

/// The middle and the twentieth part from the top.
fn quantiles(mut times: Vec<f64>) -> Option<(f64, f64)> {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share).round() as usize).copied();
    at(0.5).zip(at(0.95))
}

/// How long it took, in words; nothing where nothing was named.
fn times<'a>(what: &str, runs: impl Iterator<Item = &'a Run>) -> String {
    let times: Vec<f64> = runs.filter_map(|run| run.right_s).collect();
    let count = times.len();
    quantiles(times).map_or_else(String::new, |(median, p95)| {
        format!(" {what} ({count}): right after {median:.1} s in the median, 95 % within {p95:.1} s.")
    })
}

/// All runs in a paragraph.
pub(crate) fn summary(runs: &[Run]) -> String {
    let count = |judgement: Judgement| runs.iter().filter(|run| run.judgement == judgement).count();
    let fault = |run: &Run| FAULTS.iter().find(|fault| fault.name == run.fault);
    let flaps = |run: &&Run| fault(run).is_some_and(|fault| fault.flaps_s.is_some());
    let seldom = |run: &&Run| fault(run).is_some_and(|fault| fault.seldom);
    let most = runs.iter().map(|run| run.requests_a_minute).fold(0.0, f64::max);
    let refused = runs.iter().map(|run| run.logins_failed).max().unwrap_or(0);
    let too_much = runs.iter().filter(|run| !run.too_much.is_empty()).count();
    let cpu = runs.iter().map(|run| run.cpu_s_a_minute).fold(0.0, f64::max);
    let memory = runs.iter().map(|run| run.memory_mib).fold(0.0, f64::max);
    format!(
        "{} runs: {} right, {} undetermined, {} missed, {} wrong; {too_much} at somebody's expense.{}{}{} The most that a camera was asked: {most:.1} requests a minute, {refused} passwords refused. The service: {cpu:.1} s of processor time a minute and {memory:.0} MiB at most.",
        runs.len(),
        count(Judgement::Right),
        count(Judgement::Undetermined),
        count(Judgement::Missed),
        count(Judgement::Wrong),
        times(
            "What stays and is looked at every half minute",
            runs.iter().filter(|r| !flaps(r) && !seldom(r))
        ),
        times("What is looked at once a minute or more seldom", runs.iter().filter(|r| seldom(r))),
        times("What comes and goes", runs.iter().filter(|r| flaps(r))),
    )
}

/// All runs as a table in Markdown, a row for each fault.
pub(crate) fn document(runs: &[Run]) -> String {
    let mut by_fault: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        by_fault.entry(&run.fault).or_default().push(run);
    }
    let mut out = format!(
        "{}\n\n| fault | runs | right | undetermined | missed | wrong | said after, median and longest | closed after | pages | the usual stack: pages, first after, names |\n|---|---|---|---|---|---|---|---|---|---|\n",
        summary(runs)
    );
    for (fault, runs) in by_fault {
        let count = |judgement: Judgement| runs.iter().filter(|run| run.judgement == judgement).count();
        let spread = |times: Vec<f64>| {
            let longest = times.iter().copied().fold(0.0, f64::max);
            quantiles(times)
                .map_or_else(|| "–".to_owned(), |(median, _)| format!("{median:.0} s, {longest:.0} s"))
        };
        out.push_str(&format!(
            "| `{fault}` | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            runs.len(),
            count(Judgement::Right),
            count(Judgement::Undetermined),
            count(Judgement::Missed),
            count(Judgement::Wrong),
            spread(runs.iter().filter_map(|run| run.right_s).collect()),
            spread(runs.iter().filter_map(|run| run.closed_s).collect()),
            runs.iter().map(|run| run.pages).max().unwrap_or(0),
            beside(&runs),
        ));
    }
    out
}
