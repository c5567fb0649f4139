//! What APNs' answers mean:
//! <https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns>

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use ringhook_openapi::{AttemptOutcome, Cause, Environment};
use serde::Deserialize;

use crate::push::http::Reply;
use crate::push::{Answer, Target, outcome};

#[derive(Deserialize, Default)]
struct Refusal {
    reason: Option<String>,
    /// Since when the token is known to be gone, in milliseconds of Unix time.
    timestamp: Option<i64>,
}

/// What the answer to a push means.
pub(super) fn read(reply: &Reply, target: &Target<'_>, now: DateTime<Utc>) -> Answer {
    if reply.status == StatusCode::OK {
        return Answer::accepted(200, reply.header("apns-id").map(str::to_owned));
    }
    let Refusal { reason, timestamp } = reply.json().unwrap_or_default();
    if reply.status == StatusCode::GONE {
        return gone(reply, reason, timestamp, target, now);
    }
    let word = reason.as_deref().unwrap_or_default();
    if word == "BadDeviceToken" {
        return Answer {
            status: Some(reply.status.as_u16()),
            reason,
            ..outcome::invalid_address(target, bad_token(target.environment))
        };
    }
    match meaning(word) {
        Some((outcome, cause, detail)) => reply.answer(outcome, cause, reason, Some(detail.to_owned()), now),
        None => reply.undocumented(reason, now),
    }
}

/// Whether Apple wants a younger provider token.
pub(super) fn is_expired_token(reply: &Reply) -> bool {
    reply.status == StatusCode::FORBIDDEN
        && reply
            .json()
            .is_some_and(|Refusal { reason, .. }| reason.as_deref() == Some("ExpiredProviderToken"))
}

fn gone(
    reply: &Reply,
    reason: Option<String>,
    timestamp: Option<i64>,
    target: &Target<'_>,
    now: DateTime<Utc>,
) -> Answer {
    let since = timestamp.and_then(DateTime::from_timestamp_millis);
    let (outcome, detail) = match since {
        Some(since) if target.registered_at >= since => (
            AttemptOutcome::Failed,
            format!("Apple knows the token as gone since {since}, but it was registered again since"),
        ),
        Some(since) => (AttemptOutcome::Dead, format!("gone since {since}")),
        None => (AttemptOutcome::Dead, "gone".to_owned()),
    };
    reply.answer(outcome, Cause::AddressGone, reason, Some(detail), now)
}

fn bad_token(environment: Environment) -> String {
    let other = match environment {
        Environment::Production => Environment::Sandbox,
        Environment::Sandbox => Environment::Production,
    };
    format!(
        "Apple's {environment} environment does not know this token: it is broken, or the app was signed for {other}"
    )
}

fn meaning(reason: &str) -> Option<(AttemptOutcome, Cause, &'static str)> {
    use AttemptOutcome::{Failed, Misconfigured, Retry};
    Some(match reason {
        "DeviceTokenNotForTopic" => {
            (Misconfigured, Cause::WrongTopic, "the device's app has another bundle id than this provider")
        }
        "TopicDisallowed" | "BadTopic" | "MissingTopic" => (
            Misconfigured,
            Cause::WrongTopic,
            "the key's team may not push to this bundle id: compare both with Apple's developer account",
        ),
        "InvalidProviderToken" | "MissingProviderToken" | "UnrelatedKeyIdInToken" | "Forbidden" => (
            Misconfigured,
            Cause::WrongCredential,
            "Apple does not believe the key: compare key, key_id and team_id with Apple's developer account",
        ),
        "ExpiredProviderToken" => (
            Misconfigured,
            Cause::WrongCredential,
            "Apple takes a new token for expired: set this server's clock",
        ),
        "BadEnvironmentKeyIdInToken" | "BadEnvironmentKeyInToken" => {
            (Misconfigured, Cause::WrongCredential, "the key is for Apple's other environment")
        }
        "BadCertificate" | "BadCertificateEnvironment" => (
            Misconfigured,
            Cause::WrongCredential,
            "Apple refuses the certificate, or it is for the other environment",
        ),
        "PayloadTooLarge" => (Failed, Cause::PayloadTooLarge, "Apple finds the payload too large"),
        "PayloadEmpty" | "BadCollapseId" | "BadExpirationDate" | "BadMessageId" | "BadPriority"
        | "DuplicateHeaders" | "InvalidPushType" | "MissingDeviceToken" | "BadPath" | "MethodNotAllowed" => {
            (Failed, Cause::PayloadRefused, "Apple refuses the request's form")
        }
        "TooManyRequests" => (Retry, Cause::Throttled, "too many pushes to this device"),
        "TooManyProviderTokenUpdates" => (
            Retry,
            Cause::Throttled,
            "the key's token was renewed too often: do other servers use the same key?",
        ),
        "IdleTimeout" | "InternalServerError" | "ServiceUnavailable" | "Shutdown" => {
            (Retry, Cause::ProviderError, "Apple's service is in trouble")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
