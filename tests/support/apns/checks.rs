//! What Apple checks about a push, and the reason it gives for a refusal.

use std::sync::atomic::Ordering;

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use uuid::Uuid;

use super::{BUNDLE_ID, Inner, KEY_ID, Push, TEAM_ID};
use crate::stand_in::{lock, unix_now};

const CLOCK_SLACK: i64 = 60;

/// How a push is refused.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
    /// What was wrong, unless the device is to blame.
    pub(super) fault: Option<String>,
}

fn refuse<T>(status: u16, reason: &'static str, given: impl std::fmt::Debug) -> Result<T, Refusal> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let fault = Some(format!("{reason}: {given:?}"));
    Err(Refusal { status, reason, fault })
}

impl Inner {
    /// Checks everything but whether the device is there.
    pub(super) fn check(&self, head: &Parts, body: &[u8]) -> Result<Push, Refusal> {
        let jwt = self.provider_token(&head.headers)?;
        let token = match head.uri.path().strip_prefix("/3/device/") {
            Some(token) if head.method == Method::POST => device_token(token)?,
            _ => return refuse(404, "BadPath", (&head.method, &head.uri)),
        };
        let (push_type, limit) = match text(&head.headers, "apns-push-type") {
            "voip" => ("voip", 5120),
            "alert" => ("alert", 4096),
            other => return refuse(400, "InvalidPushType", other),
        };
        if body.len() > limit {
            return refuse(413, "PayloadTooLarge", body.len());
        }
        if text(&head.headers, "apns-priority") != "10" {
            return refuse(400, "BadPriority", text(&head.headers, "apns-priority"));
        }
        Ok(Push {
            token,
            push_type: push_type.to_owned(),
            topic: topic(&head.headers, push_type)?,
            id: id(&head.headers)?,
            collapse_id: collapse_id(&head.headers)?,
            expiration: expiration(&head.headers)?,
            body: payload(body, push_type)?,
            jwt,
        })
    }

    /// A token that was believed is believed for as long as it is young.
    fn provider_token(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let given = text(headers, header::AUTHORIZATION.as_str());
        let Some((_, jwt)) = given.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"))
        else {
            return refuse(403, "MissingProviderToken", given);
        };
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_issuer(&[TEAM_ID]);
        validation.set_required_spec_claims(&["iss"]);
        let key = DecodingKey::from_ec_der(self.key.public_key_raw());
        let decoded = match jsonwebtoken::decode::<Value>(jwt.as_bytes(), &key, &validation) {
            Ok(decoded) if decoded.header.kid.as_deref() == Some(KEY_ID) => decoded,
            Ok(decoded) => return refuse(403, "InvalidProviderToken", decoded.header.kid),
            Err(error) => return refuse(403, "InvalidProviderToken", error),
        };
        let age = unix_now() + self.clock_ahead.load(Ordering::Relaxed)
            - decoded.claims["iat"].as_i64().unwrap_or_default();
        match age {
            ..=3600 if age >= -CLOCK_SLACK => {}
            3601.. => return refuse(403, "ExpiredProviderToken", age),
            _ => return refuse(403, "InvalidProviderToken", age),
        }
        lock(&self.jwts).insert(jwt.to_owned());
        Ok(jwt.to_owned())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn device_token(token: &str) -> Result<String, Refusal> {
    let is_hex = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && token.len().is_multiple_of(2) && token.bytes().any(|byte| byte != b'0') {
        return Ok(token.to_owned());
    }
    // Well-formed but nobody's: asking for it is no fault.
    let fault = (!is_hex).then(|| format!("BadDeviceToken: {token}"));
    Err(Refusal { status: StatusCode::BAD_REQUEST, reason: "BadDeviceToken", fault })
}

fn topic(headers: &HeaderMap, push_type: &str) -> Result<String, Refusal> {
    let topic = text(headers, "apns-topic");
    let expected = match push_type {
        "voip" => format!("{BUNDLE_ID}.voip"),
        _ => BUNDLE_ID.to_owned(),
    };
    match topic {
        "" => refuse(400, "MissingTopic", topic),
        topic if topic != expected => refuse(400, "TopicDisallowed", topic),
        _ => Ok(expected),
    }
}

fn id(headers: &HeaderMap) -> Result<String, Refusal> {
    let id = text(headers, "apns-id");
    match Uuid::parse_str(id) {
        Ok(uuid) if uuid.hyphenated().to_string() == id => Ok(id.to_owned()),
        _ => refuse(400, "BadMessageId", id),
    }
}

fn collapse_id(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    if !headers.contains_key("apns-collapse-id") {
        return Ok(None);
    }
    let id = text(headers, "apns-collapse-id");
    if id.is_empty() || id.len() > 64 {
        return refuse(400, "BadCollapseId", id);
    }
    Ok(Some(id.to_owned()))
}

fn expiration(headers: &HeaderMap) -> Result<i64, Refusal> {
    let given = text(headers, "apns-expiration");
    match given.parse() {
        Ok(expiration) if expiration >= 0 => Ok(expiration),
        _ => refuse(400, "BadExpirationDate", given),
    }
}

fn payload(body: &[u8], push_type: &str) -> Result<Value, Refusal> {
    let payload: Value = serde_json::from_slice(body).unwrap_or_default();
    match payload["aps"].as_object() {
        None => refuse(400, "PayloadEmpty", payload),
        Some(aps) if push_type == "alert" && aps.is_empty() => refuse(400, "PayloadEmpty", payload),
        Some(_) => Ok(payload),
    }
}
