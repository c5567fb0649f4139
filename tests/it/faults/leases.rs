//! What a dead process had in its hands goes on in another's. Told by the order of events and by counts: how long it
//! takes is up to the machine, as long as a caller would wait.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::until::{until, within};

use tokio::sync::Mutex;

use super::load::{Heard, World};

/// Networks that do not answer while the test lasts.
const NEVER: Duration = Duration::from_secs(3600);
const CALLS: usize = 8;
/// How long a busy machine may take for what is done at once elsewhere.
const PATIENCE: Duration = Duration::from_secs(60);
/// Devices of one person, and calls to them: more than one claim takes.
const CROWD: usize = 20;
const CALLS_TO_CROWD: usize = 30;
/// Where libfaketime is: `tests/run` says it.
const FAKETIME: &str = "RINGHOOK_TEST_FAKETIME";

/// One crowd at a time: what a network is asked for is to be answered long before the attempt's time is over.
static CROWDED: Mutex<()> = Mutex::const_new(());

/// The program, saying little: telling of every frame to six hundred devices costs more than sending them.
async fn quiet(backend: Backend) -> App {
    App::builder(backend).set("RINGHOOK_LOG", "info").start().await
}

/// A world whose networks do not answer, and whose calls are answered once they are recorded.
async fn silent(app: App) -> World {
    let world = World::new(app).await;
    world.set("answer", "recorded").await;
    world.set_latency(NEVER);
    world
}

/// Calls `identity` so many times at once; each call anew for as long as a busy machine turns it away. So at least so
/// many are recorded: who hears 503 may be rung all the same.
async fn call(world: &World, identity: &str, times: usize) {
    let calls = (0..times).map(async |_| {
        within(PATIENCE, "a call is taken", async || match world.ring(identity).await {
            Heard::Answer(reply) if reply.status == 503 => None,
            Heard::Answer(reply) => Some(reply.expect(200)),
            heard => panic!("{heard:?}"),
        })
        .await
    });
    join_all(calls).await;
}

/// Waits until so many deliveries were asked for, from `since` on: messages to devices, however often each.
async fn asked(world: &World, deliveries: usize, since: Instant) {
    let (fcm, apns) = (world.app.fcm.ledger(), world.app.apns.ledger());
    within(PATIENCE, &format!("{deliveries} deliveries are asked for"), async || {
        let entries = fcm.entries().into_iter().chain(apns.entries()).filter(|entry| entry.at >= since);
        let legs: HashSet<_> = entries.map(|entry| (entry.message_id, entry.device)).collect();
        (legs.len() >= deliveries).then_some(())
    })
    .await;
}

/// Calls whose every device was asked, and has not answered.
async fn hanging(app: App) -> World {
    let began = Instant::now();
    let world = silent(app).await;
    call(&world, "dan", CALLS).await;
    asked(&world, 3 * CALLS, began).await;
    world
}

/// Checks that nobody was lost, and that the living asked everybody once after the others' death. There were at least
/// so many `deliveries`.
async fn each_asked_once_since(world: &World, killed: Instant, deliveries: usize) {
    let books = world.books().await;
    for leg in books.deliveries.keys() {
        let entries = books.asked.get(leg).map(Vec::as_slice).unwrap_or_default();
        let since = entries.iter().filter(|entry| entry.at >= killed).count();
        assert_eq!(since, 1, "{leg:?} {entries:?}");
    }
    let sheet = books.balance(world, "taken over", &[killed]);
    assert!(sheet.deliveries >= deliveries, "{sheet}");
    assert_eq!(sheet.delivered_once, sheet.deliveries, "{sheet}");
}

/// How many calls a process took over, of all that it said.
fn taken_over(log: &str) -> usize {
    log.lines().filter(|line| line.contains("taken over")).count()
}

both! {
    async fn a_restarted_node_takes_its_own_over_before_it_listens(app: App) {
        let mut world = hanging(app).await;
        world.kill().await;
        let killed = Instant::now();
        world.app.restart().await;
        let log = world.app.log();
        let before = log.split_once("listening on").map(|(before, _)| before);
        let calls = world.app.database.count("notifications").await;
        assert_eq!(before.map(taken_over), Some(calls), "{log}");
        each_asked_once_since(&world, killed, 3 * CALLS).await;
    }

    async fn more_than_one_claim_takes_is_taken_over_after_a_restart(backend: Backend) {
        let _alone = CROWDED.lock().await;
        let mut world = crowd(quiet(backend).await).await;
        world.kill().await;
        let killed = Instant::now();
        world.app.restart().await;
        each_asked_once_since(&world, killed, CROWD * CALLS_TO_CROWD).await;
    }

    async fn a_call_that_is_too_old_after_a_restart_ends_as_expired(app: App) {
        let library = std::env::var(FAKETIME)
            .unwrap_or_else(|_| panic!("{FAKETIME} does not say where libfaketime is; `tests/run` does"));
        let began = Instant::now();
        let mut world = silent(app).await;
        call(&world, "cyd", 1).await;
        asked(&world, 2, began).await;
        world.kill().await;
        let killed = Instant::now();
        // The call's lifetime passes while nobody is there.
        world.app.set("LD_PRELOAD", library);
        world.app.set("FAKETIME", "+60s");
        world.app.set("FAKETIME_DONT_FAKE_MONOTONIC", 1);
        world.app.restart().await;
        let books = world.books().await;
        let notification = books.notifications.values().next().expect("the call");
        assert_eq!(notification["outcome"], "expired", "{notification}");
        for delivery in books.deliveries.values() {
            assert_eq!((&delivery["state"], &delivery["reason"]), (&"expired".into(), &"too_old".into()));
        }
        until("its payload is erased", async || (world.app.database.count("payloads").await == 0).then_some(()))
            .await;
        let late = books.asked.values().flatten().filter(|entry| entry.at >= killed).count();
        assert_eq!(late, 0, "it rang when it was too old");
        let sheet = books.balance(&world, "too old", &[]);
        assert_eq!(sheet.ended_with_reason, sheet.deliveries, "{sheet}");
    }
}

both! {
    async fn a_call_that_nobody_ended_is_found_among_more_open_ones_than_one_look_reads(backend: Backend) {
        let _alone = CROWDED.lock().await;
        let app = quiet(backend).await;
        const WAVES: usize = 17;
        const WAVE: usize = 30;
        let world = silent(app).await;
        // These are to be open still when she is called, on a busy machine too.
        world.set("ring_ttl_seconds", 120).await;
        // So many at once might be turned away.
        for _ in 0..WAVES {
            call(&world, "bob", WAVE).await;
        }
        world.set("ring_ttl_seconds", 30).await;
        world.app.fcm.ledger().set_latency(Duration::ZERO);
        call(&world, "ann", 1).await;
        let api = world.app.api(&world.workspace);
        let ended = within(PATIENCE, "ann is rung", async || {
            let calls = api.get("/notifications?identity=ann&outcome=accepted").await.expect(200);
            calls.items().first().map(|call| call["message_id"].as_str().expect("an id").to_owned())
        })
        .await;
        // As if its process had died between the last outcome and the end.
        let forget = format!("UPDATE notifications SET outcome = 'in_progress' WHERE message_id = '{ended}'");
        world.app.database.execute(&forget).await;
        within(PATIENCE, "it is ended all the same", async || {
            let calls = api.get("/notifications?identity=ann&outcome=accepted").await.expect(200);
            (!calls.items().is_empty()).then_some(())
        })
        .await;
        let open = "(SELECT id FROM notifications WHERE outcome = 'in_progress') AS open";
        assert!(world.app.database.count(open).await > 500, "the others had ended before");
    }
}

/// More open deliveries than one claim takes, some of them asked for.
async fn crowd(app: App) -> World {
    let mut world = silent(app).await;
    // The calls are to be young still when they are taken over, on a busy machine too.
    world.set("ring_ttl_seconds", 120).await;
    for _ in 0..CROWD {
        world.bind("eve", "apns_voip").await;
    }
    let began = Instant::now();
    call(&world, "eve", CALLS_TO_CROWD).await;
    asked(&world, 100, began).await;
    let pending = "(SELECT id FROM deliveries WHERE state = 'pending') AS open";
    assert!(world.app.database.count(pending).await >= CROWD * CALLS_TO_CROWD);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_takes_a_dead_nodes_deliveries_over_once() {
    let app = App::start(Backend::Postgres).await;
    let second = app.another_node().await;
    let mut world = hanging(app).await;
    world.kill().await;
    let killed = Instant::now();
    asked(&world, 3 * CALLS, killed).await;
    assert!(taken_over(&second.log()) >= CALLS, "{}", second.log());
    // It comes back, and finds nothing left to do.
    world.app.restart().await;
    each_asked_once_since(&world, killed, 3 * CALLS).await;
    assert_eq!(taken_over(&world.app.log()), 0, "{}", world.app.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_more_than_one_claim_takes_and_ring_each_once() {
    let _alone = CROWDED.lock().await;
    let app = quiet(Backend::Postgres).await;
    let (second, third) = (app.another_node().await, app.another_node().await);
    let mut world = crowd(app).await;
    world.kill().await;
    let killed = Instant::now();
    asked(&world, CROWD * CALLS_TO_CROWD, killed).await;
    assert!(taken_over(&second.log()) + taken_over(&third.log()) >= CALLS_TO_CROWD);
    world.app.restart().await;
    each_asked_once_since(&world, killed, CROWD * CALLS_TO_CROWD).await;
}
