//! The physics: which probe runs into a fault, and what it sees there.

use super::Trouble;
use crate::branch::{Aim, Branch, CAPABILITIES, Planned};
use crate::chance::Chance;
use demarc_model::fault::CameraCause as C;
use demarc_model::probe::ProbeKind as K;
use demarc_model::symptom::Symptom::{self, *};

/// What varies from one outage of a kind to the next, and stays for as long as one lasts.
pub(crate) struct Face {
    /// A forwarder without its way out: silent, or SERVFAIL.
    servfail: bool,
    /// Nothing comes back, or a router says that there is no way.
    unreachable: bool,
    /// How each host of the vendor's fails.
    hosts: [Mode; 2 * CAPABILITIES.len()],
    /// 0..3: one of several ways, where a fault has them.
    way: usize,
    /// A clock that is off by months breaks certificates as well.
    far: bool,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Silent,
    Refuses,
    Errors,
    Hangs,
    Nameless,
}

impl Face {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let mut mode = || match chance.below(20) {
            0..10 => Mode::Silent,
            10..13 => Mode::Refuses,
            13..18 => Mode::Errors,
            18 => Mode::Hangs,
            _ => Mode::Nameless,
        };
        // A cut-off looks the same at all hosts more often than not.
        let first = mode();
        let hosts: [Mode; 2 * CAPABILITIES.len()] = std::array::from_fn(|_| mode());
        // Names that are all gone are a fault of the vendor's names, which is another trouble.
        let first = if matches!(first, Mode::Nameless) { Mode::Silent } else { first };
        let mut hosts = hosts;
        for pair in hosts.chunks_mut(2) {
            if pair.iter().all(|mode| matches!(mode, Mode::Nameless)) {
                pair[0] = Mode::Silent;
            }
        }
        let alike = chance.happens(0.6);
        Self {
            hosts: if alike { [first; 2 * CAPABILITIES.len()] } else { hosts },
            servfail: chance.happens(0.5),
            unreachable: chance.happens(0.2),
            way: chance.below(3),
            far: chance.happens(0.4),
        }
    }

    fn dead(&self) -> Vec<(Symptom, f64)> {
        if self.unreachable { vec![(Timeout, 0.15), (Unreachable, 0.83)] } else { vec![(Timeout, 0.98)] }
    }
}

/// What a fault makes a probe see, and a number that tells probes of one kind apart that see
/// different things.
#[expect(clippy::too_many_lines, reason = "a flat list, one fault after the other")]
pub(crate) fn of(
    branch: &Branch,
    trouble: Trouble,
    face: &Face,
    probe: &Planned,
) -> Option<(usize, Vec<(Symptom, f64)>)> {
    let host = match probe.aim {
        Aim::Host(capability, n) => capability * 2 + n,
        Aim::Site | Aim::Segment(_) | Aim::Camera(_) | Aim::Control(_) => 0,
    };
    let shows = match trouble {
        Trouble::AgentLink => agent_link(probe.kind),
        Trouble::AgentClock => agent_clock(face, probe.kind),
        Trouble::Lan => lan(probe.kind),
        Trouble::Segment(n) => {
            let behind = match probe.aim {
                Aim::Camera(camera) => branch.hangs_on[camera] == Some(n),
                Aim::Segment(own) => own == n,
                Aim::Site | Aim::Control(_) | Aim::Host(..) => false,
            };
            if behind { vec![(Timeout, 0.98)] } else { Vec::new() }
        }
        Trouble::Gateway if probe.kind == K::GatewayReach => vec![(Timeout, 0.98)],
        Trouble::Gateway if branch.resolver_on_gateway => beyond(false, face, probe.kind),
        Trouble::Gateway | Trouble::Line => beyond(face.servfail, face, probe.kind),
        Trouble::NoForwarding => match probe.kind {
            K::ResolverAnswer | K::GatewayReach => Vec::new(),
            K::ResolverSecond => vec![(NameSilent, 0.98)],
            kind if is_beyond(kind) => face.dead(),
            _ => Vec::new(),
        },
        Trouble::LineLoss if face.far => late(probe.kind),
        Trouble::LineLoss => loss(probe.kind),
        Trouble::LineLatency if is_tls(probe.kind) => vec![(Slow, 0.93), (Timeout, 0.03)],
        Trouble::LineMtu if is_tls(probe.kind) => vec![(TlsStall, 0.88), (Hung, 0.06)],
        Trouble::LineLatency | Trouble::LineMtu => Vec::new(),
        Trouble::DnsSilent => resolver(NameSilent, probe.kind),
        Trouble::DnsServfail => resolver(NameServfail, probe.kind),
        Trouble::DnsWrong => wrong_answers(face, probe.kind, &[K::ResolverAnswer]),
        Trouble::Rewriting => wrong_answers(face, probe.kind, &[K::ResolverAnswer, K::ResolverSecond]),
        Trouble::Portal => portal(face, probe.kind),
        Trouble::Inspection if is_tls(probe.kind) => vec![(TlsUntrusted, 0.90)],
        Trouble::Inspection => Vec::new(),
        Trouble::VendorWhole | Trouble::Capability(_) => match probe.aim {
            Aim::Host(capability, _) if concerns(trouble, capability) => {
                gone(face.hosts[host], probe.kind == K::VendorAddress)
            }
            _ => Vec::new(),
        },
        Trouble::VendorTls if is_vendor(probe.kind) => vec![(TlsExpired, 0.97)],
        Trouble::VendorDns if probe.kind == K::VendorName => {
            if face.servfail {
                vec![(NameServfail, 0.96)]
            } else {
                vec![(NameMissing, 0.97)]
            }
        }
        Trouble::VendorTls | Trouble::VendorDns => Vec::new(),
        Trouble::Camera(n, cause) => {
            if probe.aim == Aim::Camera(n) {
                camera(cause, face, probe.kind)
            } else {
                Vec::new()
            }
        }
        Trouble::Control(n) => match (probe.aim, probe.kind) {
            (Aim::Control(own), K::ControlName | K::ControlAddress) if own == n => {
                if face.unreachable {
                    vec![(Refused, 0.95)]
                } else {
                    vec![(Timeout, 0.97)]
                }
            }
            _ => Vec::new(),
        },
        Trouble::SecondResolver if probe.kind == K::ResolverSecond => vec![(NameSilent, 0.97)],
        Trouble::PortalCheck if probe.kind == K::ControlPortal => match face.way {
            0 => vec![(Timeout, 0.95)],
            1 => vec![(Redirected, 0.97)],
            _ => vec![(ServerError, 0.95)],
        },
        Trouble::StatusPage if probe.kind == K::VendorStatus => vec![(ServerError, 0.60), (Timeout, 0.35)],
        Trouble::SecondResolver | Trouble::PortalCheck | Trouble::StatusPage => Vec::new(),
    };
    (!shows.is_empty()).then_some((host, shows))
}

fn concerns(trouble: Trouble, capability: usize) -> bool {
    trouble == Trouble::VendorWhole || trouble == Trouble::Capability(capability)
}

fn is_vendor(kind: K) -> bool {
    matches!(kind, K::VendorName | K::VendorAddress)
}

fn is_tls(kind: K) -> bool {
    is_vendor(kind) || matches!(kind, K::ControlName | K::ControlAddress | K::VendorStatus)
}

fn is_beyond(kind: K) -> bool {
    is_tls(kind) || kind == K::ControlPortal
}

fn agent_link(kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::HostLink => vec![(Unfit, 0.98)],
        K::HostDisk | K::HostClock => Vec::new(),
        K::ResolverAnswer | K::ResolverSecond | K::ControlName | K::ControlPortal => vec![(NameSilent, 0.98)],
        K::VendorName | K::VendorStatus => vec![(NameSilent, 0.90), (Unreachable, 0.08)],
        _ => vec![(Unreachable, 0.80), (Timeout, 0.18)],
    }
}

fn agent_clock(face: &Face, kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::HostClock => vec![(Clock, 0.97)],
        K::CameraClock => vec![(Clock, 0.97)],
        kind if is_tls(kind) && face.far => vec![(TlsExpired, 0.95)],
        _ => Vec::new(),
    }
}

fn lan(kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::HostLink | K::HostDisk | K::HostClock => Vec::new(),
        K::ResolverAnswer | K::ResolverSecond => vec![(NameSilent, 0.98)],
        K::ControlName | K::VendorName | K::VendorStatus | K::ControlPortal => {
            vec![(NameSilent, 0.92), (Timeout, 0.06)]
        }
        _ => vec![(Timeout, 0.98)],
    }
}

/// Nothing beyond the router answers; names come from a cache now and then.
fn beyond(servfail: bool, face: &Face, kind: K) -> Vec<(Symptom, f64)> {
    let name = if servfail { NameServfail } else { NameSilent };
    match kind {
        K::ResolverAnswer => vec![(name, 0.98)],
        K::ResolverSecond => vec![(NameSilent, 0.98)],
        K::ControlName | K::VendorName | K::VendorStatus | K::ControlPortal => {
            vec![(name, 0.86), (Timeout, 0.12)]
        }
        K::ControlAddress | K::VendorAddress => face.dead(),
        _ => Vec::new(),
    }
}

fn loss(kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::ResolverAnswer | K::ResolverSecond => vec![(NameSilent, 0.25)],
        K::ControlName | K::VendorName | K::VendorStatus => {
            vec![(NameSilent, 0.12), (Timeout, 0.40), (TlsStall, 0.05)]
        }
        K::ControlAddress | K::VendorAddress => vec![(Timeout, 0.45), (TlsStall, 0.06), (Hung, 0.03)],
        K::ControlPortal => vec![(NameSilent, 0.12), (Timeout, 0.35), (Hung, 0.03)],
        _ => Vec::new(),
    }
}

/// With time for a second attempt most of what is lost is only late.
fn late(kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::ResolverAnswer | K::ResolverSecond => vec![(NameSilent, 0.15)],
        K::ControlName | K::VendorName | K::VendorStatus => {
            vec![(NameSilent, 0.11), (Timeout, 0.05), (Slow, 0.38)]
        }
        K::ControlAddress | K::VendorAddress => vec![(Timeout, 0.05), (Slow, 0.42)],
        K::ControlPortal => vec![(NameSilent, 0.11), (Timeout, 0.05), (Slow, 0.35)],
        _ => Vec::new(),
    }
}

fn resolver(symptom: Symptom, kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::ResolverAnswer => vec![(symptom, 0.98)],
        K::ControlName | K::VendorName | K::VendorStatus | K::ControlPortal => vec![(symptom, 0.90)],
        _ => Vec::new(),
    }
}

fn wrong_answers(face: &Face, kind: K, resolvers: &[K]) -> Vec<(Symptom, f64)> {
    if resolvers.contains(&kind) {
        return vec![(NameWrong, 0.96)];
    }
    // Rewriters that lead nowhere are a misconfigured resolver; what lies on the way leads to a host.
    let way = if resolvers.len() > 1 { face.way % 2 } else { face.way };
    match (kind, way) {
        (kind, 0) if is_tls(kind) && by_name(kind) => vec![(NameWrong, 0.95)],
        (kind, 1) if is_tls(kind) && by_name(kind) => vec![(TlsUntrusted, 0.93)],
        (kind, _) if is_tls(kind) && by_name(kind) => vec![(Timeout, 0.93)],
        (K::ControlPortal, 0) => vec![(NameWrong, 0.50)],
        (K::ControlPortal, 1) => vec![(Redirected, 0.20)],
        (K::ControlPortal, _) => vec![(Timeout, 0.20)],
        _ => Vec::new(),
    }
}

fn by_name(kind: K) -> bool {
    matches!(kind, K::ControlName | K::VendorName | K::VendorStatus)
}

fn portal(face: &Face, kind: K) -> Vec<(Symptom, f64)> {
    match kind {
        K::ControlPortal => vec![(Redirected, 0.97)],
        kind if is_tls(kind) => match face.way {
            0 => vec![(TlsUntrusted, 0.94)],
            1 => vec![(Timeout, 0.96)],
            _ => vec![(Refused, 0.94)],
        },
        K::ResolverSecond if face.unreachable => vec![(NameSilent, 0.95)],
        _ => Vec::new(),
    }
}

fn gone(mode: Mode, by_address: bool) -> Vec<(Symptom, f64)> {
    match mode {
        Mode::Silent => vec![(Timeout, 0.97)],
        Mode::Refuses => vec![(Refused, 0.96)],
        Mode::Errors => vec![(ServerError, 0.85), (Hung, 0.06), (Timeout, 0.05)],
        Mode::Hangs => vec![(Hung, 0.80), (Timeout, 0.15)],
        Mode::Nameless if by_address => vec![(Timeout, 0.97)],
        Mode::Nameless => vec![(NameMissing, 0.96)],
    }
}

fn camera(cause: C, face: &Face, kind: K) -> Vec<(Symptom, f64)> {
    let login = matches!(kind, K::CameraLogin | K::CameraOnvif);
    let http = login || matches!(kind, K::CameraReady | K::CameraIdentity | K::CameraClock);
    match cause {
        C::Unreachable => face.dead(),
        C::Hung => match (kind, face.way) {
            (K::CameraTcp, 1) => vec![(Refused, 0.90)],
            (K::CameraTcp, _) => Vec::new(),
            (K::CameraRtsp, 0) => Vec::new(),
            (K::CameraRtsp, 1) => vec![(Refused, 0.90)],
            (K::CameraRtsp, _) => vec![(Hung, 0.90)],
            (_, 1) => vec![(Refused, 0.90), (Hung, 0.06)],
            _ => vec![(Hung, 0.85), (ServerError, 0.10)],
        },
        C::Rebooting => match kind {
            K::CameraReady => vec![(Booting, 0.80), (Refused, 0.15)],
            K::CameraTcp | K::CameraRtsp => vec![(Refused, 0.60)],
            _ => vec![(Busy, 0.50), (Refused, 0.30), (Timeout, 0.08)],
        },
        C::FactoryReset if kind == K::CameraReady => vec![(FactoryReset, 0.99)],
        C::FactoryReset if login => vec![(if face.servfail { FactoryReset } else { Rejected }, 0.97)],
        C::Credentials if login => vec![(Rejected, 0.99)],
        C::LockedOut if login => vec![(LockedOut, 0.97)],
        C::LockedOut if http && face.unreachable => vec![(LockedOut, 0.90)],
        C::AuthScheme if login => vec![(SchemeUnknown, 0.98)],
        C::Clock if kind == K::CameraClock => vec![(Clock, 0.99)],
        C::Tls if http => match face.way {
            0 => vec![(TlsOld, 0.97)],
            1 => vec![(TlsUntrusted, 0.97)],
            _ => vec![(TlsStall, 0.90)],
        },
        C::IdentityChanged if login || kind == K::CameraIdentity => vec![(IdentityChanged, 0.97)],
        C::Overloaded if http => vec![(Busy, 0.80), (Hung, 0.10)],
        C::Overloaded if kind == K::CameraRtsp => vec![(Busy, 0.70)],
        _ => Vec::new(),
    }
}
