//! API keys, with which a team's own servers use the API. A key's text is shown once; what is kept is its hash.

use std::time::Duration;

use ringhook_openapi::Scope;
use serde_json::json;
use zeroize::Zeroizing;

use super::{DomainError, Ground, Result, audit::Action, checks::Faults, roles::Power};
use crate::{
    secrets,
    store::{ApiKeyId, Conn, Ts, WorkspaceId, api_keys::ApiKey, members::Role},
};

/// The recognisable part of an API key.
const PREFIX: &str = "rhk_";
/// Characters of it that lists show.
const SHOWN: usize = 10;
/// Keys that hold at once, at most.
const KEYS: usize = 100;
/// How long the old key may hold beside the new one.
const OVERLAP_LIMIT: Duration = Duration::from_secs(30 * 86_400);
/// For how long a key that has ended is still listed.
const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends, if it does.
    pub expires_at: Option<Ts>,
}

/// A key with its text, which is shown this once.
pub struct Made {
    /// The row.
    pub row: ApiKey,
    /// The secret.
    pub key: Zeroizing<String>,
}

impl ApiKey {
    /// Whether the key opens anything at `now`.
    pub fn holds(&self, now: Ts) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }

    /// What it may do; a scope that this version does not know opens nothing in it.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect()
    }
}

/// The scopes that a member of this role may give: no key may do what its maker may not.
pub fn scopes_of(role: Role) -> Vec<Scope> {
    Scope::ALL.iter().copied().filter(|scope| role.may(power_of(*scope))).collect()
}

const fn power_of(scope: Scope) -> Power {
    match scope {
        Scope::BindingsRead | Scope::DeliveriesRead | Scope::WorkspaceRead => Power::Look,
        Scope::BindingsWrite => Power::Bind,
        Scope::CallsTest => Power::Ring,
        Scope::WorkspaceWrite => Power::SetUp,
    }
}

/// A new key, not stored yet.
pub(super) fn new_key(workspace: WorkspaceId, new: &NewApiKey, now: Ts) -> Made {
    let key = Zeroizing::new(secrets::token(PREFIX));
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let row = ApiKey {
        id: ApiKeyId::new(now),
        workspace_id: workspace,
        name: new.name.trim().to_owned(),
        prefix: key[..SHOWN].to_owned(),
        key_hash: secrets::hash(&key),
        scopes: scopes.join(" "),
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    Made { row, key }
}

fn check(new: &NewApiKey, role: Role, now: Ts) -> Result<()> {
    let mut faults = Faults::default();
    faults.name("/name", &new.name);
    faults.check(!new.scopes.is_empty(), "/scopes", "Choose at least one: a key without any opens nothing.");
    faults.check(
        new.scopes.iter().all(|scope| role.may(power_of(*scope))),
        "/scopes",
        "A key may not do more than who makes it.",
    );
    if let Some(end) = new.expires_at {
        faults.future("/expires_at", end, now);
    }
    faults.none()
}

/// The keys that hold and those that ended lately, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn list(ground: &Ground, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
    let now = ground.clock.now();
    let mut rows = ground.store.read(workspace).await?.api_keys(workspace).await?;
    let ended = |row: &ApiKey| row.revoked_at.or(row.expires_at).unwrap_or(row.created_at);
    rows.retain(|row| row.holds(now) || ended(row) + REMEMBERED > now);
    rows.sort_by_key(|row| (!row.holds(now), std::cmp::Reverse(row.id)));
    Ok(rows)
}

/// Makes a key, for a member of this role.
///
/// # Errors
/// [`DomainError::Invalid`] at `/name` (also when another key that holds is called so), `/scopes` or `/expires_at`;
/// 409 `too_many_api_keys`.
pub async fn create(ground: &Ground, workspace: WorkspaceId, role: Role, new: NewApiKey) -> Result<Made> {
    let now = ground.clock.now();
    check(&new, role, now)?;
    let (made, by) = (new_key(workspace, &new, now), ground.clone());
    let write = ground.write(workspace, async move |conn| {
        let holding = holding(conn, workspace, now).await?;
        if holding.iter().any(|row| row.name == made.row.name) {
            return Err(DomainError::invalid("/name", "A key of this name exists; give this one another."));
        }
        room(&holding)?;
        conn.api_key_insert(&made.row).await?;
        conn.audit_insert(
            &by.entry(Some(workspace), Action::ApiKeyMade, label(&made.row)).with(facts(&made.row)),
        )
        .await?;
        Ok(made)
    });
    write.await
}

/// The keys that hold, while nobody else makes one.
async fn holding(conn: &mut Conn, workspace: WorkspaceId, now: Ts) -> Result<Vec<ApiKey>> {
    conn.lock(&format!("api keys {workspace}")).await?;
    let mut rows = conn.api_keys(workspace).await?;
    rows.retain(|row| row.holds(now));
    Ok(rows)
}

fn room(holding: &[ApiKey]) -> Result<()> {
    match holding.len() < KEYS {
        true => Ok(()),
        false => {
            let detail = format!("{KEYS} keys hold already; revoke one that nothing uses.");
            Err(DomainError::Conflict { code: "too_many_api_keys", detail })
        }
    }
}

/// Makes a new key in place of this one, which still holds for `overlap`: with its name, its scopes, and the lifetime
/// that it was made with.
///
/// # Errors
/// [`DomainError::NotFound`] when the workspace has no such key, or it holds no more; [`DomainError::Invalid`] at
/// `/scopes` or `/overlap`; 409 `too_many_api_keys`.
pub async fn roll(
    ground: &Ground,
    workspace: WorkspaceId,
    role: Role,
    id: ApiKeyId,
    overlap: Duration,
) -> Result<Made> {
    if overlap > OVERLAP_LIMIT {
        return Err(DomainError::invalid("/overlap", "must be 30 days at most"));
    }
    let (now, by) = (ground.clock.now(), ground.clone());
    let write = ground.write(workspace, async move |conn| {
        let holding = holding(conn, workspace, now).await?;
        let old = holding.iter().find(|row| row.id == id).ok_or(DomainError::NotFound("API key"))?;
        let new = NewApiKey {
            name: old.name.clone(),
            scopes: old.scopes(),
            expires_at: old.expires_at.map(|end| now + old.created_at.until(end)),
        };
        check(&new, role, now)?;
        room(&holding)?;
        let made = new_key(workspace, &new, now);
        let end = old.expires_at.map_or(now + overlap, |end| end.min(now + overlap));
        conn.api_key_insert(&made.row).await?;
        conn.api_key_expire(workspace, id, end).await?;
        let told =
            json!({"prefix": made.row.prefix, "replaces": old.prefix, "old_ends": end.utc().to_rfc3339()});
        conn.audit_insert(&by.entry(Some(workspace), Action::ApiKeyRolled, label(old)).with(told)).await?;
        Ok(made)
    });
    write.await
}

/// Ends a key at once; its name says that it is meant.
///
/// # Errors
/// [`DomainError::Invalid`] at `/name` when it is called otherwise; [`DomainError::NotFound`] when the workspace has no such key, or it holds no more.
pub async fn revoke(ground: &Ground, workspace: WorkspaceId, id: ApiKeyId, name: &str) -> Result<()> {
    let (now, by, name) = (ground.clock.now(), ground.clone(), name.trim().to_owned());
    let write = ground.write(workspace, async move |conn| {
        let holding = holding(conn, workspace, now).await?;
        let row = holding.iter().find(|row| row.id == id).ok_or(DomainError::NotFound("API key"))?;
        if row.name != name {
            return Err(DomainError::invalid("/name", "This is not the key’s name."));
        }
        conn.api_key_revoke(workspace, id, now).await?;
        Ok(conn.audit_insert(&by.entry(Some(workspace), Action::ApiKeyRevoked, label(row))).await?)
    });
    write.await
}

/// Which key, in the audit log.
fn label(row: &ApiKey) -> String {
    format!("{} ({}…)", row.name, row.prefix)
}

fn facts(row: &ApiKey) -> serde_json::Value {
    json!({"scopes": row.scopes, "expires_at": row.expires_at.map(|end| end.utc().to_rfc3339())})
}

#[cfg(test)]
mod tests;
