//! This host's own addresses and the main routing tables, as far as they tell how it is attached.
//!
//! Routes of other tables, which rules choose by sender or mark (ip-rule(8)), lead nowhere here: what this
//! program sends fits no such rule that could be known.

use crate::netlink::{self, Tables};
use ipnet::{IpNet, Ipv4Net};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage, AddressScope};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteNextHopFlags, RouteType,
    RouteVia,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

#[cfg(test)]
pub(crate) mod tests;

#[derive(Debug, Default)]
pub(crate) struct Routes {
    routes: Vec<Route>,
    addresses: Vec<(String, IpAddr)>,
    untold_default: bool,
}

/// One way of a route; one with several next hops is as many of these.
#[derive(Debug, PartialEq, Eq)]
struct Route {
    interface: String,
    network: IpNet,
    gateway: Option<IpAddr>,
    metric: u32,
}

impl Route {
    fn is_default(&self) -> bool {
        self.network.prefix_len() == 0
    }

    /// The network, where hosts of it are reached without a router.
    fn own_network(&self) -> Option<Ipv4Net> {
        match (self.network, self.gateway) {
            (IpNet::V4(network), None) if !self.is_default() => Some(network),
            (IpNet::V4(_) | IpNet::V6(_), _) => None,
        }
    }
}

impl Routes {
    /// # Errors
    /// The kernel or a sandbox does not permit it, or the tables cannot be read as a whole.
    pub(crate) fn read() -> io::Result<Self> {
        netlink::tables().map(|tables| Self::of(&tables))
    }

    pub(crate) fn of(Tables { routes, addresses, names }: &Tables) -> Self {
        Self {
            routes: routes.iter().flat_map(|message| ways(message, names)).collect(),
            addresses: addresses.iter().filter_map(|message| address(message, names)).collect(),
            untold_default: routes.iter().any(is_untold_default),
        }
    }

    /// The tables without what leads over one interface.
    pub(crate) fn without(mut self, interface: Option<&str>) -> Self {
        self.routes.retain(|route| Some(route.interface.as_str()) != interface);
        self
    }

    /// The tables with only what leads over one interface, if one is given.
    pub(crate) fn only(mut self, interface: Option<&str>) -> Self {
        self.routes.retain(|route| interface.is_none_or(|interface| route.interface == interface));
        self
    }

    fn defaults(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.is_default())
    }

    /// That of the default route with the lowest metric; that of IPv6 where there is no other.
    pub(crate) fn default_interface(&self) -> Option<&str> {
        let best = self.defaults().min_by_key(|route| (route.network.addr().is_ipv6(), route.metric));
        best.map(|route| route.interface.as_str())
    }

    /// Whether there is a default route of which only the number of its next hop is told: the kernel does
    /// so where `net.ipv4.nexthop_compat_mode` is 0.
    pub(crate) const fn has_untold_default(&self) -> bool {
        self.untold_default
    }

    /// The router of the default route with the lowest metric; that of IPv6 where there is no other. One
    /// with a link-local address needs a scope that an address alone cannot carry, and is left out.
    pub(crate) fn gateway(&self) -> Option<IpAddr> {
        let known = self.defaults().filter_map(|route| Some((route.metric, route.gateway?)));
        let usable = known.filter(|(_, gateway)| match gateway {
            IpAddr::V4(_) => true,
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        });
        usable.min_by_key(|(metric, gateway)| (gateway.is_ipv6(), *metric)).map(|(_, gateway)| gateway)
    }

    /// Whether there is an IPv6 address that others can reach, and a way out for it.
    pub(crate) fn has_ipv6(&self) -> bool {
        let reachable = self.addresses.iter().any(|(name, address)| address.is_ipv6() && name != "lo");
        reachable && self.defaults().any(|route| route.network.addr().is_ipv6())
    }

    /// The networks in which hosts find each other by ARP.
    pub(crate) fn own_networks(&self, root: &Path) -> Vec<Ipv4Net> {
        let near = self.routes.iter().filter(|route| speaks_arp(root, &route.interface));
        near.filter_map(Route::own_network).collect()
    }

    /// The interface by which an address is reached without a router, and by ARP.
    pub(crate) fn interface_to(&self, root: &Path, address: Ipv4Addr) -> Option<&str> {
        let way = self.routes.iter().filter(|route| route.network.contains(&IpAddr::V4(address)));
        let way = way.min_by_key(|route| (Reverse(route.network.prefix_len()), route.metric))?;
        let near = way.own_network().is_some() && speaks_arp(root, &way.interface);
        near.then_some(way.interface.as_str())
    }

    /// The routers to which an interface leads.
    pub(crate) fn routers(&self, interface: &str) -> impl Iterator<Item = Ipv4Addr> {
        let own = self.routes.iter().filter(move |route| route.interface == interface);
        own.filter_map(|route| match route.gateway {
            Some(IpAddr::V4(gateway)) => Some(gateway),
            Some(IpAddr::V6(_)) | None => None,
        })
    }

    /// The first IPv4 address of an interface that was given to it, where hosts find each other by ARP.
    pub(crate) fn own_address(&self, root: &Path, interface: &str) -> Option<Ipv4Addr> {
        let own = self.addresses.iter().filter(|(name, _)| name == interface && speaks_arp(root, name));
        own.filter_map(|(_, address)| match address {
            IpAddr::V4(v4) => Some(*v4),
            IpAddr::V6(_) => None,
        })
        .find(|v4| !v4.is_link_local())
    }

    /// Whether an interface has an address that it did not give to itself (RFC 3927, RFC 4291).
    pub(crate) fn has_address(&self, interface: &str) -> bool {
        let own = self.addresses.iter().filter(|(name, _)| name == interface);
        own.map(|(_, address)| address).any(|address| match address {
            IpAddr::V4(v4) => !v4.is_link_local(),
            IpAddr::V6(_) => true,
        })
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

/// The ways of a message; none for what is no route to other hosts, of another table, or chosen by sender.
fn ways(message: &RouteMessage, names: &BTreeMap<u32, String>) -> Vec<Route> {
    let RouteHeader { kind, flags, source_prefix_length, table, .. } = message.header;
    // The number in the header has eight bits; a table with a greater one is named in an attribute alone.
    let (mut table, mut metric, mut destination, mut several) = (u32::from(table), 0, None, Vec::new());
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Table(number) => table = *number,
            RouteAttribute::Priority(number) => metric = *number,
            RouteAttribute::Destination(RouteAddress::Inet(v4)) => destination = Some(IpAddr::V4(*v4)),
            RouteAttribute::Destination(RouteAddress::Inet6(v6)) => destination = Some(IpAddr::V6(*v6)),
            RouteAttribute::MultiPath(hops) => {
                // The interface of one that is dead is switched off.
                let alive = hops.iter().filter(|hop| !hop.flags.contains(RouteNextHopFlags::Dead));
                several.extend(alive.map(|hop| (hop.interface_index, gateway(&hop.attributes))));
            }
            _ => {}
        }
    }
    let is_main = table == u32::from(RouteHeader::RT_TABLE_MAIN);
    let leads = kind == RouteType::Unicast && !flags.contains(RouteFlags::Cloned);
    let Some(network) =
        network(message, destination).filter(|_| is_main && leads && source_prefix_length == 0)
    else {
        return Vec::new();
    };
    several.extend(interface(&message.attributes).map(|index| (index, gateway(&message.attributes))));
    let ways = several.into_iter().filter_map(|(index, gateway)| {
        Some(Route { interface: names.get(&index)?.clone(), network, gateway, metric })
    });
    ways.filter(|way| way.interface != "lo").collect()
}

fn is_untold_default(message: &RouteMessage) -> bool {
    let has = |wanted: fn(&RouteAttribute) -> bool| message.attributes.iter().any(wanted);
    let leads = message.header.kind == RouteType::Unicast && message.header.destination_prefix_length == 0;
    leads
        && has(|attribute| matches!(attribute, RouteAttribute::NhId(_)))
        && !has(|attribute| matches!(attribute, RouteAttribute::Oif(_) | RouteAttribute::MultiPath(_)))
}

fn network(message: &RouteMessage, destination: Option<IpAddr>) -> Option<IpNet> {
    let any = match message.header.address_family {
        AddressFamily::Inet => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        AddressFamily::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => return None,
    };
    IpNet::new(destination.unwrap_or(any), message.header.destination_prefix_length).ok()
}

fn interface(attributes: &[RouteAttribute]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        RouteAttribute::Oif(index) => Some(*index),
        _ => None,
    })
}

/// A router of IPv6 may lead to a network of IPv4 (RFC 5549).
fn gateway(attributes: &[RouteAttribute]) -> Option<IpAddr> {
    attributes.iter().find_map(|attribute| match attribute {
        RouteAttribute::Gateway(RouteAddress::Inet(v4)) | RouteAttribute::Via(RouteVia::Inet(v4)) => {
            Some(IpAddr::V4(*v4))
        }
        RouteAttribute::Gateway(RouteAddress::Inet6(v6)) | RouteAttribute::Via(RouteVia::Inet6(v6)) => {
            Some(IpAddr::V6(*v6))
        }
        _ => None,
    })
}

/// An address that others can reach: not one of IPv6 that another device has too, or of the link alone.
fn address(message: &AddressMessage, names: &BTreeMap<u32, String>) -> Option<(String, IpAddr)> {
    let own = |attribute: &AddressAttribute| match attribute {
        // The other end of a line with two ends is its `Address`.
        AddressAttribute::Local(address) => Some(*address),
        _ => None,
    };
    let only = |attribute: &AddressAttribute| match attribute {
        AddressAttribute::Address(address) => Some(*address),
        _ => None,
    };
    let attributes = &message.attributes;
    let address = attributes.iter().find_map(own).or_else(|| attributes.iter().find_map(only))?;
    let header = &message.header;
    let of_the_link = address.is_ipv6() && header.scope != AddressScope::Universe;
    let doubled = header.flags.contains(AddressHeaderFlags::Dadfailed);
    let name = names.get(&header.index).filter(|_| !of_the_link && !doubled)?;
    Some((name.clone(), address))
}
