//! One probe of the host, the path or the vendor: measured, timed, reported.

use crate::net::Net;
use crate::page::PageReader;
use crate::routes::Routes;
use crate::spec::{Limits, PathProbe, PathSpec};
use crate::trace::{Stop, Trace, micros};
use crate::{
    address, clock, disk, hops, host, ipv6, link, mtu, portal, reach, relay, resolver, resources, traffic,
};
use demarc_model::observation::{Observation, Outcome};
use demarc_model::time::Timestamp;

#[cfg(test)]
pub(crate) mod tests;

/// Carries out one probe. It ends by `limits.total`, whatever the peer does.
///
/// `at` is the wall time at the start; durations are taken from the monotonic clock.
pub async fn run(net: &Net, spec: &PathSpec, at: Timestamp, limits: Limits) -> Observation {
    run_with(&mut PageReader::default(), net, spec, at, limits).await
}

/// The same with what is remembered of the status page, which is then read only when it has changed.
pub async fn run_with(
    reader: &mut PageReader,
    net: &Net,
    spec: &PathSpec,
    at: Timestamp,
    limits: Limits,
) -> Observation {
    let mut trace = Trace::begin(limits).over(spec.via.as_deref());
    let result = examine(reader, net, &spec.what, at, &mut trace).await;
    trace.phases.total_us = micros(trace.elapsed());
    Observation {
        probe: spec.id.clone(),
        at,
        outcome: result.map_or_else(Outcome::from, |()| Outcome::Passed),
        phases: trace.phases,
        readings: trace.readings,
    }
}

async fn examine(
    reader: &mut PageReader,
    net: &Net,
    what: &PathProbe,
    at: Timestamp,
    trace: &mut Trace,
) -> Result<(), Stop> {
    match what {
        PathProbe::HostLink { interface, second_line } => {
            let lines = (interface.as_deref(), second_line.as_deref());
            link::examine("/".as_ref(), Routes::read(), lines, trace)
        }
        PathProbe::HostDisk { directory, least_free_bytes } => {
            disk::examine(directory, *least_free_bytes, trace).await
        }
        PathProbe::HostResources => resources::examine(),
        PathProbe::HostTraffic => traffic::examine("/".as_ref(), trace).await,
        PathProbe::HostAddress { interface, second_line } => {
            address::examine((interface.as_deref(), second_line.as_deref()), trace).await
        }
        PathProbe::HostClock { url, servers } => clock::examine(net, (url, servers), at, trace).await,
        PathProbe::Reach { address, port } => reach::examine(*address, *port, trace).await,
        PathProbe::Resolver { server, zone } => resolver::examine(*server, zone, trace).await,
        PathProbe::Host(check) => host::examine(net, check, trace).await,
        PathProbe::AnyHost(checks) => host::examine_any(net, checks, trace).await,
        PathProbe::Ipv6 { hosts, resolver } => ipv6::examine(net, hosts, *resolver, trace).await,
        PathProbe::Portal { url, body, resolver } => {
            portal::examine(net, url, body.as_deref(), *resolver, trace).await
        }
        PathProbe::Hops { controls, gateway } => hops::examine(controls, *gateway, trace).await,
        PathProbe::Mtu(controls) => mtu::examine(net, controls, trace).await,
        PathProbe::Relay(check) => relay::examine(net, check, trace).await,
        PathProbe::StatusPage(page) => reader.read(net, page, at, trace).await,
    }
}
