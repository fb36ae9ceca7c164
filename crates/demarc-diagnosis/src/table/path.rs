//! Tables of the faults between the agent and the Internet.

use super::camera::{ALL as CAMERAS, SILENT};
use super::{Row, When};
use demarc_model::probe::ProbeKind::{self, *};
use demarc_model::symptom::Symptom::{self, *};

const BY_NAME: &[ProbeKind] = &[ControlName, VendorName, VendorStatus];
const BY_ADDRESS: &[ProbeKind] = &[ControlAddress, VendorAddress, LineIpv6];
const TLS_HOSTS: &[ProbeKind] = &[ControlName, ControlAddress, VendorName, VendorAddress, VendorStatus];

/// Hosts whose private authority is accepted as it is cannot show this.
const FOREIGN: &[(Symptom, f64)] = &[(TlsUntrusted, 0.80)];
const DEAD: &[(Symptom, f64)] = &[(Timeout, 0.87), (Unreachable, 0.10)];
/// The same of what is on the site's own network: whether time runs out or the kernel knows of no way depends on
/// how long nobody has answered for the address, and not on what is broken.
const SILENT_NEAR: &[(Symptom, f64)] = &[(Timeout, 0.70), (Unreachable, 0.27)];

const fn always(probes: &'static [ProbeKind], shows: &'static [(Symptom, f64)], why: &'static str) -> Row {
    Row { probes, shows, when: When::Always, why }
}

pub(super) const AGENT_LINK: &[Row] = &[
    always(&[HostLink], &[(Unfit, 0.97)], "without carrier, address or route the interface says so itself"),
    always(
        &[GatewayReach, SegmentReach, ControlAddress, VendorAddress, LineIpv6],
        SILENT_NEAR,
        "the kernel has no route, or sends into a dead wire",
    ),
    always(CAMERAS, SILENT, "every camera is behind the same dead interface"),
    always(&[CameraNeighbour], &[(Timeout, 0.97)], "nobody can be asked for a hardware address"),
    always(&[ResolverAnswer, ResolverSecond], &[(NameSilent, 0.97)], "no resolver can be reached"),
    always(
        &[ControlName, VendorName, VendorStatus, ControlPortal],
        &[(NameSilent, 0.80), (Unreachable, 0.12), (Timeout, 0.05)],
        "names do not resolve; addresses known by heart have no route",
    ),
    always(&[LineHops], &[(Timeout, 0.60)], "nothing leaves this host"),
];

/// The branch's own resolver still has a way out, and names are found; what they lead to is not. Hosts look
/// as they do behind a router that passes nothing on: this host's own routing table tells the two apart.
pub(super) const AGENT_ROUTE: &[Row] = &[
    always(&[HostLink], &[(Unfit, 0.99)], "without a default route the routing table says so itself"),
    always(BY_ADDRESS, DEAD, "the kernel has no route beyond the site's network"),
    on_gateway(BY_NAME, DEAD, "the router still finds names, and the kernel has no route to where they lead"),
    elsewhere(
        BY_NAME,
        &[(NameSilent, 0.50), (Unreachable, 0.32), (Timeout, 0.14)],
        "a resolver outside cannot be asked either",
    ),
    elsewhere(&[ResolverAnswer], &[(NameSilent, 0.50)], "a resolver outside cannot be asked either"),
    always(&[ResolverSecond], &[(NameSilent, 0.96)], SECOND_WHY),
    always(&[ControlPortal], &[(Unreachable, 0.60), (Timeout, 0.20), (NameSilent, 0.15)], CHECK_WHY),
    always(&[LineHops], &[(Timeout, 0.30)], "nothing leaves the site's network"),
];

const RIVAL: &[(Symptom, f64)] = &[(Conflict, 0.99)];
const RIVAL_WHY: &str = "another device says that this computer's address is its own";

pub(super) const AGENT_ADDRESS: &[Row] = &[always(&[HostAddress], RIVAL, RIVAL_WHY)];

/// Everybody on the wire believes now this computer and now the other one.
pub(super) const AGENT_ADDRESS_LOSSY: &[Row] = &[
    always(&[HostAddress], RIVAL, RIVAL_WHY),
    always(
        &[GatewayReach, SegmentReach],
        &[(Timeout, 0.46), (Unreachable, 0.14)],
        "answers go to the other device",
    ),
    always(CAMERAS, &[(Timeout, 0.38), (Unreachable, 0.12), (Hung, 0.10)], "cameras answer the other device"),
    always(&[ResolverAnswer, ResolverSecond], &[(NameSilent, 0.60)], "answers go to the other device"),
    always(
        BY_ADDRESS,
        &[(Timeout, 0.60), (TlsStall, 0.03), (Hung, 0.03)],
        "the router hands what comes back to the other device",
    ),
    always(
        BY_NAME,
        &[(NameSilent, 0.45), (Timeout, 0.25), (TlsStall, 0.03), (Hung, 0.03)],
        "either the name or the connection is lost",
    ),
    always(&[ControlPortal], &[(NameSilent, 0.35), (Timeout, 0.30), (Hung, 0.04)], CHECK_WHY),
    always(&[LineHops], &[(Timeout, 0.40)], "the router hands what comes back to the other device"),
];

pub(super) const AGENT_CLOCK: &[Row] = &[
    always(&[HostClock], &[(Clock, 0.95)], "the Date of a control differs from our clock"),
    always(&[CameraClock], &[(Clock, 0.95)], "all cameras seem wrong by the same amount, because we are"),
];

pub(super) const AGENT_CLOCK_FAR: &[Row] = &[
    always(&[HostClock], &[(Clock, 0.95)], "the Date of a control differs from our clock"),
    always(&[CameraClock], &[(Clock, 0.95)], "all cameras seem wrong by the same amount, because we are"),
    always(
        &[ControlName, ControlAddress, VendorName, VendorAddress, VendorStatus, LineSecond, VendorSecond],
        &[(TlsExpired, 0.85), (TlsUntrusted, 0.05)],
        "certificates look expired or not yet valid once our clock is months off",
    ),
];

pub(super) const AGENT_DISK: &[Row] =
    &[always(&[HostDisk], &[(Unfit, 0.97)], "the state directory cannot be written or is full")];

pub(super) const AGENT_DESCRIPTORS: &[Row] = &[always(
    &[HostResources],
    &[(Unfit, 0.97)],
    "hardly a file descriptor is left; probes that cannot be begun count as missing",
)];

pub(super) const AGENT_SECOND_LINE: &[Row] = &[
    always(
        &[LineSecond],
        &[(Timeout, 0.65), (Unreachable, 0.25), (Refused, 0.05)],
        "the second line is dead while the first one works: found out before it is needed",
    ),
    always(
        &[VendorSecond],
        &[(NameSilent, 0.45), (Timeout, 0.28), (Unreachable, 0.20)],
        "over a dead line neither names nor hosts answer",
    ),
];

/// A storm drowns everything on the wire, the router as well, and the interface counts it.
pub(super) const LAN_LOOP: &[Row] = &[
    always(&[HostTraffic], &[(Storm, 0.99)], "a loop multiplies every broadcast until the wire is full"),
    always(&[GatewayReach, SegmentReach], &[(Timeout, 0.55), (Slow, 0.20)], "what answers at all is late"),
    always(CAMERAS, &[(Timeout, 0.45), (Hung, 0.15), (Slow, 0.10)], "cameras drown in broadcasts first"),
    always(&[CameraNeighbour], &[(Timeout, 0.30), (Conflict, 0.20)], "addresses seem to move between ports"),
    always(&[ResolverAnswer, ResolverSecond], &[(NameSilent, 0.55)], "questions and answers are lost"),
    always(BY_ADDRESS, &[(Timeout, 0.55), (Hung, 0.05), (Slow, 0.10)], "the way out is the same wire"),
    always(
        BY_NAME,
        &[(NameSilent, 0.40), (Timeout, 0.30), (Hung, 0.05), (Slow, 0.05)],
        "either the name or the connection is lost",
    ),
    always(&[ControlPortal], &[(NameSilent, 0.30), (Timeout, 0.35), (Hung, 0.05)], CHECK_WHY),
    always(&[LineHops], &[(Timeout, 0.15)], "most of it gets lost on the own wire"),
];

pub(super) const LAN: &[Row] = &[
    always(&[GatewayReach, SegmentReach], SILENT_NEAR, "everything behind the site's main switch is silent"),
    always(CAMERAS, SILENT, "every camera is behind the site's main switch"),
    always(&[CameraNeighbour], &[(Timeout, 0.90)], "nobody answers for the cameras' addresses"),
    always(
        &[ResolverAnswer, ResolverSecond],
        &[(NameSilent, 0.97)],
        "resolvers are reached through the same switch",
    ),
    always(BY_ADDRESS, DEAD, "the way out leads through the same switch"),
    always(
        &[ControlName, VendorName, VendorStatus, ControlPortal],
        &[(NameSilent, 0.85), (Timeout, 0.10)],
        "no resolver answers; addresses known by heart time out",
    ),
    always(&[LineHops], NO_HOP, "the way out leads through the same switch"),
];

pub(super) const SEGMENT: &[Row] = &[
    always(&[SegmentReach], SILENT_NEAR, "the switch itself does not answer"),
    always(
        CAMERAS,
        SILENT,
        "all cameras of the segment fall silent together, some in the middle of a conversation; the others do not",
    ),
    always(&[CameraNeighbour], &[(Timeout, 0.90)], "nobody answers for the addresses of its cameras"),
];

/// The switch answers, and what hangs on it does not: its power over Ethernet is gone, or a VLAN.
pub(super) const SEGMENT_PORTS: &[Row] = &[
    always(
        CAMERAS,
        SILENT,
        "all cameras of the segment fall silent together, some in the middle of a conversation; the others do not",
    ),
    always(&[CameraNeighbour], &[(Timeout, 0.90)], "nobody answers for the addresses of its cameras"),
];

const SILENT_NAMES: &[(Symptom, f64)] = &[(NameSilent, 0.90), (Timeout, 0.06), (Unreachable, 0.01)];
const SERVFAIL_NAMES: &[(Symptom, f64)] = &[(NameServfail, 0.90), (Timeout, 0.06), (Unreachable, 0.01)];
const NAMES_SILENT_WHY: &str = "names do not resolve; an address from a cache times out";
const NAMES_SERVFAIL_WHY: &str =
    "the resolver reports that it gets no further; an address from a cache times out";
const FRESH_SILENT_WHY: &str = "a fresh name needs the way out, and the resolver waits for it in vain";
const FRESH_SERVFAIL_WHY: &str = "a fresh name needs the way out, and the resolver says that it has none";
const SECOND_WHY: &str = "the second resolver is outside";
const BEYOND_WHY: &str = "nothing beyond the router answers";
const CHECK_WHY: &str = "the check page is outside, by name or by address";

const NO_HOP: &[(Symptom, f64)] = &[(Timeout, 0.97)];
const NO_HOP_WHY: &str = "what the site's router does not pass on, no router beyond it can answer";
const CUT: &[(Symptom, f64)] = &[(Timeout, 0.60)];
const CUT_WHY: &str = "a line that is cut further on still shows the operator's first router";

const CUT_OFF: &[(Symptom, f64)] = &[(Offline, 0.90)];
const CUT_OFF_WHY: &str = "the cameras' own connections to their cloud go the same way";

const CHECK_SILENT: &[(Symptom, f64)] = &[(NameSilent, 0.40), (Timeout, 0.50), (Unreachable, 0.07)];
const CHECK_SERVFAIL: &[(Symptom, f64)] = &[(NameServfail, 0.40), (Timeout, 0.50), (Unreachable, 0.07)];

const fn elsewhere(probes: &'static [ProbeKind], shows: &'static [(Symptom, f64)], why: &'static str) -> Row {
    Row { probes, shows, when: When::ResolverElsewhere, why }
}

const fn on_gateway(
    probes: &'static [ProbeKind],
    shows: &'static [(Symptom, f64)],
    why: &'static str,
) -> Row {
    Row { probes, shows, when: When::ResolverOnGateway, why }
}

pub(super) const GATEWAY: &[Row] = &[
    always(&[GatewayReach], SILENT_NEAR, "the router does not answer"),
    on_gateway(&[ResolverAnswer], &[(NameSilent, 0.97)], "the resolver went down with the router it runs on"),
    elsewhere(&[ResolverAnswer], &[(NameSilent, 0.97)], FRESH_SILENT_WHY),
    always(&[ResolverSecond], &[(NameSilent, 0.97)], SECOND_WHY),
    always(BY_ADDRESS, DEAD, BEYOND_WHY),
    always(BY_NAME, SILENT_NAMES, NAMES_SILENT_WHY),
    always(&[ControlPortal], CHECK_SILENT, CHECK_WHY),
    always(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
    always(&[LineHops], NO_HOP, NO_HOP_WHY),
];

pub(super) const GATEWAY_SERVFAIL: &[Row] = &[
    elsewhere(&[GatewayReach], SILENT_NEAR, "the router does not answer"),
    elsewhere(&[ResolverAnswer], &[(NameServfail, 0.97)], FRESH_SERVFAIL_WHY),
    elsewhere(&[ResolverSecond], &[(NameSilent, 0.97)], SECOND_WHY),
    elsewhere(BY_ADDRESS, DEAD, BEYOND_WHY),
    elsewhere(BY_NAME, SERVFAIL_NAMES, NAMES_SERVFAIL_WHY),
    elsewhere(&[ControlPortal], CHECK_SERVFAIL, CHECK_WHY),
    elsewhere(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
    elsewhere(&[LineHops], NO_HOP, NO_HOP_WHY),
];

/// With the resolver elsewhere this looks like [`LINE`] in every other probe: only a hop beyond the
/// router tells them apart, where the line is cut further on.
pub(super) const NO_FORWARDING: &[Row] = &[
    elsewhere(&[ResolverAnswer], &[(NameSilent, 0.97)], FRESH_SILENT_WHY),
    always(&[ResolverSecond], &[(NameSilent, 0.97)], SECOND_WHY),
    always(BY_ADDRESS, DEAD, BEYOND_WHY),
    elsewhere(BY_NAME, SILENT_NAMES, NAMES_SILENT_WHY),
    on_gateway(BY_NAME, DEAD, "the router itself is online and resolves names, but passes nothing on"),
    elsewhere(&[ControlPortal], CHECK_SILENT, CHECK_WHY),
    on_gateway(&[ControlPortal], DEAD, CHECK_WHY),
    always(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
    always(&[LineHops], NO_HOP, NO_HOP_WHY),
];

pub(super) const NO_FORWARDING_SERVFAIL: &[Row] = &[
    elsewhere(&[ResolverAnswer], &[(NameServfail, 0.97)], FRESH_SERVFAIL_WHY),
    elsewhere(&[ResolverSecond], &[(NameSilent, 0.97)], SECOND_WHY),
    elsewhere(BY_ADDRESS, DEAD, BEYOND_WHY),
    elsewhere(BY_NAME, SERVFAIL_NAMES, NAMES_SERVFAIL_WHY),
    elsewhere(&[ControlPortal], CHECK_SERVFAIL, CHECK_WHY),
    elsewhere(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
    elsewhere(&[LineHops], NO_HOP, NO_HOP_WHY),
];

pub(super) const LINE: &[Row] = &[
    always(&[ResolverAnswer], &[(NameSilent, 0.97)], FRESH_SILENT_WHY),
    always(&[ResolverSecond], &[(NameSilent, 0.97)], SECOND_WHY),
    always(BY_ADDRESS, DEAD, BEYOND_WHY),
    always(BY_NAME, SILENT_NAMES, NAMES_SILENT_WHY),
    always(&[ControlPortal], CHECK_SILENT, CHECK_WHY),
    always(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
    always(&[LineHops], CUT, CUT_WHY),
];

pub(super) const LINE_SERVFAIL: &[Row] = &[
    always(&[ResolverAnswer], &[(NameServfail, 0.97)], FRESH_SERVFAIL_WHY),
    always(&[ResolverSecond], &[(NameSilent, 0.97)], SECOND_WHY),
    always(BY_ADDRESS, DEAD, BEYOND_WHY),
    always(BY_NAME, SERVFAIL_NAMES, NAMES_SERVFAIL_WHY),
    always(&[ControlPortal], CHECK_SERVFAIL, CHECK_WHY),
    always(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
    always(&[LineHops], CUT, CUT_WHY),
];

const LARGE_LOST_WHY: &str = "now and then everything large is lost, and by chance nothing small";

/// A lossy line does not look like half a dead one: names still come from caches and retries, and
/// the connection itself is what fails.
pub(super) const LOSS: &[Row] = &[
    always(
        &[ResolverAnswer, ResolverSecond],
        &[(NameSilent, 0.30)],
        "questions and answers are lost, some are repeated in time",
    ),
    always(
        BY_ADDRESS,
        &[(Timeout, 0.50), (TlsStall, 0.04), (Hung, 0.02), (Slow, 0.02)],
        "some connections fail, others work",
    ),
    always(
        BY_NAME,
        &[(NameSilent, 0.15), (Timeout, 0.38), (TlsStall, 0.04), (Hung, 0.02), (Slow, 0.02)],
        "either the name or the connection is lost",
    ),
    always(&[ControlPortal], &[(NameSilent, 0.10), (Timeout, 0.38), (Hung, 0.04)], CHECK_WHY),
    always(&[LineMtu], &[(TlsStall, 0.06)], LARGE_LOST_WHY),
];

/// Where there is time for a second attempt, two in five connections take a second or three more:
/// measured with a line that loses 40 % of its connections.
pub(super) const LOSS_LATE: &[Row] = &[
    always(
        &[ResolverAnswer, ResolverSecond],
        &[(NameSilent, 0.15)],
        "a question is repeated once, and may be lost twice",
    ),
    always(
        BY_ADDRESS,
        &[(Timeout, 0.06), (TlsStall, 0.02), (Hung, 0.01), (Slow, 0.42)],
        "what is lost is repeated after a second, and comes late",
    ),
    always(
        BY_NAME,
        &[(NameSilent, 0.11), (Timeout, 0.06), (TlsStall, 0.02), (Hung, 0.01), (Slow, 0.38)],
        "either the name is lost, or the connection comes late",
    ),
    always(&[ControlPortal], &[(NameSilent, 0.10), (Timeout, 0.06), (Hung, 0.02), (Slow, 0.35)], CHECK_WHY),
    always(&[LineMtu], &[(TlsStall, 0.03)], LARGE_LOST_WHY),
];

pub(super) const MTU: &[Row] = &[
    always(
        TLS_HOSTS,
        &[(TlsStall, 0.85), (Hung, 0.05)],
        "small packets pass, the server's certificate flight is swallowed",
    ),
    always(&[LineMtu], &[(TlsStall, 0.92)], "packets of full size are lost where small ones are answered"),
];

pub(super) const LATENCY: &[Row] = &[
    always(TLS_HOSTS, LATE, "everything across the line is slow, the LAN is not"),
    always(&[LineIpv6], LATE, "IPv6 takes the same line"),
];

const LATE: &[(Symptom, f64)] = &[(Slow, 0.93), (Timeout, 0.04)];

pub(super) const IPV6: &[Row] = &[always(
    &[LineIpv6],
    &[(Timeout, 0.45), (Unreachable, 0.30), (NameSilent, 0.12), (NameServfail, 0.08)],
    "no host answers by its IPv6 address, or nobody learns it, while the same hosts answer by IPv4",
)];

/// What is seen of hosts that something on the way blocks.
const BLOCKED: &[(Symptom, f64)] = &[
    (Timeout, 0.42),
    (Unreachable, 0.10),
    (Refused, 0.18),
    (TlsStall, 0.08),
    (TlsUntrusted, 0.06),
    (Hung, 0.06),
];

pub(super) const AGENT_BLOCKED: &[Row] = &[always(
    &[VendorName, VendorAddress],
    BLOCKED,
    "the vendor's hosts do not answer this computer, and cameras get through to them",
)];

pub(super) const ROUTE: &[Row] = &[
    always(
        &[VendorName, VendorAddress],
        BLOCKED,
        "the vendor's hosts do not answer over this line, and do over the second",
    ),
    always(&[CameraCloud], CUT_OFF, CUT_OFF_WHY),
];

pub(super) const DNS_SILENT: &[Row] = &[
    always(&[ResolverAnswer], &[(NameSilent, 0.97)], "the site's resolver does not answer"),
    always(BY_NAME, &[(NameSilent, 0.95)], "by name nothing works, by address everything does"),
    always(
        &[ControlPortal],
        &[(NameSilent, 0.50)],
        "the check page is named by some sites, addressed by others",
    ),
];

pub(super) const DNS_SERVFAIL: &[Row] = &[
    always(&[ResolverAnswer], &[(NameServfail, 0.97)], "the site's resolver answers SERVFAIL"),
    always(BY_NAME, &[(NameServfail, 0.92)], "by name nothing works, by address everything does"),
    always(
        &[ControlPortal],
        &[(NameServfail, 0.50)],
        "the check page is named by some sites, addressed by others",
    ),
];

const INVENTED: &[(Symptom, f64)] = &[(NameWrong, 0.92)];
const INVENTED_WHY: &str = "a name that does not exist gets an address";
const INVENTED_EVERYWHERE_WHY: &str =
    "even a resolver outside the site seems to lie: the answers are changed on the way";
const MISLED: &[(Symptom, f64)] = &[(NameWrong, 0.85), (NameMissing, 0.08)];
const MISLED_WHY: &str = "names lead to addresses that no public host has, or are denied";
const MISLED_CHECK: &[(Symptom, f64)] = &[(NameWrong, 0.30), (Redirected, 0.10), (Refused, 0.05)];
const STRANGER: &[(Symptom, f64)] = &[(TlsUntrusted, 0.85), (NameMissing, 0.05), (Refused, 0.05)];
const STRANGER_WHY: &str = "names lead to a host that has another certificate";
const CHECK_MISLED_WHY: &str = "where the check page is named, another host answers for it";
/// The probe compares: of names that the resolver makes up it has an IPv4 address, and often no other.
const NO_OTHER: &[(Symptom, f64)] = &[(NameServfail, 0.40), (NameSilent, 0.10)];
const NO_OTHER_WHY: &str =
    "who makes up addresses makes up those of IPv4, and refuses the question for others";

pub(super) const DNS_WRONG: &[Row] = &[
    always(&[ResolverAnswer], INVENTED, INVENTED_WHY),
    always(BY_NAME, MISLED, MISLED_WHY),
    always(&[ControlPortal], MISLED_CHECK, CHECK_MISLED_WHY),
    always(&[LineIpv6], NO_OTHER, NO_OTHER_WHY),
];

pub(super) const DNS_WRONG_STRANGER: &[Row] = &[
    always(&[ResolverAnswer], INVENTED, INVENTED_WHY),
    always(BY_NAME, STRANGER, STRANGER_WHY),
    always(&[ControlPortal], MISLED_CHECK, CHECK_MISLED_WHY),
    always(&[LineIpv6], NO_OTHER, NO_OTHER_WHY),
];

pub(super) const DNS_WRONG_NOWHERE: &[Row] = &[
    always(&[ResolverAnswer], INVENTED, INVENTED_WHY),
    always(BY_NAME, &[(Timeout, 0.55), (Refused, 0.30), (NameMissing, 0.08)], "names lead to nobody"),
    always(&[ControlPortal], MISLED_CHECK, CHECK_MISLED_WHY),
    always(&[LineIpv6], NO_OTHER, NO_OTHER_WHY),
];

pub(super) const DNS_REWRITING: &[Row] = &[
    always(&[ResolverAnswer, ResolverSecond], INVENTED, INVENTED_EVERYWHERE_WHY),
    always(BY_NAME, MISLED, MISLED_WHY),
    always(&[ControlPortal], MISLED_CHECK, CHECK_MISLED_WHY),
    always(&[LineIpv6], NO_OTHER, NO_OTHER_WHY),
];

pub(super) const DNS_REWRITING_STRANGER: &[Row] = &[
    always(&[ResolverAnswer, ResolverSecond], INVENTED, INVENTED_EVERYWHERE_WHY),
    always(BY_NAME, STRANGER, STRANGER_WHY),
    always(&[ControlPortal], MISLED_CHECK, CHECK_MISLED_WHY),
    always(&[LineIpv6], NO_OTHER, NO_OTHER_WHY),
];

const PORTAL_CHECK: &[(Symptom, f64)] = &[(Redirected, 0.96)];
const PORTAL_CHECK_WHY: &str = "the plain-HTTP check page is replaced by a login page";

pub(super) const PORTAL: &[Row] = &[
    always(&[ControlPortal], PORTAL_CHECK, PORTAL_CHECK_WHY),
    always(TLS_HOSTS, FOREIGN, "encrypted hosts show the portal's own certificate"),
    always(&[ResolverAnswer], &[(NameWrong, 0.30)], "some portals answer every name with their own address"),
    always(&[ResolverSecond], &[(NameSilent, 0.40), (NameWrong, 0.15)], "other resolvers are often blocked"),
];

pub(super) const PORTAL_BLOCKING: &[Row] = &[
    always(&[ControlPortal], PORTAL_CHECK, PORTAL_CHECK_WHY),
    always(TLS_HOSTS, &[(Timeout, 0.65), (Refused, 0.30)], "encrypted hosts are not let through at all"),
    always(&[LineIpv6], &[(Timeout, 0.50), (Refused, 0.20)], "by IPv6 no more than by IPv4, if at all"),
    always(&[ResolverAnswer], &[(NameWrong, 0.30)], "some portals answer every name with their own address"),
    always(&[ResolverSecond], &[(NameSilent, 0.40), (NameWrong, 0.15)], "other resolvers are often blocked"),
    always(
        &[LineHops],
        &[(Timeout, 0.50)],
        "a portal that lets nothing through lets no answer of a router through either",
    ),
];

pub(super) const TLS_INSPECTION: &[Row] = &[always(
    TLS_HOSTS,
    FOREIGN,
    "controls and vendor alike show a certificate of an authority that is not theirs",
)];

pub(super) const TLS_STALLING: &[Row] = &[
    always(
        TLS_HOSTS,
        &[(TlsStall, 0.78), (Hung, 0.08)],
        "handshakes are swallowed whatever their size, with controls and vendor alike",
    ),
    always(
        &[LineMtu],
        &[(TlsStall, 0.30)],
        "packets of full size pass; where nobody answers an echo that is not seen",
    ),
];

pub(super) const CONTROL_OUT: &[Row] = &[always(
    &[ControlName, ControlAddress],
    &[(Timeout, 0.60), (Refused, 0.20), (TlsExpired, 0.05), (TlsUntrusted, 0.05), (ServerError, 0.05)],
    "a control can itself be out of order",
)];

pub(super) const GATEWAY_MUTE: &[Row] =
    &[always(&[GatewayReach], DEAD, "somebody told the router to ignore echo; everything beyond it answers")];

pub(super) const SECOND_RESOLVER_OUT: &[Row] = &[always(
    &[ResolverSecond],
    &[(NameSilent, 0.80), (NameServfail, 0.15)],
    "the outside resolver can be out of order, or blocked on purpose by the site",
)];

pub(super) const PORTAL_CHECK_OUT: &[Row] = &[always(
    &[ControlPortal],
    &[
        (NameMissing, 0.05),
        (Timeout, 0.40),
        (Refused, 0.15),
        (ServerError, 0.15),
        (Redirected, 0.15),
        (Garbage, 0.05),
    ],
    "the check page can be out of order, moved or changed, while everything else is as it was",
)];
