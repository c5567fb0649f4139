//! Twilio accounts that are connected to a workspace.

use poem_openapi::{Object, types::MaybeUndefined};
use serde::Deserialize;

use crate::{
    values::{Secret, given},
    words::{AccountStatus, SignaturePolicy},
};

/// A connected Twilio account. Its secrets are write-only.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `AC…`
    pub account_sid: String,
    /// A name for people.
    pub friendly_name: String,
    /// Calls of a disabled account are answered 404.
    pub status: AccountStatus,
    /// What its webhooks must prove. Anything but `full` weakens the check.
    pub signature_policy: SignaturePolicy,
    /// The API keys whose Voice access tokens devices may use.
    pub api_keys: Vec<AccountApiKey>,
}

/// A Twilio API key, without its secret.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
pub struct AccountApiKey {
    /// `SK…`
    pub sid: String,
}

/// An account to connect.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct NewAccount {
    /// `AC` and 32 hexadecimal digits.
    #[oai(validator(pattern = "^AC[0-9a-fA-F]{32}$"))]
    pub account_sid: String,
    /// By default the SID.
    #[oai(nullable)]
    pub friendly_name: Option<String>,
    /// The auth token with which Twilio signs.
    #[oai(write_only)]
    pub auth_token: Secret,
    /// The second auth token while a rotation is under way.
    #[oai(write_only, nullable)]
    pub auth_token_secondary: Option<Secret>,
    /// API keys whose Voice access tokens devices may use.
    #[serde(default)]
    #[oai(write_only, default)]
    pub api_keys: Vec<NewAccountApiKey>,
    /// By default `full`.
    #[oai(nullable)]
    pub signature_policy: Option<SignaturePolicy>,
}

/// A Twilio API key with its secret.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct NewAccountApiKey {
    /// `SK…`
    pub sid: String,
    /// Its secret, which Twilio showed once.
    #[oai(write_only)]
    pub secret: Secret,
}

/// A merge patch of an account: what is absent stays, `null` removes.
#[derive(Object, Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields)]
pub struct AccountPatch {
    /// A name for people.
    #[serde(deserialize_with = "given")]
    pub friendly_name: Option<String>,
    /// Calls of a disabled account are answered 404.
    #[serde(deserialize_with = "given")]
    pub status: Option<AccountStatus>,
    /// What its webhooks must prove.
    #[serde(deserialize_with = "given")]
    pub signature_policy: Option<SignaturePolicy>,
    /// The auth token with which Twilio signs.
    #[serde(deserialize_with = "given")]
    #[oai(write_only)]
    pub auth_token: Option<Secret>,
    /// `null` ends a rotation.
    #[oai(write_only, nullable)]
    pub auth_token_secondary: MaybeUndefined<Secret>,
    /// The whole list as it shall be; `null` empties it.
    #[oai(write_only, nullable)]
    pub api_keys: MaybeUndefined<Vec<AccountApiKeyPatch>>,
}

/// A Twilio API key in the list that replaces the stored one.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct AccountApiKeyPatch {
    /// `SK…`
    pub sid: String,
    /// Left out for a key that is stored already: its secret stays.
    #[oai(write_only, nullable)]
    pub secret: Option<Secret>,
}
