//! What this computer's own tables tell, where they hold more than one default route, and where a sandbox
//! hides them.

use crate::branch::{stderr, stdout};
use crate::line::Line;
use demarc_model::observation::{MissingReason, Observation, Outcome};
use demarc_model::symptom::Symptom;
use serde_json::Value;

/// Answers "address family not supported" for sockets of netlink, as `RestrictAddressFamilies` of systemd
/// does, and becomes another program.
const WITHOUT_NETLINK: &str = "\
import ctypes, os, platform, struct, sys
SOCKET = {'x86_64': 41, 'aarch64': 198}[platform.machine()]
def step(code, yes, no, value): return struct.pack('HBBI', code, yes, no, value)
LOAD, IS, ANSWER = 0x20, 0x15, 0x06
steps = [step(LOAD, 0, 0, 0), step(IS, 0, 3, SOCKET), step(LOAD, 0, 0, 16), step(IS, 0, 1, 16),
         step(ANSWER, 0, 0, 0x00050000 | 97), step(ANSWER, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b''.join(steps))
program = struct.pack('HxxxxxxP', len(steps), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
os.execvp(sys.argv[1], sys.argv[1:])
";

fn doctor(line: &Line, prefix: &[&str]) -> Value {
    let output = line.agent.demarc(prefix, &line.arguments(&["--json", "doctor"]));
    let seen = serde_json::from_slice(&output.stdout);
    seen.unwrap_or_else(|e| panic!("{e}: {}{}", stdout(&output), stderr(&output)))
}

fn found<'a>(seen: &'a Value, about: &str) -> [&'a str; 2] {
    let checks = seen["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["about"] == about).unwrap();
    ["state", "found"].map(|key| check[key].as_str().unwrap())
}

/// What administrators and programs put into the tables that is not for us.
const OTHER_ROUTES: [&str; 12] = [
    "ip route add default via 10.20.0.2 table 100",
    "ip route add default via 10.20.0.2 table 70254",
    "ip rule add fwmark 7 table 100",
    "ip route add unreachable default metric 4278198272",
    "ip route add blackhole 10.66.0.0/16",
    "ip route add prohibit 10.67.0.0/16",
    "ip route add throw 10.68.0.0/16 table 100",
    "ip route add 10.69.0.0/16 nexthop via 10.20.0.1 weight 3 nexthop via 10.20.0.2",
    "ip route add 10.70.0.0/16 via 10.20.0.1 mtu 1400 advmss 1300 initcwnd 10 src 10.20.0.9 realm 7",
    "ip nexthop add id 7 via 10.20.0.1 dev lan",
    "ip route add 10.71.0.0/16 nhid 7",
    "ip route add 10.72.0.0/16 via inet6 fe80::1 dev lan",
];

#[test]
fn tables_full_of_what_is_not_for_us_are_read_and_the_way_out_over_two_lines_at_once_is_found() {
    let line = Line::start();
    let _mobile = line.add_second_line();
    for command in OTHER_ROUTES {
        line.agent.run(command);
    }
    let link = |seen: &Value| found(seen, "network link").map(str::to_owned);
    let router = |seen: &Value| found(seen, "router").map(str::to_owned);
    let well = |seen: &Value| {
        let [state, said] = link(seen);
        assert!(state == "good" && said.starts_with("lan has carrier, an address and a route"), "{said}");
        let [state, said] = router(seen);
        assert!(state == "good" && said.starts_with("10.20.0.1, from the routing table"), "{said}");
    };
    well(&doctor(&line, &[]));

    line.agent.run("ip route del default via 10.64.0.1 metric 700");
    line.agent.run("ip route replace default nexthop via 10.64.0.1 dev wwan0 nexthop via 10.20.0.1 dev lan");
    well(&doctor(&line, &[]));

    line.agent.run("ip route del default");
    line.agent.run("ip route add default nhid 7");
    well(&doctor(&line, &[]));

    line.agent.run("ip route del default nhid 7");
    let seen = doctor(&line, &[]);
    let [state, said] = link(&seen);
    assert!(state == "limited" && said.starts_with("no default route"), "{said}");
}

#[test]
fn where_a_sandbox_hides_the_tables_nothing_is_held_against_the_link_and_doctor_says_what_to_permit() {
    let line = Line::start();
    line.configure("[network]\n", "[network]\ngateway = \"10.20.0.1\"\n");
    let script = line.lab.write("sandbox.py", WITHOUT_NETLINK);
    let prefix: &[&str] = &["python3", script.to_str().unwrap()];
    let seen = doctor(&line, prefix);
    let expected =
        "the kernel does not tell its addresses and routes: Address family not supported by protocol";
    let [state, said] = found(&seen, "network link");
    assert!(state == "limited" && said.starts_with(expected), "{said}");

    let _agent = line.watch(prefix);
    let snapshot = line.wait("a first look at everything", |snapshot| snapshot.swept);
    let hidden =
        |seen: &Observation| matches!(seen.outcome, Outcome::Missing { reason: MissingReason::NotPermitted });
    let seen = line.last_look_behind(prefix, "host.link");
    assert!(hidden(&seen), "{seen:?}");
    assert_eq!(line.last_look("control.name/one").symptom(), Some(Symptom::Passed));
    let own: Vec<_> =
        snapshot.incidents.iter().map(crate::branch::said).filter(|s| s.starts_with("agent")).collect();
    assert_eq!(own, Vec::<String>::new());
}
