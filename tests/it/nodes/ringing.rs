//! A call that comes to one node, and sockets that hang on others.

use ringhook_tests::until::until;
use serde_json::json;

use super::{Nodes, delivery_in};

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
    assert_eq!(answer.json["bindings"], 3);
    for socket in [&mut here, &mut phone, &mut nameless] {
        assert_eq!(socket.text().await.into_bytes(), call.bytes());
    }
    eve.assert_silent().await;
    phone.ack(&call.message_id()).await;
    let acked = delivery_in(app, &workspace, &answer.json["notification_id"], "acknowledged").await;
    assert_eq!(
        (&acked["device_id"], acked["acknowledged_after_ms"].is_u64()),
        (&json!("phone"), true),
        "{acked}"
    );
    until("the others' are accepted", async || {
        let path = format!("/notifications/{}", answer.json["notification_id"].as_str().expect("an id"));
        let logged = app.api(&workspace).get(&path).await.expect(200).json;
        let deliveries = logged["deliveries"].as_array().expect("deliveries");
        let accepted = deliveries.iter().filter(|delivery| delivery["state"] == "accepted").count();
        (accepted == 2 && logged["outcome"] == "accepted").then_some(())
    })
    .await;

    // The same device, on another node.
    let mut moved = app.socket_at(c, &workspace, "bob", Some("phone")).await;
    assert_eq!(phone.close_code().await, 4409);
    let call = app.twilio(&workspace).call("bob");
    let answer = call.at_node(b).send().await.reply.clone().expect(200);
    assert_eq!(answer.json["bindings"], 3);
    for socket in [&mut here, &mut moved, &mut nameless] {
        socket.text().await;
    }

    // Nobody is connected anywhere: nobody is waited for.
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
