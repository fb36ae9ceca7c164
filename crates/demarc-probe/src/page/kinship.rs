//! What a status page has in common with the hosts that it reports on, as far as names and addresses tell.

use super::owner::registered;
use crate::dns::{self, Expect};
use crate::spec::StatusPage;
use crate::trace::Trace;
use demarc_model::page::Shared;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

const MOST_HOSTS: usize = 8;
const MOST_ZONES: usize = 3;

/// Nothing when there was no time to find out.
pub(super) async fn shared(what: &StatusPage, page: &Url, trace: &mut Trace) -> Option<Vec<Shared>> {
    let page = page.host()?.to_string();
    let own = addresses(&page, what.resolver, trace).await;
    let mut found = BTreeSet::new();
    for host in what.hosts.iter().take(MOST_HOSTS) {
        let theirs = addresses(host, what.resolver, trace).await;
        for (a, b) in own.iter().flat_map(|a| theirs.iter().map(move |b| (a, b))) {
            if a == b {
                found.insert(Shared::Address);
            } else if network(*a) == network(*b) {
                found.insert(Shared::Network);
            }
        }
    }
    if shares_name_servers(&page, what, trace).await {
        found.insert(Shared::NameServers);
    }
    (trace.elapsed() < trace.limits.total).then(|| found.into_iter().collect())
}

async fn addresses(host: &str, resolver: SocketAddr, trace: &mut Trace) -> Vec<IpAddr> {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => vec![address.into()],
        Ok(Host::Ipv6(address)) => vec![address.into()],
        Ok(Host::Domain(name)) => {
            dns::resolve(resolver, &name, Expect::AnyAddress, trace).await.unwrap_or_default()
        }
        Err(_) => Vec::new(),
    }
}

/// The part of an address that one operator usually has: 24 bits of IPv4, 48 of IPv6.
fn network(address: IpAddr) -> [u8; 6] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            [a, b, c, 0, 0, 4]
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, ..] = v6.octets();
            [a, b, c, d, e, f]
        }
    }
}

async fn shares_name_servers(page: &str, what: &StatusPage, trace: &mut Trace) -> bool {
    let named = |host: &str| matches!(Host::parse(host), Ok(Host::Domain(_)));
    let Some(own) = registered(page).filter(|zone| named(zone)) else { return false };
    let hosts = what.hosts.iter().filter(|host| named(host));
    let zones: BTreeSet<String> = hosts.filter_map(|host| registered(host)).map(str::to_lowercase).collect();
    let own = own.to_lowercase();
    if zones.contains(&own) {
        return true;
    }
    let servers = dns::name_servers(what.resolver, &own, trace).await.unwrap_or_default();
    for zone in zones.iter().take(MOST_ZONES).filter(|_| !servers.is_empty()) {
        let theirs = dns::name_servers(what.resolver, zone, trace).await.unwrap_or_default();
        if theirs.iter().any(|server| servers.contains(server)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_24_bits_of_ipv4_and_48_of_ipv6() {
        let cases = [
            ("192.0.2.1", "192.0.2.200", true),
            ("192.0.2.1", "192.0.3.1", false),
            ("192.0.2.1", "::ffff:192.0.2.9", true),
            ("2001:db8:1::1", "2001:db8:1:ffff::1", true),
            ("2001:db8:1::1", "2001:db8:2::1", false),
        ];
        for (a, b, expected) in cases {
            let same = network(a.parse().unwrap()) == network(b.parse().unwrap());
            assert_eq!(same, expected, "{a} {b}");
        }
    }
}
