//! The matrix of an incident as text: a row for each service and vantage point, a sign for each cell.

use crate::wording::moment::length;
use crate::wording::names::Names;
use crate::wording::words::{Words, words};
use demarc_model::matrix::{Matrix, Seen, Vantage};
use demarc_model::site::{Language, Site};
use std::time::Duration;

/// The matrix, ready to be set in columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub heading: &'static str,
    pub rows: Vec<Row>,
    /// `one sign is 2 min: · works, ▒ in part, █ fails, blank: not seen`
    pub legend: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The service; empty where it is that of the row above.
    pub service: String,
    pub vantage: &'static str,
    pub signs: String,
}

/// Nothing when nobody saw anything.
pub fn picture(matrix: &Matrix, site: &Site) -> Option<Picture> {
    let (names, language) = (Names(site), site.language);
    let mut above = None;
    let rows: Vec<Row> = matrix
        .rows
        .iter()
        .map(|row| {
            let fresh = above != Some(&row.capability);
            above = Some(&row.capability);
            let service = row.capability.as_ref().filter(|_| fresh).map(|id| names.capability(id));
            Row {
                service: service.unwrap_or_default(),
                vantage: vantage(row.vantage).to(language),
                signs: row.cells.iter().map(|seen| sign(*seen)).collect(),
            }
        })
        .collect();
    let legend = legend(Duration::from_millis(matrix.step_ms), language);
    (!rows.is_empty()).then_some(Picture {
        heading: words("the vendor over time", "Die Anbieter-Cloud im Verlauf").to(language),
        rows,
        legend,
    })
}

const fn vantage(vantage: Vantage) -> Words {
    match vantage {
        Vantage::Name => words("by name", "per Name"),
        Vantage::Address => words("by address", "per Adresse"),
        Vantage::SecondLine => words("second line", "Zweitleitung"),
        Vantage::Cameras => words("cameras", "Kameras"),
        Vantage::StatusPage => words("its page", "Statusseite"),
    }
}

const fn sign(seen: Seen) -> char {
    match seen {
        Seen { passed: 0, failed: 0 } => ' ',
        Seen { failed: 0, .. } => '·',
        Seen { passed: 0, .. } => '█',
        Seen { .. } => '▒',
    }
}

fn legend(step: Duration, language: Language) -> String {
    let step = length(step, language);
    match language {
        Language::English => format!("one sign is {step}: · works, ▒ in part, █ fails, blank: not seen"),
        Language::German => {
            format!("ein Zeichen ist {step}: · geht, ▒ teils, █ gestört, leer: nicht gesehen")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::site;
    use demarc_model::id::CapabilityId;
    use demarc_model::matrix;
    use demarc_model::time::Timestamp;

    #[test]
    fn every_cell_has_a_sign_and_a_service_is_named_once() {
        let cells = [(3, 0), (1, 1), (0, 2), (0, 0)].map(|(passed, failed)| Seen { passed, failed });
        let row = |capability: Option<&str>, vantage| matrix::Row {
            capability: capability.map(|id| CapabilityId::new(id).unwrap()),
            vantage,
            cells: cells.to_vec(),
        };
        let rows = vec![
            row(Some("remote-access"), Vantage::Name),
            row(Some("remote-access"), Vantage::SecondLine),
            row(Some("unknown"), Vantage::StatusPage),
            row(None, Vantage::Cameras),
        ];
        let from = Timestamp::from_millis(0);
        let mut site = site();
        let got = picture(&Matrix { from, step_ms: 120_000, rows: rows.clone() }, &site).unwrap();
        let lines: Vec<(&str, &str, &str)> =
            got.rows.iter().map(|row| (row.service.as_str(), row.vantage, row.signs.as_str())).collect();
        let expected = [
            ("remote access", "by name", "·▒█ "),
            ("", "second line", "·▒█ "),
            ("unknown", "its page", "·▒█ "),
            ("", "cameras", "·▒█ "),
        ];
        assert_eq!(lines, expected);
        assert_eq!(got.legend, "one sign is 2 min: · works, ▒ in part, █ fails, blank: not seen");
        site.language = Language::German;
        assert_eq!(
            picture(&Matrix { from, step_ms: 120_000, rows }, &site).unwrap().rows[0].vantage,
            "per Name"
        );
        assert_eq!(picture(&Matrix { from, step_ms: 1, rows: vec![] }, &site), None);
    }
}
