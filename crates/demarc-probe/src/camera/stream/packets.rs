//! Where a session's packets come, and when enough of them have come.

use crate::camera::rtsp::{Line, Trouble};
use demarc_protocol::rtsp::Reply;
use demarc_protocol::rtsp::rtp::Arrivals;
use demarc_protocol::rtsp::sdp::Codec;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

pub(super) enum Arriving {
    Interleaved { channel: u8 },
    ByUdp(Ports),
}

/// A port for RTP and the next for RTCP, which is not read.
pub(super) struct Ports {
    rtp: UdpSocket,
    _rtcp: UdpSocket,
    camera: IpAddr,
}

/// Once packets flow, a key frame is waited for no longer than this, and no further than this.
/// Cameras may leave seconds between two.
const KEY_FRAME_WAIT: Duration = Duration::from_millis(500);
const KEY_FRAME_BYTES: usize = 8 * 1024;
/// A port and the next one are free nearly always.
const TRIES: usize = 8;
const LARGEST_PACKET: usize = 65_536;

impl Arriving {
    /// Takes packets until they prove that video flows, and a little longer for a key frame.
    pub(super) async fn count(&mut self, line: &mut Line, codec: Codec, until: Instant) -> Arrivals {
        let mut arrivals = Arrivals::default();
        let (mut until, mut beyond) = (until, None);
        while !(arrivals.is_flowing() && arrivals.key_frame) && beyond.is_none_or(|n| n < KEY_FRAME_BYTES) {
            let Ok(packet) = self.next(line, until).await else { break };
            arrivals.take(codec, &packet);
            match &mut beyond {
                Some(bytes) => *bytes += packet.len(),
                None if arrivals.is_flowing() => {
                    beyond = Some(0);
                    until = until.min(Instant::now() + KEY_FRAME_WAIT);
                }
                None => {}
            }
        }
        arrivals
    }

    async fn next(&mut self, line: &mut Line, until: Instant) -> Result<Vec<u8>, Trouble> {
        match self {
            Self::Interleaved { channel } => loop {
                let (came_on, packet) = line.packet(until).await?;
                if came_on == *channel {
                    return Ok(packet);
                }
            },
            Self::ByUdp(ports) => ports.next(until).await,
        }
    }
}

impl Ports {
    /// `None` when this host has no such pair of ports.
    pub(super) async fn bind(line: &Line) -> Option<Self> {
        let (local, camera) = (line.local_ip()?, line.peer_ip());
        for _ in 0..TRIES {
            let first = UdpSocket::bind((local, 0)).await.ok()?;
            let port = first.local_addr().ok()?.port();
            // RTP has the even port of the pair (RFC 3550, section 11).
            let Ok(second) = UdpSocket::bind((local, port ^ 1)).await else { continue };
            let (rtp, rtcp) = if port % 2 == 0 { (first, second) } else { (second, first) };
            return Some(Self { rtp, _rtcp: rtcp, camera });
        }
        None
    }

    /// The port for RTP.
    pub(super) fn even(&self) -> u16 {
        self.rtp.local_addr().map_or(0, |address| address.port())
    }

    /// A packet outwards lets the camera's in through firewalls that ask who spoke first.
    pub(super) async fn open_firewall(&self, reply: &Reply) {
        let transport = reply.text("transport").unwrap_or_default();
        let port = transport.split(';').find_map(|part| part.trim().strip_prefix("server_port="));
        let port = port.and_then(|pair| pair.split('-').next()?.trim().parse().ok());
        if let Some(port) = port {
            // An empty RTP packet, of a kind that nobody plays. If it cannot be sent, nothing is lost.
            let mut packet = [0; 12];
            packet[0] = 0x80;
            let _sent = self.rtp.send_to(&packet, SocketAddr::new(self.camera, port)).await;
        }
    }

    async fn next(&self, until: Instant) -> Result<Vec<u8>, Trouble> {
        let mut packet = vec![0; LARGEST_PACKET];
        loop {
            let received = timeout_at(until, self.rtp.recv_from(&mut packet)).await;
            let received = received.map_err(|_| Trouble::Late)?;
            // An error is about the packet sent outwards, which the camera need not want.
            if let Ok((length, from)) = received
                && from.ip() == self.camera
            {
                packet.truncate(length);
                return Ok(packet);
            }
        }
    }
}
