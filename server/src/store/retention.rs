//! Deleting what the log need not keep.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Conn, NotificationId, Result, Ts, WorkspaceId,
    connection::run,
    schema::{attempts, deliveries, notifications, payloads, repeats, workspaces},
};

/// A call, and by what its repeats are known: its account and message.
type Marked = (NotificationId, String, String);

impl Conn {
    /// Workspaces after `after`, each with the days that it keeps its log.
    pub async fn workspaces_retention(
        &mut self,
        after: Option<WorkspaceId>,
        limit: i64,
    ) -> Result<Vec<(WorkspaceId, i32)>> {
        run!(self, |c| {
            let mut query =
                workspaces::table.select((workspaces::id, workspaces::retention_days)).into_boxed();
            if let Some(after) = after {
                query = query.filter(workspaces::id.gt(after));
            }
            Ok(query.order(workspaces::id).limit(limit).load(c).await?)
        })
    }

    /// When the call came that has `newer` newer ones in the workspace's log.
    pub async fn log_time_at(&mut self, workspace: WorkspaceId, newer: i64) -> Result<Option<Ts>> {
        run!(self, |c| {
            let of_workspace = notifications::table.filter(notifications::workspace_id.eq(workspace));
            let query = of_workspace.order(notifications::id.desc()).offset(newer).limit(1);
            Ok(query.select(notifications::received_at).first(c).await.optional()?)
        })
    }

    /// Deletes up to `limit` of the workspace's notifications that came before `before`, with all that hangs on them;
    /// answers how many there were. An id carries its time, so the oldest are found by the index of the log's pages.
    pub async fn log_forget(&mut self, workspace: WorkspaceId, before: Ts, limit: i64) -> Result<usize> {
        let old: Vec<Marked> = run!(self, |c| {
            let old = notifications::table
                .filter(notifications::workspace_id.eq(workspace))
                .filter(notifications::id.lt(NotificationId::first_of(before)))
                .filter(notifications::received_at.lt(before))
                .select((notifications::id, notifications::account_sid, notifications::message_id))
                .order(notifications::id)
                .limit(limit);
            old.load(c).await?
        });
        self.log_delete(workspace, &old).await
    }

    /// The same for calls to an identity, however young.
    pub async fn log_forget_identity(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        identity: &str,
        limit: i64,
    ) -> Result<usize> {
        let theirs: Vec<Marked> = run!(self, |c| {
            let theirs = notifications::table
                .filter(notifications::workspace_id.eq(workspace))
                .filter(notifications::identity.eq(identity))
                .filter(notifications::account_sid.eq(account_sid))
                .select((notifications::id, notifications::account_sid, notifications::message_id))
                .order(notifications::id)
                .limit(limit);
            theirs.load(c).await?
        });
        self.log_delete(workspace, &theirs).await
    }

    async fn log_delete(&mut self, workspace: WorkspaceId, calls: &[Marked]) -> Result<usize> {
        let ids: Vec<NotificationId> = calls.iter().map(|row| row.0).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        run!(self, |c| {
            diesel::delete(attempts::table.filter(attempts::notification_id.eq_any(&ids))).execute(c).await?;
            diesel::delete(deliveries::table.filter(deliveries::notification_id.eq_any(&ids)))
                .execute(c)
                .await?;
            diesel::delete(payloads::table.filter(payloads::notification_id.eq_any(&ids))).execute(c).await?;
            for (id, sid, message) in calls {
                let mark =
                    repeats::table.find((workspace, sid, message)).filter(repeats::notification_id.eq(id));
                diesel::delete(mark).execute(c).await?;
            }
            Ok(diesel::delete(notifications::table.filter(notifications::id.eq_any(&ids))).execute(c).await?)
        })
    }
}
