//! Whether the wire is flooded: broadcasts and multicasts that this host's own counters see in a second.
//!
//! A loop multiplies every broadcast that anybody sends until nothing else gets through.

use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A branch with two hundred devices has a few dozen; a loop on a slow wire has tens of thousands.
const STORM_PER_SECOND: f64 = 2_000.0;
const APART: Duration = Duration::from_secs(1);

/// `root` is the directory that holds `proc`.
pub(crate) async fn examine(root: &Path, trace: &Trace) -> Result<(), Stop> {
    let unread = || Stop::Missing(MissingReason::NotPermitted);
    let began = Instant::now();
    let before = read(root).ok_or_else(unread)?;
    sleep(APART.min(trace.limits.total / 2)).await;
    let after = read(root).ok_or_else(unread)?;
    judge(after.saturating_sub(before) as f64 / began.elapsed().as_secs_f64())
}

fn judge(per_second: f64) -> Result<(), Stop> {
    if per_second < STORM_PER_SECOND {
        return Ok(());
    }
    let detail = format!(
        "{per_second:.0} broadcasts and multicasts a second come in: look for two switch ports that are connected to \
         each other"
    );
    Err(Stop::failed(Phase::Local, Symptom::Storm, &detail))
}

/// Broadcasts and multicasts received by IP since the start of this host.
fn read(root: &Path) -> Option<u64> {
    let table = fs::read_to_string(root.join("proc/net/netstat")).ok()?;
    Some(counter(&table, "InBcastPkts")?.saturating_add(counter(&table, "InMcastPkts")?))
}

/// `IpExt:` twice, first the names and then the values in the same order: see RFC 1213 and the kernel's
/// `snmp_counter`.
fn counter(table: &str, name: &str) -> Option<u64> {
    let mut lines = table.lines().filter(|line| line.starts_with("IpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let at = names.split_whitespace().position(|field| field == name)?;
    values.split_whitespace().nth(at)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_told_from_a_busy_branch() {
        assert_eq!(judge(300.0), Ok(()));
        let Err(Stop::Failed { symptom, detail, .. }) = judge(41_000.4) else { unreachable!("a storm") };
        assert_eq!(symptom, Symptom::Storm);
        assert!(detail.as_str().starts_with("41000 broadcasts and multicasts a second"), "{detail}");
    }

    #[test]
    fn reads_the_kernels_counters() {
        let table = "TcpExt: SyncookiesSent InBcastPkts\nTcpExt: 1 2\nIpExt: InNoRoutes InMcastPkts OutMcastPkts \
                     InBcastPkts\nIpExt: 0 7 9 35\n";
        assert_eq!((counter(table, "InBcastPkts"), counter(table, "InMcastPkts")), (Some(35), Some(7)));
        assert_eq!(counter("IpExt: InBcastPkts\n", "InBcastPkts"), None);
        assert!(read("/".as_ref()).is_some());
    }
}
