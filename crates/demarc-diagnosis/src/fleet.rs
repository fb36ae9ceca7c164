//! What many branches have in common: which group of sites, if any, is behind what they report.
//!
//! Sites report that a verdict of a [`Class`] began or ended, and send heartbeats. For each group that
//! a site belongs to, the number of sites that began lately is compared with the group's own history;
//! the tightest group that explains more than chance does is a [`Finding`]. See docs/fleet.md.
//!
//! Like all of this crate it reads no clock and does nothing: time is an argument, steps are returned.
//! It judges no site; that is the site's own diagnosis, which can take a [`Prior`] from here.

mod background;
mod class;
mod finding;
mod group;
mod heartbeat;
mod hub;
mod ledger;
mod onsets;
mod policy;
mod registry;
mod search;
#[cfg(test)]
mod tests;

pub use class::Class;
pub use finding::{Alternative, Blamed, Ending, Finding, FindingId, Prior, Step};
pub use group::{Attributes, Group, Kind};
pub use policy::{FleetPolicy, Limits};
pub use registry::{JoinError, SiteKey};

use background::Background;
use demarc_model::id::SiteId;
use demarc_model::time::Timestamp;
use heartbeat::Heartbeats;
use hub::SelfDoubt;
use ledger::Ledger;
use onsets::Onsets;
use registry::{Groups, NOWHERE, Registry};
use search::{Search, View};

/// Whether something began or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    Began,
    Ended,
}

/// A site says that it has a verdict of a class, or no longer has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub site: SiteKey,
    pub class: Class,
    pub change: Change,
    /// When it began or ended at the site. It may have happened long before it is reported.
    pub at: Timestamp,
}

/// What is known about one class.
#[derive(Debug, Clone)]
struct Watch {
    class: Class,
    onsets: Onsets,
    background: Background,
    /// A report gave some group an alarm, or a claim waits to be clear.
    is_suspect: bool,
    /// Something was reported since the last assessment.
    has_news: bool,
    /// Since when there are claims.
    suspect_since: Option<Timestamp>,
}

/// The fleet's memory. All of it is allocated by [`Fleet::new`].
#[derive(Debug, Clone)]
pub struct Fleet {
    policy: FleetPolicy,
    registry: Registry,
    watches: [Watch; Class::ALL.len()],
    heartbeats: Heartbeats,
    search: Search,
    ledger: Ledger,
    doubt: SelfDoubt,
    now: Timestamp,
}

impl Fleet {
    /// `next` is the number of the next finding.
    pub fn new(policy: FleetPolicy, limits: Limits, now: Timestamp, next: FindingId) -> Self {
        let groups = limits.groups.max(1);
        let watches = Class::ALL.map(|class| Watch {
            class,
            onsets: Onsets::new(limits.sites, groups, now),
            background: Background::new(groups, &policy, now),
            is_suspect: false,
            has_news: false,
            suspect_since: None,
        });
        Self {
            registry: Registry::new(limits),
            watches,
            heartbeats: Heartbeats::new(limits.sites, policy.silence_phi, now),
            search: Search::new(limits.sites, groups),
            ledger: Ledger::new(limits.findings, next),
            doubt: SelfDoubt::default(),
            policy,
            now,
        }
    }

    /// Takes a site in, or gives one that is here other attributes; what it reported stays.
    ///
    /// # Errors
    /// There is no room for the site or for a group that only it has. Nothing is changed then.
    pub fn join(&mut self, id: &SiteId, attributes: &Attributes) -> Result<SiteKey, JoinError> {
        let old = self.registry.key(id).map(|key| (key.place, *self.registry.groups_at(key.place)));
        let joined = self.registry.seat(id, attributes);
        if let (Some((site, old)), Ok(_)) = (old, joined) {
            let new = *self.registry.groups_at(site);
            for watch in &mut self.watches {
                if watch.onsets.window(site).is_some() {
                    watch.onsets.uncount(site, &old);
                    watch.onsets.count(site, &new);
                }
            }
        }
        joined
    }

    /// Forgets a site. Its key is good for nothing from now on.
    pub fn leave(&mut self, key: SiteKey) {
        let Some(groups) = self.registry.groups_of(key).copied() else { return };
        for watch in &mut self.watches {
            watch.onsets.forget(key.place, &groups);
            watch.has_news = true;
        }
        self.heartbeats.forget(key.place);
        self.ledger.leave(key.place);
        self.registry.vacate(key);
    }

    pub fn key(&self, id: &SiteId) -> Option<SiteKey> {
        self.registry.key(id)
    }

    /// Takes a report. Late, repeated and disordered ones are welcome; those of sites that left are
    /// ignored, and nothing is taken to have happened later than `now`.
    pub fn report(&mut self, report: &Report, now: Timestamp) {
        self.advance(now);
        let Some(groups) = self.registry.groups_of(report.site).copied() else { return };
        let (site, at) = (report.site.place, report.at.min(self.now));
        let watch = &mut self.watches[report.class as usize];
        match report.change {
            Change::Began => watch.begin((&self.registry, &self.policy, self.now), (site, &groups), at),
            Change::Ended => watch.has_news |= watch.onsets.end(site, at),
        }
    }

    /// Takes a sign of life, which ends a site's silence. Sites that never gave one are not judged.
    pub fn heartbeat(&mut self, site: SiteKey, now: Timestamp) {
        self.advance(now);
        if self.registry.groups_of(site).is_none() {
            return;
        }
        self.heartbeats.beat(site.place, self.now);
        let silent = &mut self.watches[Class::Silent as usize];
        if silent.onsets.is_active(site.place) {
            silent.has_news |= silent.onsets.end(site.place, self.now);
        }
    }

    /// Says what changed. To be called about once a second; cheap when nothing is suspicious.
    pub fn assess(&mut self, now: Timestamp) -> Vec<Step> {
        self.advance(now);
        let mut steps = Vec::new();
        if self.doubts_itself(&mut steps) {
            return steps;
        }
        for class in Class::ALL {
            self.judge(class, &mut steps);
        }
        steps
    }

    /// The findings that are open, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.ledger.open().iter().map(|open| &open.finding)
    }

    /// What the open findings let a site believe, whether it is affected already or not.
    pub fn priors(&self, site: SiteKey) -> impl Iterator<Item = Prior> + '_ {
        let groups = self.registry.groups_of(site).copied().unwrap_or([NOWHERE; group::KINDS]);
        self.ledger.priors(groups, self.policy)
    }

    /// The sites of a finding's group: those whom its prior concerns.
    pub fn concerned(&self, finding: FindingId) -> impl Iterator<Item = &SiteId> {
        let open = self.ledger.open().iter().find(|open| open.finding.id == finding);
        let sites = open.into_iter().flat_map(|open| self.registry.sites_in(open.group));
        sites.filter_map(|site| self.registry.id_at(site))
    }

    /// The sites that a finding affects or affected.
    pub fn affected(&self, finding: FindingId) -> impl Iterator<Item = &SiteId> {
        let open = self.ledger.open().iter().find(|open| open.finding.id == finding);
        open.into_iter().flat_map(|open| open.sites.iter()).filter_map(|site| self.registry.id_at(site))
    }

    /// Moves all windows on. Time never goes back.
    fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        let Self { registry, ledger, watches, heartbeats, policy, now, .. } = self;
        for (class, watch) in Class::ALL.into_iter().zip(watches.iter_mut()) {
            let Watch { onsets, background, .. } = watch;
            onsets.advance(*now, registry, |site| {
                if !ledger.explains(class, site) {
                    background.learn(registry.groups_at(site));
                }
            });
        }
        let silent = &mut watches[Class::Silent as usize];
        heartbeats.advance(*now, |site, last| {
            silent.begin((registry, policy, *now), (site, registry.groups_at(site)), last);
        });
        if watches[0].background.is_due(*now) {
            self.end_hour();
        }
    }

    fn end_hour(&mut self) {
        let ledger = &self.ledger;
        let gone = self.registry.sweep(|group| ledger.open().iter().any(|open| open.group == group));
        for watch in &mut self.watches {
            gone.iter().for_each(|group| watch.background.forget(*group));
            watch.background.fold(&self.registry, self.now);
        }
    }

    /// Looks for the causes of one class, if there is reason to.
    fn judge(&mut self, class: Class, steps: &mut Vec<Step>) {
        let Self { policy, registry, watches, search, ledger, now, .. } = self;
        let watch = &mut watches[class as usize];
        let is_open = ledger.holds(class);
        if watch.is_suspect || (watch.has_news && is_open && !watch.onsets.is_quiet()) {
            let claims = search.run(watch.view(registry, policy, *now));
            let since = watch.suspect_since.filter(|_| !claims.is_empty());
            watch.suspect_since = since.or((!claims.is_empty()).then_some(*now));
            let is_settled = watch.suspect_since.is_some_and(|since| now.since(since) >= policy.settle);
            let view = watch.view(registry, policy, *now);
            watch.is_suspect = ledger.reconcile(view, (&claims, search), is_settled, steps);
        }
        watch.has_news = false;
        if ledger.holds(class) {
            let over = ledger.follow(watch.view(registry, policy, *now), steps);
            watch.dismiss(registry, over);
        }
    }
}

impl Watch {
    fn view<'a>(&'a self, registry: &'a Registry, policy: &'a FleetPolicy, now: Timestamp) -> View<'a> {
        View { class: self.class, registry, onsets: &self.onsets, background: &self.background, policy, now }
    }

    fn begin(
        &mut self,
        (registry, policy, now): (&Registry, &FleetPolicy, Timestamp),
        (site, groups): (u32, &Groups),
        at: Timestamp,
    ) {
        if self.onsets.begin(site, groups, at) {
            self.has_news = true;
            self.background.see();
            self.is_suspect = self.is_suspect || self.view(registry, policy, now).alarms(groups);
        }
    }

    /// Takes sites out of the windows whose beginnings are accounted for.
    fn dismiss(&mut self, registry: &Registry, sites: Vec<u32>) {
        for site in sites {
            self.onsets.uncount(site, registry.groups_at(site));
        }
    }
}
