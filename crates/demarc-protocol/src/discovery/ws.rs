//! WS-Discovery of April 2005, as ONVIF has it (Core specification 7.3): a probe to all on a link, and
//! what devices answer.
//!
//! Elements are known by their local names: devices use prefixes they never bind, some leave out the
//! list around the matches, and some put the address of the endpoint into another namespace.

use crate::onvif::address::{self, Located};
use crate::onvif::network::Scopes;
use crate::xml::{self, Element, XmlError};
use std::net::{IpAddr, Ipv4Addr};

/// Where devices listen.
pub const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
pub const PORT: u16 = 3702;

/// The path of the device service where a device names none (ONVIF Core specification 5.1.1).
pub const DEVICE_PATH: &str = "/onvif/device_service";

/// What is looked for. Firmware differs in which of these it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What the standard makes every camera answer.
    VideoTransmitter,
    /// What newer editions of the standard make every device answer.
    Device,
    /// Whatever there is; printers and computers answer as well.
    Anything,
}

impl Wanted {
    pub const ALL: [Self; 3] = [Self::VideoTransmitter, Self::Device, Self::Anything];

    /// Some firmware compares the prefix `dn` as text instead of what it stands for.
    const fn probe(self) -> &'static str {
        match self {
            Self::VideoTransmitter => "<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>",
            Self::Device => "<d:Probe><d:Types>tds:Device</d:Types></d:Probe>",
            Self::Anything => "<d:Probe/>",
        }
    }
}

/// One device's answer to a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The device's lasting name, such as a UUID, without `urn:uuid:` and in lower case.
    pub endpoint: Option<String>,
    pub kin: Kin,
    pub scopes: Scopes,
    /// Where it says that its device service is.
    pub addresses: Vec<String>,
}

/// Whether an answer is that of a device of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kin {
    /// It speaks ONVIF, by its type, its scopes or its address.
    Onvif,
    /// A printer, a computer, a scanner.
    Other,
}

/// The device service of a match, at the address from which the answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub scheme: Scheme,
    /// `None`: that of the scheme.
    pub port: Option<u16>,
    pub path: String,
    /// The host that the device names, where that is not the sender.
    pub elsewhere: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// Why a datagram is no answer to a probe.
#[derive(Debug, thiserror::Error)]
pub enum WsError {
    #[error("not a SOAP answer")]
    Xml(#[from] XmlError),
    #[error("the SOAP message answers no probe")]
    Unexpected,
}

const MOST_MATCHES: usize = 16;
const MOST_ADDRESSES: usize = 16;
const LONGEST_ENDPOINT: usize = 128;
const LONGEST_PATH: usize = 200;

/// One datagram that asks. `message_id` is a UUID, another for every datagram: devices do not answer
/// the same one twice.
pub fn probe(wanted: Wanted, message_id: &str) -> String {
    const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";
    const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
    const DISCOVERY: &str = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
    const NETWORK: &str = "http://www.onvif.org/ver10/network/wsdl";
    const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
    let probe = wanted.probe();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\"{ENVELOPE}\" xmlns:w=\"{ADDRESSING}\" \
         xmlns:d=\"{DISCOVERY}\" xmlns:dn=\"{NETWORK}\" xmlns:tds=\"{DEVICE}\"><e:Header>\
         <w:MessageID>urn:uuid:{message_id}</w:MessageID>\
         <w:To e:mustUnderstand=\"true\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>\
         <w:Action e:mustUnderstand=\"true\">{DISCOVERY}/Probe</w:Action></e:Header>\
         <e:Body>{probe}</e:Body></e:Envelope>"
    )
}

/// Reads one answer: none, one or several matches, of which the first sixteen count.
///
/// To which probe it belongs is not asked: devices put into `RelatesTo` what they like.
///
/// # Errors
/// The bytes are no SOAP message, or one that answers no probe.
pub fn parse_matches(bytes: &[u8]) -> Result<Vec<Match>, WsError> {
    let envelope = xml::read(bytes)?;
    let found = envelope.all("ProbeMatch");
    if found.is_empty() && envelope.find("ProbeMatches").is_none() {
        return Err(WsError::Unexpected);
    }
    Ok(found.into_iter().take(MOST_MATCHES).map(Match::of).collect())
}

impl Match {
    fn of(element: &Element) -> Self {
        let scopes = element.text_of("Scopes").unwrap_or_default();
        let addresses = element.text_of("XAddrs").unwrap_or_default();
        let types = element.text_of("Types").unwrap_or_default();
        let endpoint = element.find("EndpointReference").and_then(|e| e.text_of("Address"));
        Self {
            endpoint: endpoint.and_then(lasting_name),
            kin: Kin::of(types, scopes, addresses),
            scopes: Scopes::read(scopes.split_whitespace()),
            addresses: addresses.split_whitespace().take(MOST_ADDRESSES).map(str::to_owned).collect(),
        }
    }

    /// Where its device service is to be spoken to: at `sender` in every case. Of what the device
    /// advertises the scheme, port and path are taken, from the first address at the sender, or else
    /// the first that can be read; `None` when there is none.
    pub fn service(&self, sender: IpAddr) -> Option<Service> {
        let located = self.addresses.iter().filter_map(|text| Some((text, address::locate(text)?)));
        let own = |located: &Located| {
            located.host.as_deref().is_none_or(|host| host.parse::<IpAddr>() == Ok(sender))
        };
        let chosen = located.min_by_key(|(text, located)| (!own(located), Scheme::of(text) == Scheme::Https));
        chosen.map(|(text, located)| Service {
            scheme: Scheme::of(text),
            port: located.port,
            elsewhere: if own(&located) { None } else { located.host },
            path: if is_fit(&located.path) { located.path } else { DEVICE_PATH.to_owned() },
        })
    }
}

impl Kin {
    /// Types may have any prefix, and some firmware leaves them out.
    fn of(types: &str, scopes: &str, addresses: &str) -> Self {
        let is_transmitter = |kind: &str| kind.rsplit(':').next() == Some("NetworkVideoTransmitter");
        let is_onvif = types.split_whitespace().any(is_transmitter)
            || scopes.contains("onvif://www.onvif.org/")
            || addresses.contains("/onvif/");
        if is_onvif { Self::Onvif } else { Self::Other }
    }
}

impl Scheme {
    fn of(address: &str) -> Self {
        let is_https = address.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("https:"));
        if is_https { Self::Https } else { Self::Http }
    }

    pub const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// `urn:uuid:0B57…`, `uuid:0b57…` and `0b57…` are the same device.
fn lasting_name(address: &str) -> Option<String> {
    let lower = address.trim().to_ascii_lowercase();
    let bare = lower.strip_prefix("urn:").unwrap_or(&lower);
    let bare = bare.strip_prefix("uuid:").unwrap_or(bare);
    let fits = !bare.is_empty() && bare.len() <= LONGEST_ENDPOINT;
    (fits && bare.bytes().all(|byte| byte.is_ascii_graphic())).then(|| bare.to_owned())
}

/// Whether a path names a service and nothing in it could be taken for something else where it is
/// written down.
fn is_fit(path: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%?=&".contains(&byte);
    path != "/" && path.len() <= LONGEST_PATH && path.bytes().all(harmless)
}

#[cfg(test)]
mod tests;
