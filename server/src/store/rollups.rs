//! What happened in a minute or an hour, counted once and kept.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{Cause, Channel, DeliveryState, Outcome};

use super::{
    Across, Conn, DeliveryId, Json, NotificationId, Result, Ts, Word, WorkspaceId,
    connection::run,
    range::Range,
    schema::{deliveries, notifications, rollups},
};

ringhook_openapi::words! {
    /// How long a rollup is.
    Span {
        Minute = "minute",
        Hour = "hour",
    }
}

/// What was counted of one workspace from `at` on, for one span.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rollups)]
pub struct Rollup {
    pub workspace_id: WorkspaceId,
    pub span: Word<Span>,
    pub at: Ts,
    pub counts: Json,
}

/// A call, as it is counted.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = notifications)]
pub struct CountedCall {
    pub id: NotificationId,
    pub workspace_id: WorkspaceId,
    pub received_at: Ts,
    pub outcome: Word<Outcome>,
    pub answer_status: Option<i32>,
}

/// A delivery, as it is counted.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = deliveries)]
pub struct CountedDelivery {
    pub id: DeliveryId,
    pub workspace_id: WorkspaceId,
    pub notification_id: NotificationId,
    pub channel: Word<Channel>,
    pub state: Word<DeliveryState>,
    pub cause: Option<Word<Cause>>,
    pub reason: Option<String>,
    pub created_at: Ts,
    pub ended_at: Option<Ts>,
}

impl Conn {
    /// Keeps a rollup; one that is kept already is replaced, so that counting twice counts once.
    pub async fn rollup_put(&mut self, row: &Rollup) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(rollups::table)
                .values(row)
                .on_conflict((rollups::workspace_id, rollups::span, rollups::at))
                .do_update()
                .set(rollups::counts.eq(&row.counts))
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// The workspace's rollups from `since` on, in order.
    pub async fn rollups(&mut self, workspace: WorkspaceId, span: Span, since: Ts) -> Result<Vec<Rollup>> {
        run!(self, |c| {
            let found = rollups::table
                .filter(rollups::workspace_id.eq(workspace))
                .filter(rollups::span.eq(Word(span)))
                .filter(rollups::at.ge(since));
            Ok(found.select(Rollup::as_select()).order(rollups::at).load(c).await?)
        })
    }
}

impl Across {
    /// Every workspace's rollups of a span that begin from `since` on and before `until`.
    pub async fn rollups_between(&mut self, span: Span, since: Ts, until: Ts) -> Result<Vec<Rollup>> {
        run!(self, |c| {
            let found = rollups::table
                .filter(rollups::span.eq(Word(span)))
                .filter(rollups::at.ge(since))
                .filter(rollups::at.lt(until));
            Ok(found.select(Rollup::as_select()).load(c).await?)
        })
    }

    /// The beginning of the latest rollup of a span, whoever's.
    pub async fn rollup_latest(&mut self, span: Span) -> Result<Option<Ts>> {
        run!(self, |c| {
            let latest = rollups::table.filter(rollups::span.eq(Word(span))).order(rollups::at.desc());
            Ok(latest.select(rollups::at).first(c).await.optional()?)
        })
    }

    /// The beginning of the first rollup of a span from `since` on, whoever's.
    pub async fn rollup_first(&mut self, span: Span, since: Ts) -> Result<Option<Ts>> {
        run!(self, |c| {
            let first = rollups::table.filter(rollups::span.eq(Word(span))).filter(rollups::at.ge(since));
            Ok(first.select(rollups::at).order(rollups::at).first(c).await.optional()?)
        })
    }

    /// Deletes the rollups of a span that began before `before`; how many there were.
    pub async fn rollups_forget(&mut self, span: Span, before: Ts) -> Result<usize> {
        run!(self, |c| {
            let old = rollups::table.filter(rollups::span.eq(Word(span))).filter(rollups::at.lt(before));
            Ok(diesel::delete(old).execute(c).await?)
        })
    }

    /// When the first call came from `since` on, whoever's. An id carries its time.
    pub async fn log_next(&mut self, since: Ts) -> Result<Option<Ts>> {
        run!(self, |c| {
            let later = notifications::table.filter(notifications::id.ge(NotificationId::first_of(since)));
            Ok(later.select(notifications::received_at).order(notifications::id).first(c).await.optional()?)
        })
    }

    /// Everybody's calls that came from `since` on and before `until`, the latest `limit` of them.
    pub async fn calls_counted_of_all(
        &mut self,
        since: Ts,
        until: Ts,
        limit: i64,
    ) -> Result<Vec<CountedCall>> {
        self.counted(None, since, until, limit).await
    }

    /// The deliveries of some calls, whoever's.
    pub async fn deliveries_counted_of_all(
        &mut self,
        calls: &[NotificationId],
    ) -> Result<Vec<CountedDelivery>> {
        let range = Range::of(calls);
        run!(self, |c| {
            let found = deliveries::table
                .filter(deliveries::notification_id.eq_any(calls))
                .filter(deliveries::notification_id.between(range.first, range.last));
            Ok(found.select(CountedDelivery::as_select()).load(c).await?)
        })
    }
}

impl Conn {
    /// Calls of the workspace that came from `since` on and before `until`, the latest `limit` of them.
    pub async fn calls_counted(
        &mut self,
        workspace: WorkspaceId,
        since: Ts,
        until: Ts,
        limit: i64,
    ) -> Result<Vec<CountedCall>> {
        self.counted(Some(workspace), since, until, limit).await
    }

    async fn counted(
        &mut self,
        workspace: Option<WorkspaceId>,
        since: Ts,
        until: Ts,
        limit: i64,
    ) -> Result<Vec<CountedCall>> {
        run!(self, |c| {
            let mut query = notifications::table.select(CountedCall::as_select()).into_boxed();
            if let Some(workspace) = workspace {
                query = query.filter(notifications::workspace_id.eq(workspace));
            }
            let found = query
                .filter(notifications::id.ge(NotificationId::first_of(since)))
                .filter(notifications::id.lt(NotificationId::first_of(until)));
            Ok(found.order(notifications::id.desc()).limit(limit).load(c).await?)
        })
    }

    /// The deliveries of some calls of the workspace.
    pub async fn deliveries_counted(
        &mut self,
        workspace: WorkspaceId,
        calls: &[NotificationId],
    ) -> Result<Vec<CountedDelivery>> {
        let range = Range::of(calls);
        run!(self, |c| {
            let found = deliveries::table
                .filter(deliveries::workspace_id.eq(workspace))
                .filter(deliveries::notification_id.eq_any(calls))
                .filter(deliveries::notification_id.between(range.first, range.last));
            Ok(found.select(CountedDelivery::as_select()).load(c).await?)
        })
    }
}
