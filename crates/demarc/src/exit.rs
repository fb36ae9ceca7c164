//! Exit codes: documented, tested, and the same for every command.

use demarc_model::fault::Domain;
use std::process::ExitCode;

/// How a command ended. `check` and `status` answer with 0 to 3, failures with sysexits codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Healthy,
    /// A verdict against something of ours.
    Local,
    /// A verdict against the vendor.
    Vendor,
    Undetermined,
    /// Wrong arguments.
    Usage,
    /// The running service cannot be reached.
    Unavailable,
    /// Something in this program is broken.
    Software,
    /// A file or a disk failed.
    Io,
    /// The configuration is wrong.
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Healthy => 0,
            Exit::Local => 1,
            Exit::Vendor => 2,
            Exit::Undetermined => 3,
            Exit::Usage => 64,
            Exit::Unavailable => 69,
            Exit::Software => 70,
            Exit::Io => 74,
            Exit::Config => 78,
        })
    }
}

impl From<Domain> for Exit {
    fn from(domain: Domain) -> Self {
        match domain {
            Domain::Healthy => Self::Healthy,
            Domain::Camera
            | Domain::Segment
            | Domain::Lan
            | Domain::Gateway
            | Domain::Line
            | Domain::Dns
            | Domain::Interception
            | Domain::Agent => Self::Local,
            Domain::Vendor => Self::Vendor,
            Domain::Undetermined => Self::Undetermined,
        }
    }
}

/// A command that could not do its part: what went wrong, and the exit code for it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into() }
    }

    pub(crate) fn said(exit: Exit, text: String) -> Self {
        Self { exit, error: anyhow::Error::msg(text) }
    }

    /// The error with its causes, each on a line of its own.
    pub(crate) fn text(&self) -> String {
        let mut causes = self.error.chain().map(ToString::to_string);
        let mut text = causes.next().unwrap_or_default();
        for cause in causes.filter(|cause| !cause.is_empty()) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
        text
    }
}

/// An I/O failure of our own, such as standard output on a full disk.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Io, error)
    }
}
