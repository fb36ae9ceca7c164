//! `[[channel]]` and `[alerting]`: the ways to tell people, and when.

use super::files;
use super::read::{Document, Reader};
use super::secret::{self, Host};
use super::values;
use demarc_model::id::ChannelId;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alerting {
    /// How long the end of an incident is held back.
    pub resolve_after: Duration,
}

#[derive(Debug, Clone)]
pub struct Channel {
    pub id: ChannelId,
    pub means: Means,
}

#[derive(Debug, Clone)]
pub enum Means {
    Webhook(Webhook),
    Smtp(Smtp),
}

#[derive(Debug, Clone)]
pub struct Webhook {
    /// Whoever knows the address can often post to it.
    pub url: SecretString,
    /// Signs the messages.
    pub secret: Option<SecretString>,
}

#[derive(Debug, Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    pub from: String,
    pub to: Vec<String>,
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    Starttls,
    Tls,
    None,
}

pub(super) fn alerting(document: Document<'_>) -> Option<Alerting> {
    let resolve_after = document.one("alerting").duration("resolve-after");
    Some(Alerting { resolve_after: resolve_after? })
}

pub(super) fn read(document: Document<'_>, host: Host<'_>) -> Option<Vec<Channel>> {
    let sections = document.many("channel");
    values::refuse_repeats(&sections, "id");
    let channels = sections.iter().map(|section| channel(section, host)).collect::<Vec<_>>();
    channels.into_iter().collect()
}

fn channel(section: &Reader<'_>, host: Host<'_>) -> Option<Channel> {
    type Read = fn(&Reader<'_>, Host<'_>) -> Option<Means>;
    let id = section.parsed("id", |text| ChannelId::new(text).ok());
    let read = section.choice::<Read>("type", &[("webhook", webhook), ("smtp", smtp)]);
    let means = read?(section, host);
    Some(Channel { id: id?, means: means? })
}

fn webhook(section: &Reader<'_>, host: Host<'_>) -> Option<Means> {
    let url = section.parsed("url", |text| values::url(text, &["https", "http"]));
    let secret = secret::read(section, "secret", host);
    Some(Means::Webhook(Webhook { url: SecretString::from(url?), secret }))
}

fn smtp(section: &Reader<'_>, host: Host<'_>) -> Option<Means> {
    let server = values::host(section, "host");
    let port = section.port("port");
    let security = section.choice(
        "security",
        &[("starttls", Security::Starttls), ("tls", Security::Tls), ("none", Security::None)],
    );
    let login = login(section, host);
    let from = section.parsed("from", mail_address);
    let to = section.texts("to");
    if to.as_ref().is_some_and(Vec::is_empty) && section.is_set("to") {
        section.report("to", "nobody receives these mails".into(), "name at least one address".into());
    }
    let wrong = to.iter().flatten().find(|text| mail_address(text).is_none());
    if let Some(wrong) = wrong {
        let remedy = "write for example: to = [\"oncall@example.com\"]";
        section.report("to", format!("{wrong:?} is not a mail address"), remedy.into());
    }
    let ca_file = files::readable(section, "ca-file", host.folder);
    let security = security?;
    if security == Security::None && section.is_set("password") {
        section.ledger().report(
            section.key_place("password"),
            "the password would cross the network in the clear".into(),
            "write security = \"starttls\", or remove username and password".into(),
        );
    }
    let port = port.unwrap_or(match security {
        Security::Starttls => 587,
        Security::Tls => 465,
        Security::None => 25,
    });
    Some(Means::Smtp(Smtp { host: server?, port, security, login, from: from?, to: to?, ca_file }))
}

fn login(section: &Reader<'_>, host: Host<'_>) -> Option<Login> {
    let username = section.text("username");
    let password = secret::read(section, "password", host);
    for (one, other) in [("username", "password"), ("password", "username")] {
        if section.is_set(one) && !section.is_set(other) {
            let place = section.key_place(one);
            let what = format!("`{one}` needs `{other}`");
            section.ledger().report(place, what, format!("add `{other}`, or remove `{one}`"));
        }
    }
    Some(Login { username: username?, password: password? })
}

fn mail_address(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_plain = !local.is_empty() && text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    (is_plain && values::host_name(domain).is_some()).then(|| text.to_owned())
}

impl Webhook {
    /// Scheme and host alone: what may be shown of the address.
    pub fn shown(&self) -> String {
        masked_url(self.url.expose_secret())
    }
}

/// A URL with everything hidden after its host.
pub(crate) fn masked_url(text: &str) -> String {
    let host_from = text.find("://").map_or(0, |colon| colon + 3);
    let host_to = text[host_from..].find(['/', '?', '#']).map_or(text.len(), |end| host_from + end);
    format!("{}/***", &text[..host_to])
}
