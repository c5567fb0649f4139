//! What is believed.

use ringhook_tests::app::{App, PUBLIC_URL, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::twilio::Call;
use serde_json::json;

async fn set(app: &App, workspace: &Workspace, patch: serde_json::Value) {
    let path = format!("/accounts/{}", workspace.account_sid);
    app.api(workspace).patch(&path, patch).await.expect(200);
}

/// Believed means: nobody is bound, and the call is in the log.
async fn believed(call: Call<'_>) {
    call.send().await.reply.clone().problem(404, "no_binding");
}

async fn refused(call: Call<'_>, code: &str) {
    call.send().await.reply.clone().problem(403, code);
}

both! {
    async fn the_public_url_is_what_is_signed_with_or_without_the_default_port(app: App) {
        let workspace = app.workspace().await;
        let twilio = app.twilio(&workspace);
        let path = workspace.webhook_url.strip_prefix(PUBLIC_URL).expect("a public URL");
        believed(twilio.call("bob")).await;
        believed(twilio.call("bob").signed_for(&format!("{PUBLIC_URL}:443{path}"))).await;
        believed(twilio.call("bob").query("a=b&c=%20d")).await;
        let direct = format!("{}{path}", app.url());
        let elsewhere = [direct, format!("http://ringhook.test{path}"), format!("{PUBLIC_URL}:8443{path}")];
        for url in &elsewhere {
            refused(twilio.call("bob").signed_for(url), "wrong_public_url").await;
        }
    }

    async fn a_public_url_with_a_port_and_a_path_is_signed_as_it_is(backend: Backend) {
        let app = App::builder(backend).public_url("http://ringhook.test:80").start().await;
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        let path = workspace.webhook_url.split_once("/hooks/").expect("a webhook").1;
        for origin in ["http://ringhook.test:80", "http://ringhook.test"] {
            believed(call.clone().signed_for(&format!("{origin}/hooks/{path}"))).await;
        }
    }

    async fn either_auth_token_signs_during_a_rotation(app: App) {
        let workspace = app.workspace().await;
        let call = || app.twilio(&workspace).call("bob");
        refused(call().signed_by("second"), "wrong_auth_token").await;
        set(&app, &workspace, json!({"auth_token_secondary": "second"})).await;
        believed(call().signed_by("second")).await;
        believed(call()).await;
        set(&app, &workspace, json!({"auth_token": "second", "auth_token_secondary": null})).await;
        believed(call().signed_by("second")).await;
        refused(call(), "wrong_auth_token").await;
    }

    async fn each_signature_policy_asks_for_what_it_says(app: App) {
        let workspace = app.workspace().await;
        let call = || app.twilio(&workspace).call("bob");
        refused(call().unsigned(), "signature_missing").await;
        refused(call().without_body_hash(), "body_hash_missing").await;
        refused(call().hash_of(b"another body"), "body_hash_mismatch").await;
        refused(call().signature("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "wrong_auth_token").await;
        refused(call().signature("not base64"), "wrong_auth_token").await;
        refused(call().signature(""), "signature_missing").await;

        set(&app, &workspace, json!({"signature_policy": "url_only"})).await;
        believed(call().without_body_hash()).await;
        believed(call().hash_of(b"another body")).await;
        refused(call().unsigned(), "signature_missing").await;
        refused(call().signed_by("another"), "wrong_auth_token").await;

        set(&app, &workspace, json!({"signature_policy": "none"})).await;
        believed(call().unsigned()).await;
        believed(call().signed_by("another")).await;

        set(&app, &workspace, json!({"signature_policy": "full"})).await;
        refused(call().unsigned(), "signature_missing").await;
        believed(call()).await;
    }

    async fn a_body_hash_in_upper_case_or_at_another_place_is_judged_by_the_url(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        let hash = ringhook::twilio::body_hash(&call.bytes());
        let twice = call.clone().query(&format!("bodySHA256={hash}"));
        refused(twice, "body_hash_mismatch").await;
        believed(call.without_body_hash().query(&format!("bodySHA256={hash}&a=b"))).await;
    }

    async fn a_refused_call_rings_nobody(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "device-1").await;
        let call = app.twilio(&workspace).call("bob");
        refused(call.clone().signed_by("another"), "wrong_auth_token").await;
        // The same message, now signed: the refusal is not replayed, and the device rings once.
        call.send().await.reply.clone().expect(200);
        assert_eq!(app.fcm.received().len(), 1);
    }
}
