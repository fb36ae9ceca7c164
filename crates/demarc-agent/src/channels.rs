//! The configured channels, made ready to use.

use crate::config::Config;
use crate::config::channel::{Means, Security, Smtp, Webhook};
use anyhow::Context as _;
use demarc_alert::line::SecondLine;
use demarc_alert::line::dns::{Addrs, Name, Resolve, Resolving};
use demarc_alert::smtp::{Login, SmtpChannel, mailbox};
use demarc_alert::tls::authorities;
use demarc_alert::webhook::{WebhookChannel, client};
use demarc_alert::{Channel, smtp};
use demarc_model::id::ChannelId;
use demarc_probe::ability;
use demarc_probe::spec::Limits;
use secrecy::ExposeSecret as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Every configured channel with its id.
///
/// # Errors
/// A file of authorities cannot be read, or an address in the configuration is none.
pub fn ready(config: &Config) -> anyhow::Result<Vec<(ChannelId, Channel)>> {
    let second = second_line(config);
    let one = |channel: &crate::config::channel::Channel| {
        let ready = match &channel.means {
            Means::Webhook(means) => webhook(means, config.network.ca_file.as_deref(), second.as_ref()),
            Means::Smtp(means) => smtp(means, second.clone()),
        };
        let ready = ready.with_context(|| format!("failed to set up the channel {}", channel.id))?;
        Ok((channel.id.clone(), ready))
    };
    config.channels.iter().map(one).collect()
}

fn second_line(config: &Config) -> Option<SecondLine> {
    let interface = config.network.second_line.clone()?;
    let names = Names {
        interface: interface.clone(),
        resolver: config.network.second_resolver,
        limits: config.probing.limits,
    };
    Some(SecondLine { interface, names: Arc::new(names) })
}

/// The names of receivers, asked for over the second line.
struct Names {
    interface: String,
    resolver: Option<SocketAddr>,
    limits: Limits,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (interface, resolver, limits) = (self.interface.clone(), self.resolver, self.limits);
        Box::pin(async move {
            let resolver =
                resolver.ok_or("second-resolver is \"none\": names are not known over the second line")?;
            let found = ability::lookup(resolver, name.as_str(), limits, Some(&interface)).await;
            let found = found.map_err(|why| why.as_str().to_owned())?;
            // The port is that of the URL.
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

fn webhook(means: &Webhook, ca_file: Option<&Path>, second: Option<&SecondLine>) -> anyhow::Result<Channel> {
    let extra = ca_file.map(read_authorities).transpose()?.unwrap_or_default();
    Ok(Channel::Webhook(WebhookChannel {
        url: means.url.expose_secret().parse().context("the url is none")?,
        secret: means.secret.clone(),
        second: second.map(|line| client(extra.clone(), Some(line))).transpose()?,
        http: client(extra, None)?,
    }))
}

fn smtp(means: &Smtp, second: Option<SecondLine>) -> anyhow::Result<Channel> {
    let to = means.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>()?;
    Ok(Channel::Smtp(SmtpChannel {
        host: means.host.clone(),
        port: means.port,
        security: match means.security {
            Security::Starttls => smtp::Security::StartTls,
            Security::Tls => smtp::Security::Tls,
            Security::None => smtp::Security::None,
        },
        login: means
            .login
            .as_ref()
            .map(|login| Login { username: login.username.clone(), password: login.password.clone() }),
        from: mailbox(&means.from)?,
        to,
        authorities: means.ca_file.as_deref().map(read_authorities).transpose()?.unwrap_or_default(),
        second,
    }))
}

fn read_authorities(file: &Path) -> anyhow::Result<Vec<rustls_pki_types::CertificateDer<'static>>> {
    let pem = std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
    authorities(&pem).with_context(|| format!("in {}", file.display()))
}
