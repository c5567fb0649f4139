//! Bindings: which device is rung for an identity, and how.

use poem_openapi::{Object, types::MaybeUndefined};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    json,
    problem::{ApiProblem, FieldError},
    values::{Secret, Time, given},
    words::{BindingStatus, Channel, Environment},
};

/// A device that is rung when its identity is called.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct Binding {
    /// `bnd_…`
    pub id: String,
    /// The Twilio account whose calls ring it.
    pub account_sid: String,
    /// Whom it rings for: the part after `client:`.
    pub identity: String,
    /// How it is reached.
    pub channel: Channel,
    /// Device token, or URL for `webpush` and `webhook`; `null` for `websocket`.
    #[oai(nullable)]
    pub address: Option<String>,
    /// The subscription's keys; left out unless `webpush`.
    #[oai(skip_serializing_if_is_none)]
    pub keys: Option<WebPushKeys>,
    /// Which of the workspace's providers rings it; `null` for `websocket`.
    #[oai(nullable)]
    pub provider_id: Option<String>,
    /// Which of Apple's environments its token belongs to; `null`: the provider's own, and for other networks.
    #[oai(nullable)]
    pub environment: Option<Environment>,
    /// The app's own id of the device.
    #[oai(nullable)]
    pub device_id: Option<String>,
    /// Free labels to filter by.
    pub tags: Vec<String>,
    /// From then on it is not rung any more.
    #[oai(nullable)]
    pub expires_at: Option<Time>,
    /// Whether other identities may hold the same address beside it.
    pub shared: bool,
    /// Only active bindings ring.
    pub status: BindingStatus,
    /// Why it is inactive: the network's own word for a token that is gone, such as `UNREGISTERED`; else `manual`, `expired`
    /// or `not_connected`.
    #[oai(nullable)]
    pub inactive_reason: Option<String>,
    /// When it was registered first.
    pub created_at: Time,
    /// When it was changed last.
    pub updated_at: Time,
    /// When a call last tried to ring it.
    #[oai(nullable)]
    pub last_notified_at: Option<Time>,
    /// When its network last accepted a notification.
    #[oai(nullable)]
    pub last_accepted_at: Option<Time>,
}

/// What a Web Push subscription says beside its endpoint.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct WebPushKeys {
    /// The browser's public key: base64url of 65 bytes.
    pub p256dh: String,
    /// The subscription's secret: base64url of 16 bytes.
    pub auth: Secret,
}

/// A binding to create or, when account, channel and address are known already, to update.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct NewBinding {
    /// A Twilio account that is connected to this workspace.
    #[oai(validator(pattern = "^AC[0-9a-fA-F]{32}$"))]
    pub account_sid: String,
    /// Whom it rings for: the part after `client:`.
    #[oai(validator(min_length = 1, max_length = 256))]
    pub identity: String,
    /// How it is reached; needs a provider of its kind, except `websocket`.
    pub channel: Channel,
    /// Device token, or URL for `webpush` and `webhook`; none for `websocket`.
    #[oai(nullable)]
    pub address: Option<String>,
    /// Needed for `webpush`, refused elsewhere.
    #[oai(nullable)]
    pub keys: Option<WebPushKeys>,
    /// By default the channel's default provider.
    #[oai(nullable)]
    pub provider_id: Option<String>,
    /// APNs only; by default the provider's.
    #[oai(nullable)]
    pub environment: Option<Environment>,
    /// The app's own id of the device. A new address for the same device and channel replaces the old one.
    #[oai(nullable, validator(max_length = 256))]
    pub device_id: Option<String>,
    /// Free labels to filter by, 1 to 64 characters each.
    #[serde(default)]
    #[oai(default, validator(max_items = 20))]
    pub tags: Vec<String>,
    /// From then on it is not rung any more.
    #[oai(nullable)]
    pub expires_at: Option<Time>,
    /// Lets several identities hold the same address. Without it the address moves to this identity and stops ringing
    /// for the one that had it.
    #[serde(default)]
    #[oai(default)]
    pub shared: bool,
}

/// A merge patch of a binding: what is absent stays, `null` removes.
#[derive(Object, Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields)]
pub struct BindingPatch {
    /// The new device token or URL.
    #[serde(deserialize_with = "given")]
    pub address: Option<String>,
    /// The new keys of a `webpush` subscription.
    #[serde(deserialize_with = "given")]
    pub keys: Option<WebPushKeys>,
    /// `null`: the channel's default provider.
    #[oai(nullable)]
    pub provider_id: MaybeUndefined<String>,
    /// `null`: the provider's.
    #[oai(nullable)]
    pub environment: MaybeUndefined<Environment>,
    /// The app's own id of the device.
    #[oai(nullable, validator(max_length = 256))]
    pub device_id: MaybeUndefined<String>,
    /// Replaces all labels; `null` removes them.
    #[oai(nullable, validator(max_items = 20))]
    pub tags: MaybeUndefined<Vec<String>>,
    /// `null`: never.
    #[oai(nullable)]
    pub expires_at: MaybeUndefined<Time>,
    /// Whether other identities may hold the same address beside it.
    #[serde(deserialize_with = "given")]
    pub shared: Option<bool>,
    /// `active` undoes a deactivation.
    #[serde(deserialize_with = "given")]
    pub status: Option<BindingStatus>,
}

/// How many bindings a DELETE took away.
#[derive(Object, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// How many there were.
    pub deleted: u64,
}

/// How much was known of a person.
#[derive(Object, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Bindings that are gone.
    pub bindings: u64,
    /// Calls that are gone from the log.
    pub notifications: u64,
}

/// Which deactivations are undone: those by a network, never those by hand. All that is given must hold.
#[derive(Object, Deserialize, Debug, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
#[oai(skip_serializing_if_is_none)]
pub struct NewReactivation {
    /// Only bindings of this account.
    pub account_sid: Option<String>,
    /// Only bindings that name this provider.
    pub provider_id: Option<String>,
    /// Only this `inactive_reason` of the binding, such as `BadDeviceToken`.
    pub reason: Option<String>,
    /// Only what became inactive then or later.
    pub since: Option<Time>,
    /// Only what became inactive before.
    pub until: Option<Time>,
}

/// How many bindings are in service again.
#[derive(Object, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reactivated {
    /// How many there were.
    pub reactivated: u64,
}

/// One line of an import: a new binding, or a line of an export with its status.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportLine {
    /// The binding itself.
    pub binding: NewBinding,
    /// `active` unless the line says otherwise.
    pub status: BindingStatus,
    /// Why the exported binding was inactive.
    pub inactive_reason: Option<String>,
}

/// What an export line holds beyond [`NewBinding`] and an import leaves to this workspace.
const EXPORT_ONLY: [&str; 5] = ["id", "created_at", "updated_at", "last_notified_at", "last_accepted_at"];

impl ImportLine {
    /// Reads one line of NDJSON.
    ///
    /// # Errors
    /// As [`json::read`].
    pub fn read(line: &[u8]) -> Result<Self, ApiProblem> {
        let mut value = json::parse(line)?;
        let mut state = ImportState::default();
        if let Value::Object(fields) = &mut value {
            for name in EXPORT_ONLY {
                fields.shift_remove(name);
            }
            let own = ["status", "inactive_reason"];
            let taken = own.iter().filter_map(|name| fields.shift_remove_entry(*name)).collect();
            state = json::read_value(&Value::Object(taken))?;
        }
        let binding = json::read_value(&value)?;
        Ok(Self { binding, status: state.status, inactive_reason: state.inactive_reason })
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct ImportState {
    status: BindingStatus,
    inactive_reason: Option<String>,
}

impl Default for ImportState {
    fn default() -> Self {
        Self { status: BindingStatus::Active, inactive_reason: None }
    }
}

/// What became of an import.
#[derive(Object, Debug, Clone, PartialEq, Default)]
pub struct Imported {
    /// Bindings that are new.
    pub created: u64,
    /// Bindings that were there and now are as their line says.
    pub updated: u64,
    /// Lines that were refused.
    pub failed: u64,
    /// The first refusals; the pointer begins with the line's number, from 1.
    pub errors: Vec<FieldError>,
}
