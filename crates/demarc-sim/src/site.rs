//! The simulated site as its user sees it: start, break, mend, stop.

use crate::bind;
use crate::camera::{Camera, Counts};
use crate::certificate::{Authorities, CertificateError};
use crate::clock;
use crate::command::Command;
use crate::configuration::{self, Pace};
use crate::fault::{Argument, FaultKind, SimFault, Target};
use crate::layout::{CAPABILITIES, ENDPOINTS, Layout, Place, REGIONS};
use crate::page::StatusClaim;
use crate::run::Running;
use crate::spec::{Part, SiteSpec, SpecError};
use crate::world::World;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// A simulation that could not do its part.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error("cannot open the sockets of the simulated site")]
    Sockets(#[source] io::Error),
    #[error("cannot make the simulated site's certificates")]
    Certificate(#[from] CertificateError),
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
    #[error("the simulated site has no {id:?} that {name} could hit; it has {known}")]
    NoSuchTarget { name: &'static str, id: String, known: String },
    #[error("cannot write {path}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Stands for every camera in a command.
const ALL: &str = "all";

/// A running site. Dropping it ends it at once, [`SimulatedSite::stop`] waits for the end.
pub struct SimulatedSite {
    world: watch::Sender<World>,
    cameras: Vec<Arc<Camera>>,
    authorities: Authorities,
    running: Running,
    part: Part,
}

impl SimulatedSite {
    /// # Errors
    /// The spec is out of bounds, or sockets cannot be opened at its addresses and ports.
    pub async fn start(spec: &SiteSpec) -> Result<Self, SimError> {
        spec.check()?;
        let authorities = Authorities::new()?;
        let sockets = bind::all(spec).await.map_err(SimError::Sockets)?;
        let layout = Arc::clone(&sockets.layout);
        let secret = getrandom::u64().map_err(SimError::Random)?;
        let cameras = (0..layout.cameras.len()).map(|index| {
            let secret = secret.wrapping_add(index as u64);
            Arc::new(Camera::new(index, &layout, secret, spec.nonce_life_s))
        });
        let cameras = cameras.collect::<Vec<_>>();
        let (world, receiver) = watch::channel(World::new(layout, clock::now()));
        let running = Running::start(sockets, &receiver, &cameras, &authorities)?;
        Ok(Self { world, cameras, authorities, running, part: spec.part })
    }

    /// Returns once the fault is in force. One that is there already changes nothing.
    ///
    /// # Errors
    /// The fault hits something that this site does not have.
    pub async fn inject(&self, fault: &SimFault) -> Result<(), SimError> {
        self.apply(&[Command::Inject(fault.clone())]).await
    }

    /// Returns once the fault has no effect any more. Another fault may have the same effect.
    pub async fn heal(&self, fault: &SimFault) {
        self.change(|world| world.faults.retain(|active| active != fault)).await;
    }

    pub async fn heal_all(&self) {
        self.change(|world| world.faults.clear()).await;
    }

    /// Sets what the status page claims.
    pub async fn claim(&self, claim: StatusClaim) {
        self.change(|world| world.page = claim).await;
    }

    /// All of these at once: nobody sees the world between two of them. Returns once they are in force.
    ///
    /// # Errors
    /// A fault hits something that this site does not have; then none of the commands is carried out.
    pub async fn apply(&self, commands: &[Command]) -> Result<(), SimError> {
        for command in commands {
            match command {
                Command::Inject(fault) => self.check(fault)?,
                Command::Relays { camera, .. } => self.check_camera(camera)?,
                Command::Heal(_)
                | Command::HealAll
                | Command::Status(_)
                | Command::Software(_)
                | Command::Account(_) => {}
            }
        }
        self.change(|world| commands.iter().for_each(|command| carry_out(command, world))).await;
        Ok(())
    }

    /// The faults in force, in the order in which they came.
    pub fn active(&self) -> Vec<SimFault> {
        self.world.borrow().faults.clone()
    }

    /// What the status page claims.
    pub fn page(&self) -> StatusClaim {
        self.world.borrow().page.clone()
    }

    /// The id of each camera that is simulated here, and what it had to bear, in the order of the cameras.
    pub fn counts(&self) -> Vec<(String, Counts)> {
        let here = self.cameras.iter().filter(|camera| Place::Camera(camera.index).belongs_to(self.part));
        here.map(|camera| (camera.plan.id.clone(), camera.tally.read())).collect()
    }

    /// Writes `demarc.toml`, `vendors/axis.toml`, `ca.pem` and `cameras.password`, and names the first.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_configuration(&self, folder: &Path, pace: Pace) -> Result<PathBuf, SimError> {
        configuration::write(&self.layout(), &self.authorities.proper.pem, folder, pace)
    }

    /// Ends all servers and waits until their sockets are closed.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    pub(crate) fn layout(&self) -> Arc<Layout> {
        Arc::clone(&self.world.borrow().layout)
    }

    #[cfg(test)]
    pub(crate) fn ca_pem(&self) -> &str {
        &self.authorities.proper.pem
    }

    async fn change(&self, how: impl FnOnce(&mut World)) {
        self.world.send_modify(|world| {
            how(world);
            world.revision += 1;
        });
        let revision = self.world.borrow().revision;
        self.running.follow(revision).await;
    }

    fn check_camera(&self, camera: &str) -> Result<(), SimError> {
        let layout = self.layout();
        let known: Vec<&str> = layout.cameras.iter().map(|plan| plan.id.as_str()).collect();
        if camera == ALL || known.contains(&camera) {
            return Ok(());
        }
        Err(SimError::NoSuchTarget { name: "relays", id: camera.to_owned(), known: known.join(", ") })
    }

    fn check(&self, fault: &SimFault) -> Result<(), SimError> {
        let Target::Only(id) = &fault.target else { return Ok(()) };
        let entry = fault.entry();
        let layout = self.layout();
        let known: Vec<&str> = match entry.argument {
            Argument::Nothing => vec![],
            Argument::Camera => layout.cameras.iter().map(|camera| camera.id.as_str()).collect(),
            Argument::Segment => layout.segments.iter().map(String::as_str).collect(),
            Argument::Capability | Argument::AnyCapability => {
                CAPABILITIES.iter().map(|(id, _, _)| *id).collect()
            }
            Argument::Endpoint => ENDPOINTS.iter().map(|endpoint| endpoint.id).collect(),
            Argument::Region => REGIONS.to_vec(),
        };
        if known.contains(&id.as_str()) {
            return Ok(());
        }
        Err(SimError::NoSuchTarget { name: entry.name, id: id.clone(), known: known.join(", ") })
    }
}

fn carry_out(command: &Command, world: &mut World) {
    match command {
        Command::Inject(fault) => {
            if !world.faults.contains(fault) {
                world.faults.push(fault.clone());
                restart(fault, world);
            }
        }
        Command::Heal(fault) => world.faults.retain(|active| active != fault),
        Command::HealAll => world.faults.clear(),
        Command::Status(stage) => world.page = stage.claim(clock::now()),
        Command::Software(software) => world.software = *software,
        Command::Account(role) => world.role = *role,
        Command::Relays { camera, remote } => {
            let World { layout, remotes, .. } = world;
            let all = layout.cameras.iter().zip(remotes);
            all.filter(|(plan, _)| camera == ALL || plan.id == *camera)
                .for_each(|(_, own)| own.clone_from(remote));
        }
    }
}

/// A camera that starts again counts its uptime from now and has a new boot id.
fn restart(fault: &SimFault, world: &mut World) {
    let World { layout, booted, .. } = world;
    for (camera, booted) in layout.cameras.iter().zip(booted) {
        if fault.hits(FaultKind::CameraRebooting, &camera.id) {
            *booted = clock::now();
        }
    }
}
