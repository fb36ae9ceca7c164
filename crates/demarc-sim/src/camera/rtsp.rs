//! The stream server, as far as a client needs it to know that there is one: OPTIONS and DESCRIBE.

use super::Camera;
use super::digest::{Attempt, Guard, Stale};
use super::state::{Access, Condition, State};
use crate::clock::http_date;
use crate::world::World;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

const LONGEST_REQUEST: usize = 8 * 1024;

/// Serves until the client leaves or sends what is no request.
pub(crate) async fn serve(mut stream: TcpStream, camera: &Camera, world: &watch::Receiver<World>) {
    let mut received = Vec::new();
    while let Ok(Some(request)) = next(&mut stream, &mut received).await {
        camera.tally.requested();
        let state = State::of(camera, &world.borrow());
        let reply = answer(&request, camera, &state);
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The head of the next request; `None` at the end.
async fn next(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<Option<String>> {
    loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = received.drain(..end + 4).collect();
            return Ok(String::from_utf8(head).ok());
        }
        if received.len() > LONGEST_REQUEST || stream.read_buf(received).await? == 0 {
            return Ok(None);
        }
    }
}

fn answer(request: &str, camera: &Camera, state: &State) -> String {
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let sequence = header(request, "cseq").unwrap_or("0");
    let respond = |status: &str, rest: &str| {
        let date = http_date(state.time);
        format!(
            "RTSP/1.0 {status}\r\nCSeq: {sequence}\r\nServer: GStreamer RTSP server\r\nDate: {date}\r\n{rest}\r\n"
        )
    };
    match (state.condition, method) {
        (Condition::Overloaded, _) => respond("453 Not Enough Bandwidth", ""),
        (Condition::Booting, _) => respond("503 Service Unavailable", ""),
        (Condition::Well, "OPTIONS") => {
            respond("200 OK", "Public: OPTIONS, DESCRIBE, GET_PARAMETER, PLAY, SETUP, TEARDOWN\r\n")
        }
        (Condition::Well, "DESCRIBE") => match admit(request, method, target, camera, state) {
            Ok(()) => respond("200 OK", &described(camera, target)),
            Err(Refusal::Locked) => respond("403 Forbidden", ""),
            Err(Refusal::Challenge(stale)) => {
                let challenges = camera.rtsp_challenge(state, stale);
                let lines: String =
                    challenges.iter().map(|one| format!("WWW-Authenticate: {one}\r\n")).collect();
                respond("401 Unauthorized", &lines)
            }
        },
        (Condition::Well, _) => respond("405 Method Not Allowed", ""),
    }
}

enum Refusal {
    Locked,
    Challenge(Stale),
}

fn admit(request: &str, method: &str, target: &str, camera: &Camera, state: &State) -> Result<(), Refusal> {
    match (state.access, header(request, "authorization")) {
        (Access::Locked, _) => Err(Refusal::Locked),
        (Access::NoUsers, _) | (_, None) => Err(Refusal::Challenge(Stale::No)),
        (Access::Normal | Access::BasicOnly, Some(authorization)) => {
            let attempt = Attempt { authorization, method, target };
            camera.examine(attempt, Guard::Rtsp, state).map_err(Refusal::Challenge)
        }
    }
}

/// Headers and body of a description.
fn described(camera: &Camera, target: &str) -> String {
    let sdp = format!(
        "v=0\r\no=- 1188340656180883 1 IN IP4 0.0.0.0\r\ns={}\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n\
         a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:stream=0\r\n",
        camera.plan.name
    );
    let length = sdp.len();
    format!(
        "Content-Base: {target}/\r\nContent-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{sdp}"
    )
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = request.lines().skip(1).filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
