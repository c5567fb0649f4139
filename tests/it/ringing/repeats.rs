//! The same message again.

use std::time::Duration;

use futures_util::future::join_all;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::fcm::unregistered;
use ringhook_tests::stand_in::Scripted;
use serde_json::json;

use super::only_call;

both! {
    async fn a_repeat_rings_nobody_again_and_gets_the_first_answer(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        let call = app.twilio(&workspace).call("bob");
        let first = call.send().await.reply.clone().expect(200);
        // Another device since, and another body: the message id decides.
        app.bind(&workspace, "bob", "fcm", "second").await;
        for repeat in [call.clone(), call.clone().with("twi_from", "client:alice")] {
            assert_eq!(repeat.send().await.reply.clone().expect(200).json, first.json);
        }
        assert_eq!(app.fcm.received().len(), 1);
        only_call(&app, &workspace).await;
    }

    async fn a_repeat_after_a_restart_is_known_too(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        let call = app.twilio(&workspace).call("bob");
        let (message, body) = (call.message_id(), call.bytes());
        let first = call.send().await.reply.clone().expect(200);
        only_call(&app, &workspace).await;
        app.kill().await;
        app.restart().await;
        let again = app.twilio(&workspace).call("bob").with("twi_message_id", message).body(body);
        assert_eq!(again.send().await.reply.clone().expect(200).json, first.json);
        assert_eq!(app.fcm.received().len(), 1);
    }

    async fn ten_copies_at_once_ring_once_and_get_one_answer(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        // Undecided for a while, so that the copies have to wait for the first answer.
        app.fcm.script("android", [Scripted::own_answer().after(Duration::from_millis(500))]);
        let call = app.twilio(&workspace).call("bob");
        let answers = join_all((0..10).map(|_| call.send())).await;
        for answer in &answers {
            assert_eq!(answer.reply.clone().expect(200).json, answers[0].json);
            assert_eq!(answer.json["accepted"], 1);
        }
        assert_eq!(app.fcm.received().len(), 1);
        only_call(&app, &workspace).await;
    }

    async fn the_404_of_dead_bindings_is_kept_and_the_one_of_none_is_not(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let twilio = app.twilio(&workspace);
        let none = twilio.call("bob");
        none.send().await.reply.clone().problem(404, "no_binding");
        app.bind(&workspace, "bob", "fcm", "android").await;
        none.send().await.reply.clone().expect(200);

        app.bind(&workspace, "eve", "fcm", "of-eve").await;
        app.fcm.script("of-eve", [unregistered()]);
        let dead = twilio.call("eve");
        dead.send().await.reply.clone().problem(404, "all_dead");
        app.bind(&workspace, "eve", "fcm", "another-of-eve").await;
        dead.send().await.reply.clone().problem(404, "all_dead");
        assert_eq!(app.fcm.received().len(), 2);
    }

    async fn the_same_message_id_of_another_workspace_or_account_is_another_call(app: App) {
        let (workspace, other) = (app.workspace().await, app.workspace().await);
        for workspace in [&workspace, &other] {
            app.fcm_provider(workspace).await;
            app.bind(workspace, "bob", "fcm", "android").await;
        }
        let second = json!({"account_sid": format!("AC{}", "b".repeat(32)), "auth_token": "second"});
        app.api(&workspace).post("/accounts", second).await.expect(201);
        let second = format!("AC{}", "b".repeat(32));
        let binding = json!({"account_sid": second, "identity": "bob", "channel": "fcm", "address": "android"});
        app.api(&workspace).post("/bindings", binding).await.expect(201);
        let calls = [
            app.twilio(&workspace).call("bob"),
            app.twilio(&other).call("bob"),
            app.twilio(&workspace).account(&second, "second").call("bob"),
        ];
        for call in calls {
            call.with("twi_message_id", "WB1").send().await.reply.clone().expect(200);
        }
        assert_eq!(app.fcm.received().len(), 3);
    }

    async fn the_idempotency_token_alone_suppresses_nothing(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        for _ in 0..2 {
            let call = app.twilio(&workspace).call("bob").header("I-Twilio-Idempotency-Token", "same");
            call.send().await.reply.clone().expect(200);
        }
        assert_eq!(app.fcm.received().len(), 2);
    }
}
