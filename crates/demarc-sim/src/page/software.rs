//! The forms in which the claim is published, which depend on the software behind the page.

use super::StatusClaim;
use serde_json::{Value, json};

/// The software that runs the status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageSoftware {
    /// `/api/v2/summary.json`.
    Statuspage,
    /// `/summary.json` and `/v2/components.json`.
    Instatus,
    /// A page for people that names `/history.atom`.
    Feed,
}

/// Media type and body.
pub(crate) type Document = (&'static str, String);

const JSON: &str = "application/json; charset=utf-8";

impl PageSoftware {
    const ALL: [Self; 3] = [Self::Statuspage, Self::Instatus, Self::Feed];
    pub(crate) const NAMES: [&'static str; 3] = ["statuspage", "instatus", "feed"];

    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|software| software.name() == name)
    }

    /// What the software has at this path; nothing where it has nothing.
    pub(crate) fn document(self, path: &str, claim: &StatusClaim, host: &str) -> Option<Document> {
        match (self, path) {
            (Self::Statuspage, "/api/v2/summary.json") => Some((JSON, claim.to_json(host).to_string())),
            (Self::Instatus, "/summary.json") => Some((JSON, instatus(claim, host).to_string())),
            (Self::Instatus, "/v2/components.json") => Some((JSON, components(claim).to_string())),
            (Self::Feed, "/") => Some(("text/html; charset=utf-8", PEOPLE.to_owned())),
            (Self::Feed, "/history.atom") => Some(("application/atom+xml; charset=utf-8", atom(claim, host))),
            (Self::Statuspage | Self::Instatus | Self::Feed, _) => None,
        }
    }
}

const PEOPLE: &str = "<!DOCTYPE html><html><head><title>Simulated Axis</title>\
    <link rel=\"alternate\" type=\"application/atom+xml\" href=\"/history.atom\"></head>\
    <body><div id=\"root\"></div></body></html>\n";

/// Instatus leaves empty lists out, and says when an incident began but not when the page changed.
fn instatus(claim: &StatusClaim, host: &str) -> Value {
    let well = claim.indicator == "none";
    let incidents = claim.incidents.iter().map(|incident| {
        json!({
            "name": incident.name, "started": incident.created.to_string(),
            "status": incident.status.to_uppercase(), "impact": "MAJOROUTAGE",
            "url": format!("https://{host}/incident"),
        })
    });
    let incidents = incidents.collect::<Vec<_>>();
    let mut summary = json!({
        "page": {
            "name": "Simulated Axis", "url": format!("https://{host}"),
            "status": if well { "UP" } else { "HASISSUES" },
        },
    });
    if !incidents.is_empty() {
        summary["activeIncidents"] = incidents.into();
    }
    summary
}

fn components(claim: &StatusClaim) -> Value {
    let components = claim.components.iter().enumerate().map(|(index, component)| {
        json!({
            "id": format!("component{index}"), "name": component.name, "description": "",
            "status": component.status.replace('_', "").to_uppercase(),
        })
    });
    json!({ "components": components.collect::<Vec<_>>() })
}

/// The newest step of an incident stands first in its entry.
fn atom(claim: &StatusClaim, host: &str) -> String {
    let entries = claim.incidents.iter().enumerate().map(|(index, incident)| {
        format!(
            "<entry><id>tag:{host},2005:incident/{index}</id><published>{created}</published>\
             <updated>{updated}</updated><title>{name}</title>\
             <content type=\"html\">&lt;p&gt;&lt;strong&gt;{status}&lt;/strong&gt; - major outage&lt;/p&gt;</content></entry>",
            created = incident.created,
            updated = claim.updated,
            name = incident.name,
            status = incident.status,
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\
         <id>tag:{host},2005:history</id><title>Simulated Axis</title><updated>{}</updated>{}</feed>\n",
        claim.updated,
        entries.collect::<String>(),
    )
}
