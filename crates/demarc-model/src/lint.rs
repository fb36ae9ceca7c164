//! What a site cannot tell apart as it is configured, and what would help: found by diagnosis in its
//! own tables, before anything has failed.

use crate::fault::Fault;
use crate::id::{CameraId, CapabilityId, ControlId, EndpointId, SegmentId, VendorId};
use crate::probe::ProbeKind;

/// One thing that could be better, and the cheapest change that makes it so.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Insight {
    pub shortcoming: Shortcoming,
    pub remedy: Remedy,
}

/// What is not as good as it could be.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Shortcoming {
    /// The probes see the same, or nearly so, whichever of the two it is.
    Inseparable { pairs: Vec<Pair> },
    /// Only one probe of this kind tells them apart: while it is missing, nothing does.
    OneProbe { probe: ProbeKind, pairs: Vec<Pair> },
    /// When the control itself fails, nothing shows that the vendor alone is gone.
    OneControl { control: ControlId },
    /// A vendor is blamed on the word of two hosts; with fewer its outage stays undetermined.
    OneHost { vendor: VendorId, capability: CapabilityId, endpoints: Vec<EndpointId> },
    /// When the switch of these cameras fails, it is taken for so many cameras.
    NoSegment { cameras: Vec<CameraId> },
    /// No vendor is judged.
    NoVendor,
}

/// Two states of a site, and the evidence that separates them, in nats.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Pair {
    pub one: State,
    pub other: State,
    /// When each probe has been carried out once.
    pub nats_per_round: f64,
    /// At the intervals of quiet time.
    pub nats_per_minute: f64,
    /// The cameras of which the same is true, where one of the states is about a camera.
    pub alike: Vec<CameraId>,
}

/// What may be the case at a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    AllWell,
    Fault { fault: Fault },
    ControlOut { control: ControlId },
    SecondResolverOut,
    PortalCheckOut,
    StatusPageOut,
}

/// What would help. The order is that of the effort, cheapest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Remedy {
    /// `network.gateway`: the router could not be found out.
    Gateway,
    /// `network.resolver`: the resolver could not be found out.
    Resolver,
    /// `network.second-resolver`.
    SecondResolver,
    /// `segment.address`: the switch is asked itself.
    SwitchAddress {
        segment: SegmentId,
    },
    /// `endpoint.address` in the vendor's profile.
    EndpointAddress {
        vendor: VendorId,
        endpoint: EndpointId,
    },
    /// `camera.account`, or that of all cameras.
    Account {
        cameras: Vec<CameraId>,
    },
    /// A further `[[network.control]]`.
    Control,
    /// `camera.segment`, and a `[[segment]]` for each switch.
    Segment {
        cameras: Vec<CameraId>,
    },
    /// `site.vendor`.
    Vendor,
    /// A further `[[endpoint]]` with another host in the vendor's profile.
    Host {
        vendor: VendorId,
        capability: CapabilityId,
    },
    /// `network.resolver-on-gateway`, which helps only where it is true.
    ResolverOnGateway,
    /// A probe of this kind, which this site's agent does not carry out and no key switches on.
    Unmade {
        probe: ProbeKind,
    },
    Nothing,
}

impl Remedy {
    /// Whether somebody can do it today by writing something down.
    pub const fn is_setting(&self) -> bool {
        match self {
            Self::Gateway
            | Self::Resolver
            | Self::SecondResolver
            | Self::SwitchAddress { .. }
            | Self::EndpointAddress { .. }
            | Self::Account { .. }
            | Self::Control
            | Self::Segment { .. }
            | Self::Vendor
            | Self::Host { .. } => true,
            Self::ResolverOnGateway | Self::Unmade { .. } | Self::Nothing => false,
        }
    }
}
