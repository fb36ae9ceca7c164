//! A firewall that inspects TLS with an authority that this computer trusts, and a vendor with a wrong one.

use crate::branch::said;
use crate::lab::Authority;
use crate::line::{CONTROL_NAMES, CONTROLS, Line, RELAY_NAMES, RELAYS};
use demarc_agent::snapshot::Snapshot;

const INSPECTION: &str = "interception tls-inspection";
const VENDOR: &str = "vendor acme tls: remote-access";

/// A line with a vendor whose issuer is known, as that of the controls is, and a computer that trusts
/// the authority of its own firewall as well.
fn inspected() -> (Line, Authority) {
    let mut line = Line::start();
    let (vendor, firewall) = (Authority::new("Acme Root CA"), Authority::new("Corporate Inspection"));
    let all = [&line.authority, &vendor.pem, &firewall.pem].map(String::as_str).concat();
    line.lab.write("authority.pem", &all);
    for address in CONTROLS {
        let own = format!("address = \"{address}\"\n");
        line.configure(&own, &format!("{own}issuer = \"Lab Public CA\"\n"));
    }
    line.rely_on_vendor(&vendor, "issuer = \"acme root\"\n");
    (line, firewall)
}

fn says(snapshot: &Snapshot, what: &str) -> bool {
    snapshot.incidents.iter().any(|incident| said(incident) == what)
}

#[test]
fn a_trusted_firewall_that_stands_in_for_everybody_is_ours_and_not_the_vendors() {
    let (mut line, firewall) = inspected();
    let _agent = line.watch(&[]);
    let well = line.wait("a first look at everything", |snapshot| snapshot.swept && snapshot.rounds > 4);
    assert!(!says(&well, INSPECTION) && !says(&well, VENDOR));
    line.show(&firewall, &CONTROL_NAMES, &CONTROLS);
    line.show(&firewall, &RELAY_NAMES, &RELAYS);
    let snapshot = line.wait("an inspection", |snapshot| says(snapshot, INSPECTION));
    assert!(!says(&snapshot, VENDOR));
}

#[test]
fn a_stranger_at_the_vendor_alone_is_the_vendors_while_controls_show_their_own() {
    let (mut line, firewall) = inspected();
    line.show(&firewall, &RELAY_NAMES, &RELAYS);
    let _agent = line.watch(&[]);
    let snapshot = line.wait("the vendor's certificate", |snapshot| says(snapshot, VENDOR));
    assert!(!says(&snapshot, INSPECTION));
}
