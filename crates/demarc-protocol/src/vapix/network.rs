//! `network_settings.cgi`: link, addresses, resolvers and 802.1X as the camera itself sees them.

use super::{VapixError, parse_envelope};
use crate::hardware;
use crate::request::Request;

/// `getNetworkInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkInfo {
    pub hostname: Option<String>,
    pub name_servers: Vec<String>,
    /// Through which the camera goes to its cloud.
    pub https_proxy: Option<String>,
    pub devices: Vec<Device>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub name: String,
    /// Twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
    pub link: Option<bool>,
    pub port_access: PortAccess,
    /// `dhcp` or `static`.
    pub configuration: Option<String>,
    pub addresses: Vec<Address>,
    pub router: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub address: String,
    pub prefix: Option<u8>,
    /// `dhcp`, `static` or `linkLocal`.
    pub origin: Option<String>,
}

/// What the switch has to say with 802.1X.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortAccess {
    /// Not used, or not said.
    Off,
    Stopped,
    Connecting,
    Authorized,
    /// The switch keeps the camera out.
    Unauthorized,
    Unknown,
}

pub fn network_request() -> Request {
    let body = r#"{"apiVersion":"1.0","context":"demarc","method":"getNetworkInfo"}"#;
    Request::post("/axis-cgi/network_settings.cgi", "application/json", body.to_owned())
}

/// # Errors
/// The camera reports an error, or the bytes are no such answer.
pub fn parse_network(bytes: &[u8]) -> Result<NetworkInfo, VapixError> {
    let wire::Network { system, devices } = parse_envelope(bytes)?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(NetworkInfo {
        hostname: filled(system.hostname.hostname),
        name_servers: system.resolver.name_servers,
        https_proxy: filled(system.global_proxies.https_proxy),
        devices: devices.into_iter().map(Device::from_wire).collect(),
    })
}

impl Device {
    fn from_wire(device: wire::Device) -> Self {
        let wire::Ipv4 { configuration_mode, addresses, default_router } = device.ipv4;
        Self {
            mac: device.mac_address.as_deref().and_then(hardware::mac),
            link: device.link,
            port_access: device.wired.port_access.as_ref().map_or(PortAccess::Off, PortAccess::from_wire),
            configuration: configuration_mode,
            addresses: addresses.into_iter().map(Address::from_wire).collect(),
            router: default_router.filter(|router| !router.is_empty()),
            name: device.name,
        }
    }
}

impl Address {
    fn from_wire(address: wire::Address) -> Self {
        Self { address: address.address, prefix: address.prefix_length, origin: address.origin }
    }
}

impl PortAccess {
    fn from_wire(state: &wire::PortAccess) -> Self {
        match (state.enabled, state.status.as_deref()) {
            (Some(false), _) | (None, None) => Self::Off,
            (_, Some("Stopped")) => Self::Stopped,
            (_, Some("Connecting")) => Self::Connecting,
            (_, Some("Authorized")) => Self::Authorized,
            (_, Some("Unauthorized")) => Self::Unauthorized,
            (_, Some(_)) | (Some(true), None) => Self::Unknown,
        }
    }
}

/// Fields come and go with the version of the call; every one but a device's name may be absent.
mod wire {
    #[derive(serde::Deserialize)]
    pub(super) struct Network {
        #[serde(default)]
        pub(super) system: System,
        #[serde(default)]
        pub(super) devices: Vec<Device>,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    pub(super) struct System {
        pub(super) hostname: Hostname,
        pub(super) resolver: Resolver,
        pub(super) global_proxies: Proxies,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    pub(super) struct Hostname {
        pub(super) hostname: Option<String>,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    pub(super) struct Resolver {
        pub(super) name_servers: Vec<String>,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    pub(super) struct Proxies {
        pub(super) https_proxy: Option<String>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Device {
        pub(super) name: String,
        pub(super) mac_address: Option<String>,
        pub(super) link: Option<bool>,
        #[serde(default)]
        pub(super) wired: Wired,
        #[serde(default, rename = "IPv4")]
        pub(super) ipv4: Ipv4,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    pub(super) struct Wired {
        #[serde(rename = "8021X")]
        pub(super) port_access: Option<PortAccess>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct PortAccess {
        pub(super) enabled: Option<bool>,
        pub(super) status: Option<String>,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    pub(super) struct Ipv4 {
        pub(super) configuration_mode: Option<String>,
        pub(super) addresses: Vec<Address>,
        pub(super) default_router: Option<String>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Address {
        pub(super) address: String,
        pub(super) prefix_length: Option<u8>,
        pub(super) origin: Option<String>,
    }
}
