//! Every fault that the simulated site can have, against the shipped program.

#![expect(clippy::print_stdout, reason = "tells times to whoever asks for them with TIMES=1")]

use crate::branch::{Branch, said, stderr, stdout};
use demarc_model::fault::Domain;
use demarc_model::incident::Incident;
use demarc_model::verdict::Finding;
use demarc_sim::{Argument, Entry, SimFault};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Branches at once: the tests mostly wait.
const AT_ONCE: usize = 4;
/// Changes, which one look sees where the service has been before.
const CHANGES: [&str; 3] = ["camera-replaced", "camera-image-frozen", "camera-image-dark"];

/// What is judged against the camera's own past, which takes a few looks to know.
const AGAINST_THE_PAST: [&str; 2] = ["camera-image-frozen", "camera-image-dark"];

/// A refused password is not tried again for a quarter of an hour.
const OUTLASTS_ITS_CAUSE: [&str; 1] = ["camera-password-changed"];

/// A camera is asked for its storage rarely, and with the password: that is hurried less.
const SEEN_SLOWLY: [&str; 1] = ["camera-storage-failed"];

fn command(entry: &Entry) -> String {
    match entry.argument {
        Argument::Nothing | Argument::AnyCapability => entry.name.to_owned(),
        Argument::Camera => format!("{}:cam-02", entry.name),
        Argument::Segment => format!("{}:floor-a", entry.name),
        Argument::Capability => format!("{}:login", entry.name),
        Argument::Endpoint => format!("{}:relay-1", entry.name),
        Argument::Region => format!("{}:eu", entry.name),
    }
}

fn fits(entry: &Entry, incident: &Incident) -> bool {
    match &incident.verdict.finding {
        Finding::Fault(fault) => fault.domain() == entry.blames.domain && fault.cause() == entry.blames.cause,
        Finding::Undetermined { .. } => entry.blames.domain == Domain::Undetermined,
    }
}

/// Runs `one` for every entry, several at a time, and fails with all that failed.
fn for_every_fault(one: fn(&Entry) -> Result<(), String>) {
    let queue = Mutex::new(SimFault::catalogue().iter().collect::<Vec<_>>());
    let failures = Mutex::new(Vec::new());
    let only = std::env::var("FAULT").unwrap_or_default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(entry) = { queue.lock().unwrap().pop() } {
                    if !entry.name.contains(&only) {
                        continue;
                    }
                    let result = std::panic::catch_unwind(|| one(entry));
                    let text = match result {
                        Ok(Ok(())) => continue,
                        Ok(Err(text)) => text,
                        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
                    };
                    failures.lock().unwrap().push(format!("{}: {text}", entry.name));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} faults are misjudged\n{}", failures.len(), failures.join("\n"));
}

/// From health to the verdict and back, as the service sees it. Nobody else may be blamed on the way.
fn watched(entry: &Entry) -> Result<(), String> {
    let branch = Branch::start(6);
    let mut agent = branch.agent();
    agent.wait_until_well();
    if AGAINST_THE_PAST.contains(&entry.name) {
        agent.wait("looks at live pictures", 30, |s| s.rounds > 30);
    }
    let fault = command(entry);
    branch.tell(&fault);
    let injected = Instant::now();
    let healthy = entry.blames.domain == Domain::Healthy;
    if healthy {
        std::thread::sleep(Duration::from_secs(15));
        let snapshot = agent.wait("a snapshot", 5, |_| true);
        return match snapshot.recent.as_slice() {
            [] => Ok(()),
            said_anyway => Err(format!("blamed {:?}", said(&said_anyway[0].1.incident))),
        };
    }
    let patience = if SEEN_SLOWLY.contains(&entry.name) { 4 } else { 1 };
    let snapshot = agent.wait("an incident", 40 * patience, |s| !s.incidents.is_empty());
    if std::env::var_os("TIMES").is_some() {
        println!("{fault:<34} {:>5.1} s", injected.elapsed().as_secs_f64());
    }
    agent.wait("the right verdict", 20, |s| s.incidents.iter().any(|i| fits(entry, i)));
    let wrong: Vec<String> = snapshot.incidents.iter().filter(|i| !fits(entry, i)).map(said).collect();
    if !wrong.is_empty() {
        return Err(format!("blamed {wrong:?} first"));
    }
    if OUTLASTS_ITS_CAUSE.contains(&entry.name) {
        return Ok(());
    }
    branch.tell("heal-all");
    let snapshot = agent.wait("the incident to close", 60 * patience, |s| s.incidents.is_empty());
    let strangers: Vec<String> =
        snapshot.recent.iter().map(|(_, t)| &t.incident).filter(|i| !fits(entry, i)).map(said).collect();
    if strangers.is_empty() { Ok(()) } else { Err(format!("also blamed {strangers:?}")) }
}

/// The verdict and the exit code of one look.
fn looked_at(entry: &Entry) -> Result<(), String> {
    let branch = Branch::start(6);
    if CHANGES.contains(&entry.name) {
        let mut agent = branch.agent();
        agent.wait_until_well();
        agent.wait("looks at live pictures", 30, |s| s.rounds > 30);
        agent.signal("TERM");
        assert_eq!(agent.end(6), Some(0));
    }
    branch.tell(&command(entry));
    let output = branch.demarc(&["check", "--json"]);
    let text = stdout(&output);
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("{e}: {text} {}", stderr(&output)))?;
    let domain = serde_json::to_value(entry.blames.domain).unwrap();
    let code = match entry.blames.domain {
        Domain::Healthy => 0,
        Domain::Vendor => 2,
        Domain::Undetermined => 3,
        _ => 1,
    };
    if json["domain"] == domain && output.status.code() == Some(code) {
        return Ok(());
    }
    Err(format!("said {} with exit {:?}: {}", json["domain"], output.status.code(), json["verdicts"]))
}

#[test]
fn the_service_gets_every_fault_right_and_sees_it_end() {
    for_every_fault(watched);
}

#[test]
fn one_look_gets_every_fault_right() {
    for_every_fault(looked_at);
}

/// The table of the documentation, from the catalogue.
fn table() -> String {
    let mut out = String::from(
        "# What each fault of the simulated site leads to\n\n\
         `demarc simulate` can have these faults, and `demarc run` must say this of each.\n\
         `cargo test -p demarc --test it faults` holds the shipped program to this table: the service from health to the verdict and back, `demarc check` in one look.\n\n\
         | fault | what it does | verdict |\n|---|---|---|\n",
    );
    for entry in SimFault::catalogue() {
        let verdict = match entry.blames.domain {
            Domain::Healthy => "none: nobody is blamed".to_owned(),
            domain => format!("{domain} {}", entry.blames.cause).trim_end().to_owned(),
        };
        out.push_str(&format!("| `{}` | {} | {verdict} |\n", command(entry), entry.does));
    }
    out.push_str(&format!(
        "\nOne look sees {} only with `--state-dir` at the service's memory of the branch: they are changes.\n",
        CHANGES.map(|name| format!("`{name}`")).join(", ")
    ));
    out
}

#[test]
fn the_documented_table_is_the_catalogue() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/faults.md");
    if std::env::var_os("DEMARC_BLESS").is_some() {
        std::fs::write(&file, table()).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, table(), "DEMARC_BLESS=1 cargo test -p demarc --test it faults rewrites it");
}
