//! Speaks the languages of cameras and status pages: bytes in, types out.
//!
//! This crate opens no socket and reads no clock: nonces and times are arguments, and requests are
//! returned as data.
//! Every parser is total: whatever a device sends yields a value or an error, within bounds, and
//! never a panic.

pub mod auth;
pub mod clock;
pub mod dahua;
pub mod discovery;
mod hardware;
pub mod isapi;
pub mod json;
pub mod lockout;
pub mod ntp;
pub mod onvif;
mod pairs;
pub mod picture;
pub mod reolink;
pub mod request;
pub mod rtsp;
pub mod statuspage;
pub mod stun;
pub mod sunapi;
pub mod vapix;
pub mod vendor;
mod xml;
