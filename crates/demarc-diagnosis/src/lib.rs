//! Facts in, verdicts and incident transitions out.
//!
//! A site's faults and probes form a small known graph, so localisation is exact Bayesian inference
//! over it: each kind of fault has a [table] of what it makes each kind of probe see, capped CUSUM
//! tests say when there is something to explain, and the posterior over sets of faults says what
//! explains it.
//!
//! This crate reads no clock, file, socket or random source, and decides nothing about what to do:
//! the same observations give the same verdicts, bit for bit.

pub mod diagnosis;
pub mod fleet;
pub mod identify;
pub mod matrix;
pub mod policy;
pub mod table;
pub mod topology;

mod blame;
mod cusum;
mod evidence;
mod explain;
mod flapping;
mod layout;
mod lifecycle;
mod likelihood;
mod noise;
mod overview;
mod posterior;
mod starts;
mod usual;
mod wanted;

pub use diagnosis::{Assessment, Diagnosis};
pub use policy::Policy;
