//! The relays that cameras name: watched in the place of the profile's, by the shipped program.

use crate::branch::{Agent, Branch, said, stderr, stdout};
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{Observation, Reading};
use serde_json::Value;

/// What a profile of yesterday names: hosts that have nothing to do with relays any more.
const OUTDATED: [&str; 2] = ["se.axis.example", "www.axis.example"];
const NAMED: [&str; 2] = ["relay-1.axis.example", "relay-2.axis.example"];
const OUTAGE: &str = "vendor-capability:remote-access";

/// A branch whose profile has other relays than its cameras.
fn outdated() -> Branch {
    let branch = Branch::start(3);
    let file = branch.folder.path().join("vendors/axis.toml");
    let mut profile = std::fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("\"relay-1.axis.example\"", "\"www.axis.example\""),
        ("\"127.79.1.1\"", "\"127.79.7.1\""),
        ("\"relay-2.axis.example\"", "\"se.axis.example\""),
        ("\"127.79.2.1\"", "\"127.79.8.1\""),
    ] {
        assert!(profile.contains(from), "{profile}");
        profile = profile.replace(from, to);
    }
    std::fs::write(file, profile).unwrap();
    branch
}

fn relays(snapshot: &Snapshot) -> Vec<&str> {
    let vendor = snapshot.site.vendor.as_ref().unwrap();
    let own =
        vendor.capabilities.iter().find(|capability| capability.id.as_str() == "remote-access").unwrap();
    let mut hosts: Vec<&str> = own.endpoints.iter().map(|endpoint| endpoint.host.as_str()).collect();
    hosts.sort_unstable();
    hosts
}

fn wait_for(agent: &mut Agent, hosts: &[&str]) {
    agent.wait("the relays", 40, |snapshot| relays(snapshot) == hosts);
}

/// Enough for a verdict, and for every camera to have been asked and heeded.
fn watch_on(agent: &mut Agent) -> Snapshot {
    let rounds = agent.wait("a round", 5, |_| true).rounds;
    agent.wait("rounds", 60, |snapshot| snapshot.rounds > rounds + 40)
}

fn stop(mut agent: Agent) {
    agent.signal("TERM");
    assert_eq!(agent.end(6), Some(0));
}

/// What doctor says of the relays, each with its state.
fn examined(branch: &Branch) -> Vec<(String, String)> {
    let output = branch.demarc(&["--json", "doctor"]);
    let seen: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)));
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let checks = seen["checks"].as_array().unwrap().iter().filter(|check| check["about"] == "relays");
    checks.map(|check| (text(check, "state"), text(check, "found"))).collect()
}

#[test]
fn a_verdict_follows_the_relays_that_cameras_name_also_after_a_restart_that_is_told_nothing() {
    let branch = outdated();
    branch.tell("account administrator");
    let mut agent = branch.agent();
    wait_for(&mut agent, &NAMED);
    agent.wait_until_well();
    let found = "as cameras name them, in the place of the profile's: relay-1.axis.example by cam-01 and 2 \
                 more; relay-2.axis.example by cam-01 and 2 more";
    assert_eq!(examined(&branch), [("good".to_owned(), found.to_owned())]);
    let verdict = "vendor axis outage: remote-access";
    branch.tell(OUTAGE);
    let snapshot = agent.wait("the verdict", 40, |s| !s.incidents.is_empty());
    assert_eq!(snapshot.incidents.iter().map(said).collect::<Vec<_>>(), [verdict]);
    let opened = snapshot.incidents[0].id;
    stop(agent);
    let history = branch.demarc(&["--json", "history", "camera.login/cam-01"]);
    let seen: Vec<Observation> = serde_json::from_slice(&history.stdout).unwrap();
    let lists =
        seen.iter().filter(|o| o.readings.iter().any(|reading| matches!(reading, Reading::Relays(_))));
    assert_eq!(lists.count(), 1, "asked once an hour");

    branch.tell("account viewer");
    let mut agent = branch.agent();
    let first = agent.wait("a round", 20, |s| s.rounds > 0);
    assert_eq!(relays(&first), NAMED, "from the first round on");
    let still = watch_on(&mut agent);
    assert_eq!(
        still.incidents.iter().map(|open| (open.id, said(open))).collect::<Vec<_>>(),
        [(opened, verdict.to_owned())]
    );
    branch.tell("heal-all");
    agent.wait("its end", 60, |s| s.incidents.is_empty() && !s.suspicious);
    agent.wait_until_well();
    branch.tell(OUTAGE);
    let snapshot = agent.wait("the verdict", 40, |s| !s.incidents.is_empty());
    assert_eq!(snapshot.incidents.iter().map(said).collect::<Vec<_>>(), [verdict]);
    let output = branch.demarc(&["check"]);
    assert_eq!(output.status.code(), Some(2), "one look believes them too: {}", stdout(&output));
}

#[test]
fn a_viewer_is_told_nothing_and_who_refuses_to_hear_is_not_told_and_the_profile_stands() {
    for (account, config, found) in [
        ("viewer", "", "the profile's: no camera named others; only an administrator's account is told"),
        ("administrator", "relays-from-cameras = false\n", "the profile's: relays-from-cameras is false"),
    ] {
        let branch = outdated();
        branch.tell(&format!("account {account}"));
        let text = std::fs::read_to_string(&branch.config).unwrap();
        std::fs::write(&branch.config, text.replace("[site]\n", &format!("[site]\n{config}"))).unwrap();
        let mut agent = branch.agent();
        agent.wait_until_well();
        branch.tell(OUTAGE);
        let snapshot = watch_on(&mut agent);
        assert_eq!(relays(&snapshot), OUTDATED, "{account}");
        assert_eq!(snapshot.incidents.iter().map(said).collect::<Vec<_>>(), [""; 0], "{account}");
        assert_eq!(examined(&branch), [("unused".to_owned(), found.to_owned())]);
    }
}

/// One camera in other hands names what it likes, another that it connects to nothing, the third the truth.
#[test]
fn what_is_not_the_vendors_is_not_asked_and_told_to_the_user() {
    let branch = outdated();
    branch.tell("account administrator");
    branch.tell(
        "relays cam-01 evil.example:443,10.9.8.7:443,127.0.0.1:22,relay-1.axis.example.evil.test:443,\
         evil.example:80",
    );
    branch.tell("relays cam-02 off");
    let mut agent = branch.agent();
    wait_for(&mut agent, &NAMED);
    agent.wait_until_well();
    stop(agent);
    let told = examined(&branch);
    let strange = |host: &str, why: &str| {
        ("limited".to_owned(), format!("camera cam-01 names relay {host}, {why}: it is not asked"))
    };
    let (foreign, local) = ("which is not of vendor axis", "which is no address of the Internet");
    let found = "as cameras name them, in the place of the profile's: relay-1.axis.example by cam-03; \
                 relay-2.axis.example by cam-03";
    assert_eq!(
        told,
        [
            ("good".to_owned(), found.to_owned()),
            strange("evil.example", foreign),
            strange("relay-1.axis.example.evil.test", foreign),
            strange("10.9.8.7", local),
            strange("127.0.0.1", local),
            ("unused".to_owned(), "cam-02 says that it connects to none: that changes nothing".to_owned()),
        ]
    );
    let log = std::fs::read_to_string(branch.config.with_extension("log")).unwrap();
    assert_eq!(log.matches("names relays that are not its vendor's").count(), 1, "{log}");
    assert!(!log.contains("evil"), "{log}");
    for probe in ["vendor.name", "vendor.address"] {
        let asked = branch.demarc(&["--json", "history", probe]);
        assert!(
            !stdout(&asked).contains("evil") && !stdout(&asked).contains("10.9.8.7"),
            "{}",
            stdout(&asked)
        );
    }
    let output = branch.demarc(&["doctor"]);
    assert!(stdout(&output).contains("do see who changed the camera's list"), "{}", stdout(&output));
}

/// An old list names hosts that have gone, a false one hosts that never were.
#[test]
fn relays_that_cameras_name_and_that_never_answered_blame_nobody() {
    let branch = outdated();
    branch.tell("account administrator");
    branch.tell("relays all gone-1.axis.example:443,gone-2.axis.example:443,gone-3.axis.example:443");
    let mut agent = branch.agent();
    wait_for(&mut agent, &["gone-1.axis.example", "gone-2.axis.example", "gone-3.axis.example"]);
    let snapshot = watch_on(&mut agent);
    assert_eq!(snapshot.incidents.iter().map(said).collect::<Vec<_>>(), [""; 0]);
    let told = examined(&branch).remove(0).1;
    assert_eq!(told.matches("by cam-01 and 2 more, silent so far and not counted").count(), 3, "{told}");
}

#[test]
fn a_list_that_comes_while_an_incident_is_open_leaves_it_open() {
    let branch = outdated();
    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell("vendor-capability:login");
    let verdict = "vendor axis outage: login";
    let opened =
        agent.wait("the verdict", 40, |s| s.incidents.iter().map(said).eq([verdict])).incidents[0].clone();
    branch.tell("account administrator");
    wait_for(&mut agent, &NAMED);
    let later = watch_on(&mut agent);
    let open: Vec<_> =
        later.incidents.iter().map(|incident| (incident.id, incident.opened, said(incident))).collect();
    assert_eq!(open, [(opened.id, opened.opened, verdict.to_owned())]);
    branch.tell("heal-all");
    agent.wait("its end", 60, |s| s.incidents.is_empty() && !s.suspicious);
}

#[test]
fn a_reload_keeps_what_cameras_told_unless_it_refuses_it() {
    let branch = outdated();
    branch.tell("account administrator");
    let mut agent = branch.agent();
    wait_for(&mut agent, &NAMED);
    branch.configure("[store]\nhistory-days = 7\n");
    agent.signal("HUP");
    let later = watch_on(&mut agent);
    assert_eq!((relays(&later), later.warnings.len()), (NAMED.to_vec(), 0));
    let text = std::fs::read_to_string(&branch.config).unwrap();
    std::fs::write(&branch.config, text.replace("[site]\n", "[site]\nrelays-from-cameras = false\n"))
        .unwrap();
    agent.signal("HUP");
    wait_for(&mut agent, &OUTDATED);
    agent.wait_until_well();
}
