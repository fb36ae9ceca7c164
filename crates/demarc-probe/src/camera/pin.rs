//! Whom a camera was met as. The first contact decides; another device at the same address gets no password.

use crate::trace::Stop;
use demarc_model::observation::Phase;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, OnceLock};
use x509_parser::prelude::{FromDer, X509Certificate};

/// What a camera is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// SHA-256 of the public key it shows in TLS.
    pub key: Option<[u8; 32]>,
    pub serial: Option<DeviceText>,
}

#[derive(Debug, Default)]
pub(super) struct Pin {
    key: Arc<OnceLock<[u8; 32]>>,
    serial: Option<DeviceText>,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Standing {
    #[default]
    Same,
    /// The last serial number seen is not the pinned one.
    Stranger,
}

impl Pin {
    pub(super) fn identity(&self) -> Identity {
        Identity { key: self.key.get().copied(), serial: self.serial.clone() }
    }

    pub(super) fn is_stranger(&self) -> bool {
        self.standing == Standing::Stranger
    }

    /// Takes note of a serial number; the first one is the camera's.
    pub(super) fn meet(&mut self, serial: &str) -> Result<(), Stop> {
        let seen = DeviceText::clean(&serial.to_ascii_uppercase());
        if seen.is_empty() {
            return Ok(());
        }
        let known = self.serial.get_or_insert_with(|| seen.clone());
        if *known == seen {
            self.standing = Standing::Same;
            return Ok(());
        }
        self.standing = Standing::Stranger;
        let detail = format!("serial number {seen} answers where {known} was");
        Err(Stop::failed(Phase::Content, Symptom::IdentityChanged, &detail))
    }

    pub(super) fn verifier(&self, provider: Arc<CryptoProvider>) -> Arc<KeyVerifier> {
        Arc::new(KeyVerifier { key: Arc::clone(&self.key), provider })
    }
}

/// The serial number in an Axis realm: `AXIS_ACCC8E000001`, or `AXIS_WS_ACCC8E000001` at ONVIF.
pub(super) fn serial_in_realm(realm: &str) -> Option<&str> {
    let rest = realm.strip_prefix("AXIS_WS_").or_else(|| realm.strip_prefix("AXIS_"))?;
    (rest.len() == 12 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(rest)
}

/// Accepts the first key it sees and from then on that key alone. Names, dates and issuers of
/// cameras' certificates are worth nothing.
#[derive(Debug)]
pub(super) struct KeyVerifier {
    key: Arc<OnceLock<[u8; 32]>>,
    provider: Arc<CryptoProvider>,
}

fn key_of(certificate: &CertificateDer<'_>) -> [u8; 32] {
    match X509Certificate::from_der(certificate) {
        Ok((_, parsed)) => Sha256::digest(parsed.public_key().raw).into(),
        Err(_) => Sha256::digest(certificate).into(),
    }
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen = key_of(certificate);
        // Unproved until the handshake's signature is checked: `verify_*_signature` pins.
        match self.key.get() {
            Some(known) if *known != seen => Err(CertificateError::ApplicationVerificationFailure.into()),
            Some(_) | None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let valid = verify_tls12_signature(message, certificate, signed, algorithms)?;
        self.key.get_or_init(|| key_of(certificate));
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let valid = verify_tls13_signature(message, certificate, signed, algorithms)?;
        self.key.get_or_init(|| key_of(certificate));
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
