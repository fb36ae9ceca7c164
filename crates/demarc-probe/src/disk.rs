//! Whether the agent can keep its state: a small file written through to the disk, and room for more.

use crate::tcp::is_exhaustion;
use crate::trace::{Stop, Trace, spoken};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use std::io;
use std::path::Path;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout_at;

const MIB: u64 = 1 << 20;

pub(crate) async fn examine(directory: &Path, least_free: u64, trace: &Trace) -> Result<(), Stop> {
    match timeout_at(trace.deadline(), write_once(directory)).await {
        Err(_) => {
            Err(unfit(&format!("the disk did not finish a write within {}", spoken(trace.limits.total))))
        }
        Ok(Err(error)) if is_exhaustion(&error) => Err(Stop::Missing(MissingReason::Agent)),
        Ok(Err(error)) => Err(unfit(&format!("cannot write in {}: {error}", directory.display()))),
        Ok(Ok(())) => room(directory, least_free),
    }
}

async fn write_once(directory: &Path) -> io::Result<()> {
    // A name of its own: others may examine the same directory, and a link that stands there already
    // must not be followed.
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(io::Error::from)?;
    let path = directory.join(format!(".demarc-write-check-{:016x}", u64::from_ne_bytes(name)));
    let mut file = fs::File::create_new(&path).await?;
    let written = async {
        file.write_all(&[0x2e; 4096]).await?;
        file.sync_all().await
    };
    let written = written.await;
    let removed = fs::remove_file(&path).await;
    written.and(removed)
}

fn room(directory: &Path, least_free: u64) -> Result<(), Stop> {
    let stats = rustix::fs::statvfs(directory)
        .map_err(|error| unfit(&format!("cannot see the room in {}: {error}", directory.display())))?;
    let free = stats.f_bavail.saturating_mul(stats.f_frsize);
    if free < least_free {
        return Err(unfit(&format!(
            "{} MiB are free in {}, {} MiB are needed",
            free / MIB,
            directory.display(),
            least_free.div_ceil(MIB)
        )));
    }
    Ok(())
}

fn unfit(detail: &str) -> Stop {
    Stop::failed(Phase::Local, Symptom::Unfit, detail)
}
