//! What a dead process had in its hands goes on in another's.

use std::time::{Duration, Instant};

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::until::until;
use tokio::time::sleep_until;

use super::load::World;

/// Networks that do not answer while the test lasts.
const NEVER: Duration = Duration::from_secs(3600);
const CALLS: usize = 20;
/// A node takes over what it held itself this soon after it is ready.
const OWN: Duration = Duration::from_millis(1500);
/// Another node does so this soon after the first died: its leases must run out before.
const OTHER: Duration = Duration::from_secs(6);

/// Calls that are recorded, and on their way to networks that do not answer.
async fn hanging(app: App) -> World {
    let world = World::new(app).await;
    world.set("answer", "recorded").await;
    world.set_latency(NEVER);
    for _ in 0..CALLS {
        let heard = world.ring("dan").await;
        assert!(matches!(&heard, super::load::Heard::Answer(reply) if reply.status == 200), "{heard:?}");
    }
    asked(&world, 1).await;
    world
}

/// Waits until every device of every call was asked for so many times; when the last one was.
async fn asked(world: &World, times: usize) -> Instant {
    let (fcm, apns) = (world.app.fcm.ledger(), world.app.apns.ledger());
    fcm.asked_at_least(CALLS * times).await;
    apns.asked_at_least(2 * CALLS * times).await;
    let last = fcm.entries().into_iter().chain(apns.entries()).map(|entry| entry.at).max();
    last.expect("a push")
}

/// Checks that everybody was asked by the dead and by the living, once by each.
async fn each_asked_twice(world: &World, lives: &[Instant]) {
    let books = world.books().await;
    for (leg, entries) in &books.asked {
        assert_eq!(entries.len(), 2, "{leg:?} {entries:?}");
    }
    let sheet = books.balance(world, "taken over", lives);
    assert_eq!((sheet.deliveries, sheet.delivered_once), (3 * CALLS, 3 * CALLS));
}

both! {
    async fn a_restarted_node_takes_its_own_over_at_once(app: App) {
        let mut world = hanging(app).await;
        world.app.kill().await;
        world.set_latency(Duration::ZERO);
        let began = Instant::now();
        world.app.restart().await;
        let ready = Instant::now();
        let last = asked(&world, 2).await;
        assert!(last < ready + OWN, "{:?} after it was ready", last - ready);
        each_asked_twice(&world, &[began]).await;
    }

    async fn a_call_that_is_too_old_after_a_restart_ends_as_expired(app: App) {
        let mut world = World::new(app).await;
        world.set("answer", "recorded").await;
        world.set("ring_ttl_seconds", 5).await;
        world.set_latency(NEVER);
        let sent = Instant::now();
        world.ring("cyd").await;
        world.app.fcm.ledger().asked_at_least(1).await;
        world.app.apns.ledger().asked_at_least(1).await;
        world.app.kill().await;
        // The call's lifetime has to pass while nobody is there.
        sleep_until((sent + Duration::from_secs(6)).into()).await;
        world.app.restart().await;
        let books = world.books().await;
        let notification = books.notifications.values().next().expect("the call");
        assert_eq!(notification["outcome"], "expired", "{notification}");
        for delivery in books.deliveries.values() {
            assert_eq!((&delivery["state"], &delivery["reason"]), (&"expired".into(), &"too_old".into()));
        }
        until("its payload is erased", async || (world.app.database.count("payloads").await == 0).then_some(()))
            .await;
        let counts = (world.app.fcm.ledger().counts().0, world.app.apns.ledger().counts().0);
        assert_eq!(counts, (1, 1), "it rang when it was too old");
        let sheet = books.balance(&world, "too old", &[]);
        assert_eq!(sheet.ended_with_reason, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_takes_a_dead_nodes_deliveries_over_once() {
    let mut world = hanging(App::start(Backend::Postgres).await).await;
    let _second = world.app.another_node().await;
    world.app.kill().await;
    let killed = Instant::now();
    world.set_latency(Duration::ZERO);
    let last = asked(&world, 2).await;
    assert!(last < killed + OTHER, "{:?} after the kill", last - killed);
    // It comes back, and finds nothing left to do.
    world.app.restart().await;
    each_asked_twice(&world, &[killed]).await;
}
