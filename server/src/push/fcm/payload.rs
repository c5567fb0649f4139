//! A call's payload as an FCM message: data only, so that the app and not the system shows the call.

use std::borrow::Cow;

use ringhook_openapi::{AttemptOutcome, Cause};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::push::shape::{self, Member};
use crate::push::{Answer, Message};

/// Of all keys and values: <https://firebase.google.com/docs/cloud-messaging/concept-options>
const LIMIT: usize = 4096;

#[derive(Serialize)]
struct Request<'a> {
    message: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    token: &'a str,
    data: Data<'a>,
    android: Android,
}

#[derive(Serialize)]
struct Android {
    priority: &'static str,
    ttl: String,
}

struct Data<'a>(Vec<Member<'a, Cow<'a, str>>>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for member in &self.0 {
            map.serialize_entry(member.name, &member.form)?;
        }
        map.end()
    }
}

/// A request's JSON, and what it leaves out.
#[derive(Debug)]
pub(super) struct Shaped {
    pub(super) json: Vec<u8>,
    pub(super) left_out: Vec<String>,
}

/// The request that brings `message` to `token`, or the answer that the network need not be asked for.
pub(super) fn shape(message: &Message<'_>, token: &str) -> Result<Shaped, Answer> {
    let (mut members, forbidden) = members(message);
    let left_out = shape::fit(&mut members, forbidden, LIMIT).map_err(|too_large| Answer {
        left_out: too_large.left_out,
        ..Answer::new(
            AttemptOutcome::Failed,
            Cause::PayloadTooLarge,
            format!("{} bytes of keys and values; FCM takes {LIMIT}", too_large.size),
        )
    })?;
    let request = Request {
        message: Body {
            token,
            data: Data(members),
            android: Android { priority: "HIGH", ttl: format!("{}s", message.ttl.as_secs()) },
        },
    };
    let json = serde_json::to_vec(&request)
        .map_err(|error| Answer::new(AttemptOutcome::Failed, Cause::PayloadRefused, error.to_string()))?;
    Ok(Shaped { json, left_out })
}

fn members<'a>(message: &Message<'a>) -> (Vec<Member<'a, Cow<'a, str>>>, Vec<String>) {
    let mut members = Vec::with_capacity(message.fields.len());
    let mut left_out = Vec::new();
    for (name, value) in message.fields {
        if is_forbidden(name) {
            left_out.push(name.clone());
            continue;
        }
        let form = match value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        };
        let size = name.len() + form.len();
        members.push(Member { name, form, size });
    }
    (members, left_out)
}

/// Reserved words: <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#Message>
fn is_forbidden(name: &str) -> bool {
    matches!(name, "from" | "message_type") || name.starts_with("gcm") || name.starts_with("google")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::Utc;
    use serde_json::{Map, json};
    use uuid::Uuid;

    use super::*;

    fn shaped(fields: &Value) -> Result<(Value, Vec<String>), Answer> {
        let empty = Map::new();
        let message = Message {
            id: Uuid::nil(),
            message_id: "WB1",
            fields: fields.as_object().unwrap_or(&empty),
            ttl: Duration::from_millis(29_900),
            expires_at: Utc::now(),
        };
        let shaped = shape(&message, "tok")?;
        let request = serde_json::from_slice(&shaped.json).expect("JSON");
        Ok((request, shaped.left_out))
    }

    #[test]
    fn data_is_strings_urgent_and_short_lived() {
        let fields = json!({"twi_from": "ä", "n": 1.5, "o": {"a": [1]}, "z": null, "twi_b": true});
        let (request, left_out) = shaped(&fields).expect("it fits");
        assert_eq!(
            request,
            json!({"message": {
                "token": "tok",
                "data": {"twi_from": "ä", "n": "1.5", "o": "{\"a\":[1]}", "z": "null", "twi_b": "true"},
                "android": {"priority": "HIGH", "ttl": "29s"},
            }})
        );
        assert!(left_out.is_empty());
    }

    #[test]
    fn forbidden_keys_are_left_out_and_named() {
        let fields =
            json!({"from": "x", "gcm": 1, "google.a": 1, "googler": 1, "fromage": 1, "twi_from": "y"});
        let (request, left_out) = shaped(&fields).expect("it fits");
        assert_eq!(request["message"]["data"], json!({"fromage": "1", "twi_from": "y"}));
        assert_eq!(left_out, ["from", "gcm", "google.a", "googler"]);
    }

    #[test]
    fn fits_4096_bytes_of_keys_and_values_to_the_byte() {
        let fields = |twi: usize, more: &str| json!({"twi_params": "p".repeat(twi - 10), "x": more});
        let (_, left_out) = shaped(&fields(4093, "ab")).expect("at the limit");
        assert!(left_out.is_empty());
        let (request, left_out) = shaped(&fields(4093, "abc")).expect("one over, without x");
        assert_eq!(left_out, ["x"]);
        assert!(request["message"]["data"].get("x").is_none());
        shaped(&fields(4096, "ab")).expect("twi_ alone at the limit");
        let answer = shaped(&fields(4097, "ab")).expect_err("twi_ alone one over");
        assert_eq!((answer.outcome, answer.cause), (AttemptOutcome::Failed, Some(Cause::PayloadTooLarge)));
        assert_eq!(answer.left_out, ["x"]);
    }
}
