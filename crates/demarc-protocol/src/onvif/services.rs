//! Which services a device has, and where: `GetServices`, or `GetCapabilities` on older devices.

use super::{Media, OnvifError, Reply, parse};
use crate::xml::Element;

/// One service of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub kind: ServiceKind,
    /// As advertised, which is often wrong: see [`super::address`].
    pub address: Option<String>,
    /// Major and minor; `GetCapabilities` has none.
    pub version: Option<(u32, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceKind {
    Device,
    Media(Media),
    Events,
    Imaging,
    Ptz,
    DeviceIo,
    Recording,
    Analytics,
    /// By its namespace.
    Other(String),
}

/// No device has more.
const MOST: usize = 64;

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_services(bytes: &[u8]) -> Result<Reply<Vec<Service>>, OnvifError> {
    parse(bytes, "GetServicesResponse", |answer| {
        let services = answer.all("Service").into_iter().take(MOST);
        services.filter_map(of_service).collect()
    })
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_capabilities(bytes: &[u8]) -> Result<Reply<Vec<Service>>, OnvifError> {
    parse(bytes, "GetCapabilitiesResponse", |answer| {
        let all = answer.child("Capabilities").unwrap_or(answer);
        let extension = all.child("Extension").map(|extension| extension.children.as_slice());
        let groups = all.children.iter().chain(extension.unwrap_or_default()).take(MOST);
        groups.filter_map(of_capability).collect()
    })
}

/// The media service to ask, and where it says it is: the second where there is one, because the first
/// does not show everything.
pub fn media(services: &[Service]) -> Option<(Media, &str)> {
    let at = |media| {
        let service = services.iter().find(|service| service.kind == ServiceKind::Media(media))?;
        service.address.as_deref().map(|address| (media, address))
    };
    at(Media::Two).or_else(|| at(Media::One))
}

fn of_service(service: &Element) -> Option<Service> {
    let version = service.child("Version");
    let number = |name| version.and_then(|version| version.number(name));
    Some(Service {
        kind: ServiceKind::of(service.text_of("Namespace")?),
        address: service.text_of("XAddr").map(str::to_owned),
        version: number("Major").zip(number("Minor")),
    })
}

fn of_capability(group: &Element) -> Option<Service> {
    let kind = match group.name.as_str() {
        "Device" => ServiceKind::Device,
        "Media" => ServiceKind::Media(Media::One),
        "Media2" => ServiceKind::Media(Media::Two),
        "Events" => ServiceKind::Events,
        "Imaging" => ServiceKind::Imaging,
        "PTZ" => ServiceKind::Ptz,
        "DeviceIO" => ServiceKind::DeviceIo,
        "Recording" => ServiceKind::Recording,
        "Analytics" => ServiceKind::Analytics,
        _ => return None,
    };
    let address = group.text_of("XAddr")?.to_owned();
    Some(Service { kind, address: Some(address), version: None })
}

impl ServiceKind {
    fn of(namespace: &str) -> Self {
        let path = namespace.trim_end_matches('/').split_once("onvif.org/").map_or("", |(_, path)| path);
        match path {
            "ver10/device/wsdl" => Self::Device,
            "ver10/media/wsdl" => Self::Media(Media::One),
            "ver20/media/wsdl" => Self::Media(Media::Two),
            "ver10/events/wsdl" => Self::Events,
            "ver20/imaging/wsdl" => Self::Imaging,
            "ver20/ptz/wsdl" => Self::Ptz,
            "ver10/deviceIO/wsdl" => Self::DeviceIo,
            "ver10/recording/wsdl" => Self::Recording,
            "ver20/analytics/wsdl" => Self::Analytics,
            _ => Self::Other(namespace.to_owned()),
        }
    }
}
