//! The one integration binary: the shipped program, real sockets, real servers.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests panic to fail"))]

mod alert_channels;
mod branch;
mod captures;
mod command_line;
mod config;
mod digest_interop;
mod faults;
mod independent_client;
mod lint;
mod scenarios;
mod service;
mod tidy;
