//! The shipped vendor profiles: each can be loaded, says where its lines are from, and claims no more than
//! what two independent signals can show.

use demarc_agent::config::vendor::{Endpoint, VendorProfile};
use demarc_agent::config::{self, Config};
use demarc_probe::spec::Check;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// By the files that are shipped.
fn shipped() -> Vec<VendorProfile> {
    let files = std::fs::read_dir(root().join("config/vendors")).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names.iter().map(|name| load(name).vendor.unwrap_or_else(|| panic!("{name} is not shipped"))).collect()
}

fn load(vendor: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demarc.toml");
    let text = format!(
        "[site]\nid = \"b-1\"\nname = \"Branch\"\nvendor = \"{vendor}\"\n\n\
         [[camera]]\nid = \"entrance\"\naddress = \"10.20.0.101\"\n"
    );
    std::fs::write(&file, text).unwrap();
    config::load(&file).unwrap_or_else(|problems| panic!("{vendor}: {problems}"))
}

/// Two endpoints that share neither name nor address, and are not both asked by UDP: what a verdict about
/// the vendor needs.
fn are_two_witnesses(profile: &VendorProfile, of: impl Fn(&Endpoint) -> bool) -> bool {
    let own = || profile.endpoints.iter().filter(|endpoint| of(endpoint));
    let by_tcp = |endpoint: &Endpoint| endpoint.check != Check::Stun;
    let differ =
        |a: &Endpoint, b: &Endpoint| a.host != b.host && (a.address != b.address || a.address.is_none());
    own().any(|a| by_tcp(a) && own().any(|b| differ(a, b)))
}

#[test]
fn every_shipped_profile_is_part_of_the_program_and_says_where_its_lines_are_from() {
    for profile in shipped() {
        assert!(profile.is_shipped(), "{}", profile.id);
        let sources = profile.endpoints.iter().map(|endpoint| &endpoint.source);
        let page = profile.status_page.iter().map(|page| page.source.as_ref().unwrap());
        assert!(sources.chain(page).all(|source| source.len() > 10), "{}", profile.id);
        let capabilities: BTreeSet<&str> =
            profile.endpoints.iter().map(|endpoint| endpoint.capability.as_str()).collect();
        for capability in &profile.capabilities {
            assert!(capabilities.contains(capability.id.as_str()), "{}: {}", profile.id, capability.id);
        }
    }
}

#[test]
fn a_profile_that_can_blame_nobody_says_so() {
    for profile in shipped() {
        let any = are_two_witnesses(&profile, |_| true);
        let file = root().join(format!("config/vendors/{}.toml", profile.id));
        let says = std::fs::read_to_string(file).unwrap().contains("never blames the vendor");
        assert_eq!(says, !any, "{}", profile.id);
    }
}

#[test]
fn the_table_of_vendors_is_up_to_date() {
    let mut rows = String::new();
    for profile in shipped() {
        for capability in &profile.capabilities {
            let own = profile.endpoints.iter().filter(|endpoint| endpoint.capability == capability.id);
            let hosts: BTreeSet<String> = own.map(|endpoint| format!("`{}`", endpoint.host)).collect();
            let hosts: Vec<String> = hosts.into_iter().collect();
            let alone = are_two_witnesses(&profile, |endpoint| endpoint.capability == capability.id);
            let blamed = if alone { "yes" } else { "no" };
            rows +=
                &format!("| `{}` | {} | {} | {blamed} |\n", profile.id, capability.name, hosts.join(", "));
        }
    }
    let file = root().join("docs/reference/vendors.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once("| --- | --- | --- | --- |\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let fresh = format!("{before}| --- | --- | --- | --- |\n{rows}\n{after}");
    if std::env::var_os("DEMARC_BLESS").is_some() {
        std::fs::write(&file, &fresh).unwrap();
        return;
    }
    assert_eq!(text, fresh, "DEMARC_BLESS=1 cargo test -p demarc --test it vendors writes it again");
}
