//! Whose clock is wrong: ours, or that of the page which says so. Debian's chrony tells the time.

use crate::branch::said;
use crate::lab::{Authority, Running};
use crate::line::{CONTROL_NAMES, CONTROLS, Line, RELAY_NAMES, RELAYS};
use crate::peers::chronyd;
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{MissingReason, Outcome};
use demarc_model::symptom::Symptom;

const WRONG: &str = "agent clock";
/// An hour ahead of everybody, also while it counts seconds.
const AHEAD: &[&str] = &["faketime", "-f", "+3600s"];
/// Long after every certificate of the lab is out of date.
const YEARS_AHEAD: &[&str] = &["faketime", "-f", "+20y"];
/// It runs the server as a child, which ends with it.
const BEHIND: &str = "faketime -f -3600s setpriv --pdeathsig KILL";

/// A line with time servers at both controls, of which so many are started.
fn line_with_time(servers: usize) -> (Line, Vec<Running>) {
    let line = Line::start();
    line.configure("time-servers = []", "time-servers = [\"time-1.example.net\", \"time-2.example.net\"]");
    let running = CONTROLS.iter().take(servers).map(|address| time_server(&line, address)).collect();
    (line, running)
}

fn time_server(line: &Line, address: &str) -> Running {
    let pid = line.lab.folder.path().join(format!("{address}.pid"));
    let config = line.lab.write(
        &format!("{address}.conf"),
        &format!("local stratum 1\nallow all\nbindaddress {address}\ncmdport 0\npidfile {}\n", pid.display()),
    );
    let serve = format!("{} -x -d -u root -f {}", chronyd().display(), config.display());
    let running = line.world.serve(&serve);
    line.world.wait_for_listener(&format!("-lun src {address}:123"));
    running
}

fn blames_our_clock(snapshot: &Snapshot) -> bool {
    snapshot.incidents.iter().any(|incident| said(incident) == WRONG)
}

#[test]
fn a_wrong_clock_of_our_own_is_said_when_page_and_time_servers_agree() {
    let (line, _servers) = line_with_time(2);
    let _agent = line.watch(AHEAD);
    line.wait(WRONG, blames_our_clock);
    let seen = line.last_look_behind(AHEAD, "host.clock");
    let Outcome::Failed { detail, .. } = &seen.outcome else { panic!("{seen:?}") };
    let told = detail.as_str();
    assert!(
        told.starts_with("this host's clock is 3") && told.ends_with(" s ahead, by 3 of 3 sources"),
        "{told}"
    );
}

/// Fault T09 of the table of hostile input: to a clock that is years ahead every certificate is out of date, the
/// vendor's and the controls' alike.
#[test]
fn a_clock_by_which_every_certificate_is_out_of_date_is_our_own_fault_and_not_the_vendors() {
    let (mut line, _servers) = line_with_time(2);
    let authority = Authority::new("Acme Root CA");
    line.rely_on_vendor(&authority, "");
    line.lab.write("authority.pem", &(line.authority.clone() + &authority.pem));
    line.show_until(2040, &authority, &RELAY_NAMES, &RELAYS);
    line.show_until(2040, &authority, &CONTROL_NAMES, &CONTROLS);
    let _agent = line.watch(YEARS_AHEAD);
    let snapshot = line.wait(WRONG, blames_our_clock);
    for probe in ["control.name/one", "control.address/two", "vendor.name/relay-1", "vendor.address/relay-2"]
    {
        let seen = line.last_look_behind(YEARS_AHEAD, probe);
        assert_eq!(seen.symptom(), Some(Symptom::TlsExpired), "{seen:?}");
    }
    let snapshot = line.wait("ten more rounds", |later| later.rounds > snapshot.rounds + 10);
    // There is no camera on this line.
    let blamed: Vec<String> =
        snapshot.incidents.iter().map(said).filter(|s| !s.starts_with("camera")).collect();
    assert_eq!(blamed, [WRONG]);
}

#[test]
fn a_page_with_a_wrong_clock_blames_nobody_where_time_servers_disagree() {
    let (mut line, _servers) = line_with_time(2);
    line.show_portal(BEHIND);
    let _agent = line.watch(&[]);
    let snapshot = line.wait("a first look at everything", |s| s.swept && s.rounds > 10);
    assert!(!blames_our_clock(&snapshot));
    assert_eq!(line.last_look("host.clock").outcome, Outcome::Passed);
}

#[test]
fn one_page_against_one_time_server_proves_nothing() {
    let (mut line, _servers) = line_with_time(1);
    line.show_portal(BEHIND);
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", |s| s.swept && s.rounds > 10);
    assert_eq!(line.last_look("host.clock").outcome, Outcome::Missing { reason: MissingReason::Undecided });
}
