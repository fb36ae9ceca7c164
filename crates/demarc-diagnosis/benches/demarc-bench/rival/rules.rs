//! What an expert writes down as an ordered list of rules, majorities included.

use super::{View, failure};
use crate::blame::{Blame, Blames};
use crate::branch::{Aim, CAPABILITIES, CONTROLS};
use demarc_model::fault::{AgentCause, CameraCause, DnsCause, GatewayCause, InterceptionCause, LineCause};
use demarc_model::probe::ProbeKind as K;
use demarc_model::symptom::Symptom as S;

pub(crate) fn blames(view: &View<'_>) -> Blames {
    if view.down(K::HostLink, Aim::Site).is_some() {
        return Blames::from([Blame::Agent(AgentCause::LinkDown)]);
    }
    let silent: Vec<bool> =
        (0..view.branch.cameras).map(|n| view.camera(n) == Some(CameraCause::Unreachable)).collect();
    let dead = silent.iter().filter(|silent| **silent).count();
    let gateway = view.down(K::GatewayReach, Aim::Site).is_some();
    if gateway && dead * 10 >= view.branch.cameras * 8 {
        return Blames::from([Blame::Lan]);
    }
    if view.down(K::HostClock, Aim::Site).is_some() {
        return Blames::from([Blame::Agent(AgentCause::Clock)]);
    }
    let mut out = Blames::new();
    let switches: Vec<usize> =
        (0..view.branch.segments).filter(|n| is_switch_down(view, *n, &silent)).collect();
    out.extend(switches.iter().map(|n| Blame::Segment(*n)));
    out.extend(if gateway { Some(Blame::Gateway(GatewayCause::Down)) } else { path(view) });
    if out.iter().all(|b| matches!(b, Blame::Segment(_))) {
        let failing = (0..CAPABILITIES.len()).filter_map(|at| Some((at, view.capability(at)?)));
        out.extend(failing.map(|(at, symptom)| Blame::Vendor(at, failure(symptom))));
    }
    for camera in 0..view.branch.cameras {
        let hidden = view.switch(camera).is_some_and(|switch| switches.contains(&switch));
        if let Some(cause) = view.camera(camera).filter(|_| !hidden) {
            out.insert(Blame::Camera(camera, cause));
        }
    }
    out
}

fn is_switch_down(view: &View<'_>, n: usize, silent: &[bool]) -> bool {
    let own: Vec<usize> = (0..view.branch.cameras).filter(|c| view.switch(*c) == Some(n)).collect();
    let dead = own.iter().filter(|c| silent[**c]).count();
    view.down(K::SegmentReach, Aim::Segment(n)).is_some() || (own.len() >= 2 && dead * 10 >= own.len() * 8)
}

/// The first thing that is wrong on the way out.
fn path(view: &View<'_>) -> Option<Blame> {
    let controls = |kind| {
        let seen: Vec<Option<S>> = (0..CONTROLS.len()).map(|n| view.down(kind, Aim::Control(n))).collect();
        seen.iter().all(Option::is_some).then(|| seen[0]).flatten()
    };
    let resolver = view.down(K::ResolverAnswer, Aim::Site);
    match controls(K::ControlAddress) {
        Some(S::TlsUntrusted) if view.down(K::ControlPortal, Aim::Control(0)) == Some(S::Redirected) => {
            return Some(Blame::Interception(InterceptionCause::CaptivePortal));
        }
        Some(S::TlsUntrusted) => return Some(Blame::Interception(InterceptionCause::TlsInspection)),
        Some(S::TlsStall) => return Some(Blame::Line(LineCause::Mtu)),
        Some(S::Slow) => return Some(Blame::Line(LineCause::Latency)),
        Some(_) if view.down(K::ControlPortal, Aim::Control(0)) == Some(S::Redirected) => {
            return Some(Blame::Interception(InterceptionCause::CaptivePortal));
        }
        Some(_) if view.branch.resolver_on_gateway && resolver.is_none() => {
            return Some(Blame::Gateway(GatewayCause::NoForwarding));
        }
        Some(_) => return Some(Blame::Line(LineCause::Down)),
        None => {}
    }
    match resolver {
        Some(S::NameServfail) => Some(Blame::Dns(DnsCause::Servfail)),
        Some(S::NameWrong) if view.down(K::ResolverSecond, Aim::Site) == Some(S::NameWrong) => {
            Some(Blame::Interception(InterceptionCause::DnsRewriting))
        }
        Some(S::NameWrong) => Some(Blame::Dns(DnsCause::WrongAnswers)),
        Some(_) => Some(Blame::Dns(DnsCause::Silent)),
        None => None,
    }
}
