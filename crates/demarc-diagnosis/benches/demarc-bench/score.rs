//! From trials to figures.

use crate::blame::{Blames, components};
use crate::rival::Rival;
use crate::trial::{Cell, Faults, Outcome, Said};
use crate::trouble::Manner;
use std::collections::BTreeMap;

/// The seconds at which the share of exact verdicts is taken, for the table and the plot.
pub(crate) const MOMENTS: [u64; 13] = [4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 65];

/// The figures of one method in one cell. Shares are in percent of all trials, times in seconds.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct Figures {
    pub(crate) trials: usize,
    pub exact_30: f64,
    pub exact_60: f64,
    /// Component right, cause aside.
    pub component_60: f64,
    /// Something innocent was blamed at some time.
    pub(crate) false_blame: f64,
    pub(crate) partly_right: f64,
    pub(crate) undetermined: f64,
    pub(crate) silent: f64,
    pub first_right_p50: f64,
    pub first_right_p95: f64,
    pub exact_p50: f64,
    pub exact_p95: f64,
    pub onset_error_p50: f64,
    pub(crate) brier: f64,
    pub(crate) calibration_error: f64,
    /// Share of exact verdicts at each of [`MOMENTS`].
    pub(crate) over_time: Vec<f64>,
    /// All times to the first right verdict, sorted.
    #[serde(skip)]
    pub(crate) times: Vec<f64>,
    /// Confidence and whether it was justified, for the reliability diagram.
    #[serde(skip)]
    pub(crate) calibration: Vec<(f64, bool)>,
    /// For every kind of trouble: trials, share exact at 60 s, median seconds to the right verdict.
    pub(crate) kinds: Vec<(String, usize, f64, f64)>,
    /// What was said instead, most frequent first.
    pub(crate) mistakes: Vec<(String, usize)>,
}

pub(crate) struct Scored {
    pub(crate) cell: Cell,
    pub(crate) demarc: Figures,
    pub(crate) rivals: Vec<(Rival, Figures)>,
    /// Nanoseconds: median and 99th percentile of a quiet round, and of one in which something is weighed.
    pub(crate) quiet_ns: (f64, f64),
    pub(crate) weighed_ns: (f64, f64),
}

#[derive(Default)]
struct Tally {
    trials: usize,
    exact: Vec<usize>,
    exact_30: usize,
    exact_60: usize,
    component: usize,
    blamed: usize,
    partly: usize,
    undetermined: usize,
    silent: usize,
    first: Vec<f64>,
    full: Vec<f64>,
    onset: Vec<f64>,
    calibration: Vec<(f64, bool)>,
    kinds: BTreeMap<String, (usize, usize, Vec<f64>)>,
    mistakes: BTreeMap<String, (usize, usize)>,
}

pub(crate) fn score(cell: Cell, outcomes: &[Outcome]) -> Scored {
    let mut demarc = Tally::default();
    let mut rivals: Vec<Tally> = Rival::ALL.iter().map(|_| Tally::default()).collect();
    let (mut quiet, mut weighed) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        demarc.take(&cell, outcome, &outcome.said);
        demarc.take_calibration(&cell, outcome);
        for (tally, said) in rivals.iter_mut().zip(&outcome.rivals) {
            tally.take(&cell, outcome, said);
        }
        quiet.extend(outcome.quiet_ns.iter().map(|ns| f64::from(*ns)));
        weighed.extend(outcome.weighed_ns.iter().map(|ns| f64::from(*ns)));
    }
    let spread = |mut list: Vec<f64>| {
        list.sort_by(f64::total_cmp);
        (quantile(&list, 0.5), quantile(&list, 0.99))
    };
    Scored {
        cell,
        demarc: demarc.figures(),
        rivals: Rival::ALL.into_iter().zip(rivals.into_iter().map(Tally::figures)).collect(),
        quiet_ns: spread(quiet),
        weighed_ns: spread(weighed),
    }
}

impl Tally {
    fn take(&mut self, cell: &Cell, outcome: &Outcome, said: &[Said]) {
        let truth = outcome.blames();
        let last_onset = outcome.onsets_ms.iter().max().copied().unwrap_or(0);
        // A masked fault need not be blamed: what can be seen has to be named.
        let hides = cell.faults == Faults::Masked || cell.manner == Manner::Grey;
        let whole = if hides && !outcome.visible.is_empty() { &outcome.visible } else { &truth };
        let seen = |blames: &Blames| reduce(cell, blames);
        let (truth, whole) = (seen(&truth), seen(whole));
        let at = |ms: u64| said.iter().rfind(|s| s.at_ms <= ms);
        let right = |named: &Blames| whole.is_subset(named) && named.is_subset(&truth);
        let exact = |s: Option<&Said>| s.map_or(whole.is_empty(), |s| right(&seen(&s.blames)));
        self.trials += 1;
        self.exact.resize(MOMENTS.len(), 0);
        for (n, second) in MOMENTS.into_iter().enumerate() {
            self.exact[n] += usize::from(exact(at(last_onset + second * 1000)));
        }
        self.exact_30 += usize::from(exact(at(last_onset + 30_000)));
        let end = at(last_onset + 60_000);
        let is_exact = exact(end);
        self.exact_60 += usize::from(is_exact);
        let named = end.map_or_else(Blames::new, |s| seen(&s.blames));
        self.component += usize::from(components(&named) == components(&whole));
        let guilty = |s: &Said| seen(&s.blames).iter().any(|b| !truth.contains(b));
        let wrong = said.iter().any(guilty);
        self.blamed += usize::from(wrong);
        let open = end.is_some_and(|s| s.undetermined);
        self.undetermined += usize::from(!wrong && !is_exact && open);
        self.partly += usize::from(!wrong && !is_exact && !open && !named.is_empty());
        self.silent += usize::from(!wrong && !is_exact && !open && named.is_empty());
        let right = said.iter().find(|s| !s.blames.is_empty() && !guilty(s));
        self.first.extend(right.map(|s| s.at_ms as f64 / 1000.0));
        let full = said.iter().find(|s| exact(Some(s)) && !s.blames.is_empty());
        self.full.extend(full.map(|s| s.at_ms.saturating_sub(last_onset) as f64 / 1000.0));
        let kind = format!("{:?}", outcome.truth[0]);
        let kind = kind.replace(|c: char| c.is_ascii_digit(), "").replace("(, ", "(").replace("()", "");
        let own = self.kinds.entry(kind).or_default();
        own.0 += 1;
        own.1 += usize::from(is_exact);
        own.2.extend(right.map(|s| s.at_ms as f64 / 1000.0));
        if !is_exact || wrong {
            let first_wrong = said.iter().find(|s| guilty(s)).or(end);
            let what = first_wrong.map_or_else(
                || "nothing".to_owned(),
                |s| {
                    if s.undetermined {
                        format!("{:?} + undetermined", s.blames)
                    } else {
                        format!("{:?}", s.blames)
                    }
                },
            );
            let own = self.mistakes.entry(format!("{:?} -> {what}", outcome.truth));
            own.or_insert((0, self.trials - 1)).0 += 1;
        }
    }

    fn take_calibration(&mut self, cell: &Cell, outcome: &Outcome) {
        let truth = reduce(cell, &outcome.blames());
        for opened in outcome.opened.iter().filter(|o| !o.undetermined) {
            let right = reduce(cell, &opened.blames).is_subset(&truth);
            self.calibration.push((opened.confidence, right));
            let onset =
                outcome.onsets_ms.iter().map(|onset| (opened.since_ms - *onset as i64).unsigned_abs());
            if right {
                self.onset.extend(onset.min().map(|ms| ms as f64 / 1000.0));
            }
        }
    }

    fn figures(mut self) -> Figures {
        for list in [&mut self.first, &mut self.full, &mut self.onset] {
            list.sort_by(f64::total_cmp);
        }
        let share = |n: usize| 100.0 * n as f64 / self.trials.max(1) as f64;
        let (brier, calibration_error) = reliability(&self.calibration);
        let tell =
            |(what, (n, trial)): (String, (usize, usize))| (format!("{what} (first in trial {trial})"), n);
        let mut mistakes: Vec<(String, usize)> = self.mistakes.into_iter().map(tell).collect();
        mistakes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let kinds = self.kinds.into_iter().map(|(kind, (n, exact, mut times))| {
            times.sort_by(f64::total_cmp);
            (kind, n, 100.0 * exact as f64 / n as f64, quantile(&times, 0.5))
        });
        Figures {
            kinds: kinds.collect(),
            trials: self.trials,
            exact_30: share(self.exact_30),
            exact_60: share(self.exact_60),
            component_60: share(self.component),
            false_blame: share(self.blamed),
            partly_right: share(self.partly),
            undetermined: share(self.undetermined),
            silent: share(self.silent),
            first_right_p50: quantile(&self.first, 0.5),
            first_right_p95: quantile(&self.first, 0.95),
            exact_p50: quantile(&self.full, 0.5),
            exact_p95: quantile(&self.full, 0.95),
            onset_error_p50: quantile(&self.onset, 0.5),
            brier,
            calibration_error,
            over_time: self.exact.iter().map(|n| share(*n)).collect(),
            times: self.first,
            calibration: self.calibration,
            mistakes,
        }
    }
}

/// A fault that shows itself in part may be read as a milder cause of the same component.
fn reduce(cell: &Cell, blames: &Blames) -> Blames {
    match cell.manner {
        Manner::Hard => blames.clone(),
        Manner::Partial | Manner::Flapping | Manner::Grey => components(blames),
    }
}

pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() { f64::NAN } else { sorted[((sorted.len() - 1) as f64 * share).round() as usize] }
}

/// Twenty bins of confidence: how many verdicts, their mean confidence, and how many were right.
pub(crate) fn bins(calibration: &[(f64, bool)]) -> Vec<(usize, f64, f64)> {
    let bin = |c: f64| ((c * 20.0) as usize).min(19);
    let own = |n: usize| calibration.iter().filter(move |(c, _)| bin(*c) == n);
    (0..20)
        .map(|n| {
            let count = own(n).count();
            let mean = own(n).map(|(c, _)| c).sum::<f64>() / count.max(1) as f64;
            let right = own(n).filter(|(_, right)| *right).count() as f64 / count.max(1) as f64;
            (count, mean, right)
        })
        .collect()
}

/// Brier score and expected calibration error.
fn reliability(calibration: &[(f64, bool)]) -> (f64, f64) {
    let n = calibration.len().max(1) as f64;
    let brier =
        calibration.iter().map(|(c, right)| (c - f64::from(u8::from(*right))).powi(2)).sum::<f64>() / n;
    let error =
        bins(calibration).iter().map(|(count, mean, right)| *count as f64 / n * (mean - right).abs()).sum();
    (brier, error)
}
