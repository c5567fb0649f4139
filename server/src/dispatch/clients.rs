//! The push client of each provider, made once per version of its credentials: it holds connections and tokens.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use ringhook_openapi::ProviderKind;
use serde_json::Value;

use crate::{
    push::{self, Network},
    secrets::{Column, Keyring, Place},
    store::{ProviderId, Ts, WorkspaceId, providers::Provider},
};

const CLIENTS: u64 = 10_000;
const IDLE: Duration = Duration::from_secs(3600);

type Key = (WorkspaceId, ProviderId, Ts);

/// The clients in memory.
pub struct Clients {
    keyring: Keyring,
    network: Network,
    clients: Cache<Key, Arc<push::Client>>,
}

impl Clients {
    pub fn new(keyring: Keyring, network: Network) -> Self {
        let clients = Cache::builder().max_capacity(CLIENTS).time_to_idle(IDLE).build();
        Self { keyring, network, clients }
    }

    /// The client for this version of a provider.
    ///
    /// # Errors
    /// A sentence for the log and the call's page when the stored credentials cannot be used.
    pub async fn of(&self, provider: &Provider) -> Result<Arc<push::Client>, String> {
        let key = (provider.workspace_id, provider.id, provider.updated_at);
        let made = self.clients.try_get_with(key, async { self.make(provider).map(Arc::new) }).await;
        made.map_err(|error| error.as_ref().clone())
    }

    fn make(&self, provider: &Provider) -> Result<push::Client, String> {
        let place = Place {
            column: Column::Credentials,
            workspace: provider.workspace_id.0,
            row: provider.id.0.as_bytes(),
        };
        let opened = self.keyring.open(place, &provider.credentials).map_err(|fault| fault.to_string())?;
        let credentials: Value =
            serde_json::from_slice(&opened).map_err(|_| "stored credentials are no JSON".to_owned())?;
        match provider.kind.0 {
            ProviderKind::Fcm => {
                let credentials =
                    push::fcm::Credentials::parse(&credentials).map_err(|fault| fault.to_string())?;
                self.network.fcm(credentials).map_err(|fault| fault.to_string())
            }
            ProviderKind::Apns => {
                let credentials =
                    push::apns::Credentials::parse(&credentials).map_err(|fault| fault.to_string())?;
                let settings =
                    push::apns::Settings::parse(&provider.settings.0).map_err(|fault| fault.to_string())?;
                self.network.apns(credentials, settings).map_err(|fault| fault.to_string())
            }
            kind => Err(format!("{kind} is not supported by this version")),
        }
    }
}
