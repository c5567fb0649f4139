//! Refused calls in the workspace's log.

use std::net::IpAddr;

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::until::until;
use serde_json::Value;

use super::log_of;

both! {
    async fn a_rejection_is_logged_with_its_reason_and_what_to_do(app: App) {
        let workspace = app.workspace().await;
        let call = || app.twilio(&workspace).call("bob");
        let wrong_url = workspace.webhook_url.replacen("https", "http", 1);
        let spoilt = [
            (call().unsigned(), "signature_missing", "signature_policy"),
            (call().signed_by("another"), "wrong_auth_token", "auth token"),
            (call().signed_for(&wrong_url), "wrong_public_url", "RINGHOOK_PUBLIC_URL"),
            (call().without_body_hash(), "body_hash_missing", "url_only"),
            (call().hash_of(b""), "body_hash_mismatch", "body"),
        ];
        for (call, reason, fix) in spoilt {
            call.send().await.reply.clone().problem(403, reason);
            let logged = until("the rejection in the log", async || {
                let logged = log_of(&app, &workspace).await;
                logged.into_iter().find(|logged| logged["message_id"] == call.message_id().as_str())
            });
            let logged = logged.await;
            assert_eq!(logged["outcome"], "rejected");
            assert_eq!(logged["reason"], reason);
            assert_eq!(logged["answer"]["status"], 403);
            let detail = logged["detail"].as_str().unwrap_or_default();
            assert!(detail.contains(fix), "{reason}: {detail}");
            let token = workspace.webhook_url.rsplit('/').next().expect("a token");
            assert!(!detail.contains(token), "the hint shows the webhook's token");
        }
        let rejected = app.api(&workspace).get("/notifications?outcome=rejected").await.expect(200);
        assert_eq!(rejected.items().len(), 5);
    }

    async fn the_log_takes_at_most_a_hundred_rejections_an_hour(app: App) {
        let workspace = app.workspace().await;
        let path = workspace.webhook_url.strip_prefix(app.public_url()).expect("a URL of ours");
        let body = String::from_utf8(app.twilio(&workspace).call("bob").bytes()).expect("UTF-8");
        // One address has a bucket of its own, smaller than what the log takes.
        for host in 2..5 {
            let from = IpAddr::from([127, 0, 0, host]);
            let client = reqwest::Client::builder().no_proxy().local_address(from).build().expect("a client");
            for _ in 0..40 {
                let request = client.post(format!("{}{path}", app.url())).body(body.clone());
                let request = request.header("content-type", "application/json");
                assert_eq!(request.send().await.expect("an answer").status(), 403);
            }
        }
        until("a hundred rejections", async || (log_of(&app, &workspace).await.len() >= 100).then_some(())).await;
        // A call that is believed is recorded behind whatever would still be written.
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
        let rejected = |logged: &Value| logged["outcome"] == "rejected";
        assert_eq!(log_of(&app, &workspace).await.iter().filter(|logged| rejected(logged)).count(), 100);
    }

    async fn a_rejection_shows_in_its_own_workspace_alone(app: App) {
        let (workspace, other) = (app.workspace().await, app.workspace().await);
        app.twilio(&workspace).call("bob").unsigned().send().await.reply.clone().problem(403, "signature_missing");
        until("the rejection", async || log_of(&app, &workspace).await.pop()).await;
        assert_eq!(log_of(&app, &other).await, Vec::<Value>::new());
    }
}
