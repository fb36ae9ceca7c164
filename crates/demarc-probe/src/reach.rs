//! Whether a device of the site network answers at all: the gateway, a switch.
//!
//! Ping is often not permitted, to us or by the device, so other means stand by: a TCP connection
//! (a refused one proves the device alive), and the neighbour table, which is the weakest because
//! it remembers a dead gateway for most of a minute.

use crate::reach::icmp::Ping;
use crate::reach::neighbour::Neighbour;
use crate::tcp::{is_exhaustion, said};
use crate::trace::{Stop, Trace, micros, spoken};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

pub(crate) mod arp;
pub(crate) mod icmp;
pub(crate) mod mac;
pub(crate) mod neighbour;

/// What a router or a switch is likeliest to answer on, if only by refusing.
const LIKELY_PORTS: [u16; 3] = [80, 443, 53];

pub(crate) async fn examine(address: IpAddr, port: Option<u16>, trace: &mut Trace) -> Result<(), Stop> {
    let (IpAddr::V4(v4), None) = (address, port) else {
        let ports = port.map_or_else(|| LIKELY_PORTS.to_vec(), |port| vec![port]);
        let end = trace.within(trace.limits.connect);
        let seen = knock(address, &ports, end).await;
        return conclude(seen, address, trace);
    };
    let limit = trace.within(trace.limits.connect).saturating_duration_since(Instant::now());
    let middle = trace.within(limit / 2);
    let end = trace.within(limit);
    match icmp::ping(v4, middle).await {
        Ping::Answered => conclude(Seen::Answer("icmp"), address, trace),
        Ping::Silent => conclude(knock(address, &LIKELY_PORTS, end).await, address, trace),
        Ping::NotPermitted => {
            let seen = knock(address, &LIKELY_PORTS, end).await;
            if matches!(seen, Seen::Silence) && neighbour::of(v4) == Neighbour::Known {
                trace.read(means("neighbour"));
                return Ok(());
            }
            conclude(seen, address, trace)
        }
        Ping::Error(error) => conclude(Seen::Error(error), address, trace),
    }
}

#[derive(Debug)]
pub(crate) enum Seen {
    Answer(&'static str),
    Silence,
    Error(io::Error),
}

fn conclude(seen: Seen, address: IpAddr, trace: &mut Trace) -> Result<(), Stop> {
    let neighbour = match address {
        IpAddr::V4(v4) => neighbour::of(v4),
        IpAddr::V6(_) => Neighbour::Absent,
    };
    match seen {
        Seen::Answer(by) => {
            trace.phases.connect_us = Some(micros(trace.elapsed()));
            trace.read(means(by));
            Ok(())
        }
        Seen::Error(error) if is_exhaustion(&error) => Err(Stop::Missing(MissingReason::Agent)),
        // "No route to host" about a neighbour is this host's word for an unanswered ARP request.
        Seen::Error(error) if neighbour != Neighbour::Silent => {
            let detail = format!("no way to {address}: {}", said(&error));
            Err(Stop::failed(Phase::Connect, Symptom::Unreachable, &detail))
        }
        Seen::Error(_) | Seen::Silence => {
            let (took, memory) = (spoken(trace.elapsed()), neighbour.phrase());
            let detail = format!("{address} did not answer within {took}{memory}");
            Err(Stop::failed(Phase::Connect, Symptom::Timeout, &detail))
        }
    }
}

fn means(by: &str) -> Reading {
    Reading::Means(DeviceText::clean(by))
}

/// Tries all ports at once; the first acceptance or refusal proves the device alive.
pub(crate) async fn knock(address: IpAddr, ports: &[u16], end: Instant) -> Seen {
    let mut attempts: FuturesUnordered<_> =
        ports.iter().map(|port| TcpStream::connect(SocketAddr::new(address, *port))).collect();
    let mut last_error = None;
    while let Ok(Some(result)) = timeout_at(end, attempts.next()).await {
        match result {
            Ok(_) => return Seen::Answer("tcp"),
            Err(error) if is_answer(&error) => return Seen::Answer("tcp"),
            Err(error) => last_error = Some(error),
        }
    }
    last_error.map_or(Seen::Silence, Seen::Error)
}

fn is_answer(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
