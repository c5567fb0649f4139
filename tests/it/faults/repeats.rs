//! Twilio tries again when it hears nothing. A message rings once, whoever died in between.

use std::time::Duration;

use futures_util::future::join;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::until::until;
use serde_json::Value;

use super::load::World;

const NEVER: Duration = Duration::from_secs(3600);

/// Posts one more copy of a message to `identity`; the notification that the 200 names.
async fn post(world: &World, identity: &str, message: &str) -> String {
    let call = world.app.twilio(&world.workspace).call(identity).with("twi_message_id", message);
    let reply = call.send().await.reply.clone().expect(200);
    reply.json["notification_id"].as_str().expect("a notification").to_owned()
}

async fn notification(world: &World, id: &str) -> Value {
    world.app.api(&world.workspace).get(&format!("/notifications/{id}")).await.expect(200).json
}

/// How often FCM and APNs were asked.
fn asked(world: &World) -> (usize, usize) {
    (world.app.fcm.ledger().counts().0, world.app.apns.ledger().counts().0)
}

/// Waits until the log says that the call was accepted by everybody.
async fn accepted(world: &World, id: &str) {
    until("everybody has accepted", async || {
        (notification(world, id).await["outcome"] == "accepted").then_some(())
    })
    .await;
}

both! {
    async fn what_was_accepted_rings_nobody_again_after_a_crash(app: App) {
        let mut world = World::new(app).await;
        let first = post(&world, "cyd", "WB1").await;
        accepted(&world, &first).await;
        world.app.kill().await;
        world.app.restart().await;
        assert_eq!(post(&world, "cyd", "WB1").await, first);
        assert_eq!(post(&world, "cyd", "WB1").await, first);
        assert_eq!(asked(&world), (1, 1));
    }

    async fn an_answer_is_kept_though_its_process_died_with_it(app: App) {
        let mut world = World::new(app).await;
        for turn in 0..5 {
            let message = format!("WB{turn}");
            let first = post(&world, "ann", &message).await;
            world.app.kill().await;
            world.app.restart().await;
            assert_eq!(post(&world, "ann", &message).await, first);
            accepted(&world, &first).await;
        }
    }

    async fn a_copy_of_an_undecided_message_is_answered_after_a_crash(app: App) {
        let mut world = World::new(app).await;
        world.set_latency(NEVER);
        let call = world.app.twilio(&world.workspace).call("cyd").with("twi_message_id", "WB1");
        let unanswered = tokio::spawn(call.to_post().send());
        world.app.fcm.ledger().asked_at_least(1).await;
        world.app.apns.ledger().asked_at_least(1).await;
        world.app.kill().await;
        assert!(unanswered.await.expect("a sender").is_err(), "it was answered before anybody had accepted");
        world.set_latency(Duration::ZERO);
        world.app.restart().await;
        let copy = post(&world, "cyd", "WB1").await;
        accepted(&world, &copy).await;
        assert_eq!(world.app.database.count("notifications").await, 1);
        assert_eq!(asked(&world), (2, 2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_at_two_nodes_at_once_ring_each_device_once() {
    const CALLS: usize = 20;
    let world = World::new(App::start(Backend::Postgres).await).await;
    let second = world.app.another_node().await;
    for _ in 0..CALLS {
        let call = world.app.twilio(&world.workspace).call("dan");
        let copy = call.clone().at_node(second.url());
        let (call, copy) = join(call.send(), copy.send()).await;
        let (call, copy) = (call.reply.clone().expect(200).json, copy.reply.clone().expect(200).json);
        assert_eq!(call["notification_id"], copy["notification_id"]);
        accepted(&world, call["notification_id"].as_str().expect("a notification")).await;
    }
    assert_eq!(asked(&world), (CALLS, 2 * CALLS));
}
