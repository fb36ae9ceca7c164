//! A mail through the user's own server.
//!
//! Protection is never negotiated away: a server without STARTTLS gets nothing. Bodies are base64 and
//! header texts stripped, because names of cameras and vendors must not become headers or commands
//! (RUSTSEC-2026-0561 in lettre before 0.11.24).

use crate::line::SecondLine;
use crate::message::{Event, Message, facts, reasons};
use crate::{ChannelError, Delivery};
use demarc_model::text::DeviceText;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

/// For one step of the conversation.
const STEP: Duration = Duration::from_secs(10);
/// For all of it: a server may answer each step just in time.
const TOTAL: Duration = Duration::from_secs(30);
const LOOPBACK: &str = "127.0.0.1";

/// A mail server and who writes to whom.
#[derive(Debug, Clone)]
pub struct SmtpChannel {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    pub from: Mailbox,
    pub to: Vec<Mailbox>,
    /// Authorities to trust besides the system's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// The way out when the first line carries nothing.
    pub second: Option<SecondLine>,
}

/// How an attempt over one line ended.
enum Outcome {
    /// The server said something that another line would not change.
    Settled(Delivery),
    /// It was not reached, and this is why.
    Unreached(String),
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Plain at first, TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None at all; only to a server on this computer.
    None,
}

#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
}

/// `oncall@example.com` or `On call <oncall@example.com>`.
///
/// # Errors
/// The text is no mail address.
pub fn mailbox(text: &str) -> Result<Mailbox, ChannelError> {
    let wrong = || ChannelError::Address(text.to_owned());
    if text.chars().any(char::is_control) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

impl SmtpChannel {
    pub(crate) async fn deliver(&self, message: &Message) -> Delivery {
        if self.security == Security::None && !is_loopback(&self.host) {
            return dead("an unprotected connection is permitted only to this computer itself".to_owned());
        }
        let mail = match self.mail(message) {
            Ok(mail) => mail,
            Err(error) => return dead(format!("the mail cannot be written: {error}")),
        };
        let limit = if self.second.is_some() { TOTAL / 2 } else { TOTAL };
        let first = self.send(&self.host, self.port, mail.clone(), limit).await;
        match (first, &self.second) {
            (Outcome::Settled(delivery), _) => delivery,
            (Outcome::Unreached(error), None) => later(error),
            (Outcome::Unreached(error), Some(line)) => match self.send_over(line, mail, limit).await {
                Outcome::Settled(Delivery::Delivered) => Delivery::Detoured { error },
                Outcome::Settled(delivery) => delivery,
                Outcome::Unreached(other) => later(format!("{error}; over the second line: {other}")),
            },
        }
    }

    /// The conversation with the server, which is reached at this host and port and named in TLS as configured.
    async fn send(&self, host: &str, port: u16, mail: lettre::Message, limit: Duration) -> Outcome {
        let transport = match self.transport(host, port) {
            Ok(transport) => transport,
            Err(error) => return Outcome::Settled(later(format!("TLS cannot be set up: {error}"))),
        };
        match timeout(limit, transport.send(mail)).await {
            Ok(Ok(_)) => Outcome::Settled(Delivery::Delivered),
            Ok(Err(error)) if error.is_permanent() => Outcome::Settled(dead(error.to_string())),
            Ok(Err(error)) if error.is_transient() => Outcome::Settled(later(error.to_string())),
            Ok(Err(error)) => Outcome::Unreached(error.to_string()),
            Err(_) => Outcome::Unreached(format!("the server took longer than {} s", limit.as_secs())),
        }
    }

    /// The same over the second line. The mail library binds no socket to an interface: it speaks to a port of
    /// this host, behind which every byte goes on over the other line.
    async fn send_over(&self, line: &SecondLine, mail: lettre::Message, limit: Duration) -> Outcome {
        let began = Instant::now();
        let opened = async {
            let beyond = line.connect(&self.host, self.port).await?;
            let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let port = door.local_addr()?.port();
            io::Result::Ok((beyond, door, port))
        };
        let (mut beyond, door, port) = match timeout(limit, opened).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => return Outcome::Unreached(error.to_string()),
            Err(_) => return Outcome::Unreached(format!("no connection within {} s", limit.as_secs())),
        };
        let pass_on = async {
            let (mut here, _) = door.accept().await?;
            tokio::io::copy_bidirectional(&mut here, &mut beyond).await
        };
        let limit = limit.saturating_sub(began.elapsed());
        let mut sent = std::pin::pin!(self.send(LOOPBACK, port, mail, limit));
        tokio::select! {
            outcome = &mut sent => outcome,
            // What was on its way when the connection ended is still to be read.
            _ended = pass_on => sent.await,
        }
    }

    fn transport(
        &self,
        host: &str,
        port: u16,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let tls = match self.security {
            Security::StartTls => Tls::Required(self.tls()?),
            Security::Tls => Tls::Wrapper(self.tls()?),
            Security::None => Tls::None,
        };
        // "Dangerous" because it starts without TLS; that is set on the next line.
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .tls(tls)
            .port(port)
            .timeout(Some(STEP));
        if let Some(Login { username, password }) = &self.login {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(username.clone(), password));
        }
        Ok(builder.build())
    }

    fn tls(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut builder = TlsParameters::builder(self.host.clone());
        for authority in &self.authorities {
            builder = builder.add_root_certificate(Certificate::from_der(authority.to_vec())?);
        }
        builder.build()
    }

    fn mail(&self, message: &Message) -> Result<lettre::Message, lettre::error::Error> {
        let report = message.report();
        let subject = DeviceText::clean(&format!("[{}] {}", message.site.name, report.title));
        let (own, first) = self.ids(message);
        let sent = Duration::from_millis(u64::try_from(message.times.sent.as_millis()).unwrap_or(0));
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .subject(subject.as_str())
            .date(UNIX_EPOCH + sent)
            // Out-of-office answers to a pager help nobody.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        if own != first {
            builder = builder.in_reply_to(first.clone()).references(first);
        }
        builder.message_id(Some(own)).singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_PLAIN)
                .header(ContentTransferEncoding::Base64)
                .body(text(message)),
        )
    }

    /// The mail's own id, and that of the first mail about the incident, by which mails thread.
    fn ids(&self, message: &Message) -> (String, String) {
        let id = |key: &str| {
            let hex = hex::encode(&Sha256::digest(key)[..16]);
            format!("<{hex}@{}>", self.from.email.domain())
        };
        let first = id(&message.dedup_key());
        match message.event() {
            Event::Trigger | Event::Test => (first.clone(), first),
            Event::Update | Event::Resolve => (id(&message.idempotency_key()), first),
        }
    }
}

pub(crate) fn text(message: &Message) -> String {
    let report = message.report();
    let mut out = vec![report.title.clone()];
    for block in [facts(&report), report.advice.clone(), reasons(&report)] {
        out.extend(block);
        if out.last().is_some_and(|line| !line.is_empty()) {
            out.push(String::new());
        }
    }
    let site = DeviceText::clean(&message.site.name);
    out.push(format!("{site} ({}) · {}", message.site.id, message.dedup_key()));
    out.join("\r\n") + "\r\n"
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

const fn dead(error: String) -> Delivery {
    Delivery::Dead { error }
}

const fn later(error: String) -> Delivery {
    Delivery::Retry { after: None, error }
}

#[cfg(test)]
mod tests;
