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

/// A status page, read once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageClaim {
    pub overall: PageState,
    /// The page's own summary line: "All Systems Operational".
    pub headline: DeviceText,
    /// The services that the vendor profile maps to capabilities.
    pub capabilities: Vec<(CapabilityId, PageState)>,
    /// The names of the incidents that the page lists as unresolved.
    pub incidents: Vec<DeviceText>,
    /// When the page says that it last changed; absent when it does not say, or says 1970 or the future.
    pub updated: Option<Timestamp>,
}

impl PageClaim {
    /// Whether the page admits trouble with a capability, or at all when it does not know the capability.
    pub fn admits(&self, capability: &CapabilityId) -> bool {
        let own = self.capabilities.iter().find(|(id, _)| id == capability).map(|(_, state)| *state);
        match own.unwrap_or(self.overall) {
            PageState::Operational | PageState::Maintenance => false,
            PageState::Degraded | PageState::PartialOutage | PageState::Outage => true,
            PageState::Unknown => !self.incidents.is_empty(),
        }
    }
}
