//! A workspace's access to push networks. Every kind that has a provider has exactly one default.

use std::collections::HashMap;

use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{
    Channel, Environment, ProviderKind, ProviderStatus,
    providers::{NewProvider, ProviderPatch},
    values::{Credentials, JsonObject},
};
use serde_json::{Map, Value, json};

use super::{DomainError, Ground, Result, audit::Action, checks::Faults, credentials, facts::Facts, set_up};
use crate::{
    secrets::Keyring,
    store::{Conn, Json, ProviderId, Ts, Word, WorkspaceId, providers::Provider},
};

/// The channels that a kind of provider serves.
pub fn channels_of(kind: ProviderKind) -> Vec<Channel> {
    let served = |channel: &Channel| channel.provider_kind() == Some(kind);
    Channel::ALL.iter().copied().filter(served).collect()
}

/// Sets up a provider. Nothing is sent to its network.
///
/// # Errors
/// [`DomainError::Invalid`] names what is wrong with name, credentials or settings; 422 `kind_not_supported`.
pub async fn create(ground: &Ground, workspace: WorkspaceId, new: NewProvider) -> Result<Provider> {
    if !credentials::is_supported(new.kind) {
        let detail = format!("`{}` is not supported by this version; fcm and apns are", new.kind);
        return Err(DomainError::unprocessable("kind_not_supported", "/kind", detail));
    }
    let asked_default = new.is_default;
    let mut row = row_of(&ground.keyring, workspace, new, ground.clock.now())?;
    let by = ground.clone();
    let create = ground.write(workspace, async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        let first = conn.provider_default(workspace, row.kind.0).await?.is_none();
        if first && asked_default == Some(false) {
            let detail = "must be true or left out: the first provider of a kind is its default";
            return Err(DomainError::invalid("/is_default", detail));
        }
        row.is_default = asked_default.unwrap_or(first);
        if row.is_default {
            conn.provider_default_clear(workspace, row.kind.0).await?;
        }
        conn.provider_insert(&row).await?;
        let entry = by.entry(Some(workspace), Action::ProviderMade, label(&row));
        conn.audit_insert(&entry.with(facts(&row).made())).await?;
        Ok(row)
    });
    create.await
}

/// The provider as [`create`] would make it, kept nowhere: to ask its network first.
///
/// # Errors
/// As for [`create`].
pub fn draft(ground: &Ground, workspace: WorkspaceId, new: NewProvider) -> Result<Provider> {
    row_of(&ground.keyring, workspace, new, ground.clock.now())
}

/// The provider as [`patch`] would leave it, kept nowhere.
///
/// # Errors
/// As for [`patch`].
pub async fn draft_patched(
    ground: &Ground,
    workspace: WorkspaceId,
    id: ProviderId,
    patch: ProviderPatch,
) -> Result<Provider> {
    let mut row = get(ground, workspace, id).await?;
    let (change, _) = Change::check(row.kind.0, patch)?;
    change.apply(&ground.keyring, &mut row, ground.clock.now())?;
    Ok(row)
}

fn row_of(keyring: &Keyring, workspace: WorkspaceId, new: NewProvider, now: Ts) -> Result<Provider> {
    let mut faults = Faults::default();
    let name = new.name.unwrap_or_else(|| new.kind.to_string());
    faults.name("/name", &name);
    check_environment(&mut faults, new.kind, new.environment);
    let settings = Value::Object(new.settings.0);
    faults.take(credentials::check_settings(new.kind, &settings));
    let given = match new.credentials {
        Some(given) => read(&mut faults, new.kind, given),
        None => {
            faults.check(false, "/credentials", format!("is required for `{}`", new.kind));
            None
        }
    };
    faults.none()?;
    let (facts, given) = given.unwrap_or_default();
    let id = ProviderId::new(now);
    Ok(Provider {
        id,
        workspace_id: workspace,
        kind: Word(new.kind),
        name: name.trim().to_owned(),
        is_default: false,
        environment: Word(new.environment.unwrap_or(Environment::Production)),
        settings: Json(settings),
        facts: Json(Value::Object(facts)),
        credentials: credentials::seal(keyring, workspace, id.0.as_bytes(), &given)?,
        status: Word(ProviderStatus::Untested),
        status_reason: None,
        expires_at: None,
        changed_at: now,
        created_at: now,
        updated_at: now,
    })
}

fn check_environment(faults: &mut Faults, kind: ProviderKind, environment: Option<Environment>) {
    let holds = environment.is_none() || kind == ProviderKind::Apns;
    faults.check(holds, "/environment", "must be left out: only APNs has environments");
}

/// Credentials and the facts that may be shown of them.
fn read(faults: &mut Faults, kind: ProviderKind, given: Credentials) -> Option<(Map<String, Value>, Value)> {
    let given = Value::Object(given.into_inner());
    let facts = faults.take(credentials::facts(kind, &given))?;
    Some((facts, given))
}

/// The workspace's providers after `after`, at most `limit`, in the order of making.
pub async fn list(
    ground: &Ground,
    workspace: WorkspaceId,
    after: Option<ProviderId>,
    limit: i64,
) -> Result<Vec<Provider>> {
    Ok(ground.store.read(workspace).await?.providers(workspace, after, limit).await?)
}

/// The default provider of each kind that has providers.
pub async fn defaults(ground: &Ground, workspace: WorkspaceId) -> Result<HashMap<ProviderKind, ProviderId>> {
    let rows = ground.store.read(workspace).await?.provider_defaults(workspace).await?;
    Ok(rows.into_iter().map(|row| (row.kind.0, row.id)).collect())
}

/// One provider.
///
/// # Errors
/// [`DomainError::NotFound`] when this workspace has none of this id.
pub async fn get(ground: &Ground, workspace: WorkspaceId, id: ProviderId) -> Result<Provider> {
    found(&mut *ground.store.read(workspace).await?, workspace, id).await
}

async fn found(conn: &mut Conn, workspace: WorkspaceId, id: ProviderId) -> Result<Provider> {
    conn.provider(workspace, id).await?.ok_or(DomainError::NotFound("provider"))
}

/// Changes a provider: what the patch leaves out stays. New credentials or another environment count as a change of
/// the provider, after which it is untested.
///
/// # Errors
/// [`DomainError::NotFound`], or [`DomainError::Invalid`] for members that cannot be taken.
pub async fn patch(
    ground: &Ground,
    workspace: WorkspaceId,
    id: ProviderId,
    patch: ProviderPatch,
) -> Result<Provider> {
    let kind = get(ground, workspace, id).await?.kind.0;
    let (change, is_default) = Change::check(kind, patch)?;
    let (by, now) = (ground.clone(), ground.clock.now());
    let write = ground.write(workspace, async move |conn| {
        conn.workspace_revise(workspace).await?;
        let mut row = found(conn, workspace, id).await?;
        let before = facts(&row);
        change.apply(&by.keyring, &mut row, now)?;
        match is_default {
            Some(true) => {
                conn.provider_default_clear(workspace, kind).await?;
                row.is_default = true;
            }
            Some(false) if row.is_default => {
                let detail = "cannot be taken away: make another provider of this kind the default instead";
                return Err(DomainError::invalid("/is_default", detail));
            }
            _ => {}
        }
        row.updated_at = now;
        conn.provider_update(&row).await?;
        let entry = by.entry(Some(workspace), Action::ProviderChanged, label(&row));
        conn.audit_insert(&entry.with(before.changes(&facts(&row)))).await?;
        Ok(row)
    });
    write.await
}

/// A patch that has been checked as far as it can be without the row.
struct Change {
    name: Option<String>,
    environment: MaybeUndefined<Environment>,
    settings: MaybeUndefined<JsonObject>,
    credentials: Option<(Map<String, Value>, Value)>,
}

impl Change {
    fn check(kind: ProviderKind, patch: ProviderPatch) -> Result<(Self, Option<bool>)> {
        let mut faults = Faults::default();
        if let Some(name) = &patch.name {
            faults.name("/name", name);
        }
        check_environment(&mut faults, kind, patch.environment.value().copied());
        let credentials = patch.credentials.and_then(|given| read(&mut faults, kind, given));
        faults.none()?;
        let ProviderPatch { name, environment, settings, is_default, .. } = patch;
        Ok((Self { name, environment, settings, credentials }, is_default))
    }

    fn apply(self, keyring: &Keyring, row: &mut Provider, now: Ts) -> Result<()> {
        let before = row.environment;
        match self.environment {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => row.environment = Word(Environment::Production),
            MaybeUndefined::Value(environment) => row.environment = Word(environment),
        }
        if let Some(name) = self.name {
            row.name = name.trim().to_owned();
        }
        if let Some(settings) = merged(&row.settings.0, self.settings) {
            let checked = credentials::check_settings(row.kind.0, &settings);
            checked.map_err(|fault| DomainError::Invalid(vec![fault]))?;
            row.settings = Json(settings);
        }
        let renewed = self.credentials.is_some();
        if let Some((facts, given)) = self.credentials {
            row.facts = Json(Value::Object(facts));
            row.credentials = credentials::seal(keyring, row.workspace_id, row.id.0.as_bytes(), &given)?;
        }
        if renewed || row.environment != before {
            row.changed_at = now;
            row.status = Word(ProviderStatus::Untested);
            row.status_reason = None;
        }
        Ok(())
    }
}

fn merged(stored: &Value, patch: MaybeUndefined<JsonObject>) -> Option<Value> {
    match patch {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Value::Object(Map::new())),
        MaybeUndefined::Value(patch) => {
            let mut settings = JsonObject(stored.as_object().cloned().unwrap_or_default());
            settings.merge(patch);
            Some(Value::Object(settings.0))
        }
    }
}

/// Deletes a provider. When it was the default, the oldest that is left of its kind becomes it.
///
/// # Errors
/// [`DomainError::NotFound`]; 409 `provider_in_use` with the number of bindings that ring through it.
pub async fn delete(ground: &Ground, workspace: WorkspaceId, id: ProviderId) -> Result<()> {
    let by = ground.clone();
    let delete = ground.write(workspace, async move |conn| {
        conn.lock(&set_up(workspace)).await?;
        conn.workspace_revise(workspace).await?;
        let row = found(conn, workspace, id).await?;
        let by_default = if row.is_default { channels_of(row.kind.0) } else { Vec::new() };
        let bindings = conn.provider_bindings(workspace, id, &by_default).await?;
        if bindings > 0 {
            let detail = format!("{bindings} bindings ring through it; move them to another provider first.");
            return Err(DomainError::Conflict { code: "provider_in_use", detail });
        }
        conn.provider_delete(workspace, id).await?;
        let entry = by.entry(Some(workspace), Action::ProviderDeleted, label(&row));
        conn.audit_insert(&entry).await?;
        if row.is_default
            && let Some(next) = conn.provider_oldest(workspace, row.kind.0).await?
        {
            conn.provider_update(&Provider { is_default: true, ..next }).await?;
        }
        Ok(())
    });
    delete.await
}

/// Which provider, in the audit log.
fn label(row: &Provider) -> String {
    format!("{} ({})", row.name, row.id)
}

/// What the audit log tells of it; the facts of its credentials are those that everybody may read.
fn facts(row: &Provider) -> Facts {
    let shown = json!({
        "kind": row.kind.0.as_str(),
        "name": row.name,
        "is_default": row.is_default,
        "environment": row.environment.0.as_str(),
        "settings": row.settings.0,
        "facts": row.facts.0,
    });
    Facts::new(shown).secret("credentials", Some(&row.credentials))
}

#[cfg(test)]
mod tests;
