//! Twilio accounts that are connected to a workspace. Their secrets are sealed and never answered.

mod input;

use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{
    AccountStatus, SignaturePolicy,
    accounts::{AccountApiKeyPatch, AccountPatch, NewAccount, NewAccountApiKey},
    values::Secret,
};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{DomainError, Ground, Result, audit::Action, checks::Faults, facts::Facts, set_up};
use crate::{
    secrets::{Column, Keyring, Place},
    store::{
        AccountId, AccountKeyId, Conn, StoreError, Ts, Word, WorkspaceId,
        accounts::{Account, AccountKey},
    },
};

/// An account, and the SIDs of the API keys stored with it.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The account; its secrets are sealed.
    pub account: Account,
    /// `SK…`, in the order of storing.
    pub key_sids: Vec<String>,
}

/// Connects an account.
///
/// # Errors
/// [`DomainError::Invalid`] for members out of their limits, 409 `account_exists` when it is connected already.
pub async fn create(ground: &Ground, workspace: WorkspaceId, new: NewAccount) -> Result<Connected> {
    input::check_new(&new)?;
    let now = ground.clock.now();
    let sid = new.account_sid.clone();
    let (account, keys) = rows_of(&ground.keyring, workspace, new, now)?;
    let entry = ground.entry(Some(workspace), Action::AccountConnected, &account.account_sid);
    let entry = entry.with(facts(&account, &keys).made());
    let made = ground.write(workspace, async move |conn| {
        if conn.account(workspace, &account.account_sid).await?.is_some() {
            return Err(exists(&account.account_sid));
        }
        conn.account_insert(&account).await?;
        conn.account_keys_replace(workspace, account.id, &keys).await?;
        conn.workspace_revise(workspace).await?;
        conn.audit_insert(&entry).await?;
        Ok(Connected { key_sids: sids(&keys), account })
    });
    match made.await {
        Err(DomainError::Store(StoreError::Conflict(_))) => Err(exists(&sid)),
        made => made,
    }
}

fn exists(sid: &str) -> DomainError {
    let detail = format!("The account {sid} is connected already; change it with PATCH.");
    DomainError::Conflict { code: "account_exists", detail }
}

/// The workspace's accounts after `after`, at most `limit`, in the order of connecting.
pub async fn list(
    ground: &Ground,
    workspace: WorkspaceId,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Connected>> {
    let mut conn = ground.store.read(workspace).await?;
    let accounts = conn.accounts(workspace, after, limit).await?;
    let keys = conn.account_keys(workspace).await?;
    Ok(accounts.into_iter().map(|account| with_keys(account, &keys)).collect())
}

/// One account.
///
/// # Errors
/// [`DomainError::NotFound`] when it is not connected to this workspace.
pub async fn get(ground: &Ground, workspace: WorkspaceId, sid: &str) -> Result<Connected> {
    let mut conn = ground.store.read(workspace).await?;
    let account = found(&mut conn, workspace, sid).await?;
    Ok(with_keys(account, &conn.account_keys(workspace).await?))
}

/// A Twilio API key that is stored with an account of this workspace, and its secret; `None` when it is not, or the account
/// or the workspace is closed. A key whose secret is replaced gets a new id.
///
/// # Errors
/// When the database fails, or the secret cannot be opened.
pub async fn key_secret(
    ground: &Ground,
    workspace: WorkspaceId,
    account_sid: &str,
    key_sid: &str,
) -> Result<Option<(AccountKeyId, Zeroizing<Vec<u8>>)>> {
    if !super::client_tokens::is_active(ground, workspace, account_sid).await? {
        return Ok(None);
    }
    let mut conn = ground.store.read(workspace).await?;
    let Some(account) = conn.account(workspace, account_sid).await? else { return Ok(None) };
    let keys = conn.account_keys(workspace).await?;
    let known = keys.into_iter().find(|key| key.account_id == account.id && key.key_sid == key_sid);
    let Some(key) = known else { return Ok(None) };
    let place = Place { column: Column::AccountKey, workspace: workspace.0, row: key.id.0.as_bytes() };
    Ok(Some((key.id, ground.keyring.open(place, &key.secret)?)))
}

async fn found(conn: &mut Conn, workspace: WorkspaceId, sid: &str) -> Result<Account> {
    conn.account(workspace, sid).await?.ok_or(DomainError::NotFound("account"))
}

fn with_keys(account: Account, keys: &[AccountKey]) -> Connected {
    let own = keys.iter().filter(|key| key.account_id == account.id);
    Connected { key_sids: own.map(|key| key.key_sid.clone()).collect(), account }
}

/// What the audit log tells of it.
fn facts(account: &Account, keys: &[AccountKey]) -> Facts {
    let shown = json!({
        "friendly_name": account.friendly_name,
        "status": account.status.0.as_str(),
        "signature_policy": account.signature_policy.0.as_str(),
        "api_keys": sids(keys),
    });
    let secrets: Vec<u8> = keys.iter().flat_map(|key| key.secret.clone()).collect();
    Facts::new(shown)
        .secret("auth_token", Some(&account.auth_token))
        .secret("auth_token_secondary", account.auth_token_secondary.as_deref())
        .secret("api_key_secrets", (!secrets.is_empty()).then_some(&secrets[..]))
}

fn sids(keys: &[AccountKey]) -> Vec<String> {
    keys.iter().map(|key| key.key_sid.clone()).collect()
}

/// Changes an account: what the patch leaves out stays.
///
/// # Errors
/// [`DomainError::NotFound`], or [`DomainError::Invalid`] for members out of their limits and for an API key that is
/// neither stored nor given with its secret.
pub async fn patch(
    ground: &Ground,
    workspace: WorkspaceId,
    sid: &str,
    patch: AccountPatch,
) -> Result<Connected> {
    input::check_patch(&patch)?;
    let (sid, keyring, now) = (sid.to_owned(), ground.keyring.clone(), ground.clock.now());
    let entry = ground.entry(Some(workspace), Action::AccountChanged, &sid);
    let change = ground.write(workspace, async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        let mut account = found(conn, workspace, &sid).await?;
        let mut keys = conn.account_keys(workspace).await?;
        keys.retain(|key| key.account_id == account.id);
        let before = facts(&account, &keys);
        match &patch.api_keys {
            MaybeUndefined::Undefined => {}
            given => {
                keys = merged(&keyring, &account, keys, given.value().map_or(&[][..], Vec::as_slice), now)?;
                conn.account_keys_replace(workspace, account.id, &keys).await?;
            }
        }
        apply(&keyring, &mut account, patch)?;
        account.updated_at = now;
        conn.account_update(&account).await?;
        conn.audit_insert(&entry.with(before.changes(&facts(&account, &keys)))).await?;
        Ok(Connected { key_sids: sids(&keys), account })
    });
    change.await
}

fn apply(keyring: &Keyring, account: &mut Account, patch: AccountPatch) -> Result<()> {
    if let Some(name) = patch.friendly_name {
        account.friendly_name = name.trim().to_owned();
    }
    if let Some(status) = patch.status {
        account.status = Word(status);
    }
    if let Some(policy) = patch.signature_policy {
        account.signature_policy = Word(policy);
    }
    let (workspace, row) = (account.workspace_id, account.id.0);
    if let Some(token) = patch.auth_token {
        account.auth_token = seal(keyring, Column::AuthToken, workspace, row, &token)?;
    }
    match patch.auth_token_secondary {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => account.auth_token_secondary = None,
        MaybeUndefined::Value(token) => {
            account.auth_token_secondary =
                Some(seal(keyring, Column::AuthTokenSecondary, workspace, row, &token)?);
        }
    }
    Ok(())
}

/// The keys as the patch wants them: stored ones keep their secret where it gives none.
fn merged(
    keyring: &Keyring,
    account: &Account,
    stored: Vec<AccountKey>,
    wanted: &[AccountApiKeyPatch],
    now: Ts,
) -> Result<Vec<AccountKey>> {
    let mut faults = Faults::default();
    let mut keys = Vec::new();
    for (place, key) in wanted.iter().enumerate() {
        match (&key.secret, stored.iter().find(|stored| stored.key_sid == key.sid)) {
            (Some(secret), _) => keys.push(key_row(keyring, account, &key.sid, secret, now)?),
            (None, Some(stored)) => keys.push(stored.clone()),
            (None, None) => {
                let detail = "is required: this key is not stored yet";
                faults.check(false, format!("/api_keys/{place}/secret"), detail);
            }
        }
    }
    faults.none()?;
    Ok(keys)
}

/// Disconnects an account: its keys and bindings are deleted with it.
///
/// # Errors
/// [`DomainError::NotFound`] when it is not connected to this workspace.
pub async fn delete(ground: &Ground, workspace: WorkspaceId, sid: &str) -> Result<()> {
    let sid = sid.to_owned();
    let entry = ground.entry(Some(workspace), Action::AccountDisconnected, &sid);
    let delete = ground.write(workspace, async move |conn| {
        conn.lock(&set_up(workspace)).await?;
        conn.workspace_revise(workspace).await?;
        match conn.account_delete(workspace, &sid).await? {
            true => Ok(conn.audit_insert(&entry).await?),
            false => Err(DomainError::NotFound("account")),
        }
    });
    delete.await
}

fn seal(
    keyring: &Keyring,
    column: Column,
    workspace: WorkspaceId,
    row: Uuid,
    secret: &Secret,
) -> Result<Vec<u8>> {
    let place = Place { column, workspace: workspace.0, row: row.as_bytes() };
    Ok(keyring.seal(place, secret.expose().as_bytes())?)
}

fn rows_of(
    keyring: &Keyring,
    workspace: WorkspaceId,
    new: NewAccount,
    now: Ts,
) -> Result<(Account, Vec<AccountKey>)> {
    let id = AccountId::new(now);
    let secondary = new.auth_token_secondary.as_ref();
    let name = new.friendly_name.as_deref().map(str::trim);
    let account = Account {
        id,
        workspace_id: workspace,
        friendly_name: name.unwrap_or(&new.account_sid).to_owned(),
        status: Word(AccountStatus::Active),
        signature_policy: Word(new.signature_policy.unwrap_or(SignaturePolicy::Full)),
        auth_token: seal(keyring, Column::AuthToken, workspace, id.0, &new.auth_token)?,
        auth_token_secondary: secondary
            .map(|token| seal(keyring, Column::AuthTokenSecondary, workspace, id.0, token))
            .transpose()?,
        account_sid: new.account_sid,
        created_at: now,
        updated_at: now,
    };
    let row = |key: &NewAccountApiKey| key_row(keyring, &account, &key.sid, &key.secret, now);
    let keys: Result<Vec<_>> = new.api_keys.iter().map(row).collect();
    Ok((account, keys?))
}

fn key_row(keyring: &Keyring, account: &Account, sid: &str, secret: &Secret, now: Ts) -> Result<AccountKey> {
    let id = AccountKeyId::new(now);
    Ok(AccountKey {
        id,
        workspace_id: account.workspace_id,
        account_id: account.id,
        key_sid: sid.to_owned(),
        secret: seal(keyring, Column::AccountKey, account.workspace_id, id.0, secret)?,
        created_at: now,
    })
}

#[cfg(test)]
mod tests;
