//! Which relays are watched: the profile's, or those that the site's own cameras say they connect to.
//!
//! A camera knows better than any profile which relays it uses, and it may be in other hands. So its word
//! counts only for hosts in the vendor's own domains and for public addresses; what most cameras name comes
//! first, and there is an end to it. What is left aside is told, and nothing is asked because of it.

mod hearing;
mod list;
#[cfg(test)]
mod tests;

pub(crate) use hearing::Hearing;

use crate::config::vendor::{Endpoint, FromCameras, VendorProfile};
use crate::config::{Config, relay};
use demarc_model::id::{CameraId, EndpointId};
use demarc_model::probe::ProbeKind;
use demarc_model::relay::RelayMode;
use demarc_probe::spec::{Check, Trust};
use demarc_store::relay::Told;
use list::{Read, Server};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// So many relays are watched, whatever cameras name.
const MOST: usize = 8;

/// What the lists of a site's cameras come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Heard {
    /// What stands in the place of the profile's relays; nothing where those stay. Who named each.
    pub(crate) taken: Vec<(Endpoint, BTreeSet<CameraId>)>,
    /// What is not asked, why, and who named it.
    pub(crate) left: BTreeMap<Left, BTreeSet<CameraId>>,
}

/// What a camera told that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Left {
    /// A name outside of the vendor's domains.
    Foreign(String),
    /// An address that is none of the Internet's.
    Local(IpAddr),
    /// There are enough without it.
    Beyond(String),
    /// It connects to no relay.
    Off,
    /// It names none.
    Empty,
}

impl Left {
    /// Whether somebody should look into it.
    pub(crate) const fn is_strange(&self) -> bool {
        matches!(self, Self::Foreign(_) | Self::Local(_))
    }
}

impl Config {
    /// The configuration with the relays that cameras of this site told in the place of the profile's.
    /// `answered` are the servers that have, as [`servers`] writes them.
    pub(crate) fn with_relays(&self, told: &[Told], answered: &BTreeSet<String>) -> (Self, Heard) {
        let mut config = self.clone();
        let Some(vendor) = config.vendor.as_mut().filter(|_| self.relays_from_cameras) else {
            return (config, Heard::default());
        };
        let own = |told: &&Told| self.cameras.iter().any(|camera| camera.id == told.camera);
        let heard = hear(vendor, told.iter().filter(own));
        if !heard.taken.is_empty() {
            vendor.endpoints = in_place(vendor, &heard);
        }
        let own = |endpoint: &&Endpoint| endpoint.from_cameras == FromCameras::Alone;
        let proven = |endpoint: &&Endpoint| servers(endpoint).all(|(_, server)| answered.contains(&server));
        config.proven = vendor.endpoints.iter().filter(own).filter(proven).map(|e| e.id.clone()).collect();
        (config, heard)
    }
}

/// Every way in which an endpoint is asked, and what is asked then: its name or its address, and the port.
pub(crate) fn servers(endpoint: &Endpoint) -> impl Iterator<Item = (ProbeKind, String)> {
    let name = (!endpoint.is_nameless()).then(|| format!("{}:{}", endpoint.host, endpoint.port));
    let address = endpoint.address.map(|address| SocketAddr::new(address, endpoint.port).to_string());
    let name = name.map(|server| (ProbeKind::VendorName, server));
    name.into_iter().chain(address.map(|server| (ProbeKind::VendorAddress, server)))
}

/// The profile's endpoints, those in their old places that a camera names too.
fn in_place(vendor: &VendorProfile, heard: &Heard) -> Vec<Endpoint> {
    let taken = || heard.taken.iter().map(|(endpoint, _)| endpoint);
    let stays = |old: &Endpoint| match old.is_replaceable() {
        true => taken().find(|new| new.id == old.id).cloned(),
        false => Some(old.clone()),
    };
    let is_new = |new: &&Endpoint| vendor.endpoints.iter().all(|old| old.id != new.id);
    vendor.endpoints.iter().filter_map(stays).chain(taken().filter(is_new).cloned()).collect()
}

fn hear<'a>(profile: &VendorProfile, lists: impl Iterator<Item = &'a Told>) -> Heard {
    let mut heard = Heard::default();
    let replaced: Vec<&Endpoint> = profile.endpoints.iter().filter(|e| e.is_replaceable()).collect();
    let Some(model) = replaced.first() else { return heard };
    let mut servers = Vec::new();
    for told in lists {
        let mut leave = |left| heard.left.entry(left).or_default().extend([told.camera.clone()]);
        if told.list.mode == RelayMode::Off {
            leave(Left::Off);
        } else if told.list.servers.is_empty() {
            leave(Left::Empty);
        } else {
            let Read { own, left } = list::read(&told.list, &profile.relay_domains);
            left.into_iter().for_each(leave);
            servers.extend(own.into_iter().map(|server| (server, told.camera.clone())));
        }
    }
    let mut ids: BTreeSet<EndpointId> =
        profile.endpoints.iter().filter(|e| !e.is_replaceable()).map(|e| e.id.clone()).collect();
    ids.extend(EndpointId::new(relay::ENDPOINT));
    for (server, cameras) in united(servers) {
        let known = replaced.iter().find(|endpoint| server.is(endpoint));
        let endpoint = known.map_or_else(|| fresh(&server, model), |known| Some(server.seen_as(known)));
        // Two of one id would be one to everybody else.
        match endpoint.filter(|new| heard.taken.len() < MOST && ids.insert(new.id.clone())) {
            Some(endpoint) => heard.taken.push((endpoint, cameras)),
            None => heard.left.entry(Left::Beyond(server.host())).or_default().extend(cameras),
        }
    }
    heard
}

/// What all cameras name, the most named first; of equals those that have a name, in the order of their names.
fn united(servers: Vec<(Server, CameraId)>) -> Vec<(Server, BTreeSet<CameraId>)> {
    let mut names: BTreeMap<IpAddr, BTreeSet<String>> = BTreeMap::new();
    for (server, _) in &servers {
        if let (Some(address), Some(name)) = (server.address, &server.name) {
            names.entry(address).or_default().insert(name.clone());
        }
    }
    let mut all: BTreeMap<String, (Vec<Server>, BTreeSet<CameraId>)> = BTreeMap::new();
    for (mut server, camera) in servers {
        // A server that one camera knows by its address alone is the one that others know by both.
        let known = server.address.and_then(|address| names.get(&address)).filter(|names| names.len() == 1);
        server.name = server.name.take().or_else(|| known?.first().cloned());
        let (same, cameras) = all.entry(server.host()).or_default();
        same.push(server);
        cameras.insert(camera);
    }
    let merged = all.into_values().filter_map(|(same, cameras)| Some((Server::merged(same)?, cameras)));
    let mut all: Vec<_> = merged.collect();
    all.sort_by_key(|(server, cameras)| (Reverse(cameras.len()), server.name.is_none()));
    all
}

/// A server that the profile does not know, asked as those that it knows.
fn fresh(server: &Server, model: &Endpoint) -> Option<Endpoint> {
    let id = EndpointId::new(&server.host().replace(':', "-")).ok()?;
    let host = server.host();
    let new = Endpoint { id, host, region: None, address: None, ..model.clone() };
    let mut new = server.seen_as(&new);
    new.source = "the list of relays in the site's cameras".to_owned();
    (new.verified, new.from_cameras) = (false, FromCameras::Alone);
    // Nobody certifies an address.
    if server.name.is_none() && new.trust == Trust::Public {
        (new.check, new.issuer) = (Check::Tcp, None);
    }
    Some(new)
}
