//! A page for people, as a last resort: state words beside names, and the headlines that everybody uses.
//!
//! A page that ends before it is whole says of nothing that it works.

use super::text::{self, pieces};
use super::{Component, Format, Incident, Level, Moment, Page, PageError, Stage, feed};

const MOST_PIECES: usize = 20_000;
const MOST_FEEDS: usize = 4;
/// `INCIDENT STATUS – Investigating` is no longer than this.
const ALONE: usize = 40;
/// The end of a whole page shows itself within so many bytes.
const LAST_BYTES: usize = 4_096;

pub(super) fn read(html: &str) -> Result<Page, PageError> {
    let pieces = pieces(html, MOST_PIECES);
    let headline = pieces.iter().find_map(|piece| Some((piece, headline(piece)?)));
    let mut components = components(&pieces);
    let incidents: Vec<Incident> = incident(&pieces).into_iter().collect();
    if headline.is_none() && components.is_empty() && incidents.is_empty() {
        return Err(PageError::NoKnownForm);
    }
    let levels = headline.iter().map(|(_, level)| *level);
    let mut overall = Level::of_all(levels.chain(components.iter().map(|component| component.level)));
    if !incidents.is_empty() {
        overall = Level::of_all([overall, Level::Unknown]);
    }
    if pieces.len() == MOST_PIECES || !is_whole(html) {
        overall = doubted(overall);
        components.iter_mut().for_each(|component| component.level = doubted(component.level));
    }
    Ok(Page {
        format: Format::Html,
        overall,
        headline: headline.map(|(piece, _)| text::plain(piece)).unwrap_or_default(),
        components,
        incidents,
        changed: Moment::Untold,
    })
}

/// The addresses of the feeds that a page for people names, at most four, as they are written.
pub fn feeds(html: &[u8]) -> Vec<String> {
    let html = String::from_utf8_lossy(html);
    let tags = html.split("<link").skip(1).filter_map(|rest| rest.split('>').next());
    let feeds = tags.filter(|tag| {
        let tag = tag.to_ascii_lowercase();
        tag.contains("alternate")
            && (tag.contains("application/rss+xml") || tag.contains("application/atom+xml"))
    });
    feeds.filter_map(|tag| attribute(tag, "href")).map(str::to_owned).take(MOST_FEEDS).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let after = tag.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split(quote).next().filter(|value| !value.is_empty())
}

/// A state word with a name before it. Several in a row are the legend.
fn components(pieces: &[String]) -> Vec<Component> {
    let states: Vec<Option<Level>> = pieces.iter().map(|piece| state(piece)).collect();
    let is_state = |at: usize| states.get(at).is_some_and(Option::is_some);
    let with_name = |at: usize| at > 0 && !is_state(at - 1) && !is_state(at + 1);
    let found = states.iter().enumerate().filter_map(|(at, state)| Some((at, (*state)?)));
    found.filter(|(at, _)| with_name(*at)).map(|(at, level)| Component::new(&pieces[at - 1], level)).collect()
}

fn state(piece: &str) -> Option<Level> {
    const WORDS: [(&str, Level); 8] = [
        ("operational", Level::Operational),
        ("degraded", Level::Degraded),
        ("degraded performance", Level::Degraded),
        ("partial outage", Level::PartialOutage),
        ("major outage", Level::Outage),
        ("outage", Level::Outage),
        ("maintenance", Level::Maintenance),
        ("under maintenance", Level::Maintenance),
    ];
    WORDS.iter().find(|(word, _)| piece.eq_ignore_ascii_case(word)).map(|(_, level)| *level)
}

fn headline(piece: &str) -> Option<Level> {
    const LINES: [(&str, Level); 6] = [
        ("all systems operational", Level::Operational),
        ("partially degraded service", Level::Degraded),
        ("minor service outage", Level::Degraded),
        ("partial system outage", Level::PartialOutage),
        ("major service outage", Level::Outage),
        ("service under maintenance", Level::Maintenance),
    ];
    LINES.iter().find(|(line, _)| piece.eq_ignore_ascii_case(line)).map(|(_, level)| *level)
}

/// The first thing on the page that tells how far an incident has come; the newest stands first, and
/// when that is over, so is what stands below it.
fn incident(pieces: &[String]) -> Option<Incident> {
    let told = pieces.iter().enumerate().find_map(|(at, piece)| Some((at, step(piece)?)));
    let (at, stage) = told?;
    // Where the word stands alone, what has happened stands after it.
    let alone = pieces[at].len() <= ALONE;
    let name = pieces.get(at + 1).filter(|_| alone).unwrap_or(&pieces[at]);
    Some(Incident::new(name, stage?, Level::Unknown, Moment::Untold, Moment::Untold))
}

/// `Investigating`, `Resolved - it works again`, `INCIDENT STATUS – Identified`.
fn step(piece: &str) -> Option<Option<Stage>> {
    let lower = piece.to_lowercase();
    let words = ["investigating", "identified", "monitoring", "resolved", "completed"];
    let dash = |c: char| matches!(c, '–' | '—' | '-' | ':');
    let word = words.into_iter().find(|word| {
        let begins = lower.strip_prefix(word).map(str::trim_start);
        let ends = lower.strip_suffix(word).map(str::trim_end);
        // `Monitoring - we watch` tells of an incident, `Monitoring service` does not.
        begins.is_some_and(|rest| rest.is_empty() || rest.starts_with(dash))
            || ends.is_some_and(|rest| rest.ends_with(dash))
    })?;
    feed::first_stage(word)
}

fn is_whole(html: &str) -> bool {
    let from = html.ceil_char_boundary(html.len().saturating_sub(LAST_BYTES));
    let last = html[from..].to_ascii_lowercase();
    last.contains("</html>") || last.contains("</body>")
}

const fn doubted(level: Level) -> Level {
    match level {
        Level::Operational | Level::Maintenance | Level::Unknown => Level::Unknown,
        Level::Degraded | Level::PartialOutage | Level::Outage => level,
    }
}
