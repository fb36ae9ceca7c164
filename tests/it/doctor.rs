//! `demarc doctor`, run where something is missing, and the page that explains what it lists.

use crate::branch::{Branch, stderr, stdout};
use crate::line::Line;
use demarc_agent::{config, doctor};
use demarc_model::probe::ProbeKind;
use serde_json::Value;
use std::path::Path;

/// Takes `CAP_NET_RAW` from root, as the service's user lacks it.
const WITHOUT_RAW: &[&str] = &["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];

/// What doctor says as JSON, and its exit code.
fn examine(line: &Line, prefix: &[&str]) -> (Value, Option<i32>) {
    let output = line.agent.demarc(prefix, &line.arguments(&["--json", "doctor"]));
    let seen = serde_json::from_slice(&output.stdout);
    (seen.unwrap_or_else(|e| panic!("{e}: {}{}", stdout(&output), stderr(&output))), output.status.code())
}

/// What limits measuring here.
fn limited(seen: &Value) -> Vec<&str> {
    let checks = seen["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["state"] == "limited").map(|check| check["about"].as_str().unwrap()).collect()
}

fn works<'a>(seen: &'a Value, probe: &str) -> (&'a str, &'a str) {
    let row = seen["probes"].as_array().unwrap().iter().find(|row| row["probe"] == probe).unwrap();
    (row["works"].as_str().unwrap(), row["why"].as_str().unwrap())
}

fn keep_time(line: &Line) {
    line.agent.run("mkdir -p /run/systemd/timesync");
    line.agent.run("touch /run/systemd/timesync/synchronized");
}

#[test]
fn a_host_that_lacks_nothing_is_told_so_and_each_thing_that_is_taken_away_is_named_with_its_remedy() {
    let line = Line::start();
    keep_time(&line);
    let (seen, code) = examine(&line, &[]);
    assert_eq!((limited(&seen), code), (vec![], Some(0)), "{seen:#}");
    for probe in [
        "camera.neighbour",
        "gateway.reach",
        "resolver.answer",
        "control.name",
        "control.portal",
        "host.clock",
    ] {
        assert_eq!(works(&seen, probe), ("yes", ""), "{seen:#}");
    }
    assert_eq!(works(&seen, "vendor.name"), ("no", "no vendor is configured"));

    let (seen, code) = examine(&line, WITHOUT_RAW);
    assert_eq!((limited(&seen), code), (vec!["ping", "ARP"], Some(1)), "{seen:#}");
    assert_eq!(works(&seen, "gateway.reach"), ("partly", "by TCP only: ping is not permitted"));
    let by_kernel = ("partly", "by the kernel's table: packets of one's own are not permitted");
    assert_eq!(works(&seen, "camera.neighbour"), by_kernel);
    line.agent.shell("echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range");
    let (seen, code) = examine(&line, WITHOUT_RAW);
    assert_eq!((limited(&seen), code), (vec!["ARP"], Some(1)), "{seen:#}");

    line.agent.run("rm /run/systemd/timesync/synchronized");
    let (seen, code) = examine(&line, &[]);
    assert_eq!((limited(&seen), code), (vec!["clock"], Some(1)), "{seen:#}");
    keep_time(&line);

    line.agent.resolver(&line.lab, "# nobody\n");
    let (seen, code) = examine(&line, &[]);
    assert_eq!((limited(&seen), code), (vec!["resolver"], Some(1)), "{seen:#}");
    assert_eq!(works(&seen, "control.name"), ("no", "no resolver is known"));
    assert_eq!(works(&seen, "control.address"), ("yes", ""));
}

#[test]
fn without_a_way_out_what_is_not_known_is_named_and_the_rest_is_looked_at_all_the_same() {
    let line = Line::start();
    keep_time(&line);
    line.agent.run("ip route del default");
    let (seen, code) = examine(&line, &[]);
    // The resolver answers on the own network, and knows nothing that the router does not forward.
    assert_eq!(
        (limited(&seen), code),
        (vec!["network link", "router", "second resolver"], Some(1)),
        "{seen:#}"
    );
    assert_eq!(works(&seen, "gateway.reach"), ("no", "no router is known"));
    let output = line.agent.demarc(&[], &line.arguments(&["doctor"]));
    let told = stdout(&output);
    assert!(told.starts_with("3 things limit what can be measured here.\n"), "{told}");
    assert!(told.contains("do give this computer a default route"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
}

#[test]
fn a_wrong_configuration_is_78_and_what_needs_none_is_said() {
    let line = Line::start();
    std::fs::write(&line.config, "[site]\nnam = 3\n").unwrap();
    let (seen, code) = examine(&line, &[]);
    assert_eq!(code, Some(78), "{seen:#}");
    assert!(limited(&seen).contains(&"configuration"), "{seen:#}");
    assert!(seen["checks"].as_array().unwrap().iter().any(|check| check["about"] == "ping"), "{seen:#}");
    assert_eq!(seen["probes"], serde_json::json!([]));
}

#[test]
fn no_camera_is_asked_anything() {
    let branch = Branch::start(2);
    let output = branch.demarc(&["doctor"]);
    assert!(stdout(&output).contains("camera.login"), "{}", stdout(&output));
    for camera in ["cam-01", "cam-02"] {
        assert_eq!(branch.counts(camera), demarc_sim::Counts::default());
    }
}

#[test]
fn the_page_explains_every_probe_as_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demarc.toml");
    let smallest = "[site]\nid = \"b\"\nname = \"B\"\n[[camera]]\nid = \"c\"\naddress = \"10.0.0.1\"\n";
    std::fs::write(&file, smallest).unwrap();
    let page = doctor::page(&config::load_with(&file, &|_| None).unwrap().probing);
    for kind in ProbeKind::ALL {
        assert_eq!(page.matches(&format!("\n### {kind}\n")).count(), 1, "{kind}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/what-demarc-measures.md");
    if std::env::var_os("DEMARC_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "{} is out of date; DEMARC_BLESS=1 cargo test -p demarc --test it doctor writes it again",
        path.display()
    );
}
