//! Deleting what the log need not keep.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Across, Conn, NotificationId, Result, Ts, WorkspaceId,
    connection::run,
    range::Range,
    schema::{attempts, deliveries, notifications, payloads, repeats, workspaces},
};

/// A call, and by what its repeats are known: its account and message.
type Marked = (NotificationId, String, String);

impl Across {
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

    /// The days of the workspace that keeps its log longest, if there is one.
    pub async fn retention_longest(&mut self) -> Result<Option<i32>> {
        run!(self, |c| Ok(workspaces::table
            .select(diesel::dsl::max(workspaces::retention_days))
            .first(c)
            .await?))
    }
}

impl Conn {
    /// When the call came that has `newer` newer ones in the workspace's log, to the millisecond that its id holds: so the
    /// index is all that is read.
    pub async fn log_time_at(&mut self, workspace: WorkspaceId, newer: i64) -> Result<Option<Ts>> {
        run!(self, |c| {
            let of_workspace = notifications::table.filter(notifications::workspace_id.eq(workspace));
            let query = of_workspace.order(notifications::id.desc()).offset(newer).limit(1);
            let id: Option<NotificationId> = query.select(notifications::id).first(c).await.optional()?;
            Ok(id.map(NotificationId::time))
        })
    }

    /// Deletes up to `limit` of the workspace's notifications that came before `before`, with all that hangs on them;
    /// answers how many were found: none is left when there were none, also where another node deletes the same at the same
    /// time. An id carries its time, so the oldest are found by the index of the log's pages.
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
        let range = Range::of(&ids);
        run!(self, |c| {
            let theirs = attempts::table
                .filter(attempts::notification_id.eq_any(&ids))
                .filter(attempts::notification_id.between(range.first, range.last));
            diesel::delete(theirs).execute(c).await?;
            let theirs = deliveries::table
                .filter(deliveries::notification_id.eq_any(&ids))
                .filter(deliveries::notification_id.between(range.first, range.last));
            diesel::delete(theirs).execute(c).await?;
            diesel::delete(payloads::table.filter(payloads::notification_id.eq_any(&ids))).execute(c).await?;
            for (id, sid, message) in calls {
                let mark =
                    repeats::table.find((workspace, sid, message)).filter(repeats::notification_id.eq(id));
                diesel::delete(mark).execute(c).await?;
            }
            let they = notifications::table
                .filter(notifications::id.eq_any(&ids))
                .filter(notifications::id.between(range.first, range.last));
            diesel::delete(they).execute(c).await?;
            // Not how many went: whoever waits here for another that deletes them finds them gone, and more behind them.
            Ok(ids.len())
        })
    }
}

#[cfg(test)]
mod tests;
