//! What the caller asks for: one probe, fully described, with every name and address resolved from
//! the configuration.

use demarc_model::id::{AccountId, CameraId, CapabilityId};
use demarc_model::probe::ProbeId;
pub use demarc_protocol::statuspage::Format as PageFormat;
use secrecy::{ExposeSecret, SecretString};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Time limits of one probe, on the monotonic clock. `total` bounds everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub connect: Duration,
    pub tls: Duration,
    pub total: Duration,
}

/// A probe of the host, the path or the vendor: stateless, any number at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathSpec {
    pub id: ProbeId,
    pub what: PathProbe,
    /// The interface that everything of this probe goes over. `None` leaves it to the routing table.
    pub via: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathProbe {
    /// Carrier, an address and a default route. `None` looks at the interface of the default route that is
    /// not the second line's.
    HostLink { interface: Option<String>, second_line: Option<String> },
    /// Whether the directory can be written and has this much room.
    HostDisk { directory: PathBuf, least_free_bytes: u64 },
    /// Whether files and sockets can still be opened.
    HostResources,
    /// Whether broadcasts flood the wire.
    HostTraffic,
    /// Whether another device says that this host's address is its own, on the interface that
    /// [`Self::HostLink`] looks at.
    HostAddress { interface: Option<String>, second_line: Option<String> },
    /// This host's clock against the `Date` header of a plain-HTTP answer; where that says that the clock is
    /// wrong, or does not come, against time servers as well.
    HostClock { url: String, servers: Vec<String> },
    /// ICMP echo where permitted; otherwise, or when a port is given, a TCP connection (a refused
    /// one proves the device alive); with the neighbour-table entry as evidence.
    Reach { address: IpAddr, port: Option<u16> },
    /// A random label under `zone` at `server`: NXDOMAIN passes, an address is rewriting.
    Resolver { server: SocketAddr, zone: String },
    /// A host: see [`HostCheck`].
    Host(HostCheck),
    /// Hosts that have nothing to do with each other: passes when one of them does.
    AnyHost(Vec<HostCheck>),
    /// Hosts by their IPv6 addresses, of which one has to answer; and the resolver, which has to answer
    /// questions for IPv6 addresses where it answers those for IPv4.
    Ipv6 { hosts: Vec<HostCheck>, resolver: Option<SocketAddr> },
    /// Plain HTTP, no redirect followed: status 204, or 200 with exactly this body.
    Portal { url: String, body: Option<String>, resolver: SocketAddr },
    /// The routers on the way to the first of these hosts that is not this one, by address: fails when
    /// none but the gateway answers, and no host either.
    Hops { controls: Vec<HostCheck>, gateway: IpAddr },
    /// Packets of full size to hosts that have nothing to do with each other, by address: fails when
    /// none gets through, though small ones do.
    Mtu(Vec<HostCheck>),
    /// The user's own way through the vendor's relay: see [`RelayCheck`].
    Relay(RelayCheck),
    /// A vendor's status page: see [`StatusPage`].
    StatusPage(StatusPage),
}

/// A URL that the user gave, which leads through the vendor's relay to the branch.
#[derive(Debug, Clone)]
pub struct RelayCheck {
    /// Begins with `https`; many such URLs are secrets themselves.
    pub url: SecretString,
    pub login: Option<RelayLogin>,
    /// The status of a healthy answer.
    pub status: u16,
    /// Its media type, without parameters.
    pub content_type: Option<String>,
    pub resolver: SocketAddr,
    /// Whether the name may have a private address.
    pub private: bool,
}

/// What is shown to the vendor's server, over TLS that was verified, and to nobody else.
#[derive(Debug, Clone)]
pub enum RelayLogin {
    Basic { username: String, password: SecretString },
    Bearer(SecretString),
}

impl PartialEq for RelayCheck {
    fn eq(&self, other: &Self) -> bool {
        let Self { url, login, status, content_type, resolver, private } = self;
        url.expose_secret() == other.url.expose_secret()
            && *login == other.login
            && *status == other.status
            && *content_type == other.content_type
            && *resolver == other.resolver
            && *private == other.private
    }
}

impl Eq for RelayCheck {}

impl PartialEq for RelayLogin {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Basic { username, password }, Self::Basic { username: user, password: word }) => {
                username == user && password.expose_secret() == word.expose_secret()
            }
            (Self::Bearer(token), Self::Bearer(other)) => token.expose_secret() == other.expose_secret(),
            (Self::Basic { .. }, Self::Bearer(_)) | (Self::Bearer(_), Self::Basic { .. }) => false,
        }
    }
}

impl Eq for RelayLogin {}

/// A vendor's status page and what it is to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPage {
    pub url: String,
    /// The form it is in; found out when not known.
    pub format: Option<PageFormat>,
    /// The page's names for components, each with the capability it stands for.
    pub components: Vec<(String, CapabilityId)>,
    /// The hosts that it reports on, by name or address.
    pub hosts: Vec<String>,
    pub resolver: SocketAddr,
    /// Whether its name, and the names that it sends its readers to, may have private addresses.
    pub private: bool,
}

/// One host by name or by address, as far as `check` goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCheck {
    /// The name for TLS and HTTP, also when the address is given.
    pub host: String,
    pub reach: ReachBy,
    pub port: u16,
    pub check: Check,
    pub trust: Trust,
    /// What the name of the certificate's issuer has to contain, whatever the case of its letters.
    pub issuer: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReachBy {
    /// The name is resolved at this resolver. Answers in private networks are wrong unless `private` is set.
    Name {
        resolver: SocketAddr,
        private: bool,
    },
    Address(IpAddr),
}

/// How far a host check goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    Tcp,
    /// A completed TLS handshake.
    Tls,
    /// `GET path`: any status below 500 is healthy.
    Https {
        path: String,
    },
    /// A STUN Binding request by UDP, which TURN servers answer as well: any answer but an error from 500
    /// on is healthy.
    Stun,
}

/// Which certificates are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// A public authority, or one from the configured `ca_file`.
    Public,
    /// Any: the vendor uses a private root that is not published. The issuer is recorded.
    Any,
}

/// A camera and how to talk to it.
#[derive(Debug, Clone)]
pub struct CameraSpec {
    pub id: CameraId,
    pub address: IpAddr,
    pub scheme: Scheme,
    /// The port of `scheme`.
    pub port: u16,
    pub rtsp_port: u16,
    /// Of ONVIF over plain HTTP, where it is not the port of `scheme`.
    pub onvif_port: Option<u16>,
    /// Path of the ONVIF device service.
    pub onvif_path: String,
    /// Path and query of the stream that is looked at; `None` finds it out: VAPIX' own, or what the camera
    /// says by ONVIF.
    pub stream_path: Option<String>,
    /// The same of its snapshots.
    pub picture_path: Option<String>,
    pub video: VideoChecks,
    /// Whether snapshots around a change of the picture are handed out to be kept.
    pub keep_snapshots: bool,
    /// Further off, a camera's clock is wrong.
    pub clock_tolerance: Duration,
    pub credentials: Option<Credentials>,
    pub basic: Basic,
    /// How it tells whether it is connected to its vendor's cloud, if it does.
    pub cloud: Option<CameraCloud>,
    /// How often it is asked for its own list of relays, if at all.
    pub relays_every: Option<Duration>,
}

/// By name or address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    pub host: String,
    pub port: u16,
}

/// How a camera tells of its own connection to its vendor's cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraCloud {
    /// Hikvision's ISAPI: the registration at EZVIZ, which is Hik-Connect.
    Ezviz,
    /// VAPIX `tcptest.cgi`: an Axis camera connects to one of these relays, whichever answers.
    TcpTest(Vec<Relay>),
}

/// Whether a camera that takes nothing else may be given the password itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basic {
    Never,
    /// Over TLS, to the key that was met first, with the user's consent.
    OverPinnedTls,
}

/// Which of a camera's video is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoChecks {
    Both,
    Stream,
    Picture,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

#[derive(Debug, Clone)]
pub struct Credentials {
    pub account: AccountId,
    pub username: String,
    pub password: SecretString,
}

impl VideoChecks {
    pub const fn stream(self) -> bool {
        matches!(self, Self::Both | Self::Stream)
    }

    pub const fn picture(self) -> bool {
        matches!(self, Self::Both | Self::Picture)
    }
}
