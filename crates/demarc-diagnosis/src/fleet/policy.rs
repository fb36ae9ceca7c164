//! The parameters of the fleet's method, and how much it may hold.

use std::time::Duration;

/// How much a fleet may hold; everything is allocated at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub sites: usize,
    /// Groups of all kinds together. A site that would need more is refused.
    pub groups: usize,
    /// Findings open at a time; while so many are open no further one opens.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sites: 10_000, groups: 4_096, findings: 32 }
    }
}

/// When to speak, and what is taken to be usual.
///
/// The values of [`Default`] were chosen with `fleet-bench` on its tuning seeds; docs/fleet.md has
/// what they reach on others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FleetPolicy {
    /// Evidence in nats, after the penalty for the number of groups, at which a group is named.
    pub alarm_nats: f64,
    /// Fewer affected sites are never a group.
    pub least_sites: u32,
    /// What a group must bring in addition, in nats, if its kind is no likely cause of the class.
    pub strange_nats: f64,
    /// How far a group must lead the next explanation, in nats, to be named at once.
    pub lead_nats: f64,
    /// After this long the best explanation is named though it leads by less.
    pub settle: Duration,
    /// Groups that may be named in one evaluation of a class.
    pub causes: usize,
    /// What the learned rate of a group is multiplied with: sites of a group never fail quite
    /// independently.
    pub rate_margin: f64,
    /// The lowest rate believed, in onsets per site and year.
    pub floor_per_year: f64,
    /// The rate of a class before anything is learned, in onsets per site and year.
    pub initial_per_year: f64,
    /// How long history counts: the time after which it weighs 1/e.
    pub memory: Duration,
    /// A finding closes when no more than this share of its sites is still affected …
    pub close_share: f64,
    /// … for this long.
    pub close_after: Duration,
    /// How long a finding may turn out to be another group.
    pub revise_for: Duration,
    /// The share of silent sites, and of operators' silent sites, that points to the hub itself.
    pub hub_share: f64,
    /// The operators that must be silent by that share.
    pub hub_operators: usize,
    /// How long enough sites must be heard again until the hub trusts itself.
    pub hub_rest: Duration,
    /// The suspicion, as the negative decimal logarithm of the probability that a living site is
    /// silent for so long, at which it counts as silent.
    pub silence_phi: f64,
    /// The most that a finding lets a site believe before it has looked itself.
    pub prior_cap: f64,
}

impl Default for FleetPolicy {
    fn default() -> Self {
        Self {
            alarm_nats: 12.0,
            least_sites: 3,
            strange_nats: 4.0,
            lead_nats: 3.0,
            settle: Duration::from_secs(10),
            causes: 5,
            rate_margin: 1.5,
            floor_per_year: 0.5,
            initial_per_year: 12.0,
            memory: Duration::from_secs(30 * 86_400),
            close_share: 0.2,
            close_after: Duration::from_secs(30),
            revise_for: Duration::from_secs(1_800),
            hub_share: 0.6,
            hub_operators: 3,
            hub_rest: Duration::from_secs(60),
            silence_phi: 8.0,
            prior_cap: 0.5,
        }
    }
}
