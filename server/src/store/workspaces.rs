//! Workspaces and the tokens of their webhook URLs.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::AnswerRule;

use super::{
    Across, Conn, Result, Ts, WebhookTokenId, Word, WorkspaceId,
    connection::run,
    schema::{webhook_tokens, workspaces},
};

/// A team and its settings. `revision` grows with every change to what the hot path keeps in memory.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = workspaces, treat_none_as_null = true)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    pub slug: String,
    pub answer: Word<AnswerRule>,
    pub answer_within_ms: i32,
    pub ring_ttl_seconds: i32,
    pub retention_days: i32,
    pub time_zone: String,
    pub revision: i64,
    pub created_at: Ts,
    pub updated_at: Ts,
    /// The operator has stopped it.
    pub disabled_at: Option<Ts>,
    /// When every row of it goes, once its owner has asked for that.
    pub deletes_at: Option<Ts>,
}

/// A token of a workspace's webhook URL: known by its hash, shown again from its sealed text.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_tokens, treat_none_as_default_value = false)]
pub struct WebhookToken {
    pub id: WebhookTokenId,
    pub workspace_id: WorkspaceId,
    pub token_hash: Vec<u8>,
    pub token_sealed: Vec<u8>,
    pub created_at: Ts,
    pub ends_at: Option<Ts>,
    pub last_used_at: Option<Ts>,
}

impl Across {
    /// The revisions of those of these workspaces that there are.
    pub async fn workspaces_revisions(&mut self, ids: &[WorkspaceId]) -> Result<Vec<(WorkspaceId, i64)>> {
        run!(self, |c| {
            let found = workspaces::table.filter(workspaces::id.eq_any(ids));
            Ok(found.select((workspaces::id, workspaces::revision)).load(c).await?)
        })
    }

    pub async fn workspace_insert(&mut self, row: &Workspace) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(workspaces::table).values(row).execute(c).await?;
            Ok(())
        })
    }
}

impl Conn {
    pub async fn workspace(&mut self, id: WorkspaceId) -> Result<Option<Workspace>> {
        run!(self, |c| {
            let query = workspaces::table.find(id).select(Workspace::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }

    /// Writes the settings and raises the revision.
    pub async fn workspace_update(&mut self, row: &Workspace) -> Result<bool> {
        let row = Workspace { revision: row.revision + 1, ..row.clone() };
        run!(self, |c| {
            let found = workspaces::table.find(row.id);
            Ok(diesel::update(found).set(&row).execute(c).await? > 0)
        })
    }

    /// Raises the revision: what any node keeps of this workspace in memory is out of date from the commit on.
    pub async fn workspace_revise(&mut self, id: WorkspaceId) -> Result<()> {
        run!(self, |c| {
            let raised = workspaces::revision.eq(workspaces::revision + 1);
            diesel::update(workspaces::table.find(id)).set(raised).execute(c).await?;
            Ok(())
        })
    }

    pub async fn workspace_revision(&mut self, id: WorkspaceId) -> Result<Option<i64>> {
        run!(self, |c| {
            let query = workspaces::table.find(id).select(workspaces::revision);
            Ok(query.first(c).await.optional()?)
        })
    }

    pub async fn webhook_token_insert(&mut self, row: &WebhookToken) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(webhook_tokens::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    pub async fn webhook_tokens(&mut self, workspace: WorkspaceId) -> Result<Vec<WebhookToken>> {
        run!(self, |c| {
            let of_workspace = webhook_tokens::table.filter(webhook_tokens::workspace_id.eq(workspace));
            let query = of_workspace.select(WebhookToken::as_select()).order(webhook_tokens::id);
            Ok(query.load(c).await?)
        })
    }
}

impl Across {
    /// The workspaces of those webhook tokens, given by their hashes, that there are.
    pub async fn webhook_token_owners(&mut self, hashes: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, WorkspaceId)>> {
        run!(self, |c| {
            let found = webhook_tokens::table.filter(webhook_tokens::token_hash.eq_any(hashes));
            Ok(found.select((webhook_tokens::token_hash, webhook_tokens::workspace_id)).load(c).await?)
        })
    }
}

impl Conn {
    pub async fn webhook_token_delete(&mut self, workspace: WorkspaceId, id: WebhookTokenId) -> Result<bool> {
        run!(self, |c| {
            let found = webhook_tokens::table.find(id).filter(webhook_tokens::workspace_id.eq(workspace));
            Ok(diesel::delete(found).execute(c).await? > 0)
        })
    }

    /// Gives every token of the workspace but `keep` an end, unless it has an earlier one.
    pub async fn webhook_tokens_end(
        &mut self,
        workspace: WorkspaceId,
        keep: WebhookTokenId,
        ends_at: Ts,
    ) -> Result<()> {
        run!(self, |c| {
            let later = webhook_tokens::ends_at.is_null().or(webhook_tokens::ends_at.gt(ends_at));
            let others = webhook_tokens::table
                .filter(webhook_tokens::workspace_id.eq(workspace))
                .filter(webhook_tokens::id.ne(keep))
                .filter(later);
            diesel::update(others).set(webhook_tokens::ends_at.eq(ends_at)).execute(c).await?;
            Ok(())
        })
    }

    pub async fn webhook_token_used(
        &mut self,
        workspace: WorkspaceId,
        id: WebhookTokenId,
        at: Ts,
    ) -> Result<()> {
        run!(self, |c| {
            let used = webhook_tokens::last_used_at.eq(at);
            let found = webhook_tokens::table.find(id).filter(webhook_tokens::workspace_id.eq(workspace));
            diesel::update(found).set(used).execute(c).await?;
            Ok(())
        })
    }
}
