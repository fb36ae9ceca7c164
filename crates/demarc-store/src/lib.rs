//! The agent's memory: incidents, what still has to be told, breakers, who the cameras are, what is
//! usual of their pictures and which relays they name, snapshots that are kept as evidence, and the history
//! of observations, in one SQLite file.
//!
//! [`Store`] is the one writer, on its own thread; [`ReadStore`] reads beside it, also from another process.
//! A step in an incident's life and the messages about it are durable together, or not at all, before
//! anybody is told. The history is different: the last seconds of it may be lost when the power goes.
//! This crate judges nothing and sends nothing, and no other crate holds SQL.

pub mod breaker;
mod column;
pub mod error;
pub mod history;
pub mod identity;
pub mod incident;
mod open;
pub mod outbox;
pub mod picture;
mod read;
pub mod relay;
pub mod retention;
mod silence;
pub mod snapshot;
mod tally;
mod writer;

pub use error::StoreError;
pub use open::Opened;
pub use read::ReadStore;
pub use writer::Store;

#[cfg(test)]
mod tests;
