//! A database of the test's own, gone with it.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

/// Where a Postgres server is on which tests may make databases.
const POSTGRES: &str = "RINGHOOK_TEST_POSTGRES_URL";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// A new one on the server of `RINGHOOK_TEST_POSTGRES_URL`.
    Postgres,
}

impl Backend {
    /// In names of files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A database that is dropped at the end.
pub struct Database {
    url: String,
    /// The server, and the database's name there.
    dropped: Option<(String, String)>,
}

impl Database {
    /// An empty one; the embedded one is where the program has it by default, in its data directory.
    pub async fn new(backend: Backend, data: &Path) -> Self {
        match backend {
            Backend::Sqlite => {
                Self { url: format!("sqlite://{}", data.join("ringhook.db").display()), dropped: None }
            }
            Backend::Postgres => {
                let server = std::env::var(POSTGRES).unwrap_or_else(|_| {
                    panic!("{POSTGRES} names no Postgres server to test on; `tests/run` brings one")
                });
                Self::on(&server).await
            }
        }
    }

    /// An empty one on the Postgres server at this URL.
    pub async fn on(server: &str) -> Self {
        let name = format!("ringhook_{}", Uuid::new_v4().simple());
        let client = connect(server).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a new database");
        let mut url = Url::parse(server).expect("the server's URL");
        url.set_path(&name);
        Self { url: url.into(), dropped: Some((server.to_owned(), name)) }
    }

    /// For `RINGHOOK_DATABASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which kind it is.
    pub fn backend(&self) -> Backend {
        match self.dropped {
            Some(_) => Backend::Postgres,
            None => Backend::Sqlite,
        }
    }

    pub(crate) fn sqlite(&self) -> SqliteConnection {
        let path = self.url.trim_start_matches("sqlite://");
        let mut conn = SqliteConnection::establish(path).expect("the database's file");
        // The program under test writes too.
        conn.batch_execute("PRAGMA busy_timeout = 10000").expect("a setting");
        conn
    }

    /// Keeps everybody else from writing to the embedded database, until dropped.
    pub fn lock(&self) -> impl Drop + Send + use<> {
        let mut conn = self.sqlite();
        conn.batch_execute("BEGIN IMMEDIATE").expect("the lock");
        Locked(conn)
    }

    /// Runs statements past the program. `sql` is what both databases understand, or this one.
    pub async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.expect(sql);
    }

    /// # Errors
    /// What the database says when it refuses.
    pub async fn try_execute(&self, sql: &str) -> Result<(), String> {
        match self.backend() {
            Backend::Sqlite => self.sqlite().batch_execute(sql).map_err(|error| error.to_string()),
            Backend::Postgres => {
                let done = connect(&self.url).await.batch_execute(sql).await;
                done.map_err(|error| format!("{error:?}"))
            }
        }
    }

    /// Runs statements on Postgres in a transaction that stays open, with all its locks, until dropped.
    pub async fn hold(&self, sql: &str) -> Client {
        let client = connect(&self.url).await;
        client.batch_execute(&format!("BEGIN; {sql}")).await.expect(sql);
        client
    }

    /// Keeps calls from being recorded, until dropped. What is recorded can be read.
    pub async fn hold_record(&self) -> Box<dyn std::any::Any + Send> {
        match self.backend() {
            Backend::Sqlite => Box::new(self.lock()),
            Backend::Postgres => Box::new(self.hold("LOCK TABLE notifications IN SHARE MODE").await),
        }
    }

    /// A connection to Postgres past the program, as who made the database.
    pub async fn client(&self) -> Client {
        connect(&self.url).await
    }

    /// What a query answers in its one column, which is a text called `value`.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match self.backend() {
            Backend::Sqlite => {
                let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.sqlite()).expect(sql);
                rows.into_iter().map(|row| row.value).collect()
            }
            Backend::Postgres => {
                let rows = connect(&self.url).await.query(sql, &[]).await.expect(sql);
                rows.iter().map(|row| row.get("value")).collect()
            }
        }
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> usize {
        let counted = self.texts(&format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}")).await;
        counted[0].parse().expect("a number")
    }

    /// The names of all tables.
    pub async fn tables(&self) -> Vec<String> {
        self.texts(match self.backend() {
            Backend::Sqlite => "SELECT name AS value FROM sqlite_master WHERE type = 'table' ORDER BY name",
            Backend::Postgres => {
                // A partition is part of a table.
                "SELECT relname::text AS value FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                 AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
            }
        })
        .await
    }

    /// The names of a table's columns.
    pub async fn columns(&self, table: &str) -> Vec<String> {
        self.texts(&match self.backend() {
            Backend::Sqlite => format!("SELECT name AS value FROM pragma_table_info('{table}')"),
            Backend::Postgres => format!(
                "SELECT CAST(column_name AS TEXT) AS value FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        })
        .await
    }

    /// Bytes as a literal of the column type that holds bytes.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self.backend() {
            Backend::Sqlite => format!("X'{hex}'"),
            Backend::Postgres => format!("'\\x{hex}'::bytea"),
        }
    }

    /// An id as a literal of the column type that holds ids.
    pub fn id(&self, id: Uuid) -> String {
        match self.backend() {
            Backend::Sqlite => self.bytes(id.as_bytes()),
            Backend::Postgres => format!("'{id}'::uuid"),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

struct Locked(SqliteConnection);

impl Drop for Locked {
    fn drop(&mut self) {
        if let Err(error) = self.0.batch_execute("ROLLBACK") {
            eprintln!("the lock ends with its connection: {error}");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.dropped.take() else { return };
        // A test that fails is unwinding on its own runtime: another one, on a thread of its own, does this.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            runtime
                .block_on(async { connect(&server).await.batch_execute(&sql).await })
                .map_err(std::io::Error::other)
        });
        match dropping.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("the test's database was not dropped: {error}"),
            Err(_) => eprintln!("the test's database was not dropped"),
        }
    }
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection to Postgres");
    tokio::spawn(connection);
    client
}
