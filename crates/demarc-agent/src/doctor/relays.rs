//! Which of the vendor's relays are watched, and what cameras have to do with it.

use super::Check;
use crate::config::Config;
use crate::config::vendor::FromCameras;
use crate::past;
use crate::relays::{Heard, Left};
use demarc_model::id::{CameraId, VendorId};
use std::collections::BTreeSet;
use std::path::Path;

const ABOUT: &str = "relays";
/// Strange relays that are named one by one.
const MOST: usize = 5;

/// The configuration as the service follows it, and what the cameras told.
pub(super) struct Told {
    pub(super) config: Config,
    heard: Heard,
    /// Why it is not known what cameras told.
    unread: Option<String>,
}

pub(super) fn look(config: &Config, state_dir: &Path) -> Told {
    let there = crate::run::database(state_dir).exists();
    let read = || {
        let store = past::open(state_dir)?;
        Ok::<_, past::StoreError>((store.relays()?, store.answered()?))
    };
    let read = if there { read() } else { Ok(Default::default()) };
    let ((told, answered), unread) = match read {
        Ok(read) => (read, None),
        Err(error) => (Default::default(), Some(crate::keeper::chain(&error))),
    };
    let (config, heard) = config.with_relays(&told, &answered);
    Told { config, heard, unread }
}

impl Told {
    pub(super) fn checks(&self) -> Vec<Check> {
        let Some(vendor) = &self.config.vendor else { return Vec::new() };
        if vendor.endpoints.iter().all(|endpoint| !endpoint.is_replaceable()) {
            return Vec::new();
        }
        if !self.config.relays_from_cameras {
            return vec![Check::unused(ABOUT, "the profile's: relays-from-cameras is false")];
        }
        let left = self.heard.left.iter();
        let strange: Vec<Check> =
            left.clone().filter_map(|(left, cameras)| complain(left, cameras, &vendor.id)).collect();
        let more = strange.len().saturating_sub(MOST);
        let mut checks = vec![self.in_force()];
        checks.extend(strange.into_iter().take(MOST));
        if more > 0 {
            checks.push(Check::limited(ABOUT, format!("{more} more such relays are named"), REMEDY));
        }
        checks.extend(left.filter_map(|(left, cameras)| remark(left, cameras)));
        let beyond = self.heard.left.keys().filter(|left| matches!(left, Left::Beyond(_))).count();
        if beyond > 0 {
            let found = format!("{beyond} more that cameras name are not asked: so many are enough");
            checks.push(Check::unused(ABOUT, found));
        }
        checks
    }

    fn in_force(&self) -> Check {
        if let Some(unread) = &self.unread {
            let found = format!("the profile's: what cameras told cannot be read: {unread}");
            return Check::limited(ABOUT, found, "run this as root or as the user of the service");
        }
        if self.heard.taken.is_empty() {
            let found = "the profile's: no camera named others; only an administrator's account is told";
            return Check::unused(ABOUT, found);
        }
        let named = self.heard.taken.iter().map(|(endpoint, cameras)| {
            let address = endpoint.address.map(|address| address.to_string());
            let address = address.filter(|address| *address != endpoint.host);
            let address = address.map_or_else(String::new, |address| format!(" ({address})"));
            let hearsay =
                endpoint.from_cameras == FromCameras::Alone && !self.config.proven.contains(&endpoint.id);
            let silent = if hearsay { ", silent so far and not counted" } else { "" };
            format!("{}{address} by {}{silent}", endpoint.host, those(cameras))
        });
        let named = named.collect::<Vec<_>>().join("; ");
        Check::good(ABOUT, format!("as cameras name them, in the place of the profile's: {named}"))
    }
}

const REMEDY: &str = "see who changed the camera's list (RemoteService.ServerList); a relay of your own goes \
                      into `relay-domains` of a profile of your own in vendors/";

fn complain(left: &Left, cameras: &BTreeSet<CameraId>, vendor: &VendorId) -> Option<Check> {
    let (host, reason) = match left {
        Left::Foreign(host) => (host.clone(), format!("which is not of vendor {vendor}")),
        Left::Local(address) => (address.to_string(), "which is no address of the Internet".to_owned()),
        Left::Beyond(_) | Left::Off | Left::Empty => return None,
    };
    let names = if cameras.len() == 1 { "names" } else { "name" };
    let found = format!("camera {} {names} relay {host}, {reason}: it is not asked", those(cameras));
    Some(Check::limited(ABOUT, found, REMEDY))
}

fn remark(left: &Left, cameras: &BTreeSet<CameraId>) -> Option<Check> {
    let says = if cameras.len() == 1 { "says that it connects" } else { "say that they connect" };
    let found = match left {
        Left::Off => format!("{} {says} to none: that changes nothing", those(cameras)),
        Left::Empty => format!("{}: an empty list, which changes nothing", those(cameras)),
        Left::Foreign(_) | Left::Local(_) | Left::Beyond(_) => return None,
    };
    Some(Check::unused(ABOUT, found))
}

/// `entrance`, `entrance and 3 more`.
fn those(cameras: &BTreeSet<CameraId>) -> String {
    let first = cameras.first().map(ToString::to_string).unwrap_or_default();
    match cameras.len() {
        0 | 1 => first,
        many => format!("{first} and {} more", many - 1),
    }
}
