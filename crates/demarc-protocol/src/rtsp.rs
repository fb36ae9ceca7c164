//! RTSP as far as "the streaming server answers": one `OPTIONS`, one reply.

/// A reply without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub reason: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

/// Why bytes are no RTSP reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RtspError {
    #[error("the answer does not begin with an RTSP status line")]
    NotRtsp,
    #[error("the header is longer than {LONGEST} bytes or has more than {MOST_HEADERS} lines")]
    TooLong,
}

const LONGEST: usize = 16 * 1024;
const MOST_HEADERS: usize = 100;

/// `authority` is the camera's address and port as they stand in a URL.
pub fn options_request(authority: &str) -> Vec<u8> {
    format!("OPTIONS rtsp://{authority}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: demarc\r\n\r\n").into_bytes()
}

/// Reads what has arrived so far; `None` while the header is not complete.
///
/// Some cameras send blank lines before a reply.
///
/// # Errors
/// What arrived can no longer become an RTSP reply within bounds.
pub fn parse_reply(bytes: &[u8]) -> Result<Option<Reply>, RtspError> {
    let begin = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let bytes = &bytes[begin..];
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Err(RtspError::NotRtsp);
    }
    let Some(header) = header_of(bytes) else {
        return if begin + bytes.len() > LONGEST { Err(RtspError::TooLong) } else { Ok(None) };
    };
    parse_header(&String::from_utf8_lossy(header)).map(Some)
}

const MAGIC: &[u8] = b"RTSP/";

/// Up to the first empty line, with or without carriage returns.
fn header_of(bytes: &[u8]) -> Option<&[u8]> {
    let window = &bytes[..bytes.len().min(LONGEST)];
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let end = ends.iter().filter_map(|end| window.windows(end.len()).position(|w| w == *end)).min()?;
    window.get(..end)
}

fn parse_header(text: &str) -> Result<Reply, RtspError> {
    let mut lines = text.lines();
    let mut words = lines.next().unwrap_or_default().splitn(3, ' ');
    let (Some(_version), Some(status)) = (words.next(), words.next()) else { return Err(RtspError::NotRtsp) };
    let status =
        status.parse::<u16>().ok().filter(|code| (100..1000).contains(code)).ok_or(RtspError::NotRtsp)?;
    let reason = words.next().unwrap_or_default().trim().to_owned();
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    if headers.len() > MOST_HEADERS {
        return Err(RtspError::TooLong);
    }
    Ok(Reply { status, reason, headers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn status(bytes: &[u8]) -> Result<Option<u16>, RtspError> {
        parse_reply(bytes).map(|reply| reply.map(|reply| reply.status))
    }

    #[test]
    fn reads_a_reply_as_soon_as_it_is_there() {
        let many = format!("RTSP/1.0 200 OK\r\n{}\r\n", "A: b\r\n".repeat(101));
        type Row<'a> = (&'a [u8], Result<Option<u16>, RtspError>);
        let cases: &[Row<'_>] = &[
            (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n", Ok(Some(200))),
            (b"\r\n\r\nRTSP/1.0 401 Unauthorized\r\n\r\nbody", Ok(Some(401))),
            (b"RTSP/1.0 453 Not Enough Bandwidth\n\n", Ok(Some(453))),
            (b"RTSP/1.0 503\r\n\r\n", Ok(Some(503))),
            (b"", Ok(None)),
            (b"RTS", Ok(None)),
            (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n", Ok(None)),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", Err(RtspError::NotRtsp)),
            (b"RTSP/1.0 OK\r\n\r\n", Err(RtspError::NotRtsp)),
            (b"RTSP/1.0 99999 OK\r\n\r\n", Err(RtspError::NotRtsp)),
            (&[b'\n'; 20_000], Err(RtspError::TooLong)),
            (many.as_bytes(), Err(RtspError::TooLong)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(
                status(bytes),
                *expected,
                "{}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
            );
        }
    }

    #[test]
    fn keeps_the_headers() {
        let reply =
            parse_reply(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer :  GStreamer RTSP server \r\n\r\n").unwrap();
        let headers = vec![
            ("cseq".to_owned(), "1".to_owned()),
            ("server".to_owned(), "GStreamer RTSP server".to_owned()),
        ];
        assert_eq!(reply, Some(Reply { status: 200, reason: "OK".to_owned(), headers }));
    }

    proptest! {
        #[test]
        fn no_reply_is_too_strange(text in r"(RTSP/1\.0 |200|[\r\n: ]|\PC){0,60}") {
            _ = parse_reply(text.as_bytes());
        }
    }
}
