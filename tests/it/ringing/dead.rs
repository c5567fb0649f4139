//! Devices that are gone, and set-ups that are wrong.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::fcm::{sender_mismatch, unregistered};
use ringhook_tests::stand_in::Scripted;
use serde_json::json;

use super::{IPHONE, delivery, ended, only_call};

both! {
    async fn when_all_are_dead_it_is_404_and_the_bindings_say_why(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.apns_provider(&workspace).await;
        let android = app.bind(&workspace, "bob", "fcm", "android").await;
        let iphone = app.bind(&workspace, "bob", "apns_voip", IPHONE).await;
        app.fcm.script("android", [unregistered()]);
        let later = chrono::Utc::now().timestamp_millis() + 60_000;
        app.apns.script(IPHONE, [Scripted::answer(410, json!({"reason": "Unregistered", "timestamp": later}))]);

        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "all_dead");
        let logged = only_call(&app, &workspace).await;
        assert_eq!((&logged["outcome"], &logged["answer"]["status"]), (&json!("dead"), &json!(404)));
        let logged = ended(&app, &workspace, &logged["id"]).await;
        for (binding, reason) in [(&android, "UNREGISTERED"), (&iphone, "Unregistered")] {
            let delivery = delivery(&logged, binding);
            assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("dead"), &json!("address_gone")));
            assert_eq!(delivery["attempts"][0]["reason"], reason);
            let shown = app.api(&workspace).get(&format!("/bindings/{binding}")).await.expect(200);
            assert_eq!((&shown.json["status"], &shown.json["inactive_reason"]), (&json!("inactive"), &json!(reason)));
        }
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
        assert_eq!(app.fcm.received().len(), 1);
    }

    async fn registering_a_dead_device_again_makes_it_ring_again(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.fcm.script("android", [unregistered()]);
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "all_dead");
        only_call(&app, &workspace).await;
        let again = json!({
            "account_sid": workspace.account_sid, "identity": "bob", "channel": "fcm", "address": "android",
        });
        let shown = app.api(&workspace).post("/bindings", again).await.expect(200);
        assert_eq!((&shown.json["status"], &shown.json["inactive_reason"]), (&json!("active"), &json!(null)));
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
    }

    async fn a_wrong_set_up_is_no_dead_device(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let dead = app.bind(&workspace, "bob", "fcm", "dead").await;
        let misfit = app.bind(&workspace, "bob", "fcm", "misfit").await;
        app.fcm.script("dead", [unregistered()]);
        app.fcm.script("misfit", [sender_mismatch()]);
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!((&answer.json["bindings"], &answer.json["accepted"]), (&json!(2), &json!(0)));
        let logged = ended(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(logged["outcome"], "failed");
        assert_eq!(delivery(&logged, &dead)["state"], "dead");
        assert_eq!(delivery(&logged, &misfit)["state"], "misconfigured");
        assert_eq!(delivery(&logged, &misfit)["reason"], "wrong_credential");
        let shown = app.api(&workspace).get(&format!("/bindings/{misfit}")).await.expect(200);
        assert_eq!(shown.json["status"], "active");
    }

    async fn credentials_that_the_network_does_not_know_are_named(app: App) {
        let workspace = app.workspace().await;
        let provider = json!({"kind": "fcm", "credentials": app.fcm.foreign_credentials()});
        let provider = app.api(&workspace).post("/providers", provider).await.expect(201).id();
        let binding = app.bind(&workspace, "bob", "fcm", "android").await;
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(answer.json["accepted"], 0);
        let logged = ended(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(delivery(&logged, &binding)["reason"], "wrong_credential");
        // The provider is mended: the next call rings.
        let mended = json!({"credentials": app.fcm.credentials()});
        app.api(&workspace).patch(&format!("/providers/{provider}"), mended).await.expect(200);
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(answer.json["accepted"], 1);
    }
}
