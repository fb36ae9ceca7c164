//! The rule that everybody writes first: five sites of a group within five minutes. The largest count
//! wins; the group of all sites takes no part, since it would always win.

use crate::world::World;
use demarc_diagnosis::fleet::{Class, Group};
use std::collections::{BTreeMap, VecDeque};

const WINDOW_S: f64 = 300.0;
const ENOUGH: u32 = 5;
const QUIET_S: f64 = 3_600.0;

pub(crate) struct Naive {
    names: Vec<Group>,
    groups_of: Vec<Vec<usize>>,
    recent: Vec<VecDeque<(f64, usize)>>,
    counts: Vec<Vec<u32>>,
    quiet_until: Vec<f64>,
}

impl Naive {
    pub(crate) fn new(world: &World) -> Self {
        let mut places: BTreeMap<&Group, usize> = BTreeMap::new();
        let mut groups_of = Vec::new();
        for site in &world.sites {
            let own = site.groups.iter().filter(|group| **group != Group::All);
            let own = own.map(|group| {
                let next = places.len();
                *places.entry(group).or_insert(next)
            });
            groups_of.push(own.collect());
        }
        let mut names = vec![Group::All; places.len()];
        for (group, place) in places {
            names[place] = group.clone();
        }
        let classes = Class::ALL.len();
        Self {
            groups_of,
            recent: vec![VecDeque::new(); classes],
            counts: vec![vec![0; names.len()]; classes],
            quiet_until: vec![f64::MIN; classes],
            names,
        }
    }

    /// Takes an onset, in the order of time; the group that it names, at most once an hour.
    pub(crate) fn take(&mut self, class: Class, at: f64, site: usize) -> Option<&Group> {
        let class = class as usize;
        while self.recent[class].front().is_some_and(|(old, _)| *old < at - WINDOW_S) {
            if let Some((_, site)) = self.recent[class].pop_front() {
                self.groups_of[site].iter().for_each(|group| self.counts[class][*group] -= 1);
            }
        }
        self.recent[class].push_back((at, site));
        self.groups_of[site].iter().for_each(|group| self.counts[class][*group] += 1);
        let most = self.groups_of[site].iter().copied().max_by_key(|group| self.counts[class][*group])?;
        if self.counts[class][most] < ENOUGH || at < self.quiet_until[class] {
            return None;
        }
        self.quiet_until[class] = at + QUIET_S;
        Some(&self.names[most])
    }
}
