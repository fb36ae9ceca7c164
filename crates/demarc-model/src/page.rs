//! What a vendor's status page claims.

use crate::id::CapabilityId;
use crate::text::DeviceText;
use crate::time::Timestamp;

/// A page's word for a service. Unknown words are `Unknown`; nothing defaults to operational.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageState {
    Operational,
    Maintenance,
    Degraded,
    PartialOutage,
    Outage,
    Unknown,
}

/// How a page says what it says, and with that how much its word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageForm {
    /// In a form for machines, a word for each service.
    #[default]
    Data,
    /// A feed: prose about incidents, and nothing about what works.
    Feed,
    /// Words found on a page for people.
    Words,
}

/// What a status page has in common with the services it reports on: what breaks them may break it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shared {
    Address,
    /// The same /24 of IPv4, or /48 of IPv6.
    Network,
    /// A name server of the domain, or the domain itself.
    NameServers,
}

/// A status page, read once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageClaim {
    #[serde(default)]
    pub form: PageForm,
    pub overall: PageState,
    /// The page's own summary line: "All Systems Operational".
    pub headline: DeviceText,
    /// The services that the vendor profile maps to capabilities.
    pub capabilities: Vec<(CapabilityId, PageState)>,
    /// The names of the incidents that the page lists as unresolved.
    pub incidents: Vec<DeviceText>,
    /// When the page says that it last changed; absent when it does not say, or says 1970 or the future.
    pub updated: Option<Timestamp>,
    /// How old the page was when it was read, in seconds: a cache may stand before it (RFC 9111, `Age`).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub age_s: u32,
    /// Whether it gives times of 1970 or of the future.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wrong_times: bool,
    /// As far as one host can find out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Shared>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it may skip by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it may skip by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl PageClaim {
    /// Whether the page admits trouble with a capability, or at all when it does not know the capability.
    pub fn admits(&self, capability: &CapabilityId) -> bool {
        match self.word_on(capability) {
            PageState::Operational | PageState::Maintenance => false,
            PageState::Degraded | PageState::PartialOutage | PageState::Outage => true,
            PageState::Unknown => !self.incidents.is_empty(),
        }
    }

    /// The page's word for a capability, or for everything when it does not know the capability.
    pub fn word_on(&self, capability: &CapabilityId) -> PageState {
        let own = self.capabilities.iter().find(|(id, _)| id == capability);
        own.map_or(self.overall, |(_, state)| *state)
    }
}
