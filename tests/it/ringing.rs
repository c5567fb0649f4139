//! Calls that ring devices, and what becomes of them.

use std::time::Duration;

use ringhook_tests::app::{App, Workspace};
use ringhook_tests::until::{until, within};
use serde_json::Value;

mod answers;
mod dead;
mod devices;
mod repeats;
mod secrets;

/// Attempts and outcomes are readable this long after the answer at the latest.
const READABLE: Duration = Duration::from_secs(1);

/// A token as APNs gives them.
const IPHONE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

async fn notification(app: &App, workspace: &Workspace, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    app.api(workspace).get(&format!("/notifications/{id}")).await.expect(200).json
}

/// Whether it is written how the call ended, and what was answered: two things that are written apart.
fn is_over(notification: &Value) -> bool {
    notification["outcome"] != "in_progress" && !notification["answer"].is_null()
}

/// The notification once every delivery has ended; that must be within a second.
async fn ended(app: &App, workspace: &Workspace, id: &Value) -> Value {
    within(READABLE, "the outcome in the log", async || {
        let logged = notification(app, workspace, id).await;
        is_over(&logged).then_some(logged)
    })
    .await
}

/// The workspace's only notification once it is no longer `in_progress`.
async fn only_call(app: &App, workspace: &Workspace) -> Value {
    until("the call's end in the log", async || {
        let listed = app.api(workspace).get("/notifications").await.expect(200);
        assert_eq!(listed.items().len(), 1, "{}", listed.text);
        is_over(&listed.items()[0]).then(|| listed.items()[0].clone())
    })
    .await
}

fn deliveries(notification: &Value) -> &[Value] {
    notification["deliveries"].as_array().expect("deliveries")
}

/// The delivery to this binding.
fn delivery<'a>(notification: &'a Value, binding: &str) -> &'a Value {
    let found = deliveries(notification).iter().find(|delivery| delivery["binding_id"] == binding);
    found.unwrap_or_else(|| panic!("no delivery to {binding} in {notification}"))
}
