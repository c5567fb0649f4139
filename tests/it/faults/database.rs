//! A database that fails under load: nothing is answered 200 that it cannot keep, the process outlives it, and once it
//! is back everything works again.

use std::time::{Duration, Instant};

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::postgres::{Postgres, Stop};
use tokio::time::sleep_until;

use super::load::World;

const LATENCY: Duration = Duration::from_millis(20);
/// Longer than a lease: what a network accepted in the meantime must not be taken for forgotten.
const OUTAGE: Duration = Duration::from_secs(7);

/// How `GET` is answered.
async fn status(world: &World, path: &str) -> u16 {
    let answer = reqwest::get(format!("{}{path}", world.app.url())).await.expect("an answer");
    answer.status().as_u16()
}

/// Calls are taken, from now on.
pub async fn takes_calls(world: &World) {
    world.answered(200, 20, Instant::now()).await;
    assert_eq!(status(world, "/readyz").await, 200);
}

/// No call is taken from `broken` on, for the whole outage.
async fn refuses_calls(world: &World, broken: Instant) {
    world.answered(503, 8, broken).await;
    sleep_until((broken + OUTAGE).into()).await;
    assert_eq!(status(world, "/healthz").await, 200);
    world.none_taken_since(broken);
}

/// It is the process of the beginning, it refused some, and lost none.
pub async fn nothing_lost(world: &World, title: &str) {
    assert!(world.app.is_alive(), "the process died");
    let sheet = world.books().await.balance(world, title, &[]);
    assert!(sheet.answered_503 > 0 && sheet.no_answer == 0, "{sheet}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_stops_under_load_and_comes_back() {
    let mut server = Postgres::start().await;
    let world = World::new(App::builder(Backend::Postgres).server(server.url()).start().await).await;
    world.set_latency(LATENCY);
    world
        .under_load(async {
            for how in [Stop::Immediate, Stop::Fast] {
                takes_calls(&world).await;
                server.stop(how).await;
                refuses_calls(&world, Instant::now()).await;
                assert_eq!(status(&world, "/readyz").await, 503);
                server.restart().await;
            }
            takes_calls(&world).await;
        })
        .await;
    nothing_lost(&world, "Postgres stopped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_postgres_cut_under_load_cost_no_call() {
    const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let world = World::new(App::start(Backend::Postgres).await).await;
    world.set_latency(LATENCY);
    world
        .under_load(async {
            for _ in 0..30 {
                world.answered(200, 5, Instant::now()).await;
                world.app.database.execute(CUT).await;
            }
            world.answered(200, 20, Instant::now()).await;
        })
        .await;
    assert!(world.app.is_alive(), "the process died");
    world.books().await.balance(&world, "connections cut", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_locked_by_another_process_refuses_until_it_is_free() {
    let world = World::new(App::start(Backend::Sqlite).await).await;
    world.set_latency(LATENCY);
    world
        .under_load(async {
            takes_calls(&world).await;
            let lock = world.app.database.lock();
            refuses_calls(&world, Instant::now()).await;
            drop(lock);
            takes_calls(&world).await;
        })
        .await;
    nothing_lost(&world, "SQLite locked").await;
}
