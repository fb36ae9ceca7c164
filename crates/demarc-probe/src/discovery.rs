//! Who on the own links says that it is a camera: WS-Discovery, multicast DNS and the neighbour table.
//!
//! Nothing is sent but the questions of these two, to their groups, with a time to live of one: no
//! device is spoken to by itself, and nothing here knows a password.
//! Answers are from strangers. A device is where its answer came from, whatever it says; what comes
//! from outside the networks is told and not believed; and how much is read of whom is bounded.

mod attachment;
mod neighbours;
mod sockets;
mod take;

pub use attachment::{Attachment, attachments};
pub use neighbours::{Neighbour, neighbours};

use crate::spec::Scheme;
use demarc_model::text::DeviceText;
use futures_util::StreamExt as _;
use futures_util::stream::{self, SelectAll};
use ipnet::Ipv4Net;
use sockets::{Asking, Datagram};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use take::Taker;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// What is asked where, and for how long answers are waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pub attachments: Vec<Attachment>,
    /// Where cameras may be; when empty, in the network of the interface that heard them.
    pub networks: Vec<Ipv4Net>,
    pub listen: Duration,
}

/// What was heard.
#[derive(Debug, Default)]
pub struct Heard {
    pub sightings: Vec<Sighting>,
    /// Answers from addresses outside the networks: at most 64 of them.
    pub outside: Vec<Outside>,
    /// Announcements for addresses from which nothing came: at most 64 of them.
    pub repeated: Vec<Repeated>,
    /// Attachments that could not be asked.
    pub failed: Vec<Failed>,
    pub tally: Tally,
}

/// One device's word, from one address, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub interface: String,
    /// From which the answer came.
    pub address: Ipv4Addr,
    pub means: Means,
    /// The device's lasting name in WS-Discovery. Cheap cameras of one kind may all have the same.
    pub endpoint: Option<DeviceText>,
    pub name: Option<DeviceText>,
    pub model: Option<DeviceText>,
    pub place: Option<DeviceText>,
    pub serial: Option<DeviceText>,
    /// As the device says: twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
    /// The ONVIF device service, at `address`.
    pub service: Option<Service>,
    /// The host that the device names for itself, where that is not `address`.
    pub elsewhere: Option<DeviceText>,
}

/// How a device made itself known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// It answered WS-Discovery and speaks ONVIF.
    Onvif,
    /// It announces `_axis-video._tcp`.
    AxisVideo,
    /// It announces `_rtsp._tcp`: it serves video, and need not be a camera.
    Rtsp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub scheme: Scheme,
    pub port: u16,
    pub path: String,
}

/// Something that answered from an address where no camera is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    pub interface: String,
    pub address: Ipv4Addr,
    pub name: Option<DeviceText>,
}

/// What one device announced of another: some routers repeat multicast DNS between networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    pub interface: String,
    /// Who announced it.
    pub by: Ipv4Addr,
    pub name: Option<DeviceText>,
    /// Where it is said to be.
    pub address: IpAddr,
}

/// An attachment on which nothing could be asked, and why.
#[derive(Debug)]
pub struct Failed {
    pub attachment: Attachment,
    pub error: io::Error,
}

/// Datagrams, by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Read, or dropped unread.
    pub received: u64,
    /// Not read, because there were too many, of one sender or of all.
    pub dropped: u64,
    /// Of those, the ones from further senders in the networks than one site has devices.
    pub turned_away: u64,
    /// Neither WS-Discovery nor DNS.
    pub unreadable: u64,
    /// Printers, computers, and addresses that cannot be a device's.
    pub others: u64,
}

/// Asks on every attachment and gathers answers until the time is over. `seen` is told how many devices
/// have answered.
pub async fn search(search: &Search, seen: &watch::Sender<usize>) -> Heard {
    let end = Instant::now() + search.listen;
    let (asking, failed) = sockets::open(&search.attachments);
    let mut taker = Taker::new(search, seen);
    let ((), silent) = tokio::join!(receive(&asking, &mut taker, end), sockets::ask(&asking));
    let mut heard = taker.heard();
    heard.failed = failed.into_iter().chain(silent).collect();
    heard
}

async fn receive(asking: &[Asking], taker: &mut Taker<'_>, end: Instant) {
    let streams = asking.iter().map(|asking| {
        Box::pin(stream::unfold(asking, |asking| async move { Some((asking.receive().await?, asking)) }))
    });
    let mut datagrams: SelectAll<_> = streams.collect();
    while let Ok(Some(Datagram { asking, from, bytes })) = timeout_at(end, datagrams.next()).await {
        taker.take(asking, from, &bytes);
    }
}
