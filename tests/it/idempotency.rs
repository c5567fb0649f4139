//! Requests that are sent again under an `Idempotency-Key`, and how often a key may ask.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use ringhook_tests::api::{Api, Reply};
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::until;
use serde_json::{Value, json};

async fn post(api: &Api, key: &str, path: &str, body: &Value) -> Reply {
    api.send(api.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

fn call(workspace: &Workspace) -> Value {
    json!({"account_sid": workspace.account_sid, "identity": "bob"})
}

both! {
    async fn the_same_request_is_done_once(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let first = post(&api, "call-1", "/test-calls", &call(&workspace)).await.expect(201);
        let again = post(&api, "call-1", "/test-calls", &call(&workspace)).await.expect(201);
        assert_eq!((&again.json, again.header("idempotency-replayed")), (&first.json, "true"));
        assert_eq!(first.header("idempotency-replayed"), "");
        assert_eq!(api.get("/notifications").await.expect(200).items().len(), 1);
        // Another body, another path, another key of the workspace.
        let other = json!({"account_sid": workspace.account_sid, "identity": "carol"});
        post(&api, "call-1", "/test-calls", &other).await.problem(409, "idempotency_key_reused");
        post(&api, "call-1", "/bindings/batch", &json!({"operations": []})).await.problem(409, "idempotency_key_reused");
        post(&api, "call-2", "/test-calls", &call(&workspace)).await.expect(201);
        assert_eq!(api.get("/notifications").await.expect(200).items().len(), 2);
        for wrong in ["", &"x".repeat(256), "two words"] {
            post(&api, wrong, "/test-calls", &call(&workspace)).await.problem(400, "invalid_parameter");
        }
        post(&api, &"x".repeat(255), "/test-calls", &call(&workspace)).await.expect(201);
        // A day later it is a new request.
        app.age("idempotency_keys", "begun_at", 86_401).await;
        assert_ne!(post(&api, "call-1", "/test-calls", &call(&workspace)).await.expect(201).json, first.json);
    }

    async fn what_was_refused_may_be_mended_under_the_same_key(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let binding = json!({"account_sid": workspace.account_sid, "identity": "bob", "channel": "fcm", "address": "t"});
        post(&api, "one", "/bindings", &binding).await.problem(422, "no_provider");
        app.fcm_provider(&workspace).await;
        let made = post(&api, "one", "/bindings", &binding).await.expect(201);
        assert_eq!(post(&api, "one", "/bindings", &binding).await.expect(201).json, made.json);
    }

    async fn a_secret_is_shown_once(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let token = json!({"account_sid": workspace.account_sid, "identity": "bob", "ttl_seconds": 60});
        let shown = post(&api, "token", "/client-tokens", &token).await.expect(201);
        post(&api, "token", "/client-tokens", &token).await.problem(409, "answer_not_kept");
        post(&api, "hook", "/webhook-tokens", &json!({})).await.expect(201);
        post(&api, "hook", "/webhook-tokens", &json!({})).await.problem(409, "answer_not_kept");
        assert_eq!(api.get("/webhook-tokens").await.expect(200).items().len(), 2);
        assert!(shown.json["token"].is_string(), "{}", shown.text);
        let kept = app.database.texts("SELECT status AS value FROM idempotency_keys WHERE answer IS NOT NULL").await;
        assert!(kept.is_empty(), "{kept:?}");
    }

    async fn what_its_client_gave_up_is_done_once_all_the_same(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "t").await;
        app.fcm.script("t", [Scripted::own_answer().after(Duration::from_secs(1))]);
        let (api, body) = (app.api(&workspace), call(&workspace));
        tokio::select! {
            early = post(&api, "gone", "/test-calls", &body) => panic!("answered before the device was rung: {early:?}"),
            () = until("the push", async || (!app.fcm.received().is_empty()).then_some(())) => {}
        }
        let again = until("its answer", async || {
            Some(post(&api, "gone", "/test-calls", &body).await).filter(|reply| reply.status == 201)
        });
        let again = again.await;
        assert_eq!((again.header("idempotency-replayed"), &again.json["outcome"]), ("true", &json!("accepted")));
        assert_eq!(api.get("/notifications").await.expect(200).items().len(), 1);
    }

    async fn of_many_at_once_one_is_done(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let body = call(&workspace);
        let replies = join_all((0..20).map(|_| post(&api, "many", "/test-calls", &body))).await;
        let (done, busy): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
        assert!(!done.is_empty() && done.iter().all(|reply| reply.json == done[0].json), "{done:?}");
        for reply in busy {
            assert_eq!(reply.problem(409, "request_in_progress").header("retry-after"), "1");
        }
        assert_eq!(api.get("/notifications").await.expect(200).items().len(), 1);
    }
}

/// With one request a second, and ten at once.
async fn a_key_is_told_what_is_left(backend: Backend) {
    let app = App::builder(backend).set("RINGHOOK_API_REQUESTS_PER_SECOND", 1).start().await;
    let (workspace, other) = (app.workspace().await, app.workspace().await);
    let api = app.api(&workspace);
    let number = |reply: &Reply, name: &str| reply.header(name).parse::<u32>().expect("a number");
    let first = api.get("/workspace").await.expect(200);
    assert_eq!((number(&first, "ratelimit-limit"), number(&first, "ratelimit-remaining")), (10, 9));
    assert!((1..=2).contains(&number(&first, "ratelimit-reset")), "{first:?}");
    let replies = join_all((0..30).map(|_| api.get("/nowhere"))).await;
    let (missing, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 404);
    assert!((8..=15).contains(&missing.len()), "{}", missing.len());
    for reply in refused {
        let reply = reply.problem(429, "rate_limited");
        assert!(
            number(&reply, "retry-after") >= 1 && number(&reply, "ratelimit-remaining") == 0,
            "{reply:?}"
        );
    }
    app.api(&other).get("/workspace").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_told_what_is_left_of_its_requests() {
    a_key_is_told_what_is_left(Backend::Sqlite).await;
}
