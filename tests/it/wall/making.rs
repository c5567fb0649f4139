//! How the roles and the rules come to be: on a server of the test's own, for roles are the whole server's.

use futures_util::future::join_all;
use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::manual;
use ringhook_tests::postgres::Postgres;
use url::Url;

/// What is before its database is migrated.
async fn unmigrated(server: &Postgres) -> App {
    App::builder(Backend::Postgres).server(server.url()).prepare().await
}

/// The database's URL for a login that is no superuser, to whom the database is given.
async fn given_to(app: &App, name: &str) -> String {
    let mut url = Url::parse(app.database.url()).expect("a URL");
    let database = url.path().trim_start_matches('/').to_owned();
    app.database.execute(&format!("ALTER DATABASE {database} OWNER TO {name}")).await;
    url.set_username(name).expect("a name");
    url.set_password(Some("p")).expect("a password");
    url.into()
}

#[tokio::test]
async fn who_may_not_make_roles_is_told_what_a_superuser_runs_and_nothing_is_half_made() {
    let server = Postgres::start().await;
    let mut app = unmigrated(&server).await;
    app.database.execute("CREATE ROLE plain LOGIN PASSWORD 'p'").await;
    let url = given_to(&app, "plain").await;
    app.set("RINGHOOK_DATABASE_URL", url);
    let refused = app.command(&["migrate"]).await;
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    let sql = "CREATE ROLE ringhook_engine NOLOGIN; CREATE ROLE ringhook_tenant NOLOGIN; \
        GRANT ringhook_engine, ringhook_tenant TO plain;";
    assert!(refused.stderr.contains(sql), "{}", refused.stderr);
    let half = "SELECT rolname::text AS value FROM pg_roles WHERE rolname LIKE 'ringhook\\_%' \
        UNION ALL SELECT polname::text FROM pg_policy UNION ALL SELECT proname::text FROM pg_proc WHERE proname LIKE 'tenant%'";
    assert_eq!(app.database.texts(half).await, Vec::<String>::new());

    let told = super::diagnosis(&app).await;
    assert!(told.starts_with("FAULT") && told.contains(sql), "{told}");

    app.database.execute(sql).await;
    let done = app.command(&["migrate"]).await;
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    app.restart().await;
    let workspace = app.workspace().await;
    app.api(&workspace).get("/workspace").await.expect(200);
    let well = super::diagnosis(&app).await;
    assert!(well.starts_with("ok"), "{well}");
    // The login dumps all rows, as the manual says.
    let backups = app.folder().display().to_string();
    let commands = manual::blocks("### Postgres");
    let dump = &commands[commands.len() - 2];
    let read = "pg_restore --data-only --table=workspaces --file=- \"$DUMP\" | grep Rings";
    manual::run(&app, &format!("{dump}{read}"), &[("BACKUPS", &backups)]).await;
    // A program of the last version, which knows no roles, goes on through a rolling update.
    let (owner, connection) =
        tokio_postgres::connect(&app.env()["RINGHOOK_DATABASE_URL"], tokio_postgres::NoTls)
            .await
            .expect("the owner");
    tokio::spawn(connection);
    let seen = owner.query("SELECT * FROM api_keys", &[]).await.expect("a read");
    assert_eq!(seen.len(), 1);
    app.database.execute("REVOKE ringhook_tenant FROM plain").await;
    let told = super::diagnosis(&app).await;
    let sql = "run: GRANT ringhook_engine, ringhook_tenant TO plain;";
    assert!(told.starts_with("FAULT") && told.contains(sql), "{told}");
}

#[tokio::test]
async fn databases_of_one_server_may_migrate_at_once() {
    let server = Postgres::start().await;
    let apps = join_all((0..4).map(|_| unmigrated(&server))).await;
    // Whoever may make roles need not be a superuser.
    apps[0].database.execute("CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'p'").await;
    let migrate = |app| async move {
        let url = given_to(app, "maker").await;
        app.command_with("RINGHOOK_DATABASE_URL", &url, &["migrate"]).await
    };
    for done in join_all(apps.iter().map(migrate)).await {
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    }
}

#[tokio::test]
async fn a_database_with_rows_is_put_behind_the_wall_and_keeps_them() {
    let mut app = App::start(Backend::Postgres).await;
    let (ours, theirs) = (app.workspace().await, app.workspace().await);
    app.fcm_provider(&ours).await;
    let binding = app.bind(&ours, "bob", "fcm", "token").await;
    // As it was before there was a wall.
    app.terminate().await;
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres/00000000000009_wall/down.sql");
    app.database.execute(&std::fs::read_to_string(root).expect("the migration")).await;
    app.database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '00000000000009'").await;
    app.restart().await;
    let path = format!("/bindings/{binding}");
    app.api(&ours).get(&path).await.expect(200);
    app.api(&theirs).get(&path).await.expect(404);
}
