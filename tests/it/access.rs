//! Who may do what. Every operation of the document stands in [`requests`]; one that does not fails these tests.

use http::Method;
use ringhook_tests::api::{Api, Reply};
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::until::until;
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json"));
const SCOPES: [&str; 6] =
    ["bindings:read", "bindings:write", "deliveries:read", "calls:test", "workspace:read", "workspace:write"];

/// One operation, as the document has it.
struct Operation {
    id: String,
    method: Method,
    path: String,
    scope: String,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(DOCUMENT).expect("JSON");
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            // What devices do is tried as devices: see `device.rs`.
            if operation["security"][0]["DeviceToken"].is_array() {
                continue;
            }
            let description = operation["description"].as_str().expect("a description");
            let scope = description.rsplit_once("Scope: `").expect("a scope").1.trim_end_matches("`.");
            assert!(SCOPES.contains(&scope), "{scope} is no scope");
            operations.push(Operation {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                scope: scope.to_owned(),
            });
        }
    }
    operations
}

/// What one workspace has: the ids that paths and bodies name.
struct Things {
    account_sid: String,
    binding: String,
    provider: String,
    notification: String,
    webhook_token: String,
}

impl Things {
    /// One of each, in a workspace.
    async fn of(app: &App, workspace: &Workspace) -> Self {
        let api = app.api(workspace);
        let provider = app.fcm_provider(workspace).await;
        let binding = app.bind(workspace, "bob", "fcm", "android").await;
        let answer = app.twilio(workspace).ring("bob").await.reply.clone().expect(200);
        let webhook_token = api.get("/webhook-tokens").await.expect(200).items()[0]["id"].clone();
        until("the call to be written to its end", async || {
            let call = api.get("/notifications").await.expect(200).items()[0].clone();
            let bound = api.get("/bindings").await.expect(200).items()[0].clone();
            (call["outcome"] == "accepted"
                && call["answer"].is_object()
                && bound["last_accepted_at"].is_string())
            .then_some(())
        })
        .await;
        Self {
            account_sid: workspace.account_sid.clone(),
            binding,
            provider,
            notification: answer.json["notification_id"].as_str().expect("an id").to_owned(),
            webhook_token: webhook_token.as_str().expect("an id").to_owned(),
        }
    }

    /// The path and body of a request that this operation takes.
    fn request(&self, operation: &Operation) -> (String, Option<Value>) {
        let id = match operation.path.split('/').nth(1) {
            Some("bindings") => &self.binding,
            Some("providers") => &self.provider,
            Some("notifications") => &self.notification,
            Some("webhook-tokens") => &self.webhook_token,
            _ => &self.account_sid,
        };
        let path = operation.path.replace("{id}", id).replace("{account_sid}", id);
        let sid = &self.account_sid;
        let body = match operation.id.as_str() {
            "registerBinding" => {
                json!({"account_sid": sid, "identity": "bob", "channel": "fcm", "address": "android"})
            }
            "createClientToken" => json!({"account_sid": sid, "identity": "bob"}),
            "createAccount" => json!({"account_sid": format!("AC{}", "c".repeat(32)), "auth_token": "t"}),
            "createProvider" => json!({"kind": "fcm", "credentials": {}}),
            "createTestCall" => json!({"account_sid": sid, "identity": "bob"}),
            "changeBindings" => json!({"operations": []}),
            "importBindings" => return (path, None),
            "eraseIdentity" => return (format!("/identities/bob?account_sid={sid}"), None),
            "reactivateBindings" => json!({}),
            "createWebhookToken" => json!({"grace_seconds": 60}),
            "updateBinding" | "updateAccount" | "updateProvider" | "updateWorkspace" => json!({}),
            "deleteBindingsOfIdentity" => return (format!("{path}?account_sid={sid}&identity=bob"), None),
            _ if operation.method == Method::POST && !operation.path.contains("/checks") => {
                panic!("{} is new: say here what its body is", operation.id)
            }
            _ => return (path, None),
        };
        (path, Some(body))
    }
}

async fn send(api: &Api, operation: &Operation, things: &Things) -> Reply {
    let (path, body) = things.request(operation);
    let request = api.request(operation.method.clone(), &path);
    match body {
        Some(body) => api.send(request.json(&body)).await,
        None if operation.id == "importBindings" => {
            api.send(request.header("content-type", "application/x-ndjson").body("")).await
        }
        None => api.send(request).await,
    }
}

/// Everything that an account, binding, call, provider and setting can be read by.
async fn state(app: &App, workspace: &Workspace) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/workspace", "/accounts", "/bindings", "/providers", "/notifications", "/webhook-tokens"] {
        all.push(app.api(workspace).get(path).await.expect(200).json);
    }
    all
}

both! {
    async fn every_operation_needs_a_key_that_holds(app: App) {
        let workspace = app.workspace().await;
        let things = Things::of(&app, &workspace).await;
        let revoked = app.api_key(&workspace, &SCOPES).await;
        let hash = app.database.bytes(&ringhook::secrets::hash(&revoked));
        app.database.execute(&format!("UPDATE api_keys SET revoked_at = created_at WHERE key_hash = {hash}")).await;
        for operation in operations() {
            let wrong = [
                (app.api_without_bearer(), "unauthorized"),
                (app.api_as("rhk_x"), "invalid_api_key"),
                (app.api_as(&revoked), "api_key_revoked"),
            ];
            for (api, code) in wrong {
                send(&api, &operation, &things).await.problem(401, code);
            }
        }
    }

    async fn every_operation_needs_its_scope_and_no_other(app: App) {
        let workspace = app.workspace().await;
        let things = Things::of(&app, &workspace).await;
        let before = state(&app, &workspace).await;
        for scope in SCOPES {
            let others: Vec<_> = SCOPES.into_iter().filter(|other| *other != scope).collect();
            let without = app.api_as(&app.api_key(&workspace, &others).await);
            for operation in operations().iter().filter(|operation| operation.scope == scope) {
                let refused = send(&without, operation, &things).await.problem(403, "missing_scope");
                let detail = refused.json["detail"].as_str().unwrap_or_default();
                assert!(detail.contains(scope), "{}: {detail}", operation.id);
            }
        }
        assert_eq!(state(&app, &workspace).await, before);
        for operation in operations().iter().filter(|operation| operation.method == Method::GET) {
            let with = app.api_as(&app.api_key(&workspace, &[&operation.scope]).await);
            send(&with, operation, &things).await.expect(200);
        }
    }

    async fn what_is_another_workspaces_is_not_there(app: App) {
        let (workspace, other) = (app.workspace().await, app.workspace().await);
        let things = Things::of(&app, &workspace).await;
        let before = state(&app, &workspace).await;
        let mut seen = 0;
        for operation in operations().iter().filter(|operation| operation.path.contains('{')) {
            let reply = send(&app.api(&other), operation, &things).await;
            match operation.id.as_str() {
                // Whoever is not known is erased already.
                "eraseIdentity" => assert_eq!(reply.expect(200).json, json!({"bindings": 0, "notifications": 0})),
                _ => drop(reply.problem(404, "not_found")),
            }
            seen += 1;
        }
        assert!(seen >= 10, "{seen} operations were tried");
        // Those that name another's account in the body or the query.
        let api = app.api(&other);
        let binding =
            json!({"account_sid": workspace.account_sid, "identity": "eve", "channel": "websocket", "device_id": "x"});
        api.post("/bindings", binding).await.problem(422, "account_not_connected");
        let token = json!({"account_sid": workspace.account_sid, "identity": "bob"});
        api.post("/client-tokens", token.clone()).await.problem(422, "account_not_connected");
        let query = format!("/bindings?account_sid={}&identity=bob", workspace.account_sid);
        assert_eq!(api.delete(&query).await.expect(200).json, json!({"deleted": 0}));
        api.post("/test-calls", token).await.problem(422, "account_not_connected");
        assert_eq!(api.get("/bindings/export").await.expect(200).text, "");
        let batch = json!({"operations": [{"op": "delete", "id": things.binding}]});
        let refused = api.post("/bindings/batch", batch).await.expect(200);
        assert_eq!(refused.json["results"][0]["status"], 404);
        for list in ["/bindings", "/notifications", "/providers", "/deliveries"] {
            assert_eq!(api.get(list).await.expect(200).items(), [Value::Null; 0]);
        }
        let provider = json!({"account_sid": other.account_sid, "identity": "bob", "channel": "fcm",
            "address": "x", "provider_id": things.provider});
        app.fcm_provider(&other).await;
        api.post("/bindings", provider).await.invalid("/provider_id");
        assert_eq!(state(&app, &workspace).await, before);
    }

    async fn what_is_no_request_is_answered_with_a_problem(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        api.get("/nothing").await.problem(404, "no_such_path");
        api.get("/bindings/x/y").await.problem(404, "no_such_path");
        api.get("/bindings/x").await.problem(404, "not_found");
        api.get("/bindings/bnd_x").await.problem(404, "not_found");
        let no_text = api.get("/bindings/%ff").await.problem(400, "invalid_parameter");
        assert!(no_text.text.contains("UTF-8"), "{}", no_text.text);
        let socket = api.get("/device/socket").await.problem(400, "malformed");
        assert!(socket.text.contains("Upgrade: websocket"), "{}", socket.text);
        api.post("/device/socket", json!({})).await.problem(405, "method_not_allowed");
        let refused = api.put("/bindings", json!({})).await.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), "POST, GET, DELETE");
        api.delete("/workspace").await.problem(405, "method_not_allowed");
        let post = || api.request(Method::POST, "/bindings");
        api.send(post().body("{}")).await.problem(415, "unsupported_media_type");
        api.send(post().header("content-type", "text/plain").body("{}")).await.problem(415, "unsupported_media_type");
        for (body, code) in [
            ("", "malformed"),
            ("{", "malformed"),
            ("[1", "malformed"),
            ("\u{feff}{}", "malformed"),
            (r#"{"a":1,"a":2}"#, "duplicate_key"),
        ] {
            let json = post().header("content-type", "application/json").body(body);
            api.send(json).await.problem(400, code);
        }
        let invalid = post().header("content-type", "application/json").body(vec![b'"', 0xff, b'"']);
        api.send(invalid).await.problem(400, "malformed");
        let large = json!({"identity": "x".repeat(300 * 1024)});
        api.post("/bindings", large).await.problem(413, "body_too_large");
        for body in [json!([]), json!("x"), json!(7), json!(null)] {
            api.post("/bindings", body).await.problem(422, "validation_failed");
        }
        for limit in ["0", "1001", "-1", "x", ""] {
            api.get(&format!("/bindings?limit={limit}")).await.invalid("/limit");
        }
        api.get("/bindings?cursor=x").await.invalid("/cursor");
    }

    /// And in our words, not in those of a library.
    async fn what_a_parameter_may_be_is_said(app: App) {
        let api = app.api(&app.workspace().await);
        for (query, says) in [
            ("/bindings?channel=pigeon", "`channel` must be one of fcm, apns_voip, apns, webpush, websocket, webhook, hms."),
            ("/bindings?status=x", "`status` must be one of active, inactive."),
            ("/notifications?outcome=x", "`outcome` must be one of in_progress, accepted,"),
            ("/deliveries?state=x", "`state` must be one of pending,"),
            ("/notifications?since=yesterday", "`since` must be an RFC 3339 time"),
        ] {
            let refused = api.get(query).await.problem(400, "invalid_parameter");
            assert!(refused.text.contains(says), "{query}: {}", refused.text);
        }
        let missing = api.delete("/bindings?identity=bob").await.problem(400, "invalid_parameter");
        assert!(missing.text.contains("`account_sid` is required."), "{}", missing.text);
        for (query, says) in [("limit=0", "`limit` must be a number from 1 to 1000."), ("cursor=x", "`cursor` is no such id")] {
            let refused = api.get(&format!("/bindings?{query}")).await.problem(422, "validation_failed");
            assert!(refused.json["detail"].as_str().is_some_and(|detail| detail.starts_with(says)), "{}", refused.text);
        }
    }

    /// Postgres keeps no text that holds one.
    async fn no_path_and_no_query_holds_a_nul(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        for path in [
            "/bindings?identity=a%00b", "/bindings?account_sid=%00", "/bindings?device_id=%00", "/bindings?tag=%00",
            "/bindings/%00", "/notifications?call_sid=%00", "/notifications/%00", "/deliveries?identity=%00",
        ] {
            api.get(path).await.problem(400, "invalid_parameter");
        }
        for path in ["/accounts/%00", "/identities/%00?account_sid=AC1", "/identities/bob?account_sid=%00"] {
            api.delete(path).await.problem(400, "invalid_parameter");
        }
        let token = json!({"account_sid": "AC\u{0}", "identity": "bob", "ttl_seconds": 60});
        api.post("/client-tokens", token).await.problem(422, "account_not_connected").invalid("/account_sid");
        api.post("/bindings/reactivations", json!({"reason": "a\u{0}b"})).await.invalid("/reason");
        api.post("/bindings/reactivations", json!({"account_sid": "AC\u{0}"})).await.invalid("/account_sid");
        for path in ["/w/%00", "/w/x/calls?q=%00", "/verify/%00"] {
            app.reader().get(path).await.expect(400).says("This address cannot be read");
        }
    }
}
