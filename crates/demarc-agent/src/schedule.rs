//! When each probe is due: in its own phase in quiet time, with some jitter, and hurried on suspicion.

use crate::plan::Planned;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::time::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// Everything is looked at once within this time of the start.
const FIRST_SWEEP: Duration = Duration::from_secs(4);
/// A camera is asked first whether it is ready, and this soon: nothing tells more about it, and when
/// it does not answer, the verdict waits for the whole deadline of this question and three more.
const FIRST_QUESTION: Duration = Duration::from_millis(800);
/// A probe is hurried for at most this long at a stretch: cameras are weak, and what two minutes did
/// not settle, more of the same will not.
const LONGEST_HURRY: Duration = Duration::from_secs(120);
/// At most this part of its interval a probe comes late in quiet time, so that nothing in the branch
/// that is as regular stays in step with it.
const JITTER: f64 = 0.05;
const LONGEST_JITTER: Duration = Duration::from_secs(1);
/// Logins are hurried less: they cost the camera more, and a guard counts them.
const LOGIN_HURRY: Duration = Duration::from_secs(10);

/// What an open incident rests on is looked at this often, so that its end is not missed for minutes.
const WATCH: Duration = Duration::from_secs(30);

struct Entry {
    id: ProbeId,
    every: Duration,
    /// Some moment at which it would be due: its phase.
    anchor: Timestamp,
    next: Timestamp,
    last: Option<Timestamp>,
    hurried_since: Option<Timestamp>,
    runs: u64,
}

pub(crate) struct Schedule {
    entries: Vec<Entry>,
    places: HashMap<ProbeId, usize>,
    /// Every entry by the time it is due: something is due a hundred times a second at a large site.
    queue: BTreeSet<(Timestamp, usize)>,
    hurry: Duration,
    seed: u64,
}

impl Schedule {
    pub(crate) fn new(plan: Vec<Planned>, hurry: Duration, seed: u64, now: Timestamp) -> Self {
        let first = |planned: &Planned, at: usize| {
            let (from, to) = first_look(planned.id.kind);
            let offset = from + (to - from).mul_f64(fraction(seed, at as u64, 0));
            now.plus(offset.min(planned.every))
        };
        // Agents that start together look at different times.
        let origin = now.plus(Duration::from_secs(60).mul_f64(fraction(seed, u64::MAX, 0)));
        let entries = plan.into_iter().enumerate().map(|(at, planned)| Entry {
            next: first(&planned, at),
            anchor: origin.plus(planned.phase),
            id: planned.id,
            every: planned.every,
            last: None,
            hurried_since: None,
            runs: 0,
        });
        let entries: Vec<Entry> = entries.collect();
        let places = entries.iter().enumerate().map(|(at, entry)| (entry.id.clone(), at)).collect();
        let queue = entries.iter().enumerate().map(|(at, entry)| (entry.next, at)).collect();
        Self { entries, places, queue, hurry, seed }
    }

    /// When the next probe is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.queue.first().map(|(next, _)| *next)
    }

    /// The probes that are due, each set to its next time.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<ProbeId> {
        let mut places: Vec<usize> =
            self.queue.iter().take_while(|(next, _)| *next <= now).map(|(_, at)| *at).collect();
        places.sort_unstable();
        places.iter().map(|&at| self.run(at, now)).collect()
    }

    fn run(&mut self, at: usize, now: Timestamp) -> ProbeId {
        let entry = &mut self.entries[at];
        entry.runs += 1;
        entry.last = Some(now);
        let most = entry.every.mul_f64(JITTER).min(LONGEST_JITTER);
        let jitter = most.mul_f64(fraction(self.seed, at as u64, entry.runs));
        let next = entry.regular(now).plus(jitter);
        let id = entry.id.clone();
        self.set(at, next);
        id
    }

    fn set(&mut self, at: usize, next: Timestamp) {
        let before = std::mem::replace(&mut self.entries[at].next, next);
        self.queue.remove(&(before, at));
        self.queue.insert((next, at));
    }

    fn forward(&mut self, at: usize, by: Timestamp) {
        if by < self.entries[at].next {
            self.set(at, by);
        }
    }

    /// Looks at something again by then at the latest.
    pub(crate) fn again(&mut self, probe: &ProbeId, by: Timestamp) {
        if let Some(&at) = self.places.get(probe) {
            self.forward(at, by);
        }
    }

    /// Brings forward what open incidents rest on, and no login: a camera that blocks us wants rest.
    pub(crate) fn watch(&mut self, rests: impl Fn(&ProbeId) -> bool) {
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if let Some(last) = entry.last
                && !entry.id.kind.is_authenticated()
                && rests(&entry.id)
            {
                self.forward(at, last.plus(WATCH.min(entry.every)));
            }
        }
    }

    /// Brings forward what diagnosis wants to see.
    pub(crate) fn hurry(&mut self, wanted: &[ProbeId], now: Timestamp) {
        let wanted: HashSet<&ProbeId> = wanted.iter().collect();
        for at in 0..self.entries.len() {
            let entry = &mut self.entries[at];
            if !wanted.contains(&entry.id) {
                entry.hurried_since = None;
                continue;
            }
            let since = *entry.hurried_since.get_or_insert(now);
            if !is_fresh(since, now) {
                continue;
            }
            let pause =
                if entry.id.kind.is_authenticated() { self.hurry.max(LOGIN_HURRY) } else { self.hurry };
            let soonest = entry.last.map_or(now, |last| last.plus(pause.min(entry.every)));
            self.forward(at, soonest);
        }
    }

    /// What is being hurried now.
    pub(crate) fn hurried(&self, now: Timestamp) -> impl Iterator<Item = &ProbeId> {
        let hurried = move |entry: &&Entry| entry.hurried_since.is_some_and(|since| is_fresh(since, now));
        self.entries.iter().filter(hurried).map(|entry| &entry.id)
    }
}

/// When after the start a probe has its first turn.
fn first_look(kind: ProbeKind) -> (Duration, Duration) {
    match kind {
        ProbeKind::CameraReady => (Duration::ZERO, FIRST_QUESTION),
        kind if kind.is_camera() => (FIRST_QUESTION, FIRST_SWEEP),
        _ => (Duration::ZERO, FIRST_SWEEP),
    }
}

fn is_fresh(hurried_since: Timestamp, now: Timestamp) -> bool {
    now.since(hurried_since) <= LONGEST_HURRY
}

impl Entry {
    /// The next time in its phase that is at least an eighth of the interval away.
    fn regular(&self, now: Timestamp) -> Timestamp {
        let every = i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX).max(1);
        let anchor = self.anchor.as_millis();
        let passed = (now.as_millis() + every / 8 - anchor).div_euclid(every) + 1;
        Timestamp::from_millis(anchor + passed * every)
    }
}

/// A fixed pseudo-random number in 0..1, so that agents that start together drift apart.
fn fraction(seed: u64, place: u64, run: u64) -> f64 {
    let mut x = seed ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ run.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    fn at(millis: u64) -> Timestamp {
        START.plus(Duration::from_millis(millis))
    }

    fn schedule(kind: ProbeKind, every: u64) -> (ProbeId, Schedule) {
        let id = ProbeId::new(kind, "x");
        let plan = vec![Planned { id: id.clone(), every: Duration::from_secs(every), phase: Duration::ZERO }];
        (id, Schedule::new(plan, Duration::from_secs(2), 7, START))
    }

    fn runs(schedule: &mut Schedule, from: u64, to: u64, wanted: &[ProbeId]) -> usize {
        let mut runs = 0;
        for t in (from..to).step_by(100) {
            runs += schedule.due(at(t)).len();
            schedule.hurry(wanted, at(t));
        }
        runs
    }

    #[test]
    fn sweeps_early_and_then_keeps_its_interval() {
        let (_, mut s) = schedule(ProbeKind::CameraReady, 30);
        assert_eq!(runs(&mut s, 0, 4_100, &[]), 1);
        let quiet = runs(&mut s, 4_100, 304_100, &[]);
        assert!((9..=11).contains(&quiet), "{quiet}");
    }

    #[test]
    fn a_camera_is_first_asked_whether_it_is_ready() {
        let plan = |seed| {
            let own = ProbeKind::ALL.into_iter().filter(|kind| kind.is_camera());
            let every = Duration::from_secs(60);
            let plan = own
                .map(|kind| Planned { id: ProbeId::new(kind, "x"), every, phase: Duration::ZERO })
                .collect();
            Schedule::new(plan, Duration::from_secs(2), seed, START)
        };
        let all = ProbeKind::ALL.into_iter().filter(|kind| kind.is_camera()).count();
        for seed in 0..50 {
            let first: Vec<ProbeKind> = plan(seed).due(at(799)).iter().map(|id| id.kind).collect();
            assert_eq!(first, [ProbeKind::CameraReady], "seed {seed}");
            assert_eq!(plan(seed).due(at(4_000)).len(), all, "seed {seed}");
        }
    }

    #[test]
    fn hurries_what_is_wanted_and_tires_after_two_minutes() {
        let (id, mut s) = schedule(ProbeKind::CameraReady, 30);
        let hurried = runs(&mut s, 0, 120_000, std::slice::from_ref(&id));
        assert!((57..=61).contains(&hurried), "{hurried}");
        assert_eq!(s.hurried(at(120_000)).collect::<Vec<_>>(), [&id]);
        let tired = runs(&mut s, 120_000, 240_000, std::slice::from_ref(&id));
        assert!(tired <= 6, "{tired}");
        assert_eq!(s.hurried(at(240_000)).count(), 0);
    }

    #[test]
    fn returns_to_its_phase_after_haste() {
        let (id, mut s) = schedule(ProbeKind::CameraReady, 30);
        let before: Vec<u64> = (0..120).filter(|t| !s.due(at(t * 1000)).is_empty()).collect();
        runs(&mut s, 120_000, 137_000, std::slice::from_ref(&id));
        let after: Vec<u64> = (137..300).filter(|t| !s.due(at(t * 1000)).is_empty()).collect();
        let phase = |times: &[u64]| times.last().unwrap() % 30;
        assert!(phase(&before).abs_diff(phase(&after)) <= 4, "{before:?} {after:?}");
    }

    #[test]
    fn what_an_open_incident_rests_on_is_watched_unless_it_is_a_login() {
        for (kind, expected) in [(ProbeKind::CameraIdentity, 10..=11), (ProbeKind::CameraOnvif, 1..=2)] {
            let (id, mut s) = schedule(kind, 300);
            let mut runs = 0;
            for t in 0..300 {
                runs += s.due(at(t * 1000)).len();
                s.watch(|probe| *probe == id);
            }
            assert!(expected.contains(&runs), "{kind}: {runs}");
        }
    }

    #[test]
    fn what_was_not_really_seen_is_due_again() {
        let (id, mut s) = schedule(ProbeKind::VendorName, 15);
        assert_eq!(s.due(at(4_000)), std::slice::from_ref(&id));
        assert!(s.due(at(4_001)).is_empty());
        s.again(&id, at(4_002));
        assert_eq!(s.due(at(4_002)), [id]);
    }

    #[test]
    fn logins_are_hurried_less() {
        let (id, mut s) = schedule(ProbeKind::CameraLogin, 60);
        let hurried = runs(&mut s, 0, 60_000, &[id]);
        assert!((5..=7).contains(&hurried), "{hurried}");
    }
}
