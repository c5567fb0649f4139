//! Deliveries, as lists show them.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ringhook_openapi::{Channel, DeliveryState};

use super::{
    BindingId, Conn, NotificationId, Result, Ts, Word, WorkspaceId,
    connection::run,
    deliveries::DeliveryKey,
    notifications::{Attempt, Delivery, MILLISECOND, NotificationFilter},
    range::{Range, Window},
    schema::{attempts, deliveries, notifications},
};

/// Which deliveries a list shows; all that is given must hold.
#[derive(Debug, Default, Clone)]
pub struct DeliveryFilter {
    /// The calls that they are of.
    pub of: NotificationFilter,
    pub binding: Option<BindingId>,
    pub channel: Option<Channel>,
    pub state: Option<DeliveryState>,
}

/// The states of trouble have an index of their own; said in so many words, or no database sees that it holds them all.
const TROUBLE: &str = "deliveries.state IN ('dead', 'misconfigured', 'failed', 'expired')";

impl Conn {
    /// The workspace's deliveries before `before` that pass the filter: those of the newest call first; from `now` back, a
    /// few days first, and more where these hold too few.
    pub async fn deliveries(
        &mut self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        before: Option<DeliveryKey>,
        now: Ts,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        let mut found = Vec::new();
        let ends = filter.of.ends(before.map(|(call, _)| call), now);
        for window in self.windows(ends, filter.of.since) {
            let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
            found.extend(self.deliveries_within(workspace, filter, before, window, missing).await?);
            if i64::try_from(found.len()).unwrap_or(limit) >= limit {
                break;
            }
        }
        Ok(found)
    }

    async fn deliveries_within(
        &mut self,
        workspace: WorkspaceId,
        filter: &DeliveryFilter,
        before: Option<DeliveryKey>,
        window: Window,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        run!(self, |c| {
            let of_workspace = deliveries::table
                .inner_join(notifications::table.on(notifications::id.eq(deliveries::notification_id)))
                .filter(deliveries::workspace_id.eq(workspace))
                .filter(notifications::workspace_id.eq(workspace));
            let mut query = of_workspace.select(Delivery::as_select()).into_boxed();
            let of = &filter.of;
            if let Some(sid) = &of.account_sid {
                query = query.filter(notifications::account_sid.eq(sid));
            }
            if let Some(identity) = &of.identity {
                query = query.filter(notifications::identity.eq(identity));
            }
            if let Some(sid) = &of.call_sid {
                query = query.filter(notifications::call_sid.eq(sid));
            }
            if let Some(outcome) = of.outcome {
                query = query.filter(notifications::outcome.eq(Word(outcome)));
            }
            if let Some(since) = of.since {
                query = query.filter(notifications::received_at.ge(since));
                let from = NotificationId::first_of(since);
                query = query.filter(deliveries::notification_id.ge(from)).filter(notifications::id.ge(from));
            }
            if let Some(until) = of.until {
                query = query.filter(notifications::received_at.lt(until));
                let to = NotificationId::first_of(until + MILLISECOND);
                query = query.filter(deliveries::notification_id.lt(to)).filter(notifications::id.lt(to));
            }
            // Of both tables: what is said of one does not prune the other.
            if let Some(from) = window.from {
                query = query.filter(deliveries::notification_id.ge(from)).filter(notifications::id.ge(from));
            }
            if let Some(to) = window.to {
                query = query.filter(deliveries::notification_id.lt(to)).filter(notifications::id.lt(to));
            }
            if let Some(binding) = filter.binding {
                query = query.filter(deliveries::binding_id.eq(binding));
            }
            if let Some(channel) = filter.channel {
                query = query.filter(deliveries::channel.eq(Word(channel)));
            }
            if let Some(state) = filter.state {
                query = query.filter(deliveries::state.eq(Word(state)));
                use DeliveryState::{Dead, Expired, Failed, Misconfigured};
                if matches!(state, Dead | Misconfigured | Failed | Expired) {
                    query = query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>(TROUBLE));
                }
            }
            if let Some((notification, delivery)) = before {
                let of_older = deliveries::notification_id.lt(notification);
                let of_same = deliveries::notification_id.eq(notification).and(deliveries::id.lt(delivery));
                query = query.filter(deliveries::notification_id.le(notification));
                query = query.filter(notifications::id.le(notification));
                query = query.filter(of_older.or(of_same));
            }
            let order = (deliveries::notification_id.desc(), deliveries::id.desc());
            Ok(query.order(order).limit(limit).load(c).await?)
        })
    }

    /// Every attempt of some deliveries, in order.
    pub async fn attempts_of_deliveries(
        &mut self,
        workspace: WorkspaceId,
        of: &[Delivery],
    ) -> Result<Vec<Attempt>> {
        // By call, as the index has it.
        let calls: Vec<NotificationId> = of.iter().map(|delivery| delivery.notification_id).collect();
        let range = Range::of(&calls);
        run!(self, |c| {
            let found = attempts::table
                .filter(attempts::notification_id.eq_any(calls))
                .filter(attempts::notification_id.between(range.first, range.last))
                .filter(attempts::workspace_id.eq(workspace));
            Ok(found.select(Attempt::as_select()).order((attempts::at, attempts::id)).load(c).await?)
        })
    }
}
