//! Bindings over HTTP.

mod many;

use futures_util::future::join_all;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use serde_json::{Value, json};

/// A binding on FCM, with more members.
pub(crate) fn fcm(workspace: &Workspace, identity: &str, address: &str, more: Value) -> Value {
    let mut binding = json!({
        "account_sid": workspace.account_sid, "identity": identity, "channel": "fcm", "address": address,
    });
    let members = binding.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    binding
}

/// A workspace with a provider for FCM.
pub(crate) async fn with_fcm(app: &App) -> Workspace {
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    workspace
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

both! {
    async fn a_binding_is_made_shown_changed_and_deleted(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let provider = app.fcm_provider(&workspace).await;
        let more = json!({"device_id": "phone", "tags": ["a", "b"], "expires_at": "2100-01-01T00:00:00Z"});
        let made = api.post("/bindings", fcm(&workspace, "bob", "android", more)).await.expect(201);
        let expected = [
            ("account_sid", json!(workspace.account_sid)), ("identity", json!("bob")), ("channel", json!("fcm")),
            ("address", json!("android")), ("provider_id", json!(provider)), ("environment", json!(null)),
            ("device_id", json!("phone")), ("tags", json!(["a", "b"])), ("shared", json!(false)),
            ("status", json!("active")), ("inactive_reason", json!(null)), ("last_notified_at", json!(null)),
            ("last_accepted_at", json!(null)), ("expires_at", json!("2100-01-01T00:00:00.000Z")),
        ];
        for (member, value) in expected {
            if member == "expires_at" {
                assert!(made.json[member].as_str().is_some_and(|at| at.starts_with("2100-01-01T00:00:00")));
            } else {
                assert_eq!(made.json[member], value, "{member}");
            }
        }
        assert!(made.id().starts_with("bnd_"));
        let path = format!("/bindings/{}", made.id());
        assert_eq!(api.get(&path).await.expect(200).json, made.json);

        let patch = json!({"tags": null, "device_id": null, "expires_at": null, "status": "inactive"});
        let changed = api.patch(&path, patch).await.expect(200);
        assert_eq!(changed.json["tags"], json!([]));
        assert_eq!((&changed.json["device_id"], &changed.json["expires_at"]), (&json!(null), &json!(null)));
        assert_eq!((&changed.json["status"], &changed.json["inactive_reason"]), (&json!("inactive"), &json!("manual")));
        let changed = api.patch(&path, json!({"status": "active", "address": "another"})).await.expect(200);
        assert_eq!((&changed.json["status"], &changed.json["inactive_reason"]), (&json!("active"), &json!(null)));
        assert_eq!(changed.json["address"], "another");

        assert_eq!(api.delete(&path).await.expect(204).text, "");
        api.get(&path).await.problem(404, "not_found");
        api.delete(&path).await.problem(404, "not_found");
        api.patch(&path, json!({})).await.problem(404, "not_found");
    }

    async fn a_device_that_changes_user_stops_ringing_for_the_old_one(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let first = api.post("/bindings", fcm(&workspace, "bob", "android", json!({}))).await.expect(201);
        let again = api.post("/bindings", fcm(&workspace, "bob", "android", json!({}))).await.expect(200);
        let moved = api.post("/bindings", fcm(&workspace, "eve", "android", json!({}))).await.expect(200);
        assert_eq!((again.id(), moved.id()), (first.id(), first.id()));
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
        app.twilio(&workspace).ring("eve").await.reply.clone().expect(200);
    }

    async fn a_new_address_of_a_device_replaces_the_old_one(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let device = json!({"device_id": "phone"});
        let first = api.post("/bindings", fcm(&workspace, "bob", "old", device.clone())).await.expect(201);
        let second = api.post("/bindings", fcm(&workspace, "bob", "new", device)).await.expect(200);
        assert_eq!(first.id(), second.id());
        let other = json!({"device_id": "tablet"});
        api.post("/bindings", fcm(&workspace, "bob", "tablet", other)).await.expect(201);
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        let mut rung: Vec<_> = app.fcm.received_at_least(2).await.into_iter().map(|message| message.token).collect();
        rung.sort();
        assert_eq!(rung, ["new", "tablet"]);
    }

    async fn a_shared_address_rings_for_each_of_its_identities(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let shared = json!({"shared": true});
        api.post("/bindings", fcm(&workspace, "bob", "family", shared.clone())).await.expect(201);
        api.post("/bindings", fcm(&workspace, "eve", "family", shared.clone())).await.expect(201);
        api.post("/bindings", fcm(&workspace, "eve", "family", shared)).await.expect(200);
        for identity in ["bob", "eve"] {
            app.twilio(&workspace).ring(identity).await.reply.clone().expect(200);
        }
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 2);
    }

    async fn many_at_once_register_one_device_once(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let register = |number: usize| {
            let binding = fcm(&workspace, &format!("user-{}", number % 4), "android", json!({"device_id": "phone"}));
            let api = &api;
            async move { api.post("/bindings", binding).await }
        };
        let replies = join_all((0..20).map(register)).await;
        let made = replies.iter().filter(|reply| reply.status == 201).count();
        assert!(replies.iter().all(|reply| [200, 201].contains(&reply.status)), "{replies:?}");
        assert_eq!(made, 1);
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 1);
    }

    async fn every_fault_of_a_binding_is_pointed_to(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let good = |more: Value| fcm(&workspace, "bob", "android", more);
        let wrong = [
            (json!({"account_sid": "AC1"}), "/account_sid"),
            (json!({"identity": ""}), "/identity"),
            (json!({"identity": "client:bob"}), "/identity"),
            (json!({"identity": "x".repeat(257)}), "/identity"),
            (json!({"identity": "a b"}), "/identity"),
            (json!({"identity": 7}), "/identity"),
            (json!({"channel": "pigeon"}), "/channel"),
            (json!({"address": null}), "/address"),
            (json!({"address": ""}), "/address"),
            (json!({"address": "a b"}), "/address"),
            (json!({"keys": {"p256dh": "x", "auth": "y"}}), "/keys"),
            (json!({"environment": "sandbox"}), "/environment"),
            (json!({"device_id": "x".repeat(257)}), "/device_id"),
            (json!({"device_id": ""}), "/device_id"),
            (json!({"tags": vec!["x"; 21]}), "/tags"),
            (json!({"tags": ["x".repeat(65)]}), "/tags/0"),
            (json!({"expires_at": "2001-01-01T00:00:00Z"}), "/expires_at"),
            (json!({"expires_at": "soon"}), "/expires_at"),
            (json!({"provider_id": "prv_x"}), "/provider_id"),
            (json!({"shared": "yes"}), "/shared"),
            (json!({"sharde": true}), "/sharde"),
        ];
        for (more, pointer) in wrong {
            api.post("/bindings", good(more)).await.invalid(pointer);
        }
        let two = api.post("/bindings", good(json!({"identity": "", "address": ""}))).await.invalid("/identity");
        two.invalid("/address");
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 0);
    }

    async fn a_channel_needs_a_provider_and_an_account_to_be_connected(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        api.post("/bindings", fcm(&workspace, "bob", "android", json!({}))).await.problem(422, "no_provider");
        app.fcm_provider(&workspace).await;
        let stranger = json!({"account_sid": format!("AC{}", "d".repeat(32))});
        let reply = api.post("/bindings", fcm(&workspace, "bob", "android", stranger)).await;
        reply.problem(422, "account_not_connected").invalid("/account_sid");
        let apns = app.apns_provider(&workspace).await;
        let misfit = fcm(&workspace, "bob", "android", json!({"provider_id": apns}));
        api.post("/bindings", misfit).await.invalid("/provider_id");
    }

    async fn a_patch_takes_nothing_from_another_binding(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        api.post("/bindings", fcm(&workspace, "bob", "one", json!({"device_id": "one"}))).await.expect(201);
        let two = api.post("/bindings", fcm(&workspace, "bob", "two", json!({"device_id": "two"}))).await.expect(201);
        let path = format!("/bindings/{}", two.id());
        api.patch(&path, json!({"address": "one"})).await.problem(409, "address_exists");
        api.patch(&path, json!({"device_id": "one"})).await.problem(409, "device_exists");
        api.patch(&path, json!({"identity": "eve"})).await.invalid("/identity");
        api.patch(&path, json!({"status": null})).await.invalid("/status");
        assert_eq!(api.get(&path).await.expect(200).json, two.json);
    }

    async fn lists_are_filtered_and_paged(app: App) {
        let workspace = with_fcm(&app).await;
        app.apns_provider(&workspace).await;
        let api = app.api(&workspace);
        for number in 0..5 {
            let more = json!({"device_id": format!("d{number}"), "tags": [format!("t{}", number % 2)]});
            let identity = if number < 3 { "bob" } else { "eve" };
            api.post("/bindings", fcm(&workspace, identity, &format!("a{number}"), more)).await.expect(201);
        }
        let all = api.get("/bindings").await.expect(200);
        assert_eq!((all.items().len(), &all.json["next_cursor"]), (5, &json!(null)));
        let path = format!("/bindings/{}", all.items()[4]["id"].as_str().expect("an id"));
        api.patch(&path, json!({"status": "inactive"})).await.expect(200);
        let sid = &workspace.account_sid;
        let filters = [
            ("identity=bob", 3), ("identity=bo", 0), ("channel=fcm", 5), ("channel=apns", 0), ("device_id=d1", 1),
            ("tag=t0", 3), ("tag=t", 0), ("status=inactive", 1), ("status=active", 4), ("identity=eve&tag=t1", 1),
            (&format!("account_sid={sid}"), 5), (&format!("provider_id={}", all.items()[0]["provider_id"].as_str().expect("an id")), 5),
        ];
        for (filter, count) in filters {
            let found = api.get(&format!("/bindings?{filter}")).await.expect(200);
            assert_eq!(found.items().len(), count, "{filter}");
        }

        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = api.get(&format!("/bindings?limit=2{cursor}")).await.expect(200);
            seen.extend(ids(page.items()).into_iter().map(str::to_owned));
            // Written between the pages: it neither repeats nor hides what was there before.
            let more = fcm(&workspace, "bob", &format!("late{}", seen.len()), json!({"tags": ["late"]}));
            if seen.len() <= 4 {
                api.post("/bindings", more).await.expect(201);
            }
            match page.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let mut once = seen.clone();
        once.dedup();
        assert_eq!(seen, once);
        assert!(ids(all.items()).iter().all(|id| seen.iter().any(|seen| seen == id)), "{seen:?}");
    }

    async fn all_of_an_identity_are_deleted_at_once(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        for address in ["a", "b"] {
            api.post("/bindings", fcm(&workspace, "bob@example.com", address, json!({}))).await.expect(201);
        }
        api.post("/bindings", fcm(&workspace, "eve", "c", json!({}))).await.expect(201);
        for incomplete in ["", "?identity=eve", &format!("?account_sid={}", workspace.account_sid)] {
            api.delete(&format!("/bindings{incomplete}")).await.problem(400, "invalid_parameter");
        }
        let query = format!("/bindings?account_sid={}&identity=bob%40example.com", workspace.account_sid);
        assert_eq!(api.delete(&query).await.expect(200).json, json!({"deleted": 2}));
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 1);
    }
}
