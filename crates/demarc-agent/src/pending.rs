//! What this round saw and learnt, until it is handed to the keeper.

use crate::keeper::Record;
use demarc_model::id::CameraId;
use demarc_model::observation::Observation;
use demarc_model::snapshot::CameraSnapshot;
use demarc_store::identity::Met;
use demarc_store::picture::Familiar;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) observations: Vec<Observation>,
    /// Who cameras are; written before the next round, so that a restart does not take a stranger for one.
    met: BTreeMap<CameraId, Met>,
    pictures: BTreeMap<CameraId, Familiar>,
    pub(crate) snapshots: Vec<CameraSnapshot>,
}

impl Pending {
    /// In the place of what was met before.
    pub(crate) fn meet(&mut self, met: Met) {
        self.met.insert(met.camera.clone(), met);
    }

    pub(crate) fn see(&mut self, familiar: Familiar) {
        self.pictures.insert(familiar.camera.clone(), familiar);
    }

    /// What was met under a camera's name is of no account any more.
    pub(crate) fn forget(&mut self, camera: &CameraId) {
        self.met.remove(camera);
    }

    /// Everything, in the order in which it is to be written. The observations come also when there are none:
    /// what waits from before is written with them.
    pub(crate) fn records(&mut self) -> impl Iterator<Item = Record> + use<> {
        let Self { observations, met, pictures, snapshots } = std::mem::take(self);
        let met = (!met.is_empty()).then(|| Record::Identities(met.into_values().collect()));
        let pictures = (!pictures.is_empty()).then(|| Record::Pictures(pictures.into_values().collect()));
        let snapshots = (!snapshots.is_empty()).then_some(Record::Snapshots(snapshots));
        [Some(Record::Observations(observations)), met, pictures, snapshots].into_iter().flatten()
    }
}
