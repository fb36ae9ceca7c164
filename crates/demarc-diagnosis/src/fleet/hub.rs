//! Whether the hub itself is to blame: when most sites of several operators fall silent at once, the
//! likeliest fault is on this side, and nobody else is accused until it is over.

use super::class::Class;
use super::finding::{Ending, FindingId, Step};
use super::group::Kind;
use super::onsets::WINDOWS;
use super::registry::ALL_SITES;
use super::search::Claim;
use super::{Fleet, Watch};
use demarc_model::time::Timestamp;
use std::time::Duration;

const LONGEST: usize = WINDOWS.len() - 1;
/// Fewer sites than these say nothing about the hub.
const LEAST_SITES: u32 = 5;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SelfDoubt {
    /// Since when sites are heard again while in doubt.
    better_since: Option<Timestamp>,
    is_in_doubt: bool,
}

impl Fleet {
    /// Whether the hub suspects itself, in which case nothing else is judged.
    pub(super) fn doubts_itself(&mut self, steps: &mut Vec<Step>) -> bool {
        let is_bad = self.is_most_silent();
        if is_bad {
            self.doubt = SelfDoubt { better_since: None, is_in_doubt: true };
            self.blame_hub(steps);
        } else if self.doubt.is_in_doubt {
            let since = *self.doubt.better_since.get_or_insert(self.now);
            if self.now.since(since) >= self.policy.hub_rest {
                self.trust_again(steps);
            }
        }
        self.doubt.is_in_doubt
    }

    fn silent(&self) -> &Watch {
        &self.watches[Class::Silent as usize]
    }

    fn is_most_silent(&self) -> bool {
        let sites = self.registry.members(ALL_SITES);
        let lately = self.silent().onsets.counts()[ALL_SITES as usize][LONGEST];
        if lately < LEAST_SITES || !self.is_most(lately, sites) {
            return false;
        }
        let silent_in = |group: u32| {
            let recent = |site: &u32| {
                self.silent().onsets.is_active(*site) && self.silent().onsets.window(*site).is_some()
            };
            self.registry.sites_in(group).filter(recent).count() as u32
        };
        let operators = || {
            self.registry.group_places().filter(|place| {
                let is_operator = self.registry.group(*place).is_some_and(|g| g.kind() == Kind::Operator);
                is_operator && self.registry.members(*place) > 0
            })
        };
        let dark = operators().filter(|place| self.is_most(silent_in(*place), self.registry.members(*place)));
        self.is_most(silent_in(ALL_SITES), sites)
            && dark.count() >= self.policy.hub_operators.min(operators().count().max(1))
    }

    fn is_most(&self, part: u32, whole: u32) -> bool {
        f64::from(part) >= self.policy.hub_share * f64::from(whole)
    }

    /// Opens the finding about the hub and withdraws what was said of silent groups meanwhile.
    fn blame_hub(&mut self, steps: &mut Vec<Step>) {
        let now = self.now;
        if !self.ledger.open().iter().any(super::ledger::Open::is_about_hub) {
            let silent = &self.watches[Class::Silent as usize];
            let view = silent.view(&self.registry, &self.policy, now);
            let claim = Claim { group: ALL_SITES, nats: view.nats_of(ALL_SITES), alternatives: Vec::new() };
            let sites =
                self.registry.sites_in(ALL_SITES).filter(|site| silent.onsets.window(*site).is_some());
            self.ledger.begin(view, &claim, sites, steps);
        }
        let Some(hub) =
            self.ledger.open().iter().find(|open| open.is_about_hub()).map(|open| open.finding.id)
        else {
            return;
        };
        let recent = |since: Timestamp| now.since(since) <= Duration::from_secs(WINDOWS[LONGEST] as u64);
        let withdrawn: Vec<FindingId> = self
            .ledger
            .open()
            .iter()
            .map(|open| &open.finding)
            .filter(|f| f.class == Class::Silent && f.id != hub && recent(f.detected))
            .map(|f| f.id)
            .collect();
        self.ledger.close(&withdrawn, Ending::Absorbed(hub), now, steps);
    }

    /// Ends the doubt. What began meanwhile is explained; who is still silent begins now, so that an
    /// operator that failed behind the doubt is found.
    fn trust_again(&mut self, steps: &mut Vec<Step>) {
        self.doubt = SelfDoubt::default();
        let now = self.now;
        let hub = self.ledger.open().iter().filter(|open| open.is_about_hub()).map(|open| open.finding.id);
        let hub: Vec<FindingId> = hub.collect();
        self.ledger.close(&hub, Ending::Recovered, now, steps);
        let Self { registry, watches, policy, .. } = self;
        let silent = &mut watches[Class::Silent as usize];
        let sites: Vec<u32> = registry.sites_in(ALL_SITES).collect();
        for site in sites {
            let groups = registry.groups_at(site);
            if silent.onsets.window(site).is_none() {
                continue;
            }
            silent.onsets.uncount(site, groups);
            if silent.onsets.is_active(site) {
                silent.begin((registry, policy, now), (site, groups), now);
            }
        }
    }
}
