//! This host's own attachment to the site network: carrier, an address, a default route.
//!
//! Read from `/sys/class/net` and `/proc/net`, without privileges and without sending anything.

use crate::trace::{Stop, Trace};
use demarc_model::observation::{Phase, Reading};
use demarc_model::symptom::Symptom;
use ipnet::Ipv4Net;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

/// `root` is the directory that holds `proc` and `sys`. What leads over the second line does not count.
pub(crate) fn examine(
    root: &Path,
    (interface, second_line): (Option<&str>, Option<&str>),
    trace: &mut Trace,
) -> Result<(), Stop> {
    let routes = Routes::read(root).without(second_line);
    let Some(interface) = interface.or_else(|| routes.default_interface()) else {
        return Err(unfit("there is no default route"));
    };
    carrier(root, interface)?;
    note(&root.join("sys/class/net").join(interface), trace);
    if interface == "lo" {
        return Ok(());
    }
    if !routes.has_address(interface) {
        return Err(unfit(&format!("{interface} has no address: the site's DHCP did not give one")));
    }
    if routes.default_interface().is_none() {
        return Err(unfit("there is no default route"));
    }
    Ok(())
}

fn carrier(root: &Path, interface: &str) -> Result<(), Stop> {
    let folder = root.join("sys/class/net").join(interface);
    let Ok(state) = fs::read_to_string(folder.join("operstate")) else {
        return Err(unfit(&format!("there is no network interface {interface}")));
    };
    // The kernel answers EINVAL for the carrier of an interface that is administratively down.
    let Ok(carrier) = fs::read_to_string(folder.join("carrier")) else {
        return Err(unfit(&format!("{interface} is switched off")));
    };
    match (state.trim(), carrier.trim()) {
        ("up" | "unknown", "1") => Ok(()),
        (state, "1") => Err(unfit(&format!("{interface} is {state}"))),
        _ => Err(unfit(&format!("{interface} has no carrier: check its cable and the switch port"))),
    }
}

/// What the driver says of the link; many virtual ones say nothing.
fn note(folder: &Path, trace: &mut Trace) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    // Where there is no speed to tell, the kernel says -1, or that it cannot.
    let speed = read("speed").and_then(|mbit| u32::try_from(mbit).ok());
    trace.readings.extend(speed.map(Reading::LinkMbit));
    let errors = read("statistics/rx_errors").zip(read("statistics/tx_errors"));
    trace.readings.extend(errors.map(|(rx, tx)| Reading::LinkErrors(rx.saturating_add(tx))));
}

/// The main routing tables, as far as they tell attachment.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    v4: Vec<RouteV4>,
    defaults_v6: Vec<String>,
    addressed_v6: Vec<String>,
}

#[derive(Debug)]
struct RouteV4 {
    interface: String,
    destination: Ipv4Addr,
    gateway: Ipv4Addr,
    mask: Ipv4Addr,
    metric: u32,
}

impl RouteV4 {
    fn is_own_network(&self) -> bool {
        self.gateway.is_unspecified() && !self.mask.is_unspecified()
    }
}

impl Routes {
    pub(crate) fn read(root: &Path) -> Self {
        let table = |name: &str| fs::read_to_string(root.join("proc/net").join(name)).unwrap_or_default();
        Self {
            v4: table("route").lines().filter_map(route_v4).collect(),
            defaults_v6: table("ipv6_route").lines().filter_map(default_v6).collect(),
            addressed_v6: table("if_inet6").lines().filter_map(global_v6).collect(),
        }
    }

    /// The tables without what leads over one interface.
    pub(crate) fn without(mut self, interface: Option<&str>) -> Self {
        let stays = |name: &str| Some(name) != interface;
        self.v4.retain(|route| stays(&route.interface));
        self.defaults_v6.retain(|name| stays(name));
        self
    }

    pub(crate) fn default_interface(&self) -> Option<&str> {
        let v4 =
            self.v4.iter().filter(|route| route.mask.is_unspecified() && route.destination.is_unspecified());
        let best = v4.min_by_key(|route| route.metric).map(|route| route.interface.as_str());
        best.or(self.defaults_v6.first().map(String::as_str))
    }

    pub(crate) fn has_ipv6(&self) -> bool {
        !self.defaults_v6.is_empty() && self.addressed_v6.iter().any(|name| name != "lo")
    }

    /// The networks in which hosts find each other by ARP.
    pub(crate) fn own_networks(&self, root: &Path) -> Vec<Ipv4Net> {
        let own = self.v4.iter().filter(|route| route.is_own_network() && speaks_arp(root, &route.interface));
        own.filter_map(|route| Ipv4Net::with_netmask(route.destination, route.mask).ok()).collect()
    }

    /// The interface by which an address is reached without a router, and by ARP.
    pub(crate) fn interface_to(&self, root: &Path, address: Ipv4Addr) -> Option<&str> {
        let covers =
            |route: &&RouteV4| address.to_bits() & route.mask.to_bits() == route.destination.to_bits();
        let way = self.v4.iter().filter(covers);
        let way = way.min_by_key(|route| (std::cmp::Reverse(route.mask.to_bits()), route.metric))?;
        let own = way.is_own_network() && speaks_arp(root, &way.interface);
        own.then_some(way.interface.as_str())
    }

    /// The routers to which an interface leads.
    pub(crate) fn routers(&self, interface: &str) -> impl Iterator<Item = Ipv4Addr> {
        let own = self.v4.iter().filter(move |route| route.interface == interface);
        own.map(|route| route.gateway).filter(|gateway| !gateway.is_unspecified())
    }

    /// The kernel adds a route without gateway with each address that it is given.
    fn has_address(&self, interface: &str) -> bool {
        let direct = |route: &RouteV4| route.gateway.is_unspecified() && !route.destination.is_link_local();
        self.v4.iter().any(|route| route.interface == interface && direct(route))
            || self.addressed_v6.iter().any(|name| name == interface)
    }
}

/// Ethernet, and what looks like it, such as Wi-Fi; not tunnels and the like.
fn speaks_arp(root: &Path, interface: &str) -> bool {
    const ETHER: &str = "1";
    const NOARP: u32 = 0x80;
    let read = |name: &str| fs::read_to_string(root.join("sys/class/net").join(interface).join(name));
    let flags =
        read("flags").ok().and_then(|text| u32::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok());
    read("type").is_ok_and(|kind| kind.trim() == ETHER) && flags.is_some_and(|flags| flags & NOARP == 0)
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses as hexadecimal words in host order.
fn route_v4(line: &str) -> Option<RouteV4> {
    const REJECT: u32 = 0x200;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [interface, destination, gateway, flags, _, _, metric, mask, ..] = fields[..] else { return None };
    if u32::from_str_radix(flags, 16).ok()? & REJECT != 0 {
        return None;
    }
    let address = |text: &str| Some(Ipv4Addr::from(u32::from_str_radix(text, 16).ok()?.to_ne_bytes()));
    Some(RouteV4 {
        interface: interface.to_owned(),
        destination: address(destination)?,
        gateway: address(gateway)?,
        mask: address(mask)?,
        metric: metric.parse().ok()?,
    })
}

/// `destination length source length next-hop metric refs use flags interface`.
fn default_v6(line: &str) -> Option<String> {
    const REJECT: u32 = 0x200;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [destination, "00", _, _, _, _, _, _, flags, interface] = fields[..] else { return None };
    let usable = u32::from_str_radix(flags, 16).ok()? & REJECT == 0 && interface != "lo";
    (usable && destination.bytes().all(|digit| digit == b'0')).then(|| interface.to_owned())
}

/// `address index length scope flags interface`; scope 20 is link-local.
fn global_v6(line: &str) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, _, _, "00", _, interface] = fields[..] else { return None };
    Some(interface.to_owned())
}

fn unfit(detail: &str) -> Stop {
    Stop::failed(Phase::Local, Symptom::Unfit, detail)
}
