//! What a device says of its place in the network: interfaces, NTP, scopes.

use super::{OnvifError, Reply, parse};
use crate::hardware;
use crate::xml::Element;

/// `GetNTP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NtpSettings {
    pub from_dhcp: Option<bool>,
    /// Addresses and names, those of DHCP and those set by hand.
    pub servers: Vec<String>,
}

/// One of `GetNetworkInterfaces`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub name: Option<String>,
    /// Twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
    pub enabled: Option<bool>,
    pub mtu: Option<u32>,
    /// Whether its IPv4 address comes from DHCP.
    pub dhcp: Option<bool>,
    pub addresses: Vec<Address>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub address: String,
    pub prefix: Option<u8>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Manual,
    Dhcp,
    LinkLocal,
}

/// `GetScopes`: what the device announces about itself, without escapes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    pub name: Option<String>,
    pub hardware: Option<String>,
    pub serial: Option<String>,
    /// Twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
    pub locations: Vec<String>,
    /// `Streaming`, `G`, `T` and the like.
    pub profiles: Vec<String>,
}

const MOST: usize = 64;

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_ntp(bytes: &[u8]) -> Result<Reply<NtpSettings>, OnvifError> {
    parse(bytes, "GetNTPResponse", |answer| NtpSettings {
        from_dhcp: answer.flag("FromDHCP"),
        servers: ["NTPFromDHCP", "NTPManual"]
            .iter()
            .flat_map(|group| answer.all(group))
            .filter_map(|server| {
                ["IPv4Address", "IPv6Address", "DNSname"].iter().find_map(|name| server.text_of(name))
            })
            .take(MOST)
            .map(str::to_owned)
            .collect(),
    })
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_interfaces(bytes: &[u8]) -> Result<Reply<Vec<Interface>>, OnvifError> {
    parse(bytes, "GetNetworkInterfacesResponse", |answer| {
        answer.all("NetworkInterfaces").into_iter().take(MOST).map(of_interface).collect()
    })
}

fn of_interface(interface: &Element) -> Interface {
    let info = interface.child("Info");
    let of_info = |name| info.and_then(|info| info.text_of(name));
    let ipv4 = interface.child("IPv4");
    Interface {
        name: of_info("Name").or_else(|| interface.attribute("token")).map(str::to_owned),
        mac: of_info("HwAddress").and_then(hardware::mac),
        enabled: interface.child("Enabled").and_then(|enabled| enabled.flag("Enabled")),
        mtu: info.and_then(|info| info.number("MTU")),
        dhcp: ipv4.and_then(|ipv4| ipv4.flag("DHCP")),
        addresses: ipv4.map(addresses).unwrap_or_default(),
    }
}

fn addresses(ipv4: &Element) -> Vec<Address> {
    let groups = [("Manual", Origin::Manual), ("FromDHCP", Origin::Dhcp), ("LinkLocal", Origin::LinkLocal)];
    let found = groups.iter().flat_map(|(name, origin)| {
        let origin = *origin;
        ipv4.all(name).into_iter().filter_map(move |group| {
            let address = group.text_of("Address")?.to_owned();
            Some(Address { address, prefix: group.number("PrefixLength"), origin })
        })
    });
    found.take(MOST).collect()
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_scopes(bytes: &[u8]) -> Result<Reply<Scopes>, OnvifError> {
    parse(bytes, "GetScopesResponse", |answer| {
        let mut items = Vec::new();
        answer.texts("ScopeItem", &mut items);
        Scopes::read(items.into_iter())
    })
}

impl Scopes {
    pub(crate) fn read<'a>(items: impl Iterator<Item = &'a str>) -> Self {
        let mut scopes = Self::default();
        for item in items.take(4 * MOST) {
            scopes.take(item);
        }
        scopes
    }

    fn take(&mut self, item: &str) {
        let Some((_, path)) = item.split_once("onvif.org/") else { return };
        let Some((kind, value)) = path.split_once('/') else { return };
        let value = unescape(value.trim_end_matches('/'));
        if value.is_empty() {
            return;
        }
        match kind.to_ascii_lowercase().as_str() {
            "name" => _ = self.name.get_or_insert(value),
            "hardware" => _ = self.hardware.get_or_insert(value),
            "serialnumber" => _ = self.serial.get_or_insert(value),
            "mac" | "macaddress" => self.mac = self.mac.take().or_else(|| hardware::mac(&value)),
            "location" => self.locations.push(value),
            "profile" => self.profiles.push(value),
            _ => {}
        }
    }
}

/// Undoes `%20` and the like; what is no escape stays.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = escaped(after).filter(|_| *first == b'%');
        let (byte, after) = escape.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped(after: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = after.split_first_chunk::<2>()?;
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    let byte = u8::try_from(high? * 16 + low?).ok()?;
    Some((byte, after))
}
