//! One look at the site: every probe once, and as many more as a verdict takes.

use crate::config::Config;
use crate::config::surroundings::Surroundings;
use crate::run::{Mode, Settings, run};
use crate::snapshot::Snapshot;
use demarc_model::fault::Domain;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A look that has not settled by then ends undetermined: Nagios gives its checks a minute. A stream from
/// which nothing comes has been asked for four times by then.
const LONGEST: Duration = Duration::from_secs(55);
/// Rounds without a new or changed incident after which no more are expected.
const QUIET_ROUNDS: u64 = 3;

/// What a look at the site found.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub snapshot: Snapshot,
    /// Whether the look ended because everything was settled, not because time ran out.
    pub settled: bool,
}

impl Look {
    /// The gravest domain among the findings: a local fault before the vendor's before a tie.
    pub fn domain(&self) -> Domain {
        let domains = || self.snapshot.incidents.iter().map(|i| i.verdict.finding.domain());
        let local = domains().find(|d| !matches!(d, Domain::Vendor | Domain::Undetermined));
        let tie = (!self.settled && self.snapshot.incidents.is_empty()).then_some(Domain::Undetermined);
        local.or_else(|| domains().min()).or(tie).unwrap_or(Domain::Healthy)
    }
}

/// Measures and judges a site once, with what the service has learnt of its cameras in `state_dir`, if there is
/// anything. Nobody is told, and nothing is written but that a password was refused.
///
/// # Errors
/// The probes could not be set up.
pub async fn check(
    config: Config,
    config_path: &Path,
    state_dir: &Path,
    now: Timestamp,
) -> anyhow::Result<Look> {
    let surroundings = Surroundings::look(Some(&config.network), None);
    let (snapshots, mut seen) = watch::channel(Snapshot::new(config.site(&surroundings), now));
    let stop = CancellationToken::new();
    let settings = Settings {
        config,
        config_path: config_path.to_owned(),
        mode: Mode::Check { state_dir: state_dir.to_owned() },
        stop: stop.clone(),
        snapshots,
    };
    let watching = async {
        let settled = tokio::time::timeout(LONGEST, settle(&mut seen)).await.is_ok();
        stop.cancel();
        settled
    };
    let (result, settled) = tokio::join!(run(settings), watching);
    result?;
    Ok(Look { snapshot: seen.borrow().clone(), settled })
}

/// Waits until everything was looked at and nothing more is being looked at closely, or until
/// verdicts have been reached and no more have followed.
async fn settle(seen: &mut watch::Receiver<Snapshot>) {
    let mut last_news = 0;
    let mut incidents: Vec<Finding> = Vec::new();
    while seen.changed().await.is_ok() {
        let now = seen.borrow_and_update();
        if now.incidents.iter().map(|i| &i.verdict.finding).ne(&incidents) {
            incidents = now.incidents.iter().map(|i| i.verdict.finding.clone()).collect();
            last_news = now.rounds;
        }
        let quiet = now.rounds >= last_news + QUIET_ROUNDS;
        let answered = !incidents.is_empty() || !now.suspicious;
        if now.swept && quiet && answered {
            return;
        }
    }
}
