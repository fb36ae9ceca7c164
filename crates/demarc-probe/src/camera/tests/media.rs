//! Where a camera of another vendor has its stream and its snapshots, as it says by ONVIF.

use super::AT;
use super::onvif::{fault, soap};
use super::peer::{LIMITS, Peer, Reply, challenge_of, client, gist, http, proof, spec};
use super::picture::{jpeg, picture};
use crate::camera::CameraClient;
use crate::spec::CameraSpec;
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use std::cell::Cell;
use std::time::Duration;

const ONVIF: ProbeKind = ProbeKind::CameraOnvif;
const PICTURE: ProbeKind = ProbeKind::CameraPicture;
const STREAM: ProbeKind = ProbeKind::CameraStream;
const REALM: &str = "IP Camera(C1214)";

fn services(one: &str, two: &str) -> String {
    let of = |version: &str, address: &str| {
        format!(
            "<Service><Namespace>http://www.onvif.org/{version}/media/wsdl</Namespace><XAddr>{address}</XAddr></Service>"
        )
    };
    format!("<GetServicesResponse>{}{}</GetServicesResponse>", of("ver10", one), of("ver20", two))
}

fn profiles(tokens: &[(&str, u32)]) -> String {
    let of = |(token, width): &(&str, u32)| {
        format!(
            "<Profiles token=\"{token}\"><VideoEncoderConfiguration><Resolution><Width>{width}</Width>\
             <Height>100</Height></Resolution></VideoEncoderConfiguration></Profiles>"
        )
    };
    format!("<GetProfilesResponse>{}</GetProfilesResponse>", tokens.iter().map(of).collect::<String>())
}

fn uri(operation: &str, address: &str) -> String {
    format!("<Get{operation}Response><MediaUri><Uri>{address}</Uri></MediaUri></Get{operation}Response>")
}

/// What is asked for: the operation and the path that it is sent to, or the path alone.
fn asked_for(request: &str) -> String {
    let path = request.split(' ').nth(1).unwrap();
    let operation = request
        .split_once("action=\"")
        .map(|(_, rest)| rest.split('"').next().unwrap().rsplit('/').next().unwrap().to_owned());
    operation.map_or_else(|| path.to_owned(), |operation| format!("{operation} {path}"))
}

/// A camera behind Digest that answers what it is asked for by this table, and declines the rest.
struct Camera<'a> {
    table: &'a [(&'a str, String)],
    pictures: Cell<u32>,
}

impl<'a> Camera<'a> {
    fn new(table: &'a [(&'a str, String)]) -> Self {
        Self { table, pictures: Cell::new(0) }
    }

    fn answer(&self, request: &str) -> Reply {
        if matches!(proof(request).as_str(), "bare" | "wrong") {
            return challenge_of(REALM, "n", "");
        }
        let asked = asked_for(request);
        match self.table.iter().find(|(name, _)| *name == asked) {
            Some((_, body)) if body.is_empty() => {
                self.pictures.set(self.pictures.get() + 1);
                picture(&jpeg(self.pictures.get(), false))
            }
            Some((_, body)) => soap(200, body),
            None if asked.contains(' ') => fault(500, "ter:ActionNotSupported"),
            None => http(404, "", ""),
        }
    }
}

/// A picture or a stream is looked for after the camera has told what it is.
async fn see(
    camera: &Camera<'_>,
    peer: &Peer,
    client: &mut CameraClient,
    looks: &[(ProbeKind, Timestamp)],
) -> Vec<String> {
    let mut seen = Vec::new();
    for (kind, at) in looks {
        let result = gist(&peer.host(|request| camera.answer(request), client.probe(*kind, *at)).await);
        let mut asked: Vec<String> = peer.take_asked().iter().map(|request| asked_for(request)).collect();
        asked.dedup();
        seen.push(format!("{result}: {}", asked.join(", ")));
    }
    seen
}

fn minutes(minutes: u64) -> Timestamp {
    AT.plus(Duration::from_mins(minutes))
}

fn information() -> (&'static str, String) {
    let body =
        "<GetDeviceInformationResponse><Manufacturer>HIKVISION</Manufacturer></GetDeviceInformationResponse>";
    ("GetDeviceInformation /onvif/device_service", body.to_owned())
}

#[tokio::test]
async fn snapshots_are_looked_for_where_the_camera_says_at_the_address_that_answers() {
    let table = [
        information(),
        (
            "GetServices /onvif/device_service",
            services("http://10.0.0.9:81/onvif/one", "http://10.0.0.9/onvif/two"),
        ),
        ("GetProfiles /onvif/two", profiles(&[("large", 1920), ("small", 320)])),
        ("GetSnapshotUri /onvif/two", uri("SnapshotUri", "http://10.0.0.9:81/snap?Profile=small&amp;x=1")),
        ("/snap?Profile=small&x=1", String::new()),
    ];
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let looks = [(PICTURE, minutes(0)), (ONVIF, minutes(1)), (PICTURE, minutes(5)), (PICTURE, minutes(10))];
    let seen = see(&Camera::new(&table), &peer, &mut client, &looks).await;
    let expected = [
        // It may be an Axis camera, until it has said whose it is.
        "missing not-offered: /axis-cgi/jpg/image.cgi?resolution=160x120&compression=10",
        "passed: GetDeviceInformation /onvif/device_service, GetNetworkInterfaces /onvif/device_service",
        "missing undecided: GetServices /onvif/device_service, GetProfiles /onvif/two, GetSnapshotUri /onvif/two",
        "passed: /snap?Profile=small&x=1",
    ];
    assert_eq!(seen, expected);
    let camera = Camera::new(&table);
    let look = client.probe(PICTURE, minutes(15));
    peer.host(|request| camera.answer(request), look).await;
    assert_eq!(peer.take_asked().iter().map(|request| proof(request)).collect::<Vec<_>>(), ["n/3", "n/4"]);
}

#[tokio::test]
async fn an_old_camera_is_asked_for_its_capabilities_and_the_first_media_service() {
    let capabilities = "<GetCapabilitiesResponse><Capabilities><Media><XAddr>http://10.0.0.9/onvif/media</XAddr></Media>\
                        </Capabilities></GetCapabilitiesResponse>";
    let old = [
        information(),
        ("GetCapabilities /onvif/device_service", capabilities.to_owned()),
        ("GetProfiles /onvif/media", profiles(&[("only", 640)])),
        ("GetSnapshotUri /onvif/media", uri("SnapshotUri", "http://10.0.0.9/snap")),
    ];
    // The second media service has no profile.
    let bare = [
        information(),
        (
            "GetServices /onvif/device_service",
            services("http://10.0.0.9/onvif/media", "http://10.0.0.9/onvif/two"),
        ),
        ("GetProfiles /onvif/two", profiles(&[])),
        ("GetProfiles /onvif/media", profiles(&[("only", 640)])),
        ("GetSnapshotUri /onvif/media", uri("SnapshotUri", "http://10.0.0.9/snap")),
    ];
    let cases = [
        (&old[..], "GetServices /onvif/device_service, GetCapabilities /onvif/device_service"),
        (&bare, "GetServices /onvif/device_service, GetProfiles /onvif/two"),
    ];
    for (table, before) in cases {
        let peer = Peer::new().await;
        let looks = [(ONVIF, minutes(0)), (PICTURE, minutes(5))];
        let seen = see(&Camera::new(table), &peer, &mut client(peer.address), &looks).await;
        let after = "GetProfiles /onvif/media, GetSnapshotUri /onvif/media";
        assert_eq!(seen[1], format!("missing undecided: {before}, {after}"));
    }
}

#[tokio::test]
async fn a_camera_that_does_not_tell_is_asked_again_after_an_hour() {
    let table = [information()];
    let peer = Peer::new().await;
    let looks =
        [(ONVIF, 0), (PICTURE, 5), (PICTURE, 64), (PICTURE, 65)].map(|(kind, at)| (kind, minutes(at)));
    let seen = see(&Camera::new(&table), &peer, &mut client(peer.address), &looks).await;
    let asked =
        "missing not-offered: GetServices /onvif/device_service, GetCapabilities /onvif/device_service";
    assert_eq!(seen[1..], [asked, "missing not-offered: ", asked]);
}

#[tokio::test]
async fn a_snapshot_that_is_not_where_the_camera_says_is_looked_for_anew() {
    let table = [
        information(),
        (
            "GetServices /onvif/device_service",
            services("http://10.0.0.9/onvif/media", "http://10.0.0.9/onvif/media"),
        ),
        ("GetProfiles /onvif/media", profiles(&[("only", 640)])),
        ("GetSnapshotUri /onvif/media", uri("SnapshotUri", "http://10.0.0.9/gone")),
    ];
    let peer = Peer::new().await;
    let looks = [(ONVIF, 0), (PICTURE, 5), (PICTURE, 10), (PICTURE, 15), (PICTURE, 70)]
        .map(|(kind, at)| (kind, minutes(at)));
    let seen = see(&Camera::new(&table), &peer, &mut client(peer.address), &looks).await;
    let asked = "GetServices /onvif/device_service, GetProfiles /onvif/media, GetSnapshotUri /onvif/media";
    let undecided = format!("missing undecided: {asked}");
    assert_eq!(seen[1..], [&undecided, "missing not-offered: /gone", "missing not-offered: ", &undecided]);
}

#[tokio::test]
async fn a_refusal_of_the_media_service_blames_nobody_and_is_not_provoked_again() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let camera = |request: &str| match proof(request).as_str() {
        "bare" => challenge_of(REALM, "n", ""),
        _ if request.contains("GetDeviceInformation") => soap(200, &information().1),
        _ if request.contains("GetServices") => challenge_of(REALM, "n", ""),
        _ => fault(500, "ter:ActionNotSupported"),
    };
    let mut seen = Vec::new();
    for (kind, at) in [(ONVIF, 0), (PICTURE, 5), (PICTURE, 10), (PICTURE, 21)] {
        seen.push(gist(&peer.host(camera, client.probe(kind, minutes(at))).await));
    }
    assert_eq!(seen, ["passed", "missing budget", "missing budget", "missing not-offered"]);
    assert!(!client.login_pause().unwrap().rejected);
}

#[tokio::test]
async fn what_is_configured_is_looked_at_and_nothing_is_asked_for() {
    let table = [("/mine.jpg?a=1", String::new())];
    let peer = Peer::new().await;
    let spec = CameraSpec { picture_path: Some("/mine.jpg?a=1".to_owned()), ..spec(peer.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let seen = see(&Camera::new(&table), &peer, &mut client, &[(PICTURE, minutes(0))]).await;
    assert_eq!(seen, ["passed: /mine.jpg?a=1"]);
}

#[tokio::test]
async fn a_stream_is_looked_for_where_the_camera_says() {
    let table = [
        information(),
        (
            "GetServices /onvif/device_service",
            services("http://10.0.0.9/onvif/media", "http://10.0.0.9/onvif/media"),
        ),
        ("GetProfiles /onvif/media", profiles(&[("only", 640)])),
        ("GetStreamUri /onvif/media", uri("StreamUri", "rtsp://10.0.0.9:554/Streaming/Channels/102?a=1")),
    ];
    let camera = Camera::new(&table);
    let (web, streams) = (Peer::new().await, Peer::new().await);
    let spec = CameraSpec { rtsp_port: streams.address.port(), ..spec(web.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let mut described = Vec::new();
    for (kind, at) in [(STREAM, 0), (ONVIF, 1), (STREAM, 5)] {
        let look = streams.host(
            |request| match request.split(' ').next() {
                Some("OPTIONS") => Reply::Say(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n".to_vec()),
                _ => Reply::Say(b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n".to_vec()),
            },
            client.probe(kind, minutes(at)),
        );
        web.host(|request| camera.answer(request), look).await;
        let asked = streams.take_asked();
        let describe = asked.iter().find(|request| request.starts_with("DESCRIBE"));
        described.extend(describe.map(|request| {
            let url = request.split(' ').nth(1).unwrap();
            url.split_once(&streams.address.to_string()).unwrap().1.to_owned()
        }));
    }
    assert_eq!(described, ["/axis-media/media.amp?resolution=320x240", "/Streaming/Channels/102?a=1"]);
}
