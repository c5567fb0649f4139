//! Starting and ending `ringhook serve`.

use ringhook_tests::twilio::Call;

use super::*;

/// A call to a device whose network does not answer: recorded, and still to be delivered.
async fn hanging_call(app: &App, workspace: &Workspace) -> Value {
    app.api(workspace).patch("/workspace", json!({"answer": "recorded"})).await.expect(200);
    app.fcm_provider(workspace).await;
    app.bind(workspace, "bob", "fcm", "android").await;
    app.fcm.script("android", [Scripted::hang()]);
    let answer = app.twilio(workspace).ring("bob").await.reply.clone().expect(200);
    app.fcm.received_at_least(1).await;
    answer.json["notification_id"].clone()
}

async fn accepted(app: &App, workspace: &Workspace, id: &Value) {
    let path = format!("/notifications/{}", id.as_str().expect("an id"));
    until("the call to be taken over", async || {
        let logged = app.api(workspace).get(&path).await.expect(200).json;
        (logged["outcome"] == "accepted").then_some(())
    })
    .await;
}

both! {
    async fn sigterm_ends_it_in_time_and_the_next_one_finishes_the_call(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        let id = hanging_call(&app, &workspace).await;
        let (status, took) = app.terminate().await;
        assert!(status.success(), "{status}");
        assert!(took.as_secs() < 10, "{took:?}");
        app.restart().await;
        accepted(&app, &workspace, &id).await;
        assert_eq!(app.fcm.received().len(), 2);
    }

    async fn after_a_crash_the_next_one_finishes_the_call(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        let id = hanging_call(&app, &workspace).await;
        app.kill().await;
        app.restart().await;
        accepted(&app, &workspace, &id).await;
    }

    async fn sigterm_lets_a_webhook_under_way_be_answered(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        app.api(&workspace).patch("/workspace", json!({"answer_within_ms": 10000})).await.expect(200);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.fcm.script("android", [Scripted::hang()]);
        let ringing = app.twilio(&workspace).call("bob").to_post();
        let answer = tokio::spawn(async move { ringing.send().await.expect("an answer").status().as_u16() });
        app.fcm.received_at_least(1).await;
        let (status, took) = app.terminate().await;
        assert!(status.success() && took.as_secs() < 10, "{status} {took:?}");
        assert_eq!(answer.await.expect("an answer"), 200);
    }

    async fn a_wrong_master_key_is_refused_and_nothing_is_changed(backend: Backend) {
        let mut app = App::builder(backend).start().await;
        let workspace = app.workspace().await;
        app.terminate().await;
        let wrong = master_key();
        for command in [&["serve"][..], &["migrate"], &["workspace", "create", "--name", "x", "--owner", "a@b"]] {
            let finished = app.command_with("RINGHOOK_MASTER_KEY", &wrong, command).await;
            refused(&finished, &["RINGHOOK_MASTER_KEY"]);
            assert!(!finished.stderr.contains(&wrong), "the key is shown");
        }
        app.restart().await;
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
    }

    async fn a_new_master_key_before_the_old_one_opens_what_there_is(backend: Backend) {
        let old = master_key();
        let mut app = App::builder(backend).set("RINGHOOK_MASTER_KEY", &old).start().await;
        let workspace = app.workspace().await;
        app.set("RINGHOOK_MASTER_KEY", format!("{},{old}", master_key()));
        app.restart().await;
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
    }

    async fn a_second_one_on_the_same_data_is_refused(app: App) {
        refused(&app.command(&["serve"]).await, &["RINGHOOK_DATA_DIR", "in use"]);
    }

    async fn a_port_that_is_taken_is_named(app: App) {
        let taken = app.url().strip_prefix("http://").expect("an address").to_owned();
        let data = app.folder().join("second").display().to_string();
        let with = [("RINGHOOK_LISTEN", taken.as_str()), ("RINGHOOK_DATA_DIR", &data)];
        refused(&app.command_with_all(&with, &["serve"]).await, &["RINGHOOK_LISTEN", &taken]);
    }

    async fn without_migrations_it_says_what_to_run(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_MIGRATE", false).prepare().await;
        refused(&app.command(&["serve"]).await, &["ringhook migrate"]);
    }
}

#[tokio::test]
async fn what_is_made_in_the_data_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let app = App::start(Backend::Sqlite).await;
    for name in ["master.key", "ringhook.db", "ringhook.db-wal", "ringhook.db-shm"] {
        let made = std::fs::metadata(app.folder().join("data").join(name)).expect(name);
        assert_eq!(made.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// Two nodes on one database: each sees what the other was told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_changed_on_one_node_is_in_force_on_the_other() {
    let first = App::start(Backend::Postgres).await;
    let workspace = first.workspace().await;
    let second = first.another_node().await;
    let other = async |call: Call<'_>| call.at_node(second.url()).send().await.status;
    let call = || first.twilio(&workspace).call("bob");
    assert_eq!(other(call()).await, 404);
    assert_eq!(other(call().unsigned()).await, 403);
    let path = format!("/accounts/{}", workspace.account_sid);
    first.api(&workspace).patch(&path, json!({"signature_policy": "none"})).await.expect(200);
    assert_eq!(other(call().unsigned()).await, 404);
    first.api(&workspace).patch(&path, json!({"signature_policy": "full"})).await.expect(200);
    assert_eq!(other(call().unsigned()).await, 403);
    first.fcm_provider(&workspace).await;
    first.bind(&workspace, "bob", "fcm", "android").await;
    assert_eq!(other(call()).await, 200);
    first.api(&workspace).post("/webhook-tokens", json!({"grace_seconds": 0})).await.expect(201);
    assert_eq!(other(call()).await, 404);
}
