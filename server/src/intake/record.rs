//! The record of a call, durable before anybody is answered 200.

use std::{sync::Arc, time::Duration};

use ringhook_openapi::{Cause, Channel, DeliveryState, Outcome};
use tokio::time::{Instant, timeout_at};

use super::{Answer, Incoming, Intake, Prepared, answer, limits::Limit, matching::Matched};
use crate::{
    bus::Others,
    dispatch::{Call, CallParts, LEASE, Leg, Tally},
    domain::{DomainError, directory::Tenant},
    metrics::Step,
    secrets::{self, Column, Place},
    store::{
        self, NotificationId, Store, StoreError, Ts, Word,
        calls::{Memory, NewCall, Payload, Recorded},
        group::Group,
        notifications::{Delivery, Notification as Row},
    },
    telemetry::step,
    twilio::Notification,
};

/// How long recording a call may take from its arrival, with all that is read for it. So its sender hears in time to call
/// again; and the lease, which counts from the arrival too, is renewed before anybody takes it for an orphan's.
const RECORDED_WITHIN: Duration = Duration::from_secs(3);
/// Calls that wait to be recorded; one more is told to come again.
const QUEUE: usize = 2048;
/// Groups written at once: Postgres commits them side by side, SQLite's one thread takes the second while the first
/// is on its way.
const PARALLEL: usize = 4;
/// Longest id that stands in an index as it is, in bytes; a longer one is kept by its hash.
const ID_LIMIT: usize = 200;

/// Writes calls in groups.
pub(super) struct Recorder(Group<NewCall, Recorded>);

impl Recorder {
    pub(super) fn start(store: Store) -> Self {
        let write = move |calls: Vec<NewCall>| {
            let store = store.clone();
            async move { store.engine().write(async move |conn| conn.calls_record(calls).await).await }
        };
        Self(Group::start(QUEUE, PARALLEL, write))
    }

    /// Takes a call's place in the queue at once, and answers when it is durable; `None` when too many wait.
    fn record(&self, call: NewCall) -> Option<impl Future<Output = store::Result<Recorded>> + use<>> {
        self.0.enqueue(call).ok()
    }

    /// Calls that wait, and how many may.
    pub(super) fn waiting(&self) -> (usize, usize) {
        self.0.waiting()
    }
}

/// Reads what a call that arrived at `received` needs before it is recorded, for no longer than it could be.
///
/// # Errors
/// When it cannot be read now. The directory fails only where the store or the keys do; either way the call cannot be taken.
pub(super) async fn in_time<T, E: Into<DomainError>>(
    received: Instant,
    reading: impl Future<Output = Result<T, E>>,
) -> store::Result<T> {
    let late = |_| StoreError::Unavailable("what a call needs was not read in time".into());
    let read = timeout_at(received + RECORDED_WITHIN, reading).await.map_err(late)?;
    read.map_err(|error| match error.into() {
        DomainError::Store(error) => error,
        other => StoreError::Unavailable(other.to_string()),
    })
}

/// Records a call that arrived at `received`; `others` are the sockets that it does not know.
///
/// # Errors
/// What its sender is answered where the call is not known to be durable in time.
pub(super) async fn recorded(
    intake: &Intake,
    call: &Arc<Call>,
    row: NewCall,
    received: Instant,
    others: Others,
) -> Result<Recorded, Answer> {
    let by = received + RECORDED_WITHIN;
    if Instant::now() >= by {
        return Err(Answer::Unavailable);
    }
    let Some(recording) = intake.recorder.record(row) else {
        return Err(intake.limits.refuse(call.callee.workspace, Limit::Recording));
    };
    let mut recording = Box::pin(recording);
    match step(Step::Record, timeout_at(by, &mut recording)).await {
        Ok(Ok(recorded)) => Ok(recorded),
        Ok(Err(error)) => {
            tracing::error!(%error, notification = %call.id, "a call could not be recorded");
            Err(Answer::Unavailable)
        }
        Err(_) => {
            tracing::error!(notification = %call.id, "a call was not recorded in time");
            let (dispatch, call) = (intake.dispatch.clone(), call.clone());
            tokio::spawn(async move {
                // Once it is durable it is an orphan, and its deliveries are rung as one's.
                if let Ok(Recorded::New) = recording.await {
                    dispatch.ring(&call, Vec::new(), others);
                }
            });
            Err(Answer::Unavailable)
        }
    }
}

/// An id that an index takes.
fn indexed(id: &str) -> String {
    match id.len() <= ID_LIMIT {
        true => id.to_owned(),
        false => {
            let hash = secrets::hash(id);
            hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
        }
    }
}

/// Makes a call's rows, and what rings once they are durable.
pub(super) fn prepare(
    intake: &Intake,
    tenant: &Tenant,
    notification: Notification,
    incoming: Incoming,
    matched: Matched,
) -> store::Result<Prepared> {
    let id = NotificationId::new(incoming.received_at);
    let expires_at = incoming.received_at + tenant.ring_ttl();
    let memory = answer::memory(&tenant.workspace, matched.legs.len());
    let mut row = notification_row(tenant, &notification, &incoming, id);
    let now = intake.ground.clock.now();
    row.answer_status = answer::status_by_record(memory);
    row.answer_after_ms = row.answer_status.map(|_| answer::after_ms(incoming.received_at, now));
    if memory == Memory::None {
        row.outcome = Word(Outcome::NoBinding);
        row.ended_at = Some(now);
    }
    let payload = payload_row(intake, tenant, &row, &incoming, expires_at)?;
    let deliveries = delivery_rows(intake, tenant, &row, &matched, expires_at);
    let raw = String::from_utf8(incoming.body).map_err(|_| StoreError::Query("body is no UTF-8".into()))?;
    let call = Call::new(CallParts {
        id,
        callee: matched.callee,
        message_id: notification.message_id,
        received_at: incoming.received_at,
        expires_at,
        left: tenant.ring_ttl().saturating_sub(incoming.received.elapsed()),
        raw: raw.into(),
        fields: notification.fields,
        tally: Tally::of(deliveries.iter().map(|delivery| delivery.state.0)),
    });
    let row = NewCall { notification: row, deliveries, payload, memory };
    Ok(Prepared { row, call, legs: matched.legs, received: incoming.received })
}

pub(super) fn notification_row(
    tenant: &Tenant,
    notification: &Notification,
    incoming: &Incoming,
    id: NotificationId,
) -> Row {
    Row {
        id,
        workspace_id: tenant.id(),
        account_sid: indexed(&notification.account_sid),
        identity: notification.identity.clone(),
        call_sid: indexed(&notification.call_sid),
        message_id: indexed(&notification.message_id),
        message_type: notification.message_type.clone(),
        payload: notification.without_bridge_token(),
        idempotency_token: incoming.idempotency_token.clone(),
        test: incoming.test.is_some(),
        received_at: incoming.received_at,
        outcome: Word(Outcome::InProgress),
        reason: None,
        detail: None,
        answer_status: None,
        answer_after_ms: None,
        ended_at: None,
    }
}

fn payload_row(
    intake: &Intake,
    tenant: &Tenant,
    row: &Row,
    incoming: &Incoming,
    keep_until: Ts,
) -> store::Result<Payload> {
    let place = Place { column: Column::Payload, workspace: tenant.id().0, row: row.id.0.as_bytes() };
    let sealed = intake.ground.keyring.seal(place, &incoming.body);
    Ok(Payload {
        notification_id: row.id,
        workspace_id: row.workspace_id,
        account_sid: row.account_sid.clone(),
        identity: row.identity.clone(),
        message_id: row.message_id.clone(),
        received_at: row.received_at,
        keep_until,
        body: sealed.map_err(|fault| StoreError::Query(fault.to_string()))?,
    })
}

fn delivery_rows(
    intake: &Intake,
    tenant: &Tenant,
    row: &Row,
    matched: &Matched,
    expires_at: Ts,
) -> Vec<Delivery> {
    let now = row.received_at;
    let blank = |id, binding_id| Delivery {
        id,
        workspace_id: row.workspace_id,
        notification_id: row.id,
        binding_id,
        channel: Word(Channel::Websocket),
        provider_id: None,
        device_id: None,
        state: Word(DeliveryState::Pending),
        cause: None,
        reason: None,
        tries: 0,
        created_at: now,
        expires_at,
        next_attempt_at: now,
        lease_owner: Some(intake.dispatch.node),
        lease_until: Some(now + LEASE),
        ended_at: None,
        acknowledged_after_ms: None,
    };
    let rung = matched.legs.iter().map(|leg: &Leg| {
        let named = leg.binding.as_ref().and_then(|binding| binding.provider_id);
        Delivery {
            channel: Word(leg.channel),
            provider_id: tenant.provider(leg.channel, named).map(|provider| provider.id),
            device_id: leg.binding.as_ref().and_then(|binding| binding.device_id.clone()),
            ..blank(leg.id, leg.binding_id)
        }
    });
    let absent = matched.absent.iter().map(|(id, binding, device_id)| Delivery {
        state: Word(DeliveryState::Skipped),
        cause: Some(Word(Cause::NotConnected)),
        reason: Some(Cause::NotConnected.to_string()),
        device_id: device_id.clone(),
        ended_at: Some(now),
        ..blank(*id, *binding)
    });
    rung.chain(absent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_says_nothing_holds_up_no_call_past_its_time() {
        let long_ago = Instant::now().checked_sub(RECORDED_WITHIN).expect("a moment");
        let silent = in_time(long_ago, std::future::pending::<store::Result<()>>()).await;
        assert!(matches!(silent, Err(StoreError::Unavailable(_))));
        let read = in_time(long_ago, async { store::Result::Ok(7) }).await;
        assert_eq!(read.expect("what is there"), 7);
        let failed = in_time(Instant::now(), async { Err::<(), _>(StoreError::Query("none".into())) }).await;
        assert!(matches!(failed, Err(StoreError::Query(_))));
    }
}
