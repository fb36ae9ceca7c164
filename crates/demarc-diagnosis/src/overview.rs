//! The site at a glance: the latest observation of each component.

#[cfg(test)]
mod tests;

use crate::layout::{Layout, Subject};
use demarc_model::observation::{Observation, Reading};
use demarc_model::page::{PageClaim, PageForm, PageState, Shared};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{
    CameraStanding, CapabilityStanding, Overview, PageRelation, PageStanding, Standing,
};
use std::time::Duration;

/// An observation older than this no longer says how a component stands.
const FRESH: Duration = Duration::from_secs(180);

/// A page that was read, or copied into a cache, longer ago than this has no weight.
const STALE: Duration = Duration::from_secs(15 * 60);
/// Trouble that a page has shown unchanged for longer is one that nobody took down.
const FORGOTTEN: Duration = Duration::from_secs(7 * 86_400);

/// The last thing each probe saw.
pub(crate) struct Latest {
    seen: Vec<Option<(Timestamp, Symptom)>>,
    passed: Vec<bool>,
    page: Option<(Timestamp, Option<PageClaim>)>,
    /// Who else says that this host's address is theirs, by the last word on it.
    rivals: Option<(Timestamp, Vec<DeviceText>)>,
    /// Where the network says that its captive portal is, by the last check for one, if that failed.
    portal: Option<(Timestamp, DeviceText)>,
    /// When the page admitted trouble, for each of the site's services.
    admitted: Vec<Admission>,
    /// What the page has in common with the services, by the last word on it.
    shared: Vec<Shared>,
}

/// When a page admitted trouble with one service.
#[derive(Debug, Clone, Copy, Default)]
struct Admission {
    last: Option<Timestamp>,
    /// Since when it has, if it does now.
    since: Option<Timestamp>,
}

impl Latest {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            passed: vec![false; layout.probes.len()],
            seen: vec![None; layout.probes.len()],
            page: None,
            rivals: None,
            portal: None,
            admitted: Vec::new(),
            shared: Vec::new(),
        }
    }

    pub(crate) fn note(
        &mut self,
        layout: &Layout,
        probe: usize,
        symptom: Symptom,
        observation: &Observation,
    ) {
        self.seen[probe] = Some((observation.at, symptom));
        self.passed[probe] |= symptom == Symptom::Passed;
        if observation.probe.kind == ProbeKind::HostAddress {
            self.rivals = Some((observation.at, hardware_addresses(observation)));
        }
        if observation.probe.kind == ProbeKind::ControlPortal {
            let named = captive_portal(observation).filter(|_| symptom != Symptom::Passed);
            self.portal = named.map(|url| (observation.at, url));
        }
        if observation.probe.kind == ProbeKind::VendorStatus {
            let claim = observation.readings.iter().find_map(|reading| match reading {
                Reading::Page(claim) => Some(claim.clone()),
                _ => None,
            });
            if let Some(claim) = &claim {
                self.note_claim(layout, claim, observation.at);
            }
            self.page = Some((observation.at, claim));
        }
    }

    fn note_claim(&mut self, layout: &Layout, claim: &PageClaim, at: Timestamp) {
        self.shared.clone_from(&claim.shared);
        let capabilities = layout.site.vendor.iter().flat_map(|vendor| &vendor.capabilities);
        for (index, capability) in capabilities.enumerate() {
            self.admitted.resize(self.admitted.len().max(index + 1), Admission::default());
            let admission = &mut self.admitted[index];
            if claim.admits(&capability.id) {
                admission.last = Some(at);
                admission.since = admission.since.or(Some(at));
            } else {
                admission.since = None;
            }
        }
    }

    /// Whether a probe has ever passed.
    pub(crate) fn has_passed(&self, probe: usize) -> bool {
        self.passed[probe]
    }

    /// What a probe saw last.
    pub(crate) fn last(&self, probe: usize) -> Option<Symptom> {
        self.seen[probe].map(|(_, symptom)| symptom)
    }

    /// Whether an observation is not the one that was seen last, once more.
    pub(crate) fn is_fresh(&self, probe: usize, at: Timestamp) -> bool {
        self.seen[probe].is_none_or(|(last, _)| last != at)
    }

    fn fresh(&self, probe: usize, now: Timestamp) -> Option<Symptom> {
        self.seen[probe].filter(|(at, _)| now.since(*at) <= FRESH).map(|(_, symptom)| symptom)
    }

    pub(crate) fn overview(&self, layout: &Layout, now: Timestamp) -> Overview {
        let of_kind = |kind: ProbeKind| {
            let own = (0..layout.probes.len()).filter(|p| layout.kind(*p) == kind);
            standing(own.filter_map(|p| self.fresh(p, now))).0
        };
        Overview {
            link: of_kind(ProbeKind::HostLink),
            rivals: self.rivals(now),
            portal: self.portal.clone().filter(|(at, _)| now.since(*at) <= FRESH).map(|(_, url)| url),
            gateway: of_kind(ProbeKind::GatewayReach),
            resolver: of_kind(ProbeKind::ResolverAnswer),
            controls: self.controls(layout, now),
            cameras: self.cameras(layout, now),
            capabilities: self.capabilities(layout, now),
            page: None,
        }
    }

    /// The overview with the status page's word held against what was found: the capabilities that
    /// fail, and since when.
    pub(crate) fn overview_with_page(
        &self,
        layout: &Layout,
        now: Timestamp,
        vendor_fails: Option<(Timestamp, &[usize])>,
    ) -> Overview {
        let mut overview = self.overview(layout, now);
        overview.page = self.page(layout, vendor_fails);
        overview
    }

    fn rivals(&self, now: Timestamp) -> Vec<DeviceText> {
        let fresh = self.rivals.as_ref().filter(|(at, _)| now.since(*at) <= FRESH);
        fresh.map(|(_, rivals)| rivals.clone()).unwrap_or_default()
    }

    fn probes<'a>(&'a self, layout: &'a Layout, subject: Subject) -> &'a [usize] {
        layout.leaf(subject).map_or(&[], |leaf| &layout.leaves[leaf].probes)
    }

    /// A control stands as it does by address: a silent resolver is not the control's fault.
    fn controls(&self, layout: &Layout, now: Timestamp) -> Vec<(demarc_model::id::ControlId, Standing)> {
        let one = |(at, id): (usize, &demarc_model::id::ControlId)| {
            let own = self.probes(layout, Subject::Control(at)).iter();
            let by_address = own.filter(|p| layout.kind(**p) == ProbeKind::ControlAddress);
            (id.clone(), standing(by_address.filter_map(|p| self.fresh(*p, now))).0)
        };
        layout.site.controls.iter().enumerate().map(one).collect()
    }

    fn cameras(&self, layout: &Layout, now: Timestamp) -> Vec<CameraStanding> {
        let one = |(at, camera): (usize, &demarc_model::site::Camera)| {
            let own = self.probes(layout, Subject::Camera(at)).iter();
            let (standing, symptom) = standing(own.filter_map(|p| self.fresh(*p, now)));
            CameraStanding { camera: camera.id.clone(), standing, symptom }
        };
        layout.site.cameras.iter().enumerate().map(one).collect()
    }

    fn capabilities(&self, layout: &Layout, now: Timestamp) -> Vec<CapabilityStanding> {
        let Some(vendor) = &layout.site.vendor else { return Vec::new() };
        let one = |(at, capability): (usize, &demarc_model::site::Capability)| {
            let own = self.probes(layout, Subject::Capability(at));
            let seen = |endpoint: &str| {
                let probes = own.iter().filter(|p| &*layout.probes[**p].id.subject == endpoint);
                probes.filter_map(|p| self.fresh(*p, now)).collect::<Vec<_>>()
            };
            let endpoints: Vec<Vec<Symptom>> =
                capability.endpoints.iter().map(|e| seen(e.id.as_str())).filter(|s| !s.is_empty()).collect();
            let answering = endpoints.iter().filter(|s| s.contains(&Symptom::Passed)).count();
            let symptom = own.iter().filter_map(|p| self.fresh(*p, now)).find(|s| *s != Symptom::Passed);
            CapabilityStanding {
                capability: capability.id.clone(),
                name: capability.name.clone(),
                standing: match (answering, endpoints.len()) {
                    (_, 0) => Standing::Unobserved,
                    (0, _) => Standing::Fails,
                    (_, _) => Standing::Works,
                },
                answering: answering as u32,
                observed: endpoints.len() as u32,
                symptom,
            }
        };
        vendor.capabilities.iter().enumerate().map(one).collect()
    }

    /// The capabilities with which the page admits trouble now, and what its word adds, in nats.
    pub(crate) fn admitted_now(&self, layout: &Layout, now: Timestamp) -> (Vec<usize>, f64) {
        let Some((read, Some(claim))) = &self.page else { return (Vec::new(), 0.0) };
        let copied = read.minus(Duration::from_secs(claim.age_s.into()));
        let forgotten = claim.updated.is_some_and(|updated| now.since(updated) > FORGOTTEN);
        if now.since(copied) > STALE || forgotten {
            return (Vec::new(), 0.0);
        }
        let capabilities = layout.site.vendor.iter().flat_map(|vendor| &vendor.capabilities).enumerate();
        let admitted = capabilities.filter(|(_, c)| claim.admits(&c.id)).map(|(at, _)| at).collect();
        (admitted, admission(claim.form))
    }

    fn admitted_since(&self, capability: usize, since: Timestamp) -> bool {
        self.admitted.get(capability).is_some_and(|admission| admission.last.is_some_and(|at| at >= since))
    }

    /// Since when the page has admitted trouble with one of these capabilities; nothing when it does not now.
    pub(crate) fn admitting_since(&self, capabilities: &[usize]) -> Option<Timestamp> {
        capabilities.iter().filter_map(|at| self.admitted.get(*at)?.since).min()
    }

    fn page(&self, layout: &Layout, vendor_fails: Option<(Timestamp, &[usize])>) -> Option<PageStanding> {
        let (read, claim) = self.page.as_ref()?;
        let vendor = layout.site.vendor.as_ref()?;
        let Some(claim) = claim else {
            return Some(PageStanding {
                relation: PageRelation::Silent,
                overall: PageState::Unknown,
                headline: DeviceText::default(),
                updated: None,
                read: *read,
                form: PageForm::Data,
                wrong_times: false,
                shared: self.shared.clone(),
            });
        };
        let capability = |at: usize| &vendor.capabilities[at].id;
        let admits = |at: &usize| claim.admits(capability(*at));
        let says_nothing = |at: &usize| claim.word_on(capability(*at)) == PageState::Unknown && !admits(at);
        let all: Vec<usize> = (0..vendor.capabilities.len()).collect();
        let relation = match vendor_fails {
            None if all.iter().any(admits) => PageRelation::CriesWolf,
            None if !all.is_empty() && all.iter().all(says_nothing) => PageRelation::SaysNothing,
            None => PageRelation::Agrees,
            Some((_, failing)) if failing.iter().any(admits) => PageRelation::Agrees,
            Some((since, failing)) if failing.iter().any(|c| self.admitted_since(*c, since)) => {
                PageRelation::Premature
            }
            Some((_, failing)) if failing.iter().all(says_nothing) => PageRelation::SaysNothing,
            Some((since, _)) if claim.updated.is_some_and(|at| at >= since) => PageRelation::Lying,
            Some(_) => PageRelation::Stale,
        };
        Some(PageStanding {
            relation,
            overall: claim.overall,
            headline: claim.headline.clone(),
            updated: claim.updated,
            read: *read,
            form: claim.form,
            wrong_times: claim.wrong_times,
            shared: claim.shared.clone(),
        })
    }
}

/// What it adds, in nats, that a page admits a fault. A page in a form for machines reports trouble ten
/// times as often when there is some as when there is none. A feed is read by its words, and an incident
/// in it is open until somebody writes the right one: four times. On a page for people the same words
/// stand in legends and histories: twice. That a page denies says nothing: they are late.
const fn admission(form: PageForm) -> f64 {
    match form {
        PageForm::Data => 2.3,
        PageForm::Feed => 1.4,
        PageForm::Words => 0.7,
    }
}

fn captive_portal(observation: &Observation) -> Option<DeviceText> {
    observation.readings.iter().find_map(|reading| match reading {
        Reading::CaptivePortal(url) => Some(url.clone()),
        _ => None,
    })
}

fn hardware_addresses(observation: &Observation) -> Vec<DeviceText> {
    let named = observation.readings.iter().find_map(|reading| match reading {
        Reading::HardwareAddresses(macs) => Some(macs.clone()),
        _ => None,
    });
    named.unwrap_or_default()
}

/// How a component stands by its freshest observations: one failure is enough to fail.
fn standing(seen: impl Iterator<Item = Symptom>) -> (Standing, Option<Symptom>) {
    match seen.min() {
        None => (Standing::Unobserved, None),
        Some(Symptom::Passed) => (Standing::Works, None),
        Some(symptom) => (Standing::Fails, Some(symptom)),
    }
}
