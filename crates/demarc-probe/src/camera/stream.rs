//! Whether video really comes: a session is set up as a viewer does it, and its packets are counted.
//!
//! Nothing is shown or kept. One session at a time, given back at the end whatever came of it, and no
//! more is read than the proof takes.

mod packets;
mod talk;

use super::CameraClient;
use super::door::Refusal;
use super::onvif::Wanted;
use super::rtsp::{Line, refuse_busy};
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading, StreamProof};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::auth::session::Session;
use demarc_protocol::rtsp::sdp::{self, Codec, Description};
use demarc_protocol::rtsp::{Method, Reply, Request, Transport};
use packets::{Arriving, Ports};
use std::net::SocketAddr;
use std::time::Duration;
use talk::Talk;
use tokio::time::Instant;

/// What is remembered of a camera's streaming from one probe to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    session: Session,
    path: PathUsed,
    /// It has no stream where Axis cameras have theirs.
    is_elsewhere: bool,
    /// Packets have come by UDP: that they do not is the camera's doing, not a firewall's here.
    by_udp: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum PathUsed {
    #[default]
    AsConfigured,
    /// Without its query: the camera does not have the small picture that was asked for.
    Bare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Seen {
    #[default]
    Never,
    Yes,
}

/// A whole probe, also when the agent is more patient.
const LONGEST: Duration = Duration::from_secs(8);
const STEP: Duration = Duration::from_secs(3);
/// Kept back for giving the session back.
const PARTING: Duration = Duration::from_millis(500);

/// Where a session can be set up and played.
struct Found {
    description: Description,
    reply: Reply,
    path: String,
}

/// Where the packets of a session come, and how to play it.
struct SetUp {
    arriving: Arriving,
    whole: String,
}

impl CameraClient {
    pub(super) async fn watch_stream(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let stream = self.stream_path(at, trace).await?;
        let Some(credentials) = &self.spec.credentials else {
            return Err(Stop::Missing(MissingReason::NotOffered));
        };
        let end = trace.within(LONGEST);
        let parting = PARTING.min(trace.limits.total / 5);
        let line = Line::connect(SocketAddr::new(self.spec.address, self.spec.rtsp_port), trace).await?;
        // Streaming servers forget their nonces with the connection.
        self.stream.session.forget();
        let memory = &mut self.stream;
        let mut talk = Talk {
            line,
            credentials,
            pin: &mut self.pin,
            session: &mut memory.session,
            proved: talk::Proved::NotYet,
            held: None,
            until: end - parting,
        };
        let mut climb = Climb { path: stream.path(), used: &mut memory.path, by_udp: &mut memory.by_udp };
        let mut proof = StreamProof::Connected;
        let result = climb.climb(&mut talk, &mut proof, trace).await;
        talk.part(end, trace).await;
        trace.read(Reading::Stream(proof));
        let has_none = matches!(&result, Err(Refusal::Stop(Stop::Missing(MissingReason::NotOffered))));
        if has_none && proof == StreamProof::Answered {
            self.miss_stream(&stream, at);
        }
        result.map_err(|refusal| self.turn_away(refusal, at))
    }

    /// Where the stream is. When a camera of another vendor has not said, it is asked as if it were an
    /// Axis camera: its streaming server then shows at least that it answers.
    async fn stream_path(&mut self, at: Timestamp, trace: &mut Trace) -> Result<StreamPath, Stop> {
        if let Some(path) = &self.spec.stream_path {
            return Ok(StreamPath::Configured(path.clone()));
        }
        if !self.stream.is_elsewhere && !self.is_foreign() {
            return Ok(StreamPath::Axis);
        }
        match self.locate(Wanted::Stream, at, trace).await {
            Ok(located) => Ok(StreamPath::Told(located.path)),
            Err(Stop::Missing(_)) => Ok(StreamPath::Axis),
            Err(stop) => Err(stop),
        }
    }

    /// There is no stream where it was looked for.
    fn miss_stream(&mut self, path: &StreamPath, at: Timestamp) {
        match path {
            StreamPath::Configured(_) => {}
            StreamPath::Axis => self.stream.is_elsewhere = true,
            StreamPath::Told(_) => self.misplaced(Wanted::Stream, at),
        }
    }
}

/// Where the stream is looked for, and who said so.
enum StreamPath {
    Configured(String),
    /// Where Axis cameras have theirs: a small picture, so that little is sent.
    Axis,
    /// By ONVIF.
    Told(String),
}

impl StreamPath {
    fn path(&self) -> &str {
        match self {
            Self::Configured(path) | Self::Told(path) => path,
            Self::Axis => "/axis-media/media.amp?resolution=320x240",
        }
    }
}

struct Climb<'a> {
    path: &'a str,
    used: &'a mut PathUsed,
    by_udp: &'a mut Seen,
}

impl Climb<'_> {
    async fn climb(
        &mut self,
        talk: &mut Talk<'_>,
        proof: &mut StreamProof,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        self.greet(talk, trace).await?;
        *proof = StreamProof::Answered;
        let found = self.describe(talk, trace).await?;
        *proof = StreamProof::Described;
        let SetUp { mut arriving, whole } = set_up(talk, &found, trace).await?;
        *proof = StreamProof::SetUp;
        let session = talk.held.as_ref().map(|held| held.session.clone());
        let play = Request { session: session.as_deref(), ..Request::new(Method::Play, &whole) };
        let reply = talk.ask(&play, trace).await?;
        judge(&reply, "PLAY")?;
        *proof = StreamProof::Playing;
        let codec = found.description.video.codec;
        self.count(talk, &mut arriving, codec, proof).await.map_err(Refusal::Stop)
    }

    /// Asks for nothing: what listens has to speak RTSP and have room.
    async fn greet(&self, talk: &mut Talk<'_>, trace: &mut Trace) -> Result<(), Stop> {
        let url = sdp::url(&talk.line.authority(), self.path).ok_or_else(unusable)?;
        let began = Instant::now();
        let reply = talk.bare(&Request::new(Method::Options, &url)).await?;
        trace.phases.first_byte_us = Some(crate::trace::micros(began.elapsed()));
        refuse_busy(&reply)
    }

    async fn describe(&mut self, talk: &mut Talk<'_>, trace: &mut Trace) -> Result<Found, Refusal> {
        let bare = self.path.split('?').next().unwrap_or_default();
        let mut path = if *self.used == PathUsed::Bare { bare } else { self.path };
        let mut reply = describe_at(path, talk, trace).await?;
        if matches!(reply.status, 400 | 404 | 406 | 415 | 451 | 454..=457) && path != bare {
            path = bare;
            reply = describe_at(path, talk, trace).await?;
        }
        let as_configured = path == self.path || reply.status != 200;
        *self.used = if as_configured { PathUsed::AsConfigured } else { PathUsed::Bare };
        judge(&reply, "DESCRIBE")?;
        // A description that cannot be used is no outage: other viewers may read it.
        let description = sdp::parse(&reply.body).ok_or(Stop::Missing(MissingReason::NotOffered))?;
        Ok(Found { description, reply, path: path.to_owned() })
    }

    /// Packets are the proof.
    async fn count(
        &mut self,
        talk: &mut Talk<'_>,
        arriving: &mut Arriving,
        codec: Codec,
        proof: &mut StreamProof,
    ) -> Result<(), Stop> {
        let arrivals = arriving.count(&mut talk.line, codec, talk.until).await;
        let by_udp = matches!(arriving, Arriving::ByUdp(_));
        match (arrivals.packets, arrivals.key_frame) {
            (1.., key_frame) => {
                *proof = if key_frame { StreamProof::KeyFrame } else { StreamProof::Packets };
                if by_udp {
                    *self.by_udp = Seen::Yes;
                }
                Ok(())
            }
            (0, _) if by_udp && *self.by_udp == Seen::Never => {
                Err(Stop::Missing(MissingReason::NotPermitted))
            }
            (0, _) => {
                let detail = "the camera says that it plays, and sends no packet of video";
                Err(Stop::failed(Phase::Content, Symptom::NoVideo, detail))
            }
        }
    }
}

async fn describe_at(path: &str, talk: &mut Talk<'_>, trace: &mut Trace) -> Result<Reply, Refusal> {
    let url = sdp::url(&talk.line.authority(), path).ok_or_else(unusable)?;
    talk.ask(&Request::new(Method::Describe, &url), trace).await
}

/// Within the connection; over UDP where the server has no other way.
async fn set_up(talk: &mut Talk<'_>, found: &Found, trace: &mut Trace) -> Result<SetUp, Refusal> {
    let (track, whole) =
        found.description.urls(&talk.line.authority(), &found.path, &found.reply).ok_or_else(unusable)?;
    let ask = |transport| Request { transport: Some(transport), ..Request::new(Method::Setup, &track) };
    let mut arriving = Arriving::Interleaved { channel: 0 };
    let mut reply = talk.ask(&ask(Transport::Interleaved), trace).await?;
    // 461 is the word for it; rtsp-server-perl says 400.
    if matches!(reply.status, 400 | 461) {
        let ports = Ports::bind(&talk.line).await.ok_or(Stop::Missing(MissingReason::Agent))?;
        reply = talk.ask(&ask(Transport::Udp { port: ports.even() }), trace).await?;
        arriving = Arriving::ByUdp(ports);
    }
    judge(&reply, "SETUP")?;
    let Some(session) = reply.session() else {
        let detail = "the streaming server set up a session and gave it no usable name";
        return Err(Stop::failed(Phase::Content, Symptom::Garbage, detail).into());
    };
    talk.held = Some(talk::Held { session, url: whole.clone() });
    match &mut arriving {
        Arriving::Interleaved { channel } => *channel = reply.channel(),
        Arriving::ByUdp(ports) => ports.open_firewall(&reply).await,
    }
    Ok(SetUp { arriving, whole })
}

/// A status that is neither success nor a challenge. What only says that our request does not fit
/// blames nobody.
fn judge(reply: &Reply, asked: &str) -> Result<(), Stop> {
    refuse_busy(reply)?;
    let failed = |symptom| {
        let detail = format!("RTSP {} {} to {asked}", reply.status, reply.reason);
        Err(Stop::failed(Phase::Content, symptom, &detail))
    };
    match reply.status {
        200..300 => Ok(()),
        403 => failed(Symptom::LockedOut),
        500 | 502 | 504 => failed(Symptom::ServerError),
        _ => Err(Stop::Missing(MissingReason::NotOffered)),
    }
}

fn unusable() -> Stop {
    Stop::Missing(MissingReason::NotOffered)
}
