//! The addresses of this host on links where cameras may be.

use ipnet::Ipv4Net;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use std::io;
use std::net::Ipv4Addr;

/// One address on one interface. An interface with two addresses has two attachments: cameras answer
/// to the address that asked, and may have no way to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub interface: String,
    pub address: Ipv4Addr,
    pub network: Ipv4Net,
}

/// All IPv4 addresses on interfaces that are up and can send to a group; not loopback, and not lines
/// with one other end, such as that of a provider or a tunnel.
///
/// # Errors
/// The kernel does not say.
pub fn attachments() -> io::Result<Vec<Attachment>> {
    let wanted = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_MULTICAST;
    let unwanted = InterfaceFlags::IFF_LOOPBACK | InterfaceFlags::IFF_POINTOPOINT;
    let all = getifaddrs()?.filter(|one| one.flags.contains(wanted) && !one.flags.intersects(unwanted));
    let found = all.filter_map(|one| {
        let address = one.address?.as_sockaddr_in()?.ip();
        let mask = one.netmask?.as_sockaddr_in()?.ip();
        let network = Ipv4Net::with_netmask(address, mask).ok()?.trunc();
        Some(Attachment { interface: one.interface_name, address, network })
    });
    Ok(found.collect())
}
