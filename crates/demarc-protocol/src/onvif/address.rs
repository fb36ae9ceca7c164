//! Addresses that devices advertise for their services and streams, and what of them can be believed.
//!
//! A camera behind a translated address, with two interfaces or with a moved port advertises an address
//! that cannot be reached from here. The scheme, host and port that were just spoken to work: only
//! the path is taken from what is advertised.

/// What an advertised address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Without brackets and without a login. `None` when only a path is advertised.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// With its query; never empty.
    pub path: String,
}

const LONGEST: usize = 1024;

/// Reads an address, `None` when there is no sending a request to it.
///
/// `host:8106:8106`, IPv6 without brackets, a login before the host and an address without scheme all occur.
pub fn locate(address: &str) -> Option<Located> {
    let address = address.trim();
    let clean = address.bytes().all(|byte| byte.is_ascii_graphic());
    if address.is_empty() || address.len() > LONGEST || !clean {
        return None;
    }
    let address = address.split_once('#').map_or(address, |(before, _)| before);
    let rest = match address.split_once("://") {
        Some((_, rest)) => rest,
        None if address.starts_with('/') => {
            return Some(Located { host: None, port: None, path: address.to_owned() });
        }
        None => address,
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = host_and_port(authority)?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Some(Located { host: Some(host), port, path })
}

fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    if let Some((host, after)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return Some((host.to_owned(), after.strip_prefix(':').and_then(|port| port.parse().ok())));
    }
    let mut parts = authority.split(':');
    let host = parts.next().filter(|host| !host.is_empty());
    let ports: Vec<&str> = parts.collect();
    match (host, ports.as_slice()) {
        (Some(host), []) => Some((host.to_owned(), None)),
        (Some(host), [port]) => Some((host.to_owned(), port.parse().ok())),
        (Some(host), [port, again]) if port == again => Some((host.to_owned(), port.parse().ok())),
        _ if authority.parse::<std::net::Ipv6Addr>().is_ok() => Some((authority.to_owned(), None)),
        // `::ffff:192.0.2.7:554`: what cannot be told apart is left as the host.
        _ => (!authority.is_empty()).then(|| (authority.to_owned(), None)),
    }
}

/// The path of the first address in a list that gives one to be used, in the order IPv4, other, link-local.
///
/// Devices put several addresses into one element, with any blanks between them.
pub fn path_of(addresses: &str) -> Option<String> {
    let mut located: Vec<Located> = addresses.split_whitespace().take(16).filter_map(locate).collect();
    located.sort_by_key(rank);
    located.into_iter().map(|one| one.path).next()
}

fn rank(located: &Located) -> u8 {
    let host = located.host.as_deref().unwrap_or_default();
    match host.split('%').next().unwrap_or_default().parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) if address.is_link_local() => 3,
        Ok(std::net::IpAddr::V4(_)) => 0,
        Ok(std::net::IpAddr::V6(address)) if address.is_unicast_link_local() => 3,
        Ok(std::net::IpAddr::V6(_)) => 2,
        Err(_) => 1,
    }
}

/// The advertised address at the origin that worked, such as `http://192.0.2.17:8080` or
/// `rtsp://[2001:db8::7]:554`. `fallback` is a path for an address that gives none.
pub fn repair(advertised: &str, origin: &str, fallback: &str) -> String {
    let path = path_of(advertised).filter(|path| path != "/");
    let path = path.as_deref().unwrap_or(fallback);
    format!("{}{path}", origin.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(address: &str) -> Option<(Option<String>, Option<u16>, String)> {
        locate(address).map(|located| (located.host, located.port, located.path))
    }

    #[test]
    fn reads_addresses_as_devices_write_them() {
        let found = |host: &str, port, path: &str| Some((Some(host.to_owned()), port, path.to_owned()));
        let cases = [
            ("http://192.0.2.5/onvif/media_service", found("192.0.2.5", None, "/onvif/media_service")),
            ("http://192.0.2.5:8899/onvif", found("192.0.2.5", Some(8899), "/onvif")),
            ("http://192.0.2.5:8106:8106/onvif", found("192.0.2.5", Some(8106), "/onvif")),
            ("192.0.2.5/onvif", found("192.0.2.5", None, "/onvif")),
            ("http://192.0.2.5", found("192.0.2.5", None, "/")),
            ("rtsp://admin:p@ss@192.0.2.5:554/s?a=1&b=2", found("192.0.2.5", Some(554), "/s?a=1&b=2")),
            ("rtsp://192.0.2.5:554?ch=1", found("192.0.2.5", Some(554), "/?ch=1")),
            ("http://[2001:db8::7]:80/onvif#x", found("2001:db8::7", Some(80), "/onvif")),
            ("rtsp://::ffff:192.0.2.7/s", found("::ffff:192.0.2.7", None, "/s")),
            ("/onvif/media", Some((None, None, "/onvif/media".to_owned()))),
            ("http:///onvif", None),
            ("http://192.0.2.5/a\r\nX: y", None),
            ("http://192.0.2.5/ü", None),
            ("", None),
        ];
        for (address, expected) in cases {
            assert_eq!(located(address), expected, "{address}");
        }
    }

    #[test]
    fn keeps_the_host_that_worked() {
        let cases = [
            ("http://10.0.0.9:8080/onvif/media_service", "http://192.0.2.17/onvif/media_service"),
            ("http://[fe80::1]/a http://192.0.2.5/b", "http://192.0.2.17/b"),
            ("http://169.254.3.4/a   https://camera.local/b", "http://192.0.2.17/b"),
            ("http://[fe80::1%eth0]/a", "http://192.0.2.17/a"),
            ("http://192.0.2.5/", "http://192.0.2.17/onvif/device_service"),
            ("nonsense with blanks", "http://192.0.2.17/onvif/device_service"),
            ("", "http://192.0.2.17/onvif/device_service"),
        ];
        for (advertised, expected) in cases {
            assert_eq!(
                repair(advertised, "http://192.0.2.17", "/onvif/device_service"),
                expected,
                "{advertised}"
            );
        }
    }
}
