//! A certificate for 127.0.0.1 and the authority behind it, made anew each time.

use std::sync::Arc;

use rcgen::KeyUsagePurpose;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;

/// A server's certificate and key, and the certificate of the authority behind it, each in PEM.
pub struct Papers {
    pub certificate: String,
    pub key: String,
    pub authority: String,
}

impl Papers {
    /// For 127.0.0.1 and localhost.
    pub fn new() -> Self {
        Self::of(&["127.0.0.1", "localhost"])
    }

    /// For these names.
    pub fn of(names: &[&str]) -> Self {
        let (certificate, key, authority) = certificate(names).expect("a certificate");
        Self { certificate: certificate.pem(), key: key.serialize_pem(), authority }
    }
}

impl Default for Papers {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes TLS connections that speak one of these protocols (ALPN), or just TLS. Second, its authority's certificate in
/// PEM.
pub(crate) fn acceptor(protocols: &[&[u8]]) -> (TlsAcceptor, String) {
    let (certificate, key, ca_pem) = certificate(&["127.0.0.1", "localhost"]).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a usable certificate");
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), ca_pem)
}

fn certificate(names: &[&str]) -> Result<(Certificate, KeyPair, String), rcgen::Error> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, "Stand-in authority");
    ca.key_usages.push(KeyUsagePurpose::KeyCertSign);
    let ca_key = KeyPair::generate()?;
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let issuer = Issuer::new(ca, ca_key);

    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut own = CertificateParams::new(names)?;
    own.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    let key = KeyPair::generate()?;
    let certificate = own.signed_by(&key, &issuer)?;
    Ok((certificate, key, ca_pem))
}
