//! `demarc snapshots`: pictures that are kept as evidence, from the camera to a file.

use crate::branch::{Branch, stderr, stdout};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits until a command says what is expected.
fn wait_for(branch: &Branch, arguments: &[&str], expected: &str) -> String {
    let start = Instant::now();
    loop {
        let said = stdout(&branch.demarc(arguments));
        if said.contains(expected) {
            return said;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{arguments:?} says:\n{said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_picture_that_froze_can_be_seen_beside_the_last_good_one_when_the_user_wants_that() {
    let branch = Branch::start(2);
    branch.configure("[store]\nsnapshot-megabytes = 1");
    let mut agent = branch.agent();
    agent.wait_until_well();
    // Three looks are well before anything is usual.
    wait_for(&branch, &["history", "camera.picture/cam-02", "--most", "9"], "ok");
    std::thread::sleep(Duration::from_secs(10));
    branch.tell("camera-image-frozen:cam-02");
    agent.wait("the incident", 60, |s| !s.incidents.is_empty());
    let listed = wait_for(&branch, &["snapshots", "cam-02"], "stands still");
    assert_eq!(listed.matches("stands still").count(), 2, "{listed}");
    assert_eq!(listed.lines().filter(|line| line.contains("good")).count(), 1, "{listed}");
    let explained = stdout(&branch.demarc(&["explain"]));
    assert!(explained.contains("3 pictures of it are kept: demarc snapshots cam-02"), "{explained}");

    let folder = branch.folder.path().join("evidence/tonight");
    let write = ["snapshots", "--write", folder.to_str().unwrap()];
    let written = stderr(&branch.demarc(&write));
    assert!(written.contains("3 written to"), "{written}");
    let files = names(&folder);
    assert_eq!(files.iter().filter(|name| name.ends_with("-frozen.jpg")).count(), 2, "{files:?}");
    for name in &files {
        let file = folder.join(name);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        assert!(std::fs::read(&file).unwrap().starts_with(&[0xff, 0xd8]), "{name}");
    }
    let again = stderr(&branch.demarc(&write));
    assert!(again.contains("0 written to") && again.contains("3 already there"), "{again}");

    // Who wants none any more has none any more.
    let text = std::fs::read_to_string(&branch.config).unwrap();
    std::fs::write(&branch.config, text.replace("snapshot-megabytes = 1", "snapshot-megabytes = 0")).unwrap();
    agent.signal("HUP");
    wait_for(&branch, &["snapshots"], "No pictures are kept");
}

#[test]
fn nothing_is_kept_unasked_and_bad_arguments_are_named() {
    let branch = Branch::start(2);
    let mut agent = branch.agent();
    agent.wait_until_well();
    let listed = stdout(&branch.demarc(&["snapshots"]));
    assert!(listed.contains("No pictures are kept"), "{listed}");
    let wrong = branch.demarc(&["snapshots", "no camera"]);
    assert_eq!(wrong.status.code(), Some(64), "{}", stderr(&wrong));
    let file = branch.folder.path().join("in-the-way");
    std::fs::write(&file, "").unwrap();
    let refused = branch.demarc(&["snapshots", "--write", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(74), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("in-the-way cannot be written"), "{}", stderr(&refused));
}
