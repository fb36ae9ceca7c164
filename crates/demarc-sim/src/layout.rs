//! What the site consists of, and at which address each thing is.

mod camera;

pub(crate) use camera::{Algorithm, CameraPlan, Login};

use crate::spec::{Part, SiteSpec};
use std::net::{Ipv4Addr, SocketAddr};

pub(crate) const USERNAME: &str = "demarc";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const STATUS_HOST: &str = "status.axis.example";
pub(crate) const VENDOR_ZONE: &str = "axis.example";
pub(crate) const PORTAL_HOST: &str = "portal.example";

/// A thing with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Camera(usize),
    Switch(usize),
    Gateway,
    Control(usize),
    Endpoint(usize),
    StatusPage,
    /// Where a rewriting resolver sends everybody.
    Portal,
}

impl Place {
    pub(crate) fn belongs_to(self, part: Part) -> bool {
        match (part, self) {
            (Part::Whole, _) => true,
            (Part::Camera(number), Self::Camera(index)) => usize::from(number) == index + 1,
            (Part::Camera(_), _) | (Part::Beyond, Self::Camera(_) | Self::Switch(_) | Self::Gateway) => false,
            (Part::Beyond, Self::Control(_) | Self::Endpoint(_) | Self::StatusPage | Self::Portal) => true,
        }
    }
}

/// The port of each service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PortPlan {
    pub(crate) camera_web: u16,
    pub(crate) camera_rtsp: u16,
    /// Of the router and the switches.
    pub(crate) device: u16,
    pub(crate) dns: u16,
    pub(crate) tls: u16,
    /// Plain HTTP beyond the line.
    pub(crate) web: u16,
}

#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) network: u8,
    pub(crate) ports: PortPlan,
    pub(crate) cameras: Vec<CameraPlan>,
    pub(crate) segments: Vec<String>,
}

/// How far a check of an endpoint goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Tls,
    Https,
}

pub(crate) struct EndpointPlan {
    pub(crate) id: &'static str,
    pub(crate) capability: &'static str,
    pub(crate) host: &'static str,
    pub(crate) region: &'static str,
    pub(crate) depth: Depth,
}

/// The regions that the vendor's hosts stand in.
pub(crate) const REGIONS: [&str; 2] = ["eu", "us"];

/// The service whose hosts cameras know by themselves.
pub(crate) const REMOTE_ACCESS: &str = CAPABILITIES[0].0;

/// Id, name, name in German.
pub(crate) const CAPABILITIES: [(&str, &str, &str); 4] = [
    ("remote-access", "remote access", "Fernzugriff"),
    ("login", "login", "Anmeldung"),
    ("device-manager", "device manager", "Geräteverwaltung"),
    ("website", "website", "Website"),
];

const EU: &str = REGIONS[0];
const US: &str = REGIONS[1];

pub(crate) const ENDPOINTS: [EndpointPlan; 8] = [
    relay("relay-1", "relay-1.axis.example", EU),
    relay("relay-2", "relay-2.axis.example", US),
    web("auth", "login", "auth.axis.example", EU),
    web("idp", "login", "idp.axis.example", US),
    web("adm-1", "device-manager", "adm-1.axis.example", EU),
    web("adm-2", "device-manager", "adm-2.axis.example", US),
    web("www", "website", "www.axis.example", US),
    web("www-se", "website", "se.axis.example", EU),
];

const fn relay(id: &'static str, host: &'static str, region: &'static str) -> EndpointPlan {
    EndpointPlan { id, capability: REMOTE_ACCESS, host, region, depth: Depth::Tls }
}

const fn web(
    id: &'static str,
    capability: &'static str,
    host: &'static str,
    region: &'static str,
) -> EndpointPlan {
    EndpointPlan { id, capability, host, region, depth: Depth::Https }
}

pub(crate) const CONTROLS: [(&str, &str); 2] =
    [("control-a", "control-a.example"), ("control-b", "control-b.example")];

impl Layout {
    pub(crate) fn new(spec: &SiteSpec, ports: PortPlan) -> Self {
        let segments = (0..spec.segments).map(|index| format!("floor-{}", letter(index)));
        Self {
            network: spec.network,
            ports,
            cameras: camera::plans(usize::from(spec.cameras), usize::from(spec.segments)),
            segments: segments.collect(),
        }
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        let cameras = (0..self.cameras.len()).map(Place::Camera);
        let switches = (0..self.segments.len()).map(Place::Switch);
        let beyond = (0..CONTROLS.len()).map(Place::Control).chain((0..ENDPOINTS.len()).map(Place::Endpoint));
        let single = [Place::Gateway, Place::StatusPage, Place::Portal];
        cameras.chain(switches).chain(beyond).chain(single)
    }

    pub(crate) fn address(&self, place: Place) -> Ipv4Addr {
        let at = |network: u8, third: usize, fourth: usize| {
            Ipv4Addr::new(127, self.network + network, octet(third), octet(fourth))
        };
        match place {
            Place::Gateway => at(0, 0, 1),
            Place::Portal => at(0, 0, 80),
            Place::Camera(index) => at(0, 1 + index / 200, 1 + index % 200),
            Place::Switch(index) => at(0, 200, 1 + index),
            Place::Control(index) => at(1, 1 + index, 1),
            Place::Endpoint(index) => at(2, 1 + index, 1),
            Place::StatusPage => at(3, 0, 1),
        }
    }

    pub(crate) fn site_resolver(&self) -> SocketAddr {
        SocketAddr::from(([127, self.network, 0, 53], self.ports.dns))
    }

    pub(crate) fn second_resolver(&self) -> SocketAddr {
        SocketAddr::from(([127, self.network + 1, 0, 53], self.ports.dns))
    }

    /// The vendor's relays, as cameras list them.
    pub(crate) fn relays(&self) -> String {
        let own = ENDPOINTS.iter().filter(|endpoint| endpoint.capability == REMOTE_ACCESS);
        own.map(|relay| format!("{}:{}", relay.host, self.ports.tls)).collect::<Vec<_>>().join(",")
    }

    /// The place that a name stands for, in lower case and without the final dot.
    pub(crate) fn named(name: &str) -> Option<Place> {
        if name == STATUS_HOST {
            return Some(Place::StatusPage);
        }
        if name == PORTAL_HOST {
            return Some(Place::Portal);
        }
        let control = CONTROLS.iter().position(|(_, host)| *host == name).map(Place::Control);
        control.or_else(|| ENDPOINTS.iter().position(|end| end.host == name).map(Place::Endpoint))
    }
}

/// The name in the certificate of a place; none for what speaks no TLS.
pub(crate) const fn host(place: Place) -> Option<&'static str> {
    match place {
        Place::Control(index) => Some(CONTROLS[index].1),
        Place::Endpoint(index) => Some(ENDPOINTS[index].host),
        Place::StatusPage => Some(STATUS_HOST),
        Place::Portal => Some(PORTAL_HOST),
        Place::Camera(_) | Place::Switch(_) | Place::Gateway => None,
    }
}

fn octet(number: usize) -> u8 {
    u8::try_from(number).expect("the spec bounds the number of everything")
}

fn letter(index: u16) -> char {
    char::from(b'a' + u8::try_from(index % 26).unwrap_or(0))
}
