//! The tasks of a simulated site: one per socket, one per connection. Nothing else here spawns.
//!
//! A task follows the state of the world and reports the revision that it has followed, so that
//! whoever changes the world can wait until the change is in force.

use crate::bind::{Service, Sockets};
use crate::camera::Camera;
use crate::certificate::{Authorities, CertificateError, Faces};
use crate::chance;
use crate::layout::{Place, host};
use crate::listener::Listener;
use crate::resolver;
use crate::world::{Reach, Resolver, World};
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Interval, interval, sleep};
use tracing::warn;

mod connection;

const MOST_CONNECTIONS: usize = 128;
const LOST_PERCENT: u64 = 40;
/// How long a lossy line stays in one mood: shorter than any patience, longer than a handshake.
const MOOD: Duration = Duration::from_millis(300);
/// Out of descriptors or memory: others may let go of some.
const RETRY: Duration = Duration::from_millis(50);

/// All tasks of a site. Dropping it ends them.
pub(crate) struct Running {
    tasks: JoinSet<()>,
    /// How far each socket has followed the world.
    followed: Vec<watch::Receiver<u64>>,
}

impl Running {
    pub(crate) fn start(
        sockets: Sockets,
        world: &watch::Receiver<World>,
        cameras: &[Arc<Camera>],
        authorities: &Authorities,
    ) -> Result<Self, CertificateError> {
        let mut tasks = JoinSet::new();
        let mut followed = Vec::new();
        for (place, service, listener) in sockets.doors {
            let (follows, receiver) = watch::channel(0);
            followed.push(receiver);
            let host = Host {
                place,
                service,
                world: world.clone(),
                camera: match place {
                    Place::Camera(index) => Some(Arc::clone(&cameras[index])),
                    _ => None,
                },
                faces: match (service, host(place)) {
                    (Service::Tls, Some(name)) => Some(authorities.faces(name)?),
                    _ => None,
                },
            };
            tasks.spawn(Door { host, listener, follows, quiet: Quiet::No, series: 0 }.run());
        }
        for (socket, resolver) in sockets.resolvers {
            tasks.spawn(resolve(socket, resolver, world.clone()));
        }
        Ok(Self { tasks, followed })
    }

    /// Returns once every socket has followed the world to this revision.
    pub(crate) async fn follow(&self, revision: u64) {
        for followed in &self.followed {
            let mut followed = followed.clone();
            // A door that has ended follows nothing; it ends only with the site.
            let _ended = followed.wait_for(|reached| *reached >= revision).await;
        }
    }

    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// What a connection needs to know of where it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    place: Place,
    service: Service,
    world: watch::Receiver<World>,
    camera: Option<Arc<Camera>>,
    faces: Option<Faces>,
}

struct Door {
    host: Host,
    listener: Listener,
    follows: watch::Sender<u64>,
    quiet: Quiet,
    /// Counts the moods of a lossy line.
    series: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quiet {
    No,
    Yes,
}

enum Event {
    WorldChanged,
    WorldEnded,
    Accepted(TcpStream),
    NotAccepted(io::Error),
    ConnectionEnded,
    MoodChanges,
}

impl Door {
    async fn run(mut self) {
        let mut connections = JoinSet::new();
        let mut moods = interval(MOOD);
        loop {
            let (reach, revision) = {
                let world = self.host.world.borrow_and_update();
                (world.reach(self.host.place), world.revision)
            };
            if let Err(error) = self.become_as(reach).await {
                warn!(place = ?self.host.place, %error, "a simulated socket does not obey");
            }
            self.follows.send_replace(revision);
            match self.next(&mut connections, &mut moods, reach).await {
                Event::WorldEnded => return,
                Event::Accepted(stream) => {
                    connections.spawn(connection::attend(stream, self.host.clone()));
                }
                Event::NotAccepted(error) => {
                    warn!(place = ?self.host.place, %error, "cannot take a connection");
                    sleep(RETRY).await;
                }
                Event::MoodChanges => self.series += 1,
                Event::WorldChanged | Event::ConnectionEnded => {}
            }
        }
    }

    async fn become_as(&mut self, reach: Reach) -> io::Result<()> {
        let wanted = match reach {
            Reach::Open | Reach::Hung => Quiet::No,
            Reach::Silent => Quiet::Yes,
            Reach::Lossy if chance::strikes(self.seed(), self.series, LOST_PERCENT) => Quiet::Yes,
            Reach::Lossy => Quiet::No,
        };
        match (self.quiet, wanted) {
            (Quiet::No, Quiet::Yes) => self.listener.silence().await?,
            (Quiet::Yes, Quiet::No) => self.listener.restore()?,
            (Quiet::No, Quiet::No) | (Quiet::Yes, Quiet::Yes) => {}
        }
        self.quiet = wanted;
        Ok(())
    }

    /// Another series of luck for each place.
    fn seed(&self) -> u64 {
        let world = self.host.world.borrow();
        u64::from(u32::from(world.layout.address(self.host.place)))
    }

    async fn next(&mut self, connections: &mut JoinSet<()>, moods: &mut Interval, reach: Reach) -> Event {
        let takes_more = self.quiet == Quiet::No && connections.len() < MOST_CONNECTIONS;
        let listener = &mut self.listener;
        tokio::select! {
            changed = self.host.world.changed() => match changed {
                Ok(()) => Event::WorldChanged,
                Err(_) => Event::WorldEnded,
            },
            accepted = listener.accept(), if takes_more => match accepted {
                Ok(stream) => Event::Accepted(stream),
                Err(error) => Event::NotAccepted(error),
            },
            Some(_ended) = connections.join_next(), if !connections.is_empty() => Event::ConnectionEnded,
            () = tick(moods, reach) => Event::MoodChanges,
        }
    }
}

async fn tick(moods: &mut Interval, reach: Reach) {
    match reach {
        Reach::Lossy => {
            moods.tick().await;
        }
        Reach::Open | Reach::Silent | Reach::Hung => pending().await,
    }
}

async fn resolve(socket: UdpSocket, resolver: Resolver, world: watch::Receiver<World>) {
    let mut packet = [0; 1500];
    let mut count = 0;
    loop {
        // An error here is about an earlier answer that its receiver did not wait for.
        let Ok((length, peer)) = socket.recv_from(&mut packet).await else { continue };
        count += 1;
        let answer = resolver::answer(&packet[..length], resolver, &world.borrow(), count);
        if let Some(answer) = answer {
            // Whoever asked may be gone.
            let _gone = socket.send_to(&answer, peer).await;
        }
    }
}
