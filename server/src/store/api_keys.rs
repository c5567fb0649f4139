//! API keys of workspaces, known by their hash.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{ApiKeyId, Conn, Result, Ts, WorkspaceId, connection::run, schema::api_keys};

/// An API key; `scopes` are words with a space between.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub prefix: String,
    pub key_hash: Vec<u8>,
    pub scopes: String,
    pub created_at: Ts,
    pub expires_at: Option<Ts>,
    pub last_used_at: Option<Ts>,
    pub revoked_at: Option<Ts>,
}

impl Conn {
    pub async fn api_key_insert(&mut self, row: &ApiKey) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(api_keys::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// The workspace's keys, those that have ended among them.
    pub async fn api_keys(&mut self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        run!(self, |c| {
            let of_workspace = api_keys::table.filter(api_keys::workspace_id.eq(workspace));
            Ok(of_workspace.select(ApiKey::as_select()).order(api_keys::id).load(c).await?)
        })
    }

    /// Ends the key at `at`.
    pub async fn api_key_expire(&mut self, workspace: WorkspaceId, id: ApiKeyId, at: Ts) -> Result<bool> {
        run!(self, |c| {
            let found = api_keys::table.find(id).filter(api_keys::workspace_id.eq(workspace));
            Ok(diesel::update(found).set(api_keys::expires_at.eq(at)).execute(c).await? > 0)
        })
    }

    /// Ends the key now.
    pub async fn api_key_revoke(&mut self, workspace: WorkspaceId, id: ApiKeyId, now: Ts) -> Result<bool> {
        run!(self, |c| {
            let found = api_keys::table.find(id).filter(api_keys::workspace_id.eq(workspace));
            Ok(diesel::update(found).set(api_keys::revoked_at.eq(now)).execute(c).await? > 0)
        })
    }

    /// Notes that the key was used at `at`, unless a use since `recent` is noted already.
    pub async fn api_key_used(
        &mut self,
        workspace: WorkspaceId,
        id: ApiKeyId,
        at: Ts,
        recent: Ts,
    ) -> Result<()> {
        run!(self, |c| {
            let stale = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(recent));
            let found = api_keys::table.find(id).filter(api_keys::workspace_id.eq(workspace)).filter(stale);
            diesel::update(found).set(api_keys::last_used_at.eq(at)).execute(c).await?;
            Ok(())
        })
    }
}
