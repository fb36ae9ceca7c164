//! What can be measured: a kind of probe and the component it is aimed at.

use std::fmt;
use std::str::FromStr;

/// The kinds of probe. The name is the JSON value and the first half of a [`ProbeId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Carrier, address and default route of the agent's own interface.
    HostLink,
    /// Room and writability where the agent keeps its state.
    HostDisk,
    /// The agent's clock against the `Date` of the controls.
    HostClock,
    /// The file descriptors that are left to the agent.
    HostResources,
    /// Broadcasts and errors that the agent's own interface counts.
    HostTraffic,
    /// Whether another device has the agent's own address.
    HostAddress,
    /// The site router: ICMP echo, a TCP port, or its neighbour-table entry.
    GatewayReach,
    /// A managed switch's own address.
    SegmentReach,
    /// The resolver the site uses, asked for a name that cannot be cached.
    ResolverAnswer,
    /// The same name at a resolver outside the site.
    ResolverSecond,
    /// A control, found by its name through the site's resolver.
    ControlName,
    /// A control by its address: no resolver involved.
    ControlAddress,
    /// A plain-HTTP page with a known body, which a captive portal replaces.
    ControlPortal,
    /// The routers on the way to a control, beyond the site's own.
    LineHops,
    /// Whether packets of full size pass the line where small ones do.
    LineMtu,
    /// Whether the Internet answers over IPv6 as well, where the site has it.
    LineIpv6,
    /// A control over the site's second line.
    LineSecond,
    /// A vendor endpoint, found by its name.
    VendorName,
    /// The same endpoint by an address that was published for it.
    VendorAddress,
    /// The same endpoint over the site's second line.
    VendorSecond,
    /// The vendor's status page; a witness, never a judge.
    VendorStatus,
    /// A TCP connection to the camera's web port.
    CameraTcp,
    /// VAPIX `systemready.cgi`, no password.
    CameraReady,
    /// VAPIX `basicdeviceinfo.cgi` `getAllUnrestrictedProperties`, no password.
    CameraIdentity,
    /// VAPIX with digest authentication.
    CameraLogin,
    /// ONVIF `GetSystemDateAndTime`, no password.
    CameraClock,
    /// ONVIF `GetDeviceInformation`, authenticated.
    CameraOnvif,
    /// RTSP `OPTIONS`.
    CameraRtsp,
    /// RTSP `PLAY`, and whether packets come.
    CameraStream,
    /// Two snapshots, compared with each other and with the camera's own past.
    CameraPicture,
    /// The camera's disks as it reports them itself.
    CameraStorage,
    /// Whether the camera says that it is connected to the vendor's relay.
    CameraCloud,
    /// The hardware address that answers for the camera's address.
    CameraNeighbour,
}

impl ProbeKind {
    pub const ALL: [Self; 33] = [
        Self::HostLink,
        Self::HostDisk,
        Self::HostClock,
        Self::HostResources,
        Self::HostTraffic,
        Self::HostAddress,
        Self::GatewayReach,
        Self::SegmentReach,
        Self::ResolverAnswer,
        Self::ResolverSecond,
        Self::ControlName,
        Self::ControlAddress,
        Self::ControlPortal,
        Self::LineHops,
        Self::LineMtu,
        Self::LineIpv6,
        Self::LineSecond,
        Self::VendorName,
        Self::VendorAddress,
        Self::VendorSecond,
        Self::VendorStatus,
        Self::CameraTcp,
        Self::CameraReady,
        Self::CameraIdentity,
        Self::CameraLogin,
        Self::CameraClock,
        Self::CameraOnvif,
        Self::CameraRtsp,
        Self::CameraStream,
        Self::CameraPicture,
        Self::CameraStorage,
        Self::CameraCloud,
        Self::CameraNeighbour,
    ];
    pub const COUNT: usize = Self::ALL.len();

    pub const fn name(self) -> &'static str {
        match self {
            Self::HostLink => "host.link",
            Self::HostDisk => "host.disk",
            Self::HostClock => "host.clock",
            Self::HostResources => "host.resources",
            Self::HostTraffic => "host.traffic",
            Self::HostAddress => "host.address",
            Self::GatewayReach => "gateway.reach",
            Self::SegmentReach => "segment.reach",
            Self::ResolverAnswer => "resolver.answer",
            Self::ResolverSecond => "resolver.second",
            Self::ControlName => "control.name",
            Self::ControlAddress => "control.address",
            Self::ControlPortal => "control.portal",
            Self::LineHops => "line.hops",
            Self::LineMtu => "line.mtu",
            Self::LineIpv6 => "line.ipv6",
            Self::LineSecond => "line.second",
            Self::VendorName => "vendor.name",
            Self::VendorAddress => "vendor.address",
            Self::VendorSecond => "vendor.second",
            Self::VendorStatus => "vendor.status",
            Self::CameraTcp => "camera.tcp",
            Self::CameraReady => "camera.ready",
            Self::CameraIdentity => "camera.identity",
            Self::CameraLogin => "camera.login",
            Self::CameraClock => "camera.clock",
            Self::CameraOnvif => "camera.onvif",
            Self::CameraRtsp => "camera.rtsp",
            Self::CameraStream => "camera.stream",
            Self::CameraPicture => "camera.picture",
            Self::CameraStorage => "camera.storage",
            Self::CameraCloud => "camera.cloud",
            Self::CameraNeighbour => "camera.neighbour",
        }
    }

    /// Whether the probe measures one camera.
    pub const fn is_camera(self) -> bool {
        matches!(
            self,
            Self::CameraTcp
                | Self::CameraReady
                | Self::CameraIdentity
                | Self::CameraLogin
                | Self::CameraClock
                | Self::CameraOnvif
                | Self::CameraRtsp
                | Self::CameraStream
                | Self::CameraPicture
                | Self::CameraStorage
                | Self::CameraCloud
                | Self::CameraNeighbour
        )
    }

    /// Whether the probe measures one of the vendor's hosts.
    pub const fn is_endpoint(self) -> bool {
        matches!(self, Self::VendorName | Self::VendorAddress | Self::VendorSecond)
    }

    /// Whether the probe sends a password, and so may count as a failed login.
    pub const fn is_authenticated(self) -> bool {
        matches!(
            self,
            Self::CameraLogin
                | Self::CameraOnvif
                | Self::CameraStream
                | Self::CameraPicture
                | Self::CameraStorage
                | Self::CameraCloud
        )
    }

    /// Whether only one component of a site can be its subject.
    pub const fn is_singular(self) -> bool {
        matches!(
            self,
            Self::HostLink
                | Self::HostDisk
                | Self::HostClock
                | Self::HostResources
                | Self::HostTraffic
                | Self::HostAddress
                | Self::GatewayReach
                | Self::ResolverAnswer
                | Self::ResolverSecond
                | Self::LineHops
                | Self::LineMtu
                | Self::LineIpv6
                | Self::LineSecond
        )
    }
}

impl fmt::Display for ProbeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl serde::Serialize for ProbeKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for ProbeKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no kind of probe")))
    }
}

/// One probe of one component: `camera.ready/entrance`, `vendor.address/relay-se1`, `host.link`.
///
/// The subject is the id of the camera, segment, control, endpoint or vendor, and empty for the
/// kinds of which a site has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProbeId {
    pub kind: ProbeKind,
    pub subject: Box<str>,
}

impl ProbeId {
    pub fn new(kind: ProbeKind, subject: &str) -> Self {
        Self { kind, subject: subject.into() }
    }
}

impl fmt::Display for ProbeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subject.is_empty() {
            return f.write_str(self.kind.name());
        }
        write!(f, "{}/{}", self.kind.name(), self.subject)
    }
}

/// A text that names no probe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no probe; a probe is written as kind/subject, for example camera.ready/entrance")]
pub struct ProbeIdError(String);

impl FromStr for ProbeId {
    type Err = ProbeIdError;

    fn from_str(text: &str) -> Result<Self, ProbeIdError> {
        let (kind, subject) = text.split_once('/').unwrap_or((text, ""));
        let kind = ProbeKind::ALL.into_iter().find(|k| k.name() == kind);
        match kind {
            Some(kind) if kind.is_singular() == subject.is_empty() => Ok(Self::new(kind, subject)),
            _ => Err(ProbeIdError(text.to_owned())),
        }
    }
}

impl serde::Serialize for ProbeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for ProbeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_text_form() {
        for kind in ProbeKind::ALL {
            let subject = if kind.is_singular() { "" } else { "a" };
            let id = ProbeId::new(kind, subject);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for wrong in ["camera.ready", "host.link/eth0", "camera.smell/x", ""] {
            assert!(wrong.parse::<ProbeId>().is_err(), "{wrong}");
        }
    }
}
