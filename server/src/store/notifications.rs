//! The log: notifications, as they are read.

use std::time::Duration;

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{Cause, Channel, DeliveryState, Outcome};

use super::{
    AttemptId, BindingId, Conn, DeliveryId, Json, NodeId, NotificationId, ProviderId, Result, Ts, Word,
    WorkspaceId,
    connection::run,
    range::{Range, Window},
    schema::{attempts, deliveries, notifications},
};

/// One call's notification. `payload` is its JSON without `twi_bridge_token`; `detail` is a sentence for people.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
pub struct Notification {
    pub id: NotificationId,
    pub workspace_id: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
    pub call_sid: String,
    pub message_id: String,
    pub message_type: String,
    pub payload: String,
    pub idempotency_token: Option<String>,
    pub test: bool,
    pub received_at: Ts,
    pub outcome: Word<Outcome>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub answer_status: Option<i32>,
    pub answer_after_ms: Option<i32>,
    pub ended_at: Option<Ts>,
}

/// One notification on its way to one device. Until it ends it is leased to the node that works on it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct Delivery {
    pub id: DeliveryId,
    pub workspace_id: WorkspaceId,
    pub notification_id: NotificationId,
    pub binding_id: BindingId,
    pub channel: Word<Channel>,
    pub provider_id: Option<ProviderId>,
    pub device_id: Option<String>,
    pub state: Word<DeliveryState>,
    pub cause: Option<Word<Cause>>,
    pub reason: Option<String>,
    pub tries: i32,
    pub created_at: Ts,
    pub expires_at: Ts,
    pub next_attempt_at: Ts,
    pub lease_owner: Option<NodeId>,
    pub lease_until: Option<Ts>,
    pub ended_at: Option<Ts>,
    pub acknowledged_after_ms: Option<i32>,
}

impl Delivery {
    /// Whether it is still to be rung, and at `now` by `node` alone.
    pub fn is_leased_to(&self, node: NodeId, now: Ts) -> bool {
        let held = self.lease_owner == Some(node) && self.lease_until.is_some_and(|until| until > now);
        held && self.state.0 == DeliveryState::Pending
    }
}

/// One try of a delivery, with the network's own words.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub struct Attempt {
    pub id: AttemptId,
    pub workspace_id: WorkspaceId,
    pub notification_id: NotificationId,
    pub delivery_id: DeliveryId,
    pub at: Ts,
    pub outcome: Word<ringhook_openapi::AttemptOutcome>,
    pub cause: Option<Word<Cause>>,
    pub status: Option<i32>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub left_out: Json,
    pub provider_message_id: Option<String>,
    pub latency_ms: i32,
}

/// An id holds its time in milliseconds.
pub(super) const MILLISECOND: Duration = Duration::from_millis(1);

/// Which notifications a list shows; all that is given must hold.
#[derive(Debug, Default, Clone)]
pub struct NotificationFilter {
    pub account_sid: Option<String>,
    pub identity: Option<String>,
    pub call_sid: Option<String>,
    pub message_id: Option<String>,
    pub outcome: Option<Outcome>,
    pub since: Option<Ts>,
    pub until: Option<Ts>,
}

/// A call's delivery, as a list shows it: which channel, and how it stands.
pub type DeliveryGlance = (NotificationId, Word<Channel>, Word<DeliveryState>);

impl NotificationFilter {
    /// The newest that a list can show of what came before `before`.
    pub(super) fn ends(&self, before: Option<NotificationId>, now: Ts) -> Ts {
        let ends = [Some(now), self.until, before.map(NotificationId::time)];
        ends.into_iter().flatten().min().unwrap_or(now)
    }

    /// Whether one that was read by its id passes.
    pub fn passes(&self, row: &Notification) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        same(&self.account_sid, &row.account_sid)
            && same(&self.identity, &row.identity)
            && same(&self.call_sid, &row.call_sid)
            && same(&self.message_id, &row.message_id)
            && self.outcome.is_none_or(|outcome| outcome == row.outcome.0)
            && self.since.is_none_or(|since| row.received_at >= since)
            && self.until.is_none_or(|until| row.received_at < until)
    }
}

/// The rare outcomes have an index of their own; said in so many words, or no database sees that it holds them all.
const TROUBLE: &str = "notifications.outcome NOT IN ('accepted', 'in_progress')";

impl Conn {
    pub async fn notification_insert(&mut self, row: &Notification) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(notifications::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    pub async fn notification(
        &mut self,
        workspace: WorkspaceId,
        id: NotificationId,
    ) -> Result<Option<Notification>> {
        run!(self, |c| {
            let found = notifications::table.find(id).filter(notifications::workspace_id.eq(workspace));
            Ok(found.select(Notification::as_select()).first(c).await.optional()?)
        })
    }

    /// The workspace's notifications before `before` that pass the filter, newest first; from `now` back, a few days
    /// first, and more where these hold too few.
    pub async fn notifications(
        &mut self,
        workspace: WorkspaceId,
        filter: &NotificationFilter,
        before: Option<NotificationId>,
        now: Ts,
        limit: i64,
    ) -> Result<Vec<Notification>> {
        let mut found = Vec::new();
        for window in self.windows(filter.ends(before, now), filter.since) {
            let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
            found.extend(self.notifications_within(workspace, filter, before, window, missing).await?);
            if i64::try_from(found.len()).unwrap_or(limit) >= limit {
                break;
            }
        }
        Ok(found)
    }

    async fn notifications_within(
        &mut self,
        workspace: WorkspaceId,
        filter: &NotificationFilter,
        before: Option<NotificationId>,
        window: Window,
        limit: i64,
    ) -> Result<Vec<Notification>> {
        run!(self, |c| {
            let of_workspace = notifications::table.filter(notifications::workspace_id.eq(workspace));
            let mut query = of_workspace.select(Notification::as_select()).into_boxed();
            if let Some(sid) = &filter.account_sid {
                query = query.filter(notifications::account_sid.eq(sid));
            }
            if let Some(identity) = &filter.identity {
                query = query.filter(notifications::identity.eq(identity));
            }
            if let Some(sid) = &filter.call_sid {
                query = query.filter(notifications::call_sid.eq(sid));
            }
            if let Some(message) = &filter.message_id {
                query = query.filter(notifications::message_id.eq(message));
            }
            if let Some(outcome) = filter.outcome {
                query = query.filter(notifications::outcome.eq(Word(outcome)));
                if !matches!(outcome, Outcome::Accepted | Outcome::InProgress) {
                    query = query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>(TROUBLE));
                }
            }
            if let Some(since) = filter.since {
                query = query.filter(notifications::received_at.ge(since));
                query = query.filter(notifications::id.ge(NotificationId::first_of(since)));
            }
            if let Some(until) = filter.until {
                query = query.filter(notifications::received_at.lt(until));
                query = query.filter(notifications::id.lt(NotificationId::first_of(until + MILLISECOND)));
            }
            if let Some(before) = before {
                query = query.filter(notifications::id.lt(before));
            }
            if let Some(from) = window.from {
                query = query.filter(notifications::id.ge(from));
            }
            if let Some(to) = window.to {
                query = query.filter(notifications::id.lt(to));
            }
            Ok(query.order(notifications::id.desc()).limit(limit).load(c).await?)
        })
    }

    /// Some of the workspace's notifications, newest first.
    pub async fn notifications_of_ids(
        &mut self,
        workspace: WorkspaceId,
        ids: &[NotificationId],
    ) -> Result<Vec<Notification>> {
        let range = Range::of(ids);
        run!(self, |c| {
            let found = notifications::table
                .filter(notifications::id.eq_any(ids))
                .filter(notifications::id.between(range.first, range.last))
                .filter(notifications::workspace_id.eq(workspace));
            Ok(found.select(Notification::as_select()).order(notifications::id.desc()).load(c).await?)
        })
    }

    /// Which channels those notifications were sent through, and where each delivery stands.
    pub async fn delivery_states(
        &mut self,
        workspace: WorkspaceId,
        ids: &[NotificationId],
    ) -> Result<Vec<DeliveryGlance>> {
        let range = Range::of(ids);
        run!(self, |c| {
            let found = deliveries::table
                .filter(deliveries::notification_id.eq_any(ids))
                .filter(deliveries::notification_id.between(range.first, range.last))
                .filter(deliveries::workspace_id.eq(workspace));
            let columns = (deliveries::notification_id, deliveries::channel, deliveries::state);
            Ok(found.select(columns).order(deliveries::id).load(c).await?)
        })
    }

    pub async fn deliveries_of(
        &mut self,
        workspace: WorkspaceId,
        notification: NotificationId,
    ) -> Result<Vec<Delivery>> {
        run!(self, |c| {
            let found = deliveries::table
                .filter(deliveries::notification_id.eq(notification))
                .filter(deliveries::workspace_id.eq(workspace));
            Ok(found.select(Delivery::as_select()).order(deliveries::id).load(c).await?)
        })
    }

    /// What those notifications came to for one binding, in the order of making.
    pub async fn deliveries_to(
        &mut self,
        workspace: WorkspaceId,
        binding: BindingId,
        ids: &[NotificationId],
    ) -> Result<Vec<Delivery>> {
        let range = Range::of(ids);
        run!(self, |c| {
            let found = deliveries::table
                .filter(deliveries::notification_id.eq_any(ids))
                .filter(deliveries::notification_id.between(range.first, range.last))
                .filter(deliveries::workspace_id.eq(workspace))
                .filter(deliveries::binding_id.eq(binding));
            Ok(found.select(Delivery::as_select()).order(deliveries::id).load(c).await?)
        })
    }

    pub async fn attempts_of(
        &mut self,
        workspace: WorkspaceId,
        notification: NotificationId,
    ) -> Result<Vec<Attempt>> {
        run!(self, |c| {
            let found = attempts::table
                .filter(attempts::notification_id.eq(notification))
                .filter(attempts::workspace_id.eq(workspace));
            let query = found.select(Attempt::as_select()).order((attempts::at, attempts::id));
            Ok(query.load(c).await?)
        })
    }
}
