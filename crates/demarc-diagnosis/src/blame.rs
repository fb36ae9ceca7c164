//! From faults as inference knows them to findings as people read them.

use crate::cusum::Known;
use crate::layout::{Layout, Place, Subject};
use crate::likelihood::SEVERITIES;
use crate::table::FaultKind as K;
use demarc_model::fault::{
    AgentCause, CameraCause, DnsCause, Domain, Fault, GatewayCause, InterceptionCause, LanCause, LineCause,
    SegmentCause, VendorCause,
};
use demarc_model::id::{CapabilityId, RegionId};
use demarc_model::site::Vendor;
use demarc_model::verdict::{Finding, Undecided};

/// The thing an incident is about: at most one incident is open for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Key {
    AgentLink,
    AgentAddress,
    AgentClock,
    AgentDisk,
    AgentDescriptors,
    AgentSecondLine,
    AgentBlocked,
    Lan,
    Segment(usize),
    Gateway,
    Line,
    LineIpv6,
    LineRoute,
    Dns,
    Interception,
    Vendor,
    Camera(usize),
    Undetermined,
    /// Something odd that no known fault explains.
    Unknown,
}

/// Whom a fault blames; nobody for a control, a check page or a status page that is out of order.
pub(crate) fn key(layout: &Layout, fault: usize) -> Option<Key> {
    let fault = layout.faults[fault];
    Some(match fault.kind {
        K::AgentLink | K::AgentRoute => Key::AgentLink,
        K::AgentAddress | K::AgentAddressLossy => Key::AgentAddress,
        K::AgentClock | K::AgentClockFar => Key::AgentClock,
        K::AgentDisk => Key::AgentDisk,
        K::AgentDescriptors => Key::AgentDescriptors,
        K::AgentSecondLine => Key::AgentSecondLine,
        K::AgentBlocked => Key::AgentBlocked,
        K::Lan | K::LanLoop => Key::Lan,
        K::Segment | K::SegmentPorts => match fault.place {
            Place::Segment(segment) => Key::Segment(segment),
            Place::Site | Place::Kind(_) | Place::Region(_) | Place::Service(_) | Place::Leaf(_) => {
                return None;
            }
        },
        K::Gateway | K::GatewayServfail | K::GatewayNoForwarding | K::GatewayNoForwardingServfail => {
            Key::Gateway
        }
        K::Line | K::LineServfail | K::LineLoss | K::LineLossLate | K::LineMtu | K::LineLatency => Key::Line,
        K::LineIpv6 => Key::LineIpv6,
        K::LineRoute => Key::LineRoute,
        K::DnsSilent | K::DnsServfail | K::DnsWrong | K::DnsWrongStranger | K::DnsWrongNowhere => Key::Dns,
        K::InterceptionPortal
        | K::InterceptionPortalBlocking
        | K::InterceptionTlsStalling
        | K::InterceptionTls
        | K::InterceptionDns
        | K::InterceptionDnsStranger => Key::Interception,
        K::VendorWhole
        | K::VendorWholeTls
        | K::VendorWholeTlsUntrusted
        | K::VendorWholeDns
        | K::VendorWholeDnsServfail
        | K::VendorWholeSlow
        | K::VendorRegion
        | K::VendorRelays
        | K::CapabilityOutage
        | K::CapabilityTls
        | K::CapabilityTlsUntrusted
        | K::CapabilityDns
        | K::CapabilityDnsServfail
        | K::CapabilitySlow => Key::Vendor,
        K::CameraOdd | K::CapabilityOdd | K::KindOdd | K::CamerasOdd => Key::Unknown,
        // Said camera by camera.
        K::CamerasClock | K::CamerasCredentials => return None,
        K::ControlOut | K::SecondResolverOut | K::PortalCheckOut | K::PageOut | K::GatewayMute => {
            return None;
        }
        K::CameraUnreachable
        | K::CameraHung
        | K::CameraHungRefusing
        | K::CameraRebooting
        | K::CameraFactoryReset
        | K::CameraCredentials
        | K::CameraLockedOut
        | K::CameraAuthScheme
        | K::CameraClock
        | K::CameraTls
        | K::CameraIdentity
        | K::CameraOverloaded
        | K::CameraConflict
        | K::CameraStream
        | K::CameraFrozen
        | K::CameraDark
        | K::CameraStorage
        | K::CameraTunnel => camera_at(layout, fault.place)?,
    })
}

fn camera_at(layout: &Layout, place: Place) -> Option<Key> {
    let Place::Leaf(leaf) = place else { return None };
    let Subject::Camera(camera) = layout.leaves[leaf].subject else { return None };
    Some(Key::Camera(camera))
}

/// What a set of known faults of one key means in words of the model.
/// Nothing for an empty set, and for a vendor fault at a site without a vendor.
pub(crate) fn finding(layout: &Layout, key: Key, known: &[Known]) -> Option<Finding> {
    let first = known.first()?;
    let kind = layout.faults[first.fault].kind;
    let partial = usize::from(first.severity) == SEVERITIES.len() - 1;
    let fault = match key {
        Key::AgentLink => Fault::Agent { cause: AgentCause::LinkDown },
        Key::AgentAddress => Fault::Agent { cause: AgentCause::AddressConflict },
        Key::AgentClock => Fault::Agent { cause: AgentCause::Clock },
        Key::AgentDisk => Fault::Agent { cause: AgentCause::Disk },
        Key::AgentDescriptors => Fault::Agent { cause: AgentCause::Descriptors },
        Key::AgentSecondLine => Fault::Agent { cause: AgentCause::SecondLine },
        Key::AgentBlocked => Fault::Agent { cause: AgentCause::Blocked },
        Key::Lan if kind == K::LanLoop => Fault::Lan { cause: LanCause::Loop },
        Key::Lan => Fault::Lan { cause: if partial { LanCause::Degraded } else { LanCause::Down } },
        Key::Segment(at) => Fault::Segment {
            segment: layout.site.segments[at].id.clone(),
            cause: if partial { SegmentCause::Degraded } else { SegmentCause::Down },
        },
        Key::Gateway if matches!(kind, K::GatewayNoForwarding | K::GatewayNoForwardingServfail) => {
            Fault::Gateway { cause: GatewayCause::NoForwarding }
        }
        Key::Gateway => Fault::Gateway { cause: GatewayCause::Down },
        // A line of which every other attempt fails is a lossy one.
        Key::Line if partial && line_cause(kind) == LineCause::Down => Fault::Line { cause: LineCause::Loss },
        Key::Line => Fault::Line { cause: line_cause(kind) },
        Key::LineIpv6 => Fault::Line { cause: LineCause::Ipv6 },
        Key::LineRoute => Fault::Line { cause: LineCause::Route },
        Key::Dns => Fault::Dns { cause: dns_cause(kind) },
        Key::Interception => Fault::Interception { cause: interception_cause(kind) },
        Key::Vendor => return vendor_finding(layout, known),
        Key::Camera(at) => {
            Fault::Camera { camera: layout.site.cameras[at].id.clone(), cause: camera_cause(kind)? }
        }
        Key::Unknown => {
            let (candidates, would_settle) = (Vec::new(), Vec::new());
            return Some(Finding::Undetermined { why: Undecided::UnknownFault, candidates, would_settle });
        }
        Key::Undetermined => return None,
    };
    Some(Finding::Fault(fault))
}

fn line_cause(kind: K) -> LineCause {
    match kind {
        K::LineMtu => LineCause::Mtu,
        K::LineLatency => LineCause::Latency,
        K::LineLoss | K::LineLossLate => LineCause::Loss,
        _ => LineCause::Down,
    }
}

fn dns_cause(kind: K) -> DnsCause {
    match kind {
        K::DnsServfail => DnsCause::Servfail,
        K::DnsWrong | K::DnsWrongStranger | K::DnsWrongNowhere => DnsCause::WrongAnswers,
        _ => DnsCause::Silent,
    }
}

fn interception_cause(kind: K) -> InterceptionCause {
    match kind {
        K::InterceptionTls | K::InterceptionTlsStalling => InterceptionCause::TlsInspection,
        K::InterceptionDns | K::InterceptionDnsStranger => InterceptionCause::DnsRewriting,
        _ => InterceptionCause::CaptivePortal,
    }
}

fn camera_cause(kind: K) -> Option<CameraCause> {
    Some(match kind {
        K::CameraUnreachable => CameraCause::Unreachable,
        K::CameraHung | K::CameraHungRefusing => CameraCause::Hung,
        K::CameraRebooting => CameraCause::Rebooting,
        K::CameraFactoryReset => CameraCause::FactoryReset,
        K::CameraCredentials => CameraCause::Credentials,
        K::CameraLockedOut => CameraCause::LockedOut,
        K::CameraAuthScheme => CameraCause::AuthScheme,
        K::CameraClock => CameraCause::Clock,
        K::CameraTls => CameraCause::Tls,
        K::CameraIdentity => CameraCause::IdentityChanged,
        K::CameraOverloaded => CameraCause::Overloaded,
        K::CameraConflict => CameraCause::AddressConflict,
        K::CameraStream => CameraCause::Stream,
        K::CameraFrozen => CameraCause::ImageFrozen,
        K::CameraDark => CameraCause::ImageDark,
        K::CameraStorage => CameraCause::Storage,
        K::CameraTunnel => CameraCause::Tunnel,
        _ => return None,
    })
}

/// The capabilities that known vendor faults concern, as positions in the site's list.
pub(crate) fn capabilities(layout: &Layout, known: &[Known]) -> Vec<usize> {
    let all = layout.site.vendor.as_ref().map_or(0, |vendor| vendor.capabilities.len());
    let hit = |at: usize| known.iter().any(|k| concerns(layout, k.fault, at));
    (0..all).filter(|at| hit(*at)).collect()
}

/// Whether a fault takes a capability down.
pub(crate) fn concerns(layout: &Layout, fault: usize, capability: usize) -> bool {
    if layout.faults[fault].kind == K::CapabilityOdd {
        return false;
    }
    match layout.faults[fault].place {
        Place::Leaf(leaf) => layout.leaves[leaf].subject == Subject::Capability(capability),
        Place::Region(region) => layout.serves_from(capability, region),
        Place::Service(service) => service == capability,
        Place::Site | Place::Kind(_) | Place::Segment(_) => {
            layout.faults[fault].kind.of_one_capability().is_some()
        }
    }
}

fn vendor_finding(layout: &Layout, known: &[Known]) -> Option<Finding> {
    let vendor = layout.site.vendor.as_ref()?;
    let kinds = || known.iter().map(|k| layout.faults[k.fault].kind);
    let partial = known.iter().all(|k| usize::from(k.severity) == SEVERITIES.len() - 1);
    let cause = if kinds().all(|k| k == K::VendorRegion) {
        VendorCause::Region
    } else if kinds().all(|k| matches!(k, K::CapabilityTls | K::CapabilityTlsUntrusted)) {
        VendorCause::Tls
    } else if kinds().all(|k| matches!(k, K::CapabilityDns | K::CapabilityDnsServfail)) {
        VendorCause::Dns
    } else if partial || kinds().all(|k| k == K::CapabilitySlow) {
        VendorCause::Degraded
    } else {
        VendorCause::Outage
    };
    let hit = capabilities(layout, known);
    let capabilities = hit.into_iter().map(|at| vendor.capabilities[at].id.clone()).collect();
    let regions = known.iter().filter_map(|k| match layout.faults[k.fault].place {
        Place::Region(region) if cause == VendorCause::Region => Some(layout.regions[region].clone()),
        _ => None,
    });
    let regions = regions.collect();
    Some(Finding::Fault(Fault::Vendor { vendor: vendor.id.clone(), capabilities, cause, regions }))
}

/// The known faults that a stored finding stands for, so that diagnosis resumes after a restart.
pub(crate) fn known(layout: &Layout, fault: &Fault) -> Option<(Key, Vec<Known>)> {
    let site = &layout.site;
    let at = |key, kind, place, partial: bool| {
        let fault = layout.fault(kind, place)?;
        Some((key, vec![Known { fault, severity: if partial { 2 } else { 0 } }]))
    };
    match fault {
        Fault::Camera { camera, cause } => {
            let position = site.cameras.iter().position(|c| c.id == *camera)?;
            let kind = K::CAMERA.into_iter().find(|kind| camera_cause(*kind) == Some(*cause))?;
            let leaf = layout.leaf(Subject::Camera(position))?;
            at(Key::Camera(position), kind, Place::Leaf(leaf), false)
        }
        Fault::Segment { segment, cause } => {
            let position = site.segments.iter().position(|s| s.id == *segment)?;
            at(Key::Segment(position), K::Segment, Place::Segment(position), *cause == SegmentCause::Degraded)
        }
        Fault::Lan { cause: LanCause::Loop } => at(Key::Lan, K::LanLoop, Place::Site, false),
        Fault::Lan { cause } => at(Key::Lan, K::Lan, Place::Site, *cause == LanCause::Degraded),
        Fault::Gateway { cause: GatewayCause::Down } => at(Key::Gateway, K::Gateway, Place::Site, false),
        Fault::Gateway { cause: GatewayCause::NoForwarding } => {
            at(Key::Gateway, K::GatewayNoForwarding, Place::Site, false)
        }
        Fault::Line { cause } => {
            let (key, kind) = match cause {
                LineCause::Down => (Key::Line, K::Line),
                LineCause::Loss => (Key::Line, K::LineLoss),
                LineCause::Latency => (Key::Line, K::LineLatency),
                LineCause::Mtu => (Key::Line, K::LineMtu),
                LineCause::Ipv6 => (Key::LineIpv6, K::LineIpv6),
                LineCause::Route => (Key::LineRoute, K::LineRoute),
            };
            at(key, kind, Place::Site, false)
        }
        Fault::Dns { cause } => {
            let kind =
                [K::DnsSilent, K::DnsServfail, K::DnsWrong].into_iter().find(|k| dns_cause(*k) == *cause)?;
            at(Key::Dns, kind, Place::Site, false)
        }
        Fault::Interception { cause } => {
            let kinds = [K::InterceptionPortal, K::InterceptionTls, K::InterceptionDns];
            let kind = kinds.into_iter().find(|k| interception_cause(*k) == *cause)?;
            at(Key::Interception, kind, Place::Site, false)
        }
        Fault::Agent { cause } => match cause {
            AgentCause::LinkDown => at(Key::AgentLink, K::AgentLink, Place::Site, false),
            AgentCause::AddressConflict => at(Key::AgentAddress, K::AgentAddress, Place::Site, false),
            AgentCause::Clock => at(Key::AgentClock, K::AgentClock, Place::Site, false),
            AgentCause::Disk => at(Key::AgentDisk, K::AgentDisk, Place::Site, false),
            AgentCause::Descriptors => at(Key::AgentDescriptors, K::AgentDescriptors, Place::Site, false),
            AgentCause::SecondLine => at(Key::AgentSecondLine, K::AgentSecondLine, Place::Site, false),
            AgentCause::Blocked => at(Key::AgentBlocked, K::AgentBlocked, Place::Site, false),
        },
        Fault::Vendor { vendor, capabilities, cause, regions } => {
            let own = site.vendor.as_ref().filter(|own| own.id == *vendor)?;
            match cause {
                VendorCause::Region => known_regions(layout, own, capabilities, regions),
                _ => Some(known_vendor(layout, own, capabilities, *cause)),
            }
        }
    }
}

fn known_vendor(
    layout: &Layout,
    own: &Vendor,
    capabilities: &[CapabilityId],
    cause: VendorCause,
) -> (Key, Vec<Known>) {
    let kind = match cause {
        VendorCause::Outage | VendorCause::Degraded | VendorCause::Region => K::CapabilityOutage,
        VendorCause::Tls => K::CapabilityTls,
        VendorCause::Dns => K::CapabilityDns,
    };
    let severity = if cause == VendorCause::Degraded { 2 } else { 0 };
    let positions = own.capabilities.iter().enumerate().filter(|(_, c)| capabilities.contains(&c.id));
    let faults = positions.filter_map(|(position, _)| {
        let relays = layout.fault(K::VendorRelays, Place::Service(position));
        if let Some(fault) = relays.filter(|_| kind == K::CapabilityOutage) {
            return Some(Known { fault, severity });
        }
        let leaf = layout.leaf(Subject::Capability(position))?;
        Some(Known { fault: layout.fault(kind, Place::Leaf(leaf))?, severity })
    });
    (Key::Vendor, faults.collect())
}

/// The regions that are named; in an older record, the one whose services are these.
fn known_regions(
    layout: &Layout,
    own: &Vendor,
    capabilities: &[CapabilityId],
    regions: &[RegionId],
) -> Option<(Key, Vec<Known>)> {
    let fault = |region| layout.fault(K::VendorRegion, Place::Region(region));
    let named = (0..layout.regions.len()).filter(|region| regions.contains(&layout.regions[*region]));
    let named: Vec<Known> = named.filter_map(|r| Some(Known { fault: fault(r)?, severity: 0 })).collect();
    if !named.is_empty() {
        return Some((Key::Vendor, named));
    }
    let served = |region: &usize| {
        let there = (0..own.capabilities.len()).filter(|c| layout.serves_from(*c, *region));
        there.map(|c| &own.capabilities[c].id).eq(capabilities)
    };
    let region = (0..layout.regions.len()).find(served)?;
    Some((Key::Vendor, vec![Known { fault: fault(region)?, severity: 0 }]))
}

/// The domains that cannot be judged while a fault lasts.
pub(crate) fn masked(key: Key) -> Vec<Domain> {
    use Domain as D;
    match key {
        Key::AgentLink => {
            vec![D::Camera, D::Segment, D::Lan, D::Gateway, D::Line, D::Dns, D::Interception, D::Vendor]
        }
        Key::Lan => vec![D::Camera, D::Segment, D::Gateway, D::Line, D::Dns, D::Interception, D::Vendor],
        Key::Segment(_) => vec![D::Camera],
        Key::Gateway => vec![D::Line, D::Dns, D::Interception, D::Vendor],
        Key::Line => vec![D::Dns, D::Interception, D::Vendor],
        Key::Interception => vec![D::Vendor],
        Key::AgentAddress
        | Key::AgentClock
        | Key::AgentDisk
        | Key::AgentDescriptors
        | Key::AgentSecondLine
        | Key::AgentBlocked
        | Key::LineIpv6
        | Key::LineRoute
        | Key::Dns
        | Key::Vendor
        | Key::Camera(_)
        | Key::Undetermined
        | Key::Unknown => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
