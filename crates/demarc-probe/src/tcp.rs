//! TCP connections, and what an error of the socket layer says about the way there.

use crate::trace::{Stop, Trace, micros, spoken};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use rustix::io::Errno;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout_at};

/// The first of the addresses that accepts; when none does, what the first of them said.
pub(crate) async fn connect(addresses: &[IpAddr], port: u16, trace: &mut Trace) -> Result<TcpStream, Stop> {
    let connected = first(addresses, port, trace, connect_one).await;
    connected.map(|(_, stream)| stream)
}

/// The first of the addresses with which an attempt succeeds; when none does, what the first of them gave.
pub(crate) async fn first<T>(
    addresses: &[IpAddr],
    port: u16,
    trace: &mut Trace,
    attempt: impl AsyncFn(SocketAddr, &mut Trace) -> Result<T, Stop>,
) -> Result<(SocketAddr, T), Stop> {
    let mut first_stop = None;
    for address in addresses {
        let address = SocketAddr::new(*address, port);
        match attempt(address, trace).await {
            Ok(success) => {
                trace.read(Reading::Peer(address));
                return Ok((address, success));
            }
            Err(stop) if first_stop.is_none() => {
                first_stop = Some((address, stop));
            }
            Err(_) => {}
        }
        if Instant::now() >= trace.deadline() {
            break;
        }
    }
    let (address, stop) = first_stop.expect("a name has at least one address here");
    trace.read(Reading::Peer(address));
    Err(stop)
}

pub(crate) async fn connect_one(address: SocketAddr, trace: &mut Trace) -> Result<TcpStream, Stop> {
    let began = Instant::now();
    let end = trace.within(trace.limits.connect);
    let connected = timeout_at(end, open(address, trace.via.as_deref())).await;
    let connected = connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
    let took = began.elapsed();
    if connected.is_ok() {
        trace.phases.connect_us = Some(micros(took));
    }
    connected.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => Stop::failed(
            Phase::Connect,
            Symptom::Timeout,
            &format!("{address} did not answer within {}", spoken(took)),
        ),
        ErrorKind::ConnectionRefused => {
            Stop::failed(Phase::Connect, Symptom::Refused, &format!("{address} refused the connection"))
        }
        ErrorKind::ConnectionReset => {
            Stop::failed(Phase::Connect, Symptom::Refused, &format!("{address} reset the connection"))
        }
        _ if is_exhaustion(&error) => Stop::Missing(MissingReason::Agent),
        _ if trace.via.is_some() && is_forbidden(&error) => Stop::Missing(MissingReason::NotPermitted),
        // What is left is this host or a router saying no: no route, prohibited, no source address.
        _ => Stop::failed(
            Phase::Connect,
            Symptom::Unreachable,
            &format!("no way to {address}: {}", said(&error)),
        ),
    })
}

pub(crate) async fn open(address: SocketAddr, via: Option<&str>) -> io::Result<TcpStream> {
    // What answers on this host itself is reached over no line.
    let Some(interface) = via.filter(|_| !address.ip().is_loopback()) else {
        return TcpStream::connect(address).await;
    };
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind_device(Some(interface.as_bytes()))?;
    socket.connect(address).await
}

/// Before Linux 5.7 only `CAP_NET_RAW` may bind a socket to an interface.
pub(crate) fn is_forbidden(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::PERM)
}

/// This host ran out of descriptors or memory: nothing was measured.
pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// The error in words, without Rust's "(os error 113)".
pub(crate) fn said(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
