//! Keeps the certificate that a server showed, also when it is then refused: its issuer tells a
//! TLS-inspecting proxy from a vendor's mistake.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_platform_verifier::Verifier;
use std::sync::{Arc, OnceLock};

/// Which certificates are believed.
#[derive(Debug, Clone)]
pub(crate) enum Judge {
    Authorities(Arc<Verifier>),
    /// This host knows no authority.
    Nobody,
    /// Every certificate whose key the server really holds.
    Anybody,
}

/// The verifier of one connection.
#[derive(Debug)]
pub(crate) struct Witness {
    judge: Judge,
    provider: Arc<CryptoProvider>,
    shown: OnceLock<CertificateDer<'static>>,
}

impl Witness {
    pub(crate) fn new(judge: Judge, provider: Arc<CryptoProvider>) -> Self {
        Self { judge, provider, shown: OnceLock::new() }
    }

    /// The certificate that the server showed, believed or not.
    pub(crate) fn shown(&self) -> Option<&CertificateDer<'static>> {
        self.shown.get()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.shown.get_or_init(|| end_entity.clone().into_owned());
        match &self.judge {
            Judge::Authorities(verifier) => {
                verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            Judge::Nobody => Err(CertificateError::UnknownIssuer.into()),
            Judge::Anybody => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_authorities_believes_nobody_and_still_sees_the_certificate() {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = CertificateDer::from(b"as it came".to_vec());
        let name = ServerName::try_from("relay.example").unwrap();
        let witness = Witness::new(Judge::Nobody, provider);
        let result = witness.verify_server_cert(&certificate, &[], &name, &[], UnixTime::now());
        assert_eq!(result.err(), Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)));
        assert_eq!(witness.shown(), Some(&certificate));
    }
}
