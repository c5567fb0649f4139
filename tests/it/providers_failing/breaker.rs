//! A provider that is down: asked seldom, named, and nobody else's trouble.

use futures_util::future::join_all;
use ringhook_tests::api::Api;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::until::until;
use serde_json::json;

use super::link::{Link, Mode};
use super::{app_behind_link, bind_phones, fcm_error};
use crate::record::{answer_at_once, attempts, bind_many, ended, id_of, made_at, now, provider_with_status};

both! {
    async fn who_is_down_is_asked_by_probes_alone(backend: Backend) {
        let (app, link) = app_behind_link(backend).await;
        let workspace = app.workspace().await;
        let provider = app.fcm_provider(&workspace).await;
        bind_phones(&app, &workspace, 50).await;
        answer_at_once(&app, &workspace, 30).await;
        link.set(Mode::http("503 No", fcm_error("UNAVAILABLE", "UNAVAILABLE").to_string().as_bytes()));
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        let ring = async |numbers: std::ops::Range<usize>| {
            let identities: Vec<_> = numbers.map(|number| format!("user-{number}")).collect();
            let answers = join_all(identities.iter().map(|identity| twilio.ring(identity))).await;
            answers.iter().map(id_of).collect::<Vec<_>>()
        };

        let mut ids = ring(0..30).await;
        let failing = provider_with_status(&api, &provider, "failing").await;
        let reason = failing["status_reason"].as_str().unwrap_or_default();
        assert!(reason.contains("UNAVAILABLE"), "{failing}");
        let opened = chrono::Utc::now().timestamp_millis();

        // What comes now stands in line, behind one probe at a time.
        ids.extend(ring(30..50).await);
        let probes = until("three probes", async || {
            let since = attempts_since(&api, &ids, opened).await;
            (since.len() >= 3).then_some(since)
        }).await;
        for pair in probes.windows(2) {
            assert!(pair[1] - pair[0] >= 500, "{probes:?}");
        }
        assert_eq!(app.fcm.received().len(), 0);

        link.set(Mode::Pass);
        for id in &ids {
            let record = ended(&api, id).await;
            assert_eq!(record["outcome"], "accepted", "{record}");
        }
        let tokens: std::collections::HashSet<_> = app.fcm.received().into_iter().map(|message| message.token).collect();
        assert_eq!((tokens.len(), app.fcm.received().len()), (50, 50));
        let healthy = provider_with_status(&api, &provider, "ok").await;
        assert!(healthy["status_reason"].is_null(), "{healthy}");
    }

    async fn a_hung_network_delays_no_other(backend: Backend) {
        let mut app = App::builder(backend).prepare().await;
        let link = Link::to(app.apns.url()).await;
        link.set(Mode::Hang);
        app.set("RINGHOOK_APNS_URL", link.url());
        app.restart().await;
        let workspace = app.workspace().await;
        app.apns_provider(&workspace).await;
        app.fcm_provider(&workspace).await;
        bind_phones(&app, &workspace, 20).await;
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        // More than the lane takes side by side.
        bind_many(&api, 1000, |number| json!({
            "account_sid": workspace.account_sid, "identity": "many", "channel": "apns_voip",
            "address": format!("{:0>64x}", number + 1),
        })).await;
        for number in 0..20 {
            let address = format!("{:0>64x}", number + 10_000);
            app.bind(&workspace, &format!("user-{number}"), "apns_voip", &address).await;
        }
        let many = id_of(&twilio.ring("many").await);
        for number in 0..20 {
            let answer = twilio.ring(&format!("user-{number}")).await;
            assert_eq!((answer.status, &answer.json["accepted"]), (200, &json!(1)), "{}", answer.text);
        }
        // All of that was answered while Apple still hung.
        let record = now(&api, &many).await;
        assert_eq!(record["outcome"], "in_progress", "{}", record["outcome"]);
        assert_eq!(app.fcm.received().len(), 20);
        assert_eq!(app.apns.received().len(), 0);
    }
}

/// When attempts of these calls were made since then, in order; in milliseconds of Unix time.
async fn attempts_since(api: &Api, ids: &[String], since: i64) -> Vec<i64> {
    let records = join_all(ids.iter().map(|id| now(api, id))).await;
    let mut made: Vec<i64> =
        records.iter().flat_map(attempts).map(made_at).filter(|at| *at > since).collect();
    made.sort_unstable();
    made
}
