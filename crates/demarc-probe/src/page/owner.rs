//! Which names belong to the owner of a page: redirects are followed only among them.

use super::failed;
use crate::http::Response;
use crate::trace::Stop;
use ::http::header;
use demarc_model::symptom::Symptom;
use url::{Host, Url};

/// Where a redirect leads, when that is another address of the same owner.
pub(super) fn next(url: &Url, response: &Response) -> Result<Url, Stop> {
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
pub(super) fn is_followed(from: &Url, to: &Url) -> bool {
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

/// The domain that somebody registered for this name, as far as that can be told by its look.
pub(super) fn registered(host: &str) -> Option<&str> {
    let mut zone = host.trim_end_matches('.');
    loop {
        let (_, parent) = zone.split_once('.')?;
        if is_public_suffix(parent) {
            return Some(zone);
        }
        zone = parent;
    }
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
    fn a_domain_is_what_stands_below_a_public_one() {
        let cases = [
            ("status.axis.com", Some("axis.com")),
            ("axis.com.", Some("axis.com")),
            ("a.b.c.example.co.uk", Some("example.co.uk")),
            ("com", None),
        ];
        for (host, expected) in cases {
            assert_eq!(registered(host), expected, "{host}");
        }
    }
}
