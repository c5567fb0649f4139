use ringhook_openapi::{Channel, Scope};

use super::*;
use crate::{
    access::device_token,
    api::bindings,
    domain::{bindings as rules, testing::apns_credentials},
};

#[tokio::test]
async fn a_binding_is_made_updated_changed_and_deleted() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let refused = client.post("/bindings", binding("token")).await;
        assert_eq!((refused.refusal(), refused.pointers()), ((422, "no_provider"), vec!["/channel"]));
        let provider = client.post("/providers", provider()).await.body;
        let made = client.post("/bindings", binding("token")).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["id"].as_str().expect("an id");
        let expected = json!({
            "id": id, "account_sid": SID, "identity": "bob", "channel": "fcm", "address": "token",
            "provider_id": provider["id"], "environment": null, "device_id": null, "tags": [], "expires_at": null,
            "shared": false, "status": "active", "inactive_reason": null, "last_notified_at": null,
            "last_accepted_at": null, "created_at": made.body["created_at"], "updated_at": made.body["updated_at"],
        });
        assert_eq!(made.body, expected);
        let again = client.post("/bindings", binding("token")).await;
        assert_eq!((again.status, &again.body["id"]), (200, &made.body["id"]));
        let path = format!("/bindings/{id}");
        let off = client.patch(&path, json!({"status": "inactive", "tags": ["a"]})).await;
        assert_eq!((off.status, &off.body["inactive_reason"]), (200, &json!("manual")));
        assert_eq!(client.get(&path).await.body, off.body);
        for (query, count) in [("status=active", 0), ("status=inactive", 1), ("tag=a", 1), ("tag=b", 0)] {
            let page = client.get(&format!("/bindings?{query}")).await.body;
            assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{query}");
        }
        let faulty = client.post("/bindings", json!({
            "account_sid": SID, "identity": "", "channel": "fcm", "address": "a b",
        }));
        assert_eq!(faulty.await.pointers(), ["/identity", "/address"]);
        let gone = client.delete(&path).await;
        assert_eq!((gone.status, gone.body), (204, Value::Null));
        assert_eq!(client.delete(&path).await.refusal(), (404, "not_found"));
        client.post("/bindings", binding("1")).await;
        client.post("/bindings", binding("2")).await;
        let deleted = client.delete(&format!("/bindings?account_sid={SID}&identity=bob")).await;
        assert_eq!((deleted.status, deleted.body), (200, json!({"deleted": 2})));
    })
    .await;
}

#[tokio::test]
async fn a_websocket_reads_as_active_while_somebody_is_connected() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let socket = json!({"account_sid": SID, "identity": "bob", "channel": "websocket", "device_id": "d"});
        let made = client.post("/bindings", socket).await.body;
        assert_eq!((&made["address"], &made["provider_id"]), (&Value::Null, &Value::Null));
        let id = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let row = rules::get(&ground, client.workspace, id).await.expect("a binding");
        assert_eq!(row.channel.0, Channel::Websocket);
        let now = ground.clock.now();
        let read = |connected: bool| {
            let wire = bindings::binding(row.clone(), &Default::default(), now, &|_| connected);
            (wire.status.as_str(), wire.inactive_reason)
        };
        assert_eq!(read(true), ("active", None));
        assert_eq!(read(false), ("inactive", Some("not_connected".into())));
    })
    .await;
}

#[tokio::test]
async fn a_client_token_makes_its_device_known() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let body = |over: Value| {
            let mut body = json!({"account_sid": SID, "identity": "bob", "ttl_seconds": 60});
            body.as_object_mut().expect("an object").extend(over.as_object().cloned().expect("an object"));
            body
        };
        let made = client.post("/client-tokens", body(json!({}))).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let token = made.body["token"].as_str().expect("a token");
        let device = device_token::verify(&ground, token, ground.clock.now()).await.expect("a device");
        assert_eq!((device.workspace, device.identity.as_str()), (client.workspace, "bob"));
        for (over, code, pointer) in [
            (json!({"ttl_seconds": 59}), "validation_failed", "/ttl_seconds"),
            (json!({"ttl_seconds": 86_401}), "validation_failed", "/ttl_seconds"),
            (json!({"identity": ""}), "validation_failed", "/identity"),
            (json!({"identity": "client:bob"}), "validation_failed", "/identity"),
            (json!({"account_sid": "AC1"}), "account_not_connected", "/account_sid"),
        ] {
            let refused = client.post("/client-tokens", body(over.clone())).await;
            assert_eq!((refused.refusal(), refused.pointers()), ((422, code), vec![pointer]), "{over}");
        }
        assert_eq!(client.post("/client-tokens", body(json!({"ttl_seconds": 86_400}))).await.status, 201);
        client.patch(&format!("/accounts/{SID}"), json!({"status": "disabled"})).await;
        let refused = client.post("/client-tokens", body(json!({}))).await;
        assert_eq!(refused.refusal(), (422, "account_not_connected"));
    })
    .await;
}

#[tokio::test]
async fn an_account_shows_no_secret() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let sid = "AC00000000000000000000000000000002";
        let key = "SK00000000000000000000000000000001";
        let new = json!({
            "account_sid": sid, "auth_token": "hunter2", "friendly_name": "Main",
            "api_keys": [{"sid": key, "secret": "hunter2"}],
        });
        let made = client.post("/accounts", new.clone()).await;
        let expected = json!({
            "account_sid": sid, "friendly_name": "Main", "status": "active", "signature_policy": "full",
            "api_keys": [{"sid": key}],
        });
        assert_eq!((made.status, &made.body), (201, &expected));
        assert_eq!(client.post("/accounts", new).await.refusal(), (409, "account_exists"));
        let path = format!("/accounts/{sid}");
        assert_eq!(client.get(&path).await.body, expected);
        let changed = client.patch(&path, json!({"signature_policy": "none"})).await;
        assert_eq!((changed.status, &changed.body["signature_policy"]), (200, &json!("none")));
        let page = client.get("/accounts?limit=1").await.body;
        assert_eq!(page["items"][0]["account_sid"], SID);
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        let next = client.get(&format!("/accounts?limit=1&cursor={cursor}")).await.body;
        assert_eq!((&next["items"][0]["account_sid"], &next["next_cursor"]), (&json!(sid), &Value::Null));
        assert_eq!(client.delete(&path).await.status, 204);
        assert_eq!(client.get(&path).await.refusal(), (404, "not_found"));
    })
    .await;
}

#[tokio::test]
async fn a_provider_shows_facts_but_no_credential() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let fcm = client.post("/providers", provider()).await;
        let expected = json!({
            "id": fcm.body["id"], "kind": "fcm", "name": "fcm", "is_default": true, "environment": null, "settings": {},
            "status": "untested", "status_reason": null, "expires_at": null, "project_id": "my-app-1",
            "client_email": "push@my-app-1.iam.gserviceaccount.com",
        });
        assert_eq!((fcm.status, &fcm.body), (201, &expected));
        let apns = json!({"kind": "apns", "credentials": apns_credentials(), "environment": "sandbox"});
        let apns = client.post("/providers", apns).await.body;
        assert_eq!((&apns["environment"], &apns["key_id"]), (&json!("sandbox"), &json!("ABC123DEFG")));
        let path = format!("/providers/{}", apns["id"].as_str().expect("an id"));
        let renamed = client.patch(&path, json!({"name": "App"})).await;
        assert_eq!((renamed.status, &renamed.body["name"]), (200, &json!("App")));
        assert_eq!(client.get(&path).await.body, renamed.body);
        assert_eq!(client.delete(&path).await.status, 204);
        let unknown = client.post("/providers", json!({"kind": "webpush"})).await;
        assert_eq!((unknown.refusal(), unknown.pointers()), ((422, "kind_not_supported"), vec!["/kind"]));
        let faulty = client.post("/providers", json!({"kind": "fcm", "credentials": {}})).await;
        assert_eq!(faulty.pointers(), ["/credentials/service_account"]);
        client.post("/bindings", binding("token")).await;
        let path = format!("/providers/{}", fcm.body["id"].as_str().expect("an id"));
        assert_eq!(client.delete(&path).await.refusal(), (409, "provider_in_use"));
    })
    .await;
}

#[tokio::test]
async fn a_webhook_token_is_rotated_and_its_url_is_for_writers() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let made = client.send(Method::POST, "/webhook-tokens", None).await;
        assert_eq!((made.status, &made.body["expires_at"]), (201, &Value::Null));
        let url = made.body["webhook_url"].as_str().expect("a URL");
        assert!(url.starts_with("http://127.0.0.1:8080/hooks/"), "{url}");
        let listed = client.get("/webhook-tokens").await.body;
        let items = listed["items"].as_array().expect("items");
        assert_eq!((items.len(), &items[1]), (2, &made.body));
        assert!(items[0]["expires_at"].is_string());
        let reader = client.with_key(&[Scope::WorkspaceRead], |_| {}).await;
        let page = reader.get("/webhook-tokens?limit=1").await.body;
        assert!(page["items"][0].get("webhook_url").is_none());
        assert_eq!(page["next_cursor"], page["items"][0]["id"]);
        let path = |token: &Value| format!("/webhook-tokens/{}", token["id"].as_str().expect("an id"));
        assert_eq!(client.delete(&path(&made.body)).await.refusal(), (409, "last_webhook_token"));
        assert_eq!(client.delete(&path(&items[0])).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn the_workspace_is_the_keys_own() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let shown = client.get("/workspace").await;
        let expected = json!({
            "id": client.workspace.to_string(), "name": "Test", "answer": "accepted", "answer_within_ms": 2000,
            "ring_ttl_seconds": 30, "retention_days": 30, "time_zone": "UTC",
        });
        assert_eq!((shown.status, shown.body), (200, expected));
        let changed = client.patch("/workspace", json!({"answer": "recorded", "ring_ttl_seconds": 5})).await;
        assert_eq!((&changed.body["answer"], &changed.body["ring_ttl_seconds"]), (&json!("recorded"), &json!(5)));
        let refused = client.patch("/workspace", json!({"ring_ttl_seconds": 4, "time_zone": ""})).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/ring_ttl_seconds", "/time_zone"]));
    })
    .await;
}
