//! `demarc check`: one look, one verdict, one exit code.

use super::Context;
use crate::cli::Format;
use crate::exit::{Exit, Failure};
use crate::{screen, view};
use demarc_agent::check::Look;
use demarc_agent::clock::Clock;
use demarc_alert::wording;
use demarc_model::fault::Domain;

pub(crate) fn check(context: &Context, format: Format) -> Result<Exit, Failure> {
    let config = context.load()?;
    let now = Clock::new().now();
    let runtime = context.runtime()?;
    let look = runtime
        .block_on(demarc_agent::check::check(config, &context.config, &context.state_dir, now))
        .map_err(|error| Failure { exit: Exit::Software, error })?;
    let domain = look.domain();
    let text = match format {
        Format::Nagios => nagios(&look, domain),
        Format::Text if context.json => json(&look, domain),
        Format::Text => text(&look),
    };
    screen::print(&text)?;
    Ok(if format == Format::Nagios { nagios_exit(domain) } else { domain.into() })
}

fn text(look: &Look) -> String {
    let snapshot = &look.snapshot;
    if snapshot.incidents.is_empty() && look.settled {
        let report = wording::healthy_report(&snapshot.overview, &snapshot.site, snapshot.at);
        return view::report(&report, Domain::Healthy, 0);
    }
    if snapshot.incidents.is_empty() {
        let report = wording::unsettled_report(&snapshot.overview, &snapshot.site, snapshot.at);
        return view::report(&report, Domain::Undetermined, 0);
    }
    let reports = snapshot.incidents.iter().map(|incident| {
        let report = wording::report(incident, &snapshot.site, snapshot.at);
        view::report(&report, incident.verdict.finding.domain(), 0)
    });
    reports.collect::<Vec<_>>().join("\n")
}

fn json(look: &Look, domain: Domain) -> String {
    let snapshot = &look.snapshot;
    let verdicts: Vec<_> = snapshot.incidents.iter().map(|incident| &incident.verdict).collect();
    let value = serde_json::json!({
        "site": snapshot.site.id,
        "at": snapshot.at,
        "domain": domain,
        "settled": look.settled,
        "verdicts": verdicts,
        "overview": snapshot.overview,
    });
    format!("{value:#}\n")
}

/// A plugin line: state, what, and performance data after the bar.
fn nagios(look: &Look, domain: Domain) -> String {
    let snapshot = &look.snapshot;
    let titles: Vec<String> =
        snapshot.incidents.iter().map(|i| wording::title(&i.verdict.finding, &snapshot.site)).collect();
    let state = match nagios_exit(domain) {
        Exit::Healthy => "OK",
        Exit::Local => "WARNING",
        Exit::Vendor => "CRITICAL",
        Exit::Undetermined | Exit::Usage | Exit::Unavailable | Exit::Software | Exit::Io | Exit::Config => {
            "UNKNOWN"
        }
    };
    let cameras = &snapshot.overview.cameras;
    let working = cameras.iter().filter(|c| c.standing == demarc_model::verdict::Standing::Works).count();
    let what = if titles.is_empty() { domain.name().to_owned() } else { titles.join("; ") };
    format!("DEMARC {state} - {what} | cameras={working};;;0;{}\n", cameras.len())
}

/// Nagios knows warning (1) and critical (2): what somebody must repair here is critical, the
/// vendor's outage is a warning.
fn nagios_exit(domain: Domain) -> Exit {
    match domain.into() {
        Exit::Local => Exit::Vendor,
        Exit::Vendor => Exit::Local,
        other => other,
    }
}
