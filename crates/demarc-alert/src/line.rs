//! The way out when the branch's first line carries nothing: every socket is bound to the second one.

use self::dns::{Name, Resolve};
/// What whoever knows names over the second line is to implement.
pub use reqwest::dns;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr as _;
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};

/// The interface of the second line, and who knows names over it: the resolver of the branch is
/// as cut off as the branch.
#[derive(Clone)]
pub struct SecondLine {
    pub interface: String,
    pub names: Arc<dyn Resolve>,
}

impl fmt::Debug for SecondLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondLine").field("interface", &self.interface).finish_non_exhaustive()
    }
}

impl SecondLine {
    /// Connects to a host by its name or address.
    pub(crate) async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let addresses: Vec<SocketAddr> = match host.parse() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => {
                let name = Name::from_str(host).map_err(io::Error::other)?;
                let found = self.names.resolve(name).await.map_err(io::Error::other)?;
                found.map(|address| SocketAddr::new(address.ip(), port)).collect()
            }
        };
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
        for address in addresses {
            match self.connect_to(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn connect_to(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind_device(Some(self.interface.as_bytes()))?;
        socket.connect(address).await
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::line::dns::{Addrs, Resolving};
    use std::net::Ipv4Addr;

    /// Where the names of the second line lead to.
    pub(crate) const ELSEWHERE: &str = "127.0.0.2:0";

    struct Names;

    impl Resolve for Names {
        fn resolve(&self, _: Name) -> Resolving {
            let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0));
            Box::pin(async move { Ok(Box::new([address].into_iter()) as Addrs) })
        }
    }

    /// The only interface that every host has.
    pub(crate) fn second_line() -> SecondLine {
        SecondLine { interface: "lo".to_owned(), names: Arc::new(Names) }
    }
}
