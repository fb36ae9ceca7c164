//! The competing methods, on the same stream of results: each names what it holds to be at fault.

mod parents;
mod rules;
mod tomography;

use crate::blame::Blames;
use crate::branch::{Aim, Branch, Planned};
use crate::world::{Result, Seen};
use demarc_model::fault::{AgentCause, CameraCause, DnsCause, GatewayCause, InterceptionCause, LineCause};
use demarc_model::probe::ProbeKind as K;
use demarc_model::symptom::Symptom;

use crate::blame::{Blame, Failure};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rival {
    /// Every monitor that fails three times in a row blames its own target, as Uptime Kuma does.
    PerMonitor,
    /// Parents hide their children, as in Nagios; an unmanaged switch has no check and no name.
    Parents,
    /// A decision list by somebody who knows the field.
    Rules,
    /// Boolean tomography: whatever a good path crosses is cleared; smallest set for the rest.
    Tomo,
    /// SCORE: greedy cover by groups of which three quarters fail.
    Score,
}

impl Rival {
    pub(crate) const ALL: [Self; 5] = [Self::PerMonitor, Self::Parents, Self::Rules, Self::Tomo, Self::Score];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PerMonitor => "per monitor",
            Self::Parents => "parents",
            Self::Rules => "expert rules",
            Self::Tomo => "Tomo",
            Self::Score => "SCORE",
        }
    }

    pub(crate) fn blames(self, branch: &Branch, history: &History) -> Blames {
        let view = View { branch, history };
        match self {
            Self::PerMonitor => view.per_monitor(),
            Self::Parents => parents::blames(&view),
            Self::Rules => rules::blames(&view),
            Self::Tomo => tomography::blames(&view, 1.0),
            Self::Score => tomography::blames(&view, 0.75),
        }
    }
}

/// For every probe, how often in a row it failed, and how it failed last.
pub(crate) struct History {
    row: Vec<u32>,
    last: Vec<Symptom>,
}

impl History {
    pub(crate) fn new(branch: &Branch) -> Self {
        Self { row: vec![0; branch.probes.len()], last: vec![Symptom::Passed; branch.probes.len()] }
    }

    pub(crate) fn is_down(&self, probe: usize) -> bool {
        self.row[probe] >= 3
    }

    pub(crate) fn push(&mut self, result: &Result) {
        match result.seen {
            Seen::Missing => {}
            Seen::Saw(Symptom::Passed) => self.row[result.probe] = 0,
            Seen::Saw(symptom) => {
                self.row[result.probe] += 1;
                self.last[result.probe] = symptom;
            }
        }
    }
}

/// The site as configured, and which of its monitors are down: three failures in a row.
pub(crate) struct View<'a> {
    pub(crate) branch: &'a Branch,
    history: &'a History,
}

impl View<'_> {
    pub(crate) fn is_down(&self, probe: usize) -> bool {
        // A device's refusal is no lost packet: nobody waits for three of them.
        let sure = matches!(self.history.last[probe], Symptom::Rejected);
        self.history.row[probe] >= if sure { 1 } else { 3 }
    }

    pub(crate) fn symptom(&self, probe: usize) -> Symptom {
        self.history.last[probe]
    }

    pub(crate) fn probes(&self) -> impl Iterator<Item = (usize, &Planned)> {
        self.branch.probes.iter().enumerate()
    }

    pub(crate) fn down(&self, kind: K, aim: Aim) -> Option<Symptom> {
        let own = self.probes().find(|(_, p)| p.kind == kind && p.aim == aim);
        own.filter(|(at, _)| self.is_down(*at)).map(|(at, _)| self.symptom(at))
    }

    /// Whether both hosts of a capability are down by name, and how the first one failed.
    pub(crate) fn capability(&self, at: usize) -> Option<Symptom> {
        let first = self.down(K::VendorName, Aim::Host(at, 0))?;
        self.down(K::VendorName, Aim::Host(at, 1)).map(|_| first)
    }

    /// The switch that a camera hangs on according to the configuration.
    pub(crate) fn switch(&self, camera: usize) -> Option<usize> {
        let told = self.branch.told.cameras[camera].segment.as_ref()?;
        self.branch.told.segments.iter().position(|s| s.id == *told)
    }

    /// What a camera's own monitors say of it.
    pub(crate) fn camera(&self, n: usize) -> Option<CameraCause> {
        let aim = Aim::Camera(n);
        let down = |kind| self.down(kind, aim);
        let ready = down(K::CameraReady);
        let login = down(K::CameraLogin).or_else(|| down(K::CameraOnvif));
        let is_silent = |s: Symptom| matches!(s, Symptom::Timeout | Symptom::Unreachable);
        match (ready, login, down(K::CameraClock)) {
            (Some(Symptom::Booting), ..) => Some(CameraCause::Rebooting),
            (Some(Symptom::FactoryReset), ..) | (_, Some(Symptom::FactoryReset), _) => {
                Some(CameraCause::FactoryReset)
            }
            (Some(symptom), ..) if is_silent(symptom) => Some(CameraCause::Unreachable),
            (Some(Symptom::Busy), ..) => Some(CameraCause::Overloaded),
            (Some(Symptom::TlsOld | Symptom::TlsUntrusted | Symptom::TlsStall), ..) => Some(CameraCause::Tls),
            (Some(Symptom::LockedOut), ..) | (_, Some(Symptom::LockedOut), _) => Some(CameraCause::LockedOut),
            (_, Some(Symptom::Rejected), _) => Some(CameraCause::Credentials),
            (_, Some(Symptom::SchemeUnknown), _) => Some(CameraCause::AuthScheme),
            (_, Some(Symptom::IdentityChanged), _) => Some(CameraCause::IdentityChanged),
            (_, _, Some(Symptom::Clock)) => Some(CameraCause::Clock),
            (Some(_), ..) | (_, Some(_), _) | (_, _, Some(_)) => Some(CameraCause::Hung),
            (None, None, None) => {
                down(K::CameraRtsp).or_else(|| down(K::CameraTcp)).map(|_| CameraCause::Hung)
            }
        }
    }

    fn per_monitor(&self) -> Blames {
        self.probes().filter(|(at, _)| self.is_down(*at)).filter_map(|(at, p)| self.target(at, p)).collect()
    }

    /// Whom a lone monitor blames.
    fn target(&self, at: usize, probe: &Planned) -> Option<Blame> {
        Some(match (probe.kind, probe.aim) {
            (K::HostLink, _) => Blame::Agent(AgentCause::LinkDown),
            (K::HostDisk, _) => Blame::Agent(AgentCause::Disk),
            (K::HostClock, _) => Blame::Agent(AgentCause::Clock),
            (K::GatewayReach, _) => Blame::Gateway(GatewayCause::Down),
            (K::ResolverAnswer, _) => Blame::Dns(match self.symptom(at) {
                Symptom::NameServfail => DnsCause::Servfail,
                Symptom::NameWrong => DnsCause::WrongAnswers,
                _ => DnsCause::Silent,
            }),
            (K::ControlPortal, _) if self.symptom(at) == Symptom::Redirected => {
                Blame::Interception(InterceptionCause::CaptivePortal)
            }
            (K::ControlAddress, _) => Blame::Line(LineCause::Down),
            (_, Aim::Segment(n)) => Blame::Segment(n),
            (_, Aim::Host(capability, _)) => Blame::Vendor(capability, failure(self.symptom(at))),
            (_, Aim::Camera(n)) => Blame::Camera(n, self.camera(n)?),
            (_, Aim::Site | Aim::Control(_)) => return None,
        })
    }
}

pub(crate) fn failure(symptom: Symptom) -> Failure {
    match symptom {
        Symptom::TlsExpired => Failure::Tls,
        Symptom::NameMissing => Failure::Dns,
        _ => Failure::Gone,
    }
}
