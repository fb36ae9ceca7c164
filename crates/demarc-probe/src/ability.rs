//! What this host lets probes do, found out by trying it, and the few facts of the host that only a
//! person needs. Nothing here is evidence.

use crate::dns::{self, Expect};
use crate::portal::hint;
pub use crate::reach::neighbour::Neighbour;
use crate::reach::{arp, icmp, neighbour};
use crate::routes::Routes;
use crate::spec::Limits;
use crate::trace::{Stop, Trace};
use demarc_model::text::DeviceText;
use ipnet::Ipv4Net;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// How ICMP echo can be sent here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ping {
    /// A datagram socket: `net.ipv4.ping_group_range` includes a group of this process.
    Datagram,
    /// A raw socket: this process has `CAP_NET_RAW`.
    Raw,
    NotPermitted,
}

/// Opens a socket for ICMP echo and sends nothing over it.
pub fn ping() -> Ping {
    match icmp::open() {
        Ok((_, icmp::Framing::Bare)) => Ping::Datagram,
        Ok((_, icmp::Framing::IpHeader)) => Ping::Raw,
        Err(_) => Ping::NotPermitted,
    }
}

/// Who can be asked for a hardware address here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arp {
    /// Everybody, by a packet of our own: this process has `CAP_NET_RAW`.
    Everybody,
    /// The kernel, which keeps one answer.
    Kernel,
}

/// Opens a socket for ARP and sends nothing over it.
pub fn arp() -> Arp {
    arp::open().map_or(Arp::Kernel, |_| Arp::Everybody)
}

/// How this host is attached to its network, by the kernel's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// That of the default route with the lowest metric, other than that of the second line.
    pub interface: Option<String>,
    /// The router of that route, or of that over the interface that was named.
    pub gateway: Option<IpAddr>,
    /// Whether there is an IPv6 address that others can reach, and a way out for it.
    pub ipv6: bool,
    /// The networks in which this host finds others by ARP.
    pub networks: Vec<Ipv4Net>,
}

/// Reads the tables; the interface is that of the first line where it is known.
///
/// # Errors
/// The kernel or a sandbox does not permit sockets of the family `AF_NETLINK`, or does not answer.
pub fn attached(interface: Option<&str>, second_line: Option<&str>) -> io::Result<Attached> {
    let routes = Routes::read()?;
    let (ipv6, networks) = (routes.has_ipv6(), routes.own_networks("/".as_ref()));
    let first_line = routes.without(second_line);
    let found = first_line.default_interface().map(str::to_owned);
    Ok(Attached { interface: found, gateway: first_line.only(interface).gateway(), ipv6, networks })
}

/// What the ARP table says of an address; none when it cannot be read.
pub fn neighbour(address: Ipv4Addr) -> Option<Neighbour> {
    neighbour::table().map(|table| neighbour::find(&table, address))
}

/// Where the network says that its captive portal is, as it was said on an interface.
pub fn captive_portal(interface: &str) -> Option<DeviceText> {
    hint::read("/".as_ref(), interface)
}

/// Asks a resolver for the addresses of a name, within `limits.connect` for each kind of address, over one
/// interface if one is given.
///
/// # Errors
/// What the probes would say about it, in one sentence.
pub async fn lookup(
    resolver: SocketAddr,
    host: &str,
    limits: Limits,
    via: Option<&str>,
) -> Result<Vec<IpAddr>, DeviceText> {
    let mut trace = Trace::begin(limits).over(via);
    let found = dns::resolve(resolver, host, Expect::AnyAddress, &mut trace).await;
    found.map_err(|stop| match stop {
        Stop::Failed { detail, .. } => detail,
        Stop::Missing(_) => DeviceText::clean("it could not be asked"),
    })
}

/// The room that is left where a directory is, in bytes; none when that cannot be seen.
pub fn free_bytes(directory: &Path) -> Option<u64> {
    let stats = rustix::fs::statvfs(directory).ok()?;
    Some(stats.f_bavail.saturating_mul(stats.f_frsize))
}

/// Whether this process runs as root, which is permitted more than the service should be.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
