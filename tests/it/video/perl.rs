//! Debian's rtsp-server-perl, which passes on what ffmpeg sends it: its replies come in many pieces, and it
//! says 400 to packets within the connection.

use super::waiting::{Ends, until_described, until_served};
use super::{AT, PASSWORD, client, proof};
use crate::peers::free_port;
use demarc_model::observation::{Outcome, StreamProof};
use demarc_model::probe::ProbeKind;
use std::io::Read;
use std::process::{Command, Stdio};

const PATH: &str = "/axis-media/media.amp";

/// The server, and the port for viewers and that for sources.
fn start() -> (Ends, [u16; 2]) {
    let ports = [free_port(), free_port()];
    let [viewers, sources] = ports.map(|port| port.to_string());
    let mut command = Command::new("/usr/bin/rtsp-server-perl");
    command.args(["--clientport", &viewers, "--serverport", &sources]);
    command.args(["--client_listen_address", "127.0.0.1", "--source_listen_address", "127.0.0.1"]);
    // Each line it hears.
    command.args(["--loglevel", "5", "--rtp_start_port", &(free_port() & !1).to_string()]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let child = child.unwrap_or_else(|e| panic!("{e}; apt-get install rtsp-server-perl"));
    ports.iter().for_each(|port| until_served(*port));
    (Ends(child), ports)
}

fn source(port: u16) -> Ends {
    let child = Command::new("/usr/bin/ffmpeg")
        .args(["-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15"])
        .args(["-pix_fmt", "yuv420p", "-f", "rtsp"])
        .arg(format!("rtsp://127.0.0.1:{port}{PATH}"))
        .spawn();
    Ends(child.unwrap())
}

/// Asks the server to end, which makes it write down the rest; the methods that viewers asked for.
fn heard(mut server: Ends) -> Vec<String> {
    Command::new("kill").arg("-INT").arg(server.0.id().to_string()).status().unwrap();
    let mut log = String::new();
    server.0.stdout.take().unwrap().read_to_string(&mut log).unwrap();
    let lines = log.lines().filter_map(|line| line.strip_prefix("Client listener: >> "));
    lines.filter_map(|line| line.split_once(" rtsp://")).map(|(method, _)| method.to_owned()).collect()
}

#[tokio::test]
async fn a_stream_of_rtsp_server_perl_is_proved_and_given_back_each_time() {
    let (server, [viewers, sources]) = start();
    let _source = source(sources);
    until_described(viewers, PATH);
    let mut client = client(viewers, PATH, PASSWORD);
    for _ in 0..3 {
        assert_eq!(client.probe(ProbeKind::CameraRtsp, AT).await.outcome, Outcome::Passed);
        let seen = client.probe(ProbeKind::CameraStream, AT).await;
        assert_eq!(seen.outcome, Outcome::Passed);
        // Whether a key frame is among the packets depends on when we came.
        assert!(matches!(proof(&seen), Some(StreamProof::Packets | StreamProof::KeyFrame)));
    }
    let heard = heard(server);
    let ours: Vec<&str> =
        heard.iter().map(String::as_str).skip_while(|method| *method != "OPTIONS").collect();
    let look = ["OPTIONS", "OPTIONS", "DESCRIBE", "SETUP", "SETUP", "PLAY", "TEARDOWN"];
    assert_eq!(ours, look.repeat(3));
}
