//! HTTP and RTSP authentication: what a device offers, and how a password is proved to it.
//!
//! Digest with MD5, SHA-256 and SHA-512-256 (also `-sess`, also without `qop`) is spoken.
//! Refused: `auth-int`, which cameras compute in different ways; and Basic, which hands over the
//! password itself.

pub mod challenge;
pub mod digest;
pub mod session;

#[cfg(test)]
mod tests;
