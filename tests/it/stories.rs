//! The stories that the demo can tell, told by the shipped program to their ends.

use crate::branch::{demarc, stderr, stdout};
use demarc_model::fault::Domain;
use demarc_model::incident::Incident;
use demarc_model::verdict::Finding;
use demarc_sim::SHIPPED;
use std::path::Path;
use std::sync::Mutex;

/// Stories at once: they mostly wait.
const AT_ONCE: usize = 2;

/// What each ought to leave behind, the first incident first.
const EXPECTED: [(&str, &[&str]); 7] = [
    ("axis-2022", &["vendor outage", "camera unreachable"]),
    ("axis-2019", &["vendor outage"]),
    ("one-region", &["vendor region"]),
    ("cry-wolf", &["camera unreachable"]),
    ("captive-portal", &["interception captive-portal"]),
    ("operator-dns", &["dns servfail"]),
    ("expired-certificate", &["vendor tls"]),
];

#[test]
fn every_story_is_judged_right_and_ends_well() {
    let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
    assert_eq!(EXPECTED.map(|(name, _)| name).as_slice(), names);
    let queue = Mutex::new(EXPECTED.iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((name, expected)) = { queue.lock().unwrap().next() } {
                    if let Err(trouble) = told(name, expected) {
                        failures.lock().unwrap().push(format!("{name}: {trouble}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn told(name: &str, expected: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let demo = demarc(Path::new("/nonexistent"), folder.path(), &["demo", "--scenario", name]);
    let text = stdout(&demo);
    let fail = |what: String| Err(format!("{what}\n{text}{}", stderr(&demo)));
    if demo.status.code() != Some(0) {
        return fail(format!("exit {:?}", demo.status.code()));
    }
    if let Some(wide) = wide(&text) {
        return fail(format!("wider than a terminal: {wide}"));
    }
    let history = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let kept = stdout(&demarc(&history.join("demarc.toml"), &history, &["--json", "incidents"]));
    let mut incidents: Vec<Incident> = serde_json::from_str(&kept).map_err(|e| format!("{e}: {kept}"))?;
    incidents.sort_by_key(|incident| incident.id);
    let found: Vec<String> = incidents.iter().map(blamed).collect();
    if found != expected {
        return fail(format!("blamed {found:?}"));
    }
    for incident in &incidents {
        let number = incident.id.to_string();
        let explained = stdout(&demarc(&history.join("demarc.toml"), &history, &["explain", &number]));
        if let Some(wide) = wide(&explained) {
            return fail(format!("{number} is explained wider than a terminal: {wide}"));
        }
        let vendor = incident.verdict.finding.domain() == Domain::Vendor;
        if vendor && !explained.lines().any(|line| line.contains("by name ") && shows_an_outage(line)) {
            return fail(format!("{number} is explained without how it went:\n{explained}"));
        }
    }
    match incidents.iter().find(|incident| incident.closed.is_none()) {
        Some(open) => fail(format!("{} is still open", open.id)),
        None => Ok(()),
    }
}

fn wide(text: &str) -> Option<&str> {
    text.lines().find(|line| line.chars().count() > 80 && !line.contains("demarc-demo-"))
}

/// Moments in which all works, and some in which it fails at least in part.
fn shows_an_outage(line: &str) -> bool {
    line.contains('·') && line.contains(['█', '▒'])
}

fn blamed(incident: &Incident) -> String {
    match &incident.verdict.finding {
        Finding::Fault(fault) => format!("{} {}", fault.domain(), fault.cause()).trim_end().to_owned(),
        Finding::Undetermined { .. } => "undetermined".to_owned(),
    }
}
