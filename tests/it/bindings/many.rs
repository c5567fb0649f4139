//! Many bindings in one request.

use http::Method;
use ringhook_tests::api::{Api, Reply};
use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::{Value, json};

use super::{fcm, ids, with_fcm};

fn upsert(binding: Value) -> Value {
    json!({"op": "upsert", "binding": binding})
}

async fn batch(api: &Api, query: &str, operations: Vec<Value>) -> Reply {
    api.post(&format!("/bindings/batch{query}"), json!({ "operations": operations })).await
}

/// The status of each result.
fn statuses(reply: &Reply) -> Vec<u64> {
    let results = reply.json["results"].as_array().expect("results");
    results.iter().map(|result| result["status"].as_u64().expect("a status")).collect()
}

async fn import(api: &Api, lines: String) -> Reply {
    let request =
        api.request(Method::POST, "/bindings/import").header("content-type", "application/x-ndjson");
    api.send(request.body(lines)).await
}

async fn export(api: &Api, query: &str) -> Vec<Value> {
    let reply = api.get(&format!("/bindings/export{query}")).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    reply.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

both! {
    async fn a_batch_does_what_it_can_in_order(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let old = api.post("/bindings", fcm(&workspace, "old", "t-old", json!({}))).await.expect(201).id();
        let operations = vec![
            upsert(fcm(&workspace, "bob", "t-1", json!({"device_id": "phone"}))),
            upsert(fcm(&workspace, "two words", "t-2", json!({}))),
            json!({"op": "delete", "id": old}),
            json!({"op": "delete", "id": old}),
            json!({"op": "paint"}),
            // The phone gets a new token, then another user.
            upsert(fcm(&workspace, "bob", "t-3", json!({"device_id": "phone"}))),
            upsert(fcm(&workspace, "carol", "t-3", json!({}))),
            upsert(json!({"account_sid": format!("AC{}", "0".repeat(32)), "identity": "x", "channel": "fcm", "address": "t-4"})),
            upsert(fcm(&workspace, "dave", "t-5", json!({"channel": "apns", "address": "ab".repeat(32)}))),
        ];
        let reply = batch(&api, "", operations).await.expect(200);
        assert_eq!(statuses(&reply), [201, 422, 204, 404, 422, 200, 200, 422, 422], "{}", reply.text);
        let results = &reply.json["results"];
        assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/operations/1/binding/identity");
        assert_eq!(results[1]["problem"]["request_id"], reply.header("x-request-id"));
        assert_eq!(results[4]["problem"]["errors"][0]["pointer"], "/operations/4/op");
        assert_eq!(results[7]["problem"]["code"], "account_not_connected");
        assert_eq!(results[8]["problem"]["code"], "no_provider");
        assert_eq!(results[0]["binding"]["id"], results[6]["binding"]["id"]);
        let left = api.get("/bindings").await.expect(200);
        assert_eq!(left.items().len(), 1, "{}", left.text);
        let members = ["identity", "address", "device_id"].map(|member| left.items()[0][member].clone());
        assert_eq!(members, [json!("carol"), json!("t-3"), json!(null)]);
    }

    async fn an_atomic_batch_does_all_or_nothing(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let kept = api.post("/bindings", fcm(&workspace, "old", "t-old", json!({}))).await.expect(201).id();
        let good = upsert(fcm(&workspace, "bob", "t-1", json!({})));
        let bad = upsert(fcm(&workspace, "", "t-2", json!({})));
        let gone = json!({"op": "delete", "id": "bnd_00000000000000000000000000"});
        for refused in [bad, gone] {
            let delete = json!({"op": "delete", "id": kept});
            let reply = batch(&api, "?atomic=true", vec![delete, refused, good.clone()]).await.expect(200);
            let statuses = statuses(&reply);
            assert_eq!((statuses[0], statuses[2]), (424, 424), "{}", reply.text);
            assert!([404, 422].contains(&statuses[1]), "{}", reply.text);
            assert_eq!(reply.json["results"][0]["problem"]["code"], "batch_undone");
            assert_eq!(ids(api.get("/bindings").await.expect(200).items()), [&kept]);
        }
        let both = vec![json!({"op": "delete", "id": kept}), good];
        assert_eq!(statuses(&batch(&api, "?atomic=true", both).await.expect(200)), [204, 201]);
    }

    async fn a_batch_has_at_most_a_thousand_operations(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let operations = |count: usize| -> Vec<Value> {
            (0..count).map(|n| upsert(fcm(&workspace, "bob", &format!("t-{n}"), json!({})))).collect()
        };
        batch(&api, "", operations(1001)).await.invalid("/operations");
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 0);
        assert_eq!(statuses(&batch(&api, "", operations(1000)).await.expect(200)), [201; 1000]);
        batch(&api, "", Vec::new()).await.expect(200);
        api.post("/bindings/batch", json!({})).await.invalid("/operations");
    }

    async fn addresses_that_change_places_end_where_the_last_says(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let of = |identity: &str, address: &str, device: &str| {
            upsert(fcm(&workspace, identity, address, json!({"device_id": device})))
        };
        batch(&api, "", vec![of("bob", "x", "1")]).await.expect(200);
        let reply = batch(&api, "", vec![of("bob", "y", "1"), of("carol", "x", "2"), of("bob", "z", "1")]).await.expect(200);
        assert_eq!(statuses(&reply), [200, 201, 200], "{}", reply.text);
        let mut left: Vec<(Value, Value)> = api.get("/bindings").await.expect(200).items().iter()
            .map(|item| (item["identity"].clone(), item["address"].clone())).collect();
        left.sort_by_key(|pair| pair.0.to_string());
        assert_eq!(left, [(json!("bob"), json!("z")), (json!("carol"), json!("x"))]);
    }

    async fn a_batch_keeps_to_the_quota(app: App) {
        let workspace = with_fcm(&app).await;
        app.database.execute("INSERT INTO workspace_quotas (workspace_id, bindings) SELECT id, 3 FROM workspaces").await;
        let api = app.api(&workspace);
        let operations = (0..5).map(|n| upsert(fcm(&workspace, "bob", &format!("t-{n}"), json!({})))).collect();
        let reply = batch(&api, "", operations).await.expect(200);
        assert_eq!(statuses(&reply), [201, 201, 201, 409, 409], "{}", reply.text);
        assert_eq!(reply.json["results"][3]["problem"]["code"], "quota_reached");
        assert_eq!(api.get("/bindings").await.expect(200).items().len(), 3);
    }

    async fn an_export_is_imported_as_it_is(app: App) {
        let from = with_fcm(&app).await;
        let extra = |n: usize| if n == 7 { json!({"expires_at": "2100-01-01T00:00:00Z"}) } else { json!({"tags": ["beta"]}) };
        let operations = (0..1000).map(|n| upsert(fcm(&from, &format!("user-{n}"), &format!("t-{n}"), extra(n))));
        batch(&app.api(&from), "", operations.collect()).await.expect(200);
        app.age("bindings", "expires_at", 100 * 366 * 86_400).await;
        let first = app.api(&from).get("/bindings?limit=1").await.expect(200).items()[0]["id"].clone();
        let path = format!("/bindings/{}", first.as_str().expect("an id"));
        app.api(&from).patch(&path, json!({"status": "inactive"})).await.expect(200);
        let lines = export(&app.api(&from), "").await;
        assert_eq!(lines.len(), 1000);
        assert_eq!(export(&app.api(&from), &format!("?account_sid=AC{}", "0".repeat(32))).await.len(), 0);
        let into = with_fcm(&app).await;
        let moved: Vec<String> = lines.iter().map(|line| {
            let mut line = line.clone();
            line["account_sid"] = json!(into.account_sid);
            line.to_string()
        }).collect();
        let api = app.api(&into);
        let done = import(&api, moved.join("\n")).await.expect(200);
        assert_eq!(done.json, json!({"created": 1000, "updated": 0, "failed": 0, "errors": []}));
        assert_eq!(import(&api, format!("{}\n\n", moved.join("\r\n"))).await.expect(200).json["updated"], 1000);
        let (mut lines, mut copies) = (lines, export(&api, "").await);
        for all in [&mut lines, &mut copies] {
            all.sort_by_key(|line| line["address"].to_string());
        }
        for (line, copy) in lines.iter().zip(&copies) {
            for member in ["identity", "address", "tags", "status", "inactive_reason", "channel", "shared", "expires_at", "provider_id"] {
                assert_eq!(line[member], copy[member], "{member}");
            }
        }
        assert_eq!(copies.iter().filter(|copy| copy["inactive_reason"] == "manual").count(), 1);
    }

    async fn an_import_that_cannot_be_written_ends(app: App) {
        let workspace = with_fcm(&app).await;
        app.database.execute("ALTER TABLE bindings RENAME TO away").await;
        let lines: Vec<String> = (0..5000).map(|n| fcm(&workspace, "bob", &format!("t-{n}"), json!({})).to_string()).collect();
        import(&app.api(&workspace), lines.join("\n")).await.problem(500, "internal");
    }

    async fn an_import_tells_of_each_line_that_it_refused(app: App) {
        let workspace = with_fcm(&app).await;
        let api = app.api(&workspace);
        let good = |n: usize| fcm(&workspace, "bob", &format!("t-{n}"), json!({})).to_string();
        let long = format!("{{\"identity\": \"{}\"}}", "x".repeat(40_000));
        let odd = fcm(&workspace, "bob", "t", json!({"status": "inactive", "inactive_reason": "a\0"})).to_string();
        let lines = [&good(1), "{", &long, "", &fcm(&workspace, "", "t", json!({})).to_string(), &good(2), &odd];
        let done = import(&api, lines.join("\n")).await.expect(200);
        assert_eq!((&done.json["created"], &done.json["failed"]), (&json!(2), &json!(4)), "{}", done.text);
        let pointers: Vec<&str> = done.json["errors"].as_array().expect("errors").iter()
            .map(|error| error["pointer"].as_str().expect("a pointer")).collect();
        assert_eq!(pointers, ["/2", "/3", "/5/identity", "/7/inactive_reason"]);
        import(&api, "{\n".repeat(300)).await.expect(200).json["errors"].as_array().filter(|errors| errors.len() == 100).expect("100");
        let request = api.request(Method::POST, "/bindings/import").header("content-type", "application/json");
        let refused = api.send(request.body("{}")).await.problem(415, "unsupported_media_type");
        assert!(refused.text.contains("Content-Type: application/x-ndjson"), "{}", refused.text);
    }
}
