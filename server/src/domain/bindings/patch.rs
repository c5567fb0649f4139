//! Changing a binding by its id.

use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{BindingStatus, Channel, bindings::BindingPatch};
use serde_json::Value;

use super::{
    address_hash, lock,
    registration::{self, KEYS_RULE},
    set_up::SetUp,
};
use crate::{
    domain::{DomainError, Ground, Result, checks::Faults},
    store::{
        BindingId, Conn, Json, ProviderId, StoreError, Ts, Word, WorkspaceId,
        bindings::{BY_HAND, Binding},
    },
};

/// Changes a binding: what the patch leaves out stays. Another address starts anew: what is known of the old one's
/// reach is forgotten. `status: active` undoes a deactivation.
///
/// # Errors
/// [`DomainError::NotFound`]; [`DomainError::Invalid`] for members that cannot be taken; 422 `no_provider`; 409
/// `address_exists` and `device_exists` when another binding has that address or device.
pub async fn patch(
    ground: &Ground,
    workspace: WorkspaceId,
    id: BindingId,
    patch: BindingPatch,
) -> Result<Binding> {
    let now = ground.clock.now();
    let write = ground.write_again(workspace, || {
        let patch = patch.clone();
        async move |conn: &mut Conn| change(conn, workspace, id, patch, now).await
    });
    write.await
}

async fn change(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: BindingId,
    patch: BindingPatch,
    now: Ts,
) -> Result<Binding> {
    let missing = DomainError::NotFound("binding");
    let Some(before) = conn.binding(workspace, id).await? else { return Err(missing) };
    let provider = check(&patch, before.channel.0, now)?;
    let planned = changed(before.clone(), &patch, provider, now)?;
    let scope = (before.account_sid.as_str(), before.channel.0);
    lock(conn, workspace, scope, &planned.address_hash, planned.device_id.as_deref()).await?;
    let Some(held) = conn.binding_held(workspace, id, now).await? else { return Err(missing) };
    if (&held.address_hash, &held.device_id) != (&before.address_hash, &before.device_id) {
        let moved = "the binding got another address or device meanwhile";
        return Err(StoreError::Conflict(moved.into()).into());
    }
    let row = changed(held, &patch, provider, now)?;
    if !patch.provider_id.is_undefined() {
        SetUp::load(conn, workspace, []).await?.check_provider(row.channel.0, row.provider_id)?;
    }
    check_unique(conn, &before, &row).await?;
    conn.binding_update(&row).await?;
    Ok(row)
}

/// The provider that the patch names, if any.
fn check(patch: &BindingPatch, channel: Channel, now: Ts) -> Result<Option<ProviderId>> {
    let mut faults = Faults::default();
    faults.check(patch.keys.is_none() || channel == Channel::Webpush, "/keys", KEYS_RULE);
    registration::environment(&mut faults, channel, patch.environment.value().copied());
    if patch.address.is_some() {
        faults.take(registration::address(channel, patch.address.clone()));
    }
    match &patch.device_id {
        MaybeUndefined::Value(device) => registration::device(&mut faults, device),
        MaybeUndefined::Null if channel == Channel::Websocket => {
            faults.check(false, "/device_id", "is required for a websocket");
        }
        _ => {}
    }
    if let MaybeUndefined::Value(tags) = &patch.tags {
        registration::tags(&mut faults, tags);
    }
    if let MaybeUndefined::Value(time) = &patch.expires_at {
        faults.future("/expires_at", time.0.into(), now);
    }
    let provider = patch.provider_id.value().and_then(|id| faults.take(registration::provider(id)));
    faults.none()?;
    Ok(provider)
}

/// The row as the patch wants it.
fn changed(mut row: Binding, patch: &BindingPatch, provider: Option<ProviderId>, now: Ts) -> Result<Binding> {
    if !patch.provider_id.is_undefined() {
        row.provider_id = provider;
    }
    set(&mut row.environment, &patch.environment, |word| Word(*word));
    set(&mut row.device_id, &patch.device_id, String::clone);
    set(&mut row.expires_at, &patch.expires_at, |time| time.0.into());
    if !patch.tags.is_undefined() {
        let tags = patch.tags.value().into_iter().flatten();
        row.tags = Json(tags.cloned().map(Value::String).collect());
    }
    row.shared = patch.shared.unwrap_or(row.shared);
    if patch.address.is_some() {
        let address = registration::address(row.channel.0, patch.address.clone());
        row.address = address.map_err(|fault| DomainError::Invalid(vec![fault]))?;
    }
    let hash = address_hash(row.address.as_deref(), &row.identity, row.device_id.as_deref());
    if hash != row.address_hash {
        row.address_hash = hash;
        row.registered_at = now;
        row.last_accepted_at = None;
    }
    if let Some(status) = patch.status {
        set_status(&mut row, status, now);
    }
    row.updated_at = now;
    Ok(row)
}

fn set<T, U>(column: &mut Option<U>, given: &MaybeUndefined<T>, to: impl Fn(&T) -> U) {
    if !given.is_undefined() {
        *column = given.value().map(to);
    }
}

fn set_status(row: &mut Binding, status: BindingStatus, now: Ts) {
    match status {
        BindingStatus::Active => (row.inactive_reason, row.inactive_at) = (None, None),
        // Why it became inactive first is worth more than that somebody confirmed it.
        BindingStatus::Inactive if row.status.0 == BindingStatus::Inactive => {}
        BindingStatus::Inactive => (row.inactive_reason, row.inactive_at) = (Some(BY_HAND.into()), Some(now)),
    }
    row.status = Word(status);
}

/// Whether the address and the device that the patch brings are free. To take them from another binding, register.
async fn check_unique(conn: &mut Conn, before: &Binding, row: &Binding) -> Result<()> {
    let unshared = before.shared && !row.shared;
    let collides = |other: &Binding| other.id != row.id && (!row.shared || other.identity == row.identity);
    let (workspace, sid, channel) = (row.workspace_id, &row.account_sid, row.channel.0);
    if unshared || row.address_hash != before.address_hash {
        let others = conn.bindings_of_addresses(workspace, sid, channel, &[&row.address_hash]).await?;
        if let Some(other) = others.into_iter().find(collides) {
            let detail =
                format!("{} has this address; delete it, or register the address with POST.", other.id);
            return Err(DomainError::Conflict { code: "address_exists", detail });
        }
    }
    if let Some(device) = &row.device_id
        && (unshared || row.device_id != before.device_id)
    {
        let others = conn.bindings_of_devices(workspace, sid, channel, &[device]).await?;
        if let Some(other) = others.into_iter().find(collides) {
            let detail =
                format!("{} has this device id; delete it, or register the device with POST.", other.id);
            return Err(DomainError::Conflict { code: "device_exists", detail });
        }
    }
    Ok(())
}
