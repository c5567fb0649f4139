//! Push providers of workspaces; their credentials are sealed.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{Channel, Environment, ProviderKind, ProviderStatus};

use super::{
    Conn, Json, ProviderId, Result, Ts, Word, WorkspaceId,
    connection::run,
    schema::{bindings, providers},
};

/// A push provider. `facts` is what can be read off its credentials; `changed_at` is when credentials or environment
/// last changed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = providers, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Provider {
    pub id: ProviderId,
    pub workspace_id: WorkspaceId,
    pub kind: Word<ProviderKind>,
    pub name: String,
    pub is_default: bool,
    pub environment: Word<Environment>,
    pub settings: Json,
    pub facts: Json,
    pub credentials: Vec<u8>,
    pub status: Word<ProviderStatus>,
    pub status_reason: Option<String>,
    pub expires_at: Option<Ts>,
    pub changed_at: Ts,
    pub created_at: Ts,
    pub updated_at: Ts,
}

impl Conn {
    pub async fn provider_insert(&mut self, row: &Provider) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(providers::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    pub async fn provider(&mut self, workspace: WorkspaceId, id: ProviderId) -> Result<Option<Provider>> {
        run!(self, |c| {
            let found = providers::table.find(id).filter(providers::workspace_id.eq(workspace));
            Ok(found.select(Provider::as_select()).first(c).await.optional()?)
        })
    }

    /// The workspace's providers: each one's kind, and whether it is the default one.
    pub async fn provider_kinds(
        &mut self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(ProviderId, Word<ProviderKind>, bool)>> {
        run!(self, |c| {
            let of_workspace = providers::table.filter(providers::workspace_id.eq(workspace));
            let columns = (providers::id, providers::kind, providers::is_default);
            Ok(of_workspace.select(columns).load(c).await?)
        })
    }

    /// The provider that serves bindings of this kind that name none.
    pub async fn provider_default(
        &mut self,
        workspace: WorkspaceId,
        kind: ProviderKind,
    ) -> Result<Option<Provider>> {
        run!(self, |c| {
            let found = providers::table
                .filter(providers::workspace_id.eq(workspace))
                .filter(providers::kind.eq(Word(kind)))
                .filter(providers::is_default);
            Ok(found.select(Provider::as_select()).first(c).await.optional()?)
        })
    }

    /// The default provider of every kind that has one.
    pub async fn provider_defaults(&mut self, workspace: WorkspaceId) -> Result<Vec<Provider>> {
        run!(self, |c| {
            let of_workspace = providers::table.filter(providers::workspace_id.eq(workspace));
            let defaults = of_workspace.filter(providers::is_default);
            Ok(defaults.select(Provider::as_select()).order(providers::id).load(c).await?)
        })
    }

    /// The provider of this kind that was made first.
    pub async fn provider_oldest(
        &mut self,
        workspace: WorkspaceId,
        kind: ProviderKind,
    ) -> Result<Option<Provider>> {
        run!(self, |c| {
            let found = providers::table
                .filter(providers::workspace_id.eq(workspace))
                .filter(providers::kind.eq(Word(kind)));
            Ok(found.select(Provider::as_select()).order(providers::id).first(c).await.optional()?)
        })
    }

    /// The workspace's providers after `after`, in the order of making.
    pub async fn providers(
        &mut self,
        workspace: WorkspaceId,
        after: Option<ProviderId>,
        limit: i64,
    ) -> Result<Vec<Provider>> {
        run!(self, |c| {
            let of_workspace = providers::table.filter(providers::workspace_id.eq(workspace));
            let mut query = of_workspace.select(Provider::as_select()).into_boxed();
            if let Some(after) = after {
                query = query.filter(providers::id.gt(after));
            }
            Ok(query.order(providers::id).limit(limit).load(c).await?)
        })
    }

    pub async fn provider_update(&mut self, row: &Provider) -> Result<bool> {
        run!(self, |c| {
            let found = providers::table.find(row.id).filter(providers::workspace_id.eq(row.workspace_id));
            Ok(diesel::update(found).set(row).execute(c).await? > 0)
        })
    }

    /// Takes the default mark from whatever provider of this kind holds it.
    pub async fn provider_default_clear(&mut self, workspace: WorkspaceId, kind: ProviderKind) -> Result<()> {
        run!(self, |c| {
            let holders = providers::table
                .filter(providers::workspace_id.eq(workspace))
                .filter(providers::kind.eq(Word(kind)))
                .filter(providers::is_default);
            diesel::update(holders).set(providers::is_default.eq(false)).execute(c).await?;
            Ok(())
        })
    }

    /// How many bindings this provider serves: those that name it and, on `channels`, those that name none.
    pub async fn provider_bindings(
        &mut self,
        workspace: WorkspaceId,
        id: ProviderId,
        channels: &[Channel],
    ) -> Result<i64> {
        run!(self, |c| {
            let channels = channels.iter().copied().map(Word);
            let by_default = bindings::provider_id.is_null().and(bindings::channel.eq_any(channels));
            let served = bindings::table
                .filter(bindings::workspace_id.eq(workspace))
                .filter(bindings::provider_id.eq(id).or(by_default));
            Ok(served.count().get_result(c).await?)
        })
    }

    pub async fn provider_delete(&mut self, workspace: WorkspaceId, id: ProviderId) -> Result<bool> {
        run!(self, |c| {
            let found = providers::table.find(id).filter(providers::workspace_id.eq(workspace));
            Ok(diesel::delete(found).execute(c).await? > 0)
        })
    }
}
