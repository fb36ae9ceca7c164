//! Whether packets of full size pass where small ones do.
//!
//! A black hole for large packets leaves ping, names and connections alone and swallows the flight in
//! which a server shows its certificate. Two kinds of evidence: an echo of full size, where ping is
//! permitted and the peer is not this host, and that flight itself. Either one that gets through
//! passes; failing takes both, or the flights alone where nobody answers an echo.

use crate::net::Net;
use crate::reach::icmp;
use crate::spec::{Check, HostCheck, Limits, ReachBy};
use crate::trace::{Stop, Trace};
use crate::{tcp, tls};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::net::{IpAddr, Ipv4Addr};

/// What `ping` sends when nobody says how much.
const SMALL: usize = 56;
/// With its headers this makes the 1,500 bytes of an Ethernet frame.
const LARGE: usize = 1472;
/// IPv4 and ICMP.
const HEADERS: usize = 28;
/// More hosts than this are not asked.
const MOST: usize = 3;

/// What became of a packet of full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Passed(Option<u32>),
    /// Though a small one was answered.
    Lost,
    /// Nobody answers an echo here, or not with all of it.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flight {
    Passed,
    Stalled,
    /// There was no connection over which it could come.
    Unknown,
}

pub(crate) async fn examine(net: &Net, controls: &[HostCheck], trace: &mut Trace) -> Result<(), Stop> {
    let mut lost = Vec::new();
    for address in controls.iter().take(MOST).filter_map(echoing) {
        match size(address, trace).await {
            Size::Passed(path_mtu) => {
                trace.read(Reading::Means(DeviceText::clean("icmp")));
                path_mtu.into_iter().for_each(|mtu| trace.read(Reading::PathMtu(mtu)));
                return Ok(());
            }
            Size::Lost => lost.push(address),
            Size::Unknown => {}
        }
    }
    let has_tls = |control: &&HostCheck| matches!(control.check, Check::Tls | Check::Https { .. });
    let with_tls = controls.iter().filter(has_tls).take(MOST);
    let (limits, via) = (rest(trace), trace.via.clone());
    let via = via.as_deref();
    let mut flights: FuturesUnordered<_> = with_tls
        .map(|control| async move { (address(control), flight(net, control, limits, via).await) })
        .collect();
    let mut stalled = Vec::new();
    while let Some((address, flight)) = flights.next().await {
        match flight {
            Flight::Passed => {
                trace.read(Reading::Means(DeviceText::clean("tls")));
                return Ok(());
            }
            Flight::Stalled => stalled.extend(address),
            Flight::Unknown => {}
        }
    }
    conclude(&lost, &stalled)
}

fn conclude(lost: &[Ipv4Addr], stalled: &[IpAddr]) -> Result<(), Stop> {
    let [first, others @ ..] = stalled else { return Err(Stop::Missing(MissingReason::Prerequisite)) };
    let seen = match lost.iter().find(|address| stalled.contains(&IpAddr::V4(**address))) {
        Some(address) => format!(
            "{address} answers packets of {} bytes and none of {}, and TLS with it stalls",
            SMALL + HEADERS,
            LARGE + HEADERS
        ),
        // One host that stalls can be its own fault.
        None if others.is_empty() => return Err(Stop::Missing(MissingReason::Prerequisite)),
        None => format!(
            "{first} and {} other take connections, and TLS stalls with all of them; no echo tells how large packets may be",
            others.len()
        ),
    };
    Err(Stop::failed(Phase::Tls, Symptom::TlsStall, &seen))
}

/// A packet to this host itself does not pass the line.
fn echoing(control: &HostCheck) -> Option<Ipv4Addr> {
    match address(control)? {
        IpAddr::V4(v4) if !v4.is_loopback() => Some(v4),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

fn address(control: &HostCheck) -> Option<IpAddr> {
    match control.reach {
        ReachBy::Address(address) => Some(address),
        ReachBy::Name { .. } => None,
    }
}

async fn size(address: Ipv4Addr, trace: &Trace) -> Size {
    match icmp::echo(address, SMALL, trace.within(trace.limits.connect / 2)).await {
        Ok(Some(_)) => {}
        Ok(None) | Err(_) => return Size::Unknown,
    }
    let mut size = Size::Unknown;
    for _ in 0..2 {
        match icmp::echo(address, LARGE, trace.within(trace.limits.connect / 4)).await {
            Ok(Some(echo)) if echo.payload >= LARGE => return Size::Passed(echo.path_mtu),
            Ok(Some(_)) => return Size::Unknown,
            Ok(None) => size = Size::Lost,
            // A router has said what it can take, to us or to the peer, and the next is divided.
            Err(_) => {}
        }
    }
    size
}

/// What is left of the time, as the limits of one attempt.
fn rest(trace: &Trace) -> Limits {
    Limits { total: trace.limits.total.saturating_sub(trace.elapsed()), ..trace.limits }
}

async fn flight(net: &Net, control: &HostCheck, limits: Limits, via: Option<&str>) -> Flight {
    let Some(address) = address(control) else { return Flight::Unknown };
    let mut trace = Trace::begin(limits).over(via);
    let Ok(stream) = tcp::connect(&[address], control.port, &mut trace).await else { return Flight::Unknown };
    let shaken = tls::handshake(net, stream, &control.host, control.trust, &mut trace).await;
    // What is wrong with a certificate can only be seen when it has come.
    let seen = trace.readings.iter().any(|reading| matches!(reading, Reading::TlsIssuer(_)));
    match shaken {
        Ok(_) => Flight::Passed,
        Err(_) if seen => Flight::Passed,
        Err(Stop::Failed { symptom: Symptom::TlsStall, .. }) => Flight::Stalled,
        Err(_) => Flight::Unknown,
    }
}
