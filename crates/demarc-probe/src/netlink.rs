//! The kernel's tables of addresses and routes, asked for by rtnetlink (rtnetlink(7), RFC 3549).
//!
//! What cannot be read as a whole is an error: a table that lacks a line would be a fault that is none.
//! Needs no privileges, only that sockets of the family `AF_NETLINK` are permitted.

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_ALIGNTO, NLMSG_DONE, NLMSG_ERROR, NLMSG_OVERRUN,
    NetlinkBuffer, NetlinkHeader, NetlinkMessage, Parseable,
};
use netlink_packet_route::address::AddressMessage;
use netlink_packet_route::route::RouteMessage;
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use nix::net::if_::{Interface, if_nameindex};
use nix::sys::socket::{self, SockFlag, SockProtocol, SockType};
use socket2::Socket;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read as _};
use std::time::Duration;

/// The kernel answers while it is asked.
const PATIENCE: Duration = Duration::from_secs(1);
/// Each part of an answer is 32 KiB at most.
const PART: usize = 1 << 16;
/// No computer in a branch has more routes.
const MOST: usize = 1 << 16;
/// Tables that change while they are read are read again.
const TRIES: usize = 3;

/// As the kernel sends them.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) routes: Vec<RouteMessage>,
    pub(crate) addresses: Vec<AddressMessage>,
    pub(crate) names: BTreeMap<u32, String>,
}

/// # Errors
/// The kernel or a sandbox does not permit it, or the tables cannot be read as a whole.
pub(crate) fn tables() -> io::Result<Tables> {
    let changed =
        |read: &io::Result<Tables>| read.as_ref().is_err_and(|error| error.kind() == ErrorKind::Interrupted);
    let mut tries = (0..TRIES).map(|_| read()).skip_while(changed);
    tries.next().unwrap_or_else(|| Err(ErrorKind::Interrupted.into()))
}

fn read() -> io::Result<Tables> {
    let family = socket::AddressFamily::Netlink;
    let protocol = SockProtocol::NetlinkRoute;
    let socket: Socket = socket::socket(family, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?.into();
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut tables = Tables::default();
    for family in [AddressFamily::Inet, AddressFamily::Inet6] {
        let mut message = RouteMessage::default();
        message.header.address_family = family;
        let found: Vec<RouteMessage> = dump(&socket, RouteNetlinkMessage::GetRoute(message))?;
        // A kernel without IPv6 answers with what it has.
        tables.routes.extend(found.into_iter().filter(|route| route.header.address_family == family));
    }
    tables.addresses = dump(&socket, RouteNetlinkMessage::GetAddress(AddressMessage::default()))?;
    let names = if_nameindex()?;
    let name = |interface: &Interface| interface.name().to_str().ok().map(str::to_owned);
    tables.names = names.iter().filter_map(|one| Some((one.index(), name(one)?))).collect();
    Ok(tables)
}

fn dump<M: Parseable<[u8]>>(mut socket: &Socket, request: RouteNetlinkMessage) -> io::Result<Vec<M>> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut request = NetlinkMessage::new(header, request.into());
    request.finalize();
    let mut wire = vec![0; request.buffer_len()];
    request.serialize(&mut wire);
    socket.send(&wire)?;
    let (mut found, mut buffer) = (Vec::new(), vec![0; PART]);
    loop {
        let length = socket.read(&mut buffer)?;
        if take(&buffer[..length], &mut found)? == Progress::Complete {
            return Ok(found);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    More,
    Complete,
}

/// Takes one part of an answer.
fn take<M: Parseable<[u8]>>(mut part: &[u8], found: &mut Vec<M>) -> io::Result<Progress> {
    if part.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    while !part.is_empty() {
        let message = NetlinkBuffer::new_checked(part).map_err(unreadable)?;
        if message.flags() & NLM_F_DUMP_INTR != 0 {
            return Err(ErrorKind::Interrupted.into());
        }
        match message.message_type() {
            NLMSG_OVERRUN => return Err(unreadable("overrun")),
            NLMSG_DONE | NLMSG_ERROR => return code(message.payload()).map(|()| Progress::Complete),
            _ if found.len() == MOST => return Err(ErrorKind::FileTooLarge.into()),
            _ => found.push(M::parse(message.payload()).map_err(unreadable)?),
        }
        let length = message.length() as usize;
        part = part.get(length.next_multiple_of(NLMSG_ALIGNTO.into())..).unwrap_or_default();
    }
    Ok(Progress::More)
}

/// The number with which an answer ends: nothing, or an error of the kernel with its sign changed.
fn code(payload: &[u8]) -> io::Result<()> {
    let code = payload.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
    if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(code.saturating_neg())) }
}

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::tests::{address, hops, route};
    use netlink_packet_core::Emitable;
    use netlink_packet_route::address::AddressAttribute;
    use netlink_packet_route::route::RouteNextHopFlags;
    use rustix::io::Errno;
    use std::net::IpAddr;

    const NEW_ROUTE: u16 = 24;
    const DONE: &[u8] = &[0; 4];

    fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        let length = 16 + payload.len();
        let mut bytes = vec![0; length.next_multiple_of(4)];
        let mut message = NetlinkBuffer::new(&mut bytes);
        message.set_length(u32::try_from(length).unwrap());
        message.set_message_type(kind);
        message.set_flags(flags);
        bytes[16..length].copy_from_slice(payload);
        bytes
    }

    fn emitted(message: &impl Emitable) -> Vec<u8> {
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        bytes
    }

    fn routes() -> Vec<RouteMessage> {
        let alive = RouteNextHopFlags::empty();
        let ways = [("10.20.0.1", "eth0", alive), ("10.30.0.1", "wwan0", alive)];
        vec![
            route("0.0.0.0/0", Some("10.20.0.1"), "eth0", 100),
            route("2001:db8::/64", Some("fe80::1"), "eth0", 1024),
            hops("10.0.0.0/8", &ways),
        ]
    }

    fn part(flags: u16) -> Vec<u8> {
        routes().iter().flat_map(|route| message(NEW_ROUTE, flags, &emitted(route))).collect()
    }

    #[test]
    fn an_answer_ends_with_done_and_anything_else_that_ends_it_is_an_error() {
        let whole = part(0);
        let with = |more: &[u8]| [&whole[..], more].concat();
        let errno = |errno: Errno| message(NLMSG_ERROR, 0, &(-errno.raw_os_error()).to_ne_bytes());
        type End = Result<Progress, ErrorKind>;
        let cases: [(&str, Vec<u8>, End); 9] = [
            ("one part", whole.clone(), Ok(Progress::More)),
            ("the last part", with(&message(NLMSG_DONE, 0, DONE)), Ok(Progress::Complete)),
            ("the last part of an old kernel", message(NLMSG_DONE, 0, &[]), Ok(Progress::Complete)),
            ("not permitted", errno(Errno::PERM), Err(ErrorKind::PermissionDenied)),
            ("short of memory", with(&errno(Errno::NOMEM)), Err(ErrorKind::OutOfMemory)),
            ("lost", with(&message(NLMSG_OVERRUN, 0, &[])), Err(ErrorKind::InvalidData)),
            ("changed meanwhile", part(NLM_F_DUMP_INTR), Err(ErrorKind::Interrupted)),
            ("cut", whole[..whole.len() - 4].to_vec(), Err(ErrorKind::InvalidData)),
            ("nothing", vec![], Err(ErrorKind::UnexpectedEof)),
        ];
        for (what, bytes, expected) in cases {
            let mut found = Vec::new();
            let progress = take::<RouteMessage>(&bytes, &mut found).map_err(|error| error.kind());
            assert_eq!(progress, expected, "{what}");
            assert!(found.is_empty() || found == routes() || what == "cut", "{what}: {found:?}");
        }
        let mut crowd = vec![routes().remove(0); MOST];
        let full = take(&whole, &mut crowd).map_err(|error| error.kind());
        assert_eq!((full, crowd.len()), (Err(ErrorKind::FileTooLarge), MOST));
    }

    /// The kernel is believed, and a kernel of tomorrow may say what this program does not know.
    #[test]
    fn no_byte_that_is_wrong_makes_it_panic_or_read_for_ever() {
        let ours = part(0);
        let addresses: Vec<u8> = [address("10.20.0.9/24", "eth0"), address("2001:db8::7/64", "eth0")]
            .iter()
            .flat_map(|address| message(20, 0, &emitted(address)))
            .collect();
        for whole in [ours, addresses] {
            for at in 0..whole.len() {
                for byte in [0, 1, 3, 0x7f, 0x80, 0xff, whole[at] ^ 4] {
                    let mut bytes = whole.clone();
                    bytes[at] = byte;
                    let _either = take::<RouteMessage>(&bytes, &mut Vec::new());
                    let _either = take::<AddressMessage>(&bytes, &mut Vec::new());
                }
                let _either = take::<RouteMessage>(&whole[..at], &mut Vec::new());
                let _either = take::<AddressMessage>(&whole[..at], &mut Vec::new());
            }
        }
    }

    #[test]
    fn this_kernel_tells_its_tables() {
        let tables = tables().unwrap();
        assert_eq!(tables.names.get(&1).map(String::as_str), Some("lo"));
        let known = |message: &AddressMessage| tables.names.contains_key(&message.header.index);
        assert!(tables.addresses.iter().all(known), "{tables:?}");
        let own = AddressAttribute::Address(IpAddr::from([127, 0, 0, 1]));
        assert!(tables.addresses.iter().any(|message| message.attributes.contains(&own)), "{tables:?}");
    }
}
