//! Every limit of the API: what is just within it is taken, one over is refused with its name.

use http::Method;
use ringhook_tests::api::{Api, Reply};
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::socket::client_token;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::bindings::{fcm, with_fcm};

/// Largest body of a single request, in bytes; of a batch; of a device's message; of a line of an import.
const BODY: usize = 256 * 1024;
const BATCH: usize = 4 * 1024 * 1024;
const MESSAGE: usize = 16 * 1024;
const LINE: usize = 16 * 1024;

fn long(characters: usize) -> String {
    "x".repeat(characters)
}

fn tags(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("tag-{number}")).collect()
}

/// The value followed by space up to exactly `size` bytes.
fn filled(value: &Value, size: usize) -> String {
    let mut text = value.to_string();
    text.push_str(&" ".repeat(size - text.len()));
    text
}

/// Members just within their limits, and just over, with the place that is pointed to.
fn members() -> [(Value, Value, &'static str); 5] {
    [
        (json!({"identity": long(256)}), json!({"identity": long(257)}), "/identity"),
        (json!({"device_id": long(256)}), json!({"device_id": long(257)}), "/device_id"),
        (json!({"tags": tags(20)}), json!({"tags": tags(21)}), "/tags"),
        (json!({"tags": ["é".repeat(64)]}), json!({"tags": ["é".repeat(65)]}), "/tags/0"),
        (json!({"address": long(4096)}), json!({"address": long(4097)}), "/address"),
    ]
}

/// A body of exactly `size` bytes: JSON may be followed by space.
async fn padded(api: &Api, path: &str, body: &Value, size: usize) -> Reply {
    let request = api.request(Method::POST, path).header("content-type", "application/json");
    api.send(request.body(filled(body, size))).await
}

async fn import(api: &Api, lines: String) -> Value {
    let request =
        api.request(Method::POST, "/bindings/import").header("content-type", "application/x-ndjson");
    api.send(request.body(lines)).await.expect(200).json
}

fn called(workspace: &Workspace, more: &Value) -> Value {
    let mut body = json!({"account_sid": workspace.account_sid, "identity": "bob"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

both! {
    async fn members_of_a_binding(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let path = {
            let made = api.post("/bindings", fcm(&workspace, "carol", "hers", json!({}))).await.expect(201);
            format!("/bindings/{}", made.id())
        };
        for (number, (within, over, pointer)) in members().into_iter().enumerate() {
            let address = format!("token-{number}");
            api.post("/bindings", fcm(&workspace, "bob", &address, over.clone())).await.invalid(pointer);
            api.post("/bindings", fcm(&workspace, "bob", &address, within.clone())).await.expect(201);
            if pointer != "/identity" {
                api.patch(&path, over).await.invalid(pointer);
                // Those that belong to one binding alone are the other's now.
                let expected = if ["/address", "/device_id"].contains(&pointer) { 409 } else { 200 };
                api.patch(&path, within).await.expect(expected);
            }
        }
    }

    async fn members_of_a_device(app: App) {
        let workspace = with_fcm(&app).await;
        let token = client_token(&app.api(&workspace), &workspace.account_sid, &long(256), 60).await;
        let device = app.api_as(&token);
        let body = |more: &Value| {
            let mut body = json!({"channel": "fcm", "address": "token"});
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            body
        };
        for (within, over, pointer) in members() {
            match pointer {
                "/identity" => {}
                "/device_id" => {
                    device.put(&format!("/device/bindings/{}", long(256)), body(&json!({}))).await.expect(201);
                    device.put(&format!("/device/bindings/{}", long(257)), body(&json!({}))).await.invalid(pointer);
                }
                _ => {
                    device.put("/device/bindings/phone", body(&over)).await.invalid(pointer);
                    device.put("/device/bindings/phone", body(&within)).await.expect(200);
                }
            }
        }
    }

    async fn members_of_what_is_asked_for_a_user(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let token = |ttl: u32| called(&workspace, &json!({"ttl_seconds": ttl}));
        for (within, over) in [(60, 59), (86_400, 86_401)] {
            api.post("/client-tokens", token(within)).await.expect(201);
            api.post("/client-tokens", token(over)).await.invalid("/ttl_seconds");
        }
        for path in ["/client-tokens", "/test-calls"] {
            let with = |identity: String| called(&workspace, &json!({ "identity": identity }));
            let too_long = api.post(path, with(long(257))).await;
            too_long.invalid("/identity");
            let mut within = with(long(256));
            if path == "/client-tokens" {
                within["ttl_seconds"] = json!(60);
            }
            api.post(path, within).await.expect(201);
        }
    }

    async fn settings_of_a_workspace(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let limits = [
            ("name", json!(long(100)), json!(long(101))),
            ("name", json!("x"), json!("")),
            ("answer_within_ms", json!(0), json!(-1)),
            ("answer_within_ms", json!(10_000), json!(10_001)),
            ("ring_ttl_seconds", json!(5), json!(4)),
            ("ring_ttl_seconds", json!(120), json!(121)),
            ("retention_days", json!(1), json!(0)),
            ("retention_days", json!(365), json!(366)),
        ];
        for (member, within, over) in limits {
            api.patch("/workspace", json!({member: over})).await.invalid(&format!("/{member}"));
            let changed = api.patch("/workspace", json!({member: within})).await.expect(200);
            assert_eq!(changed.json[member], within);
        }
        let grace = |seconds: u32| json!({"grace_seconds": seconds});
        api.post("/webhook-tokens", grace(2_592_001)).await.invalid("/grace_seconds");
        api.post("/webhook-tokens", grace(2_592_000)).await.expect(201);
    }

    async fn the_length_of_a_list(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let lists = ["/bindings", "/notifications", "/deliveries", "/accounts", "/providers", "/webhook-tokens"];
        for path in lists {
            for (within, over) in [(1, 0), (1000, 1001)] {
                api.get(&format!("{path}?limit={within}")).await.expect(200);
                api.get(&format!("{path}?limit={over}")).await.invalid("/limit");
            }
        }
    }

    async fn the_size_of_a_request(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let one = fcm(&workspace, "bob", "token", json!({}));
        let many = json!({"operations": [{"op": "upsert", "binding": one}]});
        padded(&api, "/bindings", &one, BODY).await.expect(201);
        padded(&api, "/bindings", &one, BODY + 1).await.problem(413, "body_too_large");
        padded(&api, "/bindings/batch", &many, BATCH).await.expect(200);
        padded(&api, "/bindings/batch", &many, BATCH + 1).await.problem(413, "body_too_large");

        let line = |size: usize| filled(&one, size - 1) + "\n";
        let imported = import(&api, [line(LINE), line(LINE + 1), line(200)].concat()).await;
        assert_eq!((&imported["updated"], &imported["failed"]), (&json!(2), &json!(1)), "{imported}");
        assert_eq!(imported["errors"][0]["pointer"], "/2");
    }

    async fn the_length_of_an_idempotency_key(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let ask = async |key: String| {
            let request = api.request(Method::POST, "/webhook-tokens").header("idempotency-key", key);
            api.send(request.json(&json!({}))).await
        };
        ask(long(255)).await.expect(201);
        ask(long(256)).await.problem(400, "invalid_parameter");
        ask(String::new()).await.problem(400, "invalid_parameter");
    }

    async fn the_size_of_a_devices_message(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        socket.send(Message::Text(filled(&json!({"ack": "nothing"}), MESSAGE).into())).await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        socket.text().await;
        socket.send(Message::Text(filled(&json!({"ack": "nothing"}), MESSAGE + 1).into())).await;
        assert_eq!(socket.close_code().await, 1009);
    }
}
