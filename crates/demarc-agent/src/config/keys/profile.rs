//! The keys of a vendor profile, `vendors/*.toml`.

use super::Fallback::{Absent, Flag, Required, Text};
use super::Form::{Many, One};
use super::{Kind, Section, key};

pub(crate) const SECTIONS: &[Section] = &[
    Section {
        path: "",
        form: One,
        variant: None,
        doc: "The vendor. A profile replaces the shipped one with the same id as a whole.",
        keys: &[
            key("id", Kind::Id, Required("\"axis\""), "What `vendor` in `[site]` refers to."),
            key("name", Kind::Text, Required("\"Axis Communications\""), "What people call the vendor."),
            key(
                "camera-cloud",
                Kind::Choice(&["ezviz", "tcptest"]),
                Absent("\"ezviz\""),
                "How this vendor's cameras tell whether they are connected to it: `ezviz` asks Hikvision cameras for \
                 their registration, `tcptest` has Axis cameras connect to the endpoints with `from-cameras`, up to three, until one answers. \
                 A camera that never got there is not missed there. Without it they are not asked.",
            ),
            key(
                "relay-domains",
                Kind::Texts,
                Absent("[\"axis.com\"]"),
                "The domains in which this vendor's relays are. A relay that a camera names is asked when its name lies in one of them, or when it is a public address.",
            ),
        ],
    },
    Section {
        path: "capability",
        form: Many,
        variant: None,
        doc: "A service of the vendor as the customer sees it. Each is judged alone.",
        keys: &[
            key("id", Kind::Id, Required("\"remote-access\""), "What endpoints refer to."),
            key("name", Kind::Text, Required("\"remote access\""), "What people call the service."),
            key(
                "name-de",
                Kind::Text,
                Absent("\"Fernzugriff\""),
                "The same in German, for sites whose language that is; `name` when not set.",
            ),
            key(
                "page-components",
                Kind::Texts,
                Absent("[\"Remote Access\"]"),
                "The names under which the status page lists this service.",
            ),
        ],
    },
    Section {
        path: "endpoint",
        form: Many,
        variant: None,
        doc: "A host that provides a capability. An outage needs two that share neither name nor address.",
        keys: &[
            key("id", Kind::Id, Required("\"relay-1\""), "Names the endpoint in evidence."),
            key("capability", Kind::Id, Required("\"remote-access\""), "The capability it provides."),
            key("host", Kind::Host, Required("\"relay-1.example.com\""), "Its name."),
            key(
                "region",
                Kind::Id,
                Absent("\"eu\""),
                "The region of the vendor's cloud it stands in, when the vendor has several: they fail one by one.",
            ),
            key(
                "address",
                Kind::Address(&[]),
                Absent("\"192.0.2.1\""),
                "An address published for it; it is then also contacted without asking a resolver.",
            ),
            key(
                "port",
                Kind::Port,
                Absent("443"),
                "The port that is contacted; 443 when not set, and 3478 for `stun`.",
            ),
            key(
                "check",
                Kind::Choice(&["https", "tls", "tcp", "stun"]),
                Text("https"),
                "How far a check goes: an HTTPS answer below 500, a TLS handshake, a TCP connection, or by UDP an answer to a STUN Binding request, which TURN servers give as well. A host that never answered to `stun` counts for nothing: the branch's own firewall may let no UDP out.",
            ),
            key("path", Kind::UrlPath(&[]), Absent("\"/\""), "What `https` asks for; `/` when not set."),
            key(
                "trust",
                Kind::Choice(&["public", "any"]),
                Text("public"),
                "Which certificates pass: those of a known authority, or any, where the vendor uses a private authority.",
            ),
            key(
                "issuer",
                Kind::Text,
                Absent("\"Example Root CA\""),
                "What the name of its certificate's issuer contains. Another issuer is not the vendor, even where this computer trusts it: the firewall that inspects TLS may be one that it trusts. Give controls an `issuer` as well, or that firewall is taken for the vendor's mistake.",
            ),
            key(
                "private",
                Kind::Flag,
                Flag(false),
                "Whether the name may have a private address; it may when `address` is one.",
            ),
            key(
                "from-cameras",
                Kind::Flag,
                Flag(false),
                "Whether it is one of the relays that the site's cameras carry a list of (Axis: `RemoteService.ServerList`): what they tell then stands in its place. All such endpoints provide one capability, and `relay-domains` says where relays may be.",
            ),
            key(
                "source",
                Kind::Text,
                Required("\"vendor's port guide, 2026\""),
                "Where it is published that this host is used for this.",
            ),
            key("verified", Kind::Flag, Flag(false), "Whether it has been seen to work as described here."),
        ],
    },
    Section {
        path: "status-page",
        form: One,
        variant: None,
        doc: "The vendor's status page; a witness, never a judge.",
        keys: &[
            key(
                "url",
                Kind::Url(&["https", "http"]),
                Required("\"https://status.example.com/\""),
                "The page, best in a form for machines; where that is, is otherwise looked for.",
            ),
            key(
                "format",
                Kind::Choice(&[
                    "auto",
                    "statuspage",
                    "instatus",
                    "better-stack",
                    "cachet-3",
                    "cachet-2",
                    "status-io",
                    "openstatus",
                    "rss",
                    "atom",
                    "html",
                ]),
                Text("auto"),
                "The form it is in; `auto` finds it out. See [status pages](../status-pages.md).",
            ),
            key(
                "private",
                Kind::Flag,
                Flag(false),
                "Whether its name, or one that it sends its readers to, may have a private address. Where it may not, such an answer is the resolver's mistake, and nothing in the branch is asked for.",
            ),
            key("source", Kind::Text, Absent("\"the page's own footer\""), "Where the address was found."),
            key("verified", Kind::Flag, Flag(false), "Whether it has been seen to work as described here."),
        ],
    },
];
