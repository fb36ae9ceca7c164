//! For one class: what each site last reported, and how many sites of each group began within the
//! last 1, 5 and 30 minutes.
//!
//! A site counts once per window however often it reports. The latest beginning and the latest end
//! that were reported are all that is kept, so order and repetition of reports change nothing.

use super::registry::{Groups, NOWHERE, Registry};
use demarc_model::time::Timestamp;

/// The windows in seconds, shortest first.
pub(crate) const WINDOWS: [i64; 3] = [60, 300, 1_800];
pub(crate) type Counts = [u32; WINDOWS.len()];

const LONGEST: i64 = WINDOWS[WINDOWS.len() - 1];
/// One list of sites for each second of the longest window.
const SLOTS: i64 = 2_048;
const NEVER: i64 = i64::MIN;
/// In no window.
const OUTSIDE: u8 = WINDOWS.len() as u8;

#[derive(Debug, Clone, Copy)]
struct Record {
    /// Milliseconds since 1970, like `ended`.
    began: i64,
    ended: i64,
    /// The neighbours in the list of the second in which it began.
    next: u32,
    before: u32,
    /// The shortest window that it is counted in; it is counted in all longer ones too.
    window: u8,
}

#[derive(Debug, Clone)]
pub(crate) struct Onsets {
    records: Vec<Record>,
    slots: Vec<u32>,
    counts: Vec<Counts>,
    second: i64,
    /// Sites in the longest window.
    inside: u32,
}

fn second_of(millis: i64) -> i64 {
    millis.div_euclid(1_000)
}

fn slot_of(second: i64) -> usize {
    second.rem_euclid(SLOTS) as usize
}

impl Onsets {
    pub(crate) fn new(sites: usize, groups: usize, now: Timestamp) -> Self {
        let blank = Record { began: NEVER, ended: NEVER, next: NOWHERE, before: NOWHERE, window: OUTSIDE };
        Self {
            records: vec![blank; sites],
            slots: vec![NOWHERE; SLOTS as usize],
            counts: vec![Counts::default(); groups],
            second: second_of(now.as_millis()),
            inside: 0,
        }
    }

    /// Whether the site's latest beginning is without an end.
    pub(crate) fn is_active(&self, site: u32) -> bool {
        let record = self.records[site as usize];
        record.began > record.ended
    }

    pub(crate) fn began(&self, site: u32) -> Option<Timestamp> {
        let began = self.records[site as usize].began;
        (began != NEVER).then(|| Timestamp::from_millis(began))
    }

    /// The shortest window that holds the site's latest beginning.
    pub(crate) fn window(&self, site: u32) -> Option<usize> {
        let window = self.records[site as usize].window;
        (window != OUTSIDE).then_some(usize::from(window))
    }

    pub(crate) fn counts(&self) -> &[Counts] {
        &self.counts
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.inside == 0
    }

    /// Takes a beginning; false when it says nothing new.
    pub(crate) fn begin(&mut self, site: u32, groups: &Groups, at: Timestamp) -> bool {
        let at = at.as_millis();
        if at <= self.records[site as usize].began {
            return false;
        }
        self.uncount(site, groups);
        self.records[site as usize].began = at;
        self.count(site, groups);
        true
    }

    /// Takes an end; false when it says nothing new.
    pub(crate) fn end(&mut self, site: u32, at: Timestamp) -> bool {
        let record = &mut self.records[site as usize];
        let news = at.as_millis() > record.ended;
        record.ended = record.ended.max(at.as_millis());
        news
    }

    /// Forgets a site that leaves.
    pub(crate) fn forget(&mut self, site: u32, groups: &Groups) {
        self.uncount(site, groups);
        let record = &mut self.records[site as usize];
        (record.began, record.ended) = (NEVER, NEVER);
    }

    /// Takes a site out of the windows; what it reported stays known.
    pub(crate) fn uncount(&mut self, site: u32, groups: &Groups) {
        let window = self.records[site as usize].window;
        if window != OUTSIDE {
            self.unlink(site);
            self.step(groups, usize::from(window)..WINDOWS.len(), u32::wrapping_sub);
            self.records[site as usize].window = OUTSIDE;
        }
    }

    /// Counts a site where its beginning belongs; for one that is in no window.
    pub(crate) fn count(&mut self, site: u32, groups: &Groups) {
        let began = self.records[site as usize].began;
        if began == NEVER {
            return;
        }
        let age = self.second - second_of(began);
        let Some(window) = WINDOWS.iter().position(|length| age < *length) else { return };
        self.records[site as usize].window = window as u8;
        self.link(site, slot_of(second_of(began)));
        self.step(groups, window..WINDOWS.len(), u32::wrapping_add);
    }

    /// Moves the windows on, and tells which sites left the longest one.
    pub(crate) fn advance(&mut self, now: Timestamp, registry: &Registry, mut left: impl FnMut(u32)) {
        let target = second_of(now.as_millis());
        // Nobody stays inside for longer than the longest window, so this ends soon after a pause.
        while self.second < target && self.inside > 0 {
            self.second += 1;
            for window in 0..WINDOWS.len() {
                self.expire(window, registry, &mut left);
            }
        }
        self.second = self.second.max(target);
    }

    /// Takes out of a window what began just its length ago.
    fn expire(&mut self, window: usize, registry: &Registry, left: &mut impl FnMut(u32)) {
        let mut site = self.slots[slot_of(self.second - WINDOWS[window])];
        while site != NOWHERE {
            let next = self.records[site as usize].next;
            let groups = registry.groups_at(site);
            self.step(groups, window..window + 1, u32::wrapping_sub);
            self.records[site as usize].window = window as u8 + 1;
            if WINDOWS[window] == LONGEST {
                self.unlink(site);
                left(site);
            }
            site = next;
        }
    }

    fn step(&mut self, groups: &Groups, windows: std::ops::Range<usize>, by: fn(u32, u32) -> u32) {
        for group in groups.iter().filter(|group| **group != NOWHERE) {
            for count in &mut self.counts[*group as usize][windows.clone()] {
                *count = by(*count, 1);
            }
        }
    }

    fn link(&mut self, site: u32, slot: usize) {
        let next = self.slots[slot];
        self.slots[slot] = site;
        if next != NOWHERE {
            self.records[next as usize].before = site;
        }
        let record = &mut self.records[site as usize];
        (record.next, record.before) = (next, NOWHERE);
        self.inside += 1;
    }

    fn unlink(&mut self, site: u32) {
        let Record { next, before, began, .. } = self.records[site as usize];
        if before == NOWHERE {
            self.slots[slot_of(second_of(began))] = next;
        } else {
            self.records[before as usize].next = next;
        }
        if next != NOWHERE {
            self.records[next as usize].before = before;
        }
        self.inside -= 1;
    }
}
