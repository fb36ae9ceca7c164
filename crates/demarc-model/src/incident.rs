//! A verdict's life: opened, changed, closed.

use crate::id::{IncidentId, SiteId};
use crate::time::Timestamp;
use crate::verdict::Verdict;

/// The unit of alerting, acknowledging and reporting.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub site: SiteId,
    /// The latest verdict; after closing, the last one that held.
    pub verdict: Verdict,
    pub opened: Timestamp,
    /// When the verdict last changed after opening.
    pub changed: Option<Timestamp>,
    pub closed: Option<Timestamp>,
    /// When the vendor's status page was first seen to admit trouble with the services concerned, which
    /// may be before this began. Against the onset in the verdict it is the page's lag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_admitted: Option<Timestamp>,
    /// What the cameras concerned say of when they started; nothing while none of them has said anything
    /// since the onset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<CameraStarts>,
}

/// Whether cameras started anew during an incident: then their power was gone, or somebody restarted them;
/// otherwise only their network was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct CameraStarts {
    /// Cameras that started since the onset.
    pub anew: u32,
    /// Cameras that answer and ran all the while.
    pub ran: u32,
    /// How often all of them together started.
    pub times: u32,
    /// When one of them started last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

impl Incident {
    /// The same for every message about this incident, and different after a database was lost and
    /// numbers start again: receivers fold repeats by it.
    pub fn dedup_key(&self) -> String {
        format!("demarc/{}/{}/{}", self.site, self.id.0, self.opened.as_millis())
    }
}

/// How a step of an incident stands to the page under which it is told, where the incident does not have
/// the page for itself: an earlier one of the same component opened it and its end was not told yet, or
/// others of its [kin](crate::fault::Fault::kin) began at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPage {
    /// The [key](Incident::dedup_key) of the incident that opened the page.
    pub key: String,
    /// When what opened the page began.
    pub since: Timestamp,
    /// How often this component has been at fault under the page.
    pub times: u32,
    /// Others under the page that are open.
    pub others: u32,
    /// Whether the receiver has heard of the page.
    pub is_told: bool,
    /// Whether the page stays open after the step; an incident's end is the page's only where it does not.
    pub stays_open: bool,
}

/// One step in an incident's life, with the incident as it stands after the step.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Transition {
    pub step: Step,
    pub at: Timestamp,
    pub incident: Incident,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Opened,
    Changed,
    Closed,
}
