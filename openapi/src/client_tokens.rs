//! Client tokens: short-lived credentials for the devices of one user.

use poem_openapi::Object;
use serde::Deserialize;

use crate::values::{Secret, Time, whole};

/// The lifetime of a client token that names none, in seconds.
pub const DEFAULT_TTL_SECONDS: u32 = 3600;

fn default_ttl() -> u32 {
    DEFAULT_TTL_SECONDS
}

/// A client token to issue.
#[derive(Object, Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct NewClientToken {
    /// A Twilio account that is connected to this workspace.
    pub account_sid: String,
    /// The device user: the part after `client:`.
    #[oai(validator(min_length = 1, max_length = 256))]
    pub identity: String,
    /// How long it holds, in seconds: 60 to 86400.
    #[serde(default = "default_ttl", deserialize_with = "whole::<_, 60, 86400>")]
    #[oai(default = "default_ttl", validator(minimum(value = "60"), maximum(value = "86400")))]
    pub ttl_seconds: u32,
}

/// A client token, shown this once.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct ClientToken {
    /// The bearer token.
    pub token: Secret,
    /// When it ends.
    pub expires_at: Time,
}
