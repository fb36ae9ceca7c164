use super::AT;
use super::peer::{LIMITS, Peer, Reply, gist, http, spec};
use crate::camera::CameraClient;
use crate::spec::{CameraSpec, Scheme};
use demarc_model::observation::Reading;
use demarc_model::probe::ProbeKind;
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use std::net::SocketAddr;
use std::sync::Arc;
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
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
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
    }
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
