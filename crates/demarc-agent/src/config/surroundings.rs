//! What this host knows of its network: the answers to every `"auto"`.
//!
//! Looking never fails; what is not found is absent, and the probes then say so.

use super::network::Network;
use demarc_probe::ability;
use ipnet::Ipv4Net;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// The default is a host that knows nothing of its network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// That of the default route which is not the second line's.
    pub interface: Option<String>,
    pub gateway: Option<IpAddr>,
    pub resolver: Option<SocketAddr>,
    /// Whether it has an IPv6 address that others can reach, and a way out for it.
    pub ipv6: bool,
    /// Those in which this host finds others by ARP.
    pub networks: Vec<Ipv4Net>,
    /// Where the agent keeps its state; none when it keeps nothing.
    pub state_dir: Option<PathBuf>,
}

impl Surroundings {
    /// Reads the routing tables and resolv.conf. The gateway is that of the first line, as far as the
    /// configuration names the interfaces of the two.
    pub fn look(network: Option<&Network>, state_dir: Option<PathBuf>) -> Self {
        let interface = network.and_then(|network| network.interface.as_deref());
        let second_line = network.and_then(|network| network.second_line.as_deref());
        let leads =
            |name: &str| Some(name) != second_line && interface.is_none_or(|interface| interface == name);
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let gateway = gateway_v4(&read("/proc/net/route"), &leads)
            .or_else(|| gateway_v6(&read("/proc/net/ipv6_route"), &leads));
        let resolver = match resolver(&read("/etc/resolv.conf")) {
            // systemd-resolved answers on this host; the resolver of the site stands behind it.
            Some(stub) if stub.ip().is_loopback() => {
                resolver(&read("/run/systemd/resolve/resolv.conf")).or(Some(stub))
            }
            found => found,
        };
        let interface = ability::default_interface(second_line);
        let (ipv6, networks) = (ability::has_ipv6(), ability::own_networks());
        Self { interface, gateway, resolver, ipv6, networks, state_dir }
    }

    /// Whether no router stands between this host and an address.
    pub fn is_near(&self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(address) if self.networks.iter().any(|net| net.contains(&address)))
    }
}

/// The gateway of the default route with the lowest metric. The addresses are hexadecimal numbers
/// in this machine's byte order.
fn gateway_v4(table: &str, leads: &dyn Fn(&str) -> bool) -> Option<IpAddr> {
    let routes = table.lines().skip(1).filter_map(|line| {
        let fields = line.split_whitespace().collect::<Vec<_>>();
        let [name, destination, gateway, _, _, _, metric, mask, ..] = fields.as_slice() else { return None };
        let is_default = *destination == "00000000" && *mask == "00000000" && *gateway != "00000000";
        let wanted = is_default && leads(name);
        let gateway = u32::from_str_radix(gateway, 16).ok().filter(|_| wanted)?;
        Some((metric.parse::<u32>().ok()?, Ipv4Addr::from(gateway.to_ne_bytes())))
    });
    routes.min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway.into())
}

/// Link-local gateways need a scope that an address alone cannot carry, and are left out.
fn gateway_v6(table: &str, leads: &dyn Fn(&str) -> bool) -> Option<IpAddr> {
    let routes = table.lines().filter_map(|line| {
        let fields = line.split_whitespace().collect::<Vec<_>>();
        let [_, "00", _, _, gateway, metric, _, _, _, name] = fields.as_slice() else { return None };
        let gateway = Ipv6Addr::from(u128::from_str_radix(gateway, 16).ok()?);
        let usable = !gateway.is_unspecified() && !gateway.is_unicast_link_local();
        let wanted = usable && leads(name);
        Some((u32::from_str_radix(metric, 16).ok().filter(|_| wanted)?, gateway))
    });
    routes.min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway.into())
}

/// The first nameserver.
fn resolver(resolv_conf: &str) -> Option<SocketAddr> {
    let addresses = resolv_conf.lines().filter_map(|line| {
        let address = line.trim().strip_prefix("nameserver")?.split_whitespace().next()?;
        address.parse::<IpAddr>().ok()
    });
    addresses.map(|address| SocketAddr::new(address, 53)).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";

    fn route(name: &str, gateway: [u8; 4], metric: u32) -> String {
        format!(
            "{name}\t00000000\t{:08X}\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n",
            u32::from_ne_bytes(gateway)
        )
    }

    #[test]
    fn takes_the_default_route_with_the_lowest_metric() {
        let two =
            format!("{HEAD}{}{}", route("wlan0", [10, 0, 0, 1], 600), route("eth0", [192, 168, 7, 1], 100));
        let none = format!("{HEAD}eth0\t0007A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
        let cases = [
            (two.as_str(), "eth0 wlan0", Some("192.168.7.1")),
            (two.as_str(), "wlan0", Some("10.0.0.1")),
            (two.as_str(), "eth9", None),
            (none.as_str(), "eth0", None),
            ("", "eth0", None),
            ("Iface\ngarbage\nx 00000000 zz 3 0 0 0 00000000", "x", None),
        ];
        for (table, interfaces, expected) in cases {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(gateway_v4(table, &|name| interfaces.contains(name)), expected, "{table}");
        }
    }

    #[test]
    fn takes_a_routable_ipv6_gateway() {
        let line = |gateway: &str, metric: &str| {
            format!("{:032} 00 {:032} 00 {gateway} {metric} 00000001 00000000 00000003 eth0\n", 0, 0)
        };
        let link_local = line("fe800000000000000000000000000001", "00000064");
        let global = line("20010db8000000000000000000000001", "00000400");
        let table = format!("{link_local}{global}");
        assert_eq!(gateway_v6(&table, &|_| true), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(gateway_v6(&link_local, &|_| true), None);
    }

    #[test]
    fn takes_the_first_nameserver() {
        let cases = [
            ("# x\nsearch lan\nnameserver 192.168.7.1\nnameserver 9.9.9.9\n", Some("192.168.7.1:53")),
            ("nameserver fe80::1%eth0\nnameserver 2001:db8::1", Some("[2001:db8::1]:53")),
            ("nameserver\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(resolver(text).map(|server| server.to_string()).as_deref(), expected);
        }
    }
}
