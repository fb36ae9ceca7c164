//! Vendor profiles: which hosts provide which service of a vendor.
//!
//! Profiles are data. The shipped ones are part of the program; a folder `vendors/` beside the
//! configuration adds others or replaces them.

use super::document::{self, File};
use super::keys;
use super::problem::Ledger;
use super::read::{Document, Reader};
use super::values;
use demarc_model::id::{CapabilityId, EndpointId, RegionId, VendorId};
use demarc_probe::spec::{CameraCloud, Check, PageFormat, Relay, Trust};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

macro_rules! shipped {
    ($($name:literal),*) => {
        [$((
            concat!("(shipped) vendors/", $name, ".toml"),
            include_str!(concat!("../../../../config/vendors/", $name, ".toml")),
        )),*]
    };
}

/// Name in messages, text.
const SHIPPED: [(&str, &str); 7] =
    shipped!("axis", "bosch", "dahua", "genetec", "hikvision", "openeye", "reolink");

/// The words for the forms of status pages.
const FORMATS: [(&str, Option<PageFormat>); 11] = [
    ("auto", None),
    ("statuspage", Some(PageFormat::Statuspage)),
    ("instatus", Some(PageFormat::Instatus)),
    ("better-stack", Some(PageFormat::BetterStack)),
    ("cachet-3", Some(PageFormat::Cachet3)),
    ("cachet-2", Some(PageFormat::Cachet2)),
    ("status-io", Some(PageFormat::StatusIo)),
    ("openstatus", Some(PageFormat::OpenStatus)),
    ("rss", Some(PageFormat::Rss)),
    ("atom", Some(PageFormat::Atom)),
    ("html", Some(PageFormat::Html)),
];

/// Of several relays, those that a camera is asked to connect to until one answers.
const MOST_TESTED: usize = 3;

/// How cameras are asked about their vendor's cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudQuestion {
    /// For their registration at EZVIZ.
    Ezviz,
    /// To connect to one of the relays that cameras use.
    TcpTest,
}

const CLOUD_QUESTIONS: [(&str, CloudQuestion); 2] =
    [("ezviz", CloudQuestion::Ezviz), ("tcptest", CloudQuestion::TcpTest)];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorProfile {
    pub id: VendorId,
    pub name: String,
    pub capabilities: Vec<Capability>,
    pub endpoints: Vec<Endpoint>,
    pub status_page: Option<StatusPage>,
    pub camera_cloud: Option<CloudQuestion>,
    /// Where its relays are, in small letters: what cameras name elsewhere is not the vendor's.
    pub relay_domains: Vec<String>,
    /// The file it came from.
    pub file: PathBuf,
}

impl VendorProfile {
    /// How cameras tell whether they are, or could be, connected to the vendor.
    pub fn cloud_of_cameras(&self) -> Option<CameraCloud> {
        match self.camera_cloud? {
            CloudQuestion::Ezviz => Some(CameraCloud::Ezviz),
            CloudQuestion::TcpTest => {
                let relays = self.endpoints.iter().filter(|endpoint| endpoint.is_replaceable());
                let by_tcp = relays.filter(|endpoint| endpoint.check != Check::Stun);
                let relays = by_tcp.take(MOST_TESTED).map(|endpoint| Relay {
                    host: endpoint.address.map_or_else(|| endpoint.host.clone(), |a| a.to_string()),
                    port: endpoint.port,
                });
                Some(CameraCloud::TcpTest(relays.collect()))
            }
        }
    }

    /// Whether it is part of the program and not a file that somebody can add to.
    pub fn is_shipped(&self) -> bool {
        SHIPPED.iter().any(|(name, _)| Path::new(name) == self.file)
    }
}

/// A service of the vendor as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    pub id: CapabilityId,
    pub name: String,
    /// What people call it in German.
    pub german_name: Option<String>,
    /// The names under which the status page lists it.
    pub page_components: Vec<String>,
}

/// A host that provides a capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub capability: CapabilityId,
    pub host: String,
    /// The region of the vendor's cloud that the host stands in.
    pub region: Option<RegionId>,
    pub address: Option<IpAddr>,
    pub port: u16,
    pub check: Check,
    pub trust: Trust,
    /// What the name of its certificate's issuer contains.
    pub issuer: Option<String>,
    /// Whether the name may have a private address.
    pub private: bool,
    pub from_cameras: FromCameras,
    /// Where it is published that the host is used for this.
    pub source: String,
    /// Whether it has been seen to work as described.
    pub verified: bool,
}

/// What the site's cameras have to do with an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromCameras {
    No,
    /// What they name stands in its place.
    Replaceable,
    /// They alone name it like this.
    Alone,
}

impl Endpoint {
    /// Whether what cameras name stands in its place.
    pub fn is_replaceable(&self) -> bool {
        self.from_cameras != FromCameras::No
    }

    /// Whether it is known by its address alone.
    pub fn is_nameless(&self) -> bool {
        self.address.is_some_and(|address| self.host == address.to_string())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPage {
    pub url: String,
    /// The form it is in; found out when not known.
    pub format: Option<PageFormat>,
    /// Whether its name may have a private address.
    pub private: bool,
    pub source: Option<String>,
    pub verified: bool,
}

/// All profiles there are, the folder's before the shipped ones.
pub(super) fn profiles(folder: &Path, ledger: &mut Ledger) -> BTreeMap<VendorId, VendorProfile> {
    let mut profiles = BTreeMap::<VendorId, VendorProfile>::new();
    for path in document::toml_files(folder, ledger) {
        let Some(profile) = document::read(&path, ledger).and_then(|file| read_file(&file, ledger)) else {
            continue;
        };
        if let Some(first) = profiles.get(&profile.id) {
            ledger.report_file(
                &path,
                format!("the vendor `{}` is already described in {}", profile.id, first.file.display()),
                "remove one of the two files, or give one another id".into(),
            );
        } else {
            profiles.insert(profile.id.clone(), profile);
        }
    }
    for (name, text) in SHIPPED {
        let file = document::parse(PathBuf::from(name), text.to_owned(), ledger);
        if let Some(profile) = file.and_then(|file| read_file(&file, ledger)) {
            profiles.entry(profile.id.clone()).or_insert(profile);
        }
    }
    profiles
}

fn read_file(file: &File, ledger: &Ledger) -> Option<VendorProfile> {
    read(Document { ledger, root: &file.root, start: file.start, sections: keys::profile::SECTIONS })
}

fn read(document: Document<'_>) -> Option<VendorProfile> {
    let top = document.one("");
    let id = top.parsed("id", |text| VendorId::new(text).ok());
    let name = top.text("name");
    let camera_cloud = top.is_set("camera-cloud").then(|| top.choice("camera-cloud", &CLOUD_QUESTIONS));
    let relay_domains = relay_domains(&top);
    let capabilities = document.many("capability");
    values::refuse_repeats(&capabilities, "id");
    let known = capabilities.iter().filter_map(|section| section.peek("id")).collect::<Vec<_>>();
    let capabilities = capabilities.iter().map(capability).collect::<Vec<_>>();
    let capabilities = capabilities.into_iter().collect::<Option<Vec<_>>>();
    let sections = document.many("endpoint");
    values::refuse_repeats(&sections, "id");
    let endpoints = sections.iter().map(|section| endpoint(section, &known)).collect::<Vec<_>>();
    refuse_lone_relays(&top, &sections, &endpoints);
    refuse_test_without_relay(&top, camera_cloud.flatten(), &endpoints);
    let endpoints = endpoints.into_iter().collect::<Option<Vec<_>>>();
    if endpoints.as_ref().is_some_and(Vec::is_empty) {
        document.ledger.report_file(
            document.ledger.path(document.start.file),
            "the profile names no [[endpoint]]".into(),
            "add the vendor's hosts, or remove the file".into(),
        );
    }
    let status_page = document.has("status-page").then(|| status_page(&document.one("status-page")));
    Some(VendorProfile {
        id: id?,
        name: name?,
        capabilities: capabilities?,
        endpoints: endpoints?,
        status_page: status_page.flatten(),
        camera_cloud: camera_cloud.flatten(),
        relay_domains: relay_domains?,
        file: document.ledger.path(document.start.file).to_owned(),
    })
}

/// Whole domains alone: in `com` everybody is at home.
fn relay_domains(top: &Reader<'_>) -> Option<Vec<String>> {
    let texts = top.texts("relay-domains")?;
    let domain = |text: &String| {
        let name =
            values::host_name(text).filter(|name| name.contains('.') && name.parse::<IpAddr>().is_err());
        if name.is_none() {
            let what = format!("{} is no domain of one vendor's", keys::quoted(text));
            top.report("relay-domains", what, "write for example: relay-domains = [\"axis.com\"]".into());
        }
        name.map(|name| name.to_ascii_lowercase())
    };
    // All are looked at before the first wrong one ends the list.
    texts.iter().map(domain).collect::<Vec<_>>().into_iter().collect()
}

/// A camera is to connect to something.
fn refuse_test_without_relay(
    top: &Reader<'_>,
    question: Option<CloudQuestion>,
    endpoints: &[Option<Endpoint>],
) {
    let is_relay = |endpoint: &Option<Endpoint>| endpoint.as_ref().is_none_or(Endpoint::is_replaceable);
    if question == Some(CloudQuestion::TcpTest) && !endpoints.iter().any(is_relay) {
        top.report(
            "camera-cloud",
            "the profile does not say which host its cameras connect to".into(),
            "add from-cameras = true to the [[endpoint]] of a relay".into(),
        );
    }
}

/// What cameras tell is about one service, and has to lie somewhere.
fn refuse_lone_relays(top: &Reader<'_>, sections: &[Reader<'_>], endpoints: &[Option<Endpoint>]) {
    let pairs = sections.iter().zip(endpoints).filter_map(|(section, read)| Some((section, read.as_ref()?)));
    let marked = pairs.filter(|(_, endpoint)| endpoint.is_replaceable()).collect::<Vec<_>>();
    let Some((section, first)) = marked.first() else { return };
    if let Some((other, _)) = marked.iter().find(|(_, endpoint)| endpoint.capability != first.capability) {
        other.report(
            "from-cameras",
            "cameras tell the relays of one service, and another endpoint with it provides another".into(),
            "leave `from-cameras` out here, or there".into(),
        );
    }
    if !top.is_set("relay-domains") {
        section.report(
            "from-cameras",
            "the profile does not say in which domains its relays are".into(),
            "add for example: relay-domains = [\"axis.com\"], above the first section".into(),
        );
    }
}

fn capability(section: &Reader<'_>) -> Option<Capability> {
    let id = section.parsed("id", |text| CapabilityId::new(text).ok());
    let name = section.text("name");
    let german_name = section.text("name-de");
    let page_components = section.texts("page-components");
    Some(Capability { id: id?, name: name?, german_name, page_components: page_components? })
}

fn endpoint(section: &Reader<'_>, capabilities: &[&str]) -> Option<Endpoint> {
    let id = section.parsed("id", |text| EndpointId::new(text).ok());
    let capability = values::reference(section, "capability", capabilities, "[[capability]] with id");
    let host = values::host(section, "host");
    let region = section.is_set("region").then(|| section.parsed("region", |text| RegionId::new(text).ok()));
    let address = section.address("address");
    let check = check(section);
    let port = section.is_set("port").then(|| section.port("port"));
    let port = port.unwrap_or_else(|| check.as_ref().map(usual_port));
    let issuer = check.as_ref().and_then(|check| values::issuer(section, check));
    let trust = section.choice("trust", &[("public", Trust::Public), ("any", Trust::Any)]);
    let private = section.flag("private");
    let from_cameras = section.flag("from-cameras");
    let source = section.text("source");
    let verified = section.flag("verified");
    Some(Endpoint {
        id: id?,
        capability: CapabilityId::new(&capability?).ok()?,
        host: host?,
        region: region.flatten(),
        address,
        port: port?,
        check: check?,
        trust: trust?,
        issuer,
        private: private? || address.is_some_and(values::is_private),
        from_cameras: if from_cameras? { FromCameras::Replaceable } else { FromCameras::No },
        source: source?,
        verified: verified?,
    })
}

fn check(section: &Reader<'_>) -> Option<Check> {
    #[derive(Clone, Copy)]
    enum Depth {
        Tcp,
        Tls,
        Https,
        Stun,
    }
    let depths = [("https", Depth::Https), ("tls", Depth::Tls), ("tcp", Depth::Tcp), ("stun", Depth::Stun)];
    let depth = section.choice("check", &depths);
    let path = section.parsed("path", values::url_path);
    let plain = match depth? {
        Depth::Https => return Some(Check::Https { path: path.unwrap_or_else(|| "/".into()) }),
        Depth::Tls => Check::Tls,
        Depth::Tcp => Check::Tcp,
        Depth::Stun => Check::Stun,
    };
    if section.is_set("path") {
        let remedy = "remove `path`, or write check = \"https\"";
        section.report("path", "a path is only asked for by `https`".into(), remedy.into());
    }
    Some(plain)
}

const fn usual_port(check: &Check) -> u16 {
    match check {
        Check::Tcp | Check::Tls | Check::Https { .. } => 443,
        Check::Stun => 3478,
    }
}

fn status_page(section: &Reader<'_>) -> Option<StatusPage> {
    let url = section.parsed("url", |text| values::url(text, &["https", "http"]));
    let format = section.choice("format", &FORMATS);
    let source = section.text("source");
    let verified = section.flag("verified");
    let private = section.flag("private");
    Some(StatusPage { url: url?, format: format?, private: private?, source, verified: verified? })
}
