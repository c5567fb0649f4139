//! What the webhook answers to what Twilio, and others, send.

use http::Method;
use ringhook_tests::api::Reply;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use serde_json::{Value, json};
use uuid::Uuid;

mod malformed;
mod rejections;
mod signatures;

/// Every notification in the workspace's log, newest first.
async fn log_of(app: &App, workspace: &Workspace) -> Vec<Value> {
    app.api(workspace).get("/notifications?limit=1000").await.expect(200).items().to_vec()
}

both! {
    async fn a_call_that_reaches_a_device_is_answered_200(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "device-1").await;
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(answer.json["bindings"], 1);
        assert_eq!(answer.json["accepted"], 1);
        let members: Vec<_> = answer.json.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["notification_id", "bindings", "accepted"]);
        let logged = &log_of(&app, &workspace).await[0];
        assert_eq!(logged["id"], answer.json["notification_id"]);
    }

    async fn each_cause_of_404_has_its_own_code(app: App) {
        let (workspace, other) = (app.workspace().await, app.workspace().await);
        let twilio = app.twilio(&workspace);

        let unknown = format!("{}/hooks/{}", app.public_url(), "x".repeat(43));
        twilio.clone().at(&unknown).ring("bob").await.reply.clone().problem(404, "unknown_webhook");

        let stranger = format!("AC{}", Uuid::new_v4().simple());
        twilio.clone().account(&stranger, "token").ring("bob").await.reply.clone().problem(404, "unknown_account");
        let others = twilio.clone().account(&other.account_sid, &other.auth_token).ring("bob").await;
        others.reply.clone().problem(404, "unknown_account");

        twilio.ring("bob").await.reply.clone().problem(404, "no_binding");
    }

    async fn a_disabled_account_is_unknown_until_it_is_enabled(app: App) {
        let workspace = app.workspace().await;
        let path = format!("/accounts/{}", workspace.account_sid);
        let set = |status: &'static str| {
            let (api, path) = (app.api(&workspace), path.clone());
            async move { api.patch(&path, json!({"status": status})).await.expect(200) }
        };
        set("disabled").await;
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "unknown_account");
        set("active").await;
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
    }

    async fn a_rotated_webhook_holds_for_its_grace_and_not_longer(app: App) {
        let workspace = app.workspace().await;
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        let made = api.post("/webhook-tokens", json!({"grace_seconds": 600})).await.expect(201);
        let second = made.json["webhook_url"].as_str().expect("a URL").to_owned();
        for hook in [&workspace.webhook_url, &second] {
            twilio.clone().at(hook).ring("bob").await.reply.clone().problem(404, "no_binding");
        }
        let made = api.post("/webhook-tokens", json!({"grace_seconds": 0})).await.expect(201);
        let third = made.json["webhook_url"].as_str().expect("a URL").to_owned();
        for hook in [&workspace.webhook_url, &second] {
            twilio.clone().at(hook).ring("bob").await.reply.clone().problem(404, "unknown_webhook");
        }
        twilio.at(&third).ring("bob").await.reply.clone().problem(404, "no_binding");
    }

    async fn only_json_by_post_is_taken(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")] {
            let answer = call.clone().content_type(content_type).send().await;
            answer.reply.clone().problem(415, "unsupported_media_type");
        }
        for content_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"] {
            let answer = call.clone().content_type(Some(content_type)).send().await;
            answer.reply.clone().problem(404, "no_binding");
        }
        let path = workspace.webhook_url.strip_prefix(app.public_url()).expect("a URL of ours");
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let response = reqwest::Client::new().request(method.clone(), format!("{}{path}", app.url()));
            let refused = Reply::try_of(response.send().await.expect("an answer")).await.expect("the whole answer");
            let refused = refused.problem(405, "method_not_allowed");
            assert_eq!(refused.header("allow"), "POST", "{method}");
            assert!(refused.text.contains("POST alone"), "{}", refused.text);
        }
    }

    async fn other_message_types_of_voice_are_taken_too(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob").with("twi_message_type", "twilio.voice.cancel");
        call.send().await.reply.clone().problem(404, "no_binding");
        assert_eq!(log_of(&app, &workspace).await[0]["message_type"], "twilio.voice.cancel");
    }

    async fn what_was_called_is_in_the_log(app: App) {
        let workspace = app.workspace().await;
        let long = "x".repeat(256);
        let identities = ["a:b:c", "test@example.com", "📱-café", "client:bob", &long];
        for identity in identities {
            app.twilio(&workspace).ring(identity).await.reply.clone().problem(404, "no_binding");
            let logged = log_of(&app, &workspace).await.remove(0);
            assert_eq!(logged["identity"], identity);
            assert_eq!(logged["to"], format!("client:{identity}"));
            assert_eq!(logged["from"], "+14155550100");
            assert_eq!(logged["params"], "greeting=hello%20there");
            assert_eq!(logged["outcome"], "no_binding");
            assert_eq!(logged["answer"]["status"], 404);
        }
    }
}
