//! Who has a camera's address, in a network where two devices have it, nobody, or another one.

use crate::branch::{said, stderr, stdout};
use crate::lab::{Host, Running};
use crate::line::Line;
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{Observation, Outcome, Reading};
use demarc_model::symptom::Symptom;
use serde_json::Value;
use std::time::{Duration, Instant};

const CAMERA: &str = "10.20.0.101/24";
const FIRST: &str = "b8:a4:4f:00:00:01";
const SECOND: &str = "02:00:00:00:00:66";
/// A packet to the agent's host, before which its hardware address is asked for.
const SPEAK: &str = "import socket; socket.socket(2, 2).sendto(b'x', ('10.20.0.9', 9))";
const CONFLICT: &str = "camera till address-conflict";
const PATIENCE: Duration = Duration::from_secs(90);

/// As the service's user is without `AmbientCapabilities`.
const UNPRIVILEGED: &[&str] = &["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];

/// A branch whose router is a switch as well, with a camera to be.
struct Branch {
    line: Line,
}

/// A host that is a camera: the simulated one, behind the host's own address.
struct Camera {
    host: Host,
    _simulated: Running,
}

impl Branch {
    fn start() -> Self {
        let line = Line::start();
        line.switch();
        let config = std::fs::read_to_string(&line.config).unwrap();
        let camera = "[[camera]]\nid = \"till\"\naddress = \"10.20.0.101\"\n";
        let config = config.replace("[[camera]]\nid = \"entrance\"\naddress = \"10.20.0.1\"\n", camera);
        // Who has the address is asked every twentieth time.
        let config = config.replace("camera-interval = \"2s\"", "camera-interval = \"1s\"");
        std::fs::write(&line.config, config).unwrap();
        Self { line }
    }

    fn discover(&self, arguments: &[&str]) -> String {
        let arguments =
            self.line.arguments(&[arguments, &["discover", "--seconds", "1", "--write"]].concat());
        let output = self.line.agent.demarc(&[], &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }

    fn camera(&self, mac: &str) -> Camera {
        let host = self.line.lab.host();
        host.plug((&self.line.router, "net"), mac, CAMERA);
        host.shell("echo 1 > /proc/sys/net/ipv4/conf/lan/route_localnet");
        let rules = self.line.lab.write(
            &format!("camera-{mac}.nft"),
            "table ip camera {\n chain in {\n type nat hook prerouting priority dstnat;\n \
             iifname lan tcp dport 80 dnat to 127.77.1.1:21000\n \
             iifname lan tcp dport 554 dnat to 127.77.1.1:21001\n }\n}\n",
        );
        host.run(&format!("nft -f {}", rules.display()));
        let folder = self.line.lab.folder.path().join(mac);
        let program = env!("CARGO_BIN_EXE_demarc");
        let simulated = host.serve(&format!("{program} simulate --cameras 1 --write {}", folder.display()));
        host.wait_for_listener("-ltn src 127.77.1.1:21001");
        Camera { host, _simulated: simulated }
    }

    /// Waits until a look at the neighbour is like this.
    fn look(&self, what: &str, fits: impl Fn(&Observation) -> bool) -> Observation {
        let begun = Instant::now();
        loop {
            let seen = self.line.last_look("camera.neighbour/till");
            if fits(&seen) {
                return seen;
            }
            assert!(begun.elapsed() < PATIENCE, "no {what}: {seen:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn hardware(seen: &Observation) -> Vec<String> {
    let macs = seen.readings.iter().find_map(|reading| match reading {
        Reading::HardwareAddresses(macs) => Some(macs),
        _ => None,
    });
    let mut macs: Vec<String> = macs.into_iter().flatten().map(|mac| mac.as_str().to_owned()).collect();
    macs.sort();
    macs
}

fn detail(seen: &Observation) -> &str {
    let Outcome::Failed { detail, .. } = &seen.outcome else { panic!("{seen:?}") };
    detail.as_str()
}

fn open(snapshot: &Snapshot) -> Vec<String> {
    snapshot.incidents.iter().map(said).collect()
}

fn is_conflict(seen: &Observation) -> bool {
    seen.symptom() == Some(Symptom::Conflict)
}

#[test]
fn two_devices_with_the_cameras_address_are_a_conflict_and_end_with_one_of_them() {
    let branch = Branch::start();
    let _camera = branch.camera(FIRST);
    let _agent = branch.line.watch(&[]);
    let well = branch.line.wait("a first look at everything", |snapshot| snapshot.swept);
    assert_eq!(open(&well), Vec::<String>::new());
    let seen = branch.look("answer", |seen| seen.symptom() == Some(Symptom::Passed));
    assert_eq!(hardware(&seen), ["B8A44F000001"]);

    let other = branch.camera(SECOND);
    branch.line.wait(CONFLICT, |snapshot| open(snapshot) == [CONFLICT]);
    let seen = branch.look("conflict", is_conflict);
    assert_eq!(hardware(&seen), ["020000000066", "B8A44F000001"]);
    assert!(detail(&seen).starts_with("2 devices say that 10.20.0.101 is theirs: "), "{}", detail(&seen));

    drop(other);
    branch.line.wait("its end", |snapshot| open(snapshot).is_empty());
}

#[test]
fn a_camera_that_is_gone_is_asked_for_in_vain_and_one_that_replaces_it_is_no_conflict() {
    replaced(&[]);
}

#[test]
fn a_camera_that_is_gone_or_replaced_is_seen_in_the_kernels_table_too() {
    replaced(UNPRIVILEGED);
}

fn replaced(prefix: &[&str]) {
    let branch = Branch::start();
    let camera = branch.camera(FIRST);
    let _agent = branch.line.watch(prefix);
    branch.line.wait("a first look at everything", |snapshot| snapshot.swept);
    branch.look("answer", |seen| hardware(seen) == ["B8A44F000001"]);
    drop(camera);
    branch.line.wait("unreachable", |snapshot| open(snapshot) == ["camera till unreachable"]);
    branch.look("silence", |seen| seen.symptom() == Some(Symptom::Timeout));

    let _other = branch.camera(SECOND);
    let seen = branch.look("answer", |seen| seen.symptom() == Some(Symptom::Passed));
    assert_eq!(hardware(&seen), ["020000000066"]);
    branch.line.wait("its end", |snapshot| open(snapshot).is_empty());
}

/// The simulated camera answers no discovery; its packets show where it is.
#[test]
fn a_camera_that_got_another_address_is_told_by_discover_and_not_written_down_as_a_new_one() {
    let branch = Branch::start();
    let camera = branch.camera(FIRST);
    let _agent = branch.line.watch(&[]);
    branch.line.wait("a first look at everything", |snapshot| snapshot.swept);
    branch.look("answer", |seen| hardware(seen) == ["B8A44F000001"]);
    let config = std::fs::read_to_string(&branch.line.config).unwrap();
    // A connection that is known keeps the way that it had.
    camera.host.run("nft flush ruleset");
    camera.host.run("ip address del 10.20.0.101/24 dev lan");
    camera.host.run("ip address add 10.20.0.130/24 dev lan");
    camera.host.shell(&format!("python3 -c \"{SPEAK}\""));
    branch.line.wait("unreachable", |snapshot| open(snapshot) == ["camera till unreachable"]);
    branch.look("silence", |seen| seen.symptom() == Some(Symptom::Timeout));
    let found: Value = serde_json::from_str(&branch.discover(&["--json"])).unwrap();
    let devices = found["devices"].as_array().unwrap();
    let moved = devices.iter().find(|device| device["address"] == "10.20.0.130").unwrap();
    let said = ["standing", "camera", "moved_from"].map(|key| moved[key].as_str().unwrap_or_default());
    assert_eq!(said, ["moved", "till", "10.20.0.101"], "{found:#}");
    assert_eq!(found["written"]["cameras"], serde_json::json!([]));
    let told = branch.discover(&[]);
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = "till moved from 10.20.0.101 to 10.20.0.130; change `address` of [[camera]] `till`";
    assert!(words.contains(sentence), "{told}");
    assert_eq!(std::fs::read_to_string(&branch.line.config).unwrap(), config);
    assert!(!branch.line.lab.folder.path().join("demarc.d").exists());
}

/// Two devices, of which each says now and then that the address is its own, as when each looks for the
/// router: the kernel believes whoever spoke last.
#[test]
fn without_privileges_an_address_that_moves_to_and_fro_is_a_conflict() {
    let branch = Branch::start();
    let cameras = [branch.camera(FIRST), branch.camera(SECOND)];
    let _agent = branch.line.watch(UNPRIVILEGED);
    let mut seen = branch.look("answer", |seen| seen.symptom() == Some(Symptom::Passed));
    for _ in 0..2 {
        let other = &cameras[usize::from(hardware(&seen) == ["B8A44F000001"])];
        other.host.run("ip neighbour flush dev lan");
        other.host.shell(&format!("python3 -c \"{SPEAK}\""));
        let before = seen;
        seen = branch.look("other", |seen| seen.at > before.at && hardware(seen) != hardware(&before));
    }
    assert!(is_conflict(&seen), "{seen:?}");
    assert_eq!(hardware(&seen), ["020000000066", "B8A44F000001"]);
    assert!(detail(&seen).ends_with(" and back within half an hour"), "{}", detail(&seen));
}
