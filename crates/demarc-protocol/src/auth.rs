//! HTTP and RTSP authentication: what a device offers, and how a password is proved to it.
//!
//! Digest is spoken with MD5, SHA-256 and SHA-512-256, also `-sess`, with `qop` `auth`, without `qop`
//! (RFC 2069), and with `auth-int` where nothing else is offered.
//! Basic, which hands over the password itself, is spoken where the caller permits it.

pub mod basic;
pub mod challenge;
pub mod digest;
pub mod info;
pub mod session;

#[cfg(test)]
mod tests;
