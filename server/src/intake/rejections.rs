//! Refused webhooks, kept for the workspace to find out why; at most so many an hour, since anybody can send them.

use std::time::Duration;

use moka::sync::Cache;
use ringhook_openapi::Outcome;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::{Incoming, record::notification_row};
use crate::{
    bus::Feed,
    domain::directory::Tenant,
    store::{NotificationId, Store, Word, WorkspaceId},
    twilio::{Notification, Rejection},
};

/// Rejections that one workspace's log takes an hour, from one node.
const PER_HOUR: u32 = 100;
const HOUR: Duration = Duration::from_secs(3600);

/// Writes rejections.
pub(super) struct Rejections {
    store: Store,
    feed: Feed,
    counts: Cache<WorkspaceId, Arc<AtomicU32>>,
}

impl Rejections {
    pub(super) fn new(store: Store, feed: Feed) -> Self {
        Self { store, feed, counts: Cache::builder().max_capacity(100_000).time_to_live(HOUR).build() }
    }

    /// Records a rejection without keeping the sender waiting.
    pub(super) fn record(
        &self,
        tenant: &Tenant,
        notification: &Notification,
        incoming: &Incoming,
        rejection: &Rejection,
    ) {
        let count = self.counts.get_with(tenant.id(), Arc::default);
        if count.fetch_add(1, Ordering::Relaxed) >= PER_HOUR {
            return;
        }
        let mut row =
            notification_row(tenant, notification, incoming, NotificationId::new(incoming.received_at));
        row.outcome = Word(Outcome::Rejected);
        row.reason = Some(rejection.reason.to_string());
        row.detail = Some(rejection.hint.clone());
        row.answer_status = Some(403);
        row.answer_after_ms = i32::try_from(incoming.received.elapsed().as_millis()).ok();
        row.ended_at = Some(incoming.received_at);
        let (store, feed, moved) = (self.store.clone(), self.feed.clone(), (row.workspace_id, row.id));
        tokio::spawn(async move {
            match store.engine().write(async move |conn| conn.notification_insert(&row).await).await {
                Ok(()) => feed.tell(moved.0, moved.1),
                Err(error) => tracing::warn!(%error, "a rejection was not recorded"),
            }
        });
    }
}
