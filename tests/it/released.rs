//! A rolling update: servers of the last release run on while the schema is this version's already.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::select;
use ringhook_tests::api::Api;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::released::{shape, shape_of, statements, tightened};
use ringhook_tests::socket::client_token;
use ringhook_tests::statements::{folder, normal};
use ringhook_tests::until::until;
use serde_json::json;

/// A database with this version's schema.
async fn migrated(backend: Backend) -> App {
    let app = App::builder(backend).prepare().await;
    let done = app.command(&["migrate"]).await;
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    app
}

/// What of the last release's does not work on this schema.
async fn broken(app: &App) -> Vec<String> {
    let backend = app.database.backend();
    let mut faults = tightened(&shape(backend), &shape_of(&app.database).await);
    faults.extend(app.database.refused(&statements(backend)).await);
    faults
}

/// Calls, registers, reads and writes, round after round, which are counted: nothing may fail.
async fn serves(app: &App, workspace: &Workspace, device: &Api, rounds: &AtomicUsize) {
    let api = app.api(workspace);
    for number in 0.. {
        assert_eq!(app.twilio(workspace).ring("bob").await.status, 200);
        let phone = json!({"channel": "fcm", "address": format!("token-{}", number % 3)});
        assert!([200, 201].contains(&device.put("/device/bindings/phone", phone).await.status));
        for path in ["/bindings", "/notifications", "/providers", "/accounts", "/deliveries", "/workspace"] {
            api.get(path).await.expect(200);
        }
        api.patch("/workspace", json!({"name": format!("Rings {number}")})).await.expect(200);
        rounds.fetch_add(1, Ordering::Relaxed);
    }
}

both! {
    async fn a_server_serves_on_while_a_later_version_migrates(backend: Backend) {
        let mut app = migrated(backend).await;
        app.set("RINGHOOK_MIGRATE", false);
        app.restart().await;
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        let device = app.api_as(&client_token(&app.api(&workspace), &workspace.account_sid, "carol", 600).await);
        let rounds = AtomicUsize::new(0);
        let more = async |count: usize| {
            let wanted = rounds.load(Ordering::Relaxed) + count;
            until("more rounds", async || (rounds.load(Ordering::Relaxed) >= wanted).then_some(())).await;
        };
        let migrate = async {
            // By now every connection has its statements prepared.
            more(8).await;
            for table in app.database.tables().await {
                if !table.starts_with("__") {
                    app.database.execute(&format!("ALTER TABLE {table} ADD COLUMN of_later TEXT")).await;
                }
            }
            let version = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
            app.database.execute(version).await;
            more(8).await;
        };
        select(Box::pin(migrate), Box::pin(serves(&app, &workspace, &device, &rounds))).await;
        assert!(rounds.load(Ordering::Relaxed) >= 16, "the load ended early");
        // It comes back on the later schema, whether it may migrate or not, and leaves it as it is.
        for migrate in [false, true] {
            app.set("RINGHOOK_MIGRATE", migrate);
            app.restart().await;
            assert_eq!(app.twilio(&workspace).ring("bob").await.status, 200);
        }
        let said = app.command(&["migrate"]).await;
        assert!(said.code == Some(0) && said.stdout.contains("newer version"), "{}{}", said.stdout, said.stderr);
    }

    async fn what_the_last_release_asks_works_on_this_schema(backend: Backend) {
        let app = migrated(backend).await;
        if let Some(folder) = folder() {
            // A new release is being recorded.
            let lines: Vec<String> = shape_of(&app.database).await.into_iter().collect();
            let path = format!("{folder}/{}.schema", backend.word());
            return std::fs::write(path, lines.join("\n") + "\n").expect("the record");
        }
        assert!(statements(backend).len() > 150, "few statements are recorded: {}", statements(backend).len());
        let faults = broken(&app).await;
        assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    }

    async fn what_takes_something_away_is_found(backend: Backend) {
        let not_null = match backend {
            Backend::Sqlite => {
                "DROP TABLE former_slugs; CREATE TABLE former_slugs (slug TEXT NOT NULL PRIMARY KEY, workspace_id BLOB NOT \
                 NULL REFERENCES workspaces (id) ON DELETE CASCADE, created_at INTEGER NOT NULL, why TEXT NOT NULL) STRICT"
            }
            Backend::Postgres => "ALTER TABLE former_slugs ADD COLUMN why TEXT NOT NULL",
        };
        let check = match backend {
            Backend::Sqlite => {
                "DROP TABLE former_slugs; CREATE TABLE former_slugs (slug TEXT NOT NULL PRIMARY KEY CHECK (slug <> 'x'), \
                 workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE, created_at INTEGER NOT NULL) STRICT"
            }
            Backend::Postgres => "ALTER TABLE former_slugs ADD CHECK (slug <> 'x')",
        };
        for (change, word) in [
            ("ALTER TABLE users DROP COLUMN password_hash", "password_hash"),
            ("ALTER TABLE bindings RENAME COLUMN device_id TO device", "device_id"),
            ("DROP TABLE recovery_codes", "recovery_codes"),
            (not_null, "why"),
            (check, "former_slugs"),
            ("CREATE UNIQUE INDEX one_workspace_each ON members (user_id)", "unique members (user_id)"),
        ] {
            let app = migrated(backend).await;
            app.database.execute(change).await;
            let faults = broken(&app).await;
            assert!(faults.iter().any(|fault| fault.contains(word)), "{change}: {faults:?}");
        }
    }

    async fn what_adds_something_is_let_through(backend: Backend) {
        let app = migrated(backend).await;
        app.database.execute(
            "CREATE TABLE languages (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE); \
             ALTER TABLE bindings ADD COLUMN language TEXT; \
             ALTER TABLE users ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; \
             CREATE INDEX bindings_language ON bindings (workspace_id, language); \
             CREATE UNIQUE INDEX bindings_languages ON bindings (language)",
        )
        .await;
        assert_eq!(broken(&app).await, Vec::<String>::new());
    }
}

#[test]
fn a_statement_is_recorded_once_whatever_its_values() {
    let normal = |text| normal(text).expect("a statement");
    assert_eq!(normal("SELECT a FROM b WHERE c IN (?, ?, ?)"), "SELECT a FROM b WHERE c IN (?)");
    assert_eq!(
        normal("INSERT INTO a (b, c) VALUES ($1, now()), ($2, now()), ($3, now()) ON CONFLICT DO NOTHING"),
        "INSERT INTO a (b, c) VALUES ($1, now()) ON CONFLICT DO NOTHING"
    );
    for none in [
        "BEGIN",
        "SET a = b",
        "SELECT 1; SELECT 2",
        "SELECT version FROM __diesel_schema_migrations",
        "INSERT INTO a_20260131 SELECT * FROM b",
        "SELECT relname FROM pg_class WHERE oid = $1::regclass",
    ] {
        assert_eq!(ringhook_tests::statements::normal(none), None, "{none}");
    }
}
