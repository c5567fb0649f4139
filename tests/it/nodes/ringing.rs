//! A call that comes to one node, and sockets that hang on others.

use std::time::Duration;

use futures_util::future::join_all;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::socket::{Socket, client_token};
use ringhook_tests::until::until;
use serde_json::Value;

use super::{Nodes, call_of, delivery_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_rings_sockets_on_every_node_and_a_device_that_moves_rings_where_it_is() {
    let nodes = Nodes::start().await;
    let (app, [a, b, c]) = (&nodes.app, nodes.urls());
    let workspace = app.workspace().await;
    let mut here = app.socket_at(a, &workspace, "bob", Some("tablet")).await;
    let mut phone = app.socket_at(b, &workspace, "bob", Some("phone")).await;
    let mut nameless = app.socket_at(c, &workspace, "bob", None).await;
    let mut eve = app.socket_at(b, &workspace, "eve", Some("phone")).await;

    let call = app.twilio(&workspace).call("bob");
    let answer = call.send().await.reply.clone().expect(200);
    let id = &answer.json["notification_id"];
    assert_eq!(answer.json["bindings"], 3, "{}\n{:#}", answer.text, call_of(app, &workspace, id).await);
    for socket in [&mut here, &mut phone, &mut nameless] {
        assert_eq!(socket.text().await.into_bytes(), call.bytes());
    }
    eve.assert_silent().await;
    phone.ack(&call.message_id()).await;
    let acked = delivery_in(app, &workspace, id, "acknowledged").await;
    assert!(acked["acknowledged_after_ms"].is_u64(), "{acked}");
    until("the others' are accepted", async || {
        let logged = call_of(app, &workspace, id).await;
        let deliveries = logged["deliveries"].as_array().expect("deliveries");
        let accepted = deliveries.iter().filter(|delivery| delivery["state"] == "accepted").count();
        let once = deliveries
            .iter()
            .all(|delivery| delivery["attempts"].as_array().is_some_and(|all| all.len() == 1));
        (deliveries.len() == 3 && accepted == 2 && once && logged["outcome"] == "accepted").then_some(())
    })
    .await;

    // Every node knows which devices are connected.
    for url in nodes.urls() {
        until("the devices show as active", async || {
            let listed = app.api_at(url, &workspace).get("/bindings?identity=bob").await.expect(200);
            listed.items().iter().all(|binding| binding["status"] == "active").then_some(())
        })
        .await;
    }

    // The same device, on another node.
    let mut moved = app.socket_at(c, &workspace, "bob", Some("phone")).await;
    assert_eq!(phone.close_code().await, 4409);
    let call = app.twilio(&workspace).call("bob");
    let call = call.at_node(b);
    let answer = call.send().await.reply.clone().expect(200);
    assert_eq!(answer.json["bindings"], 3);
    for socket in [&mut here, &mut nameless] {
        assert_eq!(socket.text().await.into_bytes(), call.bytes());
    }
    // It acknowledged the first call, and is not told of it again.
    assert_eq!(moved.text().await.into_bytes(), call.bytes());

    for socket in [here, moved, nameless] {
        socket.close().await;
    }
    until("the sockets to be forgotten", async || {
        let answer = app.twilio(&workspace).ring("bob").await;
        (answer.status == 404).then_some(())
    })
    .await;
    app.twilio(&workspace).ring("carol").await.reply.clone().problem(404, "no_binding");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workspaces_and_identities_never_meet_whatever_they_are_called() {
    let nodes = Nodes::start().await;
    let (app, [_, b, c]) = (&nodes.app, nodes.urls());
    let ours = app.workspace().await;
    let theirs = app.workspace_of(&ours.account_sid).await;
    const IDENTITIES: [&str; 6] = ["*", ">", "a.b", "a", "a.>", "ü-\u{1F4DE}"];
    let mut sockets = Vec::new();
    for identity in IDENTITIES {
        let our = app.socket_at(b, &ours, identity, Some("phone")).await;
        let their = app.socket_at(c, &theirs, identity, Some("phone")).await;
        sockets.push((identity, our, their));
    }
    for called in IDENTITIES {
        let call = app.twilio(&ours).call(called);
        let answer = call.send().await.reply.clone().expect(200);
        assert_eq!(answer.json["bindings"], 1, "{called}");
        for (identity, our, their) in &mut sockets {
            match *identity == called {
                true => assert_eq!(our.text().await.into_bytes(), call.bytes(), "{called}"),
                false => our.assert_silent().await,
            }
            their.assert_silent().await;
        }
    }
}

/// Devices connect all the while as calls come to another node: each gets each call that it may still get, however the two
/// fall together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_connects_at_any_moment_gets_the_call() {
    let nodes = Nodes::start().await;
    let (app, [a, b, c]) = (&nodes.app, nodes.urls());
    let workspace = app.workspace().await;
    const DEVICES: usize = 12;
    let api = app.api(&workspace);
    let identities: Vec<_> = (0..DEVICES).map(|number| format!("user-{number}")).collect();
    let mut tokens = Vec::new();
    for identity in &identities {
        tokens.push(client_token(&api, &workspace.account_sid, identity, 3600).await);
    }
    let rounds = identities.iter().zip(&tokens).enumerate().map(async |(number, (identity, token))| {
        let (twilio, node) = (app.twilio(&workspace), [a, b, c][number % 3]);
        // Half of them are known to the workspace, the others are not.
        let device = (number % 2 == 0).then_some("phone");
        let call = twilio.call(identity);
        let connect = async {
            // Nothing is waited for: the moments of connecting are spread over that of the call.
            tokio::time::sleep(Duration::from_millis(3 * number as u64)).await;
            Socket::connect(node, token, device).await.expect("a socket")
        };
        let (answer, mut socket) = tokio::join!(call.send(), connect);
        assert!(matches!(answer.status, 200 | 404), "{}", answer.text);
        assert_eq!(socket.text().await.into_bytes(), call.bytes(), "{identity}");
        socket.ack(&call.message_id()).await;
        delivery_in(app, &workspace, &recorded(app, &workspace, identity).await, "acknowledged").await;
    });
    join_all(rounds).await;
}

/// The one call to an identity; its id.
async fn recorded(app: &App, workspace: &Workspace, identity: &str) -> Value {
    let listed = app.api(workspace).get(&format!("/notifications?identity={identity}")).await.expect(200);
    listed.items()[0]["id"].clone()
}
