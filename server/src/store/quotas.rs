//! What the operator gave single workspaces in place of what every workspace has.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Across, Conn, Result, WorkspaceId, connection::run, schema::workspace_quotas};

/// One workspace's own quotas; `None`: what every workspace has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = workspace_quotas, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Quotas {
    pub calls_per_second: Option<i64>,
    pub bindings: Option<i64>,
    pub stored_calls: Option<i64>,
    pub sockets: Option<i64>,
    pub event_endpoints: Option<i64>,
    pub members: Option<i64>,
}

impl Conn {
    /// The workspace's own quotas, if it was ever given any.
    pub async fn workspace_quotas(&mut self, workspace: WorkspaceId) -> Result<Option<Quotas>> {
        run!(self, |c| {
            let found = workspace_quotas::table.find(workspace).select(Quotas::as_select());
            Ok(found.first(c).await.optional()?)
        })
    }
}

impl Across {
    /// Gives the workspace these quotas of its own.
    pub async fn workspace_quotas_set(&mut self, workspace: WorkspaceId, quotas: &Quotas) -> Result<()> {
        run!(self, |c| {
            let row = (workspace_quotas::workspace_id.eq(workspace), quotas);
            let insert = diesel::insert_into(workspace_quotas::table).values(row);
            let upsert = insert.on_conflict(workspace_quotas::workspace_id).do_update().set(quotas);
            upsert.execute(c).await?;
            Ok(())
        })
    }
}
