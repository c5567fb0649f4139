//! Workspaces that are closed, and what goes when their time is over.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Across, AuditId, BindingId, Conn, Result, Ts, WorkspaceId,
    api_keys::ApiKey,
    connection::run,
    schema::{api_keys, audit_entries, bindings, members, payloads, repeats, rollups, users, workspaces},
    workspaces::Workspace,
};

impl Workspace {
    /// Whether it takes no calls and shows nothing: the operator has stopped it, or its owner has asked to delete it.
    pub fn is_closed(&self) -> bool {
        self.disabled_at.is_some() || self.deletes_at.is_some()
    }
}

impl Across {
    /// Whose API key this is, and their workspace: a look-up that knows no workspace yet.
    pub async fn api_key_opening(&mut self, hash: &[u8]) -> Result<Option<(ApiKey, Workspace)>> {
        run!(self, |c| {
            let query = api_keys::table
                .inner_join(workspaces::table.on(workspaces::id.eq(api_keys::workspace_id)))
                .filter(api_keys::key_hash.eq(hash))
                .select((ApiKey::as_select(), Workspace::as_select()));
            Ok(query.first(c).await.optional()?)
        })
    }

    /// Every workspace with the address of its owner, in the order of making.
    pub async fn workspaces_owned(&mut self) -> Result<Vec<(Workspace, Option<String>)>> {
        run!(self, |c| {
            let owner = members::workspace_id.eq(workspaces::id).and(members::role.eq("owner"));
            let query = workspaces::table
                .left_join(members::table.on(owner))
                .left_join(users::table.on(users::id.nullable().eq(members::user_id.nullable())))
                .select((Workspace::as_select(), users::email.nullable()))
                .order(workspaces::id);
            Ok(query.load(c).await?)
        })
    }

    /// Workspaces whose time is over at `now`.
    pub async fn workspaces_due(&mut self, now: Ts) -> Result<Vec<WorkspaceId>> {
        run!(self, |c| {
            let due = workspaces::table.filter(workspaces::deletes_at.le(now));
            Ok(due.select(workspaces::id).order(workspaces::deletes_at).load(c).await?)
        })
    }
}

impl Conn {
    /// Deletes up to `limit` bindings of a workspace; how many were found, as [`Conn::log_forget`] answers.
    pub async fn bindings_forget(&mut self, workspace: WorkspaceId, limit: i64) -> Result<usize> {
        run!(self, |c| {
            let some = bindings::table.filter(bindings::workspace_id.eq(workspace)).select(bindings::id);
            let ids: Vec<BindingId> = some.order(bindings::id).limit(limit).load(c).await?;
            diesel::delete(bindings::table.filter(bindings::id.eq_any(&ids))).execute(c).await?;
            Ok(ids.len())
        })
    }

    /// Deletes up to `limit` audit entries of a workspace that is going; how many were found, as [`Conn::log_forget`] answers.
    pub async fn audit_forget(&mut self, workspace: WorkspaceId, limit: i64) -> Result<usize> {
        run!(self, |c| {
            let some = audit_entries::table.filter(audit_entries::workspace_id.eq(workspace));
            let some = some.select(audit_entries::id).order(audit_entries::id).limit(limit);
            let ids: Vec<AuditId> = some.load(c).await?;
            diesel::delete(audit_entries::table.filter(audit_entries::id.eq_any(&ids))).execute(c).await?;
            Ok(ids.len())
        })
    }
}

impl Across {
    /// Deletes a workspace whose log, bindings and audit entries are gone, with all that hangs on it.
    pub async fn workspace_delete(&mut self, id: WorkspaceId) -> Result<bool> {
        run!(self, |c| {
            diesel::delete(repeats::table.filter(repeats::workspace_id.eq(id))).execute(c).await?;
            diesel::delete(payloads::table.filter(payloads::workspace_id.eq(id))).execute(c).await?;
            diesel::delete(rollups::table.filter(rollups::workspace_id.eq(id))).execute(c).await?;
            Ok(diesel::delete(workspaces::table.find(id)).execute(c).await? > 0)
        })
    }
}
