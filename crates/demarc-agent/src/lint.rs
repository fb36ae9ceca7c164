//! What a configuration leaves to be desired, and the lines that would mend it.
//!
//! The configuration itself is never changed, and nothing that is found out here is used by the service.

use crate::config::Config;
use crate::config::surroundings::Surroundings;
use crate::owner::policy;
use crate::plan::{every, plan};
use crate::run;
use demarc_diagnosis::{identify, topology};
use demarc_model::lint::Insight;
use demarc_model::probe::ProbeId;
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::topology::{Past, Proposal};
use demarc_store::{ReadStore, StoreError};
use std::path::Path;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// What the probes of this configuration cannot tell apart, and what else could be better.
pub fn insights(config: &Config, surroundings: &Surroundings) -> Vec<Insight> {
    let site = config.site(surroundings);
    let paths = config.path_specs(surroundings);
    let planned = plan(&paths, &config.camera_specs(), surroundings, &config.probing);
    let probes: Vec<ProbeId> = planned.into_iter().map(|planned| planned.id).collect();
    let every = |kind| every(kind, &config.probing);
    identify::insights(identify::Plan { site: &site, probes: &probes, every: &every }, &policy(config))
}

/// The silences of all cameras in the history of a state directory; nothing while there is none.
///
/// # Errors
/// There is a history, and it cannot be read.
pub fn past(config: &Config, state_dir: &Path, now: Timestamp) -> Result<Option<Past>, StoreError> {
    let file = run::database(state_dir);
    if !file.exists() {
        return Ok(None);
    }
    let from = now.minus(config.store.history_days * DAY);
    ReadStore::open(&file)?.silences(from, now)
}

/// What that past says about the configured segments.
pub fn proposals(config: &Config, site: &Site, past: &Past) -> Vec<Proposal> {
    topology::proposals(site, past, 2 * config.probing.camera_interval)
}
