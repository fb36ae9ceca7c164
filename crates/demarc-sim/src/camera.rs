//! A camera: what it remembers between requests.

pub(crate) mod digest;
pub(crate) mod onvif;
pub(crate) mod picture;
pub(crate) mod rtsp;
pub(crate) mod state;
pub(crate) mod tally;
pub(crate) mod token;
pub(crate) mod vapix;
pub(crate) mod video;
pub(crate) mod web;

pub use tally::Counts;

use crate::layout::{CameraPlan, Layout, Place};
use digest::Nonces;
use std::net::SocketAddrV4;
use std::sync::atomic::AtomicU64;
use tally::Tally;
use token::UsedTokens;

#[derive(Debug)]
pub(crate) struct Camera {
    pub(crate) index: usize,
    pub(crate) plan: CameraPlan,
    /// Where it streams.
    pub(crate) rtsp: SocketAddrV4,
    pub(crate) tally: Tally,
    pictures: AtomicU64,
    nonces: Nonces,
    tokens: UsedTokens,
}

impl Camera {
    /// `secret` makes the challenges of this camera its own.
    pub(crate) fn new(index: usize, layout: &Layout, secret: u64, nonce_life_s: u32) -> Self {
        let address = layout.address(Place::Camera(index));
        Self {
            index,
            plan: layout.cameras[index].clone(),
            rtsp: SocketAddrV4::new(address, layout.ports.camera_rtsp),
            tally: Tally::default(),
            pictures: AtomicU64::new(0),
            nonces: Nonces::new(secret, nonce_life_s),
            tokens: UsedTokens::default(),
        }
    }
}
