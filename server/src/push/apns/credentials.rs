//! An APNs signing key and the app it is used for.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::EncodingKey;
use serde_json::{Map, Value, json};

use crate::push::{CredentialFault, key};

/// A signing key (`.p8`) that has proved well-formed. `Debug` does not show the key.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub(super) key: EncodingKey,
    pub(super) key_id: String,
    pub(super) team_id: String,
    pub(super) bundle_id: String,
}

impl Credentials {
    /// Reads `{"key", "key_id", "team_id", "bundle_id"}`, `key` being the text of the `.p8` file.
    ///
    /// # Errors
    /// Names the member that is missing or not what it must be.
    pub fn parse(credentials: &Value) -> Result<Self, CredentialFault> {
        let Value::Object(members) = credentials else {
            return Err(CredentialFault::new("", "must be an object"));
        };
        for (name, field) in [("certificate", "/certificate"), ("p12", "/p12")] {
            if members.contains_key(name) {
                return Err(CredentialFault::new(
                    field,
                    "certificates are not taken: give an APNs signing key as key, key_id, team_id and bundle_id",
                ));
            }
        }
        Ok(Self {
            key: ec_key(key::text(members, "key", "/key")?)?,
            key_id: ten_characters(members, "key_id", "/key_id")?,
            team_id: ten_characters(members, "team_id", "/team_id")?,
            bundle_id: bundle_id(members)?,
        })
    }

    /// What may be shown of the credentials: `bundle_id`, `key_id`, `team_id`, `topics`.
    pub fn readable(&self) -> Map<String, Value> {
        Map::from_iter([
            ("bundle_id".to_owned(), self.bundle_id.as_str().into()),
            ("key_id".to_owned(), self.key_id.as_str().into()),
            ("team_id".to_owned(), self.team_id.as_str().into()),
            ("topics".to_owned(), json!([self.bundle_id, self.voip_topic()])),
        ])
    }

    pub(super) fn voip_topic(&self) -> String {
        format!("{}.voip", self.bundle_id)
    }
}

fn ec_key(pem: &str) -> Result<EncodingKey, CredentialFault> {
    let der = key::pkcs8("/key", &key::unescaped(pem))?;
    let der = der.secret_pkcs8_der();
    match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
        Ok(_) => Ok(EncodingKey::from_ec_der(der)),
        Err(_) => Err(CredentialFault::new(
            "/key",
            "is not a whole EC P-256 private key: paste the .p8 file of an APNs key unchanged",
        )),
    }
}

fn ten_characters(
    members: &Map<String, Value>,
    name: &str,
    field: &'static str,
) -> Result<String, CredentialFault> {
    let id = key::text(members, name, field)?;
    if id.len() == 10 && id.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(id.to_owned());
    }
    Err(CredentialFault::new(field, "must be 10 letters and digits, as Apple's developer account shows it"))
}

/// <https://developer.apple.com/documentation/bundleresources/information-property-list/cfbundleidentifier>
fn bundle_id(members: &Map<String, Value>) -> Result<String, CredentialFault> {
    let id = key::text(members, "bundle_id", "/bundle_id")?;
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let whole = id.split('.').all(|part| !part.is_empty());
    if id.len() <= 155 && id.chars().all(known) && whole {
        return Ok(id.to_owned());
    }
    Err(CredentialFault::new(
        "/bundle_id",
        "must be the app's bundle id, such as com.example.app, without \".voip\"",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::key::tests::{ec_pem, other_ec_pem};

    fn given(key: &str) -> Value {
        json!({"key": key, "key_id": "ABC123DEFG", "team_id": "TEAM567890", "bundle_id": "com.example.app"})
    }

    #[test]
    fn takes_the_p8_also_with_escaped_line_ends_and_shows_no_key() {
        let pem = ec_pem();
        for key in [pem.clone(), pem.replace('\n', "\\n"), pem.replace('\n', "\r\n")] {
            let credentials = Credentials::parse(&given(&key)).expect("credentials");
            assert_eq!(
                Value::Object(credentials.readable()),
                json!({
                    "bundle_id": "com.example.app", "key_id": "ABC123DEFG", "team_id": "TEAM567890",
                    "topics": ["com.example.app", "com.example.app.voip"],
                })
            );
            let secret = pem.lines().nth(2).expect("a line of the key");
            assert!(!format!("{credentials:?}").contains(secret));
        }
    }

    #[test]
    fn a_fault_names_its_member() {
        let good = ec_pem();
        for (member, value, field, word) in [
            ("key", json!(other_ec_pem()), "/key", "P-256"),
            ("key", json!(good.replacen("MI", "??", 1)), "/key", "damaged"),
            ("key", json!(good[..60]), "/key", "cut off"),
            ("key", json!("x"), "/key", "BEGIN PRIVATE KEY"),
            ("key_id", json!("ABC123DEF"), "/key_id", "10"),
            ("team_id", json!("TEAM 67890"), "/team_id", "10"),
            ("team_id", Value::Null, "/team_id", "string"),
            ("bundle_id", json!("com..app"), "/bundle_id", "bundle id"),
            ("bundle_id", json!("com.example/app"), "/bundle_id", "bundle id"),
            ("certificate", json!("x"), "/certificate", "signing key"),
        ] {
            let mut given = given(&good);
            given[member] = value;
            let fault = Credentials::parse(&given).expect_err(member);
            assert_eq!(fault.field, field);
            assert!(fault.detail.contains(word), "{fault}");
        }
    }
}
