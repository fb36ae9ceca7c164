//! Time per event and memory, on a fleet that has learned.

use crate::chance::Chance;
use crate::world::{SITES, World, YEAR_S};
use crate::years::{WARM_UP_S, deliver, independent, time, warm};
use demarc_diagnosis::fleet::FleetPolicy;
use std::time::{Duration, Instant};

pub(crate) struct Speed {
    pub(crate) events: u64,
    pub(crate) us_per_event: f64,
    /// With windows that move on and an assessment after every event, as in a real service.
    pub(crate) us_per_event_assessed: f64,
    pub(crate) ns_per_heartbeat: f64,
    pub(crate) us_per_quiet_second: f64,
    pub(crate) mib: f64,
    /// Growth over all events.
    pub(crate) mib_growth: f64,
}

pub(crate) fn measure(policy: FleetPolicy, seed: u64) -> Speed {
    let mut chance = Chance::new(seed);
    let world = World::new(&mut chance);
    let before = resident_mib();
    let (mut fleet, keys) = warm(&world, policy, &mut chance);
    let mib = resident_mib() - before;
    let events = independent(WARM_UP_S, WARM_UP_S + YEAR_S, &mut chance);
    let grown_from = resident_mib();
    let mut reporting = Duration::ZERO;
    let whole = Instant::now();
    for event in &events {
        fleet.assess(time(event.at));
        let start = Instant::now();
        deliver(&mut fleet, &keys, *event);
        reporting += start.elapsed();
    }
    let per_event = |time: Duration| time.as_secs_f64() * 1e6 / events.len() as f64;
    let (us_per_event, us_per_event_assessed) = (per_event(reporting), per_event(whole.elapsed()));
    let mib_growth = resident_mib() - grown_from;

    let from = WARM_UP_S + YEAR_S + 86_400.0;
    let beats = 1_000_000;
    let start = Instant::now();
    for beat in 0..beats {
        let at = from + f64::from(beat) * 15.0 / SITES as f64;
        fleet.heartbeat(keys[beat as usize % SITES], time(at));
    }
    let ns_per_heartbeat = start.elapsed().as_secs_f64() * 1e9 / f64::from(beats);

    let from = from + 100_000.0;
    let start = Instant::now();
    let seconds = 100_000;
    for second in 0..seconds {
        fleet.assess(time(from + f64::from(second)));
    }
    let us_per_quiet_second = start.elapsed().as_secs_f64() * 1e6 / f64::from(seconds);
    Speed {
        events: events.len() as u64,
        us_per_event,
        us_per_event_assessed,
        ns_per_heartbeat,
        us_per_quiet_second,
        mib,
        mib_growth,
    }
}

/// The memory of this process that is in use; zero where the system does not say.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1_024.0
}
