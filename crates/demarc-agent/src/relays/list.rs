//! One camera's list, read with suspicion.

use super::Left;
use crate::config::values::host_name;
use crate::config::vendor::{Endpoint, FromCameras};
use demarc_model::relay::RelayList;
use demarc_probe::spec::Check;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// What of a list may be asked, and what not.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) own: Vec<Server>,
    pub(super) left: Vec<Left>,
}

/// One server: by its name, by its address, or by both. It has one of them at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) name: Option<String>,
    pub(super) address: Option<IpAddr>,
    /// In the camera's order.
    ports: Vec<u16>,
}

impl Server {
    /// What several cameras tell of one server: all its ports, and the address that most of them name.
    pub(super) fn merged(same: Vec<Self>) -> Option<Self> {
        let mut votes: BTreeMap<IpAddr, usize> = BTreeMap::new();
        same.iter().filter_map(|server| server.address).for_each(|at| *votes.entry(at).or_default() += 1);
        let address = votes.into_iter().max_by_key(|(at, count)| (*count, Reverse(*at))).map(|(at, _)| at);
        let name = same.first()?.name.clone();
        Some(Self { name, address, ports: same.into_iter().flat_map(|server| server.ports).collect() })
    }

    /// How it is contacted: by its name where it has one.
    pub(super) fn host(&self) -> String {
        let address = || self.address.map(|address| address.to_string());
        self.name.clone().or_else(address).unwrap_or_default()
    }

    /// Whether a profile means it.
    pub(super) fn is(&self, endpoint: &Endpoint) -> bool {
        match &self.name {
            Some(name) => endpoint.host.eq_ignore_ascii_case(name),
            None => self.address.is_some() && self.address == endpoint.address,
        }
    }

    /// An endpoint at the address and port that a camera told. A port of another kind is asked no more than
    /// whether it takes a connection: what is spoken there is not known.
    pub(super) fn seen_as(&self, known: &Endpoint) -> Endpoint {
        let mut seen = Endpoint { address: self.address.or(known.address), ..known.clone() };
        if let Some(first) = self.ports.first().filter(|_| !self.ports.contains(&known.port)) {
            (seen.port, seen.check, seen.issuer) = (*first, Check::Tcp, None);
        }
        if seen != *known {
            seen.from_cameras = FromCameras::Alone;
        }
        seen
    }
}

enum Host {
    Name(String),
    Address(IpAddr),
}

/// Axis names each server once for each of its ports, and its address after its name.
pub(super) fn read(list: &RelayList, domains: &[String]) -> Read {
    let mut read = Read::default();
    // Whether the entry before was one of the vendor's.
    let mut follows = false;
    for entry in list.servers.iter().take(RelayList::MOST).filter(|entry| entry.port != 0) {
        let host = host(entry.host.as_str(), domains);
        let last = read.own.last_mut().filter(|_| follows);
        follows = host.is_ok();
        match (host, last) {
            (Err(left), _) => read.left.push(left),
            (Ok(Host::Name(name)), Some(last)) if last.name.as_ref() == Some(&name) => {
                last.ports.push(entry.port);
            }
            (Ok(Host::Name(name)), _) => {
                read.own.push(Server { name: Some(name), address: None, ports: vec![entry.port] });
            }
            (Ok(Host::Address(address)), Some(last)) if last.address == Some(address) => {
                last.ports.push(entry.port);
            }
            // Another address of the same server is no other witness.
            (Ok(Host::Address(address)), Some(last)) if last.name.is_some() => {
                last.address = last.address.or(Some(address));
            }
            (Ok(Host::Address(address)), _) => {
                read.own.push(Server { name: None, address: Some(address), ports: vec![entry.port] });
            }
        }
    }
    read
}

fn host(text: &str, domains: &[String]) -> Result<Host, Left> {
    if let Ok(address) = text.parse::<IpAddr>() {
        let address = address.to_canonical();
        return if is_public(address) { Ok(Host::Address(address)) } else { Err(Left::Local(address)) };
    }
    let lower = text.to_ascii_lowercase();
    let within = |name: &String| {
        let inside =
            |domain: &String| name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
        domains.iter().any(|domain| name == domain || inside(domain))
    };
    host_name(&lower).filter(within).map(Host::Name).ok_or(Left::Foreign(lower))
}

/// Whether an address belongs to one host that may be anywhere on the Internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && second & 0b1100_0000 == 64;
            let reserved = first == 0 || first >= 240;
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local();
            !(local || shared || reserved || v4.is_multicast() || v4 == Ipv4Addr::BROADCAST)
        }
        // Global unicast, RFC 4291 section 2.4, without what carries an IPv4 address inside (6to4, Teredo).
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            first & 0xe000 == 0x2000 && first != 0x2002 && (first, second) != (0x2001, 0)
        }
    }
}
