//! What an agent wrote down, for reading while it runs or after.

use demarc_diagnosis::matrix;
use demarc_model::incident::Incident;
use demarc_model::matrix::Matrix;
use demarc_model::observation::{Observation, Reading};
use demarc_model::page::PageClaim;
use demarc_model::probe::ProbeKind;
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use std::path::Path;

pub use demarc_store::history::HistoryFilter;
pub use demarc_store::incident::{IncidentFilter, IncidentState};
pub use demarc_store::snapshot::{SnapshotEntry, SnapshotFilter};
pub use demarc_store::{ReadStore, StoreError};

/// Opens the history in a state directory for reading.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn open(state_dir: &Path) -> Result<ReadStore, StoreError> {
    ReadStore::open(&crate::run::database(state_dir))
}

/// How each service of the vendor stood around an incident, as far as the history goes back.
///
/// # Errors
/// The history cannot be read.
pub fn matrix(
    store: &ReadStore,
    site: &Site,
    incident: &Incident,
    now: Timestamp,
) -> Result<Matrix, StoreError> {
    let span = matrix::span(incident, now);
    let page = HistoryFilter {
        kind: Some(ProbeKind::VendorStatus),
        subject: None,
        from: span.from,
        to: span.to(),
        most: u32::MAX,
    };
    let claims: Vec<_> = store.history(&page)?.iter().filter_map(claim).collect();
    Ok(matrix::matrix(site, span, &store.tallies(&matrix::COUNTED, span)?, &claims))
}

fn claim(observation: &Observation) -> Option<(Timestamp, PageClaim)> {
    observation.readings.iter().find_map(|reading| match reading {
        Reading::Page(claim) => Some((observation.at, claim.clone())),
        _ => None,
    })
}
