//! What a site can report to the fleet, in the few classes that can have a cause beyond one site.

use super::group::Kind;
use demarc_model::fault::{CameraCause, Fault};

/// A class of site verdicts. Each is counted for itself: a line that is down and a vendor that fails
/// are never added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// No heartbeat arrives. Judged here, not by the site.
    Silent,
    Line,
    /// The router: fails together where power does.
    Gateway,
    Dns,
    Interception,
    /// A capability of the vendor.
    Vendor,
    /// A camera fault that a release or a configuration could have brought.
    CameraRelease,
    Agent,
}

impl Class {
    pub const ALL: [Self; 8] = [
        Self::Silent,
        Self::Line,
        Self::Gateway,
        Self::Dns,
        Self::Interception,
        Self::Vendor,
        Self::CameraRelease,
        Self::Agent,
    ];

    /// The class of a site's verdict; `None` for faults that cannot have a cause outside the site.
    pub const fn of(fault: &Fault) -> Option<Self> {
        match fault {
            Fault::Line { .. } => Some(Self::Line),
            Fault::Gateway { .. } => Some(Self::Gateway),
            Fault::Dns { .. } => Some(Self::Dns),
            Fault::Interception { .. } => Some(Self::Interception),
            Fault::Vendor { .. } => Some(Self::Vendor),
            Fault::Agent { .. } => Some(Self::Agent),
            Fault::Camera { cause, .. } => of_camera(*cause),
            Fault::Segment { .. } | Fault::Lan { .. } => None,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Line => "line",
            Self::Gateway => "gateway",
            Self::Dns => "dns",
            Self::Interception => "interception",
            Self::Vendor => "vendor",
            Self::CameraRelease => "camera-release",
            Self::Agent => "agent",
        }
    }

    /// Whether something that sites of this kind share is a likely cause of this class: a line has an
    /// operator and a place, but no firmware. Other kinds need more evidence and are not excluded.
    pub(crate) const fn has_causes_in(self, kind: Kind) -> bool {
        match kind {
            Kind::All => true,
            Kind::Operator => !matches!(self, Self::CameraRelease | Self::Agent),
            Kind::City | Kind::PowerUtility => matches!(self, Self::Silent | Self::Line | Self::Gateway),
            Kind::OperatorCity => {
                matches!(self, Self::Silent | Self::Line | Self::Gateway | Self::Dns | Self::Interception)
            }
            Kind::VendorRegion => matches!(self, Self::Vendor | Self::CameraRelease),
            Kind::OperatorRegion => matches!(self, Self::Vendor),
            Kind::Firmware => matches!(self, Self::Vendor | Self::CameraRelease),
            Kind::AgentVersion => {
                matches!(self, Self::Silent | Self::Vendor | Self::CameraRelease | Self::Agent)
            }
            Kind::Configuration => !matches!(self, Self::Line),
        }
    }

    /// How probable such a fault is at a site of which the fleet knows nothing: the sum of the priors
    /// of the site's own tables, in orders of magnitude.
    pub const fn base_prior(self) -> f64 {
        match self {
            Self::Silent | Self::Line => 3e-4,
            Self::Gateway | Self::Dns | Self::Vendor => 2e-4,
            Self::Interception | Self::CameraRelease => 1e-4,
            Self::Agent => 5e-5,
        }
    }
}

const fn of_camera(cause: CameraCause) -> Option<Class> {
    match cause {
        CameraCause::Hung
        | CameraCause::Rebooting
        | CameraCause::FactoryReset
        | CameraCause::Credentials
        | CameraCause::LockedOut
        | CameraCause::AuthScheme
        | CameraCause::Clock
        | CameraCause::Tls
        | CameraCause::Stream
        | CameraCause::Storage
        | CameraCause::Overloaded
        | CameraCause::Tunnel => Some(Class::CameraRelease),
        CameraCause::Unreachable
        | CameraCause::IdentityChanged
        | CameraCause::AddressConflict
        | CameraCause::ImageFrozen
        | CameraCause::ImageDark => None,
    }
}
