//! One question who has an IPv4 address (RFC 826), and everybody who says that they do.
//!
//! The kernel believes one answer and keeps the others to itself. Here it is waited a little longer for a
//! second one, by which RFC 5227 knows two devices with one address. Needs `CAP_NET_RAW`.

use super::mac::Mac;
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::bind;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd as _;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

const ETHERTYPE: u16 = 0x0806;
/// Ethernet carrying IPv4, with addresses of six and four bytes.
const FORM: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const EVERYBODY: [u8; 6] = [0xff; 6];
const LENGTH: usize = 42;
/// For the second answer. A device answers within milliseconds, one that saves power on Wi-Fi at its next
/// beacons, which are a tenth of a second apart.
const LATE: Duration = Duration::from_millis(500);
/// Whoever sends more than these is no camera.
const MOST: usize = 8;

/// Who has an address.
#[derive(Debug)]
pub(crate) enum Arp {
    /// In the order of their answers, each once, with when the first came; empty when nobody answered.
    Answers(Vec<Mac>, Duration),
    /// The address is this host's own.
    Own,
    NotPermitted,
    /// The interface has gone, or this host is short of something.
    Failed,
}

/// Asks on an interface, and asks again after a third of the time when nobody answers.
pub(crate) async fn who_has(address: Ipv4Addr, interface: &str, end: Instant) -> Arp {
    told(ask(address, interface, end).await)
}

/// Asks whether another device has an address of this host's own. Nobody learns anything from the
/// question: it names no sender, as RFC 5227 section 2.1.1 has it.
pub(crate) async fn who_else_has(address: Ipv4Addr, interface: &str, end: Instant) -> Arp {
    told(ask_of_own(address, interface, end).await)
}

fn told(asked: io::Result<Arp>) -> Arp {
    match asked {
        Ok(arp) => arp,
        // The second is what `RestrictAddressFamilies` of systemd makes of it.
        Err(error)
            if error.kind() == ErrorKind::PermissionDenied
                || error.raw_os_error() == Some(Errno::EAFNOSUPPORT as i32) =>
        {
            Arp::NotPermitted
        }
        Err(_) => Arp::Failed,
    }
}

/// A socket that gets every ARP packet of every interface, until it is bound to one.
pub(crate) fn open() -> io::Result<Socket> {
    let protocol = Protocol::from(i32::from(ETHERTYPE.to_be()));
    Socket::new(Domain::PACKET, Type::RAW, Some(protocol))
}

async fn ask(address: Ipv4Addr, interface: &str, end: Instant) -> io::Result<Arp> {
    let socket = open()?;
    let host = attach(&socket, interface)?;
    let Some(own) = host.toward(address)? else { return Ok(Arp::Own) };
    answers(socket, (own, address), &[], end).await
}

async fn ask_of_own(address: Ipv4Addr, interface: &str, end: Instant) -> io::Result<Arp> {
    let socket = open()?;
    let host = attach(&socket, interface)?;
    let own = Own { mac: host.mac()?, address: Ipv4Addr::UNSPECIFIED };
    answers(socket, (own, address), &host.all, end).await
}

/// Who answers, other than some.
async fn answers(
    socket: Socket,
    (own, address): (Own, Ipv4Addr),
    but: &[Mac],
    end: Instant,
) -> io::Result<Arp> {
    socket.set_nonblocking(true)?;
    // tokio asks of a datagram socket only that it can be polled, sent to and received from.
    let socket = UdpSocket::from_std(socket.into())?;
    let begun = Instant::now();
    let again = begun + end.saturating_duration_since(begun) / 3;
    let (mut holders, mut first) = (Vec::new(), Duration::ZERO);
    let mut packet = [0; 128];
    for mut until in [again, end] {
        socket.send(&request(own, address)).await?;
        while let Ok(received) = timeout_at(until, socket.recv(&mut packet)).await {
            let length = received?;
            let holder = holder(&packet[..length], address).filter(|holder| !but.contains(holder));
            let Some(holder) = holder else { continue };
            if holders.is_empty() {
                first = begun.elapsed();
                until = end.min(Instant::now() + LATE);
            }
            if holders.len() < MOST && !holders.contains(&holder) {
                holders.push(holder);
            }
        }
        if !holders.is_empty() {
            break;
        }
    }
    Ok(Arp::Answers(holders, first))
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
struct Own {
    mac: [u8; 6],
    address: Ipv4Addr,
}

/// This host on an interface.
#[derive(Debug, Default)]
struct Host {
    mac: Option<[u8; 6]>,
    /// Each with its mask.
    addresses: Vec<(Ipv4Addr, u32)>,
    /// The hardware addresses of all its interfaces: Linux answers on each for the addresses of all.
    all: Vec<Mac>,
}

impl Host {
    fn mac(&self) -> io::Result<[u8; 6]> {
        self.mac.ok_or_else(|| ErrorKind::AddrNotAvailable.into())
    }

    /// Who asks, by the address in the network of whom is asked for; nothing when that is this host itself.
    fn toward(&self, asked: Ipv4Addr) -> io::Result<Option<Own>> {
        if self.addresses.iter().any(|(own, _)| *own == asked) {
            return Ok(None);
        }
        let near = |(own, mask): &&(Ipv4Addr, u32)| own.to_bits() & mask == asked.to_bits() & mask;
        let address = self.addresses.iter().find(near).or(self.addresses.first()).map(|(own, _)| *own);
        let address = address.ok_or(ErrorKind::AddrNotAvailable)?;
        Ok(Some(Own { mac: self.mac()?, address }))
    }
}

/// Binds the socket to an interface.
fn attach(socket: &Socket, interface: &str) -> io::Result<Host> {
    let mut host = Host::default();
    for one in getifaddrs()? {
        let Some(address) = one.address else { continue };
        let link = address.as_link_addr().copied();
        host.all.extend(link.and_then(|link| Mac::of_device(link.addr()?)));
        if one.interface_name != interface {
            continue;
        }
        if let Some(link) = &link {
            host.mac = link.addr();
            // What the kernel gives for an interface names no protocol; the one of the socket is kept then.
            bind(socket.as_raw_fd(), link)?;
        }
        let mask = one.netmask.and_then(|mask| Some(mask.as_sockaddr_in()?.ip().to_bits()));
        host.addresses.extend(address.as_sockaddr_in().map(|address| (address.ip(), mask.unwrap_or(0))));
    }
    Ok(host)
}

fn request(own: Own, asked: Ipv4Addr) -> Vec<u8> {
    let mut packet = Vec::with_capacity(LENGTH);
    packet.extend(EVERYBODY);
    packet.extend(own.mac);
    packet.extend(ETHERTYPE.to_be_bytes());
    packet.extend(FORM);
    packet.extend([0, REQUEST]);
    packet.extend(own.mac);
    packet.extend(own.address.octets());
    packet.extend([0; 6]);
    packet.extend(asked.octets());
    packet
}

/// Whose packet says that the address is theirs: an answer, or a question of their own.
fn holder(packet: &[u8], address: Ipv4Addr) -> Option<Mac> {
    let is_arp = packet.get(12..20)? == [&ETHERTYPE.to_be_bytes()[..], &FORM].concat();
    let said = matches!(packet.get(20..22)?, [0, REQUEST | REPLY]);
    let of_it = packet.get(28..32)? == address.octets() && packet.len() >= LENGTH;
    (is_arp && said && of_it).then(|| Mac::of_device(packet[22..28].try_into().ok()?)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 101);
    const OWN: Own = Own { mac: [2, 0, 0, 0, 0, 9], address: Ipv4Addr::new(10, 20, 0, 9) };

    #[test]
    fn a_request_is_what_rfc_826_says() {
        let expected = "ffffffffffff020000000009080600010800060400010200000000090a14000900000000\
                        00000a140065";
        assert_eq!(hex::encode(request(OWN, CAMERA)), expected);
    }

    #[test]
    fn whoever_says_that_the_address_is_theirs_is_a_holder_and_nobody_else() {
        let with = |at: usize, bytes: &[u8]| {
            let mut packet = request(Own { mac: [0xb8, 0xa4, 0x4f, 0, 0, 1], address: CAMERA }, OWN.address);
            packet[at..at + bytes.len()].copy_from_slice(bytes);
            packet
        };
        let padded = [&with(21, &[REPLY])[..], &[0; 18]].concat();
        let cases: [(&str, &[u8], Option<&str>); 12] = [
            ("an answer", &with(21, &[REPLY]), Some("B8A44F000001")),
            ("an answer as long as Ethernet wants it", &padded, Some("B8A44F000001")),
            ("a question of its own", &with(21, &[REQUEST]), Some("B8A44F000001")),
            ("of another address", &with(28, &[10, 20, 0, 102]), None),
            ("who asks whether the address is free", &with(28, &[0; 4]), None),
            ("RARP", &with(21, &[3]), None),
            ("IPv6", &with(12, &[0x86, 0xdd]), None),
            ("not IPv4 in ARP", &with(16, &[0x86, 0xdd]), None),
            ("a group as a holder", &with(22, &[1, 0, 0x5e, 0, 0, 1]), None),
            ("nobody as a holder", &with(22, &[0; 6]), None),
            ("cut short", &with(21, &[REPLY])[..41], None),
            ("nothing", &[], None),
        ];
        for (what, packet, expected) in cases {
            assert_eq!(holder(packet, CAMERA).map(|mac| mac.to_string()).as_deref(), expected, "{what}");
        }
    }
}
