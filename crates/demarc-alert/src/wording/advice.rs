//! What to do, and what to leave alone, for each fault: short imperative sentences for three in the morning.

mod english;
mod german;

use demarc_model::fault::Fault;
use demarc_model::site::Language;
use demarc_model::verdict::{Finding, Undecided, WouldSettle};

pub(crate) fn advice(finding: &Finding, language: Language) -> Vec<String> {
    match finding {
        Finding::Fault(fault) => owned(of_fault(fault, language)),
        Finding::Undetermined { why, would_settle, .. } => {
            let mut lines = owned(undecided(*why, language));
            lines.extend(would_settle.iter().map(|what| settles(what, language)));
            lines
        }
    }
}

fn of_fault(fault: &Fault, language: Language) -> &'static [&'static str] {
    match language {
        Language::English => english::of_fault(fault),
        Language::German => german::of_fault(fault),
    }
}

const fn undecided(why: Undecided, language: Language) -> &'static [&'static str] {
    match language {
        Language::English => english::undecided(why),
        Language::German => german::undecided(why),
    }
}

fn settles(what: &WouldSettle, language: Language) -> String {
    match language {
        Language::English => english::settles(what),
        Language::German => german::settles(what),
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}
