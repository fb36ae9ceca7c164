//! A listening socket that can fall silent for real.
//!
//! The kernel drops connection requests to a socket whose queue of finished connections is full.
//! So a queue of one, filled with a connection of our own that nobody takes, makes a host that does
//! not answer: connecting to it times out, as it does with a host that has no power.

use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const BACKLOG: i32 = 1024;
const MOST_FILLERS: usize = 8;
/// On loopback an open socket accepts within microseconds, whatever the load: the kernel does it
/// while the client is still connecting.
const ACCEPTS_WITHIN: Duration = Duration::from_millis(25);

#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    fillers: Vec<TcpStream>,
    /// Our own connections that still stand in the queue.
    own: Vec<SocketAddr>,
}

impl Listener {
    pub(crate) fn new(socket: TcpListener) -> io::Result<Self> {
        let address = socket.local_addr()?;
        Ok(Self { socket, address, fillers: vec![], own: vec![] })
    }

    /// Returns once a connection to this socket cannot be made.
    pub(crate) async fn silence(&mut self) -> io::Result<()> {
        SockRef::from(&self.socket).listen(0)?;
        for _ in 0..MOST_FILLERS {
            match timeout(ACCEPTS_WITHIN, TcpStream::connect(self.address)).await {
                Ok(filler) => {
                    let filler = filler?;
                    self.own.push(filler.local_addr()?);
                    self.fillers.push(filler);
                }
                Err(_) => return Ok(()),
            }
        }
        Err(io::Error::other("the queue of a listening socket does not fill up"))
    }

    pub(crate) fn restore(&mut self) -> io::Result<()> {
        self.fillers.clear();
        SockRef::from(&self.socket).listen(BACKLOG)
    }

    /// The next connection that is not our own. Can be cancelled.
    pub(crate) async fn accept(&mut self) -> io::Result<TcpStream> {
        loop {
            let (stream, peer) = self.socket.accept().await?;
            match self.own.iter().position(|own| *own == peer) {
                Some(index) => {
                    self.own.swap_remove(index);
                }
                None => return Ok(stream),
            }
        }
    }
}
