//! A fleet of branches as it might be, and how often its sites have trouble of their own.

use crate::chance::Chance;
use demarc_diagnosis::fleet::{
    Attributes, Class, FindingId, Fleet, FleetPolicy, Group, Kind, Limits, SiteKey,
};
use demarc_model::id::SiteId;
use demarc_model::time::Timestamp;

pub(crate) const SITES: usize = 5_000;
const OPERATORS: usize = 12;
const CITIES: usize = 60;
const REGIONS: usize = 5;
const FIRMWARES: usize = 14;
pub(crate) const YEAR_S: f64 = 31_557_600.0;

/// Onsets of a class at one site in a year, when nothing beyond the site is wrong.
pub(crate) fn per_year(class: Class) -> f64 {
    match class {
        Class::Silent => 6.0,
        Class::Line => 4.0,
        Class::Vendor | Class::CameraRelease => 3.0,
        Class::Gateway | Class::Dns | Class::Agent => 1.0,
        Class::Interception => 0.3,
    }
}

pub(crate) struct Site {
    pub(crate) attributes: Attributes,
    pub(crate) groups: Vec<Group>,
}

pub(crate) struct World {
    pub(crate) sites: Vec<Site>,
}

impl World {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        Self { sites: (0..SITES).map(|_| site(chance)).collect() }
    }

    /// A group of a kind with at least this many sites; larger ones are likelier.
    pub(crate) fn some_group(&self, kind: Kind, least: usize, chance: &mut Chance) -> Group {
        loop {
            let groups = &self.sites[chance.below(SITES)].groups;
            let Some(group) = groups.iter().find(|group| group.kind() == kind) else { continue };
            if self.members(group).count() >= least {
                return group.clone();
            }
        }
    }

    pub(crate) fn members<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = usize> + 'a {
        let inside = self.sites.iter().enumerate().filter(|(_, site)| site.groups.contains(group));
        inside.map(|(at, _)| at)
    }

    /// Whether all members of a group are in the other.
    pub(crate) fn is_within(&self, part: &Group, whole: &Group) -> bool {
        self.members(part).all(|site| self.sites[site].groups.contains(whole))
    }

    pub(crate) fn is_same(&self, a: &Group, b: &Group) -> bool {
        self.is_within(a, b) && self.is_within(b, a)
    }

    /// A fleet service that knows these sites.
    pub(crate) fn fleet(&self, policy: FleetPolicy, now: Timestamp) -> (Fleet, Vec<SiteKey>) {
        let limits = Limits { sites: SITES, groups: 2_048, findings: 32 };
        let mut fleet = Fleet::new(policy, limits, now, FindingId(1));
        let keys = self.sites.iter().enumerate().map(|(at, site)| {
            let id = SiteId::new(&format!("site-{at}")).expect("digits are fit for an id");
            fleet.join(&id, &site.attributes).expect("the limits were chosen for this fleet")
        });
        let keys = keys.collect();
        (fleet, keys)
    }
}

/// What the service would know of a site as a group, in our own words.
fn site(chance: &mut Chance) -> Site {
    let operator = label("operator", chance.zipf(OPERATORS));
    let city_number = chance.zipf(CITIES);
    let city = label("city", city_number);
    let region = label("region", city_number % REGIONS);
    let firmware = label("firmware", chance.zipf(FIRMWARES));
    let agent = label("agent", if chance.strikes(0.9) { 0 } else { 1 + chance.below(2) });
    let groups = vec![
        Group::Operator(operator.clone()),
        Group::City(city.clone()),
        Group::OperatorCity(operator.clone(), city.clone()),
        Group::VendorRegion(region.clone()),
        Group::Firmware(firmware.clone()),
        Group::AgentVersion(agent.clone()),
        Group::OperatorRegion(operator.clone(), region.clone()),
        Group::All,
    ];
    let attributes = Attributes {
        operator: Some(operator),
        city: Some(city),
        vendor_region: Some(region),
        firmware: Some(firmware),
        agent_version: Some(agent),
        power_utility: None,
        configuration: None,
    };
    Site { attributes, groups }
}

fn label(what: &str, number: usize) -> Box<str> {
    format!("{what}-{number}").into()
}
