//! `demarc config lint`: what this site cannot tell apart, and the lines that would mend it.

use super::Context;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::screen;
use demarc_agent::clock::Clock;
use demarc_agent::config::Config;
use demarc_agent::config::edit::{Edit, Origin, Place, of_proposal, of_remedy};
use demarc_agent::config::surroundings::Surroundings;
use demarc_agent::lint;
use demarc_alert::wording::lint::{self as wording, Told};
use demarc_model::id::VendorId;
use demarc_model::lint::{Insight, Remedy, Shortcoming};
use demarc_model::site::Site;
use demarc_model::topology::{Past, Proposal};
use owo_colors::OwoColorize as _;
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn lint(context: &Context, arguments: &cli::Lint) -> Result<Exit, Failure> {
    let config = context.load()?;
    let surroundings = Surroundings::look(Some(&config.network), Some(context.state_dir.clone()));
    // What the user of this command may do says nothing of the service's; `demarc doctor` does.
    let surroundings = Surroundings { asks_by_arp: true, ..surroundings };
    let past = lint::past(&config, &context.state_dir, Clock::new().now())
        .map_err(|error| Failure::new(Exit::Io, error))?;
    let site = config.site(&surroundings);
    let findings = Findings {
        insights: lint::insights(&config, &surroundings),
        proposals: past.as_ref().map(|past| lint::proposals(&config, &site, past)).unwrap_or_default(),
        past,
        config,
        site,
    };
    let text = if context.json { findings.json() } else { findings.text(&context.state_dir) };
    screen::print(&text)?;
    Ok(if arguments.strict && findings.improvements() > 0 { Exit::Local } else { Exit::Healthy })
}

/// What can be said about a configuration.
struct Findings {
    config: Config,
    site: Site,
    insights: Vec<Insight>,
    past: Option<Past>,
    proposals: Vec<Proposal>,
}

/// Under which heading an insight stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Inseparable,
    OneProbe,
    Advice,
    /// Nothing that somebody could write down changes it.
    AsItIs,
}

impl Group {
    fn of(insight: &Insight) -> Self {
        if !insight.remedy.is_setting() {
            return Self::AsItIs;
        }
        match insight.shortcoming {
            Shortcoming::Inseparable { .. } => Self::Inseparable,
            Shortcoming::OneProbe { .. } => Self::OneProbe,
            Shortcoming::OneControl { .. }
            | Shortcoming::OneHost { .. }
            | Shortcoming::NoSegment { .. }
            | Shortcoming::NoVendor => Self::Advice,
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Inseparable => "Cannot be told apart",
            Self::OneProbe => "Rests on one probe",
            Self::Advice => "Advice",
            Self::AsItIs => "As it is, whatever is configured",
        }
    }
}

impl Findings {
    /// How many changes would make something better.
    fn improvements(&self) -> usize {
        let settings = self.insights.iter().map(|insight| &insight.remedy).filter(|r| r.is_setting());
        settings.collect::<BTreeSet<_>>().len() + self.proposals.len()
    }

    fn json(&self) -> String {
        let insight = |insight: &Insight| {
            serde_json::json!({
                "shortcoming": insight.shortcoming,
                "remedy": insight.remedy,
                "said": wording::insight(insight, &self.site),
                "edits": of_remedy(&insight.remedy, &self.config),
            })
        };
        let proposal = |proposal: &Proposal| {
            serde_json::json!({
                "proposal": proposal,
                "said": wording::proposal(proposal),
                "edits": of_proposal(proposal, &self.config),
            })
        };
        let history = self.past.as_ref().map(|past| {
            serde_json::json!({
                "from": past.from,
                "to": past.to,
                "silences": past.silences.len(),
                "proposals": self.proposals.iter().map(proposal).collect::<Vec<_>>(),
            })
        });
        let value = serde_json::json!({
            "site": self.site.id,
            "improvements": self.improvements(),
            "insights": self.insights.iter().map(insight).collect::<Vec<_>>(),
            "history": history,
        });
        format!("{value:#}\n")
    }

    fn text(&self, state_dir: &Path) -> String {
        let mut out = summary(self.improvements());
        let mut said: Vec<&Remedy> = Vec::new();
        for group in [Group::Inseparable, Group::OneProbe, Group::Advice] {
            let of_group: Vec<&Insight> = self.insights.iter().filter(|i| Group::of(i) == group).collect();
            if of_group.is_empty() {
                continue;
            }
            out.push_str(&format!("\n{}\n", group.heading().bold()));
            for insight in of_group {
                let told = wording::insight(insight, &self.site);
                if said.contains(&&insight.remedy) {
                    out.push_str(&item(&told, "The same as above.", &[]));
                    continue;
                }
                out.push_str(&item(&told, &told.remedy, &of_remedy(&insight.remedy, &self.config)));
                said.push(&insight.remedy);
            }
        }
        out.push_str(&self.history(state_dir));
        out.push_str(&self.as_it_is());
        out
    }

    /// What the past says about the segments.
    fn history(&self, state_dir: &Path) -> String {
        let mut out = format!("\n{}\n", "Segments, as past failures show them".bold());
        let Some(past) = &self.past else {
            let none =
                format!("There is no history yet in {}. Once there is, it is asked.", state_dir.display());
            return out + &screen::labelled("", &none, 2, 0);
        };
        if self.proposals.is_empty() {
            let length = demarc_alert::wording::moment::length(
                past.to.since(past.from),
                demarc_model::site::Language::English,
            );
            let none = format!("{length} of history, {} silences: nothing to propose.", past.silences.len());
            return out + &screen::labelled("", &none, 2, 0);
        }
        for proposal in &self.proposals {
            let told = wording::proposal(proposal);
            out.push_str(&item(&told, &told.remedy, &of_proposal(proposal, &self.config)));
        }
        out
    }

    /// What no setting changes, shortly: it is good to know, and nothing to do.
    fn as_it_is(&self) -> String {
        let rest: Vec<&Insight> = self.insights.iter().filter(|i| Group::of(i) == Group::AsItIs).collect();
        if rest.is_empty() {
            return String::new();
        }
        let mut out = format!("\n{}\n", Group::AsItIs.heading().bold());
        for line in wording::as_it_is(&rest, &self.site) {
            out.push_str(&screen::labelled("-", &line, 2, 2));
        }
        out
    }
}

fn summary(improvements: usize) -> String {
    match improvements {
        0 => "Nothing to improve: what the configuration can tell apart, it does.\n".to_owned(),
        1 => "One change would make it better.\n".to_owned(),
        n => format!("{n} changes would make it better, the most valuable first.\n"),
    }
}

fn item(told: &Told, remedy: &str, edits: &[Edit]) -> String {
    let mut out = String::new();
    for (at, what) in told.what.iter().enumerate() {
        out.push_str(&screen::labelled(if at == 0 { "-" } else { "" }, what, 2, 2));
    }
    out.push_str(&screen::labelled("", &told.why, 4, 0));
    out.push_str(&screen::labelled("do", remedy, 4, 4));
    for edit in edits {
        out.push_str(&screen::labelled("", &place(&edit.place), 8, 0));
        out.extend(edit.lines.iter().map(|line| format!("            {line}\n")));
    }
    out
}

fn place(place: &Place) -> String {
    match place {
        Place::New => "Add:".to_owned(),
        Place::Section(header) => format!("Under {header} add:"),
        Place::Entries(header, ids) => match ids.as_slice() {
            [one] => format!("In {header} {one} add:"),
            several => format!("In each {header} of {} add:", several.join(", ")),
        },
        Place::Profile(vendor, origin) => format!("In {} add:", profile(vendor, *origin)),
        Place::Endpoint(vendor, origin, endpoint) => {
            format!("In {}, in [[endpoint]] {endpoint} add:", profile(vendor, *origin))
        }
    }
}

fn profile(vendor: &VendorId, origin: Origin) -> String {
    let first = match origin {
        Origin::Shipped => " (first a copy of the shipped one)",
        Origin::File => "",
    };
    format!("vendors/{vendor}.toml beside the configuration{first}")
}
