//! What can be done to the branch and its world, and undone.

use super::site::{Site, id, segment_id};
use crate::lab::Host;

/// One thing that goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// A fault of the simulation, of the camera that is hit.
    Camera(&'static str),
    /// Two commands to the simulation of what lies beyond the line: it begins, it ends.
    Beyond(&'static str, &'static str),
    /// Two lines of the shell on a host.
    On(Place, &'static str, &'static str),
    /// A rule of nftables for what a host forwards.
    Filter(Place, &'static str),
    /// Another rule in the place of those that a host has.
    Instead(Place, &'static str),
    /// Nothing passes an interface of a host any more, in either direction.
    Cut(Place, &'static str),
    Special(fn(&mut Site, Hit), fn(&mut Site, Hit)),
}

/// Where something is done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// The switch of the camera that is hit.
    Switch,
    Trunk,
    Router,
    Access,
    Core,
    Mobile,
}

/// The camera that a fault hits, and with it its switch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) camera: usize,
}

impl Hit {
    pub(crate) fn segment(self, site: &Site) -> usize {
        site.cameras[self.camera].segment
    }

    /// The text with the names of what is hit.
    pub(crate) fn fill(self, site: &Site, text: &str) -> String {
        let segment = self.segment(site);
        text.replace("{camera}", &id(self.camera))
            .replace("{segment}", &segment_id(segment))
            .replace("{port}", &port(&site.cameras[self.camera].host))
            .replace("{uplink}", &format!("switch-{segment}"))
            .replace("{router-port}", &port(&site.way.router))
            .replace("{agent-port}", &port(&site.way.agent))
    }
}

/// The port of a switch at which a host hangs.
pub(crate) fn port(host: &Host) -> String {
    format!("port-{}", host.id())
}

impl Place {
    fn host(self, site: &Site, hit: Hit) -> &Host {
        match self {
            Self::Switch => &site.switches[hit.segment(site)],
            Self::Trunk => &site.trunk,
            Self::Router => &site.way.router,
            Self::Access => &site.way.access,
            Self::Core => &site.way.core,
            Self::Mobile => &site.mobile,
        }
    }
}

impl Act {
    pub(crate) fn begin(self, site: &mut Site, hit: Hit) {
        match self {
            Self::Camera(fault) => {
                let id = id(hit.camera);
                site.cameras[hit.camera].simulated.tell(&format!("{fault}:{id}"));
            }
            Self::Beyond(begin, _) => {
                site.beyond.tell(begin);
            }
            Self::On(place, begin, _) => place.host(site, hit).shell(&hit.fill(site, begin)),
            Self::Filter(place, rule) => place.host(site, hit).filter(&site.lab, rule),
            Self::Instead(place, rule) => {
                place.host(site, hit).run("nft delete table ip lab");
                place.host(site, hit).filter(&site.lab, rule);
            }
            Self::Cut(place, interface) => cut(place.host(site, hit), interface),
            Self::Special(begin, _) => begin(site, hit),
        }
    }

    pub(crate) fn end(self, site: &mut Site, hit: Hit) {
        match self {
            Self::Camera(_) => {
                site.cameras[hit.camera].simulated.tell("heal-all");
            }
            Self::Beyond(_, end) => {
                site.beyond.tell(end);
            }
            Self::On(place, _, end) => place.host(site, hit).shell(&hit.fill(site, end)),
            Self::Filter(place, _) | Self::Instead(place, _) => {
                place.host(site, hit).run("nft delete table ip lab")
            }
            Self::Cut(place, _) => place.host(site, hit).run("nft delete table inet cut"),
            Self::Special(_, end) => end(site, hit),
        }
    }
}

fn cut(host: &Host, interface: &str) {
    host.run("nft add table inet cut");
    for (name, hook, way) in [("in", "prerouting", "iifname"), ("out", "postrouting", "oifname")] {
        host.shell(&format!(
            "nft add chain inet cut {name} '{{ type filter hook {hook} priority -300; }}'; \
             nft add rule inet cut {name} {way} {interface} drop"
        ));
    }
}
