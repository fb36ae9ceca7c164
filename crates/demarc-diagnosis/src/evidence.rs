//! The recent past: what each probe saw, round by round.

use crate::layout::Layout;
use crate::table::is_conclusive;
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// One observation, reduced to what diagnosis needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) probe: usize,
    pub(crate) at: Timestamp,
    pub(crate) symptom: Symptom,
}

/// How a probe has done since something was odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mending {
    pub(crate) probe: usize,
    pub(crate) failures: u32,
    /// What passed between the failures, and after the last of them.
    before: u32,
    after: u32,
    pub(crate) last_failure: Timestamp,
}

impl Mending {
    /// The evidence that it fails no more as often as it did: much for each answer of what was dead,
    /// little for each of what failed now and then.
    pub(crate) fn nats(&self) -> f64 {
        let (failed, passed) = (f64::from(self.failures), f64::from(self.before));
        // Laplace's estimate of how often it passed.
        let passes = (passed + 1.0) / (failed + passed + 2.0);
        -passes.ln() * f64::from(self.after)
    }
}

/// How far back evidence is kept.
const KEEP: Duration = Duration::from_secs(180);
/// When a fact counts as noise unless a fault that explains it is known.
const RIPE: Duration = Duration::from_secs(60);
const MOST_FACTS: usize = 200_000;

/// The facts of the last minutes, in the order in which they were assessed.
#[derive(Default)]
pub(crate) struct Window {
    facts: VecDeque<(u64, Fact)>,
    /// So many of the oldest have been given out by [`Window::ripe`].
    ripe: usize,
}

impl Window {
    pub(crate) fn push(&mut self, round: u64, facts: &[Fact], now: Timestamp) {
        self.facts.extend(facts.iter().map(|fact| (round, *fact)));
        let oldest = now.minus(KEEP);
        while self.facts.front().is_some_and(|(_, fact)| fact.at < oldest) || self.facts.len() > MOST_FACTS {
            self.facts.pop_front();
            self.ripe = self.ripe.saturating_sub(1);
        }
    }

    /// The next fact that is old enough for any fault behind it to have been found.
    pub(crate) fn ripe(&mut self, now: Timestamp) -> Option<Fact> {
        let (_, fact) = self.facts.get(self.ripe)?;
        if fact.at > now.minus(RIPE) {
            return None;
        }
        self.ripe += 1;
        Some(*fact)
    }

    /// Forgets what some probes saw before a time: it was the work of a fault that is over, or of
    /// another than is there now.
    pub(crate) fn forget(&mut self, probes: &[usize], before: Timestamp) {
        let kept = |fact: &Fact| fact.at >= before || !probes.contains(&fact.probe);
        let ripe = self.facts.iter().take(self.ripe).filter(|(_, fact)| kept(fact)).count();
        self.facts.retain(|(_, fact)| kept(fact));
        self.ripe = ripe;
    }

    /// Forgets what was seen after a time, for the clock was set back to it.
    pub(crate) fn forget_after(&mut self, now: Timestamp) {
        self.facts.retain(|(_, fact)| fact.at < now);
        self.ripe = self.ripe.min(self.facts.len());
    }

    /// How each probe that has failed since a time has done from then on.
    pub(crate) fn mending(&self, probes: usize, since: Timestamp) -> Vec<Mending> {
        let fresh = |probe| Mending { probe, failures: 0, before: 0, after: 0, last_failure: since };
        let mut all: Vec<Mending> = (0..probes).map(fresh).collect();
        for (_, fact) in self.facts.iter().filter(|(_, fact)| fact.at >= since) {
            let own = &mut all[fact.probe];
            if fact.symptom == Symptom::Passed {
                own.after += 1;
            } else {
                own.failures += 1;
                own.before += std::mem::take(&mut own.after);
                own.last_failure = fact.at;
            }
        }
        all.retain(|own| own.failures > 0);
        all
    }

    pub(crate) fn since(&self, round: u64) -> impl Iterator<Item = &(u64, Fact)> {
        self.facts.iter().skip_while(move |(r, _)| *r < round)
    }

    /// The onset of a fault: half way between the last good and the first bad fact of the probes it
    /// touches, from `round` on.
    pub(crate) fn onset(&self, probes: &[usize], round: u64) -> Option<Timestamp> {
        let own = |entry: &&(u64, Fact)| probes.contains(&entry.1.probe);
        let bad = self.since(round).filter(own).find(|(_, f)| f.symptom != Symptom::Passed)?.1.at;
        let before = self.facts.iter().filter(own).map(|(_, f)| f).take_while(|f| f.at < bad);
        let good = before.filter(|f| f.symptom == Symptom::Passed).last();
        Some(good.map_or(bad, |good| good.at.plus(bad.since(good.at) / 2)))
    }
}

/// How far results repeat each other: those of one kind of probe at one time, those of one probe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Correlation {
    pub(crate) of_kinds: f64,
    /// What devices say of the way beyond them.
    pub(crate) of_words: f64,
    pub(crate) of_rounds: f64,
}

impl Correlation {
    /// That of what several probes of one kind saw. What a device says of itself is its own; what cameras say
    /// of the way to the vendor, good or bad, is said of one way.
    pub(crate) fn between(self, kind: ProbeKind, symptom: Symptom) -> f64 {
        match (kind, symptom) {
            (ProbeKind::CameraCloud, Symptom::Offline | Symptom::Passed) => self.of_words,
            (_, symptom) if is_conclusive(symptom) => 0.0,
            _ => self.of_kinds,
        }
    }
}

/// For every kind of probe, how many failed at all and how many never did. Fifty cameras that fall
/// silent at once are hardly more than one event, and one that does among fifty is one as well.
struct Crowd {
    failing: [u32; ProbeKind::COUNT],
    passing: [u32; ProbeKind::COUNT],
}

impl Crowd {
    fn count(layout: &Layout, counts: &[Vec<(Symptom, u32)>]) -> Self {
        let mut this = Self { failing: [0; ProbeKind::COUNT], passing: [0; ProbeKind::COUNT] };
        for (probe, own) in layout.probes.iter().zip(counts).filter(|(_, own)| !own.is_empty()) {
            let list = if fails(own) { &mut this.failing } else { &mut this.passing };
            list[probe.id.kind as usize] += 1;
        }
        this
    }

    fn of(&self, kind: ProbeKind, own: &[(Symptom, u32)]) -> u32 {
        if fails(own) { self.failing[kind as usize] } else { self.passing[kind as usize] }
    }
}

fn fails(own: &[(Symptom, u32)]) -> bool {
    own.iter().any(|(symptom, _)| *symptom != Symptom::Passed)
}

/// Counts of symptoms per probe over a stretch of rounds, weighted for their correlation.
pub(crate) struct Evidence {
    seen: Vec<(Symptom, f64)>,
    counts: Vec<(Symptom, u32)>,
    start: Vec<usize>,
}

impl Evidence {
    pub(crate) fn gather<'a>(
        layout: &Layout,
        facts: impl Iterator<Item = &'a Fact>,
        correlation: Correlation,
    ) -> Self {
        let mut counts: Vec<Vec<(Symptom, u32)>> = vec![Vec::new(); layout.probes.len()];
        for fact in facts {
            let own = &mut counts[fact.probe];
            match own.iter_mut().find(|(symptom, _)| *symptom == fact.symptom) {
                Some((_, n)) => *n += 1,
                None => own.push((fact.symptom, 1)),
            }
        }
        let crowd = Crowd::count(layout, &counts);
        let mut this = Self { seen: Vec::new(), counts: Vec::new(), start: vec![0] };
        for (probe, own) in layout.probes.iter().zip(counts) {
            let rounds: u32 = own.iter().map(|(_, n)| n).sum();
            let repeats = 1.0 + correlation.of_rounds * f64::from(rounds.saturating_sub(1));
            let others = f64::from(crowd.of(probe.id.kind, &own).saturating_sub(1));
            let weigh = |(symptom, n): &(Symptom, u32)| {
                let alike = 1.0 + correlation.between(probe.id.kind, *symptom) * others;
                (*symptom, f64::from(*n) / (alike * repeats))
            };
            this.seen.extend(own.iter().map(weigh));
            this.counts.extend(own);
            this.start.push(this.seen.len());
        }
        this
    }

    pub(crate) fn of(&self, probe: usize) -> &[(Symptom, f64)] {
        &self.seen[self.start[probe]..self.start[probe + 1]]
    }

    /// What a probe saw, and how often, unweighted.
    pub(crate) fn counts(&self, probe: usize) -> &[(Symptom, u32)] {
        &self.counts[self.start[probe]..self.start[probe + 1]]
    }
}
