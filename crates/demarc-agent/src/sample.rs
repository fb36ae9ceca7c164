//! A site without anything, and a line that fails: what tests of telling need.

use crate::config::probing;
use demarc_model::fault::{Fault, LineCause};
use demarc_model::id::{ChannelId, IncidentId, SiteId};
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::site::{Language, Site};
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Explanation, Finding, Verdict};
use demarc_store::Store;
use tempfile::TempDir;

pub(crate) fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("demarc.db")).unwrap().store;
    (folder, store)
}

pub(crate) fn keep() -> probing::Store {
    probing::Store { history_days: 1, history_megabytes: 10, snapshot_megabytes: 0 }
}

pub(crate) fn channels() -> Vec<ChannelId> {
    vec![ChannelId::new("noc").unwrap()]
}

pub(crate) fn site() -> Site {
    Site {
        id: SiteId::new("site").unwrap(),
        name: "Site".to_owned(),
        language: Language::English,
        segments: Vec::new(),
        cameras: Vec::new(),
        controls: Vec::new(),
        resolver_on_gateway: false,
        vendor: None,
    }
}

pub(crate) fn transition(id: u64, step: Step, at: Timestamp) -> Transition {
    let verdict = Verdict {
        finding: Finding::Fault(Fault::Line { cause: LineCause::Down }),
        since: at,
        detected: at,
        confidence: 0.998,
        flapping: None,
        explanation: Explanation::default(),
    };
    let incident = Incident {
        id: IncidentId(id),
        site: site().id,
        verdict,
        opened: at,
        changed: None,
        closed: (step == Step::Closed).then_some(at),
        page_admitted: None,
        starts: None,
    };
    Transition { step, at, incident }
}
