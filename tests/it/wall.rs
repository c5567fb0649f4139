//! Row-level security on Postgres: what the tenants' role sees and changes of every table, as the catalog lists them, so
//! that a new table without a rule fails; and how the wall comes to be.

mod making;

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use tokio_postgres::{Client, SimpleQueryMessage};
use uuid::Uuid;

/// What a value of each type may be, in SQL; anything, for no rule of the program holds it.
const VALUES: &str = "CASE a.atttypid::regtype::text WHEN 'uuid' THEN 'gen_random_uuid()' \
    WHEN 'text' THEN 'gen_random_uuid()::text' WHEN 'bytea' THEN 'uuid_send(gen_random_uuid())' \
    WHEN 'jsonb' THEN '''{}''' WHEN 'boolean' THEN 'false' WHEN 'timestamp with time zone' THEN 'now()' ELSE '1' END";

/// Tables that hold what belongs to a workspace, each with the names of its columns and values for them.
async fn tables(client: &Client) -> Vec<(String, String, String)> {
    let sql = format!(
        "SELECT c.relname::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), \
         string_agg(CASE a.attname WHEN 'workspace_id' THEN '$of' ELSE {VALUES} END, ', ' ORDER BY a.attnum) \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
         GROUP BY c.relname HAVING bool_or(a.attname = 'workspace_id') ORDER BY c.relname"
    );
    let rows = client.query(&sql, &[]).await.expect("the catalog");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// A row of each table for each workspace, whether or not it makes sense.
async fn fill(client: &Client, workspaces: &[Uuid]) -> Vec<(String, String, String)> {
    let tables = tables(client).await;
    assert!(tables.len() > 15, "{tables:?}");
    client.batch_execute("SET session_replication_role = replica").await.expect("no foreign keys");
    for (table, columns, values) in &tables {
        for workspace in workspaces {
            let values = values.replace("$of", &format!("'{workspace}'"));
            let sql = format!("INSERT INTO {table} ({columns}) VALUES ({values})");
            client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
    }
    tables
}

/// What a statement came to, in a transaction of the tenants' role that is rolled back: the rows that it saw or changed, or
/// the code of its refusal.
async fn as_tenant(client: &Client, workspace: Option<Uuid>, sql: &str) -> Result<u64, String> {
    let named = workspace.map(|id| format!("SET LOCAL ringhook.workspace = '{id}';")).unwrap_or_default();
    client
        .batch_execute(&format!("BEGIN; SET LOCAL ROLE ringhook_tenant; {named}"))
        .await
        .expect("a beginning");
    let done = client.simple_query(sql).await;
    client.batch_execute("ROLLBACK").await.expect("an end");
    let done = done.map_err(|error| error.code().map_or_else(String::new, |code| code.code().to_owned()))?;
    let count = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::CommandComplete(count) => Some(*count),
        _ => None,
    };
    Ok(done.iter().find_map(count).expect("an end of the command"))
}

/// Postgres's code for what a role may not do.
const FORBIDDEN: &str = "42501";

#[tokio::test]
async fn no_table_shows_or_lets_change_what_is_another_workspaces() {
    let app = App::builder(Backend::Postgres).prepare().await;
    assert_eq!(app.command(&["migrate"]).await.code, Some(0));
    let client = app.database.client().await;
    let (ours, theirs) = (Uuid::now_v7(), Uuid::now_v7());
    for (table, columns, values) in fill(&client, &[ours, theirs]).await {
        let all = format!("SELECT * FROM {table}");
        assert_eq!(as_tenant(&client, Some(ours), &all).await, Ok(1), "{all}");
        assert_eq!(as_tenant(&client, None, &all).await, Ok(0), "{all}, of nobody");
        let change = format!("UPDATE {table} SET workspace_id = workspace_id");
        for sql in [change, format!("DELETE FROM {table}")] {
            let changed = as_tenant(&client, Some(ours), &sql).await;
            assert!(changed == Ok(1) || changed == Err(FORBIDDEN.into()), "{sql}: {changed:?}");
        }
        let forged = values.replace("$of", &format!("'{theirs}'"));
        let given = format!("UPDATE {table} SET workspace_id = '{theirs}'");
        for sql in [format!("INSERT INTO {table} ({columns}) VALUES ({forged})"), given] {
            assert_eq!(as_tenant(&client, Some(ours), &sql).await, Err(FORBIDDEN.into()), "{sql}");
        }
    }
}

#[tokio::test]
async fn of_what_has_no_workspace_a_tenant_sees_itself_and_its_members_addresses() {
    let app = App::start(Backend::Postgres).await;
    for _ in 0..2 {
        app.workspace().await;
    }
    let client = app.database.client().await;
    let stranger = "INSERT INTO users SELECT gen_random_uuid(), 'stranger@example.com', NULL, NULL, NULL, 0, NULL, now(), now()";
    client.batch_execute(stranger).await.expect("somebody who belongs to no workspace");
    let ours = client.query_one("SELECT id::text FROM workspaces LIMIT 1", &[]).await.expect("a workspace");
    let ours: Uuid = ours.get::<_, String>(0).parse().expect("its id");

    let open = "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
        AND c.relkind IN ('r', 'p', 'v', 'm') AND has_any_column_privilege('ringhook_tenant', c.oid, 'SELECT') \
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id') \
        ORDER BY c.relname";
    let open = client.query(open, &[]).await.expect("the catalog");
    let open: Vec<String> = open.iter().map(|row| row.get(0)).collect();
    assert_eq!(open, ["users", "workspaces"]);
    for (sql, seen) in [("SELECT email FROM users", 1), ("SELECT * FROM workspaces", 1)] {
        assert_eq!(as_tenant(&client, Some(ours), sql).await, Ok(seen), "{sql}");
        assert_eq!(as_tenant(&client, None, sql).await, Ok(0), "{sql}, of nobody");
    }
    for sql in [
        "SELECT password_hash FROM users",
        "DELETE FROM users",
        "DELETE FROM workspaces",
        "SELECT * FROM mails",
    ] {
        assert_eq!(as_tenant(&client, Some(ours), sql).await, Err(FORBIDDEN.into()), "{sql}");
    }
}

/// What `doctor` says of the wall.
async fn diagnosis(app: &App) -> String {
    let said = app.command(&["doctor"]).await.stdout;
    said.lines().find(|line| line.contains("row security")).expect("a line about it").to_owned()
}

#[tokio::test]
async fn doctor_sees_each_hole_and_names_what_mends_it() {
    let app = App::start(Backend::Postgres).await;
    let well = diagnosis(&app).await;
    assert!(well.starts_with("ok"), "{well}");
    let holes = [
        "ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE bindings DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE young (workspace_id uuid NOT NULL)",
        "CREATE POLICY open ON api_keys USING (true)",
        "DROP POLICY ringhook_tenant ON members",
        "ALTER TABLE providers OWNER TO ringhook_tenant",
    ];
    for hole in holes {
        app.database.execute(hole).await;
    }
    let said = diagnosis(&app).await;
    assert!(said.starts_with("FAULT"), "{said}");
    let fixes: Vec<_> = said.split("; ").filter_map(|gap| gap.split_once(": ")).map(|(_, fix)| fix).collect();
    assert!(fixes.len() >= holes.len(), "{said}");
    for fix in fixes {
        app.database
            .execute(&fix.replace("the role that RINGHOOK_DATABASE_URL logs in with", "current_user"))
            .await;
    }
    let mended = diagnosis(&app).await;
    assert!(mended.starts_with("ok"), "{mended}");
}
