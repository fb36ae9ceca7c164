//! One camera: its client, what it is to be asked, and what is known of it.

use super::debt::Debt;
use crate::patience::Patience;
use demarc_model::identity::Identity;
use demarc_model::login::LoginPause;
use demarc_model::observation::{Observation, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::snapshot::CameraSnapshot;
use demarc_model::time::Timestamp;
use demarc_probe::camera::{CameraClient, CameraClientError, Habits};
use demarc_probe::spec::{CameraSpec, Limits};
use demarc_store::breaker::Breaker;
use demarc_store::identity::Met;
use demarc_store::picture::Familiar;
use demarc_store::relay::Told;
use std::collections::VecDeque;

/// What has become known of a camera with a probe, and should outlive this run.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Learnt {
    pub(crate) met: Option<Met>,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) pictures: Option<Familiar>,
    /// The relays that it named.
    pub(crate) relays: Option<Told>,
    /// To be kept as evidence.
    pub(crate) snapshots: Vec<CameraSnapshot>,
}

/// Whether the date of a camera's answer to another question gives reason to ask for its clock.
pub(crate) fn doubts_clock(seen: &Observation) -> bool {
    let is_doubt = |reading: &Reading| matches!(reading, Reading::ClockOffsetMs(_));
    let kind = seen.probe.kind;
    kind.is_camera() && kind != ProbeKind::CameraClock && seen.readings.iter().any(is_doubt)
}

/// A camera, its client (away while a probe runs), and what it is to be asked.
pub(super) struct Place {
    pub(super) spec: CameraSpec,
    pub(super) client: Option<Box<CameraClient>>,
    pub(super) queue: VecDeque<ProbeKind>,
    pub(super) rest_until: Timestamp,
    pub(super) patience: Patience,
    debt: Debt,
    pub(super) login_pause: Option<LoginPause>,
    /// Who the camera is, and what was seen last in its place.
    pub(super) pinned: Identity,
    pub(super) stranger: Option<Identity>,
    /// The client that is away still takes the camera for the one before.
    pub(super) outdated: bool,
    /// Until when the certificate is valid that was seen last.
    pub(super) not_after: Option<Timestamp>,
    /// What is usual of its pictures, as it was last handed out to be remembered.
    pub(super) habits: Habits,
}

impl Place {
    pub(super) fn new(spec: CameraSpec, limits: Limits, now: Timestamp) -> Result<Self, CameraClientError> {
        Ok(Self {
            client: Some(Box::new(CameraClient::new(spec.clone(), limits)?)),
            queue: VecDeque::new(),
            rest_until: now,
            patience: Patience::new(limits.total),
            debt: Debt::default(),
            login_pause: None,
            pinned: Identity::default(),
            stranger: None,
            outdated: false,
            not_after: None,
            habits: Habits::default(),
            spec,
        })
    }

    /// While it is being settled whether the camera hangs, its web service is asked: that the port
    /// accepts, that streaming answers or who has the address says nothing about that.
    pub(super) fn next(&mut self) -> Option<ProbeKind> {
        let telling = |kind: &ProbeKind| {
            !matches!(
                kind,
                ProbeKind::CameraTcp
                    | ProbeKind::CameraRtsp
                    | ProbeKind::CameraStream
                    | ProbeKind::CameraNeighbour
            )
        };
        let first = self.queue.iter().position(telling).filter(|_| self.patience.is_short());
        self.queue.remove(first.unwrap_or(0))
    }

    /// Whether a look that is due makes up for requests that the last ones cost beyond the plan.
    pub(super) fn leaves_out(&mut self, kind: ProbeKind) -> bool {
        !self.patience.is_hurried() && self.debt.is_paid_with(kind)
    }

    /// Takes the client back. Yields what is to be remembered of the camera from now on.
    pub(super) fn land(&mut self, mut client: Box<CameraClient>, seen: &Observation) -> Learnt {
        let mut learnt = Learnt { snapshots: client.take_snapshots(), ..Learnt::default() };
        self.patience.learn(seen);
        let is_well = seen.outcome == Outcome::Passed && !doubts_clock(seen);
        self.debt.note(seen.probe.kind, client.requests(), is_well && !self.patience.is_hurried());
        if client.login_pause() != self.login_pause {
            self.login_pause = client.login_pause();
            let account = self.spec.credentials.as_ref().map(|login| login.account.clone());
            let breaker = |(pause, account)| Breaker { camera: self.spec.id.clone(), account, pause };
            learnt.breaker = self.login_pause.zip(account).map(breaker);
        }
        if client.habits().are_news_after(&self.habits) {
            self.habits = *client.habits();
            let text = serde_json::to_string(&self.habits).ok();
            learnt.pictures = text.map(|habits| Familiar { camera: self.spec.id.clone(), habits });
        }
        let until = seen.readings.iter().find_map(|reading| match reading {
            Reading::TlsNotAfter(until) => Some(*until),
            _ => None,
        });
        self.not_after = until.or(self.not_after);
        learnt.relays = seen.readings.iter().find_map(|reading| match reading {
            Reading::Relays(list) => {
                Some(Told { camera: self.spec.id.clone(), since: seen.at, list: list.clone() })
            }
            _ => None,
        });
        let (pinned, stranger) = (client.identity(), client.stranger());
        self.client = Some(client);
        // A client that is replaced after this look knew the camera before, and has nothing to say of it.
        if !self.outdated && (&pinned, &stranger) != (&self.pinned, &self.stranger) {
            (self.pinned, self.stranger) = (pinned.clone(), stranger.clone());
            learnt.met = Some(Met { camera: self.spec.id.clone(), pinned, stranger });
        }
        learnt
    }

    /// When it can be asked what is in its queue.
    pub(super) fn waits_until(&self) -> Option<Timestamp> {
        (self.client.is_some() && !self.queue.is_empty()).then_some(self.rest_until)
    }
}
