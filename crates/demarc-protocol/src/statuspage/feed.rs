//! Feeds, which tell of incidents in prose: what is open is found out by the words that everybody uses.
//!
//! A feed without an open incident does not say that all is well; it says nothing.

use super::{Format, Incident, Level, Moment, Page, PageError, Stage};
use super::{atom, rss, text};
use crate::xml::Element;
use std::collections::HashSet;

/// What a feed says of one incident, or of one step in it.
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) published: Moment,
    pub(super) updated: Moment,
}

/// Entries beyond these are history.
const MOST_ENTRIES: usize = 200;
/// What was last touched longer ago is history, whatever its words.
const HISTORY_MS: i64 = 48 * 3_600_000;
/// The words for what goes on, each with what it says of the incident; nothing when it is over or only
/// announced.
const STAGES: [(&str, Option<Stage>); 10] = [
    ("resolved", None),
    ("completed", None),
    ("postmortem", None),
    ("operating normally", None),
    ("scheduled", None),
    ("investigating", Some(Stage::Investigating)),
    ("identified", Some(Stage::Identified)),
    ("monitoring", Some(Stage::Monitoring)),
    ("in progress", Some(Stage::UnderWay)),
    ("verifying", Some(Stage::UnderWay)),
];
/// The gravest first: "major outage" holds "outage".
const IMPACTS: [(&str, Level); 7] = [
    ("major outage", Level::Outage),
    ("partial outage", Level::PartialOutage),
    ("outage", Level::Outage),
    ("degraded", Level::Degraded),
    ("degradation", Level::Degraded),
    ("disruption", Level::Degraded),
    ("maintenance", Level::Maintenance),
];

pub(super) fn read(root: &Element, now_ms: i64) -> Result<Page, PageError> {
    let found = rss::entries(root, now_ms).or_else(|| atom::entries(root, now_ms));
    let (format, built, entries): (Format, Moment, Vec<Entry>) = found.ok_or(PageError::NoKnownForm)?;
    let mut seen = HashSet::new();
    let news = entries.iter().take(MOST_ENTRIES);
    let news = news.filter(|entry| entry.id.is_empty() || seen.insert(entry.id.as_str()));
    let news: Vec<&Entry> = news.collect();
    let incidents: Vec<Incident> = news.iter().filter_map(|entry| incident(entry, now_ms)).collect();
    let newest = news.iter().filter_map(|entry| entry.updated.millis()).max();
    Ok(Page {
        format,
        overall: Level::of_all(incidents.iter().map(|incident| incident.impact)),
        headline: incidents.first().map(|incident| incident.name.clone()).unwrap_or_default(),
        components: Vec::new(),
        incidents,
        changed: newest.map_or(built, Moment::At),
    })
}

/// Nothing for an entry whose matter is over.
fn incident(entry: &Entry, now_ms: i64) -> Option<Incident> {
    let (title, body) = (text::plain(&entry.title), text::plain(&entry.body));
    let (lower_title, lower_body) = (title.to_lowercase(), body.to_lowercase());
    let in_title = first_stage(&lower_title);
    // A title that calls it over was written last; of the steps in a body the newest stands first.
    let word = if in_title == Some(None) { in_title } else { first_stage(&lower_body).or(in_title) };
    let old = entry.updated.millis().is_some_and(|at| now_ms.saturating_sub(at) > HISTORY_MS);
    let undated = entry.updated == Moment::Untold;
    let stage = match word {
        _ if old => return None,
        Some(None) => return None,
        Some(Some(stage)) => stage,
        None if undated => return None,
        None => Stage::Unknown,
    };
    let impact = impact(&lower_title).or_else(|| impact(&lower_body)).unwrap_or(Level::Unknown);
    Some(Incident::new(&entry.title, stage, impact, entry.published, entry.updated))
}

/// What the first word of its kind says; `None` when there is none, `Some(None)` when it is over.
pub(super) fn first_stage(lower: &str) -> Option<Option<Stage>> {
    let found = STAGES.iter().filter_map(|(word, stage)| Some((find_word(lower, word)?, *stage)));
    found.min_by_key(|(at, _)| *at).map(|(_, stage)| stage)
}

fn impact(lower: &str) -> Option<Level> {
    IMPACTS.iter().find(|(word, _)| find_word(lower, word).is_some()).map(|(_, level)| *level)
}

/// Where the word begins, not inside another: "unresolved" is not "resolved".
fn find_word(lower: &str, word: &str) -> Option<usize> {
    let alone = |at: &usize| !lower[..*at].ends_with(char::is_alphanumeric);
    lower.match_indices(word).map(|(at, _)| at).find(alone)
}

/// All text in an element, also that of the elements in it: Atom may carry XHTML.
pub(super) fn flat(element: &Element) -> String {
    let mut out = element.text.clone();
    for child in &element.children {
        out.push(' ');
        out.push_str(&flat(child));
    }
    out
}
