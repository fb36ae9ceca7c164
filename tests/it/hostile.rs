//! Everybody whom the service talks to answers without end: it names what it sees and stays small.

#![expect(clippy::disallowed_methods, reason = "starts the program under test")]

use demarc_model::observation::Observation;
use demarc_model::symptom::Symptom;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(90);
/// Of memory, in KiB. The test's build with all its symbols needs some 50 MiB; what comes in during one
/// deadline is gigabytes.
const MOST_KIB: u64 = 128 << 10;
const CAMERAS: usize = 4;

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers every request at an address with a good head and a body that never ends, as long as the tests run.
fn endless(address: &str) -> SocketAddr {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || pour(stream));
        }
    });
    address
}

fn pour(mut stream: TcpStream) {
    let _heard = stream.read(&mut [0; 4096]);
    let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"page\":\"");
    while stream.write_all(&[b'x'; 16 << 10]).is_ok() {}
}

/// Answers every question with as much as a datagram holds.
fn babbling() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut question) {
            let mut answer = question[..length].to_vec();
            // An answer with 4,000 records.
            (answer[2], answer[3]) = (0x81, 0x80);
            (answer[6], answer[7]) = (0x0f, 0xa0);
            let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1];
            answer.extend(record.repeat(4_000));
            let _gone = socket.send_to(&answer, peer);
        }
    });
    address
}

fn configure(folder: &Path) {
    let (page, resolver) = (endless("127.0.0.1"), babbling());
    let port = page.port();
    std::fs::create_dir(folder.join("vendors")).unwrap();
    let profile = format!(
        "id = \"acme\"\nname = \"Acme\"\n[[capability]]\nid = \"relay\"\nname = \"relay\"\n\
         [[endpoint]]\nid = \"relay\"\ncapability = \"relay\"\nhost = \"relay.example.com\"\naddress = \"127.0.0.1\"\n\
         port = {port}\nsource = \"this test\"\n\
         [status-page]\nurl = \"http://{page}/summary.json\"\nformat = \"statuspage\"\n"
    );
    std::fs::write(folder.join("vendors/acme.toml"), profile).unwrap();
    let cameras = (1..=CAMERAS).map(|n| {
        let address = format!("127.0.0.{n}");
        let port = endless(&address).port();
        format!("[[camera]]\nid = \"cam-{n}\"\naddress = \"{address}\"\nport = {port}\nrtsp-port = {port}\n")
    });
    let text = format!(
        "[site]\nid = \"hostile\"\nname = \"Hostile\"\nvendor = \"acme\"\n\
         [network]\ngateway = \"127.0.0.1\"\ngateway-port = {port}\nresolver = \"{resolver}\"\n\
         second-resolver = \"{resolver}\"\nportal-check = \"http://{page}/\"\n\
         [[network.control]]\nid = \"one\"\nhost = \"control.example.com\"\naddress = \"127.0.0.1\"\n\
         port = {port}\ncheck = \"tcp\"\n\
         [probing]\nconnect-timeout = \"1s\"\ntimeout = \"4s\"\npath-interval = \"2s\"\n\
         vendor-interval = \"2s\"\ncamera-interval = \"3s\"\n{}",
        cameras.collect::<String>()
    );
    std::fs::write(folder.join("demarc.toml"), text).unwrap();
}

/// The most memory that a process has had, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn history(folder: &TempDir, probe: &str) -> Vec<Observation> {
    let output = demarc(folder).args(["--json", "history", probe]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

fn demarc(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demarc"));
    command.arg("--config").arg(folder.path().join("demarc.toml"));
    command.arg("--state-dir").arg(folder.path().join("state")).env_remove("RUST_LOG");
    command.env_remove("NOTIFY_SOCKET").stdin(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn answers_without_end_are_named_within_the_deadline_and_cost_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let service = Service(demarc(&folder).arg("run").stdout(Stdio::null()).spawn().unwrap());
    let expected = [
        ("resolver.answer", Symptom::NameSilent),
        ("resolver.second", Symptom::NameSilent),
        ("control.name/one", Symptom::NameSilent),
        ("control.portal/one", Symptom::Redirected),
        ("vendor.name/relay", Symptom::NameSilent),
        ("vendor.address/relay", Symptom::Garbage),
        ("vendor.status/acme", Symptom::Garbage),
        ("camera.ready/cam-1", Symptom::Garbage),
        ("camera.rtsp/cam-4", Symptom::Garbage),
    ];
    for (probe, symptom) in expected {
        let begun = Instant::now();
        let seen = loop {
            // Where this computer itself stalls nothing was measured.
            let mut seen = history(&folder, probe);
            seen.retain(|one| one.symptom().is_some());
            if !seen.is_empty() {
                break seen;
            }
            assert!(begun.elapsed() < PATIENCE, "no {probe}");
            std::thread::sleep(Duration::from_millis(100));
        };
        for one in seen {
            assert_eq!(one.symptom(), Some(symptom), "{one:?}");
            // The deadline is four seconds, and a busy computer may be late.
            assert!(one.phases.total_us < 5_000_000, "{one:?}");
        }
    }
    let peak = peak(service.0.id());
    assert!(peak < MOST_KIB, "the service had {peak} KiB");
}
