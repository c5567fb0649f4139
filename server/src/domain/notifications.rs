//! The log of calls, as it is read.

use std::{collections::HashMap, sync::Arc};

use super::{DomainError, Ground, Result};
use crate::{
    secrets::{Column, Place},
    store::{
        DeliveryId, NotificationId, WorkspaceId,
        calls::Payload,
        deliveries_list::DeliveryFilter,
        notifications::{Attempt, Delivery, Notification, NotificationFilter},
    },
    twilio,
};

/// One call with all that was done about it.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The call's notification.
    pub notification: Notification,
    /// One delivery for each binding that was rung, with its attempts in order.
    pub deliveries: Vec<Tried>,
}

/// The workspace's notifications that pass the filter, newest first: those before `before`, at most `limit`.
pub async fn list(
    ground: &Ground,
    workspace: WorkspaceId,
    filter: &NotificationFilter,
    before: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<Notification>> {
    let now = ground.clock.now();
    Ok(ground.store.read(workspace).await?.notifications(workspace, filter, before, now, limit).await?)
}

/// A delivery with its attempts in order.
pub type Tried = (Delivery, Vec<Attempt>);

/// The workspace's deliveries that pass the filter, those of the newest call first: those before `before`, at most
/// `limit`.
pub async fn deliveries(
    ground: &Ground,
    workspace: WorkspaceId,
    filter: &DeliveryFilter,
    before: Option<(NotificationId, DeliveryId)>,
    limit: i64,
) -> Result<Vec<Tried>> {
    let mut conn = ground.store.read(workspace).await?;
    let deliveries = conn.deliveries(workspace, filter, before, ground.clock.now(), limit).await?;
    let attempts = conn.attempts_of_deliveries(workspace, &deliveries).await?;
    Ok(tried(deliveries, attempts))
}

fn tried(deliveries: Vec<Delivery>, attempts: Vec<Attempt>) -> Vec<Tried> {
    let mut own: HashMap<DeliveryId, Vec<Attempt>> = HashMap::new();
    for attempt in attempts {
        own.entry(attempt.delivery_id).or_default().push(attempt);
    }
    deliveries
        .into_iter()
        .map(|delivery| {
            let attempts = own.remove(&delivery.id).unwrap_or_default();
            (delivery, attempts)
        })
        .collect()
}

/// One notification with its deliveries and every attempt.
///
/// # Errors
/// [`DomainError::NotFound`] when this workspace has none of this id.
pub async fn get(ground: &Ground, workspace: WorkspaceId, id: NotificationId) -> Result<Logged> {
    let mut conn = ground.store.read(workspace).await?;
    let notification = conn.notification(workspace, id).await?;
    let notification = notification.ok_or(DomainError::NotFound("notification"))?;
    let deliveries = conn.deliveries_of(workspace, id).await?;
    let attempts = conn.attempts_of(workspace, id).await?;
    Ok(Logged { notification, deliveries: tried(deliveries, attempts) })
}

/// The body of a call that may still ring, as Twilio sent it, and what it says. `None` when it cannot be opened, which is
/// logged, or read.
pub fn open(ground: &Ground, payload: &Payload) -> Option<(Arc<str>, twilio::Notification)> {
    let place = Place {
        column: Column::Payload,
        workspace: payload.workspace_id.0,
        row: payload.notification_id.0.as_bytes(),
    };
    let opened = ground.keyring.open(place, &payload.body);
    let opened = opened.inspect_err(|fault| tracing::error!(%fault, "a payload cannot be opened")).ok()?;
    let raw: Arc<str> = std::str::from_utf8(&opened).ok()?.into();
    let notification = twilio::Notification::parse(raw.as_bytes()).ok()?;
    Some((raw, notification))
}
