//! A page by its URL: found, connected to, asked for.

use crate::dns::{self, Expect};
use crate::http::{self, Get, Response, Take};
use crate::net::Net;
use crate::spec::Trust;
use crate::tcp;
use crate::tls;
use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::MissingReason;
use std::net::{IpAddr, SocketAddr};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

/// Who turns the name of a URL into addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lookup {
    Resolver(SocketAddr, Expect),
    /// Whatever this host uses.
    Host,
}

/// A URL that cannot be asked for was not measured; the configuration admits none.
pub(crate) fn parse(url: &str) -> Result<Url, Stop> {
    Url::parse(url).map_err(|_| Stop::Missing(MissingReason::Agent))
}

pub(crate) async fn get(
    net: &Net,
    url: &Url,
    lookup: Lookup,
    take: Take<'_>,
    trace: &mut Trace,
) -> Result<Response, Stop> {
    let secure = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(Stop::Missing(MissingReason::Agent)),
    };
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(Stop::Missing(MissingReason::Agent));
    };
    let addresses = find(&host, lookup, trace).await?;
    let stream = tcp::connect(&addresses, port, trace).await?;
    let get = Get {
        authority: &url[url::Position::BeforeHost..url::Position::AfterPort],
        path: &url[url::Position::BeforePath..url::Position::AfterQuery],
        take,
    };
    if !secure {
        return http::get(stream, &get, trace).await;
    }
    let name = host.to_string();
    let stream = tls::handshake(net, stream, name.trim_matches(['[', ']']), Trust::Public, trace).await?;
    http::get(stream, &get, trace).await
}

/// The addresses of a host by whatever this host asks; nothing when it does not know.
pub(crate) async fn look_up(host: &str, port: u16, trace: &Trace) -> Vec<SocketAddr> {
    let found = timeout_at(trace.deadline(), tokio::net::lookup_host((host, port))).await;
    match found {
        Ok(Ok(found)) => found.take(8).collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// An address that stands in the URL itself is the configuration's own word, and nothing that a resolver can forge.
async fn find(host: &Host<&str>, lookup: Lookup, trace: &mut Trace) -> Result<Vec<IpAddr>, Stop> {
    match (host, lookup) {
        (Host::Ipv4(address), _) => Ok(vec![(*address).into()]),
        (Host::Ipv6(address), _) => Ok(vec![(*address).into()]),
        (Host::Domain(name), Lookup::Resolver(resolver, expect)) => {
            dns::resolve(resolver, name, expect, trace).await
        }
        (Host::Domain(name), Lookup::Host) => {
            let began = Instant::now();
            let found = look_up(name, 0, trace).await;
            let found: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
            if found.is_empty() {
                return Err(Stop::Missing(MissingReason::Prerequisite));
            }
            trace.phases.dns_us = Some(micros(began.elapsed()));
            Ok(found)
        }
    }
}
