//! What the program says on a terminal, and the exit code with which it says it.

use crate::branch::{Branch, demarc, stderr, stdout};
use std::path::Path;

const NOWHERE: &str = "/nonexistent/demarc.toml";

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = demarc(Path::new(NOWHERE), Path::new("/nonexistent"), arguments);
    (output.status.code(), stdout(&output), stderr(&output))
}

#[test]
fn exit_codes_are_as_documented() {
    let cases: [(&[&str], i32, &str); 10] = [
        (&["--help"], 0, ""),
        (&["frobnicate"], 64, "unrecognized subcommand 'frobnicate'"),
        (&["explain", "twelve"], 64, "an incident's number is written as 12 or #12"),
        (&["discover", "--interface", "nosuch0"], 64, "there is no interface nosuch0"),
        (&["discover", "--network", "10.20"], 64, "a network is written as 10.20.0.0/16"),
        (&["check"], 78, NOWHERE),
        (&["config", "check"], 78, NOWHERE),
        (&["config", "lint"], 78, NOWHERE),
        (&["status"], 69, "no Demarc is running with the state directory /nonexistent"),
        (&["incidents"], 74, "/nonexistent/demarc.db"),
    ];
    for (arguments, code, complaint) in cases {
        let (got, _, complained) = run(arguments);
        assert_eq!(got, Some(code), "{arguments:?}: {complained}");
        assert!(complained.contains(complaint), "{arguments:?}: {complained}");
    }
}

#[test]
fn help_lists_every_command_and_fits_a_terminal() {
    let (_, help, _) = run(&["--help"]);
    for command in [
        "demo",
        "discover",
        "check",
        "run",
        "status",
        "explain",
        "incidents",
        "history",
        "accept",
        "alert",
        "doctor",
        "config",
        "simulate",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command} in\n{help}");
    }
    let widest = help.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?}");
}

#[test]
fn a_healthy_branch_checks_as_healthy_in_every_format() {
    let branch = Branch::start(3);
    let text = branch.demarc(&["check"]);
    assert_eq!(text.status.code(), Some(0), "{}", stdout(&text));
    assert!(stdout(&text).starts_with("HEALTHY"), "{}", stdout(&text));
    assert!(!stdout(&text).contains('\u{1b}'), "no colours in a pipe");
    let nagios = branch.demarc(&["check", "--format", "nagios"]);
    assert_eq!(nagios.status.code(), Some(0));
    assert_eq!(stdout(&nagios), "DEMARC OK - healthy | cameras=3;;;0;3\n");
    assert!(!branch.state_dir().exists(), "a look writes nothing");
}

#[test]
fn a_german_branch_is_told_in_german_and_programs_read_the_same() {
    let branch = Branch::start(2);
    let drop_ins = branch.folder.path().join("demarc.d");
    std::fs::create_dir(&drop_ins).unwrap();
    std::fs::write(drop_ins.join("language.toml"), "[site]\nlanguage = \"de\"\n").unwrap();
    branch.tell("camera-dead:cam-02");
    let text = stdout(&branch.demarc(&["check"]));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("KAMERA NICHT ERREICHBAR · "), "{text}");
    assert!(lines[1].starts_with("  seit ") && lines[1].contains("liegt bei uns"), "{text}");
    assert!(text.contains("\n  tun        Strom und Kabel der Kamera prüfen"), "{text}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
    let json: serde_json::Value =
        serde_json::from_slice(&branch.demarc(&["--json", "check"]).stdout).unwrap();
    assert_eq!(json["verdicts"][0]["finding"]["fault"]["cause"], "unreachable", "{json}");
}

#[test]
fn faults_are_listed_with_the_verdicts_they_lead_to() {
    let (code, listed, _) = run(&["simulate", "--list-faults"]);
    assert_eq!(code, Some(0));
    for entry in demarc_sim::SimFault::catalogue() {
        assert!(listed.contains(entry.name), "{} in\n{listed}", entry.name);
    }
}

#[test]
fn the_demo_script_can_be_printed_and_given_back() {
    let (code, script, _) = run(&["demo", "--print-scenario"]);
    assert_eq!(code, Some(0));
    assert!(script.contains("vendor-cut-off"), "{script}");
}

/// The verdicts of the demo come from its probes: another fault in the script, another verdict.
#[test]
fn the_demo_tells_what_its_probes_see_and_not_what_the_script_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("story.toml");
    let story = "title = \"The vendor is gone\"\n\
        [[step]]\nat = 0\nstory = \"2022-02-20T17:00:00+01:00\"\nsay = \"The vendor cuts itself off.\"\n\
        [[step]]\nat = 8\ndo = [\"line-down\"]\nsay = \"The vendor cuts itself off.\"\n\
        [[step]]\nat = 16\nstory = \"2022-02-21T17:00:00+01:00\"\ndo = [\"heal-all\"]\n";
    std::fs::write(&script, story).unwrap();
    let output = demarc(Path::new(NOWHERE), folder.path(), &["demo", "--scenario", script.to_str().unwrap()]);
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stderr(&output));
    assert!(told.contains("All well: 12 of 12 cameras answer"), "{told}");
    assert!(told.contains("LINE DOWN") && !told.contains("VENDOR OUTAGE"), "{told}");
    assert!(told.contains("#1 is over"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80 || line.contains("demarc-demo-")), "{told}");
    assert!(!told.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn five_mistakes_are_told_at_once() {
    let branch = Branch::start(2);
    let text = std::fs::read_to_string(&branch.config).unwrap();
    let text =
        text.replacen("name = ", "nam = ", 1).replacen("path-interval = \"1s\"", "path-interval = \"0s\"", 1);
    let more = "[[camera]]\nid = \"cam-01\"\naddress = \"10.0.0.300\"\naccount = \"camreas\"\nsegment = \"floor-z\"\n";
    std::fs::write(&branch.config, format!("{text}\n{more}")).unwrap();
    let output = branch.demarc(&["run"]);
    assert_eq!(output.status.code(), Some(78));
    let told = stderr(&output);
    for mistake in ["`nam`", "path-interval", "10.0.0.300", "camreas", "floor-z"] {
        assert!(told.contains(mistake), "{mistake} in\n{told}");
    }
}
