//! Resolvers, and whether they know the hosts that are to be asked.

use super::{Bench, Check, trouble};
use demarc_model::probe::ProbeKind;
use demarc_model::text::DeviceText;
use demarc_probe::ability;
use demarc_probe::spec::{PathProbe, PathSpec, ReachBy};
use futures_util::stream::{self, StreamExt as _};
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// Questions at once: enough to be quick, few enough for a small router.
const AT_ONCE: usize = 8;

pub(super) async fn resolvers(bench: &Bench<'_>) -> Vec<Check> {
    let about = "resolver";
    let network = bench.config.map(|config| &config.network);
    let configured = network.and_then(|network| network.resolver);
    let Some(server) = configured.or(bench.surroundings.resolver) else {
        return vec![Check::limited(
            about,
            "not known: resolv.conf names none, and nothing is asked by its name",
            "name one in /etc/resolv.conf, or write resolver = \"…\" under [network]",
        )];
    };
    let from = if configured.is_some() { "the configuration" } else { "resolv.conf" };
    let mut checks = vec![ask(bench, about, ProbeKind::ResolverAnswer, (server, from)).await];
    if let Some(network) = network {
        checks.push(match network.second_resolver {
            Some(server) => {
                let second = (server, "the configuration");
                ask(bench, "second resolver", ProbeKind::ResolverSecond, second).await
            }
            None => {
                Check::unused("second resolver", "none is configured: answers are compared with no other's")
            }
        });
    }
    checks
}

async fn ask(
    bench: &Bench<'_>,
    about: &'static str,
    kind: ProbeKind,
    (server, from): (SocketAddr, &str),
) -> Check {
    let Some(config) = bench.config else { return Check::good(about, format!("{server}, from {from}")) };
    let what = PathProbe::Resolver { server, zone: config.network.random_zone.clone() };
    match trouble(&bench.see(kind, what).await) {
        None => Check::good(about, format!("{server}, from {from}, answers")),
        Some(found) => {
            let remedy = if kind == ProbeKind::ResolverAnswer {
                "demarc check says whose fault it is; resolver = \"…\" under [network] names another"
            } else {
                "let UDP port 53 out to it, or write second-resolver = \"none\" or another under [network]"
            };
            Check::limited(about, found, remedy)
        }
    }
}

/// What the site's resolver said of each host that is asked by its name.
#[derive(Debug, Default)]
pub(super) struct Named {
    controls: BTreeMap<String, Result<Vec<IpAddr>, DeviceText>>,
    vendor: BTreeMap<String, Result<Vec<IpAddr>, DeviceText>>,
}

/// Asks for every control, every host of the vendor, the portal check and the status page, once.
pub(super) async fn look_up(bench: &Bench<'_>) -> Named {
    let Some(config) = bench.config else { return Named::default() };
    let specs = config.path_specs(&bench.surroundings);
    let wanted: BTreeMap<(bool, String), SocketAddr> = specs
        .iter()
        .filter_map(|spec| {
            let (host, resolver) = name(spec)?;
            Some(((of_vendor(spec.id.kind), host), resolver))
        })
        .collect();
    let asked = wanted.into_iter().map(|((vendor, host), resolver)| async move {
        let said = ability::lookup(resolver, &host, bench.limits, None).await;
        (vendor, host, said)
    });
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    let mut named = Named::default();
    for (vendor, host, said) in answers {
        let list = if vendor { &mut named.vendor } else { &mut named.controls };
        list.insert(host, said);
    }
    named
}

fn of_vendor(kind: ProbeKind) -> bool {
    matches!(kind, ProbeKind::VendorName | ProbeKind::VendorStatus)
}

/// The name that a probe asks a resolver for. An address in its place needs none.
fn name(spec: &PathSpec) -> Option<(String, SocketAddr)> {
    // Over another line another resolver is asked.
    if spec.id.kind == ProbeKind::VendorSecond {
        return None;
    }
    let of_url = |url: &str, resolver: SocketAddr| {
        let url = Url::parse(url).ok()?;
        Some((url.domain()?.to_owned(), resolver))
    };
    match &spec.what {
        PathProbe::Host(check) => match check.reach {
            ReachBy::Name { resolver, .. } => Some((check.host.clone(), resolver)),
            ReachBy::Address(_) => None,
        },
        PathProbe::Portal { url, resolver, .. } => of_url(url, *resolver),
        PathProbe::StatusPage(page) => of_url(&page.url, page.resolver),
        PathProbe::Relay(check) => of_url(check.url.expose_secret(), check.resolver),
        PathProbe::HostLink { .. }
        | PathProbe::HostDisk { .. }
        | PathProbe::HostResources
        | PathProbe::HostTraffic
        | PathProbe::HostAddress { .. }
        | PathProbe::HostClock { .. }
        | PathProbe::Reach { .. }
        | PathProbe::Hops { .. }
        | PathProbe::Mtu(_)
        | PathProbe::AnyHost(_)
        | PathProbe::Ipv6 { .. }
        | PathProbe::Resolver { .. } => None,
    }
}

impl Named {
    pub(super) fn checks(&self) -> Vec<Check> {
        [("controls", &self.controls), ("vendor", &self.vendor)]
            .into_iter()
            .filter(|(_, hosts)| !hosts.is_empty())
            .map(|(about, hosts)| said(about, hosts))
            .collect()
    }

    /// How many of the names that probes of this kind ask for have no address, and how many there are.
    pub(super) fn missing(&self, specs: &[&PathSpec]) -> (usize, usize) {
        let known = |host: &String| self.controls.get(host).or_else(|| self.vendor.get(host));
        let names: Vec<String> = specs.iter().filter_map(|spec| Some(name(spec)?.0)).collect();
        let missing = names.iter().filter(|host| known(host).is_some_and(Result::is_err)).count();
        (missing, names.len())
    }
}

fn said(about: &'static str, hosts: &BTreeMap<String, Result<Vec<IpAddr>, DeviceText>>) -> Check {
    let failed: Vec<&DeviceText> = hosts.values().filter_map(|said| said.as_ref().err()).collect();
    let total = hosts.len();
    match failed.first() {
        None if total == 1 => Check::good(about, "its name has an address"),
        None => Check::good(about, format!("all {total} names have an address")),
        Some(first) => Check::limited(
            about,
            format!("{} of {total} names have no address: {}", failed.len(), first.as_str()),
            "demarc check says whose fault it is; a name that never had one stands wrong in the configuration or the profile",
        ),
    }
}
