//! What a vendor's status page says, in the shape of Atlassian Statuspage's `/api/v2/summary.json`.
//!
//! A word that is not known is `Unknown`, and a page that is not in this shape is an error: nothing
//! here defaults to "operational".

use crate::json::{self, JsonError};

/// A status page, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub indicator: Indicator,
    /// The page's own summary line: "All Systems Operational".
    pub description: String,
    /// When the page says that it last changed, in milliseconds since 1970; absent when it does not
    /// say so in RFC 3339.
    pub updated_ms: Option<i64>,
    pub components: Vec<Component>,
    /// Those that the page does not call resolved.
    pub incidents: Vec<Incident>,
}

/// The page's word for everything together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indicator {
    None,
    Minor,
    Major,
    Critical,
    Maintenance,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub name: String,
    pub status: ComponentStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComponentStatus {
    Operational,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    UnderMaintenance,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub name: String,
    pub status: IncidentStatus,
    pub created_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentStatus {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
    Unknown,
}

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StatusPageError {
    #[error("not a status page summary")]
    Json(#[from] JsonError),
}

/// # Errors
/// The bytes are not JSON within bounds, or lack `status`, `components` or `incidents` in the
/// expected shape.
pub fn parse_summary(bytes: &[u8]) -> Result<Summary, StatusPageError> {
    let page: wire::Page = json::read(bytes)?;
    Ok(Summary {
        indicator: Indicator::from_word(&page.status.indicator),
        description: page.status.description,
        updated_ms: page.page.updated_at.as_deref().and_then(millis),
        components: page.components.into_iter().map(Component::from_wire).collect(),
        incidents: page.incidents.into_iter().map(Incident::from_wire).filter(Incident::is_open).collect(),
    })
}

impl Indicator {
    fn from_word(word: &str) -> Self {
        match word {
            "none" => Self::None,
            "minor" => Self::Minor,
            "major" => Self::Major,
            "critical" => Self::Critical,
            "maintenance" => Self::Maintenance,
            _ => Self::Unknown,
        }
    }
}

impl Component {
    fn from_wire(wire: wire::Component) -> Self {
        let status = match wire.status.as_str() {
            "operational" => ComponentStatus::Operational,
            "degraded_performance" => ComponentStatus::DegradedPerformance,
            "partial_outage" => ComponentStatus::PartialOutage,
            "major_outage" => ComponentStatus::MajorOutage,
            "under_maintenance" => ComponentStatus::UnderMaintenance,
            _ => ComponentStatus::Unknown,
        };
        Self { name: wire.name, status }
    }
}

impl Incident {
    fn from_wire(wire: wire::Incident) -> Self {
        let status = match wire.status.as_str() {
            "investigating" => IncidentStatus::Investigating,
            "identified" => IncidentStatus::Identified,
            "monitoring" => IncidentStatus::Monitoring,
            "resolved" => IncidentStatus::Resolved,
            "postmortem" => IncidentStatus::Postmortem,
            _ => IncidentStatus::Unknown,
        };
        Self { name: wire.name, status, created_ms: wire.created_at.as_deref().and_then(millis) }
    }

    fn is_open(&self) -> bool {
        match self.status {
            IncidentStatus::Resolved | IncidentStatus::Postmortem => false,
            IncidentStatus::Investigating
            | IncidentStatus::Identified
            | IncidentStatus::Monitoring
            | IncidentStatus::Unknown => true,
        }
    }
}

fn millis(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// Fields that pages add of their own are ignored; those named here must be there in this type.
mod wire {
    #[derive(serde::Deserialize)]
    pub(super) struct Page {
        pub(super) page: About,
        pub(super) status: Status,
        pub(super) components: Vec<Component>,
        pub(super) incidents: Vec<Incident>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct About {
        pub(super) updated_at: Option<String>,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Status {
        pub(super) indicator: String,
        pub(super) description: String,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Component {
        pub(super) name: String,
        pub(super) status: String,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Incident {
        pub(super) name: String,
        pub(super) status: String,
        pub(super) created_at: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TROUBLE: &str = r#"{
        "page": {"id": "p1", "name": "Vendor", "url": "https://status.example", "time_zone": "Etc/UTC",
                 "updated_at": "2022-02-21T17:38:00.500+01:00"},
        "status": {"indicator": "major", "description": "Partial System Outage"},
        "components": [
            {"id": "c1", "name": "Remote access", "status": "major_outage", "group": false},
            {"id": "c2", "name": "Website", "status": "operational"},
            {"id": "c3", "name": "Licences", "status": "on_fire"}],
        "incidents": [
            {"name": "Remote access is down", "status": "investigating", "created_at": "2022-02-21T16:00:00Z", "impact": "major"},
            {"name": "Old", "status": "resolved", "created_at": "2022-02-01T00:00:00Z"},
            {"name": "Odd", "status": "pondering", "created_at": "yesterday"}],
        "scheduled_maintenances": []}"#;

    #[test]
    fn keeps_the_words_it_knows_and_calls_the_others_unknown() {
        let component = |name: &str, status| Component { name: name.to_owned(), status };
        let incident =
            |name: &str, status, created_ms| Incident { name: name.to_owned(), status, created_ms };
        let expected = Summary {
            indicator: Indicator::Major,
            description: "Partial System Outage".to_owned(),
            updated_ms: Some(1_645_461_480_500),
            components: vec![
                component("Remote access", ComponentStatus::MajorOutage),
                component("Website", ComponentStatus::Operational),
                component("Licences", ComponentStatus::Unknown),
            ],
            incidents: vec![
                incident("Remote access is down", IncidentStatus::Investigating, Some(1_645_459_200_000)),
                incident("Odd", IncidentStatus::Unknown, None),
            ],
        };
        assert_eq!(parse_summary(TROUBLE.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_page_in_another_shape_is_an_error_and_never_all_clear() {
        let cases = [
            "",
            "null",
            "<!DOCTYPE html><html>All Systems Operational</html>",
            r#"{"page":{"name":"Vendor","status":"UP"}}"#,
            r#"{"page":{},"status":{"indicator":0,"description":"ok"},"components":[],"incidents":[]}"#,
            r#"{"page":{},"status":{"indicator":null,"description":"ok"},"components":[],"incidents":[]}"#,
            r#"{"page":{},"status":{"indicator":"none","description":"ok"},"components":{},"incidents":[]}"#,
            r#"{"page":{},"status":{"indicator":"none","description":"ok"},"components":[]}"#,
            r#"{"page":{},"status":{"indicator":"none","description":"ok"},"components":[{"name":"x"}],"incidents":[]}"#,
        ];
        for text in cases {
            assert!(parse_summary(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_indicator_is_never_guessed() {
        for (word, expected) in
            [("none", Indicator::None), ("critical", Indicator::Critical), ("None", Indicator::Unknown)]
        {
            let text = format!(
                r#"{{"page":{{}},"status":{{"indicator":"{word}","description":""}},"components":[],"incidents":[]}}"#
            );
            assert_eq!(parse_summary(text.as_bytes()).unwrap().indicator, expected);
        }
    }
}
