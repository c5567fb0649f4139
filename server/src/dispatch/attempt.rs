//! One attempt, over whatever channel the device has.

use std::time::Duration;

use ringhook_openapi::{AttemptOutcome, Cause, Channel};

use super::{Call, Dispatch, Leg};
use crate::{
    bus::{Frame, Unwritten},
    push::{Answer, Message, Target},
    store::{Ts, bindings::Binding},
};

/// Longest time that one attempt may take.
const TRY: Duration = Duration::from_secs(5);

/// Asks once; never longer than [`TRY`] or the call's lifetime.
pub async fn attempt(dispatch: &Dispatch, call: &Call, leg: &Leg, now: Ts) -> Answer {
    let left = call.left().unwrap_or_default();
    let asked = async {
        match (&leg.binding, leg.channel) {
            (_, Channel::Websocket) => write(dispatch, call, leg).await,
            (Some(binding), _) => push(dispatch, call, leg, binding, left, now).await,
            (None, _) => failed(Cause::BindingGone, "the binding was deleted"),
        }
    };
    match tokio::time::timeout(TRY.min(left), asked).await {
        Ok(answer) => answer,
        Err(_) => told(AttemptOutcome::Retry, Cause::Timeout, "no answer in time"),
    }
}

fn told(outcome: AttemptOutcome, cause: Cause, detail: &str) -> Answer {
    Answer {
        outcome,
        cause: Some(cause),
        status: None,
        reason: Some(cause.to_string()),
        detail: Some(detail.to_owned()),
        provider_message_id: None,
        retry_after: None,
        left_out: Vec::new(),
    }
}

fn failed(cause: Cause, detail: &str) -> Answer {
    told(AttemptOutcome::Failed, cause, detail)
}

async fn write(dispatch: &Dispatch, call: &Call, leg: &Leg) -> Answer {
    let Some(connection) = dispatch.hub.connection(&call.callee, leg.binding_id) else {
        return failed(Cause::NotConnected, "the device is not connected");
    };
    let written = connection.write(|written| Frame {
        text: call.raw.clone(),
        message_id: call.message_id.clone(),
        delivery: leg.id,
        received_at: call.received_at,
        written,
    });
    match written.await {
        Ok(()) => Answer {
            cause: None,
            reason: None,
            detail: None,
            ..told(AttemptOutcome::Accepted, Cause::NotConnected, "")
        },
        Err(Unwritten::Gone) => {
            failed(Cause::NotConnected, "the connection closed before the payload was written")
        }
        Err(Unwritten::Slow) => failed(Cause::Overloaded, "the device does not read what it is sent"),
    }
}

async fn push(
    dispatch: &Dispatch,
    call: &Call,
    leg: &Leg,
    binding: &Binding,
    left: Duration,
    now: Ts,
) -> Answer {
    let tenant = match dispatch.directory.tenant(call.callee.workspace).await {
        Ok(Some(tenant)) => tenant,
        Ok(None) => return failed(Cause::NoProvider, "the workspace is gone"),
        Err(error) => {
            tracing::warn!(%error, "workspace not read");
            return told(AttemptOutcome::Retry, Cause::ProviderError, "the workspace could not be read");
        }
    };
    let Some(provider) = tenant.provider(leg.channel, binding.provider_id) else {
        let detail = format!("the workspace has no provider for {}", leg.channel);
        return told(AttemptOutcome::Misconfigured, Cause::NoProvider, &detail);
    };
    let client = match dispatch.clients.of(provider).await {
        Ok(client) => client,
        Err(detail) => return told(AttemptOutcome::Misconfigured, Cause::WrongCredential, &detail),
    };
    let message = Message {
        id: leg.id.0,
        message_id: &call.message_id,
        fields: &call.fields,
        ttl: left,
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
    client.send(&message, &target, now.utc()).await
}
