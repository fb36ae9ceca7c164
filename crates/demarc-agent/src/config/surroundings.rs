//! What this host knows of its network: the answers to every `"auto"`.
//!
//! Looking never fails; what is not found is absent, and the probes then say so.

use super::network::Network;
use demarc_probe::ability::{self, Arp, Attached};
use ipnet::Ipv4Net;
use std::net::{IpAddr, SocketAddr};
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
    /// Whether packets of one's own to everybody in a network are permitted.
    pub asks_by_arp: bool,
    /// Where the agent keeps its state; none when it keeps nothing.
    pub state_dir: Option<PathBuf>,
}

impl Surroundings {
    /// Reads the kernel's tables and resolv.conf. The gateway is that of the first line, as far as the
    /// configuration names the interfaces of the two.
    pub fn look(network: Option<&Network>, state_dir: Option<PathBuf>) -> Self {
        let interface = network.and_then(|network| network.interface.as_deref());
        let second_line = network.and_then(|network| network.second_line.as_deref());
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let resolver = match resolver(&read("/etc/resolv.conf")) {
            // systemd-resolved answers on this host; the resolver of the site stands behind it.
            Some(stub) if stub.ip().is_loopback() => {
                resolver(&read("/run/systemd/resolve/resolv.conf")).or(Some(stub))
            }
            found => found,
        };
        let asks_by_arp = ability::arp() == Arp::Everybody;
        let nothing = Self { resolver, asks_by_arp, state_dir, ..Self::default() };
        match ability::attached(interface, second_line) {
            Ok(Attached { interface, gateway, ipv6, networks }) => {
                Self { interface, gateway, ipv6, networks, ..nothing }
            }
            Err(error) => {
                tracing::warn!(%error, "the kernel does not tell its addresses and routes");
                nothing
            }
        }
    }

    /// Whether no router stands between this host and an address.
    pub fn is_near(&self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(address) if self.networks.iter().any(|net| net.contains(&address)))
    }
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
