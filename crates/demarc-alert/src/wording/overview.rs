//! The site at a glance, in a few rows.

use crate::wording::moment::ago;
use crate::wording::names::Names;
use crate::wording::words::{Words, quoted, words};
use crate::wording::{Label, Row, symptom};
use demarc_model::page::{PageForm, PageState, Shared};
use demarc_model::site::Language;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{
    CameraStanding, CapabilityStanding, Overview, PageRelation, PageStanding, Standing,
};

/// So many failing cameras are named; of more, the number is said.
const MOST: usize = 4;
const FAILS: Words = words("fails", "gestört");
const NOT_OBSERVED: Words = words("not observed", "nicht beobachtet");

pub(crate) fn rows(overview: &Overview, names: &Names<'_>, now: Timestamp) -> Vec<Row> {
    let language = names.language();
    let all = [
        (Label::Cameras, cameras(overview, names)),
        (Label::Line, Some(line(overview, language))),
        (Label::Vendor, vendor(&overview.capabilities, language)),
        (Label::Status, overview.page.as_ref().map(|page| status(page, now, language))),
    ];
    all.into_iter().filter_map(|(label, text)| text.map(|text| Row { label, text })).collect()
}

fn cameras(overview: &Overview, names: &Names<'_>) -> Option<String> {
    let (all, language) = (&overview.cameras, names.language());
    if all.is_empty() {
        return None;
    }
    let count = |standing| all.iter().filter(|camera| camera.standing == standing).count();
    let failing: Vec<&CameraStanding> =
        all.iter().filter(|camera| camera.standing == Standing::Fails).collect();
    let mut parts = vec![answering(count(Standing::Works), all.len(), language)];
    parts.extend(failing.iter().take(MOST).map(|camera| {
        let seen = camera.symptom.map_or(FAILS.to(language), |seen| symptom::phrase(seen, language));
        format!("{}: {seen}", names.camera(&camera.camera))
    }));
    parts.extend(more(failing.len().saturating_sub(MOST), language));
    parts.extend(unseen(count(Standing::Unobserved), language));
    Some(parts.join(" · "))
}

fn answering(working: usize, all: usize, language: Language) -> String {
    let answer = answer(working, language);
    match language {
        Language::English => format!("{working} of {all} {answer} on the LAN"),
        Language::German => format!("{working} von {all} {answer} im LAN"),
    }
}

/// After a number: one answers, two answer.
const fn answer(number: usize, language: Language) -> &'static str {
    match number {
        1 => words("answers", "antwortet"),
        _ => words("answer", "antworten"),
    }
    .to(language)
}

fn more(failing: usize, language: Language) -> Option<String> {
    let text = match language {
        Language::English => format!("{failing} more fail"),
        Language::German => format!("{failing} weitere gestört"),
    };
    (failing > 0).then_some(text)
}

fn unseen(cameras: usize, language: Language) -> Option<String> {
    let text = match language {
        Language::English => format!("{cameras} not seen lately"),
        Language::German => format!("{cameras} zuletzt nicht beobachtet"),
    };
    (cameras > 0).then_some(text)
}

fn line(overview: &Overview, language: Language) -> String {
    let mut parts = Vec::new();
    if overview.link == Standing::Fails {
        let down = words("this computer's link is down", "Netzanschluss dieses Rechners ausgefallen");
        parts.push(down.to(language).to_owned());
    }
    if !overview.rivals.is_empty() {
        let shared = words("this computer's address also used by", "Adresse dieses Rechners auch bei");
        let rivals = overview.rivals.iter().map(DeviceText::as_str).collect::<Vec<_>>().join(", ");
        parts.push(format!("{} {rivals}", shared.to(language)));
    }
    if let Some(portal) = &overview.portal {
        let named = words("the network names a captive portal,", "das Netz nennt eine Anmeldeseite,");
        parts.push(format!("{} {portal}", named.to(language)));
    }
    parts.push(format!("{} {}", words("router", "Router").to(language), verb(overview.gateway).to(language)));
    parts.push(controls(overview, language));
    let resolver = words("resolver", "Resolver").to(language);
    parts.push(format!("{resolver} {}", verb(overview.resolver).to(language)));
    parts.join(", ")
}

fn controls(overview: &Overview, language: Language) -> String {
    let controls = &overview.controls;
    let answering = controls.iter().filter(|(_, standing)| *standing == Standing::Works).count();
    let observed = controls.iter().filter(|(_, standing)| *standing != Standing::Unobserved).count();
    match (answering, observed, language) {
        (_, 0, _) => {
            words("no control was observed", "kein Vergleichsziel beobachtet").to(language).to_owned()
        }
        (2, 2, _) => words("both controls answer", "beide Vergleichsziele antworten").to(language).to_owned(),
        (answering, observed, Language::English) => {
            format!("{answering} of {observed} controls {}", answer(answering, language))
        }
        (answering, observed, Language::German) => {
            format!("{answering} von {observed} Vergleichszielen {}", answer(answering, language))
        }
    }
}

const fn verb(standing: Standing) -> Words {
    match standing {
        Standing::Works => words("answers", "antwortet"),
        Standing::Fails => FAILS,
        Standing::Unobserved => NOT_OBSERVED,
    }
}

fn vendor(capabilities: &[CapabilityStanding], language: Language) -> Option<String> {
    let parts: Vec<String> = capabilities.iter().map(|one| capability(one, language)).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn capability(capability: &CapabilityStanding, language: Language) -> String {
    let CapabilityStanding { name, standing, answering, observed, symptom, .. } = capability;
    let works = words("works", "funktioniert").to(language);
    let answer = answer(usize::try_from(*answering).unwrap_or(usize::MAX), language);
    let share = match language {
        Language::English => format!("({answering} of {observed} {answer})"),
        Language::German => format!("({answering} von {observed} {answer})"),
    };
    match (standing, symptom) {
        (Standing::Unobserved, _) => format!("{name}: {}", NOT_OBSERVED.to(language)),
        (Standing::Works, _) if answering == observed => format!("{name}: {works}"),
        (Standing::Works, _) => format!("{name}: {works} {share}"),
        (Standing::Fails, Some(seen)) => format!("{name}: {} {share}", symptom::phrase(*seen, language)),
        (Standing::Fails, None) => format!("{name}: {} {share}", FAILS.to(language)),
    }
}

pub(crate) fn status(page: &PageStanding, now: Timestamp, language: Language) -> String {
    let judgement = format!("{}{}", judgement(page.relation).to(language), remarks(page, language));
    if page.relation == PageRelation::Silent {
        return judgement;
    }
    let headline = if page.headline.is_empty() {
        overall(page.overall).to(language).to_owned()
    } else {
        quoted(page.headline.as_str(), language)
    };
    let changed = match (page.updated.map(|at| ago(at, now, language)), language) {
        (None, _) => {
            words("it does not say when it changed", "ohne Zeitpunkt der Änderung").to(language).to_owned()
        }
        (Some(ago), Language::English) => format!("its last change: {ago}"),
        (Some(ago), Language::German) => format!("letzte Änderung: {ago}"),
    };
    match language {
        Language::English => format!("the vendor's page says {headline} ({changed}): {judgement}"),
        Language::German => format!("die Statusseite sagt {headline} ({changed}): {judgement}"),
    }
}

/// What a page without a headline says of the whole.
const fn overall(state: PageState) -> Words {
    match state {
        PageState::Operational => words("that all is well", "dass alles läuft"),
        PageState::Maintenance => words("that there is maintenance", "dass gewartet wird"),
        PageState::Degraded => words("that something is degraded", "dass etwas beeinträchtigt ist"),
        PageState::PartialOutage => words("that there is a partial outage", "dass etwas ausgefallen ist"),
        PageState::Outage => words("that there is an outage", "dass es einen Ausfall gibt"),
        PageState::Unknown => words("nothing of the whole", "nichts über das Ganze"),
    }
}

/// Why the page's word counts for less.
fn remarks(page: &PageStanding, language: Language) -> String {
    let at_odds = match page.relation {
        PageRelation::Agrees | PageRelation::CriesWolf => false,
        PageRelation::Stale
        | PageRelation::Lying
        | PageRelation::Premature
        | PageRelation::SaysNothing
        | PageRelation::Silent => true,
    };
    let form = match page.form {
        PageForm::Data => None,
        PageForm::Feed => Some(words("it is a feed", "sie ist ein Feed")),
        PageForm::Words => Some(words("only its words can be read", "nur ihre Wörter sind lesbar")),
    };
    let times =
        page.wrong_times.then_some(words("its times cannot be right", "ihre Zeiten können nicht stimmen"));
    let shared = page.shared.iter().min().filter(|_| at_odds).map(|shared| match shared {
        Shared::Address => words(
            "it shares an address with what it reports on",
            "sie hat eine Adresse mit dem gemein, worüber sie berichtet",
        ),
        Shared::Network => words(
            "it shares a network with what it reports on",
            "sie hat ein Netz mit dem gemein, worüber sie berichtet",
        ),
        Shared::NameServers => words(
            "it shares name servers with what it reports on",
            "sie hat Namensserver mit dem gemein, worüber sie berichtet",
        ),
    });
    let remarks = [form, times, shared].into_iter().flatten();
    remarks.map(|remark| format!("; {}", remark.to(language))).collect()
}

pub(crate) const fn judgement(relation: PageRelation) -> Words {
    match relation {
        PageRelation::Agrees => words("it agrees", "das passt zu den Messungen"),
        PageRelation::Stale => words(
            "it disagrees, and has not changed since before this began",
            "das passt nicht, und sie ist älter als die Störung",
        ),
        PageRelation::Lying => words(
            "it disagrees, although it has changed since this began",
            "das passt nicht, obwohl sie sich seit Beginn geändert hat",
        ),
        PageRelation::Premature => {
            words("it calls this over too early", "sie erklärt die Störung zu früh für beendet")
        }
        PageRelation::CriesWolf => {
            words("nothing of that is seen from here", "davon ist von hier aus nichts zu sehen")
        }
        PageRelation::SaysNothing => {
            words("it has no word for what is asked", "sie sagt nichts zu dem, was hier zählt")
        }
        PageRelation::Silent => {
            words("the vendor's page cannot be read", "die Statusseite des Anbieters ist nicht lesbar")
        }
    }
}
