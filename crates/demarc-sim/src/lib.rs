//! A branch and its surroundings on loopback: cameras, switches, router, resolvers, the line, two
//! controls, the vendor's cloud and its status page, with faults on demand.
//!
//! For the demonstration, the tests and the user's drills. What answers here is real: sockets, TLS,
//! DNS, HTTP, RTSP, challenges and passwords. It needs no privileges and touches nothing beyond
//! 127.0.0.0/8.
//! It shares no code with the client side, so that both cannot share a mistake, and it knows nothing
//! of verdicts except the one that each fault ought to get.

mod beyond;
mod bind;
mod camera;
mod certificate;
mod chance;
mod clock;
mod command;
mod configuration;
mod fault;
mod layout;
mod listener;
mod page;
mod reply;
mod resolver;
mod run;
mod script;
mod site;
mod spec;
mod world;

pub use camera::Counts;
pub use camera::state::{Remote, Role};
pub use command::{Command, CommandError};
pub use configuration::Pace;
pub use fault::{Argument, Blame, Entry, FaultError, FaultKind, SimFault, Target};
pub use page::{ComponentClaim, IncidentClaim, PageSoftware, PageStage, StatusClaim};
pub use script::{SHIPPED, Script, ScriptError, Shipped, Step};
pub use site::{SimError, SimulatedSite};
pub use spec::{Part, PartError, Ports, SiteSpec, SpecError};

#[cfg(test)]
mod tests;
