//! The causes that explain a class of reports best: the tightest group first, then what it leaves.

use super::background::Background;
use super::class::Class;
use super::group::Group;
use super::onsets::{Counts, Onsets, WINDOWS};
use super::policy::FleetPolicy;
use super::registry::{ALL_SITES, Groups, NOWHERE, Registry};
use demarc_model::time::Timestamp;

/// Alternatives that are kept with a claim.
pub(crate) const ALTERNATIVES: usize = 3;
/// Several groups must explain so much more than one: their learned rates differ by chance, and over
/// thousands of sites a few percent of difference would look like evidence.
const SPLIT_GAIN: f64 = 1.1;
/// A group that is affected to this share is not taken apart.
const MOST: f64 = 0.5;
/// No claim took the site.
const FREE: u8 = u8::MAX;
/// What the penalty multiplies the number of groups of a kind with: kinds that are tried at once.
const KINDS_TRIED: f64 = 8.0;

/// A group that explains reports that no stronger group explains.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claim {
    pub(crate) group: u32,
    /// Evidence after the penalty.
    pub(crate) nats: f64,
    /// Other groups that explain at least half of the same reports, strongest first.
    pub(crate) alternatives: Vec<(u32, f64)>,
}

impl Claim {
    /// How far it leads the next explanation.
    pub(crate) fn lead(&self) -> f64 {
        self.alternatives.first().map_or(self.nats, |(_, nats)| self.nats - nats)
    }
}

/// Room for one search, used again and again.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    counts: Vec<Counts>,
    members: Vec<u32>,
    /// Groups with enough sites in the longest window; all others have no evidence.
    candidates: Vec<u32>,
    overlap: Vec<u32>,
    owner: Vec<u8>,
}

/// What one class looks like.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) class: Class,
    pub(crate) registry: &'a Registry,
    pub(crate) onsets: &'a Onsets,
    pub(crate) background: &'a Background,
    pub(crate) policy: &'a FleetPolicy,
    pub(crate) now: Timestamp,
}

impl View<'_> {
    /// The evidence for a group if so many of its members are affected, after the penalty.
    fn nats(&self, group: u32, counts: Counts, members: u32) -> f64 {
        let surprise = self.background.surprise(group, counts, members, self.policy.least_sites);
        match self.registry.group(group) {
            Some(name) if surprise > 0.0 => surprise - self.penalty(name),
            Some(_) | None => 0.0,
        }
    }

    fn penalty(&self, group: &Group) -> f64 {
        let strange = if self.class.has_causes_in(group.kind()) { 0.0 } else { self.policy.strange_nats };
        (KINDS_TRIED * f64::from(self.registry.alike(group))).ln() + strange
    }

    /// The evidence for a group, whatever else explains it.
    pub(crate) fn nats_of(&self, group: u32) -> f64 {
        self.nats(group, self.onsets.counts()[group as usize], self.registry.members(group))
    }

    /// Whether a report of a site with these groups gives any of them an alarm.
    pub(crate) fn alarms(&self, groups: &Groups) -> bool {
        let known = groups.iter().filter(|group| **group != NOWHERE);
        known.into_iter().any(|group| self.nats_of(*group) >= self.policy.alarm_nats)
    }
}

impl Search {
    pub(crate) fn new(sites: usize, groups: usize) -> Self {
        Self {
            counts: vec![Counts::default(); groups],
            members: vec![0; groups],
            candidates: Vec::with_capacity(groups),
            overlap: vec![0; groups],
            owner: vec![FREE; sites],
        }
    }

    /// The causes of what is in the windows, strongest first.
    ///
    /// A wide group that is strongest only because several troubles lie within it gives way to them,
    /// if they explain more together, each with its own penalty.
    pub(crate) fn run(&mut self, view: View<'_>) -> Vec<Claim> {
        let whole = self.greedy(view, u32::MAX);
        let Some(first) = whole.first() else { return whole };
        let members = view.registry.members(first.group);
        if self.sites_of(0).count() as f64 >= MOST * f64::from(members) {
            return whole;
        }
        let best_whole = total(&whole);
        let mut best = (u32::MAX, best_whole);
        for widest in [members - 1, members / 2, members / 4, members / 8] {
            let split = total(&self.greedy(view, widest));
            if split > best.1 && split >= SPLIT_GAIN * best_whole {
                best = (widest, split);
            }
        }
        // The room holds the last result.
        self.greedy(view, best.0)
    }

    /// The strongest group of at most so many members, then what it leaves.
    fn greedy(&mut self, view: View<'_>, widest: u32) -> Vec<Claim> {
        self.counts.copy_from_slice(view.onsets.counts());
        self.candidates.clear();
        for group in view.registry.group_places() {
            self.members[group as usize] = view.registry.members(group);
            if self.counts[group as usize][WINDOWS.len() - 1] >= view.policy.least_sites {
                self.candidates.push(group);
            }
        }
        self.owner.fill(FREE);
        let mut claims = Vec::new();
        while claims.len() < view.policy.causes {
            let Some((group, nats)) = self.strongest(view, widest) else { break };
            self.take(view, group, claims.len() as u8);
            let alternatives = self.alternatives(view, group, widest);
            self.remove(view, claims.len() as u8);
            claims.push(Claim { group, nats, alternatives });
        }
        claims
    }

    /// The sites whose reports the claim at this place of the last result explains.
    pub(crate) fn sites_of(&self, claim: usize) -> impl Iterator<Item = u32> + '_ {
        let owners = (0..).zip(&self.owner);
        owners.filter(move |(_, owner)| usize::from(**owner) == claim).map(|(site, _)| site)
    }

    /// Ties go to the whole fleet, then to the group with the smaller name, so that the order of joining does not matter.
    fn strongest(&self, view: View<'_>, widest: u32) -> Option<(u32, f64)> {
        let mut best: Option<(u32, f64)> = None;
        for group in self.candidates.iter().copied() {
            let nats = view.nats(group, self.counts[group as usize], self.members[group as usize]);
            if nats < view.policy.alarm_nats || view.registry.members(group) > widest {
                continue;
            }
            let name = |group: u32| (group != ALL_SITES, view.registry.group(group));
            let wins = best.is_none_or(|(rival, most)| {
                nats.total_cmp(&most).then_with(|| name(rival).cmp(&name(group))).is_gt()
            });
            if wins {
                best = Some((group, nats));
            }
        }
        best
    }

    /// Marks the sites in the windows that belong to a group, and counts where else they belong.
    fn take(&mut self, view: View<'_>, group: u32, claim: u8) {
        self.overlap.fill(0);
        for site in view.registry.sites_in(group) {
            let owner = &mut self.owner[site as usize];
            if *owner != FREE || view.onsets.window(site).is_none() {
                continue;
            }
            *owner = claim;
            for other in view.registry.groups_at(site).iter().filter(|other| **other != NOWHERE) {
                self.overlap[*other as usize] += 1;
            }
        }
    }

    fn alternatives(&self, view: View<'_>, group: u32, widest: u32) -> Vec<(u32, f64)> {
        let taken = self.overlap[group as usize];
        let equivalents = view.registry.equivalents(group);
        let mut out: Vec<(u32, f64)> = Vec::new();
        for other in self.candidates.iter().copied() {
            if other == group
                || self.overlap[other as usize] * 2 < taken.max(1)
                || equivalents.contains(&other)
            {
                continue;
            }
            if view.registry.members(other) > widest {
                continue;
            }
            let nats = view.nats(other, self.counts[other as usize], self.members[other as usize]);
            if nats > 0.0 {
                out.push((other, nats));
            }
        }
        out.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then_with(|| view.registry.group(a.0).cmp(&view.registry.group(b.0)))
        });
        out.truncate(ALTERNATIVES);
        out
    }

    /// Takes the sites of a claim out of all groups.
    fn remove(&mut self, view: View<'_>, claim: u8) {
        for (site, owner) in (0..).zip(&self.owner) {
            if *owner != claim {
                continue;
            }
            let first = view.onsets.window(site).unwrap_or(WINDOWS.len());
            for group in view.registry.groups_at(site).iter().filter(|group| **group != NOWHERE) {
                self.members[*group as usize] -= 1;
                for count in &mut self.counts[*group as usize][first..] {
                    *count -= 1;
                }
            }
        }
    }
}

fn total(claims: &[Claim]) -> f64 {
    claims.iter().map(|claim| claim.nats).sum()
}
