//! What all probes of one agent share: whom to believe in TLS.

use crate::net::witness::{Judge, Witness};
use crate::spec::Trust;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, DEFAULT_VERSIONS};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{self, PemObject};
use rustls_platform_verifier::Verifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) mod witness;

/// Why probes cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("cannot read the authorities in {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: pem::Error,
    },
    #[error("{} holds no certificate in PEM form", path.display())]
    NoCertificate { path: PathBuf },
    #[error("{} holds a certificate that cannot serve as an authority", path.display())]
    Authority {
        path: PathBuf,
        #[source]
        source: rustls::Error,
    },
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Shared by all probes and cheap to borrow.
#[derive(Debug)]
pub struct Net {
    public: Judge,
    template: ClientConfig,
}

impl Net {
    /// Believes the system's authorities (`SSL_CERT_FILE` is honoured) and those in `ca_file`.
    ///
    /// A host without any authority is no error: every certificate is then untrusted, and the
    /// probes say so.
    ///
    /// # Errors
    /// `ca_file` is given and cannot be read, is empty, or holds what cannot be an authority.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, NetError> {
        let provider = Arc::new(ring::default_provider());
        let public = match ca_file {
            Some(path) => Judge::Authorities(Arc::new(verifier_with(path, &provider)?)),
            None => match Verifier::new(Arc::clone(&provider)) {
                Ok(verifier) => Judge::Authorities(Arc::new(verifier)),
                Err(error) => {
                    tracing::warn!(%error, "this host knows no certificate authorities");
                    Judge::Nobody
                }
            },
        };
        let witness = Witness::new(public.clone(), Arc::clone(&provider));
        let mut template = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(DEFAULT_VERSIONS)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(witness))
            .with_no_client_auth();
        // A resumed session shows no certificate.
        template.resumption = Resumption::disabled();
        Ok(Self { public, template })
    }

    /// Whether this host knows any authority; otherwise every public certificate is untrusted.
    pub fn knows_authorities(&self) -> bool {
        matches!(self.public, Judge::Authorities(_))
    }

    /// The settings of one connection, and the witness that keeps the certificate it is shown.
    pub(crate) fn tls(&self, trust: Trust) -> (Arc<ClientConfig>, Arc<Witness>) {
        let judge = match trust {
            Trust::Public => self.public.clone(),
            Trust::Any => Judge::Anybody,
        };
        let mut config = self.template.clone();
        let witness = Arc::new(Witness::new(judge, Arc::clone(config.crypto_provider())));
        config.dangerous().set_certificate_verifier(Arc::clone(&witness) as _);
        (Arc::new(config), witness)
    }
}

fn verifier_with(path: &Path, provider: &Arc<CryptoProvider>) -> Result<Verifier, NetError> {
    let unreadable = |source| NetError::Read { path: path.to_owned(), source };
    let authorities = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)?;
    if authorities.is_empty() {
        return Err(NetError::NoCertificate { path: path.to_owned() });
    }
    Verifier::new_with_extra_roots(authorities, Arc::clone(provider))
        .map_err(|source| NetError::Authority { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault T06 of the table of hostile input: a few bytes that unpack to a certificate without end.
    #[test]
    fn no_server_is_told_that_certificates_may_come_compressed() {
        let net = Net::new(None).unwrap();
        for trust in [Trust::Public, Trust::Any] {
            let (config, _) = net.tls(trust);
            assert!(config.cert_decompressors.is_empty(), "{trust:?}: {:?}", config.cert_decompressors);
        }
    }
}
