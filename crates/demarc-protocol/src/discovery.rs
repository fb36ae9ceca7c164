//! Finding cameras that nobody has written down: WS-Discovery and multicast DNS.
//!
//! Questions are returned as the bytes of one datagram, answers are one datagram each.
//! Nothing here holds a password or asks for one, and what a device says of where it is counts only
//! as far as its sender's address bears it out.

pub mod mdns;
pub mod ws;
