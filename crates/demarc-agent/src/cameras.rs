//! The cameras' clients: one conversation with a camera at a time, with a pause between two.

mod debt;
mod place;

pub(crate) use place::{Learnt, doubts_clock};

use crate::config::Config;
use crate::patience::Attention;
use demarc_model::id::CameraId;
use demarc_model::identity::Identity;
use demarc_model::observation::{Observation, Outcome};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::{CameraClient, CameraClientError, Habits};
use demarc_probe::spec::{CameraSpec, Limits};
use demarc_store::breaker::Breaker;
use demarc_store::identity::Met;
use demarc_store::picture::Familiar;
use place::Place;
use secrecy::ExposeSecret as _;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::debug;

/// Cameras named in one warning.
const MOST_NAMED: usize = 5;

/// Why no device was accepted in the place of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAccepted {
    Unknown,
    /// Nothing but the camera itself was seen.
    Nothing,
}

/// What a camera is asked next, and how long it is waited for.
pub(crate) struct Question {
    pub(crate) camera: CameraId,
    pub(crate) client: Box<CameraClient>,
    pub(crate) kind: ProbeKind,
    pub(crate) limit: Duration,
}

pub(crate) struct Cameras {
    places: BTreeMap<CameraId, Place>,
    /// The cameras that wait to be asked, by when each can be.
    waiting: BTreeSet<(Timestamp, CameraId)>,
    limits: Limits,
    pause: Duration,
}

impl Cameras {
    pub(crate) fn new(config: &Config, now: Timestamp) -> Result<Self, CameraClientError> {
        let limits = on_the_lan(config.probing.limits);
        let pause = config.probing.suspicion_interval / 2;
        let mut cameras = Self { places: BTreeMap::new(), waiting: BTreeSet::new(), limits, pause };
        for spec in config.camera_specs() {
            cameras.add(spec, now)?;
        }
        Ok(cameras)
    }

    fn add(&mut self, spec: CameraSpec, now: Timestamp) -> Result<(), CameraClientError> {
        let place = Place::new(spec, self.limits, now)?;
        self.places.insert(place.spec.id.clone(), place);
        Ok(())
    }

    /// Keeps what an earlier run knew of a camera. To be called before anything is asked.
    pub(crate) fn restore_identity(&mut self, met: Met) {
        let Some(place) = self.places.get_mut(&met.camera) else { return };
        if let Some(client) = place.client.as_mut() {
            client.restore_identity(&met.pinned, met.stranger.as_ref());
            (place.pinned, place.stranger) = (met.pinned, met.stranger);
        }
    }

    /// Takes what was seen in the place of a camera for the camera. Yields who it was and who it is.
    pub(crate) fn accept(
        &mut self,
        camera: &CameraId,
        now: Timestamp,
    ) -> Result<(Identity, Identity), NotAccepted> {
        let place = self.places.get_mut(camera).ok_or(NotAccepted::Unknown)?;
        let stranger = place.stranger.take().ok_or(NotAccepted::Nothing)?;
        let accepted = place.pinned.accepting(&stranger);
        let before = std::mem::replace(&mut place.pinned, accepted.clone());
        place.outdated = true;
        self.renew(camera, now);
        Ok((before, accepted))
    }

    /// Gives a camera that was accepted anew a client that knows it; later, when the old one is away.
    fn renew(&mut self, camera: &CameraId, now: Timestamp) {
        let waits = |place: &Place| place.outdated && place.client.is_some();
        if self.places.get(camera).is_some_and(waits)
            && let Err(error) = self.rebuild(camera, now)
        {
            // The same specification made a client before; the old one goes on and refuses the device.
            tracing::warn!(%camera, %error, "a camera's client could not be renewed");
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &CameraId> {
        self.places.keys()
    }

    /// For the operator: whose certificate is out of date.
    pub(crate) fn warning(&self, now: Timestamp) -> Option<String> {
        let expired = |place: &Place| place.not_after.is_some_and(|end| end < now);
        let ids = self.places.iter().filter(|(_, place)| expired(place)).map(|(id, _)| id.as_str());
        let ids: Vec<&str> = ids.collect();
        if ids.is_empty() {
            return None;
        }
        let named = ids[..ids.len().min(MOST_NAMED)].join(", ");
        let more = if ids.len() > MOST_NAMED { ", …" } else { "" };
        Some(format!(
            "certificates that have expired: {} ({named}{more}); these cameras are known by their keys and are \
             watched all the same, but other programs may refuse them",
            ids.len()
        ))
    }

    /// Keeps what an earlier run learnt about refused passwords.
    pub(crate) fn restore_breaker(&mut self, breaker: &Breaker) {
        let Some(place) = self.places.get_mut(&breaker.camera) else { return };
        let same = place.spec.credentials.as_ref().is_some_and(|own| own.account == breaker.account);
        if let Some(client) = place.client.as_mut().filter(|_| same) {
            client.restore_login_pause(breaker.pause);
            place.login_pause = Some(breaker.pause);
        }
    }

    /// Keeps what an earlier run learnt of a camera's pictures. To be called before anything is asked.
    pub(crate) fn restore_pictures(&mut self, familiar: &Familiar) {
        match serde_json::from_str(&familiar.habits) {
            Ok(habits) => self.restore_habits(&familiar.camera, habits),
            Err(error) => debug!(camera = %familiar.camera, %error, "its pictures are learnt anew"),
        }
    }

    fn restore_habits(&mut self, camera: &CameraId, habits: Habits) {
        let Some(place) = self.places.get_mut(camera) else { return };
        if let Some(client) = place.client.as_mut() {
            client.restore_habits(habits);
            place.habits = habits;
        }
    }

    /// For a single look: what an earlier run saw refused is told instead of being tried again.
    pub(crate) fn recall_rejections(&mut self) {
        self.places.values_mut().filter_map(|place| place.client.as_mut()).for_each(|c| c.recall_rejection());
    }

    /// After a reload: a camera stays who it is, and a refused password stays refused unless it was changed.
    pub(crate) fn inherit(&mut self, old: &Self) {
        for (id, before) in &old.places {
            let (pinned, stranger) = (before.pinned.clone(), before.stranger.clone());
            self.restore_identity(Met { camera: id.clone(), pinned, stranger });
            self.restore_habits(id, before.habits);
            let same = self.places.get(id).is_some_and(|place| same_login(&place.spec, &before.spec));
            if let (Some(pause), true, Some(login)) = (before.login_pause, same, &before.spec.credentials) {
                self.restore_breaker(&Breaker { camera: id.clone(), account: login.account.clone(), pause });
            }
        }
    }

    /// Changes a camera's place, and when it waits to be asked.
    fn change<T>(&mut self, camera: &str, change: impl FnOnce(&mut Place) -> T) -> Option<T> {
        let place = self.places.get_mut(camera)?;
        let before = place.waits_until();
        let outcome = change(place);
        let after = place.waits_until();
        if before != after {
            if let Some(before) = before {
                self.waiting.remove(&(before, place.spec.id.clone()));
            }
            self.waiting.extend(after.map(|after| (after, place.spec.id.clone())));
        }
        Some(outcome)
    }

    pub(crate) fn enqueue(&mut self, probe: &ProbeId) {
        self.change(&probe.subject, |place| {
            if !place.queue.contains(&probe.kind) && !place.leaves_out(probe.kind) {
                place.queue.push_back(probe.kind);
            }
        });
    }

    /// Takes note of what is hurried, which says which cameras are looked at closely.
    pub(crate) fn attend<'a>(&mut self, hurried: impl Iterator<Item = &'a ProbeId>) {
        let watched: BTreeSet<&str> =
            hurried.filter(|probe| probe.kind.is_camera()).map(|probe| &*probe.subject).collect();
        for (id, place) in &mut self.places {
            let is_watched = watched.contains(id.as_str());
            place.patience.attend(if is_watched { Attention::Hurried } else { Attention::Quiet });
        }
    }

    /// The cameras that can be asked something now.
    pub(crate) fn ready(&mut self, now: Timestamp) -> Vec<Question> {
        let rested = self.waiting.iter().take_while(|(at, _)| *at <= now);
        let rested: BTreeSet<CameraId> = rested.map(|(_, id)| id.clone()).collect();
        rested.into_iter().filter_map(|camera| self.ask(camera)).collect()
    }

    fn ask(&mut self, camera: CameraId) -> Option<Question> {
        let (kind, client, limit) = self.change(camera.as_str(), |place| {
            let kind = place.next()?;
            Some((kind, place.client.take()?, place.patience.limit()))
        })??;
        Some(Question { camera, client, kind, limit })
    }

    /// When the next camera with something in its queue has rested.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.waiting.first().map(|(at, _)| *at)
    }

    /// Takes a client back after its probe. Yields what is to be remembered of the camera from now on.
    pub(crate) fn land(&mut self, client: Box<CameraClient>, seen: &Observation, now: Timestamp) -> Learnt {
        let mut learnt = Learnt::default();
        let rest_until = if is_unheard(seen) { now } else { now.plus(self.pause) };
        let outdated = self.change(&seen.probe.subject, |place| {
            place.rest_until = rest_until;
            learnt = place.land(client, seen);
            place.outdated.then(|| place.spec.id.clone())
        });
        if let Some(camera) = outdated.flatten() {
            self.renew(&camera, now);
        }
        learnt
    }

    /// Replaces a client that was lost with its task, or that does not know the camera any more.
    pub(crate) fn rebuild(&mut self, camera: &CameraId, now: Timestamp) -> Result<(), CameraClientError> {
        let (limits, rest_until) = (self.limits, now.plus(self.pause));
        let rebuilt = self.change(camera.as_str(), |place| {
            let mut client = CameraClient::new(place.spec.clone(), limits)?;
            client.restore_identity(&place.pinned, place.stranger.as_ref());
            client.restore_habits(place.habits);
            if let Some(pause) = place.login_pause {
                client.restore_login_pause(pause);
            }
            place.client = Some(Box::new(client));
            place.outdated = false;
            place.rest_until = rest_until;
            Ok(())
        });
        rebuilt.unwrap_or(Ok(()))
    }
}

/// Whether the camera noticed nothing: nothing came back from its address, or nothing was sent there.
const fn is_unheard(seen: &Observation) -> bool {
    match seen.outcome {
        Outcome::Failed { symptom, .. } => matches!(symptom, Symptom::Timeout | Symptom::Unreachable),
        Outcome::Missing { .. } => seen.phases.connect_us.is_none() && seen.phases.first_byte_us.is_none(),
        Outcome::Passed => false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::login::LoginPause;
    use demarc_model::observation::{MissingReason, Phase, Phases, Reading};
    use demarc_model::text::DeviceText;
    use std::net::{IpAddr, Ipv4Addr};

    const START: Timestamp = Timestamp::from_millis(1_000_000);
    const PAUSE: Duration = Duration::from_secs(1);

    fn at(millis: u64) -> Timestamp {
        START.plus(Duration::from_millis(millis))
    }

    fn cameras() -> Cameras {
        let limits = on_the_lan(Limits {
            connect: Duration::from_secs(3),
            tls: Duration::from_secs(5),
            total: Duration::from_secs(10),
        });
        let spec = CameraSpec {
            id: entrance(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            scheme: demarc_probe::spec::Scheme::Http,
            port: 80,
            rtsp_port: 554,
            onvif_port: None,
            onvif_path: "/onvif/device_service".to_owned(),
            stream_path: None,
            picture_path: None,
            video: demarc_probe::spec::VideoChecks::Both,
            credentials: None,
            basic: demarc_probe::spec::Basic::Never,
            cloud: None,
            relays_every: None,
            keep_snapshots: false,
            clock_tolerance: Duration::from_mins(1),
        };
        let mut cameras = Cameras { places: BTreeMap::new(), waiting: BTreeSet::new(), limits, pause: PAUSE };
        cameras.add(spec, START).unwrap();
        cameras
    }

    fn entrance() -> CameraId {
        CameraId::new("entrance").unwrap()
    }

    fn serial(text: &str) -> Identity {
        Identity { serial: Some(DeviceText::clean(text)), ..Identity::default() }
    }

    fn passes(kind: ProbeKind, readings: Vec<Reading>) -> Observation {
        let (outcome, phases) = (Outcome::Passed, Phases::default());
        Observation { probe: probe(kind), at: START, outcome, phases, readings }
    }

    fn probe(kind: ProbeKind) -> ProbeId {
        ProbeId::new(kind, "entrance")
    }

    /// What comes of a question that the camera hangs on, when its time is up.
    fn hangs(asked: &Question) -> Observation {
        let outcome = match asked.kind {
            ProbeKind::CameraTcp => Outcome::Passed,
            _ => Outcome::Failed {
                phase: Phase::FirstByte,
                symptom: Symptom::Hung,
                detail: DeviceText::clean("no answer"),
            },
        };
        let total_us = u32::try_from(asked.limit.as_micros()).unwrap();
        let phases = Phases { total_us, ..Phases::default() };
        Observation { probe: probe(asked.kind), at: START, outcome, phases, readings: Vec::new() }
    }

    #[test]
    fn a_hung_camera_is_asked_quickly_one_thing_at_a_time_and_its_web_service_first() {
        let mut cameras = cameras();
        for kind in [
            ProbeKind::CameraReady,
            ProbeKind::CameraTcp,
            ProbeKind::CameraRtsp,
            ProbeKind::CameraClock,
            ProbeKind::CameraIdentity,
        ] {
            cameras.enqueue(&probe(kind));
        }
        let (mut now, mut asked) = (0, Vec::new());
        while asked.len() < 5 {
            let question = cameras.ready(at(now)).pop().unwrap();
            assert!(cameras.ready(at(now + 60_000)).is_empty(), "two conversations at once");
            let seen = hangs(&question);
            asked.push((question.kind, now, question.limit.as_millis()));
            now += u64::try_from(question.limit.as_millis()).unwrap();
            cameras.land(question.client, &seen, at(now));
            assert!(cameras.ready(at(now + 999)).is_empty(), "no pause");
            now += 1_000;
        }
        assert_eq!(
            asked,
            [
                (ProbeKind::CameraReady, 0, 5_000),
                (ProbeKind::CameraClock, 6_000, 1_000),
                (ProbeKind::CameraIdentity, 8_000, 1_000),
                (ProbeKind::CameraTcp, 10_000, 1_000),
                (ProbeKind::CameraRtsp, 12_000, 1_000),
            ]
        );
    }

    #[test]
    fn a_camera_that_noticed_nothing_needs_no_rest() {
        let failed =
            |symptom| Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::clean("no") };
        let spent = || Outcome::Missing { reason: MissingReason::Budget };
        let answered = Phases { first_byte_us: Some(400), ..Phases::default() };
        for (outcome, phases, rests) in [
            (failed(Symptom::Timeout), Phases::default(), false),
            (failed(Symptom::Unreachable), Phases::default(), false),
            (failed(Symptom::Refused), Phases::default(), true),
            (spent(), Phases::default(), false),
            (spent(), answered, true),
        ] {
            let mut cameras = cameras();
            cameras.enqueue(&probe(ProbeKind::CameraReady));
            cameras.enqueue(&probe(ProbeKind::CameraClock));
            let question = cameras.ready(START).pop().unwrap();
            let seen = Observation { outcome, phases, ..passes(ProbeKind::CameraReady, Vec::new()) };
            cameras.land(question.client, &seen, at(1_500));
            assert_eq!(cameras.ready(at(1_500)).is_empty(), rests, "{seen:?}");
        }
    }

    #[test]
    fn what_is_not_hurried_is_waited_for_as_ever() {
        let limit_after = |hurried: &[ProbeId]| {
            let mut cameras = cameras();
            cameras.enqueue(&probe(ProbeKind::CameraReady));
            let question = cameras.ready(START).pop().unwrap();
            let seen = hangs(&question);
            cameras.land(question.client, &seen, at(5_000));
            cameras.attend(hurried.iter());
            cameras.enqueue(&probe(ProbeKind::CameraReady));
            cameras.ready(at(6_000)).pop().unwrap().limit
        };
        let other = ProbeId::new(ProbeKind::CameraReady, "yard");
        assert_eq!(limit_after(&[probe(ProbeKind::CameraClock)]), Duration::from_secs(1));
        assert_eq!(limit_after(&[other, ProbeId::new(ProbeKind::HostLink, "")]), Duration::from_secs(5));
    }

    #[test]
    fn an_accepted_device_is_known_at_once_also_when_its_camera_is_being_asked() {
        let met = Met { camera: entrance(), pinned: serial("A"), stranger: Some(serial("B")) };
        for away in [false, true] {
            let mut cameras = cameras();
            cameras.restore_identity(met.clone());
            cameras.enqueue(&probe(ProbeKind::CameraReady));
            let mut asked = if away { cameras.ready(START).pop() } else { None };
            assert_eq!(cameras.accept(&entrance(), at(1)), Ok((serial("A"), serial("B"))));
            if let Some(question) = asked.take() {
                assert_eq!(question.client.identity(), serial("A"));
                let seen = passes(question.kind, Vec::new());
                let learnt = cameras.land(question.client, &seen, at(2));
                assert_eq!(learnt, Learnt::default(), "what it knew is out of date");
            }
            cameras.enqueue(&probe(ProbeKind::CameraIdentity));
            let client = cameras.ready(at(60_000)).pop().unwrap().client;
            assert_eq!((client.identity(), client.stranger()), (serial("B"), None), "away: {away}");
            assert_eq!(cameras.accept(&entrance(), at(3)), Err(NotAccepted::Nothing));
        }
        let nobody = CameraId::new("nobody").unwrap();
        assert_eq!(cameras().accept(&nobody, START), Err(NotAccepted::Unknown));
    }

    #[test]
    fn a_reload_and_a_lost_task_forget_neither_the_camera_nor_a_refused_password() {
        let mut before = cameras();
        before.restore_identity(Met { camera: entrance(), pinned: serial("A"), stranger: Some(serial("B")) });
        let mut after = cameras();
        after.inherit(&before);
        let pause = Some(LoginPause { until: at(900_000), rejected: true });
        after.places.get_mut(&entrance()).unwrap().login_pause = pause;
        after.rebuild(&entrance(), START).unwrap();
        after.enqueue(&probe(ProbeKind::CameraReady));
        let client = after.ready(at(60_000)).pop().unwrap().client;
        assert_eq!((client.identity(), client.stranger()), (serial("A"), Some(serial("B"))));
        assert_eq!(client.login_pause(), pause);
    }

    #[test]
    fn an_expired_certificate_is_told_and_no_more() {
        let mut cameras = cameras();
        cameras.enqueue(&probe(ProbeKind::CameraReady));
        let client = cameras.ready(START).pop().unwrap().client;
        let seen = passes(ProbeKind::CameraReady, vec![Reading::TlsNotAfter(at(10_000))]);
        cameras.land(client, &seen, START);
        assert_eq!(cameras.warning(at(9_000)), None);
        let told = "certificates that have expired: 1 (entrance); these cameras are known by their keys and are \
                    watched all the same, but other programs may refuse them";
        assert_eq!(cameras.warning(at(11_000)).as_deref(), Some(told));
    }
}
