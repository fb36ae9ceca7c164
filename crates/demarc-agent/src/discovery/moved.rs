//! Configured cameras that answer at another address than the configured one.
//!
//! What the service learnt of a camera tells: its serial number, and the hardware address that answered for
//! it. The configuration is not changed by it, and a device that only says so may lie.

use super::device::{Context, Device, Standing};
use crate::config::known::Known;
use crate::past::{self, HistoryFilter};
use demarc_model::observation::{Observation, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_store::StoreError;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

/// How far back it is looked for a camera's hardware address.
const DAYS: Duration = Duration::from_hours(30 * 24);
/// So many looks at one camera, newest first: some weeks, of which it may have been away for all but one.
const MOST: u32 = 8192;
/// A camera whose address was answered for so lately did not move: the looks are five minutes apart, and
/// seconds when something is wrong.
const FRESH: Duration = Duration::from_mins(15);
/// Shorter serial numbers are shared by too many.
const SHORTEST: usize = 6;

/// By what a configured camera is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub camera: String,
    /// A serial number or a hardware address, in upper case and without punctuation.
    pub text: String,
}

/// What the service learnt of the configured cameras; nothing where nothing can be read.
pub fn marks(state_dir: &Path, known: &Known, now: Timestamp) -> Vec<Mark> {
    read(state_dir, known, now).unwrap_or_else(|error| {
        tracing::debug!(%error, "of no camera it is known who it is");
        Vec::new()
    })
}

fn read(state_dir: &Path, known: &Known, now: Timestamp) -> Result<Vec<Mark>, StoreError> {
    let reader = past::open(state_dir)?;
    let met = reader.identities()?;
    let mut marks = Vec::new();
    for camera in &known.cameras {
        let looks = reader.history(&HistoryFilter {
            kind: Some(ProbeKind::CameraNeighbour),
            subject: Some(camera.id.clone()),
            from: now.minus(DAYS),
            to: now,
            most: MOST,
        })?;
        let answered = |look: &&Observation| look.outcome == Outcome::Passed;
        if looks.last().filter(answered).is_some_and(|look| now.since(look.at) < FRESH) {
            continue;
        }
        let mac = looks.iter().rev().filter(answered).flat_map(|look| &look.readings).find_map(mac_in);
        let own = met.iter().find(|met| met.camera.as_str() == camera.id);
        let serial = own.and_then(|met| met.pinned.serial.as_ref());
        let texts = [mac, serial].into_iter().flatten().map(|text| plain(text.as_str()));
        marks.extend(texts.map(|text| Mark { camera: camera.id.clone(), text }));
    }
    marks.retain(|mark| mark.text.len() >= SHORTEST && mark.text.bytes().any(|byte| byte != b'0'));
    Ok(marks)
}

fn mac_in(reading: &Reading) -> Option<&DeviceText> {
    match reading {
        Reading::HardwareAddresses(macs) => macs.first(),
        _ => None,
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Tells the devices that are cameras whose configured address is silent, which the kernel may still
/// remember.
pub(super) fn tell(devices: &mut Vec<Device>, context: Context<'_>) {
    for camera in &context.known.cameras {
        let Some(from) = camera.address else { continue };
        let old = Standing::Configured(camera.id.clone());
        if devices.iter().any(|device| device.standing == old && !device.means.is_empty()) {
            continue;
        }
        let marks = || context.marks.iter().filter(|mark| mark.camera == camera.id);
        let mut found = devices.iter_mut().filter(|device| {
            is_free(device)
                && marks().any(|mark| bears(device, &mark.text, context))
                && !is_held(from, device, context)
        });
        // Where two say the same, one of them lies.
        if let (Some(device), None) = (found.next(), found.next()) {
            device.standing = Standing::Moved { camera: camera.id.clone(), from };
            devices.retain(|device| device.standing != old);
        }
    }
}

const fn is_free(device: &Device) -> bool {
    matches!(device.standing, Standing::New | Standing::OnlyRtsp | Standing::OnlyNeighbour)
}

/// What the kernel knows of its hardware address goes before what it says of itself.
fn bears(device: &Device, mark: &str, context: Context<'_>) -> bool {
    let is_mac = mark.len() == 12 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    match mac(device.address.into(), context).filter(|_| is_mac) {
        Some(mac) => mac == mark,
        None => {
            let serial = device.serial.as_ref().is_some_and(|serial| plain(serial.as_str()) == mark);
            serial || device.mac.as_deref() == Some(mark)
        }
    }
}

/// Whether another device has the old address. The kernel remembers for a while whom it knew there.
fn is_held(old: IpAddr, device: &Device, context: Context<'_>) -> bool {
    let new = mac(device.address.into(), context);
    mac(old, context).is_some_and(|mac| Some(mac) != new)
}

fn mac<'a>(address: IpAddr, context: Context<'a>) -> Option<&'a str> {
    let mut there = context.neighbours.iter().filter(|neighbour| IpAddr::V4(neighbour.address) == address);
    there.next().map(|neighbour| neighbour.mac.as_str())
}
