use super::AT;
use super::peer::{LIMITS, Peer, Reply, client, gist, http};
use demarc_model::observation::Reading;
use demarc_model::probe::ProbeKind;
use demarc_model::text::DeviceText;
use socket2::{Domain, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Manner = Box<dyn Fn() -> Reply>;
type Bare = fn() -> Reply;

/// Answers one probe of a new client with `reply`; the result, within the limits.
async fn check(kind: ProbeKind, reply: impl Fn() -> Reply) -> String {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let began = Instant::now();
    let observation = peer.host(|_| reply(), client.probe(kind, AT)).await;
    assert!(began.elapsed() < LIMITS.total + Duration::from_secs(1), "{kind} took {:?}", began.elapsed());
    gist(&observation)
}

fn raw(text: &str) -> Reply {
    Reply::Say(text.as_bytes().to_vec())
}

fn ready(data: &str) -> Reply {
    http(200, "", &format!(r#"{{"apiVersion":"1.4","data":{{{data}}}}}"#))
}

#[tokio::test]
async fn every_way_to_answer_has_its_symptom() {
    let many = "A: b\r\n".repeat(101);
    let large = format!("A: {}\r\n", "b".repeat(70_000));
    let cases: Vec<(&str, Manner)> = vec![
        ("passed", Box::new(|| ready(r#""systemready":"yes","needsetup":"no""#))),
        ("passed", Box::new(|| http(401, "", ""))),
        ("content booting", Box::new(|| ready(r#""systemready":"no","needsetup":"yes""#))),
        ("content factory-reset", Box::new(|| ready(r#""systemready":"yes","needsetup":"yes""#))),
        ("content factory-reset", Box::new(|| http(401, "Axis-Setup: vapix\r\n", ""))),
        ("missing not-offered", Box::new(|| http(404, "", "<HTML>404 Not Found"))),
        ("missing not-offered", Box::new(|| http(200, "", r#"{"error":{"code":2004,"message":"no"}}"#))),
        ("content server-error", Box::new(|| http(200, "", r#"{"error":{"code":8000,"message":"no"}}"#))),
        ("content locked-out", Box::new(|| http(403, "", ""))),
        ("content busy", Box::new(|| http(503, "", ""))),
        ("content server-error", Box::new(|| http(500, "", ""))),
        ("content garbage", Box::new(|| http(200, "", "<html>login</html>"))),
        ("content garbage", Box::new(|| http(418, "", ""))),
        ("first-byte garbage", Box::new(|| raw("\u{0}\u{1}garbage\r\n\r\n"))),
        ("first-byte garbage", Box::new(|| raw("RTSP/1.0 400 Bad Request\r\n\r\n"))),
        ("first-byte garbage", Box::new(move || http(200, &many, ""))),
        ("first-byte garbage", Box::new(move || http(200, &large, ""))),
        ("body garbage", Box::new(|| raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"))),
        ("body garbage", Box::new(|| Reply::Flood(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), &[b' '; 65_536]))),
        ("first-byte hung", Box::new(|| Reply::Silence)),
        ("first-byte hung", Box::new(|| Reply::Close(vec![]))),
        ("first-byte hung", Box::new(|| Reply::Drip(b"HTTP/1.1 200 OK\r\n".to_vec()))),
        ("first-byte hung", Box::new(|| Reply::Flood(vec![], b"HTTP/1.1 100 Continue\r\n\r\n"))),
        ("body hung", Box::new(|| raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))),
        (
            "body hung",
            Box::new(|| Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec())),
        ),
    ];
    for (index, (expected, reply)) in cases.iter().enumerate() {
        assert_eq!(check(ProbeKind::CameraReady, reply).await, *expected, "case {index}");
    }
}

#[tokio::test]
async fn a_redirect_is_reported_and_never_followed() {
    let canary = Peer::new().await;
    let location = format!("Location: http://{}/login\r\n", canary.address);
    let guest = check(ProbeKind::CameraReady, || http(302, &location, ""));
    assert_eq!(canary.host(|_| Reply::Silence, guest).await, "content redirected");
    assert_eq!(canary.take_asked(), Vec::<String>::new());
}

#[tokio::test]
async fn an_rtsp_server_lives_whatever_status_it_gives() {
    let cases: Vec<(&str, Bare)> = vec![
        ("passed", || raw("RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n")),
        ("passed", || raw("\r\nRTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n")),
        ("content busy", || raw("RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n")),
        ("content busy", || raw("RTSP/1.0 503 Service Unavailable\r\n\r\n")),
        ("first-byte garbage", || raw("HTTP/1.1 400 Bad Request\r\n\r\n")),
        ("first-byte garbage", || Reply::Flood(vec![], b"\r\n")),
        ("first-byte hung", || Reply::Silence),
        ("first-byte hung", || Reply::Close(vec![])),
        ("first-byte hung", || Reply::Drip(b"RTSP/1.0 200 OK\r\n".to_vec())),
    ];
    for (index, (expected, reply)) in cases.iter().enumerate() {
        assert_eq!(check(ProbeKind::CameraRtsp, reply).await, *expected, "case {index}");
    }
}

#[tokio::test]
async fn a_closed_port_refuses_and_a_full_one_times_out() {
    let (_kept, closed) = bound();
    let (full, _held) = full_listener().await;
    for kind in [ProbeKind::CameraTcp, ProbeKind::CameraReady, ProbeKind::CameraRtsp] {
        assert_eq!(gist(&client(closed).probe(kind, AT).await), "connect refused", "{kind}");
        assert_eq!(gist(&client(full.1).probe(kind, AT).await), "connect timeout", "{kind}");
    }
}

/// A socket that keeps its port, at which nobody listens: a free one may be anybody's next.
fn bound() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// A listener whose queue is full, and what fills it: Linux drops further connection attempts.
pub(super) async fn full_listener() -> ((Socket, SocketAddr), Vec<TcpStream>) {
    let (socket, address) = bound();
    socket.listen(0).unwrap();
    let held = vec![TcpStream::connect(address).await.unwrap()];
    ((socket, address), held)
}

#[tokio::test]
async fn a_shorter_limit_shortens_the_wait_and_a_longer_one_does_not_lengthen_it() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    for (limit, expected) in [(LIMITS.total / 3, LIMITS.total / 3), (LIMITS.total * 9, LIMITS.total)] {
        let asking = client.probe_within(ProbeKind::CameraReady, AT, limit);
        let seen = peer.host(|_| Reply::Silence, asking).await;
        let took = Duration::from_micros(seen.phases.total_us.into());
        assert_eq!(gist(&seen), "first-byte hung");
        assert!(expected <= took && took < expected + LIMITS.total / 3, "{limit:?}: {took:?}");
    }
}

#[tokio::test]
async fn reads_who_the_camera_is_and_how_long_it_took() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let body = r#"{"data":{"propertyList":{"ProdFullName":"AXIS P3265-V","Version":"12.5.56","SerialNumber":"ACCC8E000001"}}}"#;
    let observation = peer.host(|_| http(200, "", body), client.probe(ProbeKind::CameraIdentity, AT)).await;
    let clean = DeviceText::clean;
    let expected = [
        Reading::Peer(peer.address),
        Reading::HttpStatus(200),
        Reading::Serial(clean("ACCC8E000001")),
        Reading::Model(clean("AXIS P3265-V")),
        Reading::Firmware(clean("12.5.56")),
    ];
    assert_eq!((gist(&observation).as_str(), observation.readings.as_slice()), ("passed", &expected[..]));
    assert_eq!(client.identity().serial, Some(clean("ACCC8E000001")));
    assert!(observation.phases.connect_us.is_some() && observation.phases.first_byte_us.is_some());
}

/// A camera that closes a kept connection without a word is not hung.
#[tokio::test]
async fn a_connection_closed_while_idle_costs_nothing() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let answer = |_: &str| match ready(r#""systemready":"yes""#) {
        Reply::Say(bytes) => Reply::Close(bytes),
        other => other,
    };
    let three = async {
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(gist(&client.probe(ProbeKind::CameraReady, AT).await));
        }
        seen
    };
    assert_eq!(peer.host(answer, three).await, ["passed", "passed", "passed"]);
}

/// On a kept connection a camera without power is as silent as a hung one; a new one tells them apart.
#[tokio::test]
async fn a_camera_that_dies_between_two_requests_does_not_answer() {
    let ((socket, address), _held) = full_listener().await;
    socket.set_nonblocking(true).unwrap();
    let door = TcpListener::from_std(socket.into()).unwrap();
    let _first = door.accept().await.unwrap();
    let mut client = client(address);
    let answer = async {
        let (mut stream, _) = door.accept().await.unwrap();
        let _asked = stream.read(&mut [0; 4096]).await.unwrap();
        let Reply::Say(bytes) = ready(r#""systemready":"yes""#) else { unreachable!() };
        stream.write_all(&bytes).await.unwrap();
        (stream, TcpStream::connect(address).await.unwrap())
    };
    let (alive, _kept) = tokio::join!(client.probe(ProbeKind::CameraReady, AT), answer);
    assert_eq!(gist(&alive), "passed");
    assert_eq!(gist(&client.probe(ProbeKind::CameraReady, AT).await), "connect timeout");
}
