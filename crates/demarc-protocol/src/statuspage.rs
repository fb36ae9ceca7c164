//! What a vendor's status page says, in whichever form it says it.
//!
//! The form is told by the shape of the answer; servers get the content type wrong, so it is not asked.
//! A word that is not known is `Unknown`, a document that is cut short or in no known shape is an
//! error, and nothing here defaults to "operational".

mod atlassian;
mod atom;
mod better_stack;
mod cachet2;
mod cachet3;
mod feed;
mod html;
mod instatus;
mod moment;
mod open_status;
mod rss;
mod status_io;
mod text;
mod value;

pub use html::feeds;
pub use moment::Moment;

use crate::json::{self, JsonError};
use crate::xml::{self, XmlError};
use serde_json::Value;

/// A status page, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub format: Format,
    /// The page's word for everything together; where the form has none, the worst of its components.
    pub overall: Level,
    /// The page's own summary line, "All Systems Operational"; empty in forms that have none.
    pub headline: String,
    /// At most 1,000.
    pub components: Vec<Component>,
    /// Those that the page does not call over, maintenance that is under way among them; at most 200.
    pub incidents: Vec<Incident>,
    /// When the page last changed.
    pub changed: Moment,
}

/// The forms of status pages, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Atlassian Statuspage, `/api/v2/summary.json`; Rootly and others imitate it.
    Statuspage,
    /// Instatus, `/summary.json` and `/v2/components.json`.
    Instatus,
    /// Better Stack, `/index.json`.
    BetterStack,
    /// Cachet 3, `/api/status`, `/api/components` and `/api/incidents`.
    Cachet3,
    /// Cachet 2, `/api/v1/components` and `/api/v1/incidents`.
    Cachet2,
    /// Status.io, `https://api.status.io/1.0/status/<id>`.
    StatusIo,
    /// OpenStatus, `https://api.openstatus.dev/public/status/<slug>`.
    OpenStatus,
    /// RSS 2.0.
    Rss,
    Atom,
    /// Words on a page for people.
    Html,
}

/// A word for the state of something, translated. Trouble is in the order of its gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Operational,
    Maintenance,
    Degraded,
    PartialOutage,
    Outage,
    /// A word that is not known, or none.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub name: String,
    pub level: Level,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub name: String,
    pub stage: Stage,
    pub impact: Level,
    pub started: Moment,
    pub updated: Moment,
}

/// How far an incident has come; those that are over are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Investigating,
    Identified,
    Monitoring,
    /// Maintenance that was announced and goes on.
    UnderWay,
    Unknown,
}

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("it is in no known form of a status page")]
    NoKnownForm,
    #[error("it is in the form {found}, and not in the form {wanted}", found = .found.name(), wanted = .wanted.name())]
    OtherForm { wanted: Format, found: Format },
    #[error("it has something else in the place of a list")]
    NoList,
    #[error("it is not readable as JSON")]
    Json(#[from] JsonError),
    #[error("it is not readable as XML")]
    Xml(#[from] XmlError),
}

const MOST_COMPONENTS: usize = 1_000;
const MOST_INCIDENTS: usize = 200;
/// A form shows itself within so many bytes.
const FIRST_BYTES: usize = 4_096;

/// Reads a page in whichever form it is. `now_ms` is the time of reading, in milliseconds since 1970:
/// times from the future are marked, and what feeds say of the past is left out.
///
/// # Errors
/// The bytes are in no known form, cut short, too large or too deep.
pub fn read(bytes: &[u8], now_ms: i64) -> Result<Page, PageError> {
    let mut page = match outline(bytes) {
        Outline::Json => read_json(&json::read(bytes)?, now_ms)?,
        Outline::Feed => feed::read(&xml::read(bytes)?, now_ms)?,
        Outline::Html => html::read(&String::from_utf8_lossy(bytes))?,
        Outline::Other => return Err(PageError::NoKnownForm),
    };
    page.components.truncate(MOST_COMPONENTS);
    page.incidents.truncate(MOST_INCIDENTS);
    Ok(page)
}

/// Reads a page that is to be in this form.
///
/// # Errors
/// As [`read`], and when the page is in another form.
pub fn read_as(wanted: Format, bytes: &[u8], now_ms: i64) -> Result<Page, PageError> {
    let page = read(bytes, now_ms)?;
    if page.format == wanted { Ok(page) } else { Err(PageError::OtherForm { wanted, found: page.format }) }
}

/// What kind of document it is, by how it begins.
enum Outline {
    Json,
    Feed,
    Html,
    Other,
}

fn outline(bytes: &[u8]) -> Outline {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let first = bytes[..bytes.len().min(FIRST_BYTES)].to_ascii_lowercase();
    let has = |tags: &[&[u8]]| tags.iter().any(|tag| first.windows(tag.len()).any(|part| part == *tag));
    match first.first() {
        Some(b'{' | b'[') => Outline::Json,
        Some(b'<') if has(&[b"<rss", b"<feed", b"<rdf:rdf"]) => Outline::Feed,
        Some(b'<') if has(&[b"<!doctype html", b"<html", b"<body"]) => Outline::Html,
        Some(_) | None => Outline::Other,
    }
}

fn read_json(document: &Value, now_ms: i64) -> Result<Page, PageError> {
    type Reader = (fn(&Value) -> bool, fn(&Value, i64) -> Result<Page, PageError>);
    const READERS: [Reader; 7] = [
        (atlassian::is, atlassian::read),
        (instatus::is, instatus::read),
        (better_stack::is, better_stack::read),
        (cachet3::is, cachet3::read),
        (cachet2::is, cachet2::read),
        (status_io::is, status_io::read),
        (open_status::is, open_status::read),
    ];
    let reader = READERS.iter().find(|(is, _)| is(document)).ok_or(PageError::NoKnownForm)?;
    (reader.1)(document, now_ms)
}

impl Page {
    /// Adds what another document of the same page says.
    pub fn join(&mut self, other: Self) {
        self.overall = match self.overall {
            Level::Unknown => other.overall,
            Level::Operational
            | Level::Maintenance
            | Level::Degraded
            | Level::PartialOutage
            | Level::Outage => self.overall,
        };
        if self.headline.is_empty() {
            self.headline = other.headline;
        }
        self.components.extend(other.components);
        self.components.truncate(MOST_COMPONENTS);
        self.incidents.extend(other.incidents);
        self.incidents.truncate(MOST_INCIDENTS);
        self.changed = match (self.changed.millis(), other.changed.millis()) {
            (Some(own), Some(others)) => Moment::At(own.max(others)),
            (None, Some(others)) => Moment::At(others),
            (_, None) => self.changed,
        };
    }

    /// The page's word for a component, by its name without regard to case. One that is not there is
    /// unknown; of several with that name the worst counts.
    pub fn level_of(&self, name: &str) -> Level {
        let wanted = name.trim().to_lowercase();
        let own = self.components.iter().filter(|component| component.name.to_lowercase() == wanted);
        Level::of_all(own.map(|component| component.level))
    }

    /// Whether the page gives a time that cannot be.
    pub fn is_out_of_time(&self) -> bool {
        let times = self.incidents.iter().flat_map(|incident| [incident.started, incident.updated]);
        times.chain([self.changed]).any(|moment| moment == Moment::Implausible)
    }

    /// The time of the last change: the page's own word, or its newest incident's.
    fn changed_or_newest(changed: Moment, incidents: &[Incident]) -> Moment {
        let times = incidents.iter().flat_map(|incident| [incident.started, incident.updated]);
        match (changed, times.filter_map(Moment::millis).max()) {
            (Moment::Untold, Some(newest)) => Moment::At(newest),
            (told, _) => told,
        }
    }
}

impl Level {
    /// One word for several: the worst trouble that is admitted; where there is none, unknown as soon as
    /// one of them is, and also when there are none at all.
    pub fn of_all(levels: impl IntoIterator<Item = Self>) -> Self {
        let (mut trouble, mut calm, mut unknown) = (None, None, false);
        for level in levels {
            match level {
                Self::Operational | Self::Maintenance => calm = calm.max(Some(level)),
                Self::Degraded | Self::PartialOutage | Self::Outage => trouble = trouble.max(Some(level)),
                Self::Unknown => unknown = true,
            }
        }
        trouble.or(unknown.then_some(Self::Unknown)).or(calm).unwrap_or(Self::Unknown)
    }
}

impl Incident {
    /// Times in the wrong order are none.
    fn new(name: &str, stage: Stage, impact: Level, started: Moment, updated: Moment) -> Self {
        let turned = matches!((started, updated), (Moment::At(from), Moment::At(to)) if to < from);
        let [started, updated] = if turned { [Moment::Implausible; 2] } else { [started, updated] };
        Self { name: text::plain(name), stage, impact, started, updated }
    }
}

impl Component {
    fn new(name: &str, level: Level) -> Self {
        Self { name: text::plain(name), level }
    }
}

impl Format {
    pub const ALL: [Self; 10] = [
        Self::Statuspage,
        Self::Instatus,
        Self::BetterStack,
        Self::Cachet3,
        Self::Cachet2,
        Self::StatusIo,
        Self::OpenStatus,
        Self::Rss,
        Self::Atom,
        Self::Html,
    ];

    /// As it is written in a vendor profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statuspage => "statuspage",
            Self::Instatus => "instatus",
            Self::BetterStack => "better-stack",
            Self::Cachet3 => "cachet-3",
            Self::Cachet2 => "cachet-2",
            Self::StatusIo => "status-io",
            Self::OpenStatus => "openstatus",
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Html => "html",
        }
    }

    /// Where the documents of this form are, below the page's own address, the most telling first.
    /// None for forms that stand elsewhere or anywhere.
    pub const fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Statuspage => &["/api/v2/summary.json"],
            Self::Instatus => &["/summary.json", "/v2/components.json"],
            Self::BetterStack => &["/index.json"],
            Self::Cachet3 => &["/api/status", "/api/components", "/api/incidents"],
            Self::Cachet2 => &["/api/v1/components", "/api/v1/incidents"],
            Self::StatusIo | Self::OpenStatus | Self::Rss | Self::Atom | Self::Html => &[],
        }
    }
}

#[cfg(test)]
mod tests;
