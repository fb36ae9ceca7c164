//! What this host's ARP table remembers of its neighbours.

use super::mac::Mac;
use std::fs;
use std::net::Ipv4Addr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbour {
    /// It answered an ARP request, now or within about 42 seconds.
    Known,
    /// It was asked for its hardware address and does not answer.
    Silent,
    /// It is behind a router, or was not asked for.
    Absent,
}

impl Neighbour {
    /// What it adds to "did not answer".
    pub(super) const fn phrase(self) -> &'static str {
        match self {
            Self::Known => ", though its hardware address is still known",
            Self::Silent => ", not even to ARP: it is off or not on this network",
            Self::Absent => "",
        }
    }
}

/// One line of the table.
pub(crate) struct Entry<'a> {
    pub(crate) address: Ipv4Addr,
    pub(crate) state: State,
    /// Nothing while it is not known, and for what is not Ethernet.
    pub(crate) mac: Option<Mac>,
    pub(crate) interface: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Complete,
    Incomplete,
}

pub(crate) fn table() -> Option<String> {
    fs::read_to_string("/proc/net/arp").ok()
}

/// `IP-address HW-type Flags HW-address Mask Device`; bit 1 of the flags tells a complete entry.
pub(crate) fn entries(table: &str) -> impl Iterator<Item = Entry<'_>> {
    const COMPLETE: u32 = 0x2;
    table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [address, _, flags, mac, _, interface] = fields[..] else { return None };
        let flags = u32::from_str_radix(flags.strip_prefix("0x")?, 16).ok()?;
        let state = if flags & COMPLETE == 0 { State::Incomplete } else { State::Complete };
        Some(Entry { address: address.parse().ok()?, state, mac: Mac::read(mac), interface })
    })
}

pub(crate) fn of(address: Ipv4Addr) -> Neighbour {
    find(&table().unwrap_or_default(), address)
}

pub(crate) fn find(table: &str, address: Ipv4Addr) -> Neighbour {
    let own = entries(table).filter(|entry| entry.address == address);
    own.fold(Neighbour::Absent, |seen, entry| match (seen, entry.state) {
        (_, State::Complete) | (Neighbour::Known, State::Incomplete) => Neighbour::Known,
        (Neighbour::Silent | Neighbour::Absent, State::Incomplete) => Neighbour::Silent,
    })
}

/// The hardware address that answered for this one on an interface.
pub(crate) fn mac_of(table: &str, address: Ipv4Addr, interface: &str) -> Option<Mac> {
    let mut own = entries(table).filter(|entry| entry.state == State::Complete);
    own.find(|entry| entry.address == address && entry.interface == interface)?.mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_kernels_table() {
        let table = "\
IP address       HW type     Flags       HW address            Mask     Device
10.0.0.1         0x1         0x2         02:42:ac:11:00:01     *        eth0
10.0.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0
10.0.0.7         0x1         0x0         00:00:00:00:00:00     *        eth0
10.0.0.7         0x1         0x6         02:42:ac:11:00:07     *        eth1
broken line
";
        let cases = [
            ([10, 0, 0, 1], Neighbour::Known),
            ([10, 0, 0, 9], Neighbour::Silent),
            ([10, 0, 0, 7], Neighbour::Known),
            ([10, 0, 0, 2], Neighbour::Absent),
        ];
        for (address, expected) in cases {
            assert_eq!(find(table, address.into()), expected, "{address:?}");
        }
        let mac = |address: [u8; 4], interface| mac_of(table, address.into(), interface);
        assert_eq!(mac([10, 0, 0, 7], "eth1").unwrap().to_string(), "0242AC110007");
        assert_eq!(mac([10, 0, 0, 7], "eth0"), None);
    }
}
