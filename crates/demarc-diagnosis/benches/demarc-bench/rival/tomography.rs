//! Greedy set cover over the bipartite graph of components and probes, which knows good and bad only.

use super::View;
use crate::blame::{Blame, Blames, Failure};
use crate::branch::{Aim, CAPABILITIES, Planned};
use demarc_model::fault::{AgentCause, CameraCause, DnsCause, GatewayCause, LineCause};
use demarc_model::probe::ProbeKind as K;

/// `least` is the share of a component's probes that must fail before it can be to blame: all of them
/// for Tomo, three quarters for SCORE.
pub(crate) fn blames(view: &View<'_>, least: f64) -> Blames {
    let components = components(view);
    let groups: Vec<Vec<usize>> = components
        .iter()
        .map(|c| view.probes().filter(|(_, p)| needs(view, p, *c)).map(|(at, _)| at).collect())
        .collect();
    let ratio = |group: &[usize]| {
        let down = group.iter().filter(|p| view.is_down(**p)).count();
        if group.is_empty() { 0.0 } else { down as f64 / group.len() as f64 }
    };
    let eligible: Vec<usize> = (0..components.len()).filter(|c| ratio(&groups[*c]) >= least).collect();
    let mut open: Vec<usize> = view.probes().map(|(at, _)| at).filter(|at| view.is_down(*at)).collect();
    let mut out = Blames::new();
    while !open.is_empty() {
        let covers = |c: &&usize| groups[**c].iter().filter(|p| open.contains(p)).count();
        let Some(best) = eligible.iter().max_by_key(covers).filter(|c| covers(c) > 0) else { break };
        open.retain(|p| !groups[*best].contains(p));
        out.insert(named(view, components[*best]));
    }
    out
}

fn components(view: &View<'_>) -> Vec<Blame> {
    let mut out = vec![
        Blame::Agent(AgentCause::LinkDown),
        Blame::Lan,
        Blame::Gateway(GatewayCause::Down),
        Blame::Line(LineCause::Down),
        Blame::Dns(DnsCause::Silent),
    ];
    out.extend((0..view.branch.segments).map(Blame::Segment));
    out.extend((0..CAPABILITIES.len()).map(|at| Blame::Vendor(at, Failure::Gone)));
    out.extend((0..view.branch.cameras).map(|n| Blame::Camera(n, CameraCause::Unreachable)));
    out
}

/// Whether a probe's path crosses a component.
fn needs(view: &View<'_>, probe: &Planned, component: Blame) -> bool {
    let host = matches!(probe.kind, K::HostLink | K::HostDisk | K::HostClock);
    let by_name = matches!(probe.kind, K::ControlName | K::VendorName | K::VendorStatus | K::ControlPortal);
    let outside = by_name || matches!(probe.kind, K::ControlAddress | K::VendorAddress | K::ResolverSecond);
    let resolves = by_name || probe.kind == K::ResolverAnswer;
    match component {
        Blame::Agent(_) => probe.kind != K::HostDisk && probe.kind != K::HostClock,
        Blame::Lan => !host,
        Blame::Gateway(_) => outside || resolves || probe.kind == K::GatewayReach,
        Blame::Line(_) => outside || resolves,
        Blame::Dns(_) => resolves,
        Blame::Interception(_) => false,
        Blame::Segment(n) => match probe.aim {
            Aim::Segment(own) => own == n,
            Aim::Camera(camera) => view.switch(camera) == Some(n),
            Aim::Site | Aim::Control(_) | Aim::Host(..) => false,
        },
        Blame::Vendor(at, _) => matches!(probe.aim, Aim::Host(own, _) if own == at),
        Blame::Camera(n, _) => probe.aim == Aim::Camera(n),
    }
}

/// The method knows no causes; the one that fits the symptoms is given to it.
fn named(view: &View<'_>, component: Blame) -> Blame {
    match component {
        Blame::Camera(n, cause) => Blame::Camera(n, view.camera(n).unwrap_or(cause)),
        Blame::Vendor(at, failure) => Blame::Vendor(at, view.capability(at).map_or(failure, super::failure)),
        other => other,
    }
}
