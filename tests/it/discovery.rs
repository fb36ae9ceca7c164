//! The shipped program looks for cameras on links of its own: programs that others wrote answer as
//! cameras, and strangers answer as nobody should.

mod lab;

use crate::branch::{stderr, stdout};
use lab::Lab;
use serde_json::{Value, json};
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};

const PUBLISHER: &str = include_str!("discovery/publisher.py");
const ANNOUNCER: &str = include_str!("discovery/announcer.py");
const AVAHI: &str = include_str!("discovery/avahi.sh");
const CROWD: &str = include_str!("discovery/crowd.py");
const STRANGERS: &str = include_str!("discovery/strangers.py");
const WIRE: &str = include_str!("discovery/wire.py");

const SITE: &str =
    "[site]\nid = \"b\"\nname = \"B\"\n[[camera]]\nid = \"entrance\"\naddress = \"10.99.3.9\"\n";
const STRANGE: [&str; 8] = [
    "10.98.0.66/24",
    "10.98.0.67/24",
    "10.98.0.68/24",
    "10.98.0.69/24",
    "10.98.0.70/24",
    "169.254.17.4/16",
    "192.168.77.9/24",
    "10.98.0.71/24",
];

/// Past the harness, which keeps what a passing test prints to itself.
fn skip(why: &str) {
    std::io::stderr().write_all(format!("discovery: skipped, because {why}\n").as_bytes()).unwrap();
}

/// Two links with a camera each, in two languages. Returns the lasting name of the first.
fn with_cameras(lab: &mut Lab) -> String {
    let first = lab.link("10.99.0.1/24", &["10.99.0.2/24"], "b8:a4:4f:00:00:01");
    let second = lab.link("10.97.0.1/24", &["10.97.0.3/24"], "b8:a4:4f:00:00:02");
    let (name, _) = lab.peer(first, PUBLISHER, &["10.99.0.2"]);
    lab.peer(second, ANNOUNCER, &["10.97.0.3"]);
    name
}

/// A link full of strangers, of whom one takes a camera's name.
fn with_strangers(lab: &mut Lab, victim: &str) {
    let third = lab.link("10.98.0.1/24", &STRANGE, "02:00:00:00:00:66");
    lab.default_route("10.98.0.254");
    let roles = [
        "10.98.0.66",
        &format!("victim={victim}"),
        "liar=10.98.0.66",
        "garbler=10.98.0.67",
        "flooder=10.98.0.68",
        "thief=10.98.0.69",
        "painter=10.98.0.70",
        "lost=169.254.17.4",
        "foreign=192.168.77.9",
    ];
    lab.peer(third, STRANGERS, &roles);
}

fn site(folder: &tempfile::TempDir) -> PathBuf {
    let config = folder.path().join("demarc.toml");
    std::fs::write(&config, SITE).unwrap();
    config
}

fn found(lab: &Lab, config: &Path, arguments: &[&str]) -> Value {
    let arguments = [&["--json", "discover", "--seconds", "3"], arguments].concat();
    let output = lab.demarc(config, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn device<'a>(found: &'a Value, address: &str) -> &'a Value {
    let devices = found["devices"].as_array().unwrap();
    let own = devices.iter().find(|device| device["address"] == address);
    own.unwrap_or_else(|| panic!("{address} is not in {found:#}"))
}

#[test]
fn cameras_on_every_link_are_found_and_only_the_groups_are_spoken_to() {
    let mut lab = Lab::start();
    with_cameras(&mut lab);
    let (_, wire) = lab.peer(0, WIRE, &["far", "10.99.0.1"]);
    let folder = tempfile::tempdir().unwrap();
    let found = found(&lab, &site(&folder), &[]);
    let published = json!({
        "address": "10.99.0.2", "other_addresses": [], "interface": "lan0", "name": "AXIS P3265-V",
        "model": "P3265-V", "place": "Filiale München", "serial": null, "mac": "B8A44F000001", "maker": "Axis",
        "found_by": ["ws-discovery"], "onvif": { "port": 80, "path": "/onvif/device_service" },
        "says_it_is_at": null, "standing": "new", "camera": null, "moved_from": null,
    });
    let announced = json!({
        "address": "10.97.0.3", "other_addresses": [], "interface": "lan1", "name": "AXIS M3085-V",
        "model": null, "place": null, "serial": null, "mac": "B8A44F000002", "maker": "Axis",
        "found_by": ["mdns-axis-video", "mdns-rtsp"], "onvif": null,
        "says_it_is_at": null, "standing": "new", "camera": null, "moved_from": null,
    });
    assert_eq!(found["devices"], json!([announced, published]));
    lab.end_peers();
    let sent: Vec<String> = wire.lines().map(Result::unwrap).collect();
    let own = |line: &&String| {
        !line.starts_with("17 239.255.255.250 3702 1 ") && !line.starts_with("17 224.0.0.251 5353 1 ")
    };
    assert_eq!((sent.len(), sent.iter().filter(own).count()), (8, 0), "{sent:#?}");
    let bytes: u32 = sent.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()).sum();
    assert!(bytes < 5_000, "{bytes}");
}

#[test]
fn a_camera_that_announces_by_avahi_is_found() {
    let mut lab = Lab::start();
    if !lab.has_other_users() {
        return skip("avahi-daemon wants a user of its own, and only root can give it one");
    }
    let link = lab.link("10.99.0.1/24", &["10.99.0.4/24"], "b8:a4:4f:00:00:04");
    let _log = lab.script(link, AVAHI, "established");
    let folder = tempfile::tempdir().unwrap();
    let found = found(&lab, &site(&folder), &[]);
    let camera = device(&found, "10.99.0.4");
    let said = (&camera["name"], &camera["mac"], &camera["found_by"], &camera["standing"]);
    let expected = (json!("AXIS Q6135-LE"), json!("B8A44F000004"), json!(["mdns-axis-video"]), json!("new"));
    assert_eq!(said, (&expected.0, &expected.1, &expected.2, &expected.3));
}

#[test]
fn strangers_lead_nowhere_and_are_told() {
    let mut lab = Lab::start();
    let victim = with_cameras(&mut lab);
    with_strangers(&mut lab, &victim);
    let folder = tempfile::tempdir().unwrap();
    let config = site(&folder);
    let found = found(&lab, &config, &[]);
    let said = |address: &str| {
        let device = device(&found, address);
        (
            device["standing"].as_str().unwrap(),
            device["onvif"]["path"].as_str().unwrap(),
            device["says_it_is_at"].as_str(),
        )
    };
    let usual = "/onvif/device_service";
    assert_eq!(said("10.98.0.66"), ("new", "/onvif/x", Some("127.0.0.1")));
    assert_eq!(said("10.98.0.69"), ("double", usual, None));
    assert_eq!(said("10.99.0.2"), ("double", usual, None));
    assert_eq!(said("10.98.0.70"), ("new", "/onvif/devices", None));
    assert_eq!(said("169.254.17.4"), ("no-address", usual, None));
    assert_eq!(device(&found, "10.98.0.70")["name"], "[2J]0;x OK");
    assert_eq!(said("10.98.0.68").0, "new");
    let addresses: Vec<&str> =
        found["devices"].as_array().unwrap().iter().map(|d| d["address"].as_str().unwrap()).collect();
    let expected =
        ["10.97.0.3", "10.98.0.66", "10.98.0.68", "10.98.0.69", "10.98.0.70", "10.99.0.2", "169.254.17.4"];
    assert_eq!(addresses, expected, "whoever sends rubbish is no device, and whoever floods is one");
    let outside = json!([{ "address": "192.168.77.9", "interface": "lan2", "name": "Factory fresh" }]);
    assert_eq!(found["outside"], outside);
    assert!(found["datagrams"]["dropped"].as_u64() > Some(1_000), "{:#}", found["datagrams"]);

    let output = lab.demarc(&config, &["discover", "--seconds", "3"]);
    let told = stdout(&output);
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(!told.contains('\u{1b}'), "no colours in a pipe, and none from cameras: {told}");
    for part in [
        "ADDRESS          NAME",
        "10.97.0.3        AXIS M3085-V",
        "says that it is at 127.0.0.1; not believed",
        "169.254.17.4 (AXIS Q1656) gave itself this address, because no DHCP server",
        "On lan2 answered 192.168.77.9 (Factory fresh), in none of the networks",
        "answers were not read",
        "`demarc discover --write` adds them to",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    assert_eq!(stderr(&output), "", "no progress where nobody watches");
}

#[test]
fn a_crowd_of_invented_cameras_is_not_written_down() {
    let mut lab = Lab::start();
    let link = lab.link("10.99.0.1/16", &["10.99.0.2/16"], "02:00:00:00:00:67");
    lab.peer(link, CROWD, &["10.99.0.2"]);
    let folder = tempfile::tempdir().unwrap();
    let config = site(&folder);
    let output = lab.demarc(&config, &["--json", "discover", "--seconds", "3", "--write"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["devices"].as_array().unwrap().len(), 512);
    assert_eq!((output.status.code(), &found["written"]), (Some(69), &Value::Null));
    assert!(stderr(&output).contains("nothing was written"), "{}", stderr(&output));
    assert!(!folder.path().join("demarc.d").exists());
}

#[test]
fn what_is_found_is_written_once_and_makes_a_good_configuration() {
    let mut lab = Lab::start();
    with_cameras(&mut lab);
    let folder = tempfile::tempdir().unwrap();
    let config = site(&folder);
    let file = folder.path().join("demarc.d/cameras.toml");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let mine = "# mine\n[[camera]]\nid = \"axis-p3265-v-0001\" # taken\naddress = \"10.99.0.77\"\n";
    std::fs::write(&file, mine).unwrap();
    let first = found(&lab, &config, &["--write"]);
    let written = json!([
        { "id": "axis-m3085-v-0002", "address": "10.97.0.3" },
        { "id": "axis-p3265-v-0001-2", "address": "10.99.0.2" },
    ]);
    assert_eq!((&first["written"]["cameras"], &first["written"]["problems"]), (&written, &json!([])));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(mine), "{text}");
    let checked = lab.demarc(&config, &["config", "check"]);
    assert!(stdout(&checked).contains("good. 4 cameras"), "{}{}", stdout(&checked), stderr(&checked));

    let second = found(&lab, &config, &["--write"]);
    assert_eq!(second["written"]["cameras"], json!([]));
    assert_eq!(device(&second, "10.99.0.2")["camera"], "axis-p3265-v-0001-2");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let told = stdout(&lab.demarc(&config, &["discover", "--seconds", "1", "--write"]));
    assert!(told.contains("Nothing is new: ") && told.contains("axis-m3085-v-0002"), "{told}");
}

#[test]
fn only_the_networks_and_interfaces_that_are_named_count() {
    let mut lab = Lab::start();
    with_cameras(&mut lab);
    let folder = tempfile::tempdir().unwrap();
    let config = site(&folder);
    let addresses = |found: &Value| {
        let of = |list: &str| {
            let list = found[list].as_array().unwrap();
            list.iter().map(|one| one["address"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (of("devices"), of("outside"))
    };
    let only = |address: &str| vec![address.to_owned()];
    let by_network = found(&lab, &config, &["--network", "10.97.0.0/16"]);
    assert_eq!(addresses(&by_network), (only("10.97.0.3"), only("10.99.0.2")));
    let by_interface = found(&lab, &config, &["--interface", "lan0"]);
    assert_eq!(addresses(&by_interface), (only("10.99.0.2"), Vec::new()));
    std::fs::write(&config, format!("{SITE}[network]\ninterface = \"lan1\"\n")).unwrap();
    let as_configured = found(&lab, &config, &[]);
    assert_eq!(addresses(&as_configured), (only("10.97.0.3"), Vec::new()));
}

#[test]
fn where_nothing_can_be_asked_or_nobody_answers_that_is_said() {
    let mut lab = Lab::start();
    let folder = tempfile::tempdir().unwrap();
    let config = site(&folder);
    let alone = lab.demarc(&config, &["discover", "--seconds", "1"]);
    let said = "no interface but the loopback has an IPv4 address";
    assert!(alone.status.code() == Some(69) && stderr(&alone).contains(said), "{}", stderr(&alone));
    lab.link("10.99.0.1/24", &[], "02:00:00:00:00:01");
    let silent = lab.demarc(&config, &["discover", "--seconds", "1"]);
    assert_eq!(silent.status.code(), Some(0), "{}", stderr(&silent));
    let told = stdout(&silent);
    assert!(told.starts_with("No camera answered on lan0 (10.99.0.1) within 1 s."), "{told}");
}
