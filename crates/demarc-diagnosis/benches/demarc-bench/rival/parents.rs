//! Host checks with parents: agent, gateway, line, resolver, everything else; switch, camera.

use super::{View, failure};
use crate::blame::{Blame, Blames};
use crate::branch::{Aim, CAPABILITIES};
use demarc_model::fault::{AgentCause, DnsCause, GatewayCause, LineCause};
use demarc_model::probe::ProbeKind as K;
use demarc_model::symptom::Symptom;

pub(crate) fn blames(view: &View<'_>) -> Blames {
    let mut out = Blames::new();
    if view.down(K::HostLink, Aim::Site).is_some() {
        return Blames::from([Blame::Agent(AgentCause::LinkDown)]);
    }
    let gateway = view.down(K::GatewayReach, Aim::Site).is_some();
    let controls = [0, 1].map(|n| view.down(K::ControlAddress, Aim::Control(n)).is_some());
    let line = controls == [true, true];
    if gateway {
        out.insert(Blame::Gateway(GatewayCause::Down));
    } else if line {
        out.insert(Blame::Line(LineCause::Down));
    } else {
        out.extend(beyond(view));
    }
    let switches: Vec<usize> = (0..view.branch.segments)
        .filter(|n| view.down(K::SegmentReach, Aim::Segment(*n)).is_some())
        .collect();
    out.extend(switches.iter().map(|n| Blame::Segment(*n)));
    for camera in 0..view.branch.cameras {
        let hidden = view.switch(camera).is_some_and(|switch| switches.contains(&switch));
        if let Some(cause) = view.camera(camera).filter(|_| !hidden) {
            out.insert(Blame::Camera(camera, cause));
        }
    }
    out
}

fn beyond(view: &View<'_>) -> Blames {
    match view.down(K::ResolverAnswer, Aim::Site) {
        Some(Symptom::NameServfail) => return Blames::from([Blame::Dns(DnsCause::Servfail)]),
        Some(Symptom::NameWrong) => return Blames::from([Blame::Dns(DnsCause::WrongAnswers)]),
        Some(_) => return Blames::from([Blame::Dns(DnsCause::Silent)]),
        None => {}
    }
    let mut out = Blames::new();
    if view.down(K::HostClock, Aim::Site).is_some() {
        out.insert(Blame::Agent(AgentCause::Clock));
    }
    let failing = (0..CAPABILITIES.len()).filter_map(|at| Some((at, view.capability(at)?)));
    out.extend(failing.map(|(at, symptom)| Blame::Vendor(at, failure(symptom))));
    out
}
