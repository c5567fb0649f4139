//! What Google checks about a request, and how it says what is wrong.

use std::collections::HashMap;

use http::request::Parts;
use http::{Method, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rcgen::KeyPair;
use serde_json::{Map, Value, json};

use super::{EMAIL, Inner, Message, PROJECT};
use crate::stand_in::{lock, respond, unix_now};

const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLOCK_SLACK: i64 = 60;

type Refusal = Response<Full<Bytes>>;

/// Checks the form that asks for an OAuth token.
pub(super) fn assertion(form: &[u8], key: &KeyPair) -> Result<(), String> {
    let form: HashMap<_, _> = url::form_urlencoded::parse(form).collect();
    if form.get("grant_type").is_none_or(|grant| grant != GRANT) {
        return Err("Invalid grant_type".to_owned());
    }
    let assertion = form.get("assertion").ok_or("Missing assertion")?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[EMAIL]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    let key = DecodingKey::from_rsa_der(key.public_key_raw());
    let decoded = jsonwebtoken::decode::<Value>(assertion.as_bytes(), &key, &validation);
    let claims = decoded.map_err(|error| format!("Invalid JWT: {error}"))?.claims;
    if claims["scope"] != SCOPE {
        return Err(format!("Invalid scope: {}", claims["scope"]));
    }
    let (issued, ends) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let (issued, ends) = issued.zip(ends).ok_or("Invalid JWT: iat and exp must be numbers")?;
    if ends - issued > 3600 || issued > unix_now() + CLOCK_SLACK {
        return Err("Invalid JWT: Token must be a short-lived token (60 minutes)".to_owned());
    }
    Ok(())
}

impl Inner {
    /// Checks a request for `messages:send`.
    pub(super) fn check(&self, head: &Parts, body: &[u8]) -> Result<Message, Refusal> {
        let expected = format!("/v1/projects/{PROJECT}/messages:send");
        if head.method != Method::POST || head.uri.path() != expected {
            let fault = format!("{} {} is not {expected}", head.method, head.uri);
            return Err(self.refuse(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &fault));
        }
        let bearer = self.bearer(head)?;
        let parsed = serde_json::from_slice::<Value>(body).map_err(|error| error.to_string());
        let message = parsed.and_then(|body| message(body, bearer));
        message.map_err(|fault| self.refuse(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", &fault))
    }

    fn bearer(&self, head: &Parts) -> Result<String, Refusal> {
        let given = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let grants = lock(&self.grants);
        if grants.good.contains(bearer) {
            return Ok(bearer.to_owned());
        }
        let text = "Request had invalid authentication credentials.";
        if grants.revoked.contains(bearer) {
            return Err(refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", text));
        }
        Err(self.refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", text))
    }

    fn refuse(&self, status: StatusCode, word: &str, fault: &str) -> Refusal {
        self.fault(fault);
        refusal(status, word, fault)
    }
}

fn refusal(status: StatusCode, word: &str, message: &str) -> Refusal {
    let error = json!({"code": status.as_u16(), "message": message, "status": word, "details": []});
    respond(status, json!({"error": error}))
}

fn message(body: Value, bearer: String) -> Result<Message, String> {
    let message = &body["message"];
    let token = message["token"].as_str().ok_or("message.token is not a string")?.to_owned();
    let data = message["data"].as_object().ok_or("message.data is not an object")?.clone();
    if let Some(other) = message
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .find(|name| !["token", "data", "android"].contains(&name.as_str()))
    {
        return Err(format!("not a data-only message: message.{other}"));
    }
    check_data(&data)?;
    check_android(&message["android"])?;
    Ok(Message { token, data, body, bearer })
}

fn check_data(data: &Map<String, Value>) -> Result<(), String> {
    let mut size = 0;
    for (name, value) in data {
        let value = value.as_str().ok_or_else(|| format!("message.data.{name} is not a string"))?;
        if matches!(name.as_str(), "from" | "gcm") || name.starts_with("google") {
            return Err(format!("Invalid data payload key: {name}"));
        }
        size += name.len() + value.len();
    }
    if size > 4096 {
        return Err(format!("Message is too big: {size} bytes"));
    }
    Ok(())
}

fn check_android(android: &Value) -> Result<(), String> {
    if android["priority"] != "HIGH" {
        return Err(format!("message.android.priority is {}", android["priority"]));
    }
    let ttl = android["ttl"].as_str().and_then(|ttl| ttl.strip_suffix('s'));
    match ttl.and_then(|ttl| ttl.parse::<u32>().ok()) {
        Some(0..=30) => Ok(()),
        _ => Err(format!("message.android.ttl is {}", android["ttl"])),
    }
}
