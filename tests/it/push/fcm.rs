//! Firebase Cloud Messaging.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use ringhook::push::fcm::Credentials;
use ringhook::push::{Client, Endpoints, Network};
use ringhook_openapi::AttemptOutcome::{Dead, Failed, Misconfigured, Retry};
use ringhook_openapi::{Cause, Channel, Environment};
use ringhook_tests::fcm::Fcm;
use ringhook_tests::stand_in::Scripted;
use serde_json::{Value, json};

use super::{BRIDGE_TOKEN, Call, assert_accepted, assert_meaning, target};

fn client(fcm: &Fcm, credentials: &Value) -> Client {
    let endpoints = Endpoints {
        fcm: Some(fcm.url().parse().expect("a URL")),
        fcm_token: Some(fcm.token_url().parse().expect("a URL")),
        ..Endpoints::default()
    };
    let network = Network::new(endpoints).expect("a network");
    network.fcm(Credentials::parse(credentials).expect("credentials")).expect("a client")
}

fn error(status: &str, fcm_error: &str, message: &str) -> Value {
    let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    let details = json!([{"@type": kind, "errorCode": fcm_error}]);
    json!({"error": {"status": status, "message": message, "details": details}})
}

#[tokio::test]
async fn a_call_arrives_key_for_key() {
    let fcm = Fcm::start().await;
    let client = client(&fcm, &fcm.credentials());
    let mut call = Call::new();
    call.fields.insert("google.x".to_owned(), json!("y"));
    let answer = call.send(&client, &target(Channel::Fcm, "phone")).await;
    assert_accepted(&answer);
    assert_eq!(answer.left_out, ["google.x"]);
    assert!(answer.provider_message_id.is_some_and(|id| id.starts_with("projects/")));

    let received = fcm.received_at_least(1).await;
    call.fields.remove("google.x");
    call.fields.insert("priority_class".to_owned(), json!("7"));
    assert_eq!((received[0].token.as_str(), &received[0].data), ("phone", &call.fields));
    assert_eq!(fcm.faults(), [""; 0]);
}

#[tokio::test]
async fn a_hundred_at_once_fetch_one_token() {
    let fcm = Fcm::start().await;
    fcm.script_token_endpoint([Scripted::own_answer().after(Duration::from_millis(100))]);
    let client = client(&fcm, &fcm.credentials());
    let call = Call::new();
    let phone = target(Channel::Fcm, "phone");
    let answers = join_all((0..100).map(|_| call.send(&client, &phone))).await;
    answers.iter().for_each(assert_accepted);
    assert_eq!((fcm.token_requests(), fcm.received().len()), (1, 100));
    assert_eq!(fcm.faults(), [""; 0]);
}

#[tokio::test]
async fn a_hundred_at_once_share_one_failed_fetch() {
    let fcm = Fcm::start().await;
    fcm.script_token_endpoint([Scripted::answer(503, "").after(Duration::from_millis(100))]);
    let client = client(&fcm, &fcm.credentials());
    let call = Call::new();
    let phone = target(Channel::Fcm, "phone");
    let answers = join_all((0..100).map(|_| call.send(&client, &phone))).await;
    answers.iter().for_each(|answer| assert_meaning(answer, Retry, Cause::ProviderError));
    assert_accepted(&call.send(&client, &phone).await);
    assert_eq!(fcm.token_requests(), 2);
}

#[tokio::test]
async fn a_sender_who_gives_up_leaves_the_token_to_the_others() {
    let fcm = Fcm::start().await;
    let client = client(&fcm, &fcm.credentials());
    let call = Call::new();
    let phone = target(Channel::Fcm, "phone");
    let mut hasty = Box::pin(call.send(&client, &phone));
    assert!(futures_util::poll!(&mut hasty).is_pending());
    drop(hasty);
    assert_accepted(&call.send(&client, &phone).await);
    assert_eq!((fcm.token_requests(), fcm.received().len()), (1, 1));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_nobody_waits() {
    let fcm = Fcm::start().await;
    let client = Arc::new(client(&fcm, &fcm.credentials()));
    let mut call = Call::new();
    let phone = target(Channel::Fcm, "phone");
    assert_accepted(&call.send(&client, &phone).await);
    fcm.script_token_endpoint([Scripted::hang()]);
    call.now += TimeDelta::minutes(56);
    assert_accepted(&call.send(&client, &phone).await);
    let received = fcm.received();
    assert_eq!(received[0].bearer, received[1].bearer);
    assert_accepted(&call.send(&client, &phone).await);
}

#[tokio::test]
async fn a_token_that_google_ended_is_replaced_once() {
    let fcm = Fcm::start().await;
    let client = client(&fcm, &fcm.credentials());
    let call = Call::new();
    let phone = target(Channel::Fcm, "phone");
    assert_accepted(&call.send(&client, &phone).await);
    fcm.revoke_tokens();
    let answers = join_all((0..20).map(|_| call.send(&client, &phone))).await;
    answers.iter().for_each(assert_accepted);
    assert_eq!((fcm.token_requests(), fcm.faults().len()), (2, 0));

    let refused = || Scripted::answer(401, json!({"error": {"status": "UNAUTHENTICATED"}}));
    fcm.script("locked", [refused(), refused(), refused()]);
    let answer = call.send(&client, &target(Channel::Fcm, "locked")).await;
    assert_meaning(&answer, Misconfigured, Cause::WrongCredential);
    assert_eq!((fcm.token_requests(), fcm.received().len()), (3, 23));
}

#[tokio::test]
async fn dead_or_not() {
    let fcm = Fcm::start().await;
    let client = client(&fcm, &fcm.credentials());
    let invalid = error("INVALID_ARGUMENT", "INVALID_ARGUMENT", "not a valid registration token");
    let rows = [
        ("gone", 404, error("NOT_FOUND", "UNREGISTERED", "x"), Dead, Cause::AddressGone),
        (
            "sender",
            403,
            error("PERMISSION_DENIED", "SENDER_ID_MISMATCH", "x"),
            Misconfigured,
            Cause::WrongCredential,
        ),
        (
            "apple",
            401,
            error("UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", "x"),
            Misconfigured,
            Cause::WrongCredential,
        ),
        (
            "payload",
            400,
            error("INVALID_ARGUMENT", "INVALID_ARGUMENT", "too big"),
            Failed,
            Cause::PayloadRefused,
        ),
        ("invalid", 400, invalid.clone(), Dead, Cause::AddressInvalid),
        ("garbage", 200, json!("<html>"), Retry, Cause::BadAnswer),
        ("teapot", 418, json!("<html>"), Misconfigured, Cause::BadAnswer),
        ("quota", 429, error("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "x"), Retry, Cause::Throttled),
        ("down", 503, error("UNAVAILABLE", "UNAVAILABLE", "x"), Retry, Cause::ProviderError),
    ];
    for (token, status, body, outcome, cause) in rows {
        fcm.script(token, [Scripted::answer(status, body).header("retry-after", "7")]);
        let answer = Call::new().send(&client, &target(Channel::Fcm, token)).await;
        assert_meaning(&answer, outcome, cause);
        assert_eq!(
            (answer.status, answer.retry_after.is_some()),
            (Some(status), cause != Cause::AddressInvalid)
        );
    }
    let mut known = target(Channel::Fcm, "known");
    known.ever_accepted = true;
    fcm.script("known", [Scripted::answer(400, invalid)]);
    assert_meaning(&Call::new().send(&client, &known).await, Misconfigured, Cause::AddressInvalid);
    assert_eq!((fcm.token_requests(), fcm.faults().len()), (1, 0));
}

#[tokio::test]
async fn what_the_network_echoes_shows_no_secret() {
    let fcm = Fcm::start().await;
    let client = client(&fcm, &fcm.credentials());
    let phone = target(Channel::Fcm, "phone");
    assert_accepted(&Call::new().send(&client, &phone).await);
    let bearer = fcm.received()[0].bearer.clone();
    let echo = format!("you sent {BRIDGE_TOKEN} with {bearer}");
    fcm.script("phone", [Scripted::answer(400, echo)]);
    let answer = Call::new().send(&client, &phone).await;
    assert_eq!(answer.detail.as_deref(), Some("you sent [hidden] with [hidden]"));
}

#[tokio::test]
async fn no_answer_is_worth_another_try() {
    let fcm = Fcm::start().await;
    let client = client(&fcm, &fcm.credentials());
    fcm.script("reset", [Scripted::reset()]);
    fcm.script("hung", [Scripted::hang()]);
    let answer = Call::new().send(&client, &target(Channel::Fcm, "reset")).await;
    assert_meaning(&answer, Retry, Cause::ConnectionFailed);

    let mut call = Call::new();
    call.ttl = Duration::from_millis(500);
    let answer = call.send(&client, &target(Channel::Fcm, "hung")).await;
    assert_meaning(&answer, Retry, Cause::Timeout);

    drop(fcm);
    let answer = Call::new().send(&client, &target(Channel::Fcm, "phone")).await;
    assert_meaning(&answer, Retry, Cause::ConnectionFailed);
}

#[tokio::test]
async fn a_check_tells_whether_google_believes_the_key() {
    let fcm = Fcm::start().await;
    let now = chrono::Utc::now();
    let good = client(&fcm, &fcm.credentials());
    assert_accepted(&good.check(Environment::Production, now).await);
    let foreign = client(&fcm, &fcm.foreign_credentials());
    let answer = foreign.check(Environment::Production, now).await;
    assert_meaning(&answer, Misconfigured, Cause::WrongCredential);
    assert_eq!(answer.reason.as_deref(), Some("invalid_grant"));
    assert_eq!(fcm.received().len(), 0);
}
