//! Every kind of fault: its name, what it does, and the verdict it ought to get.

use super::{Argument, Blame, Entry, FaultKind};
use demarc_model::fault::{
    CameraCause, DnsCause, Domain, GatewayCause, InterceptionCause, LanCause, LineCause, SegmentCause,
    VendorCause,
};

const fn entry(
    kind: FaultKind,
    name: &'static str,
    argument: Argument,
    does: &'static str,
    blames: Blame,
) -> Entry {
    Entry { kind, name, argument, does, blames }
}

const fn blame(domain: Domain, cause: &'static str) -> Blame {
    Blame { domain, cause }
}

const fn camera(kind: FaultKind, name: &'static str, does: &'static str, cause: CameraCause) -> Entry {
    entry(kind, name, Argument::Camera, does, blame(Domain::Camera, cause.name()))
}

const fn path(kind: FaultKind, name: &'static str, does: &'static str, blames: Blame) -> Entry {
    entry(kind, name, Argument::Nothing, does, blames)
}

pub(super) const ENTRIES: &[Entry] = &[
    camera(
        FaultKind::CameraDead,
        "camera-dead",
        "The camera has no power: nothing comes back from its address.",
        CameraCause::Unreachable,
    ),
    camera(
        FaultKind::CameraHung,
        "camera-hung",
        "The camera takes connections and never says a word.",
        CameraCause::Hung,
    ),
    camera(
        FaultKind::CameraRebooting,
        "camera-rebooting",
        "The camera is starting: it says so, and everything else is busy.",
        CameraCause::Rebooting,
    ),
    camera(
        FaultKind::CameraFactoryReset,
        "camera-factory-reset",
        "The camera was reset: it has no users and waits to be set up.",
        CameraCause::FactoryReset,
    ),
    camera(
        FaultKind::CameraPasswordChanged,
        "camera-password-changed",
        "Somebody changed the password of the account.",
        CameraCause::Credentials,
    ),
    camera(
        FaultKind::CameraLockedOut,
        "camera-locked-out",
        "The camera answers 403 to everything that needs a login.",
        CameraCause::LockedOut,
    ),
    camera(
        FaultKind::CameraClockOff,
        "camera-clock-off",
        "The camera's clock is 37 minutes slow.",
        CameraCause::Clock,
    ),
    camera(
        FaultKind::CameraBasicOnly,
        "camera-basic-only",
        "The camera's web server offers only Basic authentication, without TLS.",
        CameraCause::AuthScheme,
    ),
    camera(
        FaultKind::CameraOverloaded,
        "camera-overloaded",
        "The camera is out of resources: 503 from the web server, 453 from the stream server.",
        CameraCause::Overloaded,
    ),
    camera(
        FaultKind::CameraReplaced,
        "camera-replaced",
        "Another camera with another serial number answers at the address.",
        CameraCause::IdentityChanged,
    ),
    camera(
        FaultKind::CameraStreamDead,
        "camera-stream-dead",
        "The camera's stream server plays, and sends no packet of video.",
        CameraCause::Stream,
    ),
    camera(
        FaultKind::CameraImageFrozen,
        "camera-image-frozen",
        "The camera's picture stands still, while the clock written over it goes on.",
        CameraCause::ImageFrozen,
    ),
    camera(
        FaultKind::CameraImageDark,
        "camera-image-dark",
        "The camera's lens is covered: its picture is black but for the clock.",
        CameraCause::ImageDark,
    ),
    camera(
        FaultKind::CameraStorageFailed,
        "camera-storage-failed",
        "The camera's memory card went read-only: it records nothing, and says so when asked.",
        CameraCause::Storage,
    ),
    entry(
        FaultKind::SegmentDown,
        "segment-down",
        Argument::Segment,
        "A switch has no power: it and all its cameras are silent.",
        blame(Domain::Segment, SegmentCause::Down.name()),
    ),
    path(
        FaultKind::LanDown,
        "lan-down",
        "The site's main switch is dead: cameras, router and everything behind it are silent.",
        blame(Domain::Lan, LanCause::Down.name()),
    ),
    path(
        FaultKind::GatewayDown,
        "gateway-down",
        "The router is dead: it, its resolver and everything beyond are silent.",
        blame(Domain::Gateway, GatewayCause::Down.name()),
    ),
    path(
        FaultKind::GatewayNoForwarding,
        "gateway-no-forwarding",
        "The router and its resolver work, and it passes nothing on.",
        blame(Domain::Gateway, GatewayCause::NoForwarding.name()),
    ),
    path(
        FaultKind::LineDown,
        "line-down",
        "The line is dead: the router answers, its resolver reports failure, nothing beyond answers.",
        blame(Domain::Line, LineCause::Down.name()),
    ),
    path(
        FaultKind::LineLoss,
        "line-loss",
        "The line loses: connections to everything beyond fail two times in five.",
        blame(Domain::Line, LineCause::Loss.name()),
    ),
    path(
        FaultKind::LineMtu,
        "line-mtu",
        "Large packets do not pass the line: TLS begins and stalls, small things work.",
        blame(Domain::Line, LineCause::Mtu.name()),
    ),
    path(
        FaultKind::ResolverSilent,
        "resolver-silent",
        "The site's resolver does not answer.",
        blame(Domain::Dns, DnsCause::Silent.name()),
    ),
    path(
        FaultKind::ResolverServfail,
        "resolver-servfail",
        "The site's resolver answers every question with SERVFAIL.",
        blame(Domain::Dns, DnsCause::Servfail.name()),
    ),
    path(
        FaultKind::ResolverWrong,
        "resolver-wrong",
        "The site's resolver answers every name with the address of a portal.",
        blame(Domain::Dns, DnsCause::WrongAnswers.name()),
    ),
    path(
        FaultKind::CaptivePortal,
        "captive-portal",
        "A portal answers in the place of everything beyond the line until somebody signs in.",
        blame(Domain::Interception, InterceptionCause::CaptivePortal.name()),
    ),
    path(
        FaultKind::TlsInspection,
        "tls-inspection",
        "A proxy opens all TLS and signs it with an authority of its own.",
        blame(Domain::Interception, InterceptionCause::TlsInspection.name()),
    ),
    entry(
        FaultKind::VendorCutOff,
        "vendor-cut-off",
        Argument::AnyCapability,
        "The vendor cuts a service, or all of them, off the Internet: silence.",
        blame(Domain::Vendor, VendorCause::Outage.name()),
    ),
    entry(
        FaultKind::VendorCapability,
        "vendor-capability",
        Argument::Capability,
        "One service of the vendor is out of order: 503, or connections that are reset.",
        blame(Domain::Vendor, VendorCause::Outage.name()),
    ),
    entry(
        FaultKind::VendorEndpointDead,
        "vendor-endpoint-dead",
        Argument::Endpoint,
        "One of the hosts of a service is silent while the other works: one witness is not enough to blame the vendor.",
        blame(Domain::Undetermined, ""),
    ),
    entry(
        FaultKind::VendorRegionDown,
        "vendor-region-down",
        Argument::Region,
        "Everything that the vendor has in one region is silent; the other region works.",
        blame(Domain::Vendor, VendorCause::Region.name()),
    ),
    path(
        FaultKind::VendorCertificateExpired,
        "vendor-certificate-expired",
        "All certificates of the vendor have expired.",
        blame(Domain::Vendor, VendorCause::Tls.name()),
    ),
    path(
        FaultKind::VendorDnsGone,
        "vendor-dns-gone",
        "The vendor's names do not exist any more, at any resolver; its addresses answer.",
        blame(Domain::Vendor, VendorCause::Dns.name()),
    ),
    path(
        FaultKind::StatusPageDead,
        "status-page-dead",
        "The vendor's status page does not answer: no fault of any service.",
        blame(Domain::Healthy, ""),
    ),
    path(
        FaultKind::WorldClockOff,
        "world-clock-off",
        "Every clock but ours is 47 minutes ahead, which is how a wrong clock of the agent looks.",
        blame(Domain::Agent, demarc_model::fault::AgentCause::Clock.name()),
    ),
];
