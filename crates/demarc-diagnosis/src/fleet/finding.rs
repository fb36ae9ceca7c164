//! What the fleet says: findings, their steps, and what they let a site believe.

use super::class::Class;
use super::group::Group;
use demarc_model::time::Timestamp;
use std::fmt;

/// A finding's number, counted up and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FindingId(pub u64);

/// What the sites of a finding have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blamed {
    /// Sites of all groups fell silent: this hub, or its way to the Internet.
    Hub,
    Group(Group),
}

/// A group that explains the same less well.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub group: Group,
    /// Evidence after the penalty, comparable with the finding's.
    pub nats: f64,
}

/// Sites of a group report the same, and not by chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub id: FindingId,
    pub class: Class,
    pub blamed: Blamed,
    /// Other groups that have the very same members.
    pub aliases: Vec<Group>,
    /// When it began: a quarter of the sites first named had begun by then.
    pub since: Timestamp,
    /// When it was first said.
    pub detected: Timestamp,
    /// Sites that reported it since, recovered or not.
    pub affected: u32,
    /// Sites of the group.
    pub members: u32,
    /// Evidence in nats against chance, after the penalty for the number of groups.
    pub nats: f64,
    /// Strongest first, at most three.
    pub alternatives: Vec<Alternative>,
}

impl Finding {
    /// The share of the group that is affected.
    pub fn share(&self) -> f64 {
        f64::from(self.affected) / f64::from(self.members.max(1))
    }

    /// Whether it names this group, by one of its names.
    pub fn names(&self, group: &Group) -> bool {
        let own = match &self.blamed {
            Blamed::Hub => *group == Group::All,
            Blamed::Group(own) => own == group,
        };
        own || self.aliases.contains(group)
    }
}

/// `312 of 330 sites of operator acme`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} sites ", self.affected, self.members)?;
        match &self.blamed {
            Blamed::Hub => Group::All.fmt(f),
            Blamed::Group(group) => group.fmt(f),
        }
    }
}

/// How a finding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its sites reported that they are well.
    Recovered,
    /// Another finding explains all of it.
    Absorbed(FindingId),
    /// Its sites left the fleet.
    Deserted,
}

/// What became of a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Opened(Finding),
    /// It names another group, or clearly more sites.
    Changed(Finding),
    Closed {
        finding: Finding,
        at: Timestamp,
        ending: Ending,
    },
}

/// What a finding lets a site of its group believe before it has looked itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    pub class: Class,
    /// The probability that this site has the fault.
    pub probability: f64,
    /// The same without the finding.
    pub base: f64,
    pub finding: FindingId,
}
