//! What an error of TLS or of HTTP over it says about the camera.

use crate::tcp::said;
use crate::trace::Stop;
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use rustls::{AlertDescription, CertificateError};
use std::error::Error;
use std::io::{self, ErrorKind};

/// TLS took too long.
pub(super) fn stalled() -> Stop {
    let detail = "the camera took the connection and did not finish TLS";
    Stop::failed(Phase::Tls, Symptom::TlsStall, detail)
}

pub(super) fn unshaken(error: &io::Error) -> Stop {
    let failed = |symptom, what: &str| {
        Stop::failed(Phase::Tls, symptom, &format!("the camera took the connection and {what} during TLS"))
    };
    if let Some(tls) = cause::<rustls::Error>(error) {
        return explain_tls(tls);
    }
    match error.kind() {
        ErrorKind::ConnectionReset => failed(Symptom::Refused, "reset it"),
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => failed(Symptom::Hung, "closed it"),
        _ if crate::tcp::is_exhaustion(error) => Stop::Missing(MissingReason::Agent),
        _ => failed(Symptom::Hung, &format!("broke it ({})", said(error))),
    }
}

/// The time is up before an answer has begun.
pub(super) fn silent() -> Stop {
    let detail = "the camera took the connection and did not answer in time";
    Stop::failed(Phase::FirstByte, Symptom::Hung, detail)
}

/// What came in the place of an answer.
pub(super) fn explain(error: &hyper::Error) -> Stop {
    if let Some(tls) = cause::<rustls::Error>(error) {
        return explain_tls(tls);
    }
    if error.is_parse() {
        return garbage(Phase::FirstByte);
    }
    Stop::failed(
        Phase::FirstByte,
        Symptom::Hung,
        "the camera took the connection and closed it without an answer",
    )
}

pub(super) fn slow_body() -> Stop {
    Stop::failed(Phase::Body, Symptom::Hung, "the camera began to answer and did not finish in time")
}

pub(super) fn broken_body(error: &hyper::Error) -> Stop {
    match cause::<io::Error>(error).map(io::Error::kind) {
        Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) => garbage(Phase::Body),
        Some(_) | None => Stop::failed(
            Phase::Body,
            Symptom::Hung,
            "the camera closed the connection in the middle of its answer",
        ),
    }
}

/// Versions before 1.2, key exchange by RSA or DHE, CBC ciphers: cameras from before about 2019.
const TOO_OLD: &str = "the camera speaks no TLS that is still safe (it takes 1.2 or 1.3 with ECDHE and GCM or \
                       ChaCha20); update its firmware, or set scheme = \"http\" for it, where Digest guards the password";

fn explain_tls(error: &rustls::Error) -> Stop {
    let failed = |symptom, detail: &str| Stop::failed(Phase::Tls, symptom, detail);
    match error {
        rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure) => {
            failed(Symptom::IdentityChanged, "the camera shows another key than it did at first")
        }
        // Short RSA keys and version-1 certificates, which cameras of a certain age carry.
        rustls::Error::InvalidCertificate(why) => {
            failed(Symptom::TlsOld, &format!("the camera's certificate is too old for TLS today: {why}"))
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity,
        ) => failed(Symptom::TlsOld, TOO_OLD),
        other => failed(Symptom::Garbage, &format!("what answers does not speak TLS properly: {other}")),
    }
}

fn garbage(phase: Phase) -> Stop {
    Stop::failed(phase, Symptom::Garbage, "what answers does not speak HTTP properly")
}

/// `io::Error` hides what it wraps from `source()`, and TLS errors are wrapped twice.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    if let Some(found) = error.downcast_ref::<T>() {
        return Some(found);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let deeper = wrapped.and_then(|inner| cause::<T>(inner));
    deeper.or_else(|| error.source().and_then(cause::<T>))
}
