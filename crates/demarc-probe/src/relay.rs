//! A URL of the user's own that leads through the vendor's relay to something at the branch.
//!
//! One GET over TLS with a certificate of a known authority; no redirect is followed, so a login goes nowhere
//! but to the host that the user named. Neither the URL nor the login stands in any text that is made here.

use crate::dns::Expect;
use crate::fetch::{self, Lookup};
use crate::http::{Response, Take};
use crate::net::Net;
use crate::spec::{RelayCheck, RelayLogin};
use crate::trace::{Stop, Trace};
use ::http::{HeaderValue, StatusCode, header};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use demarc_protocol::auth::basic;
use demarc_protocol::auth::digest::Login;
use secrecy::ExposeSecret;

/// Where a picture is longer than this enough of it has come.
const LONGEST: usize = 1 << 20;

pub(crate) async fn examine(net: &Net, check: &RelayCheck, trace: &mut Trace) -> Result<(), Stop> {
    let url = fetch::parse(check.url.expose_secret())?;
    if url.scheme() != "https" {
        return Err(Stop::Missing(MissingReason::Agent));
    }
    let login = check.login.as_ref().map(authorization).transpose()?;
    let take = match &login {
        Some(login) => Take::Private(LONGEST, login),
        None => Take::Body(LONGEST),
    };
    let lookup = Lookup::Resolver(check.resolver, Expect::private(check.private));
    let response = fetch::get(net, &url, lookup, take, trace).await?;
    let who = url.host_str().unwrap_or_default();
    judge(check, &response).map_err(|(phase, symptom, what)| {
        Stop::failed(phase, symptom, &format!("{who} answered {} {what}", response.status))
    })
}

/// The value of `Authorization`, which the configuration has held to what a header can carry.
fn authorization(login: &RelayLogin) -> Result<HeaderValue, Stop> {
    let value = match login {
        RelayLogin::Basic { username, password } => {
            let password = password.expose_secret();
            HeaderValue::from_bytes(&basic::answer(Login {
                username,
                password,
                basic: basic::Basic::Permitted,
            }))
        }
        RelayLogin::Bearer(token) => HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())),
    };
    let mut value = value.map_err(|_| Stop::Missing(MissingReason::Agent))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether the answer is the expected one; otherwise where it stops, and what that says.
fn judge(check: &RelayCheck, response: &Response) -> Result<(), (Phase, Symptom, String)> {
    let status = response.status;
    if status.as_u16() == check.status {
        return right_type(check, response);
    }
    let beyond = "and so does not reach what the URL names";
    let unlike = format!("instead of {}", check.status);
    Err(match status {
        StatusCode::UNAUTHORIZED if check.login.is_some() => {
            (Phase::Authentication, Symptom::Rejected, "to the login of the relay check".to_owned())
        }
        StatusCode::UNAUTHORIZED => {
            (Phase::Authentication, Symptom::Rejected, "and wants a login, of which none is given".to_owned())
        }
        StatusCode::FORBIDDEN => {
            (Phase::Authentication, Symptom::LockedOut, "and permits nothing".to_owned())
        }
        StatusCode::TOO_MANY_REQUESTS => (Phase::Content, Symptom::Busy, "to too many requests".to_owned()),
        StatusCode::NOT_FOUND | StatusCode::GONE => (Phase::Content, Symptom::ServerError, beyond.to_owned()),
        status if status.is_server_error() => (Phase::Content, Symptom::ServerError, beyond.to_owned()),
        status if status.is_redirection() => (Phase::Content, Symptom::Redirected, unlike),
        _ => (Phase::Content, Symptom::Garbage, unlike),
    })
}

/// Another kind of page than the expected one is that of a login, of an apology, or of a portal.
fn right_type(check: &RelayCheck, response: &Response) -> Result<(), (Phase, Symptom, String)> {
    let Some(expected) = &check.content_type else { return Ok(()) };
    let shown = response.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let shown = String::from_utf8_lossy(shown);
    let essence = shown.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let essence = if essence.is_empty() { "no type" } else { essence };
    Err((Phase::Content, Symptom::Redirected, format!("with {essence} instead of {expected}")))
}
