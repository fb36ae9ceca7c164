//! Another device that has the address of the agent's own computer.

use crate::branch::{said, stdout};
use crate::lab::Host;
use crate::line::Line;
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{Observation, Reading};
use demarc_model::symptom::Symptom;

const OWN: &str = "10.20.0.9/24";
const RIVAL: &str = "02:00:00:00:00:66";
const CONFLICT: &str = "agent address-conflict";

const UNPRIVILEGED: &[&str] = &["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];

/// A branch whose router is a switch as well, and asks often whether the address is its own.
fn start() -> Line {
    let line = Line::start();
    line.switch();
    line.configure("path-interval = \"1s\"", "path-interval = \"500ms\"");
    line
}

fn rival(line: &Line) -> Host {
    let host = line.lab.host();
    host.plug((&line.router, "net"), RIVAL, OWN);
    host
}

fn of_the_agent(snapshot: &Snapshot) -> Vec<String> {
    snapshot.incidents.iter().map(said).filter(|said| said.starts_with("agent")).collect()
}

fn hardware(seen: &Observation) -> Vec<&str> {
    let macs = seen.readings.iter().find_map(|reading| match reading {
        Reading::HardwareAddresses(macs) => Some(macs),
        _ => None,
    });
    macs.into_iter().flatten().map(|mac| mac.as_str()).collect()
}

#[test]
fn another_device_with_this_computers_address_is_named_with_its_hardware_address_until_it_is_gone() {
    let line = start();
    // Linux answers on each interface for the addresses of all: this is no other device.
    let agent = line.agent.id();
    line.router.run(&format!("ip link add second type veth peer name wifi netns {agent}"));
    line.router.run("ip link set second master net up");
    line.agent.run("ip link set wifi up");
    let _agent = line.watch(&[]);
    let well = line.wait("a first look at everything", |snapshot| snapshot.swept);
    assert_eq!(of_the_agent(&well), Vec::<String>::new());
    assert_eq!(line.last_look("host.address").symptom(), Some(Symptom::Passed));

    let rival = rival(&line);
    line.wait(CONFLICT, |snapshot| of_the_agent(snapshot) == [CONFLICT]);
    let seen = line.wait_for_look("host.address", Symptom::Conflict);
    assert_eq!(hardware(&seen), ["020000000066"]);
    let output = line.agent.demarc(&[], &line.arguments(&["status"]));
    let told = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("this computer's address also used by 020000000066"), "{told}");

    drop(rival);
    line.wait("its end", |snapshot| of_the_agent(snapshot).is_empty());
}

#[test]
fn without_the_right_to_ask_nobody_is_asked_and_nothing_is_said() {
    let line = start();
    let _rival = rival(&line);
    let _agent = line.watch(UNPRIVILEGED);
    let snapshot = line.wait("a first look at everything", |snapshot| snapshot.swept);
    assert!(!of_the_agent(&snapshot).contains(&CONFLICT.to_owned()));
    let output = line.agent.demarc(&[], &line.arguments(&["--json", "history", "host.address"]));
    assert_eq!(stdout(&output).trim(), "[]");
    let output = line.agent.demarc(UNPRIVILEGED, &line.arguments(&["--json", "doctor"]));
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = seen["probes"].as_array().unwrap().iter().find(|row| row["probe"] == "host.address").unwrap();
    assert_eq!([&row["works"], &row["why"]], ["no", "packets of one's own are not permitted"]);
}
