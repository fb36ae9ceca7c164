//! Whether cameras started anew while something was wrong: their power, or only their network.

use crate::wording::moment::clock;
use crate::wording::{Label, Row};
use demarc_model::fault::{CameraCause, Fault};
use demarc_model::incident::{CameraStarts, Incident};
use demarc_model::site::Language;
use demarc_model::time::Timestamp;
use demarc_model::verdict::Finding;

pub(super) fn row(incident: &Incident, now: Timestamp, language: Language) -> Option<Row> {
    let starts = incident.starts?;
    let text = match (starts.anew, starts.last) {
        (1.., Some(last)) => anew(&starts, &clock(last, now, language), language),
        // Only when they are back it is certain that they did not start.
        _ if incident.closed.is_some() && was_silent(&incident.verdict.finding) => ran(starts.ran, language),
        _ => return None,
    };
    Some(Row { label: Label::Cameras, text })
}

/// Whether a lack of power would look the same.
fn was_silent(finding: &Finding) -> bool {
    match finding {
        Finding::Fault(fault) => matches!(
            fault,
            Fault::Camera { cause: CameraCause::Unreachable, .. } | Fault::Segment { .. } | Fault::Lan { .. }
        ),
        Finding::Undetermined { .. } => false,
    }
}

fn anew(starts: &CameraStarts, last: &str, language: Language) -> String {
    let CameraStarts { anew, ran, times, .. } = *starts;
    match (language, anew + ran, times) {
        (Language::English, 1, 1) => {
            format!("it started anew at {last}: its power was gone, or it was restarted")
        }
        (Language::English, 1, _) => {
            format!("it started anew {times} times, last at {last}: look at its power (PoE, power supply)")
        }
        (Language::English, _, _) => {
            let others = if ran > 0 { format!(", and {ran} ran all the while") } else { String::new() };
            format!(
                "{anew} started anew, last at {last}{others}: their power was gone, or they were restarted"
            )
        }
        (Language::German, 1, 1) => {
            format!("um {last} neu gestartet: Sie war ohne Strom oder wurde neu gestartet")
        }
        (Language::German, 1, _) => {
            format!("{times}-mal neu gestartet, zuletzt um {last}: Stromversorgung prüfen (PoE, Netzteil)")
        }
        (Language::German, _, _) => {
            let others = if ran > 0 { format!(", {ran} liefen durch") } else { String::new() };
            format!(
                "{anew} neu gestartet, zuletzt um {last}{others}: Sie waren ohne Strom oder wurden neu gestartet"
            )
        }
    }
}

fn ran(ran: u32, language: Language) -> String {
    match (language, ran) {
        (Language::English, 1) => "it ran all the while: its power was not gone, only its network",
        (Language::English, _) => "they ran all the while: their power was not gone, only their network",
        (Language::German, 1) => "lief die ganze Zeit durch: nicht der Strom fehlte, nur das Netz",
        (Language::German, _) => "liefen die ganze Zeit durch: nicht der Strom fehlte, nur das Netz",
    }
    .to_owned()
}
