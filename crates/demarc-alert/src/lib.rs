//! Tells people: renders an incident's transition in plain words and delivers one message over one channel.
//!
//! Nothing here decides what is told, remembers what was told or tries again by itself: a delivery
//! ends in one of three ways, and the caller's outbox keeps account. Messages are built from verdicts that
//! carry text of cameras, vendors and status pages; all of it is treated as hostile.

pub mod backoff;
pub mod line;
pub mod message;
pub mod smtp;
pub mod tls;
pub mod webhook;
pub mod wording;

use crate::message::Message;
use crate::smtp::SmtpChannel;
use crate::webhook::WebhookChannel;
use std::time::Duration;

/// A way to tell people, ready to use.
#[derive(Debug, Clone)]
pub enum Channel {
    Webhook(WebhookChannel),
    Smtp(SmtpChannel),
}

impl Channel {
    /// Tries once to deliver a message, and once more over the second line, if there is one, when the
    /// first carries nothing; for half a minute at most.
    pub async fn deliver(&self, message: &Message) -> Delivery {
        match self {
            Self::Webhook(channel) => channel.deliver(message).await,
            Self::Smtp(channel) => channel.deliver(message).await,
        }
    }
}

/// How an attempt to deliver ended. The texts carry no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    /// Delivered over the second line; `error` is what was wrong with the first.
    Detoured {
        error: String,
    },
    /// It may work later; `after` is what the receiver asked for, an hour at most.
    Retry {
        after: Option<Duration>,
        error: String,
    },
    /// The receiver will not take it, now or later.
    Dead {
        error: String,
    },
}

/// Why a channel cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error("the file of certificate authorities holds no certificate in PEM")]
    NoCertificate,
    #[error("a certificate authority cannot be read")]
    BadCertificate(#[source] rustls::pki_types::pem::Error),
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
    #[error("{0:?} is no mail address")]
    Address(String),
}

#[cfg(test)]
mod sample;
