//! UDP sockets that reach one peer, over one interface if one is given.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::UdpSocket;

/// A socket of the peer's family, not yet connected.
pub(crate) async fn toward(peer: IpAddr, via: Option<&str>) -> io::Result<UdpSocket> {
    let any: IpAddr =
        if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    // What answers on this host itself is reached over no line.
    if let Some(interface) = via.filter(|_| !peer.is_loopback()) {
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    Ok(socket)
}
