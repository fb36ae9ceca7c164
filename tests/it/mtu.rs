//! Packets of full size on the line: lost without a word, too large and told so, or not the trouble at all.

use crate::branch::said;
use crate::line::Line;
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;

const BLACK_HOLE: &str = "ip length > 1300 drop";

fn blames_size(snapshot: &Snapshot) -> bool {
    snapshot.incidents.iter().any(|incident| said(incident) == "line mtu")
}

/// What `line.mtu` saw last, and its sentence.
fn last_look(line: &Line) -> (Option<Symptom>, String, Vec<Reading>) {
    let seen = line.last_look("line.mtu");
    let detail = match &seen.outcome {
        Outcome::Failed { detail, .. } => detail.as_str().to_owned(),
        Outcome::Passed | Outcome::Missing { .. } => String::new(),
    };
    (seen.symptom(), detail, seen.readings)
}

#[test]
fn a_line_that_swallows_large_packets_is_blamed_for_that_and_the_sizes_are_told() {
    let line = Line::start();
    line.core.filter(&line.lab, BLACK_HOLE);
    let _agent = line.watch(&[]);
    let snapshot = line.wait("line mtu", blames_size);
    let incident = snapshot.incidents.iter().find(|incident| said(incident) == "line mtu").unwrap();
    let support = &incident.verdict.explanation.support;
    assert!(support.iter().any(|weight| weight.probe == ProbeKind::LineMtu), "{support:?}");
    let (symptom, detail, _) = last_look(&line);
    assert_eq!(symptom, Some(Symptom::TlsStall));
    let told = "answers packets of 84 bytes and none of 1500, and TLS with it stalls";
    assert!(detail.ends_with(told) && detail.starts_with("203.0.113."), "{detail}");
    line.core.run("nft flush ruleset");
    line.wait("the end", |snapshot| !blames_size(snapshot));
}

#[test]
fn without_ping_handshakes_that_stall_everywhere_tell_the_same() {
    let line = Line::start();
    line.core.filter(&line.lab, BLACK_HOLE);
    let _agent = line.watch(&["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]);
    line.wait("line mtu", blames_size);
    let (symptom, detail, _) = last_look(&line);
    assert_eq!(symptom, Some(Symptom::TlsStall));
    assert!(detail.ends_with("no echo tells how large packets may be"), "{detail}");
}

#[test]
fn a_router_that_says_what_it_can_take_is_no_fault_and_its_size_is_kept() {
    let line = Line::start();
    line.access.run("ip link set upper mtu 1300");
    line.core.run("ip link set lower mtu 1300");
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", |snapshot| snapshot.swept);
    let (symptom, _, readings) = last_look(&line);
    assert_eq!(symptom, Some(Symptom::Passed));
    assert!(readings.contains(&Reading::PathMtu(1300)), "{readings:?}");
}

/// A filter that swallows certificates looks like a black hole to everything but an echo.
#[test]
fn where_large_packets_pass_and_tls_alone_stalls_their_size_is_not_blamed() {
    let line = Line::start();
    line.core.filter(&line.lab, "tcp sport 443 ip length > 1300 drop");
    let _agent = line.watch(&[]);
    let snapshot = line.wait("an inspection", |snapshot| {
        snapshot.incidents.iter().any(|incident| said(incident) == "interception tls-inspection")
    });
    assert!(!blames_size(&snapshot), "{:?}", snapshot.incidents.iter().map(said).collect::<Vec<_>>());
    assert_eq!(last_look(&line).0, Some(Symptom::Passed));
}
