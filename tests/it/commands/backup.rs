//! A copy of the embedded database, and what is restored from it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use futures_util::future::join;
use ringhook_tests::database::Database;
use ringhook_tests::manual;

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
    let backups = app.folder().display().to_string();
    manual::run(&app, &manual::blocks("### SQLite")[0], &[("BACKUPS", &backups)]).await;
    assert_eq!(fs::metadata(&file).expect("the copy").permissions().mode() & 0o777, 0o600);
    refused(&app.command(&["backup", &path]).await, &[&path, "exists already"]);
    assert!(!fs::exists(format!("{path}.partial")).expect("a look"));

    // Restored as the manual says.
    app.terminate().await;
    let commands = manual::blocks("### SQLite");
    manual::run(&app, &commands[1], &[("COPY", &path)]).await;
    app.restart().await;
    let id = before.json["notification_id"].as_str().expect("an id").to_owned();
    app.api(&workspace).get(&format!("/notifications/{id}")).await.expect(200);
    assert_eq!(app.twilio(&workspace).ring("bob").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_postgres_made_under_load_is_restored_and_rings() {
    let mut app = App::start(Backend::Postgres).await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "android").await;
    let before = app.twilio(&workspace).ring("bob").await;
    let backups = app.folder().display().to_string();
    let commands = manual::blocks("### Postgres");
    let [dump, restore] = &commands[commands.len() - 2..] else { panic!("{commands:?}") };
    let calls = async {
        for _ in 0..20 {
            assert_eq!(app.twilio(&workspace).ring("bob").await.status, 200);
        }
    };
    join(manual::run(&app, dump, &[("BACKUPS", &backups)]), calls).await;
    app.terminate().await;
    let fresh = Database::new(Backend::Postgres, app.folder()).await;
    app.set("RINGHOOK_DATABASE_URL", fresh.url());
    // Whoever looks first leaves it empty.
    app.command(&["doctor"]).await;
    assert_eq!(fresh.tables().await, Vec::<String>::new());
    manual::run(&app, restore, &[("DUMP", &dumped(app.folder()))]).await;
    app.restart().await;
    let id = before.json["notification_id"].as_str().expect("an id").to_owned();
    app.api(&workspace).get(&format!("/notifications/{id}")).await.expect(200);
    assert_eq!(app.twilio(&workspace).ring("bob").await.status, 200);
    assert_eq!(
        fresh.count("notifications").await,
        app.api(&workspace).get("/notifications?limit=1000").await.items().len()
    );
    // Before the restored database is dropped.
    app.kill().await;
}

/// The one whole dump in a folder.
fn dumped(folder: &Path) -> String {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let dumps: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "dump")).collect();
    assert_eq!(dumps.len(), 1, "{dumps:?}");
    dumps[0].display().to_string()
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
