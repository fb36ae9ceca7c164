//! A signed HTTP POST of JSON.
//!
//! `Demarc-Signature: t=<unix seconds>,v1=<hex>` is HMAC-SHA256 over `<t>.<body>`, so that a receiver
//! can refuse forged and old messages. Redirects are not followed: a secret must not travel elsewhere.

use crate::line::SecondLine;
use crate::message::{Event, Message, lines};
use crate::{ChannelError, Delivery, tls};
use demarc_model::id::SiteId;
use demarc_model::incident::Incident;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode, redirect};
use rustls::pki_types::CertificateDer;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(10);
/// More of an answer is not read.
const MOST_ANSWER: usize = 16 * 1_024;
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// Where to post, and what to sign with.
#[derive(Debug, Clone)]
pub struct WebhookChannel {
    /// Often a secret by itself, and never shown.
    pub url: Url,
    /// Messages are not signed without it.
    pub secret: Option<SecretString>,
    /// From [`client`].
    pub http: Client,
    /// The same over the second line, where there is one.
    pub second: Option<Client>,
}

/// A client for webhooks that trusts the system's authorities and `extra`, over the second line if one
/// is given.
///
/// # Errors
/// TLS cannot be set up with these.
pub fn client(
    extra: Vec<CertificateDer<'static>>,
    over: Option<&SecondLine>,
) -> Result<Client, ChannelError> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls::config(extra)?)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(TIMEOUT);
    if let Some(line) = over {
        builder = builder.interface(&line.interface).dns_resolver(Arc::clone(&line.names));
    }
    builder.build().map_err(ChannelError::Http)
}

#[derive(serde::Serialize)]
struct Body<'a> {
    version: u32,
    event: Event,
    dedup_key: String,
    site: &'a SiteId,
    site_name: &'a str,
    at: Timestamp,
    incident: Option<&'a Incident>,
    title: String,
    text: Vec<String>,
    advice: Vec<String>,
    sent_at: Timestamp,
    first_tried_at: Timestamp,
}

impl WebhookChannel {
    pub(crate) async fn deliver(&self, message: &Message) -> Delivery {
        let body = match body(message) {
            Ok(body) => body,
            Err(error) => return Delivery::Dead { error: format!("the message cannot be written: {error}") },
        };
        match self.post(&self.http, message, body.clone()).await {
            Ok(delivery) => delivery,
            Err(error) => {
                let Some(second) = &self.second else { return Delivery::Retry { after: None, error } };
                match self.post(second, message, body).await {
                    Ok(Delivery::Delivered) => Delivery::Detoured { error },
                    Ok(delivery) => delivery,
                    Err(other) => Delivery::Retry {
                        after: None,
                        error: format!("{error}; over the second line: {other}"),
                    },
                }
            }
        }
    }

    /// What the receiver made of the message, or why it was not reached.
    async fn post(&self, http: &Client, message: &Message, body: Vec<u8>) -> Result<Delivery, String> {
        let mut request = http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("demarc/", env!("CARGO_PKG_VERSION")))
            .header("Idempotency-Key", message.idempotency_key());
        if let Some(secret) = &self.secret {
            request = request.header("Demarc-Signature", signature(secret, message.times.sent, &body));
        }
        match request.body(body).send().await {
            Ok(response) => Ok(judge(response, message.times.sent).await),
            Err(error) => Err(chain(&error.without_url())),
        }
    }
}

/// The JSON of a message.
///
/// # Errors
/// A number in it cannot be written as JSON.
pub(crate) fn body(message: &Message) -> Result<Vec<u8>, serde_json::Error> {
    let report = message.report();
    serde_json::to_vec(&Body {
        version: 1,
        event: message.event(),
        dedup_key: message.dedup_key(),
        site: &message.site.id,
        site_name: &message.site.name,
        at: message.at,
        incident: message.incident.as_ref(),
        text: lines(&report),
        title: report.title,
        advice: report.advice,
        sent_at: message.times.sent,
        first_tried_at: message.times.first_tried,
    })
}

fn signature(secret: &SecretString, sent: Timestamp, body: &[u8]) -> String {
    let seconds = sent.as_millis().div_euclid(1_000);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex = hex::encode(mac.finalize().into_bytes());
    format!("t={seconds},v1={hex}")
}

async fn judge(response: Response, now: Timestamp) -> Delivery {
    let status = response.status();
    if status.is_success() {
        return Delivery::Delivered;
    }
    let after = pause(&response, now);
    let error = format!("HTTP {}{}", status.as_u16(), answer(response).await);
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_server_error() || later.contains(&status) {
        Delivery::Retry { after, error }
    } else {
        Delivery::Dead { error }
    }
}

/// What `Retry-After` asks for, in seconds or as a date.
fn pause(response: &Response, now: Timestamp) -> Option<Duration> {
    let asked = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match asked.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp().as_millisecond();
            Timestamp::from_millis(until).since(now)
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

/// The beginning of an answer that explains a refusal; empty when there is none that can be shown.
async fn answer(mut response: Response) -> String {
    let mut read = Vec::new();
    while read.len() < MOST_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            // An answer cut short says no less than none.
            Ok(None) | Err(_) => break,
        }
    }
    read.truncate(MOST_ANSWER);
    let text = DeviceText::clean(&String::from_utf8_lossy(&read));
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// An error with its causes: reqwest's own text stops at "error sending request".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
