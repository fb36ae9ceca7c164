//! What the agent knows right now, for whoever asks.

use demarc_model::incident::{Incident, Transition};
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Overview;

/// How many transitions a snapshot remembers.
const REMEMBERED: usize = 50;

/// A consistent view of a site, published after every round.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Snapshot {
    pub site: Site,
    pub at: Timestamp,
    pub started: Timestamp,
    /// Open incidents, oldest first.
    pub incidents: Vec<Incident>,
    pub overview: Overview,
    /// The latest transitions, oldest first, numbered from 1 since the start.
    pub recent: Vec<(u64, Transition)>,
    /// Whether every planned probe has been carried out, and what failed been looked at again.
    pub swept: bool,
    /// Whether something is being looked at more closely.
    pub suspicious: bool,
    pub rounds: u64,
    pub probes: u64,
    /// What the operator should know about the agent itself: no history, a refused reload.
    pub warnings: Vec<String>,
}

impl Snapshot {
    pub fn new(site: Site, now: Timestamp) -> Self {
        Self {
            site,
            at: now,
            started: now,
            incidents: Vec::new(),
            overview: Overview::default(),
            recent: Vec::new(),
            swept: false,
            suspicious: false,
            rounds: 0,
            probes: 0,
            warnings: Vec::new(),
        }
    }

    pub(crate) fn remember(&mut self, transitions: &[Transition]) {
        for transition in transitions {
            let number = self.recent.last().map_or(0, |(number, _)| *number) + 1;
            self.recent.push((number, transition.clone()));
        }
        let surplus = self.recent.len().saturating_sub(REMEMBERED);
        self.recent.drain(..surplus);
    }
}
