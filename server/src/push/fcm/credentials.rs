//! A Firebase project's service account.

use aws_lc_rs::rsa::KeyPair;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::push::{CredentialFault, key};

/// What a service account's key lets us ask for, and of whom. The `token_uri` of the file is never followed, so that
/// no tenant can point us elsewhere, and the assertion is only good there.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// Google's longest: <https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests>
const ASSERTION_SECONDS: i64 = 3600;

const ACCOUNT: &str = "/service_account";
const KIND: &str = "/service_account/type";
const PROJECT: &str = "/service_account/project_id";
const EMAIL: &str = "/service_account/client_email";
const KEY: &str = "/service_account/private_key";

/// A service account that has proved well-formed. `Debug` does not show its key.
#[derive(Debug, Clone)]
pub struct Credentials {
    project_id: String,
    client_email: String,
    key_id: Option<String>,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'static str,
    iat: i64,
    exp: i64,
}

impl Credentials {
    /// Reads `{"service_account": {…}}`, the object being the JSON file that Google gives.
    ///
    /// # Errors
    /// Names the member that is missing or not what it must be.
    pub fn parse(credentials: &Value) -> Result<Self, CredentialFault> {
        let account = match credentials.get("service_account") {
            Some(Value::Object(account)) => account,
            Some(_) => {
                return Err(CredentialFault::new(
                    ACCOUNT,
                    "must be an object: the service account's JSON file as Google gives it",
                ));
            }
            None => return Err(CredentialFault::new(ACCOUNT, "is required")),
        };
        if key::text(account, "type", KIND)? != "service_account" {
            return Err(CredentialFault::new(
                KIND,
                "must be \"service_account\": make a key in the Firebase console, Project settings, Service accounts",
            ));
        }
        Ok(Self {
            project_id: project_id(account)?,
            client_email: client_email(account)?,
            key_id: account.get("private_key_id").and_then(Value::as_str).map(str::to_owned),
            key: rsa_key(key::text(account, "private_key", KEY)?)?,
        })
    }

    /// The Firebase project.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// What may be shown of the credentials: `project_id`, `client_email`.
    pub fn readable(&self) -> Map<String, Value> {
        Map::from_iter([
            ("project_id".to_owned(), self.project_id.as_str().into()),
            ("client_email".to_owned(), self.client_email.as_str().into()),
        ])
    }

    /// The signed request for an access token, made at `now` (Unix seconds).
    pub(super) fn assertion(&self, now: i64) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        let claims = Assertion {
            iss: &self.client_email,
            scope: SCOPE,
            aud: AUDIENCE,
            iat: now,
            exp: now + ASSERTION_SECONDS,
        };
        jsonwebtoken::encode(&header, &claims, &self.key)
    }
}

/// A project id stands in a URL's path, so nothing that means something there gets through.
fn project_id(account: &Map<String, Value>) -> Result<String, CredentialFault> {
    let id = key::text(account, "project_id", PROJECT)?;
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
    if id.len() > 100 || !id.chars().all(known) || id.chars().all(|c| c == '.') {
        return Err(CredentialFault::new(
            PROJECT,
            "must be a Google Cloud project id: letters, digits and hyphens, such as my-app-1a2b3",
        ));
    }
    Ok(id.to_owned())
}

fn client_email(account: &Map<String, Value>) -> Result<String, CredentialFault> {
    let email = key::text(account, "client_email", EMAIL)?;
    let whole = email.len() <= 320 && !email.contains(|c: char| c.is_whitespace() || c.is_control());
    match email.split_once('@') {
        Some((name, host)) if whole && !name.is_empty() && !host.is_empty() => Ok(email.to_owned()),
        _ => Err(CredentialFault::new(
            EMAIL,
            "must be the service account's address, such as name@project.iam.gserviceaccount.com",
        )),
    }
}

fn rsa_key(pem: &str) -> Result<EncodingKey, CredentialFault> {
    let pem = key::unescaped(pem);
    let der = key::pkcs8(KEY, &pem)?;
    let not_rsa = || {
        CredentialFault::new(
            KEY,
            "is not a whole RSA private key of at least 2048 bits: paste the file unchanged, or make a new key",
        )
    };
    KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| not_rsa())?;
    EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| not_rsa())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use serde_json::json;

    use super::*;
    use crate::push::key::tests::{ec_pem, pem};

    fn rsa_pem() -> String {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der = pair.as_der().expect("its DER");
        pem(der.as_ref())
    }

    fn account(private_key: &str) -> Value {
        json!({"service_account": {
            "type": "service_account", "project_id": "my-app-1", "private_key_id": "k1",
            "client_email": "push@my-app-1.iam.gserviceaccount.com", "private_key": private_key,
            "token_uri": "https://attacker.example/token",
        }})
    }

    #[test]
    fn takes_googles_file_also_with_escaped_line_ends_and_shows_no_key() {
        let pem = rsa_pem();
        for key in [pem.clone(), pem.replace('\n', "\\n")] {
            let credentials = Credentials::parse(&account(&key)).expect("credentials");
            assert_eq!(
                Value::Object(credentials.readable()),
                json!({"project_id": "my-app-1", "client_email": "push@my-app-1.iam.gserviceaccount.com"})
            );
            credentials.assertion(1).expect("a usable key");
            let secret = pem.lines().nth(3).expect("a line of the key");
            assert!(!format!("{credentials:?}").contains(secret));
        }
    }

    #[test]
    fn a_fault_names_its_member() {
        let good = rsa_pem();
        let cut = good[..good.len() / 2].to_owned();
        let damaged = good.replacen("MII", "???", 1);
        let altered: String =
            good.lines().filter(|line| !line.starts_with("MII")).map(|line| format!("{line}\n")).collect();
        for (member, value, field, word) in [
            ("type", json!("authorized_user"), KIND, "service_account"),
            ("project_id", json!("a/b"), PROJECT, "project id"),
            ("project_id", json!(""), PROJECT, "empty"),
            ("client_email", json!("nobody"), EMAIL, "address"),
            ("client_email", json!(1), EMAIL, "string"),
            ("private_key", Value::Null, KEY, "string"),
            ("private_key", json!("secret"), KEY, "BEGIN PRIVATE KEY"),
            ("private_key", json!(cut), KEY, "cut off"),
            ("private_key", json!(damaged), KEY, "damaged"),
            ("private_key", json!(altered), KEY, "RSA"),
            ("private_key", json!(ec_pem()), KEY, "RSA"),
        ] {
            let mut given = account(&good);
            given["service_account"][member] = value;
            let fault = Credentials::parse(&given).expect_err(member);
            assert_eq!(fault.field, field);
            assert!(fault.detail.contains(word), "{fault}");
        }
        assert_eq!(Credentials::parse(&json!({})).expect_err("nothing").field, ACCOUNT);
    }
}
