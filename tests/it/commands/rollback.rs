//! An older version on the schema of a newer one, as a rollback leaves it; and whether a server is ready, asked by the
//! program itself.

use super::*;

/// What a newer version would have done: one more migration, which adds.
async fn newer(app: &App) {
    app.database.execute("ALTER TABLE workspaces ADD COLUMN of_a_newer_version INTEGER").await;
    let mark = "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('99999999999999', CURRENT_TIMESTAMP)";
    app.database.execute(mark).await;
}

async fn migrations(app: &App) -> Vec<String> {
    app.database.texts("SELECT version AS value FROM __diesel_schema_migrations ORDER BY version").await
}

both! {
    async fn a_newer_schema_is_let_be_and_served_on(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        app.terminate().await;
        newer(&app).await;
        let before = migrations(&app).await;

        let migrate = ended_well(app.command(&["migrate"]).await);
        assert!(migrate.stdout.contains("newer version (99999999999999)"), "{}", migrate.stdout);
        let doctor = ended_well(app.command(&["doctor"]).await);
        let line = doctor.stdout.lines().find(|line| line.contains("99999999999999")).expect(&doctor.stdout);
        assert!(line.starts_with("note") && line.contains("rollback"), "{line}");

        for serve in ["false", "true"] {
            app.set("RINGHOOK_MIGRATE", serve);
            app.restart().await;
            assert!(app.log().contains("migrated by a newer version"), "{}", app.log());
            app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
            app.workspace().await;
        }
        assert_eq!(migrations(&app).await, before);
    }

    async fn a_schema_that_grew_apart_is_not_touched(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        ended_well(app.command(&["migrate"]).await);
        newer(&app).await;
        let known = migrations(&app).await;
        let last = &known[known.len() - 2];
        app.database.execute(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{last}'")).await;
        let left = migrations(&app).await;
        for command in ["migrate", "serve"] {
            refused(&app.command(&[command]).await, &["99999999999999", last, "use the version that did"]);
        }
        let doctor = app.command(&["doctor"]).await.stdout;
        let line = doctor.lines().find(|line| line.contains("use the version that did")).expect(&doctor);
        assert!(line.starts_with("FAULT") && line.contains("99999999999999"), "{line}");
        refused(&app.command_with("RINGHOOK_MIGRATE", "false", &["serve"]).await, &["lacks 1 migration"]);
        assert_eq!(migrations(&app).await, left);
    }
}

#[tokio::test]
async fn a_server_is_asked_whether_it_is_ready() {
    let mut app = App::start(Backend::Sqlite).await;
    let listen = app.url().trim_start_matches("http://").to_owned();
    let ask = async |app: &App, args: &[&str]| {
        app.command_with("RINGHOOK_LISTEN", &listen, &[&["healthcheck"], args].concat()).await
    };
    let ready = ended_well(ask(&app, &[]).await);
    assert!(
        ready.stdout.contains("/readyz: 200 OK") && ready.stdout.contains("\"ready\""),
        "{}",
        ready.stdout
    );
    let elsewhere = ask(&app, &["--url", &format!("{}/nowhere", app.url())]).await;
    assert_eq!(elsewhere.code, Some(1), "{}", elsewhere.stdout);
    app.terminate().await;
    let gone = ask(&app, &[]).await;
    assert_eq!(gone.code, Some(1), "{}", gone.stdout);
    assert!(gone.stdout.contains("no answer"), "{}", gone.stdout);
}
