//! The bridge token lets a client join the call: it shows nowhere but on devices.

use std::path::Path;

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::twilio::BRIDGE_TOKEN;

use super::{ended, notification};

/// Every byte of every file in a folder.
fn contents(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => all.extend(contents(&path)),
            false => all.extend(std::fs::read(&path).expect("a file")),
        }
    }
    all
}

/// Every row of every table, on Postgres.
async fn dumped(app: &App) -> String {
    let mut all = String::new();
    for table in app.database.tables().await {
        let rows =
            app.database.texts(&format!("SELECT CAST(row_to_json(t) AS TEXT) AS value FROM {table} t")).await;
        all.extend(rows);
    }
    assert!(all.contains("rhk_"), "nothing was dumped");
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

both! {
    async fn the_bridge_token_and_credentials_are_in_no_answer_no_log_and_no_file(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_LOG", "trace,h2=info,hyper=info").start().await;
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.bind(&workspace, "bob", "fcm", "pending").await;
        app.fcm.script("pending", [Scripted::hang()]);
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        app.twilio(&workspace).call("bob").unsigned().send().await.reply.clone().problem(403, "signature_missing");
        app.twilio(&workspace).call("bob").with("twi_to", "sip:x").send().await.reply.clone().expect(400);
        assert_eq!(app.fcm.received_at_least(2).await[0].data["twi_bridge_token"], BRIDGE_TOKEN);

        // While the call can still ring, its payload is kept.
        let api = app.api(&workspace);
        let shown = notification(&app, &workspace, &answer.json["notification_id"]).await.to_string();
        let listed = api.get("/notifications").await.expect(200).text;
        for (place, text) in [("answer", answer.text.as_str()), ("notification", &shown), ("list", &listed)] {
            assert!(!text.contains(BRIDGE_TOKEN), "the bridge token is in the {place}");
        }
        let webhook_token = workspace.webhook_url.rsplit('/').next().expect("a token");
        let credentials = app.fcm.credentials()["service_account"]["private_key"].to_string();
        let key_line = credentials.split("\\n").nth(1).expect("a line of the key").to_owned();
        let secrets = [BRIDGE_TOKEN, &workspace.auth_token, &workspace.api_key, webhook_token, &key_line];
        let (log, files) = (app.log(), contents(app.folder()));
        for secret in secrets {
            assert!(!log.contains(secret), "{secret} is in the log");
            assert!(!holds(&files, secret), "{secret} is in a file");
        }
        if backend == Backend::Postgres {
            let rows = dumped(&app).await;
            for secret in secrets {
                let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
                assert!(!rows.contains(secret) && !rows.contains(&hex), "{secret} is in the database");
            }
        }
    }

    async fn the_payload_is_erased_once_the_call_is_too_old(app: App) {
        let workspace = app.workspace().await;
        let settings = serde_json::json!({"ring_ttl_seconds": 5});
        app.api(&workspace).patch("/workspace", settings).await.expect(200);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        ended(&app, &workspace, &answer.json["notification_id"]).await;
        ringhook_tests::until::until("the payload to be erased", async || {
            (app.database.count("payloads").await == 0).then_some(())
        })
        .await;
    }
}
