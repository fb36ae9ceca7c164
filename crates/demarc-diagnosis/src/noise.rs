//! How often a healthy probe fails for no reason: what is assumed of its kind, and what is learnt of itself.

use crate::table::is_conclusive;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;

/// The shares of lost probes for which the tables are compiled. The first is the floor: nothing is
/// so good that a lost packet is a miracle.
pub(crate) const LEVELS: [f64; 5] = [0.01, 0.02, 0.05, 0.10, 0.20];
/// How fast a probe's own share is learnt, and how fast that of all probes on its way.
const OWN_RATE: f32 = 0.003;
const POOL_RATE: f32 = 0.002;
/// What is assumed of a pool weighs as much as so many results.
const PREJUDICE: f32 = 30.0;
/// After so many results of its own a probe is judged by them as much as by its like.
const EXPERIENCE: f32 = 100.0;
/// A level is taken when the share comes this near to it (as a factor).
const NEAR: f32 = 0.75;

/// How often a camera says that it does not get through, and does when it is asked again: it was told so by
/// one connection, and not by itself. Of a hundred cameras one says it three times a day.
const WORD: f64 = 1e-4;

/// An index into [`LEVELS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(pub(crate) u8);

impl Default for Level {
    /// A usual probe: 2 %.
    fn default() -> Self {
        Self(1)
    }
}

impl Level {
    fn of(share: f32) -> Self {
        let reached = LEVELS.iter().rposition(|level| share >= *level as f32 * NEAR).unwrap_or(0);
        Self(reached as u8)
    }
}

/// One probe's share of failures without a reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    share: f32,
    results: f32,
    level: Level,
}

impl Default for Noise {
    fn default() -> Self {
        Self { share: ASSUMED, results: 0.0, level: UNKNOWN }
    }
}

/// Of a site that is new nothing is known: it is held to be a poor one, until it shows what it is.
const UNKNOWN: Level = Level(2);
const ASSUMED: f32 = LEVELS[1] as f32;

impl Noise {
    pub(crate) fn level(self) -> Level {
        self.level
    }
}

/// The share of failures without a reason among all probes that stay on the LAN, and among all that
/// leave it: what a probe is held to be like until it has shown what it is like itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pools {
    near: Pool,
    far: Pool,
}

#[derive(Debug, Clone, Copy)]
struct Pool {
    share: f32,
    results: f32,
}

impl Default for Pools {
    fn default() -> Self {
        let pool = Pool { share: LEVELS[usize::from(UNKNOWN.0)] as f32, results: 0.0 };
        Self { near: pool, far: pool }
    }
}

impl Pools {
    /// Takes one more result of a probe that no known fault touched. What a device says of itself is no noise.
    pub(crate) fn learn(&mut self, kind: ProbeKind, own: &mut Noise, symptom: Symptom) {
        if is_conclusive(symptom) {
            return;
        }
        let failed = if symptom == Symptom::Passed { 0.0 } else { 1.0 };
        let near = kind.is_camera() || matches!(kind, ProbeKind::GatewayReach | ProbeKind::SegmentReach);
        let pool = if near { &mut self.near } else { &mut self.far };
        pool.results += 1.0;
        pool.share += POOL_RATE.max(1.0 / (PREJUDICE + pool.results)) * (failed - pool.share);
        own.results += 1.0;
        own.share += OWN_RATE.max(1.0 / (EXPERIENCE + own.results)) * (failed - own.share);
        let trust = own.results / (own.results + EXPERIENCE);
        own.level = Level::of(trust * own.share + (1.0 - trust) * pool.share);
    }
}

/// What a probe of each kind shows when nothing is wrong: lost packets, busy moments. What is left
/// to one passes.
pub(crate) fn distribution(probe: ProbeKind, loss: f64) -> [f64; Symptom::COUNT] {
    use ProbeKind as P;
    let mut p = Symptom::ALL.map(|s| match s {
        s if is_conclusive(s) => 1e-9,
        // A device's own word as well, but one that a minute later is no longer true.
        Symptom::Booting => 1e-6,
        _ => 5e-4,
    });
    let mut add = |symptom: Symptom, by: f64| p[symptom as usize] += by;
    match probe {
        P::HostLink | P::HostDisk | P::HostClock | P::HostResources | P::HostTraffic | P::HostAddress => {}
        P::ResolverAnswer | P::ResolverSecond => add(Symptom::NameSilent, loss),
        P::ControlName
        | P::VendorName
        | P::VendorStatus
        | P::ControlPortal
        | P::LineSecond
        | P::VendorSecond => {
            add(Symptom::NameSilent, 0.35 * loss);
            add(Symptom::Timeout, 0.65 * loss);
            add(Symptom::ServerError, 2e-3);
        }
        // It fails only where a large answer is lost more than once.
        P::LineMtu => add(Symptom::TlsStall, 0.5 * loss),
        P::GatewayReach
        | P::LineHops
        | P::SegmentReach
        | P::ControlAddress
        | P::VendorAddress
        | P::LineIpv6
        | P::CameraTcp
        | P::CameraNeighbour => {
            add(Symptom::Timeout, loss);
        }
        P::CameraReady
        | P::CameraIdentity
        | P::CameraLogin
        | P::CameraClock
        | P::CameraOnvif
        | P::CameraRtsp
        | P::CameraStream
        | P::CameraPicture
        | P::CameraStorage
        | P::CameraCloud => {
            add(Symptom::Timeout, loss);
            add(Symptom::Hung, 2e-3);
            add(Symptom::ServerError, 2e-3);
        }
    }
    if probe == P::CameraCloud {
        p[Symptom::Offline as usize] = WORD;
    }
    p[Symptom::Passed as usize] = 0.0;
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of which every `n`th fails.
    fn after(results: usize, n: usize) -> Level {
        let (mut pools, mut own) = (Pools::default(), Noise::default());
        for at in 0..results {
            let symptom = if at % n == 0 { Symptom::Timeout } else { Symptom::Passed };
            pools.learn(ProbeKind::CameraReady, &mut own, symptom);
        }
        own.level()
    }

    #[test]
    fn learns_how_noisy_a_probe_is_and_keeps_a_floor() {
        assert_eq!(after(3000, 10_000), Level(0), "nearly perfect");
        assert_eq!(after(3000, 20), Level(2), "5 %");
        assert_eq!(after(3000, 10), Level(3), "10 %");
        assert_eq!(after(3000, 1), Level(4), "never trusted to fail more often than 20 %");
    }

    #[test]
    fn a_probe_of_which_nothing_is_known_is_held_to_be_like_its_like() {
        let mut pools = Pools::default();
        let mut others = Noise::default();
        for at in 0..2000 {
            let symptom = if at % 10 == 0 { Symptom::Timeout } else { Symptom::Passed };
            pools.learn(ProbeKind::CameraReady, &mut others, symptom);
        }
        let (mut near, mut far) = (Noise::default(), Noise::default());
        pools.learn(ProbeKind::CameraRtsp, &mut near, Symptom::Passed);
        pools.learn(ProbeKind::VendorName, &mut far, Symptom::Passed);
        assert_eq!((near.level(), far.level()), (Level(3), UNKNOWN));
    }

    #[test]
    fn what_a_device_says_of_itself_teaches_nothing() {
        let (mut pools, mut own) = (Pools::default(), Noise::default());
        (0..1000).for_each(|_| pools.learn(ProbeKind::CameraLogin, &mut own, Symptom::Rejected));
        assert_eq!(own.level(), UNKNOWN);
    }
}
