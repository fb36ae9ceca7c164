//! The stream server: a session is described, set up, played within the connection, and given back.

use super::Camera;
use super::digest::{Attempt, Guard, Stale};
use super::state::{Access, Condition, State, Streaming};
use super::video::{self, Packets};
use crate::clock::http_date;
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

const LONGEST_REQUEST: usize = 8 * 1024;
const FRAMES_PER_SECOND: u32 = 10;

/// How far the session of a connection has come.
enum Session {
    None,
    SetUp { channel: u8 },
    Playing { channel: u8, packets: Packets },
}

/// What happens on a connection next.
enum Event {
    Request(Request),
    Frame,
    End,
}

struct Request {
    head: String,
    method: String,
    target: String,
}

/// Serves until the client leaves or sends what is no request.
pub(crate) async fn serve(mut stream: TcpStream, camera: &Camera, world: &watch::Receiver<World>) {
    let (mut received, mut session) = (Vec::new(), Session::None);
    let mut frames = interval(Duration::from_secs(1) / FRAMES_PER_SECOND);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let event = next(&mut stream, &mut received, &session, &mut frames).await;
        let state = State::of(camera, &world.borrow());
        let bytes = match event {
            Ok(Event::Request(request)) => {
                camera.tally.requested_video();
                answer(&request, camera, &state, &mut session).into_bytes()
            }
            Ok(Event::Frame) => frame(&mut session, &state),
            Ok(Event::End) | Err(_) => return,
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn next(
    stream: &mut TcpStream,
    received: &mut Vec<u8>,
    session: &Session,
    frames: &mut Interval,
) -> io::Result<Event> {
    loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = received.drain(..end + 4).collect();
            return Ok(String::from_utf8(head).map_or(Event::End, |head| Event::Request(Request::new(head))));
        }
        if received.len() > LONGEST_REQUEST {
            return Ok(Event::End);
        }
        tokio::select! {
            read = stream.read_buf(received) => if read? == 0 {
                return Ok(Event::End);
            },
            _tick = frames.tick(), if matches!(session, Session::Playing { .. }) => return Ok(Event::Frame),
        }
    }
}

/// The next frame's packets, each on the session's channel.
fn frame(session: &mut Session, state: &State) -> Vec<u8> {
    let Session::Playing { channel, packets } = session else { return Vec::new() };
    if state.streaming == Streaming::Dead {
        return Vec::new();
    }
    let mut out = Vec::new();
    for packet in packets.next(FRAMES_PER_SECOND) {
        let length = u16::try_from(packet.len()).expect("packets are short");
        out.extend([b'$', *channel]);
        out.extend(length.to_be_bytes());
        out.extend(packet);
    }
    out
}

fn answer(request: &Request, camera: &Camera, state: &State, session: &mut Session) -> String {
    let respond = |status: &str, headers: &str| respond(request, state, (status, headers, ""));
    match (state.condition, request.method.as_str()) {
        (Condition::Overloaded, _) => return respond("453 Not Enough Bandwidth", ""),
        (Condition::Booting, _) => return respond("503 Service Unavailable", ""),
        (Condition::Well, "OPTIONS") => {
            return respond("200 OK", "Public: OPTIONS, DESCRIBE, GET_PARAMETER, PLAY, SETUP, TEARDOWN\r\n");
        }
        (Condition::Well, "DESCRIBE" | "SETUP" | "PLAY" | "TEARDOWN" | "GET_PARAMETER") => {}
        (Condition::Well, _) => return respond("405 Method Not Allowed", ""),
    }
    match admit(request, camera, state) {
        Ok(()) => {}
        Err(Refusal::Locked) => return respond("403 Forbidden", ""),
        Err(Refusal::Challenge(stale)) => {
            let challenges = camera.rtsp_challenge(state, stale);
            let lines: String = challenges.iter().map(|one| format!("WWW-Authenticate: {one}\r\n")).collect();
            return respond("401 Unauthorized", &lines);
        }
    }
    if request.method == "DESCRIBE" {
        let (headers, sdp) = described(camera, &request.target);
        return self::respond(request, state, ("200 OK", &headers, &sdp));
    }
    let (status, headers) = carry_out(request, camera, session);
    respond(status, &headers)
}

fn respond(request: &Request, state: &State, (status, headers, body): (&str, &str, &str)) -> String {
    let sequence = request.header("cseq").unwrap_or("0");
    let date = http_date(state.time);
    format!(
        "RTSP/1.0 {status}\r\nCSeq: {sequence}\r\nServer: GStreamer RTSP server\r\nDate: {date}\r\n{headers}\r\n{body}"
    )
}

/// What somebody who may is answered about a session: a status and headers.
fn carry_out(request: &Request, camera: &Camera, session: &mut Session) -> (&'static str, String) {
    let named = format!("Session: {}\r\n", name_of(camera));
    let is_ours = request.header("session").is_some_and(|name| name == name_of(camera));
    match (request.method.as_str(), &*session) {
        ("SETUP", Session::Playing { .. }) => ("455 Method Not Valid in This State", String::new()),
        ("SETUP", _) => match request.channel() {
            Some(channel) => {
                *session = Session::SetUp { channel };
                let next = channel.saturating_add(1);
                let transport = format!("Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{next}\r\n");
                ("200 OK", format!("{}{transport}", named.replace("\r\n", ";timeout=60\r\n")))
            }
            None => ("461 Unsupported Transport", String::new()),
        },
        (_, Session::None) => ("454 Session Not Found", String::new()),
        _ if !is_ours => ("454 Session Not Found", String::new()),
        ("PLAY", Session::SetUp { channel }) => {
            let source = u32::try_from(camera.index).unwrap_or(0) + 0x0a00_0000;
            *session = Session::Playing { channel: *channel, packets: Packets::new(source) };
            ("200 OK", format!("{named}Range: npt=now-\r\n"))
        }
        ("TEARDOWN", _) => {
            *session = Session::None;
            ("200 OK", named)
        }
        _ => ("200 OK", named),
    }
}

/// A connection has one session at most, so the camera's own name serves.
fn name_of(camera: &Camera) -> &str {
    &camera.plan.serial
}

enum Refusal {
    Locked,
    Challenge(Stale),
}

fn admit(request: &Request, camera: &Camera, state: &State) -> Result<(), Refusal> {
    match (state.access, request.header("authorization")) {
        (Access::Locked, _) => Err(Refusal::Locked),
        (Access::NoUsers, _) | (_, None) => Err(Refusal::Challenge(Stale::No)),
        (Access::Normal | Access::BasicOnly, Some(authorization)) => {
            let attempt = Attempt { authorization, method: &request.method, target: &request.target };
            camera.examine(attempt, Guard::Rtsp, state).map_err(Refusal::Challenge)
        }
    }
}

/// Headers and body of a description.
fn described(camera: &Camera, target: &str) -> (String, String) {
    let [sps, pps] = video::parameter_sets().map(|set| STANDARD.encode(set));
    let sdp = format!(
        "v=0\r\no=- 1188340656180883 1 IN IP4 0.0.0.0\r\ns={}\r\nt=0 0\r\na=control:*\r\n\
         m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
         a=fmtp:96 packetization-mode=1;profile-level-id=42c00a;sprop-parameter-sets={sps},{pps}\r\n\
         a=control:stream=0\r\n",
        camera.plan.name
    );
    let length = sdp.len();
    let base = target.split('?').next().unwrap_or_default().trim_end_matches('/');
    let headers =
        format!("Content-Base: {base}/\r\nContent-Type: application/sdp\r\nContent-Length: {length}\r\n");
    (headers, sdp)
}

impl Request {
    fn new(head: String) -> Self {
        let mut words = head.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        drop(words);
        Self { method, target, head }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The channel asked for; `None` for packets outside the connection, which are not offered here.
    fn channel(&self) -> Option<u8> {
        let transport = self.header("transport")?;
        let channels = transport.split(';').find_map(|part| part.trim().strip_prefix("interleaved="))?;
        channels.split('-').next()?.trim().parse().ok()
    }
}
