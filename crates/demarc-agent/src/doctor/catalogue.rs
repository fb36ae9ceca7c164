//! Every kind of probe in words: what it does, what it sends to whom, how to change it.
//!
//! The table of `demarc doctor` and the page of the guide are made of these.

use crate::config::probing::Probing;
use demarc_model::probe::ProbeKind;
use std::time::Duration;

/// One kind of probe, as a person asks about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// What is sent to whom, short enough for a table.
    pub(super) sends: &'static str,
    /// What it tells, and how.
    pub(super) tells: &'static str,
    /// How much goes over the wire at each look.
    pub(super) costs: &'static str,
    /// What it needs of this host and the configuration.
    pub(super) needs: &'static str,
    /// How to change it, or switch it off.
    pub(super) change: &'static str,
}

/// The key of `[probing]` that an interval is a multiple of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Path,
    Vendor,
    Camera,
    Login,
    Video,
}

impl Pace {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Path => "path-interval",
            Self::Vendor => "vendor-interval",
            Self::Camera => "camera-interval",
            Self::Login => "login-interval",
            Self::Video => "video-interval",
        }
    }

    pub(super) const fn of(self, probing: &Probing) -> Duration {
        match self {
            Self::Path => probing.path_interval,
            Self::Vendor => probing.vendor_interval,
            Self::Camera => probing.camera_interval,
            Self::Login => probing.login_interval,
            Self::Video => probing.video_interval,
        }
    }
}

/// What sets the pace of a kind of probe.
pub(super) const fn pace(kind: ProbeKind) -> Pace {
    use ProbeKind as K;
    match kind {
        K::HostLink
        | K::HostDisk
        | K::HostResources
        | K::HostTraffic
        | K::HostAddress
        | K::HostClock
        | K::GatewayReach
        | K::SegmentReach
        | K::ResolverAnswer
        | K::ResolverSecond
        | K::ControlName
        | K::ControlAddress
        | K::ControlPortal
        | K::LineHops
        | K::LineMtu
        | K::LineIpv6
        | K::LineSecond => Pace::Path,
        K::VendorName | K::VendorAddress | K::VendorSecond | K::VendorStatus => Pace::Vendor,
        K::CameraTcp
        | K::CameraReady
        | K::CameraIdentity
        | K::CameraClock
        | K::CameraRtsp
        | K::CameraCloud
        | K::CameraNeighbour => Pace::Camera,
        K::CameraLogin | K::CameraOnvif | K::CameraStorage => Pace::Login,
        K::CameraStream | K::CameraPicture => Pace::Video,
    }
}

const ENDPOINTS: &str =
    "remove the `[[endpoint]]` from a profile of your own in `vendors/`, or `vendor` from `[site]`";
const CONTROLS: &str = "`[[network.control]]`: name hosts of your own choice; at least one there must be";
const HANDSHAKE: &str = "a TLS handshake, about 5 kB back, or a TCP connection with `check = \"tcp\"`";

#[expect(clippy::too_many_lines, reason = "one entry for each kind of probe")]
pub(super) const fn entry(kind: ProbeKind) -> Entry {
    use ProbeKind as K;
    match kind {
        K::HostLink => Entry {
            sends: "nothing; reads /sys/class/net and asks the kernel for its addresses and routes",
            tells: "Whether this computer's own interface has a carrier, an address and a default route; its speed and the packets that it received or sent damaged are kept beside. What leads over the second line does not count.",
            costs: "nothing",
            needs: "/sys, and sockets of the family `AF_NETLINK`; without them only the carrier of a named interface is looked at",
            change: "`network.interface` names another interface",
        },
        K::HostDisk => Entry {
            sends: "nothing; writes 4 KiB into the state folder and removes it",
            tells: "Whether the history and the outbox can be written, and whether 64 MiB are free.",
            costs: "4 KiB written through to the disk",
            needs: "the state folder",
            change: "`--state-dir` names another folder",
        },
        K::HostClock => Entry {
            sends: "an HTTP GET for the page of the portal check; on doubt NTP",
            tells: "How far this computer's clock is from the `Date` of the answer; more than a minute is a fault. When that says so, or does not come, the time servers are asked as well, and the clock is wrong when most of the sources agree that it is: one that is wrong itself blames nobody.",
            costs: "one request, less than 1 kB; on doubt one packet of 76 bytes to each time server",
            needs: "a name service of this host; UDP port 123 to the outside for the time servers",
            change: "`network.portal-check`, `network.time-servers`; `[]` asks none",
        },
        K::GatewayReach => Entry {
            sends: "an ICMP echo to the router, else TCP to ports 80, 443, 53",
            tells: "Whether the router answers. Where ping is not permitted a TCP connection is tried, of which a refusal is an answer as well, and after that the neighbour table is believed.",
            costs: "one packet of 44 bytes and its answer; a second one when that is lost",
            needs: "a router that is known; better with ICMP",
            change: "`network.gateway`, and `network.gateway-port` for a router that answers no ping",
        },
        K::SegmentReach => Entry {
            sends: "the same to a switch's own address",
            tells: "Whether a switch answers, so that a dead one is told from so many dead cameras.",
            costs: "as `gateway.reach`",
            needs: "`address` in `[[segment]]`; better with ICMP",
            change: "`address` and `port` in `[[segment]]`; without an address the switch is not asked",
        },
        K::ResolverAnswer => Entry {
            sends: "a DNS question for a random name to the site's resolver",
            tells: "Whether the resolver answers, and honestly: the name does not exist, and an address for it means that somebody rewrites answers. As with every name that a probe asks for, an answer that was cut off to fit a datagram is asked for again over TCP.",
            costs: "one question of about 60 bytes by UDP; a second one when that is lost",
            needs: "a resolver that is known",
            change: "`network.resolver`, `network.random-zone`",
        },
        K::ResolverSecond => Entry {
            sends: "the same to a resolver outside",
            tells: "The same of a resolver outside the branch, to compare with: rewriting by the site's resolver and rewriting on the way differ in it.",
            costs: "as `resolver.answer`",
            needs: "UDP port 53 to the outside",
            change: "`network.second-resolver`; `\"none\"` switches it off",
        },
        K::ControlName => Entry {
            sends: "DNS, then a TLS handshake with each control",
            tells: "Whether hosts that have nothing to do with the vendor can be reached by name, with the certificate that they should have.",
            costs: HANDSHAKE,
            needs: "a resolver that is known, and certificate authorities",
            change: CONTROLS,
        },
        K::ControlAddress => Entry {
            sends: "a TLS handshake with each control by its address",
            tells: "The same without a resolver, so that a dead resolver is told from a dead line.",
            costs: HANDSHAKE,
            needs: "certificate authorities",
            change: CONTROLS,
        },
        K::ControlPortal => Entry {
            sends: "an HTTP GET for a page whose answer is known",
            tells: "Whether somebody answers in a web site's place: a captive portal redirects, or shows a page of its own. Where the network itself names a captive portal (RFC 8910) and systemd-networkd, from version 254, wrote it down, its address is kept beside and told while the check fails; it is a stranger's word and makes no verdict. Other DHCP clients do not ask for it, or show it to nobody.",
            costs: "one request, less than 1 kB",
            needs: "a resolver that is known",
            change: "`network.portal-check`, `network.portal-body`",
        },
        K::LineHops => Entry {
            sends: "UDP to a control, to end after 1 to 8 routers",
            tells: "Which routers are on the way to a control, as they say themselves; the list is kept as evidence. It passes when any router but the branch's own answers. It fails when none does and no control takes a connection either: with a hop of the operator in the list the line is cut further on, without one it is cut at the branch, or its router passes nothing on. Where controls answer and routers stay silent nothing is concluded.",
            costs: "8 packets of 29 bytes and their answers; 8 more when some are silent",
            needs: "a router that is known; no privileges: the error queue of a UDP socket is read",
            change: "`[[network.control]]`: the first one is asked",
        },
        K::LineMtu => Entry {
            sends: "an ICMP echo of 84 bytes and one of 1,500 to a control by its address, else a TLS handshake with each",
            tells: "Whether packets of full size pass the line where small ones do. An echo of full size that comes back whole passes, and so does a server's certificate that arrives. It fails when handshakes stall with every control that takes a connection and either the large echo is lost where the small one is answered, or nobody answers an echo and at least two stall. A large echo alone proves nothing: many refuse those.",
            costs: "four packets, 3.2 kB, in quiet time; up to three handshakes when no large echo comes back",
            needs: "a control that answers; better with ICMP",
            change: "`[[network.control]]`; at most three are asked",
        },
        K::LineIpv6 => Entry {
            sends: "a TCP connection to a control by its IPv6 address",
            tells: "Whether IPv6 works where IPv4 does: programs try both and hide it, and everything is slow. It passes when one control takes a connection and the site's resolver answers a question for IPv6 addresses; a resolver that answers no question at all is not held against IPv6.",
            costs: "three packets, and one DNS question",
            needs: "an IPv6 address and a default route when the service starts",
            change: "`network.ipv6`, and `address-ipv6` in `[[network.control]]`",
        },
        K::LineSecond => Entry {
            sends: "a TCP connection to a control over the second line",
            tells: "Whether the second line would carry anything if it were needed. Every socket is bound to its interface, so that the routing table does not matter.",
            costs: "three packets; a second control is asked when the first is silent",
            needs: "`network.second-line`, a default route over it, and Linux 5.7 or CAP_NET_RAW",
            change: "`network.second-line`; without it there is none",
        },
        K::VendorSecond => Entry {
            sends: "the same over the second line, by address where there is one",
            tells: "Whether the vendor's hosts answer over the second line: then the first one is not the reason, and the vendor can be judged while the first line is cut. Names are asked for at `second-resolver`, over the second line as well.",
            costs: "as `vendor.address` or `vendor.name`",
            needs: "`network.second-line`, `vendor` in `[site]`; for names `second-resolver`",
            change: "`network.second-line`",
        },
        K::VendorName => Entry {
            sends: "DNS, then HTTPS, TLS, TCP or STUN to each host of the profile",
            tells: "Whether the vendor's hosts answer by name, as far as `check` goes: a TCP connection, a TLS handshake with the certificate that it should have, an HTTPS answer below 500, or by UDP the answer of a STUN or TURN server, which also tells the branch's public address. Nobody is logged in, but at the URL of `[relay-check]`, where one is set: it is asked for like one more host, every minute at the shipped pace.",
            costs: "one DNS question and one connection for each host; with `https` one GET, of whose answer only the head is read; with `stun` one packet of 56 bytes and its answer, sent again after half a second when that is lost",
            needs: "`vendor` in `[site]`, a resolver that is known, certificate authorities",
            change: ENDPOINTS,
        },
        K::VendorAddress => Entry {
            sends: "the same by the address that was published for it",
            tells: "The same without a resolver, so that a broken name is told from a dead host.",
            costs: "as `vendor.name`, without DNS",
            needs: "`address` in `[[endpoint]]`, certificate authorities",
            change: ENDPOINTS,
        },
        K::VendorStatus => Entry {
            sends: "an HTTP GET for the vendor's status page",
            tells: "What the vendor says of itself. It is shown beside the verdict and decides nothing.",
            costs: "one request; the page is not sent again while it has not changed",
            needs: "`[status-page]` in the profile",
            change: "remove `[status-page]` from a profile of your own in `vendors/`",
        },
        K::CameraTcp => Entry {
            sends: "a TCP connection to the camera's web port",
            tells: "Whether the camera answers at all, when its web server does not.",
            costs: "three packets",
            needs: "the camera's address",
            change: "remove the `[[camera]]`",
        },
        K::CameraReady => Entry {
            sends: "VAPIX systemready.cgi to the camera, no password",
            tells: "Whether the camera is up, since when, and whether it was reset and waits for its first user. A camera without `account` is asked twice as often, in the place of the logins.",
            costs: "one request of about 300 bytes",
            needs: "the camera's address",
            change: "`probing.camera-interval`",
        },
        K::CameraIdentity => Entry {
            sends: "VAPIX basicdeviceinfo.cgi to the camera, no password",
            tells: "Model, firmware and serial number, and so whether the same camera is still there.",
            costs: "one request of about 400 bytes",
            needs: "the camera's address",
            change: "`probing.camera-interval`",
        },
        K::CameraLogin => Entry {
            sends: "one VAPIX request to the camera, with its account; to Hikvision, Dahua, Hanwha and Reolink in their language",
            tells: "Whether the password still holds. A refusal is asked again after a quarter of an hour at the earliest. Every 180th login, an hour apart at the shipped pace, an Axis camera whose account is an administrator's is asked in its place which relays it connects to (`RemoteService`); those are then watched in the place of the profile's. When the clock of an Axis camera is wrong, one request more asks where it takes the time from (`ntp.cgi`), once an hour at most.",
            costs: "one request once the camera's nonce is known, otherwise two; with Reolink two, every two minutes at most",
            needs: "`account` of the camera; for Reolink `scheme = \"https\"` and `basic-over-tls`",
            change: "leave `account` out: then no password is ever sent; `site.relays-from-cameras = false` asks for no relays",
        },
        K::CameraClock => Entry {
            sends: "ONVIF GetSystemDateAndTime to the camera, no password",
            tells: "How far the camera's clock is from this computer's, which may be `diagnosis.clock-tolerance`, and where the camera takes the time from, once it has said so after a login. It is asked at once when the `Date` of its answer to anything else is further off, which counts as a reason once in a quarter of an hour. A camera that answers no SOAP is asked in two older dialects as well, once an hour at most.",
            costs: "one request of about 700 bytes",
            needs: "ONVIF on the camera",
            change: "`onvif-path` of the camera",
        },
        K::CameraOnvif => Entry {
            sends: "ONVIF GetDeviceInformation to the camera, with its account",
            tells: "Whether the password holds for ONVIF as well, which may have users of its own. Once a day each it is also asked who made the camera, where nobody has said so (`GetScopes`), whether its address comes from DHCP (`GetNetworkInterfaces`), and when its clock is wrong its time server (`GetNTP`): one of these after a login.",
            costs: "two requests; two more with one of these questions",
            needs: "`account` of the camera, ONVIF on it",
            change: "leave `account` out",
        },
        K::CameraRtsp => Entry {
            sends: "RTSP OPTIONS to the camera, no password",
            tells: "Whether the camera's video service answers. `camera.stream` begins with the same and takes its place.",
            costs: "one request of about 100 bytes",
            needs: "the camera's address",
            change: "`rtsp-port` of the camera",
        },
        K::CameraStream => Entry {
            sends: "one RTSP session with the camera, with its account; before the first one with a camera of another vendor than Axis, ONVIF GetServices, GetProfiles and GetStreamUri",
            tells: "Whether video really comes: packets are counted until a whole picture could begin, and the session is ended.",
            costs: "a few requests and up to some seconds of a small picture's stream; never two sessions at once",
            needs: "`account` of the camera, `video` not \"none\" or \"picture\"; of another vendor than Axis, ONVIF or `stream-path`",
            change: "`video` and `stream-path` of the camera, `probing.video-interval`",
        },
        K::CameraPicture => Entry {
            sends: "two requests for a snapshot to the camera, with its account; before the first ones with a camera of another vendor than Axis, ONVIF GetServices, GetProfiles and GetSnapshotUri",
            tells: "Whether the picture stands still, is dark or covered. Shades and fingerprints are kept; pictures only with `store.snapshot-megabytes`, the good one before a change and those after it.",
            costs: "two small pictures, or two as large as those of the camera's smallest profile",
            needs: "`account` of the camera, `video` not \"none\" or \"stream\"; of another vendor than Axis, ONVIF or `picture-path`",
            change: "`video` and `picture-path` of the camera, `probing.video-interval`",
        },
        K::CameraStorage => Entry {
            sends: "two requests about the camera's disks, with its account, in its language",
            tells: "Whether the memory card or disk in the camera is there, writable and healthy, as the camera says itself.",
            costs: "two requests of a few hundred bytes; with Reolink three",
            needs: "`account` of the camera; for Reolink `scheme = \"https\"` and `basic-over-tls`",
            change: "leave `account` out",
        },
        K::CameraCloud => Entry {
            sends: "to a Hikvision camera one ISAPI request, with its account; to an Axis camera a request to connect to a relay (`tcptest.cgi`) or, where it has no such call, to ping it (`pingtest.cgi`), which the camera then does",
            tells: "Whether the camera says that it is registered at its vendor's cloud, or reaches a relay from where it stands: a second point of view. One that was never seen to get there is not missed there.",
            costs: "two requests of a few hundred bytes; to Axis one, and one more for each relay that does not answer",
            needs: "`account` of the camera, and `camera-cloud` in the vendor's profile, as Hikvision's has; a profile of your own for Axis may have it",
            change: "remove `camera-cloud` from a profile of your own in `vendors/`",
        },
        K::HostResources => Entry {
            sends: "nothing; counts the agent's open files and sockets",
            tells: "Whether more than nine tenths of the files and sockets are open that this process, or this computer, may have: soon probes cannot be begun.",
            costs: "nothing",
            needs: "/proc",
            change: "`LimitNOFILE` of the systemd unit",
        },
        K::HostTraffic => Entry {
            sends: "nothing; reads the kernel's counters twice",
            tells: "Whether more than 2,000 broadcasts and multicasts a second come in, as when two switch ports are connected to each other. Only those of IP are counted, of which any branch has some for a loop to multiply.",
            costs: "nothing; it takes a second",
            needs: "/proc",
            change: "nothing to change",
        },
        K::HostAddress => Entry {
            sends: "an ARP probe for this computer's own IPv4 address",
            tells: "Whether another device says that this computer's address is its own (RFC 5227), and its hardware address. What this computer's other interfaces answer does not count, and neither does a router that answers for others.",
            costs: "two packets of 42 bytes to everybody in the network, and the answers",
            needs: "CAP_NET_RAW, and an IPv4 address on an interface that knows hardware addresses; without them it is not made",
            change: "`network.interface` names another interface",
        },
        K::CameraNeighbour => Entry {
            sends: "an ARP request for the camera's address, else a TCP connection",
            tells: "The hardware address that answers for the camera's address. Two that answer within half a second are two devices with one address; a router that answers for others is not counted. Where packets of one's own are not permitted a connection has the kernel ask, which keeps one answer: then it is a conflict when within half an hour the address went to another device and back. One change that stays is a device that was replaced.",
            costs: "one packet of 42 bytes to everybody in the network, and the answers; a second one when nobody answers",
            needs: "a camera with an IPv4 address in a network of this computer, without a router between; better with CAP_NET_RAW",
            change: "nothing to change",
        },
    }
}
