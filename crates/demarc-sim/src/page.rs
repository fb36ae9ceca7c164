//! What the vendor's status page claims, which need not be true.

mod software;

pub use software::PageSoftware;

use demarc_model::time::Timestamp;
use serde_json::{Value, json};

/// The whole claim, in the words of Statuspage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusClaim {
    /// `none`, `minor`, `major` or `critical`.
    pub indicator: String,
    pub description: String,
    pub components: Vec<ComponentClaim>,
    pub incidents: Vec<IncidentClaim>,
    pub updated: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentClaim {
    pub name: String,
    /// `operational`, `degraded_performance`, `partial_outage` or `major_outage`.
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentClaim {
    pub name: String,
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    pub status: String,
    pub created: Timestamp,
}

/// Where the page stands in the usual course of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageStage {
    /// "All Systems Operational", true or not.
    Green,
    /// Trouble is admitted.
    Investigating,
    /// The website works again, the rest does not.
    Identified,
    /// Login and remote access work again, the device manager does not.
    Monitoring,
    /// All is well again.
    Resolved,
}

pub(crate) const COMPONENTS: [(&str, &str); 4] = [
    ("remote-access", "Secure Remote Access"),
    ("login", "My Axis login"),
    ("device-manager", "Device Manager Extend"),
    ("website", "axis.example and country sites"),
];

impl PageStage {
    const ALL: [Self; 5] =
        [Self::Green, Self::Investigating, Self::Identified, Self::Monitoring, Self::Resolved];
    pub(crate) const NAMES: [&'static str; 5] =
        ["green", "investigating", "identified", "monitoring", "resolved"];

    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Indicator, headline, and the state of the four components.
    const fn words(self) -> (&'static str, &'static str, [&'static str; 4]) {
        const UP: &str = "operational";
        const DOWN: &str = "major_outage";
        match self {
            Self::Green | Self::Resolved => ("none", "All Systems Operational", [UP; 4]),
            Self::Investigating => ("critical", "Major Service Outage", [DOWN, DOWN, DOWN, "partial_outage"]),
            Self::Identified => ("critical", "Major Service Outage", [DOWN, DOWN, DOWN, UP]),
            Self::Monitoring => ("major", "Partial System Outage", [UP, UP, DOWN, UP]),
        }
    }

    /// The claim of a page that was changed to this stage at `updated`.
    pub fn claim(self, updated: Timestamp) -> StatusClaim {
        let (indicator, description, states) = self.words();
        let components = COMPONENTS.iter().zip(states).map(|((_, name), status)| ComponentClaim {
            name: (*name).to_owned(),
            status: status.to_owned(),
        });
        let incident = IncidentClaim {
            name: "External services have been switched off".to_owned(),
            status: self.name().to_owned(),
            created: updated,
        };
        let incidents = match self {
            Self::Green | Self::Resolved => vec![],
            Self::Investigating | Self::Identified | Self::Monitoring => vec![incident],
        };
        StatusClaim {
            indicator: indicator.to_owned(),
            description: description.to_owned(),
            components: components.collect(),
            incidents,
            updated,
        }
    }
}

impl StatusClaim {
    /// The body of `/api/v2/summary.json`.
    pub(crate) fn to_json(&self, host: &str) -> Value {
        let updated = self.updated.to_string();
        let components = self.components.iter().enumerate().map(|(index, component)| {
            json!({
                "id": format!("component{index}"), "name": component.name, "status": component.status,
                "position": index, "description": null, "group_id": null, "group": false,
                "updated_at": updated,
            })
        });
        let incidents = self.incidents.iter().enumerate().map(|(index, incident)| {
            json!({
                "id": format!("incident{index}"), "name": incident.name, "status": incident.status,
                "impact": self.indicator, "created_at": incident.created.to_string(),
                "updated_at": updated, "resolved_at": null, "incident_updates": [], "components": [],
            })
        });
        json!({
            "page": {
                "id": "demarcsimulated", "name": "Simulated Axis", "url": format!("https://{host}"),
                "time_zone": "Etc/UTC", "updated_at": updated,
            },
            "status": { "indicator": self.indicator, "description": self.description },
            "components": components.collect::<Vec<_>>(),
            "incidents": incidents.collect::<Vec<_>>(),
            "scheduled_maintenances": [],
        })
    }
}
