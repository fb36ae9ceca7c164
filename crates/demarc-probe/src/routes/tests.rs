use super::*;
use netlink_packet_route::route::RouteNextHop;

/// `eth0` is 2, `wwan0` 3, `tun0` 4.
pub(crate) fn names() -> BTreeMap<u32, String> {
    ["lo", "eth0", "wwan0", "tun0"].iter().zip(1..).map(|(name, index)| (index, (*name).to_owned())).collect()
}

fn index(interface: &str) -> u32 {
    let names = names();
    names.iter().find(|(_, name)| *name == interface).map_or(99, |(index, _)| *index)
}

/// A route of the main table to a network, perhaps by a router, over an interface.
pub(crate) fn route(network: &str, gateway: Option<&str>, interface: &str, metric: u32) -> RouteMessage {
    let network: IpNet = network.parse().unwrap();
    let mut message = RouteMessage::default();
    message.header.address_family =
        if network.addr().is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    message.header.destination_prefix_length = network.prefix_len();
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.kind = RouteType::Unicast;
    message.attributes.push(RouteAttribute::Table(254));
    if network.prefix_len() > 0 {
        message.attributes.push(RouteAttribute::Destination(network.addr().into()));
    }
    message.attributes.push(RouteAttribute::Priority(metric));
    if let Some(gateway) = gateway {
        message.attributes.push(RouteAttribute::Gateway(gateway.parse::<IpAddr>().unwrap().into()));
    }
    message.attributes.push(RouteAttribute::Oif(index(interface)));
    message
}

pub(crate) fn address(address: &str, interface: &str) -> AddressMessage {
    let network: IpNet = address.parse().unwrap();
    let mut message = AddressMessage::default();
    message.header.prefix_len = network.prefix_len();
    message.header.index = index(interface);
    if matches!(network.addr(), IpAddr::V6(v6) if v6.is_unicast_link_local()) {
        message.header.scope = AddressScope::Link;
    }
    message.attributes.push(AddressAttribute::Address(network.addr()));
    message
}

pub(crate) fn tables(routes: &[RouteMessage], addresses: &[AddressMessage]) -> Routes {
    Routes::of(&Tables { routes: routes.to_vec(), addresses: addresses.to_vec(), names: names() })
}

/// What `ip route add … nexthop via … nexthop via …` makes.
pub(crate) fn hops(network: &str, hops: &[(&str, &str, RouteNextHopFlags)]) -> RouteMessage {
    let mut message = route(network, None, "eth0", 0);
    message.attributes.pop();
    let hop = |(gateway, interface, flags): &(&str, &str, RouteNextHopFlags)| {
        let mut hop = RouteNextHop::default();
        (hop.interface_index, hop.flags) = (index(interface), *flags);
        hop.attributes.push(RouteAttribute::Gateway(gateway.parse::<IpAddr>().unwrap().into()));
        hop
    };
    message.attributes.push(RouteAttribute::MultiPath(hops.iter().map(hop).collect()));
    message
}

/// A message that something was done to.
fn but(mut message: RouteMessage, change: impl Fn(&mut RouteMessage)) -> RouteMessage {
    change(&mut message);
    message
}

fn own() -> RouteMessage {
    route("0.0.0.0/0", Some("192.168.7.1"), "eth0", 100)
}

fn of_table(number: u32) -> RouteMessage {
    but(own(), |message| {
        message.header.table = u8::try_from(number).unwrap_or(252);
        message.attributes[0] = RouteAttribute::Table(number);
    })
}

/// The interface that leads out, and the router, empty where an address does not name it.
type Way = Option<(&'static str, &'static str)>;

const HOME: Way = Some(("eth0", "192.168.7.1"));
const WIFI: Way = Some(("wwan0", "10.0.0.1"));

fn wifi() -> RouteMessage {
    route("0.0.0.0/0", Some("10.0.0.1"), "wwan0", 600)
}

fn check(what: &str, messages: &[RouteMessage], expected: Way) {
    let routes = tables(messages, &[]);
    let gateway = routes.gateway().map(|gateway| gateway.to_string()).unwrap_or_default();
    let found = routes.default_interface().map(|interface| (interface, gateway.as_str()));
    assert_eq!(found, expected, "{what}");
}

#[test]
fn the_default_route_with_the_lowest_metric_leads_out_and_names_the_router() {
    let global = || route("::/0", Some("2001:db8::1"), "eth0", 1024);
    let of_the_link = || route("::/0", Some("fe80::1"), "wwan0", 100);
    let no_metric = || but(wifi(), |message| drop(message.attributes.remove(1)));
    check("nothing", &[], None);
    check("one", &[own()], HOME);
    check("two", &[wifi(), own()], HOME);
    check("without a router", &[route("0.0.0.0/0", None, "wwan0", 5)], Some(("wwan0", "")));
    check("without a metric", &[no_metric(), own()], WIFI);
    check("IPv6", &[global()], Some(("eth0", "2001:db8::1")));
    check("IPv6 of the link", &[of_the_link()], Some(("wwan0", "")));
    check("both of IPv6", &[of_the_link(), global()], Some(("wwan0", "2001:db8::1")));
    check("IPv4 before IPv6", &[of_the_link(), global(), own()], HOME);

    let lines = || tables(&[wifi(), own()], &[]);
    assert_eq!(lines().without(Some("eth0")).default_interface(), Some("wwan0"));
    assert_eq!(lines().only(Some("wwan0")).gateway(), Some(IpAddr::from([10, 0, 0, 1])));
    assert_eq!(lines().only(Some("eth9")).gateway(), None);
}

#[test]
fn what_is_no_way_to_everywhere_for_everybody_does_not_lead_out() {
    let kind = |kind| but(own(), |message| message.header.kind = kind);
    let of_one_sender = || {
        but(route("::/0", Some("2001:db8::1"), "eth0", 1), |message| message.header.source_prefix_length = 64)
    };
    let cached = || but(own(), |message| message.header.flags = RouteFlags::Cloned);
    check("half of everything", &[route("0.0.0.0/1", Some("10.0.0.1"), "eth0", 0)], None);
    check("over what has gone", &[route("0.0.0.0/0", Some("10.0.0.1"), "eth9", 0), own()], HOME);
    check("over this computer", &[route("::/0", None, "lo", 0), wifi()], WIFI);
    check("unreachable", &[kind(RouteType::Unreachable)], None);
    check("prohibited", &[kind(RouteType::Prohibit)], None);
    check("thrown away", &[kind(RouteType::BlackHole), wifi()], WIFI);
    check("another table", &[of_table(100), wifi()], WIFI);
    check("a table with a great number", &[of_table(70_254)], None);
    check("for one sender", &[of_one_sender()], None);
    check("cached", &[cached()], None);
}

#[test]
fn next_hops_of_every_form_are_read() {
    const ALIVE: RouteNextHopFlags = RouteNextHopFlags::empty();
    let two = |first| {
        let ways = [("192.168.7.1", "eth0", first), ("10.0.0.1", "wwan0", RouteNextHopFlags::Linkdown)];
        hops("0.0.0.0/0", &ways)
    };
    let via = |via: &str| {
        let mut message = route("0.0.0.0/0", None, "eth0", 5);
        message.attributes.push(RouteAttribute::Via(RouteVia::Inet6(via.parse().unwrap())));
        message
    };
    let untold = || {
        but(own(), |message| {
            message.attributes.truncate(2);
            message.attributes.push(RouteAttribute::NhId(7));
        })
    };
    check("two", &[two(ALIVE)], HOME);
    check("two, one dead", &[two(RouteNextHopFlags::Dead)], WIFI);
    check("IPv4 by a router of IPv6", &[via("2001:db8::7")], Some(("eth0", "2001:db8::7")));
    check("the same of the link", &[via("fe80::7")], Some(("eth0", "")));
    check("an object that is not told", &[untold(), wifi()], WIFI);
}

#[test]
fn ipv6_is_there_with_an_address_that_others_can_reach_and_a_way_out() {
    let way = || route("::/0", Some("fe80::1"), "eth0", 1024);
    let doubled = || {
        let mut message = address("2001:db8::7/64", "eth0");
        message.header.flags = AddressHeaderFlags::Dadfailed | AddressHeaderFlags::Tentative;
        message
    };
    let cases: [(&str, &[RouteMessage], &[AddressMessage], bool); 7] = [
        ("nothing", &[], &[], false),
        ("both", &[way()], &[address("2001:db8::7/64", "eth0")], true),
        ("no way", &[], &[address("2001:db8::7/64", "eth0")], false),
        (
            "a way that is refused",
            &[but(way(), |m| m.header.kind = RouteType::Unreachable)],
            &[address("2001:db8::7/64", "eth0")],
            false,
        ),
        ("an address of the link", &[way()], &[address("fe80::7/64", "eth0")], false),
        ("an address of this computer alone", &[way()], &[address("2001:db8::7/128", "lo")], false),
        ("another device has it", &[way()], &[doubled()], false),
    ];
    for (what, routes, addresses, expected) in cases {
        assert_eq!(tables(routes, addresses).has_ipv6(), expected, "{what}");
    }
}

#[test]
fn an_address_counts_when_it_was_given_by_somebody() {
    let mut pair = address("10.64.0.1/32", "wwan0");
    pair.attributes.insert(0, AddressAttribute::Local([10, 64, 0, 2].into()));
    let cases: [(&[AddressMessage], &str, bool); 7] = [
        (&[], "eth0", false),
        (&[address("192.168.7.9/24", "eth0")], "eth0", true),
        (&[address("192.168.7.9/24", "eth0")], "wwan0", false),
        (&[address("169.254.7.9/16", "eth0")], "eth0", false),
        (&[address("fe80::7/64", "eth0")], "eth0", false),
        (&[address("2001:db8::7/64", "eth0")], "eth0", true),
        (&[pair], "wwan0", true),
    ];
    for (addresses, interface, expected) in cases {
        assert_eq!(tables(&[], addresses).has_address(interface), expected, "{addresses:?}");
    }
}
