mod moves;
mod patches;
mod refusals;

use ringhook_openapi::{ProviderKind, bindings::NewBinding};
use serde_json::{Value, json};

use super::*;
use crate::domain::testing::{SID, provider, wire, workspace_id};

/// A workspace with its account and a provider of both kinds.
async fn set_up(ground: &Ground) -> WorkspaceId {
    let workspace = workspace_id(ground).await;
    provider(ground, workspace, ProviderKind::Fcm).await;
    provider(ground, workspace, ProviderKind::Apns).await;
    workspace
}

/// `over` laid over a binding of bob's.
fn new(over: Value) -> NewBinding {
    let mut value = json!({"account_sid": SID, "identity": "bob", "channel": "fcm"});
    let members = value.as_object_mut().expect("an object");
    members.extend(over.as_object().cloned().expect("an object"));
    if members["channel"] != "websocket" {
        members.entry("address").or_insert(json!("token"));
    }
    members.retain(|_, value| !value.is_null());
    wire(value)
}

async fn add(ground: &Ground, workspace: WorkspaceId, over: Value) -> Registered {
    register(ground, workspace, new(over)).await.expect("a binding")
}

/// Identity, address and device of every binding, in the order of making.
async fn all(ground: &Ground, workspace: WorkspaceId) -> Vec<(String, String, String)> {
    let rows = list(ground, workspace, BindingFilter::default(), None, None, 1000).await.expect("bindings");
    let shown =
        |row: Binding| (row.identity, row.address.unwrap_or_default(), row.device_id.unwrap_or_default());
    rows.into_iter().map(shown).collect()
}

fn row(identity: &str, address: &str, device: &str) -> (String, String, String) {
    (identity.into(), address.into(), device.into())
}
