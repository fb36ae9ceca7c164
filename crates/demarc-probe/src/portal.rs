//! Whether somebody answers in a web site's place: a page whose answer is known beforehand.

use crate::dns::Expect;
use crate::fetch::{self, Lookup};
use crate::http::{self, Response, Take};
use crate::net::Net;
use crate::routes::Routes;
use crate::trace::{Stop, Trace};
use ::http::{StatusCode, header};
use demarc_model::observation::{Phase, Reading};
use demarc_model::symptom::Symptom;
use std::net::SocketAddr;

pub(crate) mod hint;

const LONGEST_PAGE: usize = 64 << 10;

/// Status 204 is as expected, and 200 with the text that is expected, if one is; white space at its
/// end does not count, because sites and configuration files differ in it.
pub(crate) async fn examine(
    net: &Net,
    url: &str,
    body: Option<&str>,
    resolver: SocketAddr,
    trace: &mut Trace,
) -> Result<(), Stop> {
    let named = interface(trace).and_then(|interface| hint::read("/".as_ref(), &interface));
    trace.readings.extend(named.map(Reading::CaptivePortal));
    let url = fetch::parse(url)?;
    // A portal may answer for every name with its own private address: what it says there is the evidence.
    let lookup = Lookup::Resolver(resolver, Expect::AnyAddress);
    let response = fetch::get(net, &url, lookup, Take::Body(LONGEST_PAGE), trace).await?;
    let told = body.is_some_and(|text| response.status == StatusCode::OK && says(&response, text));
    if told || response.status == StatusCode::NO_CONTENT {
        return Ok(());
    }
    if response.status != StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
        http::server_error(&response)?;
    }
    Err(Stop::failed(Phase::Content, Symptom::Redirected, &instead(&response)))
}

/// The one that the check goes over.
fn interface(trace: &Trace) -> Option<String> {
    trace.via.clone().or_else(|| Routes::read().ok()?.default_interface().map(str::to_owned))
}

fn says(response: &Response, expected: &str) -> bool {
    let body = response.body.as_deref();
    body.is_some_and(|body| body.trim_ascii_end() == expected.as_bytes().trim_ascii_end())
}

fn instead(response: &Response) -> String {
    let target =
        response.headers.get(header::LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match target {
        Some(target) => format!("the check page answered {} and points to {target}", response.status),
        None => format!("another page than the check page came back, with {}", response.status),
    }
}
