//! The log by day on Postgres: what was there before the days, calls whose day is missing, and a reader who is in the way.

use std::time::Duration;

use chrono::Utc;
use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::until::{until, within};

use crate::record::{ended, id_of, now};

const TABLES: [&str; 3] = ["notifications", "deliveries", "attempts"];
const THIS: &str = "00000000000008_days";

/// Takes the days back, and before them whatever came after.
async fn down(app: &App) {
    let folder = format!("{}/../migrations/postgres", env!("CARGO_MANIFEST_DIR"));
    let names =
        std::fs::read_dir(&folder).expect("the migrations").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> =
        names.filter_map(|name| name.into_string().ok()).filter(|name| &**name >= THIS).collect();
    names.sort_unstable();
    for name in names.iter().rev() {
        let sql = std::fs::read_to_string(format!("{folder}/{name}/down.sql")).expect("the migration");
        app.database.execute(&sql).await;
        let version = name.split('_').next().expect("a version");
        let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
        app.database.execute(&forget).await;
    }
}

async fn partitions(app: &App, table: &str) -> Vec<String> {
    let names = format!(
        "SELECT inhrelid::regclass::text AS value FROM pg_inherits WHERE inhparent = '{table}'::regclass ORDER BY 1"
    );
    app.database.texts(&names).await
}

fn today(table: &str) -> String {
    format!("{table}_{}", Utc::now().format("%Y%m%d"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_the_days_becomes_the_past() {
    let mut app = App::start(Backend::Postgres).await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "phone").await;
    let old = id_of(&app.twilio(&workspace).ring("bob").await);
    let before = until("the call's answer to be noted", async || {
        let record = ended(&app.api(&workspace), &old).await;
        (!record["answer"].is_null()).then_some(record)
    })
    .await;
    assert!(app.terminate().await.0.success());
    down(&app).await;
    assert_eq!(app.database.count("attempts").await, 1);
    let kept = "SELECT relfilenode::text AS value FROM pg_class WHERE relname IN ('notifications', 'deliveries_notification') \
                ORDER BY relkind";
    let files = app.database.texts(kept).await;

    app.restart().await;
    let api = app.api(&workspace);
    assert_eq!(now(&api, &old).await, before);
    for table in TABLES {
        let parts = partitions(&app, table).await;
        assert!(parts.contains(&format!("{table}_past")) && !parts.contains(&today(table)), "{parts:?}");
        assert_eq!(app.database.count(&format!("{table}_past")).await, 1);
    }
    // It was neither copied nor given another index.
    let past = "SELECT relfilenode::text AS value FROM pg_class \
                WHERE relname IN ('notifications_past', 'deliveries_past_notification') ORDER BY relkind";
    assert_eq!(app.database.texts(past).await, files);
    let new = id_of(&app.twilio(&workspace).ring("bob").await);
    assert_eq!(ended(&api, &new).await["outcome"], "accepted");
    assert_eq!(api.get("/notifications").await.expect(200).items().len(), 2);
    for table in TABLES {
        assert_eq!(app.database.count(&format!("{table}_default")).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_day_loses_no_call_and_is_made_once_it_is_over() {
    let mut app = App::start(Backend::Postgres).await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "phone").await;
    let today = TABLES.map(today);
    for table in &today {
        app.database.execute(&format!("DROP TABLE {table}")).await;
    }
    let api = app.api(&workspace);
    let call = id_of(&app.twilio(&workspace).ring("bob").await);
    ended(&api, &call).await;
    // What was answered is noted behind the answer.
    let record = until("the answer in the log", async || {
        Some(now(&api, &call).await).filter(|record| !record["answer"].is_null())
    })
    .await;
    assert_eq!(record["outcome"], "accepted");
    // Repeats, lists and a new start find it where it is: of a day that is not over nothing is moved.
    app.restart().await;
    let api = app.api(&workspace);
    assert_eq!(now(&api, &call).await, record);
    assert_eq!(api.get("/notifications").await.expect(200).items().len(), 1);
    assert_eq!(api.get("/deliveries").await.expect(200).items().len(), 1);
    for (table, today) in TABLES.iter().zip(&today) {
        assert_eq!(app.database.count(&format!("{table}_default")).await, 1, "{table}");
        assert!(!partitions(&app, table).await.contains(today));
    }

    // Three days later it is. Somebody who reads the log all the while holds up the move, and no call.
    for (table, id) in [
        ("notifications", "id"),
        ("deliveries", "notification_id"),
        ("attempts", "notification_id"),
        ("payloads", "notification_id"),
        ("repeats", "notification_id"),
    ] {
        let shift = format!(
            "UPDATE {table} SET {id} = (lpad(to_hex(('x' || left(replace({id}::text, '-', ''), 12))::bit(48)::bigint - 3 * 86400000), 12, '0') \
             || substr(replace({id}::text, '-', ''), 13))::uuid"
        );
        app.database.execute(&shift).await;
    }
    app.database.execute("UPDATE notifications SET received_at = received_at - interval '3 days'").await;
    let then = format!("notifications_{}", (Utc::now() - Duration::from_secs(3 * 86_400)).format("%Y%m%d"));
    let reader = app
        .database
        .hold("LOCK TABLE notifications_default, deliveries_default, attempts_default IN ACCESS SHARE MODE")
        .await;
    app.restart().await;
    until("the move to be put off", async || {
        app.log().contains("stay apart until the next round").then_some(())
    })
    .await;
    let answer = app.twilio(&workspace).ring("bob").await;
    let api = app.api(&workspace);
    assert_eq!(ended(&api, &id_of(&answer)).await["outcome"], "accepted");
    assert!(!partitions(&app, "notifications").await.contains(&then));
    drop(reader);
    app.restart().await;
    within(Duration::from_secs(30), "the day to be made", async || {
        partitions(&app, "attempts").await.contains(&then.replace("notifications", "attempts")).then_some(())
    })
    .await;
    for table in TABLES {
        assert_eq!(app.database.count(&then.replace("notifications", table)).await, 1, "{table}");
    }
    assert_eq!(app.api(&workspace).get("/notifications").await.expect(200).items().len(), 2);
}
