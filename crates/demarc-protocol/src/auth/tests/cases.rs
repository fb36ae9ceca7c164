//! Thirty ways in which devices ask for Digest, seen at cameras and web servers. What must be sent was
//! computed by another program.

use super::{GET, LOGIN, text};
use crate::auth::digest::Request;
use crate::auth::session::{Mutual, Next, Session};

const POST: Request<'_> = Request { method: "POST", body: b"<s:Envelope/>", ..GET };

macro_rules! cases {
    ($($name:ident: $request:expr, $headers:expr, $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            check($request, &$headers, $expected);
        }
    )*};
}

fn check(request: Request<'_>, headers: &[&[u8]], expected: &[u8]) {
    match Session::default().challenged(headers.iter().copied(), request, LOGIN, "c") {
        Next::Answer(answer) => assert_eq!(text(&answer), text(expected)),
        other => panic!("{other:?}"),
    }
}

cases! {
    d01_an_algorithm_in_lower_case: GET, [br#"Digest realm="Motion",qop="auth",nonce="n",opaque="o",algorithm=md5"#],
        br#"Digest username="demarc", realm="Motion", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=md5, qop=auth, nc=00000001, cnonce="c", opaque="o", response="2610d357e97fcc9ed933bd39a7063fc3""#;
    d02_a_session_algorithm_in_upper_case: GET, [br#"Digest realm="r", nonce="n", algorithm=MD5-SESS, qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5-SESS, qop=auth, nc=00000001, cnonce="c", response="afe693a2a72da99d8039178e297c2cef""#;
    d03_sha256_without_its_dash: GET, [br#"Digest realm="r", nonce="n", algorithm=SHA256, qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=SHA256, qop=auth, nc=00000001, cnonce="c", response="512db60e847f0eaae975b8768243879a8c79434402026c90c5140033b97ef012""#;
    d04_no_commas: GET, [br#"Digest realm="r" nonce="n" algorithm=MD5 qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d05_unescaped_quotes_in_the_realm: GET, [br#"Digest realm="say "hi" now", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="say \"hi\" now", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="685cdf542252aad6af7cc742a566f429""#;
    d06_a_realm_in_utf_8: GET, [b"Digest realm=\"Entr\xc3\xa9e \xe4\xb8\xad\xe6\x96\x87\", nonce=\"n\", qop=\"auth\""],
        b"Digest username=\"demarc\", realm=\"Entr\xc3\xa9e \xe4\xb8\xad\xe6\x96\x87\", nonce=\"n\", uri=\"/axis-cgi/usergroup.cgi\", qop=auth, nc=00000001, cnonce=\"c\", response=\"5138a143c6180efa85713885be28b185\"";
    d07_two_blanks_after_the_scheme: GET, [br#"Digest  realm="r", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d08_single_quotes: GET, [br#"Digest realm='IP Camera(C1214)', nonce='n', qop='auth'"#],
        br#"Digest username="demarc", realm="IP Camera(C1214)", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="8b7318bc33dc0c2934f06c0d4a6e1d46""#;
    d09_only_auth_int_and_nothing_to_sign: GET, [br#"Digest realm="r", nonce="n", algorithm=MD5, qop="auth-int""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth-int, nc=00000001, cnonce="c", response="361e3e1f11d245bcd3423c7b6fd1b016""#;
    d10_a_quoted_algorithm: GET, [br#"Digest realm="r", nonce="n", algorithm="MD5", qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d11_two_digests_with_a_nonce_each: GET, [br#"Digest realm="r", nonce="m", qop="auth", stale="FALSE""#, br#"Digest realm="r", nonce="s", algorithm=SHA-256, qop="auth", stale="FALSE""#],
        br#"Digest username="demarc", realm="r", nonce="s", uri="/axis-cgi/usergroup.cgi", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c", response="0f6d7d04fc7597de797ab834604cbc8c41dac2a30db9ee88f1bdd689eec52eb1""#;
    d12_basic_before_digest: GET, [br#"Basic realm="b""#, br#"Digest realm="r", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d13_negotiate_before_digest: GET, [br#"Negotiate"#, br#"NTLM"#, br#"Digest realm="r", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d14_bearer_before_digest: GET, [br#"Bearer scope="x y", error="invalid_token", Digest realm="r", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d15_no_qop: GET, [br#"Digest realm="AXIS_WS_ACCC8E3A0A8F", nonce="000057c3Y810622bff50b36005eb5efeae118626a161bf", stale=FALSE"#],
        br#"Digest username="demarc", realm="AXIS_WS_ACCC8E3A0A8F", nonce="000057c3Y810622bff50b36005eb5efeae118626a161bf", uri="/axis-cgi/usergroup.cgi", response="6baa87a7f298fa1055fe2889bcd8267d""#;
    d16_a_qop_without_quotes: GET, [br#"Digest realm="r", nonce="n", qop=auth,auth-int, algorithm=MD5"#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d17_a_comma_at_the_end: GET, [br#"Digest realm="r", nonce="n", qop="auth","#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d18_escaped_quotes_in_the_realm: GET, [br#"Digest realm="say \"hi\" \\ now", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="say \"hi\" \\ now", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="c90d7013355f976a6b82d8ba88670af0""#;
    d19_an_empty_realm_and_opaque: GET, [br#"Digest realm="", nonce="a:b=c==", opaque="", qop="auth""#],
        br#"Digest username="demarc", realm="", nonce="a:b=c==", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", opaque="", response="dda194f3d07905fb74afc5d8ea7e95a2""#;
    d20_md5_sess: GET, [br#"Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5-sess, qop=auth, nc=00000001, cnonce="c", response="afe693a2a72da99d8039178e297c2cef""#;
    d21_sha_512_256: GET, [br#"Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=SHA-512-256, qop=auth, nc=00000001, cnonce="c", response="0c6214c7d2c134209f3715e91d33687c54bffdc845269c94faa32122dbf1f74e""#;
    d22_userhash: GET, [br#"Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth", charset=UTF-8, userhash=true"#],
        br#"Digest username="f3cd5e842caf6fe658ddbf176d1699d681880355e653c217d75f2a12f3eb0810", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c", userhash=true, response="512db60e847f0eaae975b8768243879a8c79434402026c90c5140033b97ef012""#;
    d23_a_scheme_in_lower_case: GET, [br#"digest realm="r", nonce="n", qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d24_an_unknown_algorithm_before_md5: GET, [br#"Digest realm="r", nonce="x", algorithm=SHA3-256, qop="auth", Digest realm="r", nonce="n", algorithm=MD5, qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="851883619e6e1c166da7f6d7cbc75e8a""#;
    d25_only_auth_int_and_a_body_to_sign: POST, [br#"Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth-int""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=SHA-256, qop=auth-int, nc=00000001, cnonce="c", response="a895f440f102ec347821a1f469af60587c50df6055695e97c33f94fe881427d0""#;
    d26_a_realm_in_iso_8859_1: GET, [b"Digest realm=\"Entr\xe9e\", nonce=\"n\", qop=\"auth\""],
        b"Digest username=\"demarc\", realm=\"Entr\xe9e\", nonce=\"n\", uri=\"/axis-cgi/usergroup.cgi\", qop=auth, nc=00000001, cnonce=\"c\", response=\"8c2d9091003c836793ae5d147117cca4\"";
    d27_sha_256_sess_without_opaque: GET, [br#"Digest realm="r", nonce="n", algorithm=SHA-256-sess, qop="auth, auth-int""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=SHA-256-sess, qop=auth, nc=00000001, cnonce="c", response="e071a75b6e313f07d31e3ec973b6b5bceb50f5e67365028837f83fe8e8bf5a92""#;
    d28_basic_before_digest_in_one_header: GET, [br#"Basic realm="r", charset="UTF-8", Digest realm="r", domain="/", nonce="n", opaque="o", algorithm=MD5, qop="auth""#],
        br#"Digest username="demarc", realm="r", nonce="n", uri="/axis-cgi/usergroup.cgi", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", opaque="o", response="851883619e6e1c166da7f6d7cbc75e8a""#;
}

#[test]
fn d29_stale_in_any_case() {
    let cases = [("true", true), ("TRUE", true), ("\"True\"", true), ("FALSE", false), ("\"false\"", false)];
    for (word, renewed) in cases {
        let mut session = Session::default();
        challenge(&mut session, "a", "");
        assert_eq!(session.accepted([], GET, LOGIN, b""), Mutual::Unsaid);
        assert!(text(&session.authorize(GET, LOGIN).unwrap()).contains("nonce=\"a\""));
        let next = challenge(&mut session, "b", &format!(", stale={word}"));
        assert_eq!(matches!(next, Next::Answer(_)), renewed, "{word}: {next:?}");
    }
}

fn challenge(session: &mut Session, nonce: &str, more: &str) -> Next {
    let header = format!(r#"Digest realm="r", nonce="{nonce}", qop="auth"{more}"#);
    session.challenged([header.as_bytes()], GET, LOGIN, "c")
}

/// The device's proofs, over its body `viewer`: of nonce and count, with `auth` and with `auth-int`.
const PROOF_A: &str = "4f6480d5a0581fff9bb296cb57cf8d03";
const PROOF_A_INT: &str = "07d0b008b6870b62206c7a845a150620";
const PROOF_B: &str = "8be5c08793f4a1338d66cae0bac8f91c";

#[test]
fn d30_the_next_nonce_and_the_devices_own_proof() {
    let upper = PROOF_A.to_uppercase();
    let cases = [
        (String::new(), Mutual::Unsaid, "a/2"),
        (r#"nextnonce="b""#.to_owned(), Mutual::Unsaid, "b/1"),
        (r#"rspauth="""#.to_owned(), Mutual::Unsaid, "a/2"),
        (format!(r#"qop=auth, rspauth="{PROOF_A}", cnonce="c", nc=00000001"#), Mutual::Proved, "a/2"),
        (format!(r#"rspauth="{upper}", nextnonce="b""#), Mutual::Proved, "b/1"),
        (format!(r#"rspauth="{PROOF_A_INT}", qop="auth-int""#), Mutual::Proved, "a/2"),
        (format!(r#"rspauth="{PROOF_B}", qop=auth"#), Mutual::Wrong, "bare"),
        (r#"rspauth="no hash""#.to_owned(), Mutual::Wrong, "bare"),
        ("==,\"".to_owned(), Mutual::Unsaid, "a/2"),
    ];
    for (info, expected, next) in cases {
        let mut session = Session::default();
        challenge(&mut session, "a", "");
        let mutual = session.accepted([info.as_bytes()], GET, LOGIN, b"viewer");
        let sent = super::brief(session.authorize(GET, LOGIN).as_deref());
        assert_eq!((mutual, sent.as_str()), (expected, next), "{info}");
    }
    let mut session = Session::default();
    challenge(&mut session, "a", "");
    session.accepted([r#"nextnonce="b""#.as_bytes()], GET, LOGIN, b"");
    session.authorize(GET, LOGIN);
    let info = format!(r#"rspauth="{PROOF_B}""#);
    assert_eq!(session.accepted([info.as_bytes()], GET, LOGIN, b""), Mutual::Proved, "of the warm request");
}

/// RFC 7616, section 3.4.2: the secret of a session is made once, with the nonce of the challenge.
#[test]
fn a_session_keeps_its_secret_when_the_nonce_is_renewed() {
    let mut session = Session::default();
    let header = r#"Digest realm="r", nonce="a", algorithm=MD5-sess, qop="auth""#;
    session.challenged([header.as_bytes()], GET, LOGIN, "c");
    session.accepted([r#"nextnonce="b""#.as_bytes()], GET, LOGIN, b"");
    let answer = text(&session.authorize(GET, LOGIN).unwrap());
    assert!(
        answer.contains(r#"nonce="b""#) && answer.ends_with(r#"response="9f3c9d326aa887c7f0d7e94474750785""#),
        "{answer}"
    );
}
