//! Names whose answer does not fit into a datagram, from a resolver that cuts it off.

use crate::line::{DNS, Line};
use demarc_model::observation::Outcome;
use demarc_model::symptom::Symptom;

const PORTAL: &str = "portal.example.net";

/// A name that leads to another over three more, as those of networks for content do, in more bytes than
/// the 512 of a datagram.
fn aliases(from: &str, to: &str) -> String {
    let long = ["a", "b", "c"].map(|letter| {
        let label = letter.repeat(63);
        format!("{label}.{label}.{label}.example.net")
    });
    let names = [&[from.to_owned()][..], &long, &[to.to_owned()]].concat();
    names.windows(2).map(|pair| format!(" --cname={},{}", pair[0], pair[1])).collect()
}

#[test]
fn a_long_chain_of_aliases_is_followed_over_tcp_and_a_filter_of_tcp_is_what_is_told() {
    let line = Line::start();
    let far = "far.example.net";
    let chain = aliases(far, PORTAL);
    let listen = "--listen-address=10.20.0.153 --host-record=portal.example.net,203.0.113.3";
    line.router.run("ip address add 10.20.0.153/32 dev lan");
    let _server = line.router.serve(&format!("{DNS} --cache-size=0 {listen} --server=203.0.113.53 {chain}"));
    line.router.wait_for_listener("-lun src 10.20.0.153:53");
    line.configure("[network]\n", "[network]\nresolver = \"10.20.0.153\"\n");
    line.configure(PORTAL, far);
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", |snapshot| snapshot.swept);
    assert_eq!(line.last_look("control.portal").symptom(), Some(Symptom::Passed));

    let rules = "table inet dns {\n chain in {\n type filter hook input priority 0;\n \
         tcp dport 53 drop\n }\n}\n";
    let rules = line.lab.write("dns.nft", rules);
    line.router.run(&format!("nft -f {}", rules.display()));
    let seen = line.wait_for_look("control.portal", Symptom::NameSilent);
    let Outcome::Failed { detail, .. } = &seen.outcome else { panic!("{seen:?}") };
    let expected = "the resolver 10.20.0.153:53 cut its answer off, and gave none by TCP within 1.0 s";
    assert_eq!(detail.as_str(), expected);
}
