//! The findings that are open: which claims belong to them, whom they affect, and when they are over.

mod open;

use super::class::Class;
use super::finding::{Ending, FindingId, Prior, Step};
use super::policy::FleetPolicy;
use super::registry::Groups;
use super::search::{Claim, Search, View};
use demarc_model::time::Timestamp;
pub(crate) use open::Open;

/// Half of a wide finding's group must be affected for it to explain what begins later in a part of it.
const WIDE_SHARE: f64 = 0.5;
/// A finding is about what a claim explains when the claim has this share of its sites.
const SAME_SHARE: f64 = 0.6;

#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    open: Vec<Open>,
    limit: usize,
    next: FindingId,
}

/// What to do with a claim.
enum Fate {
    /// It is this finding's, at this place.
    Known(usize),
    /// It lies within this finding.
    Within(usize),
    /// This finding turns out to be it.
    Revises(usize),
    /// It may be said as a finding of its own.
    New,
    /// Too close to call.
    Waits,
}

impl Ledger {
    pub(crate) fn new(limit: usize, next: FindingId) -> Self {
        Self { open: Vec::with_capacity(limit), limit, next }
    }

    pub(crate) fn open(&self) -> &[Open] {
        &self.open
    }

    pub(crate) fn holds(&self, class: Class) -> bool {
        self.open.iter().any(|open| open.finding.class == class)
    }

    /// Whether a finding explains what a site reports.
    pub(crate) fn explains(&self, class: Class, site: u32) -> bool {
        self.open.iter().any(|open| open.finding.class == class && open.sites.holds(site))
    }

    pub(crate) fn leave(&mut self, site: u32) {
        for open in &mut self.open {
            open.sites.remove(site);
        }
    }

    /// What the open findings let a site of these groups believe.
    pub(crate) fn priors(&self, groups: Groups, policy: FleetPolicy) -> impl Iterator<Item = Prior> + '_ {
        let about = self.open.iter().filter(move |open| !open.is_about_hub() && groups.contains(&open.group));
        about.map(move |open| open.prior(&policy))
    }

    /// Takes the result of a search. Returns whether something may still be said about it later.
    pub(crate) fn reconcile(
        &mut self,
        view: View<'_>,
        (claims, search): (&[Claim], &Search),
        is_settled: bool,
        steps: &mut Vec<Step>,
    ) -> bool {
        let mut waits = false;
        for (at, claim) in claims.iter().enumerate() {
            match self.fate(view, claims, at, (search, is_settled)) {
                Fate::Known(place) => self.open[place].confirm(view, claim, search.sites_of(at)),
                Fate::Within(place) => self.open[place].sites.extend(search.sites_of(at)),
                Fate::Revises(place) => self.revise((place, view), (claim, search, at), steps),
                Fate::New => self.begin(view, claim, search.sites_of(at), steps),
                Fate::Waits => waits = true,
            }
        }
        waits
    }

    fn fate(
        &self,
        view: View<'_>,
        claims: &[Claim],
        at: usize,
        (search, is_settled): (&Search, bool),
    ) -> Fate {
        let claim = &claims[at];
        let own = || self.open.iter().enumerate().filter(|(_, open)| open.finding.class == view.class);
        let equivalents = view.registry.equivalents(claim.group);
        if let Some((place, _)) =
            own().find(|(_, open)| open.group == claim.group || equivalents.contains(&open.group))
        {
            return Fate::Known(place);
        }
        let inside =
            |open: &Open| search.sites_of(at).all(|site| view.registry.groups_at(site).contains(&open.group));
        if let Some((place, _)) = own().find(|(_, open)| open.finding.share() >= WIDE_SHARE && inside(open)) {
            return Fate::Within(place);
        }
        let replaced = own().find(|(_, open)| {
            !claims.iter().any(|other| other.group == open.group)
                && view.now.since(open.finding.detected) <= view.policy.revise_for
                && self.is_same(open, search, at)
        });
        match replaced {
            Some((place, open)) => {
                let leads = claim.nats >= view.nats_of(open.group) + view.policy.lead_nats;
                if leads { Fate::Revises(place) } else { Fate::Waits }
            }
            None if self.open.len() >= self.limit => Fate::Waits,
            None if is_settled || claim.lead() >= view.policy.lead_nats => Fate::New,
            None => Fate::Waits,
        }
    }

    fn is_same(&self, open: &Open, search: &Search, claim: usize) -> bool {
        let shared = search.sites_of(claim).filter(|site| open.sites.holds(*site)).count();
        shared as f64 >= SAME_SHARE * f64::from(open.sites.len())
    }

    /// Gives a finding another group; further findings about the same sites are absorbed.
    fn revise(
        &mut self,
        (place, view): (usize, View<'_>),
        (claim, search, at): (&Claim, &Search, usize),
        steps: &mut Vec<Step>,
    ) {
        let (id, class) = (self.open[place].finding.id, self.open[place].finding.class);
        self.open[place].become_group(view, claim, search.sites_of(at));
        steps.push(Step::Changed(self.open[place].finding.clone()));
        let same = |open: &Open| {
            open.finding.id != id && open.finding.class == class && self.is_same(open, search, at)
        };
        let absorbed: Vec<FindingId> =
            self.open.iter().filter(|open| same(open)).map(|open| open.finding.id).collect();
        self.close(&absorbed, Ending::Absorbed(id), view.now, steps);
    }

    /// Opens a finding.
    pub(crate) fn begin(
        &mut self,
        view: View<'_>,
        claim: &Claim,
        sites: impl Iterator<Item = u32>,
        steps: &mut Vec<Step>,
    ) {
        let open = Open::new(self.next, view, claim, sites);
        self.next = FindingId(self.next.0 + 1);
        steps.push(Step::Opened(open.finding.clone()));
        self.open.push(open);
    }

    pub(crate) fn close(&mut self, ids: &[FindingId], ending: Ending, now: Timestamp, steps: &mut Vec<Step>) {
        for id in ids {
            if let Some(place) = self.open.iter().position(|open| open.finding.id == *id) {
                let finding = self.open.remove(place).finding;
                steps.push(Step::Closed { finding, at: now, ending });
            }
        }
    }

    /// Brings the extent of a class's findings up to date and closes what is over. Returns the sites
    /// of the closed findings, whose beginnings are accounted for.
    pub(crate) fn follow(&mut self, view: View<'_>, steps: &mut Vec<Step>) -> Vec<u32> {
        let mut done = Vec::new();
        let mut closed = Vec::new();
        for open in self.open.iter_mut().filter(|open| open.finding.class == view.class) {
            if open.follow(view) {
                steps.push(Step::Changed(open.finding.clone()));
            }
            if let Some(ending) = open.ending(view.policy, view.now) {
                done.push((open.finding.id, ending));
                closed.extend(open.sites.iter());
            }
        }
        for (id, ending) in done {
            self.close(&[id], ending, view.now, steps);
        }
        closed
    }
}
