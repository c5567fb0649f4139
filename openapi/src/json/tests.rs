use serde_json::json;

use super::*;
use crate::{bindings::NewBinding, values::JsonObject};

fn refused(body: &str) -> ApiProblem {
    read::<NewBinding>(body.as_bytes()).expect_err(body)
}

fn field(body: Value) -> (String, String) {
    let problem = refused(&body.to_string());
    assert_eq!((problem.problem().status, problem.problem().code.as_str()), (422, "validation_failed"));
    let errors = problem.into_problem().errors.expect("errors");
    assert_eq!(errors.len(), 1);
    (errors[0].pointer.clone(), errors[0].detail.clone())
}

fn binding(key: &str, value: Value) -> Value {
    let mut body = json!({"account_sid": "AC1", "identity": "bob", "channel": "fcm", "address": "t"});
    body[key] = value;
    body
}

fn fault(pointer: &str, detail: &str) -> (String, String) {
    (pointer.to_owned(), detail.to_owned())
}

#[test]
fn what_is_not_json_is_400_with_its_place() {
    let problem = refused("{\"identity\":\n  nope}");
    assert_eq!((problem.problem().status, problem.problem().code.as_str()), (400, "malformed"));
    assert!(problem.problem().detail.contains("line 2 column 4"), "{problem}");
    assert!(refused("{\"identity\":").problem().detail.contains("line 1"));
    assert!(refused("{} {}").problem().detail.contains("trailing"));
    assert!(refused(" \n").problem().detail.contains("empty"));
}

#[test]
fn what_is_not_utf8_is_400() {
    let problem = read::<JsonObject>(b"{\"a\":\"\xff\"}").expect_err("not UTF-8");
    assert_eq!(problem.problem().status, 400);
    assert!(problem.problem().detail.contains("byte 6"), "{problem}");
}

#[test]
fn a_key_twice_is_400_at_any_depth() {
    for body in [r#"{"identity":"a","identity":"b"}"#, r#"{"keys":[{"identity":1,"identity":1}]}"#] {
        let problem = refused(body);
        assert_eq!((problem.problem().status, problem.problem().code.as_str()), (400, "duplicate_key"));
        assert!(problem.problem().detail.contains("\"identity\" twice"), "{problem}");
    }
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    assert_eq!(refused(&"[".repeat(100_000)).problem().status, 400);
}

#[test]
fn a_wrong_type_is_named_without_its_value() {
    let wrong = [
        (binding("identity", json!(12345)), fault("/identity", "expected a string, found a number")),
        (binding("identity", Value::Null), fault("/identity", "expected a string, found null")),
        (binding("shared", json!("yes")), fault("/shared", "expected a boolean, found a string")),
        (binding("channel", json!(3)), fault("/channel", "expected a string, found a number")),
        (binding("tags", json!({})), fault("/tags", "expected an array, found an object")),
        (binding("tags", json!(["a", 1])), fault("/tags/1", "expected a string, found a number")),
        (binding("keys", json!(["a"])), fault("/keys", "expected an object, found an array")),
        (
            binding("keys", json!({"p256dh": "k", "auth": false})),
            fault("/keys/auth", "expected a string, found a boolean"),
        ),
    ];
    for (body, expected) in wrong {
        assert_eq!(field(body), expected);
    }
    let tricky = field(binding("shared", json!("hunter2, expected hunter2")));
    assert_eq!(tricky, fault("/shared", "expected a boolean, found a string"));
    assert_eq!(field(json!(["a"])), fault("", "expected an object, found an array"));
}

#[test]
fn a_missing_field_is_named() {
    assert_eq!(field(json!({"identity": "bob", "channel": "fcm"})), fault("/account_sid", "is required"));
    assert_eq!(field(binding("keys", json!({"p256dh": "k"}))), fault("/keys/auth", "is required"));
}

#[test]
fn an_unknown_field_is_named() {
    let (pointer, detail) = field(binding("adress", json!("x")));
    assert_eq!(pointer, "/adress");
    assert!(detail.starts_with("is not known here; known are account_sid, identity,"), "{detail}");
    assert_eq!(field(binding("a/b~c", json!(1))).0, "/a~1b~0c");
    assert_eq!(field(binding("keys", json!({"keys": 1}))).0, "/keys/keys");
    let (pointer, detail) = field(binding("keys", json!({"p256dh": "k", "auth": "a", "x": 1})));
    assert_eq!(fault(&pointer, &detail), fault("/keys/x", "is not known here; known are p256dh, auth"));
}

#[test]
fn an_unknown_word_is_told_the_known_ones() {
    let expected = "must be one of fcm, apns_voip, apns, webpush, websocket, webhook, hms";
    assert_eq!(field(binding("channel", json!("sms"))), fault("/channel", expected));
    assert_eq!(
        field(binding("environment", json!("staging"))),
        fault("/environment", "must be one of production, sandbox")
    );
}

#[test]
fn a_wrong_time_is_told_a_right_one() {
    let wrong = field(binding("expires_at", json!("tomorrow")));
    assert_eq!(wrong, fault("/expires_at", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z"));
    let wrong = field(binding("expires_at", json!(5)));
    assert!(wrong.1.starts_with("expected an RFC 3339 time"), "{}", wrong.1);
}

#[test]
fn numbers_know_their_range() {
    fn told<T: serde::de::DeserializeOwned + std::fmt::Debug>(value: serde_json::Value) -> (String, String) {
        let error = read_value::<T>(&value)
            .expect_err("out of range")
            .into_problem()
            .errors
            .expect("errors")
            .remove(0);
        (error.pointer, error.detail)
    }
    use crate::{client_tokens::NewClientToken, webhook_tokens::NewWebhookToken, workspace::WorkspacePatch};
    for value in [json!(-1), json!(1.5), json!(5_000_000_000_u64)] {
        let told = told::<WorkspacePatch>(json!({"ring_ttl_seconds": value}));
        assert_eq!(told, fault("/ring_ttl_seconds", "expected an integer from 5 to 120, found a number"));
    }
    let new = json!({"account_sid": "AC1", "identity": "bob", "ttl_seconds": "1h"});
    let expected = fault("/ttl_seconds", "expected an integer from 60 to 86400, found a string");
    assert_eq!(told::<NewClientToken>(new), expected);
    let expected = fault("/grace_seconds", "expected an integer from 0 to 2592000, found null");
    assert_eq!(told::<NewWebhookToken>(json!({"grace_seconds": null})), expected);
}
