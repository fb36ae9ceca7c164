//! The recent past: what each probe saw, round by round.

use crate::layout::Layout;
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

/// How far back evidence is kept.
const KEEP: Duration = Duration::from_secs(180);
const MOST_FACTS: usize = 200_000;

/// The facts of the last minutes, in the order in which they were assessed.
#[derive(Default)]
pub(crate) struct Window {
    facts: VecDeque<(u64, Fact)>,
}

impl Window {
    pub(crate) fn push(&mut self, round: u64, facts: &[Fact], now: Timestamp) {
        self.facts.extend(facts.iter().map(|fact| (round, *fact)));
        let oldest = now.minus(KEEP);
        while self.facts.front().is_some_and(|(_, fact)| fact.at < oldest) || self.facts.len() > MOST_FACTS {
            self.facts.pop_front();
        }
    }

    /// Forgets what some probes saw: their fault is over, and its traces must not open it again.
    pub(crate) fn forget(&mut self, probes: &[usize]) {
        self.facts.retain(|(_, fact)| !probes.contains(&fact.probe));
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
        round_correlation: f64,
    ) -> Self {
        let mut counts: Vec<Vec<(Symptom, u32)>> = vec![Vec::new(); layout.probes.len()];
        for fact in facts {
            let own = &mut counts[fact.probe];
            match own.iter_mut().find(|(symptom, _)| *symptom == fact.symptom) {
                Some((_, n)) => *n += 1,
                None => own.push((fact.symptom, 1)),
            }
        }
        let mut this = Self { seen: Vec::new(), counts: Vec::new(), start: vec![0] };
        for (probe, own) in layout.probes.iter().zip(counts) {
            let rounds: u32 = own.iter().map(|(_, n)| n).sum();
            let repeats = 1.0 + round_correlation * f64::from(rounds.saturating_sub(1));
            let weigh = |(symptom, n): &(Symptom, u32)| {
                (*symptom, f64::from(*n) * probe.weight_of(*symptom) / repeats)
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
