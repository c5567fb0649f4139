//! One delivery after another: what its record says when its provider misbehaves.

use std::time::Duration;

use futures_util::future::join_all;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::within;
use serde_json::{Value, json};

use super::link::{Link, Mode, http};
use super::{app_behind_link, bind_phones, fcm_error};
use crate::record::{answer_at_once, attempts, ended, id_of, made_at, now};

/// Rings bob, whose provider is in trouble until the first attempt is over: what the record says in the end.
async fn trouble_that_passes(app: &App, link: &Link, trouble: Mode) -> Value {
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "phone").await;
    answer_at_once(app, &workspace, 30).await;
    link.set(trouble);
    let api = app.api(&workspace);
    let id = id_of(&app.twilio(&workspace).ring("bob").await);
    within(Duration::from_secs(30), "an attempt", async || {
        (!attempts(&now(&api, &id).await).is_empty()).then_some(())
    })
    .await;
    link.set(Mode::Pass);
    let record = ended(&api, &id).await;
    assert_eq!(record["outcome"], "accepted", "{record}");
    assert_eq!(record["deliveries"][0]["state"], "accepted");
    assert_eq!(record["deliveries"][0]["reason"], Value::Null);
    record
}

#[track_caller]
fn assert_retried(record: &Value, status: Option<u16>, cause: &str) {
    let attempts = attempts(record);
    assert!(attempts.len() >= 2, "{record}");
    let (last, failed) = attempts.split_last().expect("attempts");
    for attempt in failed {
        assert_eq!(attempt["outcome"], "retry", "{record}");
        assert_eq!((&attempt["status"], &attempt["cause"]), (&json!(status), &json!(cause)), "{record}");
    }
    assert_eq!((&last["outcome"], &last["status"]), (&json!("accepted"), &json!(200)));
    assert!(last["provider_message_id"].is_string(), "{record}");
    assert!(attempts.iter().all(|attempt| attempt["latency_ms"].is_u64()), "{record}");
    assert!(attempts.is_sorted_by_key(made_at), "{record}");
}

both! {
    async fn what_passes_is_survived(backend: Backend) {
        let (app, link) = app_behind_link(backend).await;
        let html = http("200 OK\r\ncontent-type: text/html", b"<html>Welcome to the captive portal</html>");
        let cases = [
            (Mode::Reset, None, "connection_failed"),
            (Mode::Say(html), Some(200), "bad_answer"),
            (Mode::http("500 Oops", b"\xff\xfe\0\x01\x80"), Some(500), "provider_error"),
            (Mode::http("503 No", fcm_error("UNAVAILABLE", "UNAVAILABLE").to_string().as_bytes()), Some(503), "provider_error"),
            (Mode::Say(b"\x16\x03\x01\0\0 what is HTTP?".to_vec()), None, "connection_failed"),
            (Mode::Say(Vec::new()), None, "connection_failed"),
        ];
        for (trouble, status, cause) in cases {
            assert_retried(&trouble_that_passes(&app, &link, trouble).await, status, cause);
        }
        assert_eq!(app.fcm.faults(), [""; 0]);
    }

    async fn nobody_waits_for_ever(backend: Backend) {
        let (app, link) = app_behind_link(backend).await;
        let endless = Mode::Trickle(http(&format!("200 OK\r\nx-x: {}", "x".repeat(1000)), b"{}"), Duration::from_millis(100));
        for trouble in [Mode::Hang, endless] {
            let record = trouble_that_passes(&app, &link, trouble).await;
            assert_retried(&record, None, "timeout");
            assert!(attempts(&record)[0]["latency_ms"].as_u64() >= Some(1000), "{record}");
        }
    }

    async fn an_answer_that_trickles_in_counts(backend: Backend) {
        let (app, link) = app_behind_link(backend).await;
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "phone").await;
        link.set(Mode::Trickle(http("200 OK", br#"{"name":"projects/p/messages/1"}"#), Duration::from_millis(5)));
        let answer = app.twilio(&workspace).ring("bob").await;
        let record = ended(&app.api(&workspace), &id_of(&answer)).await;
        let attempts = attempts(&record);
        assert_eq!((attempts.len(), link.asked()), (1, 1), "{record}");
        assert_eq!(attempts[0]["provider_message_id"], "projects/p/messages/1");
    }

    async fn trouble_that_stays_ends_the_call_with_its_last_reason(backend: Backend) {
        let (app, link) = app_behind_link(backend).await;
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "phone").await;
        answer_at_once(&app, &workspace, 5).await;
        link.set(Mode::http("503 No", fcm_error("UNAVAILABLE", "UNAVAILABLE").to_string().as_bytes()));
        let record = ended(&app.api(&workspace), &id_of(&app.twilio(&workspace).ring("bob").await)).await;
        assert_eq!(record["outcome"], "expired", "{record}");
        let delivery = &record["deliveries"][0];
        assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("expired"), &json!("provider_error")));
        let attempts = attempts(&record);
        assert_eq!(attempts.len(), link.asked(), "{record}");
        for attempt in attempts {
            assert_eq!((&attempt["outcome"], &attempt["status"]), (&json!("retry"), &json!(503)));
            assert_eq!(attempt["reason"], "UNAVAILABLE");
        }
        let first = record["received_at"].as_str().and_then(|at| at.parse::<chrono::DateTime<chrono::Utc>>().ok());
        let end = first.expect("a time").timestamp_millis() + 5000;
        assert!(attempts.iter().all(|attempt| made_at(attempt) <= end), "{record}");
    }

    async fn retry_after_is_honoured_in_a_storm(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        bind_phones(&app, &workspace, 50).await;
        answer_at_once(&app, &workspace, 30).await;
        let busy = || Scripted::answer(429, fcm_error("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")).header("retry-after", "2");
        for number in 0..50 {
            app.fcm.script(&format!("phone-{number}"), [busy(), busy()]);
        }
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        let identities: Vec<_> = (0..50).map(|number| format!("user-{number}")).collect();
        let answers = join_all(identities.iter().map(|identity| twilio.ring(identity))).await;
        for answer in &answers {
            let record = ended(&api, &id_of(answer)).await;
            let attempts = attempts(&record);
            assert_eq!(attempts.len(), 3, "{record}");
            assert_eq!((&attempts[0]["status"], &attempts[0]["reason"]), (&json!(429), &json!("QUOTA_EXCEEDED")));
            assert_eq!((&attempts[0]["cause"], &attempts[2]["outcome"]), (&json!("throttled"), &json!("accepted")));
            for pair in attempts.windows(2) {
                assert!(made_at(&pair[1]) - made_at(&pair[0]) >= 2000, "{record}");
            }
        }
        assert_eq!((app.fcm.received().len(), app.fcm.faults().len()), (150, 0));
    }

    async fn a_pause_longer_than_the_call_ends_it(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "phone").await;
        answer_at_once(&app, &workspace, 5).await;
        let busy = Scripted::answer(429, fcm_error("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"));
        app.fcm.script("phone", [busy.header("retry-after", "3600")]);
        let record = ended(&app.api(&workspace), &id_of(&app.twilio(&workspace).ring("bob").await)).await;
        let delivery = &record["deliveries"][0];
        assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("expired"), &json!("throttled")), "{record}");
        assert_eq!((attempts(&record).len(), app.fcm.received().len()), (1, 1));
    }

    async fn dead_and_misconfigured_are_not_tried_again(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.apns_provider(&workspace).await;
        answer_at_once(&app, &workspace, 5).await;
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        let apple = |number: usize| format!("{number:0>64x}");
        let gone = json!({"reason": "Unregistered", "timestamp": chrono::Utc::now().timestamp_millis() + 60_000});
        let fcm = [
            ("gone", 404, fcm_error("NOT_FOUND", "UNREGISTERED"), "dead"),
            ("foreign", 403, fcm_error("PERMISSION_DENIED", "SENDER_ID_MISMATCH"), "misconfigured"),
        ];
        let apns = [
            (apple(1), 410, gone, "dead"),
            (apple(2), 400, json!({"reason": "DeviceTokenNotForTopic"}), "misconfigured"),
            (apple(3), 403, json!({"reason": "InvalidProviderToken"}), "misconfigured"),
        ];
        let mut calls = Vec::new();
        let fcm = fcm.map(|(token, status, body, state)| ("fcm", token.to_owned(), status, body, state));
        let apns = apns.map(|(token, status, body, state)| ("apns_voip", token, status, body, state));
        for (channel, token, status, body, state) in fcm.into_iter().chain(apns) {
            let answer = || Scripted::answer(status, &body);
            match channel {
                "fcm" => app.fcm.script(&token, [answer(), answer()]),
                _ => app.apns.script(&token, [answer(), answer()]),
            }
            let identity = format!("of-{token}");
            app.bind(&workspace, &identity, channel, &token).await;
            calls.push((id_of(&twilio.ring(&identity).await), status, state));
        }
        // A call that came later and lived to its end: the others had the time for another try.
        app.bind(&workspace, "later", "fcm", "unlucky").await;
        app.fcm.script("unlucky", vec![Scripted::answer(503, fcm_error("UNAVAILABLE", "UNAVAILABLE")); 100]);
        let later = ended(&api, &id_of(&twilio.ring("later").await)).await;
        assert_eq!(later["outcome"], "expired", "{later}");
        for (id, status, state) in calls {
            let record = now(&api, &id).await;
            assert_eq!(record["deliveries"][0]["state"], state, "{record}");
            assert_eq!(attempts(&record).len(), 1, "{record}");
            assert_eq!(attempts(&record)[0]["status"], status);
        }
        let asked = app.fcm.received().iter().filter(|message| message.token != "unlucky").count();
        assert_eq!((asked, app.apns.received().len()), (2, 3));
    }

    async fn what_is_left_of_a_call_shrinks_and_its_end_stays(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.apns_provider(&workspace).await;
        let token = "ab".repeat(32);
        app.bind(&workspace, "bob", "fcm", "phone").await;
        app.bind(&workspace, "bob", "apns_voip", &token).await;
        let busy = |body: Value| vec![Scripted::answer(503, body).header("retry-after", "1"); 3];
        app.fcm.script("phone", busy(fcm_error("UNAVAILABLE", "UNAVAILABLE")));
        app.apns.script(&token, busy(json!({"reason": "ServiceUnavailable"})));
        let answer = app.twilio(&workspace).ring("bob").await;
        let record = ended(&app.api(&workspace), &id_of(&answer)).await;
        assert_eq!(record["outcome"], "accepted", "{record}");
        let ttls: Vec<u32> = app.fcm.received().iter().map(|message| {
            let ttl = message.body["message"]["android"]["ttl"].as_str().expect("a ttl");
            ttl.trim_end_matches('s').parse().expect("seconds")
        }).collect();
        assert_eq!(ttls.len(), 4);
        assert!(ttls.is_sorted_by(|before, after| before > after), "{ttls:?}");
        assert!(ttls[0] >= 28 && ttls[3] <= 27, "{ttls:?}");
        let received = record["received_at"].as_str().and_then(|at| at.parse::<chrono::DateTime<chrono::Utc>>().ok());
        let end = received.expect("a time").timestamp() + 30;
        let ends: Vec<i64> = app.apns.received().iter().map(|push| push.expiration).collect();
        assert_eq!(ends, [end; 4]);
        let ids: std::collections::HashSet<_> = app.apns.received().into_iter().map(|push| push.id).collect();
        assert_eq!(ids.len(), 1, "a repeat has the id of the first");
    }

    async fn connections_that_end_politely_lose_nothing(backend: Backend) {
        use ringhook_tests::apns::{Apns, Options};
        let mut app = App::builder(backend).prepare().await;
        let options = Options { goaway_after: Some(7), max_streams: Some(20), clear_text: true, ..Options::default() };
        let apns = Apns::start_with(options).await;
        app.set("RINGHOOK_APNS_URL", apns.url());
        app.restart().await;
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let provider = json!({"kind": "apns", "name": "iPhone", "credentials": apns.credentials()});
        api.post("/providers", provider).await.expect(201);
        crate::record::bind_many(&api, 200, |number| json!({
            "account_sid": workspace.account_sid, "identity": "bob", "channel": "apns_voip",
            "address": format!("{:0>64x}", number + 1),
        })).await;
        let record = ended(&api, &id_of(&app.twilio(&workspace).ring("bob").await)).await;
        let deliveries = record["deliveries"].as_array().expect("deliveries");
        assert_eq!(deliveries.len(), 200);
        assert!(deliveries.iter().all(|delivery| delivery["state"] == "accepted"), "{record}");
        let tokens: std::collections::HashSet<_> = apns.received().into_iter().map(|push| push.token).collect();
        assert_eq!((tokens.len(), apns.faults().len()), (200, 0));
        assert!(apns.connections() > 1, "nobody said goodbye");
    }
}
