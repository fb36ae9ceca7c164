use super::AT;
use super::peer::{LIMITS, Peer, Reply, client, gist, header, proof, spec};
use crate::camera::CameraClient;
use demarc_model::observation::{Observation, Reading, StreamProof};
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use std::cell::Cell;
use std::net::UdpSocket;
use std::time::Duration;

const STREAM: ProbeKind = ProbeKind::CameraStream;

const SDP: &str = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:stream=0\r\n";

fn rtsp(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("RTSP/1.0 {status} Status\r\nCSeq: 1\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn say(status: u16) -> Reply {
    Reply::Say(rtsp(status, "", ""))
}

fn challenge(realm: &str, nonce: &str) -> Reply {
    let header = format!("WWW-Authenticate: Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\"\r\n");
    Reply::Say(rtsp(401, &header, ""))
}

fn method(request: &str) -> &str {
    request.split(' ').next().unwrap()
}

/// A packet of H.264: the beginning of a key frame first, then more of it.
fn packet(number: u16) -> Vec<u8> {
    let fragment = if number == 0 { 0x85 } else { 0x05 };
    let mut bytes = vec![0x80, 96];
    bytes.extend(number.to_be_bytes());
    bytes.extend([0; 8]);
    bytes.extend([0x7c, fragment, 1, 2, 3]);
    bytes
}

fn framed(number: u16) -> Vec<u8> {
    let packet = packet(number);
    [&[b'$', 0, 0, packet.len() as u8], packet.as_slice()].concat()
}

fn playing(packets: u16) -> Reply {
    Reply::Say([rtsp(200, "Session: abc\r\n", ""), (0..packets).flat_map(framed).collect()].concat())
}

/// A camera that plays; `packets` says what follows `PLAY`.
fn good(request: &str, packets: u16) -> Reply {
    match method(request) {
        "OPTIONS" => say(200),
        _ if matches!(proof(request).as_str(), "bare" | "wrong") => challenge("AXIS_ACCC8E000001", "n"),
        "DESCRIBE" => Reply::Say(rtsp(200, "Content-Type: application/sdp\r\n", SDP)),
        "SETUP" => Reply::Say(rtsp(
            200,
            "Session: abc;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
            "",
        )),
        "PLAY" => playing(packets),
        _ => Reply::Say(rtsp(200, "", "")),
    }
}

fn stream_proof(observation: &Observation) -> Option<StreamProof> {
    observation.readings.iter().find_map(|reading| match reading {
        Reading::Stream(proof) => Some(*proof),
        _ => None,
    })
}

/// One probe: how it ended, what was proved, and what was asked.
async fn probe(
    peer: &Peer,
    client: &mut CameraClient,
    at: Timestamp,
    answer: impl Fn(&str) -> Reply,
) -> (String, Option<StreamProof>, Vec<String>) {
    let seen = peer.host(answer, client.probe(STREAM, at)).await;
    let asked = peer.take_asked();
    let asked = asked.iter().map(|request| format!("{} {}", method(request), proof(request))).collect();
    (gist(&seen), stream_proof(&seen), asked)
}

async fn probe_once(answer: impl Fn(&str) -> Reply) -> (String, Option<StreamProof>, Vec<String>) {
    let peer = Peer::new().await;
    probe(&peer, &mut client(peer.address), AT, answer).await
}

const WHOLE: [&str; 6] =
    ["OPTIONS bare", "DESCRIBE bare", "DESCRIBE n/1", "SETUP n/2", "PLAY n/3", "TEARDOWN n/4"];

#[tokio::test]
async fn a_stream_is_proved_by_its_packets_and_given_back() {
    let (result, proof, asked) = probe_once(|request| good(request, 6)).await;
    assert_eq!((result.as_str(), proof), ("passed", Some(StreamProof::KeyFrame)));
    assert_eq!(asked, WHOLE);
}

#[tokio::test]
async fn one_packet_is_a_proof_and_its_key_frame_a_better_one() {
    let second_only = |request: &str| match method(request) {
        "PLAY" => Reply::Say([rtsp(200, "", ""), framed(1)].concat()),
        _ => good(request, 0),
    };
    let (result, proof, asked) = probe_once(second_only).await;
    assert_eq!((result.as_str(), proof), ("passed", Some(StreamProof::Packets)));
    assert_eq!(asked, WHOLE);
}

#[tokio::test]
async fn a_stream_that_plays_and_sends_nothing_is_no_video_and_is_given_back() {
    let (result, proof, asked) = probe_once(|request| good(request, 0)).await;
    assert_eq!((result.as_str(), proof), ("content no-video", Some(StreamProof::Playing)));
    assert_eq!(asked, WHOLE);
}

#[tokio::test]
async fn packets_that_overtake_the_reply_count() {
    let early = |request: &str| match method(request) {
        "PLAY" => Reply::Say([(0..6).flat_map(framed).collect(), rtsp(200, "", "")].concat()),
        _ => good(request, 0),
    };
    let (result, proof, asked) = probe_once(early).await;
    assert_eq!((result.as_str(), proof), ("passed", Some(StreamProof::KeyFrame)));
    assert_eq!(asked, WHOLE);
}

#[tokio::test]
async fn a_camera_without_room_is_busy_and_is_asked_for_no_session() {
    for status in [453, 503] {
        let (result, proof, asked) = probe_once(|_| say(status)).await;
        assert_eq!((result.as_str(), proof), ("content busy", Some(StreamProof::Connected)));
        assert_eq!(asked, ["OPTIONS bare"]);
    }
    let full = |request: &str| if method(request) == "SETUP" { say(453) } else { good(request, 6) };
    let (result, proof, asked) = probe_once(full).await;
    assert_eq!((result.as_str(), proof), ("content busy", Some(StreamProof::Described)));
    assert_eq!(asked, WHOLE[..4]);
}

#[tokio::test]
async fn a_refused_password_is_sent_once_in_fifteen_minutes() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let refuse = |request: &str| match method(request) {
        "OPTIONS" => say(200),
        _ => challenge("AXIS_ACCC8E000001", "n"),
    };
    let later = |minutes| AT.plus(Duration::from_mins(minutes));
    let (result, _, asked) = probe(&peer, &mut client, AT, refuse).await;
    assert_eq!(result, "authentication rejected");
    assert_eq!(asked, ["OPTIONS bare", "DESCRIBE bare", "DESCRIBE n/1"]);
    let (result, _, asked) = probe(&peer, &mut client, later(14), refuse).await;
    assert_eq!((result.as_str(), asked), ("missing budget", vec![]));
    let (result, _, _) = probe(&peer, &mut client, later(15), refuse).await;
    assert_eq!(result, "authentication rejected");
    assert_eq!(client.login_pause().map(|pause| pause.until), Some(later(30)));
}

#[tokio::test]
async fn another_camera_at_the_address_gets_no_password() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let (result, _, _) = probe(&peer, &mut client, AT, |request| good(request, 6)).await;
    assert_eq!(result, "passed");
    let stranger = |request: &str| match method(request) {
        "OPTIONS" => say(200),
        _ => challenge("AXIS_ACCC8E000002", "n"),
    };
    let (result, _, asked) = probe(&peer, &mut client, AT, stranger).await;
    assert_eq!(result, "content identity-changed");
    assert_eq!(asked, ["OPTIONS bare", "DESCRIBE bare"]);
    let (result, _, asked) = probe(&peer, &mut client, AT, stranger).await;
    assert_eq!((result.as_str(), asked), ("missing unpinned", vec![]));
}

#[tokio::test]
async fn a_nonce_that_is_good_for_one_request_is_no_wrong_password() {
    let once = |request: &str| match (method(request), proof(request).as_str()) {
        ("OPTIONS", _) | ("DESCRIBE", "a/1") | ("SETUP" | "PLAY" | "TEARDOWN", "b/1") => good_body(request),
        ("DESCRIBE", _) => challenge("IP Camera", "a"),
        _ => challenge("IP Camera", "b"),
    };
    let (result, proof, asked) = probe_once(once).await;
    assert_eq!((result.as_str(), proof), ("passed", Some(StreamProof::KeyFrame)));
    let expected = [
        "OPTIONS bare",
        "DESCRIBE bare",
        "DESCRIBE a/1",
        "SETUP a/2",
        "SETUP b/1",
        "PLAY bare",
        "PLAY b/1",
        "TEARDOWN bare",
        "TEARDOWN b/1",
    ];
    assert_eq!(asked, expected);
}

/// As `good`, for who has proved the password.
fn good_body(request: &str) -> Reply {
    match method(request) {
        "DESCRIBE" => Reply::Say(rtsp(200, "", SDP)),
        "SETUP" => Reply::Say(rtsp(200, "Session: abc\r\n", "")),
        "PLAY" => playing(6),
        _ => say(200),
    }
}

#[tokio::test]
async fn a_picture_size_that_the_camera_does_not_have_is_not_asked_for_again() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let queries = Cell::new(0);
    let no_sizes = |request: &str| {
        if method(request) == "DESCRIBE" && request.contains('?') && proof(request) != "bare" {
            queries.set(queries.get() + 1);
            return say(404);
        }
        good(request, 6)
    };
    for _ in 0..2 {
        let (result, _, _) = probe(&peer, &mut client, AT, no_sizes).await;
        assert_eq!(result, "passed");
    }
    assert_eq!(queries.get(), 1);
}

/// Dahua cameras name their streams by a query.
#[tokio::test]
async fn a_camera_that_has_no_stream_for_a_while_is_asked_as_configured_again() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let none = |request: &str| match (method(request), proof(request).as_str()) {
        ("DESCRIBE", "n/1") => say(404),
        _ => good(request, 6),
    };
    let (result, _, asked) = probe(&peer, &mut client, AT, none).await;
    assert_eq!(result, "missing not-offered");
    assert_eq!(asked[2..], ["DESCRIBE n/1", "DESCRIBE bare", "DESCRIBE n/1"]);
    let by_query = |request: &str| match method(request) {
        "DESCRIBE" if !request.contains('?') => say(404),
        _ => good(request, 6),
    };
    let (result, _, asked) = probe(&peer, &mut client, AT, by_query).await;
    assert_eq!((result.as_str(), asked), ("passed", WHOLE.map(str::to_owned).to_vec()));
}

/// A camera that sends over UDP only, and `sends` packets.
fn by_udp(request: &str, sends: u16) -> Reply {
    let transport = header(request, "transport").unwrap_or_default();
    match (method(request), transport.split_once("client_port=")) {
        ("SETUP", None) if proof(request) != "bare" => say(461),
        ("SETUP", Some((_, ports))) => {
            let port: u16 = ports.split('-').next().unwrap().parse().unwrap();
            assert_eq!(port % 2, 0, "RTP has the even port");
            let camera = UdpSocket::bind("127.0.0.1:0").unwrap();
            // They wait in the socket until the camera says that it plays.
            (0..sends).for_each(|n| assert!(camera.send_to(&packet(n), ("127.0.0.1", port)).is_ok()));
            Reply::Say(rtsp(200, &format!("Session: abc\r\nTransport: {transport};server_port=9-10\r\n"), ""))
        }
        _ => good(request, 0),
    }
}

#[tokio::test]
async fn packets_come_by_udp_where_nothing_else_is_offered() {
    let (result, proof, asked) = probe_once(|request| by_udp(request, 6)).await;
    assert_eq!((result.as_str(), proof), ("passed", Some(StreamProof::KeyFrame)));
    let expected = [
        "OPTIONS bare",
        "DESCRIBE bare",
        "DESCRIBE n/1",
        "SETUP n/2",
        "SETUP n/3",
        "PLAY n/4",
        "TEARDOWN n/5",
    ];
    assert_eq!(asked, expected);
}

/// A firewall of this host may be the reason; where packets came before, it is not.
#[tokio::test]
async fn silence_by_udp_blames_the_camera_only_when_packets_have_come_that_way() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let mut seen = Vec::new();
    for sends in [0, 6, 0] {
        seen.push(probe(&peer, &mut client, AT, |request| by_udp(request, sends)).await.0);
    }
    assert_eq!(seen, ["missing not-permitted", "passed", "content no-video"]);
}

#[tokio::test]
async fn each_way_to_fail_has_its_symptom() {
    type Row = (&'static str, &'static str, fn() -> Reply, &'static str, StreamProof);
    let cases: [Row; 12] = [
        ("silence", "OPTIONS", || Reply::Silence, "first-byte hung", StreamProof::Connected),
        ("an end", "OPTIONS", || Reply::Close(vec![]), "first-byte hung", StreamProof::Connected),
        (
            "HTTP",
            "OPTIONS",
            || Reply::Say(b"HTTP/1.1 400 Bad\r\n\r\n".into()),
            "first-byte garbage",
            StreamProof::Connected,
        ),
        ("a dead encoder", "DESCRIBE", || Reply::Silence, "first-byte hung", StreamProof::Answered),
        (
            "a huge description",
            "DESCRIBE",
            || Reply::Say(b"RTSP/1.0 200 OK\r\nContent-Length: 1000000000\r\n\r\n".into()),
            "first-byte garbage",
            StreamProof::Answered,
        ),
        ("no description", "DESCRIBE", || say(200), "missing not-offered", StreamProof::Answered),
        ("no such stream", "DESCRIBE", || say(404), "missing not-offered", StreamProof::Answered),
        ("no right to it", "DESCRIBE", || say(403), "content locked-out", StreamProof::Answered),
        ("a crash", "SETUP", || say(500), "content server-error", StreamProof::Described),
        ("no session", "SETUP", || say(200), "content garbage", StreamProof::Described),
        (
            "packets without end",
            "PLAY",
            || Reply::Flood(vec![], b"$\0\x10\0................................................"),
            "first-byte garbage",
            StreamProof::SetUp,
        ),
        (
            "an end while it plays",
            "PLAY",
            || Reply::Close(rtsp(200, "", "")),
            "content no-video",
            StreamProof::Playing,
        ),
    ];
    for (name, at, reply, expected, proved) in cases {
        let answer = |request: &str| {
            let is_it = method(request) == at && (at == "OPTIONS" || proof(request) != "bare");
            if is_it { reply() } else { good(request, 6) }
        };
        let (result, proof, _) = probe_once(answer).await;
        assert_eq!((result.as_str(), proof), (expected, Some(proved)), "{name}");
    }
}

#[tokio::test]
async fn a_probe_ends_in_time_whatever_the_camera_does() {
    for at in ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"] {
        let peer = Peer::new().await;
        let mut client = CameraClient::new(spec(peer.address), LIMITS).unwrap();
        let drip = |request: &str| {
            if method(request) == at { Reply::Drip(vec![b'\n'; 100]) } else { good(request, 6) }
        };
        let seen = peer.host(drip, client.probe(STREAM, AT)).await;
        let most = u32::try_from(LIMITS.total.as_micros()).unwrap() + 100_000;
        assert!(seen.phases.total_us < most, "{at}: {:?}", seen.phases);
    }
}
