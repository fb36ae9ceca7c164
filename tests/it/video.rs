//! Video against programs that others wrote: our client at GStreamer's streaming server, and ffprobe at
//! our simulated camera.

#![expect(clippy::disallowed_methods, reason = "starts real programs")]

use crate::branch::Branch;
use demarc_model::id::{AccountId, CameraId};
use demarc_model::observation::{MissingReason, Observation, Outcome, Reading, StreamProof};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::{Basic, CameraSpec, Credentials, Limits, Scheme, VideoChecks};
use std::io::{BufRead, BufReader, Lines};
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Debian's own, which sees Debian's packages; another one may come first in the path.
const PYTHON: &str = "/usr/bin/python3";
const STREAM_SERVER: &str = include_str!("video/stream_server.py");
const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);
const PASSWORD: &str = "pass word";

struct Server {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(PYTHON)
            .args(["-c", STREAM_SERVER, "demarc", PASSWORD, "AXIS_ACCC8E000001"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = said.next().expect("python3-gi and gir1.2-gst-rtsp-server-1.0 are installed").unwrap();
        Self { child, said, port: port.parse().unwrap() }
    }

    /// Ends the server; what it heard.
    fn stop(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.said.by_ref().map(Result::unwrap).collect()
    }

    fn client(&self, path: &str, password: &str) -> CameraClient {
        let credentials = Credentials {
            account: AccountId::new("cameras").unwrap(),
            username: "demarc".to_owned(),
            password: password.into(),
        };
        let spec = CameraSpec {
            id: CameraId::new("entrance").unwrap(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            scheme: Scheme::Http,
            port: 80,
            rtsp_port: self.port,
            onvif_path: "/onvif/device_service".to_owned(),
            basic: Basic::Never,
            cloud: None,
            stream_path: path.to_owned(),
            video: VideoChecks::Stream,
            credentials: Some(credentials),
        };
        let total = Duration::from_secs(8);
        CameraClient::new(spec, Limits { connect: total, tls: total, total }).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn proof(seen: &Observation) -> Option<StreamProof> {
    seen.readings.iter().find_map(|reading| match reading {
        Reading::Stream(proof) => Some(*proof),
        _ => None,
    })
}

#[tokio::test]
async fn a_stream_of_gstreamer_is_proved_and_given_back_each_time() {
    let server = Server::start();
    let mut client = server.client("/axis-media/media.amp?resolution=320x240", PASSWORD);
    for _ in 0..3 {
        let seen = client.probe(ProbeKind::CameraStream, AT).await;
        assert_eq!((&seen.outcome, proof(&seen)), (&Outcome::Passed, Some(StreamProof::KeyFrame)));
    }
    assert_eq!(server.stop(), ["PLAY", "TEARDOWN"].repeat(3));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_at_gstreamer() {
    let server = Server::start();
    let mut client = server.client("/axis-media/media.amp", "password");
    let seen = client.probe(ProbeKind::CameraStream, AT).await;
    assert_eq!(seen.symptom(), Some(Symptom::Rejected));
    let spared = client.probe(ProbeKind::CameraStream, AT.plus(Duration::from_mins(14))).await;
    assert_eq!(spared.outcome, Outcome::Missing { reason: MissingReason::Budget });
}

#[tokio::test]
async fn a_source_that_delivers_nothing_hangs_at_gstreamer() {
    let server = Server::start();
    let seen = server.client("/silent", PASSWORD).probe(ProbeKind::CameraStream, AT).await;
    assert_eq!((seen.symptom(), proof(&seen)), (Some(Symptom::Hung), Some(StreamProof::Answered)));
}

/// The simulated camera streams what a decoder that others wrote takes for video.
#[test]
fn ffprobe_decodes_what_the_simulated_camera_streams() {
    let branch = Branch::start(1);
    let config = demarc_agent::config::load(&branch.config).unwrap();
    let spec = config.camera_specs().remove(0);
    let login = spec.credentials.unwrap();
    let password = secrecy::ExposeSecret::expose_secret(&login.password).replace(' ', "%20");
    let url = format!(
        "rtsp://{}:{password}@{}:{}/axis-media/media.amp",
        login.username, spec.address, spec.rtsp_port
    );
    let output = Command::new("/usr/bin/ffprobe")
        .args(["-v", "error", "-rtsp_transport", "tcp", "-read_intervals", "%+#25", "-count_frames"])
        .args(["-show_entries", "stream=codec_name,profile,width,height,nb_read_frames", "-of", "csv=p=0"])
        .arg(url)
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert_eq!(
        (said(&output.stdout).as_str(), said(&output.stderr).as_str()),
        ("h264,Constrained Baseline,64,48,25", "")
    );
}
