//! A second line of the branch: another way to see the vendor, and the way out for alerts.

use crate::branch::said;
use crate::lab::{Authority, Running};
use crate::line::Line;
use demarc_agent::snapshot::Snapshot;
use demarc_model::fault::Domain;
use demarc_model::symptom::Symptom;
use std::fs;
use std::time::{Duration, Instant};

const HOOK: &str = include_str!("second_line/hook.py");
/// As the service's user is by default: Linux lets it choose an interface all the same.
const UNPRIVILEGED: &[&str] = &["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
const TO_RELAYS: &str = "ip daddr 203.0.113.11-203.0.113.12 drop";
const PATIENCE: Duration = Duration::from_secs(90);

/// A branch with two lines and a vendor, and what nobody may drop before the end.
fn branch() -> (Line, crate::lab::Host) {
    let mut line = Line::start();
    let vendor = Authority::new("Acme Root CA");
    line.lab.write("authority.pem", &(line.authority.clone() + &vendor.pem));
    line.rely_on_vendor(&vendor, "");
    let mobile = line.add_second_line();
    (line, mobile)
}

fn says(snapshot: &Snapshot, what: &str) -> bool {
    all(snapshot).iter().any(|said| said == what)
}

/// What is open beside the camera, in whose place the router stands, and which does not answer.
fn all(snapshot: &Snapshot) -> Vec<String> {
    let said = snapshot.incidents.iter().map(said);
    said.filter(|said| !said.starts_with("camera")).collect()
}

fn is_well(snapshot: &Snapshot) -> bool {
    snapshot.swept && snapshot.rounds > 4 && all(snapshot).is_empty()
}

/// Takes webhooks out in the world and writes down the title of each.
fn pager(line: &Line) -> Running {
    let program = line.lab.write("hook.py", HOOK);
    let out = line.lab.folder.path().join("told");
    let hook = line.world.serve(&format!("python3 {} 203.0.113.3 8080 {}", program.display(), out.display()));
    line.world.wait_for_listener("-ltn src 203.0.113.3:8080");
    line.configure(
        "[network]\n",
        "[[channel]]\nid = \"pager\"\ntype = \"webhook\"\nurl = \"http://pager.example.net:8080/\"\n[network]\n",
    );
    hook
}

fn wait_for_title(line: &Line, title: &str) {
    let begun = Instant::now();
    loop {
        let told = fs::read_to_string(line.lab.folder.path().join("told")).unwrap_or_default();
        if told.lines().any(|line| line == format!("trigger {title}")) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{title} was not told; told were: {told}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_cut_first_line_is_paged_over_the_second_and_the_vendor_is_still_seen() {
    let (line, _mobile) = branch();
    let _pager = pager(&line);
    let _agent = line.watch(UNPRIVILEGED);
    line.wait("a first look at everything", is_well);
    line.access.run("ip link set site down");
    let snapshot = line.wait("line down", |snapshot| says(snapshot, "line down"));
    let cut = snapshot.incidents.iter().find(|incident| said(incident) == "line down").unwrap();
    assert!(
        !cut.verdict.explanation.masked.contains(&Domain::Vendor),
        "{:?}",
        cut.verdict.explanation.masked
    );
    wait_for_title(&line, "LINE DOWN");
    for probe in ["line.second", "vendor.second/relay-1", "vendor.second/relay-2"] {
        assert_eq!(line.last_look(probe).symptom(), Some(Symptom::Passed), "{probe}");
    }
}

#[test]
fn a_second_line_that_is_dead_is_found_out_before_it_is_needed() {
    let (line, mobile) = branch();
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", is_well);
    mobile.run("ip link set upper down");
    let snapshot = line.wait("the second line", |snapshot| says(snapshot, "agent second-line"));
    assert_eq!(all(&snapshot), ["agent second-line"]);
    mobile.run("ip link set upper up");
    mobile.run("ip route replace default via 100.64.3.1");
    line.wait("its end", |snapshot| all(snapshot).is_empty());
}

#[test]
fn a_firewall_of_the_branch_that_blocks_the_vendor_is_no_outage_where_the_second_line_shows_it() {
    let (line, _mobile) = branch();
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", is_well);
    line.router.filter(&line.lab, TO_RELAYS);
    let snapshot = line.wait("a blocked way", |snapshot| says(snapshot, "line route"));
    assert_eq!(all(&snapshot), ["line route"]);
}

#[test]
fn a_vendor_that_fails_over_both_lines_is_the_vendors() {
    let (line, _mobile) = branch();
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", is_well);
    line.core.filter(&line.lab, TO_RELAYS);
    line.wait("the outage", |snapshot| says(snapshot, "vendor acme outage: remote-access"));
}

#[test]
fn a_first_line_without_a_route_is_missed_although_the_second_has_one() {
    let (line, _mobile) = branch();
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", is_well);
    line.agent.run("ip route del default via 10.20.0.1");
    let snapshot = line.wait("no route", |snapshot| says(snapshot, "agent link-down"));
    assert_eq!(all(&snapshot), ["agent link-down"]);
}

#[test]
fn ipv6_that_is_broken_alone_is_told_from_a_dead_line() {
    let mut line = Line::start();
    line.add_ipv6();
    let _agent = line.watch(UNPRIVILEGED);
    line.wait("a first look at everything", is_well);
    assert_eq!(line.last_look("line.ipv6").symptom(), Some(Symptom::Passed));
    line.access.run("ip -6 route del default");
    let snapshot = line.wait("IPv6 gone", |snapshot| says(snapshot, "line ipv6"));
    assert_eq!(all(&snapshot), ["line ipv6"]);
    line.access.run("ip -6 route add default via 2001:db8:65::1");
    line.wait("its end", |snapshot| all(snapshot).is_empty());
}

#[test]
fn a_resolver_that_drops_questions_for_ipv6_addresses_is_found_out() {
    let mut line = Line::start();
    line.add_ipv6();
    // The kernel looks for the type AAAA behind the name of a control: 28, class 1.
    line.router.run("nft add table ip names");
    line.router.run("nft add chain ip names in { type filter hook input priority 0 ; }");
    line.router.run("nft add rule ip names in udp dport 53 @th,344,32 0x001c0001 drop");
    let _agent = line.watch(&[]);
    line.wait("IPv6 that nobody can use", |snapshot| says(snapshot, "line ipv6"));
    let seen = line.last_look("line.ipv6");
    assert_eq!(seen.symptom(), Some(Symptom::NameSilent), "{seen:?}");
}
