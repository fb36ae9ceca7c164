//! The camera client against the TLS of OpenSSL, as old as cameras speak it.

#![expect(clippy::disallowed_methods, reason = "starts real servers")]

use demarc_model::id::CameraId;
use demarc_model::observation::{Observation, Outcome, Phase};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::{Basic, CameraSpec, Limits, Scheme, VideoChecks};
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A server that ends with this value.
struct Server {
    address: SocketAddr,
    child: Child,
    // Kept open while the server writes.
    _said: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(options: &[&str]) -> Server {
    for _ in 0..5 {
        if let Some(server) = try_serve(options) {
            return server;
        }
    }
    panic!("openssl s_server {options:?} cannot start; apt-get install openssl");
}

/// `None` when it ended before it listened, as when somebody else took the port.
fn try_serve(options: &[&str]) -> Option<Server> {
    let folder = tempfile::tempdir().unwrap();
    let [key, certificate] = ["key.pem", "cert.pem"].map(|name| folder.path().join(name));
    // RSA, because the oldest ciphers know nothing else.
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=camera"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let mut child = Command::new("openssl")
        .args(["s_server", "-www", "-4", "-accept", &format!("127.0.0.1:{port}")])
        .arg("-key")
        .arg(&key)
        .arg("-cert")
        .arg(&certificate)
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("ACCEPT") {
        if said.read_line(&mut text).unwrap() == 0 {
            child.wait().unwrap();
            return None;
        }
    }
    Some(Server { address: (Ipv4Addr::LOCALHOST, port).into(), child, _said: said, _folder: folder })
}

async fn look(server: &Server) -> Observation {
    let spec = CameraSpec {
        id: CameraId::new("entrance").unwrap(),
        address: server.address.ip(),
        scheme: Scheme::Https,
        port: server.address.port(),
        rtsp_port: 554,
        stream_path: None,
        picture_path: None,
        video: VideoChecks::None,
        onvif_port: None,
        onvif_path: "/onvif/device_service".to_owned(),
        credentials: None,
        basic: Basic::Never,
        cloud: None,
        relays_every: None,
        keep_snapshots: false,
        clock_tolerance: Duration::from_mins(1),
    };
    let second = Duration::from_secs(5);
    let limits = Limits { connect: second, tls: second, total: second };
    let at = Timestamp::from_millis(1_645_376_400_000);
    CameraClient::new(spec, limits).unwrap().probe(ProbeKind::CameraReady, at).await
}

#[tokio::test]
async fn a_camera_with_tls_too_old_is_told_so_and_not_called_dead() {
    let cases: [&[&str]; 4] = [
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        // The ciphers of AXIS OS 5 to 9: RSA key exchange and DHE, without GCM.
        &["-tls1_2", "-cipher", "AES128-SHA:AES256-SHA"],
        &["-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:DHE-RSA-AES256-SHA"],
    ];
    for options in cases {
        let server = serve(options);
        let Outcome::Failed { phase, symptom, detail } = look(&server).await.outcome else {
            panic!("{options:?} passed")
        };
        assert_eq!((phase, symptom), (Phase::Tls, Symptom::TlsOld), "{options:?}: {detail}");
        assert!(detail.as_str().starts_with("the camera speaks no TLS that is still safe"), "{detail}");
        assert!(detail.as_str().contains("scheme = \"http\""), "{detail}");
    }
}

#[tokio::test]
async fn a_camera_with_one_safe_cipher_is_spoken_to() {
    let server = serve(&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]);
    let seen = look(&server).await;
    // It is no camera and does not answer what cameras are asked, but TLS is done.
    assert!(seen.phases.tls_us.is_some(), "{seen:?}");
}
