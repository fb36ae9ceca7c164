//! What stands around verdicts on a terminal: headings, states, steps.

use crate::wording::moment::{after_preposition, length};
use crate::wording::words::words;
use demarc_model::fault::Fault;
use demarc_model::id::CameraId;
use demarc_model::incident::{Incident, Step};
use demarc_model::observation::MissingReason;
use demarc_model::site::Language;
use demarc_model::snapshot::Shows;
use demarc_model::verdict::{Finding, Verdict};
use std::time::Duration;

/// `open`, or how long an incident lasted.
pub fn state(incident: &Incident, language: Language) -> String {
    match incident.closed {
        Some(closed) => length(closed.since(incident.verdict.since), language),
        None => words("open", "offen").to(language).to_owned(),
    }
}

/// `detected 28 s after the onset`
pub fn detected(verdict: &Verdict, language: Language) -> String {
    let delay = length(verdict.detected.since(verdict.since), language);
    match language {
        Language::English => format!("detected {delay} after the onset"),
        Language::German => format!("erkannt {delay} nach Beginn"),
    }
}

/// How long the vendor's status page took to admit an incident; nothing where there is no page or nothing
/// of the vendor's to admit.
pub fn page_lag(incident: &Incident, language: Language) -> Option<String> {
    let Finding::Fault(Fault::Vendor { .. }) = incident.verdict.finding else { return None };
    incident.verdict.explanation.overview.page.as_ref()?;
    let onset = incident.verdict.since;
    let english = language == Language::English;
    Some(match (incident.page_admitted, incident.closed) {
        (Some(at), _) if at >= onset => {
            let lag = length(at.since(onset), language);
            if english {
                format!("the vendor's page admitted it {lag} after the onset")
            } else {
                format!("die Statusseite gab es {lag} nach Beginn zu")
            }
        }
        (Some(at), _) => {
            let lead = length(onset.since(at), language);
            if english {
                format!("the vendor's page reported trouble {lead} before the onset")
            } else {
                format!("die Statusseite meldete {lead} vor Beginn eine Störung")
            }
        }
        (None, None) => words(
            "the vendor's page has not admitted it so far",
            "die Statusseite hat es bisher nicht zugegeben",
        )
        .to(language)
        .to_owned(),
        (None, Some(_)) => {
            words("the vendor's page never admitted it", "die Statusseite hat es nie zugegeben")
                .to(language)
                .to_owned()
        }
    })
}

/// `up 3 h, 4200 probes in 900 rounds`
pub fn service(up: Duration, probes: u64, rounds: u64, language: Language) -> String {
    let up = length(up, language);
    match language {
        Language::English => format!("up {up}, {probes} probes in {rounds} rounds"),
        Language::German => {
            format!("läuft seit {}, {probes} Messungen in {rounds} Runden", after_preposition(&up))
        }
    }
}

pub const fn step(step: Step, language: Language) -> &'static str {
    match step {
        Step::Opened => words("opened", "eröffnet"),
        Step::Changed => words("changed", "geändert"),
        Step::Closed => words("closed", "beendet"),
    }
    .to(language)
}

/// The heading above the steps of an incident.
pub const fn life(language: Language) -> &'static str {
    words("its life", "Verlauf").to(language)
}

/// Where the pictures of an incident are.
pub fn snapshots_kept(count: usize, camera: &CameraId, language: Language) -> String {
    let command = format!("demarc snapshots {camera} --write /tmp/{camera}");
    match (language, count) {
        (Language::English, 1) => format!("1 picture of it is kept: {command}"),
        (Language::English, _) => format!("{count} pictures of it are kept: {command}"),
        (Language::German, 1) => format!("1 Bild davon ist aufgehoben: {command}"),
        (Language::German, _) => format!("{count} Bilder davon sind aufgehoben: {command}"),
    }
}

pub const fn no_snapshots(language: Language) -> &'static str {
    words(
        "No pictures are kept from that time; `demarc snapshots --help` says which are.",
        "Aus dieser Zeit sind keine Bilder aufgehoben; `demarc snapshots --help` sagt, welche es werden.",
    )
    .to(language)
}

/// What a kept picture was found to show.
pub const fn shows(shows: Shows, language: Language) -> &'static str {
    match shows {
        Shows::Good => words("good", "gut"),
        Shows::Frozen => words("stands still", "steht still"),
        Shows::Dark => words("shows nothing", "zeigt nichts"),
    }
    .to(language)
}

pub const fn no_incidents(language: Language) -> &'static str {
    words("No incidents.", "Keine Vorfälle.").to(language)
}

pub const fn nothing_observed(language: Language) -> &'static str {
    words(
        "Nothing was observed in that time; --since looks further back.",
        "In dieser Zeit wurde nichts beobachtet; --since blickt weiter zurück.",
    )
    .to(language)
}

pub const fn warning(language: Language) -> &'static str {
    words("warning", "Warnung").to(language)
}

pub const fn not_measured(language: Language) -> &'static str {
    words("not measured", "nicht gemessen").to(language)
}

pub const fn missing(reason: MissingReason, language: Language) -> &'static str {
    match reason {
        MissingReason::NotPermitted => {
            words("this host does not permit it", "auf diesem Rechner nicht erlaubt")
        }
        MissingReason::NotOffered => {
            words("the device has no such service", "das Gerät hat diesen Dienst nicht")
        }
        MissingReason::Budget => words(
            "the camera's budget of logins is spent",
            "das Kontingent an Anmeldungen der Kamera ist verbraucht",
        ),
        MissingReason::Prerequisite => {
            words("an earlier probe did not succeed", "eine frühere Messung gelang nicht")
        }
        MissingReason::Unpinned => {
            words("the device's identity is not confirmed", "die Identität des Geräts ist nicht bestätigt")
        }
        MissingReason::Undecided => {
            words("what was seen proves nothing yet", "was zu sehen war, beweist noch nichts")
        }
        MissingReason::Agent => {
            words("the agent itself was interrupted", "der Agent selbst war unterbrochen")
        }
    }
    .to(language)
}
