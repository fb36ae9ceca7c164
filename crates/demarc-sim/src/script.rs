//! A story told to a simulated site: what happens when, and what time it is in the story.
//!
//! A script is data. Carrying out its steps at their times is the teller's work.

use crate::command::{Command, CommandError};
use demarc_model::time::Timestamp;
use jiff::Zoned;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use std::time::Duration;

/// Steps in the order of their times.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub title: String,
    pub steps: Vec<Step>,
    /// Wall time since the beginning and story time, both rising.
    clock: Vec<(Duration, Timestamp)>,
    offset: Offset,
}

/// What happens at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Since the beginning.
    pub at: Duration,
    pub commands: Vec<Command>,
    /// For the spectator.
    pub say: Option<String>,
}

/// A script that is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    pub name: &'static str,
    pub text: &'static str,
}

/// The scripts that are part of the program, the one that is told unasked first.
pub const SHIPPED: [Shipped; 7] = [
    Shipped { name: "axis-2022", text: include_str!("../scenarios/axis-2022.toml") },
    Shipped { name: "axis-2019", text: include_str!("../scenarios/axis-2019.toml") },
    Shipped { name: "one-region", text: include_str!("../scenarios/one-region.toml") },
    Shipped { name: "cry-wolf", text: include_str!("../scenarios/cry-wolf.toml") },
    Shipped { name: "captive-portal", text: include_str!("../scenarios/captive-portal.toml") },
    Shipped { name: "operator-dns", text: include_str!("../scenarios/operator-dns.toml") },
    Shipped { name: "expired-certificate", text: include_str!("../scenarios/expired-certificate.toml") },
];

/// A script that cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("not a script")]
    Toml(#[from] toml::de::Error),
    #[error("step {step} is at {at} seconds; steps follow each other and begin at 0 or later")]
    Order { step: usize, at: f64 },
    #[error("step {step} says {line:?}")]
    Command { step: usize, line: String, source: CommandError },
    #[error("step {step} is at {text:?} in the story, which is no later time with an offset")]
    Story { step: usize, text: String },
}

mod file {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Script {
        pub(super) title: String,
        pub(super) step: Vec<Step>,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Step {
        pub(super) at: f64,
        pub(super) story: Option<String>,
        #[serde(default, rename = "do")]
        pub(super) commands: Vec<String>,
        pub(super) say: Option<String>,
    }
}

impl Script {
    /// # Errors
    /// The text is not TOML of this shape, a command is not known, or times do not rise.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let file: file::Script = toml::from_str(text)?;
        let mut script = Self { title: file.title, steps: vec![], clock: vec![], offset: Offset::UTC };
        for (index, step) in file.step.into_iter().enumerate() {
            script.add(index + 1, step)?;
        }
        Ok(script)
    }

    fn add(&mut self, number: usize, step: file::Step) -> Result<(), ScriptError> {
        let order = ScriptError::Order { step: number, at: step.at };
        let Ok(at) = Duration::try_from_secs_f64(step.at) else { return Err(order) };
        if self.steps.last().is_some_and(|last| last.at > at) {
            return Err(order);
        }
        if let Some(text) = step.story {
            self.add_story(at, &text).ok_or(ScriptError::Story { step: number, text })?;
        }
        let command =
            |line: String| line.parse().map_err(|source| ScriptError::Command { step: number, line, source });
        let commands = step.commands.into_iter().map(command).collect::<Result<_, _>>()?;
        self.steps.push(Step { at, commands, say: step.say });
        Ok(())
    }

    fn add_story(&mut self, at: Duration, text: &str) -> Option<()> {
        let offset = Pieces::parse(text).ok()?.to_numeric_offset()?;
        let story = text.parse::<Timestamp>().ok()?;
        if self.clock.last().is_some_and(|last| last.0 >= at || last.1 >= story) {
            return None;
        }
        self.offset = offset;
        self.clock.push((at, story));
        Some(())
    }

    /// When the last step is.
    pub fn length(&self) -> Duration {
        self.steps.last().map_or(Duration::ZERO, |step| step.at)
    }

    /// The time in the story: even between the points that the script gives, and still before the
    /// first and after the last. `None` for a script without any.
    pub fn story_time(&self, elapsed: Duration) -> Option<Zoned> {
        let after = self.clock.partition_point(|(at, _)| *at <= elapsed);
        let story = match (after.checked_sub(1).map(|before| self.clock[before]), self.clock.get(after)) {
            (Some(before), Some(next)) => between(before, *next, elapsed),
            (Some((_, story)), None) | (None, Some(&(_, story))) => story.as_millis(),
            (None, None) => return None,
        };
        let time = jiff::Timestamp::from_millisecond(story).ok()?;
        Some(time.to_zoned(TimeZone::fixed(self.offset)))
    }
}

fn between(before: (Duration, Timestamp), next: (Duration, Timestamp), elapsed: Duration) -> i64 {
    let share = (elapsed - before.0).as_secs_f64() / (next.0 - before.0).as_secs_f64();
    let span = next.1.since(before.1).as_secs_f64() * 1000.0;
    before.1.as_millis() + (share * span).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_clock_runs_evenly_between_its_points() {
        let script = Script::parse(
            "title = \"t\"\n\
             [[step]]\nat = 2\nstory = \"2022-02-20T17:00:00+01:00\"\n\
             [[step]]\nat = 4.5\ndo = [\"line-down\"]\n\
             [[step]]\nat = 12\nstory = \"2022-02-20T18:00:00+01:00\"\n\
             [[step]]\nat = 14\nstory = \"2022-02-22T18:00:00+01:00\"\n",
        );
        let script = script.unwrap();
        let cases = [
            (0, "2022-02-20T17:00:00+01:00"),
            (2, "2022-02-20T17:00:00+01:00"),
            (7, "2022-02-20T17:30:00+01:00"),
            (12, "2022-02-20T18:00:00+01:00"),
            (13, "2022-02-21T18:00:00+01:00"),
            (99, "2022-02-22T18:00:00+01:00"),
        ];
        for (seconds, expected) in cases {
            let time = script.story_time(Duration::from_secs(seconds)).unwrap();
            assert_eq!(time.to_string(), format!("{expected}[+01:00]"), "{seconds}");
        }
        assert_eq!(script.length(), Duration::from_secs(14));
        let untold = Script::parse("title = \"t\"\nstep = []").unwrap();
        assert_eq!(untold.story_time(Duration::ZERO), None);
    }

    #[test]
    fn says_what_cannot_be_told() {
        let cases = [
            ("[[step]]\nat = -1", "step 1 is at -1 seconds; steps follow each other and begin at 0 or later"),
            (
                "[[step]]\nat = 3\n[[step]]\nat = 2",
                "step 2 is at 2 seconds; steps follow each other and begin at 0 or later",
            ),
            ("[[step]]\nat = 1\ndo = [\"sing\"]", "step 1 says \"sing\""),
            (
                "[[step]]\nat = 1\nstory = \"2022-02-20\"",
                "step 1 is at \"2022-02-20\" in the story, which is no later time with an offset",
            ),
            ("[[step]]\nat = 1\nwhat = 2", "not a script"),
        ];
        for (steps, expected) in cases {
            let error = Script::parse(&format!("title = \"t\"\n{steps}")).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn every_shipped_story_ends_well() {
        for shipped in SHIPPED {
            let script =
                Script::parse(shipped.text).unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
            ends_well(&script);
            assert!(script.length() < Duration::from_secs(120), "{}", shipped.name);
            assert!(script.steps.iter().all(|step| step.say.is_some()), "{}", shipped.name);
        }
    }

    #[test]
    fn the_first_story_has_the_hours_of_february_2022() {
        let script = Script::parse(SHIPPED[0].text).unwrap();
        let silence = script.story_time(Duration::from_secs(12)).unwrap();
        assert_eq!(silence.to_string(), "2022-02-20T18:00:00+01:00[+01:00]");
    }

    fn ends_well(script: &Script) {
        let mut active = Vec::new();
        for command in script.steps.iter().flat_map(|step| &step.commands) {
            match command {
                Command::Inject(fault) => active.push(fault),
                Command::Heal(fault) => {
                    let index = active.iter().position(|known| *known == fault);
                    active.swap_remove(index.unwrap_or_else(|| panic!("{fault} is not there to heal")));
                }
                Command::HealAll => active.clear(),
                Command::Status(_) | Command::Software(_) | Command::Account(_) | Command::Relays { .. } => {}
            }
        }
        assert_eq!(active, Vec::<&crate::SimFault>::new());
    }
}
