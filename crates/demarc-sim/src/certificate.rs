//! The certificates of the simulated Internet: proper ones, and what takes their place in a fault.

use crate::layout::PORTAL_HOST;
use crate::world::Handshake;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

/// A certificate that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    #[error("cannot use a certificate for TLS")]
    Use(#[from] rustls::Error),
    #[error("cannot use a key for TLS: {0}")]
    Key(&'static str),
}

pub(crate) struct Authority {
    /// What clients must trust.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Those who make certificates in the simulated world, and the key that all servers share.
pub(crate) struct Authorities {
    pub(crate) proper: Authority,
    inspecting: Authority,
    key: KeyPair,
    portal: Arc<ServerConfig>,
}

/// What one host can show.
#[derive(Debug, Clone)]
pub(crate) struct Faces {
    proper: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    inspected: Arc<ServerConfig>,
    portal: Arc<ServerConfig>,
}

impl Faces {
    /// `None` when the handshake does not get so far.
    pub(crate) fn of(&self, handshake: Handshake) -> Option<Arc<ServerConfig>> {
        match handshake {
            Handshake::Proper => Some(Arc::clone(&self.proper)),
            Handshake::Expired => Some(Arc::clone(&self.expired)),
            Handshake::Inspected => Some(Arc::clone(&self.inspected)),
            Handshake::Portal => Some(Arc::clone(&self.portal)),
            Handshake::Stalled | Handshake::Reset => None,
        }
    }
}

impl Authority {
    fn new(name: &str) -> Result<Self, CertificateError> {
        let mut params = CertificateParams::new(vec![])?;
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }
}

impl Authorities {
    pub(crate) fn new() -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let portal = leaf(PORTAL_HOST, Dates::Present)?.self_signed(&key)?;
        Ok(Self {
            proper: Authority::new("Demarc simulated authority")?,
            inspecting: Authority::new("Branch web filter")?,
            portal: server(portal.into(), &key)?,
            key,
        })
    }

    pub(crate) fn faces(&self, host: &str) -> Result<Faces, CertificateError> {
        Ok(Faces {
            proper: self.signed(host, &self.proper, Dates::Present)?,
            expired: self.signed(host, &self.proper, Dates::Past)?,
            inspected: self.signed(host, &self.inspecting, Dates::Present)?,
            portal: Arc::clone(&self.portal),
        })
    }

    fn signed(
        &self,
        host: &str,
        by: &Authority,
        dates: Dates,
    ) -> Result<Arc<ServerConfig>, CertificateError> {
        let certificate = leaf(host, dates)?.signed_by(&self.key, &by.issuer)?;
        server(certificate.into(), &self.key)
    }
}

#[derive(Clone, Copy)]
enum Dates {
    Present,
    Past,
}

/// With them a certificate fills more than two packets, as the chains of public servers do: on a path that
/// swallows large packets, their handshakes stall.
const OTHER_NAMES: usize = 96;

fn leaf(host: &str, dates: Dates) -> Result<CertificateParams, CertificateError> {
    let others = (0..OTHER_NAMES).map(|number| format!("another-name-{number:02}.{host}"));
    let names: Vec<String> = std::iter::once(host.to_owned()).chain(others).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = named(host);
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = match dates {
        Dates::Present => date_time_ymd(2099, 1, 1),
        Dates::Past => date_time_ymd(2021, 1, 1),
    };
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

fn server(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> Result<Arc<ServerConfig>, CertificateError> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(CertificateError::Key)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    Ok(Arc::new(config))
}
