//! `demarc.d/cameras.toml`: what was found, added to what is there.
//!
//! A person may have written into the file: nothing in it is changed, new cameras stand at its end, and
//! a configuration that was good stays good or the file stays as it was.

use super::device::{Device, Standing};
use crate::config;
use crate::config::keys::quoted;
use crate::config::known::Known;
use crate::config::problem::Problems;
use demarc_probe::discovery::Means;
use demarc_probe::spec::Scheme;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    pub file: PathBuf,
    /// Those that were added; when there are none, nothing was written.
    pub cameras: Vec<NewCamera>,
    /// What is wrong with the configuration, and was before.
    pub problems: Option<Problems>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewCamera {
    pub id: String,
    pub address: Ipv4Addr,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write {}: only who may change the configuration can, with `sudo` for /etc", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("nothing can be added to {}: its cameras have to be written as [[camera]], one after the other", path.display())]
    Closed { path: PathBuf },
    #[error("with what was found the configuration would no longer be good; {} is as it was", path.display())]
    Spoils {
        path: PathBuf,
        #[source]
        source: Problems,
    },
}

/// The file beside this configuration.
pub fn path(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join("demarc.d").join("cameras.toml")
}

/// Adds the cameras that the configuration lacks. `day` is written beside them: `2026-11-26`.
///
/// # Errors
/// The file cannot be read or written, or the configuration would be spoilt by it.
pub fn add(config: &Path, devices: &[Device], known: &Known, day: &str) -> Result<Written, FileError> {
    let file = path(config);
    let new = named(devices, known);
    let before = config::load(config);
    let cameras: Vec<NewCamera> = new.iter().map(|(camera, _)| camera.clone()).collect();
    if cameras.is_empty() {
        return Ok(Written { file, cameras, problems: before.err() });
    }
    let old = match fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(FileError::Read { path: file, source }),
    };
    let text = text(old.as_deref(), &new, day);
    if text.parse::<toml::Table>().is_err() {
        return Err(FileError::Closed { path: file });
    }
    let unwritable = |source| FileError::Write { path: file.clone(), source };
    put(&file, &text).map_err(unwritable)?;
    match (before, config::load(config)) {
        (Ok(_), Err(source)) => {
            match old {
                Some(old) => put(&file, &old),
                None => fs::remove_file(&file),
            }
            .map_err(unwritable)?;
            Err(FileError::Spoils { path: file, source })
        }
        (_, after) => Ok(Written { file, cameras, problems: after.err() }),
    }
}

/// The devices that can be written down, each with an id that is not taken.
fn named<'a>(devices: &'a [Device], known: &Known) -> Vec<(NewCamera, &'a Device)> {
    let mut taken: BTreeSet<String> = known.cameras.iter().map(|camera| camera.id.clone()).collect();
    let new = devices.iter().filter(|device| device.standing == Standing::New);
    new.map(|device| {
        let stem = stem(device);
        let more = (2..).map(|n| format!("{stem}-{n}"));
        let mut ids = std::iter::once(stem.clone()).chain(more).filter(|id| !taken.contains(id));
        let id = ids.next().expect("of endlessly many names one is free");
        taken.insert(id.clone());
        (NewCamera { id, address: device.address }, device)
    })
    .collect()
}

/// `axis-p3265-v-0001`: what it calls itself, and the last digits of its hardware address or address.
fn stem(device: &Device) -> String {
    const LONGEST: usize = 40;
    let title = device.title().unwrap_or_default().to_ascii_lowercase();
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(LONGEST);
    let slug = match slug.trim_end_matches('-') {
        "" => "camera",
        slug => slug,
    };
    let digits = device.mac.as_deref().and_then(|mac| mac.get(8..)).map(str::to_ascii_lowercase);
    let digits = digits.unwrap_or_else(|| device.address.octets()[3].to_string());
    if slug.ends_with(&digits) { slug.to_owned() } else { format!("{slug}-{digits}") }
}

fn text(old: Option<&str>, new: &[(NewCamera, &Device)], day: &str) -> String {
    const HEAD: &str = "# Cameras that `demarc discover --write` found. The file is yours: change ids, add names, segments and\n\
         # accounts, strike what is not a camera of yours. What is found later is added at the end.\n";
    let mut text = old.unwrap_or(HEAD).to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for (camera, device) in new {
        text.push_str(&entry(camera, device, day));
    }
    text
}

fn entry(camera: &NewCamera, device: &Device, day: &str) -> String {
    let said = [device.title(), device.mac.clone(), device.serial.as_ref().map(ToString::to_string)];
    let place = device.place.as_ref().map(ToString::to_string);
    let said: Vec<String> = said.into_iter().chain([place]).flatten().collect();
    let said = if said.is_empty() { "nothing of itself".to_owned() } else { said.join(", ") };
    let mut out = format!("\n# {day}, by {} on {}, it says: {said}\n", by(device), device.interface);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "[[camera]]\nid = {}\naddress = \"{}\"", quoted(&camera.id), camera.address);
    let Some(service) = &device.service else { return out };
    let (scheme, usual) = match service.scheme {
        Scheme::Http => ("http", 80),
        Scheme::Https => ("https", 443),
    };
    if service.scheme == Scheme::Https || service.port != usual {
        let _ = writeln!(out, "scheme = \"{scheme}\"\nport = {}", service.port);
    }
    let _ = writeln!(out, "onvif-path = {}", quoted(&service.path));
    out
}

/// By which ways a device was found: `ONVIF, mDNS`.
pub fn by(device: &Device) -> String {
    let mut ways: Vec<&str> = Vec::new();
    for means in &device.means {
        let way = match means {
            Means::Onvif => "ONVIF",
            Means::AxisVideo | Means::Rtsp => "mDNS",
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    if ways.is_empty() { "ARP".to_owned() } else { ways.join(", ") }
}

/// Whole or not at all: written beside it, then put in its place. A link stays one.
fn put(file: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(file);
    let file = target.as_deref().unwrap_or(file);
    let folder = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let beside = folder.join(".cameras.toml.new");
    let written = (|| {
        let mut new = File::create(&beside)?;
        if let Ok(old) = fs::metadata(file) {
            new.set_permissions(old.permissions())?;
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, file)
    })();
    if written.is_err() {
        // What is left over is in nobody's way, and the failure above is what counts.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests;
