//! A vendor's TURN server, Debian's coturn: asked by STUN across the line, gone, and behind a firewall.

use crate::lab::Running;
use crate::line::Line;
use demarc_model::observation::{Observation, Outcome, Phase, Reading};
use demarc_model::symptom::Symptom;
use std::net::{IpAddr, SocketAddr};

const ADDRESS: &str = "203.0.113.13";
const PROFILE: &str = "id = \"acme\"\nname = \"Acme\"\n\
    [[capability]]\nid = \"remote-access\"\nname = \"remote access\"\n\
    [[endpoint]]\nid = \"turn\"\ncapability = \"remote-access\"\nhost = \"turn.example.net\"\n\
    address = \"203.0.113.13\"\ncheck = \"stun\"\nsource = \"this test\"\n";
const WAYS: [&str; 2] = ["vendor.name/turn", "vendor.address/turn"];

fn serve(line: &Line, more: &str) -> Running {
    let folder = line.lab.folder.path().display();
    let server = line.world.serve(&format!(
        "turnserver -n --no-tls --no-dtls --no-cli --no-stdout-log --log-file=/dev/null --listening-ip={ADDRESS} \
         --relay-ip={ADDRESS} --lt-cred-mech --user=branch:secret --realm=example.net --userdb={folder}/turndb \
         --pidfile={folder}/turn.pid {more}"
    ));
    line.world.wait_for_listener(&format!("-lun src {ADDRESS}:3478"));
    server
}

fn failure(seen: &Observation) -> (Phase, Symptom, &str) {
    let Outcome::Failed { phase, symptom, detail } = &seen.outcome else { panic!("{seen:?}") };
    (*phase, *symptom, detail.as_str())
}

#[test]
fn a_turn_server_answers_by_name_and_by_address_and_is_refused_or_silent_when_it_is_gone() {
    let line = Line::start();
    // The branch's router has one public address for all.
    line.router.shell("nft add table ip nat; nft 'add chain ip nat out { type nat hook postrouting priority 100; }'; nft add rule ip nat out oifname wan masquerade");
    line.rely_on(PROFILE);
    let server = serve(&line, "");
    let _agent = line.watch(&[]);
    let peer: SocketAddr = (ADDRESS.parse::<IpAddr>().unwrap(), 3478).into();
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::Passed);
        let public = Reading::PublicAddress("100.64.0.2".parse().unwrap());
        assert_eq!(seen.readings, [Reading::Peer(peer), public], "{seen:?}");
        assert!(seen.phases.first_byte_us.is_some() && seen.phases.connect_us.is_none(), "{seen:?}");
    }
    drop(server);
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::Refused);
        let told = "nobody listens at UDP port 203.0.113.13:3478";
        assert_eq!(failure(&seen), (Phase::Connect, Symptom::Refused, told));
    }
    let _server = serve(&line, "");
    for way in WAYS {
        line.wait_for_look(way, Symptom::Passed);
    }
    line.core.filter(&line.lab, "udp dport 3478 drop");
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::Timeout);
        let (phase, _, detail) = failure(&seen);
        assert_eq!(phase, Phase::FirstByte);
        assert!(detail.starts_with("203.0.113.13:3478 did not answer a STUN request within 1"), "{detail}");
    }
}

/// A server that wants a login even for this works.
#[test]
fn a_turn_server_that_answers_nobody_without_a_login_is_healthy() {
    let line = Line::start();
    line.rely_on(PROFILE);
    let _server = serve(&line, "--secure-stun");
    let _agent = line.watch(&[]);
    for way in WAYS {
        let seen = line.wait_for_look(way, Symptom::Passed);
        let told = seen.readings.iter().any(|reading| matches!(reading, Reading::PublicAddress(_)));
        assert!(!told, "{seen:?}");
    }
}
