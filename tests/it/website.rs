//! A vendor's login, Debian's nginx with TLS: in order, out of service, with an expired certificate, and stalled;
//! and its status page, where that leads into the branch.

use crate::lab::{Authority, Running};
use crate::line::Line;
use demarc_model::observation::{Observation, Outcome, Phase, Reading};
use demarc_model::symptom::Symptom;
use std::path::Path;

const ADDRESS: &str = "203.0.113.14";
const PROFILE: &str = "id = \"acme\"\nname = \"Acme\"\n\
    [[capability]]\nid = \"login\"\nname = \"login\"\n\
    [[endpoint]]\nid = \"login\"\ncapability = \"login\"\nhost = \"login.example.net\"\n\
    address = \"203.0.113.14\"\npath = \"/health\"\nsource = \"this test\"\n";
const WAYS: [&str; 2] = ["vendor.name/login", "vendor.address/login"];

/// Takes connections and never says a word: a service behind the web server that hangs.
const SILENT: &str = "import socket, time\n\
    listener = socket.create_server(('203.0.113.14', 81))\n\
    time.sleep(3600)\n";

/// nginx, which does this with every request.
fn serve(line: &Line, certificate: &Path, does: &str) -> Running {
    let server = format!("location = /health {{ {does} }}");
    line.nginx(ADDRESS, certificate, ("access_log off;", &server))
}

fn failure(seen: &Observation) -> (Phase, Symptom) {
    let Outcome::Failed { phase, symptom, .. } = seen.outcome else { panic!("{seen:?}") };
    (phase, symptom)
}

#[test]
fn a_vendors_web_server_is_seen_in_order_out_of_service_expired_and_stalled() {
    let line = Line::start();
    line.rely_on(PROFILE);
    let authority = Authority::new("Acme Root CA");
    line.lab.write("authority.pem", &(line.authority.clone() + &authority.pem));
    let good = authority.certify(&line.lab, "good", &["login.example.net"]);
    let expired = authority.certify_until(&line.lab, "expired", &["login.example.net"], 2022);
    let silent = line.lab.write("silent.py", SILENT);
    let _silent = line.world.serve(&format!("python3 {}", silent.display()));
    line.world.wait_for_listener(&format!("-ltn src {ADDRESS}:81"));

    let server = serve(&line, &good, "return 200 well;");
    let _agent = line.watch(&[]);
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::Passed);
        assert!(seen.readings.contains(&Reading::HttpStatus(200)), "{seen:?}");
    }
    drop(server);
    let server = serve(&line, &good, "return 503;");
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::ServerError);
        assert_eq!(failure(&seen), (Phase::Content, Symptom::ServerError));
        assert!(seen.readings.contains(&Reading::HttpStatus(503)), "{seen:?}");
    }
    drop(server);
    let server = serve(&line, &expired, "return 200 well;");
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::TlsExpired);
        assert_eq!(failure(&seen), (Phase::Tls, Symptom::TlsExpired));
    }
    drop(server);
    let server = serve(&line, &good, &format!("proxy_pass http://{ADDRESS}:81;"));
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::Hung);
        assert_eq!(failure(&seen), (Phase::FirstByte, Symptom::Hung));
    }
    // The kernel still takes connections for a server that no longer runs.
    let pid = line.lab.folder.path().join("nginx.pid");
    line.world.shell(&format!("kill -STOP $(cat {})", pid.display()));
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::TlsStall);
        assert_eq!(failure(&seen), (Phase::Tls, Symptom::TlsStall));
    }
    drop(server);
}

/// Faults N04 and S12 of the table of hostile input: the name that a page sends its readers to is one of the branch's
/// own addresses. Nothing is asked for there, unless the profile says that such an address is right.
#[test]
fn a_status_page_does_not_lead_into_the_branch() {
    let page = "[status-page]\nurl = \"https://status.example.net/\"\n";
    for (more, expected) in [
        ("", (Phase::Dns, Symptom::NameWrong)),
        // Nobody listens there.
        ("private = true\n", (Phase::Connect, Symptom::Refused)),
    ] {
        let line = Line::start();
        line.rely_on(&format!("{PROFILE}{page}{more}"));
        let authority = Authority::new("Acme Root CA");
        line.lab.write("authority.pem", &(line.authority.clone() + &authority.pem));
        let certificate = authority.certify(&line.lab, "page", &["status.example.net", "login.example.net"]);
        let server = "location / { return 302 https://inside.example.net/; }";
        let _server = line.nginx(ADDRESS, &certificate, ("access_log off;", server));
        let _agent = line.watch(&[]);
        let seen = line.wait_for_look("vendor.status/acme", expected.1);
        assert_eq!(failure(&seen), expected, "{seen:?}");
    }
}
