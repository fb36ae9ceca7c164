//! One open finding and the sites that it affects.

use crate::fleet::class::Class;
use crate::fleet::finding::{Alternative, Blamed, Ending, Finding, FindingId, Prior};
use crate::fleet::group::Group;
use crate::fleet::policy::FleetPolicy;
use crate::fleet::registry::ALL_SITES;
use crate::fleet::search::{Claim, View};
use demarc_model::time::Timestamp;
use std::time::Duration;

/// What began this long before a finding may still be its doing: sites date their onsets by a few
/// rounds, and some look less often than others.
const SLACK: Duration = Duration::from_secs(120);
/// Growth is told at once when it is by this factor, …
const LEAP: f64 = 1.5;
const LEAP_REST: Duration = Duration::from_secs(10);
/// … and any growth after this long.
const DRIFT_REST: Duration = Duration::from_secs(60);

/// Sites by their places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Places {
    words: Vec<u64>,
    len: u32,
}

impl Places {
    pub(crate) fn holds(&self, site: u32) -> bool {
        self.words.get(site as usize / 64).is_some_and(|word| word >> (site % 64) & 1 == 1)
    }

    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn insert(&mut self, site: u32) {
        let word = site as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.len += u32::from(!self.holds(site));
        self.words[word] |= 1 << (site % 64);
    }

    pub(crate) fn remove(&mut self, site: u32) {
        if self.holds(site) {
            self.len -= 1;
            self.words[site as usize / 64] &= !(1 << (site % 64));
        }
    }

    pub(crate) fn extend(&mut self, sites: impl Iterator<Item = u32>) {
        sites.for_each(|site| self.insert(site));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let bits = (0u32..).zip(&self.words);
        bits.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) finding: Finding,
    pub(crate) group: u32,
    pub(crate) sites: Places,
    /// Sites of it that have not recovered.
    active: u32,
    /// The sites that the last step named, and when.
    told: (u32, Timestamp),
    /// Since when few enough are left.
    resting_since: Option<Timestamp>,
}

impl Open {
    pub(crate) fn new(
        id: FindingId,
        view: View<'_>,
        claim: &Claim,
        sites: impl Iterator<Item = u32>,
    ) -> Self {
        let now = view.now;
        let finding = Finding {
            id,
            class: view.class,
            blamed: Blamed::Hub,
            aliases: Vec::new(),
            since: now,
            detected: now,
            affected: 0,
            members: 0,
            nats: 0.0,
            alternatives: Vec::new(),
        };
        let mut open = Self {
            finding,
            group: claim.group,
            sites: Places::default(),
            active: 0,
            told: (0, now),
            resting_since: None,
        };
        open.become_group(view, claim, sites);
        open
    }

    pub(crate) fn is_about_hub(&self) -> bool {
        self.finding.blamed == Blamed::Hub
    }

    /// Takes the group of a claim, whose sites are then all that it affects.
    pub(crate) fn become_group(&mut self, view: View<'_>, claim: &Claim, sites: impl Iterator<Item = u32>) {
        self.group = claim.group;
        self.sites = Places::default();
        self.confirm(view, claim, sites);
        let name = view.registry.group(claim.group).cloned().unwrap_or(Group::All);
        let is_hub = self.finding.class == Class::Silent && claim.group == ALL_SITES;
        self.finding.blamed = if is_hub { Blamed::Hub } else { Blamed::Group(name) };
        self.finding.since = self.finding.since.min(self.first_quarter(view));
        self.count(view);
        self.told = (self.finding.affected, view.now);
    }

    /// Takes what a search newly says of its group.
    pub(crate) fn confirm(&mut self, view: View<'_>, claim: &Claim, sites: impl Iterator<Item = u32>) {
        let name = |group: &u32| view.registry.group(*group).cloned();
        self.sites.extend(sites);
        self.finding.nats = claim.nats;
        self.finding.aliases = view.registry.equivalents(self.group).iter().filter_map(name).collect();
        let alternative = |(group, nats): &(u32, f64)| Some(Alternative { group: name(group)?, nats: *nats });
        self.finding.alternatives = claim.alternatives.iter().filter_map(alternative).collect();
    }

    /// The time by which a quarter of its sites had begun.
    fn first_quarter(&self, view: View<'_>) -> Timestamp {
        let mut began: Vec<Timestamp> =
            self.sites.iter().filter_map(|site| view.onsets.began(site)).collect();
        began.sort_unstable();
        began.get(began.len() / 4).copied().unwrap_or(self.finding.detected)
    }

    fn count(&mut self, view: View<'_>) {
        self.active = self.sites.iter().filter(|site| view.onsets.is_active(*site)).count() as u32;
        self.finding.affected = self.sites.len();
        self.finding.members = view.registry.members(self.group);
    }

    /// Takes in members that began since, and returns whether there is something to tell.
    pub(crate) fn follow(&mut self, view: View<'_>) -> bool {
        let now = view.now;
        let start = self.finding.since.minus(SLACK);
        for site in view.registry.sites_in(self.group) {
            if view.onsets.is_active(site) && view.onsets.began(site) >= Some(start) {
                self.sites.insert(site);
            }
        }
        self.count(view);
        let few = f64::from(self.active) <= view.policy.close_share * f64::from(self.finding.affected);
        self.resting_since = if few { self.resting_since.or(Some(now)) } else { None };
        let (told, at) = self.told;
        let grown = f64::from(self.finding.affected) >= LEAP * f64::from(told) && now.since(at) >= LEAP_REST;
        let drifted = self.finding.affected > told && now.since(at) >= DRIFT_REST;
        if grown || drifted {
            self.told = (self.finding.affected, now);
        }
        grown || drifted
    }

    pub(crate) fn ending(&self, policy: &FleetPolicy, now: Timestamp) -> Option<Ending> {
        if self.finding.members == 0 || self.finding.affected == 0 {
            return Some(Ending::Deserted);
        }
        let rested = self.resting_since.is_some_and(|since| now.since(since) >= policy.close_after);
        rested.then_some(Ending::Recovered)
    }

    /// The share of the group as a site that is not yet counted may expect it (rule of succession).
    pub(crate) fn prior(&self, policy: &FleetPolicy) -> Prior {
        let Finding { id, class, affected, members, .. } = self.finding;
        let share = (f64::from(affected) + 1.0) / (f64::from(members) + 2.0);
        let base = class.base_prior();
        Prior { class, probability: share.min(policy.prior_cap).max(base), base, finding: id }
    }
}
