use super::AT;
use super::peer::{LIMITS, Peer, Reply, gist, http, spec};
use super::trouble::full_listener;
use crate::camera::CameraClient;
use crate::spec::{CameraSpec, Scheme};
use demarc_model::observation::{Observation, Reading};
use demarc_model::probe::ProbeKind;
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn client(address: SocketAddr) -> CameraClient {
    CameraClient::new(CameraSpec { scheme: Scheme::Https, ..spec(address) }, LIMITS).unwrap()
}

/// A server with a certificate and a key of its own.
fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(vec!["camera.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn the_first_key_is_pinned_and_another_gets_nothing() {
    let ready = |_: &str| http(200, "Connection: close\r\n", r#"{"data":{"systemready":"yes"}}"#);
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let (first, second) = (acceptor(), acceptor());
    let met = peer.host_tls(&first, ready, client.probe(ProbeKind::CameraReady, AT)).await;
    let known = client.identity();
    assert_eq!((gist(&met).as_str(), known.key.is_some()), ("passed", true));
    assert!(met.readings.iter().any(|reading| matches!(reading, Reading::TlsNotAfter(_))));

    let mut seen = Vec::new();
    for (tls, kind) in [
        (&second, ProbeKind::CameraReady),
        (&second, ProbeKind::CameraLogin),
        (&second, ProbeKind::CameraOnvif),
        (&first, ProbeKind::CameraReady),
    ] {
        seen.push(gist(&peer.host_tls(tls, ready, client.probe(kind, AT)).await));
    }
    assert_eq!(seen, ["tls identity-changed", "missing unpinned", "missing unpinned", "passed"]);
    assert_eq!((client.identity(), peer.take_asked().len()), (known, 2));
}

/// These servers see bytes, not requests, so they answer to the accepted connection itself.
#[tokio::test]
async fn what_is_no_tls_has_its_symptom() {
    let cases: [(&str, &[u8]); 4] = [
        ("tls tls-old", b"\x15\x03\x03\x00\x02\x02\x28"),
        ("tls tls-old", b"\x15\x03\x01\x00\x02\x02\x46"),
        ("tls garbage", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("tls tls-stall", b""),
    ];
    for (expected, bytes) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = client(listener.local_addr().unwrap());
        let server = async {
            let mut held = Vec::new();
            loop {
                let mut stream = listener.accept().await.unwrap().0;
                tokio::io::AsyncWriteExt::write_all(&mut stream, bytes).await.unwrap();
                held.push(stream);
            }
        };
        let observation = tokio::select! {
            seen = client.probe(ProbeKind::CameraReady, AT) => seen,
            () = server => unreachable!("a server goes on"),
        };
        assert_eq!(gist(&observation), expected, "{}", String::from_utf8_lossy(bytes));
        assert_eq!(happened(&observation), [true, false, false], "{expected}");
    }
}

/// Whether there was a connection, TLS, a first byte.
fn happened(observation: &Observation) -> [bool; 3] {
    let phases = observation.phases;
    [phases.connect_us, phases.tls_us, phases.first_byte_us].map(|phase| phase.is_some())
}

#[tokio::test]
async fn the_connection_and_tls_have_a_time_each_and_a_kept_one_has_none() {
    const SLOW: Duration = Duration::from_millis(100);
    let ready = |_: &str| http(200, "", r#"{"data":{"systemready":"yes"}}"#);
    let peer = Peer::new().await.with_slow_tls(SLOW);
    let mut client = client(peer.address);
    let tls = acceptor();
    let twice = async {
        let first = client.probe(ProbeKind::CameraReady, AT).await;
        (first, client.probe(ProbeKind::CameraReady, AT).await)
    };
    let (first, second) = peer.host_tls(&tls, ready, twice).await;
    assert_eq!((gist(&first), gist(&second)), ("passed".to_owned(), "passed".to_owned()));
    assert_eq!((happened(&first), happened(&second)), ([true; 3], [false, false, true]));
    let phases = first.phases;
    let [connect, tls, byte] = [phases.connect_us, phases.tls_us, phases.first_byte_us].map(Option::unwrap);
    let slow = u32::try_from(SLOW.as_micros()).unwrap();
    assert!(connect < slow && tls >= slow && byte < slow, "{phases:?}");
    assert!(connect + tls + byte <= phases.total_us, "{phases:?}");
}

#[tokio::test]
async fn without_tls_there_is_no_time_for_it() {
    let peer = Peer::new().await;
    let mut client = super::peer::client(peer.address);
    let seen = peer.host(|_| http(401, "", ""), client.probe(ProbeKind::CameraReady, AT)).await;
    assert_eq!((gist(&seen).as_str(), happened(&seen)), ("passed", [true, false, true]));
}

#[tokio::test]
async fn a_connection_that_fails_before_tls_fails_in_its_own_phase() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (full, _held) = full_listener().await;
    for (expected, address) in [("connect refused", closed), ("connect timeout", full.1)] {
        let seen = client(address).probe(ProbeKind::CameraReady, AT).await;
        assert_eq!((gist(&seen).as_str(), happened(&seen)), (expected, [false; 3]));
        let took = Duration::from_micros(seen.phases.total_us.into());
        assert!(took < LIMITS.connect + LIMITS.tls / 2, "TLS gets no time before TCP: {took:?}");
    }
}

#[tokio::test]
async fn a_connection_closed_in_the_handshake_fails_in_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = client(listener.local_addr().unwrap());
    let server = async {
        loop {
            let mut stream = listener.accept().await.unwrap().0;
            let mut hello = [0; 4096];
            // What was read does not matter: an unread hello would turn the end into a reset.
            let _read = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await.unwrap();
        }
    };
    let seen = tokio::select! {
        seen = client.probe(ProbeKind::CameraReady, AT) => seen,
        () = server => unreachable!("a server goes on"),
    };
    assert_eq!((gist(&seen).as_str(), happened(&seen)), ("tls hung", [true, false, false]));
}

#[tokio::test]
async fn basic_over_tls_is_not_answered_either() {
    let basic = |_: &str| http(401, "WWW-Authenticate: Basic realm=\"AXIS_ACCC8E000001\"\r\n", "");
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let seen = peer.host_tls(&acceptor(), basic, client.probe(ProbeKind::CameraLogin, AT)).await;
    assert_eq!((gist(&seen).as_str(), peer.take_asked().len()), ("authentication scheme-unknown", 1));
}

#[tokio::test]
async fn silence_in_http_over_tls_is_hung() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let seen = peer.host_tls(&acceptor(), |_| Reply::Silence, client.probe(ProbeKind::CameraReady, AT)).await;
    assert_eq!(gist(&seen), "first-byte hung");
}
