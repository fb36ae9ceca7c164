use super::*;
use crate::netlink::Tables;
use crate::routes::tests::{address, hops, names, route};
use crate::spec::Limits;
use netlink_packet_route::address::AddressMessage;
use netlink_packet_route::route::{RouteAttribute, RouteMessage, RouteNextHopFlags, RouteType};
use std::net::Ipv4Addr;
use std::time::Duration;
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits = Limits { connect: SECOND, tls: SECOND, total: SECOND };

fn own_net() -> RouteMessage {
    route("10.20.0.0/24", None, "eth0", 100)
}

fn default() -> RouteMessage {
    route("0.0.0.0/0", Some("10.20.0.1"), "eth0", 100)
}

fn second() -> RouteMessage {
    route("0.0.0.0/0", Some("10.30.0.1"), "wwan0", 50)
}

fn reject() -> RouteMessage {
    let mut message = default();
    message.header.kind = RouteType::Unreachable;
    message
}

fn own_address() -> AddressMessage {
    address("10.20.0.9/24", "eth0")
}

/// `eth0` and `wwan0` as the kernel shows them; an absent carrier is one that cannot be read.
struct Kernel {
    operstate: &'static str,
    carrier: Option<&'static str>,
    routes: Vec<RouteMessage>,
    addresses: Vec<AddressMessage>,
}

fn well() -> Kernel {
    let addresses = vec![own_address(), address("fe80::42:acff:fe11:2/64", "eth0")];
    Kernel { operstate: "up", carrier: Some("1"), routes: vec![own_net(), default()], addresses }
}

impl Kernel {
    fn show(&self, root: &Path) -> io::Result<Routes> {
        for name in ["eth0", "wwan0"] {
            let folder = root.join("sys/class/net").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("operstate"), format!("{}\n", self.operstate)).unwrap();
            if let Some(carrier) = self.carrier {
                fs::write(folder.join("carrier"), format!("{carrier}\n")).unwrap();
            }
            // IFF_NOARP, as modems have it.
            let flags = if name == "eth0" { "0x1003" } else { "0x1083" };
            fs::write(folder.join("flags"), format!("{flags}\n")).unwrap();
            fs::write(folder.join("type"), "1\n").unwrap();
        }
        let Self { routes, addresses, .. } = self;
        Ok(Routes::of(&Tables { routes: routes.clone(), addresses: addresses.clone(), names: names() }))
    }
}

#[test]
fn a_link_is_fit_with_carrier_address_and_default_route() {
    const NO_CARRIER: Option<&str> = Some("eth0 has no carrier: check its cable and the switch port");
    const NO_ADDRESS: Option<&str> = Some("eth0 has no address: the site's DHCP did not give one");
    const NO_ROUTE: Option<&str> = Some("there is no default route");
    const ALIVE: RouteNextHopFlags = RouteNextHopFlags::empty();
    let with = |routes: &[RouteMessage]| Kernel { routes: routes.to_vec(), ..well() };
    let at = |addresses: &[AddressMessage]| Kernel { addresses: addresses.to_vec(), ..well() };
    let two_ways = hops("0.0.0.0/0", &[("10.20.0.1", "eth0", ALIVE), ("10.30.0.1", "wwan0", ALIVE)]);
    let v6_only = Kernel {
        addresses: vec![address("2001:db8::2/64", "eth0")],
        ..with(&[route("::/0", Some("fe80::1"), "eth0", 1024)])
    };
    let cases = [
        (well(), None, None),
        (well(), Some("eth0"), None),
        (well(), Some("eth9"), Some("there is no network interface eth9")),
        (well(), Some("wwan0"), Some("wwan0 has no address: the site's DHCP did not give one")),
        (Kernel { operstate: "unknown", ..well() }, None, None),
        (Kernel { operstate: "down", carrier: Some("0"), ..well() }, None, NO_CARRIER),
        (Kernel { operstate: "down", carrier: None, ..well() }, None, Some("eth0 is switched off")),
        (Kernel { operstate: "dormant", ..well() }, None, Some("eth0 is dormant")),
        (with(&[]), None, NO_ROUTE),
        (with(&[own_net(), reject()]), None, NO_ROUTE),
        (with(&[own_net()]), Some("eth0"), NO_ROUTE),
        (at(&[address("169.254.8.8/16", "eth0")]), Some("eth0"), NO_ADDRESS),
        (at(&[]), None, NO_ADDRESS),
        (with(&[own_net(), second()]), Some("eth0"), None),
        (with(&[own_net(), two_ways]), None, None),
        (v6_only, None, None),
    ];
    for (number, (kernel, interface, complaint)) in cases.into_iter().enumerate() {
        let root = TempDir::new().unwrap();
        let routes = kernel.show(root.path());
        let expected = complaint.map(|detail| Stop::failed(Phase::Local, Symptom::Unfit, detail));
        let found = examine(root.path(), routes, (interface, None), &mut Trace::begin(LIMITS)).err();
        assert_eq!(found, expected, "case {number}");
    }
}

#[test]
fn tables_that_cannot_be_read_are_not_held_against_the_link_and_a_missing_cable_is() {
    let missing = |reason| Err(Stop::Missing(reason));
    let unplugged = "eth0 has no carrier: check its cable and the switch port";
    let unplugged = Err(Stop::failed(Phase::Local, Symptom::Unfit, unplugged));
    let refused = [Errno::PERM, Errno::ACCESS, Errno::AFNOSUPPORT, Errno::PROTONOSUPPORT];
    let ours = [Errno::NOBUFS, Errno::MFILE, Errno::AGAIN];
    let errors = refused.map(|errno| (errno, MissingReason::NotPermitted)).into_iter();
    for (errno, reason) in errors.chain(ours.map(|errno| (errno, MissingReason::Agent))) {
        let root = TempDir::new().unwrap();
        let look = |kernel: &Kernel, interface| {
            let _unread = kernel.show(root.path());
            examine(root.path(), Err(errno.into()), (interface, None), &mut Trace::begin(LIMITS))
        };
        assert_eq!(look(&well(), None), missing(reason), "{errno}");
        assert_eq!(look(&well(), Some("eth0")), missing(reason), "{errno}");
        let cut = Kernel { operstate: "down", carrier: Some("0"), ..well() };
        assert_eq!(look(&cut, Some("eth0")), unplugged, "{errno}");
    }
}

#[test]
fn a_default_route_over_a_next_hop_that_is_not_told_is_not_a_lost_one() {
    let root = TempDir::new().unwrap();
    let mut untold = default();
    untold.attributes.retain(|one| matches!(one, RouteAttribute::Table(_) | RouteAttribute::Priority(_)));
    untold.attributes.push(RouteAttribute::NhId(7));
    let kernel = Kernel { routes: vec![own_net(), untold], ..well() };
    for interface in [None, Some("eth0")] {
        let seen =
            examine(root.path(), kernel.show(root.path()), (interface, None), &mut Trace::begin(LIMITS));
        assert_eq!(seen, Err(Stop::Missing(MissingReason::Undecided)), "{interface:?}");
    }
}

#[test]
fn the_default_route_with_the_lowest_metric_counts() {
    let root = TempDir::new().unwrap();
    let kernel = Kernel { routes: vec![own_net(), default(), second()], ..well() };
    let expected = "wwan0 has no address: the site's DHCP did not give one";
    let expected = Stop::failed(Phase::Local, Symptom::Unfit, expected);
    let look =
        |second| examine(root.path(), kernel.show(root.path()), (None, second), &mut Trace::begin(LIMITS));
    assert_eq!(look(None), Err(expected));
    assert_eq!(look(Some("wwan0")), Ok(()), "what leads over the second line does not count");
}

#[test]
fn speed_and_errors_of_a_link_are_kept_where_its_driver_tells_them() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("sys/class/net/eth0");
    let look = || {
        let mut trace = Trace::begin(LIMITS);
        examine(root.path(), well().show(root.path()), (None, None), &mut trace).unwrap();
        trace.readings
    };
    assert_eq!(look(), []);
    fs::create_dir(folder.join("statistics")).unwrap();
    fs::write(folder.join("statistics/rx_errors"), "40\n").unwrap();
    fs::write(folder.join("statistics/tx_errors"), "2\n").unwrap();
    fs::write(folder.join("speed"), "-1\n").unwrap();
    assert_eq!(look(), [Reading::LinkErrors(42)]);
    fs::write(folder.join("speed"), "100\n").unwrap();
    assert_eq!(look(), [Reading::LinkMbit(100), Reading::LinkErrors(42)]);
}

#[test]
fn a_neighbour_is_whom_no_router_and_no_line_without_hardware_addresses_leads_to() {
    let root = TempDir::new().unwrap();
    let routes = vec![
        default(),
        own_net(),
        // A network behind a second router, within the own one.
        route("10.20.0.128/26", Some("10.20.0.2"), "eth0", 100),
        route("10.30.0.0/24", None, "wwan0", 0),
        route("10.40.0.0/24", None, "tun0", 0),
        route("2001:db8::/64", None, "eth0", 256),
    ];
    let routes = Kernel { routes, ..well() }.show(root.path()).unwrap();
    assert_eq!(routes.own_networks(root.path()), ["10.20.0.0/24".parse().unwrap()]);
    let gateways: Vec<Ipv4Addr> = routes.routers("eth0").collect();
    assert_eq!(gateways, [Ipv4Addr::new(10, 20, 0, 1), Ipv4Addr::new(10, 20, 0, 2)]);
    let cases = [
        ([10, 20, 0, 101], Some("eth0")),
        ([10, 20, 0, 129], None),
        ([10, 30, 0, 5], None),
        ([10, 40, 0, 5], None),
        ([192, 0, 2, 1], None),
    ];
    for (address, interface) in cases {
        assert_eq!(routes.interface_to(root.path(), address.into()), interface, "{address:?}");
    }
}
