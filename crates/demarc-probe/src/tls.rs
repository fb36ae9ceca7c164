//! A TLS handshake, and what its failure means.

use crate::net::Net;
use crate::spec::{HostCheck, Trust};
use crate::tcp::said;
use crate::trace::{Stop, Trace, micros, spoken};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use rustls::{AlertDescription, CertificateError, Error};
use rustls_pki_types::{CertificateDer, ServerName};
use std::io;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode as _;

/// Devices show what no standard allows, such as serial numbers below zero.
pub(crate) type Certificate = CertificateInner<Raw>;

pub(crate) async fn handshake(
    net: &Net,
    stream: TcpStream,
    host: &str,
    trust: Trust,
    trace: &mut Trace,
) -> Result<TlsStream<TcpStream>, Stop> {
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        return Err(Stop::Missing(MissingReason::Agent));
    };
    let (config, witness) = net.tls(trust);
    let began = Instant::now();
    let end = trace.within(trace.limits.tls);
    let result = timeout_at(end, TlsConnector::from(config).connect(name, stream)).await;
    let took = began.elapsed();
    let issuer = witness.shown().and_then(|certificate| note(certificate, trace));
    match result {
        Ok(Ok(stream)) => {
            trace.phases.tls_us = Some(micros(took));
            Ok(stream)
        }
        Ok(Err(error)) => Err(broken(host, &error, issuer.as_ref())),
        Err(_) => Err(failed(
            Symptom::TlsStall,
            &format!("{host} took the connection and did not finish TLS within {}", spoken(took)),
        )),
    }
}

/// Holds the issuer that was shown against the one that is expected. A certificate can be good for this
/// host, which may know the authority of the site's own firewall, and still not be the peer's.
pub(crate) fn expect_issuer(check: &HostCheck, trace: &Trace) -> Result<(), Stop> {
    let Some(expected) = &check.issuer else { return Ok(()) };
    let shown = trace.readings.iter().find_map(|reading| match reading {
        Reading::TlsIssuer(issuer) => Some(issuer.as_str()),
        _ => None,
    });
    let shown = shown.unwrap_or("an unreadable issuer");
    if shown.to_lowercase().contains(&expected.to_lowercase()) {
        return Ok(());
    }
    let detail = format!("the certificate shown for {} is by {shown}, and not by {expected}", check.host);
    Err(failed(Symptom::TlsUntrusted, &detail))
}

/// Keeps issuer and expiry as readings; yields the issuer.
pub(crate) fn note(certificate: &CertificateDer<'_>, trace: &mut Trace) -> Option<DeviceText> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let certificate = certificate.tbs_certificate();
    let issuer = DeviceText::clean(&certificate.issuer().to_string());
    let not_after = certificate.validity().not_after.to_unix_duration().as_millis();
    trace.read(Reading::TlsIssuer(issuer.clone()));
    trace.read(Reading::TlsNotAfter(Timestamp::from_millis(not_after.try_into().unwrap_or(i64::MAX))));
    Some(issuer)
}

fn broken(host: &str, error: &io::Error, issuer: Option<&DeviceText>) -> Stop {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        let how = if error.kind() == io::ErrorKind::UnexpectedEof {
            "closed the connection".to_owned()
        } else {
            format!("broke the connection ({})", said(error))
        };
        return failed(Symptom::Refused, &format!("{host} {how} during the TLS handshake"));
    };
    match error {
        Error::InvalidCertificate(why) => distrusted(host, why, issuer),
        Error::PeerIncompatible(_) => {
            failed(Symptom::TlsOld, &format!("{host} offers no TLS version or cipher that is still safe"))
        }
        Error::AlertReceived(alert) => alerted(host, *alert),
        other => failed(Symptom::Garbage, &format!("{host} does not speak TLS properly: {other}")),
    }
}

fn distrusted(host: &str, why: &CertificateError, issuer: Option<&DeviceText>) -> Stop {
    let issuer = issuer.map_or("an unreadable issuer", DeviceText::as_str);
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            failed(Symptom::TlsExpired, &format!("the certificate of {host}, by {issuer}, has expired"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            failed(Symptom::TlsExpired, &format!("the certificate of {host}, by {issuer}, is not valid yet"))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => failed(
            Symptom::TlsUntrusted,
            &format!("the certificate shown for {host}, by {issuer}, is for another name"),
        ),
        CertificateError::UnknownIssuer => failed(
            Symptom::TlsUntrusted,
            &format!("the certificate shown for {host} is by an authority not trusted here: {issuer}"),
        ),
        other => failed(
            Symptom::TlsUntrusted,
            &format!("the certificate shown for {host}, by {issuer}, is not acceptable: {other}"),
        ),
    }
}

fn alerted(host: &str, alert: AlertDescription) -> Stop {
    let symptom = match alert {
        AlertDescription::HandshakeFailure
        | AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity => Symptom::TlsOld,
        AlertDescription::UnrecognisedName => Symptom::TlsUntrusted,
        // Any other alert is a server that takes connections and turns them away.
        _ => Symptom::Refused,
    };
    failed(symptom, &format!("{host} ended the TLS handshake with the alert {alert:?}"))
}

fn failed(symptom: Symptom, detail: &str) -> Stop {
    Stop::failed(Phase::Tls, symptom, detail)
}
