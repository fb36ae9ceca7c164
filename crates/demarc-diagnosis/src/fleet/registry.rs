//! Which sites there are and which groups they are in.
//!
//! Sites and groups have places in tables of fixed size; a place is used again after its owner left.

use super::group::{Attributes, Group, KINDS, Kind};
use super::policy::Limits;
use demarc_model::id::SiteId;
use std::collections::BTreeMap;
use std::fmt;

/// The place of a group that a site does not have.
pub(crate) const NOWHERE: u32 = u32::MAX;
/// The place of the group of all sites.
pub(crate) const ALL_SITES: u32 = 0;

pub(crate) type Groups = [u32; KINDS];

/// A site's place. It stays the same until the site leaves, and is then good for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteKey {
    pub(crate) place: u32,
    generation: u32,
}

/// Why a site could not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinError {
    TooManySites { limit: usize },
    TooManyGroups { limit: usize },
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManySites { limit } => write!(f, "the fleet has its {limit} sites already"),
            Self::TooManyGroups { limit } => write!(f, "the fleet has its {limit} groups already"),
        }
    }
}

impl std::error::Error for JoinError {}

#[derive(Debug, Clone)]
struct Seat {
    id: Option<SiteId>,
    generation: u32,
    groups: Groups,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    group: Option<Group>,
    members: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Registry {
    limits: Limits,
    seats: Vec<Seat>,
    vacant: Vec<u32>,
    places: BTreeMap<SiteId, u32>,
    groups: Vec<Entry>,
    unused: Vec<u32>,
    names: BTreeMap<Group, u32>,
    of_kind: [u32; KINDS],
}

impl Registry {
    pub(crate) fn new(limits: Limits) -> Self {
        let empty = Seat { id: None, generation: 0, groups: [NOWHERE; KINDS] };
        let places = |n: usize, first: u32| (first..u32::try_from(n).unwrap_or(NOWHERE)).rev().collect();
        let mut registry = Self {
            seats: vec![empty; limits.sites],
            vacant: places(limits.sites, 0),
            places: BTreeMap::new(),
            groups: vec![Entry::default(); limits.groups.max(1)],
            unused: places(limits.groups, 1),
            names: BTreeMap::new(),
            of_kind: [0; KINDS],
            limits,
        };
        registry.groups[ALL_SITES as usize].group = Some(Group::All);
        registry.names.insert(Group::All, ALL_SITES);
        registry.of_kind[Kind::All as usize] = 1;
        registry
    }

    pub(crate) fn key(&self, id: &SiteId) -> Option<SiteKey> {
        let place = *self.places.get(id)?;
        Some(SiteKey { place, generation: self.seats[place as usize].generation })
    }

    /// The groups of a site that is here.
    pub(crate) fn groups_of(&self, key: SiteKey) -> Option<&Groups> {
        let seat = self.seats.get(key.place as usize)?;
        (seat.id.is_some() && seat.generation == key.generation).then_some(&seat.groups)
    }

    /// The groups at a place; nowhere when it is vacant.
    pub(crate) fn groups_at(&self, place: u32) -> &Groups {
        &self.seats[place as usize].groups
    }

    pub(crate) fn id_at(&self, place: u32) -> Option<&SiteId> {
        self.seats[place as usize].id.as_ref()
    }

    pub(crate) fn members(&self, group: u32) -> u32 {
        self.groups[group as usize].members
    }

    pub(crate) fn group(&self, place: u32) -> Option<&Group> {
        self.groups[place as usize].group.as_ref()
    }

    /// Places of groups, used or not.
    pub(crate) fn group_places(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.groups.len()).unwrap_or(NOWHERE)
    }

    /// How many groups there are of the kind of this one, itself included.
    pub(crate) fn alike(&self, group: &Group) -> u32 {
        self.of_kind[group.kind() as usize].max(1)
    }

    /// The members of a group.
    pub(crate) fn sites_in(&self, group: u32) -> impl Iterator<Item = u32> + '_ {
        let kind = self.group(group).map(Group::kind);
        let seats = (0..).zip(&self.seats);
        let inside = seats.filter(move |(_, seat)| kind.is_some_and(|k| seat.groups[k as usize] == group));
        inside.map(|(place, _)| place)
    }

    /// Other groups with the very same members.
    pub(crate) fn equivalents(&self, group: u32) -> Vec<u32> {
        let mut sites = self.sites_in(group);
        let Some(first) = sites.next() else { return Vec::new() };
        let mut shared = *self.groups_at(first);
        for site in sites {
            let own = self.groups_at(site);
            for (all, one) in shared.iter_mut().zip(own) {
                if all != one {
                    *all = NOWHERE;
                }
            }
        }
        let members = self.members(group);
        let same = |other: &u32| *other != NOWHERE && *other != group && self.members(*other) == members;
        shared.into_iter().filter(same).collect()
    }

    /// Seats a site, or moves one that is here to other groups. Nothing changes on an error.
    pub(crate) fn seat(&mut self, id: &SiteId, attributes: &Attributes) -> Result<SiteKey, JoinError> {
        let wanted = attributes.groups();
        let new = wanted.iter().flatten().filter(|group| !self.names.contains_key(*group)).count();
        if new > self.unused.len() {
            return Err(JoinError::TooManyGroups { limit: self.limits.groups });
        }
        let place = match self.places.get(id) {
            Some(place) => *place,
            None => self.vacant.pop().ok_or(JoinError::TooManySites { limit: self.limits.sites })?,
        };
        self.leave_groups(place);
        let groups = wanted.map(|group| group.map_or(NOWHERE, |group| self.enter(group)));
        let seat = &mut self.seats[place as usize];
        seat.groups = groups;
        seat.id = Some(id.clone());
        let generation = seat.generation;
        self.places.insert(id.clone(), place);
        Ok(SiteKey { place, generation })
    }

    pub(crate) fn vacate(&mut self, key: SiteKey) {
        self.leave_groups(key.place);
        let seat = &mut self.seats[key.place as usize];
        seat.generation = seat.generation.wrapping_add(1);
        if let Some(id) = seat.id.take() {
            self.places.remove(&id);
            self.vacant.push(key.place);
        }
    }

    /// Gives up groups without members that nobody needs, and returns the place of each.
    pub(crate) fn sweep(&mut self, is_needed: impl Fn(u32) -> bool) -> Vec<u32> {
        let empty = |(place, entry): &(u32, &Entry)| {
            *place != ALL_SITES && entry.members == 0 && entry.group.is_some() && !is_needed(*place)
        };
        let gone: Vec<u32> = (0..).zip(&self.groups).filter(empty).map(|(place, _)| place).collect();
        for place in &gone {
            if let Some(group) = self.groups[*place as usize].group.take() {
                self.of_kind[group.kind() as usize] -= 1;
                self.names.remove(&group);
                self.unused.push(*place);
            }
        }
        gone
    }

    fn enter(&mut self, group: Group) -> u32 {
        let place = match self.names.get(&group) {
            Some(place) => *place,
            None => {
                let place = self.unused.pop().expect("the caller made sure of unused groups");
                self.of_kind[group.kind() as usize] += 1;
                self.groups[place as usize].group = Some(group.clone());
                self.names.insert(group, place);
                place
            }
        };
        self.groups[place as usize].members += 1;
        place
    }

    fn leave_groups(&mut self, place: u32) {
        for group in &mut self.seats[place as usize].groups {
            if *group != NOWHERE {
                self.groups[*group as usize].members -= 1;
            }
            *group = NOWHERE;
        }
    }
}
