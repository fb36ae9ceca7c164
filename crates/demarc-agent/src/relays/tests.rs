use super::{Heard, Left};
use crate::config::surroundings::Surroundings;
use crate::config::vendor::FromCameras;
use crate::config::{self, Config};
use demarc_model::id::CameraId;
use demarc_model::relay::{RelayList, RelayMode, RelayServer};
use demarc_model::site::NamedBy;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_probe::spec::Check;
use demarc_store::relay::Told;
use std::collections::BTreeSet;
use std::fs;

const PROFILE: &str = "id = \"acme\"\nname = \"Acme\"\nrelay-domains = [\"acme.example\", \"Acme.Test\"]\n\
    [[capability]]\nid = \"relay\"\nname = \"relay\"\n\
    [[endpoint]]\nid = \"one\"\ncapability = \"relay\"\nhost = \"one.acme.example\"\naddress = \"8.8.1.1\"\n\
    check = \"tls\"\nregion = \"eu\"\nfrom-cameras = true\nsource = \"-\"\n\
    [[endpoint]]\nid = \"two\"\ncapability = \"relay\"\nhost = \"two.acme.example\"\n\
    check = \"tls\"\nfrom-cameras = true\nsource = \"-\"\n\
    [[endpoint]]\nid = \"signal\"\ncapability = \"relay\"\nhost = \"signal.acme.example\"\nsource = \"-\"\n";

fn load(site: &str, profile: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("vendors")).unwrap();
    fs::write(folder.path().join("vendors/acme.toml"), profile).unwrap();
    let file = folder.path().join("demarc.toml");
    let cameras: String = ["a", "b", "c"]
        .map(|id| format!("[[camera]]\nid = \"{id}\"\naddress = \"10.0.0.{}\"\n", id.as_bytes()[0]))
        .concat();
    fs::write(&file, format!("[site]\nid = \"s\"\nname = \"S\"\nvendor = \"acme\"\n{site}{cameras}"))
        .unwrap();
    config::load_with(&file, &|_| None).map_err(|problems| problems.to_string())
}

fn told(camera: &str, mode: RelayMode, servers: &str) -> Told {
    let servers = servers.split(' ').filter(|server| !server.is_empty()).map(|server| {
        let (host, port) = server.rsplit_once(':').unwrap();
        RelayServer { host: DeviceText::clean(host), port: port.parse().unwrap() }
    });
    let camera = CameraId::new(camera).unwrap();
    Told { camera, since: Timestamp::from_millis(0), list: RelayList::new(mode, servers) }
}

/// The endpoints in force, as `id host address port check`, with a `?` where cameras alone say so, and what
/// was left aside, by whom.
fn heed(lists: &[(&str, RelayMode, &str)]) -> (Vec<String>, Vec<String>) {
    let config = load("", PROFILE).unwrap();
    let lists: Vec<Told> = lists.iter().map(|(camera, mode, servers)| told(camera, *mode, servers)).collect();
    let (config, Heard { left, .. }) = config.with_relays(&lists, &BTreeSet::new());
    let endpoints = config.vendor.unwrap().endpoints;
    let shown = endpoints.iter().map(|endpoint| {
        let address = endpoint.address.map_or_else(|| "-".to_owned(), |address| address.to_string());
        let check = match endpoint.check {
            Check::Tcp => "tcp",
            Check::Tls => "tls",
            Check::Https { .. } => "https",
            Check::Stun => "stun",
        };
        let alone = if endpoint.from_cameras == FromCameras::Alone { "?" } else { "" };
        format!("{} {} {address} {} {check}{alone}", endpoint.id, endpoint.host, endpoint.port)
    });
    let who =
        |cameras: &BTreeSet<CameraId>| cameras.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    (shown.collect(), left.iter().map(|(left, cameras)| format!("{left:?} {}", who(cameras))).collect())
}

const ONE: &str = "one one.acme.example 8.8.1.1 443 tls";
const TWO: &str = "two two.acme.example - 443 tls";
const SIGNAL: &str = "signal signal.acme.example - 443 https";
const ON: RelayMode = RelayMode::OneClick;

#[test]
fn what_a_camera_names_stands_in_the_place_of_the_profiles_relays_and_of_no_other_host() {
    let list = "two.acme.example:80 two.acme.example:443 8.8.2.2:443 8.8.2.2:80 \
                Three.Acme.Test.:8080 8.8.3.3:443";
    let (endpoints, left) = heed(&[("a", ON, list)]);
    let three = "three.acme.test three.acme.test 8.8.3.3 8080 tcp?";
    assert_eq!(endpoints, ["two two.acme.example 8.8.2.2 443 tls?", SIGNAL, three]);
    assert_eq!(left, [""; 0]);
}

#[test]
fn a_list_that_names_what_the_profile_names_changes_nothing() {
    let (endpoints, _) = heed(&[("a", ON, "two.acme.example:443 one.acme.example:443 8.8.1.1:443")]);
    assert_eq!(endpoints, [ONE, TWO, SIGNAL]);
}

#[test]
fn cameras_that_connect_to_nothing_or_name_nothing_change_nothing() {
    let lists = [("a", RelayMode::Off, "x.acme.example:443"), ("b", ON, ""), ("c", RelayMode::On, "")];
    let (endpoints, left) = heed(&lists);
    assert_eq!(endpoints, [ONE, TWO, SIGNAL]);
    assert_eq!(left, ["Off a", "Empty b,c"]);
    let (endpoints, _) = heed(&[("stranger", ON, "x.acme.example:443")]);
    assert_eq!(endpoints, [ONE, TWO, SIGNAL], "a camera that is not the site's");
}

#[test]
fn a_host_that_is_neither_the_vendors_nor_public_is_left_aside_and_named() {
    let foreign = [
        "evil.example",
        "acme.example.evil.test",
        "notacme.example",
        "acme",
        "a b",
        "com",
        "",
        "one.acme.example/x",
    ];
    for host in foreign {
        let (endpoints, left) = heed(&[("a", ON, &format!("{host}:443").replace(' ', "_"))]);
        assert_eq!(endpoints, [ONE, TWO, SIGNAL], "{host}");
        assert_eq!(left, [format!("Foreign({:?}) a", host.replace(' ', "_"))], "{host}");
    }
    let local = [
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.251",
        "239.1.1.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::fb",
        "2002:a00:1::1",
        "2001:0:1::1",
        "64:ff9b::a00:1",
    ];
    for address in local {
        let (endpoints, left) = heed(&[("a", ON, &format!("{address}:443"))]);
        assert_eq!(endpoints, [ONE, TWO, SIGNAL], "{address}");
        assert_eq!(left, [format!("Local({address}) a")], "{address}");
    }
    let (endpoints, left) = heed(&[("a", ON, "::ffff:10.0.0.1:443")]);
    assert_eq!((endpoints.len(), &*left[0]), (3, "Local(10.0.0.1) a"), "an address in another's clothes");
}

#[test]
fn a_relay_known_by_its_address_alone_is_asked_by_that() {
    let (endpoints, _) = heed(&[("a", ON, "8.8.9.9:443 2a00::9:443 8.8.1.1:443")]);
    let new = ["8.8.9.9 8.8.9.9 8.8.9.9 443 tcp?", "2a00--9 2a00::9 2a00::9 443 tcp?"];
    assert_eq!(endpoints, [ONE, SIGNAL, new[1], new[0]]);
    // What a foreign name stands before is no address of the server before that.
    let (endpoints, _) = heed(&[("a", ON, "two.acme.example:443 evil.example:443 8.8.6.6:443")]);
    assert_eq!(endpoints, [TWO, SIGNAL, "8.8.6.6 8.8.6.6 8.8.6.6 443 tcp?"]);
}

#[test]
fn a_second_address_of_one_server_is_no_second_witness() {
    let (endpoints, _) = heed(&[("a", ON, "two.acme.example:443 8.8.2.2:443 8.8.2.3:443 8.8.2.4:443")]);
    assert_eq!(endpoints, ["two two.acme.example 8.8.2.2 443 tls?", SIGNAL]);
    let lists = [("a", ON, "two.acme.example:443 8.8.2.2:443"), ("b", ON, "8.8.2.2:443")];
    let (endpoints, _) = heed(&lists);
    assert_eq!(endpoints, ["two two.acme.example 8.8.2.2 443 tls?", SIGNAL], "one by name and by address");
}

/// One camera in other hands has room where the others leave it, and pushes out nobody.
#[test]
fn lists_are_united_the_most_named_first_and_there_is_an_end() {
    let many = |letter: char| (0..7).map(|n| format!("{letter}{n}.acme.example:443 ")).collect::<String>();
    let lists = [("a", ON, &*many('a')), ("b", ON, &*many('m')), ("c", ON, &*many('m'))];
    let (endpoints, left) = heed(&lists);
    let hosts: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.split('.').next().unwrap()).collect();
    assert_eq!(hosts, ["signal signal", "m0", "m1", "m2", "m3", "m4", "m5", "m6", "a0"]);
    assert_eq!(left.len(), 6);
    assert_eq!(left[0], "Beyond(\"a1.acme.example\") a");
    let lists = [
        ("a", ON, "two.acme.example:443 8.8.6.6:443"),
        ("b", ON, "two.acme.example:443 8.8.2.2:443"),
        ("c", ON, "two.acme.example:443 8.8.2.2:443"),
    ];
    assert_eq!(heed(&lists).0, ["two two.acme.example 8.8.2.2 443 tls?", SIGNAL], "most say where it is");
}

#[test]
fn the_operator_may_refuse_what_cameras_tell() {
    let lists = [told("a", ON, "two.acme.example:443")];
    for (site, asked, endpoints) in [("", true, 2), ("relays-from-cameras = false\n", false, 3)] {
        let config = load(site, PROFILE).unwrap();
        let specs = config.camera_specs();
        assert!(specs.iter().all(|spec| spec.relays_every.is_some() == asked), "{site}");
        assert_eq!(
            config.with_relays(&lists, &BTreeSet::new()).0.vendor.unwrap().endpoints.len(),
            endpoints,
            "{site}"
        );
    }
    // Without a vendor whose cameras tell there is nobody to ask.
    let plain = PROFILE.replace("from-cameras = true\n", "");
    let config = load("", &plain).unwrap();
    assert!(config.camera_specs().iter().all(|spec| spec.relays_every.is_none()));
    assert_eq!(config.with_relays(&lists, &BTreeSet::new()).0.vendor.unwrap().endpoints.len(), 3);
}

#[test]
fn a_profile_says_where_relays_may_be_and_what_they_provide() {
    let without = PROFILE.replace("relay-domains = [\"acme.example\", \"Acme.Test\"]\n", "");
    let everywhere = PROFILE.replace("Acme.Test", "com");
    let number = PROFILE.replace("Acme.Test", "10.0.0.1");
    let elsewhere = PROFILE
        .replace(
            "[[endpoint]]\nid = \"one\"",
            "[[capability]]\nid = \"web\"\nname = \"web\"\n[[endpoint]]\nid = \"one\"",
        )
        .replace("capability = \"relay\"\nhost = \"two", "capability = \"web\"\nhost = \"two");
    let cases = [
        (without, "the profile does not say in which domains its relays are"),
        (everywhere, "\"com\" is no domain of one vendor's"),
        (number, "\"10.0.0.1\" is no domain of one vendor's"),
        (elsewhere, "cameras tell the relays of one service"),
    ];
    for (profile, problem) in cases {
        let problems = load("", &profile).unwrap_err();
        assert!(problems.contains(problem), "{problem}: {problems}");
    }
    assert!(Left::Foreign(String::new()).is_strange() && !Left::Off.is_strange());
}

/// What only cameras name is believed once it has answered in every way in which it is asked.
#[test]
fn what_only_cameras_name_is_hearsay_until_it_answered() {
    let config = load("", PROFILE).unwrap();
    let lists = [told("a", ON, "8.8.9.9:443 one.acme.example:443 three.acme.test:443 8.8.3.3:443")];
    let named_by = |answered: &[&str]| {
        let answered = answered.iter().map(|server| (*server).to_owned()).collect();
        let site = config.with_relays(&lists, &answered).0.site(&Surroundings::default());
        let endpoints = site.vendor.unwrap().capabilities.remove(0).endpoints;
        endpoints.into_iter().map(|endpoint| endpoint.named_by == NamedBy::Cameras).collect::<Vec<_>>()
    };
    assert_eq!(named_by(&[]), [false, false, true, true], "one and signal are the profile's");
    assert_eq!(named_by(&["three.acme.test:443", "8.8.9.9:443"]), [false, false, true, false]);
    assert_eq!(named_by(&["three.acme.test:443", "8.8.3.3:443"]), [false, false, false, true]);
}
