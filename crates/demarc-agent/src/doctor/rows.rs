//! The table of all probes: from the plan that the service would follow.

use super::names::Named;
use super::{Bench, catalogue};
use crate::config::Config;
use crate::config::channel::masked_url;
use crate::plan::{Planned, plan};
use demarc_model::probe::ProbeKind;
use demarc_probe::ability::{Arp, Ping};
use demarc_probe::spec::{HostCheck, PathProbe, PathSpec, ReachBy};
use secrecy::ExposeSecret as _;
use std::net::IpAddr;

/// So many are named in a table; of the others there is the number.
const NAMED: usize = 2;

/// One kind of probe, here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    pub probe: ProbeKind,
    /// What is sent to whom.
    pub sends: &'static str,
    /// Whom it asks here; empty when it is not planned.
    pub asks: Vec<String>,
    /// In quiet time, in milliseconds; absent when it is not planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_ms: Option<u64>,
    pub works: Works,
    /// Why not, or how less well; empty when it works.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Works {
    Yes,
    /// Less well than it could.
    Partly,
    No,
}

impl Row {
    /// Whom it asks, short.
    pub fn asked(&self) -> String {
        let named = self.asks.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.asks.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}

pub(super) fn rows(config: &Config, bench: &Bench<'_>, named: &Named) -> Vec<Row> {
    let paths = config.path_specs(&bench.surroundings);
    let planned = plan(&paths, &config.camera_specs(), &bench.surroundings, &config.probing);
    let row = |kind: ProbeKind| {
        let own: Vec<&Planned> = planned.iter().filter(|planned| planned.id.kind == kind).collect();
        let specs: Vec<&PathSpec> = paths.iter().filter(|spec| spec.id.kind == kind).collect();
        let (works, why) = match own.first() {
            None => (Works::No, unplanned(kind, config)),
            Some(_) => ability(kind, bench, named.missing(&specs)),
        };
        Row {
            probe: kind,
            sends: catalogue::entry(kind).sends,
            asks: if kind.is_camera() {
                cameras(&own)
            } else {
                specs.iter().flat_map(|spec| targets(spec)).collect()
            },
            every_ms: own.first().map(|planned| planned.every.as_millis() as u64),
            works,
            why,
        }
    };
    ProbeKind::ALL.map(row).into()
}

fn cameras(planned: &[&Planned]) -> Vec<String> {
    planned.iter().map(|planned| planned.id.subject.to_string()).collect()
}

fn targets(spec: &PathSpec) -> Vec<String> {
    match &spec.what {
        PathProbe::HostLink { .. }
        | PathProbe::HostResources
        | PathProbe::HostTraffic
        | PathProbe::HostAddress { .. } => Vec::new(),
        PathProbe::HostDisk { directory, .. } => vec![directory.display().to_string()],
        PathProbe::Portal { url, .. } => vec![url.clone()],
        PathProbe::HostClock { url, servers } => [url].into_iter().chain(servers).cloned().collect(),
        PathProbe::Reach { address, port: None } => vec![address.to_string()],
        PathProbe::Reach { address, port: Some(port) } => vec![at(*address, *port)],
        PathProbe::Resolver { server, .. } => vec![server.to_string()],
        PathProbe::Host(check) => vec![host(check)],
        PathProbe::Hops { controls, .. } => controls.iter().take(1).map(host).collect(),
        PathProbe::Mtu(controls) | PathProbe::AnyHost(controls) => controls.iter().map(host).collect(),
        PathProbe::Ipv6 { hosts, .. } => hosts.iter().map(host).collect(),
        PathProbe::StatusPage(page) => vec![page.url.clone()],
        PathProbe::Relay(check) => vec![masked_url(check.url.expose_secret())],
    }
}

fn host(check: &HostCheck) -> String {
    match check.reach {
        ReachBy::Name { .. } => format!("{}:{}", check.host, check.port),
        ReachBy::Address(address) => at(address, check.port),
    }
}

fn at(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}

/// What a planned probe can do here.
fn ability(kind: ProbeKind, bench: &Bench<'_>, (missing, names): (usize, usize)) -> (Works, String) {
    use ProbeKind as K;
    let by_tcp = "by TCP only: ping is not permitted";
    match kind {
        K::GatewayReach | K::SegmentReach if bench.ping == Ping::NotPermitted => {
            (Works::Partly, by_tcp.to_owned())
        }
        K::LineMtu if bench.ping == Ping::NotPermitted => {
            (Works::Partly, "by TLS alone: ping is not permitted".to_owned())
        }
        K::CameraNeighbour if bench.arp == Arp::Kernel => {
            (Works::Partly, "by the kernel's table: packets of one's own are not permitted".to_owned())
        }
        K::ControlName
        | K::ControlAddress
        | K::VendorName
        | K::VendorAddress
        | K::VendorSecond
        | K::VendorStatus
            if !bench.net.knows_authorities() =>
        {
            (Works::No, "no certificate authority is known here".to_owned())
        }
        _ if missing > 0 && missing == names => (Works::No, "the resolver gives no address".to_owned()),
        _ if missing > 0 => (Works::Partly, format!("{missing} of {names} names have no address")),
        _ => (Works::Yes, String::new()),
    }
}

/// Why a kind of probe is not planned.
fn unplanned(kind: ProbeKind, config: &Config) -> String {
    use ProbeKind as K;
    let no_vendor = config.vendor.is_none();
    let why = match kind {
        K::GatewayReach | K::LineHops => "no router is known",
        K::SegmentReach if config.segments.is_empty() => "no [[segment]] is configured",
        K::SegmentReach => "no [[segment]] has an address",
        K::ResolverSecond => "second-resolver is \"none\"",
        K::VendorName | K::VendorAddress | K::VendorSecond | K::VendorStatus if no_vendor => {
            "no vendor is configured"
        }
        K::LineSecond | K::VendorSecond if config.network.second_line.is_none() => {
            "no second-line is configured"
        }
        K::LineIpv6 if config.network.ipv6 == Some(false) => "ipv6 is false",
        K::LineIpv6 => "this computer has no IPv6, or no control has an IPv6 address",
        K::VendorAddress => "no [[endpoint]] of the profile has an address",
        K::VendorStatus if config.vendor.as_ref().is_some_and(|v| v.status_page.is_none()) => {
            "the profile names no status page"
        }
        K::ResolverAnswer | K::ControlName | K::ControlPortal | K::VendorName | K::VendorStatus => {
            "no resolver is known"
        }
        K::CameraRtsp if !config.cameras.is_empty() => "camera.stream takes its place",
        K::CameraLogin | K::CameraOnvif | K::CameraStorage if !config.cameras.is_empty() => {
            "no camera has an account"
        }
        K::CameraNeighbour if !config.cameras.is_empty() => "no camera is in a network of this computer",
        K::CameraStream | K::CameraPicture if !config.cameras.is_empty() => {
            "no camera has both an account and this switched on by `video`"
        }
        K::HostAddress => "packets of one's own are not permitted",
        _ if kind.is_camera() => "no [[camera]] is configured",
        _ => "not configured",
    };
    why.to_owned()
}
