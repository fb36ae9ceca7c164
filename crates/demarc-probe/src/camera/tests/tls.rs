use super::AT;
use super::peer::{LIMITS, Peer, Reply, challenge, gist, http, proof, spec};
use super::trouble::full_listener;
use crate::camera::CameraClient;
use crate::path::tests::servers::serve_cut;
use crate::spec::{Basic, CameraSpec, Limits, Scheme};
use demarc_model::identity::LoginScheme;
use demarc_model::observation::{Observation, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn client(address: SocketAddr) -> CameraClient {
    CameraClient::new(CameraSpec { scheme: Scheme::Https, ..spec(address) }, LIMITS).unwrap()
}

/// A server with a certificate and a key of its own.
pub(super) fn acceptor() -> TlsAcceptor {
    TlsAcceptor::from(server())
}

fn server() -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(vec!["camera.example".to_owned()]).unwrap();
    showing(&made.cert, &made.signing_key)
}

fn showing(certificate: &rcgen::Certificate, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config)
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

/// A certificate for this name and these years, by this issuer or by itself.
fn certificate(
    name: &str,
    (from, to): (i32, i32),
    issuer: Option<&Issuer<'_, KeyPair>>,
    key: &KeyPair,
) -> rcgen::Certificate {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    match issuer {
        Some(issuer) => params.signed_by(key, issuer).unwrap(),
        None => params.self_signed(key).unwrap(),
    }
}

/// Fault T01 of the table of hostile input.
#[tokio::test]
async fn a_camera_is_known_by_its_key_whatever_its_certificate_says() {
    let ready = |_: &str| http(200, "Connection: close\r\n", r#"{"data":{"systemready":"yes"}}"#);
    let authority = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let foreign = Issuer::new(params, authority);
    let cases = [
        ("its own", "camera.example", (2020, 2120), None),
        ("not valid yet", "camera.example", (2110, 2120), None),
        ("expired", "camera.example", (2000, 2001), None),
        ("for another name", "www.elsewhere.example", (2020, 2120), None),
        ("of a foreign issuer", "camera.example", (2020, 2120), Some(&foreign)),
        ("all of it", "www.elsewhere.example", (2000, 2001), Some(&foreign)),
    ];
    let key = KeyPair::generate().unwrap();
    let peer = Peer::new().await;
    let mut pinned = client(peer.address);
    for (what, name, years, issuer) in cases {
        let tls = TlsAcceptor::from(showing(&certificate(name, years, issuer, &key), &key));
        let until = Reading::TlsNotAfter(format!("{}-01-01T00:00:00Z", years.1).parse().unwrap());
        let mut first_met = client(peer.address);
        for client in [&mut first_met, &mut pinned] {
            let seen = peer.host_tls(&tls, ready, client.probe(ProbeKind::CameraReady, AT)).await;
            assert_eq!(gist(&seen), "passed", "{what}: {seen:?}");
            assert!(seen.readings.contains(&until), "{what}: this certificate was shown: {seen:?}");
        }
        assert_eq!((pinned.identity(), pinned.stranger()), (first_met.identity(), None), "{what}");
    }
    let other = KeyPair::generate().unwrap();
    let tls = TlsAcceptor::from(showing(&certificate("camera.example", (2020, 2120), None, &other), &other));
    let seen = peer.host_tls(&tls, ready, pinned.probe(ProbeKind::CameraReady, AT)).await;
    assert_eq!(gist(&seen), "tls identity-changed", "a good certificate for another key: {seen:?}");
}

/// The kinds of the TLS records that these bytes are, to the last.
fn records(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [kind, 3, _, high, low, rest @ ..] = bytes {
        kinds.push(*kind);
        bytes = rest.split_at(u16::from_be_bytes([*high, *low]).into()).1;
    }
    assert!(bytes.is_empty(), "after {kinds:?} comes what is no record: {bytes:?}");
    kinds
}

/// Fault T04 of the table of hostile input: no camera is asked in the clear because its TLS is too old, neither
/// at its port nor at another.
#[tokio::test]
async fn a_camera_whose_tls_is_too_old_hears_nothing_in_the_clear() {
    const CAMERA: Ipv4Addr = Ipv4Addr::new(127, 0, 4, 4);
    const HELLO: u8 = 0x16;
    const TOO_OLD: &[u8] = b"\x15\x03\x01\x00\x02\x02\x46";
    let listener = TcpListener::bind((CAMERA, 0)).await.unwrap();
    let rtsp = listening((CAMERA, 0)).unwrap();
    // Where only root may listen.
    let http = listening((CAMERA, 80));
    let spec = CameraSpec {
        scheme: Scheme::Https,
        rtsp_port: rtsp.local_addr().unwrap().port(),
        basic: Basic::OverPinnedTls,
        ..spec(listener.local_addr().unwrap())
    };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let kinds = [ProbeKind::CameraReady, ProbeKind::CameraLogin, ProbeKind::CameraOnvif];
    let camera = async {
        let mut heard = Vec::new();
        for _ in kinds {
            let mut stream = listener.accept().await.unwrap().0;
            let mut bytes = Vec::new();
            stream.read_buf(&mut bytes).await.unwrap();
            stream.write_all(TOO_OLD).await.unwrap();
            stream.read_to_end(&mut bytes).await.unwrap();
            heard.push(records(&bytes));
        }
        heard
    };
    let guest = async {
        let mut seen = Vec::new();
        for kind in kinds {
            seen.push(gist(&client.probe(kind, AT).await));
        }
        seen
    };
    let both = tokio::time::timeout(4 * LIMITS.total, async { tokio::join!(guest, camera) });
    let (seen, heard) = both.await.expect("one connection for each");
    assert_eq!((seen, heard), (vec!["tls tls-old".to_owned(); 3], vec![vec![HELLO]; 3]));
    for other in [Some(rtsp), http.ok()].into_iter().flatten() {
        assert_eq!(other.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "{other:?}");
    }
}

fn listening(address: (Ipv4Addr, u16)) -> std::io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Fault T05 of the table of hostile input.
#[tokio::test]
async fn a_camera_that_stalls_in_any_flight_of_tls_ends_by_its_own_limit() {
    let limits = Limits { total: Duration::from_secs(2), ..LIMITS };
    for bytes in [0, 1, 5, 127, 200, 400, 600] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let spec = CameraSpec { scheme: Scheme::Https, ..spec(listener.local_addr().unwrap()) };
        let mut client = CameraClient::new(spec, limits).unwrap();
        let seen = tokio::select! {
            seen = client.probe(ProbeKind::CameraReady, AT) => seen,
            () = serve_cut(listener, server(), bytes) => unreachable!("a server goes on"),
        };
        assert_eq!(gist(&seen), "tls tls-stall", "{bytes}: {seen:?}");
        assert_eq!(happened(&seen), [true, false, false], "{bytes}");
        let took = Duration::from_micros(seen.phases.total_us.into());
        assert!(limits.tls <= took && took < limits.total, "{bytes}: {seen:?}");
    }
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
                stream.write_all(bytes).await.unwrap();
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
            let _read = stream.read(&mut hello).await.unwrap();
        }
    };
    let seen = tokio::select! {
        seen = client.probe(ProbeKind::CameraReady, AT) => seen,
        () = server => unreachable!("a server goes on"),
    };
    assert_eq!((gist(&seen).as_str(), happened(&seen)), ("tls hung", [true, false, false]));
}

const BASIC: &str = "WWW-Authenticate: Basic realm=\"AXIS_ACCC8E000001\"\r\n";

/// The policy of current Axis cameras over TLS.
fn basic_only(request: &str) -> Reply {
    match proof(request).as_str() {
        "basic" => http(200, "", "viewer\nusers viewer\n"),
        _ => http(401, BASIC, ""),
    }
}

/// Probes in turn; each result and the proofs that were sent for it.
async fn check(
    peer: &Peer,
    client: &mut CameraClient,
    (tls, answer): (&TlsAcceptor, impl Fn(&str) -> Reply),
    probes: &[ProbeKind],
) -> Vec<String> {
    let guest = async {
        let mut seen = Vec::new();
        for kind in probes {
            let result = gist(&client.probe(*kind, AT).await);
            let asked: Vec<_> = peer.take_asked().iter().map(|request| proof(request)).collect();
            seen.push(format!("{result}: {}", asked.join(" ")));
        }
        seen
    };
    peer.host_tls(tls, answer, guest).await
}

pub(super) fn consenting(address: SocketAddr) -> CameraClient {
    let spec = CameraSpec { scheme: Scheme::Https, basic: Basic::OverPinnedTls, ..spec(address) };
    CameraClient::new(spec, LIMITS).unwrap()
}

const LOGIN: ProbeKind = ProbeKind::CameraLogin;

#[tokio::test]
async fn basic_over_tls_is_not_answered_without_consent_and_the_key_to_set_is_named() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let asking = client.probe(LOGIN, AT);
    let seen = peer.host_tls(&acceptor(), basic_only, asking).await;
    assert_eq!((gist(&seen).as_str(), peer.take_asked().len()), ("authentication scheme-unknown", 1));
    let Outcome::Failed { detail, .. } = seen.outcome else { unreachable!("it failed") };
    assert!(detail.as_str().contains("set basic-over-tls = true in its [[camera]]"), "{detail}");
}

#[tokio::test]
async fn basic_with_consent_goes_to_the_key_that_was_met_before() {
    let peer = Peer::new().await;
    let mut client = consenting(peer.address);
    let (first, second) = (acceptor(), acceptor());
    let met = check(&peer, &mut client, (&first, basic_only), &[LOGIN; 4]).await;
    let other = check(&peer, &mut client, (&second, basic_only), &[LOGIN, ProbeKind::CameraOnvif]).await;
    assert_eq!(met, ["missing unpinned: bare", "passed: bare basic", "passed: basic", "passed: basic"]);
    assert_eq!(other, ["missing unpinned: ", "missing unpinned: "]);
}

#[tokio::test]
async fn a_refused_basic_is_one_failed_login() {
    let peer = Peer::new().await;
    let mut client = consenting(peer.address);
    let refuse = |_: &str| http(401, BASIC, "");
    let probes = [ProbeKind::CameraReady, LOGIN, LOGIN];
    let seen = check(&peer, &mut client, (&acceptor(), refuse), &probes).await;
    assert_eq!(seen, ["passed: bare", "authentication rejected: bare basic", "missing budget: "]);
}

#[tokio::test]
async fn a_camera_that_took_digest_does_not_get_the_password_itself() {
    let peer = Peer::new().await;
    let mut client = consenting(peer.address);
    let tls = acceptor();
    let digest = |request: &str| match proof(request).as_str() {
        "bare" | "basic" => challenge("n", ""),
        _ => http(200, "", "viewer\nusers viewer\n"),
    };
    let both = |request: &str| match proof(request).as_str() {
        "bare" => {
            let digest =
                "WWW-Authenticate: Digest realm=\"AXIS_ACCC8E000001\", nonce=\"n\", qop=\"auth\"\r\n";
            http(401, &format!("{BASIC}{digest}"), "")
        }
        _ => http(200, "", "viewer\nusers viewer\n"),
    };
    let met = check(&peer, &mut client, (&tls, both), &[LOGIN]).await;
    let weakened = check(&peer, &mut client, (&tls, basic_only), &[LOGIN; 2]).await;
    let stranger = client.stranger();
    assert_eq!(met, ["passed: bare n/1"]);
    assert_eq!(weakened, ["authentication identity-changed: n/2", "authentication identity-changed: bare"]);
    assert_eq!(stranger.clone().and_then(|seen| seen.login), Some(LoginScheme::Basic));

    let mut accepted = consenting(peer.address);
    accepted.restore_identity(&client.identity().accepting(&stranger.unwrap()), None);
    let seen = check(&peer, &mut accepted, (&tls, basic_only), &[LOGIN; 2]).await;
    assert_eq!(seen, ["passed: bare basic", "passed: basic"]);
    let stronger = check(&peer, &mut accepted, (&tls, digest), &[LOGIN; 2]).await;
    assert_eq!(stronger, ["passed: basic n/1", "passed: n/2"]);
    assert_eq!(accepted.identity().login, Some(LoginScheme::Digest));
}

#[tokio::test]
async fn another_key_is_named_until_the_first_one_is_back_also_after_a_restart() {
    let ready = |_: &str| http(200, "Connection: close\r\n", r#"{"data":{"systemready":"yes"}}"#);
    let peer = Peer::new().await;
    let (first, second) = (acceptor(), acceptor());
    let mut client = client(peer.address);
    const READY: &[ProbeKind] = &[ProbeKind::CameraReady];
    check(&peer, &mut client, (&first, ready), READY).await;
    let known = client.identity();
    check(&peer, &mut client, (&second, ready), READY).await;
    let other = client.stranger().and_then(|stranger| stranger.key);
    assert!(other.is_some() && other != known.key, "{other:?}");

    let mut restarted = self::client(peer.address);
    restarted.restore_identity(&known, None);
    assert_eq!(check(&peer, &mut restarted, (&second, ready), READY).await, ["tls identity-changed: "]);
    assert_eq!(restarted.stranger().and_then(|stranger| stranger.key), other);
    assert_eq!(check(&peer, &mut restarted, (&first, ready), READY).await, ["passed: bare"]);
    assert_eq!(restarted.stranger(), None);
    check(&peer, &mut client, (&first, ready), READY).await;
    assert_eq!((client.identity(), client.stranger()), (known, None));
}

#[tokio::test]
async fn silence_in_http_over_tls_is_hung() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let seen = peer.host_tls(&acceptor(), |_| Reply::Silence, client.probe(ProbeKind::CameraReady, AT)).await;
    assert_eq!(gist(&seen), "first-byte hung");
}
