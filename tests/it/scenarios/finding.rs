//! Findings as text, as scenario files name them.

use demarc_model::verdict::{Candidate, Finding, Undecided};

pub(super) fn text(finding: &Finding) -> String {
    match finding {
        Finding::Fault(fault) => fault.to_string(),
        Finding::Undetermined { why: Undecided::UnknownFault, .. } => "undetermined unknown-fault".to_owned(),
        Finding::Undetermined { why: Undecided::Tie, candidates, .. } => {
            format!("undetermined: {}", all(candidates).join(" | "))
        }
    }
}

/// Whether a finding is the one expected: the fault as text; `undetermined` for any kind of doubt,
/// `undetermined unknown-fault`, or `undetermined: a | b` for exactly these candidates in any order,
/// of which a last `...` stands for others. Several that are equally true stand with ` or ` between.
pub(super) fn fits(expected: &str, finding: &Finding) -> bool {
    expected.split(" or ").any(|one| fits_one(one, finding))
}

fn fits_one(expected: &str, finding: &Finding) -> bool {
    let (Some(wanted), Finding::Undetermined { candidates, why: Undecided::Tie, .. }) =
        (expected.strip_prefix("undetermined: "), finding)
    else {
        let any = expected == "undetermined" && matches!(finding, Finding::Undetermined { .. });
        return any || expected == text(finding);
    };
    let got = all(candidates);
    let mut wanted: Vec<&str> = wanted.split(" | ").collect();
    let others = wanted.last() == Some(&"...");
    wanted.retain(|one| *one != "...");
    wanted.iter().all(|one| got.iter().any(|g| g == one)) && (others || wanted.len() == got.len())
}

fn all(candidates: &[Candidate]) -> Vec<String> {
    let one = |c: &Candidate| c.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
    candidates.iter().map(one).collect()
}

/// `camera cam-04 hung` is `camera hung`, `vendor axis outage: login` is `vendor outage`.
pub(super) fn cause(finding: &str) -> String {
    let words: Vec<&str> = finding.split([' ', ':']).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [domain @ ("camera" | "segment" | "vendor"), _, cause, ..] => format!("{domain} {cause}"),
        [domain, cause, ..] if *domain != "undetermined" || *cause == "unknown-fault" => {
            format!("{domain} {cause}")
        }
        [domain, ..] => format!("{domain} tie"),
        [] => String::new(),
    }
}
