//! A vendor's status page, read as a witness: what it claims, in whose words, and how old.
//!
//! Where the page is and in which form is found out once and remembered, with what it said last: a page
//! that has not changed costs one answer without a body.

mod age;
mod claim;
mod kinship;
mod owner;

use crate::dns::Expect;
use crate::fetch::{self, Lookup};
use crate::http::{self, Marks, Response, Take};
use crate::net::Net;
use crate::spec::{PageFormat, StatusPage};
use crate::trace::{Stop, Trace};
use ::http::StatusCode;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::page::Shared;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::statuspage::{self, Page};
use std::time::Duration;
use url::Url;

const MOST_REDIRECTS: usize = 3;
const LONGEST_PAGE: usize = 2 << 20;
/// Where forms for machines are looked for when the page itself is in none, the most telling first.
/// The fourth is Rootly's, in the form of Statuspage.
const PLACES: [&str; 6] = [
    "/api/v2/summary.json",
    "/index.json",
    "/summary.json",
    "/api/v1/status.json",
    "/api/status",
    "/api/v1/components",
];
/// So many of them in one probe.
const MOST_AT_ONCE: usize = 3;
/// An unchanged page is read anew after this: in a feed, what is news today is history tomorrow.
const KEPT_FOR: Duration = Duration::from_secs(6 * 3600);
/// Who runs a page changes rarely.
const KIN_FOR: Duration = Duration::from_secs(6 * 3600);

/// A status page, remembered from one look to the next.
#[derive(Debug, Default)]
pub struct PageReader {
    /// What the page consists of, the most telling document first; empty before the first look.
    documents: Vec<Document>,
    /// How many places have been looked at in vain.
    hunted: usize,
    /// What the page shares with what it reports on, and when that was found out.
    kin: Option<(Timestamp, Vec<Shared>)>,
}

#[derive(Debug)]
struct Document {
    url: Url,
    marks: Marks,
    /// When the page was read, of which the marks are.
    read: Timestamp,
    page: Option<Page>,
    /// How old the server's copy was, in seconds.
    age_s: u32,
    /// The feeds that a page for people names.
    feeds: Vec<String>,
}

/// One look at a page.
struct Visit<'a> {
    net: &'a Net,
    what: &'a StatusPage,
    at: Timestamp,
    trace: &'a mut Trace,
}

impl PageReader {
    /// Reads the page, and adds what it claims to the trace.
    pub(crate) async fn read(
        &mut self,
        net: &Net,
        what: &StatusPage,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<(), Stop> {
        let configured = fetch::parse(&what.url)?;
        if self.documents.is_empty() {
            self.documents.push(Document::new(configured.clone()));
        }
        let mut visit = Visit { net, what, at, trace };
        let mut outcome = self.documents[0].refresh(&mut visit).await;
        let mut measured = (visit.trace.phases, visit.trace.readings.clone());
        if self.wants_better(what, &outcome) && self.hunt(&mut visit).await {
            outcome = Ok(());
            measured = (visit.trace.phases, visit.trace.readings.clone());
        }
        match &outcome {
            Ok(()) => {
                self.refresh_others(&mut visit).await;
                self.look_for_kin(&mut visit).await;
            }
            // The vendor may have moved to another software.
            Err(stop) if is_poor(stop) && self.documents[0].url != configured => {
                *self = Self { kin: self.kin.take(), ..Self::default() };
            }
            Err(_) => {}
        }
        // While there are places left to look, nothing is known of the page, good or bad.
        if self.wants_better(what, &outcome) && outcome.is_err() && self.next_place().is_some() {
            outcome = Err(Stop::Missing(MissingReason::Prerequisite));
        }
        // What is asked besides is not what this probe measures.
        (trace.phases, trace.readings) = measured;
        outcome?;
        trace.read(Reading::Page(self.claim(what)?));
        Ok(())
    }

    /// Whether another document of the page would tell more: this one is for people, or no page at all.
    fn wants_better(&self, what: &StatusPage, outcome: &Result<(), Stop>) -> bool {
        let poor = match outcome {
            Ok(()) => self.format() == Some(PageFormat::Html),
            Err(stop) => is_poor(stop),
        };
        what.format.is_none() && poor
    }

    fn format(&self) -> Option<PageFormat> {
        self.documents[0].page.as_ref().map(|page| page.format)
    }

    /// Looks in the next few places; returns whether one of them was better, which then stands first.
    async fn hunt(&mut self, visit: &mut Visit<'_>) -> bool {
        for _ in 0..MOST_AT_ONCE {
            let Some(url) = self.next_place().filter(|_| visit.has_time()) else { return false };
            let mut document = Document::new(url);
            match document.refresh(visit).await {
                Ok(()) if !document.is_for_people() => {
                    self.documents = vec![document];
                    return true;
                }
                Ok(()) => self.hunted += 1,
                Err(stop) if is_poor(&stop) => self.hunted += 1,
                Err(_) => return false,
            }
        }
        false
    }

    fn next_place(&self) -> Option<Url> {
        let own = &self.documents[0];
        let feeds = own.feeds.iter().filter_map(|feed| own.url.join(feed).ok());
        let feeds = feeds.filter(|feed| owner::is_followed(&own.url, feed));
        PLACES.iter().filter_map(|place| own.url.join(place).ok()).chain(feeds).nth(self.hunted)
    }

    /// Some forms spread over several documents; one that cannot be had says nothing.
    async fn refresh_others(&mut self, visit: &mut Visit<'_>) {
        let Some(format) = self.format() else { return };
        let paths = format.paths();
        if self.documents.len() == 1
            && paths.first().is_some_and(|path| self.documents[0].url.path() == *path)
        {
            let others = paths[1..].iter().filter_map(|path| self.documents[0].url.join(path).ok());
            let others: Vec<Document> = others.map(Document::new).collect();
            self.documents.extend(others);
        }
        for other in &mut self.documents[1..] {
            if !visit.has_time() || other.refresh(visit).await.is_err() {
                *other = Document::new(other.url.clone());
            }
        }
    }

    async fn look_for_kin(&mut self, visit: &mut Visit<'_>) {
        let known = self.kin.as_ref().is_some_and(|(found, _)| visit.at.since(*found) < KIN_FOR);
        if known || !visit.has_time() {
            return;
        }
        let found = kinship::shared(visit.what, &self.documents[0].url, visit.trace).await;
        if let Some(shared) = found {
            self.kin = Some((visit.at, shared));
        }
    }
}

impl Visit<'_> {
    /// Whether there is time for more than what has to be asked.
    fn has_time(&self) -> bool {
        self.trace.elapsed() < self.trace.limits.total / 2
    }
}

impl Document {
    fn new(url: Url) -> Self {
        Self {
            url,
            marks: Marks::default(),
            read: Timestamp::default(),
            page: None,
            age_s: 0,
            feeds: Vec::new(),
        }
    }

    fn is_for_people(&self) -> bool {
        self.page.as_ref().is_none_or(|page| page.format == PageFormat::Html)
    }

    /// Asks for the document, following a few redirects within the owner's names. One that has not
    /// changed stays as it was read.
    async fn refresh(&mut self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        let mut url = self.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            visit.trace.readings.clear();
            let lookup = Lookup::Resolver(visit.what.resolver, Expect::private(visit.what.private));
            let take = if visit.at.since(self.read) < KEPT_FOR {
                Take::News(LONGEST_PAGE, &self.marks)
            } else {
                Take::Body(LONGEST_PAGE)
            };
            let response = fetch::get(visit.net, &url, lookup, take, visit.trace).await?;
            if response.status == StatusCode::NOT_MODIFIED && self.page.is_some() {
                self.age_s = age::of(&response);
                return Ok(());
            }
            if !response.status.is_redirection() {
                return self.take(&url, &response, visit);
            }
            url = owner::next(&url, &response)?;
        }
        Err(failed(
            Symptom::Redirected,
            &format!("the status page redirects more than {MOST_REDIRECTS} times"),
        ))
    }

    fn take(&mut self, url: &Url, response: &Response, visit: &Visit<'_>) -> Result<(), Stop> {
        http::server_error(response)?;
        if !response.status.is_success() {
            return Err(failed(Symptom::Garbage, &format!("the status page answered {}", response.status)));
        }
        let Some(body) = &response.body else {
            return Err(failed(Symptom::Garbage, "the status page is longer than 2 MiB"));
        };
        self.feeds = statuspage::feeds(body);
        let now_ms = visit.at.as_millis();
        let read = match visit.what.format {
            Some(format) => statuspage::read_as(format, body, now_ms),
            None => statuspage::read(body, now_ms),
        };
        let page = read.map_err(|error| unreadable(&error.to_string()))?;
        if page.format == PageFormat::Html && is_for_machines(url) {
            return Err(unreadable("a page for people came in the place of a document"));
        }
        (self.marks, self.read) = (Marks::of(response), visit.at);
        self.age_s = age::of(response);
        self.page = Some(page);
        Ok(())
    }
}

/// Where servers answer with a page for people, that page is no answer.
fn is_for_machines(url: &Url) -> bool {
    [".json", ".xml", ".rss", ".atom"].iter().any(|end| url.path().ends_with(end))
}

/// Whether the server is there and this is no status page, or none that we can read.
fn is_poor(stop: &Stop) -> bool {
    matches!(stop, Stop::Failed { phase: Phase::Content, symptom: Symptom::Garbage, .. })
}

fn unreadable(why: &str) -> Stop {
    failed(Symptom::Garbage, &format!("the status page cannot be read: {why}"))
}

fn failed(symptom: Symptom, detail: &str) -> Stop {
    Stop::failed(Phase::Content, symptom, detail)
}
