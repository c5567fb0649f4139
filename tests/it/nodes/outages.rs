//! NATS that is not there, goes, comes back, or says nothing; and nodes that were given none.

use async_nats::ConnectOptions;
use futures_util::StreamExt;
use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::nats::Nats;
use ringhook_tests::nodes::{bus_is, readiness};
use ringhook_tests::until::{PATIENCE, until};
use serde_json::json;
use tokio::time::timeout;

use super::{Nodes, delivery_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_nats_each_node_goes_on_alone_and_all_of_them_find_together_again() {
    let mut nats = Nats::start().await;
    let app = App::builder(Backend::Postgres).set("RINGHOOK_NATS_URL", nats.url()).start().await;
    let nodes = Nodes::of(app).await;
    let (app, [a, b, c]) = (&nodes.app, nodes.urls());
    let workspace = app.workspace().await;
    // Calls are to be young still when NATS is back, on a busy machine too.
    app.api(&workspace).patch("/workspace", json!({"ring_ttl_seconds": 120})).await.expect(200);
    let mut here = app.socket_at(a, &workspace, "bob", Some("tablet")).await;
    let mut there = app.socket_at(b, &workspace, "bob", Some("phone")).await;

    nats.kill().await;
    nodes.bus_is("degraded").await;
    let call = app.twilio(&workspace).call("bob");
    let answer = call.send().await.reply.clone().expect(200);
    assert_eq!((&answer.json["bindings"], here.text().await.into_bytes()), (&json!(1), call.bytes()));
    app.twilio(&workspace).ring("carol").await.reply.clone().problem(404, "no_binding");
    there.assert_silent().await;
    // One that comes while NATS is away.
    let mut third = app.socket_at(c, &workspace, "carol", Some("phone")).await;
    // The call to her was still young.
    third.text().await;

    nats.restart().await;
    nodes.bus_is("ok").await;
    // What it missed meanwhile is young enough to ring.
    assert_eq!(there.text().await.into_bytes(), call.bytes());
    there.ack(&call.message_id()).await;
    delivery_in(app, &workspace, &answer.json["notification_id"], "acknowledged").await;
    for identity in ["bob", "carol"] {
        app.twilio(&workspace).ring(identity).await.reply.clone().expect(200);
    }
    here.text().await;
    there.text().await;
    third.text().await;
    for log in nodes.logs() {
        assert_eq!(log.matches("NATS is away").count(), 1, "said once");
        assert!(!log.contains(nats.password()), "a secret in the log");
    }

    // There, and silent: calls go on all the same.
    nats.signal("STOP").await;
    app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
    here.text().await;
    nodes.bus_is("degraded").await;
    nats.signal("CONT").await;
    nodes.bus_is("ok").await;
    there.text().await;
    app.twilio(&workspace).ring("carol").await.reply.clone().expect(200);
    third.text().await;
}

/// What travels, as NATS sees it. Whoever listens to everything is there for every identity, and never answers: as a node that
/// is cut off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_travels_and_who_never_answers_holds_up_no_call() {
    let nats = Nats::start().await;
    let app = App::builder(Backend::Postgres).set("RINGHOOK_NATS_URL", nats.url()).start().await;
    let nodes = Nodes::of(app).await;
    let (app, [_, b, _]) = (&nodes.app, nodes.urls());
    let workspace = app.workspace().await;
    let mut phone = app.socket_at(b, &workspace, "a-callee", Some("a-device")).await;
    let login = ConnectOptions::with_user_and_password("ringhook".into(), nats.password().into());
    let spy = login.connect(nats.url()).await.expect("NATS");
    let mut heard = spy.subscribe("ringhook.>").await.expect("a subscription");
    spy.flush().await.expect("to be sent");

    let call = app.twilio(&workspace).call("a-callee").with("twi_bridge_token", "a-bridge-token");
    call.send().await.reply.clone().expect(200);
    assert_eq!(phone.text().await.into_bytes(), call.bytes());
    app.twilio(&workspace).ring("carol").await.reply.clone().problem(404, "no_binding");
    nodes.bus_is("ok").await;

    let (mut messages, mut answers) = (0, 0);
    while messages < 20 || answers == 0 {
        let message = timeout(PATIENCE, heard.next()).await.expect("more messages").expect("a connection");
        messages += 1;
        // A node sends itself an empty message to know that NATS is there.
        answers += usize::from(message.subject.contains(".inbox.") && !message.payload.is_empty());
        let all = format!("{} {}", message.subject, String::from_utf8_lossy(&message.payload));
        for secret in ["a-bridge-token", "a-callee", "a-device", &workspace.account_sid, &call.message_id()] {
            assert!(!all.contains(secret), "{secret} in clear: {all}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_without_nats_and_joins_once_it_is_there() {
    let mut nats = Nats::absent();
    let app = App::builder(Backend::Postgres).set("RINGHOOK_NATS_URL", nats.url()).start().await;
    let (status, body) = readiness(app.url()).await;
    assert_eq!((status, &body["status"], &body["bus"]), (200, &json!("ready"), &json!("degraded")));
    let found = app.command(&["doctor"]).await;
    let line = found.stdout.lines().find(|line| line.contains("RINGHOOK_NATS_URL")).expect("a line on NATS");
    assert!(line.starts_with("FAULT") && found.code == Some(1), "{}", found.stdout);
    let workspace = app.workspace().await;
    let second = app.another_node().await;
    let mut socket = app.socket_at(second.url(), &workspace, "bob", Some("phone")).await;
    nats.restart().await;
    bus_is(app.url(), "ok").await;
    bus_is(second.url(), "ok").await;
    until("the other node's socket rings", async || {
        let answer = app.twilio(&workspace).ring("bob").await;
        (answer.status == 200).then_some(())
    })
    .await;
    socket.text().await;
    let well = app.command(&["doctor"]).await;
    assert_eq!(well.code, Some(0), "{}", well.stdout);
    let line = well.stdout.lines().find(|line| line.contains("answers in")).expect("a line on NATS");
    assert!(line.starts_with("ok"), "{line}");
    assert!(
        ![&found.stdout, &found.stderr, &well.stdout, &app.log()]
            .iter()
            .any(|text| text.contains(nats.password()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nodes_without_nats_are_warned_of() {
    let app = App::start(Backend::Postgres).await;
    assert_eq!(readiness(app.url()).await.1["bus"], "single_node");
    assert_eq!(app.command(&["doctor"]).await.code, Some(0), "one node needs no bus");
    assert!(!app.log().contains("no bus between them"));
    let mut second = app.another_node().await;
    let warned = async |log: &dyn Fn() -> String| {
        until("a warning in the log", async || log().contains("no bus between them").then_some(())).await;
    };
    warned(&|| app.log()).await;
    warned(&|| second.log()).await;
    let doctor = app.command(&["doctor"]).await;
    assert_eq!(doctor.code, Some(1), "{}", doctor.stdout);
    let line = doctor.stdout.lines().find(|line| line.contains("without a bus")).expect("a line on nodes");
    assert!(line.starts_with("FAULT") && line.contains("RINGHOOK_NATS_URL"), "{line}");
    second.terminate().await;
    assert_eq!(app.command(&["doctor"]).await.code, Some(0), "who ends says so");
}
