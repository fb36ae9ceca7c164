//! Video against programs that others wrote: our client at the streaming servers of GStreamer, VLC and
//! Perl, and ffprobe at our simulated camera.

#![expect(clippy::disallowed_methods, reason = "starts real programs")]

mod perl;
mod vlc;
mod waiting;

use crate::branch::Branch;
use crate::peers::Peer;
use demarc_model::id::{AccountId, CameraId};
use demarc_model::observation::{MissingReason, Observation, Outcome, Reading, StreamProof};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::{Basic, CameraSpec, Credentials, Limits, Scheme, VideoChecks};
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::time::Duration;

/// Debian's own, which sees Debian's packages; another one may come first in the path.
const PYTHON: &str = "/usr/bin/python3";
const STREAM_SERVER: &str = include_str!("video/stream_server.py");
const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);
const PASSWORD: &str = "pass word";

fn gstreamer() -> (Peer, u16) {
    gstreamer_with(&["/axis-media/media.amp", "/silent"])
}

/// GStreamer's server with these streams, and its port; it says what it plays and what is given back.
pub(crate) fn gstreamer_with(paths: &[&str]) -> (Peer, u16) {
    let mut command = Command::new(PYTHON);
    command.args(["-c", STREAM_SERVER, "demarc", PASSWORD, "AXIS_ACCC8E000001"]).args(paths);
    let (server, port) = Peer::start(command);
    (server, port.parse().unwrap())
}

fn client(rtsp_port: u16, path: &str, password: &str) -> CameraClient {
    client_of(80, rtsp_port, Some(path), password)
}

/// Without a path the camera finds it out.
pub(crate) fn client_of(port: u16, rtsp_port: u16, path: Option<&str>, password: &str) -> CameraClient {
    let credentials = Credentials {
        account: AccountId::new("cameras").unwrap(),
        username: "demarc".to_owned(),
        password: password.into(),
    };
    let spec = CameraSpec {
        id: CameraId::new("entrance").unwrap(),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        scheme: Scheme::Http,
        port,
        rtsp_port,
        onvif_port: None,
        onvif_path: "/onvif/device_service".to_owned(),
        basic: Basic::Never,
        cloud: None,
        relays_every: None,
        keep_snapshots: false,
        clock_tolerance: Duration::from_mins(1),
        stream_path: path.map(str::to_owned),
        picture_path: None,
        video: VideoChecks::Stream,
        credentials: Some(credentials),
    };
    let total = Duration::from_secs(8);
    CameraClient::new(spec, Limits { connect: total, tls: total, total }).unwrap()
}

fn proof(seen: &Observation) -> Option<StreamProof> {
    seen.readings.iter().find_map(|reading| match reading {
        Reading::Stream(proof) => Some(*proof),
        _ => None,
    })
}

#[tokio::test]
async fn a_stream_of_gstreamer_is_proved_and_given_back_each_time() {
    let (server, port) = gstreamer();
    let mut client = client(port, "/axis-media/media.amp?resolution=320x240", PASSWORD);
    for _ in 0..3 {
        let seen = client.probe(ProbeKind::CameraStream, AT).await;
        assert_eq!((&seen.outcome, proof(&seen)), (&Outcome::Passed, Some(StreamProof::KeyFrame)));
    }
    assert_eq!(server.stop(), ["PLAY", "TEARDOWN"].repeat(3));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_at_gstreamer() {
    let (_server, port) = gstreamer();
    let mut client = client(port, "/axis-media/media.amp", "password");
    let seen = client.probe(ProbeKind::CameraStream, AT).await;
    assert_eq!(seen.symptom(), Some(Symptom::Rejected));
    let spared = client.probe(ProbeKind::CameraStream, AT.plus(Duration::from_mins(14))).await;
    assert_eq!(spared.outcome, Outcome::Missing { reason: MissingReason::Budget });
}

#[tokio::test]
async fn a_source_that_delivers_nothing_hangs_at_gstreamer() {
    let (_server, port) = gstreamer();
    let seen = client(port, "/silent", PASSWORD).probe(ProbeKind::CameraStream, AT).await;
    assert_eq!((seen.symptom(), proof(&seen)), (Some(Symptom::Hung), Some(StreamProof::Answered)));
}

/// What a frozen or a dark picture is, only pictures tell: the stream is as good as any.
#[tokio::test]
async fn a_stream_of_gstreamer_that_stands_still_or_is_black_is_a_stream() {
    let (server, port) = gstreamer_with(&["/frozen", "/black"]);
    for path in ["/frozen", "/black"] {
        let seen = client(port, path, PASSWORD).probe(ProbeKind::CameraStream, AT).await;
        let expected = (&Outcome::Passed, Some(StreamProof::KeyFrame));
        assert_eq!((&seen.outcome, proof(&seen)), expected, "{path}");
    }
    assert_eq!(server.stop(), ["PLAY", "TEARDOWN"].repeat(2));
}

/// The simulated camera streams what a decoder that others wrote takes for video, to who has the password.
#[test]
fn ffprobe_decodes_what_the_simulated_camera_streams() {
    let branch = Branch::start(1);
    let config = demarc_agent::config::load(&branch.config).unwrap();
    let spec = config.camera_specs().remove(0);
    let login = spec.credentials.unwrap();
    let probe = |password: &str| {
        let password = password.replace(' ', "%20");
        let output = Command::new("/usr/bin/ffprobe")
            .args(["-v", "error", "-rtsp_transport", "tcp", "-read_intervals", "%+#25", "-count_frames"])
            .args([
                "-show_entries",
                "stream=codec_name,profile,width,height,nb_read_frames",
                "-of",
                "csv=p=0",
            ])
            .arg(format!(
                "rtsp://{}:{password}@{}:{}/axis-media/media.amp",
                login.username, spec.address, spec.rtsp_port
            ))
            .output()
            .unwrap();
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).trim().to_owned())
    };
    let right = probe(secrecy::ExposeSecret::expose_secret(&login.password));
    assert_eq!(right, ["h264,Constrained Baseline,64,48,25", ""]);
    let taken = branch.counts("cam-01");
    assert!(taken.logins_ok > 0 && taken.logins_failed == 0, "{taken:?}");

    let [decoded, complaint] = probe("password");
    assert!(decoded.is_empty() && complaint.contains("401 Unauthorized"), "{decoded} {complaint}");
    let counts = branch.counts("cam-01");
    assert_eq!((counts.logins_ok, counts.logins_failed), (taken.logins_ok, 1));
}
