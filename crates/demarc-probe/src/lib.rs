//! Carries out one probe within its deadline and reports one [`Observation`](demarc_model::observation::Observation).
//!
//! This crate measures and never decides: whether a failed probe is a camera's or the vendor's fault
//! is for diagnosis.
//! An unreachable device is an observation, not an error.

pub mod spec;
