//! Every fault of the lab: how it is brought about, and what has to be said of it.

use super::act::{Act, Hit, Place};
use super::site::{Site, segment_id};
use super::special;
use demarc_model::verdict::PageRelation;
use std::collections::BTreeSet;
use std::time::Duration;

/// What must be open, of each thing the forms that are right.
pub(crate) type Truth = &'static [&'static [&'static str]];

/// A fault and its truth. In texts, `{camera}` and `{segment}` stand for those that it hits, and `{each}` for each
/// segment, of which all must be told.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// What must be open while it lasts.
    pub(crate) truth: Truth,
    /// What may be open besides: true, and not to be known from the branch in all cases.
    pub(crate) may: &'static [&'static str],
    pub(crate) acts: &'static [Act],
    /// What comes after, when the truth is told, each with the truth from then on.
    pub(crate) then: &'static [(Act, Truth)],
    /// What has to be said of the vendor's status page in the end; it is read once a minute, so not at once.
    pub(crate) page: Option<PageRelation>,
    /// How long the service has to have watched the branch before.
    pub(crate) watched_s: u64,
    /// How long the verdict may take, or how long nobody may be blamed; rare probes see some faults only
    /// after minutes. What flaps lasts that long.
    pub(crate) patience_s: u64,
    /// How long the end may take; `None` when the service waits on purpose, as after a refused password.
    pub(crate) closes_s: Option<u64>,
    pub(crate) when: When,
    /// It comes for so long and goes for so long, and again.
    pub(crate) flaps_s: Option<u64>,
    /// Whether only probes see it that are made once a minute or more seldom.
    pub(crate) seldom: bool,
}

/// What comes and goes so quickly that most attempts come through takes its time to be seen.
const FLAPS_SEEN_WITHIN: u64 = 300;

/// Which runs a fault is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Every run of the tests.
    Always,
    /// The campaign, or when it is asked for by name.
    Campaign,
    /// Only when it is asked for by name.
    Named,
}

const fn fault(name: &'static str, truth: &'static [&'static [&'static str]], acts: &'static [Act]) -> Fault {
    Fault {
        name,
        truth,
        may: &[],
        acts,
        then: &[],
        page: None,
        watched_s: 0,
        patience_s: 120,
        closes_s: Some(180),
        when: When::Campaign,
        flaps_s: None,
        seldom: false,
    }
}

impl Fault {
    /// What is at fault: `line`, `vendor axis`, `camera cam-03`.
    pub(crate) fn components(&self, site: &Site, hit: Hit) -> BTreeSet<String> {
        let told = self.told().flat_map(|forms| each(site, forms)).flatten();
        let may = self.may.iter().map(|text| (*text).to_owned());
        told.chain(may).map(|text| component(&hit.fill(site, &text))).collect()
    }

    /// How many pages there may be: one for each thing that is at fault, and one for what all switches have.
    pub(crate) fn causes(&self, site: &Site, hit: Hit) -> usize {
        let told = self.told().flat_map(|forms| *forms).chain(self.may);
        told.map(|text| component(&hit.fill(site, text))).collect::<BTreeSet<_>>().len()
    }

    /// All that must be told, from the beginning to the end.
    fn told(&self) -> impl Iterator<Item = &'static &'static [&'static str]> {
        self.truth.iter().chain(self.then.iter().flat_map(|(_, truth)| *truth))
    }

    /// How long a run takes as a rule, from the beginning until it has closed: what is rare is seen after half
    /// its time and closes after half of it.
    pub(crate) fn usually_lasts(&self) -> Duration {
        let lasts = match (self.flaps_s, self.patience_s) {
            (Some(period), patience) => patience + 2 * period,
            (None, patience) => 60 + patience / 2,
        };
        Duration::from_secs(lasts + self.then.len() as u64 * 15)
    }

    const fn always(self) -> Self {
        Self { when: When::Always, ..self }
    }

    /// A verdict and its end may take that long.
    const fn slow(self, seconds: u64) -> Self {
        Self { patience_s: seconds, closes_s: Some(seconds), ..self }
    }

    /// Seen by rare probes: a verdict and its end take that long.
    const fn seldom(self, seconds: u64) -> Self {
        Self { seldom: true, ..self.slow(seconds) }
    }

    const fn never_closes(self) -> Self {
        Self { closes_s: None, ..self }
    }

    /// As long out as in.
    const fn flaps(self, seconds: u64) -> Self {
        let long = 4 * seconds + 120;
        let patience_s = if long < FLAPS_SEEN_WITHIN { FLAPS_SEEN_WITHIN } else { long };
        Self { flaps_s: Some(seconds), patience_s, closes_s: Some(1500), ..self }
    }

    /// What a camera's pictures are like is known after three of them, of which one is taken every five minutes.
    const fn unlike_its_usual(self) -> Self {
        Self { watched_s: 960, ..self }
    }

    const fn page(self, relation: PageRelation) -> Self {
        Self { page: Some(relation), ..self }
    }

    const fn may(self, may: &'static [&'static str]) -> Self {
        Self { may, ..self }
    }
}

fn component(text: &str) -> String {
    let words = if text.starts_with("camera") || text.starts_with("segment") { 2 } else { 1 };
    text.split(' ').take(words).collect::<Vec<_>>().join(" ")
}

/// The forms of one thing that must be told; of each segment, where they are about each.
pub(crate) fn each(site: &Site, forms: &[&str]) -> Vec<Vec<String>> {
    let about_each = forms.iter().any(|form| form.contains("{each}"));
    let segments = if about_each { site.switches.len() } else { 1 };
    let of = |n: usize| forms.iter().map(|form| form.replace("{each}", &segment_id(n))).collect();
    (0..segments).map(of).collect()
}

const CABLE: Act = Act::On(Place::Switch, "ip link set {port} down", "ip link set {port} up");
const SWITCH: Act = Act::On(Place::Trunk, "ip link set {uplink} down", "ip link set {uplink} up");
const LINE: Act = Act::Cut(Place::Access, "site");
const VENDOR: Act = Act::Filter(Place::Core, "ip daddr 192.0.2.0/24 drop");
const RESOLVER: Act = Act::On(
    Place::Router,
    "nft add table ip mute; nft add chain ip mute in '{ type filter hook input priority 0; }'; nft add rule ip mute in meta l4proto { tcp, udp } th dport 53 drop",
    "nft delete table ip mute",
);
const OUTAGE: &str = "vendor axis outage: remote-access, login, device-manager, website";
const RELAYS_OUT: &[&str] = &["vendor axis outage: remote-access"];
const RELAYS_BAD: &[&str] = &["vendor axis degraded: remote-access"];
const RELAYS_EITHER: &[&str] = &["vendor axis outage: remote-access", "vendor axis degraded: remote-access"];
const RELAY: Act = Act::Filter(Place::Core, "ip daddr 192.0.2.10/31 drop");

const FEBRUARY: &[(Act, Truth)] = &[
    (CABLE, &[&[OUTAGE], &["camera {camera} unreachable"]]),
    (Act::On(Place::Switch, "ip link set {port} up", ""), &[&[OUTAGE]]),
    (Act::Beyond("status investigating", "status green"), &[&[OUTAGE]]),
    (
        back("ip daddr { 192.0.2.10-192.0.2.15 } drop"),
        &[&["vendor axis outage: remote-access, login, device-manager"]],
    ),
    (back("ip daddr { 192.0.2.14-192.0.2.15 } drop"), &[&["vendor axis outage: device-manager"]]),
];

/// What of the vendor still swallows everything.
const fn back(rule: &'static str) -> Act {
    Act::Instead(Place::Core, rule)
}

pub(crate) const FAULTS: &[Fault] = &[
    // The cameras.
    fault("camera-cable", &[&["camera {camera} unreachable"]], &[CABLE]).always(),
    fault("camera-hung", &[&["camera {camera} hung"]], &[Act::Camera("camera-hung")]).always(),
    fault("camera-rebooting", &[&["camera {camera} rebooting"]], &[Act::Camera("camera-rebooting")]),
    fault("camera-password", &[&["camera {camera} credentials"]], &[Act::Camera("camera-password-changed")])
        .never_closes()
        .always(),
    fault("camera-locked-out", &[&["camera {camera} locked-out"]], &[Act::Camera("camera-locked-out")]),
    fault("camera-clock", &[&["camera {camera} clock"]], &[Act::Camera("camera-clock-off")]).always(),
    fault(
        "camera-identity",
        &[&["camera {camera} identity-changed"]],
        &[Act::Camera("camera-replaced")],
    ),
    fault("camera-stream", &[&["camera {camera} stream"]], &[Act::Camera("camera-stream-dead")]).seldom(660),
    fault("camera-frozen", &[&["camera {camera} image-frozen"]], &[Act::Camera("camera-image-frozen")])
        .unlike_its_usual()
        .seldom(1500),
    fault("camera-dark", &[&["camera {camera} image-dark"]], &[Act::Camera("camera-image-dark")])
        .unlike_its_usual()
        .seldom(1500),
    fault("camera-storage", &[&["camera {camera} storage"]], &[Act::Camera("camera-storage-failed")])
        .seldom(1500),
    fault(
        "camera-address",
        &[&["camera {camera} address-conflict"]],
        &[Act::Special(special::second_device, special::strangers_leave)],
    )
    .seldom(660),
    // The branch's network.
    fault("switch-down", &[&["segment {segment} down"]], &[SWITCH]).always(),
    fault(
        "switch-lossy",
        &[&["segment {segment} degraded"]],
        &[Act::On(
            Place::Switch,
            "nft add table bridge lab; nft add chain bridge lab in '{ type filter hook prerouting priority 0; }'; nft add rule bridge lab in numgen random mod 100 \\< 40 drop",
            "nft delete table bridge lab",
        )],
    ),
    fault("cameras-dark", &[&["segment {each} down"]], &[Act::Special(special::all_ports_down, special::all_ports_up)]),
    fault(
        "lan-down",
        &[&["lan down"]],
        &[Act::On(Place::Trunk, "ip link set net down", "ip link set net up")],
    ),
    fault(
        "gateway-down",
        &[&["gateway down"]],
        &[Act::On(Place::Trunk, "ip link set {router-port} down", "ip link set {router-port} up")],
    )
    .always(),
    fault(
        "gateway-no-forwarding",
        &[&["gateway no-forwarding"]],
        &[Act::On(
            Place::Router,
            "echo 0 > /proc/sys/net/ipv4/ip_forward",
            "echo 1 > /proc/sys/net/ipv4/ip_forward",
        )],
    ),
    // The line.
    fault("line-cut", &[&["line down"]], &[LINE]).always(),
    fault(
        "line-loss-10",
        &[&["line loss"]],
        &[Act::Filter(Place::Access, "numgen random mod 100 < 10 drop")],
    ),
    fault(
        "line-loss-30",
        &[&["line loss"]],
        &[Act::Filter(Place::Access, "numgen random mod 100 < 30 drop")],
    )
    .always(),
    fault("line-slow", &[&["line latency"]], &[Act::Special(special::slow_line, special::no_delay)]),
    fault("line-mtu", &[&["line mtu"]], &[Act::Filter(Place::Core, "ip length > 1300 drop")]).always(),
    fault(
        "line-ipv6",
        &[&["line ipv6"]],
        &[Act::On(
            Place::Access,
            "ip -6 route del default",
            "ip -6 route add default via 2001:db8:65::1",
        )],
    )
    .slow(400),
    Fault {
        when: When::Named,
        patience_s: 3600,
        ..fault("line-loss-2-for-an-hour", &[], &[Act::Filter(Place::Access, "numgen random mod 100 < 2 drop")])
    },
    // Names, and who answers in another's place.
    fault("resolver-silent", &[&["dns silent"]], &[RESOLVER]).always(),
    fault(
        "resolver-servfail",
        &[&["dns servfail"]],
        &[Act::Special(special::validates_wrongly, special::resolves)],
    ),
    fault(
        "resolver-rewrites",
        &[&["dns wrong-answers", "interception dns-rewriting"]],
        &[Act::Special(special::rewrites, special::resolves)],
    ),
    fault(
        "captive-portal",
        &[&["interception captive-portal"]],
        &[Act::Special(special::portal, special::no_interception)],
    )
    .always(),
    fault(
        "tls-inspection",
        &[&["interception tls-inspection"]],
        &[Act::Special(special::inspection, special::no_interception)],
    ),
    // This computer.
    fault(
        "agent-link",
        &[&["agent link-down"]],
        &[Act::On(Place::Trunk, "ip link set {agent-port} down", "ip link set {agent-port} up")],
    ),
    fault(
        "agent-address",
        &[&["agent address-conflict"]],
        &[Act::Special(special::our_address, special::strangers_leave)],
    )
    .seldom(240),
    fault("agent-clock", &[&["agent clock"]], &[Act::Special(special::clock_off, special::clock_right)]),
    fault("second-line", &[&["agent second-line"]], &[Act::Cut(Place::Mobile, "upper")]).slow(400),
    // The vendor.
    fault(
        "relay-refused",
        &[RELAYS_OUT],
        &[Act::Filter(Place::Core, "ip daddr 192.0.2.10/31 tcp dport 443 reject with tcp reset")],
    ),
    fault(
        "relay-swallowed",
        &[RELAYS_OUT],
        &[RELAY],
    )
    .always(),
    fault("relay-error", &[RELAYS_OUT], &[Act::Beyond("vendor-capability:remote-access", "heal-all")]),
    fault("relay-slow", &[RELAYS_BAD], &[Act::Special(special::slow_relay, special::no_delay)])
        .slow(400),
    fault("relay-one-dead", &[RELAYS_BAD], &[Act::Filter(Place::Core, "ip daddr 192.0.2.10 drop")]),
    fault(
        "relay-one-in-five",
        &[RELAYS_BAD],
        &[Act::Filter(
            Place::Core,
            "ip daddr 192.0.2.10/31 tcp dport 443 tcp flags syn numgen random mod 100 < 20 reject with tcp reset",
        )],
    )
    .slow(600),
    fault(
        "login-error",
        &[&["vendor axis outage: login"]],
        &[Act::Beyond("vendor-capability:login", "heal-all")],
    )
    .always(),
    fault("vendor-gone", &[&[OUTAGE]], &[VENDOR]).always(),
    fault(
        "website-gone",
        &[&["vendor axis outage: website"]],
        &[Act::Filter(Place::Core, "ip daddr 192.0.2.16/31 drop")],
    ),
    fault(
        "vendor-certificate",
        &[&["vendor axis tls: remote-access, login, device-manager, website"]],
        &[Act::Beyond("vendor-certificate-expired", "heal-all")],
    ),
    // The vendor's page, which alone blames nobody.
    fault("page-dead", &[], &[Act::Beyond("status-page-dead", "heal-all")]).page(PageRelation::Silent),
    fault("page-cries-wolf", &[], &[Act::Beyond("status investigating", "status green")])
        .page(PageRelation::CriesWolf)
        .always(),
    fault("page-stale", &[&[OUTAGE]], &[VENDOR]).page(PageRelation::Stale),
    // It says once more that all is well, when it is not.
    Fault {
        then: &[(Act::Beyond("status green", ""), &[&[OUTAGE]])],
        ..fault("page-lies", &[&[OUTAGE]], &[VENDOR]).page(PageRelation::Lying)
    },
    fault(
        "page-admits",
        &[&[OUTAGE]],
        &[VENDOR, Act::Beyond("status investigating", "status green")],
    )
    .page(PageRelation::Agrees),
    // February 2022: gone with a green page, admitted late, back service by service, and meanwhile a camera
    // of our own.
    Fault {
        then: FEBRUARY,
        ..fault("february-2022", &[&[OUTAGE]], &[VENDOR])
    },
    // Two at once.
    fault("vendor-and-camera", &[&[OUTAGE], &["camera {camera} unreachable"]], &[VENDOR, CABLE]).always(),
    fault("line-and-camera", &[&["line down"], &["camera {camera} unreachable"]], &[LINE, CABLE]),
    fault("line-and-vendor", &[&["line down"]], &[LINE, VENDOR]).may(&[OUTAGE]),
    fault("switch-and-vendor", &[&["segment {segment} down"], &[OUTAGE]], &[SWITCH, VENDOR]),
    fault("resolver-and-camera", &[&["dns silent"], &["camera {camera} unreachable"]], &[RESOLVER, CABLE]),
    // To and fro: as long out as in.
    fault("camera-flaps-5", &[&["camera {camera} unreachable"]], &[CABLE]).flaps(5),
    fault("camera-flaps-30", &[&["camera {camera} unreachable"]], &[CABLE]).flaps(30),
    fault("camera-flaps-300", &[&["camera {camera} unreachable"]], &[CABLE]).flaps(300),
    fault("line-flaps-5", &[&["line down", "line loss"]], &[LINE]).flaps(5),
    fault("line-flaps-30", &[&["line down", "line loss"]], &[LINE]).flaps(30),
    fault("line-flaps-300", &[&["line down"]], &[LINE]).flaps(300),
    fault("relay-flaps-5", &[RELAYS_EITHER], &[RELAY]).flaps(5),
    fault("relay-flaps-30", &[RELAYS_EITHER], &[RELAY]).flaps(30),
    fault("relay-flaps-300", &[RELAYS_OUT], &[RELAY]).flaps(300),
];
