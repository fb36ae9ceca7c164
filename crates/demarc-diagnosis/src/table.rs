//! The symptom tables: what each kind of fault makes each kind of probe see.
//!
//! A row says: while this fault lasts, a probe of one of these kinds that depends on the faulty
//! component shows these symptoms with these probabilities; with what is left it passes.
//! A kind of probe that no row names is untouched by the fault: its success speaks neither way.

mod camera;
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
    AgentClock,
    AgentDisk,
    AgentDescriptors,
    AgentSecondLine,
    Lan,
    /// A switching loop: everything on the site's network is slow and lossy at once.
    LanLoop,
    Segment,
    Gateway,
    /// The same with a resolver that answers SERVFAIL meanwhile. A fault shows one face or the other
    /// for as long as it lasts, so the two are two hypotheses and not one with mixed symptoms.
    GatewayServfail,
    GatewayNoForwarding,
    GatewayNoForwardingServfail,
    Line,
    LineServfail,
    LineLoss,
    LineMtu,
    LineLatency,
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
    InterceptionDns,
    InterceptionDnsStranger,
    VendorWhole,
    /// One certificate or one zone serves all of a vendor's services, and fails them all.
    VendorWholeTls,
    VendorWholeDns,
    /// The vendor's hosts in one region, of whatever service.
    VendorRegion,
    CapabilityOutage,
    CapabilityTls,
    CapabilityDns,
    /// A control, the second resolver, the portal check or the status page is itself out of order.
    /// These explain evidence and are never reported.
    ControlOut,
    SecondResolverOut,
    PortalCheckOut,
    PageOut,
    CameraUnreachable,
    CameraHung,
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
}

impl FaultKind {
    pub const ALL: [Self; 55] = [
        Self::AgentLink,
        Self::AgentClock,
        Self::AgentDisk,
        Self::AgentDescriptors,
        Self::AgentSecondLine,
        Self::Lan,
        Self::LanLoop,
        Self::Segment,
        Self::Gateway,
        Self::GatewayServfail,
        Self::GatewayNoForwarding,
        Self::GatewayNoForwardingServfail,
        Self::Line,
        Self::LineServfail,
        Self::LineLoss,
        Self::LineMtu,
        Self::LineLatency,
        Self::DnsSilent,
        Self::DnsServfail,
        Self::DnsWrong,
        Self::DnsWrongStranger,
        Self::DnsWrongNowhere,
        Self::InterceptionPortal,
        Self::InterceptionPortalBlocking,
        Self::InterceptionTls,
        Self::InterceptionDns,
        Self::InterceptionDnsStranger,
        Self::VendorWhole,
        Self::VendorWholeTls,
        Self::VendorWholeDns,
        Self::VendorRegion,
        Self::CapabilityOutage,
        Self::CapabilityTls,
        Self::CapabilityDns,
        Self::ControlOut,
        Self::SecondResolverOut,
        Self::PortalCheckOut,
        Self::PageOut,
        Self::CameraUnreachable,
        Self::CameraHung,
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
    ];
    pub const COUNT: usize = Self::ALL.len();

    /// The kinds that act on more than one leaf of the site.
    pub const SHARED: [Self; 31] = [
        Self::AgentLink,
        Self::AgentClock,
        Self::AgentDisk,
        Self::AgentDescriptors,
        Self::AgentSecondLine,
        Self::Lan,
        Self::LanLoop,
        Self::Segment,
        Self::Gateway,
        Self::GatewayServfail,
        Self::GatewayNoForwarding,
        Self::GatewayNoForwardingServfail,
        Self::Line,
        Self::LineServfail,
        Self::LineLoss,
        Self::LineMtu,
        Self::LineLatency,
        Self::DnsSilent,
        Self::DnsServfail,
        Self::DnsWrong,
        Self::DnsWrongStranger,
        Self::DnsWrongNowhere,
        Self::InterceptionPortal,
        Self::InterceptionPortalBlocking,
        Self::InterceptionTls,
        Self::InterceptionDns,
        Self::InterceptionDnsStranger,
        Self::VendorWhole,
        Self::VendorWholeTls,
        Self::VendorWholeDns,
        Self::VendorRegion,
    ];

    pub const CAMERA: [Self; 17] = [
        Self::CameraUnreachable,
        Self::CameraHung,
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
    ];

    pub const CAPABILITY: [Self; 3] = [Self::CapabilityOutage, Self::CapabilityTls, Self::CapabilityDns];

    /// The fault's table.
    pub const fn rows(self) -> &'static [Row] {
        match self {
            Self::AgentLink => path::AGENT_LINK,
            Self::AgentClock => path::AGENT_CLOCK,
            Self::AgentDisk => path::AGENT_DISK,
            Self::AgentDescriptors => path::AGENT_DESCRIPTORS,
            Self::AgentSecondLine => path::AGENT_SECOND_LINE,
            Self::Lan => path::LAN,
            Self::LanLoop => path::LAN_LOOP,
            Self::Segment => path::SEGMENT,
            Self::Gateway => path::GATEWAY,
            Self::GatewayServfail => path::GATEWAY_SERVFAIL,
            Self::GatewayNoForwarding => path::NO_FORWARDING,
            Self::GatewayNoForwardingServfail => path::NO_FORWARDING_SERVFAIL,
            Self::Line => path::LINE,
            Self::LineServfail => path::LINE_SERVFAIL,
            Self::LineLoss => path::LOSS,
            Self::LineMtu => path::MTU,
            Self::LineLatency => path::LATENCY,
            Self::DnsSilent => path::DNS_SILENT,
            Self::DnsServfail => path::DNS_SERVFAIL,
            Self::DnsWrong => path::DNS_WRONG,
            Self::DnsWrongStranger => path::DNS_WRONG_STRANGER,
            Self::DnsWrongNowhere => path::DNS_WRONG_NOWHERE,
            Self::InterceptionPortal => path::PORTAL,
            Self::InterceptionPortalBlocking => path::PORTAL_BLOCKING,
            Self::InterceptionTls => path::TLS_INSPECTION,
            Self::InterceptionDns => path::DNS_REWRITING,
            Self::InterceptionDnsStranger => path::DNS_REWRITING_STRANGER,
            Self::VendorWhole => vendor::WHOLE,
            Self::VendorWholeTls => vendor::TLS,
            Self::VendorWholeDns => vendor::DNS,
            Self::VendorRegion => vendor::REGION,
            Self::CapabilityOutage => vendor::OUTAGE,
            Self::CapabilityTls => vendor::TLS,
            Self::CapabilityDns => vendor::DNS,
            Self::ControlOut => path::CONTROL_OUT,
            Self::SecondResolverOut => path::SECOND_RESOLVER_OUT,
            Self::PortalCheckOut => path::PORTAL_CHECK_OUT,
            Self::PageOut => vendor::PAGE_OUT,
            Self::CameraUnreachable => camera::UNREACHABLE,
            Self::CameraHung => camera::HUNG,
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
        }
    }

    /// Whether the fault can act on a part of the attempts only: a lossy cable, but no half-pulled one.
    pub const fn can_be_partial(self) -> bool {
        !matches!(
            self,
            Self::AgentLink
                | Self::AgentClock
                | Self::AgentDisk
                | Self::AgentDescriptors
                | Self::GatewayNoForwarding
                | Self::GatewayNoForwardingServfail
                | Self::Line
                | Self::LineServfail
        )
    }

    /// The fault of one capability that a fault of the whole vendor amounts to.
    pub const fn of_one_capability(self) -> Option<Self> {
        match self {
            Self::VendorWhole => Some(Self::CapabilityOutage),
            Self::VendorWholeTls => Some(Self::CapabilityTls),
            Self::VendorWholeDns => Some(Self::CapabilityDns),
            _ => None,
        }
    }

    /// How often such a fault begins, relative to the others: the prior probability per window.
    ///
    /// Once evidence passes 18 nats the priors hardly matter; their order of magnitude does.
    pub const fn prior(self) -> f64 {
        match self {
            Self::Line | Self::LineServfail => 2e-4,
            Self::DnsSilent | Self::CapabilityOutage | Self::CameraUnreachable => 1e-4,
            Self::ControlOut | Self::SecondResolverOut | Self::PortalCheckOut | Self::PageOut => 1e-4,
            Self::Gateway | Self::GatewayServfail | Self::VendorWhole => 8e-5,
            Self::Segment
            | Self::GatewayNoForwarding
            | Self::GatewayNoForwardingServfail
            | Self::LineLoss
            | Self::DnsServfail
            | Self::CameraHung
            | Self::CameraRebooting => 5e-5,
            Self::AgentLink
            | Self::Lan
            | Self::LineLatency
            | Self::CameraClock
            | Self::CameraStream
            | Self::CameraStorage
            | Self::CameraTunnel
            | Self::AgentSecondLine => 3e-5,
            Self::DnsWrong
            | Self::DnsWrongStranger
            | Self::DnsWrongNowhere
            | Self::InterceptionPortal
            | Self::InterceptionPortalBlocking
            | Self::InterceptionTls
            | Self::VendorWholeTls
            | Self::VendorWholeDns
            | Self::CapabilityTls
            | Self::CapabilityDns
            | Self::CameraCredentials
            | Self::CameraOverloaded
            | Self::CameraConflict
            | Self::CameraFrozen
            | Self::CameraDark
            | Self::VendorRegion => 2e-5,
            Self::AgentClock
            | Self::AgentDisk
            | Self::AgentDescriptors
            | Self::LanLoop
            | Self::LineMtu
            | Self::InterceptionDns
            | Self::InterceptionDnsStranger
            | Self::CameraFactoryReset
            | Self::CameraLockedOut
            | Self::CameraAuthScheme
            | Self::CameraTls
            | Self::CameraIdentity => 1e-5,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_distribution_with_a_reason() {
        for kind in FaultKind::ALL {
            assert!(!kind.rows().is_empty(), "{kind:?}");
            for row in kind.rows() {
                let sum: f64 = row.shows.iter().map(|(_, p)| p).sum();
                assert!(sum > 0.0 && sum <= 0.99, "{kind:?} sums to {sum}: {}", row.why);
                assert!(row.shows.iter().all(|(symptom, _)| *symptom != Symptom::Passed), "{kind:?}");
                assert!(row.why.len() > 15, "{kind:?}: {}", row.why);
            }
        }
    }

    #[test]
    fn no_probe_kind_stands_in_two_rows_that_hold_at_once() {
        for kind in FaultKind::ALL {
            for probe in ProbeKind::ALL {
                for site in [When::ResolverOnGateway, When::ResolverElsewhere] {
                    let rows = kind.rows().iter();
                    let hits = rows
                        .filter(|r| (r.when == When::Always || r.when == site) && r.probes.contains(&probe));
                    assert!(hits.count() <= 1, "{kind:?} has two rows for {probe}");
                }
            }
        }
    }

    #[test]
    fn all_lists_the_kinds_in_order() {
        for (index, kind) in FaultKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
