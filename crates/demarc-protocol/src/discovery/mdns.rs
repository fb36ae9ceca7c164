//! Multicast DNS (RFC 6762) with DNS service discovery (RFC 6763): asked once, from a port of our own.
//!
//! Who asks from another port than 5353 is answered directly, as an ordinary resolver would be
//! (RFC 6762, 6.7), so nothing has to be joined and no cache is kept.

use crate::hardware;
use hickory_proto::op::{Header, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder, DecodeError};
use std::net::{IpAddr, Ipv4Addr};

/// Where devices listen.
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
pub const PORT: u16 = 5353;

/// What cameras announce. `_http._tcp` is not asked for: every printer and every router answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Axis cameras, also those on which ONVIF is off.
    AxisVideo,
    /// Anything that serves video; a camera or not.
    Rtsp,
}

impl Service {
    pub const ALL: [Self; 2] = [Self::AxisVideo, Self::Rtsp];

    pub const fn name(self) -> &'static str {
        match self {
            Self::AxisVideo => "_axis-video._tcp.local.",
            Self::Rtsp => "_rtsp._tcp.local.",
        }
    }
}

/// One device's announcement of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pub service: Service,
    /// The first label of its name, without the hardware address that Axis puts at its end.
    pub name: String,
    /// Of the service; `None` when the answer does not hold it.
    pub port: Option<u16>,
    /// Twelve hexadecimal digits in upper case, from the text record or the name.
    pub mac: Option<String>,
    /// The addresses of its host, as far as the answer holds them.
    pub addresses: Vec<IpAddr>,
}

/// Why a datagram is no answer.
#[derive(Debug, thiserror::Error)]
pub enum MdnsError {
    #[error("not a DNS message")]
    Malformed(#[source] DecodeError),
    #[error("the DNS message is no answer")]
    Unexpected,
}

const MOST_INSTANCES: usize = 16;
const MOST_ADDRESSES: usize = 8;
/// More records than any device announces are not looked at.
const MOST_RECORDS: usize = 256;

/// One datagram that asks for all services, with the wish for direct answers (RFC 6762, 5.4).
pub fn query() -> Vec<u8> {
    let mut message = Message::new(0, MessageType::Query, OpCode::Query);
    for service in Service::ALL {
        let name = Name::from_ascii(service.name()).expect("our own names are names");
        let mut query = Query::query(name, RecordType::PTR);
        query.set_mdns_unicast_response(true);
        message.add_query(query);
    }
    message.to_vec().expect("a message of two short questions can be written")
}

/// Reads one answer: the instances of services that cameras announce, the first sixteen of them.
///
/// # Errors
/// The bytes are no DNS message, or no answer.
pub fn read(bytes: &[u8]) -> Result<Vec<Instance>, MdnsError> {
    let (kind, records) = records(bytes).map_err(MdnsError::Malformed)?;
    if kind != MessageType::Response {
        return Err(MdnsError::Unexpected);
    }
    let records: Vec<&Record> = records.iter().take(MOST_RECORDS).collect();
    let mut found: Vec<Instance> = Vec::new();
    for record in &records {
        let Some(instance) = instance(record, &records) else { continue };
        if found.len() < MOST_INSTANCES && !found.contains(&instance) {
            found.push(instance);
        }
    }
    Ok(found)
}

/// The answers and what is told besides.
///
/// They are read as those of an update (RFC 2136), which may be empty: some devices send a text record
/// without text, which is then no reason to pass over all of them (RFC 6763, 6.1).
fn records(bytes: &[u8]) -> Result<(MessageType, Vec<Record>), DecodeError> {
    let mut decoder = BinDecoder::new(bytes);
    let Header { metadata, counts } = Header::read(&mut decoder)?;
    for _ in 0..counts.queries {
        Query::read(&mut decoder)?;
    }
    let mut section = |count: u16, is_last: bool| {
        let read = Message::read_records(&mut decoder, usize::from(count), is_last, OpCode::Update);
        read.map(|(records, _, _)| records)
    };
    let mut records = section(counts.answers, false)?;
    section(counts.authorities, false)?;
    records.extend(section(counts.additionals, true)?);
    Ok((metadata.message_type, records))
}

fn instance(record: &Record, records: &[&Record]) -> Option<Instance> {
    let RData::PTR(target) = &record.data else { return None };
    let service = Service::ALL.into_iter().find(|service| is_called(&record.name, service.name()))?;
    // An instance is one label in front of its service (RFC 6763, 4.1).
    let label = target.0.iter().next().filter(|_| is_called(&target.0.base_name(), service.name()))?;
    let own = |record: &&&Record| record.name == target.0;
    let server = records.iter().filter(own).find_map(|record| match &record.data {
        RData::SRV(server) => Some(server),
        _ => None,
    });
    let text = records.iter().filter(own).find_map(|record| match &record.data {
        RData::TXT(text) => Some(text),
        _ => None,
    });
    let addresses = server.map(|server| addresses(&server.target, records));
    let (name, named_mac) = parted(&String::from_utf8_lossy(label));
    Some(Instance {
        service,
        name,
        port: server.map(|server| server.port).filter(|port| *port != 0),
        mac: text.and_then(mac).or(named_mac),
        addresses: addresses.unwrap_or_default(),
    })
}

fn addresses(host: &Name, records: &[&Record]) -> Vec<IpAddr> {
    let own = records.iter().filter(|record| record.name == *host);
    let addresses = own.filter_map(|record| match &record.data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    });
    addresses.take(MOST_ADDRESSES).collect()
}

/// `macaddress=B8A44F000001`; keys in any case (RFC 6763, 6.4).
fn mac(text: &TXT) -> Option<String> {
    text.txt_data.iter().find_map(|pair| {
        let (key, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        key.eq_ignore_ascii_case("macaddress").then(|| hardware::mac(value)).flatten()
    })
}

/// `AXIS P3265-V - B8A44F000001`: who, and the hardware address.
fn parted(label: &str) -> (String, Option<String>) {
    let parts = label.rsplit_once(" - ").and_then(|(name, last)| Some((name.trim(), hardware::mac(last)?)));
    match parts {
        Some((name, mac)) => (name.to_owned(), Some(mac)),
        None => (label.to_owned(), None),
    }
}

fn is_called(name: &Name, text: &str) -> bool {
    let own = Name::from_ascii(text).expect("our own names are names");
    name.eq_ignore_root(&own)
}

#[cfg(test)]
mod tests;
