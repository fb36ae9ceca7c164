//! VLC as a streaming server: packets by UDP and by no other way, and a password only by Basic.

use super::waiting::{Ends, ask, until_described, until_served};
use super::{AT, PASSWORD, client, proof};
use crate::peers::free_port;
use demarc_model::observation::{Outcome, StreamProof};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const PATH: &str = "/axis-media/media.amp";
/// VLC refuses to run as root.
const NOBODY: u32 = 65_534;

/// VLC that plays a film over and over, and its port; it ends with these values.
fn start(arguments: &[&str]) -> (Ends, TempDir, u16) {
    let (folder, port) = (film(), free_port());
    let mut command = Command::new("/usr/bin/cvlc");
    command.args(["--quiet", "--no-audio", "--loop", "--rtsp-host=127.0.0.1"]).args(arguments);
    command.arg(folder.path().join("film.mp4"));
    command.arg(format!("--sout=#rtp{{sdp=rtsp://127.0.0.1:{port}{PATH}}}")).arg("--sout-keep");
    command.env("HOME", folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.gid(NOBODY).uid(NOBODY);
    }
    let child = command.spawn().unwrap_or_else(|e| panic!("{e}; apt-get install vlc-bin vlc-plugin-base"));
    (Ends(child), folder, port)
}

/// Four seconds with a key frame in each, where everybody may read it.
fn film() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let status = Command::new("/usr/bin/ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15:duration=4"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-pix_fmt", "yuv420p"])
        .arg(folder.path().join("film.mp4"))
        .status();
    assert!(status.unwrap().success());
    folder
}

#[tokio::test]
async fn a_stream_of_vlc_is_proved_by_udp_after_it_refused_tcp() {
    let (_vlc, _folder, port) = start(&[]);
    until_described(port, PATH);
    let set_up = format!(
        "SETUP rtsp://127.0.0.1:{port}{PATH}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\n\
         Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
    );
    let refused = ask(port, &set_up).unwrap();
    assert!(refused.starts_with("RTSP/1.0 461 "), "{refused}");

    let mut client = client(port, PATH, PASSWORD);
    for _ in 0..3 {
        assert_eq!(client.probe(ProbeKind::CameraRtsp, AT).await.outcome, Outcome::Passed);
        let seen = client.probe(ProbeKind::CameraStream, AT).await;
        assert_eq!(seen.outcome, Outcome::Passed);
        // Whether a key frame is among the packets depends on when we came.
        assert!(matches!(proof(&seen), Some(StreamProof::Packets | StreamProof::KeyFrame)));
    }
}

#[tokio::test]
async fn vlc_wants_the_password_itself_and_does_not_get_it() {
    let (_vlc, _folder, port) = start(&["--sout-rtsp-user=demarc", "--sout-rtsp-pwd=pass word"]);
    until_served(port);
    let seen = client(port, PATH, PASSWORD).probe(ProbeKind::CameraStream, AT).await;
    assert_eq!((seen.symptom(), proof(&seen)), (Some(Symptom::SchemeUnknown), Some(StreamProof::Answered)));
}
