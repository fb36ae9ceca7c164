//! The routers on the way, told by themselves, while the line works and where it is cut.

use crate::branch::said;
use crate::line::Line;
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{MissingReason, Observation, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use std::net::IpAddr;

const ROUTER: &str = "10.20.0.1";
const ACCESS: &str = "100.64.0.1";

/// As the service's user is by default: no raw sockets, no ping.
const UNPRIVILEGED: &[&str] = &["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];

fn hops(seen: &Observation) -> Vec<Option<IpAddr>> {
    let hops = seen.readings.iter().find_map(|reading| match reading {
        Reading::Hops(hops) => Some(hops.clone()),
        _ => None,
    });
    hops.unwrap_or_else(|| panic!("no hops in {seen:?}"))
}

fn way(hops: &[&str]) -> Vec<Option<IpAddr>> {
    hops.iter().map(|hop| Some(hop.parse().unwrap())).collect()
}

fn line_is_down(snapshot: &Snapshot) -> bool {
    snapshot.incidents.iter().any(|incident| said(incident) == "line down")
}

/// What the verdict on the line says of the hops.
fn evidence(snapshot: &Snapshot) -> Vec<(Symptom, u32)> {
    let incident = snapshot.incidents.iter().find(|incident| said(incident) == "line down").unwrap();
    let explanation = &incident.verdict.explanation;
    let weights = explanation.support.iter().chain(&explanation.against);
    weights.filter(|weight| weight.probe == ProbeKind::LineHops).flat_map(|w| w.seen.clone()).collect()
}

#[test]
fn while_the_line_works_every_router_is_listed_without_privileges() {
    let line = Line::start();
    let _agent = line.watch(UNPRIVILEGED);
    line.wait("a first look at everything", |snapshot| snapshot.swept);
    let seen = line.last_look("line.hops");
    assert_eq!(seen.symptom(), Some(Symptom::Passed));
    assert_eq!(hops(&seen), way(&[ROUTER, ACCESS, "100.64.1.1", "203.0.113.1"]));
}

#[test]
fn a_line_that_is_cut_beyond_the_operators_first_router_shows_that_router() {
    let line = Line::start();
    line.access.filter(&line.lab, "drop");
    let _agent = line.watch(UNPRIVILEGED);
    line.wait("line down", line_is_down);
    let seen = line.last_look("line.hops");
    assert_eq!((seen.symptom(), hops(&seen)), (Some(Symptom::Passed), way(&[ROUTER, ACCESS])));
}

#[test]
fn a_line_that_is_cut_at_the_branch_shows_the_branchs_own_router_and_no_more() {
    let line = Line::start();
    line.access.run("ip link set site down");
    let _agent = line.watch(UNPRIVILEGED);
    let snapshot =
        line.wait("line down", |snapshot| line_is_down(snapshot) && !evidence(snapshot).is_empty());
    assert!(
        evidence(&snapshot).iter().all(|(symptom, _)| *symptom == Symptom::Timeout),
        "{:?}",
        evidence(&snapshot)
    );
    let seen = line.last_look("line.hops");
    assert_eq!((seen.symptom(), hops(&seen)), (Some(Symptom::Timeout), way(&[ROUTER])));
    let Outcome::Failed { detail, .. } = seen.outcome else { panic!("{seen:?}") };
    assert_eq!(detail.as_str(), "10.20.0.1 answers, and nothing beyond the branch's router does");
}

#[test]
fn routers_that_stay_silent_prove_nothing_while_controls_answer() {
    let line = Line::start();
    line.router
        .filter(&line.lab, "ip protocol icmp icmp type { time-exceeded, destination-unreachable } drop");
    let _agent = line.watch(&[]);
    let snapshot = line.wait("a first look at everything", |snapshot| snapshot.swept && snapshot.rounds > 10);
    assert!(!line_is_down(&snapshot));
    let seen = line.last_look("line.hops");
    assert_eq!(seen.outcome, Outcome::Missing { reason: MissingReason::NotOffered });
}
