//! Providers: a workspace's access to a push network.

use poem_openapi::{Object, types::MaybeUndefined};
use serde::Deserialize;

use crate::{
    values::{Credentials, JsonObject, Secret, Time, given},
    words::{Environment, ProviderKind, ProviderStatus},
};

/// Access to a push network. Its credentials are write-only; the facts in them that can be read stand beside.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct Provider {
    /// `prv_…`
    pub id: String,
    /// The network; `apns` serves the channels `apns` and `apns_voip`.
    pub kind: ProviderKind,
    /// A name for people.
    pub name: String,
    /// Rings the bindings of its channels that name no provider.
    pub is_default: bool,
    /// APNs: the environment of bindings that name none.
    #[oai(nullable)]
    pub environment: Option<Environment>,
    /// What can be set besides credentials.
    pub settings: JsonObject,
    /// Whether its credentials work, as far as its last answers tell.
    pub status: ProviderStatus,
    /// What is wrong, and what would put it right.
    #[oai(nullable)]
    pub status_reason: Option<String>,
    /// When its credentials end, where they do.
    #[oai(nullable)]
    pub expires_at: Option<Time>,
    /// `fcm`: the Firebase project. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub project_id: Option<String>,
    /// `fcm`: the service account. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub client_email: Option<String>,
    /// `apns`: the app. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub bundle_id: Option<String>,
    /// `apns` with a signing key: the key. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub key_id: Option<String>,
    /// `apns`: the team. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub team_id: Option<String>,
    /// `apns`: the topics that it pushes to. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub topics: Option<Vec<String>>,
    /// `webpush`: the `applicationServerKey`. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub vapid_public_key: Option<String>,
    /// `hms`: the app. Left out elsewhere.
    #[oai(skip_serializing_if_is_none)]
    pub app_id: Option<String>,
    /// `webhook`: what its requests are signed with. Shown once, when the provider is made; left out from then on.
    #[oai(skip_serializing_if_is_none)]
    pub secret: Option<Secret>,
}

/// A provider to create. Nothing is sent to the network.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct NewProvider {
    /// The network.
    pub kind: ProviderKind,
    /// A name for people; by default the kind.
    #[oai(nullable)]
    pub name: Option<String>,
    /// By default true for the first of its kind.
    #[oai(nullable)]
    pub is_default: Option<bool>,
    /// APNs only; by default `production`.
    #[oai(nullable)]
    pub environment: Option<Environment>,
    /// What can be set besides credentials, such as `{"subject": "mailto:…"}` for `webpush`.
    #[serde(default)]
    #[oai(default)]
    pub settings: JsonObject,
    /// `fcm`: `{"service_account": {…}}`. `apns`: `{"key", "key_id", "team_id", "bundle_id"}`, a signing key; this server
    /// takes no certificates. `hms`: `{"app_id", "app_secret"}`. None for others.
    #[oai(write_only, nullable)]
    pub credentials: Option<Credentials>,
}

/// A merge patch of a provider: what is absent stays, `null` removes.
#[derive(Object, Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields)]
pub struct ProviderPatch {
    /// A name for people.
    #[serde(deserialize_with = "given")]
    pub name: Option<String>,
    /// True takes the place of the default provider of this kind.
    #[serde(deserialize_with = "given")]
    pub is_default: Option<bool>,
    /// APNs only; `null`: `production`.
    #[oai(nullable)]
    pub environment: MaybeUndefined<Environment>,
    /// Merged into what is set, member by member; `null` clears all.
    #[oai(nullable)]
    pub settings: MaybeUndefined<JsonObject>,
    /// Replaces the credentials as a whole.
    #[serde(deserialize_with = "given")]
    #[oai(write_only)]
    pub credentials: Option<Credentials>,
}

/// What a check of a provider's credentials found.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct ProviderCheck {
    /// Whether the network took the credentials.
    pub status: ProviderStatus,
    /// What is wrong, and what would put it right.
    #[oai(nullable)]
    pub status_reason: Option<String>,
    /// When the network was asked.
    pub checked_at: Time,
}
