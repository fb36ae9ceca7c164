//! What can be asked of a simulated site, one line each: by a script, a test or a person.

use crate::camera::state::{Remote, Role};
use crate::fault::{FaultError, SimFault};
use crate::page::{PageSoftware, PageStage};
use std::fmt;
use std::str::FromStr;

/// `camera-dead:cam-03`, `heal camera-dead:cam-03`, `heal-all`, `status investigating`,
/// `status-software instatus`, `account administrator`, `relays cam-03 relay.example:443,192.0.2.1:443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Inject(SimFault),
    Heal(SimFault),
    /// Ends all faults; leaves the status page as it is.
    HealAll,
    Status(PageStage),
    /// Runs the status page with another software.
    Software(PageSoftware),
    /// What the account may do on all cameras.
    Account(Role),
    /// Gives a camera, or `all`, another list of relays; `off` switches its connection off.
    Relays {
        camera: String,
        remote: Remote,
    },
}

/// A line that is no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Fault(#[from] FaultError),
    #[error("the status page knows {known}, not {word:?}", known = PageStage::NAMES.join(", "))]
    Stage { word: String },
    #[error("the status page runs on {known}, not on {word:?}", known = PageSoftware::NAMES.join(", "))]
    Software { word: String },
    #[error("an account is an administrator or a viewer, not {word:?}")]
    Role { word: String },
}

impl FromStr for Command {
    type Err = CommandError;

    fn from_str(text: &str) -> Result<Self, CommandError> {
        let text = text.trim();
        if text == "heal-all" {
            return Ok(Self::HealAll);
        }
        let word = text.strip_prefix("status ").or_else(|| text.strip_prefix("status:"));
        if let Some(word) = word.map(str::trim) {
            let stage = PageStage::from_name(word);
            return stage.map(Self::Status).ok_or_else(|| CommandError::Stage { word: word.to_owned() });
        }
        if let Some(word) = text.strip_prefix("status-software ").map(str::trim) {
            let software = PageSoftware::from_name(word);
            return software
                .map(Self::Software)
                .ok_or_else(|| CommandError::Software { word: word.to_owned() });
        }
        match text.strip_prefix("account ").map(str::trim) {
            Some("administrator") => return Ok(Self::Account(Role::Administrator)),
            Some("viewer") => return Ok(Self::Account(Role::Viewer)),
            Some(word) => return Err(CommandError::Role { word: word.to_owned() }),
            None => {}
        }
        if let Some(rest) = text.strip_prefix("relays ").map(str::trim) {
            let (camera, list) = rest.split_once(' ').unwrap_or((rest, ""));
            return Ok(Self::Relays { camera: camera.to_owned(), remote: Remote::told(list.trim()) });
        }
        match text.strip_prefix("heal ") {
            Some(fault) => Ok(Self::Heal(fault.trim().parse()?)),
            None => Ok(Self::Inject(text.parse()?)),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inject(fault) => write!(f, "{fault}"),
            Self::Heal(fault) => write!(f, "heal {fault}"),
            Self::HealAll => f.write_str("heal-all"),
            Self::Status(stage) => write!(f, "status {}", stage.name()),
            Self::Software(software) => write!(f, "status-software {}", software.name()),
            Self::Account(Role::Administrator) => f.write_str("account administrator"),
            Self::Account(Role::Viewer) => f.write_str("account viewer"),
            Self::Relays { camera, remote } => write!(f, "relays {camera} {remote}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_it_is_read() {
        let lines = [
            "line-down",
            "heal camera-hung:all",
            "heal-all",
            "status investigating",
            "status-software feed",
            "account administrator",
            "relays cam-01 relay.example:443,192.0.2.1:443",
            "relays all off",
        ];
        for line in lines {
            assert_eq!(line.parse::<Command>().map(|command| command.to_string()), Ok(line.to_owned()));
        }
        assert_eq!("status:green".parse::<Command>(), Ok(Command::Status(PageStage::Green)));
        let error = "account guest".parse::<Command>().unwrap_err();
        assert_eq!(error.to_string(), "an account is an administrator or a viewer, not \"guest\"");
        let error = "status blue".parse::<Command>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the status page knows green, investigating, identified, monitoring, resolved, not \"blue\""
        );
    }
}
