//! The configured channels, made ready to use.

use crate::config::Config;
use crate::config::channel::{Means, Security, Smtp, Webhook};
use anyhow::Context as _;
use demarc_alert::smtp::{Login, SmtpChannel, mailbox};
use demarc_alert::tls::authorities;
use demarc_alert::webhook::{WebhookChannel, client};
use demarc_alert::{Channel, smtp};
use demarc_model::id::ChannelId;
use secrecy::ExposeSecret as _;
use std::path::Path;

/// Every configured channel with its id.
///
/// # Errors
/// A file of authorities cannot be read, or an address in the configuration is none.
pub fn ready(config: &Config) -> anyhow::Result<Vec<(ChannelId, Channel)>> {
    let one = |channel: &crate::config::channel::Channel| {
        let ready = match &channel.means {
            Means::Webhook(means) => webhook(means, config.network.ca_file.as_deref()),
            Means::Smtp(means) => smtp(means),
        };
        let ready = ready.with_context(|| format!("failed to set up the channel {}", channel.id))?;
        Ok((channel.id.clone(), ready))
    };
    config.channels.iter().map(one).collect()
}

fn webhook(means: &Webhook, ca_file: Option<&Path>) -> anyhow::Result<Channel> {
    let extra = ca_file.map(read_authorities).transpose()?.unwrap_or_default();
    Ok(Channel::Webhook(WebhookChannel {
        url: means.url.expose_secret().parse().context("the url is none")?,
        secret: means.secret.clone(),
        http: client(extra)?,
    }))
}

fn smtp(means: &Smtp) -> anyhow::Result<Channel> {
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
    }))
}

fn read_authorities(file: &Path) -> anyhow::Result<Vec<rustls_pki_types::CertificateDer<'static>>> {
    let pem = std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
    authorities(&pem).with_context(|| format!("in {}", file.display()))
}
