//! Where a camera has its stream and its snapshots, as its media service says: asked for when it is
//! needed, and kept until it turns out to be wrong.
//!
//! Of an advertised address only the path is taken, at the host that answers here: nothing that a camera
//! names is contacted.

use super::{Ask, To, judge};
use crate::camera::CameraClient;
use crate::camera::door::Refusal;
use crate::camera::pin;
use crate::camera::web::sends_unchanged;
use crate::trace::{Stop, Trace};
use demarc_model::observation::MissingReason;
use demarc_model::time::Timestamp;
use demarc_protocol::onvif::media::{parse_profiles, parse_snapshot_uri, parse_stream_uri, smallest};
use demarc_protocol::onvif::services::{self, ServiceKind};
use demarc_protocol::onvif::{Media, OnvifError, Question, Reply, address};
use std::time::Duration;

/// What was found; nothing yet of what was not asked for.
#[derive(Debug, Default)]
pub(in crate::camera) struct Places {
    source: Option<Source>,
    stream: Place,
    snapshot: Place,
}

/// The profile that is looked at, and the service that has it.
#[derive(Debug, Clone)]
struct Source {
    media: Media,
    /// Of the service.
    path: String,
    token: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Unasked,
    /// Path and query.
    At(String),
    /// The camera did not tell, when it was asked last.
    Unknown(Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::camera) enum Wanted {
    Stream,
    Snapshot,
}

/// A place, and whether it was asked for only now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::camera) struct Located {
    pub(in crate::camera) path: String,
    pub(in crate::camera) is_new: bool,
}

/// A camera that does not tell is not asked again before.
const RETRY: Duration = Duration::from_hours(1);

impl Places {
    fn place(&mut self, wanted: Wanted) -> &mut Place {
        match wanted {
            Wanted::Stream => &mut self.stream,
            Wanted::Snapshot => &mut self.snapshot,
        }
    }
}

impl CameraClient {
    /// Where it is, asked for where it is not known.
    pub(in crate::camera) async fn locate(
        &mut self,
        wanted: Wanted,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Located, Stop> {
        match self.onvif.places.place(wanted) {
            Place::At(path) => return Ok(Located { path: path.clone(), is_new: false }),
            Place::Unknown(since) if at.since(*since) < RETRY => {
                return Err(Stop::Missing(MissingReason::NotOffered));
            }
            Place::Unknown(_) | Place::Unasked => {}
        }
        // Of a device that has not let us in nothing is asked that it may decline for want of a right.
        if !self.onvif.is_known {
            return Err(Stop::Missing(MissingReason::Prerequisite));
        }
        if self.pin.is_stranger(pin::Service::Onvif) {
            return Err(Stop::Missing(MissingReason::Unpinned));
        }
        let found = self.ask_where(wanted, at, &mut trace.rest()).await;
        let found = found.map_err(|refusal| self.not_told(refusal, at));
        let place = match &found {
            Ok(path) => Place::At(path.clone()),
            Err(Stop::Missing(_)) => Place::Unknown(at),
            Err(Stop::Failed { .. }) => Place::Unasked,
        };
        *self.onvif.places.place(wanted) = place;
        found.map(|path| Located { path, is_new: true })
    }

    /// What was found there is not what was looked for.
    pub(in crate::camera) fn misplaced(&mut self, wanted: Wanted, at: Timestamp) {
        self.onvif.places.source = None;
        *self.onvif.places.place(wanted) = Place::Unknown(at);
    }

    /// The password was taken before: a refusal here may be about this service alone, or the password was
    /// changed since. It is not sent for a while, and the next login is to say which.
    fn not_told(&mut self, refusal: Refusal, at: Timestamp) -> Stop {
        match refusal {
            Refusal::Rejected(_) => self.turn_away(Refusal::Unsure, at),
            other => self.turn_away(other, at),
        }
    }

    async fn ask_where(
        &mut self,
        wanted: Wanted,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<String, Refusal> {
        let source = match self.onvif.places.source.clone() {
            Some(source) => source,
            None => self.find_source(at, trace).await?,
        };
        self.onvif.places.source = Some(source.clone());
        let Source { media, path, token } = &source;
        let ask = |question| Ask { question, to: To::Media, path };
        let told = match wanted {
            Wanted::Stream => {
                self.ask_one(ask(Question::StreamUri(*media, token)), parse_stream_uri, at, trace).await?
            }
            Wanted::Snapshot => {
                self.ask_one(ask(Question::SnapshotUri(*media, token)), parse_snapshot_uri, at, trace).await?
            }
        };
        let path = told.flatten().and_then(|uri| address::path_of(&uri));
        let path = path.filter(|path| path != "/" && sends_unchanged(path));
        path.ok_or(Refusal::Stop(Stop::Missing(MissingReason::NotOffered)))
    }

    /// The second media service where it tells of a profile, else the first.
    async fn find_source(&mut self, at: Timestamp, trace: &mut Trace) -> Result<Source, Refusal> {
        let known = self.list_services(at, trace).await?;
        let addresses = [Media::Two, Media::One].into_iter().filter_map(|media| {
            let service = known.iter().find(|service| service.kind == ServiceKind::Media(media))?;
            Some((media, address::path_of(service.address.as_deref()?)?))
        });
        for (media, path) in addresses.collect::<Vec<_>>() {
            let ask = Ask { question: Question::Profiles(media), to: To::Media, path: &path };
            let profiles = match self.ask_one(ask, parse_profiles, at, trace).await {
                Err(Refusal::Stop(Stop::Missing(MissingReason::NotOffered))) => None,
                profiles => profiles?,
            };
            if let Some(profile) = smallest(&profiles.unwrap_or_default()) {
                return Ok(Source { media, path, token: profile.token.clone() });
            }
        }
        Err(Stop::Missing(MissingReason::NotOffered).into())
    }

    async fn list_services(
        &mut self,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Vec<services::Service>, Refusal> {
        let path = self.spec.onvif_path.clone();
        let ask = |question| Ask { question, to: To::Device, path: &path };
        let told = match self.ask_one(ask(Question::Services), services::parse_services, at, trace).await {
            Err(Refusal::Stop(Stop::Missing(MissingReason::NotOffered))) => None,
            told => told?,
        };
        match told.filter(|told| services::media(told).is_some()) {
            Some(told) => Ok(told),
            None => {
                let ask = ask(Question::Capabilities);
                let told = self.ask_one(ask, services::parse_capabilities, at, trace).await?;
                Ok(told.unwrap_or_default())
            }
        }
    }

    /// `None` when the device declines.
    async fn ask_one<T>(
        &mut self,
        ask: Ask<'_>,
        parse: fn(&[u8]) -> Result<Reply<T>, OnvifError>,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Option<T>, Refusal> {
        let answer = self.ask_onvif(ask, at, trace).await?;
        Ok(judge(&answer, ask.question.name(), parse(&answer.body))?)
    }
}
