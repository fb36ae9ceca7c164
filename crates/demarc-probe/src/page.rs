//! A vendor's status page, read as a witness: what it claims, in whose words, and how old.

use crate::fetch::{self, Lookup};
use crate::http::{self, Response, Take};
use crate::net::Net;
use crate::trace::{Stop, Trace};
use ::http::header;
use demarc_model::id::CapabilityId;
use demarc_model::observation::{Phase, Reading};
use demarc_model::page::{PageClaim, PageState};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::statuspage::{self, ComponentStatus, Indicator, Summary};
use std::net::SocketAddr;
use std::time::Duration;
use url::{Host, Url};

const MOST_REDIRECTS: usize = 3;
const LONGEST_PAGE: usize = 2 << 20;
const MOST_INCIDENTS: usize = 20;

/// Follows a few redirects within the vendor's own names.
pub(crate) async fn read(
    net: &Net,
    url: &str,
    resolver: SocketAddr,
    trace: &mut Trace,
) -> Result<Summary, Stop> {
    let mut url = fetch::parse(url)?;
    for _ in 0..=MOST_REDIRECTS {
        trace.readings.clear();
        let take = Take::Body(LONGEST_PAGE);
        let response = fetch::get(net, &url, Lookup::Resolver(resolver), take, trace).await?;
        if !response.status.is_redirection() {
            return summary(&response);
        }
        url = next(&url, &response)?;
    }
    Err(failed(Symptom::Redirected, &format!("the status page redirects more than {MOST_REDIRECTS} times")))
}

fn next(url: &Url, response: &Response) -> Result<Url, Stop> {
    let target = response.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = target.and_then(|target| url.join(target).ok());
    let Some(target) = target else {
        return Err(failed(
            Symptom::Redirected,
            &format!("the status page answered {} and says not where to", response.status),
        ));
    };
    if is_followed(url, &target) {
        return Ok(target);
    }
    Err(failed(Symptom::Redirected, &format!("the status page sends its readers elsewhere, to {target}")))
}

/// Whether a redirect stays with the same owner, and does not give up TLS: the same host, a name
/// below it, or a name beside it such as `www.axis.com` beside `status.axis.com`.
fn is_followed(from: &Url, to: &Url) -> bool {
    if to.scheme() != "https" && to.scheme() != from.scheme() {
        return false;
    }
    let (Some(Host::Domain(from)), Some(Host::Domain(to))) = (from.host(), to.host()) else {
        return from.host() == to.host();
    };
    let below = |zone: &str| to.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let parent = from.split_once('.').map(|(_, parent)| parent);
    below(from) || parent.is_some_and(|parent| !is_public_suffix(parent) && below(parent))
}

/// A guess that errs on the safe side: `com`, `co.uk`, `com.au`, and some short names that are not.
fn is_public_suffix(zone: &str) -> bool {
    match zone.split_once('.') {
        None => true,
        Some((label, country)) => label.len() <= 3 && country.len() == 2,
    }
}

fn summary(response: &Response) -> Result<Summary, Stop> {
    http::server_error(response)?;
    if !response.status.is_success() {
        return Err(failed(Symptom::Garbage, &format!("the status page answered {}", response.status)));
    }
    let Some(body) = &response.body else {
        return Err(failed(Symptom::Garbage, "the status page is longer than 2 MiB"));
    };
    statuspage::parse_summary(body)
        .map_err(|error| failed(Symptom::Garbage, &format!("the status page cannot be read: {error}")))
}

/// What the page says of the capabilities that the vendor profile finds on it. A component that is
/// listed in the profile and is not on the page is unknown: nothing defaults to operational.
pub(crate) fn reading(summary: &Summary, components: &[(String, CapabilityId)], at: Timestamp) -> Reading {
    let capabilities = components.iter().map(|(name, id)| (id.clone(), component(summary, name))).collect();
    let incidents = summary.incidents.iter().take(MOST_INCIDENTS);
    Reading::Page(PageClaim {
        overall: overall(summary.indicator),
        headline: DeviceText::clean(&summary.description),
        capabilities,
        incidents: incidents.map(|incident| DeviceText::clean(&incident.name)).collect(),
        updated: summary.updated_ms.map(Timestamp::from_millis).filter(|updated| is_plausible(*updated, at)),
    })
}

fn component(summary: &Summary, name: &str) -> PageState {
    let wanted = name.trim().to_lowercase();
    let found = summary.components.iter().find(|component| component.name.trim().to_lowercase() == wanted);
    match found.map(|component| component.status) {
        None | Some(ComponentStatus::Unknown) => PageState::Unknown,
        Some(ComponentStatus::Operational) => PageState::Operational,
        Some(ComponentStatus::DegradedPerformance) => PageState::Degraded,
        Some(ComponentStatus::PartialOutage) => PageState::PartialOutage,
        Some(ComponentStatus::MajorOutage) => PageState::Outage,
        Some(ComponentStatus::UnderMaintenance) => PageState::Maintenance,
    }
}

fn overall(indicator: Indicator) -> PageState {
    match indicator {
        Indicator::None => PageState::Operational,
        Indicator::Minor => PageState::Degraded,
        Indicator::Major => PageState::PartialOutage,
        Indicator::Critical => PageState::Outage,
        Indicator::Maintenance => PageState::Maintenance,
        Indicator::Unknown => PageState::Unknown,
    }
}

/// After 2000 and not more than ten minutes in the future.
fn is_plausible(updated: Timestamp, at: Timestamp) -> bool {
    const YEAR_2000: Timestamp = Timestamp::from_millis(946_684_800_000);
    YEAR_2000 <= updated && updated <= at.plus(Duration::from_secs(600))
}

fn failed(symptom: Symptom, detail: &str) -> Stop {
    Stop::failed(Phase::Content, symptom, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_followed_only_within_the_vendors_names() {
        let cases = [
            ("https://status.axis.com/a", "https://status.axis.com/b", true),
            ("https://status.axis.com/a", "https://www.axis.com/", true),
            ("https://axis.com/", "https://www.axis.com/", true),
            ("https://status.axis.com/", "https://axis.com/", true),
            ("https://status.axis.com/", "https://notaxis.com/", false),
            ("https://status.axis.com/", "https://axis.com.evil.example/", false),
            ("https://axis.com/", "https://evil.com/", false),
            ("http://status.axis.com/", "https://status.axis.com/", true),
            ("https://status.axis.com/", "http://status.axis.com/", false),
            ("https://axis.co.uk/", "https://evil.co.uk/", false),
            ("https://10.0.0.1/", "https://10.0.0.1:8443/", true),
            ("https://10.0.0.1/", "https://10.0.0.2/", false),
        ];
        for (from, to, expected) in cases {
            let (a, b) = (Url::parse(from).unwrap(), Url::parse(to).unwrap());
            assert_eq!(is_followed(&a, &b), expected, "{from} -> {to}");
        }
    }

    #[test]
    fn a_time_of_1970_or_the_future_is_no_time() {
        let at = Timestamp::from_millis(1_645_376_400_000);
        let cases =
            [(0, false), (946_684_800_000, true), (1_645_376_999_000, true), (1_645_377_001_000, false)];
        for (millis, expected) in cases {
            assert_eq!(is_plausible(Timestamp::from_millis(millis), at), expected, "{millis}");
        }
    }
}
