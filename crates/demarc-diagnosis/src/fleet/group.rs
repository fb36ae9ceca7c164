//! What sites share: the risk groups of a fleet.

use std::fmt;

/// What is known of a site. `None` is not known, or not applicable: such a site is in no group of
/// that kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// Who runs the line.
    pub operator: Option<Box<str>>,
    pub city: Option<Box<str>>,
    /// The part of the vendor's cloud that serves the site, with the vendor: `axis/eu-west`.
    pub vendor_region: Option<Box<str>>,
    /// The release that most of its cameras run, with their make.
    pub firmware: Option<Box<str>>,
    /// The release of Demarc.
    pub agent_version: Option<Box<str>>,
    pub power_utility: Option<Box<str>>,
    /// The wave in which the last configuration was rolled out.
    pub configuration: Option<Box<str>>,
}

/// The kinds of groups. The discriminant is the place in a site's list of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Operator,
    City,
    OperatorCity,
    VendorRegion,
    Firmware,
    AgentVersion,
    OperatorRegion,
    All,
    PowerUtility,
    Configuration,
}

pub(crate) const KINDS: usize = Kind::ALL.len();

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Operator,
        Self::City,
        Self::OperatorCity,
        Self::VendorRegion,
        Self::Firmware,
        Self::AgentVersion,
        Self::OperatorRegion,
        Self::All,
        Self::PowerUtility,
        Self::Configuration,
    ];
}

/// Sites with something in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    Operator(Box<str>),
    City(Box<str>),
    OperatorCity(Box<str>, Box<str>),
    VendorRegion(Box<str>),
    Firmware(Box<str>),
    AgentVersion(Box<str>),
    OperatorRegion(Box<str>, Box<str>),
    All,
    PowerUtility(Box<str>),
    Configuration(Box<str>),
}

impl Group {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Operator(_) => Kind::Operator,
            Self::City(_) => Kind::City,
            Self::OperatorCity(..) => Kind::OperatorCity,
            Self::VendorRegion(_) => Kind::VendorRegion,
            Self::Firmware(_) => Kind::Firmware,
            Self::AgentVersion(_) => Kind::AgentVersion,
            Self::OperatorRegion(..) => Kind::OperatorRegion,
            Self::All => Kind::All,
            Self::PowerUtility(_) => Kind::PowerUtility,
            Self::Configuration(_) => Kind::Configuration,
        }
    }
}

/// Reads after "sites": `of operator acme in Lund`, `with firmware 11.2`, `of the fleet`.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(operator) => write!(f, "of operator {operator}"),
            Self::City(city) => write!(f, "in {city}"),
            Self::OperatorCity(operator, city) => write!(f, "of operator {operator} in {city}"),
            Self::VendorRegion(region) => write!(f, "of vendor region {region}"),
            Self::Firmware(release) => write!(f, "with firmware {release}"),
            Self::AgentVersion(release) => write!(f, "with agent {release}"),
            Self::OperatorRegion(operator, region) => {
                write!(f, "of operator {operator} and vendor region {region}")
            }
            Self::All => f.write_str("of the fleet"),
            Self::PowerUtility(utility) => write!(f, "with power from {utility}"),
            Self::Configuration(wave) => write!(f, "with configuration {wave}"),
        }
    }
}

impl Attributes {
    /// The group of each kind, in the order of [`Kind::ALL`].
    pub(crate) fn groups(&self) -> [Option<Group>; KINDS] {
        let one = |value: &Option<Box<str>>, group: fn(Box<str>) -> Group| value.clone().map(group);
        let two = |a: &Option<Box<str>>, b: &Option<Box<str>>, group: fn(Box<str>, Box<str>) -> Group| {
            Some(group(a.clone()?, b.clone()?))
        };
        Kind::ALL.map(|kind| match kind {
            Kind::Operator => one(&self.operator, Group::Operator),
            Kind::City => one(&self.city, Group::City),
            Kind::OperatorCity => two(&self.operator, &self.city, Group::OperatorCity),
            Kind::VendorRegion => one(&self.vendor_region, Group::VendorRegion),
            Kind::Firmware => one(&self.firmware, Group::Firmware),
            Kind::AgentVersion => one(&self.agent_version, Group::AgentVersion),
            Kind::OperatorRegion => two(&self.operator, &self.vendor_region, Group::OperatorRegion),
            Kind::All => Some(Group::All),
            Kind::PowerUtility => one(&self.power_utility, Group::PowerUtility),
            Kind::Configuration => one(&self.configuration, Group::Configuration),
        })
    }
}
