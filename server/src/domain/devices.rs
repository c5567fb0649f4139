//! Devices on sockets: the binding that lasts per device id.

use ringhook_openapi::{BindingStatus, Channel};
use serde_json::Value;

use super::{Ground, Result, providers, quotas::Room};
use crate::{
    bus::Callee,
    secrets,
    store::{BindingId, Conn, Json, Ts, Word, WorkspaceId, bindings::Binding},
};

/// Longest device id, in characters.
pub const DEVICE_ID_LIMIT: usize = 256;

/// What is wrong with a device id, if anything.
pub fn device_id_fault(id: &str) -> Option<String> {
    let length = id.chars().count();
    let fits = (1..=DEVICE_ID_LIMIT).contains(&length) && !id.chars().any(char::is_control);
    (!fits).then(|| format!("must have 1 to {DEVICE_ID_LIMIT} characters, none of them control characters"))
}

/// The channels that the devices of a workspace can register for: those with a default provider, and sockets.
///
/// # Errors
/// When the database fails.
pub async fn channels(ground: &Ground, workspace: WorkspaceId) -> Result<Vec<Channel>> {
    let defaults = providers::defaults(ground, workspace).await?;
    let is_open = |channel: &Channel| match channel.provider_kind() {
        Some(kind) => *channel != Channel::Webhook && defaults.contains_key(&kind),
        None => true,
    };
    Ok(Channel::ALL.iter().copied().filter(is_open).collect())
}

/// What stands for a socket device's address in the unique keys: it has none, so its identity and id do.
pub fn socket_address_hash(identity: &str, device_id: &str) -> Vec<u8> {
    secrets::hash(&format!("device:{identity}\0{device_id}"))
}

/// The active binding of a device that connects, if it has one.
///
/// # Errors
/// When the database fails.
pub async fn socket_binding(ground: &Ground, callee: &Callee, device_id: &str) -> Result<Option<BindingId>> {
    let known = find(&mut *ground.store.read(callee.workspace).await?, callee, device_id).await?;
    Ok(known.filter(|binding| binding.status.0 == BindingStatus::Active).map(|binding| binding.id))
}

/// A binding for a device that connects; made, or made active again.
///
/// # Errors
/// 409 `quota_reached` when the workspace has as many bindings as it may; when the database fails.
pub async fn bind_socket(ground: &Ground, callee: &Callee, device_id: &str) -> Result<BindingId> {
    let now = ground.clock.now();
    // Once more where the same device comes twice at once, and the other is first.
    let seat = ground.write_again(callee.workspace, || {
        let (ground, callee, device_id) = (ground.clone(), callee.clone(), device_id.to_owned());
        async move |conn: &mut Conn| seat(&ground, conn, &callee, &device_id, now).await
    });
    seat.await
}

async fn find(conn: &mut Conn, callee: &Callee, device_id: &str) -> crate::store::Result<Option<Binding>> {
    let hash = socket_address_hash(&callee.identity, device_id);
    let (workspace, sid) = (callee.workspace, &callee.account_sid);
    let found = conn.bindings_of_addresses(workspace, sid, Channel::Websocket, &[&hash]).await?;
    Ok(found.into_iter().find(|binding| binding.identity == callee.identity))
}

async fn seat(
    ground: &Ground,
    conn: &mut Conn,
    callee: &Callee,
    device_id: &str,
    now: Ts,
) -> Result<BindingId> {
    if let Some(binding) = find(conn, callee, device_id).await? {
        let id = binding.id;
        let active = Binding {
            status: Word(BindingStatus::Active),
            inactive_reason: None,
            inactive_at: None,
            registered_at: now,
            updated_at: now,
            ..binding
        };
        conn.binding_update(&active).await?;
        return Ok(id);
    }
    Room::for_bindings(ground, conn, callee.workspace, 1).await?.take()?;
    let binding = Binding {
        id: BindingId::new(now),
        workspace_id: callee.workspace,
        account_sid: callee.account_sid.clone(),
        identity: callee.identity.clone(),
        channel: Word(Channel::Websocket),
        address: None,
        address_hash: socket_address_hash(&callee.identity, device_id),
        keys: None,
        provider_id: None,
        environment: None,
        device_id: Some(device_id.to_owned()),
        tags: Json(Value::Array(Vec::new())),
        shared: false,
        status: Word(BindingStatus::Active),
        inactive_reason: None,
        inactive_at: None,
        expires_at: None,
        registered_at: now,
        created_at: now,
        updated_at: now,
        last_notified_at: None,
        last_accepted_at: None,
    };
    conn.binding_insert(&binding).await?;
    Ok(binding.id)
}
