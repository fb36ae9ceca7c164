//! The kernel's neighbour table: who this host has spoken to of late, with hardware addresses.
//!
//! The kernel learns the hardware address of whoever answered; asking for more would be a scan.

use crate::reach::neighbour::{self, State};
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    pub interface: String,
    pub address: Ipv4Addr,
    /// Twelve hexadecimal digits in upper case.
    pub mac: String,
    /// The camera vendor to whom its first half belongs, of those that are known here.
    pub vendor: Option<&'static str>,
}

/// The first halves of hardware addresses that answers of cameras showed.
const VENDORS: [(&str, &str); 3] = [("00408C", "Axis"), ("ACCC8E", "Axis"), ("B8A44F", "Axis")];
const MOST: usize = 4096;

/// The neighbours whose hardware address is known.
pub fn neighbours() -> Vec<Neighbour> {
    read(&neighbour::table().unwrap_or_default())
}

fn read(table: &str) -> Vec<Neighbour> {
    let complete = neighbour::entries(table).filter(|entry| entry.state == State::Complete);
    let known = complete.filter_map(|entry| {
        let mac = entry.mac?.to_string();
        Some(Neighbour {
            interface: entry.interface.to_owned(),
            address: entry.address,
            vendor: VENDORS.iter().find(|(half, _)| mac.starts_with(half)).map(|(_, vendor)| *vendor),
            mac,
        })
    });
    known.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_vendor_by_the_first_half() {
        let table = "\
IP address       HW type     Flags       HW address            Mask     Device
192.0.2.7        0x1         0x2         b8:a4:4f:00:00:01     *        eth0
192.0.2.8        0x1         0x2         02:42:ac:11:00:01     *        eth0
192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0
192.0.2.10       0x1         0x2         00:00:00:00:00:00     *        eth0
192.0.2.11       0x20        0x2         b8:a4:4f:00:00:01:02  *        ib0
";
        let read: Vec<_> =
            read(table).into_iter().map(|n| (n.address.to_string(), n.mac, n.vendor)).collect();
        let expected = [
            ("192.0.2.7".to_owned(), "B8A44F000001".to_owned(), Some("Axis")),
            ("192.0.2.8".to_owned(), "0242AC110001".to_owned(), None),
        ];
        assert_eq!(read, expected);
    }
}
