//! The wall clock is set while calls are under way. Leases and the log go by it; lifetimes and pauses must not.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::until;
use serde_json::json;

use crate::record::{answer_at_once, attempts, ended, id_of, now};

/// Where libfaketime is: `tests/run` says it.
const LIBRARY: &str = "RINGHOOK_TEST_FAKETIME";

/// The program's wall clock.
struct Clock(PathBuf);

impl Clock {
    /// Sets it so far from the true time, such as `+3h`.
    fn set(&self, offset: &str) {
        // The program reads the file at any moment: it must never be empty.
        let written = self.0.with_extension("new");
        std::fs::write(&written, offset).expect("to write the clock's file");
        std::fs::rename(&written, &self.0).expect("to put it in place");
    }
}

/// The program with a clock that can be set, and bob, whose provider takes the fourth push after three seconds.
async fn ringing(backend: Backend) -> (App, Clock, Workspace, String) {
    let library = std::env::var(LIBRARY)
        .unwrap_or_else(|_| panic!("{LIBRARY} does not say where libfaketime is; `tests/run` does"));
    let mut app = App::builder(backend).prepare().await;
    let clock = Clock(app.folder().join("clock"));
    clock.set("+0");
    app.set("LD_PRELOAD", library);
    app.set("FAKETIME_TIMESTAMP_FILE", clock.0.display());
    app.set("FAKETIME_NO_CACHE", 1);
    app.set("FAKETIME_DONT_FAKE_MONOTONIC", 1);
    app.restart().await;
    // Google and Apple judge tokens by their own clocks; this is about ours.
    app.fcm.set_token_lifetime(86_400);
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "phone").await;
    answer_at_once(&app, &workspace, 20).await;
    let busy = Scripted::answer(503, json!({"error": {"status": "UNAVAILABLE"}})).header("retry-after", "1");
    app.fcm.script("phone", vec![busy; 3]);
    let id = id_of(&app.twilio(&workspace).ring("bob").await);
    until("a first attempt", async || {
        (!attempts(&now(&app.api(&workspace), &id).await).is_empty()).then_some(())
    })
    .await;
    (app, clock, workspace, id)
}

/// A call and its retries go on with the clock set so far off, and the next call rings.
async fn goes_on(backend: Backend, offset: &str) {
    let (app, clock, workspace, id) = ringing(backend).await;
    let api = app.api(&workspace);
    clock.set(offset);
    let record = ended(&api, &id).await;
    assert_eq!(record["outcome"], "accepted", "{record}");
    assert_eq!(attempts(&record).len(), 4, "{record}");

    // That the clock really was set shows in what is new.
    let next = ended(&api, &id_of(&app.twilio(&workspace).ring("bob").await)).await;
    assert_eq!(next["outcome"], "accepted", "{next}");
    let hours = received_at(&next) - received_at(&record);
    assert!(hours.num_minutes().abs() >= 175, "{hours}");

    // Nobody to take it: it is given up when it is too old, not before, and not much later.
    let busy = Scripted::answer(503, json!({"error": {"status": "UNAVAILABLE"}}));
    app.fcm.script("phone", vec![busy; 100]);
    answer_at_once(&app, &workspace, 5).await;
    let started = Instant::now();
    let hopeless = ended(&api, &id_of(&app.twilio(&workspace).ring("bob").await)).await;
    assert_eq!(hopeless["outcome"], "expired", "{hopeless}");
    assert!(started.elapsed() >= Duration::from_millis(4900), "{:?}", started.elapsed());
}

fn received_at(record: &serde_json::Value) -> chrono::DateTime<chrono::Utc> {
    record["received_at"].as_str().and_then(|at| at.parse().ok()).expect("a time")
}

both! {
    async fn set_forward_it_ends_no_call_early(backend: Backend) {
        goes_on(backend, "+3h").await;
    }

    async fn set_back_it_holds_no_call_up(backend: Backend) {
        goes_on(backend, "-3h").await;
    }

    async fn a_call_taken_over_after_the_clock_was_set_back_rings_no_longer(backend: Backend) {
        let (mut app, clock, workspace, id) = ringing(backend).await;
        let busy = Scripted::answer(503, json!({"error": {"status": "UNAVAILABLE"}}));
        app.fcm.script("phone", vec![busy; 1000]);
        app.kill().await;
        // Not by more, or Google would not believe the program any more.
        clock.set("-30m");
        app.restart().await;
        let record = ended(&app.api(&workspace), &id).await;
        assert_eq!(record["outcome"], "expired", "{record}");
        assert!(attempts(&record).len() > 1, "it was taken over: {record}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_race_for_orphans_attempt_each_once() {
    let mut app = App::start(Backend::Postgres).await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    answer_at_once(&app, &workspace, 30).await;
    let nodes = [app.another_node().await, app.another_node().await, app.another_node().await];
    let phones: Vec<String> = (0..100).map(|number| format!("phone-{number}")).collect();
    for phone in &phones {
        app.bind(&workspace, phone, "fcm", phone).await;
        app.fcm.script(phone, [Scripted::hang()]);
    }
    let twilio = app.twilio(&workspace);
    // All at once: the first must still hang when the last has been asked.
    let ids = join_all(phones.iter().map(async |phone| id_of(&twilio.ring(phone).await))).await;
    app.fcm.received_at_least(100).await;
    drop(twilio);
    app.kill().await;
    app.fcm.received_at_least(200).await;
    app.restart().await;
    for id in &ids {
        let record = ended(&app.api(&workspace), id).await;
        assert_eq!((&record["outcome"], attempts(&record).len()), (&json!("accepted"), 1), "{record}");
    }
    let mut tokens: Vec<_> = app.fcm.received().into_iter().map(|message| message.token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!((tokens.len(), app.fcm.received().len()), (100, 200));
    drop(nodes);
}
