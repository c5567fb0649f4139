//! API keys of workspaces, known by their hash.

use diesel::{OptionalExtension, prelude::*};
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

    /// Whose key this is: a look-up that knows no workspace yet.
    pub async fn api_key_by_hash(&mut self, hash: &[u8]) -> Result<Option<ApiKey>> {
        run!(self, |c| {
            let query = api_keys::table.filter(api_keys::key_hash.eq(hash)).select(ApiKey::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }
}
