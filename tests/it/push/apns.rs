//! Apple Push Notification service.

mod connections;

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Certificate;
use ringhook::push::apns::{Credentials, Settings};
use ringhook::push::{Client, Endpoints, Network};
use ringhook_openapi::AttemptOutcome::{Dead, Failed, Misconfigured, Retry};
use ringhook_openapi::{Cause, Channel, Environment};
use ringhook_tests::apns::Apns;
use ringhook_tests::stand_in::Scripted;
use serde_json::{Value, json};

use super::{BRIDGE_TOKEN, Call, assert_accepted, assert_meaning, target};

fn client_with(apns: &Apns, credentials: &Value, settings: &Value) -> Client {
    let endpoints = Endpoints {
        apns: Some(apns.url().parse().expect("a URL")),
        extra_ca: vec![Certificate::from_pem(apns.ca_pem().as_bytes()).expect("a certificate")],
        ..Endpoints::default()
    };
    let network = Network::new(endpoints).expect("a network");
    let credentials = Credentials::parse(credentials).expect("credentials");
    let settings = Settings::parse(settings).expect("settings");
    network.apns(credentials, settings).expect("a client")
}

fn client(apns: &Apns) -> Client {
    client_with(apns, &apns.credentials(), &Value::Null)
}

/// A device token that ends in `number`.
fn device(number: usize) -> String {
    format!("{number:0>64x}")
}

fn reason(reason: &str) -> Value {
    json!({"reason": reason})
}

#[tokio::test]
async fn a_call_arrives_beside_aps() {
    let apns = Apns::start().await;
    let client = client_with(&apns, &apns.credentials(), &json!({"aps": {"alert": "Ring"}}));
    let mut call = Call::new();
    call.fields.insert("aps".to_owned(), json!({"badge": 1}));
    let device = device(1);
    for (channel, push_type, topic, aps) in [
        (Channel::ApnsVoip, "voip", "com.example.ring.voip", json!({})),
        (Channel::Apns, "alert", "com.example.ring", json!({"alert": "Ring"})),
    ] {
        let answer = call.send(&client, &target(channel, &device)).await;
        assert_accepted(&answer);
        assert_eq!(answer.left_out, ["aps"]);
        assert_eq!(answer.provider_message_id, Some(call.id.to_string()));
        let push = apns.received().pop().expect("a push");
        assert_eq!((push.push_type.as_str(), push.topic.as_str()), (push_type, topic));
        assert_eq!((push.id, push.collapse_id.as_deref()), (call.id.to_string(), Some("WB1")));
        assert_eq!(push.expiration, (call.now + TimeDelta::seconds(30)).timestamp());
        let mut expected = call.fields.clone();
        expected.insert("aps".to_owned(), aps);
        assert_eq!(push.body, Value::Object(expected));
    }
    assert_eq!(apns.faults(), [""; 0]);
}

#[tokio::test]
async fn an_alert_says_so_without_settings() {
    let apns = Apns::start().await;
    let call = Call::new();
    assert_accepted(&call.send(&client(&apns), &target(Channel::Apns, &device(1))).await);
    let aps = &apns.received()[0].body["aps"];
    assert!(aps["alert"]["title"].is_string() && aps["alert"]["body"].is_string());
    assert_eq!((&aps["mutable-content"], &aps["sound"]), (&json!(1), &json!("default")));
}

#[tokio::test]
async fn an_expired_token_is_replaced_once() {
    let apns = Apns::start().await;
    let client = client(&apns);
    let mut call = Call::new();
    let device = device(1);
    let phone = target(Channel::ApnsVoip, &device);
    assert_accepted(&call.send(&client, &phone).await);
    let expired = || Scripted::answer(403, reason("ExpiredProviderToken"));
    apns.script(&device, [expired()]);
    call.now += TimeDelta::seconds(30);
    assert_accepted(&call.send(&client, &phone).await);
    assert_eq!(apns.jwts(), 2);

    apns.script(&device, [expired()]);
    let answer = call.send(&client, &phone).await;
    assert_meaning(&answer, Misconfigured, Cause::WrongCredential);
    assert!(answer.detail.is_some_and(|detail| detail.contains("clock")));
    assert_eq!((apns.jwts(), apns.received().len()), (2, 4));

    apns.set_clock_ahead(Duration::from_secs(41 * 60));
    call.now += TimeDelta::minutes(41);
    assert_accepted(&call.send(&client, &phone).await);
    assert_eq!((apns.jwts(), apns.faults().len()), (3, 0));
}

#[tokio::test]
async fn dead_or_not() {
    let apns = Apns::start().await;
    let client = client(&apns);
    let gone = |since: chrono::DateTime<chrono::Utc>| json!({"reason": "Unregistered", "timestamp": since.timestamp_millis()});
    let now = chrono::Utc::now();
    let rows = [
        (410, gone(now), Dead, Cause::AddressGone),
        (410, gone(now - TimeDelta::days(2)), Failed, Cause::AddressGone),
        (400, reason("BadDeviceToken"), Dead, Cause::AddressInvalid),
        (400, reason("DeviceTokenNotForTopic"), Misconfigured, Cause::WrongTopic),
        (400, reason("TopicDisallowed"), Misconfigured, Cause::WrongTopic),
        (400, reason("BadTopic"), Misconfigured, Cause::WrongTopic),
        (403, reason("InvalidProviderToken"), Misconfigured, Cause::WrongCredential),
        (403, reason("BadCertificateEnvironment"), Misconfigured, Cause::WrongCredential),
        (413, reason("PayloadTooLarge"), Failed, Cause::PayloadTooLarge),
        (429, reason("TooManyRequests"), Retry, Cause::Throttled),
        (500, reason("InternalServerError"), Retry, Cause::ProviderError),
        (503, reason("ServiceUnavailable"), Retry, Cause::ProviderError),
        (503, json!("<html>"), Retry, Cause::ProviderError),
        (418, json!("<html>"), Misconfigured, Cause::BadAnswer),
    ];
    for (number, (status, body, outcome, cause)) in (1..).zip(rows) {
        let device = device(number);
        apns.script(&device, [Scripted::answer(status, body).header("retry-after", "7")]);
        let answer = Call::new().send(&client, &target(Channel::ApnsVoip, &device)).await;
        assert_meaning(&answer, outcome, cause);
        assert_eq!(answer.status, Some(status));
        assert_eq!(answer.retry_after.is_some(), cause != Cause::AddressInvalid);
    }
    let device = device(99);
    let mut known = target(Channel::ApnsVoip, &device);
    known.provider_changed_since = true;
    apns.script(&device, [Scripted::answer(400, reason("BadDeviceToken"))]);
    assert_meaning(&Call::new().send(&client, &known).await, Misconfigured, Cause::AddressInvalid);
    assert_eq!((apns.jwts(), apns.faults().len()), (1, 0));
}

#[tokio::test]
async fn what_cannot_arrive_is_not_sent() {
    let apns = Apns::start().await;
    let client = client(&apns);
    for address in ["", "xyz", "../../etc/passwd", &"ab".repeat(31), &"ab".repeat(101), &"g0".repeat(32)] {
        let answer = Call::new().send(&client, &target(Channel::ApnsVoip, address)).await;
        assert_meaning(&answer, Dead, Cause::AddressInvalid);
        let mut known = target(Channel::ApnsVoip, address);
        known.ever_accepted = true;
        assert_meaning(&Call::new().send(&client, &known).await, Misconfigured, Cause::AddressInvalid);
    }
    let mut call = Call::new();
    call.fields.insert("twi_params".to_owned(), json!("p".repeat(5000)));
    let answer = call.send(&client, &target(Channel::ApnsVoip, &device(1))).await;
    assert_meaning(&answer, Failed, Cause::PayloadTooLarge);
    assert_eq!((apns.connections(), answer.left_out), (0, vec!["priority_class".to_owned()]));
}

#[tokio::test]
async fn what_the_network_echoes_shows_no_secret() {
    let apns = Apns::start().await;
    let client = client(&apns);
    let device = device(1);
    let phone = target(Channel::ApnsVoip, &device);
    assert_accepted(&Call::new().send(&client, &phone).await);
    let jwt = apns.received()[0].jwt.clone();
    apns.script(&device, [Scripted::answer(400, format!("{BRIDGE_TOKEN} {jwt}"))]);
    let answer = Call::new().send(&client, &phone).await;
    assert_eq!(answer.detail.as_deref(), Some("[hidden] [hidden]"));
}

#[tokio::test]
async fn a_check_tells_whether_apple_believes_the_key() {
    let apns = Apns::start().await;
    let now = chrono::Utc::now();
    assert_accepted(&client(&apns).check(Environment::Production, now).await);
    assert_eq!(apns.faults(), [""; 0]);
    let foreign = client_with(&apns, &apns.foreign_credentials(), &Value::Null);
    let answer = foreign.check(Environment::Production, now).await;
    assert_meaning(&answer, Misconfigured, Cause::WrongCredential);
    assert_eq!(answer.reason.as_deref(), Some("InvalidProviderToken"));
    assert_eq!(apns.received().len(), 0);
}
