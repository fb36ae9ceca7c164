//! The cameras' clients: one conversation with a camera at a time, with a pause between two.

use crate::config::Config;
use demarc_model::id::CameraId;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::time::Timestamp;
use demarc_probe::camera::{CameraClient, CameraClientError};
use demarc_probe::spec::{CameraSpec, Limits};
use secrecy::ExposeSecret as _;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A camera, its client (away while a probe runs), and what it is to be asked.
struct Place {
    spec: CameraSpec,
    client: Option<Box<CameraClient>>,
    queue: VecDeque<ProbeKind>,
    rest_until: Timestamp,
    /// Until when a refused password is not tried again.
    breaker: Option<Timestamp>,
}

pub(crate) struct Cameras {
    places: BTreeMap<CameraId, Place>,
    limits: Limits,
    pause: Duration,
}

impl Cameras {
    pub(crate) fn new(config: &Config, now: Timestamp) -> Result<Self, CameraClientError> {
        let limits = on_the_lan(config.probing.limits);
        let mut places = BTreeMap::new();
        for spec in config.camera_specs() {
            let client = Some(Box::new(CameraClient::new(spec.clone(), limits)?));
            let place = Place { client, queue: VecDeque::new(), rest_until: now, breaker: None, spec };
            places.insert(place.spec.id.clone(), place);
        }
        Ok(Self { places, limits, pause: config.probing.suspicion_interval / 2 })
    }

    /// Keeps what an earlier run learnt about refused passwords.
    pub(crate) fn restore_breaker(&mut self, camera: &CameraId, account: &str, until: Timestamp) {
        let Some(place) = self.places.get_mut(camera) else { return };
        let same = place.spec.credentials.as_ref().is_some_and(|own| own.account.as_str() == account);
        if let Some(client) = place.client.as_mut().filter(|_| same) {
            client.restore_breaker(until);
            place.breaker = Some(until);
        }
    }

    /// After a reload: a refused password stays refused unless it was changed.
    pub(crate) fn inherit(&mut self, old: &Self) {
        for (id, before) in &old.places {
            let until = before.breaker;
            let same = self.places.get(id).is_some_and(|place| same_login(&place.spec, &before.spec));
            if let (Some(until), true, Some(login)) = (until, same, &before.spec.credentials) {
                self.restore_breaker(id, login.account.as_str(), until);
            }
        }
    }

    pub(crate) fn enqueue(&mut self, probe: &ProbeId) {
        let place = self.places.iter_mut().find(|(id, _)| id.as_str() == &*probe.subject);
        if let Some((_, place)) = place.filter(|(_, place)| !place.queue.contains(&probe.kind)) {
            place.queue.push_back(probe.kind);
        }
    }

    /// The cameras that can be asked something now, each with its client.
    pub(crate) fn ready(&mut self, now: Timestamp) -> Vec<(CameraId, Box<CameraClient>, ProbeKind)> {
        let free = self.places.iter_mut().filter(|(_, p)| p.rest_until <= now && !p.queue.is_empty());
        free.filter_map(|(id, place)| {
            let client = place.client.take()?;
            match place.queue.pop_front() {
                Some(kind) => Some((id.clone(), client, kind)),
                None => {
                    place.client = Some(client);
                    None
                }
            }
        })
        .collect()
    }

    /// When the next camera with something in its queue has rested.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let waiting = self.places.values().filter(|p| p.client.is_some() && !p.queue.is_empty());
        waiting.map(|place| place.rest_until).min()
    }

    /// Takes a client back after its probe.
    pub(crate) fn land(&mut self, camera: &CameraId, client: Box<CameraClient>, now: Timestamp) {
        if let Some(place) = self.places.get_mut(camera) {
            place.rest_until = now.plus(self.pause);
            place.breaker = client.breaker();
            place.client = Some(client);
        }
    }

    /// Replaces a client that was lost with its task.
    pub(crate) fn rebuild(&mut self, camera: &CameraId, now: Timestamp) -> Result<(), CameraClientError> {
        if let Some(place) = self.places.get_mut(camera) {
            place.client = Some(Box::new(CameraClient::new(place.spec.clone(), self.limits)?));
            place.rest_until = now.plus(self.pause);
        }
        Ok(())
    }

    /// Until when a camera's password is not tried, as last seen.
    pub(crate) fn breaker(&self, camera: &CameraId) -> Option<Timestamp> {
        self.places.get(camera)?.breaker
    }

    pub(crate) fn account(&self, camera: &CameraId) -> Option<&demarc_model::id::AccountId> {
        self.places.get(camera)?.spec.credentials.as_ref().map(|login| &login.account)
    }
}

/// A camera is near: one lost packet is repeated after a second, and what takes longer than five is
/// not an answer for anybody who looks at pictures.
fn on_the_lan(limits: Limits) -> Limits {
    Limits {
        connect: limits.connect.min(Duration::from_millis(1500)),
        total: limits.total.min(Duration::from_secs(5)),
        ..limits
    }
}

fn same_login(a: &CameraSpec, b: &CameraSpec) -> bool {
    match (&a.credentials, &b.credentials) {
        (Some(a), Some(b)) => {
            a.username == b.username && a.password.expose_secret() == b.password.expose_secret()
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
