//! This computer: what it permits, how it is attached, its clock and its disk.

use super::{Bench, Check, trouble};
use demarc_model::observation::{Outcome, Reading};
use demarc_model::probe::ProbeKind;
use demarc_model::text::DeviceText;
use demarc_probe::ability::{self, Arp, Neighbour, Ping};
use demarc_probe::net::Net;
use demarc_probe::spec::PathProbe;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

const MIB: u64 = 1 << 20;

pub(super) fn icmp(ping: Ping) -> Check {
    let about = "ping";
    match ping {
        Ping::Datagram => Check::good(
            about,
            "permitted to this user: net.ipv4.ping_group_range lets it open an unprivileged ping socket",
        ),
        Ping::Raw => {
            Check::good(about, "permitted by CAP_NET_RAW; net.ipv4.ping_group_range excludes this user")
        }
        Ping::NotPermitted => Check::limited(
            about,
            "not permitted: routers and switches are asked by TCP, and a router that answers none is \
             believed alive for as long as its hardware address is remembered",
            "sysctl -w net.ipv4.ping_group_range=\"0 2147483647\", or AmbientCapabilities=CAP_NET_RAW in the service",
        ),
    }
}

pub(super) fn arp(bench: &Bench<'_>) -> Check {
    let about = "ARP";
    let cameras = bench.config.map(|config| config.cameras.as_slice()).unwrap_or_default();
    match bench.arp {
        Arp::Everybody => Check::good(
            about,
            "permitted by CAP_NET_RAW: everybody is asked who has the address of a camera nearby",
        ),
        Arp::Kernel if !cameras.iter().any(|camera| bench.surroundings.is_near(camera.address)) => {
            Check::unused(about, "not permitted, and no camera is in a network of this computer")
        }
        Arp::Kernel => Check::limited(
            about,
            "not permitted: two devices with one address are noticed only when the kernel has seen now the \
             one and now the other",
            "AmbientCapabilities=CAP_NET_RAW in the service, and AF_NETLINK AF_PACKET in its \
             RestrictAddressFamilies",
        ),
    }
}

pub(super) async fn link(bench: &Bench<'_>) -> Check {
    let about = "network link";
    let chosen = bench.config.and_then(|config| config.network.interface.clone());
    let second_line = bench.config.and_then(|config| config.network.second_line.clone());
    if let Err(error) = ability::attached(None, None) {
        return Check::limited(
            about,
            format!("the kernel does not tell its addresses and routes: {error}"),
            "AF_NETLINK in RestrictAddressFamilies of the service, or in what its container permits",
        );
    }
    let Some(interface) = chosen.clone().or_else(|| bench.surroundings.interface.clone()) else {
        return Check::limited(
            about,
            "no default route, so that nobody knows which interface leads to the branch",
            "give this computer a default route, or name the interface: interface = \"…\" under [network]",
        );
    };
    let seen = bench.see(ProbeKind::HostLink, PathProbe::HostLink { interface: chosen, second_line }).await;
    match trouble(&seen) {
        Some(found) => {
            Check::limited(about, found, "plug it in, or have the branch's DHCP give it an address")
        }
        None => {
            let portal = ability::captive_portal(&interface);
            let portal = portal.map(|url| format!("; the network names a captive portal, {url}"));
            let (speed, portal) = (speed(&interface), portal.unwrap_or_default());
            Check::good(about, format!("{interface} has carrier, an address and a route{speed}{portal}"))
        }
    }
}

/// What the driver says of itself; virtual interfaces say little.
fn speed(interface: &str) -> String {
    let read = |name: &str| {
        let file = Path::new("/sys/class/net").join(interface).join(name);
        fs::read_to_string(file).ok()?.trim().parse::<u64>().ok()
    };
    let speed = read("speed").map(|mbit| format!("; {mbit} Mbit/s")).unwrap_or_default();
    let errors = read("statistics/rx_errors").zip(read("statistics/tx_errors"));
    speed + &errors.map(|(rx, tx)| format!("; {} errors since it came up", rx + tx)).unwrap_or_default()
}

pub(super) fn gateway(bench: &Bench<'_>) -> Vec<Check> {
    let about = "router";
    let configured = bench.config.and_then(|config| config.network.gateway);
    let Some(address) = configured.or(bench.surroundings.gateway) else {
        return vec![Check::limited(
            about,
            "not known: no default route names one, and no router is asked",
            "give this computer a default route, or write gateway = \"…\" under [network]",
        )];
    };
    let from = if configured.is_some() { "the configuration" } else { "the routing table" };
    let found = format!("{address}, from {from}");
    let memory = match address {
        IpAddr::V4(v4) => ability::neighbour(v4),
        IpAddr::V6(_) => Some(Neighbour::Absent),
    };
    vec![match memory {
        None => Check::limited(
            about,
            format!("{found}; the neighbour table, /proc/net/arp, cannot be read"),
            "let the service see /proc/net",
        ),
        Some(Neighbour::Known) => Check::good(about, format!("{found}; its hardware address is known")),
        Some(Neighbour::Silent) => {
            Check::good(about, format!("{found}; it does not answer to ARP at present"))
        }
        Some(Neighbour::Absent) => Check::good(about, found),
    }]
}

pub(super) async fn ipv6(bench: &Bench<'_>) -> Check {
    let about = "IPv6";
    if let Some(spec) = bench.planned(ProbeKind::LineIpv6) {
        return match trouble(&bench.carry_out(&spec).await) {
            Some(found) => Check::limited(
                about,
                found,
                "have IPv6 mended or switched off in the branch's router, or write ipv6 = false under [network]",
            ),
            None => Check::good(about, "there, and a control answers over it: it is checked apart from IPv4"),
        };
    }
    if bench.surroundings.ipv6 {
        return Check::good(about, "there, with a way out; it is used for names that have no IPv4 address");
    }
    Check::unused(about, "no address or no way out: what happens over IPv6 alone is not seen from here")
}

pub(super) fn authorities(ca_file: Option<&Path>) -> anyhow::Result<(Net, Check)> {
    let about = "authorities";
    let install = "apt-get install ca-certificates, or name a file: ca-file = \"…\" under [network]";
    let net = match Net::new(ca_file) {
        Ok(net) => net,
        Err(error) => {
            let found = crate::keeper::chain(&error);
            return Ok((Net::new(None)?, Check::limited(about, found, "mend the file that ca-file names")));
        }
    };
    let check = if net.knows_authorities() {
        let own = ca_file.map(|file| format!(", and those in {}", file.display())).unwrap_or_default();
        Check::good(about, format!("those of this system{own}"))
    } else {
        Check::limited(
            about,
            "this host knows none: every certificate looks untrusted, as if intercepted",
            install,
        )
    };
    Ok((net, check))
}

pub(super) async fn clock(bench: &Bench<'_>) -> Check {
    let about = "clock";
    let keeper = time_keeper();
    let measured = match bench.config {
        Some(config) => {
            let url = config.network.portal_check.clone();
            let servers = config.network.time_servers.clone();
            Some(bench.see(ProbeKind::HostClock, PathProbe::HostClock { url, servers }).await)
        }
        None => None,
    };
    if let Some(found) = measured.as_ref().and_then(trouble) {
        return Check::limited(about, found, "timedatectl set-ntp true, or set up chrony");
    }
    let offset = measured.iter().flat_map(|seen| &seen.readings).find_map(|reading| match reading {
        Reading::ClockOffsetMs(ms) => Some(*ms),
        _ => None,
    });
    // `Date` has whole seconds, so that less cannot be said.
    let compared = match offset {
        Some(ms) => format!("within {} s of the web's", (ms.unsigned_abs() / 1000).max(1)),
        None => "the web could not be asked for its time".to_owned(),
    };
    match keeper {
        Some(keeper) => Check::good(about, format!("{keeper}; {compared}")),
        None => Check::limited(
            about,
            format!("nothing seems to keep it right; {compared}"),
            "timedatectl set-ntp true, or set up chrony",
        ),
    }
}

/// What is seen of a time service without asking it.
fn time_keeper() -> Option<&'static str> {
    const SEEN: [(&str, &str); 4] = [
        ("/run/systemd/timesync/synchronized", "set right by systemd-timesyncd"),
        ("/run/chrony/chronyd.pid", "kept by chronyd"),
        ("/run/ntpd.pid", "kept by ntpd"),
        ("/run/ntpsec/ntpd.pid", "kept by ntpsec"),
    ];
    SEEN.into_iter().find(|(file, _)| Path::new(file).exists()).map(|(_, said)| said)
}

pub(super) async fn state_dir(bench: &Bench<'_>) -> Check {
    let about = "state folder";
    let directory = bench.state_dir;
    if !directory.exists() {
        let remedy = "the service makes it (StateDirectory=), or name another with --state-dir";
        return Check::limited(about, format!("there is no {}", directory.display()), remedy);
    }
    let disk = PathProbe::HostDisk {
        directory: directory.to_owned(),
        least_free_bytes: crate::config::LEAST_FREE_BYTES,
    };
    match trouble(&bench.see(ProbeKind::HostDisk, disk).await) {
        Some(found) => Check::limited(about, found, "make room, or run this as the user of the service"),
        None => {
            let free = ability::free_bytes(directory)
                .map_or_else(String::new, |b| format!(", {} MiB are free", b / MIB));
            Check::good(about, format!("{} can be written{free}", directory.display()))
        }
    }
}

pub(super) async fn second_line(bench: &Bench<'_>) -> Check {
    let about = "second line";
    let Some(spec) = bench.planned(ProbeKind::LineSecond) else {
        return no_second_line(about, bench.surroundings.interface.as_deref());
    };
    let interface = spec.via.as_deref().unwrap_or_default();
    let seen = bench.carry_out(&spec).await;
    match (trouble(&seen), &seen.outcome) {
        (Some(found), _) => Check::limited(
            about,
            found,
            format!("give {interface} a default route with a higher metric than the first line's"),
        ),
        (None, Outcome::Missing { .. }) => Check::limited(
            about,
            format!("this user may not choose the interface {interface} for what it sends"),
            "Linux 5.7 or later, or AmbientCapabilities=CAP_NET_RAW in the service",
        ),
        (None, _) => Check::good(about, format!("{interface}: a control answers over it")),
    }
}

fn no_second_line(about: &'static str, first: Option<&str>) -> Check {
    let all = fs::read_dir("/sys/class/net").into_iter().flatten().flatten();
    let mut others: Vec<String> = all
        .map(|entry| DeviceText::clean(&entry.file_name().to_string_lossy()).as_str().to_owned())
        .filter(|name| name != "lo" && Some(name.as_str()) != first)
        .collect();
    others.sort();
    let seen =
        if others.is_empty() { String::new() } else { format!(" (other interfaces: {})", others.join(", ")) };
    Check::unused(about, format!("none is configured{seen}"))
}
