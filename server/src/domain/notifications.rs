//! The log of calls, as it is read.

use super::{DomainError, Ground, Result};
use crate::store::{
    NotificationId, WorkspaceId,
    notifications::{Attempt, Delivery, Notification, NotificationFilter},
};

/// One call with all that was done about it.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The call's notification.
    pub notification: Notification,
    /// One delivery for each binding that was rung, with its attempts in order.
    pub deliveries: Vec<(Delivery, Vec<Attempt>)>,
}

/// The workspace's notifications that pass the filter, newest first: those before `before`, at most `limit`.
pub async fn list(
    ground: &Ground,
    workspace: WorkspaceId,
    filter: &NotificationFilter,
    before: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<Notification>> {
    Ok(ground.store.read().await?.notifications(workspace, filter, before, limit).await?)
}

/// One notification with its deliveries and every attempt.
///
/// # Errors
/// [`DomainError::NotFound`] when this workspace has none of this id.
pub async fn get(ground: &Ground, workspace: WorkspaceId, id: NotificationId) -> Result<Logged> {
    let mut conn = ground.store.read().await?;
    let notification = conn.notification(workspace, id).await?;
    let notification = notification.ok_or(DomainError::NotFound("notification"))?;
    let deliveries = conn.deliveries_of(workspace, id).await?;
    let attempts = conn.attempts_of(workspace, id).await?;
    let with_attempts = |delivery: Delivery| {
        let own = attempts.iter().filter(|attempt| attempt.delivery_id == delivery.id);
        let own = own.cloned().collect();
        (delivery, own)
    };
    Ok(Logged { notification, deliveries: deliveries.into_iter().map(with_attempts).collect() })
}
