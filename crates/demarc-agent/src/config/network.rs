//! `[network]`: the way from this computer to the Internet, and the controls that measure it.

use super::files;
use super::keys::site::CONTROLS;
use super::read::{Document, Reader};
use super::values;
use demarc_model::id::ControlId;
use demarc_probe::spec::Check;
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
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
    pub random_zone: String,
    pub ca_file: Option<PathBuf>,
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
    let random_zone = values::host(&section, "random-zone");
    let ca_file = files::readable(&section, "ca-file", folder);
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
        random_zone: random_zone?,
        ca_file,
        portal_check: portal_check?,
        portal_body: portal_body?,
        controls: controls?,
    })
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
    let control = |(id, host, address): (&str, &str, &str)| Control {
        id: ControlId::new(id).expect("default controls have valid ids"),
        host: host.to_owned(),
        address: address.parse().expect("default controls have valid addresses"),
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
    let port = section.port("port");
    let depth = section.choice("check", &[("tls", Depth::Tls), ("tcp", Depth::Tcp)]);
    let check = match depth? {
        Depth::Tls => Check::Tls,
        Depth::Tcp => Check::Tcp,
    };
    let issuer = values::issuer(section, &check);
    Some(Control { id: id?, host: host?, address: address?, port: port?, check, issuer })
}
