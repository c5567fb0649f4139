//! What a device does for its one user.

use chrono::Utc;
use http::{HeaderMap, Method};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ringhook_tests::api::{Api, Reply, http_client};
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::socket::{Socket, client_token, handshake};
use serde_json::{Value, json};

const KEY_SID: &str = "SK0123456789abcdef0123456789abcdef";
const KEY_SECRET: &str = "the-secret-of-a-Twilio-API-key";

/// A Voice access token, as Twilio's libraries make them.
fn access_token(account_sid: &str, identity: &str, secret: &str, changes: Value) -> String {
    let now = Utc::now().timestamp();
    let mut claims = json!({
        "jti": format!("{KEY_SID}-{now}"), "iss": KEY_SID, "sub": account_sid, "exp": now + 3600,
        "grants": {"identity": identity, "voice": {"incoming": {"allow": true}}},
    });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let header = Header { cty: Some("twilio-fpa;v=1".into()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).expect("a token")
}

/// Stores the API key with the workspace's account.
async fn store_key(app: &App, workspace: &Workspace, secret: &str) {
    let keys = json!({"api_keys": [{"sid": KEY_SID, "secret": secret}]});
    app.api(workspace).patch(&format!("/accounts/{}", workspace.account_sid), keys).await.expect(200);
}

/// A device of `identity` with a client token.
async fn device(app: &App, workspace: &Workspace, identity: &str) -> Api {
    app.api_as(&client_token(&app.api(workspace), &workspace.account_sid, identity, 600).await)
}

async fn as_twilio(app: &App, token: &str, workspace: &str, path: &str) -> Reply {
    let request = app.api_as(token).request(Method::GET, path).header("ringhook-workspace", workspace);
    app.api_as(token).send(request).await
}

async fn twilio_socket(app: &App, token: &str, workspace: &Workspace, device_id: &str) -> Socket {
    let query = format!("?device_id={device_id}&workspace={}", workspace.id);
    let protocol = format!("ringhook.v1, ringhook.bearer.{token}");
    let mut request = handshake(app.url(), &query);
    request.headers_mut().insert("sec-websocket-protocol", protocol.parse().expect("a header"));
    Socket::open(request).await.expect("a socket")
}

fn phone(address: &str) -> Value {
    json!({"channel": "fcm", "address": address})
}

both! {
    async fn a_device_registers_itself_and_sees_its_users_own(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let (bob, carol) = (device(&app, &workspace, "bob").await, device(&app, &workspace, "carol").await);
        assert_eq!(bob.get("/device/config").await.expect(200).json,
            json!({"channels": ["fcm", "websocket"], "vapid_public_key": null}));
        let made = bob.put("/device/bindings/phone", phone("bobs-token")).await.expect(201);
        assert_eq!((&made.json["identity"], &made.json["device_id"]), (&json!("bob"), &json!("phone")));
        assert_eq!(bob.put("/device/bindings/phone", phone("bobs-new-token")).await.expect(200).id(), made.id());
        // Another user's device of the same id is another device.
        let hers = carol.put("/device/bindings/phone", phone("carols-token")).await.expect(201);
        assert_ne!(hers.id(), made.id());
        assert_eq!(bob.get("/device/bindings").await.expect(200).items().len(), 1);
        app.twilio(&workspace).ring("bob").await.reply.expect(200);
        assert_eq!(app.fcm.received_at_least(1).await[0].token, "bobs-new-token");
        // The phone changes hands: it stops ringing for bob.
        let moved = carol.put("/device/bindings/bobs-old-phone", phone("bobs-new-token")).await.expect(200);
        assert_eq!((moved.id(), &moved.json["identity"]), (made.id(), &json!("carol")));
        assert_eq!(bob.get("/device/bindings").await.expect(200).items().len(), 0);
        app.twilio(&workspace).ring("bob").await.reply.expect(404);
        // Nobody forgets another's.
        bob.delete("/device/bindings/phone").await.problem(404, "not_found");
        carol.delete("/device/bindings/phone").await.expect(204);
        carol.delete("/device/bindings/phone").await.problem(404, "not_found");
        assert_eq!(carol.get("/device/bindings").await.expect(200).items().len(), 1);
    }

    async fn a_device_says_only_what_it_may(app: App) {
        let workspace = app.workspace().await;
        let bob = device(&app, &workspace, "bob").await;
        bob.put("/device/bindings/phone", phone("t")).await.problem(422, "no_provider");
        app.fcm_provider(&workspace).await;
        for channel in ["websocket", "webhook"] {
            bob.put("/device/bindings/phone", json!({"channel": channel, "address": "t"})).await.invalid("/channel");
        }
        let stranger = json!({"channel": "fcm", "address": "t", "identity": "carol"});
        bob.put("/device/bindings/phone", stranger).await.invalid("/identity");
        bob.put(&format!("/device/bindings/{}", "x".repeat(257)), phone("t")).await.invalid("/device_id");
        bob.put(&format!("/device/bindings/{}", "x".repeat(256)), phone("t")).await.expect(201);
        // A device's token opens nothing of the server's API, and a server's key nothing of the device's.
        bob.get("/bindings").await.problem(401, "invalid_api_key");
        app.api(&workspace).get("/device/bindings").await.problem(401, "invalid_token");
        for path in ["/device/bindings", "/device/config"] {
            let refused = app.api_without_bearer().get(path).await.problem(401, "missing_token");
            assert!(refused.text.contains("client token"), "{}", refused.text);
        }
    }

    async fn a_closed_workspace_is_told_from_an_account_that_is_gone(app: App) {
        let workspace = app.workspace().await;
        let bob = device(&app, &workspace, "bob").await;
        let path = format!("/accounts/{}", workspace.account_sid);
        app.api(&workspace).patch(&path, json!({"status": "disabled"})).await.expect(200);
        bob.get("/device/config").await.problem(401, "account_not_connected");
        let disabled = app.command(&["workspace", "disable", &workspace.id]).await;
        assert_eq!(disabled.code, Some(0), "{}", disabled.stderr);
        bob.get("/device/config").await.problem(401, "workspace_closed");
    }

    async fn twilios_own_token_is_enough(app: App) {
        let (workspace, other) = (app.workspace().await, app.workspace().await);
        app.fcm_provider(&workspace).await;
        let token = access_token(&workspace.account_sid, "bob", KEY_SECRET, json!({}));
        as_twilio(&app, &token, &workspace.id, "/device/config").await.problem(401, "invalid_token");
        store_key(&app, &workspace, KEY_SECRET).await;
        as_twilio(&app, &token, &workspace.id, "/device/config").await.expect(200);
        let bearer = app.api_as(&token);
        bearer.get("/device/config").await.problem(401, "missing_workspace");
        bearer.get(&format!("/device/config?workspace={}", workspace.id)).await.expect(200);
        as_twilio(&app, &token, "wsp_what", "/device/config").await.problem(401, "unknown_workspace");
        as_twilio(&app, &token, &other.id, "/device/config").await.problem(401, "invalid_token");
        // The same key in another workspace proves nothing about this one's account.
        store_key(&app, &other, KEY_SECRET).await;
        as_twilio(&app, &token, &other.id, "/device/config").await.problem(401, "invalid_token");
        let foreign = access_token(&other.account_sid, "bob", KEY_SECRET, json!({}));
        as_twilio(&app, &foreign, &workspace.id, "/device/config").await.problem(401, "invalid_token");
        let forged = access_token(&workspace.account_sid, "bob", "another secret", json!({}));
        as_twilio(&app, &forged, &workspace.id, "/device/config").await.problem(401, "invalid_token");
        let nul = access_token("AC\u{0}", "bob", KEY_SECRET, json!({}));
        as_twilio(&app, &nul, &workspace.id, "/device/config").await.problem(401, "invalid_token");
        let now = Utc::now().timestamp();
        let ended = access_token(&workspace.account_sid, "bob", KEY_SECRET, json!({"exp": now - 60}));
        as_twilio(&app, &ended, &workspace.id, "/device/config").await.problem(401, "token_expired");
        let mute = json!({"grants": {"identity": "bob", "voice": {"outgoing": {"application_sid": "AP1"}}}});
        let mute = access_token(&workspace.account_sid, "bob", KEY_SECRET, mute);
        as_twilio(&app, &mute, &workspace.id, "/device/config").await.problem(403, "incoming_not_allowed");
        let disabled = json!({"status": "disabled"});
        app.api(&workspace).patch(&format!("/accounts/{}", workspace.account_sid), disabled).await.expect(200);
        as_twilio(&app, &token, &workspace.id, "/device/config").await.problem(401, "invalid_token");
    }

    async fn a_socket_opens_with_either_token(app: App) {
        let workspace = app.workspace().await;
        store_key(&app, &workspace, KEY_SECRET).await;
        let token = access_token(&workspace.account_sid, "bob", KEY_SECRET, json!({}));
        let mut socket = twilio_socket(&app, &token, &workspace, "phone").await;
        let call = app.twilio(&workspace).call("bob");
        call.send().await.reply.expect(200);
        let frame: Value = serde_json::from_str(&socket.text().await).expect("JSON");
        assert_eq!(frame.as_object(), Some(call.fields()));
    }

    async fn a_socket_ends_with_the_api_key_that_let_it_in(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let path = format!("/accounts/{}", workspace.account_sid);
        let another = "another-secret-of-a-Twilio-API-key";
        store_key(&app, &workspace, KEY_SECRET).await;
        let token = access_token(&workspace.account_sid, "bob", KEY_SECRET, json!({}));
        let mut by_key = twilio_socket(&app, &token, &workspace, "phone").await;
        // What stands on a client token, or came to stand on one, has nothing to do with the key.
        let mut by_client_token = app.socket(&workspace, "bob", Some("tablet")).await;
        let mut prolonged = twilio_socket(&app, &token, &workspace, "watch").await;
        let longer = client_token(&api, &workspace.account_sid, "bob", 7200).await;
        prolonged.say(json!({"token": longer})).await;
        prolonged.assert_silent().await;
        api.patch(&path, json!({"api_keys": [{"sid": KEY_SID}]})).await.expect(200);
        by_key.assert_silent().await;
        store_key(&app, &workspace, another).await;
        assert_eq!(by_key.close_code().await, 4403);
        let token = access_token(&workspace.account_sid, "bob", another, json!({}));
        let mut by_key = twilio_socket(&app, &token, &workspace, "phone").await;
        api.patch(&path, json!({"api_keys": []})).await.expect(200);
        assert_eq!(by_key.close_code().await, 4403);
        by_client_token.assert_silent().await;
        prolonged.assert_silent().await;
    }

    async fn any_origin_may_ask_for_a_device_and_for_nothing_else(app: App) {
        let workspace = app.workspace().await;
        let http = http_client();
        let ask = async |method: Method, path: &str, headers: HeaderMap| {
            let url = format!("{}/api/v1{path}", app.url());
            http.request(method, url).header("origin", "https://app.example").headers(headers).send().await.expect("an answer")
        };
        let mut preflight = HeaderMap::new();
        preflight.insert("access-control-request-method", "PUT".parse().expect("a value"));
        preflight.insert("access-control-request-headers", "authorization,content-type".parse().expect("a value"));
        let answer = ask(Method::OPTIONS, "/device/bindings/phone", preflight.clone()).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["access-control-allow-origin"]), (204, &"*".parse().expect("a value")));
        assert!(answer.headers()["access-control-allow-methods"].to_str().expect("text").contains("PUT"));
        assert!(answer.headers().get("access-control-allow-credentials").is_none());
        let refused = ask(Method::GET, "/device/bindings", HeaderMap::new()).await;
        assert_eq!((refused.status().as_u16(), &refused.headers()["access-control-allow-origin"]), (401, &"*".parse().expect("a value")));
        for path in ["/bindings", "/workspace"] {
            for method in [Method::OPTIONS, Method::GET] {
                let answer = ask(method, path, preflight.clone()).await;
                assert!(answer.headers().get("access-control-allow-origin").is_none(), "{path}");
            }
        }
        let bob = device(&app, &workspace, "bob").await;
        let read = bob.get("/device/config").await.expect(200);
        assert_eq!((read.header("access-control-allow-origin"), read.header("ratelimit-limit")), ("*", "60"));
    }
}
