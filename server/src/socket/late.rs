//! A device that connects while a call is young still gets it, unless it acknowledged it.

use std::{collections::HashMap, sync::Arc};

use ringhook_openapi::{AttemptOutcome, Channel, DeliveryState, Outcome};

use crate::{
    app::App,
    bus::Callee,
    domain::{self, notifications},
    store::{
        AttemptId, BindingId, DeliveryId, Json, NotificationId, Ts, Word,
        calls::Payload,
        deliveries::{BindingNote, Ended, Progress, Step},
        notifications::{Attempt, Delivery},
    },
};

/// Calls that one look finds, at most: as many frames may wait for a socket. Each costs its body in memory.
const MOST: i64 = 256;

/// A call that waits for a device.
pub(super) struct Late {
    pub(super) text: Arc<str>,
    pub(super) message_id: String,
    pub(super) delivery: DeliveryId,
    pub(super) received_at: Ts,
    pub(super) notification: NotificationId,
    callee: Callee,
    binding: BindingId,
    device_id: Option<String>,
    expires_at: Ts,
    /// Tries so far, where the call knew the device; none where it did not.
    known: Option<i32>,
}

/// The identity's calls that are still young and that this device has not acknowledged; of very many the newest.
pub(super) async fn young_calls(
    app: &App,
    callee: &Callee,
    binding: BindingId,
    device_id: Option<&str>,
) -> domain::Result<Vec<Late>> {
    let now = app.ground.clock.now();
    let mut young = Vec::new();
    for (payload, known) in payloads(app, callee, binding, now).await? {
        if known.as_ref().is_some_and(|delivery| delivery.state.0 == DeliveryState::Acknowledged) {
            continue;
        }
        // The message id as the device knows it; the stored one may be a hash.
        let Some((text, notification)) = notifications::open(&app.ground, &payload) else { continue };
        let message_id = notification.message_id;
        if app.bus.hub.acknowledged.knows(binding, &message_id) {
            continue;
        }
        young.push(Late {
            text,
            message_id,
            delivery: known.as_ref().map_or_else(|| DeliveryId::new(now), |delivery| delivery.id),
            received_at: payload.received_at,
            notification: payload.notification_id,
            callee: callee.clone(),
            binding,
            device_id: device_id.map(str::to_owned),
            expires_at: payload.keep_until,
            known: known.map(|delivery| delivery.tries),
        });
    }
    Ok(young)
}

/// The identity's young calls, each with its delivery to this device, where it has one.
async fn payloads(
    app: &App,
    callee: &Callee,
    binding: BindingId,
    now: Ts,
) -> domain::Result<Vec<(Payload, Option<Delivery>)>> {
    let (workspace, sid, identity) = (callee.workspace, &callee.account_sid, &callee.identity);
    let mut conn = app.ground.store.read(workspace).await?;
    let payloads = conn.payloads_young(workspace, sid, identity, now, MOST).await?;
    let ids: Vec<_> = payloads.iter().map(|payload| payload.notification_id).collect();
    let deliveries = match ids.is_empty() {
        true => Vec::new(),
        false => conn.deliveries_to(workspace, binding, &ids).await?,
    };
    let mut known = HashMap::new();
    for delivery in deliveries {
        known.entry(delivery.notification_id).or_insert(delivery);
    }
    let with_known = payloads.into_iter().map(|payload| {
        let known = known.remove(&payload.notification_id);
        (payload, known)
    });
    Ok(with_known.collect())
}

impl Late {
    /// What to note once it was written: an attempt, and an acceptance that comes after the call's first answer. Also
    /// the tries made so far.
    pub(super) fn accepted(&self, app: &App, at: Ts) -> (Progress, i32) {
        let now = app.ground.clock.now();
        let tries = self.known.unwrap_or_default() + 1;
        let mut progress = Progress::default();
        if self.known.is_none() {
            progress.deliveries.push(self.delivery_row(at));
        }
        progress.attempts.push(self.attempt_row(at, now));
        let key = (self.notification, self.delivery);
        progress.steps.push(Step::ended(key, DeliveryState::Accepted, tries, now));
        if self.device_id.is_some() {
            progress.notes.push(BindingNote {
                workspace_id: self.callee.workspace,
                binding_id: self.binding,
                at,
                accepted: true,
                dead: None,
            });
        }
        progress.ends.push(Ended { notification_id: self.notification, outcome: Outcome::Accepted, at: now });
        (progress, tries)
    }

    fn delivery_row(&self, at: Ts) -> Delivery {
        Delivery {
            id: self.delivery,
            workspace_id: self.callee.workspace,
            notification_id: self.notification,
            binding_id: self.binding,
            channel: Word(Channel::Websocket),
            provider_id: None,
            device_id: self.device_id.clone(),
            state: Word(DeliveryState::Skipped),
            cause: None,
            reason: None,
            tries: 0,
            created_at: at,
            expires_at: self.expires_at,
            next_attempt_at: at,
            lease_owner: None,
            lease_until: None,
            ended_at: Some(at),
            acknowledged_after_ms: None,
        }
    }

    fn attempt_row(&self, at: Ts, now: Ts) -> Attempt {
        Attempt {
            id: AttemptId::new(at),
            workspace_id: self.callee.workspace,
            notification_id: self.notification,
            delivery_id: self.delivery,
            at,
            outcome: Word(AttemptOutcome::Accepted),
            cause: None,
            status: None,
            reason: None,
            detail: Some("the device connected after the call had come in".into()),
            left_out: Json(serde_json::Value::Array(Vec::new())),
            provider_message_id: None,
            latency_ms: now.millis_since(at),
        }
    }
}
