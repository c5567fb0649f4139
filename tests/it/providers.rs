//! Providers over HTTP.

use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::json;

both! {
    async fn a_provider_is_made_without_asking_anybody_and_shows_no_secret(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let fcm = json!({"kind": "fcm", "credentials": app.fcm.credentials()});
        let fcm = api.post("/providers", fcm).await.expect(201);
        assert_eq!(fcm.json["project_id"], "ring-test-1");
        assert_eq!(fcm.json["client_email"], "push@ring-test-1.iam.gserviceaccount.com");
        assert_eq!((&fcm.json["name"], &fcm.json["is_default"]), (&json!("fcm"), &json!(true)));
        assert_eq!((&fcm.json["status"], &fcm.json["environment"]), (&json!("untested"), &json!(null)));
        let apns = json!({"kind": "apns", "name": "iPhone", "environment": "sandbox", "credentials": app.apns.credentials()});
        let apns = api.post("/providers", apns).await.expect(201);
        let facts = [("bundle_id", "com.example.ring"), ("key_id", "ABC123DEFG"), ("team_id", "TEAM567890"),
            ("environment", "sandbox")];
        for (member, value) in facts {
            assert_eq!(apns.json[member], value);
        }
        for made in [&fcm, &apns] {
            assert!(made.id().starts_with("prv_"));
            assert!(!made.text.contains("PRIVATE KEY") && made.json.get("credentials").is_none(), "{}", made.text);
            assert_eq!(api.get(&format!("/providers/{}", made.id())).await.expect(200).json, made.json);
        }
        assert_eq!(api.get("/providers").await.expect(200).items(), [fcm.json, apns.json]);
        assert_eq!((app.fcm.connections(), app.apns.connections(), app.apns_sandbox.connections()), (0, 0, 0));
    }

    async fn a_check_asks_the_network_and_rings_nobody(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let make = async |kind: &str, credentials: serde_json::Value| {
            api.post("/providers", json!({"kind": kind, "credentials": credentials})).await.expect(201).id()
        };
        let providers = [
            (make("fcm", app.fcm.credentials()).await, "ok"),
            (make("apns", app.apns.credentials()).await, "ok"),
            (make("fcm", app.fcm.foreign_credentials()).await, "failing"),
            (make("apns", app.apns.foreign_credentials()).await, "failing"),
        ];
        for (provider, status) in providers {
            let check = api.request(http::Method::POST, &format!("/providers/{provider}/checks"));
            let checked = api.send(check).await.expect(200);
            assert_eq!(checked.json["status"], status, "{}", checked.text);
            assert_eq!(checked.json["status_reason"].is_string(), status == "failing", "{}", checked.text);
            let shown = api.get(&format!("/providers/{provider}")).await.expect(200);
            assert_eq!(shown.json["status"], status);
        }
        assert_eq!((app.fcm.received().len(), app.apns.received().len()), (0, 0));
    }

    async fn there_is_one_default_of_each_kind(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let new = |more: bool| {
            let mut new = json!({"kind": "fcm", "credentials": app.fcm.credentials()});
            if more {
                new["is_default"] = json!(true);
            }
            new
        };
        let first = api.post("/providers", new(false)).await.expect(201).id();
        let second = api.post("/providers", new(false)).await.expect(201).id();
        let third = api.post("/providers", new(true)).await.expect(201).id();
        let default = async || {
            let listed = api.get("/providers").await.expect(200);
            let defaults: Vec<_> =
                listed.items().iter().filter(|one| one["is_default"] == true).map(|one| one["id"].clone()).collect();
            assert_eq!(defaults.len(), 1, "{}", listed.text);
            defaults[0].as_str().expect("an id").to_owned()
        };
        assert_eq!(default().await, third);
        api.patch(&format!("/providers/{second}"), json!({"is_default": true})).await.expect(200);
        assert_eq!(default().await, second);
        api.delete(&format!("/providers/{second}")).await.expect(204);
        assert_eq!(default().await, first);
    }

    async fn a_provider_that_rings_somebody_is_not_deleted(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let provider = app.fcm_provider(&workspace).await;
        let binding = app.bind(&workspace, "bob", "fcm", "android").await;
        let path = format!("/providers/{provider}");
        api.delete(&path).await.problem(409, "provider_in_use");
        api.delete(&format!("/bindings/{binding}")).await.expect(204);
        api.delete(&path).await.expect(204);
        api.get(&path).await.problem(404, "not_found");
    }

    async fn credentials_that_cannot_be_are_refused_and_not_quoted(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let mut service_account = app.fcm.credentials();
        service_account["service_account"]["private_key"] = json!("secret-rubbish");
        let mut apns = app.apns.credentials();
        apns["key"] = json!("secret-rubbish");
        let mut nameless = app.apns.credentials();
        nameless["bundle_id"] = json!("");
        let wrong = [
            (json!({"kind": "fcm"}), "/credentials"),
            (json!({"kind": "fcm", "credentials": {}}), "/credentials/service_account"),
            (json!({"kind": "fcm", "credentials": {"service_account": "secret-rubbish"}}), "/credentials/service_account"),
            (json!({"kind": "fcm", "credentials": service_account}), "/credentials/service_account/private_key"),
            (json!({"kind": "apns", "credentials": apns}), "/credentials/key"),
            (json!({"kind": "apns", "credentials": nameless}), "/credentials/bundle_id"),
            (json!({"kind": "fcm", "environment": "sandbox", "credentials": app.fcm.credentials()}), "/environment"),
            (json!({"kind": "pigeon"}), "/kind"),
            (json!({"kind": "fcm", "name": "", "credentials": app.fcm.credentials()}), "/name"),
        ];
        for (new, pointer) in wrong {
            let refused = api.post("/providers", new).await.invalid(pointer);
            assert!(!refused.text.contains("secret-rubbish"), "{}", refused.text);
        }
        assert!(!app.log().contains("secret-rubbish"), "a secret is in the log");
        assert_eq!(api.get("/providers").await.expect(200).items().len(), 0);
    }

    async fn a_binding_may_name_its_provider(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        app.apns_provider(&workspace).await;
        let new = json!({"kind": "apns", "environment": "sandbox", "credentials": app.apns_sandbox.credentials()});
        let sandbox = api.post("/providers", new).await.expect(201).id();
        let binding = json!({"account_sid": workspace.account_sid, "identity": "bob", "channel": "apns_voip",
            "address": "AB".repeat(32), "provider_id": sandbox});
        let made = api.post("/bindings", binding).await.expect(201);
        assert_eq!((&made.json["provider_id"], &made.json["address"]), (&json!(sandbox), &json!("ab".repeat(32))));
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!((app.apns.received().len(), app.apns_sandbox.received().len()), (0, 1));
    }
}
