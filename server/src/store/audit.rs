//! The audit log: who changed what, when and from where. Entries are never changed.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{AuditId, Conn, Json, Result, Ts, UserId, WorkspaceId, connection::run, schema::audit_entries};

/// One change. `workspace_id` is whose log it stands in; a change to a person's own account stands in `user_id`'s.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub struct AuditEntry {
    pub id: AuditId,
    pub workspace_id: Option<WorkspaceId>,
    pub user_id: Option<UserId>,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub changes: Json,
    pub address: String,
    pub at: Ts,
}

impl Conn {
    pub async fn audit_insert(&mut self, row: &AuditEntry) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(audit_entries::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// A workspace's entries before `before`, the latest first.
    pub async fn audit_page(
        &mut self,
        workspace: WorkspaceId,
        before: Option<AuditId>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>> {
        run!(self, |c| {
            let of_workspace = audit_entries::table.filter(audit_entries::workspace_id.eq(workspace));
            let mut query = of_workspace.select(AuditEntry::as_select()).into_boxed();
            if let Some(before) = before {
                query = query.filter(audit_entries::id.lt(before));
            }
            Ok(query.order(audit_entries::id.desc()).limit(limit).load(c).await?)
        })
    }
}
