//! What an earlier run left behind in the state directory.

use demarc_model::id::IncidentId;
use demarc_model::incident::Incident;
use demarc_store::breaker::Breaker;
use demarc_store::identity::Met;
use demarc_store::picture::Familiar;
use demarc_store::relay::Told;
use demarc_store::{ReadStore, StoreError};
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) struct Remembered {
    pub(crate) open: Vec<Incident>,
    pub(crate) next: IncidentId,
    pub(crate) breakers: Vec<Breaker>,
    pub(crate) identities: Vec<Met>,
    pub(crate) pictures: Vec<Familiar>,
    /// Which relays the cameras name.
    pub(crate) relays: Vec<Told>,
    /// Which of those have answered.
    pub(crate) answered: BTreeSet<String>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            next: IncidentId(1),
            breakers: Vec::new(),
            identities: Vec::new(),
            pictures: Vec::new(),
            relays: Vec::new(),
            answered: BTreeSet::new(),
        }
    }
}

/// For the service, which goes on from there.
pub(crate) fn whole(reader: &ReadStore) -> Result<Remembered, StoreError> {
    Ok(Remembered { open: reader.open_incidents()?, next: reader.next_incident_id()?, ..cameras(reader)? })
}

/// For a single look beside the service or without one: whom the cameras are to be, what their pictures
/// are like, which relays they name and which passwords must not be tried, and no verdict of an earlier run.
/// Nothing, where there is nothing to be read.
pub(crate) fn for_a_look(database: &Path) -> Remembered {
    let read = ReadStore::open(database).and_then(|reader| cameras(&reader));
    read.unwrap_or_else(|error| {
        tracing::debug!(%error, "nothing is known from before");
        Remembered::default()
    })
}

fn cameras(reader: &ReadStore) -> Result<Remembered, StoreError> {
    Ok(Remembered {
        breakers: reader.breakers()?,
        identities: reader.identities()?,
        pictures: reader.pictures()?,
        relays: reader.relays()?,
        answered: reader.answered()?,
        ..Remembered::default()
    })
}
