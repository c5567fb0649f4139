//! A database of the test's own, gone with it.

use std::path::Path;

use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

/// Where a Postgres server is on which tests may make databases.
const POSTGRES: &str = "RINGHOOK_TEST_POSTGRES_URL";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// A new one on the server of `RINGHOOK_TEST_POSTGRES_URL`.
    Postgres,
}

/// A database that is dropped at the end.
pub struct Database {
    url: String,
    /// The server, and the database's name there.
    dropped: Option<(String, String)>,
}

impl Database {
    /// An empty one; the embedded one is in `folder`.
    pub async fn new(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => {
                Self { url: format!("sqlite://{}", folder.join("ringhook.db").display()), dropped: None }
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

    /// A connection to a database on Postgres.
    pub async fn postgres(&self) -> Client {
        connect(&self.url).await
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

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection to Postgres");
    tokio::spawn(connection);
    client
}
