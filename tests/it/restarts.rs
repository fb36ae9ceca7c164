//! A camera that was silent started anew, or ran all the while: its power was gone, or its network.

use crate::branch::{Branch, stdout};
use demarc_model::incident::Step;

/// What `demarc explain` says once the camera is back.
fn after(fault: &str) -> String {
    let branch = Branch::start(3);
    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell(&format!("{fault}:cam-02"));
    agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    branch.tell(&format!("heal {fault}:cam-02"));
    agent.wait("its end", 60, |s| s.recent.iter().any(|(_, transition)| transition.step == Step::Closed));
    agent.signal("TERM");
    agent.end(6);
    stdout(&branch.demarc(&["explain"]))
}

#[test]
fn a_camera_that_started_anew_had_no_power_or_was_restarted() {
    let told = after("camera-rebooting");
    assert!(told.contains("it started anew at "), "{told}");
}

#[test]
fn a_camera_that_ran_all_the_while_had_no_network() {
    let told = after("camera-dead");
    assert!(told.contains("it ran all the while"), "{told}");
}
