use super::servers::{black_hole, closed, tcp};
use super::{End, LIMITS, end, probe};
use crate::link;
use crate::net::Net;
use crate::spec::PathProbe;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{Observation, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use std::fs;
use std::future::pending;
use std::net::Ipv4Addr;
use std::path::Path;
use tempfile::TempDir;

const UNFIT: End = End::Failed(Phase::Local, Symptom::Unfit);

async fn see(what: PathProbe) -> Observation {
    probe(&Net::new(None).unwrap(), what, pending()).await
}

#[tokio::test]
async fn a_disk_is_fit_when_it_takes_a_file_and_has_room() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let cases = [
        (folder.path(), 1, End::Passed),
        (folder.path(), u64::MAX, UNFIT),
        (&folder.path().join("missing"), 1, UNFIT),
        (&file, 1, UNFIT),
        (Path::new("/proc"), 1, UNFIT),
    ];
    for (directory, least_free_bytes, expected) in cases {
        let seen = see(PathProbe::HostDisk { directory: directory.to_owned(), least_free_bytes }).await;
        assert_eq!(end(&seen), expected, "{seen:?}");
    }
    let two = || see(PathProbe::HostDisk { directory: folder.path().to_owned(), least_free_bytes: 1 });
    for _ in 0..50 {
        let (one, other) = tokio::join!(two(), two());
        assert_eq!([end(&one), end(&other)], [End::Passed, End::Passed], "{one:?} {other:?}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [file]);
}

#[tokio::test]
async fn the_loopback_needs_no_route() {
    let seen = see(PathProbe::HostLink { interface: Some("lo".to_owned()), second_line: None }).await;
    assert_eq!(end(&seen), End::Passed, "{seen:?}");
    let seen = see(PathProbe::HostLink { interface: Some("none0".to_owned()), second_line: None }).await;
    assert_eq!(end(&seen), UNFIT, "{seen:?}");
}

const HEAD: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
const OWN_NET: &str = "eth0\t0000140A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
const DEFAULT: &str = "eth0\t00000000\t0100140A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
const SECOND: &str = "wwan0\t00000000\t01001E0A\t0003\t0\t0\t50\t00000000\t0\t0\t0\n";
const SELF_GIVEN: &str = "eth0\t0000FEA9\t00000000\t0001\t0\t0\t1000\t0000FFFF\t0\t0\t0\n";
const REJECT: &str = "*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n";
const ADDRESS_V6: &str = "20010db8000000000000000000000002 02 40 00 80     eth0\n";
const LINK_LOCAL_V6: &str = "fe800000000000000242acfffe110002 02 40 20 80     eth0\n";
const DEFAULT_V6: &str = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n";
const NO_ROUTE_V6: &str = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

/// `eth0` and `wwan0` as the kernel shows them; an absent carrier is one that cannot be read.
struct Kernel {
    operstate: &'static str,
    carrier: Option<&'static str>,
    routes: &'static [&'static str],
    v6: [&'static str; 2],
}

const WELL: Kernel = Kernel {
    operstate: "up",
    carrier: Some("1"),
    routes: &[HEAD, OWN_NET, DEFAULT],
    v6: [LINK_LOCAL_V6, NO_ROUTE_V6],
};

impl Kernel {
    fn show(&self, root: &Path) {
        let net = root.join("proc/net");
        fs::create_dir_all(&net).unwrap();
        fs::write(net.join("route"), self.routes.concat()).unwrap();
        fs::write(net.join("if_inet6"), self.v6[0]).unwrap();
        fs::write(net.join("ipv6_route"), self.v6[1]).unwrap();
        for name in ["eth0", "wwan0"] {
            let folder = root.join("sys/class/net").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("operstate"), format!("{}\n", self.operstate)).unwrap();
            if let Some(carrier) = self.carrier {
                fs::write(folder.join("carrier"), format!("{carrier}\n")).unwrap();
            }
            // IFF_NOARP, as modems have it.
            let flags = if name == "eth0" { "0x1003" } else { "0x1083" };
            fs::write(folder.join("flags"), format!("{flags}\n")).unwrap();
            fs::write(folder.join("type"), "1\n").unwrap();
        }
    }
}

#[test]
fn a_link_is_fit_with_carrier_address_and_default_route() {
    const NO_CARRIER: Option<&str> = Some("eth0 has no carrier: check its cable and the switch port");
    const NO_ADDRESS: Option<&str> = Some("eth0 has no address: the site's DHCP did not give one");
    const NO_ROUTE: Option<&str> = Some("there is no default route");
    let v6_only = [ADDRESS_V6, DEFAULT_V6];
    let cases = [
        (WELL, None, None),
        (WELL, Some("eth0"), None),
        (WELL, Some("eth9"), Some("there is no network interface eth9")),
        (WELL, Some("wwan0"), Some("wwan0 has no address: the site's DHCP did not give one")),
        (Kernel { operstate: "unknown", ..WELL }, None, None),
        (Kernel { operstate: "down", carrier: Some("0"), ..WELL }, None, NO_CARRIER),
        (Kernel { operstate: "down", carrier: None, ..WELL }, None, Some("eth0 is switched off")),
        (Kernel { operstate: "dormant", ..WELL }, None, Some("eth0 is dormant")),
        (Kernel { routes: &[], ..WELL }, None, NO_ROUTE),
        (Kernel { routes: &[HEAD, OWN_NET, REJECT], ..WELL }, None, NO_ROUTE),
        (Kernel { routes: &[HEAD, OWN_NET], ..WELL }, Some("eth0"), NO_ROUTE),
        (Kernel { routes: &[HEAD, SELF_GIVEN], ..WELL }, Some("eth0"), NO_ADDRESS),
        (Kernel { routes: &[HEAD, OWN_NET, SECOND], ..WELL }, Some("eth0"), None),
        (Kernel { routes: &[], v6: v6_only, ..WELL }, None, None),
        (Kernel { routes: &["nonsense\n", HEAD, "eth0\tzz\n"], ..WELL }, None, NO_ROUTE),
    ];
    for (number, (kernel, interface, complaint)) in cases.into_iter().enumerate() {
        let root = TempDir::new().unwrap();
        kernel.show(root.path());
        let expected = complaint.map(|detail| Stop::failed(Phase::Local, Symptom::Unfit, detail));
        let found = link::examine(root.path(), (interface, None), &mut Trace::begin(LIMITS)).err();
        assert_eq!(found, expected, "case {number}");
    }
}

#[test]
fn the_default_route_with_the_lowest_metric_counts() {
    let root = TempDir::new().unwrap();
    Kernel { routes: &[HEAD, OWN_NET, DEFAULT, SECOND], ..WELL }.show(root.path());
    let expected = "wwan0 has no address: the site's DHCP did not give one";
    let expected = Stop::failed(Phase::Local, Symptom::Unfit, expected);
    let look = |second| link::examine(root.path(), (None, second), &mut Trace::begin(LIMITS));
    assert_eq!(look(None), Err(expected));
    assert_eq!(look(Some("wwan0")), Ok(()), "what leads over the second line does not count");
}

#[test]
fn speed_and_errors_of_a_link_are_kept_where_its_driver_tells_them() {
    let root = TempDir::new().unwrap();
    WELL.show(root.path());
    let folder = root.path().join("sys/class/net/eth0");
    let look = || {
        let mut trace = Trace::begin(LIMITS);
        link::examine(root.path(), (None, None), &mut trace).unwrap();
        trace.readings
    };
    assert_eq!(look(), []);
    fs::create_dir(folder.join("statistics")).unwrap();
    fs::write(folder.join("statistics/rx_errors"), "40\n").unwrap();
    fs::write(folder.join("statistics/tx_errors"), "2\n").unwrap();
    fs::write(folder.join("speed"), "-1\n").unwrap();
    assert_eq!(look(), [Reading::LinkErrors(42)]);
    fs::write(folder.join("speed"), "100\n").unwrap();
    assert_eq!(look(), [Reading::LinkMbit(100), Reading::LinkErrors(42)]);
}

/// A network behind a second router, within the own one.
const BEHIND: &str = "eth0\t8000140A\t0200140A\t0003\t0\t0\t100\tC0FFFFFF\t0\t0\t0\n";
const MODEM_NET: &str = "wwan0\t00001E0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
const TUNNEL_NET: &str = "tun0\t0000280A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";

#[test]
fn a_neighbour_is_whom_no_router_and_no_line_without_hardware_addresses_leads_to() {
    let root = TempDir::new().unwrap();
    Kernel { routes: &[HEAD, DEFAULT, OWN_NET, BEHIND, MODEM_NET, TUNNEL_NET], ..WELL }.show(root.path());
    let routes = link::Routes::read(root.path());
    assert_eq!(routes.own_networks(root.path()), ["10.20.0.0/24".parse().unwrap()]);
    let gateways: Vec<Ipv4Addr> = routes.routers("eth0").collect();
    assert_eq!(gateways, [Ipv4Addr::new(10, 20, 0, 1), Ipv4Addr::new(10, 20, 0, 2)]);
    let cases = [
        ([10, 20, 0, 101], Some("eth0")),
        ([10, 20, 0, 129], None),
        ([10, 30, 0, 5], None),
        ([10, 40, 0, 5], None),
        ([192, 0, 2, 1], None),
    ];
    for (address, interface) in cases {
        assert_eq!(routes.interface_to(root.path(), address.into()), interface, "{address:?}");
    }
}

#[tokio::test]
async fn a_device_is_alive_when_it_accepts_or_refuses() {
    let (_listener, open) = tcp().await;
    let (refusing, hole) = (closed().await, black_hole());
    let cases = [
        (open, End::Passed),
        (refusing, End::Passed),
        (hole.address, End::Failed(Phase::Connect, Symptom::Timeout)),
    ];
    for (target, expected) in cases {
        let seen = see(PathProbe::Reach { address: target.ip(), port: Some(target.port()) }).await;
        let means = Reading::Means(DeviceText::clean("tcp"));
        let readings = if expected == End::Passed { vec![means] } else { vec![] };
        assert_eq!((end(&seen), &seen.readings), (expected, &readings), "{seen:?}");
    }
}

/// Whether ping is permitted depends on the host; this host is alive either way.
#[tokio::test]
async fn without_a_port_ping_or_a_likely_port_answers() {
    let seen = see(PathProbe::Reach { address: [127, 0, 0, 1].into(), port: None }).await;
    let by = |means: &str| vec![Reading::Means(DeviceText::clean(means))];
    assert_eq!(end(&seen), End::Passed, "{seen:?}");
    assert!([by("icmp"), by("tcp")].contains(&seen.readings), "{seen:?}");
}
