//! Push networks: what is sent to them, and what their answers mean.
//!
//! One folder per network. A [`Client`] holds one provider's credentials in one version and is shared by every send of
//! that provider; [`Network`] makes clients and knows where the networks are. Nothing here reads a database or decides
//! about repeats: [`Client::send`] is one attempt, and its [`Answer`] says what to make of it.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use ringhook_openapi::{Channel, Environment};
use serde_json::{Map, Value};
use uuid::Uuid;

pub mod apns;
pub mod fcm;
mod http;
mod key;
mod outcome;
mod shape;

pub use http::ClientFault;
pub use outcome::Answer;

/// One call's payload on its way to one device.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The delivery, stable over repeats: a network that knows ids (`apns-id`) gets the same one each time.
    pub id: Uuid,
    /// `twi_message_id`: a repeat replaces the notification on the device instead of adding one.
    pub message_id: &'a str,
    /// The payload's members, `twi_*` and unknown ones. Contains a secret of the call, so `Debug` shows only names.
    pub fields: &'a Map<String, Value>,
    /// What is left of the call's ring lifetime. Also bounds the attempt: see [`Client::send`].
    pub ttl: Duration,
    /// When the call's ring lifetime ends.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("message_id", &self.message_id)
            .field("fields", &self.fields.keys().collect::<Vec<_>>())
            .field("ttl", &self.ttl)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// The device, and what is known of it that decides how a complaint about its address is read.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// How the device is reached. FCM has one way; for APNs, `apns_voip` is a VoIP push and all else an alert.
    pub channel: Channel,
    /// The network's token of the device.
    pub address: &'a str,
    /// Which of Apple's environments the token is of; without meaning for FCM.
    pub environment: Environment,
    /// When the app registered this address last.
    pub registered_at: DateTime<Utc>,
    /// Whether the network ever took a push for this address.
    pub ever_accepted: bool,
    /// Whether the provider's credentials or settings changed since the address was registered.
    pub provider_changed_since: bool,
}

/// Where the networks are. For the operator only; the default is the real services.
///
/// `fcm`, `apns` and `apns_sandbox` are origins to which the documented paths are appended; `fcm_token` is a complete
/// URL. `http://` is taken as it stands: FCM then speaks HTTP/1.1, APNs HTTP/2 in clear text.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// Instead of `https://fcm.googleapis.com`.
    pub fcm: Option<Url>,
    /// Instead of `https://oauth2.googleapis.com/token`.
    pub fcm_token: Option<Url>,
    /// Instead of `https://api.push.apple.com`.
    pub apns: Option<Url>,
    /// Instead of `https://api.sandbox.push.apple.com`.
    pub apns_sandbox: Option<Url>,
    /// Trusted beside the system's certificate authorities.
    pub extra_ca: Vec<reqwest::Certificate>,
}

/// The way to every network: makes clients for credentials. One per process.
#[derive(Debug, Clone)]
pub struct Network {
    endpoints: Endpoints,
    /// For access tokens, which each project asks for once an hour: all share connections.
    google: reqwest::Client,
}

impl Network {
    /// Prepares connections without opening any.
    ///
    /// # Errors
    /// When no TLS client can be set up, as on a system without certificate authorities.
    pub fn new(endpoints: Endpoints) -> Result<Self, ClientFault> {
        let google = http::negotiating_client(&endpoints.extra_ca)?;
        Ok(Self { endpoints, google })
    }

    /// A client for one Firebase project, with a connection of its own: Google takes about a hundred requests on one at a
    /// time, and a project that is busy, or slow, would have all others wait for their turn there.
    ///
    /// # Errors
    /// As for [`Network::new`].
    pub fn fcm(&self, credentials: fcm::Credentials) -> Result<Client, ClientFault> {
        let http = http::negotiating_client(&self.endpoints.extra_ca)?;
        Ok(Client::Fcm(fcm::Client::new(http, self.google.clone(), &self.endpoints, credentials)))
    }

    /// A client for one APNs key, with connections of its own: Apple allows one team per connection.
    ///
    /// # Errors
    /// As for [`Network::new`].
    pub fn apns(
        &self,
        credentials: apns::Credentials,
        settings: apns::Settings,
    ) -> Result<Client, ClientFault> {
        let http = http::http2_client(&self.endpoints.extra_ca)?;
        Ok(Client::Apns(apns::Client::new(http, &self.endpoints, credentials, settings)))
    }
}

/// One provider with one version of its credentials. Share it in an `Arc`: it holds the connections and cached tokens.
#[derive(Debug)]
pub enum Client {
    /// Firebase Cloud Messaging.
    Fcm(fcm::Client),
    /// Apple Push Notification service.
    Apns(apns::Client),
}

impl Client {
    /// One attempt. Ends at the latest when `message.ttl` is over (at least one second is given) and after ten
    /// seconds in any case; dropping the future earlier is safe. `now` dates tokens and reads `Retry-After`.
    pub async fn send(&self, message: &Message<'_>, target: &Target<'_>, now: DateTime<Utc>) -> Answer {
        let answer = match self {
            Self::Fcm(client) => client.send(message, target, now).await,
            Self::Apns(client) => client.send(message, target, now).await,
        };
        let bridge_token = message.fields.get("twi_bridge_token");
        answer.hiding(bridge_token.and_then(Value::as_str).unwrap_or_default()).bounded()
    }

    /// Asks the network whether the credentials work, ringing nobody. [`Accepted`] means that they do.
    ///
    /// FCM is asked for a new OAuth token. APNs is sent a push to a token that cannot exist in `environment`: that it
    /// complains of the token only shows that it believed the rest.
    ///
    /// [`Accepted`]: ringhook_openapi::AttemptOutcome::Accepted
    pub async fn check(&self, environment: Environment, now: DateTime<Utc>) -> Answer {
        match self {
            Self::Fcm(client) => client.check(now).await.bounded(),
            Self::Apns(client) => client.check(environment, now).await.bounded(),
        }
    }
}

/// What is wrong with given credentials or settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialFault {
    /// JSON pointer below `credentials` (or `settings`); empty for the whole of it.
    pub field: &'static str,
    /// What is wrong and what to give instead. Never quotes a secret.
    pub detail: String,
}

impl CredentialFault {
    fn new(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field, detail: detail.into() }
    }
}

impl fmt::Display for CredentialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.detail)
    }
}

impl std::error::Error for CredentialFault {}

/// The origin to which a path is appended: the operator's, or the real one.
fn origin(given: Option<&Url>, real: &str) -> String {
    given.map_or(real, Url::as_str).trim_end_matches('/').to_owned()
}
