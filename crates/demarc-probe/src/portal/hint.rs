//! The address of a captive portal as the network itself names it (RFC 8910), where systemd-networkd got it
//! by DHCP or a router's advertisement and wrote it down.
//!
//! networkd does since systemd 254. Other DHCP clients do not ask for it, or show it to nobody.
//! It is what a stranger says: good for a remark and for no verdict.

use demarc_model::text::DeviceText;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use url::Url;

/// An option of DHCPv4 holds no more.
const LONGEST: usize = 255;
const LONGEST_FILE: u64 = 64 << 10;

/// What was said on an interface. `root` is the directory that holds `run` and `sys`.
pub(crate) fn read(root: &Path, interface: &str) -> Option<DeviceText> {
    let text = |path: &Path| {
        let mut text = String::new();
        File::open(path).ok()?.take(LONGEST_FILE).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let index = text(&root.join("sys/class/net").join(interface).join("ifindex"))?;
    let index: u32 = index.trim().parse().ok()?;
    let links = root.join("run/systemd/netif/links");
    named(&text(&links.join(index.to_string()))?)
}

/// The value of `CAPTIVE_PORTAL`, if it leads to a web server. RFC 8910 has a name for "there is none", which
/// does not.
fn named(state: &str) -> Option<DeviceText> {
    let value = state.lines().find_map(|line| line.strip_prefix("CAPTIVE_PORTAL="))?.trim().trim_matches('"');
    let url = Url::parse(value).ok().filter(|_| value.len() <= LONGEST)?;
    let leads = matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty();
    leads.then(|| DeviceText::clean(url.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    #[test]
    fn only_what_leads_to_a_web_server_is_repeated() {
        let long = format!("https://portal.example/{}", "x".repeat(255));
        let cases = [
            ("https://portal.example/api?a=b", Some("https://portal.example/api?a=b")),
            ("\"http://10.0.0.1/\"", Some("http://10.0.0.1/")),
            ("https://portal.example/\u{1b}[31m\u{202e}x", Some("https://portal.example/%1B[31m%E2%80%AEx")),
            ("https://portal.example", Some("https://portal.example/")),
            ("urn:ietf:params:capport:unrestricted", None),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("https://bank.example@portal.example/", None),
            ("https://", None),
            ("portal.example", None),
            (long.as_str(), None),
            ("", None),
        ];
        for (value, expected) in cases {
            let state = format!(
                "# This is private data. Do not parse.\nDNS=10.0.0.1\nCAPTIVE_PORTAL={value}\nMDNS=no\n"
            );
            assert_eq!(named(&state), expected.map(DeviceText::clean), "{value}");
        }
        assert_eq!(named("DNS=10.0.0.1\n"), None);
    }

    #[test]
    fn it_is_what_was_said_on_this_interface() {
        let root = TempDir::new().unwrap();
        let links = root.path().join("run/systemd/netif/links");
        fs::create_dir_all(&links).unwrap();
        for (name, index) in [("eth0", "2"), ("wwan0", "3"), ("odd", "../x")] {
            let folder = root.path().join("sys/class/net").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("ifindex"), format!("{index}\n")).unwrap();
            fs::write(links.join("2"), "CAPTIVE_PORTAL=https://portal.example/\n").unwrap();
        }
        assert_eq!(read(root.path(), "eth0"), Some(DeviceText::clean("https://portal.example/")));
        for other in ["wwan0", "odd", "none0"] {
            assert_eq!(read(root.path(), other), None, "{other}");
        }
        fs::write(links.join("2"), [0xff; 10]).unwrap();
        assert_eq!(read(root.path(), "eth0"), None);
    }
}
