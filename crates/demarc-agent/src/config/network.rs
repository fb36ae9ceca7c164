//! `[network]`: the way from this computer to the Internet, and the controls that measure it.

use super::files;
use super::keys::quoted;
use super::keys::site::{CONTROLS, DefaultControl};
use super::read::{Document, Reader};
use super::values;
use demarc_model::id::ControlId;
use demarc_probe::spec::Check;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where `None` stands for something to be found out, `Surroundings` has the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub interface: Option<String>,
    pub gateway: Option<IpAddr>,
    pub gateway_port: Option<u16>,
    pub resolver: Option<SocketAddr>,
    pub resolver_on_gateway: Option<bool>,
    /// `None`: no other resolver is asked.
    pub second_resolver: Option<SocketAddr>,
    /// The interface of the second line; `None` when there is none.
    pub second_line: Option<String>,
    pub ipv6: Option<bool>,
    pub random_zone: String,
    pub ca_file: Option<PathBuf>,
    /// Hosts that tell the time by NTP.
    pub time_servers: Vec<String>,
    pub portal_check: String,
    pub portal_body: String,
    /// At least one.
    pub controls: Vec<Control>,
}

/// A host on the Internet that shares nothing with the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    pub id: ControlId,
    pub host: String,
    pub address: IpAddr,
    pub address_ipv6: Option<Ipv6Addr>,
    pub port: u16,
    pub check: Check,
    /// What the name of its certificate's issuer contains.
    pub issuer: Option<String>,
}

pub(super) fn read(document: Document<'_>, folder: &Path) -> Option<Network> {
    let section = document.one("network");
    let interface = section.text("interface").map(|name| (name != "auto").then_some(name));
    let gateway = section.parsed("gateway", |text| or_word(text, "auto", |text| text.parse().ok()));
    let gateway_port = section.port("gateway-port");
    let resolver = section.parsed("resolver", |text| or_word(text, "auto", values::dns_server));
    let resolver_on_gateway = section.flag("resolver-on-gateway");
    let second_resolver = section.parsed("second-resolver", |text| or_word(text, "none", values::dns_server));
    let second_line = second_line(&section);
    let ipv6 = section.flag("ipv6");
    let random_zone = values::host(&section, "random-zone");
    let ca_file = files::readable(&section, "ca-file", folder);
    let time_servers = time_servers(&section);
    let portal_check = section.parsed("portal-check", |text| values::url(text, &["http"]));
    let portal_body = section.parsed("portal-body", |text| Some(text.to_owned()));
    let controls = controls(document);
    Some(Network {
        interface: interface?,
        gateway: gateway?,
        gateway_port,
        resolver: resolver?,
        resolver_on_gateway,
        second_resolver: second_resolver?,
        second_line: second_line?,
        ipv6,
        random_zone: random_zone?,
        ca_file,
        time_servers: time_servers?,
        portal_check: portal_check?,
        portal_body: portal_body?,
        controls: controls?,
    })
}

fn time_servers(section: &Reader<'_>) -> Option<Vec<String>> {
    const NAME: &str = "time-servers";
    let hosts = section.texts(NAME)?.into_iter().map(|text| {
        let host = values::host_name(&text);
        if host.is_none() {
            let remedy = "write host names or addresses, without a port";
            section.report(NAME, format!("{} is no host", quoted(&text)), remedy.into());
        }
        host
    });
    hosts.collect::<Vec<_>>().into_iter().collect()
}

/// `Some(None)` when there is none. The kernel takes names of up to 15 bytes.
fn second_line(section: &Reader<'_>) -> Option<Option<String>> {
    const NAME: &str = "second-line";
    if !section.is_set(NAME) {
        return Some(None);
    }
    let fits = |text: &str| {
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
        ((1..=15).contains(&text.len()) && plain).then(|| text.to_owned())
    };
    let name = section.parsed(NAME, fits)?;
    if section.peek("interface") == Some(&name) {
        let remedy = "name the interface of the other line, or remove it";
        section.report(NAME, format!("{name} is the interface of the first line"), remedy.into());
    }
    Some(Some(name))
}

/// `Some(None)` for the word, `None` for a text that is neither the word nor a value.
fn or_word<T>(text: &str, word: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text == word { Some(None) } else { parse(text).map(Some) }
}

fn controls(document: Document<'_>) -> Option<Vec<Control>> {
    let sections = document.many("network.control");
    if document.has_none("network.control") {
        return Some(default_controls());
    }
    values::refuse_repeats(&sections, "id");
    let controls = sections.iter().map(control).collect::<Vec<_>>();
    let controls = controls.into_iter().collect::<Option<Vec<_>>>()?;
    let networks = controls.iter().map(|control| control.address).collect::<HashSet<_>>();
    if let (1, Some(section)) = (networks.len(), sections.first()) {
        section.ledger().warn(
            section.at,
            "there is only one control: its own failure looks like a failed line".into(),
            "add a second [[network.control]] in another network".into(),
        );
    }
    Some(controls)
}

fn default_controls() -> Vec<Control> {
    let control = |default: DefaultControl| Control {
        id: ControlId::new(default.id).expect("default controls have valid ids"),
        host: default.host.to_owned(),
        address: default.address.parse().expect("default controls have valid addresses"),
        address_ipv6: Some(default.address_ipv6.parse().expect("default controls have valid addresses")),
        port: 443,
        check: Check::Tls,
        issuer: None,
    };
    CONTROLS.into_iter().map(control).collect()
}

fn control(section: &Reader<'_>) -> Option<Control> {
    #[derive(Clone, Copy)]
    enum Depth {
        Tls,
        Tcp,
    }
    let id = section.parsed("id", |text| ControlId::new(text).ok());
    let host = values::host(section, "host");
    let address = section.address("address");
    let address_ipv6 = match section.address("address-ipv6") {
        None => None,
        Some(IpAddr::V6(v6)) => Some(v6),
        Some(IpAddr::V4(v4)) => {
            let remedy = "write it as `address`, or remove the line";
            section.report("address-ipv6", format!("{v4} is an IPv4 address"), remedy.into());
            None
        }
    };
    let port = section.port("port");
    let depth = section.choice("check", &[("tls", Depth::Tls), ("tcp", Depth::Tcp)]);
    let check = match depth? {
        Depth::Tls => Check::Tls,
        Depth::Tcp => Check::Tcp,
    };
    let issuer = values::issuer(section, &check);
    Some(Control { id: id?, host: host?, address: address?, address_ipv6, port: port?, check, issuer })
}
