//! Three nodes behind a proxy, on a Postgres and a NATS of their own, under load the whole time; one thing after the other
//! fails, and the books balance.

mod devices;
mod nodes;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::nats::Nats;
use ringhook_tests::nodes::bus_is;
use ringhook_tests::postgres::{Postgres, Stop};
use ringhook_tests::until::within;
use tokio::time::timeout;

use crate::faults::load::World;
use devices::Device;
use nodes::{Cluster, NODES};

/// How long networks take to answer.
const LATENCY: Duration = Duration::from_millis(20);
/// Between two calls to one person: so few that the books are read in seconds.
const PACE: Duration = Duration::from_millis(150);
/// How long a device may take to find a node again, and to be found.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a call may take to every socket, once they are all there.
const RING: Duration = Duration::from_secs(2);
/// How long a call rings, and what a busy machine takes to write that down.
const RINGS: Duration = Duration::from_secs(30 + 5);
/// Somebody with a phone, and a device on a socket of each node.
const EVE: &str = "eve";

/// Calls are taken by whatever is there, from now on.
async fn takes_calls(world: &World) {
    world.answered(200, 12, Instant::now()).await;
}

/// A call that is made now rings every socket, whichever node each hangs on.
async fn rings_everywhere(world: &World, devices: &[Device]) {
    within(PATIENCE, "a call that rings on every node", async || {
        let webhook = world.webhook(EVE);
        let message = webhook.message_id.clone();
        world.senders.post(webhook).await;
        let all = join_all(devices.iter().map(|device| device.hears(&message)));
        timeout(RING, all).await.is_ok().then_some(())
    })
    .await;
}

/// A socket goes on ringing, by calls to the node that it hangs on.
async fn some_socket_rings(devices: &[Device]) {
    let one = futures_util::future::select_all(devices.iter().map(|device| Box::pin(device.hears_another())));
    assert!(timeout(PATIENCE, one).await.is_ok(), "no socket rang within {PATIENCE:?}");
}

/// One node after the other makes room for a new one. Every caller hears 200, or 503 and when to come again.
async fn rolling_restart(world: &World, cluster: &Cluster, devices: &[Device]) {
    let began = Instant::now();
    for number in 0..NODES {
        cluster.terminate(number).await;
        takes_calls(world).await;
        cluster.bring(number).await;
    }
    rings_everywhere(world, devices).await;
    for sent in world.calls_since(began) {
        // A call that is under way has heard nothing yet.
        let is_heard = sent.status().is_some() || matches!(sent.heard, crate::faults::load::Heard::Waiting);
        assert!(is_heard, "a rolling restart cost an answer: {sent:?}");
    }
}

/// A node dies with calls in its hands; the others take them over. When that was.
async fn node_killed(world: &World, cluster: &Cluster, devices: &[Device]) -> Instant {
    takes_calls(world).await;
    cluster.kill(1).await;
    let killed = Instant::now();
    takes_calls(world).await;
    cluster.bring(1).await;
    rings_everywhere(world, devices).await;
    killed
}

/// Without NATS pushes go on, and so does each node for its own sockets; no node is taken out for it.
async fn nats_cut(world: &World, cluster: &Cluster, devices: &[Device], nats: &mut Nats) {
    nats.kill().await;
    cluster.bus_is("degraded").await;
    takes_calls(world).await;
    some_socket_rings(devices).await;
    nats.restart().await;
    cluster.bus_is("ok").await;
    rings_everywhere(world, devices).await;
}

/// A node that the others do not hear goes on by itself.
async fn node_apart(world: &World, cluster: &Cluster, devices: &[Device]) {
    cluster.cable(2).cut();
    bus_is(&cluster.urls()[2], "degraded").await;
    for number in 0..2 {
        bus_is(&cluster.urls()[number], "ok").await;
    }
    takes_calls(world).await;
    some_socket_rings(devices).await;
    cluster.cable(2).mend();
    cluster.bus_is("ok").await;
    rings_everywhere(world, devices).await;
}

/// While the database is away no call is taken; once it is back, they are again. When that was.
async fn database_restarted(world: &World, devices: &[Device], postgres: &mut Postgres) -> Instant {
    let began = Instant::now();
    postgres.stop(Stop::Immediate).await;
    world.answered(503, 6, began).await;
    postgres.restart().await;
    let back = Instant::now();
    takes_calls(world).await;
    rings_everywhere(world, devices).await;
    back
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_lose_no_call_whatever_fails() {
    let (mut postgres, mut nats) = (Postgres::start().await, Nats::start().await);
    let mut app = App::builder(Backend::Postgres).server(postgres.url()).prepare().await;
    let cluster = Cluster::start(&mut app, &nats).await;
    let mut world = World::new(app).await;
    world.set_latency(LATENCY);
    world.pace = PACE;
    world.bind(EVE, "fcm").await;
    let mut devices = Vec::new();
    for home in 0..NODES {
        devices.push(Device::new(&mut world, &cluster, EVE, home).await);
    }
    rings_everywhere(&world, &devices).await;
    let lives = world
        .under_load(async {
            rolling_restart(&world, &cluster, &devices).await;
            let killed = node_killed(&world, &cluster, &devices).await;
            nats_cut(&world, &cluster, &devices, &mut nats).await;
            node_apart(&world, &cluster, &devices).await;
            // What was accepted and not written down when the database went may be rung again by another node.
            [killed, database_restarted(&world, &devices, &mut postgres).await]
        })
        .await;
    let mut books = world.books().await;
    for entry in devices.iter().flat_map(Device::entries) {
        books.enter_heard(entry);
    }
    books.check_nothing_rings_after(RINGS);
    let sheet = books.balance(&world, "three nodes", &lives);
    assert!(sheet.answered_503 > 0 && sheet.delivered_once > sheet.sent / 2, "{sheet}");
}
