//! A call's payload and headers as APNs wants them: the members at the top level, beside `aps`.

use aws_lc_rs::digest::{SHA256, digest};
use ringhook_openapi::{AttemptOutcome, Cause};

use crate::push::shape::{self, Member};
use crate::push::{Answer, Message};

/// <https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification>
const ALERT_LIMIT: usize = 4096;
const VOIP_LIMIT: usize = 5120;
const COLLAPSE_ID_LIMIT: usize = 64;

/// The two ways a call comes to an Apple device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushType {
    Voip,
    Alert,
}

impl PushType {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Voip => "voip",
            Self::Alert => "alert",
        }
    }

    const fn limit(self) -> usize {
        match self {
            Self::Voip => VOIP_LIMIT,
            Self::Alert => ALERT_LIMIT,
        }
    }
}

/// A push's JSON, and what it leaves out.
#[derive(Debug)]
pub(super) struct Shaped {
    pub(super) json: String,
    pub(super) left_out: Vec<String>,
}

/// The push that brings `message`, or the answer that the network need not be asked for. `aps` is JSON.
pub(super) fn shape(message: &Message<'_>, push_type: PushType, aps: &str) -> Result<Shaped, Answer> {
    let unfit = |cause, detail| Answer::new(AttemptOutcome::Failed, cause, Some(detail));
    let (mut members, forbidden) =
        members(message).map_err(|error| unfit(Cause::PayloadRefused, error.to_string()))?;
    let fixed = r#"{"aps":}"#.len() + aps.len();
    let limit = push_type.limit();
    let left_out = shape::fit(&mut members, forbidden, limit - fixed).map_err(|too_large| Answer {
        left_out: too_large.left_out,
        ..unfit(
            Cause::PayloadTooLarge,
            format!(
                "{} bytes of JSON; a push of type {} takes {limit}",
                too_large.size + fixed,
                push_type.as_str()
            ),
        )
    })?;
    let mut json = String::with_capacity(limit);
    json.push_str(r#"{"aps":"#);
    json.push_str(aps);
    for member in &members {
        json.push_str(&member.form);
    }
    json.push('}');
    Ok(Shaped { json, left_out })
}

/// Each member in its final form: comma, name, colon, value.
fn members<'a>(message: &Message<'a>) -> serde_json::Result<(Vec<Member<'a, String>>, Vec<String>)> {
    let mut members = Vec::with_capacity(message.fields.len());
    let mut left_out = Vec::new();
    for (name, value) in message.fields {
        if name == "aps" {
            left_out.push(name.clone());
            continue;
        }
        let form = format!(",{}:{value}", serde_json::to_string(name)?);
        members.push(Member { name, size: form.len(), form });
    }
    Ok((members, left_out))
}

/// The id under which a repeat replaces the first; a name that Apple would not take is hashed. None without a name.
pub(super) fn collapse_id(message_id: &str) -> Option<String> {
    if message_id.is_empty() {
        return None;
    }
    if message_id.len() <= COLLAPSE_ID_LIMIT && message_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(message_id.to_owned());
    }
    let hash = digest(&SHA256, message_id.as_bytes());
    Some(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::Utc;
    use serde_json::{Map, Value, json};
    use uuid::Uuid;

    use super::*;

    fn shaped(fields: &Value, push_type: PushType, aps: &str) -> Result<Shaped, Answer> {
        let empty = Map::new();
        let message = Message {
            id: Uuid::nil(),
            message_id: "WB1",
            fields: fields.as_object().unwrap_or(&empty),
            ttl: Duration::from_secs(30),
            expires_at: Utc::now(),
        };
        shape(&message, push_type, aps)
    }

    #[test]
    fn members_stand_beside_aps_in_their_own_types() {
        let fields =
            json!({"twi_from": "\"ä\"", "n": 1.5, "o": {"a": [1, null]}, "aps": {"badge": 9}, "q\"": 1});
        let shaped = shaped(&fields, PushType::Alert, r#"{"alert":"x"}"#).expect("it fits");
        let push: Value = serde_json::from_str(&shaped.json).expect("JSON");
        assert_eq!(
            push,
            json!({"aps": {"alert": "x"}, "twi_from": "\"ä\"", "n": 1.5, "o": {"a": [1, null]}, "q\"": 1})
        );
        assert_eq!(shaped.left_out, ["aps"]);
    }

    #[test]
    fn fits_the_push_types_limit_to_the_byte() {
        for (push_type, limit) in [(PushType::Alert, 4096), (PushType::Voip, 5120)] {
            let rest = r#"{"aps":{},"twi_params":""}"#.len();
            let fields = |size: usize, x: &str| json!({"x": x, "twi_params": "p".repeat(size - rest)});
            let x = r#","x":"ab""#.len();
            let full = shaped(&fields(limit - x, "ab"), push_type, "{}").expect("at the limit");
            assert_eq!((full.json.len(), full.left_out.len()), (limit, 0));
            let over = shaped(&fields(limit - x, "abc"), push_type, "{}").expect("one over, without x");
            assert_eq!((over.json.len(), over.left_out), (limit - x, vec!["x".to_owned()]));
            shaped(&fields(limit, "ab"), push_type, "{}").expect("twi_ alone at the limit");
            let answer = shaped(&fields(limit + 1, "ab"), push_type, "{}").expect_err("one over");
            assert_eq!(
                (answer.outcome, answer.cause),
                (AttemptOutcome::Failed, Some(Cause::PayloadTooLarge))
            );
            assert!(answer.detail.is_some_and(|detail| detail.contains(&(limit + 1).to_string())));
        }
    }

    #[test]
    fn a_collapse_id_has_at_most_64_bytes() {
        let longest = "W".repeat(64);
        assert_eq!(collapse_id(&longest), Some(longest));
        for hashed in ["W".repeat(65), "zwölf".to_owned(), "a b".to_owned()] {
            let id = collapse_id(&hashed).expect("an id");
            assert!(id.len() == 64 && id != hashed);
        }
        assert_eq!(collapse_id(""), None);
    }
}
