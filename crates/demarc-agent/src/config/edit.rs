//! The lines of TOML that carry out a remedy: what somebody would write, with examples where only
//! they know the value.

use super::Config;
use super::keys::site::CONTROLS;
use demarc_model::id::{CameraId, CapabilityId, VendorId};
use demarc_model::lint::Remedy;
use demarc_model::topology::{Proposal, Relation};

/// Lines to add, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Edit {
    pub place: Place,
    pub lines: Vec<String>,
}

/// Where lines are added.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Anywhere: the lines begin a section of their own.
    New,
    /// Under the header of a section that may be there already.
    Section(&'static str),
    /// Below each entry of a list with one of these ids.
    Entries(&'static str, Vec<String>),
    /// At the end of the profile of this vendor.
    Profile(VendorId),
    /// Below the endpoint with this id in the profile of this vendor.
    Endpoint(VendorId, String),
}

/// What to write for a remedy; nothing where nothing can be written.
pub fn of_remedy(remedy: &Remedy, config: &Config) -> Vec<Edit> {
    let one = |place: Place, line: &str| vec![Edit { place, lines: vec![line.to_owned()] }];
    let network = |line: &str| one(Place::Section("[network]"), line);
    match remedy {
        Remedy::Gateway => network("gateway = \"10.20.0.1\""),
        Remedy::Resolver => network("resolver = \"10.20.0.1\""),
        Remedy::SecondResolver => network("second-resolver = \"9.9.9.9\""),
        Remedy::ResolverOnGateway => network("resolver-on-gateway = true"),
        Remedy::SwitchAddress { segment } => {
            one(Place::Entries("[[segment]]", vec![segment.to_string()]), "address = \"10.20.0.2\"")
        }
        Remedy::EndpointAddress { vendor, endpoint } => {
            one(Place::Endpoint(vendor.clone(), endpoint.to_string()), "address = \"203.0.113.7\"")
        }
        Remedy::Account { .. } => account(config),
        Remedy::Control => vec![Edit { place: Place::New, lines: control(config) }],
        Remedy::Segment { cameras } => {
            let id = free("floor", config);
            vec![new_segment(&id), into_segment(cameras, &id)]
        }
        Remedy::Vendor => one(Place::Section("[site]"), "vendor = \"axis\""),
        Remedy::Host { vendor, capability } => {
            vec![Edit { place: Place::Profile(vendor.clone()), lines: host(capability, config) }]
        }
        Remedy::Unmade { .. } | Remedy::Nothing => Vec::new(),
    }
}

/// What to write for a proposal; nothing where somebody has to look first.
pub fn of_proposal(proposal: &Proposal, config: &Config) -> Vec<Edit> {
    match &proposal.what {
        Relation::Together { cameras } => {
            let id = free("switch", config);
            vec![new_segment(&id), into_segment(cameras, &id)]
        }
        Relation::Joins { segment, cameras } => vec![into_segment(cameras, segment.as_str())],
        Relation::FallsWith { camera, other, .. } => {
            vec![into_segment(std::slice::from_ref(camera), other.as_str())]
        }
        Relation::StaysUp { .. } => Vec::new(),
    }
}

fn new_segment(id: &str) -> Edit {
    Edit { place: Place::New, lines: vec!["[[segment]]".into(), format!("id = \"{id}\"")] }
}

fn into_segment(cameras: &[CameraId], segment: &str) -> Edit {
    Edit {
        place: Place::Entries("[[camera]]", cameras.iter().map(ToString::to_string).collect()),
        lines: vec![format!("segment = \"{segment}\"")],
    }
}

/// An id for a segment that is not taken: `switch-1`.
fn free(stem: &str, config: &Config) -> String {
    let taken = |id: &String| config.segments.iter().any(|segment| segment.id.as_str() == id);
    let mut ids = (1..).map(|n| format!("{stem}-{n}")).filter(|id| !taken(id));
    ids.next().expect("of endlessly many names one is free")
}

/// An account for all cameras: the first there is, or a new one.
fn account(config: &Config) -> Vec<Edit> {
    let defaults = |name: &str| Edit {
        place: Place::Section("[camera-defaults]"),
        lines: vec![format!("account = \"{name}\"")],
    };
    if let Some(account) = config.accounts.first() {
        return vec![defaults(account.id.as_str())];
    }
    let lines = [
        "[[account]]",
        "name = \"cameras\"",
        "username = \"demarc\"",
        "password = { file = \"cameras.password\" }",
    ];
    vec![Edit { place: Place::New, lines: lines.map(str::to_owned).to_vec() }, defaults("cameras")]
}

/// A control of the shipped ones that is not there yet.
fn control(config: &Config) -> Vec<String> {
    let used = |address: &str| config.network.controls.iter().any(|own| own.address.to_string() == address);
    let fresh = CONTROLS.into_iter().find(|(_, _, address)| !used(address));
    let (id, host, address) = fresh.unwrap_or(("another", "control.example.net", "203.0.113.7"));
    vec![
        "[[network.control]]".to_owned(),
        format!("id = \"{id}\""),
        format!("host = \"{host}\""),
        format!("address = \"{address}\""),
    ]
}

fn host(capability: &CapabilityId, config: &Config) -> Vec<String> {
    let endpoints = config.vendor.iter().flat_map(|vendor| &vendor.endpoints);
    let taken: Vec<&str> = endpoints.map(|endpoint| endpoint.id.as_str()).collect();
    let mut ids = (2..).map(|n| format!("{capability}-{n}")).filter(|id| !taken.contains(&id.as_str()));
    let id = ids.next().expect("of endlessly many names one is free");
    vec![
        "[[endpoint]]".to_owned(),
        format!("id = \"{id}\""),
        format!("capability = \"{capability}\""),
        format!("host = \"{capability}.example.com\""),
        "source = \"where the vendor says so\"".to_owned(),
    ]
}
