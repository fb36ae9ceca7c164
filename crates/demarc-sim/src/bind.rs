//! All sockets of a site: each service on one port, on many addresses.

use crate::layout::{Layout, Place, PortPlan};
use crate::listener::Listener;
use crate::spec::{Part, Ports, SiteSpec};
use crate::world::Resolver;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use tokio::net::{TcpListener, UdpSocket};

/// What is spoken at a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    CameraWeb,
    CameraRtsp,
    /// Takes connections; what is said in them does not matter.
    Device,
    Tls,
    Web,
}

pub(crate) struct Sockets {
    pub(crate) layout: Arc<Layout>,
    pub(crate) doors: Vec<(Place, Service, Listener)>,
    /// None of them where only a part of the site is simulated: who resolves there knows other addresses.
    pub(crate) resolvers: Vec<(UdpSocket, Resolver)>,
}

const MOST_TRIES: usize = 20;

/// Free ports are free where they were looked for: another address may have them in use, and then
/// others are tried.
pub(crate) async fn all(spec: &SiteSpec) -> io::Result<Sockets> {
    let mut tries = 1;
    loop {
        let ports = match spec.ports {
            Ports::Free => free()?,
            Ports::From(first) => consecutive(first),
        };
        match bind(Layout::new(spec, ports), spec.part).await {
            Err(error)
                if error.kind() == ErrorKind::AddrInUse
                    && spec.ports == Ports::Free
                    && tries < MOST_TRIES =>
            {
                tries += 1;
            }
            result => return result,
        }
    }
}

const fn consecutive(first: u16) -> PortPlan {
    PortPlan {
        camera_web: first,
        camera_rtsp: first + 1,
        device: first + 2,
        dns: first + 3,
        tls: first + 4,
        web: first + 5,
    }
}

fn free() -> io::Result<PortPlan> {
    let held: Vec<StdListener> =
        (0..6).map(|_| StdListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<_>>()?;
    let port = |index: usize| held[index].local_addr().map(|address| address.port());
    Ok(PortPlan {
        camera_web: port(0)?,
        camera_rtsp: port(1)?,
        device: port(2)?,
        dns: port(3)?,
        tls: port(4)?,
        web: port(5)?,
    })
}

async fn bind(layout: Layout, part: Part) -> io::Result<Sockets> {
    let mut resolvers = Vec::new();
    if part == Part::Whole {
        resolvers.push((UdpSocket::bind(layout.site_resolver()).await?, Resolver::Site));
        resolvers.push((UdpSocket::bind(layout.second_resolver()).await?, Resolver::Second));
    }
    let mut doors = Vec::new();
    for place in layout.places().filter(|place| place.belongs_to(part)) {
        for (service, port) in services(place, layout.ports) {
            let address = SocketAddr::from((layout.address(place), port));
            let listener = Listener::new(TcpListener::bind(address).await?)?;
            doors.push((place, service, listener));
        }
    }
    Ok(Sockets { layout: Arc::new(layout), doors, resolvers })
}

fn services(place: Place, ports: PortPlan) -> Vec<(Service, u16)> {
    match place {
        Place::Camera(_) => {
            vec![(Service::CameraWeb, ports.camera_web), (Service::CameraRtsp, ports.camera_rtsp)]
        }
        Place::Switch(_) | Place::Gateway => vec![(Service::Device, ports.device)],
        Place::Control(_) | Place::Portal => vec![(Service::Tls, ports.tls), (Service::Web, ports.web)],
        Place::Endpoint(_) | Place::StatusPage => vec![(Service::Tls, ports.tls)],
    }
}
