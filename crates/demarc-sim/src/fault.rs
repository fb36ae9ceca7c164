//! The faults that can be injected, and how they are written: `camera-dead:cam-03`, `line-down`.

mod catalogue;

use demarc_model::fault::Domain;
use std::fmt;
use std::str::FromStr;

/// Something that is wrong with the simulated site.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SimFault {
    pub kind: FaultKind,
    pub target: Target,
}

/// What a fault hits, of the things its kind can hit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// All there are, or the one there is.
    All,
    /// The camera, segment, capability or endpoint with this id.
    Only(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    CameraDead,
    CameraHung,
    CameraRebooting,
    CameraFactoryReset,
    CameraPasswordChanged,
    CameraLockedOut,
    CameraClockOff,
    CameraBasicOnly,
    CameraOverloaded,
    CameraReplaced,
    CameraStreamDead,
    CameraImageFrozen,
    CameraImageDark,
    CameraStorageFailed,
    SegmentDown,
    LanDown,
    GatewayDown,
    GatewayNoForwarding,
    LineDown,
    LineLoss,
    LineMtu,
    ResolverSilent,
    ResolverServfail,
    ResolverWrong,
    CaptivePortal,
    TlsInspection,
    VendorCutOff,
    VendorCapability,
    VendorEndpointDead,
    VendorRegionDown,
    VendorCertificateExpired,
    VendorDnsGone,
    StatusPageDead,
    WorldClockOff,
}

/// What stands after the colon of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    Nothing,
    /// A camera's id or `all`.
    Camera,
    /// A segment's id or `all`.
    Segment,
    /// A capability's id.
    Capability,
    /// A capability's id; without it all are meant.
    AnyCapability,
    /// An endpoint's id.
    Endpoint,
    /// A region's id.
    Region,
}

/// A fault as the user is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub kind: FaultKind,
    pub name: &'static str,
    pub argument: Argument,
    /// One sentence.
    pub does: &'static str,
    pub blames: Blame,
}

/// The verdict that a fault ought to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blame {
    pub domain: Domain,
    /// Empty when the domain names no cause.
    pub cause: &'static str,
}

/// A text that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    #[error("there is no fault {0:?}")]
    Unknown(String),
    #[error("{name} needs {what} after a colon: {name}:{example}")]
    NeedsArgument { name: &'static str, what: &'static str, example: &'static str },
    #[error("{name} takes no argument, and {argument:?} was given")]
    TakesNoArgument { name: &'static str, argument: String },
}

impl Entry {
    /// The fault as a command, with an example of what it hits.
    pub fn example(&self) -> String {
        match self.argument {
            Argument::Nothing | Argument::AnyCapability => self.name.to_owned(),
            Argument::Camera
            | Argument::Segment
            | Argument::Capability
            | Argument::Endpoint
            | Argument::Region => {
                let (_, example) = self.argument.hint();
                format!("{}:{example}", self.name)
            }
        }
    }
}

impl SimFault {
    /// Every kind of fault, in the order from the cameras to the vendor.
    pub const fn catalogue() -> &'static [Entry] {
        catalogue::ENTRIES
    }

    /// What the user is told of this kind of fault.
    pub fn entry(&self) -> &'static Entry {
        self.kind.entry()
    }

    pub(crate) fn hits(&self, kind: FaultKind, id: &str) -> bool {
        self.kind == kind
            && match &self.target {
                Target::All => true,
                Target::Only(only) => only == id,
            }
    }
}

impl FaultKind {
    pub(crate) fn entry(self) -> &'static Entry {
        let entry = SimFault::catalogue().iter().find(|entry| entry.kind == self);
        entry.expect("the catalogue lists every kind")
    }
}

impl Argument {
    /// What is asked for, and an example of it.
    const fn hint(self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("nothing", ""),
            Self::Camera => ("a camera or `all`", "cam-03"),
            Self::Segment => ("a segment or `all`", "floor-a"),
            Self::Capability | Self::AnyCapability => ("a capability", "login"),
            Self::Endpoint => ("an endpoint", "relay-1"),
            Self::Region => ("a region", "eu"),
        }
    }

    fn target(self, name: &'static str, given: Option<&str>) -> Result<Target, FaultError> {
        match (self, given) {
            (Self::Nothing | Self::AnyCapability, None)
            | (Self::Camera | Self::Segment | Self::AnyCapability, Some("all")) => Ok(Target::All),
            (Self::Nothing, Some(given)) => {
                Err(FaultError::TakesNoArgument { name, argument: given.to_owned() })
            }
            (_, Some(given)) if !given.is_empty() => Ok(Target::Only(given.to_owned())),
            (
                Self::Camera
                | Self::Segment
                | Self::Capability
                | Self::AnyCapability
                | Self::Endpoint
                | Self::Region,
                _,
            ) => {
                let (what, example) = self.hint();
                Err(FaultError::NeedsArgument { name, what, example })
            }
        }
    }
}

impl FromStr for SimFault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, given) = match text.split_once(':') {
            Some((name, given)) => (name, Some(given)),
            None => (text, None),
        };
        let entry = Self::catalogue().iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| FaultError::Unknown(name.to_owned()))?;
        Ok(Self { kind: entry.kind, target: entry.argument.target(entry.name, given)? })
    }
}

impl fmt::Display for SimFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.entry();
        match (&self.target, entry.argument) {
            (Target::Only(id), _) => write!(f, "{}:{id}", entry.name),
            (Target::All, Argument::Camera | Argument::Segment) => write!(f, "{}:all", entry.name),
            (
                Target::All,
                Argument::Nothing
                | Argument::Capability
                | Argument::AnyCapability
                | Argument::Endpoint
                | Argument::Region,
            ) => f.write_str(entry.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_it_is_read() {
        for text in
            ["camera-dead:cam-03", "segment-down:all", "line-down", "vendor-cut-off", "vendor-cut-off:login"]
        {
            assert_eq!(text.parse::<SimFault>().map(|fault| fault.to_string()), Ok(text.to_owned()));
        }
        let all = "vendor-cut-off:all".parse::<SimFault>().unwrap();
        assert_eq!(all.to_string(), "vendor-cut-off");
    }

    #[test]
    fn says_what_is_missing() {
        let cases = [
            ("camera-smelly", "there is no fault \"camera-smelly\""),
            ("camera-dead", "camera-dead needs a camera or `all` after a colon: camera-dead:cam-03"),
            ("camera-dead:", "camera-dead needs a camera or `all` after a colon: camera-dead:cam-03"),
            ("line-down:floor-a", "line-down takes no argument, and \"floor-a\" was given"),
            (
                "vendor-capability",
                "vendor-capability needs a capability after a colon: vendor-capability:login",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<SimFault>().unwrap_err().to_string(), expected);
        }
    }
}
