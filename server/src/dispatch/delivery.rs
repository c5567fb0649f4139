//! One delivery, from its first attempt to its end.

use std::sync::Arc;

use ringhook_openapi::{AttemptOutcome, Cause, Channel, DeliveryState};

use tokio::task::JoinHandle;
use tracing::Instrument;

use super::{
    Call, Dispatch, InHand,
    attempt::{Tried, attempt},
    backoff,
};
use crate::{
    bus::Heard,
    metrics::metrics,
    push::Answer,
    store::{
        AttemptId, DeliveryId, Json, Ts, Word,
        bindings::Binding,
        deliveries::{BindingNote, Ended, Progress, Step},
        notifications::Attempt,
    },
    telemetry::{Trail, attempt_span},
};

/// One device to be rung, and what was known of it when the call came.
#[derive(Debug, Clone)]
pub struct Leg {
    pub id: DeliveryId,
    pub channel: Channel,
    /// The binding; none for a socket without a device id, which has no row.
    pub binding: Option<Binding>,
    /// The binding's id, of a row or of a socket.
    pub binding_id: crate::store::BindingId,
    /// Tries that were made before, by a node that died.
    pub tries: i32,
}

/// Attempts a delivery until it ends, or the process does.
/// `heard` is what comes of its first try, where that is
/// under way: sockets are rung together.
pub async fn run(dispatch: Arc<Dispatch>, call: Arc<Call>, leg: Leg, heard: Option<Heard>, trail: Trail) {
    let _in_hand = InHand { running: &dispatch.running, workspace: call.callee.workspace, id: leg.id };
    if let Some(written) = trail.follow(ring(&dispatch, &call, leg, heard)).await {
        // Until its end is written it is ours: its lease is renewed, and nobody takes it for forgotten. A handle fails
        // only when the process ends.
        let _ = written.await;
    }
}

/// Attempts it until it ends, which is being written then; `None` when the process ends before it does.
async fn ring(
    dispatch: &Dispatch,
    call: &Call,
    mut leg: Leg,
    mut heard: Option<Heard>,
) -> Option<JoinHandle<()>> {
    // What the last try said is why a call that ends for its age did not ring.
    let (mut cause, mut reason) = (Some(Cause::TooOld), None);
    loop {
        if call.left().is_none() {
            return Some(finish(dispatch, call, &leg, DeliveryState::Expired, cause, reason, None));
        }
        let span = attempt_span(leg.channel);
        let tried = attempt(dispatch, call, &leg, heard.take()).instrument(span.clone()).await?;
        span.record("outcome", tried.answer.outcome.as_str());
        if tried.logged {
            let (outcome, cause) = (tried.answer.outcome, tried.answer.cause);
            metrics().attempted(leg.channel, outcome, cause, tried.took);
        }
        leg.tries += 1;
        let pause = match ending(&tried.answer) {
            Some(state) => {
                let (cause, reason) = (tried.answer.cause, tried.answer.reason.clone());
                return Some(finish(dispatch, call, &leg, state, cause, reason, Some(&tried)));
            }
            None => backoff::wait(leg.tries.unsigned_abs(), rand::random(), tried.answer.retry_after),
        };
        // A try that the call's end cut short tells less than those before it.
        let cut_short = tried.answer.cause == Some(Cause::Timeout) && call.left().is_none();
        if leg.tries == 1 || !cut_short {
            (cause, reason) = (tried.answer.cause.or(cause), tried.answer.reason.clone());
        }
        let next = dispatch.ground.clock.now() + pause;
        if tried.logged {
            dispatch.journal.note(retry_later(call, &leg, &tried, next));
        }
        // A wait that outlives the call ends with it.
        let wake = (tokio::time::Instant::now() + pause).min(call.deadline);
        tokio::select! {
            () = tokio::time::sleep_until(wake) => {}
            () = dispatch.stopping.cancelled() => return None,
        }
    }
}

/// The state that an answer ends a delivery in; `None` when it is worth another try.
fn ending(answer: &Answer) -> Option<DeliveryState> {
    match answer.outcome {
        AttemptOutcome::Accepted => Some(DeliveryState::Accepted),
        AttemptOutcome::Dead => Some(DeliveryState::Dead),
        AttemptOutcome::Misconfigured => Some(DeliveryState::Misconfigured),
        AttemptOutcome::Failed if answer.cause == Some(Cause::NotConnected) => Some(DeliveryState::Skipped),
        AttemptOutcome::Failed => Some(DeliveryState::Failed),
        AttemptOutcome::Retry => None,
    }
}

fn attempt_row(call: &Call, leg: &Leg, tried: &Tried) -> Attempt {
    let answer = &tried.answer;
    Attempt {
        id: AttemptId::new(tried.at),
        workspace_id: call.callee.workspace,
        notification_id: call.id,
        delivery_id: leg.id,
        at: tried.at,
        outcome: Word(answer.outcome),
        cause: answer.cause.map(Word),
        status: answer.status.map(i32::from),
        reason: answer.reason.clone(),
        detail: answer.detail.clone(),
        left_out: Json(answer.left_out.clone().into()),
        provider_message_id: answer.provider_message_id.clone(),
        latency_ms: i32::try_from(tried.took.as_millis()).unwrap_or(i32::MAX),
    }
}

fn note_of(call: &Call, leg: &Leg, tried: &Tried) -> Option<BindingNote> {
    let binding = leg.binding.as_ref()?;
    Some(BindingNote {
        workspace_id: call.callee.workspace,
        binding_id: binding.id,
        at: tried.at,
        accepted: tried.answer.outcome == AttemptOutcome::Accepted,
        dead: None,
    })
}

/// What an attempt leaves to be written, but for the delivery's own step.
fn progress_of(call: &Call, leg: &Leg, tried: &Tried) -> Progress {
    Progress {
        attempts: vec![attempt_row(call, leg, tried)],
        notes: note_of(call, leg, tried).into_iter().collect(),
        ..Progress::default()
    }
}

fn retry_later(call: &Call, leg: &Leg, tried: &Tried, next: Ts) -> Progress {
    let step = Step {
        notification_id: call.id,
        delivery_id: leg.id,
        state: DeliveryState::Pending,
        cause: tried.answer.cause,
        reason: tried.answer.reason.clone(),
        tries: leg.tries,
        next_attempt_at: next,
        ended_at: None,
        acknowledged_after_ms: None,
    };
    Progress { steps: vec![step], ..progress_of(call, leg, tried) }
}

fn finish(
    dispatch: &Dispatch,
    call: &Call,
    leg: &Leg,
    state: DeliveryState,
    cause: Option<Cause>,
    reason: Option<String>,
    tried: Option<&Tried>,
) -> JoinHandle<()> {
    metrics().delivered(call.callee.workspace, leg.channel, state, cause);
    Trail::outcome(state.as_str());
    let now = dispatch.ground.clock.now();
    let mut progress = tried.map(|tried| progress_of(call, leg, tried)).unwrap_or_default();
    progress.steps.push(Step { cause, reason, ..Step::ended((call.id, leg.id), state, leg.tries, now) });
    if let Some(tally) = call.settle(state) {
        let end = Ended { notification_id: call.id, outcome: tally.outcome(), at: now };
        progress.ends.push(end);
    }
    dispatch.journal.note(progress)
}
