//! Webhook tokens: the secret part of the URL that Twilio calls.

use poem_openapi::Object;
use serde::Deserialize;

use crate::values::{Secret, Time, whole};

/// How long the old token holds after a rotation that names no time, in seconds: a day.
pub const DEFAULT_GRACE_SECONDS: u32 = 86_400;

fn default_grace() -> u32 {
    DEFAULT_GRACE_SECONDS
}

/// A token of this workspace's webhook URL.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct WebhookToken {
    /// The token's id; not the token.
    pub id: String,
    /// When it was made.
    pub created_at: Time,
    /// When it ends, for a token that was rotated out; `null` for the current one.
    #[oai(nullable)]
    pub expires_at: Option<Time>,
    /// The URL to give to Twilio. Left out where the caller may not read it.
    #[oai(skip_serializing_if_is_none)]
    pub webhook_url: Option<Secret>,
}

/// A rotation: a new token is made, and the old one ends after its grace.
#[derive(Object, Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields)]
pub struct NewWebhookToken {
    /// How long the old token still holds, in seconds; 0 ends it at once, 30 days are the most.
    #[serde(deserialize_with = "whole::<_, 0, 2592000>")]
    #[oai(default = "default_grace", validator(maximum(value = "2592000")))]
    pub grace_seconds: u32,
}

impl Default for NewWebhookToken {
    fn default() -> Self {
        Self { grace_seconds: DEFAULT_GRACE_SECONDS }
    }
}
