//! Who a camera is: another device gets no password, a restart forgets nothing, a person may accept it.

use crate::branch::{Agent, Branch, said, stderr, stdout};
use crate::digest_interop::server;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

/// The right and the wrong logins that the camera has counted.
fn logins(branch: &Branch) -> (u64, u64) {
    let counts = branch.counts("cam-03");
    (counts.logins_ok, counts.logins_failed)
}

/// A branch whose third camera was replaced while the agent watched.
fn replaced(branch: &Branch) -> Agent {
    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell("camera-replaced:cam-03");
    let snapshot = agent.wait("the verdict", 40, |s| !s.incidents.is_empty());
    assert_eq!(said(&snapshot.incidents[0]), "camera cam-03 identity-changed");
    agent
}

fn stop(mut agent: Agent) {
    agent.signal("TERM");
    assert_eq!(agent.end(6), Some(0));
}

/// Rounds in which every camera was asked all there is to ask.
fn watch_on(agent: &mut Agent) {
    agent.wait("rounds", 60, |s| s.swept && s.rounds > 40);
}

#[test]
fn a_replaced_camera_gets_no_password_until_it_is_accepted_also_after_a_restart() {
    let branch = Branch::start(3);
    let agent = replaced(&branch);
    let before = logins(&branch);
    stop(agent);
    let mut agent = branch.agent();
    watch_on(&mut agent);
    let snapshot = agent.wait("the same verdict", 1, |_| true);
    assert_eq!(snapshot.incidents.iter().map(said).collect::<Vec<_>>(), ["camera cam-03 identity-changed"]);
    assert_eq!(logins(&branch), before, "the stranger proved no password and was asked for none");

    let output = branch.demarc(&["accept", "cam-03"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let told = stdout(&output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[..2], ["cam-03: accepted.", "  serial number B8A44F000003 -> ACCC8E000003"], "{told}");
    assert!(lines.last().unwrap().starts_with("The service looks at it now"), "{told}");
    agent.wait("its end", 150, |s| s.incidents.is_empty() && !s.suspicious);
    assert!(logins(&branch).0 > before.0, "the accepted camera gets the password");
    let again = branch.demarc(&["accept", "cam-03"]);
    assert_eq!(again.status.code(), Some(64), "{}", stdout(&again));
    stop(agent);

    let mut agent = branch.agent();
    agent.wait_until_well();
    branch.tell("heal-all");
    let snapshot = agent.wait("the old camera to be the stranger", 40, |s| !s.incidents.is_empty());
    assert_eq!(said(&snapshot.incidents[0]), "camera cam-03 identity-changed");
}

#[test]
fn a_device_can_be_accepted_while_no_service_runs() {
    let branch = Branch::start(3);
    stop(replaced(&branch));
    let output = branch.demarc(&["--json", "accept", "cam-03"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["service_running"], false, "{json}");
    let serials = [&json["accepted"]["before"]["serial"], &json["accepted"]["now"]["serial"]];
    assert_eq!(serials, ["B8A44F000003", "ACCC8E000003"], "{json}");
    let mut agent = branch.agent();
    agent.wait_until_well();
}

#[test]
fn what_cannot_be_accepted_is_said_with_what_to_do() {
    let branch = Branch::start(2);
    let refuse = |arguments: &[&str], code: i32, what: &str| {
        let output = branch.demarc(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(what), "{arguments:?}: {}", stderr(&output));
    };
    let unknown = "there is no camera `cam-09`; configured are: cam-01, cam-02";
    let nothing = "there is nothing to accept at `cam-01`: no other device was seen at its address; \
                   `demarc history cam-01` lists what was";
    let both = || {
        refuse(&["accept", "cam-09"], 64, unknown);
        refuse(&["accept", "cam-01"], 64, nothing);
    };
    refuse(&["accept", "cam 1"], 64, "no camera's id");
    both();
    let mut agent = branch.agent();
    agent.wait("a round", 20, |s| s.rounds > 2);
    both();
    let mode = std::fs::metadata(branch.state_dir().join("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A killed agent has written down whom it met all the same.
#[test]
fn who_a_camera_is_outlives_kill_9() {
    let branch = Branch::start(3);
    let mut agent = branch.agent();
    agent.wait_until_well();
    agent.signal("KILL");
    agent.end(5);
    branch.tell("camera-replaced:cam-03");
    let mut agent = branch.agent();
    let snapshot = agent.wait("the verdict", 60, |s| !s.incidents.is_empty());
    assert_eq!(said(&snapshot.incidents[0]), "camera cam-03 identity-changed");
}

#[test]
fn a_reload_does_not_forget_who_a_camera_is() {
    let branch = Branch::start(3);
    let mut agent = branch.agent();
    agent.wait_until_well();
    let rounds = agent.wait("a round", 5, |_| true).rounds;
    branch.configure("[store]\nhistory-days = 7\n");
    agent.signal("HUP");
    branch.tell("camera-replaced:cam-03");
    agent.wait("a round after the reload", 20, |s| s.rounds > rounds + 2);
    let snapshot = agent.wait("the verdict", 60, |s| !s.incidents.is_empty());
    assert_eq!(said(&snapshot.incidents[0]), "camera cam-03 identity-changed");
}

/// Says to every connection that a streaming server is there; its port.
fn streaming_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Whoever only looks whether the port is open has gone.
            if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
            }
        }
    });
    port
}

/// Apache is the camera, over TLS and with Basic, as Axis cameras are by default; then another Apache with
/// another key takes its place.
#[test]
fn another_key_over_tls_gets_no_request_until_it_is_accepted() {
    let first = server::apache_with_basic_over_tls();
    let port = first.address.port();
    let branch = Branch::start(2);
    let password = branch.folder.path().join("axis.password");
    std::fs::write(&password, "pass word\n").unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    branch.configure(&format!(
        "[[account]]\nname = \"axis\"\nusername = \"demarc\"\npassword = {{ file = \"axis.password\" }}\n\
         [[camera]]\nid = \"vault\"\naddress = \"127.0.0.1\"\naccount = \"axis\"\nscheme = \"https\"\nvideo = \"none\"\n\
         port = {port}\nrtsp-port = {}\nbasic-over-tls = true\n",
        streaming_server()
    ));
    let mut agent = branch.agent();
    let well = agent.wait("a sweep", 30, |s| s.swept && s.incidents.is_empty() && s.rounds > 20);
    assert!(
        well.warnings[0].starts_with("certificates that have expired: 1 (vault);"),
        "{:?}",
        well.warnings
    );
    assert!(first.stop().contains(&"200".to_owned()), "the camera got the password");

    let second = server::apache_with_basic_over_tls_at(port);
    let verdict = "camera vault identity-changed";
    agent.wait("the verdict", 150, |s| s.incidents.iter().any(|incident| said(incident) == verdict));
    assert_eq!(second.statuses(), Vec::<String>::new(), "nothing is sent to another key");
    let output = branch.demarc(&["accept", "vault"]);
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let key = told.lines().find_map(|line| line.strip_prefix("  TLS key       ")).unwrap();
    assert_eq!(key.split(" -> ").map(str::len).collect::<Vec<_>>(), [64, 64], "{told}");
    agent.wait("its end", 150, |s| s.incidents.is_empty() && !s.suspicious);
    stop(agent);
    assert!(second.stop().contains(&"200".to_owned()), "the accepted one got the password");
}
