//! What is changed on one node holds on the others.

use ringhook_tests::api::http_client;
use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::socket::client_token;
use ringhook_tests::until::until;
use serde_json::json;

use super::Nodes;
use crate::dashboard::Team;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_log_shows_the_calls_of_every_node() {
    let nodes = Nodes::start().await;
    let (app, [_, b, c]) = (&nodes.app, nodes.urls());
    let team = Team::start(app).await;
    let cookie =
        format!("__Host-ringhook-session={}", team.ann.cookie("ringhook-session").expect("a session"));
    let host = app.public_url().trim_start_matches("https://");
    let live = http_client().get(format!("{b}{}", team.at("/calls/live")));
    let mut live = live.header("cookie", cookie).header("host", host).send().await.expect("a stream");
    let mut seen = String::new();
    let mut read_until = async |text: &str| {
        while !seen.contains(text) {
            let chunk = live.chunk().await.expect("the stream").expect("more of it");
            seen += &String::from_utf8_lossy(&chunk);
        }
    };
    read_until("watching").await;
    for (node, identity) in [(app.url(), "called-at-a"), (b, "called-at-b"), (c, "called-at-c")] {
        let call = app.twilio(&team.workspace).call(identity);
        call.at_node(node).send().await.reply.clone().expect(404);
        read_until(identity).await;
    }
}

/// Without a bus: it is the database that tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_node_holds_on_another_with_and_without_a_bus() {
    for builder in [App::builder(Backend::Postgres), App::builder(Backend::Postgres).nats()] {
        let app = builder.start().await;
        let second = app.another_node().await;
        let workspace = app.workspace().await;
        let (here, there) = (app.api(&workspace), app.api_at(second.url(), &workspace));
        // The second node has the workspace in memory, and sockets of it.
        let mut kept = app.socket_at(second.url(), &workspace, "bob", None).await;
        app.twilio(&workspace).call("bob").at_node(second.url()).send().await.reply.clone().expect(200);
        kept.text().await;

        here.patch("/workspace", json!({"answer": "recorded"})).await.expect(200);
        assert_eq!(there.get("/workspace").await.expect(200).json["answer"], "recorded");
        let rolled = json!({"auth_token": "another-auth-token-of-the-account"});
        here.patch(&format!("/accounts/{}", workspace.account_sid), rolled).await.expect(200);
        let call = app.twilio(&workspace).call("bob");
        call.at_node(second.url()).send().await.reply.clone().expect(403);

        // Sockets end with what they stand on; and who asks for a new one is refused.
        let token = client_token(&here, &workspace.account_sid, "bob", 3600).await;
        let path = format!("/accounts/{}", workspace.account_sid);
        here.patch(&path, json!({"status": "disabled"})).await.expect(200);
        assert_eq!(kept.close_code().await, 4403);
        let refused = ringhook_tests::socket::Socket::connect(second.url(), &token, None).await;
        assert!(refused.is_err(), "a socket of a disabled account");
        here.patch(&path, json!({"status": "active"})).await.expect(200);
        let mut stopped = app.socket_at(second.url(), &workspace, "eve", None).await;
        // By a command, which is on no bus.
        let disabled = app.command(&["workspace", "disable", &workspace.id]).await;
        assert_eq!(disabled.code, Some(0), "{}", disabled.stderr);
        assert_eq!(stopped.close_code().await, 4403);
        there.get("/workspace").await.problem(401, "workspace_closed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_node_grants_its_share_of_a_limit() {
    let mut app =
        App::builder(Backend::Postgres).nats().set("RINGHOOK_API_REQUESTS_PER_SECOND", 30).start().await;
    let workspace = app.workspace().await;
    let limit = async |url: &str, limit: &str| {
        until(&format!("a limit of {limit}"), async || {
            let reply = app.api_at(url, &workspace).get("/workspace").await.expect(200);
            (reply.headers["ratelimit-limit"] == limit).then_some(())
        })
        .await;
    };
    limit(app.url(), "300").await;
    let mut second = app.another_node().await;
    limit(app.url(), "150").await;
    limit(second.url(), "150").await;
    // Who ends says so.
    assert!(second.terminate().await.0.success());
    limit(app.url(), "300").await;
    app.terminate().await;
}
