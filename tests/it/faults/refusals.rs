//! A database that refuses single rows: that holds up nobody else's, and nobody is rung again for it.

use std::collections::HashSet;
use std::time::Duration;

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::{Backend, Database};
use ringhook_tests::fcm::unregistered;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::{until, within};
use serde_json::{Value, json};

use super::load::World;

/// Networks that do not answer while the test lasts.
const NEVER: Duration = Duration::from_secs(3600);
/// Ends of a lease, 1.5 seconds apart at least: past the fourth, a lease that nobody renews has run out.
const RENEWALS: usize = 6;
/// Long enough for all of them on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Refuses updates of `table` after which a row meets `condition`, until they are admitted.
async fn refuse(database: &Database, table: &str, condition: &str) {
    let sql = match database.backend() {
        Backend::Sqlite => format!(
            "CREATE TRIGGER refused BEFORE UPDATE ON {table} WHEN {condition} \
             BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
        ),
        Backend::Postgres => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$; \
             CREATE TRIGGER refused BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) \
             EXECUTE FUNCTION refuse()"
        ),
    };
    database.execute(&sql).await;
}

async fn admit(database: &Database, table: &str) {
    let of_table = match database.backend() {
        Backend::Sqlite => String::new(),
        Backend::Postgres => format!(" ON {table}"),
    };
    database.execute(&format!("DROP TRIGGER refused{of_table}")).await;
}

async fn notification(world: &World, id: &str) -> Value {
    world.app.api(&world.workspace).get(&format!("/notifications/{id}")).await.expect(200).json
}

/// Waits for the log to say this of a call.
async fn outcome(world: &World, id: &str, outcome: &str) -> Value {
    within(PATIENCE, &format!("a call that is {outcome}"), async || {
        Some(notification(world, id).await).filter(|call| call["outcome"] == outcome)
    })
    .await
}

fn state<'a>(call: &'a Value, channel: &str) -> &'a Value {
    let deliveries = call["deliveries"].as_array().expect("deliveries");
    let found = deliveries.iter().find(|delivery| delivery["channel"] == channel);
    &found.unwrap_or_else(|| panic!("no {channel} in {call}"))["state"]
}

/// How often FCM and APNs were asked.
fn asked(world: &World) -> (usize, usize) {
    (world.app.fcm.ledger().counts().0, world.app.apns.ledger().counts().0)
}

/// Apple's word for a device that is gone since just now.
fn gone() -> Scripted {
    let since = chrono::Utc::now().timestamp_millis() + 60_000;
    Scripted::answer(410, json!({"reason": "Unregistered", "timestamp": since}))
}

both! {
    async fn an_outcome_that_is_refused_alone_rings_nobody_again(app: App) {
        let world = World::new(app).await;
        let database = &world.app.database;
        refuse(database, "deliveries", "NEW.channel = 'apns_voip' AND NEW.state = 'accepted'").await;
        let call = world.app.twilio(&world.workspace).ring("cyd").await.reply.clone().expect(200);
        let id = call.json["notification_id"].as_str().expect("a notification");
        until("the other device's outcome is written", async || {
            (*state(&notification(&world, id).await, "fcm") == "accepted").then_some(())
        })
        .await;
        let leases = "SELECT CAST(lease_until AS TEXT) AS value FROM deliveries WHERE channel = 'apns_voip'";
        let mut ends = HashSet::new();
        within(PATIENCE, "the lease is renewed for as long as it takes", async || {
            ends.extend(database.texts(leases).await);
            (ends.len() >= RENEWALS).then_some(())
        })
        .await;
        assert_eq!(asked(&world), (1, 1), "its lease ran out under our own hands");
        assert_eq!(*state(&notification(&world, id).await, "apns_voip"), "pending");
        admit(database, "deliveries").await;
        outcome(&world, id, "accepted").await;
        assert_eq!(asked(&world), (1, 1));
    }

    async fn an_answer_by_the_record_outlives_a_crash_though_every_device_proves_dead(app: App) {
        let mut world = World::new(app).await;
        world.set("answer", "recorded").await;
        world.set_latency(NEVER);
        // The crash comes before the answer can be noted.
        refuse(&world.app.database, "repeats", "NEW.answer_status IS NOT NULL").await;
        let first = {
            let call = world.app.twilio(&world.workspace).call("cyd").with("twi_message_id", "WB1");
            call.send().await.reply.clone().expect(200).json
        };
        world.app.kill().await;
        admit(&world.app.database, "repeats").await;
        let id = first["notification_id"].as_str().expect("a notification");
        world.app.fcm.script(&world.devices["cyd"][0], [unregistered()]);
        world.app.apns.script(&world.devices["cyd"][1], [gone()]);
        world.set_latency(Duration::ZERO);
        world.app.restart().await;
        let ended = outcome(&world, id, "dead").await;
        assert_eq!(ended["answer"]["status"], 200, "{ended}");
        for _ in 0..2 {
            let call = world.app.twilio(&world.workspace).call("cyd").with("twi_message_id", "WB1");
            assert_eq!(call.send().await.reply.clone().expect(200).json, first);
        }
        assert_eq!(first, json!({"notification_id": id, "bindings": 2, "accepted": 0}));
    }
}
