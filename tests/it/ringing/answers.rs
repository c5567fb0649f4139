//! When the answer comes.

use std::time::Duration;

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::fcm::unavailable;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::until;
use serde_json::json;

use super::{deliveries, delivery, ended, notification};

/// The call that this answer is about, once it was accepted.
async fn accepted(
    app: &App,
    workspace: &ringhook_tests::app::Workspace,
    id: &serde_json::Value,
) -> serde_json::Value {
    until("the delivery to be accepted", async || {
        let logged = notification(app, workspace, id).await;
        (logged["outcome"] == "accepted").then_some(logged)
    })
    .await
}

both! {
    async fn a_network_in_trouble_is_asked_again(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let binding = app.bind(&workspace, "bob", "fcm", "android").await;
        app.fcm.script("android", [unavailable(), Scripted::reset()]);
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        let logged = accepted(&app, &workspace, &answer.json["notification_id"]).await;
        let delivery = delivery(&logged, &binding);
        assert_eq!(delivery["state"], "accepted");
        let attempts = delivery["attempts"].as_array().expect("attempts");
        let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt["outcome"].as_str()).collect();
        assert_eq!(outcomes, [Some("retry"), Some("retry"), Some("accepted")]);
        assert_eq!(attempts[0]["status"], 503);
        assert_eq!(attempts[1]["status"], json!(null));
    }

    async fn the_answer_comes_in_time_and_the_network_later(app: App) {
        let workspace = app.workspace().await;
        let settings = json!({"answer_within_ms": 300});
        app.api(&workspace).patch("/workspace", settings).await.expect(200);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.fcm.script("android", [Scripted::own_answer().after(Duration::from_millis(1500))]);
        let answer = app.twilio(&workspace).ring("bob").await;
        let (took, answer) = (answer.took, answer.reply.clone().expect(200));
        assert!((300..1300).contains(&took.as_millis()), "{took:?}");
        assert_eq!((&answer.json["bindings"], &answer.json["accepted"]), (&json!(1), &json!(0)));
        let logged = notification(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(logged["outcome"], "in_progress");
        let logged = accepted(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(logged["answer"]["status"], 200);
        assert!(logged["answer"]["after_ms"].as_u64().is_some_and(|after| (300..1300).contains(&after)));
    }

    async fn the_first_acceptance_is_answered_at_once(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "slow").await;
        let quick = app.bind(&workspace, "bob", "fcm", "quick").await;
        app.fcm.script("slow", [Scripted::hang()]);
        let answer = app.twilio(&workspace).ring("bob").await;
        assert!(answer.took < Duration::from_millis(1500), "{:?}", answer.took);
        assert_eq!(answer.reply.clone().expect(200).json["accepted"], 1);
        let logged = until("the attempt in the log", async || {
            let logged = notification(&app, &workspace, &answer.json["notification_id"]).await;
            (delivery(&logged, &quick)["state"] == "accepted").then_some(logged)
        });
        assert_eq!(logged.await["outcome"], "in_progress");
    }

    async fn answer_recorded_waits_for_no_network(app: App) {
        let workspace = app.workspace().await;
        app.api(&workspace).patch("/workspace", json!({"answer": "recorded"})).await.expect(200);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.fcm.script("android", [Scripted::own_answer().after(Duration::from_millis(1000))]);
        let answer = app.twilio(&workspace).ring("bob").await;
        assert!(answer.took < Duration::from_millis(1000), "{:?}", answer.took);
        let answer = answer.reply.clone().expect(200);
        assert_eq!((&answer.json["bindings"], &answer.json["accepted"]), (&json!(1), &json!(0)));
        accepted(&app, &workspace, &answer.json["notification_id"]).await;
    }

    async fn trying_stops_when_the_call_is_too_old(app: App) {
        let workspace = app.workspace().await;
        let settings = json!({"answer": "recorded", "ring_ttl_seconds": 5});
        app.api(&workspace).patch("/workspace", settings).await.expect(200);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.fcm.script("android", std::iter::repeat_with(unavailable).take(100));
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        let logged = until("the call to expire", async || {
            let logged = notification(&app, &workspace, &answer.json["notification_id"]).await;
            (logged["outcome"] != "in_progress").then_some(logged)
        });
        let logged = logged.await;
        assert_eq!(logged["outcome"], "expired");
        assert_eq!(deliveries(&logged)[0]["state"], "expired");
        assert_eq!(deliveries(&logged)[0]["reason"], "too_old");
    }

    async fn attempts_are_readable_a_second_after_the_answer(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        for device in 0..20 {
            app.bind(&workspace, "bob", "fcm", &format!("android-{device}")).await;
        }
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        let logged = ended(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(deliveries(&logged).len(), 20);
        for delivery in deliveries(&logged) {
            assert_eq!(delivery["attempts"].as_array().map(Vec::len), Some(1), "{delivery}");
        }
    }
}
