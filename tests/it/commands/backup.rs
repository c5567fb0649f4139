//! A copy of the embedded database, and what is restored from it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use futures_util::future::join;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_under_load_is_whole_and_rings() {
    let mut app = App::start(Backend::Sqlite).await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "android").await;
    let before = app.twilio(&workspace).ring("bob").await;
    let file = app.folder().join("copy.db");
    let path = file.display().to_string();
    let calls = async {
        for _ in 0..50 {
            assert_eq!(app.twilio(&workspace).ring("bob").await.status, 200);
        }
    };
    let (finished, ()) = join(app.command(&["backup", &path]), calls).await;
    assert!(ended_well(finished).stdout.contains("master key"));
    assert_eq!(fs::metadata(&file).expect("the copy").permissions().mode() & 0o777, 0o600);
    refused(&app.command(&["backup", &path]).await, &[&path, "exists already"]);
    assert!(!fs::exists(format!("{path}.partial")).expect("a look"));

    // Restored: the server stops, the copy takes the database's place, the server starts.
    app.terminate().await;
    let data = app.env()["RINGHOOK_DATA_DIR"].clone();
    for name in ["ringhook.db", "ringhook.db-wal", "ringhook.db-shm"] {
        let _ = fs::remove_file(format!("{data}/{name}"));
    }
    fs::copy(&file, format!("{data}/ringhook.db")).expect("restored");
    app.restart().await;
    let id = before.json["notification_id"].as_str().expect("an id").to_owned();
    app.api(&workspace).get(&format!("/notifications/{id}")).await.expect(200);
    assert_eq!(app.twilio(&workspace).ring("bob").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_copied_is_said() {
    let app = App::builder(Backend::Postgres).prepare().await;
    let path = app.folder().join("copy.db").display().to_string();
    refused(&app.command(&["backup", &path]).await, &["Postgres", "pg_dump"]);
    let app = App::builder(Backend::Sqlite).prepare().await;
    refused(&app.command(&["backup", &path]).await, &["no database"]);
    let app = App::start(Backend::Sqlite).await;
    refused(&app.command(&["backup", "/nowhere/copy.db"]).await, &["/nowhere/copy.db"]);
    refused(&app.command(&["backup"]).await, &["FILE"]);
}
