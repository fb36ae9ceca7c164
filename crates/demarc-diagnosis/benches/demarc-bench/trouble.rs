//! What is really wrong, and what it makes the probes of a branch see.
//!
//! Written from what devices, routers and clouds do, not from the engine's tables: a fault has one
//! face for as long as it lasts, its symptoms are mixed otherwise than any table says, some of them
//! stand in no table, and it does not touch every probe as it should.

mod effect;

use crate::blame::{Blame, Blames, Failure};
use crate::branch::{Branch, CAPABILITIES, Planned};
use crate::chance::Chance;
use demarc_model::fault::{AgentCause, CameraCause, DnsCause, GatewayCause, InterceptionCause, LineCause};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    AgentLink,
    AgentClock,
    Lan,
    Segment(usize),
    Gateway,
    NoForwarding,
    Line,
    LineLoss,
    LineLatency,
    LineMtu,
    DnsSilent,
    DnsServfail,
    DnsWrong,
    Portal,
    Inspection,
    Rewriting,
    VendorWhole,
    VendorTls,
    VendorDns,
    Capability(usize),
    Camera(usize, CameraCause),
    /// Harmless: one control, the outside resolver, the check page or the status page is out of order.
    Control(usize),
    SecondResolver,
    PortalCheck,
    StatusPage,
}

/// The camera causes that the shipped probes can see.
pub(crate) const CAMERA_CAUSES: [CameraCause; 11] = [
    CameraCause::Unreachable,
    CameraCause::Hung,
    CameraCause::Rebooting,
    CameraCause::FactoryReset,
    CameraCause::Credentials,
    CameraCause::LockedOut,
    CameraCause::AuthScheme,
    CameraCause::Clock,
    CameraCause::Tls,
    CameraCause::IdentityChanged,
    CameraCause::Overloaded,
];

const KINDS: usize = 24;

impl Trouble {
    /// One of all kinds of trouble, equally likely, and its place.
    pub(crate) fn draw(branch: &Branch, chance: &mut Chance) -> Self {
        match chance.below(KINDS) {
            0 => Self::AgentLink,
            1 => Self::AgentClock,
            2 => Self::Lan,
            3 => Self::Segment(chance.below(branch.segments)),
            4 => Self::Gateway,
            // With the resolver elsewhere nothing in the branch tells it from a dead line.
            5 if branch.resolver_on_gateway => Self::NoForwarding,
            5 | 6 => Self::Line,
            7 => Self::LineLoss,
            8 => Self::LineLatency,
            9 => Self::LineMtu,
            10 => Self::DnsSilent,
            11 => Self::DnsServfail,
            12 => Self::DnsWrong,
            13 => Self::Portal,
            14 => Self::Inspection,
            15 => Self::Rewriting,
            16 => Self::VendorWhole,
            17 => [Self::VendorTls, Self::VendorDns][chance.below(2)],
            18 => Self::Capability(chance.below(CAPABILITIES.len())),
            _ => Self::Camera(chance.below(branch.cameras), CAMERA_CAUSES[chance.below(CAMERA_CAUSES.len())]),
        }
    }

    pub(crate) fn draw_harmless(chance: &mut Chance) -> Self {
        match chance.below(5) {
            n @ (0 | 1) => Self::Control(n),
            2 => Self::SecondResolver,
            3 => Self::PortalCheck,
            _ => Self::StatusPage,
        }
    }

    /// What a right verdict says.
    pub(crate) fn blames(self) -> Blames {
        let whole = |failure| (0..CAPABILITIES.len()).map(|at| Blame::Vendor(at, failure)).collect();
        let one = match self {
            Self::AgentLink => Blame::Agent(AgentCause::LinkDown),
            Self::AgentClock => Blame::Agent(AgentCause::Clock),
            Self::Lan => Blame::Lan,
            Self::Segment(n) => Blame::Segment(n),
            Self::Gateway => Blame::Gateway(GatewayCause::Down),
            Self::NoForwarding => Blame::Gateway(GatewayCause::NoForwarding),
            Self::Line => Blame::Line(LineCause::Down),
            Self::LineLoss => Blame::Line(LineCause::Loss),
            Self::LineLatency => Blame::Line(LineCause::Latency),
            Self::LineMtu => Blame::Line(LineCause::Mtu),
            Self::DnsSilent => Blame::Dns(DnsCause::Silent),
            Self::DnsServfail => Blame::Dns(DnsCause::Servfail),
            Self::DnsWrong => Blame::Dns(DnsCause::WrongAnswers),
            Self::Portal => Blame::Interception(InterceptionCause::CaptivePortal),
            Self::Inspection => Blame::Interception(InterceptionCause::TlsInspection),
            Self::Rewriting => Blame::Interception(InterceptionCause::DnsRewriting),
            Self::VendorWhole => return whole(Failure::Gone),
            Self::VendorTls => return whole(Failure::Tls),
            Self::VendorDns => return whole(Failure::Dns),
            Self::Capability(at) => Blame::Vendor(at, Failure::Gone),
            Self::Camera(n, cause) => Blame::Camera(n, cause),
            Self::Control(_) | Self::SecondResolver | Self::PortalCheck | Self::StatusPage => {
                return Blames::new();
            }
        };
        Blames::from([one])
    }

    fn can_be_partial(self) -> bool {
        matches!(
            self,
            Self::Lan
                | Self::Segment(_)
                | Self::Gateway
                | Self::DnsSilent
                | Self::DnsServfail
                | Self::VendorWhole
                | Self::Capability(_)
                | Self::Camera(_, CameraCause::Unreachable | CameraCause::Hung | CameraCause::Overloaded)
                | Self::Line
        )
    }
}

/// How a fault shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Hard,
    /// On 30 to 70 % of the attempts.
    Partial,
    /// There and gone in turn, 6 to 30 s each.
    Flapping,
    /// A third of the kinds of probe that it should touch it does not touch.
    Grey,
}

/// One fault of one trial.
pub(crate) struct Affliction {
    pub(crate) trouble: Trouble,
    pub(crate) manner: Manner,
    pub(crate) onset_ms: u64,
    half_period_ms: u64,
    /// For every probe of the branch, what the fault makes it see.
    effects: Vec<Option<Effect>>,
}

/// Symptoms and their probabilities; with the rest the probe is left alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effect(Vec<(Symptom, f64)>);

impl Effect {
    pub(crate) fn total(&self) -> f64 {
        self.0.iter().map(|(_, p)| p).sum()
    }

    fn sample(&self, chance: &mut Chance) -> Option<Symptom> {
        let mut left = chance.unit();
        for (symptom, p) in &self.0 {
            if left < *p {
                return Some(*symptom);
            }
            left -= p;
        }
        None
    }
}

impl Affliction {
    pub(crate) fn new(
        branch: &Branch,
        (trouble, manner): (Trouble, Manner),
        onset_ms: u64,
        perturbation: f64,
        chance: &mut Chance,
    ) -> Self {
        let face = effect::Face::draw(chance);
        let spared = spared(branch, trouble, manner, &face, chance);
        let scale = if manner == Manner::Partial { chance.between(0.3, 0.7) } else { 1.0 };
        let mut by_kind: Vec<Option<(ProbeKind, usize, Effect)>> = Vec::new();
        let effects = branch
            .probes
            .iter()
            .map(|probe| {
                let plain = effect::of(branch, trouble, &face, probe)?;
                if spared.contains(&probe.kind) {
                    return None;
                }
                // Probes of one kind are perturbed alike, hosts of the vendor's one by one.
                let seen = |e: &&Option<(ProbeKind, usize, Effect)>| {
                    e.as_ref().is_some_and(|(kind, mode, _)| *kind == probe.kind && *mode == plain.0)
                };
                if let Some(Some((_, _, known))) = by_kind.iter().find(seen) {
                    return Some(known.clone());
                }
                let own = perturb(&plain.1, scale, perturbation, chance);
                by_kind.push(Some((probe.kind, plain.0, own.clone())));
                Some(own)
            })
            .collect();
        let half_period_ms = chance.between(6_000.0, 30_000.0) as u64;
        Self { trouble, manner, onset_ms, half_period_ms, effects }
    }

    /// A manner that the trouble can have: half a pulled cable does not exist.
    pub(crate) fn drawable(trouble: Trouble, manner: Manner) -> bool {
        match manner {
            Manner::Hard => true,
            Manner::Partial => trouble.can_be_partial(),
            // A clock is off for all that compare with it: were it right for some of them, theirs would be wrong.
            Manner::Grey => !matches!(trouble, Trouble::LineLoss | Trouble::AgentClock),
            Manner::Flapping => !matches!(
                trouble,
                // These are states of a device, not of a connection, or leave a mark that lasts.
                Trouble::LineLoss
                    | Trouble::AgentClock
                    | Trouble::Camera(
                        _,
                        CameraCause::Credentials
                            | CameraCause::FactoryReset
                            | CameraCause::Clock
                            | CameraCause::IdentityChanged
                            | CameraCause::AuthScheme
                            | CameraCause::LockedOut
                            | CameraCause::Tls
                            | CameraCause::Rebooting
                    )
            ),
        }
    }

    fn is_active(&self, at_ms: u64) -> bool {
        let Some(since) = at_ms.checked_sub(self.onset_ms) else { return false };
        self.manner != Manner::Flapping || (since / self.half_period_ms).is_multiple_of(2)
    }

    pub(crate) fn effect(&self, probe: usize) -> Option<&Effect> {
        self.effects[probe].as_ref()
    }

    /// What a probe that begins now sees of this fault.
    pub(crate) fn sample(&self, probe: usize, at_ms: u64, chance: &mut Chance) -> Option<Symptom> {
        if !self.is_active(at_ms) {
            return None;
        }
        self.effects[probe].as_ref()?.sample(chance)
    }
}

/// The kinds of probe that a grey fault spares: some, and never all.
fn spared(
    branch: &Branch,
    trouble: Trouble,
    manner: Manner,
    face: &effect::Face,
    chance: &mut Chance,
) -> Vec<ProbeKind> {
    if manner != Manner::Grey {
        return Vec::new();
    }
    let touched = |probe: &&Planned| effect::of(branch, trouble, face, probe).is_some();
    let mut kinds: Vec<ProbeKind> = branch.probes.iter().filter(touched).map(|p| p.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 2 {
        return Vec::new();
    }
    loop {
        let spared: Vec<ProbeKind> = kinds.iter().copied().filter(|_| chance.happens(0.35)).collect();
        if !spared.is_empty() && spared.len() < kinds.len() {
            return spared;
        }
    }
}

/// No fault is as a book describes it: at a strength of one, weights vary by half, the total by some
/// percent, and three in a hundred of its symptoms are none that it should have.
fn perturb(plain: &[(Symptom, f64)], scale: f64, strength: f64, chance: &mut Chance) -> Effect {
    const UNLISTED: [Symptom; 3] = [Symptom::ServerError, Symptom::Refused, Symptom::Timeout];
    let foreign = 0.03 * strength.min(1.0);
    let total: f64 = plain.iter().map(|(_, p)| p).sum();
    let weights: Vec<f64> =
        plain.iter().map(|(_, p)| p * (1.0 + strength * chance.between(-0.5, 0.5))).collect();
    let sum: f64 = weights.iter().sum();
    let shown = (total + strength * 0.04 * chance.normal()).clamp(0.02, 0.995) * scale;
    let listed =
        plain.iter().zip(&weights).map(|((symptom, _), w)| (*symptom, shown * (1.0 - foreign) * w / sum));
    let unlisted = (UNLISTED[chance.below(UNLISTED.len())], shown * foreign);
    Effect(listed.chain([unlisted]).collect())
}
