//! What the push networks make of given credentials and settings: the one place where the rules ask them.

use std::fmt::Display;

use ringhook_openapi::ProviderKind;
use serde_json::{Map, Value};

use super::{Fault, Ground, Result};
use crate::{
    push::{Answer, CredentialFault, Network, apns, fcm},
    secrets::{Column, Keyring, Place},
    store::{WorkspaceId, providers::Provider},
};

/// Whether this version speaks to the network.
pub fn is_supported(kind: ProviderKind) -> bool {
    matches!(kind, ProviderKind::Fcm | ProviderKind::Apns)
}

/// What may be shown of credentials that are whole.
pub fn facts(kind: ProviderKind, credentials: &Value) -> std::result::Result<Map<String, Value>, Fault> {
    let read = match kind {
        ProviderKind::Fcm => fcm::Credentials::parse(credentials).map(|read| read.readable()),
        ProviderKind::Apns => apns::Credentials::parse(credentials).map(|read| read.readable()),
        ProviderKind::Webpush | ProviderKind::Webhook | ProviderKind::Hms => Ok(Map::new()),
    };
    read.map_err(|fault| below("/credentials", fault))
}

/// Whether a network knows these settings.
pub fn check_settings(kind: ProviderKind, settings: &Value) -> std::result::Result<(), Fault> {
    match kind {
        ProviderKind::Apns => {
            apns::Settings::parse(settings).map(drop).map_err(|fault| below("/settings", fault))
        }
        _ if settings.as_object().is_none_or(Map::is_empty) => Ok(()),
        kind => Err(Fault::new("/settings", format!("must be empty: `{kind}` has no settings"))),
    }
}

fn below(member: &str, fault: CredentialFault) -> Fault {
    Fault::new(format!("{member}{}", fault.field), fault.detail)
}

fn place(workspace: WorkspaceId, id: &[u8]) -> Place<'_> {
    Place { column: Column::Credentials, workspace: workspace.0, row: id }
}

/// Credentials as they are kept.
pub(super) fn seal(
    keyring: &Keyring,
    workspace: WorkspaceId,
    id: &[u8],
    credentials: &Value,
) -> Result<Vec<u8>> {
    Ok(keyring.seal(place(workspace, id), credentials.to_string().as_bytes())?)
}

/// Asks the network whether a provider's stored credentials work, ringing nobody.
///
/// # Errors
/// When the credentials cannot be opened; that they cannot be used is an answer.
pub async fn ask(
    ground: &Ground,
    network: &Network,
    provider: &Provider,
) -> Result<std::result::Result<Answer, String>> {
    let place = place(provider.workspace_id, provider.id.0.as_bytes());
    let opened = ground.keyring.open(place, &provider.credentials)?;
    let client = match serde_json::from_slice(&opened) {
        Ok(credentials) => client(network, provider, &credentials),
        Err(_) => Err("the stored credentials are no JSON; give them again".to_owned()),
    };
    drop(opened);
    Ok(match client {
        Ok(client) => Ok(client.check(provider.environment.0, ground.clock.now().utc()).await),
        Err(reason) => Err(reason),
    })
}

fn client(
    network: &Network,
    provider: &Provider,
    credentials: &Value,
) -> std::result::Result<crate::push::Client, String> {
    match provider.kind.0 {
        ProviderKind::Fcm => {
            let credentials = fcm::Credentials::parse(credentials).map_err(told)?;
            network.fcm(credentials).map_err(told)
        }
        ProviderKind::Apns => {
            let settings = apns::Settings::parse(&provider.settings.0).map_err(told)?;
            let credentials = apns::Credentials::parse(credentials).map_err(told)?;
            network.apns(credentials, settings).map_err(told)
        }
        kind => Err(format!("`{kind}` is not supported by this version")),
    }
}

fn told(fault: impl Display) -> String {
    fault.to_string()
}
