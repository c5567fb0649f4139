//! What an app without a server of its own says about its one user's devices. Identity and account come from its token.

use poem_openapi::Object;
use serde::Deserialize;

use crate::{
    bindings::WebPushKeys,
    values::Time,
    words::{Channel, Environment},
};

/// What this workspace offers to devices.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
pub struct DeviceConfig {
    /// Channels with a provider, and `websocket`.
    pub channels: Vec<Channel>,
    /// The `applicationServerKey` for Web Push: base64url of an uncompressed P-256 point.
    #[oai(nullable)]
    pub vapid_public_key: Option<String>,
}

/// A device's own binding; the device id stands in the path.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct DeviceBinding {
    /// `fcm`, `apns`, `apns_voip`, `webpush` or `hms`.
    pub channel: Channel,
    /// Device token, or the subscription's endpoint for `webpush`.
    pub address: String,
    /// Needed for `webpush`, refused elsewhere.
    #[oai(nullable)]
    pub keys: Option<WebPushKeys>,
    /// By default the channel's default provider.
    #[oai(nullable)]
    pub provider_id: Option<String>,
    /// APNs only; by default the provider's.
    #[oai(nullable)]
    pub environment: Option<Environment>,
    /// Free labels, 1 to 64 characters each.
    #[serde(default)]
    #[oai(default, validator(max_items = 20))]
    pub tags: Vec<String>,
    /// From then on it is not rung any more.
    #[oai(nullable)]
    pub expires_at: Option<Time>,
    /// Lets several identities hold the same address.
    #[serde(default)]
    #[oai(default)]
    pub shared: bool,
}
