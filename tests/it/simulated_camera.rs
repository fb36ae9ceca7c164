//! Clients that others wrote at the simulated cameras: what they read is what there is, and the camera
//! counts their logins.

#![expect(clippy::disallowed_methods, reason = "starts real clients")]

use crate::branch::Branch;
use crate::peers;
use std::path::Path;
use std::process::Command;

const AXIS: &str = include_str!("simulated_camera/axis_client.py");
const ZEEP: &str = include_str!("simulated_camera/onvif_client.py");
const NODE: &str = include_str!("simulated_camera/onvif_client.js");

/// Where a camera is, and its account, from the written configuration.
struct Camera {
    host: String,
    port: String,
    rtsp_port: u16,
    username: String,
    password: String,
}

impl Camera {
    fn of(branch: &Branch, id: &str) -> Self {
        let config = demarc_agent::config::load(&branch.config).unwrap();
        let spec = config.camera_specs().into_iter().find(|spec| spec.id.as_str() == id).unwrap();
        let login = spec.credentials.unwrap();
        let password = secrecy::ExposeSecret::expose_secret(&login.password).to_owned();
        let (host, port) = (spec.address.to_string(), spec.port.to_string());
        Self { host, port, rtsp_port: spec.rtsp_port, username: login.username, password }
    }

    /// Where its stream and its snapshots are.
    fn media(&self) -> [String; 2] {
        let Self { host, port, rtsp_port, .. } = self;
        [
            format!("rtsp://{host}:{rtsp_port}/axis-media/media.amp?resolution=64x48"),
            format!("http://{host}:{port}/axis-cgi/jpg/image.cgi?resolution=160x120"),
        ]
    }

    /// What a client with these arguments says, which is then told where the camera is and this password.
    fn told(&self, program: &Path, arguments: &[&str], password: &str) -> Vec<String> {
        let mut command = Command::new(program);
        command.args(arguments).args([&self.host, &self.port, &self.username, password]);
        said(command)
    }

    /// The status that curl sees, and where it puts what it gets.
    fn fetched(&self, target: &str, password: &str, into: &Path) -> Vec<String> {
        let mut command = Command::new("/usr/bin/curl");
        command.args(["--silent", "--show-error", "--noproxy", "*", "--digest", "--user"]);
        command.arg(format!("{}:{password}", self.username)).arg("--output").arg(into);
        command.args(["--write-out", "%{http_code}\n%{content_type}\n"]);
        command.arg(format!("http://{}:{}{target}", self.host, self.port));
        said(command)
    }
}

fn said(mut command: Command) -> Vec<String> {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}; run scripts/test-peers"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}; is it there? run scripts/test-peers");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Logins that the camera took and refused.
fn logins(branch: &Branch, id: &str) -> (u64, u64) {
    let counts = branch.counts(id);
    (counts.logins_ok, counts.logins_failed)
}

/// The fifth camera prefers SHA-256, the others speak MD5.
#[test]
fn the_axis_library_of_home_assistant_reads_simulated_cameras() {
    let branch = Branch::start(5);
    for (id, serial) in [("cam-01", "B8A44F000001"), ("cam-05", "B8A44F000005")] {
        let camera = Camera::of(&branch, id);
        let told = camera.told(&peers::python(), &["-c", AXIS], &camera.password);
        let expected = ["P3265-V", "Network Camera", serial, "12.11.77", "viewer"];
        assert_eq!(told, expected);
        let (ok, failed) = logins(&branch, id);
        assert!(ok > 5 && failed == 0, "{ok} {failed}");
        assert_eq!(camera.told(&peers::python(), &["-c", AXIS], "password"), ["unauthorized"]);
        assert_eq!(logins(&branch, id), (ok, 1));
    }
}

/// It knows WS-UsernameToken alone, as the third camera does.
#[test]
fn the_onvif_library_of_home_assistant_reads_a_simulated_camera() {
    let branch = Branch::start(3);
    let camera = Camera::of(&branch, "cam-03");
    let service = format!("http://{}:{}/onvif/device_service", camera.host, camera.port);
    let told = camera.told(&peers::python(), &["-c", ZEEP], &camera.password);
    let [stream, snapshot] = camera.media();
    let expected = [
        &service,
        "AXIS",
        "M3206-LVE",
        "10.12.213",
        "B8A44F000003",
        "onvif://www.onvif.org/name/AXIS%20M3206-LVE onvif://www.onvif.org/hardware/AXIS%20M3206-LVE",
        "time.demarc.example",
        &format!("B8:A4:4F:00:00:03 {}", camera.host),
        &format!("H264 {stream}"),
        &snapshot,
    ];
    assert_eq!(told, expected);
    assert_eq!(logins(&branch, "cam-03"), (7, 0));
    let told = camera.told(&peers::python(), &["-c", ZEEP], "password");
    assert_eq!(told, [&service, "Sender not authorized"]);
    assert_eq!(logins(&branch, "cam-03"), (7, 1));
}

#[test]
fn the_onvif_library_of_node_reads_simulated_cameras_by_digest_and_by_token() {
    let branch = Branch::start(3);
    let package = peers::node_package("onvif");
    let arguments = ["-e", NODE, package.to_str().unwrap()];
    let of_digest = ("cam-01", "P3265-V", "12.11.77", "Digest authentication failed 401");
    let of_token = ("cam-03", "M3206-LVE", "10.12.213", "ONVIF SOAP Fault: Sender not authorized");
    for (id, model, firmware, refused) in [of_digest, of_token] {
        let camera = Camera::of(&branch, id);
        let told = camera.told(&peers::node(), &arguments, &camera.password);
        let serial = id.replace("cam-", "B8A44F0000");
        let [stream, snapshot] = camera.media();
        assert_eq!(told, ["AXIS", model, firmware, &serial, "profile_1", &stream, &snapshot]);
        let (ok, failed) = logins(&branch, id);
        assert!(ok >= 4 && failed == 0, "{ok} {failed}");
        assert_eq!(camera.told(&peers::node(), &arguments, "password"), [refused]);
        // Its first refusal, of the profiles, does not keep it from asking what the camera is.
        assert_eq!(logins(&branch, id), (ok, 2));
    }
}

#[test]
fn curl_fetches_a_snapshot_of_simulated_cameras() {
    let branch = Branch::start(5);
    let picture = branch.folder.path().join("snapshot");
    for id in ["cam-01", "cam-05"] {
        let camera = Camera::of(&branch, id);
        let target = "/axis-cgi/jpg/image.cgi?resolution=160x120";
        assert_eq!(camera.fetched(target, &camera.password, &picture), ["200", "image/jpeg"]);
        let bytes = std::fs::read(&picture).unwrap();
        assert!(bytes.starts_with(b"\xff\xd8\xff") && bytes.ends_with(b"\xff\xd9"));
        assert_eq!(camera.fetched(target, "password", &picture)[0], "401");
        assert_eq!(logins(&branch, id), (1, 1));
    }
}
