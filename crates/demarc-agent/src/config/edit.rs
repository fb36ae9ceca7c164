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
    Profile(VendorId, Origin),
    /// Below the endpoint with this id in the profile of this vendor.
    Endpoint(VendorId, Origin, String),
}

/// Where a vendor's profile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The program; to add to it, it has to be copied into a file first.
    Shipped,
    File,
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
        Remedy::EndpointAddress { vendor, endpoint } => one(
            Place::Endpoint(vendor.clone(), origin(config), endpoint.to_string()),
            "address = \"203.0.113.7\"",
        ),
        Remedy::Account { .. } => account(config),
        Remedy::Control => vec![Edit { place: Place::New, lines: control(config) }],
        Remedy::Segment { cameras } => {
            let id = free("floor", config);
            vec![new_segment(&id), into_segment(cameras, &id)]
        }
        Remedy::Vendor => one(Place::Section("[site]"), "vendor = \"axis\""),
        Remedy::Host { vendor, capability } => {
            vec![Edit {
                place: Place::Profile(vendor.clone(), origin(config)),
                lines: host(capability, config),
            }]
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

fn origin(config: &Config) -> Origin {
    match &config.vendor {
        Some(profile) if profile.is_shipped() => Origin::Shipped,
        Some(_) | None => Origin::File,
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
    let fresh = CONTROLS.iter().find(|control| !used(control.address));
    let fresh = fresh.map(|control| (control.id, control.host, control.address));
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

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::id::{EndpointId, SegmentId};
    use demarc_model::time::Timestamp;
    use demarc_model::topology::CoFailure;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    const SITE: &str = "[site]\nid = \"b\"\nname = \"B\"\n[[segment]]\nid = \"floor-1\"\n\
        [[camera]]\nid = \"a\"\naddress = \"10.20.0.101\"\n[[camera]]\nid = \"b\"\naddress = \"10.20.0.102\"\n\
        [[network.control]]\nid = \"c\"\nhost = \"c.example\"\naddress = \"8.8.8.8\"\n";
    const PROFILE: &str = "id = \"acme\"\nname = \"Acme\"\n[[capability]]\nid = \"relay\"\nname = \"relay\"\n\
        [[endpoint]]\nid = \"relay-2\"\ncapability = \"relay\"\nhost = \"r.example\"\nsource = \"-\"\n";

    fn load(site: &str, profile: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("vendors")).unwrap();
        write("demarc.toml", site);
        write("vendors/acme.toml", profile);
        write("cameras.password", "x");
        let secret = folder.path().join("cameras.password");
        fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
        let loaded = super::super::load_with(&folder.path().join(Path::new("demarc.toml")), &|_| None);
        loaded.unwrap_or_else(|problems| panic!("{problems}\n{site}\n{profile}"))
    }

    /// The files with edits carried out as somebody would.
    fn apply(base: &str, edits: &[Edit]) -> (String, String) {
        let (mut site, mut profile) = (base.to_owned(), PROFILE.to_owned());
        let insert = |text: &mut String, after: &str, lines: &str| {
            *text = match text.contains(after) {
                true => text.replace(after, &format!("{after}{lines}")),
                false => format!("{text}{after}{lines}"),
            };
        };
        for Edit { place, lines } in edits {
            let lines = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            match place {
                Place::New => site.push_str(&lines),
                Place::Section(header) => insert(&mut site, &format!("{header}\n"), &lines),
                Place::Entries(header, ids) => {
                    for id in ids {
                        insert(&mut site, &format!("{header}\nid = \"{id}\"\n"), &lines);
                    }
                }
                Place::Profile(..) => profile.push_str(&lines),
                Place::Endpoint(_, _, id) => {
                    insert(&mut profile, &format!("[[endpoint]]\nid = \"{id}\"\n"), &lines);
                }
            }
        }
        (site, profile)
    }

    #[test]
    fn every_remedy_can_be_carried_out_as_it_is_written() {
        let cameras = || ["a", "b"].map(|id| CameraId::new(id).unwrap()).to_vec();
        let vendor = || VendorId::new("acme").unwrap();
        let remedies = [
            Remedy::Gateway,
            Remedy::Resolver,
            Remedy::SecondResolver,
            Remedy::ResolverOnGateway,
            Remedy::SwitchAddress { segment: SegmentId::new("floor-1").unwrap() },
            Remedy::EndpointAddress { vendor: vendor(), endpoint: EndpointId::new("relay-2").unwrap() },
            Remedy::Account { cameras: cameras() },
            Remedy::Control,
            Remedy::Segment { cameras: cameras() },
            Remedy::Vendor,
            Remedy::Host { vendor: vendor(), capability: CapabilityId::new("relay").unwrap() },
        ];
        let with_vendor = SITE.replace("name = \"B\"\n", "name = \"B\"\nvendor = \"acme\"\n");
        for remedy in remedies {
            let base = if remedy == Remedy::Vendor { SITE } else { &with_vendor };
            let edits = of_remedy(&remedy, &load(base, PROFILE));
            let (site, profile) = apply(base, &edits);
            assert!((site.as_str(), profile.as_str()) != (base, PROFILE), "{remedy:?} changes nothing");
            load(&site, &profile);
        }
        assert_eq!(of_remedy(&Remedy::Nothing, &load(SITE, PROFILE)), []);
    }

    #[test]
    fn a_proposed_segment_takes_no_name_that_is_taken() {
        let event = CoFailure { from: Timestamp::default(), until: Timestamp::default(), cameras: 2 };
        let cameras = ["a", "b"].map(|id| CameraId::new(id).unwrap()).to_vec();
        let proposal = |what| Proposal { what, nats: 9.0, events: vec![event.clone()] };
        let base = SITE.replace("floor-1", "switch-1");
        let before = load(&base, PROFILE);
        let together = of_proposal(&proposal(Relation::Together { cameras }), &before);
        assert_eq!(together[0].lines, ["[[segment]]", "id = \"switch-2\""]);
        assert_eq!(together[1].lines, ["segment = \"switch-2\""]);
        let (site, profile) = apply(&base, &together);
        let after = load(&site, &profile);
        let segments = after.cameras.iter().filter_map(|camera| camera.segment.as_ref());
        assert_eq!(segments.map(SegmentId::as_str).collect::<Vec<_>>(), ["switch-2", "switch-2"]);
    }
}
