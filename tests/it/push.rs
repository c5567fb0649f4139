//! Push clients against stand-ins of their networks.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ringhook::push::{Answer, Client, Message, Target};
use ringhook_openapi::{AttemptOutcome, Cause, Channel, Environment};
use serde_json::{Map, Value, json};
use uuid::Uuid;

mod apns;
mod fcm;

const BRIDGE_TOKEN: &str = "bridge-token-of-the-call";

/// A call as Twilio tells of it, with a member that Twilio's SDKs do not know.
struct Call {
    id: Uuid,
    fields: Map<String, Value>,
    ttl: Duration,
    now: DateTime<Utc>,
}

impl Call {
    fn new() -> Self {
        let fields = json!({
            "twi_account_sid": "AC00000000000000000000000000000001",
            "twi_bridge_token": BRIDGE_TOKEN,
            "twi_from": "client:alice",
            "twi_message_id": "WB1",
            "twi_message_type": "twilio.voice.call",
            "priority_class": 7,
        });
        let Value::Object(fields) = fields else { unreachable!("an object") };
        Self { id: Uuid::new_v4(), fields, ttl: Duration::from_secs(30), now: Utc::now() }
    }

    async fn send(&self, client: &Client, target: &Target<'_>) -> Answer {
        let message = Message {
            id: self.id,
            message_id: "WB1",
            fields: &self.fields,
            ttl: self.ttl,
            expires_at: self.now + TimeDelta::seconds(30),
        };
        client.send(&message, target, self.now).await
    }
}

fn target(channel: Channel, address: &str) -> Target<'_> {
    Target {
        channel,
        address,
        environment: Environment::Production,
        registered_at: Utc::now() - TimeDelta::days(1),
        ever_accepted: false,
        provider_changed_since: false,
    }
}

#[track_caller]
fn assert_meaning(answer: &Answer, outcome: AttemptOutcome, cause: Cause) {
    let meaning = (answer.outcome, answer.cause);
    assert_eq!(meaning, (outcome, Some(cause)), "{answer:?}");
}

#[track_caller]
fn assert_accepted(answer: &Answer) {
    assert_eq!((answer.outcome, answer.cause), (AttemptOutcome::Accepted, None), "{answer:?}");
}
