//! Checks that several sections share: hosts, addresses, URLs, repeats and references.

use super::keys::{nearest, quoted};
use super::read::Reader;
use demarc_probe::camera::sends_unchanged;
use demarc_probe::spec::Check;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

pub(super) fn host(section: &Reader<'_>, name: &str) -> Option<String> {
    section.parsed(name, host_name)
}

/// A host name or an address, in the form it has in a URL less brackets.
pub(crate) fn host_name(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let is_name = text.len() <= 253 && text.trim_end_matches('.').split('.').all(label);
    (is_name || text.parse::<IpAddr>().is_ok()).then(|| text.trim_end_matches('.').to_owned())
}

/// What a certificate's issuer is expected to be called. Where no certificate is seen it expects nothing.
pub(super) fn issuer(section: &Reader<'_>, check: &Check) -> Option<String> {
    if !section.is_set("issuer") {
        return None;
    }
    let issuer = section.text("issuer").filter(|issuer| !issuer.trim().is_empty());
    let bare = match check {
        Check::Tcp => Some("a TCP connection"),
        Check::Stun => Some("an answer to STUN"),
        Check::Tls | Check::Https { .. } => None,
    };
    if let Some(bare) = bare {
        let remedy = "remove `issuer`, or write check = \"tls\"";
        section.report("issuer", format!("{bare} shows no certificate"), remedy.into());
    }
    issuer
}

/// An address with a port, or one without, which then is 53.
pub(super) fn dns_server(text: &str) -> Option<SocketAddr> {
    let bare = || text.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53));
    text.parse::<SocketAddr>().ok().filter(|server| server.port() != 0).or_else(bare)
}

pub(super) fn url(text: &str, schemes: &[&str]) -> Option<String> {
    let parsed = url::Url::parse(text).ok()?;
    let fits = schemes.contains(&parsed.scheme()) && parsed.has_host();
    (fits && parsed.username().is_empty() && parsed.password().is_none()).then(|| text.to_owned())
}

/// A path, perhaps with a query, that goes on the wire as it is written here.
pub(super) fn url_path(text: &str) -> Option<String> {
    let visible = text.bytes().all(|b| b.is_ascii_graphic());
    (visible && sends_unchanged(text)).then(|| text.to_owned())
}

/// `None` stands for `"auto"`.
pub(super) fn url_path_or_auto(text: &str) -> Option<Option<String>> {
    if text == "auto" { Some(None) } else { url_path(text).map(Some) }
}

/// Whether an address belongs to a network that is not routed on the Internet.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback() || v6.is_unicast_link_local(),
    }
}

/// Reports every section whose `name` an earlier one has too.
pub(super) fn refuse_repeats(sections: &[Reader<'_>], name: &str) {
    let mut seen = HashMap::new();
    for section in sections.iter().filter(|section| section.is_set(name)) {
        let Some(text) = section.peek(name) else { continue };
        let place = section.place(name);
        if let Some(first) = seen.get(text) {
            let what = format!("{} is used twice", quoted(text));
            let remedy = format!("choose another; the first is at {}", section.ledger().position(*first));
            section.report(name, what, remedy);
        } else {
            seen.insert(text, place);
        }
    }
}

/// A text that must be one of `known`; `of` says what they are: "[[account]] with name".
pub(super) fn reference(section: &Reader<'_>, name: &str, known: &[&str], of: &str) -> Option<String> {
    let text = section.text(name)?;
    if known.contains(&text.as_str()) {
        return Some(text);
    }
    let remedy = match (nearest(&text, known.iter().copied()), known) {
        (Some(meant), _) => format!("did you mean {}?", quoted(meant)),
        (None, []) => "there is none at all; add it".to_owned(),
        (None, _) => format!("add it, or use one of these: {}", known[..known.len().min(20)].join(", ")),
    };
    section.report(name, format!("there is no {of} = {}", quoted(&text)), remedy);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        let cases = [
            ("one.one.one.one", Some("one.one.one.one")),
            ("dns.google.", Some("dns.google")),
            ("192.0.2.1", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("http://dns.google", None),
            ("dns google", None),
            ("dns..google", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(host_name(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_path_that_would_be_sent_in_another_form_is_none() {
        for good in ["/onvif/device_service", "/live?channel=1&subtype=1", "/Streaming/Channels/102"] {
            assert_eq!(url_path(good).as_deref(), Some(good));
        }
        for bad in ["", "live", "/a b", "/a#b", "/<a>", "/a/../b", "/ü", "//host/live\\"] {
            assert_eq!(url_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn urls_carry_no_password_and_only_the_schemes_asked_for() {
        let cases = [
            ("https://noc.example.com/x", true),
            ("http://noc.example.com/x", false),
            ("https://user:pass@noc.example.com/x", false),
            ("file:///etc/passwd", false),
            ("noc.example.com", false),
        ];
        for (text, fits) in cases {
            assert_eq!(url(text, &["https"]).is_some(), fits, "{text:?}");
        }
    }

    #[test]
    fn dns_servers_have_port_53_unless_told() {
        let cases = [
            ("9.9.9.9", Some("9.9.9.9:53")),
            ("127.0.0.1:5353", Some("127.0.0.1:5353")),
            ("2620:fe::fe", Some("[2620:fe::fe]:53")),
            ("[2620:fe::fe]:54", Some("[2620:fe::fe]:54")),
            ("9.9.9.9:0", None),
            ("dns.quad9.net", None),
        ];
        for (text, expected) in cases {
            assert_eq!(dns_server(text).map(|s| s.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
