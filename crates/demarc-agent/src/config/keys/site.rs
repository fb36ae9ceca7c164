//! The keys of `demarc.toml` and of the files in `demarc.d/`.

use super::Fallback::{Absent, Flag, Number, Required, Text, Texts};
use super::Form::{Many, One};
use super::{Kind, Section, key};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 86_400_000;
const INTERVAL: Kind = Kind::Duration { least_ms: 100, most_ms: DAY_MS };
const TIMEOUT: Kind = Kind::Duration { least_ms: 50, most_ms: 60_000 };
const SETTLING: Kind = Kind::Duration { least_ms: 1_000, most_ms: DAY_MS };

/// What stands in for `[[network.control]]` when none is configured.
/// Two operators, two networks, neither a camera vendor's.
pub(crate) const CONTROLS: [DefaultControl; 2] = [
    DefaultControl {
        id: "cloudflare",
        host: "one.one.one.one",
        address: "1.1.1.1",
        address_ipv6: "2606:4700:4700::1111",
    },
    DefaultControl {
        id: "google",
        host: "dns.google",
        address: "8.8.8.8",
        address_ipv6: "2001:4860:4860::8888",
    },
];

#[derive(Clone, Copy)]
pub(crate) struct DefaultControl {
    pub(crate) id: &'static str,
    pub(crate) host: &'static str,
    pub(crate) address: &'static str,
    pub(crate) address_ipv6: &'static str,
}

pub(crate) const SECTIONS: &[Section] = &[
    Section { path: "", form: One, variant: None, doc: "No key stands outside a section.", keys: &[] },
    Section {
        path: "site",
        form: One,
        variant: None,
        doc: "The branch.",
        keys: &[
            key(
                "id",
                Kind::Id,
                Required("\"se-mmo-0412\""),
                "Names the branch in messages and at the hub; never reuse one.",
            ),
            key(
                "name",
                Kind::Text,
                Required("\"Malmö, Södra Förstadsgatan\""),
                "What people call the branch.",
            ),
            key(
                "language",
                Kind::Choice(&["en", "de"]),
                Text("en"),
                "The language of verdicts, advice and messages: English or German. Ids and JSON are the same in both.",
            ),
            key(
                "vendor",
                Kind::Id,
                Absent("\"axis\""),
                "The vendor whose cloud the branch relies on: a profile that is shipped or stands in `vendors/`. Without it no vendor is judged.",
            ),
            key(
                "relays-from-cameras",
                Kind::Flag,
                Flag(true),
                "Whether cameras are asked once an hour which relays they connect to, and those are watched in the place of the profile's `from-cameras` endpoints. Only Axis cameras with an administrator's account tell; `demarc doctor` lists what they told.",
            ),
        ],
    },
    Section {
        path: "network",
        form: One,
        variant: None,
        doc: "The way from this computer to the Internet.",
        keys: &[
            key(
                "interface",
                Kind::Text,
                Text("auto"),
                "The network interface towards the branch; `auto` takes that of the default route.",
            ),
            key(
                "gateway",
                Kind::Address(&["auto"]),
                Text("auto"),
                "The branch's router; `auto` reads the routing table.",
            ),
            key(
                "gateway-port",
                Kind::Port,
                Absent("443"),
                "A TCP port of the router, for routers that do not answer a ping.",
            ),
            key(
                "resolver",
                Kind::Server(&["auto"]),
                Text("auto"),
                "The DNS server that the branch uses; `auto` reads resolv.conf.",
            ),
            key(
                "resolver-on-gateway",
                Kind::AutoFlag,
                Text("auto"),
                "Whether the resolver runs on the router, so that they fail together; `auto` compares their addresses.",
            ),
            key(
                "second-resolver",
                Kind::Server(&["none"]),
                Text("9.9.9.9"),
                "A DNS server outside the branch, to compare with; `none` asks no other.",
            ),
            key(
                "second-line",
                Kind::Text,
                Absent("\"wwan0\""),
                "The network interface of the branch's second line, which needs a default route of its own, with a higher metric. Controls and the vendor are then seen over it as well, sparingly, and alerts that the first line does not carry go out over it.",
            ),
            key(
                "ipv6",
                Kind::AutoFlag,
                Text("auto"),
                "Whether the branch has IPv6, which is then checked apart from IPv4; `auto` looks for an address and a default route when the service starts.",
            ),
            key(
                "random-zone",
                Kind::Host,
                Text("example.com"),
                "Resolvers are asked for random names in this zone, so that no cache answers. It must have no wildcard.",
            ),
            key(
                "ca-file",
                Kind::File,
                Absent("\"company-ca.pem\""),
                "Certificate authorities to trust besides the system's, in PEM.",
            ),
            key(
                "time-servers",
                Kind::Texts,
                Texts(&["time.cloudflare.com", "time.google.com"]),
                "Hosts that are asked for the time by NTP when this computer's clock seems wrong: most of the sources must agree that it is.",
            ),
            key(
                "portal-check",
                Kind::Url(&["http"]),
                Text("http://detectportal.firefox.com/success.txt"),
                "A plain-HTTP page that a captive portal would replace. Its `Date` also checks this computer's clock.",
            ),
            key(
                "portal-body",
                Kind::Text,
                Text("success\n"),
                "The whole body of that page. An answer 204 without a body is right as well.",
            ),
        ],
    },
    Section {
        path: "network.control",
        form: Many,
        variant: None,
        doc: "Hosts on the Internet that share nothing with the vendor: they tell a dead line from a dead vendor. Have two or more, in different networks.",
        keys: &[
            key("id", Kind::Id, Required("\"cloudflare\""), "Names the control in evidence."),
            key(
                "host",
                Kind::Host,
                Required("\"one.one.one.one\""),
                "Its name, asked for at the resolver and expected in its certificate.",
            ),
            key(
                "address",
                Kind::Address(&[]),
                Required("\"1.1.1.1\""),
                "Its address, contacted without asking a resolver. A private one permits private answers for the name.",
            ),
            key(
                "address-ipv6",
                Kind::Address(&[]),
                Absent("\"2606:4700:4700::1111\""),
                "Its IPv6 address, to tell whether IPv6 is broken alone.",
            ),
            key("port", Kind::Port, Number(443), "The port that is contacted."),
            key(
                "check",
                Kind::Choice(&["tls", "tcp"]),
                Text("tls"),
                "How far a check goes: a TLS handshake, or a TCP connection.",
            ),
            key(
                "issuer",
                Kind::Text,
                Absent("\"Example Root CA\""),
                "What the name of its certificate's issuer contains. It finds a firewall that inspects TLS and whose authority this computer trusts; hosts of your own keep their issuer, others change theirs.",
            ),
        ],
    },
    Section {
        path: "segment",
        form: Many,
        variant: None,
        doc: "A switch, PoE source or VLAN that several cameras share.",
        keys: &[
            key("id", Kind::Id, Required("\"floor-a\""), "The name that cameras refer to."),
            key(
                "address",
                Kind::Address(&[]),
                Absent("\"10.20.0.2\""),
                "The address of a managed switch; it is then checked itself.",
            ),
            key(
                "port",
                Kind::Port,
                Absent("80"),
                "A TCP port of the switch, where it does not answer a ping.",
            ),
        ],
    },
    Section {
        path: "account",
        form: Many,
        variant: None,
        doc: "A user name and password that cameras share. Use an account of its own, with viewer rights.",
        keys: &[
            key("name", Kind::Id, Required("\"cameras\""), "The name that cameras refer to."),
            key("username", Kind::Text, Required("\"demarc\""), "The user at the camera."),
            key(
                "password",
                Kind::Secret,
                Required("{ file = \"cameras.password\" }"),
                "Where the password is: `{ file = \"…\" }`, `{ env = \"…\" }` or `{ credential = \"…\" }` (systemd). Never the password itself.",
            ),
        ],
    },
    Section {
        path: "camera-defaults",
        form: One,
        variant: None,
        doc: "What holds for every camera that does not say otherwise.",
        keys: &[
            key(
                "account",
                Kind::Id,
                Absent("\"cameras\""),
                "The account for cameras; without one nothing that needs a password is checked.",
            ),
            key("scheme", Kind::Choice(&["http", "https"]), Text("http"), "How cameras are spoken to."),
            key("port", Kind::Port, Absent("80"), "The port of that scheme: 80 or 443 when not set."),
            key("rtsp-port", Kind::Port, Number(554), "The port for video."),
            key(
                "onvif-port",
                Kind::Port,
                Absent("8000"),
                "The port of ONVIF by `http`, where it is not the one of the web service; Reolink's is 8000.",
            ),
            key(
                "onvif-path",
                Kind::UrlPath(&[]),
                Text("/onvif/device_service"),
                "The path of the ONVIF device service.",
            ),
            key(
                "basic-over-tls",
                Kind::Flag,
                Flag(false),
                "Whether a camera spoken to by `https` that offers only Basic, or is a Reolink, gets the password itself: over TLS, and only to the key that it showed first. Without this one with Basic is reported as `auth-scheme`, and a Reolink is known by ONVIF and RTSP alone.",
            ),
            key(
                "stream-path",
                Kind::UrlPath(&["auto"]),
                Text("auto"),
                "Path and query of the video stream that is looked at. `auto` is a small picture of an Axis camera's, and of another camera what it says by ONVIF of its smallest profile. One that does not know the query is asked without it.",
            ),
            key(
                "picture-path",
                Kind::UrlPath(&["auto"]),
                Text("auto"),
                "Path and query of the snapshots that are looked at, JPEG of at most 1920x1088. `auto` is VAPIX of an Axis camera, and of another camera what it says by ONVIF.",
            ),
            key(
                "video",
                Kind::Choice(&["both", "stream", "picture", "none"]),
                Text("both"),
                "Which of the video is looked at, with the account: whether packets of the stream come, whether snapshots change and show something, both or neither. No picture is kept without `store.snapshot-megabytes`.",
            ),
        ],
    },
    Section {
        path: "camera",
        form: Many,
        variant: None,
        doc: "A camera. What is not set is taken from `[camera-defaults]`. At least one, at most 2000.",
        keys: &[
            key("id", Kind::Id, Required("\"entrance\""), "Names the camera in evidence and history."),
            key(
                "name",
                Kind::Text,
                Absent("\"Main entrance\""),
                "What people call the camera; its id when not set.",
            ),
            key(
                "address",
                Kind::Address(&[]),
                Required("\"10.20.0.101\""),
                "Its address on the local network.",
            ),
            key("account", Kind::Id, Absent("\"cameras\""), "The account to use."),
            key("segment", Kind::Id, Absent("\"floor-a\""), "The segment it hangs on."),
            key("scheme", Kind::Choice(&["http", "https"]), Absent("\"https\""), "How it is spoken to."),
            key("port", Kind::Port, Absent("80"), "The port of that scheme."),
            key("rtsp-port", Kind::Port, Absent("554"), "Its port for video."),
            key("onvif-port", Kind::Port, Absent("8000"), "Its port for ONVIF by `http`, where it has one."),
            key(
                "onvif-path",
                Kind::UrlPath(&[]),
                Absent("\"/onvif/device_service\""),
                "The path of its ONVIF device service.",
            ),
            key(
                "basic-over-tls",
                Kind::Flag,
                Absent("true"),
                "Whether it gets the password itself over TLS when it offers only Basic or is a Reolink; for cameras spoken to by `https` only.",
            ),
            key(
                "stream-path",
                Kind::UrlPath(&["auto"]),
                Absent("\"/Streaming/Channels/102\""),
                "Path and query of its video stream.",
            ),
            key(
                "picture-path",
                Kind::UrlPath(&["auto"]),
                Absent("\"/ISAPI/Streaming/channels/102/picture\""),
                "Path and query of its snapshots.",
            ),
            key(
                "video",
                Kind::Choice(&["both", "stream", "picture", "none"]),
                Absent("\"stream\""),
                "Which of its video is looked at.",
            ),
        ],
    },
    Section {
        path: "relay-check",
        form: One,
        variant: None,
        doc: "A way of your own through the vendor's relay to the branch, for instance the address of a small picture in the vendor's portal: it is asked for as one more host of the service. One GET every four `vendor-interval`; no redirect is followed, and 1 MiB is read at most. Choose what does not depend on one camera, such as the list of a recorder: a camera that is dead behind the relay fails here too, and then Demarc has to say that it does not know. A refused login is no outage, and is not shown again for a quarter of an hour.",
        keys: &[
            key(
                "url",
                Kind::Url(&["https"]),
                Required("\"https://portal.example.com/branch-7/snapshot.jpg\""),
                "What is asked for. Treated as a secret, because many such addresses are.",
            ),
            key(
                "capability",
                Kind::Id,
                Text("remote-access"),
                "The service of the vendor's profile that it is evidence about.",
            ),
            key(
                "account",
                Kind::Id,
                Absent("\"portal\""),
                "The `[[account]]` whose user and password are shown by Basic: to this host alone, over TLS whose certificate was verified. Make one for this that may only look.",
            ),
            key(
                "token",
                Kind::Secret,
                Absent("{ file = \"portal.token\" }"),
                "Where a bearer token is that is shown instead of an account, on the same terms.",
            ),
            key(
                "expect-status",
                Kind::Integer { least: 200, most: 499 },
                Number(200),
                "The status of a healthy answer. 401 and 403 are a refused login where they are not expected, 404 and all from 500 on say that the relay reaches nothing.",
            ),
            key(
                "expect-type",
                Kind::Text,
                Absent("\"image/jpeg\""),
                "The media type of a healthy answer; any when not set. A page that says sorry has status 200 as well.",
            ),
            key(
                "private",
                Kind::Flag,
                Flag(false),
                "Whether the name may have a private address. Where it may not, such an answer is the resolver's mistake, and no login is shown.",
            ),
        ],
    },
    Section {
        path: "probing",
        form: One,
        variant: None,
        doc: "How often, and how long to wait. Durations are a number with ms, s, m, h or d.",
        keys: &[
            key(
                "path-interval",
                INTERVAL,
                Text("5s"),
                "Between checks of the link, router, resolver and controls.",
            ),
            key("vendor-interval", INTERVAL, Text("15s"), "Between checks of the vendor's hosts."),
            key("camera-interval", INTERVAL, Text("15s"), "Between checks of one camera without a password."),
            key("login-interval", INTERVAL, Text("20s"), "Between checks of one camera with its password."),
            key(
                "video-interval",
                INTERVAL,
                Text("5m"),
                "Between looks at one camera's stream, and at its picture.",
            ),
            key(
                "suspicion-interval",
                INTERVAL,
                Text("2s"),
                "Between checks of what would settle a suspicion.",
            ),
            key(
                "connect-timeout",
                TIMEOUT,
                Text("2s"),
                "For a connection to be made; one lost packet is repeated after a second.",
            ),
            key("tls-timeout", TIMEOUT, Text("5s"), "For a TLS handshake."),
            key("timeout", TIMEOUT, Text("10s"), "For a whole check; at least `connect-timeout`."),
        ],
    },
    Section {
        path: "diagnosis",
        form: One,
        variant: None,
        doc: "When incidents close and doubts are told.",
        keys: &[
            key(
                "close-after",
                SETTLING,
                Text("30s"),
                "A fault must be gone for so long before its incident closes.",
            ),
            key(
                "undetermined-after",
                SETTLING,
                Text("60s"),
                "Trouble that cannot be explained is told after so long.",
            ),
            key(
                "clock-tolerance",
                Kind::Duration { least_ms: 3_000, most_ms: HOUR_MS },
                Text("60s"),
                "A camera's clock that is further off is a fault: its recordings prove nothing. From five minutes on it is also said that logins by ONVIF fail that are signed with the time.",
            ),
        ],
    },
    Section {
        path: "channel",
        form: Many,
        variant: Some("webhook"),
        doc: "A way to tell people: an HTTP request.",
        keys: &[
            key("id", Kind::Id, Required("\"noc\""), "Names the channel."),
            key("type", Kind::Choice(&["webhook", "smtp"]), Required("\"webhook\""), "This kind of channel."),
            key(
                "url",
                Kind::Url(&["https", "http"]),
                Required("\"https://noc.example.com/demarc\""),
                "Where messages are posted. Treated as a secret, because many such addresses are.",
            ),
            key(
                "secret",
                Kind::Secret,
                Absent("{ file = \"noc.secret\" }"),
                "Signs every message (HMAC-SHA256); without it messages are not signed.",
            ),
        ],
    },
    Section {
        path: "channel",
        form: Many,
        variant: Some("smtp"),
        doc: "A way to tell people: a mail.",
        keys: &[
            key("id", Kind::Id, Required("\"mail\""), "Names the channel."),
            key("type", Kind::Choice(&["webhook", "smtp"]), Required("\"smtp\""), "This kind of channel."),
            key("host", Kind::Host, Required("\"mail.example.com\""), "The mail server."),
            key(
                "port",
                Kind::Port,
                Absent("587"),
                "Its port: 587 for starttls, 465 for tls, 25 for none when not set.",
            ),
            key(
                "security",
                Kind::Choice(&["starttls", "tls", "none"]),
                Text("starttls"),
                "How the connection is protected; `none` permits no password.",
            ),
            key(
                "username",
                Kind::Text,
                Absent("\"demarc@example.com\""),
                "The user at the mail server; needs `password`.",
            ),
            key(
                "password",
                Kind::Secret,
                Absent("{ file = \"mail.password\" }"),
                "Where that user's password is.",
            ),
            key("from", Kind::MailAddress, Required("\"demarc@example.com\""), "The sender's address."),
            key("to", Kind::Texts, Required("[\"oncall@example.com\"]"), "The receivers' addresses."),
            key(
                "ca-file",
                Kind::File,
                Absent("\"company-ca.pem\""),
                "Certificate authorities to trust for this server besides the system's, in PEM.",
            ),
        ],
    },
    Section {
        path: "alerting",
        form: One,
        variant: None,
        doc: "When people are told. The status and the history do not wait.",
        keys: &[key(
            "resolve-after",
            Kind::Duration { least_ms: 0, most_ms: HOUR_MS },
            Text("6m"),
            "The end of an incident is told after so long. When the same component fails again until then, the page goes on: it is told as an update of the page that is open, and not as a new one. \"0s\" tells the end at once.",
        )],
    },
    Section {
        path: "store",
        form: One,
        variant: None,
        doc: "How much history is kept. Whichever limit is reached first holds. Incidents stay.",
        keys: &[
            key("history-days", Kind::Integer { least: 1, most: 3_650 }, Number(90), "Days of history."),
            key(
                "history-megabytes",
                Kind::Integer { least: 10, most: 1_000_000 },
                Number(500),
                "Megabytes of history.",
            ),
            key(
                "snapshot-megabytes",
                Kind::Integer { least: 0, most: 100_000 },
                Number(0),
                "Megabytes of pictures, besides. With 0 none is kept. Else those around each change are: the last good one and the two that stand still or show nothing, and the first good one after them. `demarc snapshots` shows them; the oldest go first.",
            ),
        ],
    },
];
