//! Bindings: which device rings for which identity of which account.

pub mod bulk;
mod many;
mod patch;
mod registration;
mod set_up;
mod shelf;
#[cfg(test)]
mod tests;

pub use many::{Change, Done, apply, measure, register, register_own};
pub use patch::patch;
pub use registration::Registration;
use ringhook_openapi::Channel;

use super::{
    DomainError, Fault, Ground, Result,
    checks::Faults,
    devices::socket_address_hash,
    providers,
    workspaces::{ACCOUNT_SID_RULE, is_account_sid},
};
use crate::{
    secrets,
    store::{
        BindingId, Conn, ProviderId, WorkspaceId,
        bindings::{Binding, BindingFilter, ServedBy, Undo},
    },
};

/// A binding that was registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The binding as it is now.
    pub binding: Binding,
    /// False when it was known already and is updated.
    pub created: bool,
}

/// The workspace's bindings after `after` that pass the filter, at most `limit`, in the order of making. A filter by
/// provider finds those that name it and those that ring through it by default.
pub async fn list(
    ground: &Ground,
    workspace: WorkspaceId,
    mut filter: BindingFilter,
    provider: Option<ProviderId>,
    after: Option<BindingId>,
    limit: i64,
) -> Result<Vec<Binding>> {
    let mut conn = ground.store.read(workspace).await?;
    if let Some(provider_id) = provider {
        let row = conn.provider(workspace, provider_id).await?;
        let kind = row.filter(|row| row.is_default).map(|row| row.kind.0);
        let channels = kind.map(providers::channels_of).unwrap_or_default();
        filter.provider = Some(ServedBy { provider_id, channels });
    }
    Ok(conn.bindings(workspace, &filter, ground.clock.now(), after, limit).await?)
}

/// One binding.
///
/// # Errors
/// [`DomainError::NotFound`] when this workspace has none of this id.
pub async fn get(ground: &Ground, workspace: WorkspaceId, id: BindingId) -> Result<Binding> {
    let row = ground.store.read(workspace).await?.binding(workspace, id).await?;
    row.ok_or(DomainError::NotFound("binding"))
}

/// Deletes a binding.
///
/// # Errors
/// [`DomainError::NotFound`] when this workspace has none of this id.
pub async fn delete(ground: &Ground, workspace: WorkspaceId, id: BindingId) -> Result<()> {
    let delete =
        ground.write(workspace, async move |conn| match conn.binding_delete(workspace, id).await? {
            true => Ok(()),
            false => Err(DomainError::NotFound("binding")),
        });
    delete.await
}

/// Deletes every binding of an identity; answers how many there were.
pub async fn delete_of_identity(
    ground: &Ground,
    workspace: WorkspaceId,
    account_sid: String,
    identity: String,
) -> Result<usize> {
    let delete =
        async move |conn: &mut Conn| Ok(conn.bindings_delete(workspace, &account_sid, &identity).await?);
    ground.write(workspace, delete).await
}

/// Deletes a user's own bindings of a device id, on every channel.
///
/// # Errors
/// [`DomainError::NotFound`] when there is none.
pub async fn delete_own(
    ground: &Ground,
    workspace: WorkspaceId,
    account_sid: String,
    identity: String,
    device_id: String,
) -> Result<()> {
    let delete = ground.write(workspace, async move |conn: &mut Conn| {
        match conn.bindings_delete_device(workspace, &account_sid, &identity, &device_id).await? {
            0 => Err(DomainError::NotFound("device")),
            _ => Ok(()),
        }
    });
    delete.await
}

/// Bindings put back in one transaction: others change theirs in between.
const REACTIVATED: i64 = 500;

/// Puts back into service what networks called gone; answers how many there were. Bindings that somebody made inactive
/// by hand stay so.
///
/// # Errors
/// [`DomainError::Invalid`] for what no binding can have. When the database fails: then those before are put back.
pub async fn reactivate(ground: &Ground, workspace: WorkspaceId, undo: Undo) -> Result<usize> {
    let mut faults = Faults::default();
    let is_sid = undo.account_sid.as_deref().is_none_or(is_account_sid);
    faults.check(is_sid, "/account_sid", ACCOUNT_SID_RULE);
    let is_word = undo.reason.as_deref().is_none_or(|reason| !reason.chars().any(char::is_control));
    faults.check(is_word, "/reason", "must have no control characters");
    faults.none()?;
    let (now, mut after, mut reactivated) = (ground.clock.now(), None, 0);
    loop {
        let (undo, bite) = (undo.clone(), (after, REACTIVATED));
        let bite =
            async move |conn: &mut Conn| Ok(conn.bindings_reactivate(workspace, &undo, bite, now).await?);
        let ids = ground.write(workspace, bite).await?;
        let Some(last) = ids.last() else { return Ok(reactivated) };
        (after, reactivated) = (Some(*last), reactivated + ids.len());
    }
}

/// What stands for the address in unique keys. A socket's address is its user's device.
fn address_hash(address: Option<&str>, identity: &str, device_id: Option<&str>) -> Vec<u8> {
    match address {
        Some(address) => secrets::hash(address),
        None => socket_address_hash(identity, device_id.unwrap_or_default()),
    }
}

/// Keeps others from deciding about the same address or device until this transaction ends, and shares the workspace's
/// set-up with whoever else binds.
async fn lock(
    conn: &mut Conn,
    workspace: WorkspaceId,
    (account_sid, channel): (&str, Channel),
    address_hash: &[u8],
    device_id: Option<&str>,
) -> Result<()> {
    conn.lock_shared(&super::set_up(workspace)).await?;
    conn.lock_shared(&all(workspace)).await?;
    let scope = format!("{workspace} {account_sid} {channel}");
    let hash: String = address_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    // In the order of their names.
    conn.lock(&format!("binding address {scope} {hash}")).await?;
    if let Some(device) = device_id {
        conn.lock(&format!("binding device {scope} {device}")).await?;
    }
    Ok(())
}

/// Keeps everybody else from changing bindings of this workspace until this transaction ends: for many changes at once,
/// which would need too many locks of their own.
async fn lock_all(conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
    conn.lock_shared(&super::set_up(workspace)).await?;
    Ok(conn.lock(&all(workspace)).await?)
}

fn all(workspace: WorkspaceId) -> String {
    format!("bindings {workspace}")
}

fn no_such_provider() -> Fault {
    Fault::new("/provider_id", "is no provider of this workspace")
}
