//! The changes that could be made to a site, and the probes that each would bring.

use crate::identify::{Class, Plan};
use crate::layout::{Fault, Layout, Place, Subject};
use crate::likelihood::Likelihood;
use crate::policy::Policy;
use crate::table::When;
use demarc_model::id::{CameraId, ControlId, EndpointId};
use demarc_model::lint::Remedy;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::{Endpoint, NamedBy, Site, Transport};
use std::collections::BTreeSet;

/// The name of what a change would add. A site that uses it itself only misses the trial of that change.
const INVENTED: &str = "demarc.invented";
/// So many cameras stand for all that are alike: one to look at, and one that speaks for what they share.
const OF_A_CLASS: usize = 2;

const CAMERA_PROBES: [ProbeKind; 12] = [
    ProbeKind::CameraTcp,
    ProbeKind::CameraReady,
    ProbeKind::CameraIdentity,
    ProbeKind::CameraLogin,
    ProbeKind::CameraClock,
    ProbeKind::CameraOnvif,
    ProbeKind::CameraRtsp,
    ProbeKind::CameraStream,
    ProbeKind::CameraPicture,
    ProbeKind::CameraStorage,
    ProbeKind::CameraCloud,
    ProbeKind::CameraNeighbour,
];
/// What an account is needed for.
const WITH_PASSWORD: [ProbeKind; 3] =
    [ProbeKind::CameraLogin, ProbeKind::CameraOnvif, ProbeKind::CameraStorage];
const OF_THE_HOST: [ProbeKind; 6] = [
    ProbeKind::HostLink,
    ProbeKind::HostDisk,
    ProbeKind::HostClock,
    ProbeKind::HostResources,
    ProbeKind::HostTraffic,
    ProbeKind::HostAddress,
];

/// A change and the probes that it brings.
pub(super) struct Candidate {
    pub(super) remedy: Remedy,
    probes: BTreeSet<ProbeId>,
}

impl Candidate {
    pub(super) fn moves_resolver(&self) -> bool {
        self.remedy == Remedy::ResolverOnGateway
    }
}

/// The site with the probes of all changes at once, of which each trial uses its own.
pub(super) struct Trial {
    pub(super) layout: Layout,
    pub(super) when: When,
    /// Cheapest first.
    pub(super) candidates: Vec<Candidate>,
    /// For each probe of the layout, whether the site has it as it is.
    real: Vec<bool>,
    /// The site's probes of each kind, of the cameras that stand for all.
    counts: [usize; ProbeKind::COUNT],
}

impl Trial {
    pub(super) fn new(plan: Plan<'_>, classes: &[Class], policy: &Policy) -> Self {
        let chosen: Vec<&CameraId> =
            classes.iter().flat_map(|class| class.cameras.iter().take(OF_A_CLASS)).collect();
        let stays = |id: &&ProbeId| {
            !id.kind.is_camera() || chosen.iter().any(|camera| camera.as_str() == &*id.subject)
        };
        let mut probes: Vec<ProbeId> = plan.probes.iter().filter(stays).cloned().collect();
        let own = probes.len();
        let site = extended(plan.site, &chosen);
        let candidates = candidates(plan, &site);
        let known: BTreeSet<&ProbeId> = plan.probes.iter().collect();
        let added = candidates.iter().flat_map(|candidate| &candidate.probes);
        probes.extend(added.filter(|id| !known.contains(id)).collect::<BTreeSet<_>>().into_iter().cloned());
        let when = if site.resolver_on_gateway { When::ResolverOnGateway } else { When::ResolverElsewhere };
        let likelihood = Likelihood::new(when, policy);
        let layout = Layout::new(site, &probes, &likelihood, policy.correlation());
        let counts = ProbeKind::ALL.map(|kind| probes[..own].iter().filter(|id| id.kind == kind).count());
        Self { layout, when, candidates, real: (0..probes.len()).map(|probe| probe < own).collect(), counts }
    }

    /// How many probes of a kind there are without any change.
    pub(super) fn real_probes(&self, kind: ProbeKind) -> usize {
        self.counts[kind as usize]
    }

    /// Whether a probe is there, as the site is or with a change.
    pub(super) fn has(&self, probe: usize, with: Option<&Candidate>) -> bool {
        self.real[probe] || with.is_some_and(|with| with.probes.contains(&self.layout.probes[probe].id))
    }

    /// Whether a fault is one of the site as it is: it has a face here, and is not that of something
    /// that only a change would bring.
    pub(super) fn can_happen(&self, fault: usize) -> bool {
        let Fault { kind, place } = self.layout.faults[fault];
        let has_face = kind.rows().iter().any(|row| row.when == When::Always || row.when == self.when);
        let is_here = match place {
            Place::Site | Place::Kind(_) | Place::Segment(_) | Place::Region(_) | Place::Service(_) => true,
            Place::Leaf(leaf) => match self.layout.leaves[leaf].subject {
                Subject::Camera(_) | Subject::Capability(_) => true,
                // Layouts have these whether they are looked at or not.
                Subject::Control(_) | Subject::SecondResolver | Subject::PortalCheck | Subject::Page => {
                    self.layout.leaves[leaf].probes.iter().any(|probe| self.real[*probe])
                }
            },
        };
        has_face && is_here
    }
}

/// The site with a few cameras of each class, another control, and another host for each capability.
fn extended(site: &Site, chosen: &[&CameraId]) -> Site {
    let mut site = site.clone();
    site.cameras.retain(|camera| chosen.contains(&&camera.id));
    site.controls.push(ControlId::new(INVENTED).expect("the invented name is an id"));
    for capability in site.vendor.iter_mut().flat_map(|vendor| &mut vendor.capabilities) {
        let id = EndpointId::new(&invented_host(capability.id.as_str()));
        let region = capability.endpoints.first().and_then(|endpoint| endpoint.region.clone());
        capability.endpoints.extend(id.ok().map(|id| Endpoint {
            host: id.to_string(),
            id,
            region,
            transport: Transport::Tcp,
            named_by: NamedBy::Vendor,
        }));
    }
    site
}

/// An id has at most 64 characters, and so has the capability's.
fn invented_host(capability: &str) -> String {
    format!("{INVENTED}.{capability}").chars().take(64).collect()
}

fn candidates(plan: Plan<'_>, extended: &Site) -> Vec<Candidate> {
    let has = |kind: ProbeKind| plan.probes.iter().any(|id| id.kind == kind);
    let one = |remedy: Remedy, kind: ProbeKind| Candidate {
        remedy,
        probes: BTreeSet::from([ProbeId::new(kind, "")]),
    };
    let mut out = Vec::new();
    if !has(ProbeKind::GatewayReach) {
        out.push(one(Remedy::Gateway, ProbeKind::GatewayReach));
    }
    if !has(ProbeKind::ResolverAnswer) {
        out.push(Candidate { remedy: Remedy::Resolver, probes: by_name(plan.site) });
    }
    if !has(ProbeKind::ResolverSecond) {
        out.push(one(Remedy::SecondResolver, ProbeKind::ResolverSecond));
    }
    out.extend(addresses(plan));
    out.extend(accounts(plan, extended));
    out.push(Candidate {
        remedy: Remedy::Control,
        probes: [ProbeKind::ControlName, ProbeKind::ControlAddress]
            .map(|kind| ProbeId::new(kind, INVENTED))
            .into(),
    });
    if let Some(vendor) = &plan.site.vendor {
        out.extend(vendor.capabilities.iter().map(|capability| Candidate {
            remedy: Remedy::Host { vendor: vendor.id.clone(), capability: capability.id.clone() },
            probes: BTreeSet::from([ProbeId::new(
                ProbeKind::VendorName,
                &invented_host(capability.id.as_str()),
            )]),
        }));
    }
    if !plan.site.resolver_on_gateway {
        out.push(Candidate { remedy: Remedy::ResolverOnGateway, probes: BTreeSet::new() });
    }
    out.extend(unmade(plan, extended));
    out
}

/// What needs a resolver.
fn by_name(site: &Site) -> BTreeSet<ProbeId> {
    let mut out = BTreeSet::from([ProbeId::new(ProbeKind::ResolverAnswer, "")]);
    out.extend(site.controls.iter().map(|control| ProbeId::new(ProbeKind::ControlName, control.as_str())));
    let endpoints = site.vendor.iter().flat_map(|v| &v.capabilities).flat_map(|c| &c.endpoints);
    out.extend(endpoints.map(|endpoint| ProbeId::new(ProbeKind::VendorName, endpoint.id.as_str())));
    out
}

/// Switches and hosts that are not asked by their address.
fn addresses(plan: Plan<'_>) -> Vec<Candidate> {
    let new = |id: &ProbeId| !plan.probes.contains(id);
    let switches = plan.site.segments.iter().map(|segment| Candidate {
        remedy: Remedy::SwitchAddress { segment: segment.id.clone() },
        probes: BTreeSet::from([ProbeId::new(ProbeKind::SegmentReach, segment.id.as_str())]),
    });
    let hosts = plan.site.vendor.iter().flat_map(|vendor| {
        let endpoints = vendor.capabilities.iter().flat_map(|capability| &capability.endpoints);
        endpoints.map(|endpoint| Candidate {
            remedy: Remedy::EndpointAddress { vendor: vendor.id.clone(), endpoint: endpoint.id.clone() },
            probes: BTreeSet::from([ProbeId::new(ProbeKind::VendorAddress, endpoint.id.as_str())]),
        })
    });
    switches.chain(hosts).filter(|candidate| candidate.probes.iter().all(new)).collect()
}

/// Cameras without a password: one account for all of them.
fn accounts(plan: Plan<'_>, extended: &Site) -> Option<Candidate> {
    let asked = |camera: &CameraId| {
        plan.probes.iter().any(|id| id.kind == ProbeKind::CameraLogin && *id.subject == *camera.as_str())
    };
    let without: Vec<CameraId> =
        plan.site.cameras.iter().map(|camera| camera.id.clone()).filter(|id| !asked(id)).collect();
    let here = extended.cameras.iter().filter(|camera| without.contains(&camera.id));
    let probes =
        here.flat_map(|camera| WITH_PASSWORD.map(|kind| ProbeId::new(kind, camera.id.as_str()))).collect();
    (!without.is_empty()).then_some(Candidate { remedy: Remedy::Account { cameras: without }, probes })
}

/// Kinds of probe that the site has nowhere and no key brings.
fn unmade(plan: Plan<'_>, extended: &Site) -> Vec<Candidate> {
    let missing = |kind: &ProbeKind| !plan.probes.iter().any(|id| id.kind == *kind);
    let of_host = OF_THE_HOST.into_iter().map(|kind| (kind, BTreeSet::from([ProbeId::new(kind, "")])));
    let of_cameras = CAMERA_PROBES.into_iter().filter(|kind| !WITH_PASSWORD.contains(kind)).map(|kind| {
        (kind, extended.cameras.iter().map(|camera| ProbeId::new(kind, camera.id.as_str())).collect())
    });
    let all = of_host.chain(of_cameras).filter(|(kind, _)| missing(kind));
    all.map(|(probe, probes)| Candidate { remedy: Remedy::Unmade { probe }, probes }).collect()
}
