use super::servers::{Authority, Dates, LOCALHOST, Manner, Resolver, a, http, resolve, serve_tls, tcp, udp};
use super::{End, end, probe};
use crate::net::Net;
use crate::spec::{PathProbe, RelayCheck, RelayLogin};
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Reading};
use demarc_model::symptom::Symptom;
use std::net::SocketAddr;
use std::sync::OnceLock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

const SESAME: &str = "open-sesame";

fn check(port: u16, resolver: SocketAddr, login: Option<RelayLogin>) -> RelayCheck {
    RelayCheck {
        url: format!("https://relay.example:{port}/{SESAME}/snapshot.jpg?key={SESAME}").into(),
        login,
        status: 200,
        content_type: Some("image/jpeg".to_owned()),
        resolver,
        private: true,
    }
}

fn basic() -> Option<RelayLogin> {
    Some(RelayLogin::Basic { username: "branch".to_owned(), password: SESAME.into() })
}

fn relay() -> Resolver {
    Resolver::Records(vec![("relay.example.", a([127, 0, 0, 1]))])
}

/// What is seen of a relay that behaves like this.
async fn look(authority: &Authority, manner: Manner, login: Option<RelayLogin>) -> Observation {
    let net = Net::new(Some(authority.file.path())).unwrap();
    let (listener, address) = tcp().await;
    let (socket, resolver) = udp().await;
    let server = authority.server("relay.example", Dates::Now);
    let both = async {
        tokio::join!(serve_tls(listener, server, manner), resolve(socket, relay()));
    };
    probe(&net, PathProbe::Relay(check(address.port(), resolver, login)), both).await
}

fn words(seen: &Observation) -> &str {
    match &seen.outcome {
        Outcome::Failed { detail, .. } => detail.as_str(),
        Outcome::Passed | Outcome::Missing { .. } => "",
    }
}

#[tokio::test]
async fn an_answer_is_held_against_what_is_expected_and_a_refused_login_is_no_outage() {
    let authority = Authority::new("Vendor CA");
    let (content, login) = (Phase::Content, Phase::Authentication);
    let failed = |phase, symptom| End::Failed(phase, symptom);
    let picture = &["Content-Type: Image/JPEG; charset=binary"][..];
    let page = &["Content-Type: text/html"][..];
    let elsewhere = &["Location: https://elsewhere.example/login"][..];
    let cases = [
        ("200 OK", picture, End::Passed, ""),
        ("200 OK", page, failed(content, Symptom::Redirected), "200 OK with text/html instead of image/jpeg"),
        (
            "200 OK",
            &[][..],
            failed(content, Symptom::Redirected),
            "200 OK with no type instead of image/jpeg",
        ),
        ("302 Found", elsewhere, failed(content, Symptom::Redirected), "302 Found instead of 200"),
        (
            "401 Unauthorized",
            page,
            failed(login, Symptom::Rejected),
            "401 Unauthorized to the login of the relay check",
        ),
        ("403 Forbidden", page, failed(login, Symptom::LockedOut), "403 Forbidden and permits nothing"),
        (
            "404 Not Found",
            page,
            failed(content, Symptom::ServerError),
            "404 Not Found and so does not reach what the URL names",
        ),
        (
            "502 Bad Gateway",
            page,
            failed(content, Symptom::ServerError),
            "502 Bad Gateway and so does not reach what the URL names",
        ),
        (
            "504 Gateway Timeout",
            page,
            failed(content, Symptom::ServerError),
            "504 Gateway Timeout and so does not reach what the URL names",
        ),
        (
            "429 Too Many Requests",
            page,
            failed(content, Symptom::Busy),
            "429 Too Many Requests to too many requests",
        ),
        ("204 No Content", &[][..], failed(content, Symptom::Garbage), "204 No Content instead of 200"),
    ];
    for (status, headers, expected, told) in cases {
        let seen = look(&authority, Manner::Says(http(status, headers, "x")), basic()).await;
        assert_eq!(end(&seen), expected, "{status}: {seen:?}");
        let told = if told.is_empty() { String::new() } else { format!("relay.example answered {told}") };
        assert_eq!(words(&seen), told);
        let status: u16 = status[..3].parse().unwrap();
        assert_eq!(seen.readings.last(), Some(&Reading::HttpStatus(status)));
        assert!(!format!("{seen:?}").contains(SESAME), "{seen:?}");
    }
    let seen = look(&authority, Manner::Says(http("401 Unauthorized", &[], "")), None).await;
    assert_eq!(end(&seen), failed(login, Symptom::Rejected));
    assert_eq!(
        words(&seen),
        "relay.example answered 401 Unauthorized and wants a login, of which none is given"
    );
}

#[tokio::test]
async fn a_picture_without_end_is_enough_and_one_that_does_not_come_is_not() {
    let authority = Authority::new("Vendor CA");
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n".to_vec();
    let endless = Manner::SaysWithoutEnd([&head[..], b"\r\n"].concat());
    assert_eq!(end(&look(&authority, endless, None).await), End::Passed);
    let stalls = Manner::SaysAndWaits([&head[..], b"Content-Length: 9000\r\n\r\nbegins"].concat());
    let seen = look(&authority, stalls, None).await;
    assert_eq!(end(&seen), End::Failed(Phase::Body, Symptom::Hung), "{seen:?}");
}

/// Sends one answer and keeps the request that it heard.
async fn hear(login: Option<RelayLogin>, dates: Dates) -> (Observation, String) {
    let authority = Authority::new("Vendor CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let (listener, address) = tcp().await;
    let (socket, resolver) = udp().await;
    let acceptor = TlsAcceptor::from(authority.server("relay.example", dates));
    let heard = OnceLock::new();
    let server = async {
        let Ok(mut stream) = acceptor.accept(listener.accept().await.unwrap().0).await else { return };
        let mut buffer = vec![0; 4096];
        let length = stream.read(&mut buffer).await.unwrap();
        heard.set(String::from_utf8(buffer[..length].to_vec()).unwrap()).unwrap();
        stream.write_all(&http("200 OK", &["Content-Type: image/jpeg"], "x")).await.unwrap();
        let _gone = stream.shutdown().await;
    };
    let both = async {
        tokio::join!(server, resolve(socket, relay()));
    };
    let seen = probe(&net, PathProbe::Relay(check(address.port(), resolver, login)), both).await;
    (seen, heard.into_inner().unwrap_or_default())
}

#[tokio::test]
async fn a_login_is_shown_to_a_verified_server_and_to_nobody_else() {
    let cases = [
        (None, None),
        (basic(), Some("Authorization: Basic YnJhbmNoOm9wZW4tc2VzYW1l\r\n")),
        (Some(RelayLogin::Bearer(SESAME.into())), Some("Authorization: Bearer open-sesame\r\n")),
    ];
    for (login, shown) in cases {
        let (seen, heard) = hear(login.clone(), Dates::Now).await;
        assert_eq!(end(&seen), End::Passed, "{seen:?}");
        assert!(heard.starts_with("GET /open-sesame/snapshot.jpg?key=open-sesame HTTP/1.1\r\n"), "{heard}");
        assert_eq!(heard.contains("Authorization"), shown.is_some());
        assert!(shown.is_none_or(|line| heard.contains(line)), "{heard}");
        let (seen, heard) = hear(login, Dates::Past).await;
        assert_eq!((end(&seen), &*heard), (End::Failed(Phase::Tls, Symptom::TlsExpired), ""));
    }
}

/// The configuration admits none; nothing is sent.
#[tokio::test]
async fn plain_http_is_not_spoken() {
    let net = Net::new(None).unwrap();
    let (_listener, address) = tcp().await;
    let mut check = check(address.port(), SocketAddr::from((LOCALHOST, 53)), basic());
    check.url = format!("http://127.0.0.1:{}/", address.port()).into();
    let seen = probe(&net, PathProbe::Relay(check), std::future::pending()).await;
    assert_eq!(end(&seen), End::Missing(MissingReason::Agent));
}

/// Fault N04 of the table of hostile input: a resolver that leads into the branch is told no secret of the URL's.
#[tokio::test]
async fn nothing_is_asked_for_at_a_private_address_unless_it_may_be_one() {
    let authority = Authority::new("Vendor CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let (listener, address) = tcp().await;
    let (socket, resolver) = udp().await;
    let what = RelayCheck { private: false, ..check(address.port(), resolver, basic()) };
    let server = authority.server("relay.example", Dates::Now);
    let both = async {
        tokio::join!(serve_tls(listener, server, Manner::Says(vec![])), resolve(socket, relay()));
    };
    let seen = probe(&net, PathProbe::Relay(what), both).await;
    assert_eq!(end(&seen), End::Failed(Phase::Dns, Symptom::NameWrong), "{seen:?}");
}
