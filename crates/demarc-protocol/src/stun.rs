//! STUN (RFC 8489) as far as it takes to see that a server works: a Binding request and its answer, a
//! datagram each. TURN servers (RFC 8656) answer the same request.
//!
//! Nobody is authenticated and no relay is allocated: an answer proves the server, not an account at it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

#[cfg(test)]
mod tests;

/// Where servers listen for UDP and TCP.
pub const PORT: u16 = 3478;

/// Makes the answer to one request known from every other: 96 random bits, RFC 8489 section 5.
pub type TransactionId = [u8; 12];

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Where the request came from, as the server saw it: behind translation the site's public address.
    Mapped(SocketAddr),
    /// The server works and does not serve this request: 300 to 499 for a reason that lies with the client,
    /// from 500 for one of its own.
    Error { code: u16, reason: String },
}

/// Why a datagram is no answer to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StunError {
    #[error("it is not a STUN message")]
    NotStun,
    #[error("it is not an answer to a Binding request")]
    NotAnAnswer,
    #[error("it belongs to another transaction")]
    OtherTransaction,
    #[error("an attribute is cut off")]
    Cut,
    #[error("its fingerprint is wrong")]
    Fingerprint,
    #[error("it holds no address")]
    NoAddress,
    #[error("it holds no error code")]
    NoCode,
}

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const HEADER: usize = 20;
/// A reason has at most 127 characters, RFC 8489 section 14.8.
const LONGEST_REASON: usize = 127 * 4;

const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const FAILURE: u16 = 0x0111;

const MAPPED_ADDRESS: u16 = 0x0001;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const FINGERPRINT: u16 = 0x8028;
/// "STUN", by which this checksum differs from that of a protocol within.
const FINGERPRINT_XOR: u32 = 0x5354_554e;

/// A Binding request whose only attribute is FINGERPRINT, for servers that share their port with another
/// protocol.
pub fn binding_request(id: &TransactionId) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + 8);
    message.extend(REQUEST.to_be_bytes());
    message.extend(8_u16.to_be_bytes());
    message.extend(COOKIE);
    message.extend(id);
    let fingerprint = fingerprint(&message);
    message.extend(FINGERPRINT.to_be_bytes());
    message.extend(4_u16.to_be_bytes());
    message.extend(fingerprint.to_be_bytes());
    message
}

/// Reads the answer to the request of this transaction.
///
/// Attributes that are not known are passed over, also those of the kind that a client has to understand:
/// servers of RFC 3489 add some, and they work.
///
/// # Errors
/// The datagram is anything else.
pub fn read(datagram: &[u8], id: &TransactionId) -> Result<Answer, StunError> {
    let (header, attributes) = datagram.split_at_checked(HEADER).ok_or(StunError::NotStun)?;
    let kind = word(header, 0);
    let length = usize::from(word(header, 2));
    let is_stun =
        kind & 0xc000 == 0 && header[4..8] == COOKIE && length == attributes.len() && length % 4 == 0;
    if !is_stun {
        return Err(StunError::NotStun);
    }
    if kind != SUCCESS && kind != FAILURE {
        return Err(StunError::NotAnAnswer);
    }
    if header[8..] != *id {
        return Err(StunError::OtherTransaction);
    }
    let found = Found::read(datagram, id)?;
    if kind == FAILURE {
        return found.error.ok_or(StunError::NoCode);
    }
    found.xor_mapped.or(found.mapped).map(Answer::Mapped).ok_or(StunError::NoAddress)
}

/// The attributes of interest; of several alike the first counts, RFC 8489 section 14.
#[derive(Debug, Default)]
struct Found {
    mapped: Option<SocketAddr>,
    xor_mapped: Option<SocketAddr>,
    error: Option<Answer>,
}

impl Found {
    fn read(datagram: &[u8], id: &TransactionId) -> Result<Self, StunError> {
        let mut found = Self::default();
        let mut at = HEADER;
        while at < datagram.len() {
            let head = datagram.get(at..at + 4).ok_or(StunError::Cut)?;
            let (kind, length) = (word(head, 0), usize::from(word(head, 2)));
            let next = at + 4 + length.next_multiple_of(4);
            // The padding is there as well.
            let value = datagram.get(at + 4..next).ok_or(StunError::Cut)?;
            let value = &value[..length];
            match kind {
                MAPPED_ADDRESS => found.mapped = found.mapped.or_else(|| address(value)),
                XOR_MAPPED_ADDRESS => {
                    found.xor_mapped = found.xor_mapped.or_else(|| Some(uncover(address(value)?, id)));
                }
                ERROR_CODE => found.error = found.error.or_else(|| error(value)),
                FINGERPRINT => {
                    let right = fingerprint(&datagram[..at]).to_be_bytes();
                    if value != right || next != datagram.len() {
                        return Err(StunError::Fingerprint);
                    }
                }
                _ => {}
            }
            at = next;
        }
        Ok(found)
    }
}

/// A reserved byte, the family, the port, the address.
fn address(value: &[u8]) -> Option<SocketAddr> {
    let (head, address) = value.split_at_checked(4)?;
    let address: IpAddr = match head[1] {
        1 => <[u8; 4]>::try_from(address).ok()?.into(),
        2 => <[u8; 16]>::try_from(address).ok()?.into(),
        _ => return None,
    };
    Some(SocketAddr::new(address, word(head, 2)))
}

/// Addresses are covered, because some routers translate what looks like one in any packet.
fn uncover(covered: SocketAddr, id: &TransactionId) -> SocketAddr {
    let mut key = [0; 16];
    key[..4].copy_from_slice(&COOKIE);
    key[4..].copy_from_slice(id);
    let address: IpAddr = match covered.ip() {
        IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4) ^ u32::from_be_bytes(COOKIE)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) ^ u128::from_be_bytes(key)).into(),
    };
    SocketAddr::new(address, covered.port() ^ word(&COOKIE, 0))
}

/// Two reserved bytes, the hundreds, the rest of the number, the reason.
fn error(value: &[u8]) -> Option<Answer> {
    let (head, reason) = value.split_at_checked(4)?;
    let (hundreds, rest) = (u16::from(head[2] & 7), u16::from(head[3]));
    if !(3..=6).contains(&hundreds) || rest > 99 {
        return None;
    }
    let reason = &reason[..reason.len().min(LONGEST_REASON)];
    Some(Answer::Error { code: hundreds * 100 + rest, reason: String::from_utf8_lossy(reason).into_owned() })
}

/// The checksum of all that stands before the attribute, the length in the header counting it already.
fn fingerprint(before: &[u8]) -> u32 {
    crc32(before) ^ FINGERPRINT_XOR
}

/// CRC-32 of ITU V.42, which is that of Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xedb8_8320 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// Two bytes that are there, as a number.
fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}
