//! `[[camera]]`, and what cameras refer to: `[[account]]`, `[[segment]]`, `[camera-defaults]`.

use super::read::{Document, Reader};
use super::secret::{self, Host};
use super::values;
use demarc_model::id::{AccountId, CameraId, SegmentId};
use demarc_probe::spec::{Basic, Scheme, VideoChecks};
use secrecy::SecretString;
use std::collections::HashMap;
use std::net::IpAddr;

/// What one agent can watch within its time and memory.
const MOST_CAMERAS: usize = 2_000;

/// A user name and password that cameras share.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub password: SecretString,
}

/// What several cameras share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub id: SegmentId,
    /// Of a managed switch.
    pub address: Option<IpAddr>,
    pub port: Option<u16>,
}

/// A camera with all defaults applied. Its account and segment exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    pub id: CameraId,
    pub name: String,
    pub address: IpAddr,
    pub account: Option<AccountId>,
    pub segment: Option<SegmentId>,
    pub scheme: Scheme,
    pub port: u16,
    pub rtsp_port: u16,
    /// Of ONVIF by HTTP, where it is not that of the web service.
    pub onvif_port: Option<u16>,
    pub onvif_path: String,
    /// Over plain HTTP never.
    pub basic: Basic,
    /// `None` finds it out.
    pub stream_path: Option<String>,
    pub picture_path: Option<String>,
    pub video: VideoChecks,
}

struct Defaults {
    account: Option<AccountId>,
    scheme: Scheme,
    port: Option<u16>,
    rtsp_port: u16,
    onvif_port: Option<u16>,
    onvif_path: String,
    basic_over_tls: bool,
    stream_path: Option<String>,
    picture_path: Option<String>,
    video: VideoChecks,
}

/// The names that cameras may refer to.
struct Known<'a> {
    accounts: Vec<&'a str>,
    segments: Vec<&'a str>,
    /// Accounts whose user name Basic cannot carry (RFC 7617: no colon).
    with_colon: Vec<&'a str>,
}

pub(super) fn accounts(document: Document<'_>, host: Host<'_>) -> Option<Vec<Account>> {
    let sections = document.many("account");
    values::refuse_repeats(&sections, "name");
    let accounts = sections.iter().map(|section| {
        let id = section.parsed("name", |text| AccountId::new(text).ok());
        let username = section.text("username");
        let password = secret::read(section, "password", host);
        Some(Account { id: id?, username: username?, password: password? })
    });
    accounts.collect::<Vec<_>>().into_iter().collect()
}

pub(super) fn segments(document: Document<'_>) -> Option<Vec<Segment>> {
    let sections = document.many("segment");
    values::refuse_repeats(&sections, "id");
    let segments = sections.iter().map(|section| {
        let id = section.parsed("id", |text| SegmentId::new(text).ok());
        let address = section.address("address");
        let port = section.port("port");
        if port.is_some() && !section.is_set("address") {
            let remedy = "add the switch's `address`, or remove `port`";
            section.report("port", "a port without an address is not checked".into(), remedy.into());
        }
        Some(Segment { id: id?, address, port })
    });
    segments.collect::<Vec<_>>().into_iter().collect()
}

pub(super) fn cameras(document: Document<'_>) -> Option<Vec<Camera>> {
    let sections = document.many("camera");
    if document.has_none("camera") {
        document.ledger.report_file(
            document.ledger.path(document.start.file),
            "there is no camera".into(),
            "add for each camera: [[camera]], and below it id = \"entrance\" and address = \"10.20.0.101\""
                .into(),
        );
    }
    if let Some(section) = sections.get(MOST_CAMERAS) {
        section.ledger().report(
            section.at,
            format!("there are {} cameras, and one agent watches at most {MOST_CAMERAS}", sections.len()),
            "run a second agent with the rest".into(),
        );
        return None;
    }
    values::refuse_repeats(&sections, "id");
    let known = Known {
        accounts: names(document, "account", "name"),
        segments: names(document, "segment", "id"),
        with_colon: with_colon(document),
    };
    let defaults = defaults(&document.one("camera-defaults"), &known);
    let cameras =
        sections.iter().map(|section| camera(section, &known, defaults.as_ref())).collect::<Vec<_>>();
    refuse_shared_addresses(&sections, &cameras);
    cameras.into_iter().collect()
}

/// As they stand in the files, so that a reference to a faulty account is not a second problem.
fn names<'a>(document: Document<'a>, path: &str, key: &str) -> Vec<&'a str> {
    document.items(path).filter_map(|section| section.peek(key)).collect()
}

fn with_colon(document: Document<'_>) -> Vec<&str> {
    let accounts = document.items("account");
    let with_colon =
        accounts.filter(|section| section.peek("username").is_some_and(|username| username.contains(':')));
    with_colon.filter_map(|section| section.peek("name")).collect()
}

const SCHEMES: [(&str, Scheme); 2] = [("http", Scheme::Http), ("https", Scheme::Https)];
const VIDEO: [(&str, VideoChecks); 4] = [
    ("both", VideoChecks::Both),
    ("stream", VideoChecks::Stream),
    ("picture", VideoChecks::Picture),
    ("none", VideoChecks::None),
];

fn defaults(section: &Reader<'_>, known: &Known<'_>) -> Option<Defaults> {
    let account = account(section, known);
    let scheme = section.choice("scheme", &SCHEMES);
    let port = section.port("port");
    let rtsp_port = section.port("rtsp-port");
    let onvif_port = section.port("onvif-port");
    let onvif_path = section.parsed("onvif-path", values::url_path);
    let basic_over_tls = section.flag("basic-over-tls");
    let stream_path = section.parsed("stream-path", values::url_path_or_auto);
    let picture_path = section.parsed("picture-path", values::url_path_or_auto);
    let video = section.choice("video", &VIDEO);
    Some(Defaults {
        account,
        scheme: scheme?,
        port,
        rtsp_port: rtsp_port?,
        onvif_port,
        onvif_path: onvif_path?,
        basic_over_tls: basic_over_tls?,
        stream_path: stream_path?,
        picture_path: picture_path?,
        video: video?,
    })
}

fn account(section: &Reader<'_>, known: &Known<'_>) -> Option<AccountId> {
    let name = values::reference(section, "account", &known.accounts, "[[account]] with name")?;
    AccountId::new(&name).ok()
}

fn camera(section: &Reader<'_>, known: &Known<'_>, defaults: Option<&Defaults>) -> Option<Camera> {
    let id = section.parsed("id", |text| CameraId::new(text).ok());
    let name = section.text("name");
    let address = section.address("address");
    let account = account(section, known);
    let segment = values::reference(section, "segment", &known.segments, "[[segment]] with id");
    let scheme = section.choice("scheme", &SCHEMES);
    let port = section.port("port");
    let rtsp_port = section.port("rtsp-port");
    let onvif_port = section.port("onvif-port");
    let onvif_path = section.parsed("onvif-path", values::url_path);
    let basic_over_tls = section.flag("basic-over-tls");
    let stream_path = section.parsed("stream-path", values::url_path_or_auto);
    let picture_path = section.parsed("picture-path", values::url_path_or_auto);
    let video = section.choice("video", &VIDEO);
    let defaults = defaults?;
    let id = id?;
    let scheme_used = scheme.unwrap_or(defaults.scheme);
    // A port set for all cameras belongs to the scheme of all cameras.
    let default_port = defaults.port.filter(|_| scheme_used == defaults.scheme);
    let account = account.or_else(|| defaults.account.clone());
    let basic = basic(basic_over_tls.unwrap_or(defaults.basic_over_tls), scheme_used);
    check_basic(section, (basic_over_tls, basic), account.as_ref(), known);
    Some(Camera {
        name: name.unwrap_or_else(|| id.to_string()),
        id,
        address: address?,
        account,
        segment: segment.and_then(|segment| SegmentId::new(&segment).ok()),
        scheme: scheme_used,
        port: port.or(default_port).unwrap_or(match scheme_used {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }),
        rtsp_port: rtsp_port.unwrap_or(defaults.rtsp_port),
        onvif_port: onvif_port.or(defaults.onvif_port),
        onvif_path: onvif_path.unwrap_or_else(|| defaults.onvif_path.clone()),
        basic,
        stream_path: stream_path.unwrap_or_else(|| defaults.stream_path.clone()),
        picture_path: picture_path.unwrap_or_else(|| defaults.picture_path.clone()),
        video: video.unwrap_or(defaults.video),
    })
}

/// What holds for all cameras concerns those that are spoken to over TLS.
fn basic(over_tls: bool, scheme: Scheme) -> Basic {
    match scheme {
        Scheme::Https if over_tls => Basic::OverPinnedTls,
        Scheme::Https | Scheme::Http => Basic::Never,
    }
}

fn check_basic(
    section: &Reader<'_>,
    (set, basic): (Option<bool>, Basic),
    account: Option<&AccountId>,
    known: &Known<'_>,
) {
    if basic == Basic::Never && set == Some(true) {
        section.report(
            "basic-over-tls",
            "this camera is spoken to by `http`, where anybody on the network could read the password".into(),
            "set scheme = \"https\" for it, or remove `basic-over-tls`".into(),
        );
    }
    let account = account.filter(|account| known.with_colon.contains(&account.as_str()));
    if let Some(account) = account.filter(|_| basic == Basic::OverPinnedTls) {
        section.report(
            "basic-over-tls",
            format!("the user name of the account `{account}` holds a colon, which Basic cannot carry"),
            "give Demarc a user without one at this camera, or remove `basic-over-tls`".into(),
        );
    }
}

fn refuse_shared_addresses(sections: &[Reader<'_>], cameras: &[Option<Camera>]) {
    let mut seen = HashMap::new();
    for (section, camera) in sections.iter().zip(cameras) {
        let Some(camera) = camera else { continue };
        if let Some(first) = seen.get(&(camera.address, camera.port)) {
            section.report(
                "address",
                format!("the camera `{first}` has the same address and port {}", camera.port),
                "give each camera its own; several behind one address need different ports".into(),
            );
        } else {
            seen.insert((camera.address, camera.port), &camera.id);
        }
    }
}
