//! What cameras told so far, and when something new of it is put into force.
//!
//! A new list makes a new plan, as a reload does. It is waited for what the other cameras say, and a camera
//! that tells another list each time has its way once an hour at most.

use super::{Heard, servers};
use crate::config::vendor::FromCameras;
use crate::config::{Config, RELAYS_EVERY};
use demarc_model::id::CameraId;
use demarc_model::probe::ProbeId;
use demarc_model::time::Timestamp;
use demarc_store::relay::Told;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::info;

/// In how many logins every camera has had its turn.
const ROUND: u32 = 2;

#[derive(Debug, Clone, Default)]
pub(crate) struct Hearing {
    told: BTreeMap<CameraId, Told>,
    /// The servers that only cameras name and that have answered.
    answered: BTreeSet<String>,
    /// Since when something is known that is not in force.
    news: Option<Timestamp>,
    /// When a list was put into force last.
    heeded: Option<Timestamp>,
    /// The cameras of whose strange relays the log tells.
    named: BTreeSet<CameraId>,
}

impl Hearing {
    /// Goes on from what an earlier run wrote down.
    pub(crate) fn recalled(told: Vec<Told>, answered: BTreeSet<String>) -> Self {
        let told = told.into_iter().map(|told| (told.camera.clone(), told)).collect();
        Self { told, answered, ..Self::default() }
    }

    /// A configuration with what was told so far, and what that comes to.
    pub(crate) fn put_into(&self, configured: &Config) -> (Config, Heard) {
        let told = self.told.values().cloned().collect::<Vec<_>>();
        configured.with_relays(&told, &self.answered)
    }

    /// Takes note of an endpoint that answered. What is to be remembered, when that is news.
    pub(crate) fn note_answer(&mut self, probe: &ProbeId, config: &Config) -> Option<BTreeSet<String>> {
        let endpoints = || config.vendor.iter().flat_map(|vendor| &vendor.endpoints);
        let alone = || endpoints().filter(|endpoint| endpoint.from_cameras == FromCameras::Alone);
        let asked = alone().find(|endpoint| endpoint.id.as_str() == &*probe.subject)?;
        let (_, server) = servers(asked).find(|(kind, _)| *kind == probe.kind)?;
        if !self.answered.insert(server) {
            return None;
        }
        let in_force: BTreeSet<String> = alone().flat_map(servers).map(|(_, server)| server).collect();
        self.answered.retain(|server| in_force.contains(server));
        Some(self.answered.clone())
    }

    /// Whether a camera tells another list than before.
    pub(crate) fn learn(&mut self, told: &Told, now: Timestamp) -> bool {
        let known = self.told.get(&told.camera).is_some_and(|before| before.list == told.list);
        if !known {
            self.told.insert(told.camera.clone(), told.clone());
            self.news.get_or_insert(now);
        }
        !known
    }

    /// Whether it is time to look what the news come to.
    pub(crate) fn is_ripe(&self, now: Timestamp, login_interval: Duration) -> bool {
        let gathered = self.news.is_some_and(|since| now.since(since) >= ROUND * login_interval);
        let rested = |at| now.since(at) >= RELAYS_EVERY * login_interval;
        gathered && self.heeded.is_none_or(rested)
    }

    pub(crate) fn note(&mut self, heard: &Heard) {
        self.news = None;
        let strange = heard.left.iter().filter(|(left, _)| left.is_strange());
        for camera in strange.flat_map(|(_, cameras)| cameras) {
            if self.named.insert(camera.clone()) {
                info!(%camera, "a camera names relays that are not its vendor's; `demarc doctor` lists them");
            }
        }
    }

    pub(crate) const fn heed(&mut self, now: Timestamp) {
        self.heeded = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::relay::{RelayList, RelayMode, RelayServer};
    use demarc_model::text::DeviceText;

    const LOGIN: Duration = Duration::from_secs(30);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_645_376_400_000 + seconds * 1_000)
    }

    fn told(camera: &str, host: &str) -> Told {
        let server = RelayServer { host: DeviceText::clean(host), port: 443 };
        let list = RelayList::new(RelayMode::On, [server]);
        Told { camera: CameraId::new(camera).unwrap(), since: at(0), list }
    }

    #[test]
    fn news_wait_for_the_other_cameras_and_come_into_force_once_an_hour() {
        let mut hearing = Hearing::recalled(vec![told("a", "one")], BTreeSet::new());
        assert!(!hearing.learn(&told("a", "one"), at(0)) && !hearing.is_ripe(at(9_000), LOGIN), "known");
        assert!(hearing.learn(&told("a", "two"), at(10_000)));
        assert!(hearing.learn(&told("b", "two"), at(10_030)));
        assert!(!hearing.is_ripe(at(10_059), LOGIN) && hearing.is_ripe(at(10_060), LOGIN));
        hearing.note(&Heard::default());
        hearing.heed(at(10_060));
        for n in 1..100 {
            let host = if n % 2 == 0 { "two" } else { "three" };
            assert!(hearing.learn(&told("a", host), at(10_060 + 30 * n)));
            let hour_over = 30 * n >= 3_600;
            assert_eq!(hearing.is_ripe(at(10_060 + 30 * n), LOGIN), hour_over, "{n}");
        }
        assert_eq!(hearing.told.len(), 2);
    }
}
