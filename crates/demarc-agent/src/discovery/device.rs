//! One row for each device, out of everything that was heard of it.
//!
//! What is at one address is one device. Two addresses are one device when the kernel knows the same
//! hardware address for both, and it calls itself the same or gave itself one of the two. Whatever else
//! calls itself the same is another device: anybody can take a name.

use super::moved::{self, Mark};
use crate::config::known::Known;
use demarc_model::text::DeviceText;
use demarc_probe::discovery::{Attachment, Heard, Means, Neighbour, Service, Sighting};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The one to speak to: the configured one, or else the first that DHCP or a person gave it.
    pub address: Ipv4Addr,
    /// Its other addresses, in order.
    pub others: Vec<Ipv4Addr>,
    pub interface: String,
    pub name: Option<DeviceText>,
    pub model: Option<DeviceText>,
    pub place: Option<DeviceText>,
    pub serial: Option<DeviceText>,
    /// Twelve hexadecimal digits in upper case, as it says or as the kernel knows.
    pub mac: Option<String>,
    /// Empty when only its hardware address speaks for it.
    pub means: BTreeSet<Means>,
    /// The vendor to whom its hardware address belongs.
    pub maker: Option<&'static str>,
    pub service: Option<Service>,
    /// Where it says that it is, when that is not where it answers.
    pub elsewhere: Option<DeviceText>,
    pub standing: Standing,
}

/// What a device is to the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is the camera with this id.
    Configured(String),
    /// It is the camera with this id, whose configured address is another one and silent.
    Moved { camera: String, from: IpAddr },
    /// A camera that can be written down.
    New,
    /// It has none but an address that it gave itself (RFC 3927).
    NoAddress,
    /// It calls itself what the device at this address calls itself.
    Double(Ipv4Addr),
    /// It serves video, and need not be a camera.
    OnlyRtsp,
    /// It did not answer; its hardware address is that of a camera vendor.
    OnlyNeighbour,
}

/// What the kernel and the configuration know besides.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub attachments: &'a [Attachment],
    /// As in the search; empty for those of the attachments.
    pub networks: &'a [Ipv4Net],
    pub neighbours: &'a [Neighbour],
    pub known: &'a Known,
    /// By what the configured cameras are known.
    pub marks: &'a [Mark],
}

/// Everything that is known of one address.
struct Draft<'a> {
    address: Ipv4Addr,
    sightings: Vec<&'a Sighting>,
    neighbour: Option<&'a Neighbour>,
}

/// The devices that were heard, by address.
pub fn devices(heard: &Heard, context: Context<'_>) -> Vec<Device> {
    let mut groups: Vec<Vec<Draft<'_>>> = Vec::new();
    for draft in drafts(heard, context) {
        match groups.iter_mut().find(|group| group.iter().any(|member| member.is_same(&draft))) {
            Some(group) => group.push(draft),
            None => groups.push(vec![draft]),
        }
    }
    let doubles: Vec<Option<Ipv4Addr>> = groups.iter().map(|group| double(group, &groups)).collect();
    let pairs = groups.into_iter().zip(doubles);
    let mut devices: Vec<Device> =
        pairs.map(|(group, double)| device(&group, double, context.known)).collect();
    devices.sort_by_key(|device| device.address);
    moved::tell(&mut devices, context);
    devices
}

fn drafts<'a>(heard: &'a Heard, context: Context<'a>) -> Vec<Draft<'a>> {
    let mut by_address: BTreeMap<Ipv4Addr, Vec<&Sighting>> = BTreeMap::new();
    for sighting in &heard.sightings {
        by_address.entry(sighting.address).or_default().push(sighting);
    }
    let asked = |neighbour: &&Neighbour| {
        let on_it = context.attachments.iter().find(|own| own.interface == neighbour.interface);
        on_it.is_some_and(|own| match context.networks {
            [] => own.network.contains(&neighbour.address),
            networks => networks.iter().any(|network| network.contains(&neighbour.address)),
        })
    };
    let quiet = context.neighbours.iter().filter(|neighbour| neighbour.vendor.is_some());
    for neighbour in quiet.filter(asked) {
        by_address.entry(neighbour.address).or_default();
    }
    let draft = |(address, sightings): (Ipv4Addr, Vec<&'a Sighting>)| Draft {
        neighbour: context.neighbours.iter().find(|neighbour| neighbour.address == address),
        address,
        sightings,
    };
    by_address.into_iter().map(draft).collect()
}

impl Draft<'_> {
    /// What it calls itself; a name of zeros is none.
    fn endpoint(&self) -> Option<&DeviceText> {
        let endpoints = self.sightings.iter().filter_map(|sighting| sighting.endpoint.as_ref());
        let means_something = |endpoint: &&DeviceText| !endpoint.as_str().bytes().all(|b| b"0-".contains(&b));
        endpoints.into_iter().find(means_something)
    }

    /// As the kernel knows it: nobody's word.
    fn mac(&self) -> Option<&str> {
        self.neighbour.map(|neighbour| neighbour.mac.as_str())
    }

    fn calls_itself_as(&self, other: &Self) -> bool {
        self.endpoint().is_some() && self.endpoint() == other.endpoint()
    }

    fn is_same(&self, other: &Self) -> bool {
        let macs = self.mac().zip(other.mac());
        let self_given = self.address.is_link_local() || other.address.is_link_local();
        match macs {
            Some((one, two)) if one == two => self_given || self.calls_itself_as(other),
            Some(_) => false,
            // Where the kernel knows nothing, an address that leads nobody astray may be added.
            None => self_given && self.calls_itself_as(other),
        }
    }
}

/// The first other device that calls itself the same.
fn double(group: &[Draft<'_>], groups: &[Vec<Draft<'_>>]) -> Option<Ipv4Addr> {
    let others = groups.iter().flatten().filter(|other| group.iter().all(|own| own.address != other.address));
    let mut same = others.filter(|other| group.iter().any(|own| own.calls_itself_as(other)));
    same.next().map(|other| other.address)
}

fn device(group: &[Draft<'_>], double: Option<Ipv4Addr>, known: &Known) -> Device {
    let configured = |address: Ipv4Addr| {
        let camera = known.cameras.iter().find(|camera| camera.address == Some(IpAddr::V4(address)));
        camera.map(|camera| camera.id.clone())
    };
    let mut addresses: Vec<Ipv4Addr> = group.iter().map(|draft| draft.address).collect();
    addresses.sort_by_key(|own| (configured(*own).is_none(), own.is_link_local(), *own));
    let address = addresses.remove(0);
    let mut sightings: Vec<&Sighting> =
        group.iter().flat_map(|draft| draft.sightings.iter().copied()).collect();
    // What it says by ONVIF counts before what it announces, and what it says there before elsewhere.
    sightings.sort_by_key(|sighting| (sighting.address != address, sighting.means));
    let neighbour = group.iter().find_map(|draft| draft.neighbour);
    let means: BTreeSet<Means> = sightings.iter().map(|sighting| sighting.means).collect();
    let interface = sightings.first().map(|sighting| &sighting.interface);
    let standing = match (configured(address), double) {
        (Some(id), _) => Standing::Configured(id),
        (None, _) if address.is_link_local() => Standing::NoAddress,
        (None, Some(other)) => Standing::Double(other),
        (None, None) if means.is_empty() => Standing::OnlyNeighbour,
        (None, None) if means.iter().all(|means| *means == Means::Rtsp) => Standing::OnlyRtsp,
        (None, None) => Standing::New,
    };
    let own = || sightings.iter().filter(move |sighting| sighting.address == address);
    Device {
        address,
        others: addresses,
        interface: interface.or(neighbour.map(|n| &n.interface)).cloned().unwrap_or_default(),
        name: sightings.iter().find_map(|sighting| sighting.name.clone()),
        model: sightings.iter().find_map(|sighting| sighting.model.clone()),
        place: sightings.iter().find_map(|sighting| sighting.place.clone()),
        serial: sightings.iter().find_map(|sighting| sighting.serial.clone()),
        mac: sightings.iter().find_map(|s| s.mac.clone()).or(neighbour.map(|n| n.mac.clone())),
        maker: neighbour.and_then(|neighbour| neighbour.vendor),
        service: own().find_map(|sighting| sighting.service.clone()),
        elsewhere: own().find_map(|sighting| sighting.elsewhere.clone()),
        means,
        standing,
    }
}

impl Device {
    /// Name and model in one, without saying anything twice.
    pub fn title(&self) -> Option<String> {
        let holds = |text: &DeviceText, part: &DeviceText| {
            text.as_str().to_lowercase().contains(&part.as_str().to_lowercase())
        };
        match (&self.name, &self.model) {
            (Some(name), Some(model)) if holds(name, model) => Some(name.to_string()),
            (Some(name), Some(model)) if holds(model, name) => Some(model.to_string()),
            (Some(name), Some(model)) => Some(format!("{name} {model}")),
            (one, other) => one.as_ref().or(other.as_ref()).map(ToString::to_string),
        }
    }
}

#[cfg(test)]
mod tests;
