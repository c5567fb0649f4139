//! What FCM's answers mean: <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use ringhook_openapi::{AttemptOutcome, Cause};
use serde::Deserialize;

use crate::push::http::Reply;
use crate::push::{Answer, Target, outcome};

#[derive(Deserialize)]
struct Sent {
    name: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: Status,
}

/// Google's error model: <https://cloud.google.com/apis/design/errors#error_model>
#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

/// An `FcmError` or a `BadRequest`; other kinds have neither member.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    error_code: Option<String>,
    #[serde(default)]
    field_violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

impl Status {
    /// FCM's own word, or Google's general one.
    fn word(&self) -> &str {
        self.fcm_error().unwrap_or(&self.status)
    }

    fn fcm_error(&self) -> Option<&str> {
        self.details.iter().find_map(|detail| detail.error_code.as_deref())
    }

    /// Whether the invalid argument is the token. A named field decides; else FCM must speak of a token.
    fn names_the_token(&self) -> bool {
        let mut fields = self.details.iter().flat_map(|detail| &detail.field_violations).peekable();
        if fields.peek().is_some() {
            return fields.any(|violation| violation.field == "message.token");
        }
        self.fcm_error().is_some() && self.message.to_ascii_lowercase().contains("token")
    }
}

/// What the answer to a message means.
pub(super) fn read(reply: &Reply, target: &Target<'_>, now: DateTime<Utc>) -> Answer {
    if reply.status.is_success() {
        return match reply.json::<Sent>() {
            Some(sent) => Answer::accepted(reply.status.as_u16(), Some(sent.name)),
            None => reply.undocumented(None, now),
        };
    }
    let Some(Refusal { error }) = reply.json() else {
        return reply.undocumented(None, now);
    };
    let word = Some(error.word().to_owned()).filter(|word| !word.is_empty());
    let message = Some(error.message.clone()).filter(|message| !message.is_empty());
    if error.word() == "INVALID_ARGUMENT" && error.names_the_token() {
        let invalid = outcome::invalid_address(target, error.message);
        return Answer { status: Some(reply.status.as_u16()), reason: word, ..invalid };
    }
    match meaning(error.word()) {
        Some((outcome, cause)) => reply.answer(outcome, cause, word, message, now),
        None => Answer { detail: message, ..reply.undocumented(word, now) },
    }
}

fn meaning(word: &str) -> Option<(AttemptOutcome, Cause)> {
    Some(match word {
        "UNREGISTERED" => (AttemptOutcome::Dead, Cause::AddressGone),
        "INVALID_ARGUMENT" => (AttemptOutcome::Failed, Cause::PayloadRefused),
        "SENDER_ID_MISMATCH" | "THIRD_PARTY_AUTH_ERROR" | "UNAUTHENTICATED" | "PERMISSION_DENIED" => {
            (AttemptOutcome::Misconfigured, Cause::WrongCredential)
        }
        "QUOTA_EXCEEDED" | "RESOURCE_EXHAUSTED" => (AttemptOutcome::Retry, Cause::Throttled),
        "UNAVAILABLE" | "INTERNAL" => (AttemptOutcome::Retry, Cause::ProviderError),
        _ => return None,
    })
}

/// Whether the reply refuses the bearer, rather than a credential that Google holds for another network.
pub(super) fn refuses_bearer(reply: &Reply) -> bool {
    reply.status == StatusCode::UNAUTHORIZED
        && reply.json().is_none_or(|Refusal { error }| error.word() != "THIRD_PARTY_AUTH_ERROR")
}

#[derive(Deserialize)]
struct GrantRefusal {
    error: String,
    error_description: Option<String>,
}

/// What the token endpoint's refusal means: <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>
pub(super) fn read_grant_refusal(reply: &Reply, now: DateTime<Utc>) -> Answer {
    let refusal = reply.json::<GrantRefusal>();
    let Some(refusal) = refusal.filter(|_| reply.status.is_client_error()) else {
        return reply.undocumented(None, now);
    };
    if reply.status == StatusCode::TOO_MANY_REQUESTS {
        return reply.undocumented(Some(refusal.error), now);
    }
    reply.answer(
        AttemptOutcome::Misconfigured,
        Cause::WrongCredential,
        Some(refusal.error),
        refusal.error_description,
        now,
    )
}

#[cfg(test)]
mod tests;
