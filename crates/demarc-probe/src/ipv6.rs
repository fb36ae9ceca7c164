//! Whether IPv6 works where IPv4 does. Programs hide it: they try both and take what answers first, so
//! that a branch with IPv6 broken alone is slow at everything and nobody knows why (RFC 8305).

use crate::dns::{self, Answer};
use crate::host;
use crate::net::Net;
use crate::spec::HostCheck;
use crate::trace::{Stop, Trace, micros};
use hickory_proto::rr::RecordType;
use std::net::SocketAddr;
use tokio::time::Instant;

pub(crate) async fn examine(
    net: &Net,
    hosts: &[HostCheck],
    resolver: Option<SocketAddr>,
    trace: &mut Trace,
) -> Result<(), Stop> {
    host::examine_any(net, hosts, trace).await?;
    match (resolver, hosts.first()) {
        (Some(resolver), Some(host)) => asks(resolver, &host.host, trace).await,
        _ => Ok(()),
    }
}

/// Some resolvers drop questions for IPv6 addresses, or refuse them (RFC 4074). One that answers no
/// question at all is another matter, and other probes see it.
async fn asks(resolver: SocketAddr, name: &str, trace: &mut Trace) -> Result<(), Stop> {
    let began = Instant::now();
    let limit = trace.limits.connect;
    let ask = async |kind| dns::ask(resolver, name, kind, limit, trace).await;
    let asked = ask(RecordType::AAAA).await;
    let stop = match asked {
        Ok(Answer::Addresses(_) | Answer::Empty | Answer::NoSuchName) => None,
        Err(stop) => ask(RecordType::A).await.is_ok().then_some(stop),
    };
    trace.phases.dns_us = Some(micros(began.elapsed()));
    stop.map_or(Ok(()), Err)
}
