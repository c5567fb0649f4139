//! What is rung, listed and erased by whom it is for.

use ringhook_tests::api::Api;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::fcm::unregistered;
use ringhook_tests::until::until;
use serde_json::{Value, json};

async fn test_call(api: &Api, workspace: &ringhook_tests::app::Workspace, identity: &str) -> Value {
    let call = json!({"account_sid": workspace.account_sid, "identity": identity});
    let made = api.post("/test-calls", call).await.expect(201);
    let path = format!("/notifications/{}", made.id());
    until("the call to end", async || {
        let call = api.get(&path).await.expect(200).json;
        let is_open =
            call["deliveries"].as_array().expect("deliveries").iter().any(|one| one["state"] == "pending");
        (call["outcome"] != "in_progress" && !is_open).then_some(call)
    })
    .await
}

both! {
    async fn a_test_call_rings_as_a_real_one_would(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "bobs-token").await;
        let call = test_call(&api, &workspace, "bob").await;
        assert_eq!((&call["test"], &call["outcome"]), (&json!(true), &json!("accepted")), "{call}");
        assert_eq!(call["deliveries"][0]["attempts"][0]["outcome"], "accepted", "{call}");
        assert_eq!(test_call(&api, &workspace, "nobody").await["outcome"], "no_binding");
        // The answer itself says what it says, however soon it is written.
        for (identity, status, outcome) in [("bob", 200, "accepted"), ("nobody", 404, "no_binding")] {
            let call = json!({"account_sid": workspace.account_sid, "identity": identity});
            let made = api.post("/test-calls", call).await.expect(201).json;
            assert_eq!((&made["answer"]["status"], &made["outcome"]), (&json!(status), &json!(outcome)), "{made}");
            assert!(made["answer"]["after_ms"].is_u64(), "{made}");
        }
        let wrong = json!({"account_sid": workspace.account_sid, "identity": "two words"});
        api.post("/test-calls", wrong).await.invalid("/identity");
        let stranger = json!({"account_sid": format!("AC{}", "0".repeat(32)), "identity": "bob"});
        api.post("/test-calls", stranger).await.problem(422, "account_not_connected");
    }

    async fn deliveries_are_listed_by_device_and_by_trouble(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        app.fcm_provider(&workspace).await;
        let phone = app.bind(&workspace, "bob", "fcm", "bobs-phone").await;
        let tablet = app.bind(&workspace, "bob", "fcm", "bobs-tablet").await;
        app.fcm.script("bobs-tablet", [unregistered()]);
        for _ in 0..3 {
            test_call(&api, &workspace, "bob").await;
        }
        test_call(&api, &workspace, "carol").await;
        let all = api.get("/deliveries").await.expect(200);
        assert_eq!(all.items().len(), 4, "{}", all.text);
        let count = async |query: &str| api.get(&format!("/deliveries?{query}")).await.expect(200).items().len();
        assert_eq!(count(&format!("binding_id={phone}")).await, 3);
        assert_eq!(count(&format!("binding_id={tablet}&state=dead")).await, 1);
        assert_eq!(count("state=dead").await, 1);
        assert_eq!(count("state=accepted&channel=fcm&identity=bob&outcome=accepted").await, 3);
        assert_eq!(count("channel=apns").await, 0);
        assert_eq!(count("since=2100-01-01T00:00:00Z").await, 0);
        assert_eq!(count("until=2100-01-01T00:00:00Z").await, 4);
        let mut seen = Vec::new();
        let mut path = "/deliveries?limit=1".to_owned();
        loop {
            let page = api.get(&path).await.expect(200);
            seen.extend(page.items().iter().map(|item| item["id"].clone()));
            let Some(cursor) = page.json["next_cursor"].as_str() else { break };
            path = format!("/deliveries?limit=1&cursor={cursor}");
        }
        let ids: Vec<Value> = all.items().iter().map(|item| item["id"].clone()).collect();
        assert_eq!(seen, ids);
        let dead = api.get("/deliveries?state=dead").await.expect(200).items()[0].clone();
        assert_eq!((&dead["reason"], &dead["attempts"][0]["status"]), (&json!("address_gone"), &json!(404)), "{dead}");
        assert!(dead["notification_id"].as_str().is_some_and(|id| id.starts_with("ntf_")), "{dead}");
        api.get("/deliveries?cursor=what").await.invalid("/cursor");
        let stranger = app.workspace().await;
        assert_eq!(app.api(&stranger).get("/deliveries").await.expect(200).items().len(), 0);
    }

    async fn a_person_is_erased_and_nobody_else(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        app.fcm_provider(&workspace).await;
        for identity in ["bob", "carol"] {
            app.bind(&workspace, identity, "fcm", &format!("{identity}s-token")).await;
            test_call(&api, &workspace, identity).await;
        }
        let stranger = app.workspace().await;
        let path = format!("/identities/bob?account_sid={}", workspace.account_sid);
        assert_eq!(app.api(&stranger).delete(&path).await.expect(200).json, json!({"bindings": 0, "notifications": 0}));
        assert_eq!(api.delete(&path).await.expect(200).json, json!({"bindings": 1, "notifications": 1}));
        assert_eq!(api.delete(&path).await.expect(200).json, json!({"bindings": 0, "notifications": 0}));
        for list in ["bindings", "notifications"] {
            let left = api.get(&format!("/{list}")).await.expect(200);
            assert_eq!(left.items().len(), 1, "{}", left.text);
            assert_eq!(left.items()[0]["identity"], "carol");
        }
        assert_eq!(api.get("/deliveries").await.expect(200).items().len(), 1);
        api.delete("/identities/bob").await.problem(400, "invalid_parameter");
    }
}
