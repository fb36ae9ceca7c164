//! The site's configuration: read once, checked as a whole, then plain data.
//!
//! A configuration either loads or yields all its problems at once, each with its place and its
//! remedy; nothing is guessed and nothing unknown is passed over. Secrets are fetched from where the
//! configuration points and appear in no message.

pub mod camera;
pub mod channel;
pub mod edit;
pub mod known;
pub mod network;
pub mod probing;
pub mod problem;
pub mod relay;
pub mod surroundings;
pub mod vendor;

mod document;
pub mod duration;
mod files;
pub(crate) mod keys;
mod read;
mod reference;
mod schema;
mod secret;
mod show;
mod specs;
pub(crate) mod values;

pub use reference::{reference, sample};
pub use schema::{profile_schema, schema};
pub(crate) use specs::{LEAST_FREE_BYTES, RELAYS_EVERY};

use camera::{Account, Camera, Segment};
use channel::{Alerting, Channel};
use demarc_model::id::{EndpointId, SiteId, VendorId};
use demarc_model::site::Language;
use document::File;
use network::Network;
use probing::{Diagnosis, Probing, Store};
use problem::{Ledger, Problem, Problems};
use read::Document;
use relay::Relay;
use secret::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use vendor::VendorProfile;

/// A checked configuration: every reference leads somewhere and every value is in range.
#[derive(Debug, Clone)]
pub struct Config {
    pub id: SiteId,
    pub name: String,
    /// Of verdicts and messages.
    pub language: Language,
    pub vendor: Option<VendorProfile>,
    pub relay: Option<Relay>,
    /// Whether the relays that cameras tell are watched in the place of the profile's.
    pub relays_from_cameras: bool,
    /// The endpoints that only cameras name and that have answered: they count as any others.
    pub(crate) proven: BTreeSet<EndpointId>,
    pub network: Network,
    pub segments: Vec<Segment>,
    pub accounts: Vec<Account>,
    pub cameras: Vec<Camera>,
    pub probing: Probing,
    pub diagnosis: Diagnosis,
    pub channels: Vec<Channel>,
    pub alerting: Alerting,
    pub store: Store,
    /// What is permitted and yet unwise.
    pub warnings: Vec<Problem>,
    /// What `show` prints.
    effective: String,
}

/// Reads a configuration file with its `demarc.d/` and `vendors/`.
///
/// # Errors
/// All problems of all files; those with TOML itself alone, because the rest cannot be read then.
pub fn load(path: &Path) -> Result<Config, Problems> {
    load_with(path, &|name| std::env::var(name).ok())
}

/// As [`load`], with the environment given.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Problems> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut ledger = Ledger::default();
    let merged = read_merged(path, folder, &mut ledger).ok_or_else(|| ledger.problems())?;
    let profiles = vendor::profiles(&folder.join("vendors"), &mut ledger);
    let document =
        Document { ledger: &ledger, root: &merged.root, start: merged.start, sections: keys::site::SECTIONS };
    let config = resolve(document, Host { folder, env }, &profiles);
    match config {
        Some(config) if ledger.is_clean() => Ok(config),
        _ => Err(ledger.problems()),
    }
}

/// The effective configuration as TOML: defaults filled in, secrets masked, each line with its origin.
pub fn show(config: &Config) -> &str {
    &config.effective
}

fn read_merged(path: &Path, folder: &Path, ledger: &mut Ledger) -> Option<File> {
    let main = document::read(path, ledger);
    let drop_ins = document::toml_files(&folder.join("demarc.d"), ledger);
    // All files are read before the first unreadable one ends it.
    let drop_ins = drop_ins.iter().map(|file| document::read(file, ledger)).collect::<Vec<_>>();
    let drop_ins = drop_ins.into_iter().collect::<Option<Vec<_>>>();
    let (mut main, drop_ins) = (main?, drop_ins?);
    for drop_in in drop_ins {
        main.root.merge(drop_in.root, ledger);
    }
    Some(main)
}

fn resolve(
    document: Document<'_>,
    host: Host<'_>,
    profiles: &BTreeMap<VendorId, VendorProfile>,
) -> Option<Config> {
    document.one("");
    let site = document.required("site");
    let id = site.parsed("id", |text| SiteId::new(text).ok());
    let name = site.text("name");
    let language = site.choice("language", &[("en", Language::English), ("de", Language::German)]);
    let relays_from_cameras = site.flag("relays-from-cameras");
    let known = profiles.keys().map(VendorId::as_str).collect::<Vec<_>>();
    let vendor = values::reference(&site, "vendor", &known, "vendor profile with id");
    let network = network::read(document, host.folder);
    let segments = camera::segments(document);
    let accounts = camera::accounts(document, host);
    let cameras = camera::cameras(document);
    let probing = probing::probing(document);
    let diagnosis = probing::diagnosis(document);
    let channels = channel::read(document, host);
    let alerting = channel::alerting(document);
    let store = probing::store(document);
    let vendor = vendor.and_then(|id| VendorId::new(&id).ok()).and_then(|id| profiles.get(&id).cloned());
    let relay = relay::read(document, host, vendor.as_ref(), accounts.as_deref());
    Some(Config {
        id: id?,
        name: name?,
        language: language?,
        effective: show::effective(document, vendor.as_ref()),
        vendor,
        relay,
        relays_from_cameras: relays_from_cameras?,
        proven: BTreeSet::new(),
        network: network?,
        segments: segments?,
        accounts: accounts?,
        cameras: cameras?,
        probing: probing?,
        diagnosis: diagnosis?,
        channels: channels?,
        alerting: alerting?,
        store: store?,
        warnings: document.ledger.warnings(),
    })
}
