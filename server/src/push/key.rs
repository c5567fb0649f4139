//! Reading pasted private keys and the members around them, with faults that say what to paste instead.

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value};

use super::CredentialFault;

/// The key as PEM wants it: a key that was copied out of JSON has literal `\n` for line ends.
pub(super) fn unescaped(pem: &str) -> String {
    pem.replace("\\r", "").replace("\\n", "\n")
}

/// The DER of an [`unescaped`] PKCS#8 PEM key.
pub(super) fn pkcs8(field: &'static str, pem: &str) -> Result<PrivatePkcs8KeyDer<'static>, CredentialFault> {
    let fault = |detail| CredentialFault::new(field, detail);
    if !pem.contains("-----BEGIN PRIVATE KEY-----") {
        return Err(fault(
            "must be an unencrypted PKCS#8 key in PEM, beginning with -----BEGIN PRIVATE KEY-----",
        ));
    }
    if !pem.contains("-----END PRIVATE KEY-----") {
        return Err(fault("is cut off: paste the key up to and including -----END PRIVATE KEY-----"));
    }
    PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| fault("is damaged: between its BEGIN and END lines is no base64; paste it unchanged"))
}

/// A member that must be a string that holds something.
pub(super) fn text<'a>(
    object: &'a Map<String, Value>,
    name: &str,
    field: &'static str,
) -> Result<&'a str, CredentialFault> {
    match object.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.trim()),
        Some(Value::String(_)) => Err(CredentialFault::new(field, "must not be empty")),
        Some(_) => Err(CredentialFault::new(field, "must be a string")),
        None => Err(CredentialFault::new(field, "is required")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING};
    use aws_lc_rs::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// PKCS#8 DER as PEM.
    pub(in crate::push) fn pem(der: &[u8]) -> String {
        let base64 = STANDARD.encode(der);
        let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    }

    /// A new key as Apple makes them.
    pub(in crate::push) fn ec_pem() -> String {
        ec_pem_of(&ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    /// A new key on a curve that Apple does not use.
    pub(in crate::push) fn other_ec_pem() -> String {
        ec_pem_of(&ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn ec_pem_of(algorithm: &'static EcdsaSigningAlgorithm) -> String {
        let pair = EcdsaKeyPair::generate(algorithm).expect("a key");
        pem(pair.to_pkcs8v1().expect("its DER").as_ref())
    }
}
