//! When the password itself is handed over, and when not.

use super::{GET, LOGIN, text};
use crate::auth::basic::Basic;
use crate::auth::digest::Login;
use crate::auth::session::{Next, Session};

const PERMITTED: Login<'_> = Login { basic: Basic::Permitted, ..LOGIN };
const BASIC: &str = r#"Basic realm="AXIS_B8A44F631339""#;
const DIGEST: &str = r#"Digest realm="AXIS_B8A44F631339", nonce="n", algorithm=MD5, qop="auth""#;
const UNKNOWN: &str = r#"Digest realm="AXIS_B8A44F631339", nonce="n", algorithm=NEW"#;

/// The challenges of each 401 of an exchange.
type Refusals<'a> = &'a [&'a [&'a str]];

/// What is sent in one exchange with these refusals: `bare`, `basic` or `digest`, and how it ended.
fn exchange(session: &mut Session, login: Login<'_>, refusals: Refusals<'_>) -> Vec<String> {
    let word = |header: Option<&[u8]>| match header.map(text) {
        None => "bare".to_owned(),
        Some(sent) => sent.split(' ').next().unwrap().to_lowercase(),
    };
    let first = session.authorize(GET, login);
    let mut told = vec![word(first.as_deref())];
    for refusal in refusals {
        match session.challenged(refusal.iter().map(|header| header.as_bytes()), GET, login, "c") {
            Next::Answer(header) => told.push(word(Some(&header))),
            other => {
                told.push(format!("{other:?}"));
                return told;
            }
        }
    }
    session.accepted([], GET, login, b"");
    told
}

/// The example of RFC 7617, section 2.
#[test]
fn is_written_as_the_rfc_writes_it() {
    let login = Login { username: "Aladdin", password: "open sesame", ..PERMITTED };
    assert_eq!(text(&crate::auth::basic::answer(login)), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

#[test]
fn is_handed_over_once_where_nothing_else_is_spoken() {
    let mut session = Session::default();
    let cases: [(&str, Refusals<'_>, &[&str]); 7] = [
        ("first", &[&[BASIC]], &["bare", "basic"]),
        ("then without being asked", &[], &["basic"]),
        ("refused when it had worked", &[&[BASIC]], &["basic", "Rejected"]),
        ("refused at once", &[&[BASIC], &[BASIC]], &["bare", "basic", "Rejected"]),
        ("beside a Digest nobody speaks", &[&[UNKNOWN, BASIC]], &["bare", "basic"]),
        ("Digest wins again", &[&[BASIC, DIGEST]], &["basic", "Rejected"]),
        ("Digest before Basic", &[&[BASIC, DIGEST]], &["bare", "digest"]),
    ];
    for (name, refusals, expected) in cases {
        assert_eq!(exchange(&mut session, PERMITTED, refusals), expected, "{name}");
    }
}

#[test]
fn is_not_mistaken_for_a_wrong_password_when_the_settings_change() {
    let mut session = Session::default();
    assert_eq!(exchange(&mut session, PERMITTED, &[&[BASIC]]), ["bare", "basic"]);
    assert_eq!(exchange(&mut session, PERMITTED, &[&[DIGEST]]), ["basic", "digest"]);
    assert_eq!(exchange(&mut session, PERMITTED, &[]), ["digest"]);
    session.forget();
    assert_eq!(exchange(&mut session, PERMITTED, &[&[BASIC], &[DIGEST]]), ["bare", "basic", "Unsure"]);
    assert_eq!(exchange(&mut session, PERMITTED, &[&[DIGEST], &[BASIC]]), ["bare", "digest", "BasicOnly"]);
}

#[test]
fn is_not_sent_any_more_when_it_is_no_longer_permitted() {
    let mut session = Session::default();
    exchange(&mut session, PERMITTED, &[&[BASIC]]);
    assert_eq!(exchange(&mut session, LOGIN, &[&[BASIC]]), ["bare", "BasicOnly"]);
}
