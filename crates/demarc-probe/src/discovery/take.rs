//! What is taken of the answers: from whom, how much, and with what left out.

use super::sockets::{Asking, Language};
use super::{Attachment, Heard, Means, Outside, Repeated, Search, Service, Sighting};
use crate::spec::Scheme;
use demarc_model::text::DeviceText;
use demarc_protocol::discovery::mdns::{self, Instance};
use demarc_protocol::discovery::ws::{self, Kin, Match};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use tokio::sync::watch;

/// More devices than one site has.
const MOST_DEVICES: usize = 512;
const MOST_OUTSIDE: usize = 64;
const MOST_REPEATED: usize = 64;
/// Six probes, each answered twice, by a device with several services; then it is noise.
const MOST_OF_ONE_SENDER: u32 = 40;
const MOST_SIGHTINGS_OF_ONE_SENDER: usize = 8;
const MOST_BYTES: usize = 32 * 1024 * 1024;

pub(super) struct Taker<'a> {
    networks: &'a [Ipv4Net],
    own: BTreeSet<Ipv4Addr>,
    seen: &'a watch::Sender<usize>,
    /// How many datagrams of each sender in the networks were read, and of each outside.
    here: BTreeMap<Ipv4Addr, u32>,
    outside: BTreeMap<Ipv4Addr, u32>,
    bytes: usize,
    heard: Heard,
}

/// Where a sender is, seen from the interface that heard it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    /// In the networks, or with an address that it gave itself.
    Here,
    Outside,
    /// No device has such an address, or it is this host itself.
    Nowhere,
}

impl<'a> Taker<'a> {
    pub(super) fn new(search: &'a Search, seen: &'a watch::Sender<usize>) -> Self {
        Self {
            networks: &search.networks,
            own: search.attachments.iter().map(|attachment| attachment.address).collect(),
            seen,
            here: BTreeMap::new(),
            outside: BTreeMap::new(),
            bytes: 0,
            heard: Heard::default(),
        }
    }

    pub(super) fn heard(self) -> Heard {
        self.heard
    }

    pub(super) fn take(&mut self, asking: &Asking, from: Ipv4Addr, bytes: &[u8]) {
        self.take_from(&asking.attachment, asking.language, from, bytes);
    }

    fn take_from(&mut self, heard_on: &Attachment, language: Language, from: Ipv4Addr, bytes: &[u8]) {
        self.heard.tally.received += 1;
        let whereabouts = self.whereabouts(heard_on, from);
        if whereabouts == Whereabouts::Nowhere {
            self.heard.tally.others += 1;
            return;
        }
        if !self.affords(from, bytes.len(), whereabouts) {
            self.heard.tally.dropped += 1;
            return;
        }
        let place = Place { interface: &heard_on.interface, address: from };
        let Some(sayings) = read(language, place, bytes) else {
            self.heard.tally.unreadable += 1;
            return;
        };
        if sayings.is_empty() {
            self.heard.tally.others += 1;
        }
        for saying in sayings {
            match (whereabouts, saying) {
                (Whereabouts::Here, Saying::OfItself(sighting)) => self.add(sighting),
                (Whereabouts::Here, Saying::OfAnother(repeated)) => self.add_repeated(repeated),
                (Whereabouts::Outside | Whereabouts::Nowhere, Saying::OfItself(sighting)) => {
                    self.add_outside(sighting);
                }
                (Whereabouts::Outside | Whereabouts::Nowhere, Saying::OfAnother(_)) => {}
            }
        }
    }

    fn whereabouts(&self, heard_on: &Attachment, from: Ipv4Addr) -> Whereabouts {
        let networks: &[Ipv4Net] =
            if self.networks.is_empty() { std::slice::from_ref(&heard_on.network) } else { self.networks };
        let is_edge =
            |net: &Ipv4Net| net.prefix_len() < 31 && [net.network(), net.broadcast()].contains(&from);
        let no_device = from.is_unspecified()
            || from.is_loopback()
            || from.is_multicast()
            || from.is_broadcast()
            || self.own.contains(&from)
            || networks.iter().any(is_edge);
        if no_device {
            Whereabouts::Nowhere
        } else if from.is_link_local() || networks.iter().any(|net| net.contains(&from)) {
            Whereabouts::Here
        } else {
            Whereabouts::Outside
        }
    }

    /// Whether another datagram of this sender is read. Those from outside crowd out nobody inside.
    fn affords(&mut self, from: Ipv4Addr, length: usize, whereabouts: Whereabouts) -> bool {
        let (senders, most) = match whereabouts {
            Whereabouts::Here => (&mut self.here, MOST_DEVICES),
            Whereabouts::Outside | Whereabouts::Nowhere => (&mut self.outside, MOST_OUTSIDE),
        };
        if senders.len() >= most && !senders.contains_key(&from) {
            self.heard.tally.turned_away += u64::from(whereabouts == Whereabouts::Here);
            return false;
        }
        if self.bytes + length > MOST_BYTES {
            return false;
        }
        let read = senders.entry(from).or_default();
        if *read >= MOST_OF_ONE_SENDER {
            return false;
        }
        *read += 1;
        self.bytes += length;
        true
    }

    fn add(&mut self, sighting: Sighting) {
        let of_sender = self.heard.sightings.iter().filter(|own| own.address == sighting.address).count();
        if of_sender < MOST_SIGHTINGS_OF_ONE_SENDER && !self.heard.sightings.contains(&sighting) {
            self.heard.sightings.push(sighting);
            let devices: BTreeSet<Ipv4Addr> = self.heard.sightings.iter().map(|own| own.address).collect();
            self.seen.send_replace(devices.len());
        }
    }

    fn add_outside(&mut self, sighting: Sighting) {
        if self.heard.outside.iter().all(|own| own.address != sighting.address) {
            let Sighting { interface, address, name, .. } = sighting;
            self.heard.outside.push(Outside { interface, address, name });
        }
    }

    fn add_repeated(&mut self, repeated: Repeated) {
        if self.heard.repeated.len() < MOST_REPEATED && !self.heard.repeated.contains(&repeated) {
            self.heard.repeated.push(repeated);
        }
    }
}

/// What a device says, and of whom.
enum Saying {
    OfItself(Sighting),
    OfAnother(Repeated),
}

/// Where something was heard, and from whom.
#[derive(Clone, Copy)]
struct Place<'a> {
    interface: &'a str,
    address: Ipv4Addr,
}

/// What one datagram says; `None` when it cannot be read.
fn read(language: Language, place: Place<'_>, bytes: &[u8]) -> Option<Vec<Saying>> {
    match language {
        Language::WsDiscovery => {
            let matches = ws::parse_matches(bytes).ok()?;
            let ours = matches.iter().filter(|found| found.kin == Kin::Onvif);
            Some(ours.map(|found| Saying::OfItself(of_match(found, place))).collect())
        }
        Language::Mdns => {
            let instances = mdns::read(bytes).ok()?;
            Some(instances.iter().map(|instance| of_instance(instance, place)).collect())
        }
    }
}

fn of_match(found: &Match, place: Place<'_>) -> Sighting {
    let Place { interface, address } = place;
    let service = found.service(address.into());
    let scopes = &found.scopes;
    Sighting {
        interface: interface.to_owned(),
        address,
        means: Means::Onvif,
        endpoint: clean(found.endpoint.as_deref()),
        name: clean(scopes.name.as_deref()),
        model: clean(scopes.hardware.as_deref()),
        place: clean(Some(&scopes.locations.join(" "))),
        serial: clean(scopes.serial.as_deref()),
        mac: scopes.mac.clone(),
        elsewhere: clean(service.as_ref().and_then(|service| service.elsewhere.as_deref())),
        service: service.map(|service| Service {
            port: service.port.unwrap_or(service.scheme.port()),
            scheme: match service.scheme {
                ws::Scheme::Http => Scheme::Http,
                ws::Scheme::Https => Scheme::Https,
            },
            path: service.path,
        }),
    }
}

fn of_instance(instance: &Instance, place: Place<'_>) -> Saying {
    let Place { interface, address } = place;
    let own = instance.addresses.contains(&IpAddr::V4(address));
    if let Some(other) = instance.addresses.first().filter(|_| !own) {
        return Saying::OfAnother(Repeated {
            interface: interface.to_owned(),
            by: address,
            name: clean(Some(&instance.name)),
            address: *other,
        });
    }
    Saying::OfItself(Sighting {
        interface: interface.to_owned(),
        address,
        means: match instance.service {
            mdns::Service::AxisVideo => Means::AxisVideo,
            mdns::Service::Rtsp => Means::Rtsp,
        },
        endpoint: None,
        name: clean(Some(&instance.name)),
        model: None,
        place: None,
        serial: None,
        mac: instance.mac.clone(),
        service: None,
        elsewhere: None,
    })
}

fn clean(text: Option<&str>) -> Option<DeviceText> {
    text.map(DeviceText::clean).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
