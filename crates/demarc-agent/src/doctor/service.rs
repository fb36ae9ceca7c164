//! The service beside which this command runs: its unit, its watchdog, its sockets.

use super::Check;
use crate::status::{self, StatusError};
use std::fs;
use std::path::{Path, PathBuf};

/// Where units are, the first one in force.
const UNITS: [&str; 3] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

pub(super) fn checks(state_dir: &Path) -> Vec<Check> {
    vec![unit(), socket(state_dir)]
}

fn unit() -> Check {
    let about = "systemd unit";
    let found = UNITS.iter().map(|folder| PathBuf::from(folder).join("demarc.service"));
    let Some((path, text)) =
        found.into_iter().find_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
    else {
        return Check::unused(about, "none is installed; config/demarc.service is one");
    };
    let key = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        lines.next_back().map(str::trim)
    };
    let watched = key("WatchdogSec").is_some_and(|value| value != "0" && !value.is_empty());
    if watched && key("Type") == Some("notify") {
        return Check::good(about, format!("{}, with a watchdog", path.display()));
    }
    let found = format!("{} has no watchdog: an agent that hangs is not restarted", path.display());
    Check::limited(about, found, "write Type=notify and WatchdogSec=60 under [Service]")
}

fn socket(state_dir: &Path) -> Check {
    let about = "running service";
    match status::ask(state_dir) {
        Ok(snapshot) => {
            let warnings = match snapshot.warnings.as_slice() {
                [] => String::new(),
                [one] => format!("; it warns: {one}"),
                [first, ..] => format!("; it warns {} times, first: {first}", snapshot.warnings.len()),
            };
            Check::good(about, format!("answers on its socket, {} probes so far{warnings}", snapshot.probes))
        }
        Err(StatusError::NotRunning { source, .. })
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            Check::limited(
                about,
                "its socket may not be opened by this user",
                "run this as root or as the user of the service",
            )
        }
        Err(StatusError::NotRunning { .. }) => Check::unused(about, "none runs with this state folder"),
        Err(error @ (StatusError::NoAnswer { .. } | StatusError::Foreign(_))) => {
            Check::limited(about, crate::keeper::chain(&error), "systemctl restart demarc")
        }
    }
}
