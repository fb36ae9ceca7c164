mod basic;
mod cases;

use super::basic::Basic;
use super::challenge;
use super::digest::{Login, Offer, Request, Turn};
use super::info::Info;
use super::session::{Next, Session};
use proptest::prelude::*;

const GET: Request<'_> = Request { method: "GET", uri: "/axis-cgi/usergroup.cgi", body: b"" };
const LOGIN: Login<'_> = login("demarc", "pass word");

const fn login<'a>(username: &'a str, password: &'a str) -> Login<'a> {
    Login { username, password, basic: Basic::Refused }
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Realm, nonce, algorithm and qop of the challenge that would be answered, or what is refused.
fn chosen(headers: &[&[u8]]) -> String {
    let mut session = Session::default();
    match session.challenged(headers.iter().copied(), GET, LOGIN, "c") {
        Next::Answer(header) => {
            let answer = challenge::read([header.as_slice()]).remove(0);
            let param = |name| answer.param(name).map_or("-".to_owned(), text);
            format!("{} {} {} {}", param("realm"), param("nonce"), param("algorithm"), param("qop"))
        }
        Next::Rejected => "rejected".to_owned(),
        Next::Unsupported { offered } => format!("unsupported {}", offered.join("+")),
        Next::BasicOnly => "basic only".to_owned(),
        Next::Unsure => "unsure".to_owned(),
    }
}

#[test]
fn reads_what_devices_send_and_answers_the_strongest() {
    let cases: &[(&[&str], &str)] = &[
        (&[r#"Digest realm="r", nonce="n", algorithm=MD5, qop="auth""#], "r n MD5 auth"),
        (&[r#"Digest realm="r",qop="auth",nonce="n",opaque="o",algorithm=md5"#], "r n md5 auth"),
        (&[r#"Digest realm="r", nonce="n", algorithm="MD5", qop="auth""#], "r n MD5 auth"),
        (&[r#"Digest realm="r", nonce="n", algorithm=MD5-SESS, qop="auth""#], "r n MD5-SESS auth"),
        (&[r#"Digest realm="r", nonce="n", algorithm=SHA256, qop="auth""#], "r n SHA256 auth"),
        (&[r#"digest realm="r", nonce="n", qop="auth""#], "r n - auth"),
        (&[r#"DIGEST  realm="r", nonce="n", qop=auth"#], "r n - auth"),
        (&[r#"Digest realm="r", nonce="n""#], "r n - -"),
        (&[r#"Digest realm="r", nonce="n", qop="""#], "r n - -"),
        (&[r#"Digest realm="r", nonce="n", qop="auth,auth-int""#], "r n - auth"),
        (&[r#"Digest realm="r", nonce="n", qop=auth,auth-int, algorithm=MD5"#], "r n MD5 auth"),
        (&[r#"Digest realm="r", nonce="n", qop="auth-int""#], "r n - auth-int"),
        (&[r#"Digest realm="r", nonce="n", qop="auth-conf""#], "unsupported Digest"),
        (&[r#"Digest realm="r", nonce="n", algorithm=SHA-1, qop="auth""#], "unsupported Digest"),
        (&[r#"Digest realm="r", qop="auth""#], "unsupported Digest"),
        (&[r#"Digest realm="r", nonce="n","#], "r n - -"),
        (&[r#"Digest realm="r" nonce="n" qop="auth""#], "r n - auth"),
        (&[r#"Digest realm="r"; nonce="n"; qop="auth""#], "r n - auth"),
        (&["Digest realm='r', nonce='n', qop='auth'"], "r n - auth"),
        (&["Digest realm=IP Camera(C1214), nonce=n, qop=auth"], "IP Camera(C1214) n - auth"),
        (&[r#"Digest realm="say \"hi\"", nonce="n""#], r#"say "hi" n - -"#),
        (&[r#"Digest realm="say "hi" now", nonce="n""#], r#"say "hi" now n - -"#),
        (&[r#"Digest realm="", nonce="a:b:c", opaque="", qop="auth""#], " a:b:c - auth"),
        (&[r#"Digest realm="r", nonce="first", nonce="second""#], "r first - -"),
        (
            &[r#"Digest realm="AXIS_WS_ACCC8E3A0A8F", nonce="00c3", stale=FALSE"#],
            "AXIS_WS_ACCC8E3A0A8F 00c3 - -",
        ),
        (&[r#"Basic realm="b""#, r#"Digest realm="r", nonce="n", qop="auth""#], "r n - auth"),
        (&[r#"Basic realm="b", Digest realm="r", nonce="n", qop="auth""#], "r n - auth"),
        (&[r#"Digest realm="r", nonce="n", qop="auth", Basic realm="b""#], "r n - auth"),
        (&[r#"NTLM TlRMTVNTUAACAAAA==, Digest realm="r", nonce="n""#], "r n - -"),
        (&["Negotiate", "NTLM", r#"Digest realm="r", nonce="n""#], "r n - -"),
        (&[r#"Bearer scope="x", Digest realm="r", nonce="n""#], "r n - -"),
        (
            &[
                r#"Digest realm="r", nonce="m", qop="auth""#,
                r#"Digest realm="r", nonce="s", algorithm=SHA-256, qop="auth""#,
            ],
            "r s SHA-256 auth",
        ),
        (
            &[
                r#"Digest realm="r", nonce="s", algorithm=SHA-256, qop="auth", Digest realm="r", nonce="t", algorithm=SHA-512-256, qop="auth""#,
            ],
            "r t SHA-512-256 auth",
        ),
        (
            &[
                r#"Digest realm="r", nonce="x", algorithm=NEW, qop="auth""#,
                r#"Digest realm="r", nonce="n", algorithm=MD5"#,
            ],
            "r n MD5 -",
        ),
        (&[r#"Basic realm="AXIS_B8A44F631339""#], "basic only"),
        (&["Negotiate", "NTLM"], "unsupported Negotiate+NTLM"),
        (&[], "unsupported "),
        (&["", ", ,;", "==\"", "\"\\"], "unsupported "),
    ];
    for (headers, expected) in cases {
        let headers: Vec<&[u8]> = headers.iter().map(|header| header.as_bytes()).collect();
        assert_eq!(chosen(&headers), *expected, "{:?}", headers.iter().map(|h| text(h)).collect::<Vec<_>>());
    }
}

#[test]
fn a_realm_in_any_encoding_goes_back_byte_for_byte() {
    for realm in ["Entrée".as_bytes(), b"Entr\xe9e", b"\xba\xa3\xbf\xb5", "中文".as_bytes()] {
        let header = [b"Digest realm=\"", realm, b"\", nonce=\"n\""].concat();
        assert_eq!(chosen(&[&header]), format!("{} n - -", text(realm)));
    }
}

/// Challenge, user, password, URI, cnonce, expected response: the examples of the RFCs.
#[test]
fn computes_the_examples_of_the_rfcs() {
    const RFC7616: &str = r#"Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", algorithm="#;
    const CNONCE7616: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const RFC2617: &str = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#;
    let cases = [
        (format!("{RFC7616}MD5"), "Mufasa|Circle of Life|/dir/index.html", CNONCE7616, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            format!("{RFC7616}SHA-256"),
            "Mufasa|Circle of Life|/dir/index.html",
            CNONCE7616,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
        (
            r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", charset=UTF-8, userhash=true"#.to_owned(),
            "Jäsøn Doe|Secret, or not?|/doe.json",
            "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
            "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
        ),
        (format!("{RFC2617}, qop=\"auth,auth-int\""), "Mufasa|Circle Of Life|/dir/index.html", "0a4f113b", "6629fae49393a05397450978507c4ef1"),
        (RFC2617.to_owned(), "Mufasa|CircleOfLife|/dir/index.html", "", "1949323746fe6a43ef61f9606e7febea"),
    ];
    for (header, given, cnonce, expected) in cases {
        let given: Vec<&str> = given.split('|').collect();
        let offer = Offer::from_challenge(&challenge::read([header.as_bytes()])[0]).unwrap();
        let request = Request { uri: given[2], ..GET };
        let answer = offer.answer(request, login(given[0], given[1]), Turn { cnonce, count: 1 });
        assert_eq!(response_of(&answer), expected, "{header}");
        if offer.userhash {
            // As corrected by erratum 4897.
            let hashed = "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"";
            let answer = text(&answer);
            assert!(answer.contains(hashed) && answer.contains(", userhash=true"), "{answer}");
        }
    }
}

fn response_of(answer: &[u8]) -> String {
    challenge::read([answer]).remove(0).param("response").map(text).unwrap()
}

#[test]
fn writes_tokens_bare_and_strings_quoted() {
    let header = br#"Digest realm="a \"b\"", nonce="n", algorithm=MD5, qop="auth", opaque="o""#;
    let offer = Offer::from_challenge(&challenge::read([header.as_slice()])[0]).unwrap();
    let answer = offer.answer(GET, LOGIN, Turn { cnonce: "c", count: 26 });
    let response = response_of(&answer);
    let expected = format!(
        r#"Digest username="demarc", realm="a \"b\"", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth, nc=0000001a, cnonce="c", opaque="o", response="{response}""#
    );
    assert_eq!(text(&answer), expected);
}

/// One exchange: the challenges of the 401s in order, then 200 if `accepted`; what was sent, as
/// `bare` or `nonce/nc`, and how it ended.
fn exchange(session: &mut Session, refusals: &[&str]) -> (Vec<String>, &'static str) {
    let mut sent = Vec::new();
    let mut next = session.authorize(GET, LOGIN);
    for refusal in refusals {
        sent.push(brief(next.as_deref()));
        match session.challenged([refusal.as_bytes()], GET, LOGIN, "c") {
            Next::Answer(header) => next = Some(header),
            Next::Rejected => return (sent, "rejected"),
            Next::Unsupported { .. } => return (sent, "unsupported"),
            Next::BasicOnly => return (sent, "basic only"),
            Next::Unsure => return (sent, "unsure"),
        }
    }
    sent.push(brief(next.as_deref()));
    session.accepted([], GET, LOGIN, b"");
    (sent, "accepted")
}

fn brief(header: Option<&[u8]>) -> String {
    let Some(header) = header else { return "bare".to_owned() };
    let answer = challenge::read([header]).remove(0);
    let param = |name| answer.param(name).map_or("-".to_owned(), text);
    format!("{}/{}", param("nonce"), param("nc").trim_start_matches('0'))
}

#[test]
fn proves_the_password_once_and_stops_when_it_is_refused() {
    let (a, b, c) = (nonce("a", ""), nonce("b", ""), nonce("c", ""));
    let b_stale = nonce("b", ", stale=TRUE");
    let basic = r#"Basic realm="r""#;
    let cases: &[(&str, &[&str], &[&str], &str)] = &[
        ("cold and right", &[&a], &["bare", "a/1"], "accepted"),
        ("warm", &[], &["a/2"], "accepted"),
        ("still warm", &[], &["a/3"], "accepted"),
        ("expired, marked", &[&b_stale], &["a/4", "b/1"], "accepted"),
        ("same nonce marked stale", &[&b_stale], &["b/2", "b/1"], "accepted"),
        ("refused with the nonce that worked", &[&b], &["b/2"], "rejected"),
        ("cold again, refused", &[&a, &b], &["bare", "a/1"], "rejected"),
        ("a nonce that is too old at once", &[&a, &b_stale], &["bare", "a/1"], "unsure"),
        ("refused without a challenge", &[&a, ""], &["bare", "a/1"], "rejected"),
        ("basic only", &[basic], &["bare"], "basic only"),
        ("right again", &[&c], &["bare", "c/1"], "accepted"),
        ("expired or refused, not marked", &[&a], &["c/2"], "unsure"),
        ("no nonce is trusted to last any more", &[&a], &["bare", "a/1"], "accepted"),
        ("cold for ever", &[&b], &["bare", "b/1"], "accepted"),
        ("Digest switched off after the answer", &[&a, basic], &["bare", "a/1"], "basic only"),
        ("refused", &[&a, &b], &["bare", "a/1"], "rejected"),
        ("nothing kept from a refusal", &[], &["bare"], "accepted"),
    ];
    check_session(cases);
    let axis_cases: &[(&str, &[&str], &[&str], &str)] = &[
        ("an Axis camera, cold", &[&axis("a")], &["bare", "a/1"], "accepted"),
        ("it marks what has expired", &[&axis("b")], &["a/2"], "rejected"),
        ("and may be trusted again", &[&axis("b")], &["bare", "b/1"], "accepted"),
        ("warm", &[], &["b/2"], "accepted"),
    ];
    check_session(axis_cases);
}

fn check_session(cases: &[(&str, &[&str], &[&str], &str)]) {
    let mut session = Session::default();
    for (name, refusals, sent, end) in cases {
        let sent = sent.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(exchange(&mut session, refusals), (sent, *end), "{name}");
    }
}

fn axis(nonce: &str) -> String {
    format!(r#"Digest realm="AXIS_ACCC8E000001", nonce="{nonce}", algorithm=MD5, qop="auth""#)
}

fn nonce(nonce: &str, more: &str) -> String {
    format!(r#"Digest realm="r", nonce="{nonce}", algorithm=MD5, qop="auth"{more}"#)
}

#[test]
fn a_forgotten_session_starts_cold() {
    let mut session = Session::default();
    exchange(&mut session, &[&nonce("a", "")]);
    assert_eq!(exchange(&mut session, &[]), (vec!["a/2".to_owned()], "accepted"));
    session.forget();
    assert_eq!(exchange(&mut session, &[]), (vec!["bare".to_owned()], "accepted"));
}

#[test]
fn a_cold_session_uses_no_nonce_twice_and_doubts_only_what_is_too_old_at_once() {
    let mut session = Session::cold();
    for (refusals, sent, end) in [
        (vec![nonce("a", "")], vec!["bare", "a/1"], "accepted"),
        (vec![nonce("a", "")], vec!["bare", "a/1"], "accepted"),
        (vec![nonce("a", ""), nonce("b", "")], vec!["bare", "a/1"], "rejected"),
        (vec![nonce("a", ""), nonce("b", ", stale=true")], vec!["bare", "a/1"], "unsure"),
        (vec![], vec!["bare"], "accepted"),
    ] {
        let refusals: Vec<&str> = refusals.iter().map(String::as_str).collect();
        let sent: Vec<String> = sent.iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(exchange(&mut session, &refusals), (sent, end), "{refusals:?}");
        session.forget();
    }
}

proptest! {
    #[test]
    fn no_header_is_too_strange(headers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4)) {
        challenge::read(headers.iter().map(Vec::as_slice));
        Info::read(headers.iter().map(Vec::as_slice));
    }

    #[test]
    fn no_almost_right_header_is_too_strange(header in r#"(Digest|Basic|realm|nonce|[ ,;="'\\]|é|x){0,40}"#) {
        challenge::read([header.as_bytes()]);
    }

    /// An independent implementation agrees, for what it can represent.
    #[test]
    fn agrees_with_http_auth(
        realm in r"[ -!#-\[\]-~]{0,20}",
        nonce in "[A-Za-z0-9+/=]{1,40}",
        algorithm in "(MD5|MD5-sess|SHA-256|SHA-256-sess|SHA-512-256)",
        qop in "(, qop=\"auth\"|)",
        password in "[ -~]{0,20}",
    ) {
        let header = format!(r#"Digest realm="{realm}", nonce="{nonce}", algorithm={algorithm}{qop}"#);
        let parsed = http_auth::parse_challenges(&header).unwrap();
        let mut client = http_auth::DigestClient::try_from(&parsed[0]).unwrap();
        let params = http_auth::PasswordParams {
            username: "demarc", password: &password, uri: GET.uri, method: GET.method, body: None,
        };
        let theirs = client.respond_with_testing_cnonce(&params, "abc").unwrap();
        let offer = Offer::from_challenge(&challenge::read([header.as_bytes()])[0]).unwrap();
        let ours = offer.answer(GET, login("demarc", &password), Turn { cnonce: "abc", count: 1 });
        prop_assert_eq!(response_of(&ours), response_of(theirs.as_bytes()));
    }
}
