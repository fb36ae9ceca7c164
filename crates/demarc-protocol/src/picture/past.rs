//! A camera's pictures against its own past, because no two scenes are alike: what one camera never
//! shows, another shows every night.

use super::{Changed, Grid};

/// The hours of a day.
const HOURS: usize = 24;

/// What one camera's pictures have in common, as far as is known: a few numbers, from which no picture
/// can be made.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Habits {
    /// The smallest part of a live picture that is new in the next one, from 0 to 1.
    liveliness: Usual,
    /// How far dark and bright parts are apart, in shades from 0 to 255.
    contrast: Usual,
    /// For each hour of the day (UTC) how many more bright days it takes until a dark picture in it is
    /// not taken for a night any more.
    nights: [u8; HOURS],
}

/// A quantity that drifts.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
struct Usual {
    value: f64,
    /// How often it was seen.
    looks: u32,
}

impl Habits {
    /// Whether so much has been learnt since `old` that it should be written down: each time at first,
    /// later with every dozen looks and with every night.
    pub fn are_news_after(&self, old: &Self) -> bool {
        const OFTEN: u32 = 12;
        let looks = |habits: &Self| habits.liveliness.looks.max(habits.contrast.looks);
        let learns_quickly = looks(self) < OFTEN && self != old;
        learns_quickly || self.nights != old.nights || looks(self).abs_diff(looks(old)) >= OFTEN
    }
}

/// What was learnt from the pictures of one camera.
#[derive(Debug, Default)]
pub struct Past {
    last: Option<Grid>,
    /// Every picture was the same as the one before.
    still: Option<Still>,
    habits: Habits,
    dark_since_ms: Option<i64>,
    /// The last picture was dark as well.
    was_dark: bool,
    /// The last stillness was called frozen.
    was_frozen: bool,
    /// The hour that was last seen bright, counted from 1970.
    bright_hour: i64,
}

#[derive(Debug)]
struct Still {
    since_ms: i64,
    /// Where something changed all the same. A clock changes in its place, a thing that moves does not.
    places: Changed,
}

/// What a pair of pictures says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impression {
    /// Lives and shows something.
    Good,
    /// It stands still or shows nothing, and that is no proof of a fault: it was seen only once, or too
    /// little is known of this camera.
    Doubtful,
    /// The same as before but for a few places, which this camera's pictures never are.
    Frozen,
    /// Dark, covered or of one colour, where this camera shows something at other times.
    Dark,
}

/// What changes in a frozen picture: a clock that is written over it.
const STILL: f64 = 0.08;
/// A camera whose live pictures hold less news than this is never said to be frozen for it.
const LIVELY: f64 = 3.0 * STILL;
/// Without knowing the camera, a picture that is the same for so long is frozen.
const LONG_STILL_MS: i64 = 10 * 60_000;
/// Looks before anything is usual.
const KNOWN: u32 = 3;
/// Shades between dark and bright parts below which a picture shows nothing.
const FLAT: u8 = 8;
const USUALLY_SHOWS: f64 = 3.0 * FLAT as f64;
/// Black is black a little earlier.
const BLACK: u8 = 16;
const FLAT_IF_BLACK: u8 = 12;

impl Past {
    /// A camera whose habits are known from before.
    pub fn of(habits: Habits) -> Self {
        Self { habits, ..Self::default() }
    }

    /// What is usual so far.
    pub const fn habits(&self) -> &Habits {
        &self.habits
    }

    /// Takes two pictures of one look, the earlier first.
    pub fn judge(&mut self, first: &Grid, second: Grid, at_ms: i64) -> Impression {
        let since_last = self.last.as_ref().and_then(|last| last.changed(first));
        let within = first.changed(&second);
        let (middle, contrast) = second.shades();
        let is_flat = contrast < FLAT || (middle < BLACK && contrast < FLAT_IF_BLACK);
        let flat = self.judge_flat(is_flat, contrast, at_ms);
        self.last = Some(second);
        match (flat, within) {
            (Impression::Good, Some(within)) => self.judge_stillness(within, since_last, at_ms),
            // The resolution has just changed.
            (Impression::Good, None) => Impression::Good,
            (flat, _) => {
                self.still = None;
                flat
            }
        }
    }

    fn judge_flat(&mut self, is_flat: bool, contrast: u8, at_ms: i64) -> Impression {
        if !is_flat {
            learn(&mut self.habits.contrast, f64::from(contrast));
            self.was_dark = false;
            if let Some(since_ms) = self.dark_since_ms.take() {
                self.learn_night(since_ms, at_ms);
            }
            self.pass_bright(at_ms);
            return Impression::Good;
        }
        let again = std::mem::replace(&mut self.was_dark, true);
        self.dark_since_ms.get_or_insert(at_ms);
        match known(self.habits.contrast) {
            Some(usual) if again && usual >= USUALLY_SHOWS && !self.is_night(at_ms) => Impression::Dark,
            Some(_) | None => Impression::Doubtful,
        }
    }

    fn judge_stillness(&mut self, within: Changed, since_last: Option<Changed>, at_ms: i64) -> Impression {
        if within.part() > STILL {
            self.still = None;
            let liveliness = &mut self.habits.liveliness;
            learn_least(liveliness, within.part());
            since_last.into_iter().for_each(|changed| learn_least(liveliness, changed.part()));
            // What went on by itself may have been a scene without noise; it is not said again soon.
            if std::mem::take(&mut self.was_frozen) {
                learn_least(liveliness, STILL);
            }
            return Impression::Good;
        }
        let Some(since_last) = since_last.filter(|changed| changed.part() <= STILL) else {
            // The same twice in a second may be one picture given out twice.
            self.still = Some(Still { since_ms: at_ms, places: within });
            return Impression::Doubtful;
        };
        let still = self.still.get_or_insert_with(|| Still { since_ms: at_ms, places: within.clone() });
        still.places.also(&within);
        still.places.also(&since_last);
        if still.places.part() > STILL {
            self.still = None;
            return Impression::Good;
        }
        self.was_frozen = match known(self.habits.liveliness) {
            Some(usual) => usual >= LIVELY,
            None => at_ms.saturating_sub(still.since_ms) >= LONG_STILL_MS,
        };
        if self.was_frozen { Impression::Frozen } else { Impression::Doubtful }
    }
}

/// How much of a new value is taken over.
const LEARN: f64 = 0.02;

fn learn(usual: &mut Usual, seen: f64) {
    usual.value = if usual.looks == 0 { seen } else { usual.value + LEARN * (seen - usual.value) };
    usual.looks = usual.looks.saturating_add(1);
}

/// Falls at once and rises slowly.
fn learn_least(usual: &mut Usual, seen: f64) {
    if usual.looks > 0 && seen < usual.value {
        (usual.value, usual.looks) = (seen, usual.looks.saturating_add(1));
    } else {
        learn(usual, seen);
    }
}

fn known(usual: Usual) -> Option<f64> {
    (usual.looks >= KNOWN).then_some(usual.value)
}

const HOUR_MS: i64 = 3_600_000;
/// After so many bright days an hour is a night no more.
const WEEK: u8 = 7;
/// A longer darkness is no night.
const LONGEST_NIGHT: i64 = 16;

/// A room whose light is switched off is dark without anything being wrong. That is known after the
/// first such night.
impl Past {
    /// A darkness has ended by itself. Dusk moves, so an hour on either side belongs to it.
    fn learn_night(&mut self, from_ms: i64, to_ms: i64) {
        let (from, to) = (from_ms.div_euclid(HOUR_MS), to_ms.div_euclid(HOUR_MS));
        if to.saturating_sub(from) <= LONGEST_NIGHT {
            (from - 1..=to + 1).for_each(|hour| self.habits.nights[of_day(hour)] = WEEK);
        }
    }

    fn pass_bright(&mut self, at_ms: i64) {
        let hour = at_ms.div_euclid(HOUR_MS);
        if hour != self.bright_hour {
            self.bright_hour = hour;
            let days = &mut self.habits.nights[of_day(hour)];
            *days = days.saturating_sub(1);
        }
    }

    fn is_night(&self, at_ms: i64) -> bool {
        self.habits.nights[of_day(at_ms.div_euclid(HOUR_MS))] > 0
    }
}

fn of_day(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(HOURS as i64)).unwrap_or(0)
}
