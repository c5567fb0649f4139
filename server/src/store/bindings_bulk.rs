//! Many bindings changed at once, by their ids.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ringhook_openapi::BindingStatus;

use super::{
    BindingId, Conn, Result, Ts, Word, WorkspaceId, bindings::Binding, connection::run, schema::bindings,
};

impl Conn {
    /// The workspace's bindings of these ids.
    pub async fn bindings_of_ids(
        &mut self,
        workspace: WorkspaceId,
        ids: &[BindingId],
    ) -> Result<Vec<Binding>> {
        run!(self, |c| {
            let found =
                bindings::table.filter(bindings::workspace_id.eq(workspace)).filter(bindings::id.eq_any(ids));
            Ok(found.select(Binding::as_select()).order(bindings::id).load(c).await?)
        })
    }

    /// How many of the workspace's bindings are inactive, counted up to `limit`.
    pub async fn bindings_inactive(&mut self, workspace: WorkspaceId, limit: i64) -> Result<i64> {
        run!(self, |c| {
            let inactive = bindings::table
                .filter(bindings::workspace_id.eq(workspace))
                .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("status = 'inactive'"));
            let ids: Vec<BindingId> = inactive.select(bindings::id).limit(limit).load(c).await?;
            Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
        })
    }

    /// Deletes an identity's bindings of a device id; answers how many there were.
    pub async fn bindings_delete_device(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        identity: &str,
        device_id: &str,
    ) -> Result<usize> {
        run!(self, |c| {
            let found = bindings::table
                .filter(bindings::workspace_id.eq(workspace))
                .filter(bindings::identity.eq(identity))
                .filter(bindings::account_sid.eq(account_sid))
                .filter(bindings::device_id.eq(device_id));
            Ok(diesel::delete(found).execute(c).await?)
        })
    }

    /// Deletes some of the workspace's bindings; answers how many there were.
    pub async fn bindings_delete_ids(&mut self, workspace: WorkspaceId, ids: &[BindingId]) -> Result<usize> {
        run!(self, |c| {
            let found =
                bindings::table.filter(bindings::workspace_id.eq(workspace)).filter(bindings::id.eq_any(ids));
            Ok(diesel::delete(found).execute(c).await?)
        })
    }

    /// Sets whether some of the workspace's bindings ring, with the `reason` where they do not; answers how many
    /// changed.
    pub async fn bindings_set_status(
        &mut self,
        workspace: WorkspaceId,
        ids: &[BindingId],
        status: BindingStatus,
        reason: Option<&str>,
        now: Ts,
    ) -> Result<usize> {
        run!(self, |c| {
            let found = bindings::table
                .filter(bindings::workspace_id.eq(workspace))
                .filter(bindings::id.eq_any(ids))
                .filter(bindings::status.ne(Word(status)));
            let set = (
                bindings::status.eq(Word(status)),
                bindings::inactive_reason.eq(reason),
                bindings::inactive_at.eq(reason.map(|_| now)),
                bindings::updated_at.eq(now),
            );
            Ok(diesel::update(found).set(set).execute(c).await?)
        })
    }
}
