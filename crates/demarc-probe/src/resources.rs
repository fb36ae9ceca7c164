//! Whether this process can still open files and sockets: a probe that cannot be begun is missing, and
//! nobody would learn why.

use crate::trace::Stop;
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use rustix::process::{Resource, getrlimit};
use std::fs;

/// Fewer descriptors than this part of all left, and probes will soon fail to begin.
const LEAST_LEFT: f64 = 0.1;

pub(crate) fn examine() -> Result<(), Stop> {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return system() };
    // The folder that is read is one of them.
    let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count).saturating_sub(1);
    judge("this process", open as u64, limit)?;
    system()
}

fn system() -> Result<(), Stop> {
    let table = fs::read_to_string("/proc/sys/fs/file-nr").unwrap_or_default();
    let (open, most) = file_nr(&table).ok_or(Stop::Missing(MissingReason::NotPermitted))?;
    judge("this computer", open, most)
}

/// `used, used and free, most`: see proc_sys_fs(5).
fn file_nr(table: &str) -> Option<(u64, u64)> {
    let mut fields = table.split_whitespace();
    Some((fields.next()?.parse().ok()?, fields.nth(1)?.parse().ok()?))
}

fn judge(whose: &str, open: u64, most: u64) -> Result<(), Stop> {
    let left = most.saturating_sub(open);
    if left as f64 >= most as f64 * LEAST_LEFT {
        return Ok(());
    }
    let detail = format!("{whose} has {open} of at most {most} files and sockets open");
    Err(Stop::failed(Phase::Local, Symptom::Unfit, &detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::observation::Outcome;

    #[test]
    fn the_last_tenth_is_told() {
        let told = |open| Outcome::from(judge("this process", open, 1024).unwrap_err());
        assert_eq!(judge("this process", 921, 1024), Ok(()));
        let Outcome::Failed { phase, symptom, detail } = told(922) else { unreachable!("it failed") };
        assert_eq!((phase, symptom), (Phase::Local, Symptom::Unfit));
        assert_eq!(detail.as_str(), "this process has 922 of at most 1024 files and sockets open");
    }

    #[test]
    fn reads_what_the_kernel_counts() {
        assert_eq!(file_nr("1376\t0\t9223372036854775807\n"), Some((1376, 9_223_372_036_854_775_807)));
        assert_eq!(file_nr(""), None);
        assert_eq!(examine(), Ok(()));
    }
}
