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
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--help"], 0, ""),
        (&["frobnicate"], 64, "unrecognized subcommand 'frobnicate'"),
        (&["explain", "twelve"], 64, "an incident's number is written as 12 or #12"),
        (&["check"], 78, NOWHERE),
        (&["config", "check"], 78, NOWHERE),
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
    for command in
        ["demo", "check", "run", "status", "explain", "incidents", "history", "alert", "config", "simulate"]
    {
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
