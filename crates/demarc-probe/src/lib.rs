//! Carries out one probe within its deadline and reports one [`Observation`](demarc_model::observation::Observation).
//!
//! This crate measures and never decides: whether a failed probe is a camera's or the vendor's fault
//! is for diagnosis.
//! An unreachable device is an observation, not an error.

pub mod ability;
mod address;
pub mod camera;
mod clock;
pub mod discovery;
mod disk;
mod dns;
mod fetch;
mod hops;
mod host;
mod http;
mod ipv6;
mod link;
mod mtu;
pub mod net;
mod netlink;
pub mod page;
pub mod path;
mod portal;
mod reach;
mod relay;
mod resolver;
mod resources;
mod routes;
pub mod spec;
mod stun;
mod tcp;
mod tls;
mod trace;
mod traffic;
mod udp;
