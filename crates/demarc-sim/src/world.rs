//! The state of the simulated world, and what each place makes of it.
//!
//! Servers read it, nobody else changes it than [`crate::site`]. What a fault does to a place is
//! decided here and nowhere else.

use crate::camera::state::{Remote, Role};
use crate::fault::{FaultKind, SimFault};
use crate::layout::{ENDPOINTS, Layout, Place};
use crate::page::{PageSoftware, PageStage, StatusClaim};
use demarc_model::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

const CAMERA_CLOCK_MS: i64 = -37 * 60_000;
const WORLD_CLOCK_MS: i64 = 47 * 60_000;

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) layout: Arc<Layout>,
    /// Rises with every change, so that servers can say how far they have followed.
    pub(crate) revision: u64,
    pub(crate) faults: Vec<SimFault>,
    pub(crate) page: StatusClaim,
    pub(crate) software: PageSoftware,
    /// When each camera was last started.
    pub(crate) booted: Vec<Timestamp>,
    pub(crate) role: Role,
    /// Of each camera.
    pub(crate) remotes: Vec<Remote>,
}

/// Whether packets to a place arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Open,
    /// Some connections are lost.
    Lossy,
    /// None is ever made.
    Silent,
    /// They are made, and nothing follows.
    Hung,
}

impl Reach {
    pub(crate) const fn answers(self) -> bool {
        match self {
            Self::Open | Self::Lossy => true,
            Self::Silent | Self::Hung => false,
        }
    }
}

/// Who answers when TLS is spoken to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshake {
    Proper,
    Expired,
    Inspected,
    Portal,
    /// Begins and never goes on.
    Stalled,
    /// The connection is reset.
    Reset,
}

/// What a resolver does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolving {
    Proper,
    Lossy,
    Silent,
    Servfail,
    Rewriting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolver {
    Site,
    Second,
}

impl World {
    pub(crate) fn new(layout: Arc<Layout>, now: Timestamp) -> Self {
        let page = PageStage::Green.claim(now.minus(Duration::from_secs(3 * 3600)));
        // Cameras of a real site were not all started in the same second.
        let started = |index: usize| now.minus(Duration::from_secs(86_400 * 9 + 977 * index as u64));
        let booted = (0..layout.cameras.len()).map(started).collect();
        let remotes = vec![Remote::OneClick(layout.relays()); layout.cameras.len()];
        Self {
            layout,
            revision: 0,
            faults: vec![],
            page,
            software: PageSoftware::Statuspage,
            booted,
            role: Role::Viewer,
            remotes,
        }
    }

    pub(crate) fn has(&self, kind: FaultKind) -> bool {
        self.faults.iter().any(|fault| fault.kind == kind)
    }

    fn hit(&self, kind: FaultKind, id: &str) -> bool {
        self.faults.iter().any(|fault| fault.hits(kind, id))
    }

    pub(crate) fn camera_hit(&self, kind: FaultKind, camera: usize) -> bool {
        self.hit(kind, &self.layout.cameras[camera].id)
    }

    pub(crate) fn reach(&self, place: Place) -> Reach {
        let silent_if = |is_silent: bool| if is_silent { Reach::Silent } else { Reach::Open };
        let lan_down = self.has(FaultKind::LanDown);
        match place {
            Place::Camera(index) => self.reach_camera(index),
            Place::Switch(index) => silent_if(lan_down || self.segment_down(index)),
            Place::Gateway | Place::Portal => silent_if(lan_down || self.has(FaultKind::GatewayDown)),
            Place::Control(_) => self.reach_beyond(),
            Place::Endpoint(index) if self.cut_off(index) => Reach::Silent,
            Place::Endpoint(_) => self.reach_beyond(),
            Place::StatusPage if self.has(FaultKind::StatusPageDead) => Reach::Silent,
            Place::StatusPage => self.reach_beyond(),
        }
    }

    fn reach_camera(&self, index: usize) -> Reach {
        let segment = self.layout.cameras[index].segment;
        let dead = self.camera_hit(FaultKind::CameraDead, index);
        if dead || self.has(FaultKind::LanDown) || self.segment_down(segment) {
            Reach::Silent
        } else if self.camera_hit(FaultKind::CameraHung, index) {
            Reach::Hung
        } else {
            Reach::Open
        }
    }

    fn segment_down(&self, index: usize) -> bool {
        self.hit(FaultKind::SegmentDown, &self.layout.segments[index])
    }

    fn reach_beyond(&self) -> Reach {
        let barriers =
            [FaultKind::LanDown, FaultKind::GatewayDown, FaultKind::GatewayNoForwarding, FaultKind::LineDown];
        if barriers.into_iter().any(|kind| self.has(kind)) {
            Reach::Silent
        } else if self.has(FaultKind::LineLoss) {
            Reach::Lossy
        } else {
            Reach::Open
        }
    }

    /// A portal answers in the place of everybody, also of those who are silent.
    fn cut_off(&self, endpoint: usize) -> bool {
        let plan = &ENDPOINTS[endpoint];
        let gone = self.hit(FaultKind::VendorCutOff, plan.capability)
            || self.hit(FaultKind::VendorEndpointDead, plan.id)
            || self.hit(FaultKind::VendorRegionDown, plan.region);
        gone && !self.has(FaultKind::CaptivePortal)
    }

    /// Whether the service behind an endpoint is out of order.
    pub(crate) fn fails(&self, place: Place) -> bool {
        match place {
            Place::Endpoint(index) => self.hit(FaultKind::VendorCapability, ENDPOINTS[index].capability),
            Place::Camera(_)
            | Place::Switch(_)
            | Place::Gateway
            | Place::Control(_)
            | Place::StatusPage
            | Place::Portal => false,
        }
    }

    pub(crate) fn handshake(&self, place: Place) -> Handshake {
        let is_endpoint = matches!(place, Place::Endpoint(_));
        if place == Place::Portal {
            Handshake::Portal
        } else if self.has(FaultKind::LineMtu) {
            Handshake::Stalled
        } else if self.has(FaultKind::CaptivePortal) {
            Handshake::Portal
        } else if self.fails(place) && self.is_bare_tls(place) {
            Handshake::Reset
        } else if self.has(FaultKind::TlsInspection) {
            Handshake::Inspected
        } else if is_endpoint && self.has(FaultKind::VendorCertificateExpired) {
            Handshake::Expired
        } else {
            Handshake::Proper
        }
    }

    /// Whether clients go no further than the handshake, so that a failure must show there.
    fn is_bare_tls(&self, place: Place) -> bool {
        matches!(place, Place::Endpoint(index) if ENDPOINTS[index].depth == crate::layout::Depth::Tls)
    }

    pub(crate) fn resolving(&self, resolver: Resolver) -> Resolving {
        match resolver {
            Resolver::Site => self.resolving_at_site(),
            Resolver::Second => match self.reach_beyond() {
                Reach::Open => Resolving::Proper,
                Reach::Lossy => Resolving::Lossy,
                Reach::Silent | Reach::Hung => Resolving::Silent,
            },
        }
    }

    fn resolving_at_site(&self) -> Resolving {
        let any = |kinds: &[FaultKind]| kinds.iter().any(|kind| self.has(*kind));
        if any(&[FaultKind::LanDown, FaultKind::GatewayDown, FaultKind::ResolverSilent]) {
            Resolving::Silent
        } else if any(&[FaultKind::ResolverServfail, FaultKind::LineDown]) {
            Resolving::Servfail
        } else if self.has(FaultKind::ResolverWrong) {
            Resolving::Rewriting
        } else if self.has(FaultKind::LineLoss) {
            Resolving::Lossy
        } else {
            Resolving::Proper
        }
    }

    /// What every clock but the agent's shows.
    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        let shift = if self.has(FaultKind::WorldClockOff) { WORLD_CLOCK_MS } else { 0 };
        Timestamp::from_millis(now.as_millis() + shift)
    }

    pub(crate) fn camera_time(&self, camera: usize, now: Timestamp) -> Timestamp {
        let off = self.camera_hit(FaultKind::CameraClockOff, camera);
        let shift = if off { CAMERA_CLOCK_MS } else { 0 };
        Timestamp::from_millis(self.time(now).as_millis() + shift)
    }
}
