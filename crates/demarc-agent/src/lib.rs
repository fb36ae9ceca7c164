//! The site service: configuration, schedule, one owner of all state, persistence and alert delivery.
//!
//! It decides when to measure and what to do about what diagnosis says; it interprets nothing itself.
//! The loss of the cloud, the line or the disk leaves everything else working.

pub mod accept;
pub mod channels;
pub mod check;
pub mod clock;
pub mod config;
pub mod control;
pub mod discovery;
pub mod doctor;
pub mod lint;
pub mod past;
pub mod run;
pub mod snapshot;
pub mod status;

mod cameras;
mod dispatch;
mod keeper;
mod memory;
mod owner;
mod patience;
mod pending;
mod plan;
mod relays;
mod schedule;
mod sweep;

#[cfg(test)]
mod sample;
