//! What the operator gave single workspaces in place of what every workspace has.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Conn, Result, WorkspaceId, connection::run, schema::workspace_quotas};

/// One workspace's own quotas; `None`: what every workspace has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = workspace_quotas)]
pub struct Quotas {
    pub calls_per_second: Option<i64>,
}

impl Conn {
    /// The workspace's own quotas, if it was ever given any.
    pub async fn workspace_quotas(&mut self, workspace: WorkspaceId) -> Result<Option<Quotas>> {
        run!(self, |c| {
            let found = workspace_quotas::table.find(workspace).select(Quotas::as_select());
            Ok(found.first(c).await.optional()?)
        })
    }

    /// Gives the workspace a rate of calls of its own, or takes it back.
    pub async fn workspace_quota_calls_per_second(
        &mut self,
        workspace: WorkspaceId,
        calls_per_second: Option<i64>,
    ) -> Result<()> {
        run!(self, |c| {
            let rate = workspace_quotas::calls_per_second.eq(calls_per_second);
            let row = (workspace_quotas::workspace_id.eq(workspace), rate);
            let insert = diesel::insert_into(workspace_quotas::table).values(row);
            let upsert = insert.on_conflict(workspace_quotas::workspace_id).do_update().set(rate);
            upsert.execute(c).await?;
            Ok(())
        })
    }
}
