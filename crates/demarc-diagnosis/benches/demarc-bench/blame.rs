//! Who is held to be at fault, in the form in which truth, Demarc and its rivals are compared.

use crate::branch::{CAPABILITIES, camera_id, segment_id};
use demarc_model::fault::{
    AgentCause, CameraCause, DnsCause, Fault, GatewayCause, InterceptionCause, LineCause, VendorCause,
};
use std::collections::BTreeSet;

/// A component at fault and, where it decides what to do, its cause. A switch that is down and one
/// that is degraded get the same visit, and so are one blame; so are an outage and a degraded service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Blame {
    Agent(AgentCause),
    Lan,
    Segment(usize),
    Gateway(GatewayCause),
    Line(LineCause),
    Dns(DnsCause),
    Interception(InterceptionCause),
    Vendor(usize, Failure),
    Camera(usize, CameraCause),
}

/// How a vendor's service fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Failure {
    Gone,
    Tls,
    Dns,
}

pub(crate) type Blames = BTreeSet<Blame>;

impl Blame {
    /// The component alone, for faults that show themselves in part and may be read as another cause.
    pub(crate) fn component(self) -> Self {
        match self {
            Self::Camera(n, _) => Self::Camera(n, CameraCause::Unreachable),
            Self::Vendor(n, _) => Self::Vendor(n, Failure::Gone),
            Self::Line(_) => Self::Line(LineCause::Down),
            Self::Dns(_) => Self::Dns(DnsCause::Silent),
            Self::Gateway(_) => Self::Gateway(GatewayCause::Down),
            Self::Interception(_) => Self::Interception(InterceptionCause::CaptivePortal),
            Self::Agent(_) | Self::Lan | Self::Segment(_) => self,
        }
    }
}

pub(crate) fn components(blames: &Blames) -> Blames {
    blames.iter().map(|blame| blame.component()).collect()
}

/// What a verdict of Demarc blames.
pub(crate) fn of_fault(fault: &Fault, cameras: usize, segments: usize) -> Vec<Blame> {
    match fault {
        Fault::Camera { camera, cause } => {
            (0..cameras).filter(|n| camera_id(*n) == *camera).map(|n| Blame::Camera(n, *cause)).collect()
        }
        Fault::Segment { segment, .. } => {
            (0..segments).filter(|n| segment_id(*n) == *segment).map(Blame::Segment).collect()
        }
        Fault::Lan { .. } => vec![Blame::Lan],
        Fault::Gateway { cause } => vec![Blame::Gateway(*cause)],
        Fault::Line { cause } => vec![Blame::Line(*cause)],
        Fault::Dns { cause } => vec![Blame::Dns(*cause)],
        Fault::Interception { cause } => vec![Blame::Interception(*cause)],
        Fault::Agent { cause } => vec![Blame::Agent(*cause)],
        Fault::Vendor { capabilities, cause, .. } => {
            let failure = match cause {
                VendorCause::Outage | VendorCause::Degraded | VendorCause::Region => Failure::Gone,
                VendorCause::Tls => Failure::Tls,
                VendorCause::Dns => Failure::Dns,
            };
            let named = |at: &usize| capabilities.iter().any(|id| id.as_str() == CAPABILITIES[*at]);
            (0..CAPABILITIES.len()).filter(named).map(|at| Blame::Vendor(at, failure)).collect()
        }
    }
}
