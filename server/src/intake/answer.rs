//! What a webhook is answered, and when.

use std::{sync::Arc, time::Duration};

use poem::{IntoResponse, Response, http::StatusCode};
use ringhook_openapi::{AnswerRule, DeliveryState, problem::ApiProblem};
use serde_json::json;
use tokio::time::Instant;

use super::Prepared;
use crate::{
    dispatch::{Call, Dispatch, Tally},
    store::{
        NotificationId, Ts,
        calls::Memory,
        deliveries::{Answered, Progress},
        workspaces::Workspace,
    },
    twilio::{PayloadFault, Rejection},
};

/// Every answer of the webhook.
#[derive(Debug, Clone)]
pub enum Answer {
    /// 200: somebody was there to ring.
    Rang { notification: NotificationId, bindings: usize, accepted: usize },
    /// 404: nobody to ring; `dead` when every binding proved so.
    Nobody { notification: NotificationId, dead: bool },
    /// 404: no such webhook, or not any more.
    UnknownToken,
    /// 404: the account is not connected to this workspace.
    UnknownAccount,
    /// 403: the signature does not hold.
    Forbidden(Rejection),
    /// 400: not what Twilio sends.
    Malformed(PayloadFault),
    /// 503: at the limit.
    Overloaded,
    /// 503: it could not be recorded.
    Unavailable,
}

/// Every answer's word, and those of requests that are refused before they are read.
pub const ANSWERS: [&str; 11] = [
    "rang",
    "no_binding",
    "all_dead",
    "unknown_webhook",
    "unknown_account",
    "forbidden",
    "malformed",
    "overloaded",
    "unavailable",
    TOO_LARGE,
    UNSUPPORTED,
];
pub(super) const TOO_LARGE: &str = "too_large";
pub(super) const UNSUPPORTED: &str = "unsupported";

impl Answer {
    /// Its word among [`ANSWERS`].
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Rang { .. } => "rang",
            Self::Nobody { dead: false, .. } => "no_binding",
            Self::Nobody { dead: true, .. } => "all_dead",
            Self::UnknownToken => "unknown_webhook",
            Self::UnknownAccount => "unknown_account",
            Self::Forbidden(_) => "forbidden",
            Self::Malformed(_) => "malformed",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Rang { .. } => 200,
            Self::Nobody { .. } | Self::UnknownToken | Self::UnknownAccount => 404,
            Self::Forbidden(_) => 403,
            Self::Malformed(_) => 400,
            Self::Overloaded | Self::Unavailable => 503,
        }
    }

    /// The call in the log, where one was recorded.
    pub const fn notification(&self) -> Option<NotificationId> {
        match self {
            Self::Rang { notification, .. } | Self::Nobody { notification, .. } => Some(*notification),
            _ => None,
        }
    }

    fn of(notification: NotificationId, bindings: usize, tally: Tally) -> Self {
        match tally.is_nobody() {
            true => Self::Nobody { notification, dead: tally.dead > 0 && tally.absent == 0 },
            false => Self::Rang { notification, bindings, accepted: tally.accepted },
        }
    }

    fn problem(&self) -> Option<ApiProblem> {
        let not_found = |code, detail: &str| Some(ApiProblem::new(StatusCode::NOT_FOUND, code, detail));
        match self {
            Self::Rang { .. } => None,
            Self::Nobody { dead: true, .. } => not_found("all_dead", "every device of this identity is gone"),
            Self::Nobody { .. } => not_found("no_binding", "no reachable device is bound to this identity"),
            Self::UnknownToken => not_found("unknown_webhook", "there is no such webhook, or it has ended"),
            Self::UnknownAccount => {
                not_found("unknown_account", "this Twilio account is not connected to the workspace")
            }
            Self::Forbidden(rejection) => Some(ApiProblem::new(
                StatusCode::FORBIDDEN,
                rejection.reason.as_str(),
                "the signature does not hold; the workspace's log says why",
            )),
            Self::Malformed(fault) => {
                Some(ApiProblem::new(StatusCode::BAD_REQUEST, "malformed", fault.to_string()))
            }
            Self::Overloaded | Self::Unavailable => Some(ApiProblem::unavailable(1)),
        }
    }

    /// The answer as a response.
    pub fn into_response(self, request_id: &str) -> Response {
        match (self.problem(), self) {
            (Some(problem), _) => problem.with_request_id(request_id).into_response(),
            (None, Self::Rang { notification, bindings, accepted }) => poem::web::Json(json!({
                "notification_id": notification.to_string(),
                "bindings": bindings,
                "accepted": accepted,
            }))
            .into_response(),
            (None, _) => ApiProblem::internal().with_request_id(request_id).into_response(),
        }
    }
}

/// A workspace's answer rule, applied to one call.
pub(super) struct Rule {
    received: Instant,
    bindings: usize,
    /// What the record says already.
    memory: Memory,
    pub(super) within: Duration,
    answered: Answered,
}

impl Rule {
    pub(super) fn of(workspace: &Workspace, prepared: &Prepared) -> Self {
        let notification = &prepared.row.notification;
        Self {
            received: prepared.received,
            bindings: prepared.legs.len(),
            memory: prepared.row.memory,
            within: Duration::from_millis(u64::try_from(workspace.answer_within_ms).unwrap_or_default()),
            answered: Answered {
                workspace_id: notification.workspace_id,
                account_sid: notification.account_sid.clone(),
                message_id: notification.message_id.clone(),
                notification_id: notification.id,
                status: 0,
                after_ms: 0,
                bindings: i32::try_from(prepared.legs.len()).unwrap_or(i32::MAX),
                accepted: 0,
                remember: false,
            },
        }
    }

    /// Waits as the rule says, and notes the answer.
    pub(super) async fn wait(self, dispatch: &Dispatch, call: &Arc<Call>) -> Answer {
        let answer = match self.memory {
            Memory::None => return Answer::Nobody { notification: call.id, dead: false },
            // What the devices say meanwhile changes nothing: a repeat may have been answered by the record.
            Memory::Rang { .. } => {
                Answer::Rang { notification: call.id, bindings: self.bindings, accepted: 0 }
            }
            Memory::Undecided => Answer::of(call.id, self.bindings, self.decided(dispatch, call).await),
        };
        self.note(dispatch, &answer);
        answer
    }

    async fn decided(&self, dispatch: &Dispatch, call: &Call) -> Tally {
        tokio::select! {
            tally = call.decided() => tally,
            () = tokio::time::sleep_until(self.received + self.within) => call.tally(),
            // What is pending is durable, and handed to whoever comes next.
            () = dispatch.stopping().cancelled() => call.tally(),
        }
    }

    /// Notes an answer that is about to be given.
    fn note(self, dispatch: &Dispatch, answer: &Answer) {
        let accepted = match answer {
            Answer::Rang { accepted, .. } => *accepted,
            _ => 0,
        };
        let after = i32::try_from(self.received.elapsed().as_millis()).unwrap_or(i32::MAX);
        dispatch.journal.note(Progress {
            answers: vec![Answered {
                status: i32::from(answer.status()),
                after_ms: after,
                accepted: i32::try_from(accepted).unwrap_or(i32::MAX),
                remember: matches!(answer, Answer::Rang { .. } | Answer::Nobody { dead: true, .. }),
                ..self.answered
            }],
            ..Progress::default()
        });
    }
}

/// How a call to so many devices is remembered from its record on. A workspace that answers as soon as a call is
/// recorded has given its answer with the record: a crash before the answer goes out changes nothing.
pub(super) fn memory(workspace: &Workspace, devices: usize) -> Memory {
    let at_once = workspace.answer.0 == AnswerRule::Recorded || workspace.answer_within_ms == 0;
    match devices {
        0 => Memory::None,
        devices if at_once => Memory::Rang { bindings: i32::try_from(devices).unwrap_or(i32::MAX) },
        _ => Memory::Undecided,
    }
}

/// The status that the record itself decides.
pub(super) fn status_by_record(memory: Memory) -> Option<i32> {
    match memory {
        Memory::None => Some(404),
        Memory::Rang { .. } => Some(200),
        Memory::Undecided => None,
    }
}

/// The answer that a repeat of an ended call gets when its node died before it noted one: by the deliveries' ends.
pub(super) fn by_states(notification: NotificationId, states: &[DeliveryState]) -> Answer {
    Answer::of(notification, states.len(), Tally::of(states.iter().copied()))
}

/// Milliseconds between two moments, for the record.
pub(super) fn after_ms(received_at: Ts, now: Ts) -> i32 {
    now.millis_since(received_at)
}
