use AttemptOutcome::{Accepted, Dead, Failed, Misconfigured, Retry};
use serde_json::{Value, json};

use super::*;
use crate::push::outcome::tests::new_device;

fn refusal(status: &str, message: &str, fcm_error: Option<&str>, field: Option<&str>) -> String {
    let mut details: Vec<Value> = Vec::new();
    if let Some(code) = fcm_error {
        let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
        details.push(json!({"@type": kind, "errorCode": code}));
    }
    if let Some(field) = field {
        let kind = "type.googleapis.com/google.rpc.BadRequest";
        details.push(json!({"@type": kind, "fieldViolations": [{"field": field, "description": "x"}]}));
    }
    json!({"error": {"code": 0, "message": message, "status": status, "details": details}}).to_string()
}

fn outcome_of(status: u16, body: &str, target: &Target<'_>) -> (AttemptOutcome, Option<Cause>) {
    let answer = read(&Reply::of(status, None, body), target, Utc::now());
    assert_eq!(answer.status, Some(status));
    (answer.outcome, answer.cause)
}

#[test]
fn every_documented_error_has_its_meaning() {
    for (status, word, fcm_error, outcome, cause) in [
        (404, "NOT_FOUND", Some("UNREGISTERED"), Dead, Cause::AddressGone),
        (404, "NOT_FOUND", None, Misconfigured, Cause::BadAnswer),
        (403, "PERMISSION_DENIED", Some("SENDER_ID_MISMATCH"), Misconfigured, Cause::WrongCredential),
        (403, "PERMISSION_DENIED", None, Misconfigured, Cause::WrongCredential),
        (401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR"), Misconfigured, Cause::WrongCredential),
        (401, "UNAUTHENTICATED", None, Misconfigured, Cause::WrongCredential),
        (429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED"), Retry, Cause::Throttled),
        (429, "RESOURCE_EXHAUSTED", None, Retry, Cause::Throttled),
        (503, "UNAVAILABLE", Some("UNAVAILABLE"), Retry, Cause::ProviderError),
        (500, "INTERNAL", Some("INTERNAL"), Retry, Cause::ProviderError),
        (502, "", None, Retry, Cause::ProviderError),
        (418, "TEAPOT", Some("UNSPECIFIED_ERROR"), Misconfigured, Cause::BadAnswer),
    ] {
        let body = refusal(word, "a message", fcm_error, None);
        let answer = read(&Reply::of(status, Some("9"), &body), &new_device(), Utc::now());
        assert_eq!((answer.outcome, answer.cause), (outcome, Some(cause)), "{body}");
        assert_eq!(answer.detail.as_deref(), Some("a message"));
        let word = fcm_error.unwrap_or(word);
        assert_eq!(answer.reason.as_deref().unwrap_or_default(), word);
        assert_eq!(answer.retry_after.map(|after| after.as_secs()), Some(9));
    }
}

#[test]
fn an_invalid_argument_is_the_token_only_when_it_is_named() {
    let device = new_device();
    let own = Some("INVALID_ARGUMENT");
    let invalid = "The registration token is not a valid FCM registration token";
    for (message, fcm_error, field, about_token) in [
        (invalid, own, None, true),
        (invalid, own, Some("message.token"), true),
        ("Request contains an invalid argument.", None, Some("message.token"), true),
        ("Message is too big", own, None, false),
        ("Invalid data payload key: from", own, Some("message.data"), false),
        (invalid, own, Some("message.data[0].key"), false),
        (invalid, None, None, false),
    ] {
        let body = refusal("INVALID_ARGUMENT", message, fcm_error, field);
        let meaning = if about_token {
            (Dead, Some(Cause::AddressInvalid))
        } else {
            (Failed, Some(Cause::PayloadRefused))
        };
        assert_eq!(outcome_of(400, &body, &device), meaning, "{body}");
    }
}

#[test]
fn an_invalid_token_that_once_worked_blames_the_provider() {
    let body = refusal("INVALID_ARGUMENT", "bad token", Some("INVALID_ARGUMENT"), None);
    for (ever_accepted, provider_changed_since) in [(true, false), (false, true), (true, true)] {
        let target = Target { ever_accepted, provider_changed_since, ..new_device() };
        let blamed = (Misconfigured, Some(Cause::AddressInvalid));
        assert_eq!(outcome_of(400, &body, &target), blamed);
    }
}

#[test]
fn garbage_accepts_nothing_and_kills_nothing() {
    let device = new_device();
    for body in ["", "<html>", "[]", "{}", r#"{"error": 5}"#, r#"{"error": {"details": 1}}"#] {
        assert_eq!(outcome_of(200, body, &device), (Retry, Some(Cause::BadAnswer)), "{body}");
        assert_eq!(outcome_of(404, body, &device), (Misconfigured, Some(Cause::BadAnswer)), "{body}");
        assert_eq!(outcome_of(503, body, &device), (Retry, Some(Cause::ProviderError)), "{body}");
    }
    let sent = r#"{"name": "projects/p/messages/1"}"#;
    assert_eq!(outcome_of(200, sent, &device), (Accepted, None));
}

#[test]
fn a_refused_grant_blames_the_credentials_and_trouble_does_not() {
    let refused = r#"{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}"#;
    for (status, body, outcome, cause) in [
        (400, refused, Misconfigured, Cause::WrongCredential),
        (401, r#"{"error": "invalid_client"}"#, Misconfigured, Cause::WrongCredential),
        (429, refused, Retry, Cause::Throttled),
        (503, refused, Retry, Cause::ProviderError),
        (200, "{}", Retry, Cause::BadAnswer),
        (404, "<html>", Misconfigured, Cause::BadAnswer),
    ] {
        let answer = read_grant_refusal(&Reply::of(status, None, body), Utc::now());
        assert_eq!((answer.outcome, answer.cause), (outcome, Some(cause)), "{status} {body}");
    }
}
