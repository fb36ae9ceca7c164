//! What can be at fault: the closed list of domains and, for each, the causes it can name.

use crate::id::{CameraId, CapabilityId, RegionId, SegmentId, VendorId};
use std::fmt;

/// Whom a verdict blames. The names are JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    Healthy,
    Camera,
    Segment,
    Lan,
    Gateway,
    Line,
    Dns,
    Interception,
    Agent,
    Vendor,
    Undetermined,
}

impl Domain {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Camera => "camera",
            Self::Segment => "segment",
            Self::Lan => "lan",
            Self::Gateway => "gateway",
            Self::Line => "line",
            Self::Dns => "dns",
            Self::Interception => "interception",
            Self::Agent => "agent",
            Self::Vendor => "vendor",
            Self::Undetermined => "undetermined",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$item])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    )*};
}

causes! {
    CameraCause {
        Unreachable = "unreachable",
        /// Accepts connections, answers nothing.
        Hung = "hung",
        Rebooting = "rebooting",
        /// Has no users and waits to be set up.
        FactoryReset = "factory-reset",
        Credentials = "credentials",
        LockedOut = "locked-out",
        /// Offers only authentication that Demarc does not speak or does not allow.
        AuthScheme = "auth-scheme",
        Clock = "clock",
        Tls = "tls",
        IdentityChanged = "identity-changed",
        AddressConflict = "address-conflict",
        Stream = "stream",
        ImageFrozen = "image-frozen",
        ImageDark = "image-dark",
        Storage = "storage",
        Overloaded = "overloaded",
        /// The camera's own connection to the vendor's relay.
        Tunnel = "tunnel",
    }
    SegmentCause { Down = "down", Degraded = "degraded", }
    LanCause { Down = "down", Degraded = "degraded", Loop = "loop", }
    GatewayCause { Down = "down", NoForwarding = "no-forwarding", }
    LineCause {
        Down = "down",
        Loss = "loss",
        Latency = "latency",
        Mtu = "mtu",
        /// IPv6 alone; IPv4 works.
        Ipv6 = "ipv6",
        /// The vendor cannot be reached over this line, and answers over the other.
        Route = "route",
    }
    DnsCause { Silent = "silent", Servfail = "servfail", WrongAnswers = "wrong-answers", }
    InterceptionCause {
        CaptivePortal = "captive-portal",
        TlsInspection = "tls-inspection",
        DnsRewriting = "dns-rewriting",
    }
    AgentCause {
        LinkDown = "link-down",
        /// Another device has this computer's address.
        AddressConflict = "address-conflict",
        Clock = "clock",
        Disk = "disk",
        Descriptors = "descriptors",
        SecondLine = "second-line",
        /// The vendor does not answer this computer, and does the cameras.
        Blocked = "blocked",
    }
    VendorCause {
        Outage = "outage",
        Degraded = "degraded",
        Region = "region",
        Tls = "tls",
        Dns = "dns",
    }
}

/// A component and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(tag = "domain", rename_all = "kebab-case")]
pub enum Fault {
    Camera {
        camera: CameraId,
        cause: CameraCause,
    },
    Segment {
        segment: SegmentId,
        cause: SegmentCause,
    },
    Lan {
        cause: LanCause,
    },
    Gateway {
        cause: GatewayCause,
    },
    Line {
        cause: LineCause,
    },
    Dns {
        cause: DnsCause,
    },
    Interception {
        cause: InterceptionCause,
    },
    Agent {
        cause: AgentCause,
    },
    Vendor {
        vendor: VendorId,
        capabilities: Vec<CapabilityId>,
        cause: VendorCause,
        /// The regions of its cloud that fail, when only some do.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        regions: Vec<RegionId>,
    },
}

impl Fault {
    pub const fn domain(&self) -> Domain {
        match self {
            Self::Camera { .. } => Domain::Camera,
            Self::Segment { .. } => Domain::Segment,
            Self::Lan { .. } => Domain::Lan,
            Self::Gateway { .. } => Domain::Gateway,
            Self::Line { .. } => Domain::Line,
            Self::Dns { .. } => Domain::Dns,
            Self::Interception { .. } => Domain::Interception,
            Self::Agent { .. } => Domain::Agent,
            Self::Vendor { .. } => Domain::Vendor,
        }
    }

    /// The thing that is blamed, whatever is wrong with it: `camera entrance`, `line`, `vendor axis`. At most
    /// one incident is open for each, and by it one is known that comes again.
    pub fn component(&self) -> String {
        match self {
            Self::Camera { camera, .. } => format!("{} {camera}", self.domain()),
            Self::Segment { segment, .. } => format!("{} {segment}", self.domain()),
            Self::Vendor { vendor, .. } => format!("{} {vendor}", self.domain()),
            // These are no states of one thing.
            Self::Agent { .. } | Self::Line { cause: LineCause::Ipv6 | LineCause::Route } => {
                format!("{} {}", self.domain(), self.cause())
            }
            Self::Lan { .. }
            | Self::Gateway { .. }
            | Self::Line { .. }
            | Self::Dns { .. }
            | Self::Interception { .. } => self.domain().to_string(),
        }
    }

    /// What is wrong, whatever it is wrong with, where several may have it from one root: `segment`,
    /// `camera unreachable`. A cabinet without power is several dead switches, and a password that was
    /// changed everywhere is one of every camera; what begins together is one page.
    pub fn kin(&self) -> Option<String> {
        match self {
            Self::Camera { cause, .. } => Some(format!("{} {}", self.domain(), cause.name())),
            // One is down when its last camera is silent, and degraded before.
            Self::Segment { .. } => Some(self.domain().to_string()),
            _ => None,
        }
    }

    pub const fn cause(&self) -> &'static str {
        match self {
            Self::Camera { cause, .. } => cause.name(),
            Self::Segment { cause, .. } => cause.name(),
            Self::Lan { cause } => cause.name(),
            Self::Gateway { cause } => cause.name(),
            Self::Line { cause } => cause.name(),
            Self::Dns { cause } => cause.name(),
            Self::Interception { cause } => cause.name(),
            Self::Agent { cause } => cause.name(),
            Self::Vendor { cause, .. } => cause.name(),
        }
    }
}

/// The short form used in lists and logs: `camera entrance hung`, `vendor axis outage: login, website`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Camera { camera, cause } => write!(f, "camera {camera} {}", cause.name()),
            Self::Segment { segment, cause } => write!(f, "segment {segment} {}", cause.name()),
            Self::Vendor { vendor, capabilities, cause, regions } => {
                write!(f, "vendor {vendor} {}", cause.name())?;
                for region in regions {
                    write!(f, " {region}")?;
                }
                for (index, capability) in capabilities.iter().enumerate() {
                    write!(f, "{}{capability}", if index == 0 { ": " } else { ", " })?;
                }
                Ok(())
            }
            Self::Lan { .. }
            | Self::Gateway { .. }
            | Self::Line { .. }
            | Self::Dns { .. }
            | Self::Interception { .. }
            | Self::Agent { .. } => write!(f, "{} {}", self.domain(), self.cause()),
        }
    }
}
