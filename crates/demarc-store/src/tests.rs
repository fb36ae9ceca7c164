//! The store against real files. What all tests need: incidents, observations, a fresh directory.

mod damage;
mod history;
mod identity;
mod incident;
mod kill;
mod outbox;
mod page;
mod refusal;
mod silence;
mod snapshot;

use crate::Store;
use demarc_model::fault::{Fault, VendorCause};
use demarc_model::id::{CapabilityId, ChannelId, IncidentId, SiteId, VendorId};
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Explanation, Finding, Verdict};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// The end of an incident is not held back.
const AT_ONCE: Duration = Duration::ZERO;

/// 2022-02-20T17:00:00Z and so many seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_645_376_400_000 + seconds * 1_000)
}

fn channel(name: &str) -> ChannelId {
    ChannelId::new(name).unwrap()
}

fn channels(names: &[&str]) -> Vec<ChannelId> {
    names.iter().map(|name| channel(name)).collect()
}

/// A vendor outage that was opened at second `id`, with the step taken at second `seconds`.
fn transition(id: u64, step: Step, seconds: i64) -> Transition {
    let fault = Fault::Vendor {
        vendor: VendorId::new("axis").unwrap(),
        capabilities: vec![CapabilityId::new("remote-access").unwrap()],
        cause: VendorCause::Outage,
        regions: vec![],
    };
    let opened = at(i64::try_from(id).unwrap());
    let verdict = Verdict {
        finding: Finding::Fault(fault),
        since: opened,
        detected: opened,
        confidence: 0.998,
        flapping: None,
        explanation: Explanation::default(),
    };
    let incident = Incident {
        id: IncidentId(id),
        site: SiteId::new("se-mmo-0412").unwrap(),
        verdict,
        opened,
        changed: (step == Step::Changed).then(|| at(seconds)),
        closed: (step == Step::Closed).then(|| at(seconds)),
        page_admitted: None,
        starts: None,
    };
    Transition { step, at: at(seconds), incident }
}

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("demarc.db");
    (directory, file)
}

fn store() -> (TempDir, Store) {
    let (directory, file) = directory();
    let opened = Store::open(&file).unwrap();
    assert_eq!(opened.set_aside, None);
    (directory, opened.store)
}
