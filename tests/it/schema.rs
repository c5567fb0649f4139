//! Both migrated schemas against the page that the queries are written on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;

/// Diesel's own table, which no page of ours describes.
const OF_DIESEL: &str = "__diesel_schema_migrations";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `table.column type`, with ` NULL` where it may be.
type Columns = BTreeSet<String>;

/// What a type of the page is called in a database.
fn type_in(backend: Backend, name: &str) -> &'static str {
    let (sqlite, postgres) = match name {
        "UuidT" => ("BLOB", "uuid"),
        "Binary" => ("BLOB", "bytea"),
        "Text" => ("TEXT", "text"),
        "JsonT" => ("TEXT", "jsonb"),
        "TsT" => ("INTEGER", "timestamp with time zone"),
        "Bool" => ("INTEGER", "boolean"),
        "Integer" => ("INTEGER", "integer"),
        "BigInt" => ("INTEGER", "bigint"),
        other => panic!("{other} is a new type: say here what it is in each database"),
    };
    if backend == Backend::Sqlite { sqlite } else { postgres }
}

/// The columns as `server/src/store/schema.rs` has them.
fn page(backend: Backend) -> Columns {
    let text = std::fs::read_to_string(root().join("server/src/store/schema.rs")).expect("schema.rs");
    let (mut table, mut columns) = (String::new(), Columns::new());
    for line in text.lines().map(str::trim) {
        if let Some((name, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let null = if inner.is_some() { " NULL" } else { "" };
            columns.insert(format!("{table}.{name} {}{null}", type_in(backend, inner.unwrap_or(kind))));
        } else if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
        }
    }
    assert!(columns.len() > 50, "the page was not read: {columns:?}");
    columns
}

/// The columns as the database has them.
async fn found(app: &App) -> Columns {
    let columns = match app.database.backend() {
        Backend::Sqlite => {
            "SELECT m.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" THEN '' ELSE ' NULL' END AS value \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || \
             CASE is_nullable WHEN 'NO' THEN '' ELSE ' NULL' END AS value \
             FROM information_schema.columns WHERE table_schema = 'public' \
             AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('%I.%I', table_schema, table_name)::regclass)"
        }
    };
    let columns = app.database.texts(columns).await.into_iter();
    columns.filter(|column| !column.starts_with(OF_DIESEL)).collect()
}

fn folder(backend: Backend) -> PathBuf {
    root().join("migrations").join(if backend == Backend::Sqlite { "sqlite" } else { "postgres" })
}

fn names(backend: Backend) -> Vec<String> {
    let entries = std::fs::read_dir(folder(backend)).expect("migrations");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

async fn apply(app: &App, names: impl Iterator<Item = String>, file: &str) {
    for name in names {
        let path = folder(app.database.backend()).join(name).join(file);
        app.database.execute(&std::fs::read_to_string(path).expect("a migration")).await;
    }
}

both! {
    async fn the_migrated_schema_is_the_one_that_queries_are_written_for(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        assert_eq!(app.command(&["migrate"]).await.code, Some(0));
        let (page, found) = (page(backend), found(&app).await);
        let missing: Vec<_> = page.difference(&found).collect();
        let unknown: Vec<_> = found.difference(&page).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}, unknown: {unknown:?}");
    }

    async fn every_migration_can_be_undone_and_done_again(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        std::fs::create_dir_all(app.folder().join("data")).expect("a data directory");
        apply(&app, names(backend).into_iter(), "up.sql").await;
        let up = found(&app).await;
        apply(&app, names(backend).into_iter().rev(), "down.sql").await;
        assert_eq!(app.database.tables().await, Vec::<String>::new());
        apply(&app, names(backend).into_iter(), "up.sql").await;
        assert_eq!(found(&app).await, up);
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(names(Backend::Sqlite), names(Backend::Postgres));
    assert!(!names(Backend::Sqlite).is_empty());
}
