//! The running service: signals, restarts, damaged disks, guarded passwords, messages.

use crate::branch::{Agent, Branch, demarc, said, stderr, stdout, surroundings};
use demarc_agent::past::{IncidentFilter, IncidentState};
use demarc_model::incident::Step;
use demarc_model::time::Timestamp;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A webhook receiver: every body, as it comes. The first `refusals` posts get a 503.
pub(crate) fn receiver(refusals: usize) -> (String, Receiver<serde_json::Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (send, bodies) = channel();
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let status = if at < refusals { "503 Busy" } else { "204 No Content" };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            if at >= refusals && send.send(serde_json::from_slice(&body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, bodies)
}

/// A channel that is told the end of an incident after so long.
pub(crate) fn hook(url: &str, resolve_after: &str) -> String {
    format!(
        "[[channel]]\nid = \"hook\"\ntype = \"webhook\"\nurl = \"{url}\"\n\
         [alerting]\nresolve-after = \"{resolve_after}\"\n"
    )
}

fn events(bodies: &Receiver<serde_json::Value>, count: usize) -> Vec<String> {
    let next = || bodies.recv_timeout(Duration::from_secs(30)).unwrap()["event"].as_str().unwrap().to_owned();
    (0..count).map(|_| next()).collect()
}

#[test]
fn tells_the_trigger_before_the_resolve_although_the_receiver_refuses_at_first() {
    let branch = Branch::start(4);
    let (url, bodies) = receiver(3);
    branch.configure(&hook(&url, "0s"));
    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell("camera-dead:cam-02");
    agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    branch.tell("heal-all");
    agent.wait("its end", 30, |s| s.incidents.is_empty());
    assert_eq!(events(&bodies, 2), ["trigger", "resolve"]);
}

#[test]
fn stops_cleanly_on_sigterm_within_five_seconds() {
    let branch = Branch::start(4);
    branch.tell("camera-hung:all");
    let mut agent = branch.agent();
    agent.wait("a round", 20, |s| s.rounds > 4);
    let start = Instant::now();
    agent.signal("TERM");
    assert_eq!(agent.end(6), Some(0));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn goes_on_after_kill_9_with_the_same_incident_and_loses_no_message() {
    let branch = Branch::start(4);
    let (url, bodies) = receiver(0);
    branch.configure(&hook(&url, "0s"));
    branch.tell("camera-dead:cam-02");
    let mut agent = branch.agent();
    let before = agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    assert_eq!(events(&bodies, 1), ["trigger"]);
    agent.signal("KILL");
    agent.end(5);
    let mut agent = branch.agent();
    let after = agent.wait("the incident to be taken up", 20, |s| s.swept && !s.incidents.is_empty());
    assert_eq!(after.incidents[0].id, before.incidents[0].id);
    assert_eq!(after.incidents[0].verdict.since, before.incidents[0].verdict.since);
    branch.tell("heal-all");
    agent.wait("its end", 40, |s| s.incidents.is_empty());
    let mut told = events(&bodies, 1);
    // At least once: what was not noted as delivered before the kill is told again.
    if told == ["trigger"] {
        told = events(&bodies, 1);
    }
    assert_eq!(told, ["resolve"]);
}

#[test]
fn a_refused_password_is_tried_once_in_fifteen_minutes_also_across_restarts() {
    let branch = Branch::start(2);
    branch.tell("camera-password-changed:cam-01");
    for _ in 0..2 {
        let mut agent = branch.agent();
        let snapshot = agent.wait("the verdict", 30, |s| !s.incidents.is_empty() && s.rounds > 20);
        assert_eq!(said(&snapshot.incidents[0]), "camera cam-01 credentials");
        agent.signal("TERM");
        agent.end(6);
    }
    let counts = branch.counts("cam-01");
    assert_eq!(counts.logins_failed, 1, "{counts:?}");
}

/// The nonce still holds when the password is changed: the answer that is refused is the only one.
#[test]
fn a_password_that_changes_while_the_agent_runs_costs_one_failed_login() {
    let branch = Branch::start(2);
    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell("camera-password-changed:cam-01");
    agent.wait("the verdict", 30, |s| !s.incidents.is_empty());
    let rounds = agent.wait("a round", 5, |_| true).rounds;
    agent.wait("twenty rounds more", 30, |s| s.rounds > rounds + 20);
    let counts = branch.counts("cam-01");
    assert_eq!(counts.logins_failed, 1, "{counts:?}");
}

/// Nagios looks every minute: that must not lock an account.
#[test]
fn one_look_after_the_other_sends_a_refused_password_once_and_tells_of_it_each_time() {
    let branch = Branch::start(3);
    std::fs::create_dir_all(branch.state_dir()).unwrap();
    branch.tell("camera-password-changed:cam-01");
    for _ in 0..3 {
        let output = branch.demarc(&["check"]);
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("password refused 1 of 1"), "{said}");
        assert_eq!(stderr(&output), "");
    }
    let counts = branch.counts("cam-01");
    assert_eq!(counts.logins_failed, 1, "{counts:?}");
}

#[test]
fn a_bad_reload_changes_nothing_and_a_good_one_everything() {
    let branch = Branch::start(4);
    let mut agent = branch.agent();
    agent.wait_until_well();
    let good = std::fs::read_to_string(&branch.config).unwrap();
    std::fs::write(&branch.config, format!("{good}\n[[camera]]\nid = \"cam-01\"\n")).unwrap();
    agent.signal("HUP");
    let snapshot = agent.wait("the complaint", 10, |s| !s.warnings.is_empty());
    assert!(
        snapshot.warnings[0].starts_with("the configuration was not reloaded"),
        "{:?}",
        snapshot.warnings
    );
    assert_eq!(snapshot.site.cameras.len(), 4);
    let fewer = good.rsplit_once("[[camera]]").unwrap().0;
    std::fs::write(&branch.config, fewer).unwrap();
    agent.signal("HUP");
    agent.wait("three cameras", 10, |s| s.site.cameras.len() == 3 && s.warnings.is_empty());
}

#[test]
fn a_second_agent_on_the_same_state_is_refused() {
    let branch = Branch::start(2);
    let mut agent = branch.agent();
    agent.wait("a round", 20, |s| s.rounds > 0);
    let second = branch.demarc(&["run"]);
    assert_eq!(second.status.code(), Some(74));
    assert!(stderr(&second).contains("in use by another Demarc"), "{}", stderr(&second));
}

#[test]
fn a_corrupt_history_is_set_aside_and_a_new_one_begun() {
    let branch = Branch::start(2);
    std::fs::create_dir_all(branch.state_dir()).unwrap();
    std::fs::write(
        branch.state_dir().join("demarc.db"),
        "this is no database, and long enough to be read".repeat(200),
    )
    .unwrap();
    let mut agent = branch.agent();
    let snapshot = agent.wait("the warning", 20, |s| !s.warnings.is_empty());
    assert!(snapshot.warnings[0].contains("corrupt"), "{:?}", snapshot.warnings);
    let kept = std::fs::read_dir(branch.state_dir()).unwrap().map(|e| e.unwrap().file_name());
    let kept: Vec<String> = kept.map(|n| n.to_string_lossy().into_owned()).collect();
    assert!(kept.iter().any(|name| name.starts_with("demarc.db.corrupt-")), "{kept:?}");
}

/// A locked database stands for every disk that does not take what is written.
#[test]
fn alerts_go_out_although_nothing_can_be_written_down() {
    let branch = Branch::start(2);
    let (url, bodies) = receiver(0);
    branch.configure(&hook(&url, "0s"));
    std::fs::create_dir_all(branch.state_dir().join("demarc.db")).unwrap();
    branch.tell("camera-dead:cam-02");
    let mut agent = branch.agent();
    let snapshot = agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    assert!(
        snapshot.warnings.iter().any(|w| w.starts_with("no history is written")),
        "{:?}",
        snapshot.warnings
    );
    assert_eq!(events(&bodies, 1), ["trigger"]);
}

#[test]
fn remembers_incidents_and_what_the_probes_saw() {
    let branch = Branch::start(3);
    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell("camera-dead:cam-02");
    agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    agent.signal("TERM");
    agent.end(6);
    let store = demarc_agent::past::open(&branch.state_dir()).unwrap();
    let filter = IncidentFilter { state: IncidentState::Open, from: Timestamp::default(), most: 10 };
    let incidents = store.incidents(filter).unwrap();
    assert_eq!(incidents.iter().map(said).collect::<Vec<_>>(), ["camera cam-02 unreachable"]);
    let life = store.transitions(incidents[0].id).unwrap();
    assert_eq!(life.iter().map(|t| t.step).collect::<Vec<_>>(), [Step::Opened]);
    let listed = stdout(&branch.demarc(&["incidents", "--open"]));
    assert!(listed.contains("CAMERA UNREACHABLE"), "{listed}");
    let explained = stdout(&branch.demarc(&["explain"]));
    assert!(explained.contains("for it") && explained.contains("dB"), "{explained}");
    let history = stdout(&branch.demarc(&["history", "cam-02", "--failed"]));
    assert!(history.contains("no answer"), "{history}");
}

#[test]
fn readiness_and_watchdog_are_told_to_systemd() {
    let branch = Branch::start(2);
    let socket = branch.folder.path().join("notify.sock");
    let listener = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    listener.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut agent = Agent::start_with(
        &branch.config,
        &branch.state_dir(),
        &[("NOTIFY_SOCKET", socket.to_str().unwrap())],
    );
    let mut told = Vec::new();
    while told.len() < 2 {
        let mut buffer = [0; 256];
        let length = listener.recv(&mut buffer).unwrap();
        told.push(String::from_utf8_lossy(&buffer[..length]).trim().to_owned());
    }
    assert_eq!(told, ["READY=1", "WATCHDOG=1"]);
    agent.signal("TERM");
    agent.end(6);
}

#[test]
fn a_site_reads_the_same_from_its_configuration() {
    let branch = Branch::start(3);
    let config = demarc_agent::config::load(&branch.config).unwrap();
    let site = config.site(&surroundings());
    assert_eq!(site.cameras.len(), 3);
    assert!(site.resolver_on_gateway);
    let nowhere = demarc(Path::new("/nonexistent/demarc.toml"), &branch.state_dir(), &["check"]);
    assert_eq!(nowhere.status.code(), Some(78));
}
