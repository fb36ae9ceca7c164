use super::sdp::{self, Codec};
use super::*;
use proptest::prelude::*;

/// Everything that the bytes yield, in words, and how it ended.
fn items(bytes: &[u8]) -> (Vec<String>, Option<RtspError>) {
    in_pieces(bytes, bytes.len().max(1))
}

fn in_pieces(bytes: &[u8], size: usize) -> (Vec<String>, Option<RtspError>) {
    let mut reader = Reader::default();
    let mut seen = Vec::new();
    for piece in bytes.chunks(size) {
        reader.feed(piece);
        loop {
            match reader.take() {
                Ok(Some(item)) => seen.push(words(&item)),
                Ok(None) => break,
                Err(error) => return (seen, Some(error)),
            }
        }
    }
    (seen, None)
}

fn words(item: &Item) -> String {
    match item {
        Item::Reply(reply) => format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)),
        Item::Packet { channel, bytes } => format!("${channel} {}", String::from_utf8_lossy(bytes)),
    }
}

fn first_reply(bytes: &[u8]) -> Reply {
    let mut reader = Reader::default();
    reader.feed(bytes);
    match reader.take() {
        Ok(Some(Item::Reply(reply))) => reply,
        other => panic!("{other:?}"),
    }
}

#[test]
fn takes_apart_what_arrives() {
    let many = format!("RTSP/1.0 200 OK\r\n{}\r\n", "A: b\r\n".repeat(101));
    let endless = format!("RTSP/1.0 200 OK\r\nA: {}", "b".repeat(17_000));
    let after_ok = |more: &[u8]| [b"RTSP/1.0 200 OK\r\n\r\n", more].concat();
    type Row = (Vec<u8>, &'static [&'static str], Option<RtspError>);
    let cases: Vec<Row> = vec![
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n".into(), &["200 "], None),
        (b"\r\n\r\nRTSP/1.0 401 Unauthorized\r\n\r\n".into(), &["401 "], None),
        (b"RTSP/1.0 453 Not Enough Bandwidth\n\n".into(), &["453 "], None),
        (b"RTSP/1.0 503\r\n\r\n".into(), &["503 "], None),
        (b"".into(), &[], None),
        (b"RTS".into(), &[], None),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n".into(), &[], None),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nv=".into(), &[], None),
        (
            b"RTSP/1.0 200 OK\r\nContent-length:4\r\n\r\nv=0\n$\x01\0\x02hi".into(),
            &["200 v=0\n", "$1 hi"],
            None,
        ),
        (b"$\0\0\x03abc\r\nRTSP/1.0 200 OK\r\n\r\n$\0\0\0".into(), &["$0 abc", "200 ", "$0 "], None),
        (after_ok(b"$\x09\0\x01x$\0\0\x01y"), &["200 ", "$9 x", "$0 y"], None),
        (after_ok(b"lost bytes$\0\0\x01y"), &["200 ", "$0 y"], None),
        (after_ok(b"price $9.99, $\0\0\x01y"), &["200 ", "$0 y"], None),
        (after_ok(b"OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\nRTSP/1.0 404 No\r\n\r\n"), &["200 ", "404 "], None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".into(), &[], Some(RtspError::NotRtsp)),
        (b"RTSP/1.0 OK\r\n\r\n".into(), &[], Some(RtspError::NotRtsp)),
        (b"RTSP/1.0 99999 OK\r\n\r\n".into(), &[], Some(RtspError::NotRtsp)),
        (vec![b'\n'; 20_000], &[], Some(RtspError::TooLong)),
        (many.into_bytes(), &[], Some(RtspError::TooLong)),
        (endless.into_bytes(), &[], Some(RtspError::TooLong)),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 1000000000\r\n\r\n".into(), &[], Some(RtspError::BodyTooLong)),
        (after_ok(&[b'x'; 300_000]), &["200 "], Some(RtspError::Stray)),
    ];
    for (bytes, seen, end) in cases {
        let expected = (seen.iter().map(|s| (*s).to_owned()).collect(), end);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert_eq!(items(&bytes), expected, "{shown}");
    }
}

/// A session as it comes from a camera, with a packet that overtakes the reply to `PLAY`.
fn session() -> Vec<u8> {
    let sdp = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:stream=0\r\n";
    [
        b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n\r\n".to_vec(),
        format!("RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len()).into_bytes(),
        b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 12345678;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3\r\n\r\n".to_vec(),
        b"$\x02\0\x0e\x80\x60\0\x01\0\0\0\0\0\0\0\0\x65\x88".to_vec(),
        b"RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n".to_vec(),
    ]
    .concat()
}

#[test]
fn it_does_not_matter_where_the_pieces_end() {
    let whole = items(&session());
    assert_eq!(whole.0.len(), 5);
    for size in 1..200 {
        assert_eq!(in_pieces(&session(), size), whole, "pieces of {size}");
    }
}

#[test]
fn what_ends_anywhere_yields_what_was_complete() {
    let (all, _) = items(&session());
    for end in 0..session().len() {
        let (seen, error) = items(&session()[..end]);
        assert_eq!((seen.as_slice(), error), (&all[..seen.len()], None), "cut after {end}");
    }
}

#[test]
fn writes_requests_as_servers_want_them() {
    let text = |request: Request<'_>, authorization: Option<&[u8]>| {
        String::from_utf8(request.to_bytes(7, authorization)).unwrap()
    };
    let url = "rtsp://10.0.0.1:554/a?b=c";
    let options = Request::new(Method::Options, url);
    assert_eq!(
        text(options, None),
        "OPTIONS rtsp://10.0.0.1:554/a?b=c RTSP/1.0\r\nCSeq: 7\r\nUser-Agent: demarc\r\n\r\n"
    );
    let setup = Request { transport: Some(Transport::Interleaved), ..Request::new(Method::Setup, url) };
    assert_eq!(
        text(setup, Some(b"Digest x")),
        "SETUP rtsp://10.0.0.1:554/a?b=c RTSP/1.0\r\nCSeq: 7\r\nUser-Agent: demarc\r\n\
         Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nAuthorization: Digest x\r\n\r\n"
    );
    let play = Request { session: Some("12345678"), ..Request::new(Method::Play, url) };
    assert_eq!(
        text(play, None),
        "PLAY rtsp://10.0.0.1:554/a?b=c RTSP/1.0\r\nCSeq: 7\r\nUser-Agent: demarc\r\n\
         Range: npt=0.000-\r\nSession: 12345678\r\n\r\n"
    );
    let udp = Request { transport: Some(Transport::Udp { port: 5004 }), ..setup };
    assert!(text(udp, None).contains("Transport: RTP/AVP;unicast;client_port=5004-5005\r\n"));
}

#[test]
fn keeps_the_headers_as_they_were_sent() {
    let reply = first_reply(
        b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"caf\xe9\"\r\nwww-authenticate :  Basic\r\n\r\n",
    );
    let values: Vec<&[u8]> = reply.values("www-authenticate").collect();
    assert_eq!(values, [&b"Digest realm=\"caf\xe9\""[..], b"Basic"]);
}

#[test]
fn a_session_is_one_word_of_bearable_length() {
    let of = |value: &str| {
        first_reply(format!("RTSP/1.0 200 OK\r\nSession: {value}\r\n\r\n").as_bytes()).session()
    };
    assert_eq!(of("12345678;timeout=60"), Some("12345678".to_owned()));
    assert_eq!(of(" 12 ; timeout=60"), Some("12".to_owned()));
    assert_eq!(of(""), None);
    assert_eq!(of("two words"), None);
    assert_eq!(of("a\rEvil: yes"), None);
    assert_eq!(of(&"x".repeat(10_000)), None);
}

#[test]
fn the_channel_is_the_one_the_server_chose() {
    let of = |value: &str| {
        first_reply(format!("RTSP/1.0 200 OK\r\nTransport: {value}\r\n\r\n").as_bytes()).channel()
    };
    assert_eq!(of("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=A1"), 4);
    assert_eq!(of("RTP/AVP/TCP;unicast; interleaved=2"), 2);
    assert_eq!(of("RTP/AVP/TCP;unicast"), 0);
    assert_eq!(of("RTP/AVP/TCP;interleaved=999-1000"), 0);
}

/// What a description says, in words: track's control, codec, session's control.
fn described(body: &[u8]) -> String {
    let Some(description) = sdp::parse(body) else { return "no video".to_owned() };
    let word = |control: &Option<String>| control.clone().unwrap_or("-".to_owned());
    let video = &description.video;
    format!("{} {:?} {}", word(&video.control), video.codec, word(&description.control))
}

#[test]
fn finds_the_video_in_what_cameras_describe() {
    let cases: &[(&[u8], &str)] = &[
        (
            b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n\
              a=rtpmap:96 H264/90000\r\na=control:stream=0\r\n",
            "stream=0 H264 *",
        ),
        (b"m=audio 0 RTP/AVP 97\na=control:a\nm=video 0 RTP/AVP 98\na=rtpmap:98 h265/90000\na=control:v", "v H265 -"),
        (b"m=video 0 RTP/AVP 26\r\na=control:trackID=0\r\n", "trackID=0 Jpeg -"),
        (b"m=video -1 RTP/AVP 96\r\nc=\xff\xfe\x00\r\na=rtpmap:96 H264/90000\r\n", "- H264 -"),
        (
            b"m=video 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\na=control:m\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:v",
            "v H264 -",
        ),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:97 H264/90000\na=rtpmap:96 AV1/90000\na=control:v", "v Other -"),
        (b"m=application 0 RTP/AVP 107\r\na=control:x\r\n", "no video"),
        (b"", "no video"),
        (b"\xff\xd8\xff\xe0", "no video"),
    ];
    for (body, expected) in cases {
        assert_eq!(described(body), *expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn controls_lead_to_the_camera_and_nowhere_else() {
    let urls = |base: &str, session: &str, track: &str, asked: &str| {
        let reply = first_reply(format!("RTSP/1.0 200 OK\r\n{base}\r\n").as_bytes());
        let body = format!("a=control:{session}\nm=video 0 RTP/AVP 96\na=control:{track}\n");
        let (track, whole) = sdp::parse(body.as_bytes()).unwrap().urls("cam:554", asked, &reply)?;
        Some(format!("{} {}", track.strip_prefix("rtsp://cam:554")?, whole.strip_prefix("rtsp://cam:554")?))
    };
    let cases = [
        ("Content-Base: rtsp://cam:554/a/\r\n", "*", "stream=0", "/a", Some("/a/stream=0 /a/")),
        ("", "*", "stream=0", "/a", Some("/a/stream=0 /a")),
        ("", "*", "trackID=1", "/a?b=1", Some("/a?b=1/trackID=1 /a?b=1")),
        ("Content-Base: rtsp://cam/a?b=0/\r\n", "*", "trackID=0", "/a?b=0", Some("/a?b=0/trackID=0 /a?b=0/")),
        ("", "rtsp://cam/all", "rtsp://cam:554/a/t=1?x=y", "/a", Some("/a/t=1?x=y /all")),
        ("", "", "*", "/a", Some("/a /a")),
        ("Content-Location: /b/\r\n", "*", "t", "/a", Some("/b/t /b/")),
        ("Content-Base: nonsense\r\n", "*", "t", "/a", Some("/a/t /a")),
        ("Content-Base: rtsp://evil.example/x/\r\n", "*", "t", "/a", Some("/x/t /x/")),
        ("", "rtsp://u:p@evil.example", "rtsp://u:p@evil.example/t", "/a", Some("/t /")),
        ("", "*", "two words", "/a", None),
        ("", "*", "t\r\u{7f}", "/a", None),
    ];
    for (base, session, track, asked, expected) in cases {
        assert_eq!(urls(base, session, track, asked).as_deref(), expected, "{base} {session} {track}");
    }
    assert_eq!(urls("", "*", &"x".repeat(3000), "/a"), None);
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        _ = items(&bytes);
        _ = sdp::parse(&bytes);
    }

    #[test]
    fn no_reply_is_too_strange(text in r"(RTSP/1\.0 |200|\$|Content-Length: |[\r\n: ]|\PC){0,60}") {
        _ = items(text.as_bytes());
    }

    /// A session in which a few bytes were changed, in pieces of any size.
    #[test]
    fn no_change_is_too_strange(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        size in 1_usize..100,
    ) {
        let mut bytes = session();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        _ = in_pieces(&bytes, size);
    }

    #[test]
    fn no_packet_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..80), first in 0x80_u8..0xc0) {
        for codec in [Codec::H264, Codec::H265, Codec::Jpeg, Codec::Other] {
            let mut arrivals = rtp::Arrivals::default();
            arrivals.take(codec, &bytes);
            arrivals.take(codec, &[&[first][..], &bytes].concat());
        }
    }

    #[test]
    fn no_description_is_too_strange(
        text in r"(m=video |m=|a=control:|a=rtpmap:|96 |H264|RTP/AVP |rtsp://|[\r\n/:=?]|\PC){0,80}",
        base in r"\PC{0,40}",
    ) {
        let reply = Reply { status: 200, reason: String::new(), headers: vec![("content-base".to_owned(), base.into_bytes())], body: vec![] };
        if let Some(description) = sdp::parse(text.as_bytes()) {
            _ = description.urls("cam:554", "/a", &reply);
        }
    }
}
