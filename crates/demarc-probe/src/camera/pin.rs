//! Whom a camera was met as. The first contact decides; another device at the same address gets no password.

use super::web::shown;
use crate::tls::Certificate;
use crate::trace::Stop;
use demarc_model::identity::{Identity, KeyHash, LoginScheme};
use demarc_model::observation::Phase;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;
use x509_cert::der::{Decode as _, Encode as _};

#[derive(Debug, Default)]
pub(super) struct Pin {
    keys: Arc<Keys>,
    /// Without the key.
    known: Identity,
    /// What was seen last and is not as known, without the key. Each part ends when the known one is seen.
    other: Identity,
}

/// The keys, which TLS sees. One client serves one camera.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pinned: OnceLock<KeyHash>,
    /// Proved by the last handshake, and not the pinned one.
    other: watch::Sender<Option<KeyHash>>,
}

/// Which of a camera's services asks for a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Web,
    Onvif,
}

impl Pin {
    pub(super) fn identity(&self) -> Identity {
        Identity { key: self.keys.pinned.get().copied(), ..self.known.clone() }
    }

    /// At the web server, or else at ONVIF.
    pub(super) fn realm(&self) -> Option<&str> {
        self.known.realm.as_ref().or(self.known.onvif_realm.as_ref()).map(DeviceText::as_str)
    }

    /// What was seen in the place of the known; `None` when all was as known.
    pub(super) fn stranger(&self) -> Option<Identity> {
        let seen = Identity { key: *self.keys.other.borrow(), ..self.other.clone() };
        (!seen.is_empty()).then_some(seen)
    }

    /// Takes up what an earlier run knew. A key is kept only before the first contact.
    pub(super) fn restore(&mut self, known: &Identity, stranger: Option<&Identity>) {
        self.known = Identity { key: None, ..known.clone() };
        if let Some(key) = known.key {
            self.keys.pinned.get_or_init(|| key);
        }
        let stranger = stranger.cloned().unwrap_or_default();
        self.keys.other.send_replace(stranger.key);
        self.other = Identity { key: None, ..stranger };
    }

    pub(super) fn has_key(&self) -> bool {
        self.keys.pinned.get().is_some()
    }

    /// Whether the service may be asked for a login at all. One whose own realm is another may: it is
    /// asked without a password first, and shows whether the known device is back.
    pub(super) fn is_stranger(&self, service: Service) -> bool {
        let elsewhere = match service {
            Service::Web => self.other.onvif_realm.is_some(),
            Service::Onvif => self.other.realm.is_some() || self.other.login.is_some(),
        };
        self.other.serial.is_some() || elsewhere
    }

    /// Takes note of a serial number; the first one is the camera's.
    pub(super) fn meet(&mut self, serial: &str) -> Result<(), Stop> {
        let seen = serial_number(serial);
        compare("serial number", &seen, &self.known.serial, &mut self.other.serial)?;
        learn(seen, &mut self.known.serial);
        Ok(())
    }

    /// The same of a realm, byte for byte but for what cannot be shown, and of the serial number in it.
    /// Of a device that differs in one nothing is learnt.
    pub(super) fn meet_realm(&mut self, service: Service, realm: &[u8]) -> Result<(), Stop> {
        let seen = shown(realm);
        let serial = serial_in_realm(&String::from_utf8_lossy(realm)).map(serial_number).unwrap_or_default();
        let by_serial = compare("serial number", &serial, &self.known.serial, &mut self.other.serial);
        let (known, other) = match service {
            Service::Web => (&mut self.known.realm, &mut self.other.realm),
            Service::Onvif => (&mut self.known.onvif_realm, &mut self.other.onvif_realm),
        };
        by_serial.and(compare("realm", &seen, known, other))?;
        learn(seen, known);
        learn(serial, &mut self.known.serial);
        Ok(())
    }

    /// The same of the serial number in a realm alone: a streaming server's own realm tells nothing more.
    pub(super) fn meet_serial_in(&mut self, realm: &[u8]) -> Result<(), Stop> {
        serial_in_realm(&String::from_utf8_lossy(realm)).map_or(Ok(()), |serial| self.meet(serial))
    }

    /// Whether the camera has let us in by Digest: then it does not get the password itself.
    pub(super) fn took_digest(&self) -> bool {
        self.known.login == Some(LoginScheme::Digest)
    }

    /// The camera wants the password itself and had let us in by Digest.
    pub(super) fn weakened(&mut self) -> Stop {
        self.other.login = Some(LoginScheme::Basic);
        let detail = "the camera took Digest before and now wants the password itself (Basic); \
                      if that was set on purpose, say so with `demarc accept`";
        Stop::failed(Phase::Authentication, Symptom::IdentityChanged, detail)
    }

    /// The camera let us in by this scheme. A stronger one takes the place of a weaker.
    pub(super) fn logged_in(&mut self, scheme: LoginScheme) {
        self.known.login = self.known.login.max(Some(scheme));
        self.other.login = None;
    }

    pub(super) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    pub(super) fn verifier(&self, provider: Arc<CryptoProvider>) -> Arc<KeyVerifier> {
        Arc::new(KeyVerifier { keys: Arc::clone(&self.keys), provider })
    }
}

/// Whether it is the known one, if one is known. What was not shown is no difference.
fn compare(
    what: &str,
    seen: &DeviceText,
    known: &Option<DeviceText>,
    other: &mut Option<DeviceText>,
) -> Result<(), Stop> {
    let Some(known) = known.as_ref().filter(|_| !seen.is_empty()) else { return Ok(()) };
    if known == seen {
        *other = None;
        return Ok(());
    }
    *other = Some(seen.clone());
    let detail = format!("{what} {seen} answers where {known} was");
    Err(Stop::failed(Phase::Content, Symptom::IdentityChanged, &detail))
}

fn learn(seen: DeviceText, known: &mut Option<DeviceText>) {
    if !seen.is_empty() {
        known.get_or_insert(seen);
    }
}

fn serial_number(text: &str) -> DeviceText {
    DeviceText::clean(&text.to_ascii_uppercase())
}

/// The serial number in an Axis realm: `AXIS_ACCC8E000001`, or `AXIS_WS_ACCC8E000001` at ONVIF.
fn serial_in_realm(realm: &str) -> Option<&str> {
    let rest = realm.strip_prefix("AXIS_WS_").or_else(|| realm.strip_prefix("AXIS_"))?;
    (rest.len() == 12 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(rest)
}

impl Keys {
    /// The camera answered: the connection stands on the pinned key, also when TLS resumed it without a word.
    pub(super) fn answered(&self) {
        self.other.send_if_modified(|other| other.take().is_some());
    }

    /// The first key is the camera's; takes note of another one.
    fn meet(&self, seen: KeyHash) -> Result<(), rustls::Error> {
        if *self.pinned.get_or_init(|| seen) == seen {
            return Ok(());
        }
        self.other.send_replace(Some(seen));
        Err(CertificateError::ApplicationVerificationFailure.into())
    }
}

/// Accepts the first key it sees and from then on that key alone. Names, dates and issuers of
/// cameras' certificates are worth nothing.
#[derive(Debug)]
pub(super) struct KeyVerifier {
    keys: Arc<Keys>,
    provider: Arc<CryptoProvider>,
}

fn key_of(certificate: &CertificateDer<'_>) -> KeyHash {
    let key = Certificate::from_der(certificate)
        .and_then(|parsed| parsed.tbs_certificate().subject_public_key_info().to_der());
    KeyHash(match key {
        Ok(key) => Sha256::digest(key).into(),
        Err(_) => Sha256::digest(certificate).into(),
    })
}

impl ServerCertVerifier for KeyVerifier {
    /// Nothing is known yet: who shows a certificate may not have its key. `verify_*_signature` judges.
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let valid = verify_tls12_signature(message, certificate, signed, algorithms)?;
        self.keys.meet(key_of(certificate)).map(|()| valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let valid = verify_tls13_signature(message, certificate, signed, algorithms)?;
        self.keys.meet(key_of(certificate)).map(|()| valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, SerialNumber, date_time_ymd};

    #[test]
    fn a_certificate_made_anew_for_the_same_key_is_the_same_camera() {
        let key = KeyPair::generate().unwrap();
        let made = |serial: &[u8], until: i32| {
            let mut params = CertificateParams::new(vec!["camera.example".to_owned()]).unwrap();
            params.serial_number = Some(SerialNumber::from_slice(serial));
            params.not_before = date_time_ymd(1970, 1, 1);
            params.not_after = date_time_ymd(until, 12, 31);
            params.self_signed(&key).unwrap().der().clone()
        };
        // Longer than RFC 5280 allows (4.1.2.2), and zero.
        let (long, zero) = (made(&[0x7f; 25], 9999), made(&[0], 2031));
        for certificate in [&long, &zero] {
            let spki = KeyHash(Sha256::digest(key.subject_public_key_info()).into());
            assert_eq!(key_of(certificate), spki);
        }
    }
}
