//! The body of a call notification.

use std::fmt;

use ringhook_openapi::strict;
use serde_json::{Map, Value};

/// The largest body taken, in bytes. The caller enforces it while it reads, so that nothing larger is ever held.
pub const MAX_BODY: usize = 64 * 1024;

/// The deepest nesting taken. A little under what `serde_json` itself refuses (128), so that a payload that was taken
/// can be wrapped in an envelope and still be read by a receiver with that common limit.
const MAX_DEPTH: usize = 120;

/// The longest identity that Twilio allows, in characters.
const MAX_IDENTITY: usize = 256;

/// With this key the mobile app connects back to the caller: a secret of the call.
const BRIDGE_TOKEN: &str = "twi_bridge_token";

/// What every message type of Twilio Voice begins with.
const MESSAGE_FAMILY: &str = "twilio.voice.";

/// A notification as Twilio sends it.
///
/// The named fields are copies of the members we act on; `fields` holds every member, in the order received.
#[derive(Clone, PartialEq)]
pub struct Notification {
    /// `twi_account_sid`. Its shape is not checked: an account that is not connected is unknown, whatever it looks like.
    pub account_sid: String,
    /// `twi_to` without its prefix `client:`.
    pub identity: String,
    /// `twi_call_sid`.
    pub call_sid: String,
    /// `twi_message_id`, unique per notification and the same when Twilio repeats one.
    pub message_id: String,
    /// `twi_message_type`, always of the family `twilio.voice.`.
    pub message_type: String,
    /// `twi_from`; none when missing or, which Twilio does not send, no string. Devices get the member in any case.
    pub from: Option<String>,
    /// `twi_to` as received.
    pub to: String,
    /// `twi_params`, URL-encoded; none under the same conditions as `from`.
    pub params: Option<String>,
    /// Every member, in the order received. Holds `twi_bridge_token`: not for a log.
    pub fields: Map<String, Value>,
}

impl Notification {
    /// Reads the raw bytes of a body of at most [`MAX_BODY`] bytes.
    ///
    /// # Errors
    /// When it is not UTF-8 or not one JSON object; when any object in it, nested ones included, holds a key twice (two
    /// readers could then see two different calls); when it is nested deeper than 120 levels; when one of the five
    /// required members is missing, empty or no string; when `twi_to` names no client; when the message is not of
    /// Twilio Voice; when a member that we record holds U+0000, which databases cannot store.
    pub fn parse(raw: &[u8]) -> Result<Self, PayloadFault> {
        let fields = object(raw)?;
        let to = required(&fields, "twi_to")?;
        let message_type = required(&fields, "twi_message_type")?;
        if message_type.len() <= MESSAGE_FAMILY.len() || !message_type.starts_with(MESSAGE_FAMILY) {
            let detail = "is not of the family `twilio.voice.`; send for example `twilio.voice.call`";
            return Err(PayloadFault::of("twi_message_type", detail));
        }
        Ok(Self {
            account_sid: required(&fields, "twi_account_sid")?.to_owned(),
            identity: identity_of(to)?.to_owned(),
            call_sid: required(&fields, "twi_call_sid")?.to_owned(),
            message_id: required(&fields, "twi_message_id")?.to_owned(),
            message_type: message_type.to_owned(),
            from: optional(&fields, "twi_from")?,
            to: to.to_owned(),
            params: optional(&fields, "twi_params")?,
            fields,
        })
    }

    /// The members as JSON text, in order, without `twi_bridge_token`: what a log may keep.
    pub fn without_bridge_token(&self) -> String {
        let kept = self.fields.iter().filter(|(key, _)| *key != BRIDGE_TOKEN);
        let kept: Map<_, _> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        Value::Object(kept).to_string()
    }
}

/// Shows who is called, and only the names of the other members: their values include the bridge token.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("account_sid", &self.account_sid)
            .field("identity", &self.identity)
            .field("call_sid", &self.call_sid)
            .field("message_id", &self.message_id)
            .field("message_type", &self.message_type)
            .field("keys", &self.fields.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Why a body is not a notification. Its message names the member and the fix, and shows no value of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadFault {
    /// The member at fault; none when the body as a whole is.
    pub field: Option<&'static str>,
    /// What is wrong and what to send instead.
    pub detail: String,
}

impl PayloadFault {
    fn of(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field), detail: detail.into() }
    }

    fn whole(detail: impl Into<String>) -> Self {
        Self { field: None, detail: detail.into() }
    }
}

impl fmt::Display for PayloadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field.unwrap_or("the body"), self.detail)
    }
}

impl std::error::Error for PayloadFault {}

/// The members of the one object that `raw` is.
fn object(raw: &[u8]) -> Result<Map<String, Value>, PayloadFault> {
    let text = std::str::from_utf8(raw).map_err(|fault| {
        PayloadFault::whole(format!("is not UTF-8 from byte {} on; send JSON in UTF-8", fault.valid_up_to()))
    })?;
    match strict::parse(text, MAX_DEPTH) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => {
            Err(PayloadFault::whole("is JSON but not an object; send one object with the `twi_` members"))
        }
        Err(fault) if fault.is_data() => Err(PayloadFault::whole(fault.to_string())),
        Err(fault) => Err(PayloadFault::whole(format!("is not JSON: {fault}; send one JSON object"))),
    }
}

/// The identity in `to`, which is `client:<identity>`; the prefix is stripped once, so `client:client:a` calls `client:a`.
///
/// # Errors
/// When the prefix is missing, or the identity is empty, longer than 256 characters, or holds a control character or
/// white space. Anything else is allowed: browser identities hold `@`, colons and emoji.
pub fn identity_of(to: &str) -> Result<&str, PayloadFault> {
    let fault = |detail: &str| Err(PayloadFault::of("twi_to", detail));
    let Some(identity) = to.strip_prefix("client:") else {
        return fault("is not a client; send `client:<identity>`");
    };
    if identity.is_empty() {
        return fault("names no identity; send `client:<identity>`");
    }
    if identity.chars().nth(MAX_IDENTITY).is_some() {
        return fault("names an identity of more than 256 characters; send a shorter one");
    }
    if identity.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return fault("names an identity with a control character or white space; send one without");
    }
    Ok(identity)
}

fn required<'a>(fields: &'a Map<String, Value>, key: &'static str) -> Result<&'a str, PayloadFault> {
    match fields.get(key) {
        Some(Value::String(text)) if !text.is_empty() => storable(key, text),
        Some(Value::String(_)) => Err(PayloadFault::of(key, "is empty; send a value")),
        Some(_) => Err(PayloadFault::of(key, "is not a string; send it as one")),
        None => Err(PayloadFault::of(key, "is missing; send it as a string")),
    }
}

fn optional(fields: &Map<String, Value>, key: &'static str) -> Result<Option<String>, PayloadFault> {
    match fields.get(key) {
        Some(Value::String(text)) => storable(key, text).map(|text| Some(text.to_owned())),
        _ => Ok(None),
    }
}

/// Postgres refuses U+0000 in a text; to find that out while recording would look like a failure of ours.
fn storable<'a>(key: &'static str, text: &'a str) -> Result<&'a str, PayloadFault> {
    if text.contains('\0') {
        return Err(PayloadFault::of(key, "holds the character U+0000; send it without"));
    }
    Ok(text)
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
