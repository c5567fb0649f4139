//! What goes and what stays: bindings that networks complain of, and the log's old entries.

use chrono::{TimeDelta, Utc};
use ringhook_tests::api::Api;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::until;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::record::{attempts, bind_many, ended, id_of, provider_with_status};

fn token(number: usize) -> String {
    format!("{:0>64x}", number + 1)
}

fn bad_token() -> Scripted {
    Scripted::answer(400, json!({"reason": "BadDeviceToken"}))
}

/// Binds `count` iPhones, so many to an identity: `user-0` and so on.
async fn bind_iphones(app: &App, workspace: &Workspace, count: usize, each: usize) {
    bind_many(&app.api(workspace), count, |number| {
        json!({
            "account_sid": workspace.account_sid,
            "identity": format!("user-{}", number / each),
            "channel": "apns_voip",
            "address": token(number),
        })
    })
    .await;
}

async fn inactive(api: &Api) -> Vec<Value> {
    api.get("/bindings?status=inactive&limit=1000").await.expect(200).items().to_vec()
}

fn count(record: &Value, state: &str) -> usize {
    let deliveries = record["deliveries"].as_array().expect("deliveries");
    deliveries.iter().filter(|delivery| delivery["state"] == state).count()
}

/// A call: its record, once it has ended.
async fn rung(app: &App, workspace: &Workspace, identity: &str) -> Value {
    let call = app.twilio(workspace).call(identity);
    let answer = call.send().await;
    let api = app.api(workspace);
    if answer.status == 200 {
        return ended(&api, &id_of(&answer)).await;
    }
    let call_sid = call.fields()["twi_call_sid"].as_str().unwrap_or_default().to_owned();
    let found = api.get(&format!("/notifications?call_sid={call_sid}")).await.expect(200);
    ended(&api, found.items()[0]["id"].as_str().expect("an id")).await
}

both! {
    async fn a_provider_switched_to_the_wrong_environment_takes_nobody_out(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        let provider = json!({"kind": "apns", "name": "iPhone", "credentials": app.apns_sandbox.credentials()});
        let provider = api.post("/providers", provider).await.expect(201).id();
        bind_iphones(&app, &workspace, 1000, 100).await;
        api.patch(&format!("/providers/{provider}"), json!({"environment": "sandbox"})).await.expect(200);
        for number in 0..1000 {
            app.apns_sandbox.script(&token(number), [bad_token()]);
        }
        for number in 0..10 {
            let record = rung(&app, &workspace, &format!("user-{number}")).await;
            assert_eq!(count(&record, "misconfigured"), 100, "{}", record["outcome"]);
        }
        let failing = provider_with_status(&api, &provider, "failing").await;
        assert_eq!(failing["status_reason"], "BadDeviceToken", "{failing}");
        assert_eq!(inactive(&api).await.len(), 0);
        assert_eq!(app.apns_sandbox.received().len(), 1000);

        let record = rung(&app, &workspace, "user-0").await;
        assert_eq!(count(&record, "accepted"), 100, "{}", record["outcome"]);
        provider_with_status(&api, &provider, "ok").await;
    }

    async fn many_bad_tokens_at_once_are_the_provider(app: App) {
        let workspace = app.workspace().await;
        let (api, provider) = (app.api(&workspace), app.apns_provider(&workspace).await);
        bind_iphones(&app, &workspace, 200, 200).await;
        for number in 0..200 {
            app.apns.script(&token(number), [bad_token()]);
        }
        let record = rung(&app, &workspace, "user-0").await;
        // The first few cannot be known for what they are, and are put back.
        assert_eq!((count(&record, "dead"), count(&record, "misconfigured")), (4, 196), "{record}");
        assert_eq!(inactive(&api).await, [Value::Null; 0]);
        let failing = provider_with_status(&api, &provider, "failing").await;
        assert_eq!(failing["status_reason"], "BadDeviceToken", "{failing}");
    }

    async fn one_bad_token_among_good_ones_is_dead(app: App) {
        let workspace = app.workspace().await;
        let (api, provider) = (app.api(&workspace), app.apns_provider(&workspace).await);
        bind_iphones(&app, &workspace, 50, 50).await;
        app.apns.script(&token(7), [bad_token()]);
        let record = rung(&app, &workspace, "user-0").await;
        assert_eq!((count(&record, "dead"), count(&record, "accepted")), (1, 49), "{record}");
        let inactive = inactive(&api).await;
        assert_eq!(inactive.len(), 1, "{inactive:?}");
        assert_eq!((&inactive[0]["address"], &inactive[0]["inactive_reason"]), (&json!(token(7)), &json!("BadDeviceToken")));
        provider_with_status(&api, &provider, "ok").await;
    }

    async fn gone_counts_only_since_the_device_registered(app: App) {
        let workspace = app.workspace().await;
        app.apns_provider(&workspace).await;
        bind_iphones(&app, &workspace, 2, 1).await;
        let gone = |since: chrono::DateTime<Utc>| {
            Scripted::answer(410, json!({"reason": "Unregistered", "timestamp": since.timestamp_millis()}))
        };
        app.apns.script(&token(0), [gone(Utc::now() - TimeDelta::days(1))]);
        app.apns.script(&token(1), [gone(Utc::now() + TimeDelta::seconds(1))]);
        let stays = rung(&app, &workspace, "user-0").await;
        assert_eq!((count(&stays, "failed"), attempts(&stays).len()), (1, 1), "{stays}");
        let goes = rung(&app, &workspace, "user-1").await;
        assert_eq!((count(&goes, "dead"), attempts(&goes).len()), (1, 1), "{goes}");
        let inactive = inactive(&app.api(&workspace)).await;
        assert_eq!(inactive.len(), 1, "{inactive:?}");
        assert_eq!((&inactive[0]["identity"], &inactive[0]["inactive_reason"]), (&json!("user-1"), &json!("Unregistered")));
    }

    async fn deactivations_are_undone_by_reason_and_time(app: App) {
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        app.apns_provider(&workspace).await;
        bind_iphones(&app, &workspace, 6, 1).await;
        let before = Utc::now();
        let gone = json!({"reason": "Unregistered", "timestamp": (before + TimeDelta::hours(1)).timestamp_millis()});
        for number in 0..4 {
            app.apns.script(&token(number), [Scripted::answer(410, &gone)]);
            rung(&app, &workspace, &format!("user-{number}")).await;
        }
        let by_hand = api.get("/bindings?identity=user-5").await.expect(200).items()[0]["id"].clone();
        let by_hand = by_hand.as_str().expect("an id");
        api.patch(&format!("/bindings/{by_hand}"), json!({"status": "inactive"})).await.expect(200);
        assert_eq!(inactive(&api).await.len(), 5);
        let undo = async |asked: Value| {
            api.post("/bindings/reactivations", asked).await.expect(200).json["reactivated"].clone()
        };
        let until_then = before + TimeDelta::hours(1);
        assert_eq!(undo(json!({"reason": "BadDeviceToken"})).await, 0);
        assert_eq!(undo(json!({"reason": "Unregistered", "since": until_then})).await, 0);
        assert_eq!(undo(json!({"reason": "Unregistered", "until": before})).await, 0);
        assert_eq!(undo(json!({"reason": "Unregistered", "since": before, "until": until_then})).await, 4);
        let left = inactive(&api).await;
        assert_eq!((left.len(), left[0]["id"].as_str()), (1, Some(by_hand)), "{left:?}");
        let record = rung(&app, &workspace, "user-0").await;
        assert_eq!(count(&record, "accepted"), 1, "{record}");
    }

    async fn the_log_is_kept_as_long_as_the_workspace_says(app: App) {
        let mut app = app;
        let (short, long) = (app.workspace().await, app.workspace().await);
        for (workspace, days) in [(&short, 10), (&long, 60)] {
            app.api(workspace).patch("/workspace", json!({"retention_days": days})).await.expect(200);
            app.fcm_provider(workspace).await;
            app.bind(workspace, "bob", "fcm", &format!("phone-{}", workspace.id)).await;
            for _ in 0..250 {
                let answer = app.twilio(workspace).ring("bob").await;
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
            ended(&app.api(workspace), app.api(workspace).get("/notifications").await.items()[0]["id"].as_str().expect("an id")).await;
        }
        assert!(app.terminate().await.0.success());
        make_older(&app, 30).await;
        app.restart().await;
        // What is new stays, and what is old under another workspace's longer rule.
        let new = rung(&app, &short, "bob").await;
        until("the short log to be empty of old calls", async || {
            let log = app.api(&short).get("/notifications?limit=1000").await.expect(200);
            let ids: Vec<_> = log.items().iter().map(|item| item["id"].clone()).collect();
            (ids == [new["id"].clone()]).then_some(())
        })
        .await;
        let log = app.api(&long).get("/notifications?limit=1000").await.expect(200);
        assert_eq!(log.items().len(), 250);
        for table in ["notifications", "deliveries", "attempts", "repeats"] {
            assert_eq!(app.database.count(table).await, 251, "{table}");
        }
        // Past its quota a log loses the oldest, whatever their age; a call that has just come stays.
        for workspace in [&short, &long] {
            let quota = app.command(&["workspace", "quota", &workspace.id, "--stored-calls", "100"]).await;
            assert_eq!(quota.code, Some(0), "{}", quota.stderr);
        }
        app.command(&["workspace", "quota", &short.id, "--stored-calls", "1"]).await;
        rung(&app, &short, "bob").await;
        app.restart().await;
        let kept = until("the long log to fit its quota", async || {
            let log = app.api(&long).get("/notifications?limit=1000").await.expect(200);
            (log.items().len() <= 110).then(|| log.items().to_vec())
        })
        .await;
        // Not to the very call: those of one moment go, or stay, together.
        assert!(kept.len() > 90, "{}", kept.len());
        let newest = log.items()[..kept.len()].iter().map(|item| &item["id"]);
        assert!(kept.iter().map(|item| &item["id"]).eq(newest));
        let log = app.api(&short).get("/notifications?limit=1000").await.expect(200);
        assert_eq!(log.items().len(), 2, "no call that may still ring goes");
    }
}

/// Moves everything in the log into the past, the ids too, which carry their time.
async fn make_older(app: &App, days: i64) {
    let (id_text, shift) = match app.database.backend() {
        Backend::Sqlite => ("lower(hex(id))", format!("received_at - {days} * 86400000000")),
        Backend::Postgres => ("replace(id::text, '-', '')", format!("received_at - interval '{days} days'")),
    };
    let ids = app.database.texts(&format!("SELECT {id_text} AS value FROM notifications")).await;
    assert_eq!(ids.len(), 500);
    let mut sql = format!(
        "UPDATE notifications SET received_at = {shift};\nUPDATE repeats SET received_at = {shift};\n"
    );
    for id in ids {
        let new = Uuid::parse_str(&id).expect("an id");
        let mut bytes = *new.as_bytes();
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&bytes[..6]);
        let millis = u64::from_be_bytes(millis) - days.unsigned_abs() * 86_400_000;
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        let (new, old) = (app.database.id(new), app.database.id(Uuid::from_bytes(bytes)));
        sql += &format!("UPDATE notifications SET id = {old} WHERE id = {new};\n");
        for table in ["deliveries", "attempts", "repeats", "payloads"] {
            sql += &format!("UPDATE {table} SET notification_id = {old} WHERE notification_id = {new};\n");
        }
    }
    app.database.execute(&sql).await;
}
