//! The site as clients see it that know nothing of this crate but addresses.

mod client;
mod configuration;
mod faults;
mod login;
mod part;
mod sights;
mod silence;

use crate::{Ports, SimulatedSite, SiteSpec};

/// Each test has networks of its own.
async fn site(network: u8, cameras: u16) -> SimulatedSite {
    let spec =
        SiteSpec { cameras, segments: cameras.min(2), network, ports: Ports::Free, ..SiteSpec::default() };
    SimulatedSite::start(&spec).await.unwrap()
}
