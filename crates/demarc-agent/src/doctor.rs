//! What this host and this configuration let Demarc measure, and what not: why, and what would help.
//!
//! It looks once, sends no password, and judges no fault: a router that is down is for `check`, one
//! that is not known is for here.

mod catalogue;
mod host;
mod names;
mod page;
mod relays;
mod rows;
mod service;

pub use page::page;
pub use rows::{Row, Works};

use crate::config::Config;
use crate::config::problem::Problems;
use crate::config::surroundings::Surroundings;
use demarc_model::observation::{Observation, Outcome};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::time::Timestamp;
use demarc_probe::ability::{self, Arp, Ping};
use demarc_probe::net::Net;
use demarc_probe::spec::{Limits, PathProbe, PathSpec};
use std::path::Path;
use std::time::Duration;

/// What was found out.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Examination {
    /// Whether it was root who looked. The service is another user, and may be permitted less.
    pub root: bool,
    pub checks: Vec<Check>,
    /// Every kind of probe; empty while the configuration cannot be read.
    pub probes: Vec<Row>,
}

/// One thing that measuring rests on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    pub about: &'static str,
    pub state: State,
    /// What is so, in a sentence or less.
    pub found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Good,
    /// Something is measured worse than it could be, or not at all.
    Limited,
    /// Not there, and nothing is lost by it.
    Unused,
}

impl Examination {
    /// Whether everything that is configured can be measured.
    pub fn is_complete(&self) -> bool {
        self.checks.iter().all(|check| check.state != State::Limited)
    }
}

impl Check {
    fn good(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, state: State::Good, found: found.into(), remedy: None }
    }

    fn limited(about: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about, state: State::Limited, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn unused(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, state: State::Unused, found: found.into(), remedy: None }
    }
}

/// While the configuration cannot be read; these are the shipped ones.
const LIMITS: Limits =
    Limits { connect: Duration::from_secs(2), tls: Duration::from_secs(5), total: Duration::from_secs(10) };

/// What all checks look at.
struct Bench<'a> {
    config: Option<&'a Config>,
    surroundings: Surroundings,
    net: Net,
    limits: Limits,
    ping: Ping,
    arp: Arp,
    state_dir: &'a Path,
    now: Timestamp,
}

impl Bench<'_> {
    /// Carries out one probe of the path, as the service would.
    async fn see(&self, kind: ProbeKind, what: PathProbe) -> Observation {
        self.carry_out(&PathSpec { id: ProbeId::new(kind, ""), what, via: None }).await
    }

    async fn carry_out(&self, spec: &PathSpec) -> Observation {
        demarc_probe::path::run(&self.net, spec, self.now, self.limits).await
    }

    /// The probe of a kind of which a site has one, if it is planned.
    fn planned(&self, kind: ProbeKind) -> Option<PathSpec> {
        let specs = self.config.map(|config| config.path_specs(&self.surroundings));
        specs.into_iter().flatten().find(|spec| spec.id.kind == kind)
    }
}

/// What a probe said is wrong; nothing when it passed or could not be carried out.
fn trouble(seen: &Observation) -> Option<String> {
    match &seen.outcome {
        Outcome::Failed { detail, .. } => Some(detail.as_str().to_owned()),
        Outcome::Passed | Outcome::Missing { .. } => None,
    }
}

/// Looks at everything once.
///
/// # Errors
/// TLS cannot be set up at all on this host.
pub async fn examine(
    loaded: Result<&Config, &Problems>,
    config_path: &Path,
    state_dir: &Path,
    now: Timestamp,
) -> anyhow::Result<Examination> {
    let told = loaded.map(|config| relays::look(config, state_dir)).ok();
    let config = told.as_ref().map(|told| &told.config);
    let network = config.map(|config| &config.network);
    let surroundings = Surroundings::look(network, Some(state_dir.to_owned()));
    let (net, authorities) = host::authorities(config.and_then(|c| c.network.ca_file.as_deref()))?;
    let limits = config.map_or(LIMITS, |config| config.probing.limits);
    let (ping, arp) = (ability::ping(), ability::arp());
    let bench = Bench { config, surroundings, net, limits, ping, arp, state_dir, now };
    let mut checks = configuration(loaded, config_path);
    checks.push(host::icmp(bench.ping));
    checks.push(host::arp(&bench));
    checks.push(host::link(&bench).await);
    checks.extend(host::gateway(&bench));
    checks.push(host::ipv6(&bench).await);
    checks.extend(names::resolvers(&bench).await);
    let named = names::look_up(&bench).await;
    checks.extend(named.checks());
    checks.extend(told.iter().flat_map(relays::Told::checks));
    checks.push(authorities);
    checks.push(host::clock(&bench).await);
    checks.push(host::state_dir(&bench).await);
    checks.extend(service::checks(state_dir));
    checks.push(host::second_line(&bench).await);
    let probes = config.map(|config| rows::rows(config, &bench, &named)).unwrap_or_default();
    Ok(Examination { root: ability::is_root(), checks, probes })
}

/// The configuration, and each thing about it that is permitted and yet unwise.
fn configuration(loaded: Result<&Config, &Problems>, path: &Path) -> Vec<Check> {
    let about = "configuration";
    let warnings = match loaded {
        Err(problems) => {
            let found = problems.to_string();
            let first = found.lines().filter(|line| !line.is_empty()).take(2).collect::<Vec<_>>().join("; ");
            return vec![Check::limited(about, first, "demarc config check: it says every mistake")];
        }
        Ok(config) if config.warnings.is_empty() => {
            let secrets = if config.accounts.is_empty() && config.channels.is_empty() {
                ""
            } else {
                "; its secrets can be read, and not by everybody"
            };
            return vec![Check::good(about, format!("{} is good{secrets}", path.display()))];
        }
        Ok(config) => &config.warnings,
    };
    warnings.iter().map(|warning| Check::limited(about, &warning.what, &warning.remedy)).collect()
}
