use AttemptOutcome::{Accepted, Dead, Failed, Misconfigured, Retry};
use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::push::outcome::tests::new_device;

fn answer(status: u16, body: &str, target: &Target<'_>) -> Answer {
    read(&Reply::of(status, None, body), target, Utc::now())
}

#[test]
fn every_documented_reason_has_its_meaning() {
    for (status, reason, outcome, cause) in [
        (400, "BadDeviceToken", Dead, Cause::AddressInvalid),
        (400, "DeviceTokenNotForTopic", Misconfigured, Cause::WrongTopic),
        (400, "TopicDisallowed", Misconfigured, Cause::WrongTopic),
        (400, "BadTopic", Misconfigured, Cause::WrongTopic),
        (400, "MissingTopic", Misconfigured, Cause::WrongTopic),
        (403, "InvalidProviderToken", Misconfigured, Cause::WrongCredential),
        (403, "MissingProviderToken", Misconfigured, Cause::WrongCredential),
        (403, "ExpiredProviderToken", Misconfigured, Cause::WrongCredential),
        (403, "BadEnvironmentKeyIdInToken", Misconfigured, Cause::WrongCredential),
        (403, "UnrelatedKeyIdInToken", Misconfigured, Cause::WrongCredential),
        (403, "BadCertificate", Misconfigured, Cause::WrongCredential),
        (403, "BadCertificateEnvironment", Misconfigured, Cause::WrongCredential),
        (403, "Forbidden", Misconfigured, Cause::WrongCredential),
        (413, "PayloadTooLarge", Failed, Cause::PayloadTooLarge),
        (400, "PayloadEmpty", Failed, Cause::PayloadRefused),
        (400, "BadExpirationDate", Failed, Cause::PayloadRefused),
        (429, "TooManyRequests", Retry, Cause::Throttled),
        (429, "TooManyProviderTokenUpdates", Retry, Cause::Throttled),
        (400, "IdleTimeout", Retry, Cause::ProviderError),
        (500, "InternalServerError", Retry, Cause::ProviderError),
        (503, "ServiceUnavailable", Retry, Cause::ProviderError),
        (503, "Shutdown", Retry, Cause::ProviderError),
        (502, "Novelty", Retry, Cause::ProviderError),
        (429, "Novelty", Retry, Cause::Throttled),
        (400, "Novelty", Misconfigured, Cause::BadAnswer),
    ] {
        let answer = answer(status, &json!({"reason": reason}).to_string(), &new_device());
        assert_eq!((answer.outcome, answer.cause), (outcome, Some(cause)), "{reason}");
        assert_eq!(answer.reason.as_deref(), Some(reason));
        assert_eq!(answer.status, Some(status));
    }
}

#[test]
fn garbage_kills_nothing() {
    for body in ["", "<html>", "[]", "{}", r#"{"reason": 5}"#] {
        let answer = |status| answer(status, body, &new_device()).outcome;
        assert_eq!((answer(200), answer(400), answer(503)), (Accepted, Misconfigured, Retry));
    }
}

#[test]
fn a_bad_token_that_once_worked_blames_the_provider_and_names_the_environment() {
    let body = r#"{"reason": "BadDeviceToken"}"#;
    for (ever_accepted, provider_changed_since) in [(true, false), (false, true), (true, true)] {
        let target = Target { ever_accepted, provider_changed_since, ..new_device() };
        let answer = answer(400, body, &target);
        assert_eq!((answer.outcome, answer.cause), (Misconfigured, Some(Cause::AddressInvalid)));
        let detail = answer.detail.expect("a detail");
        assert!(detail.contains("production") && detail.contains("sandbox"), "{detail}");
    }
}

#[test]
fn gone_is_dead_unless_registered_since() {
    let device = new_device();
    let registered = device.registered_at;
    for (reason, since, outcome) in [
        ("Unregistered", Some(registered + TimeDelta::milliseconds(2)), Dead),
        ("ExpiredToken", Some(registered + TimeDelta::milliseconds(2)), Dead),
        ("Unregistered", Some(registered), Failed),
        ("Unregistered", Some(registered - TimeDelta::seconds(1)), Failed),
        ("Unregistered", None, Dead),
    ] {
        let timestamp = since.map(|since| since.timestamp_millis());
        let body = json!({"reason": reason, "timestamp": timestamp}).to_string();
        let answer = answer(410, &body, &device);
        assert_eq!((answer.outcome, answer.cause), (outcome, Some(Cause::AddressGone)), "{body}");
    }
}
