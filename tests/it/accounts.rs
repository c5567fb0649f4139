//! Accounts, webhook tokens and the workspace's settings over HTTP.

use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::{Value, json};

fn sid(digit: char) -> String {
    format!("AC{}", digit.to_string().repeat(32))
}

both! {
    async fn an_account_is_connected_shown_changed_and_disconnected(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let new = json!({"account_sid": sid('b'), "auth_token": "token-of-b", "friendly_name": "Second",
            "api_keys": [{"sid": format!("SK{}", "1".repeat(32)), "secret": "secret-of-key"}]});
        let made = api.post("/accounts", new.clone()).await.expect(201);
        assert_eq!(made.json, json!({"account_sid": sid('b'), "friendly_name": "Second", "status": "active",
            "signature_policy": "full", "api_keys": [{"sid": format!("SK{}", "1".repeat(32))}]}));
        let path = format!("/accounts/{}", sid('b'));
        assert_eq!(api.get(&path).await.expect(200).json, made.json);
        api.post("/accounts", new).await.problem(409, "account_exists");
        let changed = api.patch(&path, json!({"friendly_name": "B", "api_keys": null})).await.expect(200);
        assert_eq!((&changed.json["friendly_name"], &changed.json["api_keys"]), (&json!("B"), &json!([])));
        let listed = api.get("/accounts?limit=1").await.expect(200);
        let next = listed.json["next_cursor"].as_str().expect("a cursor");
        let second = api.get(&format!("/accounts?limit=1&cursor={next}")).await.expect(200);
        assert_eq!(second.items()[0]["account_sid"], sid('b'));
        assert_eq!(second.json["next_cursor"], json!(null));
        for text in [&made.text, &listed.text, &second.text, &changed.text] {
            assert!(!text.contains("token-of-b") && !text.contains("secret-of-key"), "a secret is shown: {text}");
        }
        api.delete(&path).await.expect(204);
        api.get(&path).await.problem(404, "not_found");
    }

    async fn disconnecting_an_account_takes_its_bindings_along_and_leaves_the_log(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        api.delete(&format!("/accounts/{}", workspace.account_sid)).await.expect(204);
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "unknown_account");
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 0);
        assert_eq!(api.get("/notifications").await.expect(200).items().len(), 1);
    }

    async fn every_fault_of_an_account_is_pointed_to(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let key = |sid: &str, secret: &str| json!([{"sid": sid, "secret": secret}]);
        let wrong = [
            (json!({"account_sid": "ACx"}), "/account_sid"),
            (json!({"auth_token": ""}), "/auth_token"),
            (json!({"auth_token": "a b"}), "/auth_token"),
            (json!({"auth_token": null}), "/auth_token"),
            (json!({"auth_token_secondary": ""}), "/auth_token_secondary"),
            (json!({"friendly_name": ""}), "/friendly_name"),
            (json!({"signature_policy": "loose"}), "/signature_policy"),
            (json!({"api_keys": key("SKx", "s")}), "/api_keys/0/sid"),
            (json!({"api_keys": key(&format!("SK{}", "1".repeat(32)), "")}), "/api_keys/0/secret"),
            (json!({"status": "active"}), "/status"),
        ];
        for (more, pointer) in wrong {
            let mut account = json!({"account_sid": sid('c'), "auth_token": "t"});
            account.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            api.post("/accounts", account).await.invalid(pointer);
        }
        assert_eq!(api.get("/accounts").await.expect(200).items().len(), 1);
    }

    async fn webhook_tokens_are_rotated_and_ended(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let first = api.get("/webhook-tokens").await.expect(200).items()[0].clone();
        assert_eq!(first["webhook_url"], workspace.webhook_url.as_str());
        let first_path = format!("/webhook-tokens/{}", first["id"].as_str().expect("an id"));
        api.delete(&first_path).await.problem(409, "last_webhook_token");
        api.post("/webhook-tokens", json!({"grace_seconds": 30 * 86_400 + 1})).await.invalid("/grace_seconds");
        let second = api.send(api.request(http::Method::POST, "/webhook-tokens")).await.expect(201);
        assert_eq!(second.json["expires_at"], json!(null));
        let listed = api.get("/webhook-tokens").await.expect(200);
        assert!(listed.items()[0]["expires_at"].is_string(), "{}", listed.text);
        // Who may not write does not see the URL.
        let reader = app.api_as(&app.api_key(&workspace, &["workspace:read"]).await);
        let listed = reader.get("/webhook-tokens").await.expect(200);
        assert!(listed.items().iter().all(|token| token.get("webhook_url").is_none()), "{}", listed.text);
        api.delete(&first_path).await.expect(204);
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "unknown_webhook");
        api.delete(&first_path).await.problem(404, "not_found");
    }

    async fn the_workspaces_settings_are_shown_and_changed(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let shown = api.get("/workspace").await.expect(200);
        assert_eq!(shown.json, json!({"id": workspace.id, "name": "Rings", "answer": "accepted",
            "answer_within_ms": 2000, "ring_ttl_seconds": 30, "retention_days": 30, "time_zone": "UTC"}));
        let patch = json!({"name": "Bells", "answer": "recorded", "answer_within_ms": 0, "ring_ttl_seconds": 60,
            "retention_days": 7, "time_zone": "Europe/Berlin"});
        let changed = api.patch("/workspace", patch.clone()).await.expect(200);
        for (member, value) in patch.as_object().expect("an object") {
            assert_eq!(&changed.json[member], value);
        }
        let wrong = [
            ("name", json!("")), ("name", json!(null)), ("answer", json!("later")), ("answer_within_ms", json!(10_001)),
            ("answer_within_ms", json!(-1)), ("answer_within_ms", json!(1.5)), ("ring_ttl_seconds", json!(0)),
            ("retention_days", json!(0)), ("time_zone", json!("a b")), ("id", json!("wsp_x")),
        ];
        for (member, value) in wrong {
            api.patch("/workspace", json!({member: value})).await.invalid(&format!("/{member}"));
        }
        assert_eq!(api.get("/workspace").await.expect(200).json, changed.json);
        let patched: Value = api.patch("/workspace", json!({})).await.expect(200).json;
        assert_eq!(patched, changed.json);
    }
}
