//! The vocabulary of Demarc: sites, probes, observations, verdicts and incidents as plain data.
//!
//! Every other crate speaks in these types, and their serialised forms are API: they stand in the
//! database, in webhook bodies and in `--json` output.
//! This crate reads no clock, file, socket, environment or random source; times and ids are arguments.

pub mod fault;
pub mod id;
pub mod identity;
pub mod incident;
pub mod lint;
pub mod login;
pub mod matrix;
pub mod observation;
pub mod page;
pub mod probe;
pub mod relay;
pub mod site;
pub mod snapshot;
pub mod symptom;
pub mod text;
pub mod time;
pub mod topology;
pub mod verdict;
