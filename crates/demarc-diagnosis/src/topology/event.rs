//! The silences of a site's cameras, gathered into events.

use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::topology::Past;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Cameras of one switch come back one after the other: they take up to a minute and a half to start,
/// and not all as long.
const STARTING: Duration = Duration::from_secs(120);
/// When so large a part of a site falls, it is not a switch: tenths.
const WHOLE_SITE: usize = 9;

/// Cameras that fell silent within one stretch of looks, and came back within another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) from: Timestamp,
    /// When the first of them came back.
    pub(super) until: Timestamp,
    /// Positions in the site's list.
    pub(super) members: BTreeSet<usize>,
}

/// What is known of the past of a site's cameras.
pub(super) struct Record {
    pub(super) cameras: usize,
    /// What befell one camera or more, but not the whole site, in order of time.
    pub(super) events: Vec<Event>,
    /// For each camera, its silences.
    silences: Vec<Vec<(Timestamp, Timestamp)>>,
    together: Duration,
    span: Duration,
}

impl Record {
    pub(super) fn new(site: &Site, past: &Past, together: Duration) -> Self {
        let positions: HashMap<&str, usize> =
            site.cameras.iter().enumerate().map(|(at, camera)| (camera.id.as_str(), at)).collect();
        let mut silences = vec![Vec::new(); site.cameras.len()];
        let mut all = Vec::new();
        for silence in &past.silences {
            // Cameras that are no longer configured have no place to be proposed.
            if let Some(camera) = positions.get(silence.camera.as_str()) {
                silences[*camera].push((silence.from, silence.until));
                all.push((silence.from, silence.until, *camera));
            }
        }
        all.sort_unstable();
        let cameras = site.cameras.len();
        let mut events = events(&all, together);
        events.retain(|event| 10 * event.members.len() < WHOLE_SITE * cameras);
        Self { cameras, events, silences, together, span: past.to.since(past.from) }
    }

    /// The events that a camera shares with others, by position.
    pub(super) fn shared_by(&self, camera: usize) -> BTreeSet<usize> {
        let shared = |event: &Event| event.members.len() > 1 && event.members.contains(&camera);
        let own = self.events.iter().enumerate().filter(|(_, event)| shared(event));
        own.map(|(at, _)| at).collect()
    }

    /// The probability that a camera falls near a given moment for reasons of its own: a stretch of
    /// looks before it, or one after it.
    pub(super) fn chance(&self, camera: usize) -> f64 {
        let near = 2.0 * self.together.as_secs_f64() / self.span.as_secs_f64().max(1.0);
        let silences = self.silences[camera].len().max(1) as f64;
        (silences * near).clamp(1e-9, 0.5)
    }

    /// Whether a camera was surely asked during an event, and answered.
    pub(super) fn stood(&self, camera: usize, event: &Event) -> bool {
        let long_enough = event.until.since(event.from) >= 2 * self.together;
        let silent = |(from, until): &(Timestamp, Timestamp)| *from <= event.until && *until >= event.from;
        long_enough && !self.silences[camera].iter().any(silent)
    }
}

/// Silences by their beginnings, and each such set by its ends.
fn events(all: &[(Timestamp, Timestamp, usize)], together: Duration) -> Vec<Event> {
    let mut out = Vec::new();
    let mut rest = all;
    while let Some((first, ..)) = rest.first() {
        let size = rest.iter().take_while(|(from, ..)| from.since(*first) <= together).count();
        let (fallen, later) = rest.split_at(size);
        rest = later;
        let mut fallen: Vec<_> =
            fallen.iter().map(|(from, until, camera)| (*until, *from, *camera)).collect();
        fallen.sort_unstable();
        let mut event: Option<(Event, Timestamp)> = None;
        for (until, from, camera) in fallen {
            match &mut event {
                Some((event, last)) if until.since(*last) <= together + STARTING => {
                    *last = until;
                    event.from = event.from.min(from);
                    event.members.insert(camera);
                }
                open => {
                    let next = Event { from, until, members: BTreeSet::from([camera]) };
                    out.extend(open.replace((next, until)).map(|(event, _)| event));
                }
            }
        }
        out.extend(event.map(|(event, _)| event));
    }
    out
}
