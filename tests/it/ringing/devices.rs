//! What reaches the devices.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::twilio::Call;
use serde_json::{Map, Value, json};

use super::{IPHONE, deliveries, delivery, ended};

/// The members as FCM takes them: every value a string.
fn as_strings(call: &Call<'_>) -> Map<String, Value> {
    let text = |value: &Value| match value {
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    };
    call.fields().iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

both! {
    async fn every_device_of_an_identity_rings_and_shows_in_the_log(app: App) {
        let workspace = app.workspace().await;
        let (fcm, apns) = (app.fcm_provider(&workspace).await, app.apns_provider(&workspace).await);
        let android = app.bind(&workspace, "bob", "fcm", "android").await;
        let voip = app.bind(&workspace, "bob", "apns_voip", IPHONE).await;
        let alert = app.bind(&workspace, "bob", "apns", IPHONE).await;
        app.bind(&workspace, "eve", "fcm", "of-eve").await;
        let mut socket = app.socket(&workspace, "bob", Some("tablet")).await;

        let call = app.twilio(&workspace).call("bob").with("unknown", json!({"a": [1, 2.50, null]}));
        let answer = call.send().await.reply.clone().expect(200);
        assert_eq!(answer.json["bindings"], 4);
        assert!(answer.json["accepted"].as_u64().is_some_and(|accepted| (1..=4).contains(&accepted)));

        assert_eq!(socket.text().await.into_bytes(), call.bytes());
        let messages = app.fcm.received_at_least(1).await;
        assert_eq!((messages[0].token.as_str(), &messages[0].data), ("android", &as_strings(&call)));
        let pushes = app.apns.received_at_least(2).await;
        let of = |kind: &str| pushes.iter().find(|push| push.push_type == kind).expect("a push");
        assert_eq!(of("voip").topic, "com.example.ring.voip");
        assert_eq!(of("alert").topic, "com.example.ring");
        for push in &pushes {
            for (key, value) in call.fields() {
                assert_eq!(&push.body[key], value, "{key}");
            }
        }

        let logged = ended(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(logged["outcome"], "accepted");
        assert_eq!(logged["answer"]["status"], 200);
        assert_eq!(logged["test"], false);
        assert_eq!(deliveries(&logged).len(), 4);
        for (binding, channel, provider) in
            [(&android, "fcm", &fcm), (&voip, "apns_voip", &apns), (&alert, "apns", &apns)]
        {
            let delivery = delivery(&logged, binding);
            assert_eq!(delivery["channel"], channel);
            assert_eq!(delivery["provider_id"], provider.as_str());
            assert_eq!(delivery["state"], "accepted");
            let attempts = delivery["attempts"].as_array().expect("attempts");
            assert_eq!(attempts.len(), 1);
            assert_eq!(attempts[0]["outcome"], "accepted");
            assert_eq!(attempts[0]["status"], 200);
            assert!(attempts[0]["latency_ms"].is_u64() && attempts[0]["provider_message_id"].is_string());
        }
        assert_eq!((app.fcm.faults(), app.apns.faults()), (vec![], vec![]));
        assert_eq!((app.fcm.received().len(), app.apns.received().len()), (1, 2));
    }

    async fn a_binding_of_the_sandbox_goes_to_the_sandbox(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let provider = json!({"kind": "apns", "environment": "sandbox", "credentials": app.apns_sandbox.credentials()});
        api.post("/providers", provider).await.expect(201);
        app.bind(&workspace, "bob", "apns_voip", IPHONE).await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!((app.apns_sandbox.received().len(), app.apns.received().len()), (1, 0));
    }

    async fn a_binding_shows_when_it_was_notified_and_accepted_last(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let binding = app.bind(&workspace, "bob", "fcm", "android").await;
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        ended(&app, &workspace, &answer.json["notification_id"]).await;
        let shown = app.api(&workspace).get(&format!("/bindings/{binding}")).await.expect(200);
        assert!(shown.json["last_notified_at"].is_string(), "{}", shown.text);
        assert!(shown.json["last_accepted_at"].is_string(), "{}", shown.text);
    }

    async fn inactive_and_expired_bindings_do_not_ring(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let binding = app.bind(&workspace, "bob", "fcm", "android").await;
        let path = format!("/bindings/{binding}");
        app.api(&workspace).patch(&path, json!({"status": "inactive"})).await.expect(200);
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
        app.api(&workspace).patch(&path, json!({"status": "active"})).await.expect(200);
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(app.fcm.received().len(), 1);
    }

    async fn what_is_too_large_for_a_network_is_not_sent_to_it(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        let binding = app.bind(&workspace, "bob", "fcm", "android").await;
        // Unknown keys go first: the call still arrives.
        let call = app.twilio(&workspace).call("bob").with("large", "x".repeat(8000));
        let answer = call.send().await.reply.clone().expect(200);
        assert_eq!(answer.json["accepted"], 1);
        let logged = ended(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(delivery(&logged, &binding)["attempts"][0]["left_out"], json!(["large"]));
        assert!(!app.fcm.received()[0].data.contains_key("large"));
        // What Twilio itself sends is never left out.
        let call = app.twilio(&workspace).call("bob").with("twi_params", "x".repeat(8000));
        let answer = call.send().await.reply.clone().expect(200);
        assert_eq!(answer.json["accepted"], 0);
        let logged = ended(&app, &workspace, &answer.json["notification_id"]).await;
        assert_eq!(logged["outcome"], "failed");
        assert_eq!(delivery(&logged, &binding)["reason"], "payload_too_large");
        assert_eq!(app.fcm.received().len(), 1);
    }
}
