//! The routers on the way to a control, as they say themselves when a packet's time to live ends there.
//!
//! UDP with `IP_RECVERR` needs no privileges. Many routers stay silent and many firewalls let nothing
//! of this through, so silence alone proves nothing: it counts only while no control answers either.

use crate::spec::{HostCheck, ReachBy};
use crate::tcp::{self, is_exhaustion};
use crate::trace::{Stop, Trace};
use crate::udp;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// Beyond this many routers nothing is learnt about the line of the branch.
const MOST: u8 = 8;
/// Where `traceroute` begins: ports on which nobody listens.
const PORT: u16 = 33_434;
/// `SO_EE_ORIGIN_ICMP` of linux/errqueue.h: a router said it, and not this host.
const ORIGIN_ICMP: u8 = 2;

pub(crate) async fn examine(controls: &[HostCheck], gateway: IpAddr, trace: &mut Trace) -> Result<(), Stop> {
    let Some(target) = controls.iter().find_map(beyond_this_host) else {
        return Err(Stop::Missing(MissingReason::NotOffered));
    };
    let end = trace.within(trace.limits.connect / 2);
    let hops = join_all((1..=MOST).map(|ttl| hop(target, ttl, trace.via.as_deref(), end))).await;
    let mut hops = hops.into_iter().collect::<io::Result<Vec<_>>>().map_err(|error| {
        let own = is_exhaustion(&error);
        // Without a way out nothing can be sent, and other probes say so.
        Stop::Missing(if own { MissingReason::Agent } else { MissingReason::Prerequisite })
    })?;
    // The target answers once for every packet that reaches it.
    let arrived = hops.iter().position(|hop| *hop == Some(target));
    hops.truncate(arrived.map_or(hops.len(), |at| at + 1));
    // A router that has no way on says so for every packet that got as far.
    hops.dedup_by(|later, earlier| later.is_some() && later == earlier);
    let last = hops.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    hops.truncate(last);
    let beyond = hops.iter().flatten().any(|hop| IpAddr::V4(*hop) != gateway);
    let seen = hops.iter().flatten().next().map(|hop| format!("{hop} answers")).unwrap_or_default();
    trace.read(Reading::Hops(hops.into_iter().map(|hop| hop.map(IpAddr::V4)).collect()));
    if beyond {
        return Ok(());
    }
    if any_accepts(controls, trace).await {
        return Err(Stop::Missing(MissingReason::NotOffered));
    }
    let router = if seen.is_empty() { "no router on the way answers".to_owned() } else { seen };
    let detail = format!("{router}, and nothing beyond the branch's router does");
    Err(Stop::failed(Phase::Connect, Symptom::Timeout, &detail))
}

/// No router stands on the way to this host itself.
fn beyond_this_host(control: &HostCheck) -> Option<Ipv4Addr> {
    match control.reach {
        ReachBy::Address(IpAddr::V4(v4)) if !v4.is_loopback() => Some(v4),
        ReachBy::Address(_) | ReachBy::Name { .. } => None,
    }
}

/// Who reports the end of a packet after so many routers; asked again after a third of the time.
async fn hop(target: Ipv4Addr, ttl: u8, via: Option<&str>, end: Instant) -> io::Result<Option<Ipv4Addr>> {
    let socket = udp::toward(target.into(), via).await?;
    setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
    socket.set_ttl(u32::from(ttl))?;
    socket.connect((target, PORT + u16::from(ttl))).await?;
    let now = Instant::now();
    let again = now + end.saturating_duration_since(now) / 3;
    for until in [again, end] {
        if let Err(error) = socket.send(&[ttl]).await
            && !is_said_by_a_router(&error)
        {
            return Err(error);
        }
        if let Ok(said) = timeout_at(until, reporter(&socket)).await {
            return said;
        }
    }
    Ok(None)
}

/// The answer to an earlier packet is given once more as an error of the next call.
fn is_said_by_a_router(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::HostUnreachable | io::ErrorKind::ConnectionRefused)
}

async fn reporter(socket: &UdpSocket) -> io::Result<Option<Ipv4Addr>> {
    loop {
        socket.ready(Interest::ERROR).await?;
        match socket.try_io(Interest::ERROR, || report(socket)) {
            Ok(Some(said)) => return Ok(said),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// One entry of the error queue: the router that it came from, or nobody when this host said it.
fn report(socket: &UdpSocket) -> io::Result<Option<Option<Ipv4Addr>>> {
    let mut payload = [0; 64];
    let mut space = nix::cmsg_space!([u8; 64]);
    let mut parts = [IoSliceMut::new(&mut payload)];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrIn>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags)?;
    let said = message.cmsgs()?.find_map(|part| match part {
        ControlMessageOwned::Ipv4RecvErr(error, from) => Some((error, from)),
        _ => None,
    });
    Ok(said.map(|(error, from)| {
        let router = from.filter(|_| error.ee_origin == ORIGIN_ICMP);
        router.map(|from| Ipv4Addr::from(u32::from_be(from.sin_addr.s_addr)))
    }))
}

/// Whether a connection with any control can be made: then silence says nothing of the line.
async fn any_accepts(controls: &[HostCheck], trace: &Trace) -> bool {
    let end = trace.within(trace.limits.connect / 2);
    let mut attempts: FuturesUnordered<_> = controls
        .iter()
        .filter_map(|control| match control.reach {
            ReachBy::Address(address) => {
                Some(tcp::open(SocketAddr::new(address, control.port), trace.via.as_deref()))
            }
            ReachBy::Name { .. } => None,
        })
        .collect();
    while let Ok(Some(attempt)) = timeout_at(end, attempts.next()).await {
        match attempt {
            Ok(_) => return true,
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return true,
            Err(_) => {}
        }
    }
    false
}
