//! Reading the record of calls, as a user does.

use futures_util::StreamExt;
use ringhook_tests::api::Api;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::twilio::Answer;
use ringhook_tests::until::{until, within};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than any call of these tests lives.
const LIFETIME: Duration = Duration::from_secs(60);

/// The id of the notification that was answered 200.
#[track_caller]
pub fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json["notification_id"].as_str().expect("an id").to_owned()
}

/// A notification with its deliveries and attempts, as it stands.
pub async fn now(api: &Api, id: &str) -> Value {
    api.get(&format!("/notifications/{id}")).await.expect(200).json
}

/// The same once nothing of it is pending.
pub async fn ended(api: &Api, id: &str) -> Value {
    within(LIFETIME, "the call's end", async || {
        Some(now(api, id).await).filter(|record| record["outcome"] != "in_progress")
    })
    .await
}

/// The attempts of a notification's only delivery.
#[track_caller]
pub fn attempts(record: &Value) -> &[Value] {
    let deliveries = record["deliveries"].as_array().expect("deliveries");
    assert_eq!(deliveries.len(), 1, "{record}");
    deliveries[0]["attempts"].as_array().expect("attempts")
}

/// When an attempt was made, in milliseconds of Unix time.
#[track_caller]
pub fn made_at(attempt: &Value) -> i64 {
    let at = attempt["at"].as_str().and_then(|at| at.parse::<chrono::DateTime<chrono::Utc>>().ok());
    at.expect("a time").timestamp_millis()
}

/// Lets webhooks be answered as soon as they are recorded, and calls ring for so long.
pub async fn answer_at_once(app: &App, workspace: &Workspace, ring_ttl_seconds: u32) {
    let settings = json!({"answer": "recorded", "ring_ttl_seconds": ring_ttl_seconds});
    app.api(workspace).patch("/workspace", settings).await.expect(200);
}

/// A provider, once its status is `status`.
pub async fn provider_with_status(api: &Api, id: &str, status: &str) -> Value {
    until(&format!("a provider that is {status}"), async || {
        let provider = api.get(&format!("/providers/{id}")).await.expect(200).json;
        Some(provider).filter(|provider| provider["status"] == status)
    })
    .await
}

/// Binds so many devices, some at a time; `binding` makes each from its number.
pub async fn bind_many(api: &Api, count: usize, binding: impl Fn(usize) -> Value) {
    let bound = futures_util::stream::iter((0..count).map(binding))
        .map(|binding| async { api.post("/bindings", binding).await.expect(201).id() });
    bound.buffer_unordered(32).collect::<Vec<_>>().await;
}
