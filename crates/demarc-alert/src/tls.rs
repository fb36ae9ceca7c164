//! Whom the channels trust: the system's authorities and those the user added.

use crate::ChannelError;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// The certificates of a PEM file.
///
/// # Errors
/// There is none, or one cannot be read.
pub fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ChannelError> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(ChannelError::BadCertificate)?;
    if found.is_empty() { Err(ChannelError::NoCertificate) } else { Ok(found) }
}

pub(crate) fn config(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, ChannelError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(ChannelError::Tls)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ChannelError::Tls)?;
    // The platform verifier is the platform's way to check certificates; "dangerous" is any but rustls's own.
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}
