//! The description of a session (SDP, RFC 8866), as far as it says where the video is.
//!
//! Cameras leave out lines, write negative ports and bytes that are no text: what is not needed is
//! not looked at.

use super::Reply;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Where the session as a whole is played.
    pub control: Option<String>,
    pub video: Track,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    pub control: Option<String>,
    pub codec: Codec,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    H264,
    H265,
    Jpeg,
    Other,
}

/// Later lines are not read.
const MOST_LINES: usize = 1000;
/// Longer control attributes and URLs are not used.
const LONGEST_URL: usize = 2048;
/// Motion JPEG's number where no `rtpmap` says otherwise (RFC 3551).
const STATIC_JPEG: &str = "26";

/// The first video track of a codec whose key frames are known, or else the first; `None` when no
/// video is described.
pub fn parse(body: &[u8]) -> Option<Description> {
    let text = String::from_utf8_lossy(body);
    let mut session = None;
    let mut tracks: Vec<(Track, String)> = Vec::new();
    let mut section = Section::Session;
    for line in text.lines().take(MOST_LINES).map(str::trim) {
        if let Some(media) = line.strip_prefix("m=") {
            section = Section::begin(media, &mut tracks);
        } else if let Some(control) = line.strip_prefix("a=control:") {
            let control = Some(control.trim().to_owned());
            match (section, tracks.last_mut()) {
                (Section::Session, _) => session = control,
                (Section::Video, Some((track, _))) => track.control = control,
                (Section::Video, None) | (Section::Other, _) => {}
            }
        } else if let (Section::Video, Some(map), Some((track, format))) =
            (section, line.strip_prefix("a=rtpmap:"), tracks.last_mut())
            && let Some(codec) = codec_of(map, format)
        {
            track.codec = codec;
        }
    }
    let best = tracks.iter().position(|(track, _)| track.codec != Codec::Other).unwrap_or(0);
    let video = tracks.into_iter().nth(best)?.0;
    Some(Description { control: session, video })
}

#[derive(Clone, Copy)]
enum Section {
    Session,
    Video,
    Other,
}

impl Section {
    /// `video 0 RTP/AVP 96`: a new track, together with the number of its first format.
    fn begin(media: &str, tracks: &mut Vec<(Track, String)>) -> Self {
        let mut words = media.split_whitespace();
        if words.next() != Some("video") {
            return Self::Other;
        }
        let format = words.nth(2).unwrap_or_default().to_owned();
        let codec = if format == STATIC_JPEG { Codec::Jpeg } else { Codec::Other };
        tracks.push((Track { control: None, codec }, format));
        Self::Video
    }
}

/// `96 H264/90000`, if it is about this format.
fn codec_of(map: &str, format: &str) -> Option<Codec> {
    let (number, encoding) = map.trim().split_once(' ')?;
    if number != format {
        return None;
    }
    let name = encoding.trim().split('/').next().unwrap_or_default().to_ascii_uppercase();
    Some(match name.as_str() {
        "H264" => Codec::H264,
        "H265" => Codec::H265,
        "JPEG" => Codec::Jpeg,
        _ => Codec::Other,
    })
}

impl Description {
    /// Where the track is set up and where the session is played, at the camera with this authority.
    /// `asked` is the path that was described. `None` for what can stand in no request.
    pub fn urls(&self, authority: &str, asked: &str, reply: &Reply) -> Option<(String, String)> {
        let stated = ["content-base", "content-location"].into_iter().find_map(|name| reply.text(name));
        let base = stated.as_deref().and_then(path_of).unwrap_or(asked);
        let track = join(base, self.video.control.as_deref().unwrap_or("*"));
        let whole = join(base, self.control.as_deref().unwrap_or("*"));
        Some((url(authority, &track)?, url(authority, &whole)?))
    }
}

/// The address of a path at the camera. Whatever host a description names, only the camera is spoken
/// to: some name the far side of a router, and none is to send us elsewhere.
pub fn url(authority: &str, path: &str) -> Option<String> {
    let fits =
        path.starts_with('/') && path.len() <= LONGEST_URL && path.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| format!("rtsp://{authority}{path}"))
}

/// The path and query of an absolute URL or of what begins with a slash.
fn path_of(url: &str) -> Option<&str> {
    let url = url.trim();
    let scheme = url.find("://").filter(|at| url[..*at].bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = match scheme {
        Some(at) => &url[at + 3..],
        None => return url.starts_with('/').then_some(url),
    };
    Some(rest.find('/').map_or("/", |at| &rest[at..]))
}

/// As live555 and ffmpeg do it, which is not as RFC 3986 says: a control is appended, also to a query.
/// Dahua cameras count on that.
fn join(base: &str, control: &str) -> String {
    if control.is_empty() || control == "*" {
        return base.to_owned();
    }
    if let Some(path) = path_of(control) {
        return path.to_owned();
    }
    let slash = if base.ends_with('/') { "" } else { "/" };
    format!("{base}{slash}{control}")
}
