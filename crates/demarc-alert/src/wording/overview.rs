//! The site at a glance, in a few rows.

use crate::wording::moment::ago;
use crate::wording::names::Names;
use crate::wording::{Label, Row};
use demarc_model::time::Timestamp;
use demarc_model::verdict::{CapabilityStanding, Overview, PageRelation, PageStanding, Standing};

/// So many failing cameras are named; of more, the number is said.
const MOST: usize = 4;

pub(crate) fn rows(overview: &Overview, names: &Names<'_>, now: Timestamp) -> Vec<Row> {
    let all = [
        (Label::Cameras, cameras(overview, names)),
        (Label::Line, Some(line(overview))),
        (Label::Vendor, vendor(&overview.capabilities)),
        (Label::Status, overview.page.as_ref().map(|page| status(page, now))),
    ];
    all.into_iter().filter_map(|(label, text)| text.map(|text| Row { label, text })).collect()
}

fn cameras(overview: &Overview, names: &Names<'_>) -> Option<String> {
    let all = &overview.cameras;
    if all.is_empty() {
        return None;
    }
    let count = |standing| all.iter().filter(|camera| camera.standing == standing).count();
    let mut text = format!("{} of {} answer on the LAN", count(Standing::Works), all.len());
    let failing: Vec<String> = all
        .iter()
        .filter(|camera| camera.standing == Standing::Fails)
        .map(|camera| match camera.symptom {
            Some(symptom) => format!("{}: {}", names.camera(&camera.camera), symptom.phrase()),
            None => format!("{}: fails", names.camera(&camera.camera)),
        })
        .collect();
    for one in failing.iter().take(MOST) {
        text.push_str(" · ");
        text.push_str(one);
    }
    if failing.len() > MOST {
        text.push_str(&format!(" · {} more fail", failing.len() - MOST));
    }
    match count(Standing::Unobserved) {
        0 => {}
        unobserved => text.push_str(&format!(" · {unobserved} not seen lately")),
    }
    Some(text)
}

fn line(overview: &Overview) -> String {
    let mut parts = Vec::new();
    if overview.link == Standing::Fails {
        parts.push("this computer's link is down".to_owned());
    }
    parts.push(format!("router {}", verb(overview.gateway)));
    let controls = &overview.controls;
    let answering = controls.iter().filter(|(_, standing)| *standing == Standing::Works).count();
    let observed = controls.iter().filter(|(_, standing)| *standing != Standing::Unobserved).count();
    parts.push(match (answering, observed) {
        (_, 0) => "no control was observed".to_owned(),
        (2, 2) => "both controls answer".to_owned(),
        (answering, observed) => format!("{answering} of {observed} controls answer"),
    });
    parts.push(format!("resolver {}", verb(overview.resolver)));
    parts.join(", ")
}

const fn verb(standing: Standing) -> &'static str {
    match standing {
        Standing::Works => "answers",
        Standing::Fails => "fails",
        Standing::Unobserved => "not observed",
    }
}

fn vendor(capabilities: &[CapabilityStanding]) -> Option<String> {
    let parts: Vec<String> = capabilities.iter().map(capability).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn capability(capability: &CapabilityStanding) -> String {
    let CapabilityStanding { name, standing, answering, observed, symptom, .. } = capability;
    match (standing, symptom) {
        (Standing::Unobserved, _) => format!("{name}: not observed"),
        (Standing::Works, _) if answering == observed => format!("{name}: works"),
        (Standing::Works, _) => format!("{name}: works ({answering} of {observed} answer)"),
        (Standing::Fails, Some(symptom)) => {
            format!("{name}: {} ({answering} of {observed} answer)", symptom.phrase())
        }
        (Standing::Fails, None) => format!("{name}: fails ({answering} of {observed} answer)"),
    }
}

fn status(page: &PageStanding, now: Timestamp) -> String {
    let judgement = match page.relation {
        PageRelation::Agrees => "it agrees",
        PageRelation::Stale => "it disagrees, and has not changed since before this began",
        PageRelation::Lying => "it disagrees, although it has changed since this began",
        PageRelation::Premature => "it calls this over too early",
        PageRelation::CriesWolf => "nothing of that is seen from here",
        PageRelation::Silent => return "the vendor's page cannot be read".to_owned(),
    };
    let changed = page.updated.map_or_else(
        || "it does not say when it changed".to_owned(),
        |updated| format!("its last change: {}", ago(updated, now)),
    );
    format!("the vendor's page says \"{}\" ({changed}): {judgement}", page.headline)
}
