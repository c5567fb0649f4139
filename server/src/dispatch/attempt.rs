//! One attempt, over whatever channel the device has.

use std::time::Duration;

use ringhook_openapi::{AttemptOutcome, Cause, Channel};
use tokio::time::Instant;
use tracing::Instrument;

use super::{Call, Dispatch, Leg, lane::Refused};
use crate::{
    bus::{Heard, Others, Unwritten},
    metrics::Step,
    push::{Answer, Client, Message, Target},
    store::{Ts, bindings::Binding, providers::Provider},
    telemetry::{push_span, step},
};

/// Longest time that one attempt may take, once it has its turn.
pub const TRY: Duration = Duration::from_secs(5);

/// What an attempt came to, and when.
pub struct Tried {
    pub at: Ts,
    /// How long it took.
    pub took: Duration,
    pub answer: Answer,
    /// Whether it stands in the log. A delivery that had no turn at its provider made no attempt: while a provider is
    /// down that happens to many, and no row would tell anything.
    pub logged: bool,
}

/// Asks once. Waits for its provider's turn, but not past the call's lifetime, nor once the process is to end: then
/// there is nothing to tell. `heard` is a try of a socket that is under way.
pub async fn attempt(dispatch: &Dispatch, call: &Call, leg: &Leg, heard: Option<Heard>) -> Option<Tried> {
    match (&leg.binding, leg.channel) {
        (_, Channel::Websocket) => {
            Some(timed(dispatch, call, leg.channel, write(dispatch, call, leg, heard)).await)
        }
        (Some(binding), _) => push(dispatch, call, leg, binding).await,
        (None, _) => {
            Some(at_once(dispatch, AttemptOutcome::Failed, Cause::BindingGone, "the binding was deleted"))
        }
    }
}

fn told(outcome: AttemptOutcome, cause: Cause, detail: impl Into<String>) -> Answer {
    Answer { reason: Some(cause.to_string()), ..Answer::new(outcome, cause, detail.into()) }
}

fn at_once(dispatch: &Dispatch, outcome: AttemptOutcome, cause: Cause, detail: impl Into<String>) -> Tried {
    let answer = told(outcome, cause, detail);
    Tried { at: dispatch.ground.clock.now(), took: Duration::ZERO, answer, logged: true }
}

/// What a delivery hears that had no turn.
fn refused(dispatch: &Dispatch, refused: Refused) -> Tried {
    let (cause, detail) = match refused {
        Refused::Full => (Cause::Overloaded, "too many deliveries wait for this provider"),
        Refused::Late => {
            (Cause::BreakerOpen, "the provider was in trouble and not asked until the call was too old")
        }
    };
    Tried { logged: false, ..at_once(dispatch, AttemptOutcome::Retry, cause, detail) }
}

/// Runs what asks, never longer than [`TRY`] or the call's lifetime.
async fn timed(
    dispatch: &Dispatch,
    call: &Call,
    channel: Channel,
    asking: impl Future<Output = Answer>,
) -> Tried {
    let (at, start) = (dispatch.ground.clock.now(), Instant::now());
    let late = (start + TRY).min(call.deadline);
    let asking = tokio::time::timeout_at(late, asking).instrument(push_span(channel));
    let answer = match asking.await {
        Ok(answer) => answer,
        Err(_) => told(AttemptOutcome::Retry, Cause::Timeout, "no answer in time"),
    };
    Tried { at, took: start.elapsed(), answer, logged: true }
}

async fn write(dispatch: &Dispatch, call: &Call, leg: &Leg, heard: Option<Heard>) -> Answer {
    let failed = |cause, detail: &str| told(AttemptOutcome::Failed, cause, detail);
    let again = || {
        let ring = call.ring_of(std::slice::from_ref(leg));
        dispatch.bus.ring(ring, Others::Leave).remove(&leg.binding_id)
    };
    let mut written = came(heard.or_else(again)).await;
    if written == Err(Unwritten::Gone) {
        // A device that connects again takes its socket's place, and what waited there has gone with it.
        written = came(again()).await;
    }
    match written {
        Ok(()) => Answer { cause: None, ..Answer::new(AttemptOutcome::Accepted, Cause::NotConnected, None) },
        Err(Unwritten::Gone) => failed(Cause::NotConnected, "the device is not connected"),
        Err(Unwritten::Slow) => {
            let detail = "more waits for the socket than it takes; its device reads too slowly";
            told(AttemptOutcome::Retry, Cause::Overloaded, detail)
        }
        Err(Unwritten::Silent) => {
            let detail = "the node that the device is connected to did not answer";
            told(AttemptOutcome::Retry, Cause::Timeout, detail)
        }
    }
}

/// What is heard of a socket in the end.
async fn came(heard: Option<Heard>) -> Result<(), Unwritten> {
    match heard {
        Some(heard) => heard.wait().await,
        None => Err(Unwritten::Gone),
    }
}

async fn push(dispatch: &Dispatch, call: &Call, leg: &Leg, binding: &Binding) -> Option<Tried> {
    let tenant = match dispatch.directory.tenant(call.callee.workspace).await {
        Ok(Some(tenant)) => tenant,
        Ok(None) => {
            return Some(at_once(
                dispatch,
                AttemptOutcome::Failed,
                Cause::NoProvider,
                "the workspace is gone",
            ));
        }
        Err(error) => {
            tracing::warn!(%error, "workspace not read");
            let detail = "the workspace could not be read";
            return Some(at_once(dispatch, AttemptOutcome::Retry, Cause::Overloaded, detail));
        }
    };
    let Some(provider) = tenant.provider(leg.channel, binding.provider_id) else {
        let detail = format!("the workspace has no provider for {}", leg.channel);
        return Some(at_once(dispatch, AttemptOutcome::Misconfigured, Cause::NoProvider, detail));
    };
    let client = match dispatch.clients.of(provider).await {
        Ok(client) => client,
        Err(detail) => {
            return Some(at_once(dispatch, AttemptOutcome::Misconfigured, Cause::WrongCredential, detail));
        }
    };
    let lane = dispatch.lanes.of(provider);
    let turn = tokio::select! {
        turn = step(Step::Turn, lane.turn(call.deadline, TRY)) => turn,
        () = dispatch.stopping.cancelled() => return None,
    };
    let _place = match turn {
        Ok(place) => place,
        Err(why) => return Some(refused(dispatch, why)),
    };
    let asking = send(dispatch, call, leg, binding, provider, &client);
    let mut tried = timed(dispatch, call, leg.channel, asking).await;
    lane.learn(binding.id, tried.at, &mut tried.answer, |progress| {
        dispatch.journal.note(progress);
    });
    Some(tried)
}

async fn send(
    dispatch: &Dispatch,
    call: &Call,
    leg: &Leg,
    binding: &Binding,
    provider: &Provider,
    client: &Client,
) -> Answer {
    let message = Message {
        id: leg.id.0,
        message_id: &call.message_id,
        fields: &call.fields,
        ttl: call.left().unwrap_or_default(),
        expires_at: call.expires_at.utc(),
    };
    let target = Target {
        channel: leg.channel,
        address: binding.address.as_deref().unwrap_or_default(),
        environment: binding.environment.map_or(provider.environment.0, |word| word.0),
        registered_at: binding.registered_at.utc(),
        ever_accepted: binding.last_accepted_at.is_some(),
        provider_changed_since: provider.changed_at > binding.registered_at,
    };
    client.send(&message, &target, dispatch.ground.clock.now().utc()).await
}
