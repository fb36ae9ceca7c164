//! What an agent wrote down, for reading while it runs or after.

use std::path::Path;

pub use demarc_store::history::HistoryFilter;
pub use demarc_store::incident::{IncidentFilter, IncidentState};
pub use demarc_store::{ReadStore, StoreError};

/// Opens the history in a state directory for reading.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn open(state_dir: &Path) -> Result<ReadStore, StoreError> {
    ReadStore::open(&crate::run::database(state_dir))
}
