//! The symptom tables: what each kind of fault makes each kind of probe see.
//!
//! A row says: while this fault lasts, a probe of one of these kinds that depends on the faulty
//! component shows these symptoms with these probabilities; with what is left it passes.
//! A kind of probe that no row names is untouched by the fault: its success speaks neither way.

mod camera;
mod odd;
mod path;
mod vendor;

use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;

/// One row of a fault's table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub probes: &'static [ProbeKind],
    pub shows: &'static [(Symptom, f64)],
    pub when: When,
    /// Why the fault shows itself so.
    pub why: &'static str,
}

/// A property of the site on which a row depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    /// The site's resolver runs on its gateway.
    ResolverOnGateway,
    /// The site's resolver is another machine.
    ResolverElsewhere,
}

/// What can be wrong, one entry per table. The order is that of [`FaultKind::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    AgentLink,
    /// The same when only the default route is gone: the site's network is there, everything beyond is not.
    AgentRoute,
    /// Another device has this host's address, and takes nothing away.
    AgentAddress,
    /// The same when answers to this host go to the other device, again and again.
    AgentAddressLossy,
    AgentClock,
    /// The same when it is off by months, so that certificates seem out of date.
    AgentClockFar,
    AgentDisk,
    AgentDescriptors,
    AgentSecondLine,
    /// A firewall keeps this host from the vendor, and not the cameras. A site whose cameras are not asked
    /// cannot tell it from the vendor's outage.
    AgentBlocked,
    Lan,
    /// A switching loop: everything on the site's network is slow and lossy at once.
    LanLoop,
    Segment,
    /// The same when the switch itself goes on: its power over Ethernet is gone, or its ports are.
    SegmentPorts,
    Gateway,
    /// The same with a resolver that answers SERVFAIL meanwhile. A fault shows one face or the other
    /// for as long as it lasts, so the two are two hypotheses and not one with mixed symptoms.
    GatewayServfail,
    GatewayNoForwarding,
    GatewayNoForwardingServfail,
    Line,
    LineServfail,
    LineLoss,
    /// The same when a second attempt mostly succeeds: late rather than lost.
    LineLossLate,
    LineMtu,
    LineLatency,
    /// IPv6 is broken alone, at a site that has it.
    LineIpv6,
    /// The line carries everything but the vendor, which answers over the second line: a firewall, or the
    /// operator's routing. A site without a second line cannot tell it from the vendor's outage.
    LineRoute,
    DnsSilent,
    DnsServfail,
    /// Wrong answers show as addresses that cannot be right, as a stranger's certificate, or as hosts
    /// that do not answer: three faces, of which a fault shows one.
    DnsWrong,
    DnsWrongStranger,
    DnsWrongNowhere,
    InterceptionPortal,
    /// A portal that does not answer encrypted connections at all.
    InterceptionPortalBlocking,
    InterceptionTls,
    /// Something that lets no handshake end. Only packets of full size tell it from a line that loses
    /// them: a site where nobody looks at those does not have it.
    InterceptionTlsStalling,
    InterceptionDns,
    InterceptionDnsStranger,
    VendorWhole,
    /// One certificate or one zone serves all of a vendor's services, and fails them all.
    VendorWholeTls,
    VendorWholeTlsUntrusted,
    VendorWholeDns,
    VendorWholeDnsServfail,
    VendorWholeSlow,
    /// The vendor's hosts in one region, of whatever service.
    VendorRegion,
    /// The service that cameras connect to, as they and this host see it. A site whose cameras are not
    /// asked has the service's own outage alone.
    VendorRelays,
    CapabilityOutage,
    CapabilityTls,
    CapabilityTlsUntrusted,
    CapabilityDns,
    CapabilityDnsServfail,
    CapabilitySlow,
    /// A control, the second resolver, the portal check or the status page is itself out of order.
    /// These explain evidence and are never reported.
    ControlOut,
    SecondResolverOut,
    PortalCheckOut,
    PageOut,
    /// The router forwards and answers no echo any more.
    GatewayMute,
    CameraUnreachable,
    CameraHung,
    /// The same when the services are gone and the system refuses in their place.
    CameraHungRefusing,
    CameraRebooting,
    CameraFactoryReset,
    CameraCredentials,
    CameraLockedOut,
    CameraAuthScheme,
    CameraClock,
    CameraTls,
    CameraIdentity,
    CameraOverloaded,
    CameraConflict,
    CameraStream,
    CameraFrozen,
    CameraDark,
    CameraStorage,
    CameraTunnel,
    /// Something that no table describes, at one camera, at one service of the vendor, or at all probes
    /// of one kind. It is what is left when nothing known explains what is odd.
    CameraOdd,
    CapabilityOdd,
    KindOdd,
    /// The same at all cameras at once.
    CamerasOdd,
    /// All cameras follow one wrong time server, or somebody changed one account everywhere: said camera
    /// by camera.
    CamerasClock,
    CamerasCredentials,
}

impl FaultKind {
    pub const ALL: [Self; 80] = [
        Self::AgentLink,
        Self::AgentRoute,
        Self::AgentAddress,
        Self::AgentAddressLossy,
        Self::AgentClock,
        Self::AgentClockFar,
        Self::AgentDisk,
        Self::AgentDescriptors,
        Self::AgentSecondLine,
        Self::AgentBlocked,
        Self::Lan,
        Self::LanLoop,
        Self::Segment,
        Self::SegmentPorts,
        Self::Gateway,
        Self::GatewayServfail,
        Self::GatewayNoForwarding,
        Self::GatewayNoForwardingServfail,
        Self::Line,
        Self::LineServfail,
        Self::LineLoss,
        Self::LineLossLate,
        Self::LineMtu,
        Self::LineLatency,
        Self::LineIpv6,
        Self::LineRoute,
        Self::DnsSilent,
        Self::DnsServfail,
        Self::DnsWrong,
        Self::DnsWrongStranger,
        Self::DnsWrongNowhere,
        Self::InterceptionPortal,
        Self::InterceptionPortalBlocking,
        Self::InterceptionTls,
        Self::InterceptionTlsStalling,
        Self::InterceptionDns,
        Self::InterceptionDnsStranger,
        Self::VendorWhole,
        Self::VendorWholeTls,
        Self::VendorWholeTlsUntrusted,
        Self::VendorWholeDns,
        Self::VendorWholeDnsServfail,
        Self::VendorWholeSlow,
        Self::VendorRegion,
        Self::VendorRelays,
        Self::CapabilityOutage,
        Self::CapabilityTls,
        Self::CapabilityTlsUntrusted,
        Self::CapabilityDns,
        Self::CapabilityDnsServfail,
        Self::CapabilitySlow,
        Self::ControlOut,
        Self::SecondResolverOut,
        Self::PortalCheckOut,
        Self::PageOut,
        Self::GatewayMute,
        Self::CameraUnreachable,
        Self::CameraHung,
        Self::CameraHungRefusing,
        Self::CameraRebooting,
        Self::CameraFactoryReset,
        Self::CameraCredentials,
        Self::CameraLockedOut,
        Self::CameraAuthScheme,
        Self::CameraClock,
        Self::CameraTls,
        Self::CameraIdentity,
        Self::CameraOverloaded,
        Self::CameraConflict,
        Self::CameraStream,
        Self::CameraFrozen,
        Self::CameraDark,
        Self::CameraStorage,
        Self::CameraTunnel,
        Self::CameraOdd,
        Self::CapabilityOdd,
        Self::KindOdd,
        Self::CamerasOdd,
        Self::CamerasClock,
        Self::CamerasCredentials,
    ];
    pub const COUNT: usize = Self::ALL.len();

    /// The kinds that act on more than one leaf of the site.
    pub const SHARED: [Self; 50] = [
        Self::AgentLink,
        Self::AgentRoute,
        Self::AgentAddress,
        Self::AgentAddressLossy,
        Self::AgentClock,
        Self::AgentClockFar,
        Self::AgentDisk,
        Self::AgentDescriptors,
        Self::AgentSecondLine,
        Self::AgentBlocked,
        Self::Lan,
        Self::LanLoop,
        Self::Segment,
        Self::SegmentPorts,
        Self::Gateway,
        Self::GatewayServfail,
        Self::GatewayNoForwarding,
        Self::GatewayNoForwardingServfail,
        Self::Line,
        Self::LineServfail,
        Self::LineLoss,
        Self::LineLossLate,
        Self::LineMtu,
        Self::LineLatency,
        Self::LineIpv6,
        Self::LineRoute,
        Self::DnsSilent,
        Self::DnsServfail,
        Self::DnsWrong,
        Self::DnsWrongStranger,
        Self::DnsWrongNowhere,
        Self::InterceptionPortal,
        Self::InterceptionPortalBlocking,
        Self::InterceptionTls,
        Self::InterceptionTlsStalling,
        Self::InterceptionDns,
        Self::InterceptionDnsStranger,
        Self::VendorWhole,
        Self::VendorWholeTls,
        Self::VendorWholeTlsUntrusted,
        Self::VendorWholeDns,
        Self::VendorWholeDnsServfail,
        Self::VendorWholeSlow,
        Self::VendorRegion,
        Self::VendorRelays,
        Self::KindOdd,
        Self::CamerasOdd,
        Self::CamerasClock,
        Self::CamerasCredentials,
        Self::GatewayMute,
    ];

    pub const CAMERA: [Self; 19] = [
        Self::CameraUnreachable,
        Self::CameraHung,
        Self::CameraHungRefusing,
        Self::CameraRebooting,
        Self::CameraFactoryReset,
        Self::CameraCredentials,
        Self::CameraLockedOut,
        Self::CameraAuthScheme,
        Self::CameraClock,
        Self::CameraTls,
        Self::CameraIdentity,
        Self::CameraOverloaded,
        Self::CameraConflict,
        Self::CameraStream,
        Self::CameraFrozen,
        Self::CameraDark,
        Self::CameraStorage,
        Self::CameraTunnel,
        Self::CameraOdd,
    ];

    pub const CAPABILITY: [Self; 7] = [
        Self::CapabilityOutage,
        Self::CapabilityTls,
        Self::CapabilityTlsUntrusted,
        Self::CapabilityDns,
        Self::CapabilityDnsServfail,
        Self::CapabilitySlow,
        Self::CapabilityOdd,
    ];

    /// The fault's table.
    #[expect(clippy::too_many_lines, reason = "a list of tables, one line each")]
    pub const fn rows(self) -> &'static [Row] {
        match self {
            Self::AgentLink => path::AGENT_LINK,
            Self::AgentRoute => path::AGENT_ROUTE,
            Self::AgentAddress => path::AGENT_ADDRESS,
            Self::AgentAddressLossy => path::AGENT_ADDRESS_LOSSY,
            Self::AgentClock => path::AGENT_CLOCK,
            Self::AgentClockFar => path::AGENT_CLOCK_FAR,
            Self::AgentDisk => path::AGENT_DISK,
            Self::AgentDescriptors => path::AGENT_DESCRIPTORS,
            Self::AgentSecondLine => path::AGENT_SECOND_LINE,
            Self::AgentBlocked => path::AGENT_BLOCKED,
            Self::Lan => path::LAN,
            Self::LanLoop => path::LAN_LOOP,
            Self::Segment => path::SEGMENT,
            Self::SegmentPorts => path::SEGMENT_PORTS,
            Self::Gateway => path::GATEWAY,
            Self::GatewayServfail => path::GATEWAY_SERVFAIL,
            Self::GatewayNoForwarding => path::NO_FORWARDING,
            Self::GatewayNoForwardingServfail => path::NO_FORWARDING_SERVFAIL,
            Self::Line => path::LINE,
            Self::LineServfail => path::LINE_SERVFAIL,
            Self::LineLoss => path::LOSS,
            Self::LineLossLate => path::LOSS_LATE,
            Self::LineMtu => path::MTU,
            Self::LineLatency => path::LATENCY,
            Self::LineIpv6 => path::IPV6,
            Self::LineRoute => path::ROUTE,
            Self::DnsSilent => path::DNS_SILENT,
            Self::DnsServfail => path::DNS_SERVFAIL,
            Self::DnsWrong => path::DNS_WRONG,
            Self::DnsWrongStranger => path::DNS_WRONG_STRANGER,
            Self::DnsWrongNowhere => path::DNS_WRONG_NOWHERE,
            Self::InterceptionPortal => path::PORTAL,
            Self::InterceptionPortalBlocking => path::PORTAL_BLOCKING,
            Self::InterceptionTls => path::TLS_INSPECTION,
            Self::InterceptionTlsStalling => path::TLS_STALLING,
            Self::InterceptionDns => path::DNS_REWRITING,
            Self::InterceptionDnsStranger => path::DNS_REWRITING_STRANGER,
            Self::VendorWhole => vendor::WHOLE,
            Self::VendorWholeTls => vendor::TLS,
            Self::VendorWholeTlsUntrusted => vendor::TLS_UNTRUSTED,
            Self::VendorWholeDns => vendor::DNS,
            Self::VendorWholeDnsServfail => vendor::DNS_SERVFAIL,
            Self::VendorWholeSlow => vendor::SLOW,
            Self::VendorRegion => vendor::REGION,
            Self::VendorRelays => vendor::RELAYS,
            Self::CapabilityOutage => vendor::OUTAGE,
            Self::CapabilityTls => vendor::TLS,
            Self::CapabilityTlsUntrusted => vendor::TLS_UNTRUSTED,
            Self::CapabilityDns => vendor::DNS,
            Self::CapabilityDnsServfail => vendor::DNS_SERVFAIL,
            Self::CapabilitySlow => vendor::SLOW,
            Self::ControlOut => path::CONTROL_OUT,
            Self::SecondResolverOut => path::SECOND_RESOLVER_OUT,
            Self::PortalCheckOut => path::PORTAL_CHECK_OUT,
            Self::PageOut => vendor::PAGE_OUT,
            Self::GatewayMute => path::GATEWAY_MUTE,
            Self::CameraUnreachable => camera::UNREACHABLE,
            Self::CameraHung => camera::HUNG,
            Self::CameraHungRefusing => camera::HUNG_REFUSING,
            Self::CameraRebooting => camera::REBOOTING,
            Self::CameraFactoryReset => camera::FACTORY_RESET,
            Self::CameraCredentials => camera::CREDENTIALS,
            Self::CameraLockedOut => camera::LOCKED_OUT,
            Self::CameraAuthScheme => camera::AUTH_SCHEME,
            Self::CameraClock => camera::CLOCK,
            Self::CameraTls => camera::TLS,
            Self::CameraIdentity => camera::IDENTITY,
            Self::CameraOverloaded => camera::OVERLOADED,
            Self::CameraConflict => camera::CONFLICT,
            Self::CameraStream => camera::STREAM,
            Self::CameraFrozen => camera::FROZEN,
            Self::CameraDark => camera::DARK,
            Self::CameraStorage => camera::STORAGE,
            Self::CameraTunnel => camera::TUNNEL,
            Self::CameraOdd => odd::CAMERA,
            Self::CapabilityOdd => odd::CAPABILITY,
            Self::KindOdd => odd::KIND,
            Self::CamerasOdd => odd::CAMERA,
            Self::CamerasClock => camera::CLOCK,
            Self::CamerasCredentials => camera::CREDENTIALS,
        }
    }

    /// Whether the fault can act on a part of the attempts only: a lossy cable, but no half-pulled one.
    pub const fn can_be_partial(self) -> bool {
        !matches!(
            self,
            Self::AgentLink
                | Self::AgentRoute
                | Self::AgentAddress
                | Self::AgentAddressLossy
                | Self::AgentClock
                | Self::AgentClockFar
                | Self::AgentDisk
                | Self::AgentDescriptors
                | Self::AgentSecondLine
                | Self::AgentBlocked
                | Self::SegmentPorts
                | Self::LineRoute
                | Self::GatewayNoForwarding
                | Self::GatewayNoForwardingServfail
                | Self::GatewayMute
                | Self::LineLatency
                | Self::InterceptionTlsStalling
                | Self::CameraOdd
                | Self::CapabilityOdd
                | Self::KindOdd
                | Self::CamerasOdd
                | Self::CamerasClock
                | Self::CamerasCredentials
        )
    }

    /// The fault of one capability that a fault of the whole vendor amounts to.
    pub const fn of_one_capability(self) -> Option<Self> {
        match self {
            Self::VendorWhole => Some(Self::CapabilityOutage),
            Self::VendorWholeTls => Some(Self::CapabilityTls),
            Self::VendorWholeTlsUntrusted => Some(Self::CapabilityTlsUntrusted),
            Self::VendorWholeDns => Some(Self::CapabilityDns),
            Self::VendorWholeDnsServfail => Some(Self::CapabilityDnsServfail),
            Self::VendorWholeSlow => Some(Self::CapabilitySlow),
            _ => None,
        }
    }

    /// The fault of one camera that a fault of all cameras amounts to.
    pub const fn of_one_camera(self) -> Option<Self> {
        match self {
            Self::CamerasClock => Some(Self::CameraClock),
            Self::CamerasCredentials => Some(Self::CameraCredentials),
            _ => None,
        }
    }

    /// How often such a fault begins, relative to the others: the prior probability per window.
    ///
    /// Once evidence passes 18 nats the priors hardly matter; their order of magnitude does.
    pub const fn prior(self) -> f64 {
        match self {
            Self::Line | Self::LineServfail => 3e-4,
            Self::DnsSilent | Self::CapabilityOutage | Self::CameraUnreachable => 1e-4,
            Self::ControlOut | Self::SecondResolverOut | Self::PortalCheckOut | Self::PageOut => 1e-4,
            Self::GatewayMute => 2e-5,
            Self::Gateway | Self::GatewayServfail | Self::VendorWhole => 8e-5,
            Self::Segment
            | Self::SegmentPorts
            | Self::LineLoss
            | Self::LineLossLate
            | Self::DnsServfail
            | Self::CameraHung
            | Self::CameraHungRefusing
            | Self::CameraRebooting => 5e-5,
            Self::AgentLink
            | Self::AgentAddressLossy
            | Self::Lan
            | Self::LineLatency
            | Self::LineIpv6
            | Self::CameraClock
            | Self::CameraStream
            | Self::CameraStorage
            | Self::CameraTunnel
            | Self::AgentSecondLine => 3e-5,
            Self::DnsWrong
            | Self::DnsWrongStranger
            | Self::DnsWrongNowhere
            | Self::InterceptionPortal
            | Self::InterceptionTls
            | Self::VendorWholeTls
            | Self::VendorWholeTlsUntrusted
            | Self::CapabilityTlsUntrusted
            | Self::VendorWholeDns
            | Self::VendorWholeDnsServfail
            | Self::VendorWholeSlow
            | Self::CapabilitySlow
            | Self::CapabilityTls
            | Self::CapabilityDns
            | Self::CapabilityDnsServfail
            | Self::GatewayNoForwarding
            | Self::GatewayNoForwardingServfail
            | Self::CameraCredentials
            | Self::CameraOverloaded
            | Self::CameraFrozen
            | Self::CameraDark
            | Self::VendorRegion
            | Self::VendorRelays => 2e-5,
            Self::AgentClock
            | Self::AgentClockFar
            | Self::AgentDisk
            | Self::AgentDescriptors
            | Self::LanLoop
            | Self::LineMtu
            | Self::LineRoute
            | Self::AgentBlocked
            | Self::InterceptionDns
            | Self::InterceptionDnsStranger
            | Self::CameraFactoryReset
            | Self::CameraLockedOut
            | Self::CameraAuthScheme
            | Self::CameraTls
            | Self::CameraIdentity => 1e-5,
            // The portal that lets nothing through and a second device at an address are rare, and others
            // of their symptoms are common.
            Self::InterceptionPortalBlocking | Self::InterceptionTlsStalling | Self::AgentRoute => 5e-6,
            Self::CameraConflict | Self::AgentAddress => 2e-6,
            Self::CameraOdd | Self::CapabilityOdd | Self::KindOdd | Self::CamerasOdd => 1e-6,
            Self::CamerasClock | Self::CamerasCredentials => 1e-6,
        }
    }
}

/// Whether packet loss could never have produced the symptom: the device or this host says it of itself.
pub const fn is_conclusive(symptom: Symptom) -> bool {
    matches!(
        symptom,
        Symptom::TlsExpired
            | Symptom::LockedOut
            | Symptom::Rejected
            | Symptom::SchemeUnknown
            | Symptom::Clock
            | Symptom::FactoryReset
            | Symptom::IdentityChanged
            | Symptom::Conflict
            | Symptom::Frozen
            | Symptom::Dark
            | Symptom::Offline
            | Symptom::Storm
            | Symptom::Unfit
    )
}

/// Whether lost packets can produce the symptom by themselves.
pub const fn is_loss_like(symptom: Symptom) -> bool {
    matches!(
        symptom,
        Symptom::NameSilent | Symptom::Timeout | Symptom::TlsStall | Symptom::Hung | Symptom::Slow
    )
}

#[cfg(test)]
mod tests;
